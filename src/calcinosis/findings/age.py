"""Age by the calendar: a year older on each birthday, whatever the length of the years between."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from calcinosis.model import Patient

_DAYS_PER_YEAR = 365.2425


def aged(patient: Patient, as_of: datetime) -> Patient:
    """The patient with the age at `as_of`, in years; without one where the birth lies after `as_of`.

    A birth known to the month or the year counts from its first day, which gives the greatest age that it
    allows. Without a date of birth the recorded age stands.
    """
    if patient.birth is None:
        return patient
    born = patient.birth.first
    age = calendar_age(born, as_of) if born <= as_of else None
    return msgspec.structs.replace(patient, age_years=age)


def calendar_age(birth: datetime, as_of: datetime) -> float:
    """Completed years at `as_of`, and the days since the last birthday as a part of a year.

    A whole number on each birthday, whatever the hour, and below the next one until the next birthday.
    The part is counted in years of one length, so that a day of life is the same age in every year, and
    the same as where a record writes "day 28".
    """
    born, today = birth.date(), as_of.date()
    years = today.year - born.year - (today < _birthday(born, today.year))
    # At most 365 days have passed since the last birthday, so the part stays below one.
    return years + (today - _birthday(born, born.year + years)).days / _DAYS_PER_YEAR


def _birthday(born: date, year: int) -> date:
    """The birthday of a year; who was born on 29 February has it on 1 March of a common year."""
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
