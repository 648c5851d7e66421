"""Is the knowledge base sound? What the schema cannot say: references, sources, codes, criteria."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from calcinosis.criteria import leaves
from calcinosis.knowledge import code_checks
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.library import criteria
from calcinosis.knowledge.loading import faults_of

# Facts about treatment may be carried later than the others.
TREATMENT = "treatment"


class Problem(Struct, frozen=True, order=True):
    """Something wrong (`error`) or worth a look (`note`) in a knowledge file."""

    severity: str
    where: str
    text: str


class Coverage(Struct, frozen=True):
    """A founding fact and the entries that carry it."""

    fact: str
    text: str
    about: str
    carried_by: tuple[str, ...]


def problems(held: Contents, folder: Path) -> tuple[Problem, ...]:
    """Everything found in what was read from `folder`, errors first."""
    found = [
        *_unsourced(held),
        *_unknown_sources(held),
        *_unused_sources(held),
        *_unknown_codes(held),
        *_faulty_codes(held),
        *_broken(held, folder),
        *_repeated(held),
        *_uncarried(held),
    ]
    return tuple(sorted(dict.fromkeys(found)))


def entries(held: Contents) -> Iterator[tuple[str, Any]]:
    """Every entry with its id, shelf by shelf."""
    for shelf in _shelves(held):
        yield from shelf.items()
    yield held.mixed.id, held.mixed
    yield from held.treatment.treatments.items()
    yield from held.differential.diseases.items()
    parts: tuple[Struct, ...] = (
        held.treatment.interactions,
        held.treatment.dosing,
        held.treatment.method,
        held.differential.priors,
        held.differential.likelihoods,
    )
    for part in parts:
        yield type(part).__name__.lower(), part
    for arm in held.treatment.arms:
        yield arm.id, arm
    yield "leaflet", held.leaflet


def _shelves(held: Contents) -> Iterator[Mapping[str, Any]]:
    for name in msgspec.structs.fields(Contents):
        if name.name in ("sources", "citations", "factors", "kinds", "places", "facts"):
            continue
        value = getattr(held, name.name)
        if isinstance(value, dict):
            yield value


def _walk(value: Any) -> Iterator[Struct]:
    """Every struct at or below `value`."""
    if isinstance(value, Struct):
        yield value
        for field in value.__struct_fields__:
            yield from _walk(getattr(value, field))
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, (tuple, list)):
        for inner in value:
            yield from _walk(inner)


def _sources_of(entry: Any) -> Iterator[str]:
    for part in _walk(entry):
        named_sources = getattr(part, "sources", ())
        yield from named_sources if isinstance(named_sources, tuple) else ()
        single = getattr(part, "source", None)
        if isinstance(single, str) and single:
            yield single


def _unsourced(held: Contents) -> Iterator[Problem]:
    for name, entry in entries(held):
        for part in _walk(entry):
            if "sources" in part.__struct_fields__ and not getattr(part, "sources"):  # noqa: B009
                yield _error(held, name, "names no source")


def _unknown_sources(held: Contents) -> Iterator[Problem]:
    for name, entry in (*entries(held), *held.facts.items()):
        for source in _sources_of(entry):
            if source not in held.sources:
                yield _error(held, name, f"names the source {source!r}, which is not in sources.json")


def _unused_sources(held: Contents) -> Iterator[Problem]:
    used = {source for _, entry in (*entries(held), *held.facts.items()) for source in _sources_of(entry)}
    for source in held.sources:
        if source not in used:
            yield Problem("note", "sources.json", f"{source} is named by no entry")


def _unknown_codes(held: Contents) -> Iterator[Problem]:
    concepts = {row.concept for row in held.codes}
    for name, entry in entries(held):
        for concept in (*getattr(entry, "concepts", ()), *getattr(entry, "narrower", ())):
            if concept not in concepts:
                yield _error(held, name, f"names the concept {concept!r}, which has no code")


def _faulty_codes(held: Contents) -> Iterator[Problem]:
    for concept, text in code_checks.faults(held):
        yield Problem("error", "codes", f"{concept}: {text}")
    for concept in code_checks.unused(held):
        yield Problem("note", "codes", f"{concept} is named by no finding and no analyte")


def _broken(held: Contents, folder: Path) -> Iterator[Problem]:
    """Names that lead nowhere, circles, and analytes that do not say how they combine: load errors all."""
    for fault in faults_of(held, folder):
        where = fault.where.removeprefix(str(folder)).lstrip("/")
        yield Problem("error", where, fault.what)


def _repeated(held: Contents) -> Iterator[Problem]:
    """Findings that one criterion names twice."""
    for key, node in criteria(held):
        for finding, times in Counter(leaves(node)).items():
            if times > 1 and key.kind != "asked":
                text = f"criterion ({key.kind}) names {finding} {times} times: unknown may be said too often"
                yield Problem("note", held.places.get(key.id, key.id), f"{key.id}: {text}")


def coverage(held: Contents) -> tuple[Coverage, ...]:
    """Each founding fact with the entries that carry it."""
    carriers: dict[str, list[str]] = {name: [] for name in held.facts}
    for name, entry in entries(held):
        for part in _walk(entry):
            for fact in getattr(part, "facts", ()):
                carriers.setdefault(fact, []).append(name)
    return tuple(
        Coverage(name, fact.text, fact.about, tuple(dict.fromkeys(carriers[name])))
        for name, fact in held.facts.items()
    )


def _uncarried(held: Contents) -> Iterator[Problem]:
    known = set(held.facts)
    for name, entry in entries(held):
        for part in _walk(entry):
            for fact in getattr(part, "facts", ()):
                if fact not in known:
                    yield _error(held, name, f"carries the fact {fact!r}, which does not exist")
    for fact in coverage(held):
        if not fact.carried_by and fact.about != TREATMENT:
            yield Problem("error", "facts.yaml", f"fact {fact.fact} is carried by no entry")


def _error(held: Contents, name: str, text: str) -> Problem:
    return Problem("error", held.places.get(name, ""), f"{name}: {text}")
