"""Plants faults in a copy of the knowledge base: a name that nothing has, in the place of one that something has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import yaml
from msgspec import Struct

from calcinosis.knowledge import Contents
from calcinosis.knowledge.files import READ

# Folder or file -> where its entries stand in the contents, and the key of their list.
SHELVES = {
    "findings": ("findings",),
    "analytes": ("analytes",),
    "formulas": ("formulas",),
    "causes": ("causes",),
    "subtypes": ("subtypes",),
    "forms": ("forms",),
    "urgent": ("urgent",),
    "investigations": ("investigations",),
    "patterns": ("patterns",),
    "disagreements": ("disagreements",),
    "treatments": ("treatment", "treatments"),
    "diagnoses": ("differential", "diseases"),
}
ALONE = {
    "mixed": ("mixed",),
    "interactions": ("treatment", "interactions"),
    "dosing": ("treatment", "dosing"),
    "evidence": ("treatment", "method"),
    "likelihoods": ("differential", "likelihoods"),
    "priors": ("differential", "priors"),
    "leaflet": ("leaflet",),
    "synthesis": ("synthesis",),
}
Way = tuple[str | int, ...]


class Planted(Struct, frozen=True):
    """A name that was misspelled: in which file and line, and where it is in the contents."""

    kind: str
    file: str
    line: int
    name: str
    written: str
    way: Way


def misspelled(name: str) -> str:
    """The name with one letter doubled."""
    return name[: len(name) // 2] + name[len(name) // 2 - 1 :]


def plant(folder: Path, kind: str, files: str, pattern: str, known: Any, used: set[Way]) -> Planted:
    """Misspell the first name that stands at a place like `pattern` in one of the files and is not used yet."""
    for path in sorted(folder.glob(files)):
        for way, node in scalars(path):
            key = isinstance(way[-1], str) and way[-1].startswith("{")
            if node.value not in known or not re.fullmatch(pattern, "/".join(map(str, way))):
                continue
            held = contents_way(path.relative_to(folder), way[:-1] if key else way, path)
            written = misspelled(node.value)
            if (path.name, written) in used or any(_within(held, one) for one in used):
                continue
            used.update((held, (path.name, written)))
            _replace(path, node, written)
            file = path.relative_to(folder).as_posix()
            return Planted(kind, file, node.start_mark.line + 1, node.value, written, held)
    raise AssertionError(f"no place for {kind!r}: {files} {pattern}")


def _within(way: Way, other: Way) -> bool:
    """Whether one of two is part of the other."""
    return way[: len(other)] == other or other[: len(way)] == way


def scalars(path: Path) -> Iterator[tuple[Way, Any]]:
    """Every scalar of a file with the keys and positions that lead to it; a key itself as `{key}`."""
    yield from _scalars(yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader), ())


def _scalars(node: Any, way: Way) -> Iterator[tuple[Way, Any]]:
    if node.id == "mapping":
        for key, inner in node.value:
            yield (*way, f"{{{key.value}}}"), key
            yield from _scalars(inner, (*way, key.value))
    elif node.id == "sequence":
        for place, inner in enumerate(node.value):
            yield from _scalars(inner, (*way, place))
    elif way:
        yield way, node


def contents_way(file: Path, way: Way, path: Path) -> Way:
    """Where in the contents it is; a criterion or formula as a whole."""
    top = file.parts[0].removesuffix(".yaml")
    tree = next((depth for depth, step in enumerate(way, 1) if step in READ), len(way))
    way = way[:tree]
    if top in ALONE:
        return (*ALONE[top], *way)
    held = yaml.safe_load(path.read_bytes())
    entry = held
    for step in way[:2] if way[0] == top else ():
        entry = entry[step]
    return (*SHELVES[top], entry["id"], *(way[2:] if way[0] == top else way))


def _replace(path: Path, node: Any, written: str) -> None:
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    line, start, end = node.start_mark.line, node.start_mark.column, node.end_mark.column
    lines[line] = lines[line][:start] + written + lines[line][end:]
    path.write_text("".join(lines), encoding="utf-8")


def grafted(whole: Any, other: Any, way: Way) -> Any:
    """`whole` with what stands at the place of `other`, and nothing else of it."""
    if not way:
        return other
    step, rest = way[0], way[1:]
    if isinstance(whole, Struct):
        name = str(step)
        inner = grafted(getattr(whole, name), getattr(other, name), rest)
        return msgspec.structs.replace(whole, **{name: inner})
    inner = grafted(whole[step], other[step], rest)
    if isinstance(whole, dict):
        return {**whole, step: inner}
    return (*whole[: int(step)], inner, *whole[int(step) + 1 :])


def alone(held: Contents, sown: Contents, planted: Planted) -> Contents:
    """Sound contents with this one fault."""
    found: Contents = grafted(held, sown, planted.way)
    return found


def put(folder: Path, files: str, pattern: str, text: str, old: str = "") -> str:
    """Write a text over the first scalar (or `{key}`) at a place like `pattern` (over `old`); its file and line."""
    path, node = next(
        (path, node)
        for path in sorted(folder.glob(files))
        for way, node in scalars(path)
        if re.fullmatch(pattern, "/".join(map(str, way))) and node.start_mark.line == node.end_mark.line
        if old in ("", node.value)
    )
    _replace(path, node, text)
    return f"{path.relative_to(folder).as_posix()}, line {node.start_mark.line + 1}"
