"""Whether a value is low, normal or high: the record's own range and flag first, ours as a fallback."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.findings.quantities import Measure, Units
from calcinosis.knowledge.schema import Analyte, ReferenceRange, Threshold
from calcinosis.model import Patient, Range, Status

_NORMAL_FLAGS = ("normal", "negative")


class Judgement(Struct, frozen=True):
    """low, normal, high or empty (unknown, with the reason); `by` says whose range decided."""

    flag: str
    by: str = ""
    reason: str = ""


def judged(
    measure: Measure | None, interpretation: str, own: Range | None, fallback: Range | None
) -> Judgement:
    """The judgement on one reading; ranges are in the analyte's canonical unit."""
    by_range = _against(measure, own) if own is not None else ""
    flag = {"negative": "normal", "positive": "high"}.get(interpretation, interpretation)
    if by_range and flag and by_range != flag:
        return Judgement("", reason="conflicting: the record's flag and its own range disagree")
    if flag:
        return Judgement(flag, by="flag of the record")
    if by_range:
        return Judgement(by_range, by="reference range of the record")
    if measure is None:
        return Judgement("", reason="no value")
    if own is not None:
        return Judgement("", reason="the value is given as a bound that does not decide")
    if fallback is None:
        return Judgement("", reason="no reference range for this age and sex")
    found = _against(measure, fallback)
    return (
        Judgement(found, by="fallback range of the knowledge base")
        if found
        else Judgement("", reason="the value is given as a bound that does not decide")
    )


def _against(measure: Measure | None, limits: Range) -> str:
    """low, normal or high where the whole interval agrees, else empty."""
    if measure is None:
        return ""
    if limits.high is not None and measure.low > limits.high:
        return "high"
    if limits.low is not None and measure.high < limits.low:
        return "low"
    above = limits.low is None or limits.low <= 0 or measure.low >= limits.low
    below = limits.high is None or measure.high <= limits.high
    return "normal" if above and below else ""


def fallback_range(analyte: Analyte, patient: Patient, units: Units) -> Range | None:
    """The knowledge base's range for this age and sex, in the canonical unit.

    Without a known age an adult range is not assumed; a range for one sex needs the sex.
    """
    for listed in analyte.ranges:
        if _fits(listed, patient):
            factor = units.factor(analyte, listed.unit) if analyte.unit else 1.0
            return Range(_scaled(listed.low, factor), _scaled(listed.high, factor), analyte.unit)
    return None


def _fits(listed: ReferenceRange, patient: Patient) -> bool:
    if listed.sex and listed.sex != patient.sex:
        return False
    if patient.age_years is None:
        return False
    return listed.age_from <= patient.age_years < listed.age_to


def _scaled(bound: float | None, factor: float) -> float | None:
    return None if bound is None else bound * factor


def beyond(
    threshold: Threshold,
    measure: Measure | None,
    flag: str,
    patient: Patient,
    factor: float,
    normal: Range | None,
) -> Status:
    """Whether a reading is beyond a limit.

    Without a number a judgement decides only for limits outside the `normal` range (canonical unit); an
    analyte that has no range at all has nothing but its limits, so that normal is within them. `factor`
    brings the threshold's unit to the canonical one.
    """
    if not _age_applies(threshold, patient):
        return Status.UNKNOWN
    if measure is not None:
        return _compared(threshold, measure, factor)
    upper = threshold.above if threshold.above is not None else threshold.at_least
    lower = threshold.below if threshold.below is not None else threshold.at_most
    opposite = "low" if upper is not None else "high"
    if flag not in (*_NORMAL_FLAGS, opposite) or (upper is not None and lower is not None):
        return Status.UNKNOWN
    return Status.ABSENT if _outside(upper, lower, factor, normal) else Status.UNKNOWN


def _outside(upper: float | None, lower: float | None, factor: float, normal: Range | None) -> bool:
    """Whether a limit lies outside the normal range, so that a normal value cannot be beyond it."""
    if normal is None:
        return True
    if upper is not None:
        return normal.high is None or upper * factor >= normal.high
    return lower is not None and (normal.low is None or lower * factor <= normal.low)


def widest_range(analyte: Analyte, units: Units) -> Range | None:
    """The union of all ranges of an analyte in its canonical unit; None when it has none."""
    if not analyte.ranges:
        return None
    scaled = [
        (_scaled(listed.low, factor), _scaled(listed.high, factor))
        for listed in analyte.ranges
        if (factor := units.factor(analyte, listed.unit) if analyte.unit else 1.0)
    ]
    lows, highs = (
        [low for low, _ in scaled if low is not None],
        [high for _, high in scaled if high is not None],
    )
    return Range(min(lows, default=None), max(highs, default=None), analyte.unit)


def _age_applies(threshold: Threshold, patient: Patient) -> bool:
    everyone = threshold.age_from <= 0 and threshold.age_to >= 200
    if everyone or patient.age_years is None:
        return everyone
    return threshold.age_from <= patient.age_years < threshold.age_to


def _compared(threshold: Threshold, measure: Measure, factor: float) -> Status:
    """Present when the whole interval keeps every limit, absent when it breaks one for certain."""
    low, high = measure.low, measure.high
    kept, broken = True, False
    for limit, keeps, breaks in (
        (threshold.above, low.__gt__, high.__le__),
        (threshold.at_least, low.__ge__, high.__lt__),
        (threshold.below, high.__lt__, low.__ge__),
        (threshold.at_most, high.__le__, low.__gt__),
    ):
        if limit is not None:
            kept = kept and keeps(limit * factor)
            broken = broken or breaks(limit * factor)
    if kept:
        return Status.PRESENT
    return Status.ABSENT if broken else Status.UNKNOWN
