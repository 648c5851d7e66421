"""Criteria as SQL: three-valued booleans, true for met, false for not met, null for unknown.

`all`, `any` and `none` are SQL's own and, or and not, which are Kleene's; `certain` is `IS TRUE`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct

from calcinosis.criteria import (
    Branch,
    Certain,
    Compare,
    CriterionId,
    Is,
    Leaf,
    Limits,
    Named,
    Node,
    Shelf,
)

from .relations import quoted, text


class Columns(Struct, frozen=True):
    """Where the leaves of a tree are found: the SQL of a finding, of a criterion, of a number's two ends, of a word."""

    finding: Callable[[str], str] = quoted
    criterion: Callable[[CriterionId], str] = lambda key: quoted(str(key))
    quantity: Callable[[str], tuple[str, str]] = lambda name: (quoted(f"{name} low"), quoted(f"{name} high"))
    word: Callable[[str], str] = quoted


COLUMNS = Columns()


def to_sql(node: Node, columns: Columns = COLUMNS) -> str:
    """The verdict of a tree as a boolean expression."""
    match node:
        case Leaf():
            return columns.finding(node.finding)
        case Named():
            return columns.criterion(CriterionId(node.kind, node.id))
        case Compare():
            return kept(node.limits, *columns.quantity(node.quantity))
        case Is():
            word = columns.word(node.attribute)
            return f"(nullif({word}, '') = {text(node.word)})"
        case Certain():
            return f"({to_sql(node.part, columns)} IS TRUE)"
        case Branch():
            return _combined(node, [to_sql(part, columns) for part in node.parts])


def _combined(node: Branch, parts: Sequence[str]) -> str:
    match node.operator:
        case "all":
            return conjunction(parts)
        case "any":
            return disjunction(parts)
        case "none":
            return f"(NOT {disjunction(parts)})"
        case "at_least":
            return at_least(node.needed, parts)


def conjunction(parts: Sequence[str]) -> str:
    """And; true of nothing."""
    return "(" + (" AND ".join(parts) or "TRUE") + ")"


def disjunction(parts: Sequence[str]) -> str:
    """Or; false of nothing."""
    return "(" + (" OR ".join(parts) or "FALSE") + ")"


def at_least(needed: int, parts: Sequence[str]) -> str:
    """True when `needed` are met, false when they no longer can be."""
    met = " + ".join(f"({part} IS TRUE)::INT" for part in parts) or "0"
    possible = " + ".join(f"({part} IS NOT FALSE)::INT" for part in parts) or "0"
    return f"(CASE WHEN {met} >= {needed} THEN TRUE WHEN {possible} < {needed} THEN FALSE END)"


def kept(limits: Limits, low: str, high: str) -> str:
    """What an interval says of limits: true where all of it keeps them, false where none keeps one of them."""
    sides = [
        (f"{worst} {keeps} {limit!r}", f"{best} {breaks} {limit!r}")
        for limit, worst, best, keeps, breaks in (
            (limits.above, low, high, ">", "<="),
            (limits.at_least, low, high, ">=", "<"),
            (limits.below, high, low, "<", ">="),
            (limits.at_most, high, low, "<=", ">"),
        )
        if limit is not None
    ]
    holds, broken = conjunction([one for one, _ in sides]), disjunction([one for _, one in sides])
    return f"(CASE WHEN {low} IS NULL THEN NULL WHEN {broken} THEN FALSE WHEN {holds} THEN TRUE END)"


def of_shelf(shelf: Shelf, source: str) -> str:
    """A query that adds a column for each criterion, named as it is, to a query with all leaves as columns.

    A criterion stands in a layer above those that it refers to.
    """
    query = source
    for layer in _layers(shelf):
        made = ", ".join(f"{_of_key(shelf, key)} AS {quoted(str(key))}" for key in layer)
        query = f"SELECT *, {made} FROM ({query})"
    return query


def _of_key(shelf: Shelf, key: CriterionId) -> str:
    if key in shelf.members:
        return disjunction([COLUMNS.criterion(member) for member in shelf.members[key]])
    return to_sql(shelf.trees[key])


def _layers(shelf: Shelf) -> list[list[CriterionId]]:
    heights: dict[CriterionId, int] = {}

    def height(key: CriterionId) -> int:
        if key not in heights:
            heights[key] = 1 + max(map(height, shelf.references(key)), default=-1)
        return heights[key]

    layers: dict[int, list[CriterionId]] = {}
    for key in (*shelf.trees, *shelf.members):
        layers.setdefault(height(key), []).append(key)
    return [layers[place] for place in sorted(layers)]
