"""A formula is written as a line of arithmetic; a value that is known only within limits stays within limits."""

from __future__ import annotations

from math import inf, nan

import msgspec
import pytest

from calcinosis.criteria.expression import (
    Expression,
    Number,
    Operation,
    Reference,
    evaluate,
    parse,
    point,
    references,
)
from calcinosis.errors import KnowledgeFault
from calcinosis.model.interval import Interval, exact

A, B, C = Reference("a"), Reference("b"), Reference("c")

CKD_EPI = (
    "scale * min(serum_creatinine / kappa, 1)^alpha * max(serum_creatinine / kappa, 1)^exponent"
    " * age_base^age * female_factor"
)
WOMAN_OF_70 = {
    "scale": 142.0,
    "kappa": 0.7,
    "alpha": -0.241,
    "exponent": -1.2,
    "age_base": 0.9938,
    "age": 70.0,
    "female_factor": 1.012,
}


def read(text: str) -> Expression:
    return parse(text, "formulas.yaml, egfr")


def known(**values: float | Interval) -> dict[str, Interval]:
    return {name: each if isinstance(each, Interval) else exact(each) for name, each in values.items()}


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a", A),
        ("0.9938", Number(0.9938)),
        ("a + b", Operation("+", (A, B))),
        ("a * b * c", Operation("*", (Operation("*", (A, B)), C))),
        ("a - b - c", Operation("-", (Operation("-", (A, B)), C))),
        ("a - (b - c)", Operation("-", (A, Operation("-", (B, C))))),
        ("a + b * c", Operation("+", (A, Operation("*", (B, C))))),
        ("a * b^c", Operation("*", (A, Operation("power", (B, C))))),
        ("a^b + c", Operation("+", (Operation("power", (A, B)), C))),
        ("a^b^c", Operation("power", (A, Operation("power", (B, C))))),
        ("-a^b", Operation("-", (Operation("power", (A, B)),))),
        ("a^-1", Operation("power", (A, Operation("-", (Number(1.0),))))),
        ("min(a, b)", Operation("min", (A, B))),
        ("max(a, b, c)", Operation("max", (A, B, C))),
        ("\n  a\n  + b\n", Operation("+", (A, B))),
    ],
)
def test_a_formula_is_read_as_in_mathematics(text, tree):
    assert read(text) == tree


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "formula '' cannot be read at its end"),
        ("a +", "cannot be read at 'a +'"),
        ("2 a", "cannot be read at 'a'"),
        ("a^^b", "cannot be read at '^b'"),
        ("(a + b", "cannot be read at '(a + b'"),
        ("a ** b", "writes a power as '**'. Expected ^."),
        ("min(a, 0,5)", "has '0,5'. Expected a decimal point, and a space after a comma between parts."),
        ("a × b", "has the character '×'"),
        ("a = b", "has the character '='"),
        ("a < b", "has the character '<'"),
        ("'a'", 'has the character "\'"'),
        ("a # note", "has the character '#'"),
        ("log(a)", "has 'log(a)', which is no part of a formula"),
        ("min(a)", "has 'min(a)', which is no part of a formula"),
        ("min(*a, b)", "has '*a', which is no part of a formula"),
        ("a * min", "has 'min', which is no part of a formula"),
        ("a.b", "has 'a.b', which is no part of a formula"),
        ("a // b", "has 'a // b', which is no part of a formula"),
        ("c * (a, b)^2", "has '(a, b)', which is no part of a formula"),
        ("a if b else c", "has 'a if b else c', which is no part of a formula"),
        ("a and b^2", "has 'a and b^2', which is no part of a formula"),
        ("True", "has 'True', which is no part of a formula"),
        ("1j", "has '1j', which is no part of a formula"),
        ("1e999", "which is no part of a formula"),
        ("9" * 400, "which is no part of a formula"),
        ("-" * 20_000 + "a", "is nested too deeply"),
    ],
)
def test_what_is_no_arithmetic_is_refused_with_what_where_and_what_was_expected(text, fault):
    with pytest.raises(KnowledgeFault) as caught:
        read(text)
    assert fault in str(caught.value)
    assert str(caught.value).startswith("formulas.yaml, egfr: formula ")
    assert "Expected " in str(caught.value)


