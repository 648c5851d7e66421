"""A number known only to lie between two ends, and the arithmetic of such numbers.

Each operation gives the narrowest closed interval that holds every result of numbers drawn from its operands,
each drawn on its own: `x - x` of a wide `x` is wide. Rounding is that of floats; nothing is rounded outward.
None: no interval says anything, since no pair of numbers has a result, or since pairs in the midst have none
(a divisor with 0 inside, a negative base under a power that is not a whole number).

Source: R. E. Moore, Interval Analysis, 1966; IEEE 1788-2015 for unbounded ends (0 x inf is 0 in a product).
"""

from __future__ import annotations

import math
import sys
from math import inf

from msgspec import Struct

_LARGEST = sys.float_info.max


class Interval(Struct, frozen=True):
    """Every number from `low` to `high`, both ends included; an end without bound is -inf or inf.

    Example: creatinine <1.5 is `Interval(0, 1.5)`, a calcium of 9.4 is `exact(9.4)`.

    Raises:
        ValueError: the ends hold no number between them, or one is not a number.
    """

    low: float
    high: float

    def __post_init__(self) -> None:
        if not (self.low <= self.high and self.low < inf and self.high > -inf):
            raise ValueError(f"no number lies from {self.low} to {self.high}")

    @property
    def is_exact(self) -> bool:
        """Whether it holds one number only."""
        return self.low == self.high

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def encloses(self, other: Interval) -> bool:
        """Whether every number of the other is one of its own."""
        return self.low <= other.low and other.high <= self.high


def exact(value: float) -> Interval:
    """The interval of one number."""
    return Interval(value, value)


def negate(operand: Interval) -> Interval:
    """`-x`."""
    return Interval(-operand.high, -operand.low)


def add(first: Interval, second: Interval) -> Interval:
    """`x + y`."""
    return _hull(first.low + second.low, first.high + second.high)


def subtract(first: Interval, second: Interval) -> Interval:
    """`x - y`."""
    return _hull(first.low - second.high, first.high - second.low)


def multiply(first: Interval, second: Interval) -> Interval:
    """`x * y`: the extremes are products of ends."""
    return _hull(
        _product(first.low, second.low),
        _product(first.low, second.high),
        _product(first.high, second.low),
        _product(first.high, second.high),
    )


def divide(dividend: Interval, divisor: Interval) -> Interval | None:
    """`x / y`: unbounded on one side where the divisor ends at 0, None where 0 lies inside it or is all."""
    if divisor.low < 0 < divisor.high or divisor.low == divisor.high == 0:
        return None
    if divisor.high <= 0:
        return divide(negate(dividend), negate(divisor))
    return _hull(
        _quotient(dividend.low, divisor.low),
        _quotient(dividend.low, divisor.high),
        _quotient(dividend.high, divisor.low),
        _quotient(dividend.high, divisor.high),
    )


def minimum(*operands: Interval) -> Interval:
    """The least of them."""
    return Interval(min(each.low for each in operands), min(each.high for each in operands))


def maximum(*operands: Interval) -> Interval:
    """The greatest of them."""
    return Interval(max(each.low for each in operands), max(each.high for each in operands))


def power(base: Interval, exponent: Interval) -> Interval | None:
    """`x ^ y`, with 0 ^ 0 = 1. A base below 0 has a result under an exactly known whole exponent only."""
    if base.low >= 0:
        return _power_from_zero(base, exponent)
    if not exponent.is_exact:
        return None
    remainder = exponent.low % 2
    if remainder == 0:
        return _power_from_zero(_magnitude(base), exponent)
    if remainder != 1:
        return None
    if exponent.low > 0:
        return _hull(_raised(base.low, exponent.low), _raised(base.high, exponent.low))
    if base.high > 0:  # 1/x and its like fall apart in two at 0
        return None
    mirrored = _power_from_zero(negate(base), exponent)
    return None if mirrored is None else negate(mirrored)


def _power_from_zero(base: Interval, exponent: Interval) -> Interval | None:
    """For bases of 0 and more: rising or falling in each of the two, so the extremes lie at ends."""
    lowest = exponent.low
    if base.high == 0:  # 0 itself has no result under a negative exponent
        if exponent.high < 0:
            return None
        lowest = max(lowest, 0.0)
    return _hull(
        _raised(base.low, lowest),
        _raised(base.low, exponent.high),
        _raised(base.high, lowest),
        _raised(base.high, exponent.high),
    )


def _magnitude(operand: Interval) -> Interval:
    """`|x|` of an interval that reaches below 0."""
    return Interval(max(0.0, -operand.high), max(-operand.low, operand.high))


def _hull(*results: float) -> Interval:
    """From the least to the greatest. A least result beyond the floats is bounded by the last of them."""
    return Interval(min(_LARGEST, *results), max(-_LARGEST, *results))


def _product(first: float, second: float) -> float:
    """The product of two ends: an unbounded end stands for numbers, and 0 times each of them is 0."""
    return 0.0 if first == 0 or second == 0 else first * second


def _quotient(dividend: float, divisor: float) -> float:
    """The quotient of two ends, the divisor 0 or more: what it tends to as the divisor comes down to 0."""
    if divisor == 0:
        return math.copysign(inf, dividend) if dividend else 0.0
    if divisor == inf:
        return 0.0
    return dividend / divisor


def _raised(base: float, exponent: float) -> float:
    """A power of two ends; a negative base comes with an odd exponent only."""
    if base == 0 and exponent < 0:
        return inf
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return math.copysign(inf, base)
