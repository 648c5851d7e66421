"""The plan read for one patient: statuses first, then the evidence from the rows that decided."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec

from calcinosis.findings.age import aged
from calcinosis.findings.closure import closed
from calcinosis.findings.index import Index, index_of
from calcinosis.findings.judgement import contradicted, judged, signs
from calcinosis.findings.plan import (
    PLAN,
    Close,
    Combine,
    Definite,
    Derive,
    FanOut,
    Judge,
    Latest,
    Read,
    Settle,
    Sign,
    Speak,
    Step,
    Window,
)
from calcinosis.findings.readings import Readings, derive, newest, read, remark, spoken, windowed
from calcinosis.findings.rows import Given, Judged, Reading, Statement
from calcinosis.findings.rows import Sign as SignRow
from calcinosis.findings.settling import combined, given, settled
from calcinosis.findings.statements import definite, last_said, meaning_of, statements
from calcinosis.knowledge import Knowledge
from calcinosis.model import (
    UNDECIDED,
    Assertion,
    Code,
    Evidence,
    Finding,
    Findings,
    Ignored,
    Kind,
    Observation,
    Patient,
    Quantity,
    Record,
    Status,
)

_AGE = "age_years"
CONFLICTING = "conflicting"


def findings_of(
    record: Record, *, knowledge: Knowledge, as_of: datetime
) -> tuple[Findings, tuple[Ignored, ...]]:
    """Every finding that a record supports at `as_of`, and what of it could not be used."""
    rows = _Rows(record, knowledge, as_of)
    for step in PLAN:
        STEPS[type(step)](rows, step)
    measured = dict(_measured(rows))
    return Findings(rows.finding, measured, knowledge.contents.findings), tuple(rows.ignored())


class _Rows:
    """The relations of one patient under the names that the plan gives them; each step fills one."""

    def __init__(self, record: Record, knowledge: Knowledge, as_of: datetime) -> None:
        self.index: Index = index_of(knowledge)
        self.as_of = as_of
        self.patient = aged(record.patient, as_of)
        observations = (*record.observations, *_demographics(self.patient, self.index))
        self.observation = [(seen, meaning_of(seen, self.index)) for seen in observations]
        self.statement: dict[str, list[Statement]] = {}
        self.measurement: dict[str, list[Observation]] = {}
        self.current: dict[str, list[Observation]] = {}
        self.reading: Readings = {}
        self.newest: Readings = {}
        self.judged: dict[str, list[Judged]] = {}
        self.sign: dict[str, list[SignRow]] = {}
        self.given: dict[str, list[Given]] = {}
        self.valued: dict[str, Given] = {}
        self.definite: dict[str, list[Statement]] = {}
        self.stated: dict[str, list[Statement]] = {}
        self.found: dict[str, Finding] = {}
        self.finding: dict[str, Finding] = {}
        self.remarks: dict[str, list[Reading]] = {}
        self.unused: dict[str, list[Ignored]] = {}

    def ignored(self) -> Iterator[Ignored]:
        """What could not be used, analyte by analyte."""
        return (one for unused in self.unused.values() for one in unused)


def _demographics(patient: Patient, index: Index) -> Iterator[Observation]:
    """Age and sex as observations of their own."""
    if patient.sex in index.sexes:
        yield Observation(
            source="Patient.sex",
            text=patient.sex,
            kind=Kind.SIGN,
            codes=(Code("calcinosis", index.sexes[patient.sex]),),
        )
    if patient.age_years is not None and _AGE in index.analytes:
        yield Observation(
            source="Patient.age",
            text=f"{patient.age_years:.4g} years",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", _AGE),),
            value=Quantity(patient.age_years, "a"),
        )


# -- the steps ------------------------------------------------------------------------------------


def _fan_out(rows: _Rows, step: FanOut) -> None:
    for seen, meaning in rows.observation:
        if step.of == "term":
            for row in statements(seen, meaning, rows.as_of, rows.index):
                rows.statement.setdefault(row.term, []).append(row)
        elif _measures(seen):
            for analyte in meaning.analytes:
                rows.measurement.setdefault(analyte, []).append(seen)


def _measures(seen: Observation) -> bool:
    """What was measured in a relative, or was not measured, measures nothing."""
    return not seen.family and seen.kind is not Kind.ALLERGY and seen.assertion is not Assertion.NEGATED


def _window(rows: _Rows, step: Window) -> None:
    for analyte, observations in rows.measurement.items():
        kept, out = windowed(analyte, observations, rows.as_of, rows.index)
        rows.current[analyte], rows.unused[analyte] = kept, out


def _read(rows: _Rows, step: Read) -> None:
    for analyte, observations in rows.current.items():
        made = (read(analyte, seen, rows.index, rows.unused[analyte]) for seen in observations)
        rows.reading[analyte] = [_unless_contradicted(row, rows) for row in made if row is not None]


def _unless_contradicted(row: Reading, rows: _Rows) -> Reading:
    """The reading; where value and flag or range exclude each other, nothing, nor does an older one count."""
    if not contradicted(row, rows.patient, rows.index):
        return row
    label = rows.index.label(row.analyte)
    beside = f"{row.word!r}" if row.own is None else "the range"
    why = f"{label}: the value and {beside} beside it cannot both be right; check number, unit and substance"
    rows.unused[row.analyte].append(Ignored(row.seen.source, row.seen.text, why))
    return row._replace(value=None, interval=None, word="")


def _speak(rows: _Rows, step: Speak) -> None:
    for member, observations in spoken(rows.measurement, rows.index).items():
        kept, _ = windowed(member, observations, rows.as_of, rows.index)
        rows.remarks[member] = [remark(member, seen, rows.index) for seen in kept]
        if not rows.reading.get(member):
            rows.reading[member] = rows.remarks[member]


def _derive(rows: _Rows, step: Derive) -> None:
    derive(rows.reading, rows.patient, rows.index)


def _latest(rows: _Rows, step: Latest) -> None:
    if step.per == "analyte":
        rows.newest = {analyte: newest(readings) for analyte, readings in rows.reading.items() if readings}
    else:
        rows.stated = {term: last_said(said, rows.as_of) for term, said in rows.definite.items()}


def _judge(rows: _Rows, step: Judge) -> None:
    for analyte, readings in rows.newest.items():
        rows.judged[analyte] = [judged(reading, rows.patient, rows.index) for reading in readings]


def _sign(rows: _Rows, step: Sign) -> None:
    for analyte, judgements in rows.judged.items():
        rows.sign[analyte] = [
            sign for judgement in judgements for sign in signs(judgement, rows.patient, rows.index)
        ]


def _settle(rows: _Rows, step: Settle) -> None:
    if step.gives == "given":
        for analyte, found in rows.sign.items():
            for one in given(analyte, found):
                rows.given.setdefault(one.finding, []).append(one)
        return
    for name in dict.fromkeys((*rows.stated, *rows.valued)):
        said = _said(name, rows.stated[name]) if name in rows.stated else None
        told = _told(rows.valued[name], rows) if name in rows.valued else None
        weak = name in rows.valued and rows.valued[name].weak
        rows.found[name] = _of_both(said, told, weak=weak)


def _combine(rows: _Rows, step: Combine) -> None:
    for finding, several in rows.given.items():
        rows.valued[finding] = combined(rows.index.term[finding], several, rows.index.prefer)


def _definite(rows: _Rows, step: Definite) -> None:
    for term, said in rows.statement.items():
        counting = definite(said, rows.as_of)
        if counting:
            rows.definite[term] = counting


def _close(rows: _Rows, step: Close) -> None:
    rows.finding = closed(rows.found, rows.index.vocabulary)


# What carries out each kind of step; a test holds that none is missing.
STEPS: dict[type[Step], Callable[[_Rows, Any], None]] = {
    FanOut: _fan_out,
    Window: _window,
    Read: _read,
    Speak: _speak,
    Derive: _derive,
    Latest: _latest,
    Judge: _judge,
    Sign: _sign,
    Settle: _settle,
    Combine: _combine,
    Definite: _definite,
    Close: _close,
}


# -- the evidence, from the rows that decided -----------------------------------------------------


def _said(term: str, counting: Sequence[Statement]) -> Finding:
    """A term with what was said of it; statements of the same time that differ make it unknown."""
    status, conflict = settled(row.says for row in counting)
    doubt = _doubt(counting) if status is Status.UNKNOWN else ""
    return Finding(
        id=term,
        status=status,
        reason=CONFLICTING if conflict else doubt,
        sites=_joined(counting, "sites"),
        sides=_joined(counting, "sides"),
        evidence=tuple(_evidence(row.seen, row.says) for row in counting),
    )


def _doubt(counting: Sequence[Statement]) -> str:
    """Why nothing is decided: what the statement says of itself, else that it is uncertain."""
    own = (told for row in counting for name, told in row.seen.qualifiers if name == UNDECIDED)
    return next(own, "uncertain in the record")


def _joined(counting: Sequence[Statement], field: str) -> tuple[str, ...]:
    found = [item for row in counting for item in getattr(row.seen, field)]
    return tuple(dict.fromkeys(found))


def _told(one: Given, rows: _Rows) -> Finding:
    """A finding with the values that gave it; behind them what a panel says against or for them."""
    last = one.signs[-1].judged
    why = one.status is Status.UNKNOWN or any(sign.ranged for sign in one.signs)
    said = tuple(_evidence(sign.judged.reading.seen, sign.status) for sign in one.signs)
    return Finding(
        id=one.finding,
        status=one.status,
        **_number(last.reading, rows),
        reason=CONFLICTING if one.conflict else last.why if why else "",
        evidence=(*said, *_remarked(one.analyte, one.finding, rows)),
    )


def _number(reading: Reading, rows: _Rows) -> dict[str, Any]:
    if reading.interval is None:
        return {}
    return {
        "value": reading.value,
        "interval": None if reading.interval.is_exact else reading.interval,
        "unit": rows.index.measured[reading.analyte].unit,
    }


def _remarked(analyte: str, finding: str, rows: _Rows) -> Iterator[Evidence]:
    """What a panel's word would have said of a finding that its member's own value decides."""
    if rows.newest[analyte][-1].weak:
        return
    for one in rows.remarks.get(analyte, ()):
        for sign in signs(judged(one, rows.patient, rows.index), rows.patient, rows.index):
            if sign.finding == finding:
                yield _evidence(one.seen, sign.status)


def _of_both(said: Finding | None, told: Finding | None, *, weak: bool) -> Finding:
    """One finding from what is said and what was measured; where definite ones differ it is unknown.

    What a panel's word alone says (`weak`) is a remark beside what is said of the finding itself.
    """
    if said is None or told is None:
        return _either(said, told)
    if said.status is Status.UNKNOWN:
        return told
    if told.status in (Status.UNKNOWN, said.status):
        return said
    if weak:
        return msgspec.structs.replace(said, evidence=(*said.evidence, *told.evidence))
    return msgspec.structs.replace(
        told, status=Status.UNKNOWN, reason=CONFLICTING, evidence=(*said.evidence, *told.evidence)
    )


def _either(said: Finding | None, told: Finding | None) -> Finding:
    found = said or told
    if found is None:
        raise ValueError("neither said nor measured")
    return found


def _measured(rows: _Rows) -> Iterator[tuple[str, Finding]]:
    """The value of each analyte with its history; one recorded in no usable way is unknown."""
    for analyte in dict.fromkeys((*rows.measurement, *rows.judged)):
        if analyte in rows.judged:
            yield analyte, _value(analyte, rows)
        elif rows.unused.get(analyte):
            yield (
                analyte,
                Finding(
                    id=analyte,
                    status=Status.UNKNOWN,
                    reason="recorded, but not usable",
                    evidence=tuple(_evidence(seen, Status.UNKNOWN) for seen in rows.current[analyte][-1:]),
                ),
            )


def _value(analyte: str, rows: _Rows) -> Finding:
    judgements = rows.judged[analyte]
    last, counting = judgements[-1], rows.newest[analyte]
    earlier = [one for one in rows.reading[analyte] if one not in counting and one.value is not None]
    remarks = () if last.reading.weak else rows.remarks.get(analyte, ())
    return Finding(
        id=analyte,
        status=Status.PRESENT,
        **_number(last.reading, rows),
        reason=last.flag or last.why,
        evidence=tuple(_evidence(one.seen, Status.PRESENT) for one in (*counting, *remarks)),
        history=tuple((one.seen.effective, one.value) for one in reversed(earlier) if one.value is not None),
    )


def _evidence(seen: Observation, status: Status) -> Evidence:
    return Evidence(seen.source, seen.text, seen.effective, status)
