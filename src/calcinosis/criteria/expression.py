"""A formula as a typed tree, parsed from the line in which a clinician writes it, and its value.

`scale * min(value / k, 1)^alpha` has numbers, names, + - * / ^, unary minus, brackets, min and max. It is
read as in mathematics: `^` binds first and from the right, then unary minus, then * and /, then + and -,
from the left.
"""

from __future__ import annotations

import ast
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

from msgspec import Struct

from calcinosis.errors import KnowledgeFault
from calcinosis.model import interval
from calcinosis.model.interval import Interval, exact

Operator = Literal["+", "-", "*", "/", "min", "max", "power"]


class Number(Struct, frozen=True, tag="number"):
    """A number written in the formula itself."""

    value: float


class Reference(Struct, frozen=True, tag="reference"):
    """A value that the formula takes by its name."""

    name: str


class Operation(Struct, frozen=True, tag="arithmetic"):
    """An operator over its parts: two, or two and more for min and max; `-` over one part is its negative."""

    operator: Operator
    parts: tuple[Expression, ...]


Expression = Number | Reference | Operation

_OPERATORS: dict[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "power",
}
_LARGEST = sys.float_info.max
_FUNCTIONS: dict[str, Operator] = {"min": "min", "max": "max"}
_STRANGE = re.compile(r"[^A-Za-z0-9_.,+\-*/^() ]")
_DECIMAL_COMMA = re.compile(r"\d,\d")
_GRAMMAR = "numbers, names, + - * / ^, brackets, min(a, b) and max(a, b)"


def parse(text: str, where: str) -> Expression:
    """The typed tree of a formula as it stands in a knowledge file.

    Raises:
        KnowledgeFault: it is no formula, or has more in it than arithmetic.
    """
    formula = " ".join(text.split())
    if strange := _STRANGE.search(formula):
        raise _fault(formula, f"has the character {strange.group()!r}", where)
    if "**" in formula:
        raise _fault(formula, "writes a power as '**'", where, "^")
    if comma := _DECIMAL_COMMA.search(formula):  # min(x, 0,5) would be taken for three parts
        expected = "a decimal point, and a space after a comma between parts"
        raise _fault(formula, f"has {comma.group()!r}", where, expected)
    try:
        # Python's own ^ is another operator and binds last; ** is its power.
        return _expression(ast.parse(formula.replace("^", "**"), mode="eval").body, formula, where)
    except SyntaxError as error:
        rest = formula.replace("^", "**")[(error.offset or 1) - 1 :].replace("**", "^")
        place = repr(rest[:60]) if rest else "its end"
        raise _fault(formula, f"cannot be read at {place}", where) from None
    except (RecursionError, MemoryError):
        raise _fault(formula, "is nested too deeply", where) from None


def _expression(node: ast.expr, formula: str, where: str) -> Expression:
    match node:
        case ast.Constant(int() | float() as value) if not isinstance(value, bool) and value <= _LARGEST:
            return Number(float(value))
        case ast.Name(name) if name not in _FUNCTIONS:
            return Reference(name)
        case ast.UnaryOp(ast.USub(), operand):
            return Operation("-", (_expression(operand, formula, where),))
        case ast.BinOp(left, operator, right) if type(operator) in _OPERATORS:
            parts = (_expression(left, formula, where), _expression(right, formula, where))
            return Operation(_OPERATORS[type(operator)], parts)
        case ast.Call(ast.Name(name), [_, _, *_] as parts, []) if name in _FUNCTIONS:
            operands = tuple(_expression(each, formula, where) for each in parts)
            return Operation(_FUNCTIONS[name], operands)
    piece = ast.unparse(node).replace(" ** ", "^").replace("**", "^")
    raise _fault(formula, f"has {piece[:60]!r}, which is no part of a formula", where)


def _fault(formula: str, fault: str, where: str, expected: str = _GRAMMAR) -> KnowledgeFault:
    return KnowledgeFault(f"formula {formula[:60]!r} {fault}", where=where, expected=expected)


def references(expression: Expression) -> Iterator[str]:
    """Every name in the formula, in order, each once."""
    return iter(dict.fromkeys(_mentions(expression)))


def _mentions(expression: Expression) -> Iterator[str]:
    match expression:
        case Reference(name):
            yield name
        case Operation(_, parts):
            for part in parts:
                yield from _mentions(part)


def evaluate(expression: Expression, values: Mapping[str, Interval]) -> Interval | None:
    """Every result of numbers drawn from the values, as one interval; None where a part is undefined.

    A name that occurs twice is drawn twice, so the interval may be wider than need be, never narrower.

    Raises:
        KeyError: a name without a value; the caller asks for `references` first.
    """
    if all(value.is_exact for value in values.values()):
        result = point(expression, {name: value.low for name, value in values.items()})
        if result is not None:
            return exact(result)
    return _on_intervals(expression, values)


def _on_intervals(expression: Expression, values: Mapping[str, Interval]) -> Interval | None:
    match expression:
        case Number():
            return exact(expression.value)
        case Reference():
            return values[expression.name]
        case Operation():
            operands = []
            for part in expression.parts:
                operand = _on_intervals(part, values)
                if operand is None:
                    return None
                operands.append(operand)
            return _OF_INTERVALS[expression.operator](*operands)


def point(expression: Expression, values: Mapping[str, float]) -> float | None:
    """The result on numbers, to the last bit that of Python's arithmetic in the order written.

    None where it is undefined (x / 0, 0 to a negative power, a negative number to a power that is not whole),
    or where a value or a result on the way is no finite number.

    Raises:
        KeyError: a name without a value; the caller asks for `references` first.
    """
    try:
        return _on_numbers(expression, values)
    except (ArithmeticError, ValueError):  # math.pow says ValueError where no real number is the power
        return None


def _on_numbers(expression: Expression, values: Mapping[str, float]) -> float:
    match expression:
        case Number():
            result = expression.value
        case Reference():
            result = float(values[expression.name])
        case Operation():
            parts = [_on_numbers(part, values) for part in expression.parts]
            result = _OF_NUMBERS[expression.operator](*parts)
    if not math.isfinite(result):
        raise OverflowError
    return result


def _difference(first: float, second: float | None = None) -> float:
    return -first if second is None else first - second


def _difference_of_intervals(first: Interval, second: Interval | None = None) -> Interval:
    return interval.negate(first) if second is None else interval.subtract(first, second)


_OF_NUMBERS: dict[Operator, Callable[..., float]] = {
    "+": lambda first, second: first + second,
    "-": _difference,
    "*": lambda first, second: first * second,
    "/": lambda first, second: first / second,
    "min": min,
    "max": max,
    "power": math.pow,
}
_OF_INTERVALS: dict[Operator, Callable[..., Interval | None]] = {
    "+": interval.add,
    "-": _difference_of_intervals,
    "*": interval.multiply,
    "/": interval.divide,
    "min": interval.minimum,
    "max": interval.maximum,
    "power": interval.power,
}
