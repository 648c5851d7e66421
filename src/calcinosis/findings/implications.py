"""What follows from a finding by its meaning alone: children prove parents, parents exclude children."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calcinosis.knowledge import Knowledge
from calcinosis.model import Finding, Status


class Hierarchy:
    """Ancestors, descendants and exclusive groups of one vocabulary."""

    def __init__(self, knowledge: Knowledge) -> None:
        terms = knowledge.contents.findings
        self.parents = {term.id: term.implies for term in terms.values() if term.implies}
        self.children: dict[str, list[str]] = {}
        for child, parents in self.parents.items():
            for parent in parents:
                self.children.setdefault(parent, []).append(child)
        self.vague = {term.id for term in terms.values() if term.vague}
        groups: dict[str, list[str]] = {}
        for term in terms.values():
            if term.group and not term.one_lesion:
                groups.setdefault(term.group, []).append(term.id)
        self.rivals = {
            name: [other for other in members if other != name and not self._related(name, other)]
            for members in groups.values()
            for name in members
        }

    def _related(self, first: str, second: str) -> bool:
        return second in self._reach(first, self.parents) or first in self._reach(second, self.parents)

    @staticmethod
    def _reach(start: str, edges: Mapping[str, object]) -> set[str]:
        seen: set[str] = set()
        ahead = [start]
        while ahead:
            for step in edges.get(ahead.pop(), ()):  # type: ignore[attr-defined]
                if step not in seen:
                    seen.add(step)
                    ahead.append(step)
        return seen

    def ancestors(self, name: str) -> set[str]:
        """Every finding that `name` implies."""
        return self._reach(name, self.parents)

    def descendants(self, name: str) -> set[str]:
        """Every finding that implies `name`."""
        return self._reach(name, self.children)


def hierarchy(knowledge: Knowledge) -> Hierarchy:
    """The hierarchy of this knowledge base, built once."""
    return knowledge.built("findings.hierarchy", Hierarchy)


def closed(found: Mapping[str, Finding], order: Hierarchy) -> dict[str, Finding]:
    """The findings with all that they imply.

    A present child makes its parents present, also against a general denial of the parent: the record
    names the child. An absent parent makes its children absent where nothing was said of them, unless it is a
    vague word. A
    present member of an exclusive group makes the others absent where nothing was said of them.
    """
    full = dict(found)
    for implied in _upward(found, order):
        full[implied.id] = implied
    for implied in (*_downward(full, order), *_excluded(full, order)):
        full.setdefault(implied.id, implied)
    return full


def _upward(found: Mapping[str, Finding], order: Hierarchy) -> Iterator[Finding]:
    for name, finding in found.items():
        if finding.status is Status.PRESENT:
            for parent in order.ancestors(name):
                told = found.get(parent)
                if told is None or told.status is not Status.PRESENT:
                    yield _implied(parent, Status.PRESENT, finding)


def _downward(found: Mapping[str, Finding], order: Hierarchy) -> Iterator[Finding]:
    for name, finding in found.items():
        if finding.status is Status.ABSENT and name not in order.vague:
            for child in order.descendants(name):
                yield _implied(child, Status.ABSENT, finding)


def _excluded(found: Mapping[str, Finding], order: Hierarchy) -> Iterator[Finding]:
    for name, finding in found.items():
        if finding.status is Status.PRESENT:
            for rival in order.rivals.get(name, ()):
                yield _implied(rival, Status.ABSENT, finding)


def _implied(name: str, status: Status, by: Finding) -> Finding:
    return Finding(
        id=name, status=status, reason=f"follows from {by.id}", derived=by.id, evidence=by.evidence
    )
