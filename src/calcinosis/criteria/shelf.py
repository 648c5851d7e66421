"""All criteria of a knowledge base by typed id: what each refers to, depends on and is moved by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from calcinosis.criteria.circles import circles
from calcinosis.criteria.tree import Leaf, Named, Node, children, leaves, named
from calcinosis.errors import KnowledgeFault

Kind = Literal[
    "cause",
    "form",
    "subtype",
    "cause_of",
    "form_of",
    "composite",
    "support",
    "yields",
    "yields_unless",
    "barred",
    "level",
    "urgent",
    "impossible",
    "harm",
    "pattern",
    "mixed",
    "investigation",
    "indication",
    "contraindication",
    "caution",
    "dose",
    "action",
    "interaction",
    "review",
    "asked",
    "synthesis",
    "watch",
]


class CriterionId(NamedTuple):
    """Which criterion: its kind, its entry, and which part of the entry where it has several."""

    kind: Kind
    id: str
    part: str = ""

    def __str__(self) -> str:
        """As a message names it."""
        return f"{self.kind} {self.id}" + (f" {self.part}" if self.part else "")


class Moves(NamedTuple):
    """For one node: finding -> places of the parts that it can move; `parts` the same of each part."""

    places: Mapping[str, tuple[int, ...]]
    parts: tuple[Moves, ...]


class Shelf:
    """Parsed trees by id. `members` are criteria that are any of others: the causes or forms of a subtype."""

    def __init__(
        self,
        trees: Mapping[CriterionId, Node],
        members: Mapping[CriterionId, tuple[CriterionId, ...]] | None = None,
    ) -> None:
        self.trees = dict(trees)
        self.members = dict(members or {})
        self._depends: dict[CriterionId, frozenset[str]] = {}
        self._moves: dict[CriterionId, Moves] = {}
        self._behind: dict[CriterionId, frozenset[CriterionId]] = {}

    def __contains__(self, key: CriterionId) -> bool:
        return key in self.trees or key in self.members

    def references(self, key: CriterionId) -> tuple[CriterionId, ...]:
        """Criteria that this one asks directly; of one that does not exist, none."""
        if key in self.members:
            return self.members[key]
        if key not in self.trees:
            return ()
        return tuple(dict.fromkeys(CriterionId(one.kind, one.id) for one in named(self.trees[key])))

    def faults(self) -> Iterator[KnowledgeFault]:
        """References that lead to no criterion, and criteria that come back to themselves."""
        for key in (*self.trees, *self.members):
            for reference in self.references(key):
                if reference not in self:
                    text = f"criterion {key} refers to {reference}, which does not exist"
                    yield KnowledgeFault(text, where=key.id)
        for circle in self.circles():
            text = f"criterion {circle[0]} refers to itself: {' -> '.join(map(str, circle))}"
            yield KnowledgeFault(text, where=circle[0].id)

    def circles(self) -> Iterator[tuple[CriterionId, ...]]:
        """Criteria that refer to each other in a circle, the first named again at the end."""
        return circles((*self.trees, *self.members), self.references)

    def check(self) -> None:
        """Follow every reference.

        Raises:
            KnowledgeFault: one leads to no criterion, or a criterion refers to itself.
        """
        for fault in self.faults():
            raise fault

    def depends(self, key: CriterionId) -> frozenset[str]:
        """Findings that can move a criterion, through references too."""
        if key not in self._depends:
            own = leaves(self.trees[key]) if key in self.trees else ()
            self._depends[key] = frozenset(own).union(*map(self.depends, self.references(key)))
        return self._depends[key]

    def asks(self, key: CriterionId, others: Collection[CriterionId]) -> bool:
        """Whether a criterion is one of the others or refers to one, however far."""
        return not self._referred(key).isdisjoint(others)

    def _referred(self, key: CriterionId) -> frozenset[CriterionId]:
        """The criterion and all that it refers to."""
        if key not in self._behind:
            self._behind[key] = frozenset((key,)).union(*map(self._referred, self.references(key)))
        return self._behind[key]

    def moves(self, key: CriterionId) -> Moves:
        """What each finding moves in a tree, so that only those parts are judged anew."""
        if key not in self._moves:
            self._moves[key] = self._moved(self.trees[key])
        return self._moves[key]

    def _moved(self, node: Node) -> Moves:
        parts = tuple(self._moved(part) for part in children(node))
        places: dict[str, tuple[int, ...]] = {}
        for place, part in enumerate(children(node)):
            for finding in self._movers(part, parts[place]):
                places[finding] = (*places.get(finding, ()), place)
        return Moves(places, parts)

    def _movers(self, node: Node, moves: Moves) -> Iterator[str]:
        if isinstance(node, Leaf):
            yield node.finding
        elif isinstance(node, Named):
            yield from self.depends(CriterionId(node.kind, node.id))
        else:
            yield from moves.places
