"""Whether one criterion is met whenever another is, as far as their trees show it.

It is sound and not complete: what it calls covered is covered on every patient; what it does not may be so
all the same, and is then better written so that it shows.
"""

from __future__ import annotations

from collections.abc import Callable

from calcinosis.criteria.shelf import CriterionId, Shelf
from calcinosis.criteria.tree import Branch, Certain, Leaf, Named, Node

Implies = Callable[[str, str], bool]


def covers(wider: Node, narrower: Node, shelf: Shelf, implies: Implies) -> bool:
    """Whether `wider` is met on every patient on whom `narrower` is met.

    Args:
        wider: the criterion that must not be narrower.
        narrower: the other.
        shelf: where both look up what they refer to.
        implies: whether the presence of the first finding is the presence of the second.
    """
    if wider == narrower:
        return True
    match narrower:  # what the narrower one is made of, taken apart first where that loses nothing
        case Branch("any", parts):
            return all(covers(wider, part, shelf, implies) for part in parts)
        case Named() if inner := _parts(narrower, shelf):
            taken_apart = all(covers(wider, part, shelf, implies) for part in inner)
            return taken_apart or _in_wider(wider, narrower, shelf, implies)
    return _in_wider(wider, narrower, shelf, implies)


def _in_wider(wider: Node, narrower: Node, shelf: Shelf, implies: Implies) -> bool:
    match wider:
        case Branch("any", parts) if any(covers(part, narrower, shelf, implies) for part in parts):
            return True
        case Branch("all", parts) if all(covers(part, narrower, shelf, implies) for part in parts):
            return True
        case Branch("at_least", parts, needed) if (
            sum(covers(part, narrower, shelf, implies) for part in parts) >= needed
        ):
            return True
        case Named() if any(covers(part, narrower, shelf, implies) for part in _parts(wider, shelf)):
            return True
        case Leaf() if isinstance(narrower, Leaf) and implies(narrower.finding, wider.finding):
            return True
    match narrower:
        case Branch("all", parts):
            return any(covers(wider, part, shelf, implies) for part in parts)
        case Branch("at_least", parts):
            return all(covers(wider, part, shelf, implies) for part in parts)
        case Certain(part):
            return covers(wider, part, shelf, implies)
    return False


def _parts(reference: Named, shelf: Shelf) -> tuple[Node, ...]:
    """What a reference is met by: its tree, or any of its members."""
    key = CriterionId(reference.kind, reference.id)
    if key in shelf.members:
        return tuple(shelf.trees[member] for member in shelf.members[key] if member in shelf.trees)
    return (shelf.trees[key],) if key in shelf.trees else ()
