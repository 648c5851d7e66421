"""Is every red flag awake? What a check of the knowledge demands of it."""

from __future__ import annotations

from collections.abc import Iterator

from calcinosis.criteria import Branch, Certain, CriterionId, Leaf, Node, Shelf, covers, nodes
from calcinosis.criteria.tree import Named
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.files import Fault
from calcinosis.knowledge.library import criteria, members
from calcinosis.knowledge.schema import Urgent
from calcinosis.knowledge.vocabulary import circles_of

_FEWEST = 5


def faults(held: Contents) -> Iterator[Fault]:
    """Red flags that sleep: narrower than their diagnosis, held back by silence, or without vignettes."""
    shelf = Shelf(dict(criteria(held)), dict(members(held)))
    implied = circles_of({name: term.implies for name, term in held.findings.items()})
    if any(shelf.circles()) or any(implied):
        return  # what goes round in a circle is a fault of its own and could not be followed
    for flag in held.urgent.values():
        yield from _narrower(flag, held, shelf)
        yield from _held_back(flag, shelf)
    yield from _untried(held)


def _narrower(flag: Urgent, held: Contents, shelf: Shelf) -> Iterator[Fault]:
    subtype = held.subtypes.get(flag.guards.subtype) if flag.guards is not None else None
    if subtype is None:
        return

    def implies(one: str, other: str) -> bool:
        term = held.findings.get(one)
        return term is not None and any(name == other or implies(name, other) for name in term.implies)

    if not covers(flag.criterion, subtype.criterion, shelf, implies):
        text = f"{flag.id} is narrower than the subtype {subtype.id} that it guards, or does not show it"
        yield Fault(flag.id, text, subtype.id, expected="the same composite in both")


def _held_back(flag: Urgent, shelf: Shelf) -> Iterator[Fault]:
    """`none` over what may be unknown is unknown, so that a silent record would hold the alarm back."""
    for node in _through(flag.criterion, shelf, set()):
        if isinstance(node, Branch) and node.operator == "none":
            for part in node.parts:
                if not isinstance(part, Certain):
                    name = next((one.finding for one in nodes(part) if isinstance(one, Leaf)), "")
                    text = f"{flag.id} is held back where {name or 'a part of its none'} is unknown"
                    yield Fault(flag.id, text, name, expected="none: [{certain: ...}]")


def _through(node: Node, shelf: Shelf, seen: set[CriterionId]) -> Iterator[Node]:
    """Every node of a tree and of the criteria that it refers to."""
    for inner in nodes(node):
        yield inner
        if isinstance(inner, Named):
            key = CriterionId(inner.kind, inner.id)
            if key not in seen:
                seen.add(key)
                for other in (key, *shelf.members.get(key, ())):
                    if other in shelf.trees:
                        yield from _through(shelf.trees[other], shelf, seen)


def _untried(held: Contents) -> Iterator[Fault]:
    """Red flags without their vignettes."""
    told = {one.flag: one for one in held.vignettes}
    for name in held.urgent:
        one = told.get(name)
        must, must_not = (len(one.must), len(one.must_not)) if one is not None else (0, 0)
        if min(must, must_not) < _FEWEST:
            text = f"{name} has {must} vignettes that must raise it and {must_not} that must not"
            yield Fault(name, text, expected=f"at least {_FEWEST} of each in vignettes/")