def test_a_formula_names_what_it_needs_in_order_and_each_once():
    names = ["scale", "serum_creatinine", "kappa", "alpha", "exponent", "age_base", "age", "female_factor"]
    assert list(references(read(CKD_EPI))) == names
    assert list(references(read("2 * 3"))) == []


def test_a_formula_is_stored_and_read_back_without_a_codec_of_its_own():
    packed = msgspec.msgpack.encode(read(CKD_EPI))
    assert msgspec.msgpack.decode(packed, type=Expression) == read(CKD_EPI)


def test_a_name_without_a_value_is_a_fault_of_the_caller():
    with pytest.raises(KeyError, match="b"):
        evaluate(read("a * b"), known(a=Interval(0, 1)))
    with pytest.raises(KeyError, match="b"):
        point(read("a * b"), {"a": 1.0})


@pytest.mark.parametrize(("low", "high"), [(2, 1), (nan, 1), (1, nan), (inf, inf), (-inf, -inf)])
def test_an_interval_holds_at_least_one_number(low, high):
    with pytest.raises(ValueError, match="no number lies"):
        Interval(low, high)


def test_an_interval_holds_its_ends_and_what_lies_between():
    limits = Interval(0, 1.5)
    assert all(value in limits for value in (0, 1, 1.5))
    assert not any(value in limits for value in (-0.1, 1.6, nan))
    assert limits.encloses(Interval(0, 1))
    assert not limits.encloses(Interval(1, 2))
    assert exact(1.5).is_exact
    assert not limits.is_exact


ALL = Interval(-inf, inf)
LARGEST = 1.7976931348623157e308


