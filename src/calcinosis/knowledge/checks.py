"""Is the knowledge base sound? What the schema cannot say: references, circles, sources, formulas, doses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from calcinosis.criteria import Shelf, leaves
from calcinosis.criteria.expression import references
from calcinosis.errors import KnowledgeFault, UnknownUnit
from calcinosis.knowledge import alarm_checks, code_checks, differential_schema, treatment_schema
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.entries import entries, parts, sources_of
from calcinosis.knowledge.files import Fault
from calcinosis.knowledge.library import criteria, members
from calcinosis.knowledge.lines import place
from calcinosis.knowledge.references import dangling
from calcinosis.knowledge.schema import Analyte
from calcinosis.knowledge.units import factor
from calcinosis.knowledge.vocabulary import circles_of

# Facts about treatment may be carried later than the others.
TREATMENT = "treatment"
_FEWEST = 2  # vignettes of a fact


class Problem(Struct, frozen=True, order=True):
    """Something wrong (`error`: nothing loads) or worth a look (`note`) in a knowledge file."""

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
        *(problem(fault, folder) for fault in faults(held, folder)),
        *_unused_sources(held),
        *_unused_codes(held),
        *_repeated(held),
    ]
    return tuple(sorted(dict.fromkeys(found)))


def problem(fault: KnowledgeFault, folder: Path) -> Problem:
    """A fault as it is listed: its place from the folder, what is wrong, and what was expected."""
    expected = f"expected {fault.expected}" if fault.expected else ""
    told = "; ".join(part for part in (fault.what, expected, fault.remedy) if part)
    return Problem("error", fault.where.replace(f"{folder}/", ""), told)


def faults(held: Contents, folder: Path) -> Iterator[KnowledgeFault]:
    """Everything for which nothing loads, with file and line."""
    found = (
        *sorted(dangling(held, folder)),
        *_circles(held),
        *_twice(held),
        *_lonely(held),
        *_uncombined(held),
        *_misnamed(held),
        *_unmeasured(held),
        *alarm_checks.faults(held),
        *differential_schema.faults(held.differential),
        *treatment_schema.faults(held.treatment),
        *_unsourced(held),
        *_uncarried(held),
        *_unshown(held),
        *(Fault(concept, f"{concept}: {text}") for concept, text in code_checks.faults(held)),
    )
    for one in dict.fromkeys(found):
        where = _place(one, held, folder)
        yield KnowledgeFault(one.text, where=where, expected=one.expected, remedy=one.remedy)


def _place(fault: Fault, held: Contents, folder: Path) -> str:
    """The file of the entry and the line of the word; of several files the one that has the word."""
    files = [folder / name for name in held.places.get(fault.entry, ()) if (folder / name).is_file()]
    places = [place(file, fault.entry, fault.word or fault.entry) for file in files]
    lined = [where for where, file in zip(places, files, strict=True) if where != str(file)]
    return (lined or places or [fault.entry])[0]


def _circles(held: Contents) -> Iterator[Fault]:
    for circle in circles_of({name: term.implies for name, term in held.findings.items()}):
        yield Fault(circle[0], f"{circle[0]} implies itself: {' -> '.join(circle)}", circle[1])
    for way in Shelf(dict(criteria(held)), dict(members(held))).circles():
        text = f"criterion {way[0]} refers to itself: {' -> '.join(map(str, way))}"
        yield Fault(way[0].id, text, way[1].id)


def _twice(held: Contents) -> Iterator[Fault]:
    """Ids that stand twice where the schema holds a list."""
    for key, times in Counter(key for key, _ in criteria(held)).items():
        if times > 1:
            yield Fault(key.id, f"criterion {key} stands twice", key.part or key.id)
    rules, treatment = held.differential.likelihoods, held.treatment
    listed = (
        *(("priors", one.id, "setting") for one in held.differential.priors.settings),
        *(("likelihoods", one.id, "category") for one in rules.categories),
        *(("likelihoods", one.id, "overlap") for one in rules.overlaps),
        *(("likelihoods", one.id, "partition") for one in rules.partitions),
        *((one.id, one.id, "conflict") for one in treatment.interactions.conflicts),
        *((one.id, one.id, "study arm") for one in treatment.arms),
    )
    for (entry, name, what), times in Counter(listed).items():
        if times > 1:
            yield Fault(entry, f"{what} {name} stands twice", name)


def _lonely(held: Contents) -> Iterator[Fault]:
    """A group of one excludes nothing: a slip in its name."""
    groups = Counter(term.group for term in held.findings.values() if term.group)
    for term in held.findings.values():
        if groups[term.group] == 1:
            yield Fault(term.id, f"{term.id} is the only member of its group {term.group!r}", term.group)


def _uncombined(held: Contents) -> Iterator[Fault]:
    """Findings that several analytes give without a word on how these combine."""
    givers: dict[str, list[str]] = {}
    for analyte in held.analytes.values():
        for finding in dict.fromkeys(analyte.gives):
            givers.setdefault(finding, []).append(analyte.id)
    for finding, names in givers.items():
        term = held.findings.get(finding)
        if term and len(names) > 1 and not term.combine and set(term.prefer) != set(names):
            yield Fault(
                finding,
                f"{finding} is given by {', '.join(names)} and does not say how they combine",
                expected="combine: any, combine: all, or prefer: with each of them",
            )


def _misnamed(held: Contents) -> Iterator[Fault]:
    """Formulas that take a name nobody gives a value, or say that they need what they do not take."""
    for formula in held.formulas.values():
        taken = set(references(formula.expression))
        for name in sorted(taken - {*formula.needs, *formula.parameters, "age"}):
            yield Fault(formula.id, f"{formula.id} takes {name!r}, which is none of its needs and parameters")
        for name in sorted({*formula.needs, *formula.parameters} - taken):
            yield Fault(formula.id, f"{formula.id} names {name!r}, which its expression does not take", name)


def _unmeasured(held: Contents) -> Iterator[Fault]:
    """Units that do not measure what they stand beside."""
    for entry, name, unit in _units(held):
        analyte = held.analytes.get(name)
        if analyte is not None and not _measures(unit, analyte, held):
            yield Fault(entry, f"{entry}: the unit {unit!r} does not measure {name}", unit)


def _units(held: Contents) -> Iterator[tuple[str, str, str]]:
    """Entry, analyte and unit."""
    for analyte in held.analytes.values():
        yield from ((analyte.id, analyte.id, limit.unit) for limit in analyte.ranges)
        yield from ((analyte.id, analyte.id, limit.unit) for limit in analyte.thresholds)
    for laboratory in held.differential.likelihoods.laboratory:
        yield "likelihoods", laboratory.measured, laboratory.unit
    renal = held.treatment.dosing.renal
    yield "dosing", renal.analyte, renal.unit


def _measures(unit: str, analyte: Analyte, held: Contents) -> bool:
    if not analyte.unit or unit in held.factors.get(analyte.id, {}):
        return True
    try:
        return factor(analyte, unit) > 0
    except UnknownUnit:
        return False


def _unsourced(held: Contents) -> Iterator[Fault]:
    for name, entry in entries(held):
        for part in parts(entry):
            if "sources" in part.__struct_fields__ and not sources_of(part):
                own = str(getattr(part, "id", "")) or str(getattr(part, "text", ""))[:40]
                of = f" ({own})" if own and own != name else ""
                yield Fault(name, f"{name} names no source{of}", str(getattr(part, "id", "")))


def coverage(held: Contents) -> tuple[Coverage, ...]:
    """Each founding fact with the entries that carry it."""
    carriers: dict[str, list[str]] = {name: [] for name in held.facts}
    for name, entry in entries(held):
        for part in parts(entry):
            for fact in getattr(part, "facts", ()):
                carriers.setdefault(fact, []).append(name)
    return tuple(
        Coverage(name, fact.text, fact.about, tuple(dict.fromkeys(carriers[name])))
        for name, fact in held.facts.items()
    )


def _uncarried(held: Contents) -> Iterator[Fault]:
    for fact in coverage(held):
        if not fact.carried_by and fact.about != TREATMENT:
            yield Fault("facts", f"fact {fact.fact} is carried by no entry", fact.fact)


def _unshown(held: Contents) -> Iterator[Fault]:
    """Facts that no vignette shows to work, or none that shows where they must not."""
    for name, fact in held.facts.items():
        counters = sum(one.counter for one in fact.vignettes)
        if len(fact.vignettes) < _FEWEST or counters == len(fact.vignettes):
            yield Fault("facts", f"fact {name} has fewer than {_FEWEST} vignettes that show it", name)
        elif not counters and not fact.one_sided:
            yield Fault("facts", f"fact {name} has no vignette where it must not show", name)


def _unused_sources(held: Contents) -> Iterator[Problem]:
    every = (*entries(held), *held.facts.items())
    used = {source for _, entry in every for part in parts(entry) for source in sources_of(part)}
    for source in held.sources:
        if source not in used:
            yield Problem("note", "sources.json", f"{source} is named by no entry")


def _unused_codes(held: Contents) -> Iterator[Problem]:
    for concept in code_checks.unused(held):
        yield Problem("note", "codes", f"{concept} is named by no finding and no analyte")


def _repeated(held: Contents) -> Iterator[Problem]:
    """Findings that one criterion names twice."""
    for key, node in criteria(held):
        for finding, times in Counter(leaves(node)).items():
            if times > 1 and key.kind != "asked":
                text = f"criterion ({key.kind}) names {finding} {times} times: unknown may be said too often"
                yield Problem("note", ", ".join(held.places.get(key.id, ())), f"{key.id}: {text}")
