"""What of a made patient is hard for a reader, kind by kind: counted, so that a parity of nothing is seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from calcinosis.findings.age import aged
from calcinosis.findings.coding import OVER
from calcinosis.findings.dictionaries import said_of, says, titre
from calcinosis.findings.index import Index
from calcinosis.findings.judgement import contradicted, judged
from calcinosis.findings.readings import read
from calcinosis.findings.statements import given_locally, meaning_of
from calcinosis.model import (
    Code,
    Ignored,
    Kind,
    Observation,
    Patient,
    Quantity,
    Range,
    Status,
)
from calcinosis.records.units import INFERRED

from .rows import Case

Of = Callable[[Observation, Index], bool]


def counted(cases: Iterable[Case], index: Index) -> Counter[str]:
    """In how many observations each kind occurs."""
    found: Counter[str] = Counter()
    for record, as_of in cases:
        patient = aged(record.patient, as_of)
        for seen in record.observations:
            found.update(name for name, of in KINDS.items() if of(seen, index))
            found.update(_read(seen, patient, index))
    return found


def _answered(seen: Observation, index: Index, kinds: tuple[str, ...]) -> bool:
    answer = said_of(seen, index).answer
    return answer in kinds and seen.kind is not Kind.MEASUREMENT and bool(meaning_of(seen, index).findings)


def _by_code(seen: Observation, index: Index) -> bool:
    value = seen.value
    return isinstance(value, Code) and bool(index.answers.of_code(value.system, value.code))


def _said(seen: Observation, index: Index) -> set[tuple[str, Status]]:
    """The matches of the codes of a statement, each with what is said."""
    if seen.kind is Kind.ALLERGY:
        return set()
    said = says(said_of(seen, index))
    own = {code.code for code in seen.codes if code.system == "calcinosis"}
    return {(match, said) for name, match in meaning_of(seen, index).findings if name not in own}


def _matched(match: str, status: Status, *systems: str) -> Of:
    def of(seen: Observation, index: Index) -> bool:
        systems_of = {code.system for code in seen.codes}
        return (match, status) in _said(seen, index) and (not systems or bool(systems_of & set(systems)))

    return of


def _by_display(seen: Observation, index: Index) -> bool:
    return any(
        index.coding.meaning(code).findings
        and not index.coding.meaning(Code(code.system, code.code)).findings
        for code in seen.codes
    )


def _local(counts: bool) -> Of:
    def of(seen: Observation, index: Index) -> bool:
        names = [name for name, _ in meaning_of(seen, index).findings]
        return given_locally(seen) and any(index.term[name].locally is counts for name in names)

    return of


KINDS: dict[str, Of] = {
    "a statement answered yes by code": lambda seen, index: (
        _by_code(seen, index) and _answered(seen, index, ("yes", "positive"))
    ),
    "a statement answered no by code": lambda seen, index: (
        _by_code(seen, index) and _answered(seen, index, ("no", "negative"))
    ),
    "a statement answered by the display of a code of the house": lambda seen, index: (
        isinstance(seen.value, Code)
        and not _by_code(seen, index)
        and _answered(seen, index, ("yes", "no", "positive", "negative"))
    ),
    "a product known by its name alone": _by_display,
    "a kind of it is there": _matched("N", Status.PRESENT),
    "a kind of it is denied": _matched("N", Status.ABSENT),
    "a kind of it is denied, by SNOMED or HPO": _matched("N", Status.ABSENT, "SNOMED", "HPO"),
    "a kind of it is doubted": _matched("N", Status.UNKNOWN),
    "something broader is there": _matched("B", Status.PRESENT),
    "something broader is denied": _matched("B", Status.ABSENT),
    "something broader by HPO": lambda seen, index: (
        any(match == "B" for match, _ in _said(seen, index))
        and any(code.system == "HPO" for code in seen.codes)
    ),
    "a history of it": _matched(OVER, Status.PRESENT),
    "a denied history of it": _matched(OVER, Status.ABSENT),
    "a drug put on a place": _local(counts=False),
    "a drug put on a place that counts there": _local(counts=True),
    "a unit inferred": lambda seen, index: INFERRED in dict(seen.qualifiers),
}


def _read(seen: Observation, patient: Patient, index: Index) -> Iterator[str]:
    """What becomes of a measurement, for each of its analytes."""
    if seen.kind is not Kind.MEASUREMENT or seen.family:
        return
    for analyte in meaning_of(seen, index).analytes:
        ignored: list[Ignored] = []
        row = read(analyte, seen, index, ignored)
        if ignored and seen.interpretation and isinstance(seen.value, Quantity | Range):
            yield (
                "a flag beside a number that is refused"
                if row is None
                else "a flag beside a number without unit"
            )
        if isinstance(seen.value, str) and titre(seen.value):
            yield "a titre" if row is not None and row.value is not None else "a titre of what has none"
        if row is None:
            continue
        if isinstance(seen.value, Range):
            yield "two numbers between which it lies" if row.interval else "two numbers, a flag without them"
        if contradicted(row, patient, index):
            yield "a value and a flag that exclude each other"
        elif row.word and row.interval is not None and row.own is None:
            alone = judged(row._replace(word=""), patient, index).flag
            if alone and alone != judged(row, patient, index).flag:
                yield "a value and a flag of another laboratory"