@pytest.mark.parametrize(
    ("text", "a", "b", "result"),
    [
        ("a + b", Interval(1, 2), Interval(10, inf), Interval(11, inf)),
        ("a + b", Interval(-inf, 2), Interval(10, inf), ALL),
        ("a - b", Interval(1, 2), Interval(10, 20), Interval(-19, -8)),
        ("a - b", Interval(1, inf), Interval(1, inf), ALL),
        ("-a", Interval(1, inf), exact(0), Interval(-inf, -1)),
        ("a * b", Interval(-1, 2), Interval(3, 4), Interval(-4, 8)),
        ("a * b", Interval(-1, 2), Interval(-3, 4), Interval(-6, 8)),
        ("a * b", exact(0), ALL, exact(0)),
        ("a * b", Interval(0, 1), Interval(2, inf), Interval(0, inf)),
        ("a * b", Interval(1e200, 1e300), exact(1e200), Interval(LARGEST, inf)),
        ("a / b", Interval(1, 2), Interval(4, 8), Interval(0.125, 0.5)),
        ("a / b", Interval(-1, 2), Interval(-8, -4), Interval(-0.5, 0.25)),
        ("a / b", Interval(1, 2), Interval(0, 4), Interval(0.25, inf)),
        ("a / b", Interval(1, 2), Interval(-4, 0), Interval(-inf, -0.25)),
        ("a / b", Interval(-2, -1), Interval(0, 4), Interval(-inf, -0.25)),
        ("a / b", Interval(0, 2), Interval(0, 4), Interval(0, inf)),
        ("a / b", Interval(-1, 1), Interval(0, 4), ALL),
        ("a / b", exact(0), Interval(0, 4), exact(0)),
        ("a / b", Interval(1, inf), Interval(1, inf), Interval(0, inf)),
        ("a / b", exact(1), Interval(-1, 1), None),
        ("a / b", exact(1), exact(0), None),
        ("a / b", exact(0), exact(0), None),
        ("min(a, b)", Interval(1, 5), Interval(2, 3), Interval(1, 3)),
        ("max(a, b)", Interval(1, 5), Interval(2, 3), Interval(2, 5)),
        ("max(a, b)", Interval(-inf, 5), exact(0), Interval(0, 5)),
        ("min(a, 1 / b)", exact(1), exact(0), None),
        ("a^b", Interval(2, 3), exact(2), Interval(4, 9)),
        ("a^b", Interval(0.5, 2), Interval(-1, 2), Interval(0.25, 4)),
        ("a^b", Interval(4, 9), exact(0.5), Interval(2, 3)),
        ("a^b", Interval(0, 4), exact(-0.5), Interval(0.5, inf)),
        ("a^b", Interval(0, inf), exact(0), exact(1)),
        ("a^b", Interval(2, inf), exact(-1), Interval(0, 0.5)),
        ("a^b", Interval(0, 2), Interval(0, 1), Interval(0, 2)),
        ("a^b", exact(0), Interval(-1, 1), Interval(0, 1)),
        ("a^b", exact(0), Interval(-1, 0), exact(1)),
        ("a^b", exact(0), exact(-1), None),
        ("a^b", exact(10), Interval(1, 400), Interval(10, inf)),
        ("a^b", Interval(-3, 2), exact(2), Interval(0, 9)),
        ("a^b", Interval(-3, -2), exact(2), Interval(4, 9)),
        ("a^b", Interval(-3, 2), exact(-2), Interval(1 / 9, inf)),
        ("a^b", Interval(-3, 2), exact(0), exact(1)),
        ("a^b", Interval(-3, 2), exact(3), Interval(-27, 8)),
        ("a^b", Interval(-2, 0), exact(-1), Interval(-inf, -0.5)),
        ("a^b", Interval(-2, 1), exact(-1), None),
        ("a^b", Interval(-4, 9), exact(0.5), None),
        ("a^b", Interval(-4, 9), Interval(1, 2), None),
    ],
)
def test_each_operator_gives_the_narrowest_interval_of_all_its_results(engine, text, a, b, result):
    assert engine.interval(read(text), {"a": a, "b": b}) == result


@pytest.mark.parametrize(
    ("text", "a"),
    [
        ("1 / a", 0.0),
        ("a^-1", 0.0),
        ("a^0.5", -1.0),
        ("max(1, a * a - a * a)", 1e200),
        ("a", inf),
        ("a", nan),
        ("2^a", 2000.0),
    ],
)
def test_a_number_is_shown_only_where_every_step_has_a_finite_result(engine, text, a):
    assert engine.number(read(text), {"a": a}) is None


@pytest.mark.parametrize("creatinine", [0.31, 0.7, 1.0, 1.37, 9.9])
def test_a_number_is_the_same_to_the_last_bit_as_of_arithmetic_in_the_order_written(engine, creatinine):
    by_hand = 142 * min(creatinine / 0.7, 1) ** -0.241 * max(creatinine / 0.7, 1) ** -1.2 * 0.9938**70 * 1.012
    assert engine.number(read(CKD_EPI), {**WOMAN_OF_70, "serum_creatinine": creatinine}) == by_hand


def test_a_creatinine_below_a_bound_leaves_filtration_above_one(engine):
    """<1.5 mg/dL in a woman of 70: more than 37, so not below 30, and below 60 is unknown."""
    filtration = engine.interval(read(CKD_EPI), known(**WOMAN_OF_70, serum_creatinine=Interval(0, 1.5)))
    assert filtration is not None
    assert filtration.low == pytest.approx(37.26, abs=0.01)
    assert filtration.high == inf


def test_a_name_written_twice_is_drawn_twice(engine):
    assert engine.interval(read("a - a"), known(a=Interval(1, 2))) == Interval(-1, 1)
    assert engine.interval(read("a - a"), known(a=1.5)) == exact(0)
