"""A criterion as a typed tree, parsed from the form in which a clinician writes it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, cast

from msgspec import Struct

from calcinosis.errors import KnowledgeFault

Operator = Literal["all", "any", "none", "at_least"]
Reference = Literal["cause_of", "cause", "form_of", "form", "subtype"]
_OPERATORS = ("all", "any", "none", "at_least")
_REFERENCES = ("cause_of", "cause", "form_of", "form", "subtype")


class Leaf(Struct, frozen=True):
    """Met when the finding is present."""

    finding: str


class Named(Struct, frozen=True):
    """Met when another named criterion is: any cause of a subtype, one cause, one form."""

    kind: Reference
    id: str


class Branch(Struct, frozen=True):
    """An operator over parts; `needed` counts only for at_least."""

    operator: Operator
    parts: tuple[Node, ...]
    needed: int = 0


Node = Leaf | Named | Branch


def parse(tree: str | dict[str, Any], where: str) -> Node:
    """The typed tree of what stands in a knowledge file.

    Raises:
        KnowledgeFault: an unknown operator, an empty list, or more than one operator on a level.
    """
    if isinstance(tree, str):
        return Leaf(tree)
    if not isinstance(tree, dict):
        raise _fault(tree, where)
    keys = set(tree)
    if keys == {"at_least", "of"}:
        return Branch("at_least", _parts(tree["of"], where), int(tree["at_least"]))
    if len(keys) == 1:
        (key,) = keys
        if key in _OPERATORS and key != "at_least":
            return Branch(cast("Operator", key), _parts(tree[key], where))
        if key in _REFERENCES:
            return Named(cast("Reference", key), str(tree[key]))
    raise _fault(tree, where)


def _parts(parts: object, where: str) -> tuple[Node, ...]:
    if not isinstance(parts, list) or not parts:
        raise _fault(parts, where)
    return tuple(parse(part, where) for part in parts)


def _fault(tree: object, where: str) -> KnowledgeFault:
    return KnowledgeFault(
        f"criterion {str(tree)[:60]!r} cannot be read",
        where=where,
        expected="a finding id, or one of all, any, none, at_least+of, cause_of, cause, form_of, form",
    )


def leaves(node: Node) -> Iterator[str]:
    """Every finding id written in the tree itself, in order, repeats included."""
    if isinstance(node, Leaf):
        yield node.finding
    elif isinstance(node, Branch):
        for part in node.parts:
            yield from leaves(part)


def named(node: Node) -> Iterator[Named]:
    """Every reference to another criterion in the tree."""
    if isinstance(node, Named):
        yield node
    elif isinstance(node, Branch):
        for part in node.parts:
            yield from named(part)
