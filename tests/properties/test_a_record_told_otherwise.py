"""The same told otherwise gives the same findings; more exactly told, it contradicts none of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from math import inf
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from calcinosis.findings.dictionaries import factor
from calcinosis.findings.index import index_of
from calcinosis.knowledge import load
from calcinosis.model import (
    Code,
    Finding,
    Findings,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
    Status,
)
from conformance.engines import Engine
from conformance.patients import AS_OF, Maker
from conformance.rows import Case

KNOWLEDGE = load()
INDEX = index_of(KNOWLEDGE)
MADE = Maker(KNOWLEDGE)
MANY = 40
numbers = st.integers(0, 2**48)
few = settings(max_examples=3)


def cases(number: int) -> tuple[Random, list[Case]]:
    """Difficult patients whose observations each have an address of their own, as in records."""
    random = Random(number)
    return random, [addressed(MADE.case(random)) for _ in range(MANY)]


def addressed(case: Case) -> Case:
    record, as_of = case
    observations = (
        replace(one, source=f"Observation/{place}") for place, one in enumerate(record.observations)
    )
    return replace(record, observations=tuple(observations)), as_of


def of_each(case: Case, change: Callable[[Observation], Observation]) -> Case:
    """The case with every observation told otherwise."""
    record, as_of = case
    return replace(record, observations=tuple(map(change, record.observations))), as_of


def statuses(found: Findings) -> dict[str, Status]:
    return {name: one.status for name, one in found.by_id.items()}


def pairs(engine: Engine, ones: Sequence[Case], others: Sequence[Case]) -> list[tuple[Findings, Findings]]:
    found = engine.findings(*ones, *others)
    return list(zip(found[: len(ones)], found[len(ones) :], strict=True))


@given(numbers)
@few
def test_the_order_of_observations_changes_nothing(engine, number):
    random, told = cases(number)
    shuffled = [
        (
            replace(record, observations=tuple(random.sample(record.observations, len(record.observations)))),
            day,
        )
        for record, day in told
    ]
    for one, other in pairs(engine, told, shuffled):
        assert statuses(one) == statuses(other)
        assert values(one) == values(other)


def values(found: Findings) -> dict[str, tuple[float | None, object]]:
    return {name: (one.value, one.interval) for name, one in found.measured.items()}


@given(numbers)
@few
def test_another_day_changes_nothing_where_all_days_move_with_it(engine, number):
    """The age is the recorded one: how old somebody is goes by the calendar."""
    random, told = cases(number)
    told = [(replace(record, patient=replace(record.patient, birth=None)), day) for record, day in told]
    moved = []
    for record, day in told:
        apart = timedelta(days=random.randint(-3000, 3000), seconds=random.randint(0, 86_400))
        moved.append(of_each((record, day + apart), lambda one, apart=apart: shifted(one, apart)))
    for one, other in pairs(engine, told, moved):
        assert statuses(one) == statuses(other)
        assert values(one) == values(other)


def shifted(one: Observation, apart: timedelta) -> Observation:
    def moved(when: Moment | None) -> Moment | None:
        return when and Moment(when.first + apart, when.last + apart)

    return replace(one, effective=moved(one.effective), issued=moved(one.issued), until=moved(one.until))


@given(numbers)
@few
def test_another_unit_of_the_same_value_changes_no_status(engine, number):
    random, told = cases(number)
    told = [of_each(case, lambda one: off_limits(one, random)) for case in told]
    converted = [of_each(case, lambda one: in_another_unit(one, random)) for case in told]
    for one, other in pairs(engine, told, converted):
        assert statuses(one) == statuses(other)


def off_limits(one: Observation, random: Random) -> Observation:
    """A number a little off, so that rounding takes it to no limit, and its range in a unit that is written."""
    if not isinstance(one.value, Quantity):
        return one
    told, own = one.value, one.reference
    value = replace(told, value=convertible(told.value * (1 + random.uniform(1, 2) * 1e-5)))
    if own is not None:
        low, high = (None if end is None else convertible(end) for end in (own.low, own.high))
        own = Range(low, high, own.unit or told.unit)
    return replace(one, value=value, reference=own)


def convertible(number: float) -> float:
    """The floats next to 0 would be 0 in another unit."""
    return number if abs(number) > 1e-12 else 0.0


def in_another_unit(one: Observation, random: Random) -> Observation:
    """The same value and the same range, each in any unit that converts."""
    analytes = [code.code for code in one.codes if code.code in INDEX.analytes]
    if len(one.codes) != 1 or len(analytes) != 1 or not isinstance(one.value, Quantity):
        return one
    (analyte,) = analytes
    units = list(KNOWLEDGE.contents.factors.get(analyte, {}))

    def by(written: str) -> tuple[str, float]:
        known, unit = factor(analyte, written, INDEX), random.choice(units or [""])
        other = factor(analyte, unit, INDEX)
        return (unit, known / other) if known and other else (written, 1.0)

    unit, ratio = by(one.value.unit)
    own = one.reference
    if own is not None:
        own_unit, own_ratio = by(own.unit)
        own = Range(own.low and own.low * own_ratio, own.high and own.high * own_ratio, own_unit or own.unit)
    return replace(one, value=Quantity(one.value.value * ratio, unit, one.value.comparator), reference=own)


# Findings that one analyte gives: where several do, one that is undecided leaves it to the others.
BY_ONE = {row.finding for row in KNOWLEDGE.tables.gives} - {
    finding for finding, term in INDEX.term.items() if term.combine != "one"
}


@given(numbers)
@few
def test_a_bound_is_never_contradicted_by_a_number_within_it(engine, number):
    random = Random(number)
    bounds, exact = [], []
    for _ in range(MANY):
        analytes = random.sample(
            ("serum_calcium_total", "serum_albumin", "serum_phosphate", "serum_creatinine", "body_height"), 3
        )
        analytes.append(random.choice(MADE.analytes))
        told = [bounded(name, random) for name in dict.fromkeys(analytes)]
        patient = Patient(age_years=random.choice(MADE.ages), sex=random.choice(("female", "male", "")))
        bounds.append((record_of(patient, told), AS_OF))
        exact.append((record_of(patient, [within(one, random) for one in told]), AS_OF))
    for one, other in pairs(engine, bounds, exact):
        for name in BY_ONE:
            if one.status(name) is not Status.UNKNOWN:
                assert other.status(name) in (one.status(name), Status.UNKNOWN), name


def bounded(analyte: str, random: Random) -> Observation:
    low, *_, high = (*MADE.limits[analyte], 2 * MADE.limits[analyte][-1])
    return Observation(
        source=f"Observation/{analyte}",
        text=analyte,
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", analyte),),
        value=Quantity(random.uniform(low, high), MADE.canonical[analyte], random.choice("<>")),
    )


def within(one: Observation, random: Random) -> Observation:
    """A number that a bound allows and that is believed; the end itself where nothing else is."""
    told = one.value
    assert isinstance(told, Quantity)
    row = INDEX.measured[one.codes[0].code]
    low = max(row.believed_low or 0.0, told.value if told.comparator == ">" else 0.0)
    high = min(row.believed_high or inf, told.value if told.comparator == "<" else 10 * told.value)
    return replace(one, value=Quantity(random.uniform(low, high) if low < high else told.value, told.unit))


def record_of(patient: Patient, observations: Sequence[Observation]) -> Record:
    return Record(format="case", patient=patient, observations=tuple(observations))


@given(numbers)
@few
def test_a_number_is_never_outweighed_by_the_word_of_a_panel(engine, number):
    random, told = cases(number)
    beside = []
    for record, day in told:
        said = [panel(name, random, record.observations) for name in random.sample(MADE.panels, 8)]
        beside.append((replace(record, observations=(*record.observations, *said)), day))
    for one, other in pairs(engine, told, beside):
        for name, found in one.by_id.items():
            if measured(found):
                assert other.status(name) is found.status, name


def measured(found: Finding) -> bool:
    return found.status is not Status.UNKNOWN and (found.value is not None or found.interval is not None)


def panel(name: str, random: Random, beside: Sequence[Observation]) -> Observation:
    """A panel said to be normal, on a day of the record or without one."""
    days = [one.effective for one in beside]
    return Observation(
        source=f"Observation/{name}",
        text="normal",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", name),),
        value="normal",
        effective=random.choice((None, *days)),
    )
