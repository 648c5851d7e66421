"""Signs as people tell them ("my toes go blue when it is chilly"), by words that stand together in a clause.

Which words mean what stands in `knowledge/language/lay.yaml`. The mention is the words that tell the sign, so
that "do not go blue" is denied like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from calcinosis.knowledge import Knowledge
from calcinosis.language.mentions import Mention, Target
from calcinosis.language.whole_words import WholeWords, lowered

_NEAR = 80
_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")


class Lay:
    """The signs of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        signs = knowledge.contents.language.lay
        self._said = WholeWords((words, index) for index, sign in enumerate(signs) for words in sign.said)
        self._targets = [Target(sign.finding, "finding") for sign in signs]
        self._others = [[WholeWords((word, "") for word in words) for words in sign.with_] for sign in signs]
        self._barred = [WholeWords((word, "") for word in sign.without) for sign in signs]

    def mentions(self, text: str) -> Iterator[Mention]:
        """Every such sign in `text`."""
        low = lowered(text)
        told: dict[tuple[int, Target], int] = {}
        for found in self._said.found(low):
            begin, end = _clause(text, found.start, found.end)
            clause = low[begin:end]
            for index in found.keys:
                target = self._targets[index]
                told_so = all(other.found(clause) for other in self._others[index])
                if told_so and not self._barred[index].found(clause):
                    told[found.start, target] = max(found.end, told.get((found.start, target), 0))
        for (start, target), end in told.items():
            yield Mention(start, end, text[start:end], (target,))


def _clause(text: str, start: int, end: int) -> tuple[int, int]:
    """The clause about a place, no further than is near."""
    begin, last = max(start - _NEAR, 0), min(end + _NEAR, len(text))
    for mark in _CLAUSE_END.finditer(text, begin, start):
        begin = mark.end()
    mark_after = _CLAUSE_END.search(text, end, last)
    return begin, mark_after.start() if mark_after else last


def lay(knowledge: Knowledge) -> Lay:
    """The signs as people tell them, built once."""
    return knowledge.built("language.lay", Lay)
