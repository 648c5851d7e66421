"""Which mentions are negated, doubted, said of a relative or past.

The cues are those of `knowledge/language/cues.yaml`. Most reach over words, as `cue_scopes` says; those of
a group that ends in `_directly` hold only beside the mention ("Raynaud's absent", "lupus-like"), and headings
speak of what stands below them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import Cues
from calcinosis.language.cue_scopes import CueScopes
from calcinosis.language.marks import Place, words_of
from calcinosis.language.over import Over
from calcinosis.language.tokens import whole

_DIRECTLY = "_directly"
_RESOLVED = "resolved"
_BESIDE = 48
_QUOTE = "[\"'“”‘’]"
_JOINED = re.compile(r"\s*,?\s*(?:and|or|&|/)\s*", re.I)
_NOTHING_FOLLOWS = (
    r"(?=\s*(?:$|[^\w\s]|\n|"
    r"(?:and|but|or|in|at|on|by|for|since|so|with|from|over|throughout|today|now|\d+)\b))"
)
_ENDS_LINE = r"[ \t\r*_]*+(?::[ \t\r*_]*+)?\n"
_ITEM = r"[ \t]*+(?:[-*•]|\d{1,2}[.)])[ \t]++[^\n]*+(?:\n|\Z)"
# A line that names its own section ("Medications: warfarin") is not below the heading above it.
_LINE = r"(?![ \t#*_]*+[A-Za-z][A-Za-z /]{0,40}:)[^\n]++"


class Qualifier:
    """The cues of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        language = knowledge.contents.language
        reaching = {name: cues for name, cues in language.cues.items() if not name.endswith(_DIRECTLY)}
        self._grammar = language.grammar
        self._over = Over(language.grammar)
        self._scopes = CueScopes(reaching, language.termination, language.grammar)
        directly = [
            _Directly(name.removesuffix(_DIRECTLY), cues)
            for name, cues in language.cues.items()
            if name.endswith(_DIRECTLY)
        ]
        headings = [_Heading(name, cues.headings) for name, cues in language.cues.items() if cues.headings]
        self._beside: list[_Directly | _Heading] = [*directly, *headings]

    def qualified(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place in `text`, in order, the qualifiers that hold there."""
        if not places:
            return []
        words = words_of(text, self._grammar)
        held = [set(found) for found in self._scopes.reached(words, places)]
        for index in self._over.holding(text, words, places):
            held[index].add(_RESOLVED)
        for rule in self._beside:
            for index in rule.holding(text, places):
                held[index].add(rule.name)
        return [frozenset(found) for found in held]

    def reached(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place the qualifiers whose cues reach over words to it."""
        return self._scopes.reached(words_of(text, self._grammar), places)


class _Directly:
    """Cues of one qualifier that reach no further than the words beside them."""

    def __init__(self, name: str, cues: Cues) -> None:
        self.name = name
        self._before = _one_of(cues.preceding, "", rf"[\s(]*{_QUOTE}?$")
        # "Raynaud's absent." is a denial; "with lupus denied fever" is one of fever.
        ends = _NOTHING_FOLLOWS if name == "negation" else ""
        # "Gout?" is asked; in "gout ?lupus" the mark belongs to what follows.
        asked = [cue for cue in cues.following if cue.startswith("?")]
        told = [cue for cue in cues.following if not cue.startswith("?")]
        after = [
            _one_of(told, rf"{_QUOTE}?(?:['’]s)?\s*[:–—=-]?\s*", ends),
            _one_of(asked, _QUOTE + "?", ends),
        ]
        self._after = [pattern for pattern in after if pattern is not None]
        self._pseudo = _one_of(cues.pseudo, "", "")

    def holding(self, text: str, places: Sequence[Place]) -> Iterator[int]:
        """Which of `places` a cue stands beside, or beside the last of their enumeration."""
        held = False
        for index in range(len(places) - 1, -1, -1):
            start, end = places[index]
            after = self._follows(text, end)
            joined = held and _JOINED.fullmatch(text[end : places[index + 1][0]]) is not None
            held = after or joined
            before = text[max(start - _BESIDE, 0) : start]
            if held or (self._before is not None and self._before.search(before)):
                yield index

    def _follows(self, text: str, end: int) -> bool:
        if self._pseudo is not None and self._pseudo.match(text, end, end + _BESIDE):
            return False
        return any(pattern.match(text, end, end + _BESIDE) for pattern in self._after)


class _Heading:
    """Lines of one qualifier that speak of the line below them, or of the list below them.

    Nothing is carried further: a heading over an empty section must not reach the next section, where an
    allergy list would swallow the drugs that the patient takes.
    """

    def __init__(self, name: str, headings: Sequence[str]) -> None:
        self.name = name
        ordered = "|".join(re.escape(words) for words in sorted(headings, key=len, reverse=True))
        self._below = re.compile(
            rf"^[ \t#*_]*+(?:{ordered}){_ENDS_LINE}(?:[ \t\r]*+\n)*+(?P<below>(?:{_ITEM})++|{_LINE})",
            re.I | re.M,
        )

    def holding(self, text: str, places: Sequence[Place]) -> Iterator[int]:
        """Which of `places` stand below such a line."""
        starts = [start for start, _ in places]
        for match in self._below.finditer(text):
            yield from range(
                bisect_left(starts, match.start("below")), bisect_left(starts, match.end("below"))
            )


def _one_of(cues: Sequence[str], before: str, after: str) -> re.Pattern[str] | None:
    if not cues:
        return None
    ordered = sorted(cues, key=len, reverse=True)
    return re.compile(f"{before}(?:{'|'.join(map(whole, ordered))}){after}", re.I)


def qualifier(knowledge: Knowledge) -> Qualifier:
    """The qualifier of this knowledge base, built once."""
    return knowledge.built("language.qualifier", Qualifier)
