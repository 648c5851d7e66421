"""Is the knowledge base sound? What the schema cannot say: references, sources, codes, criteria."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import Struct

from calcinosis.criteria.library import library
from calcinosis.criteria.tree import Node, leaves, named, parse
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import Contents

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


def problems(knowledge: Knowledge) -> tuple[Problem, ...]:
    """Everything found, errors first."""
    held = knowledge.contents
    found = [
        *_unsourced(held),
        *_unknown_sources(held),
        *_unused_sources(held),
        *_unknown_codes(held),
        *_unknown_references(held),
        *_criteria(knowledge),
        *_cycles(held),
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
        for concept in getattr(entry, "concepts", ()):
            if concept not in concepts:
                yield _error(held, name, f"names the concept {concept!r}, which has no code")


def _unknown_references(held: Contents) -> Iterator[Problem]:
    findings, analytes = held.findings, held.analytes
    everything = {name for name, _ in entries(held)}

    def missing(owner: str, names: Iterable[str], known: Mapping[str, Any] | set[str]) -> Iterator[Problem]:
        for name in names:
            if name and name not in known:
                yield _error(held, owner, f"names {name!r}, which does not exist")

    for term in findings.values():
        yield from missing(term.id, term.implies, findings)
    for analyte in analytes.values():
        given = (analyte.above_range, analyte.below_range, analyte.positive)
        yield from missing(analyte.id, given, findings)
        yield from missing(analyte.id, (limit.finding for limit in analyte.thresholds), findings)
        yield from missing(analyte.id, (*analyte.panel_of, *analyte.supersedes), analytes)
    for formula in held.formulas.values():
        yield from missing(formula.id, (formula.gives, *formula.needs), analytes)
    for entry in held.investigations.values():
        yield from missing(entry.id, entry.answers, findings)
    for pattern in held.patterns.values():
        yield from missing(pattern.id, pattern.causes, held.causes)
    for disagreement in held.disagreements.values():
        yield from missing(disagreement.id, disagreement.about, everything)


def _criteria(knowledge: Knowledge) -> Iterator[Problem]:
    """Unknown findings and references in criteria, and findings that one criterion names twice."""
    held = knowledge.contents
    shelf = library(knowledge)
    for (kind, name), node in (*shelf.trees.items(), *_conditions(held)):
        for finding, times in Counter(leaves(node)).items():
            if finding not in held.findings:
                yield _error(held, name, f"criterion ({kind}) names {finding!r}, which does not exist")
            elif times > 1:
                text = f"criterion ({kind}) names {finding} {times} times: unknown may be said too often"
                yield Problem("note", held.places.get(name, name), f"{name}: {text}")
        for reference in named(node):
            key = (reference.kind, reference.id)
            if key not in shelf.trees and key not in shelf.members:
                yield _error(held, name, f"criterion names {key}, which does not exist")


def _conditions(held: Contents) -> Iterator[tuple[tuple[str, str], Node]]:
    for entry in held.investigations.values():
        for field in ("when", "avoid_when", "first_when"):
            tree = getattr(entry, field)
            if tree is not None:
                yield (field, entry.id), parse(tree, f"{entry.id}.{field}")


def _cycles(held: Contents) -> Iterator[Problem]:
    for start in held.findings:
        ahead, seen = list(held.findings[start].implies), set()
        while ahead:
            name = ahead.pop()
            if name == start:
                yield _error(held, start, "implies itself")
                break
            if name not in seen and name in held.findings:
                seen.add(name)
                ahead.extend(held.findings[name].implies)


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
