"""Measurements to findings: the current value of each analyte, judged, with its history.

Where tied values fall on both sides of a limit the finding is unknown, with the reason `conflicting`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from calcinosis.errors import UnknownUnit
from calcinosis.findings.judgement import Judgement, beyond, fallback_range, judged, widest_range
from calcinosis.findings.quantities import Measure, Units
from calcinosis.findings.selection import current, latest
from calcinosis.knowledge.schema import Analyte
from calcinosis.model import (
    Assertion,
    Code,
    Evidence,
    Finding,
    Ignored,
    Observation,
    Patient,
    Quantity,
    Range,
    Status,
)

CONFLICTING = "conflicting"
_POSITIVE = frozenset({"positive", "high", "abnormal", "pos", "detected", "present", "reactive", "yes"})
_NEGATIVE = frozenset({"negative", "normal", "low", "neg", "absent", "no", "not detected", "non-reactive"})


class Measured(Struct, frozen=True):
    """One analyte of one patient: the value that counts and the findings it gives."""

    finding: Finding
    gives: tuple[Finding, ...]
    ignored: tuple[Ignored, ...] = ()


class _Reading(Struct, frozen=True):
    observation: Observation
    measure: Measure | None
    flag: str
    statuses: tuple[tuple[str, Status], ...]
    reason: str


def measured(
    analyte: Analyte,
    observations: Sequence[Observation],
    *,
    patient: Patient,
    as_of: datetime,
    units: Units,
) -> Measured | None:
    """The analyte's current value and findings; None when nothing usable was recorded."""
    ignored: list[Ignored] = []
    ordered = current(observations, as_of, analyte.window_days)
    ignored.extend(_untimely(analyte, observations, ordered, as_of))
    readings = [
        reading for seen in ordered if (reading := _read(analyte, seen, patient, units, ignored)) is not None
    ]
    if not readings:
        return Measured(_nothing(analyte, ordered), (), tuple(ignored)) if ignored else None
    newest = latest([reading.observation for reading in readings])
    tied = [reading for reading in readings if reading.observation in newest]
    return Measured(_value(analyte, tied, readings), tuple(_findings(analyte, tied)), tuple(ignored))


def _untimely(
    analyte: Analyte, observations: Sequence[Observation], ordered: Sequence[Observation], as_of: datetime
) -> Iterator[Ignored]:
    """Values that the day of the consult leaves out, each with the reason."""
    for seen in observations:
        if seen not in ordered and seen.effective is not None:
            late = seen.effective.first > as_of
            why = "dated after the consultation" if late else f"older than {analyte.window_days} days"
            yield Ignored(seen.source, seen.text, why)


def _nothing(analyte: Analyte, ordered: Sequence[Observation]) -> Finding:
    return Finding(
        id=analyte.id,
        status=Status.UNKNOWN,
        reason="recorded, but not usable",
        evidence=tuple(_evidence(seen, Status.UNKNOWN) for seen in ordered[-1:]),
    )


def _read(
    analyte: Analyte, seen: Observation, patient: Patient, units: Units, ignored: list[Ignored]
) -> _Reading | None:
    interpretation = _interpretation(seen)
    measure = None
    if isinstance(seen.value, Quantity):
        try:
            measure = units.measure(analyte, seen.value)
        except UnknownUnit as error:
            ignored.append(Ignored(seen.source, seen.text, str(error)))
            if not interpretation:
                return None
    if measure is None and not interpretation:
        if seen.missing_reason:
            ignored.append(Ignored(seen.source, seen.text, f"no value: {seen.missing_reason}"))
        return None
    own = _own_range(analyte, seen, units)
    judgement = judged(measure, interpretation, own, fallback_range(analyte, patient, units))
    return _Reading(
        seen,
        measure,
        judgement.flag,
        tuple(_statuses(analyte, measure, judgement, patient, units)),
        judgement.reason or judgement.by,
    )


def _interpretation(seen: Observation) -> str:
    if seen.interpretation:
        return seen.interpretation
    if isinstance(seen.value, bool):
        return "positive" if seen.value else "negative"
    worded = seen.value.display or seen.value.code if isinstance(seen.value, Code) else seen.value
    if isinstance(worded, str):
        word = worded.casefold().strip(" .")
        if word in _NEGATIVE:
            return "normal" if word in ("normal", "low") else "negative"
        return "positive" if word in _POSITIVE else ""
    return ""


