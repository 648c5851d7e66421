"""The words a finding, a criterion and an assertion can take: three values, never two."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Status of a finding. Nobody looked is `UNKNOWN`, never `ABSENT`."""

    PRESENT = "present"
    ABSENT = "absent"
    UNKNOWN = "unknown"


class Verdict(StrEnum):
    """Status of a criterion, a subtype, a cause."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


class Assertion(StrEnum):
    """What the record says of an observation: that it is so, is not so, or may be so."""

    AFFIRMED = "affirmed"
    NEGATED = "negated"
    UNCERTAIN = "uncertain"
