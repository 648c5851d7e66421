"""A criterion as a typed tree, parsed from the form in which a clinician writes it.

a_finding                       met when the finding is present
{cause: id}                     met when that criterion is; so are form, subtype, composite, cause_of, form_of
{all: [...]}                    and; {any: [...]} or; {none: [...]} neither
{at_least: 2, of: [...]}        two of them
{certain: a_finding}            met when it is known to be met, else not met: unknown counts as no
{age: {at_least: 18, below: 65}}   a number of the patient within limits; so are weight (kg) and
egfr (mL/min/1.73 m2)
{sex: female}                   what the record says in one word
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, get_args

from msgspec import Struct

from calcinosis.criteria.limits import Limits
from calcinosis.errors import KnowledgeFault

Operator = Literal["all", "any", "none", "at_least"]
Reference = Literal["cause_of", "cause", "form_of", "form", "subtype", "composite"]
Quantity = Literal["age", "weight", "renal"]
Attribute = Literal["sex"]
_OPERATORS: dict[str, Operator] = {name: name for name in get_args(Operator) if name != "at_least"}
REFERENCES: dict[str, Reference] = {name: name for name in get_args(Reference)}
_QUANTITIES: dict[str, Quantity] = {name: name for name in get_args(Quantity)}
_ATTRIBUTES: dict[str, Attribute] = {name: name for name in get_args(Attribute)}
_LIMITS = frozenset(Limits.__struct_fields__)


class Leaf(Struct, frozen=True, tag="finding"):
    """Met when the finding is present, not met when it is absent."""

    finding: str


class Named(Struct, frozen=True, tag="named"):
    """Met when another named criterion is: any cause of a subtype, one cause, one form."""

    kind: Reference
    id: str


class Compare(Struct, frozen=True, tag="compare"):
    """Met when a quantity of the patient keeps the limits; unknown where it does not decide."""

    quantity: Quantity
    limits: Limits


class Is(Struct, frozen=True, tag="is"):
    """Met when the record gives the attribute this word, not met when it gives another, else unknown."""

    attribute: Attribute
    word: str


class Certain(Struct, frozen=True, tag="certain"):
    """Met when the part is met, not met when it is not met or unknown (SQL's `IS TRUE`)."""

    part: Node


class Branch(Struct, frozen=True, tag="branch"):
    """An operator over parts; `needed` counts only for at_least."""

    operator: Operator
    parts: tuple[Node, ...]
    needed: int = 0


Node = Leaf | Named | Compare | Is | Certain | Branch


def parse(tree: object, where: str) -> Node:
    """The typed tree of what stands in a knowledge file.

    Raises:
        KnowledgeFault: an unknown operator, an empty list, more than one operator on a level, or limits
            that are none.
    """
    if isinstance(tree, str) and tree:
        return Leaf(tree)
    if not isinstance(tree, dict):
        raise _fault(tree, where)
    if set(tree) == {"at_least", "of"}:
        return _at_least(tree, where)
    if len(tree) != 1:
        raise _fault(tree, where)
    ((key, inner),) = tree.items()
    if key in _OPERATORS:
        return Branch(_OPERATORS[key], _parts(inner, where))
    if key in REFERENCES and isinstance(inner, str):
        return Named(REFERENCES[key], inner)
    if key == "certain":
        return Certain(parse(inner, where))
    if key in _QUANTITIES:
        return Compare(_QUANTITIES[key], _limits(inner, where))
    if key in _ATTRIBUTES and isinstance(inner, str):
        return Is(_ATTRIBUTES[key], inner)
    raise _fault(tree, where)


def _at_least(tree: dict[str, Any], where: str) -> Branch:
    parts, needed = _parts(tree["of"], where), tree["at_least"]
    if type(needed) is not int or not 1 <= needed <= len(parts):
        raise KnowledgeFault(
            f"at_least {needed!r} of {len(parts)} parts asks for nothing or for more than there is",
            where=where,
            expected=f"a whole number from 1 to {len(parts)}",
        )
    return Branch("at_least", parts, needed)


def _limits(given: object, where: str) -> Limits:
    if not isinstance(given, dict) or not given or set(given) - _LIMITS:
        raise _fault(given, where)
    if not all(type(limit) in (int, float) for limit in given.values()):
        raise _fault(given, where)
    return Limits(**{side: float(limit) for side, limit in given.items()})


def _parts(parts: object, where: str) -> tuple[Node, ...]:
    if not isinstance(parts, list) or not parts:
        raise _fault(parts, where)
    return tuple(parse(part, where) for part in parts)


def _fault(tree: object, where: str) -> KnowledgeFault:
    return KnowledgeFault(
        f"criterion {str(tree)[:60]!r} cannot be read",
        where=where,
        expected="a finding id, or one of all, any, none, at_least+of, certain, cause_of, cause, form_of,"
        " form, subtype, composite, age, weight, renal, sex",
    )


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below a node."""
    match node:
        case Branch():
            return node.parts
        case Certain():
            return (node.part,)
        case Leaf() | Named() | Compare() | Is():
            return ()


def nodes(node: Node) -> Iterator[Node]:
    """The node and all below it, in the order written."""
    yield node
    for part in children(node):
        yield from nodes(part)


def leaves(node: Node) -> Iterator[str]:
    """Every finding id written in the tree itself, in order, repeats included."""
    return (part.finding for part in nodes(node) if isinstance(part, Leaf))


def named(node: Node) -> Iterator[Named]:
    """Every reference to another criterion in the tree."""
    return (part for part in nodes(node) if isinstance(part, Named))
