"""What is said of a line that is no formula: the piece that is wrong, as it is written, and not too much of it."""

from __future__ import annotations

import sys

import pytest

from calcinosis.criteria.expression import Number, evaluate, parse
from calcinosis.errors import KnowledgeFault
from calcinosis.model import Interval
from calcinosis.model.interval import exact


def said(text: str) -> str:
    with pytest.raises(KnowledgeFault) as caught:
        parse(text, "formulas.yaml, egfr")
    assert caught.value.where == "formulas.yaml, egfr"
    return caught.value.what


@pytest.mark.parametrize(
    ("text", "piece"),
    [
        ("-log(a)", "log(a)"),
        ("a * -(b * log(a))", "log(a)"),
        ("min(a, log(b))", "log(b)"),
        ("min(^a)", "min(^a)"),
        ("log(a^b)", "log(a^b)"),
    ],
)
def test_the_piece_that_is_no_part_of_a_formula_is_named_as_it_is_written(text, piece):
    assert said(text) == f"formula {text!r} has {piece!r}, which is no part of a formula"


def test_of_a_long_formula_and_a_long_piece_the_beginning_is_said():
    letters = "abcdefghij" * 10
    assert said(f"log({letters})") == (
        f"formula {('log(' + letters)[:60]!r} has {('log(' + letters)[:60]!r}, which is no part of a formula"
    )
    rest = "b " * 50
    assert said(f"a {rest}").endswith(f"cannot be read at {rest[:60]!r}")


def test_a_formula_that_is_nested_too_deeply_is_said_to_be():
    text = "-" * 20_000 + "a"
    assert said(text) == f"formula {text[:60]!r} is nested too deeply"


def test_the_largest_number_there_is_can_be_written():
    assert parse("1.7976931348623157e308", "here") == Number(sys.float_info.max)


def test_of_exact_values_the_result_is_exact_and_of_one_bound_it_is_not():
    formula = parse("a * b", "here")
    assert evaluate(formula, {"a": exact(3), "b": exact(0.1)}) == exact(3 * 0.1)
    assert evaluate(formula, {"a": exact(3), "b": Interval(0, 0.1)}) == Interval(0, 3 * 0.1)
