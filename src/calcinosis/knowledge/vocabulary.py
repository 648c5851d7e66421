"""The graph of the vocabulary: what implies and what excludes what, and what sort of thing each finding is.

One closure and one exclusion for findings, differential and checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from calcinosis.criteria.circles import circles
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge.contents import KindOfFinding
from calcinosis.knowledge.schema import Term

_NONE: frozenset[str] = frozenset()


class Vocabulary:
    """Ancestors, descendants, rivals and kinds of every finding.

    Attributes:
        ancestors: finding -> every finding that it implies, however far up; `descendants` the reverse.
        rivals: finding -> findings that one patient cannot have beside it: members of its group, unless one
            of the two implies the other.
        one_lesion: groups of which a single lesion shows at most one member.
        vague: findings whose denial is no denial of what implies them.
        sites: findings that say where a lesion is.
        of_lesion: findings of the kinds that describe a lesion.

    Raises:
        KnowledgeFault: a finding implies itself.
    """

    def __init__(self, terms: Mapping[str, Term], kinds: Mapping[str, KindOfFinding]) -> None:
        self.terms = terms
        self.kinds = kinds
        self.parents = {name: term.implies for name, term in terms.items()}
        self.ancestors = _closed(self.parents)
        self.descendants = _reversed(self.ancestors)
        groups = _groups(term for term in terms.values() if not term.one_lesion)
        self.rivals = {
            name: members - {name} - self.ancestors[name] - self.descendants[name]
            for members in groups.values()
            for name in members
        }
        self.one_lesion = tuple(_groups(term for term in terms.values() if term.one_lesion).values())
        self.vague = frozenset(name for name, term in terms.items() if term.vague)
        self.sites = frozenset(name for name, term in terms.items() if kinds[term.kind].is_site)
        self.of_lesion = frozenset(name for name, term in terms.items() if kinds[term.kind].describes_lesion)

    def related(self, first: str, second: str) -> bool:
        """Whether one of two findings implies the other."""
        return second in self.ancestors.get(first, _NONE) or first in self.ancestors.get(second, _NONE)


def _groups(terms: Iterable[Term]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for term in terms:
        if term.group:
            found.setdefault(term.group, set()).add(term.id)
    return {name: frozenset(members) for name, members in found.items()}


def circles_of(parents: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Findings that imply each other in a circle, the first named again at the end."""
    return circles(parents, lambda name: parents.get(name, ()))


def _closed(parents: Mapping[str, tuple[str, ...]]) -> dict[str, frozenset[str]]:
    for circle in circles_of(parents):
        raise KnowledgeFault(f"{circle[0]} implies itself: {' -> '.join(circle)}", where=circle[0])
    done: dict[str, frozenset[str]] = {}

    def above(name: str) -> frozenset[str]:
        if name not in done:
            reached = {parent: above(parent) for parent in parents.get(name, ())}
            done[name] = frozenset(reached).union(*reached.values())
        return done[name]

    return {name: above(name) for name in parents}


def _reversed(above: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {name: set() for name in above}
    for child, parent in _pairs(above):
        found.setdefault(parent, set()).add(child)
    return {name: frozenset(below) for name, below in found.items()}


def _pairs(above: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str]]:
    return ((child, parent) for child, reached in above.items() for parent in reached)
