"""What a record leaves open, and the record as it would be with an open place read in one way."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from calcinosis.findings.age import aged
from calcinosis.findings.index import Index, index_of
from calcinosis.findings.judgement import contradicted
from calcinosis.findings.readings import read, windowed
from calcinosis.findings.selection import latest
from calcinosis.findings.statements import meaning_of
from calcinosis.knowledge import Knowledge
from calcinosis.language.unwritten_units import possible
from calcinosis.model import (
    Assertion,
    Code,
    Doubt,
    Ignored,
    Meant,
    Observation,
    Patient,
    Quantity,
    Question,
    Range,
    Record,
)

_OWN = "calcinosis"
# A record of hundreds of values without a unit is one fault and no hundred questions.
_MOST = 24
_NUMBER, _FLAG = "number", "flag"
_SIDES = (Meant("the number", _NUMBER), Meant("the flag", _FLAG))


def doubts_of(record: Record, *, knowledge: Knowledge, as_of: datetime) -> tuple[Question, ...]:
    """Every ambiguous place of a record, each short form and each measure once, and at most two dozen.

    Of a measure only the newest values count: what an older one was changes nothing. A value is open where it
    has no unit and occurs in two of the analyte's, or where it and the flag beside it exclude each other.
    """
    index, patient = index_of(knowledge), aged(record.patient, as_of)
    measured: dict[str, list[Observation]] = {}
    for seen in record.observations:
        if _measures(seen):
            for analyte in meaning_of(seen, index).analytes:
                measured.setdefault(analyte, []).append(seen)
    told = [*record.questions]
    for analyte, observations in measured.items():
        kept, _ = windowed(analyte, observations, as_of, index)
        told.extend(_of_values(analyte, latest(kept), patient, index))
    once = {(one.doubt, one.what, one.readings): one for one in reversed(told)}
    return tuple(reversed(once.values()))[:_MOST]


def _measures(seen: Observation) -> bool:
    valued = isinstance(seen.value, Quantity | Range)
    return valued and not seen.family and seen.assertion is not Assertion.NEGATED


def _of_values(
    analyte: str, observations: tuple[Observation, ...], patient: Patient, index: Index
) -> Iterator[Question]:
    entry = index.analytes[analyte]
    for seen in observations:
        written = seen.value
        if not isinstance(written, Quantity | Range):
            continue
        if entry.unit and not written.unit.strip() and not entry.unit_understood:
            units = possible(entry, written)
            if len(units) > 1:
                readings = tuple(Meant(unit, unit) for unit in units)
                yield Question(doubt=Doubt.UNIT, where=seen.source, what=seen.text, readings=readings)
            continue
        unused: list[Ignored] = []
        row = read(analyte, seen, index, unused)
        if row is not None and not unused and contradicted(row, patient, index):
            flagged = row.word in seen.text.casefold()
            what = _whole(seen.text) if flagged else f"{_whole(seen.text)} ({row.word})"
            yield Question(doubt=Doubt.CONTRADICTION, where=seen.source, what=what, readings=_SIDES)


def _whole(words: str) -> str:
    """Words cut out of a text, with the bracket closed that they open."""
    return f"{words})" if words.count("(") > words.count(")") else words


def supposing(record: Record, question: Question, meant: Meant) -> Record | None:
    """The record, were the place read so; none where that reading says nothing that the vocabulary has."""
    changed = [_read_so(seen, question, meant) for seen in record.observations]
    if not meant.takes or all(one is seen for one, seen in zip(changed, record.observations, strict=True)):
        return None
    return replace(record, observations=tuple(changed))


def _read_so(seen: Observation, question: Question, meant: Meant) -> Observation:
    if seen.source != question.where:
        return seen
    value = seen.value
    match question.doubt:
        case Doubt.SHORT_FORM if any(code.code == meant.takes for code in seen.codes):
            return replace(
                seen,
                codes=(Code(_OWN, meant.takes, question.what),),
                assertion=Assertion.AFFIRMED,
            )
        case Doubt.UNIT if isinstance(value, Quantity | Range) and not value.unit.strip():
            return replace(seen, value=replace(value, unit=meant.takes))
        case Doubt.CONTRADICTION if meant.takes == _NUMBER:
            return replace(seen, interpretation="")
        case Doubt.CONTRADICTION:
            return replace(seen, value=None, reference=None)
    return seen
