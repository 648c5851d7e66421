"""All criteria of a knowledge base by typed id: what each refers to, depends on and is moved by."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Literal, NamedTuple

from calcinosis.criteria.tree import Leaf, Named, Node, children, leaves, named
from calcinosis.errors import KnowledgeFault

Kind = Literal[
    "cause",
    "form",
    "subtype",
    "cause_of",
    "form_of",
    "support",
    "yields",
    "yields_unless",
    "level",
    "urgent",
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
        """Criteria that this one asks directly."""
        if key in self.members:
            return self.members[key]
        return tuple(dict.fromkeys(CriterionId(one.kind, one.id) for one in named(self.trees[key])))

    def check(self) -> None:
        """Follow every reference.

        Raises:
            KnowledgeFault: one leads to no criterion, or a criterion refers to itself.
        """
        done: set[CriterionId] = set()

        def visit(key: CriterionId, way: tuple[CriterionId, ...]) -> None:
            if key in way:
                circle = " -> ".join(map(str, (*way[way.index(key) :], key)))
                raise KnowledgeFault(f"criterion {key} refers to itself: {circle}", where=key.id)
            if key not in self:
                raise KnowledgeFault(
                    f"criterion {way[-1]} refers to {key}, which does not exist", where=way[-1].id
                )
            if key not in done:
                for reference in self.references(key):
                    visit(reference, (*way, key))
                done.add(key)

        for key in (*self.trees, *self.members):
            visit(key, ())

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
