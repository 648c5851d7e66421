"""One record in, whatever its format: told apart by content and handed to its adapter."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import Knowledge
from calcinosis.model import Ignored, Record
from calcinosis.records import detection, structured
from calcinosis.records.casefile import is_case, looks_like_case, read_case, read_yaml_case
from calcinosis.records.fhir import read_resources
from calcinosis.records.note import read_note
from calcinosis.records.phenopacket import is_phenopacket, read_phenopacket
from calcinosis.records.plain_yaml import parsed
from calcinosis.records.tongue import tongues_of
from calcinosis.records.tree import Node
from calcinosis.records.units import with_units

_LONGEST_PATH = 1_000
_DEEPEST = 200


def read(
    source: Path | str | bytes | Mapping[str, Any], *, knowledge: Knowledge, patient: str = ""
) -> Record:
    """Read one patient's record.

    Args:
        source: a path, a text or bytes, or a parsed JSON object. A string that names a file is a path.
        knowledge: the vocabulary that words are read with.
        patient: which one is meant, where a FHIR record holds several: id, address or identifier.

    Returns:
        The record, with what could not be used listed in it.

    Raises:
        UnreadableRecord: it is no record, or cannot be read at all.
    """
    return with_units(_read(source, knowledge, patient), knowledge)


def _read(source: Path | str | bytes | Mapping[str, Any], knowledge: Knowledge, patient: str) -> Record:
    if isinstance(source, Mapping):
        return _mapping(structured.plain(_bounded(dict(source))), knowledge, "", patient)
    if isinstance(source, str):
        path = _as_path(source)
        if path is None:
            return _text(detection.decoded(source.encode("utf-8", "replace")), knowledge, "", patient)
        source = path
    if isinstance(source, Path):
        return _text(detection.decoded(_content(source), str(source)), knowledge, str(source), patient)
    if isinstance(source, bytes | bytearray | memoryview):
        return _text(detection.decoded(bytes(source)), knowledge, "", patient)
    raise UnreadableRecord(
        f"a record cannot be read from {type(source).__name__}", expected="a path, a text, bytes or an object"
    )


def _as_path(source: str) -> Path | None:
    """The file a string names; None when it is the record itself.

    Raises:
        UnreadableRecord: it is written like the name of a file that does not exist.
    """
    if len(source) > _LONGEST_PATH or "\n" in source or "\0" in source or source.lstrip()[:1] in ("{", "["):
        return None
    path = Path(source)
    try:
        if source and path.exists():
            return path
    except OSError:
        return None
    if path.suffix and not any(mark.isspace() for mark in source):
        raise _missing(path)
    return None


def _missing(path: Path) -> UnreadableRecord:
    return UnreadableRecord("there is no such file", where=str(path), remedy="Check the path.")


def _content(path: Path) -> bytes:
    if not path.exists():
        raise _missing(path)
    if not path.is_file():
        raise UnreadableRecord("is not a file", where=str(path), expected=detection.ACCEPTED)
    try:
        with path.open("rb") as handle:
            return handle.read(detection.LARGEST + 1)
    except OSError as error:
        raise UnreadableRecord(f"cannot be opened: {error.strerror}", where=str(path)) from error


def _text(text: str, knowledge: Knowledge, where: str, patient: str) -> Record:
    if _first(text) in ("{", "[") and (held := _json(text, knowledge, where, patient)) is not None:
        return held
    if (lines := _lines(text)) is not None:
        return _ndjson(lines, knowledge, patient)
    if structured.commented(text):
        raise _refused("JSON with comments", where)
    if looks_like_case(text):
        return read_yaml_case(text, knowledge, where)
    if structured.is_message(text):
        return _message(parsed(text, where)[0], knowledge, where, patient)
    columns = frozenset(knowledge.contents.records.tables.person_columns)
    if name := structured.name_of(text, columns) or ("YAML" if structured.is_nested(text) else ""):
        raise _refused(name, where)
    return _note(text, knowledge, where)


def _note(text: str, knowledge: Knowledge, where: str) -> Record:
    if foreign := tongues_of(knowledge).foreign(text):
        raise UnreadableRecord(
            f"the note is in {foreign}",
            where=where,
            expected="a note in English",
            remedy="Have it translated.",
        )
    return read_note(text, knowledge)


def _message(held: Any, knowledge: Knowledge, where: str, patient: str) -> Record:
    if not isinstance(held, dict):
        raise _refused("YAML", where)
    return _mapping(_bounded(held), knowledge, where, patient)


def _refused(name: str, where: str) -> UnreadableRecord:
    return UnreadableRecord(
        f"this is {name}",
        where=where,
        expected=detection.ACCEPTED,
        remedy="Export the patient as a FHIR R4 Bundle in JSON, or write a case file.",
    )


def _first(text: str) -> str:
    """The first mark of a text that is no space."""
    return text[:1] if not text[:1].isspace() else text.lstrip()[:1]


def _json(text: str, knowledge: Knowledge, where: str, patient: str) -> Record | None:
    """The record that JSON or NDJSON holds; None for a note that only begins with a bracket."""
    try:
        held = _parsed(text)
    except ValueError as error:
        lines = _lines(text)
        if lines is not None:
            return _ndjson(lines, knowledge, patient)
        if not structured.is_json(text):
            return None
        raise _malformed(text, error, where) from error
    if isinstance(held, list) and held and all(_is_resource(item) for item in held):
        return read_resources(held, knowledge, patient)
    if not isinstance(held, dict):
        raise UnreadableRecord("the JSON is not an object", where=where, expected=detection.ACCEPTED)
    return _mapping(held, knowledge, where, patient)


def _parsed(text: str) -> Any:
    """Parsed JSON.

    Raises:
        ValueError: it is malformed.
        UnreadableRecord: it is nested too deeply.
    """
    try:
        return msgspec.json.decode(text)
    except RecursionError as error:
        raise UnreadableRecord(
            "the JSON is nested too deeply", expected=f"{_DEEPEST} levels at most"
        ) from error
    except (msgspec.DecodeError, UnicodeError) as error:
        raise ValueError(str(error)) from error


def _malformed(text: str, error: ValueError, where: str) -> UnreadableRecord:
    """The error with the line, made from the byte that the parser names."""
    said, _, byte = str(error).partition(" (byte ")
    line = ""
    if byte[:-1].isdecimal():
        before = text.encode("utf-8", "replace").count(b"\n", 0, int(byte[:-1]))
        line = f", line {before + 1}"
    return UnreadableRecord(f"{said}{line}", where=where, expected="complete JSON")


def _lines(text: str) -> list[tuple[int, str]] | None:
    """The numbered lines of NDJSON; None when no line is a resource of its own.

    Only a line feed ends a line: a string in JSON may hold a separator of lines or paragraphs.
    """
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    if len(lines) < 2:
        return None
    return lines if any(_resource(line) is not None for _, line in lines) else None


def _resource(line: str) -> Node | None:
    """The resource that a line holds; None when it holds none."""
    if not line.lstrip().startswith("{"):
        return None
    try:
        held = _parsed(line)
    except (ValueError, UnreadableRecord):
        return None
    return held if _is_resource(held) else None


def _ndjson(lines: list[tuple[int, str]], knowledge: Knowledge, patient: str) -> Record:
    resources: list[Node] = []
    ignored: list[Ignored] = []
    for number, line in lines:
        held = _resource(line)
        if held is not None:
            resources.append(held)
        else:
            ignored.append(Ignored(f"line {number}", "line", "is no FHIR resource"))
    record = read_resources(resources, knowledge, patient)
    return msgspec.structs.replace(record, ignored=(*ignored, *record.ignored))


def _is_resource(held: Any) -> bool:
    return isinstance(held, dict) and isinstance(held.get("resourceType"), str)


def _bounded(held: Node) -> Node:
    """A parsed object that is not nested without end.

    Raises:
        UnreadableRecord: it is nested too deeply, or holds itself.
    """
    level: list[Any] = [held]
    for _ in range(_DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return held
        if len(level) > detection.LARGEST // 8:
            break
    raise UnreadableRecord("the object is nested too deeply", expected=f"{_DEEPEST} levels at most")


def _inside(held: Any) -> list[Any]:
    values = held.values() if isinstance(held, dict) else held
    return [value for value in values if isinstance(value, dict | list | tuple)]


def _mapping(held: Node, knowledge: Knowledge, where: str, patient: str) -> Record:
    if isinstance(held.get("resourceType"), str):
        return read_resources([held], knowledge, patient)
    if is_phenopacket(held):
        return read_phenopacket(held, knowledge)
    if "calcinosis" in held and "subtypes" in held:
        raise UnreadableRecord("this is a result of calcinosis", where=where, expected=detection.ACCEPTED)
    if "hook" in held and "hookInstance" in held:
        raise UnreadableRecord("this is a CDS Hooks request", where=where, expected=detection.ACCEPTED)
    if is_case(held):
        return read_case(held, knowledge, where)
    raise UnreadableRecord("the JSON object is no record", where=where, expected=detection.ACCEPTED)
