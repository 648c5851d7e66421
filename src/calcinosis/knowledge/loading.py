"""From the files of `knowledge/` to `Contents`: read, checked against the schema, cached by hash."""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import msgspec

from calcinosis.errors import KnowledgeFault, UnknownUnit
from calcinosis.knowledge import citations, differential_schema, record_words, treatment_schema, units
from calcinosis.knowledge.checks import faults
from calcinosis.knowledge.contents import (
    AnatomyWords,
    Contents,
    Cues,
    DocumentWords,
    Folding,
    Grammar,
    KindOfFinding,
    Language,
    LayWords,
    ShortFormWords,
    UnreadWords,
)
from calcinosis.knowledge.files import Reader, read_yaml, refuse
from calcinosis.knowledge.leaflet_schema import LeafletWords
from calcinosis.knowledge.lines import place
from calcinosis.knowledge.schema import (
    Alarms,
    Analyte,
    Causes,
    Codes,
    Composite,
    Disagreement,
    Fact,
    Form,
    Formula,
    Investigation,
    Mixed,
    Pattern,
    ProductNames,
    Subtype,
    Terms,
    Urgent,
    Vignettes,
)
from calcinosis.knowledge.synthesis_schema import SynthesisRules


def root() -> Path:
    """Where the knowledge stands: CALCINOSIS_KNOWLEDGE, inside the package, or in the checkout."""
    given = os.environ.get("CALCINOSIS_KNOWLEDGE")
    if given:
        return Path(given)
    package = Path(__file__).resolve().parent.parent
    inside = package / "_knowledge"
    return inside if inside.is_dir() else package.parent.parent / "knowledge"


def _files(folder: Path) -> list[Path]:
    kept = (".yaml", ".csv", ".json")
    return sorted(path for path in folder.rglob("*") if path.suffix in kept and path.is_file())


def digest(folder: Path) -> str:
    """`sha256:` over names and contents of every knowledge file."""
    running = hashlib.sha256()
    for path in _files(folder):
        running.update(path.relative_to(folder).as_posix().encode())
        running.update(b"\0")
        running.update(path.read_bytes())
    return f"sha256:{running.hexdigest()}"


@lru_cache(maxsize=4)
def contents(folder: Path | None = None) -> Contents:
    """The compiled knowledge of `folder`, from the cache when its hash is there.

    Raises:
        KnowledgeFault: a file is missing or malformed; the message names it.
    """
    folder = folder or root()
    if not folder.is_dir():
        raise KnowledgeFault("there is no knowledge base", where=str(folder))
    mark = digest(folder)
    cached = _cache_path(mark)
    found = _read_cache(cached)
    if found is None:
        found = checked(read(folder, mark), folder)
        found = msgspec.structs.replace(found, citations=citations.render(found.sources))
        _write_cache(cached, found)
    return found


@lru_cache(maxsize=1)
def _layout() -> str:
    """A mark of the code that compiles: what other code compiled is never read."""
    running = hashlib.sha256()
    package = Path(__file__).resolve().parent.parent
    for path in sorted(path for part in ("criteria", "knowledge") for path in (package / part).glob("*.py")):
        running.update(path.read_bytes())
    return running.hexdigest()[:12]


def _cache_path(mark: str) -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("calcinosis") / f"knowledge-{_layout()}-{mark.removeprefix('sha256:')}.msgpack"


def _read_cache(path: Path) -> Contents | None:
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=Contents)
    except (OSError, msgspec.DecodeError):
        return None


