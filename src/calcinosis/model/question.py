"""What a record leaves open and a person can decide: an ambiguous place, and the ways to read it."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Doubt(StrEnum):
    """What makes a place ambiguous."""

    SHORT_FORM = "short_form"  # it stands for several things, and no neighbour decides
    UNIT = "unit"  # no unit is written, and two are possible
    CONTRADICTION = "contradiction"  # a value and the flag beside it exclude each other
    PATIENT = "patient"  # the text is about more than one person
    DATE = "date"  # an earlier value, and nothing says when


class Meant(Struct, frozen=True):
    """One way to read an ambiguous place.

    Attributes:
        words: as a person is asked.
        takes: what of the record it takes: the id of a finding or analyte, or a unit; empty where it takes
            nothing that the vocabulary has.
    """

    words: str
    takes: str = ""


class Question(Struct, frozen=True, kw_only=True):
    """An ambiguous place.

    Attributes:
        doubt: what makes it ambiguous.
        where: its address, that of the observation read there, where one was.
        what: its words.
        readings: the ways to read it; none where only the person knows them.
    """

    doubt: Doubt
    where: str
    what: str
    readings: tuple[Meant, ...] = ()
