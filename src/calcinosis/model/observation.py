"""What an adapter hands on: who, when, what code or words, value, unit, negated or not, and where.

An observation knows nothing of medicine; the findings step gives it meaning.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import datetime, time
from enum import StrEnum
from typing import NamedTuple, Self

from msgspec import Struct

from calcinosis.model.status import Assertion


class Kind(StrEnum):
    """What sort of thing was recorded."""

    CONDITION = "condition"
    MEASUREMENT = "measurement"
    MEDICATION = "medication"
    PROCEDURE = "procedure"
    ALLERGY = "allergy"
    IMAGING = "imaging"
    SIGN = "sign"


class Code(Struct, frozen=True):
    """A code in a system.

    `system` is a short name: ICD10CM, ICD10, SNOMED, LOINC, RXNORM, ATC, HPO, MONDO, ORPHA, OMIM,
    or `calcinosis` for an id of this project's own vocabulary (a finding or an analyte).
    """

    system: str
    code: str
    display: str = ""


class Quantity(Struct, frozen=True):
    """A number with the unit as the record writes it; `comparator` is one of <, <=, >, >= or empty."""

    value: float
    unit: str = ""
    comparator: str = ""


class Range(Struct, frozen=True):
    """The record's own reference range, in `unit` (empty: the unit of the value)."""

    low: float | None = None
    high: float | None = None
    unit: str = ""


class Moment(Struct, frozen=True, order=True):
    """When something was, as closely as the record tells: any instant from `first` to `last`.

    Both count, and have no time zone (UTC where one was given). A day, month or year ends with its last
    microsecond. Moments sort by `first`; of those that begin together the more exact comes before.
    """

    first: datetime
    last: datetime

    @classmethod
    def instant(cls, when: datetime) -> Self:
        """A moment known to the second."""
        return cls(when, when)

    @classmethod
    def of(cls, year: int, month: int | None = None, day: int | None = None) -> Self:
        """The whole of a year, of a month, or of a day."""
        last_month = month or 12
        last_day = day or monthrange(year, last_month)[1]
        return cls(
            datetime(year, month or 1, day or 1),
            datetime.combine(datetime(year, last_month, last_day), time.max),
        )


class Observation(Struct, frozen=True, kw_only=True):
    """One statement of a record.

    Attributes:
        source: its address inside the record, such as `Observation/ca-1` or `note:120-134`.
        text: the words of the record that a reader is shown.
        codes: every coding given, most specific first; text is resolved to `calcinosis` codes.
        assertion: affirmed, negated or uncertain.
        family: true when it is said of a relative and not of the patient.
        past: true when the record says it is over.
        value: a quantity, two between which it lies, a coded or worded result, a truth value, or nothing.
        interpretation: low, normal, high, negative, positive or empty, as the record itself judges.
        sites: `calcinosis` finding ids of body sites (`site_elbow`), with `sides` left, right, bilateral.
        effective: when it was true; `issued`: when it was published; `until`: when it ended.
        missing_reason: why a value is missing, where the record says so.
    """

    source: str
    text: str
    kind: Kind
    id: str = ""
    codes: tuple[Code, ...] = ()
    assertion: Assertion = Assertion.AFFIRMED
    family: bool = False
    past: bool = False
    value: Quantity | Range | Code | str | bool | None = None
    interpretation: str = ""
    reference: Range | None = None
    sites: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    effective: Moment | None = None
    issued: Moment | None = None
    until: Moment | None = None
    missing_reason: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()


# Qualifier of a medication that is put on or into a place and not taken.
LOCALLY = ("given", "locally")
# Qualifier of an uncertain statement by which somebody suspects, asks for or cannot exclude what it names;
# one that only warns of it, or compares, has none.
SUSPECTED = ("doubt", "suspected")
# The qualifier of a statement that decides nothing yet, by which it says why.
UNDECIDED = "decides nothing"


class Patient(Struct, frozen=True, kw_only=True):
    """Who the record is about. `sex` is female, male, other or empty."""

    birth: Moment | None = None
    age_years: float | None = None
    sex: str = ""


class Stretch(NamedTuple):
    """Where words stand: the address of their text, and the places in it."""

    text: str
    start: int
    end: int


def stretch(address: str) -> Stretch | None:
    """The stretch of a text that an address such as `note:120-134` names; None where it names none."""
    text, _, span = address.rpartition(":")
    start, _, end = span.partition("-")
    return Stretch(text, int(start), int(end)) if start.isdecimal() and end.isdecimal() else None


class Ignored(Struct, frozen=True):
    """A part of the record that was not used, and why."""

    where: str
    what: str
    why: str


class Phrase(Struct, frozen=True):
    """Words of a text that look like a finding, and that mean nothing to the vocabulary."""

    where: str
    words: str


class Unread(Struct, frozen=True):
    """Entries of one `kind` (conditions, drugs, phrases) that mean nothing here, counted and named."""

    kind: str
    count: int
    names: tuple[str, ...]
