"""How a drug is given and whether it is taken at present, and which class an allergen is, by its words."""

from __future__ import annotations

import re
from collections.abc import Iterable

from calcinosis.knowledge import Knowledge
from calcinosis.model import Code

_OWN = "calcinosis"
_CLAUSE = re.compile(r"[.;\n,]|\b(?:but|however)\b", re.I)
# "Hold if the pressure is low" holds nothing yet.
_CONDITION = re.compile(r"\b(?:if|when|until|unless|before|after|prior)\b", re.I)


class Substances:
    """Words of routes and classes, by one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        routes, allergies = knowledge.contents.records.routes, knowledge.contents.records.allergies
        self._local = words_of(routes.local)
        self._systemic = words_of(routes.systemic)
        self._codes = frozenset(routes.route_codes)
        self._held = words_of(routes.held)
        self._tolerated = words_of(allergies.tolerated)
        self._denied = words_of(allergies.denied)
        self._classes = {name: words_of(words) for name, words in allergies.classes.items()}

    def local(self, words: str, codes: Iterable[Code]) -> str:
        """The word by which a drug is only put on or into a place; empty for one that is taken."""
        coded = next((code for code in codes if f"{code.system}|{code.code}" in self._codes), None)
        found = self._local.search(words)
        if coded is not None:
            return coded.display or "route"
        return found.group() if found and not self._systemic.search(words) else ""

    def held(self, words: str) -> bool:
        """Whether the words of an entry say that the drug is not taken at present."""
        return any(self._held.search(part) and not _CONDITION.search(part) for part in _CLAUSE.split(words))

    def classes(self, words: str) -> tuple[Code, ...]:
        """The allergies that the name of a class of substances means; none where it is denied."""
        if self._denied.search(words):
            return ()
        return tuple(Code(_OWN, name) for name, pattern in self._classes.items() if pattern.search(words))

    def reacted(self, words: str) -> list[str]:
        """The parts of a note beside an allergy, without those that say what was tolerated."""
        return [
            part.strip() for part in _CLAUSE.split(words) if part.strip() and not self._tolerated.search(part)
        ]


def words_of(words: Iterable[str]) -> re.Pattern[str]:
    """Any of the words or phrases, whole and in any case; nothing where there are none."""
    listed = sorted(words, key=len, reverse=True)
    if not listed:
        return re.compile(r"(?!)")
    return re.compile(rf"(?<![^\W_])(?:{'|'.join(map(re.escape, listed))})(?![^\W_])", re.I)


def substances_of(knowledge: Knowledge) -> Substances:
    """The words of this knowledge base, built once."""
    return knowledge.built("records.substances", Substances)
