"""Conditions, signs, exposures and drugs to findings: what is said last counts, a tie is a conflict."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from calcinosis.findings.laboratory import CONFLICTING
from calcinosis.findings.selection import current, latest
from calcinosis.knowledge.schema import Term
from calcinosis.model import Assertion, Evidence, Finding, Kind, Observation, Status

_STATUS = {
    Assertion.AFFIRMED: Status.PRESENT,
    Assertion.NEGATED: Status.ABSENT,
    Assertion.UNCERTAIN: Status.UNKNOWN,
}
# Recorded truth values and worded results that answer the question a finding asks.
_YES = frozenset({"yes", "y", "true", "positive", "present", "1"})
_NO = frozenset({"no", "n", "false", "negative", "absent", "none", "0"})


def stated(term: Term, observations: Sequence[Observation], as_of: datetime) -> Finding | None:
    """What the record says of a term; None when it says nothing usable.

    The newest statement counts; statements of the same time that differ make it unknown. An uncertain
    statement never overrules a definite one.
    """
    usable = current([seen for seen in observations if seen.family == term.family], as_of)
    if not usable:
        return None
    definite = [seen for seen in usable if says(seen) is not Status.UNKNOWN]
    counting = latest(definite or usable)
    statuses = {says(seen) for seen in counting}
    status = statuses.pop() if len(statuses) == 1 else Status.UNKNOWN
    return Finding(
        id=term.id,
        status=status,
        reason=_reason(status, bool(statuses)),
        sites=_joined(counting, "sites"),
        sides=_joined(counting, "sides"),
        evidence=tuple(Evidence(seen.source, seen.text, seen.effective, says(seen)) for seen in counting),
    )


def says(seen: Observation) -> Status:
    """What one statement says of the term it names."""
    status = _STATUS[seen.assertion]
    if status is not Status.PRESENT:
        return status
    answer = _answer(seen)
    return status if answer is None else answer


def _answer(seen: Observation) -> Status | None:
    """The status that a recorded value gives; None when the entry itself is the statement."""
    if isinstance(seen.value, bool):
        return Status.PRESENT if seen.value else Status.ABSENT
    if seen.missing_reason:
        return Status.UNKNOWN
    if seen.interpretation in ("negative", "normal"):
        return Status.ABSENT
    word = seen.value.casefold().strip(" .") if isinstance(seen.value, str) else ""
    if word in _YES:
        return Status.PRESENT
    return Status.ABSENT if word in _NO else None


def _reason(status: Status, differ: bool) -> str:
    if differ:
        return CONFLICTING
    return "uncertain in the record" if status is Status.UNKNOWN else ""


def _joined(observations: Sequence[Observation], field: str) -> tuple[str, ...]:
    found = [item for seen in observations for item in getattr(seen, field)]
    return tuple(dict.fromkeys(found))


def ended(seen: Observation, as_of: datetime) -> bool:
    """Whether a course of treatment was over before `as_of`."""
    return seen.kind is Kind.MEDICATION and seen.until is not None and seen.until.first < as_of
