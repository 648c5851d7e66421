"""Measurements to readings: numbers as intervals, words as flags, panels, and values that follow from others.

The steps Window, Read, Speak and Derive of the plan.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from math import inf

from calcinosis.criteria import Environment, Named, Result, verdict
from calcinosis.criteria.expression import evaluate, references
from calcinosis.errors import UnknownUnit
from calcinosis.findings.dictionaries import judges, titre, worded_of
from calcinosis.findings.index import Index
from calcinosis.findings.rows import Reading
from calcinosis.findings.selection import current, latest, order
from calcinosis.knowledge.tables import FormulaRow
from calcinosis.model import (
    Code,
    Findings,
    Ignored,
    Interval,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Verdict,
)
from calcinosis.model.interval import exact

Readings = dict[str, list[Reading]]
_NUMBERS = re.compile(r"(\d+)")
_NO_FINDINGS = Findings({}, {})


def windowed(
    analyte: str, observations: Sequence[Observation], as_of: datetime, index: Index
) -> tuple[list[Observation], list[Ignored]]:
    """Those that count on the day, in order, and what the day leaves out."""
    days = index.measured[analyte].window_days
    kept = sorted(current(observations, as_of, days), key=_place)
    kept.sort(key=order)
    out = [
        Ignored(seen.source, seen.text, _untimely(seen.effective, as_of, days))
        for seen in observations
        if seen.effective is not None and seen not in kept
    ]
    return kept, out


def _place(seen: Observation) -> list[str | int]:
    """Where it stands in the record: of what ties the last is shown, in whatever order it came."""
    parts = _NUMBERS.split(f"{seen.source} {seen.text}")
    return [int(part) if place % 2 else part for place, part in enumerate(parts)]


def _untimely(when: Moment, as_of: datetime, days: int) -> str:
    return "dated after the consultation" if when.first > as_of else f"older than {days} days"


def read(analyte: str, seen: Observation, index: Index, ignored: list[Ignored]) -> Reading | None:
    """An observation as a reading of the analyte; None, and a note why, where it says nothing usable.

    The flag of a value in a unit that the analyte cannot have is a flag of another measure.
    """
    word = judges(worded_of(seen, index))
    value, interval = None, None
    try:
        value, interval = _number(analyte, seen.value, index)
    except UnknownUnit as error:
        ignored.append(Ignored(seen.source, seen.text, str(error)))
        if _unit(seen.value):
            return None
    if interval is None and not word:
        if seen.missing_reason:
            ignored.append(Ignored(seen.source, seen.text, f"no value: {seen.missing_reason}"))
        return None
    return Reading(analyte, seen, value, interval, word, _own_range(analyte, seen, index))


def _number(analyte: str, written: object, index: Index) -> tuple[float | None, Interval | None]:
    """The number of a value in the analyte's unit and what it may be; a titre is the number behind its colon.

    Raises:
        UnknownUnit: its unit cannot be converted, or nothing lies between the two numbers that it has.
    """
    entry = index.analytes[analyte]
    if isinstance(written, Range) and written.low is not None and written.high is not None:
        ends = [
            index.units.measure(entry, Quantity(end, written.unit)) for end in (written.low, written.high)
        ]
        if ends[0].low > ends[1].high:
            raise UnknownUnit(
                f"{entry.label} lies between no such two numbers",
                expected="the lower one first",
                remedy="Check what was measured; the value is not used.",
            )
        return None, Interval(ends[0].low, ends[1].high)
    if isinstance(written, str) and (found := titre(written)) is not None and found.unit == entry.unit:
        written = found
    if not isinstance(written, Quantity):
        return None, None
    measure = index.units.measure(entry, written)
    return measure.value, Interval(measure.low, measure.high)


def _unit(written: object) -> str:
    return written.unit.strip() if isinstance(written, Quantity | Range) else ""


def _own_range(analyte: str, seen: Observation, index: Index) -> Range | None:
    """The record's own range in the canonical unit; one in a unit nobody can convert is not used."""
    own, entry = seen.reference, index.analytes[analyte]
    if own is None or (own.low is None and own.high is None):
        return None
    written = own.unit or (seen.value.unit if isinstance(seen.value, Quantity) else "")
    try:
        by = index.units.factor(entry, written) if entry.unit else 1.0
    except UnknownUnit:
        return None
    low = None if own.low is None else own.low * by
    high = None if own.high is None else own.high * by
    if low is not None and high is not None and low > high:
        return None
    return Range(low, high, entry.unit)


def spoken(measurement: Mapping[str, Sequence[Observation]], index: Index) -> dict[str, list[Observation]]:
    """Panels that are said to be normal, by member; a panel never says more than that."""
    found: dict[str, list[Observation]] = {}
    for panel, observations in measurement.items():
        normal = [
            seen
            for seen in observations
            if not isinstance(seen.value, Quantity | Range)
            and judges(worded_of(seen, index)) in ("normal", "negative")
        ]
        for member in index.members.get(panel, ()) if normal else ():
            found.setdefault(member, []).extend(normal)
    return found


