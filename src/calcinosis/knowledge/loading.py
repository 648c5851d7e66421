"""From the files of `knowledge/` to `Contents`: read, checked against the schema, cached by hash."""

from __future__ import annotations

import csv
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from calcinosis.criteria.expression import references
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge import citations, differential_schema, treatment_schema, units
from calcinosis.knowledge.contents import Contents, Cues, Folding, KindOfFinding, Language
from calcinosis.knowledge.differential_schema import DifferentialKnowledge
from calcinosis.knowledge.files import converted, place, read_yaml
from calcinosis.knowledge.leaflet_schema import LeafletWords
from calcinosis.knowledge.library import shelf_of
from calcinosis.knowledge.references import dangling
from calcinosis.knowledge.schema import (
    Analyte,
    Causes,
    Codes,
    Disagreement,
    Fact,
    Form,
    Formula,
    Investigation,
    Mixed,
    Pattern,
    Subtype,
    Terms,
    Urgent,
)
from calcinosis.knowledge.treatment_schema import Treatments
from calcinosis.knowledge.vocabulary import Vocabulary

T = TypeVar("T")


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
        _write_cache(cached, found)
    return found


@lru_cache(maxsize=1)
def _layout() -> str:
    """A mark of the code that compiles: what other code compiled is never read."""
    running = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
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
    """What was read, if every name leads somewhere and nothing refers to itself.

    Raises:
        KnowledgeFault: the first fault, with file and line, and how many there are.
    """
    faults = list(faults_of(found, folder))
    if faults:
        more = f" (and {len(faults) - 1} more: calcinosis knowledge check)" if len(faults) > 1 else ""
        first = faults[0]
        raise KnowledgeFault(first.what + more, where=first.where, expected=first.expected)
    return found


def faults_of(found: Contents, folder: Path) -> Iterator[KnowledgeFault]:
    """Names that lead nowhere, circles, and findings of which nothing says how their analytes combine."""
    for one in sorted(dangling(found)):
        file = folder / found.places.get(one.entry, "")
        yield KnowledgeFault(
            one.text, where=place(file, one.entry, one.name) if file.is_file() else one.entry
        )
    if any(dangling(found)):
        return  # what refers to nothing cannot be followed
    for build in (lambda: Vocabulary(found.findings, found.kinds), lambda: shelf_of(found).check()):
        try:
            build()
        except KnowledgeFault as fault:
            yield fault
    for name, text in (*uncombined(found), *misnamed(found)):
        yield KnowledgeFault(text, where=found.places.get(name, name))


def uncombined(found: Contents) -> Iterator[tuple[str, str]]:
    """Findings that several analytes give without a word on how these combine."""
    givers: dict[str, list[str]] = {}
    for analyte in found.analytes.values():
        for finding in dict.fromkeys(analyte.gives):
            givers.setdefault(finding, []).append(analyte.id)
    for finding, names in givers.items():
        term = found.findings[finding]
        if len(names) > 1 and not term.combine and set(term.prefer) != set(names):
            yield (
                finding,
                (
                    f"{finding} is given by {', '.join(names)} and does not say how they combine"
                    " (combine: any, combine: all, or prefer: with each of them)"
                ),
            )


def misnamed(found: Contents) -> Iterator[tuple[str, str]]:
    """Formulas that take a name nobody gives a value, or say that they need what they do not take."""
    for formula in found.formulas.values():
        taken = set(references(formula.expression))
        for name in sorted(taken - {*formula.needs, *formula.parameters, "age"}):
            yield formula.id, f"{formula.id} takes {name!r}, which is none of its needs and parameters"
        for name in sorted({*formula.needs, *formula.parameters} - taken):
            yield formula.id, f"{formula.id} names {name!r}, which its expression does not take"


