"""What is computed from intervals holds what is computed from any numbers within them."""

from __future__ import annotations

import math
from itertools import product
from math import inf

import msgspec
from hypothesis import assume, given
from hypothesis import strategies as st

from calcinosis.criteria.expression import (
    Expression,
    Number,
    Operation,
    Reference,
    evaluate,
    point,
)
from calcinosis.model.interval import Interval, exact

NAMES = ("a", "b", "c", "d")
BINARY = ("+", "-", "*", "/", "min", "max", "power")

anything = st.floats(allow_nan=False, allow_infinity=False)
tame = st.one_of(st.integers(-4, 4).map(float), st.floats(-100, 100))
positive = st.floats(0.125, 8)


@st.composite
def intervals(draw, numbers=tame, unbounded=True):
    low, high = sorted((draw(numbers), draw(numbers)))
    kind = draw(st.sampled_from(("closed", "exact", "below", "above") if unbounded else ("closed", "exact")))
    return {
        "closed": Interval(low, high),
        "exact": exact(low),
        "below": Interval(-inf, high),
        "above": Interval(low, inf),
    }[kind]


def operations(parts):
    return st.one_of(
        st.builds(Operation, st.sampled_from(BINARY), st.tuples(parts, parts)),
        st.builds(Operation, st.just("-"), st.tuples(parts)),
    )


leaves = st.one_of(st.sampled_from(NAMES).map(Reference), tame.map(Number))
expressions = st.recursive(leaves, operations, max_leaves=8)


def surroundings(of):
    return st.fixed_dictionaries(dict.fromkeys(NAMES, of))


def within(draw, limits: Interval) -> float:
    """A number of the interval, often an end of it."""
    low, high = max(limits.low, -1e6), min(limits.high, 1e6)
    return draw(st.one_of(st.sampled_from((low, high)), st.floats(low, high)))


def holds(limits: Interval, value: float) -> bool:
    slack = 1e-9 * max(1.0, abs(value))
    return limits.low - slack <= value <= limits.high + slack


@given(expressions, surroundings(intervals()), st.data())
def test_the_result_on_numbers_lies_in_the_result_on_intervals(expression, values, data):
    limits = evaluate(expression, values)
    number = point(expression, {name: within(data.draw, each) for name, each in values.items()})
    if limits is not None and number is not None:
        assert holds(limits, number)


@given(expressions, surroundings(intervals()), st.data())
def test_a_wider_value_never_gives_a_narrower_result(expression, values, data):
    narrow = evaluate(expression, values)
    wider = {
        name: Interval(each.low - data.draw(st.floats(0, 3)), each.high + data.draw(st.floats(0, 3)))
        for name, each in values.items()
    }
    wide = evaluate(expression, wider)
    if narrow is not None and wide is not None:
        assert all(holds(wide, end) for end in (narrow.low, narrow.high))


@st.composite
def naming_each_once(draw):
    """A formula over at most four names, each of them once: there intervals lose nothing."""
    parts: list[Expression] = [Reference(name) for name in NAMES[: draw(st.integers(1, 4))]]
    while len(parts) > 1:
        operator = draw(st.sampled_from(BINARY[:-1]))
        parts.append(Operation(operator, (parts.pop(0), parts.pop(0))))
        if draw(st.booleans()):
            parts.append(Operation("-", (parts.pop(),)))
    return Operation("power", (Reference("e"), parts[0])) if draw(st.booleans()) else parts[0]


@given(naming_each_once(), st.fixed_dictionaries({n: intervals(positive, unbounded=False) for n in "abcde"}))
def test_where_each_name_stands_once_both_ends_are_attained(expression, values):
    limits = evaluate(expression, values)
    assume(limits is not None and math.isfinite(limits.low) and math.isfinite(limits.high))
    corners = product(*({each.low, each.high} for each in values.values()))
    reached = [point(expression, dict(zip(values, corner, strict=True))) for corner in corners]
    assume(None not in reached)
    assert (limits.low, limits.high) == (min(reached), max(reached))


@given(expressions, surroundings(tame))
def test_exact_values_give_the_exact_result(expression, values):
    """On the short way, and on the long way that a wide value elsewhere in the record forces."""
    limits = {name: exact(value) for name, value in values.items()}
    number = point(expression, values)
    if number is not None:
        assert evaluate(expression, limits) == exact(number)
        assert evaluate(expression, {**limits, "elsewhere": Interval(0, 1)}) == exact(number)


@given(expressions, surroundings(intervals(anything)), surroundings(st.floats()))
def test_what_is_no_number_never_comes_out(expression, values, numbers):
    limits = evaluate(expression, values)
    assert limits is None or (limits.low <= limits.high and limits.low < inf and limits.high > -inf)
    number = point(expression, numbers)
    assert number is None or math.isfinite(number)


@given(expressions)
def test_a_formula_outlives_being_stored(expression):
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(expression), type=Expression) == expression
