"""Reasons as data: which findings carried a verdict, with the places in the record behind them."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.criteria import Result, deciding
from calcinosis.knowledge import Knowledge
from calcinosis.model import Evidence, Findings, Status


class Reason(Struct, frozen=True, omit_defaults=False):
    """A finding that counted, as it counted."""

    finding: str
    label: str
    status: Status
    evidence: tuple[Evidence, ...] = ()


class Node(Struct, frozen=True):
    """A criterion as it was evaluated, ready to be printed leaf by leaf."""

    kind: str
    verdict: str
    id: str = ""
    label: str = ""
    needed: int = 0
    parts: tuple[Node, ...] = ()


def reasons(
    result: Result, findings: Findings, knowledge: Knowledge, *, through: bool = True
) -> tuple[Reason, ...]:
    """The findings that decide `result`, each once; `through` the criteria that it refers to, or not."""
    names = dict.fromkeys(deciding(result, through=through))
    return tuple(
        Reason(name, knowledge.label(name), findings.status(name), findings.get(name).evidence)
        for name in names
    )


def tree(result: Result, knowledge: Knowledge) -> Node:
    """`result` with labels; members of a collection that say nothing are left out."""
    parts = result.parts
    if result.kind in ("cause_of", "form_of"):
        parts = tuple(part for part in parts if part.verdict == "met")
    return Node(
        result.kind,
        result.verdict,
        result.id,
        knowledge.label(result.id) if result.id else "",
        result.needed,
        tuple(tree(part, knowledge) for part in parts),
    )
