"""Records as relations: one row for each person, observation, code of an observation, and site of one.

What a row holds of a result in words is what the dictionaries are asked with; nothing is judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import astuple

from calcinosis.findings.age import aged
from calcinosis.findings.dictionaries import answered_of, truth_of
from calcinosis.findings.index import Index
from calcinosis.model import (
    LOCALLY,
    SUSPECTED,
    Code,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
)

Case = tuple[Record, datetime]
_NUMBERS = re.compile(r"(\d+)")


class PatientRow(Struct, frozen=True):
    """A person on the day of the consultation."""

    person: int
    as_of: datetime
    age: float | None
    sex: str


class ObservationRow(Struct, frozen=True):
    """One observation.

    A value is a quantity (`value`, `unit`, `comparator`), two between which it lies (`span_...`), an answer in
    `words` or by code (`answer_...`), or a `truth`; what it is not is null, of words empty. `place` orders what
    ties: where it stands in the record.
    """

    person: int
    n: int
    kind: str
    assertion: str
    family: bool
    past: bool
    locally: bool
    suspected: bool
    missing: bool
    truth: bool | None
    answer_system: str
    answer_code: str
    words: str
    interpretation: str
    value: float | None
    unit: str | None
    comparator: str
    span_low: float | None
    span_high: float | None
    span_unit: str | None
    own_low: float | None
    own_high: float | None
    own_unit: str
    effective_first: datetime | None
    effective_last: datetime | None
    issued: datetime | None
    until: datetime | None
    id: str
    place: int


class CodeRow(Struct, frozen=True):
    """One coding of an observation."""

    person: int
    n: int
    system: str
    code: str
    display: str


class SiteRow(Struct, frozen=True):
    """One body site of an observation."""

    person: int
    n: int
    site: str


class Rows(Struct, frozen=True):
    """The four relations of many records."""

    patient: list[PatientRow]
    observation: list[ObservationRow]
    observation_code: list[CodeRow]
    observation_site: list[SiteRow]


RELATIONS: dict[str, type[Struct]] = {
    "patient": PatientRow,
    "observation": ObservationRow,
    "observation_code": CodeRow,
    "observation_site": SiteRow,
}


def rows_of(cases: Iterable[Case], index: Index) -> Rows:
    """The relations of records, each with its day; persons are numbered in order."""
    made = Rows([], [], [], [])
    for person, (record, as_of) in enumerate(cases):
        patient = aged(record.patient, as_of)
        made.patient.append(PatientRow(person, as_of, patient.age_years, patient.sex))
        seen = (*record.observations, *_of_patient(patient, index))
        for n, (one, place) in enumerate(zip(seen, _places(seen), strict=True)):
            made.observation.append(_observation(person, n, one, place))
            made.observation_code.extend(CodeRow(person, n, *astuple(code)) for code in one.codes)
            made.observation_site.extend(SiteRow(person, n, site) for site in one.sites)
    return made


def _of_patient(patient: Patient, index: Index) -> Iterator[Observation]:
    """Age and sex are observations without a date."""
    if patient.sex in index.sexes:
        yield _coded(index.sexes[patient.sex], Kind.SIGN)
    if patient.age_years is not None and "age_years" in index.analytes:
        yield _coded("age_years", Kind.MEASUREMENT, Quantity(patient.age_years, "a"))


def _coded(name: str, kind: Kind, value: Quantity | None = None) -> Observation:
    return Observation(
        source=f"Patient.{name}", text=name, kind=kind, codes=(Code("calcinosis", name),), value=value
    )


def _places(seen: Sequence[Observation]) -> list[int]:
    """The rank of each by its address and words, numbers in them as numbers; then as recorded."""
    ordered = sorted(range(len(seen)), key=lambda n: (_address(seen[n]), n))
    ranks = {n: rank for rank, n in enumerate(ordered)}
    return [ranks[n] for n in range(len(seen))]


def _address(seen: Observation) -> list[str | int]:
    parts = _NUMBERS.split(f"{seen.source} {seen.text}")
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def _observation(person: int, n: int, seen: Observation, place: int) -> ObservationRow:
    answered, own = answered_of(seen), seen.reference
    quantity = seen.value if isinstance(seen.value, Quantity) else None
    span = seen.value if isinstance(seen.value, Range) else None
    return ObservationRow(
        person=person,
        n=n,
        kind=seen.kind.value,
        assertion=seen.assertion.value,
        family=seen.family,
        past=seen.past,
        locally=LOCALLY in seen.qualifiers,
        suspected=SUSPECTED in seen.qualifiers,
        missing=bool(seen.missing_reason),
        truth=truth_of(seen),
        answer_system=answered.system,
        answer_code=answered.code,
        words=answered.words,
        interpretation=seen.interpretation,
        value=quantity.value if quantity else None,
        unit=quantity.unit if quantity else None,
        comparator=quantity.comparator if quantity else "",
        span_low=span.low if span else None,
        span_high=span.high if span else None,
        span_unit=span.unit if span else None,
        own_low=own.low if own else None,
        own_high=own.high if own else None,
        own_unit=own.unit if own else "",
        effective_first=_first(seen.effective),
        effective_last=seen.effective.last if seen.effective else None,
        issued=_first(seen.issued),
        until=_first(seen.until),
        id=seen.id,
        place=place,
    )


def _first(when: Moment | None) -> datetime | None:
    return when.first if when is not None else None
