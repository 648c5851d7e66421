"""Signs as people tell them ("my toes go blue when it is chilly"), by words that stand together in a clause.

Which words mean what stands in `knowledge/language/lay.yaml`. The mention is the words that tell the sign, so
that "do not go blue" is denied like any other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from calcinosis.knowledge import Knowledge
from calcinosis.language.mentions import Mention, Target
from calcinosis.language.tokens import whole

_NEAR = 80
_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")


class Lay:
    """The signs of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        signs = knowledge.contents.language.lay
        self._any = re.compile("|".join(_any(sign.said) for sign in signs) or r"(?!)", re.I)
        self._signs = [
            (
                Target(sign.finding, "finding"),
                re.compile(_any(sign.said), re.I),
                [re.compile(_any(words), re.I) for words in sign.with_],
            )
            for sign in signs
        ]

    def mentions(self, text: str) -> Iterator[Mention]:
        """Every such sign in `text`."""
        if not self._any.search(text):
            return
        for target, said, others in self._signs:
            for match in said.finditer(text):
                begin, end = _clause(text, match)
                if all(other.search(text, begin, end) for other in others):
                    yield Mention(match.start(), match.end(), match.group(), (target,))


def _clause(text: str, match: re.Match[str]) -> tuple[int, int]:
    """The clause about a match, no further than is near."""
    begin, end = max(match.start() - _NEAR, 0), min(match.end() + _NEAR, len(text))
    for mark in _CLAUSE_END.finditer(text, begin, match.start()):
        begin = mark.end()
    mark_after = _CLAUSE_END.search(text, match.end(), end)
    return begin, mark_after.start() if mark_after else end


def _any(phrases: tuple[str, ...]) -> str:
    return "|".join(whole(phrase) for phrase in sorted(phrases, key=len, reverse=True))


def lay(knowledge: Knowledge) -> Lay:
    """The signs as people tell them, built once."""
    return knowledge.built("language.lay", Lay)
