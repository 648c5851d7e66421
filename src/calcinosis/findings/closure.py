"""What follows from a finding by its meaning alone: children prove parents, parents exclude children."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from calcinosis.knowledge.vocabulary import Vocabulary
from calcinosis.model import Finding, Status


def closed(found: Mapping[str, Finding], order: Vocabulary) -> dict[str, Finding]:
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


def _upward(found: Mapping[str, Finding], order: Vocabulary) -> Iterator[Finding]:
    for name, finding in found.items():
        if finding.status is Status.PRESENT:
            for parent in order.ancestors[name]:
                told = found.get(parent)
                if told is None or told.status is not Status.PRESENT:
                    yield _implied(parent, Status.PRESENT, finding)


def _downward(found: Mapping[str, Finding], order: Vocabulary) -> Iterator[Finding]:
    for name, finding in found.items():
        if finding.status is Status.ABSENT and name not in order.vague:
            for child in order.descendants[name]:
                yield _implied(child, Status.ABSENT, finding)


def _excluded(found: Mapping[str, Finding], order: Vocabulary) -> Iterator[Finding]:
    for name, finding in found.items():
        if finding.status is Status.PRESENT:
            for rival in order.rivals.get(name, ()):
                yield _implied(rival, Status.ABSENT, finding)


def _implied(name: str, status: Status, by: Finding) -> Finding:
    return Finding(
        id=name, status=status, reason=f"follows from {by.id}", derived=by.id, evidence=by.evidence
    )