def remark(member: str, seen: Observation, index: Index) -> Reading:
    """What a panel that is said to be normal says of a member: its word, whatever else is written with it."""
    return Reading(member, seen, None, None, judges(worded_of(seen, index)), weak=True)


def derive(readings: Readings, patient: Patient, index: Index) -> None:
    """Add what each formula gives, in their order, where no recorded value stands against it."""
    for formula in index.formulas:
        made = _derived(formula, readings, patient, index)
        recorded = [one for one in readings.get(formula.gives, ()) if not one.weak]
        if made is not None and not any(_stands(one, made, formula.stands_days) for one in recorded):
            readings[formula.gives] = [*recorded, made]


def _stands(recorded: Reading, computed: Reading, days: int | None) -> bool:
    """Whether a recorded value counts although another can be computed: unless it is older by over `days`."""
    own, other = recorded.seen.effective, computed.seen.effective
    if days is None or own is None or other is None:
        return True
    return other.first - own.first <= timedelta(days=days)


def newest(readings: Sequence[Reading]) -> list[Reading]:
    """The latest readings, with their ties; of those the last is shown."""
    counting = latest([one.seen for one in readings])
    return [one for one in readings if any(one.seen is seen for seen in counting)]


def _derived(formula: FormulaRow, readings: Readings, patient: Patient, index: Index) -> Reading | None:
    parts = [newest(readings.get(name, ())) for name in formula.needs]
    if not all(part and part[-1].interval is not None for part in parts) or not _applies(formula, patient):
        return None
    taken = {name: part[-1] for name, part in zip(formula.needs, parts, strict=True)}
    dates = [one.seen.effective for one in taken.values()]
    if _too_far_apart(dates, formula.max_days_apart):
        return None
    interval = _evaluated(formula, taken, patient)
    if interval is None:
        return None
    value = interval.low if interval.is_exact else _finite(interval)
    seen = Observation(
        source=f"formula:{formula.formula}",
        text=f"{formula.label}: {_shown(interval)} {formula.unit} from {_from(taken, index)}",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", formula.gives),),
        effective=max((when for when in dates if when), default=None),
    )
    return Reading(formula.gives, seen, value, interval, "")


def _applies(formula: FormulaRow, patient: Patient) -> bool:
    if formula.applies is None:
        return True
    age = {} if patient.age_years is None else {"age": exact(patient.age_years)}
    environment = Environment(_NO_FINDINGS, age, {"sex": patient.sex} if patient.sex else {})
    return verdict(formula.applies, environment, _unnamed) is Verdict.MET


def _unnamed(reference: Named) -> Result:
    raise LookupError(f"a formula applies to patients, not where {reference} is met")


def _evaluated(formula: FormulaRow, taken: Mapping[str, Reading], patient: Patient) -> Interval | None:
    """The result on intervals; None where it is undefined or only known not to be negative."""
    known = {name: _from_zero(one.interval) for name, one in taken.items() if one.interval is not None}
    if patient.age_years is not None:
        known["age"] = exact(patient.age_years)
    for name, by in formula.parameters.items():
        number = by.get("", by.get(patient.sex))
        if number is not None:
            known[name] = exact(number)
    if not set(references(formula.expression)) <= set(known):
        return None
    found = evaluate(formula.expression, {name: known[name] for name in references(formula.expression)})
    return None if found is None or (found.low <= 0 and found.high == inf) else found


def _from_zero(interval: Interval) -> Interval:
    """What is measured is not negative, also where it is known as `<1.5` only."""
    return Interval(max(interval.low, 0.0), interval.high) if interval.high >= 0 else interval


def _finite(interval: Interval) -> float | None:
    """The end that is printed with < or >; none where there are two."""
    ends = [end for end in (interval.low, interval.high) if abs(end) != inf and end != 0]
    return ends[0] if len(ends) == 1 else None


def _shown(interval: Interval) -> str:
    low, high = f"{interval.low:.4g}", f"{interval.high:.4g}"
    if interval.is_exact:
        return low
    if interval.high == inf:
        return f"at least {low}"
    return f"at most {high}" if interval.low <= 0 else f"{low} to {high}"


def _from(taken: Mapping[str, Reading], index: Index) -> str:
    """The values taken: a number as it was written, but for its unit, anything else as what it may be."""
    parts = []
    for name, one in taken.items():
        written, unit = one.seen.value, index.measured[name].unit
        if isinstance(written, Quantity):
            parts.append(f"{name} {written.comparator}{one.value:.4g} {unit}")
        elif one.interval is not None:
            parts.append(f"{name} {_shown(one.interval)} {unit}")
    return ", ".join(parts)


def _too_far_apart(moments: Sequence[Moment | None], limit: int | None) -> bool:
    dated = [moment.first for moment in moments if moment is not None]
    return limit is not None and len(dated) > 1 and (max(dated) - min(dated)).days > limit
