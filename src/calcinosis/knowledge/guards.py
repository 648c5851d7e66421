"""The criteria of treatments: from what is written beside them (`when`, `unless`, `who`) to one tree.

who     -> all: [age, weight, sex within its limits]
unless  -> none: [certain: unless]        what is not known to exempt does not exempt
ask     -> all: [x, any: [ask, certain: x]]   an unknown x counts as not met where nobody asks it
"""

from __future__ import annotations

from calcinosis.criteria import Branch, Certain, Compare, Is, Limits, Node
from calcinosis.knowledge.treatment_schema import (
    Action,
    Dose,
    DrugReview,
    Guard,
    Indication,
    Interaction,
    Who,
)

_ANYONE = Who()
ALWAYS: Node = Branch("all", ())


def belonging(who: Who | None) -> Node:
    """Met by the people of `who`."""
    if who is None:
        return ALWAYS
    age = _within(who.age_from, who.age_to, _ANYONE.age_from, _ANYONE.age_to)
    weight = _within(who.weight_from, who.weight_to, _ANYONE.weight_from, _ANYONE.weight_to)
    parts: list[Node] = []
    if age is not None:
        parts.append(Compare("age", age))
    if weight is not None:
        parts.append(Compare("weight", weight))
    if who.sex:
        parts.append(Is("sex", who.sex))
    return parts[0] if len(parts) == 1 else Branch("all", tuple(parts))


def _within(low: float, high: float, least: float, most: float) -> Limits | None:
    """Limits that say something: those at the ends of what there is do not, not even of a number unknown."""
    at_least, below = low if low > least else None, high if high < most else None
    return Limits(at_least=at_least, below=below) if (at_least, below) != (None, None) else None


def possible(node: Node) -> Node:
    """Met unless the node is known not to be met."""
    return _neither(Certain(_neither(node)))


def _neither(node: Node) -> Node:
    return Branch("none", (node,))


def _both(*given: Node | None) -> Node:
    parts = tuple(part for part in given if part is not None and part != ALWAYS)
    return parts[0] if len(parts) == 1 else Branch("all", parts)


def indicated(entry: Indication | Dose | Action) -> Node:
    """Met for the people for whom, and in the situation in which, it was written."""
    return _both(belonging(entry.who), entry.when)


def meeting(pair: Interaction) -> Node:
    """Met where the interaction matters."""
    return pair.when if pair.when is not None else ALWAYS


def reviewed(rule: DrugReview) -> Node:
    """Met when the drug is a matter of review, for people who may be meant."""
    return _both(rule.when, possible(belonging(rule.who)))


def guarding(guard: Guard) -> Node:
    """Met when a contraindication or caution holds.

    Criterion or renal limit, for the people it holds for, not while it is certain that `unless` is met.
    """
    renal = None if guard.egfr_below is None else Compare("renal", Limits(below=guard.egfr_below))
    reasons = tuple(part for part in (guard.when, renal) if part is not None)
    holds = _both(Branch("any", reasons) if reasons else None, belonging(guard.who))
    if guard.ask is not None:
        holds = Branch("all", (holds, Branch("any", (belonging(guard.ask), Certain(holds)))))
    return holds if guard.unless is None else _both(_neither(Certain(guard.unless)), holds)
