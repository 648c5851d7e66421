"""Limits that a value may be held against, and what an interval says of them.

A value that is known only as a bound (`<1.5`) keeps a limit when all of its interval does, breaks it when
none of it does, and otherwise leaves it open.
"""

from __future__ import annotations

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
    low, high = value.low, value.high
    met = True
    if (limit := limits.above) is not None:
        if high <= limit:
            return Verdict.NOT_MET
        met = low > limit
    if (limit := limits.at_least) is not None:
        if high < limit:
            return Verdict.NOT_MET
        met = met and low >= limit
    if (limit := limits.below) is not None:
        if low >= limit:
            return Verdict.NOT_MET
        met = met and high < limit
    if (limit := limits.at_most) is not None:
        if low > limit:
            return Verdict.NOT_MET
        met = met and high <= limit
    return Verdict.MET if met else Verdict.UNKNOWN
