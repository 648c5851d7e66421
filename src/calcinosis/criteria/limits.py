"""Limits that a value may be held against, and what an interval says of them.

A value that is known only as a bound (`<1.5`) keeps a limit when all of its interval does, breaks it when
none of it does, and otherwise leaves it open.
"""

from __future__ import annotations

from operator import ge, gt, le, lt

from msgspec import Struct

from calcinosis.model import Interval, Verdict


class Limits(Struct, frozen=True, omit_defaults=True):
    """Kept by values above `above`, from `at_least` on, below `below` and up to `at_most`, where given."""

    above: float | None = None
    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None


def kept(limits: Limits, value: Interval) -> Verdict:
    """Met when every value of the interval keeps all limits, not met when none keeps one of them."""
    sides = [
        (keeps(worst, limit), breaks(best, limit))
        for limit, worst, best, keeps, breaks in (
            (limits.above, value.low, value.high, gt, le),
            (limits.at_least, value.low, value.high, ge, lt),
            (limits.below, value.high, value.low, lt, ge),
            (limits.at_most, value.high, value.low, le, gt),
        )
        if limit is not None
    ]
    if any(broken for _, broken in sides):
        return Verdict.NOT_MET
    return Verdict.MET if all(holds for holds, _ in sides) else Verdict.UNKNOWN
