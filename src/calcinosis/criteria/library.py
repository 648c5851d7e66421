"""Every named criterion of the knowledge base, parsed once, and their evaluation for one patient."""

from __future__ import annotations

from collections.abc import Iterator

from calcinosis.criteria import kleene
from calcinosis.criteria.evaluation import Result, combine, evaluate
from calcinosis.criteria.evaluation import verdict as judged
from calcinosis.criteria.tree import Branch, Leaf, Named, Node, leaves, named, parse
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Tree
from calcinosis.model import Findings, Status, Verdict

Key = tuple[str, str]


class Library:
    """Parsed trees by kind and id, and which findings each depends on.

    Kinds: cause, form, subtype, support (of a subtype), urgent, pattern, mixed. `moved` holds for each branch
    the places of the parts that a finding can move.
    """

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        self.trees: dict[Key, Node] = {}
        self._parsed: dict[int, Node] = {}
        for kind, entries in (
            ("cause", held.causes),
            ("form", held.forms),
            ("subtype", held.subtypes),
            ("urgent", held.urgent),
            ("pattern", held.patterns),
        ):
            for name, entry in entries.items():
                self.trees[kind, name] = parse(entry.criterion, f"{kind} {name}")
        for name, subtype in held.subtypes.items():
            self.trees["support", name] = parse(subtype.support, f"support of {name}")
            if subtype.yields is not None:
                self.trees["yields", name] = parse(subtype.yields.when, f"yields of {name}")
                self.trees["yields_unless", name] = parse(subtype.yields.unless, f"yields of {name}")
            for level in subtype.levels:
                self.trees["level", f"{name}.{level.id}"] = parse(level.criterion, f"level of {name}")
        self.trees["mixed", held.mixed.id] = parse(held.mixed.criterion, "mixed")
        self.members: dict[Key, tuple[Key, ...]] = {}
        for label in held.subtypes:
            self.members["cause_of", label] = tuple(
                ("cause", cause.id) for cause in held.causes.values() if cause.subtype == label
            )
            self.members["form_of", label] = tuple(
                ("form", form.id) for form in held.forms.values() if form.by_nature and label in form.subtypes
            )
        self.moved: dict[int, dict[str, list[int]]] = {}
        for tree in self.trees.values():
            self._note_moved(tree)
        self.depends = {key: frozenset(self._all_leaves(key)) for key in (*self.trees, *self.members)}

    def _all_leaves(self, key: Key, seen: frozenset[Key] = frozenset()) -> Iterator[str]:
        if key in seen:
            return
        if key in self.members:
            for member in self.members[key]:
                yield from self._all_leaves(member, seen | {key})
            return
        node = self.trees.get(key)
        if node is not None:
            yield from leaves(node)
            for reference in named(node):
                yield from self._all_leaves((reference.kind, reference.id), seen | {key})

    def _note_moved(self, node: Node) -> frozenset[str]:
        """What can move a node; for each branch below it, which findings move which of its parts."""
        if isinstance(node, Leaf):
            return frozenset((node.finding,))
        if isinstance(node, Named):
            return frozenset(self._all_leaves((node.kind, node.id)))
        places: dict[str, list[int]] = {}
        for place, part in enumerate(node.parts):
            for finding in self._note_moved(part):
                places.setdefault(finding, []).append(place)
        self.moved[id(node)] = places
        return frozenset(places)

    def parsed(self, tree: Tree, where: str) -> Node:
        """A tree that belongs to no named criterion (an investigation's condition), parsed once."""
        key = id(tree)
        if key not in self._parsed:
            self._parsed[key] = parse(tree, where)
        return self._parsed[key]


def library(knowledge: Knowledge) -> Library:
    """The library of this knowledge base, built once."""
    return knowledge.built("criteria.library", Library)


class Evaluation:
    """Verdicts of named criteria on one patient's findings, each made once."""

    def __init__(self, findings: Findings, shelf: Library) -> None:
        self.findings = findings
        self._shelf = shelf
        self._made: dict[Key, Result] = {}
        self._verdicts: dict[int, tuple[Verdict, ...]] = {}

    def of(self, kind: str, name: str) -> Result:
        """The result of a named criterion; `cause_of` and `form_of` are any of their members.

        Raises:
            KeyError: no criterion has that kind and id.
        """
        key = (kind, name)
        if key not in self._made:
            self._made[key] = self._evaluated(key)
        return self._made[key]

    def _evaluated(self, key: Key) -> Result:
        if key in self._shelf.members:
            parts = tuple(self.of(*member) for member in self._shelf.members[key])
            return Result(key[0], kleene.disjunction(part.verdict for part in parts), key[1], 0, parts)
        inner = evaluate(self._shelf.trees[key], self.findings, self._resolve)
        return Result(key[0], inner.verdict, key[1], 0, (inner,))

    def _resolve(self, reference: Named) -> Result:
        return self.of(reference.kind, reference.id)

    def tree(self, tree: Tree, where: str = "") -> Result:
        """The result of a tree that has no name of its own."""
        return evaluate(self._shelf.parsed(tree, where), self.findings, self._resolve)

    def supposing(self, kind: str, name: str, finding: str, status: Status) -> Verdict:
        """The verdict of a named criterion, had the finding this status."""
        return self._supposed((kind, name), finding, kleene.of_status(status))

    def _supposed(self, key: Key, finding: str, verdict: Verdict) -> Verdict:
        if finding not in self._shelf.depends[key]:
            return self.of(*key).verdict
        if key in self._shelf.members:
            members = self._shelf.members[key]
            return kleene.disjunction(self._supposed(member, finding, verdict) for member in members)
        return self._supposed_node(self._shelf.trees[key], finding, verdict)

    def _supposed_node(self, node: Node, finding: str, verdict: Verdict) -> Verdict:
        """The verdict of a node that the finding can move: only the parts that it moves are judged anew."""
        if isinstance(node, Leaf):
            return verdict
        if isinstance(node, Named):
            return self._supposed((node.kind, node.id), finding, verdict)
        parts = list(self._parts(node))
        for place in self._shelf.moved[id(node)][finding]:
            parts[place] = self._supposed_node(node.parts[place], finding, verdict)
        return combine(node, parts)

    def _parts(self, node: Branch) -> tuple[Verdict, ...]:
        """The verdicts of the parts of a branch as things are, found once."""
        key = id(node)
        if key not in self._verdicts:
            self._verdicts[key] = tuple(judged(part, self.findings, self._resolve) for part in node.parts)
        return self._verdicts[key]
