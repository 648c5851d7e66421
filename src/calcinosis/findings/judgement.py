"""Whether a value is low, normal or high, and what that says of each finding: the steps Judge and Sign.

The record's own range and flag come first, ours is a fallback.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from calcinosis.criteria import Limits
from calcinosis.criteria.limits import kept
from calcinosis.findings.index import Index
from calcinosis.findings.rows import Judged, Reading, Sign
from calcinosis.knowledge.tables import EVER, GivesRow
from calcinosis.model import Interval, Patient, Range, Status, Verdict

_STATUS = {
    Verdict.MET: Status.PRESENT,
    Verdict.NOT_MET: Status.ABSENT,
    Verdict.UNKNOWN: Status.UNKNOWN,
}
# No laboratory's limit is so far from another's that a value beyond ours by this is normal in it.
_FAR = 3 / 2
# What the word of a test says of its value.
_LEVELS = {"negative": "normal", "positive": "high"}
_UNDECIDED = "the value is given as a bound that does not decide"


def judged(reading: Reading, patient: Patient, index: Index) -> Judged:
    """Low, normal, high or empty (unknown), with whose range decided or why nothing does."""
    made = partial(Judged, reading)
    own = reading.own
    by_range = _against(reading.interval, own) if own is not None else ""
    flag = _LEVELS.get(reading.word, reading.word)
    if by_range and flag and by_range != flag:
        return made("", "conflicting: the record's flag and its own range disagree")
    if flag:
        return made(flag, "flag of the record")
    if by_range:
        return made(by_range, "reference range of the record")
    if reading.interval is None:
        return made("", "no value")
    if own is not None:
        return made("", _UNDECIDED)
    fallback = fallback_range(reading.analyte, patient, index)
    if fallback is None:
        return made("", "no reference range for this age and sex")
    found = _against(reading.interval, fallback)
    return made(found, "fallback range of the knowledge base") if found else made("", _UNDECIDED)


def contradicted(reading: Reading, patient: Patient, index: Index) -> bool:
    """Whether a value and what stands beside it exclude each other: low above the range, normal far from it.

    Limits of laboratories differ, those of one with the unit of another differ by more. The record's own
    range decides by itself, but where it calls normal what is so in no laboratory: then another unit, or
    another substance, was measured (total calcium under the code of the ionised).
    """
    known = _known_range(reading.analyte, patient, index)
    if reading.interval is None or known is None:
        return False
    if reading.own is not None:
        flag = "normal" if _against(reading.interval, reading.own) == "normal" else ""
    else:
        flag = _LEVELS.get(reading.word, reading.word)
    found = _against(reading.interval, known)
    if flag == "normal":
        wide = Range(_scaled(known.low, 1 / _FAR), _scaled(known.high, _FAR))
        return _against(reading.interval, wide) in ("low", "high")
    return {flag, found} == {"low", "high"}


def _scaled(limit: float | None, by: float) -> float | None:
    return None if limit is None else limit * by


def _against(value: Interval | None, limits: Range) -> str:
    """low, normal or high where the whole interval agrees, else empty."""
    if value is None:
        return ""
    if limits.high is not None and value.low > limits.high:
        return "high"
    if limits.low is not None and value.high < limits.low:
        return "low"
    above = limits.low is None or limits.low <= 0 or value.low >= limits.low
    below = limits.high is None or value.high <= limits.high
    return "normal" if above and below else ""


def fallback_range(analyte: str, patient: Patient, index: Index) -> Range | None:
    """The knowledge base's range for this age and sex.

    Without a known age an adult range is not assumed; a range for one sex needs the sex.
    """
    for listed in index.ranges.get(analyte, ()):
        fits = patient.age_years is not None and listed.age_from <= patient.age_years < listed.age_to
        if fits and listed.sex in ("", patient.sex):
            return Range(listed.low, listed.high, index.measured[analyte].unit)
    return None


def signs(judgement: Judged, patient: Patient, index: Index) -> Iterator[Sign]:
    """Each finding that the analyte gives, with what this reading says of it."""
    reading = judgement.reading
    normal = _known_range(reading.analyte, patient, index)
    for row in index.gives.get(reading.analyte, ()):
        if row.flag:
            yield Sign(row.finding, _flagged(judgement.flag, row.flag), judgement, ranged=True)
        else:
            yield Sign(row.finding, _beyond(row, judgement, patient, normal), judgement, ranged=False)


def _flagged(flag: str, wanted: str) -> Status:
    if not flag:
        return Status.UNKNOWN
    return Status.PRESENT if flag == wanted else Status.ABSENT


def _known_range(analyte: str, patient: Patient, index: Index) -> Range | None:
    """The range for this age and sex, else the union of all; None when the analyte has none."""
    if (fitting := fallback_range(analyte, patient, index)) is not None:
        return fitting
    row = index.measured[analyte]
    return Range(row.widest_low, row.widest_high, row.unit) if row.ranged else None


def _beyond(row: GivesRow, judgement: Judged, patient: Patient, normal: Range | None) -> Status:
    """Whether a reading is beyond a limit.

    Without a number a judgement decides only for limits outside the `normal` range; an analyte that has no
    range at all has nothing but its limits, so that normal is within them.
    """
    if not _of_this_age(row, patient):
        return Status.UNKNOWN
    if judgement.reading.interval is not None:
        return _STATUS[kept(row.limits, judgement.reading.interval)]
    limits = row.limits
    upper = limits.above if limits.above is not None else limits.at_least
    lower = limits.below if limits.below is not None else limits.at_most
    opposite = "low" if upper is not None else "high"
    if judgement.flag not in ("normal", opposite) or (upper is not None and lower is not None):
        return Status.UNKNOWN
    return Status.ABSENT if _outside(row.limits, normal) else Status.UNKNOWN


def _outside(limits: Limits, normal: Range | None) -> bool:
    """Whether a limit lies outside the normal range, so that a normal value cannot be beyond it.

    On a side where the range has no end none does.
    """
    if normal is None:
        return True
    upper = limits.above if limits.above is not None else limits.at_least
    lower = limits.below if limits.below is not None else limits.at_most
    if upper is not None:
        return normal.high is not None and upper >= normal.high
    return lower is not None and normal.low is not None and lower <= normal.low


def _of_this_age(row: GivesRow, patient: Patient) -> bool:
    everyone = row.age_from <= 0 and row.age_to >= EVER
    if everyone or patient.age_years is None:
        return everyone
    return row.age_from <= patient.age_years < row.age_to