def read(folder: Path, mark: str) -> Contents:
    """Every file of `folder` in its shape; what they refer to is not checked yet.

    Raises:
        KnowledgeFault: a file is missing or malformed.
    """
    places: dict[str, str] = {}
    listed = _Reader(folder, places)
    groups = listed.files("findings/*.yaml", Terms)
    sources = _sources(folder / "sources.json")
    analytes = listed.entries("analytes/*.yaml", "analytes", Analyte)
    differential, treatment = differential_schema.read(folder), treatment_schema.read(folder)
    return Contents(
        version=(folder / "VERSION").read_text().strip() if (folder / "VERSION").is_file() else "",
        digest=mark,
        findings=listed.keyed(
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
        analytes=listed.keyed(analytes),
        formulas=listed.keyed(listed.entries("formulas.yaml", "formulas", Formula)),
        causes=listed.keyed(
            cause for group in listed.files("causes/*.yaml", Causes) for cause in group.causes
        ),
        subtypes={entry.id: entry for entry in listed.files("subtypes/*.yaml", Subtype)},
        mixed=listed.one("mixed.yaml", Mixed),
        forms=listed.keyed(listed.several("forms/*.yaml", "forms", Form)),
        urgent=listed.keyed(listed.several("urgent/*.yaml", "urgent", Urgent)),
        investigations=listed.keyed(listed.several("investigations/*.yaml", "investigations", Investigation)),
        patterns=listed.keyed(listed.entries("patterns.yaml", "patterns", Pattern)),
        disagreements=listed.keyed(listed.entries("disagreements.yaml", "disagreements", Disagreement)),
        facts=listed.keyed(listed.entries("facts.yaml", "facts", Fact)),
        codes=tuple(_codes(folder / "codes")),
        sources=sources,
        citations=citations.render(sources),
        factors={analyte.id: units.factors(analyte) for analyte in analytes if analyte.unit},
        language=_language(folder / "language"),
        differential=differential,
        treatment=treatment,
        leaflet=listed.one("leaflet.yaml", LeafletWords),
        places={**_places(differential, treatment), **places},
    )


def _places(differential: DifferentialKnowledge, treatment: Treatments) -> dict[str, str]:
    """Entry -> file, of the parts that read their files themselves."""
    held = treatment.interactions
    pairs = (
        *(one.id for one in held.interactions),
        *(one.id for one in held.reviews),
        *(one.id for one in held.conflicts),
    )
    return {
        **{one.id: f"diagnoses/{one.matrix}" for one in differential.diseases.values()},
        **{name: f"treatments/{name}.yaml" for name in treatment.treatments},
        **dict.fromkeys(pairs, "interactions.yaml"),
        "likelihoods": "likelihoods.yaml",
        "dosing": "dosing.yaml",
    }


class _Reader:
    """Reads files of a folder into typed entries and remembers where each stands."""

    def __init__(self, folder: Path, places: dict[str, str]) -> None:
        self.folder = folder
        self.places = places

    def _paths(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern))

    def _note(self, entry: Any, path: Path) -> None:
        name = getattr(entry, "id", "")
        if name:
            self.places[name] = path.relative_to(self.folder).as_posix()

    def one(self, name: str, shape: type[T]) -> T:
        path = self.folder / name
        entry = converted(read_yaml(path), shape, path)
        self._note(entry, path)
        return entry

    def files(self, pattern: str, shape: type[T]) -> list[T]:
        found = []
        for path in self._paths(pattern):
            entry = converted(read_yaml(path), shape, path)
            for inner in getattr(entry, "findings", getattr(entry, "causes", [entry])):
                self._note(inner, path)
            found.append(entry)
        return found

    def entries(self, pattern: str, key: str, shape: type[T]) -> list[T]:
        """Entries of files that hold a list under `key`."""
        found: list[T] = []
        for path in self._paths(pattern):
            held = read_yaml(path)
            if not isinstance(held, dict) or key not in held:
                raise KnowledgeFault("the list is missing", where=str(path), expected=f"key {key!r}")
            for item in held[key]:
                entry = converted(item, shape, path)
                self._note(entry, path)
                found.append(entry)
        return found

    def several(self, pattern: str, key: str, shape: type[T]) -> list[T]:
        """Entries of files that hold one entry each, or a list under `key`."""
        found: list[T] = []
        for path in self._paths(pattern):
            held = read_yaml(path)
            items = held[key] if isinstance(held, dict) and key in held else [held]
            for item in items:
                entry = converted(item, shape, path)
                self._note(entry, path)
                found.append(entry)
        return found

    def keyed(self, entries: Iterable[T], key: Callable[[T], str] | None = None) -> dict[str, T]:
        """Entries by id; the same id twice is a fault."""
        found: dict[str, T] = {}
        for entry in entries:
            name = key(entry) if key else str(getattr(entry, "id"))  # noqa: B009
            if name in found:
                raise KnowledgeFault(f"id {name!r} stands twice", where=self.places.get(name, ""))
            found[name] = entry
        return found


def _sources(path: Path) -> dict[str, dict[str, Any]]:
    if not path.is_file():
        raise KnowledgeFault("the bibliography is missing", where=str(path))
    return {entry["id"]: entry for entry in json.loads(path.read_bytes())}


def _codes(folder: Path) -> Iterable[Codes]:
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as handle:
            rows = csv.DictReader(line for line in handle if not line.startswith("#"))
            if "code" not in (rows.fieldnames or ()):
                continue
            for row in rows:
                yield Codes(
                    concept=row["concept"],
                    system=row["system"],
                    code=row["code"],
                    display=row.get("display") or "",
                    descendants=row.get("descendants") == "y",
                )


def _language(folder: Path) -> Language:
    spelling = read_yaml(folder / "spelling.yaml")
    cues = read_yaml(folder / "cues.yaml")
    words = read_yaml(folder / "words.yaml")
    return Language(
        folding=tuple(
            Folding(str(rule["from"]), str(rule["to"]), bool(rule.get("whole_word", False)))
            for rule in spelling["rules"]
        ),
        cues={
            name: converted(group, Cues, folder / "cues.yaml")
            for name, group in cues.items()
            if name not in ("sources", "basis", "termination")
        },
        termination=tuple(cues["termination"]),
        flags={name: tuple(found) for name, found in words["flags"].items()},
        lesion_words=tuple(words["lesion_words"]),
        contexts={name: tuple(found) for name, found in words["contexts"].items()},
        unit_spellings={unit: tuple(found) for unit, found in words["unit_spellings"].items()},
        temperature={name: tuple(found) for name, found in words["temperature"].items()},
        numbers={name: tuple(found) for name, found in words.get("numbers", {}).items()},
        specimens={name: tuple(found) for name, found in words.get("specimens", {}).items()},
    )
