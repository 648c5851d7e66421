"""Dates are intervals: what counts is decided by the instants that they may mean."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calcinosis.contract import builtin
from calcinosis.findings import findings_of
from calcinosis.findings.selection import current, latest
from calcinosis.model import Code, Kind, Moment, Observation, Patient, Quantity, Record, Status
from calcinosis.records.moments import moment

PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
clocks = st.times()


def at_noon(written: str) -> datetime:
    return datetime.combine(date.fromisoformat(written), time(12))


def observation(when: Moment | None, name: str = "", **told) -> Observation:
    return Observation(source=name, text=name, id=name, kind=Kind.MEASUREMENT, effective=when, **told)


def read(knowledge, born: str, as_of: str, *observations: Observation):
    record = Record(
        format="case", patient=Patient(birth=moment(born), sex="female"), observations=observations
    )
    return findings_of(record, knowledge=knowledge, as_of=at_noon(as_of))[0]


def calcium(value: float, when: str) -> Observation:
    return observation(
        moment(when),
        f"calcium-{when}",
        codes=(Code("calcinosis", "serum_calcium_total"),),
        value=Quantity(value, "mg/dL"),
    )


# Moments


@pytest.mark.parametrize(
    ("written", "first", "last"),
    [
        ("2025", datetime(2025, 1, 1), datetime(2025, 12, 31, 23, 59, 59, 999999)),
        ("2025-07", datetime(2025, 7, 1), datetime(2025, 7, 31, 23, 59, 59, 999999)),
        ("2024-02", datetime(2024, 2, 1), datetime(2024, 2, 29, 23, 59, 59, 999999)),
        ("2025-02", datetime(2025, 2, 1), datetime(2025, 2, 28, 23, 59, 59, 999999)),
        ("2025-07-31", datetime(2025, 7, 31), datetime(2025, 7, 31, 23, 59, 59, 999999)),
        ("2025-07-31T09:30:00", datetime(2025, 7, 31, 9, 30), datetime(2025, 7, 31, 9, 30)),
        ("9999-12", datetime(9999, 12, 1), datetime.max),
    ],
)
def test_a_date_ends_with_its_day_month_or_year(written, first, last):
    found = moment(written)
    assert (found.first, found.last) == (first, last)


@given(days, clocks, st.sampled_from([4, 7, 10]))
def test_a_date_holds_every_instant_that_it_may_mean(day, hour, length):
    instant = datetime.combine(day, hour)
    found = moment(day.isoformat()[:length])
    assert found.first <= instant <= found.last
    for outside in (found.first - timedelta(microseconds=1), found.last + timedelta(microseconds=1)):
        assert outside.isoformat()[:length] != day.isoformat()[:length]


def test_of_dates_that_begin_together_the_more_exact_comes_first():
    vague = [moment(one) for one in ("2025", "2025-01", "2025-01-01", "2025-01-01T00:00:00")]
    assert sorted(vague) == vague[::-1]
    assert max(moment("2025"), moment("2025-01-02")) == moment("2025-01-02")


@pytest.mark.parametrize(
    ("written", "precision"),
    [
        ("2025", "year"),
        ("2025-02", "month"),
        ("2025-02-28", "day"),
        ("2025-12-31", "day"),
        ("2025-02-28T00:00:00", "second"),
    ],
)
def test_the_contract_tells_how_exact_a_date_is(written, precision):
    found = moment(written)
    assert builtin([found]) == [{"at": found.first.isoformat(), "precision": precision}]


# Which value counts


@pytest.mark.parametrize("written", ["2025", "2025-01", "2025-01-01", "2025-01-01T00:00:00"])
def test_dates_that_begin_together_are_tied_however_exact_they_are(written):
    seen = current(
        [observation(moment("2025-01-01"), "a"), observation(moment(written), "b")], at_noon("2025-06-01")
    )
    assert latest(seen) == seen


@pytest.mark.parametrize(
    ("written", "as_of", "window", "counts"),
    [
        ("2025-07", "2025-08-30", 30, True),
        ("2025-07", "2025-08-31", 30, False),
        ("2024-02", "2024-03-30", 30, True),
        ("2024-02", "2024-03-31", 30, False),
        ("2024", "2025-12-31", 365, True),
        ("2024", "2026-01-01", 365, False),
        ("2025-07-01", "2025-07-31", 30, True),
        ("2025-07-01", "2025-08-01", 30, False),
        ("2025-08", "2025-07-31", 30, False),
        ("2025-08", "2025-08-01", 30, True),
    ],
)
def test_a_partial_date_counts_while_any_day_of_it_may(written, as_of, window, counts):
    seen = observation(moment(written))
    assert current([seen], at_noon(as_of), window) == ((seen,) if counts else ())


def test_what_has_no_date_always_counts_and_comes_first():
    undated, dated = observation(None, "z"), observation(moment("1900"), "a")
    assert current([dated, undated], at_noon("2025-07-31")) == (undated, dated)


def test_a_value_of_the_last_day_of_its_month_is_within_the_window(knowledge):
    """Calcium counts for 180 days; 31 July 2025 is 180 days before 27 January 2026."""
    for as_of, expected in [("2026-01-27", PRESENT), ("2026-01-28", UNKNOWN)]:
        found = read(knowledge, "1970", as_of, calcium(12.0, "2025-07"))
        assert found.status("hypercalcaemia") is expected


@given(days, st.sampled_from([4, 7, 10]), st.integers(0, 4000), st.integers(0, 4000))
def test_a_partial_date_counts_exactly_where_one_of_its_instants_would(day, length, ago, window):
    whole = observation(moment(day.isoformat()[:length]))
    as_of = datetime.combine(day, time(12)) + timedelta(days=ago - 2000)
    oldest = as_of - timedelta(days=window)
    nearest = min(max(whole.effective.first, oldest), whole.effective.last)
    instant = observation(Moment.instant(nearest))
    assert bool(current([whole], as_of, window)) == bool(current([instant], as_of, window))


@given(days, days)
def test_the_later_of_two_days_counts(one, other):
    assume(one != other)
    seen = [observation(moment(day.isoformat()), str(day)) for day in (one, other)]
    (found,) = latest(current(seen, datetime(2101, 1, 1)))
    assert found.source == str(max(one, other))
