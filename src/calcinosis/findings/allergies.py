"""An entry of an allergy list to the allergy it means: a substance that is never said to be taken."""

from __future__ import annotations

from calcinosis.findings.coding import coding, meanings
from calcinosis.knowledge import Knowledge
from calcinosis.model import Assertion, Observation


def allergies_of(seen: Observation, knowledge: Knowledge) -> tuple[str, ...]:
    """The allergies that an observation of kind `allergy` states, denies or doubts.

    A denied allergy to one substance of several does not deny the allergy to all of them.
    """
    known = knowledge.built("findings.allergies", _allergies)
    terms = knowledge.contents.findings
    named = [name for name, _ in meanings(seen, coding(knowledge)).findings]
    meant = dict.fromkeys(allergy for name in named for allergy in known.get(name, ()))
    if seen.assertion is not Assertion.NEGATED:
        return tuple(meant)
    return tuple(name for name in meant if name in named or len(terms[name].allergy_to) == 1)


def _allergies(knowledge: Knowledge) -> dict[str, tuple[str, ...]]:
    """Finding of a substance, or of the allergy itself -> findings of the allergies to it."""
    found: dict[str, tuple[str, ...]] = {}
    for term in knowledge.contents.findings.values():
        if term.allergy_to:
            for name in (*term.allergy_to, term.id):
                found[name] = (*found.get(name, ()), term.id)
    return found