def _own_range(analyte: Analyte, seen: Observation, units: Units) -> Range | None:
    """The record's own range in the canonical unit; one in a unit nobody can convert is not used."""
    own = seen.reference
    if own is None or (own.low is None and own.high is None):
        return None
    written = own.unit or (seen.value.unit if isinstance(seen.value, Quantity) else "")
    try:
        factor = units.factor(analyte, written) if analyte.unit else 1.0
    except UnknownUnit:
        return None
    low = None if own.low is None else own.low * factor
    high = None if own.high is None else own.high * factor
    if low is not None and high is not None and low > high:
        return None
    return Range(low, high, analyte.unit)


def _statuses(
    analyte: Analyte, measure: Measure | None, judgement: Judgement, patient: Patient, units: Units
) -> Iterator[tuple[str, Status]]:
    """Each finding that this analyte gives, with what this reading says of it."""
    if analyte.above_range:
        yield analyte.above_range, _is(judgement.flag, "high")
    if analyte.below_range:
        yield analyte.below_range, _is(judgement.flag, "low")
    if analyte.positive:
        yield analyte.positive, _is(judgement.flag, "high")
    normal = fallback_range(analyte, patient, units) or widest_range(analyte, units)
    for threshold in analyte.thresholds:
        factor = units.factor(analyte, threshold.unit) if analyte.unit else 1.0
        yield threshold.finding, beyond(threshold, measure, judgement.flag, patient, factor, normal)


def _is(flag: str, wanted: str) -> Status:
    if not flag:
        return Status.UNKNOWN
    return Status.PRESENT if flag == wanted else Status.ABSENT


def _findings(analyte: Analyte, tied: Sequence[_Reading]) -> Iterator[Finding]:
    """The findings of the readings that count; where they differ, unknown and conflicting."""
    gathered: dict[str, list[tuple[Status, _Reading]]] = {}
    for reading in tied:
        for name, status in reading.statuses:
            gathered.setdefault(name, []).append((status, reading))
    for name, said in gathered.items():
        definite = {status for status, _ in said if status is not Status.UNKNOWN}
        decided = definite.pop() if len(definite) == 1 else Status.UNKNOWN
        last = said[-1][1]
        ranged = name in (analyte.above_range, analyte.below_range, analyte.positive)
        yield Finding(
            id=name,
            status=decided,
            value=last.measure.value if last.measure else None,
            unit=analyte.unit if last.measure else "",
            reason=CONFLICTING if definite else last.reason if decided is Status.UNKNOWN or ranged else "",
            evidence=tuple(_evidence(reading.observation, status) for status, reading in said),
        )


def _value(analyte: Analyte, tied: Sequence[_Reading], readings: Sequence[_Reading]) -> Finding:
    last = tied[-1]
    earlier = [reading for reading in readings if reading not in tied and reading.measure]
    return Finding(
        id=analyte.id,
        status=Status.PRESENT,
        value=last.measure.value if last.measure else None,
        unit=analyte.unit if last.measure else "",
        reason=last.flag or last.reason,
        evidence=tuple(_evidence(reading.observation, Status.PRESENT) for reading in tied),
        history=tuple(
            (reading.observation.effective, reading.measure.value)
            for reading in reversed(earlier)
            if reading.measure
        ),
    )


def _evidence(seen: Observation, status: Status) -> Evidence:
    return Evidence(seen.source, seen.text, seen.effective, status)


def members_of_panels(
    analytes: Mapping[str, Analyte], by_analyte: Mapping[str, Sequence[Observation]]
) -> Iterator[tuple[str, Observation]]:
    """A panel that is said to be normal says so of each of its members."""
    for name, observations in by_analyte.items():
        for member in analytes[name].panel_of:
            for seen in observations:
                if _interpretation(seen) in ("normal", "negative") and not isinstance(seen.value, Quantity):
                    yield member, seen


def not_negated(seen: Observation) -> bool:
    """A measurement that was not made is none."""
    return seen.assertion is not Assertion.NEGATED