def _write_cache(path: Path, found: Contents) -> None:
    """Complete or absent: written beside its place, then moved there. A cache that fails is no fault."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as handle:
            handle.write(msgspec.msgpack.encode(found))
        Path(handle.name).replace(path)
    except OSError:
        return


def checked(found: Contents, folder: Path) -> Contents:
    """What was read, if it is sound.

    Raises:
        KnowledgeFault: the first fault, with file and line, and how many there are.
    """
    refuse(faults(found, folder))
    return found


def read(folder: Path, mark: str) -> Contents:
    """Every file of `folder` in its shape; nothing is checked against each other, nothing cited yet.

    Raises:
        KnowledgeFault: files are missing or malformed; it holds all that is wrong with them.
    """
    reader = Reader(folder)
    found = _found(reader, mark)
    refuse(reader.faults)
    return found


def _found(reader: Reader, mark: str) -> Contents:
    folder = reader.folder
    groups = reader.each("findings/*.yaml", Terms)
    analytes = reader.keyed(reader.entries("analytes/*.yaml", "analytes", Analyte))
    return Contents(
        version=(folder / "VERSION").read_text().strip() if (folder / "VERSION").is_file() else "",
        digest=mark,
        findings=reader.keyed(
            msgspec.structs.replace(
                term,
                kind=term.kind or group.kind,
                current=term.current or group.current,
                of_lesion=group.of_lesion if term.of_lesion is None else term.of_lesion,
                sources=term.sources or group.sources,
                basis=term.basis if term.sources else group.basis,
            )
            for group in groups
            for term in group.findings
        ),
        kinds={
            group.kind: KindOfFinding(
                group.label,
                group.deniable,
                group.circumstantial,
                group.presenting,
                group.is_site,
                group.describes_lesion,
                group.named_by_procedure,
            )
            for group in groups
        },
        analytes=analytes,
        formulas=reader.keyed(reader.entries("formulas.yaml", "formulas", Formula)),
        composites=reader.keyed(reader.entries("composites.yaml", "composites", Composite)),
        causes=reader.keyed(
            cause for group in reader.each("causes/*.yaml", Causes) for cause in group.causes
        ),
        subtypes=reader.keyed(reader.each("subtypes/*.yaml", Subtype)),
        mixed=reader.one("mixed.yaml", Mixed),
        forms=reader.keyed(reader.entries("forms/*.yaml", "forms", Form, alone=True)),
        urgent=reader.keyed(reader.entries("urgent/*.yaml", "urgent", Urgent, alone=True)),
        alarms=reader.one("alarms.yaml", Alarms),
        vignettes=tuple(reader.entries("vignettes/*.yaml", "vignettes", Vignettes)),
        investigations=reader.keyed(
            reader.entries("investigations/*.yaml", "investigations", Investigation, alone=True)
        ),
        patterns=reader.keyed(reader.entries("patterns.yaml", "patterns", Pattern)),
        disagreements=reader.keyed(reader.entries("disagreements.yaml", "disagreements", Disagreement)),
        facts=reader.keyed(reader.entries("facts.yaml", "facts", Fact)),
        codes=tuple(_codes(reader)),
        products=reader.one("codes/product_names.yaml", ProductNames),
        sources=_sources(reader),
        citations={},
        factors=_factors(analytes.values(), reader),
        language=_language(reader),
        differential=differential_schema.read(reader),
        treatment=treatment_schema.read(reader),
        leaflet=reader.one("leaflet.yaml", LeafletWords),
        synthesis=reader.one("synthesis.yaml", SynthesisRules),
        records=record_words.read(reader),
        places=_places(reader),
    )


def _places(reader: Reader) -> dict[str, tuple[str, ...]]:
    """Entry -> files; the parts that are files by themselves go by the name of their file."""
    alone = {
        "words": "language/words.yaml",
        "method": "evidence/method.yaml",
        "pooled": "evidence/pooled.csv",
        "regions": "regions/regions.csv",
        **{
            name: f"{name}.yaml"
            for name in ("likelihoods", "priors", "dosing", "leaflet", "facts", "alarms", "synthesis")
        },
    }
    return {**{name: (file,) for name, file in alone.items()}, **reader.places}


def _factors(analytes: Iterable[Analyte], reader: Reader) -> dict[str, dict[str, float]]:
    found = {}
    for analyte in analytes:
        try:
            found[analyte.id] = units.factors(analyte) if analyte.unit else {}
        except UnknownUnit as error:
            file = reader.folder / reader.places[analyte.id][-1]
            where = place(file, analyte.id, "unit")
            fault = KnowledgeFault(f"{analyte.id}: {error.what}", where=where, expected=error.expected)
            reader.faults.append(fault)
    return {name: by for name, by in found.items() if by}


def _sources(reader: Reader) -> dict[str, dict[str, Any]]:
    path = reader.folder / "sources.json"
    found: dict[str, dict[str, Any]] = {}
    with reader.gathering():
        for entry in _listed(path):
            name = str(entry.get("id", ""))
            if name in found or not name:
                text = f"id {name!r} stands twice" if name else f"a source has no id: {str(entry)[:60]}"
                reader.faults.append(KnowledgeFault(text, where=place(path, "", name)))
            found.setdefault(name, entry)
    return found


def _listed(path: Path) -> list[dict[str, Any]]:
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[dict[str, Any]])
    except (OSError, msgspec.DecodeError) as error:
        raise KnowledgeFault(f"the bibliography cannot be read: {error}", where=str(path)) from error


def _codes(reader: Reader) -> Iterator[Codes]:
    """Rows of the code tables; a file without codes (units) is for other readers."""
    for path in sorted((reader.folder / "codes").glob("*.csv")):
        for where, row in reader.rows(path.relative_to(reader.folder).as_posix()):
            if "code" not in row:
                break
            with reader.gathering():
                held = {
                    **row,
                    "display": row.get("display") or "",
                    "descendants": row.get("descendants") == "y",
                    "match": row.get("match") or "E",
                    "verified": row.get("verified") == "y",
                    "seen": row.get("seen") or "",
                }
                try:
                    yield msgspec.convert(held, Codes)
                except msgspec.ValidationError as error:
                    raise KnowledgeFault(str(error), where=where) from error


def _language(reader: Reader) -> Language:
    folder = reader.folder / "language"
    try:
        return _words(folder, reader)
    except KnowledgeFault as fault:
        reader.faults.append(fault)
    except (LookupError, TypeError, AttributeError) as error:
        reader.faults.append(KnowledgeFault(f"words are missing: {error}", where=str(folder)))
    return cast("Language", None)


def _words(folder: Path, reader: Reader) -> Language:
    spelling = read_yaml(folder / "spelling.yaml")
    cues = read_yaml(folder / "cues.yaml")
    words = read_yaml(folder / "words.yaml")
    return Language(
        folding=tuple(
            Folding(str(rule["from"]), str(rule["to"]), bool(rule.get("whole_word", False)))
            for rule in spelling["rules"]
        ),
        forms={word: tuple(found) for word, found in read_yaml(folder / "forms.yaml")["forms"].items()},
        cues={
            name: cue
            for name, group in cues.items()
            if name not in ("sources", "basis", "termination", "classes")
            for cue in reader.fitted(group, Cues, folder / "cues.yaml", (name,))
        },
        cue_classes={name: tuple(found) for name, found in cues["classes"].items()},
        termination=tuple(cues["termination"]),
        grammar=reader.one("language/grammar.yaml", Grammar),
        short_forms=reader.one("language/short_forms.yaml", ShortFormWords).short_forms,
        lay=reader.one("language/lay.yaml", LayWords).signs,
        anatomy=reader.one("language/anatomy.yaml", AnatomyWords),
        flags={name: tuple(found) for name, found in words["flags"].items()},
        lesion_words=tuple(words["lesion_words"]),
        contexts={name: tuple(found) for name, found in words["contexts"].items()},
        unit_spellings={unit: tuple(found) for unit, found in words["unit_spellings"].items()},
        temperature={name: tuple(found) for name, found in words["temperature"].items()},
        weight={name: tuple(found) for name, found in words.get("weight", {}).items()},
        numbers={name: tuple(found) for name, found in words.get("numbers", {}).items()},
        specimens={name: tuple(found) for name, found in words.get("specimens", {}).items()},
        document=reader.one("language/sections.yaml", DocumentWords),
        unread=reader.one("language/unread.yaml", UnreadWords),
    )
