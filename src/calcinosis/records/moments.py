"""Dates as records write them, complete or partial, brought to UTC, never more exact than written."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from calcinosis.model import Moment

_AGE = re.compile(r"P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(?:T.*)?", re.A)
_DAYS_PER_YEAR = 365.2425
# Length of a written date -> how many of year, month and day it gives.
_PARTS = {4: 1, 7: 2, 10: 3}
_UNIT_YEARS = {
    "a": 1.0,
    "year": 1.0,
    "yr": 1.0,
    "y": 1.0,
    "mo": 1 / 12,
    "month": 1 / 12,
    "wk": 7 / _DAYS_PER_YEAR,
    "week": 7 / _DAYS_PER_YEAR,
    "w": 7 / _DAYS_PER_YEAR,
    "d": 1 / _DAYS_PER_YEAR,
    "day": 1 / _DAYS_PER_YEAR,
    "h": 1 / _DAYS_PER_YEAR / 24,
    "hour": 1 / _DAYS_PER_YEAR / 24,
}


def moment(written: object) -> Moment | None:
    """A date of ISO 8601: `2020`, `2020-05`, `2020-05-03` or with a time of day; None when it is none.

    An impossible time of day leaves the day standing.
    """
    if not isinstance(written, str):
        return None
    stripped = written.strip()
    size = len(stripped)
    try:
        if size <= 10:
            return _date(stripped, size)
        at = datetime.fromisoformat(stripped)
        if at.tzinfo is not None:
            at = at.astimezone(UTC).replace(tzinfo=None)
        return Moment.instant(at)
    except (ValueError, OverflowError):
        return moment(stripped[:10]) if size > 10 and stripped[10] in "T " else None


def _date(written: str, size: int) -> Moment | None:
    given = _PARTS.get(size)
    if given is None or not written[:4].isdecimal():
        return None
    at = datetime.fromisoformat(written + "-01-01"[: 10 - size])
    return Moment.of(*(at.year, at.month, at.day)[:given])


def age_years(written: str) -> float | None:
    """Years of an ISO 8601 duration such as `P54Y` or `P3M`; None when it is none."""
    match = _AGE.fullmatch(written.strip()) if len(written) < 40 else None
    if match is None or not any(match.groups()):
        return None
    years, months, weeks, days = (float(part or 0) for part in match.groups())
    return years + months / 12 + (weeks * 7 + days) / _DAYS_PER_YEAR


def in_years(value: float, unit: str) -> float | None:
    """`value` of a time unit (UCUM code or English word) in years; None for any other unit."""
    plain = unit.strip().casefold()
    factor = _UNIT_YEARS.get(plain)
    if factor is None:
        factor = _UNIT_YEARS.get(plain.removesuffix("s").removesuffix("."))
    return None if factor is None else value * factor


def before(when: Moment, years: float) -> Moment | None:
    """The moment `years` before `when` (after it where they are negative), by the calendar.

    Whole years and months are counted as such; it is known to the month under two years, to the day under
    ten weeks, and else to the year.
    """
    months = round(years * 12)
    exact = abs(years * 12 - months) < 1e-6
    try:
        at = (
            _months_before(when.first, months)
            if exact
            else when.first - timedelta(days=years * _DAYS_PER_YEAR)
        )
    except (OverflowError, ValueError):
        return None
    if abs(years) < 0.2:
        return Moment.of(at.year, at.month, at.day)
    if abs(years) < 2:
        return Moment.of(at.year, at.month)
    return Moment.of(at.year)


def _months_before(when: datetime, months: int) -> datetime:
    """The same day that many months earlier, or the last day of a shorter month."""
    index = when.year * 12 + when.month - 1 - months
    year, month = divmod(index, 12)
    return when.replace(year=year, month=month + 1, day=min(when.day, monthrange(year, month + 1)[1]))


def years_between(first: Moment, second: Moment) -> float:
    """Completed years from the first day to the second by the calendar, and the rest as a part of a year."""
    born, seen = first.first, second.first
    whole = seen.year - born.year - ((seen.month, seen.day) < (born.month, born.day))
    birthday = _months_before(born, -12 * whole)
    return whole + (seen - birthday).days / _DAYS_PER_YEAR


def latest(moments: Iterable[Moment | None], until: Moment | None = None) -> Moment | None:
    """The latest moment that does not begin after `until` does (default: after today's end)."""
    limit = until.first if until is not None else datetime.now(UTC).replace(tzinfo=None) + timedelta(days=1)
    known = [when for when in moments if when is not None and when.first <= limit]
    return max(known, key=lambda when: when.first, default=None)
