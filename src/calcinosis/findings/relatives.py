"""What a disease of a relative means for the patient; which diseases do is said by the vocabulary."""

from __future__ import annotations

from calcinosis.findings.coding import Meaning
from calcinosis.knowledge import Knowledge


def of_relatives(meaning: Meaning, knowledge: Knowledge) -> tuple[str, ...]:
    """Findings about relatives that a relative's finding means."""
    index = knowledge.built("findings.relatives", _index)
    return tuple(dict.fromkeys(name for known, _ in meaning.findings for name in index.get(known, ())))


def _index(knowledge: Knowledge) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for term in knowledge.contents.findings.values():
        for relative in term.in_relatives:
            found.setdefault(relative, []).append(term.id)
    return found
