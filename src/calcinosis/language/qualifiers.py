"""Which mentions are negated, doubted, said of a relative or past.

The cues are those of `knowledge/language/cues.yaml`. Most reach over words, as `cue_scopes` says; those of
a group that ends in `_directly` hold only beside the mention ("Raynaud's absent", "lupus-like"), and headings
speak of what stands below them.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import Cues
from calcinosis.language.cue_scopes import CueScopes
from calcinosis.language.marks import Place, marks
from calcinosis.language.over import Over
from calcinosis.language.whole_words import WholeWords, lowered

_DIRECTLY = "_directly"
_RESOLVED = "resolved"
_QUOTES = frozenset("\"'“”‘’")
_QUOTED = re.compile("[\"'“”‘’]")
_GAP = re.compile(r"[\"'“”‘’]?(?:['’]s)?\s*[:–—=-]?\s*")
_JOINED = re.compile(r"\s*,?\s*(?:and|or|&|/|\+)\s*", re.I)
_NOTHING_FOLLOWS = re.compile(
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
        self._marks = marks(knowledge)
        self._over = Over(language.grammar)
        self._of_writer = language.grammar.of_writer
        self._scopes = CueScopes(reaching, language.cue_classes, language.termination, language.grammar)
        self._directly = _Directly(language.cues)
        self._headings = [
            _Heading(name, cues.headings) for name, cues in language.cues.items() if cues.headings
        ]

    def qualified(
        self, text: str, places: Sequence[Place], told: Sequence[frozenset[str]] = ()
    ) -> list[frozenset[str]]:
        """For each place in `text`, in order, the qualifiers that hold there; `told`: what stands there."""
        if not places:
            return []
        words = self._marks.words(text)
        low = lowered(text)
        by_patient = any(words_ in low for words_ in self._of_writer)
        held = [set(found) for found in self._scopes.reached(words, places, told, by_patient=by_patient)]
        for index in self._over.holding(text, words, places):
            held[index].add(_RESOLVED)
        for index, name, of in self._directly.holding(text, places):
            if not (told and of) or not told[index].isdisjoint(of):
                held[index].add(name)
        for heading in self._headings:
            for index in heading.holding(text, places):
                held[index].add(heading.name)
        return [frozenset(found) for found in held]

    def reached(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place the qualifiers whose cues reach over words to it."""
        return self._scopes.reached(self._marks.words(text), places)


class _Beside(NamedTuple):
    """A cue that reaches no further than the mention beside it."""

    name: str
    kind: str  # preceding | following | pseudo
    of: tuple[str, ...] = ()


class _Directly:
    """Cues that reach no further than the words beside them."""

    def __init__(self, cues: Mapping[str, Cues]) -> None:
        self._cues = WholeWords(
            (phrase, _Beside(group.means or name.removesuffix(_DIRECTLY), kind, group.of))
            for name, group in cues.items()
            if name.endswith(_DIRECTLY)
            for kind in ("preceding", "following", "pseudo")
            for phrase in getattr(group, kind)
        )
        self._standing = lru_cache(maxsize=4)(self._found)

    def _found(self, text: str) -> tuple[dict[int, list[tuple[int, _Beside]]], dict[int, list[_Beside]]]:
        """The cues of a text, by where they begin (with where they end) and by where they end."""
        starting: dict[int, list[tuple[int, _Beside]]] = {}
        ending: dict[int, list[_Beside]] = {}
        for found in self._cues.found(lowered(text)):
            for key in found.keys:
                if key.kind == "preceding":
                    ending.setdefault(found.end, []).append(key)
                else:
                    starting.setdefault(found.start, []).append((found.end, key))
        return starting, ending

    def holding(self, text: str, places: Sequence[Place]) -> Iterator[tuple[int, str, tuple[str, ...]]]:
        """Which of `places` a cue stands beside, or the last of their enumeration.

        With its qualifier, and with the kinds of finding that it can be said of.
        """
        starting, ending = self._standing(text)
        held: frozenset[_Beside] = frozenset()
        for index in range(len(places) - 1, -1, -1):
            start, end = places[index]
            after = _following(text, end, starting)
            if held and _JOINED.fullmatch(text, end, places[index + 1][0]):
                after |= held
            held = after
            yield from ((index, key.name, key.of) for key in after | _preceding(text, start, ending))


def _following(
    text: str, end: int, starting: Mapping[int, Sequence[tuple[int, _Beside]]]
) -> frozenset[_Beside]:
    """The cues right behind a mention; "Gout?" is asked unless the answer stands there."""
    quoted = _QUOTED.match(text, end)
    near = {end, quoted.end() if quoted else end}
    gap = _GAP.match(text, end)
    places = {at for at in range(end, gap.end() + 1) if at in starting} if gap else near
    barred = {key.name for at in places | near for _, key in starting.get(at, ()) if key.kind == "pseudo"}
    return frozenset(
        key
        for at in places
        for last, key in starting.get(at, ())
        if key.kind == "following"
        and key.name not in barred
        and (text[at] != "?" or at in near)
        # "Raynaud's absent." is a denial; "with lupus denied fever" is one of fever.
        and (key.name != "negation" or _NOTHING_FOLLOWS.match(text, last))
        and _GAP.fullmatch(text, end, at)
    )


def _preceding(text: str, start: int, ending: Mapping[int, Sequence[_Beside]]) -> frozenset[_Beside]:
    """The cues right before a mention."""
    at = start
    if at and text[at - 1] in _QUOTES:
        at -= 1
    while at and (text[at - 1].isspace() or text[at - 1] == "("):
        at -= 1
    return frozenset(key for place in {at, start} for key in ending.get(place, ()))


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


def qualifier(knowledge: Knowledge) -> Qualifier:
    """The qualifier of this knowledge base, built once."""
    return knowledge.built("language.qualifier", Qualifier)
