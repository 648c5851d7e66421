"""Formulas as SQL over intervals: each operator is columns of its own, for both ends and for the exact number.

The arithmetic is that of `model.interval`: the extremes lie at ends. Null: undefined.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from calcinosis.criteria.expression import Expression, Number, Operation, Operator, Reference, references

from .relations import quoted

_LARGEST = repr(sys.float_info.max)
_INF = "'inf'::DOUBLE"


class Part(NamedTuple):
    """The SQL of both ends of a value, and of the number where every value is exact; null where none is finite."""

    low: str
    high: str
    point: str


# Columns, name and SQL, that are computed on those of the layers before.
Layer = dict[str, str]


def compiled(expression: Expression, source: str, exact: Collection[str] = ()) -> str:
    """A query that adds `result low`, `result high` and `result`, the exact number, to those of `source`.

    `source` has the columns `name low` and `name high` of each name; of an `exact` one they are the same.
    """
    names = {name: _named(name, name in exact) for name in references(expression)}
    layers = [{f"{name} point": _finite(part.low) for name, part in names.items()}]
    made = _compiled(expression, names, layers)
    wide = [f"{part.low} = {part.high}" for part in names.values() if part.low != part.high]
    layers.append({"exact point": f"CASE WHEN {' AND '.join(wide) or 'TRUE'} THEN {made.point} END"})
    layers.append(
        {
            "result low": f'coalesce("exact point", {made.low})',
            "result high": f'coalesce("exact point", {made.high})',
            "result": '"exact point"',
        }
    )
    query = source
    for layer in layers:
        listed = ", ".join(f"{sql} AS {quoted(name)}" for name, sql in layer.items())
        query = f"SELECT *{listed and ', '}{listed} FROM ({query})"
    return query


def _named(name: str, exact: bool) -> Part:
    low = quoted(f"{name} low")
    return Part(low, low if exact else quoted(f"{name} high"), quoted(f"{name} point"))


def _compiled(expression: Expression, names: dict[str, Part], layers: list[Layer]) -> Part:
    match expression:
        case Number():
            number = f"{expression.value!r}::DOUBLE"
            return Part(number, number, number)
        case Reference():
            return names[expression.name]
        case Operation():
            parts = [_compiled(part, names, layers) for part in expression.parts]
            return _operation(expression.operator, parts, layers)


def _operation(operator: Operator, parts: Sequence[Part], layers: list[Layer]) -> Part:
    """In floats an operation without a result gives an infinity or no number, which is not finite."""
    lows, highs, points = zip(*parts, strict=True)
    match operator, parts:
        case "-", [operand]:
            return _made(layers, parts, (f"-{operand.high}", f"-{operand.low}"), f"-{operand.point}")
        case "+", [first, second]:
            ends = _hull([f"{first.low} + {second.low}", f"{first.high} + {second.high}"])
            return _made(layers, parts, ends, " + ".join(points))
        case "-", [first, second]:
            ends = _hull([f"{first.low} - {second.high}", f"{first.high} - {second.low}"])
            return _made(layers, parts, ends, " - ".join(points))
        case "*", [first, second]:
            corners = _corners(layers, [_product(one, other) for one in first[:2] for other in second[:2]])
            return _made(layers, parts, _hull(corners), " * ".join(points))
        case "/", [first, second]:
            return _divided(first, second, layers)
        case "min" | "max", _:
            of = "least" if operator == "min" else "greatest"
            ends = f"{of}({', '.join(lows)})", f"{of}({', '.join(highs)})"
            return _made(layers, parts, ends, f"{of}({', '.join(points)})")
        case "power", [base, exponent]:
            return _powered(base, exponent, layers)
    raise NotImplementedError(operator)


def _made(
    layers: list[Layer], operands: Iterable[Part], ends: tuple[str, str], point: str, where: str = "TRUE"
) -> Part:
    """A new layer; what has an undefined operand, or is not `where`, is undefined."""
    number = len(layers)
    known = " AND ".join([*(f"{part.low} IS NOT NULL" for part in operands), where])
    sure = " AND ".join(f"{part.point} IS NOT NULL" for part in operands)
    names = f"low {number}", f"high {number}", f"point {number}"
    layers.append(
        {
            names[0]: f"CASE WHEN {known} THEN {ends[0]} END",
            names[1]: f"CASE WHEN {known} THEN {ends[1]} END",
            names[2]: f"CASE WHEN {sure} THEN {_finite(point)} END",
        }
    )
    return Part(*map(quoted, names))


def _finite(number: str) -> str:
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _corners(layers: list[Layer], corners: Iterable[str]) -> list[str]:
    """A layer with each different corner."""
    layer = {f"corner {place} of {len(layers)}": sql for place, sql in enumerate(dict.fromkeys(corners))}
    layers.append(layer)
    return [quoted(name) for name in layer]


def _hull(results: Iterable[str]) -> tuple[str, str]:
    """From the least to the greatest, neither beyond the floats on the wrong side."""
    listed = ", ".join(results)
    return f"least({_LARGEST}, {listed})", f"greatest(-{_LARGEST}, {listed})"


def _product(first: str, second: str) -> str:
    return f"CASE WHEN {first} = 0 OR {second} = 0 THEN 0 ELSE {first} * {second} END"


def _divided(dividend: Part, divisor: Part, layers: list[Layer]) -> Part:
    """A divisor below 0 is mirrored together with its dividend."""
    below = f"{divisor.high} <= 0"
    above, under = _mirrored(layers, dividend, below), _mirrored(layers, divisor, below)
    corners = _corners(layers, [_quotient(one, other) for one in above for other in under])
    where = (
        f"NOT ({divisor.low} < 0 AND {divisor.high} > 0) AND NOT ({divisor.low} = 0 AND {divisor.high} = 0)"
    )
    point = f"{dividend.point} / {divisor.point}"
    return _made(layers, (dividend, divisor), _hull(corners), point, where)


def _mirrored(layers: list[Layer], one: Part, where: str) -> tuple[str, ...]:
    """Both ends, mirrored at 0 where so; one end where there is one only."""
    names = f"mirrored low {len(layers)}", f"mirrored high {len(layers)}"
    ends = dict.fromkeys(((one.low, one.high), (one.high, one.low)))
    layers.append(
        {
            name: f"CASE WHEN {where} THEN -{mirrored} ELSE {plain} END"
            for name, (plain, mirrored) in zip(names, ends, strict=False)
        }
    )
    return tuple(map(quoted, layers[-1]))


def _quotient(dividend: str, divisor: str) -> str:
    return (
        f"CASE WHEN {divisor} = 0 THEN CASE WHEN {dividend} > 0 THEN {_INF} WHEN {dividend} < 0 THEN -{_INF}"
        f" ELSE 0 END WHEN {divisor} = {_INF} THEN 0 ELSE {dividend} / {divisor} END"
    )


def _powered(base: Part, exponent: Part, layers: list[Layer]) -> Part:
    """A base below 0 has a result under an exactly known whole exponent only.

    Even: the power of its magnitude. Odd and above 0: rising all along. Odd and below 0: mirrored.
    """
    number = len(layers)
    kind, low, high, least = (f"{name} {number}" for name in ("kind", "base low", "base high", "least"))
    exact = f"{exponent.low} = {exponent.high}"
    rest = f"(CASE WHEN {exponent.low} % 2 < 0 THEN {exponent.low} % 2 + 2 ELSE {exponent.low} % 2 END)"
    layers.append(
        {
            kind: f"CASE WHEN {base.low} >= 0 THEN 'plain' WHEN NOT ({exact}) THEN NULL"
            f" WHEN {rest} = 0 THEN 'even' WHEN {rest} <> 1 THEN NULL"
            f" WHEN {exponent.low} > 0 THEN 'rising' WHEN {base.high} > 0 THEN NULL ELSE 'mirrored' END"
        }
    )
    of_kind = f"CASE {quoted(kind)} WHEN"
    layers.append(
        {
            low: f"{of_kind} 'even' THEN greatest(0.0, -{base.high}) WHEN 'mirrored' THEN -{base.high}"
            f" ELSE {base.low} END",
            high: f"{of_kind} 'even' THEN greatest(-{base.low}, {base.high}) WHEN 'mirrored' THEN -{base.low}"
            f" ELSE {base.high} END",
        }
    )
    nothing = f"({quoted(kind)} <> 'rising' AND {quoted(high)} = 0)"
    layers.append({least: f"CASE WHEN {nothing} THEN greatest({exponent.low}, 0.0) ELSE {exponent.low} END"})
    ends = [quoted(least), exponent.high] if exponent.low != exponent.high else [quoted(least)]
    corners = _corners(layers, [_raised(quoted(one), other) for one in (low, high) for other in ends])
    lowest, highest = _hull(corners)
    signed = (
        f"{of_kind} 'mirrored' THEN -{highest} ELSE {lowest} END",
        f"{of_kind} 'mirrored' THEN -{lowest} ELSE {highest} END",
    )
    where = f"{quoted(kind)} IS NOT NULL AND NOT ({nothing} AND {exponent.high} < 0)"
    return _made(layers, (base, exponent), signed, f"pow({base.point}, {exponent.point})", where)


def _raised(base: str, exponent: str) -> str:
    return f"CASE WHEN {base} = 0 AND {exponent} < 0 THEN {_INF} ELSE pow({base}, {exponent}) END"
