"""Dates are intervals and ages go by the calendar: nothing is decided by dividing days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from calcinosis.consultation import precision as told
from calcinosis.findings.age import aged, calendar_age
from calcinosis.findings.of_one import findings_of
from calcinosis.findings.selection import current, latest
from calcinosis.model import Code, Kind, Moment, Observation, Patient, Quantity, Record, Status
from calcinosis.records.moments import moment

PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN

days = st.dates(date(1900, 1, 1), date(2100, 12, 31))
clocks = st.times()


def at_noon(written: str) -> datetime:
    return datetime.combine(date.fromisoformat(written), time(12))


def age(born: str, as_of: str) -> float | None:
    return aged(Patient(birth=moment(born)), at_noon(as_of)).age_years


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


# Age


@pytest.mark.parametrize(
    ("born", "as_of", "years"),
    [
        ("2001-03-01", "2019-03-01", 18),
        ("2025-06-15", "2026-06-15", 1),
        ("1926-02-28", "2026-02-28", 100),
        ("2026-01-01", "2026-01-01", 0),
    ],
)
def test_on_a_birthday_the_age_is_a_whole_number(born, as_of, years):
    assert age(born, as_of) == years


@pytest.mark.parametrize(
    ("as_of", "years"), [("2019-02-28", 18), ("2019-03-01", 19), ("2020-02-28", 19), ("2020-02-29", 20)]
)
def test_who_was_born_on_a_leap_day_is_a_year_older_on_1_march_of_a_common_year(as_of, years):
    found = age("2000-02-29", as_of)
    assert int(found) == years
    assert (found == years) == (as_of in ("2019-03-01", "2020-02-29"))


def test_on_the_eighteenth_birthday_the_patient_is_an_adult(knowledge):
    creatinine = observation(
        moment("2019-02-20"),
        codes=(Code("calcinosis", "serum_creatinine"),),
        value=Quantity(1.0, "mg/dL"),
    )
    before = read(knowledge, "2001-03-01", "2019-02-28", creatinine)
    after = read(knowledge, "2001-03-01", "2019-03-01", creatinine)
    assert (before.status("age_under_18"), after.status("age_under_18")) == (PRESENT, ABSENT)
    assert "egfr" not in before.measured
    assert after.measured["egfr"].value is not None


def test_on_the_first_birthday_the_patient_is_no_infant(knowledge):
    assert read(knowledge, "2024-03-01", "2025-02-28").status("age_infant") is PRESENT
    assert read(knowledge, "2024-03-01", "2025-03-01").status("age_infant") is ABSENT


@pytest.mark.parametrize("born", ["2023-12-31", "2024-02-01", "2025-02-01"])
def test_a_newborn_is_under_28_days_old_in_every_year(knowledge, born):
    birth = date.fromisoformat(born)
    for lived, expected in [(0, PRESENT), (27, PRESENT), (28, ABSENT)]:
        as_of = (birth + timedelta(days=lived)).isoformat()
        assert read(knowledge, born, as_of).status("age_newborn") is expected


def test_who_is_not_born_yet_has_no_age():
    assert age("2026-01-02", "2026-01-01") is None


@pytest.mark.parametrize(("born", "years"), [("2001", 18), ("2001-01", 18), ("2001-02", 17)])
def test_a_partial_birth_date_counts_from_its_first_day(born, years):
    assert int(age(born, "2019-01-01")) == years


def test_a_recorded_age_stands_where_no_birth_date_is_known():
    assert aged(Patient(age_years=54.5), at_noon("2026-01-01")).age_years == 54.5


@given(days, clocks, st.integers(0, 130), clocks)
def test_the_age_at_the_nth_birthday_is_n(born, hour, years, later):
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:
        birthday = date(born.year + years, 3, 1)
    assert calendar_age(datetime.combine(born, hour), datetime.combine(birthday, later)) == years


@given(days, st.integers(0, 40_000), st.integers(1, 800))
def test_the_age_grows_with_every_day(born, lived, more):
    birth = datetime.combine(born, time())
    today = birth + timedelta(days=lived)
    assert calendar_age(birth, today) < calendar_age(birth, today + timedelta(days=more))


@given(days, st.integers(0, 40_000))
def test_the_age_is_never_more_than_two_days_from_the_days_lived(born, lived):
    birth = datetime.combine(born, time())
    assert calendar_age(birth, birth + timedelta(days=lived)) == pytest.approx(
        lived / 365.2425, abs=2 / 365.2425
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
    assert told(moment(written)) == precision


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
