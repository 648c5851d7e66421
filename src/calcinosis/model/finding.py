"""A finding: a term of the vocabulary with one of three statuses, and the places that say so."""

from __future__ import annotations

from collections.abc import Container, Mapping

from msgspec import Struct

from calcinosis.model.interval import Interval
from calcinosis.model.observation import Moment
from calcinosis.model.status import Status


class Evidence(Struct, frozen=True):
    """The place in the record that a finding rests on."""

    source: str
    text: str
    when: Moment | None = None
    status: Status = Status.PRESENT


class Finding(Struct, frozen=True, kw_only=True):
    """What is known of one term for one patient.

    Attributes:
        id: the term.
        status: present, absent or unknown.
        value: the number behind it in `unit` (UCUM), where there is one.
        interval: what the value may be, where it is known as a bound only (`<1.5`); none where it is exact.
        reason: why it is unknown although the record speaks of it, or how it was derived.
        derived: id of the formula or implication it came from; empty when recorded as such.
        sites: regions (finding ids) said of it; `sides`: left, right, bilateral.
        evidence: places in the record, most decisive first.
        history: earlier values, newest first, as (when, value in `unit`).
    """

    id: str
    status: Status
    value: float | None = None
    interval: Interval | None = None
    unit: str = ""
    reason: str = ""
    derived: str = ""
    sites: tuple[str, ...] = ()
    sides: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    history: tuple[tuple[Moment | None, float], ...] = ()


class Findings(Struct, frozen=True):
    """All findings of one patient by id, and the measured values by analyte id.

    A term without an entry is unknown: nobody looked. One that is not of the vocabulary (`terms`, where it is
    given) is a fault: nobody ever could.
    """

    by_id: Mapping[str, Finding]
    measured: Mapping[str, Finding]
    terms: Container[str] | None = None

    def status(self, term: str) -> Status:
        """Status of `term`; unknown when nothing was recorded.

        Raises:
            LookupError: the vocabulary has no such term.
        """
        found = self.by_id.get(term)
        if found is not None:
            return found.status
        if self.terms is not None and term not in self.terms:
            raise _unheard_of(term)
        return Status.UNKNOWN

    def get(self, term: str) -> Finding:
        """The finding for `term`, an unknown one when nothing was recorded.

        Raises:
            LookupError: the vocabulary has no such term.
        """
        return self.by_id.get(term) or Finding(id=term, status=self.status(term))


def _unheard_of(term: str) -> LookupError:
    return LookupError(f"{term!r} is no finding of the vocabulary")
