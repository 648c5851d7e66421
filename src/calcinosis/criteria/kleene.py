"""Kleene's strong three-valued logic over verdicts. Its truth tables are spec tests.

Each connective takes its parts one by one and stops at the first that decides.

Source of the tables: S. C. Kleene, Introduction to Metamathematics, 1952, section 64.
"""

from __future__ import annotations

from collections.abc import Iterable

from calcinosis.model import Status, Verdict

_OF_STATUS = {
    Status.PRESENT: Verdict.MET,
    Status.ABSENT: Verdict.NOT_MET,
    Status.UNKNOWN: Verdict.UNKNOWN,
}
_OPPOSITE = {
    Verdict.MET: Verdict.NOT_MET,
    Verdict.NOT_MET: Verdict.MET,
    Verdict.UNKNOWN: Verdict.UNKNOWN,
}


def of_status(status: Status) -> Verdict:
    """The verdict of a criterion that is one finding."""
    return _OF_STATUS[status]


def negation(verdict: Verdict) -> Verdict:
    """Not. Unknown stays unknown."""
    return _OPPOSITE[verdict]


def certain(verdict: Verdict) -> Verdict:
    """Known to be met: unknown counts as not met. The one connective that is not monotone."""
    return Verdict.MET if verdict is Verdict.MET else Verdict.NOT_MET


def at_least(needed: int, verdicts: Iterable[Verdict]) -> Verdict:
    """Met when `needed` are met, not met when they no longer can be, else unknown.

    `all` is at_least(n of n), `any` is at_least(1).
    """
    met = unknown = 0
    for verdict in verdicts:
        met += verdict is Verdict.MET
        unknown += verdict is Verdict.UNKNOWN
        if met >= needed:
            break
    if met >= needed:
        return Verdict.MET
    return Verdict.NOT_MET if met + unknown < needed else Verdict.UNKNOWN


def conjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """And: not met as soon as one is not met. Empty: met."""
    found = Verdict.MET
    for verdict in verdicts:
        if verdict is Verdict.NOT_MET:
            return verdict
        if verdict is Verdict.UNKNOWN:
            found = verdict
    return found


def disjunction(verdicts: Iterable[Verdict]) -> Verdict:
    """Or: met as soon as one is met. Empty: not met."""
    found = Verdict.NOT_MET
    for verdict in verdicts:
        if verdict is Verdict.MET:
            return verdict
        if verdict is Verdict.UNKNOWN:
            found = verdict
    return found


def exclusion(verdicts: Iterable[Verdict]) -> Verdict:
    """None of them: met when each is known not to be met."""
    return negation(disjunction(verdicts))
