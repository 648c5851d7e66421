"""A text as words and marks, in lower case, with the places where its clauses begin."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import lru_cache

from msgspec import Struct

from calcinosis.knowledge import Knowledge

Place = tuple[int, int]
# "cannot" and "don't" are two words each.
_WORD = re.compile(
    r"\s*\n\s*|w/o(?!\w)|can(?=not\b)|[^\W\d_]+(?=n['’]t\b)|n['’]t\b|['’]s\b|\d+(?:[.,]\d+)*\w*|\w+|[^\w\s]",
    re.I,
)
# The same for a text that has neither, without a look behind every word.
_PLAIN_WORD = re.compile(r"[wW]/[oO](?!\w)|[^\W\d]\w*|\d+(?:[.,]\d+)*\w*|\s*\n\s*|['’][sS]\b|[^\w\s]")
_DIVIDED = re.compile(r"n['’]t|cannot", re.I)
# A semicolon and a line break end a clause in clinical notes as a full stop does.
_ENDS = frozenset((".", "!", ";", "。", "\n"))
_NOT = {"n't": "not", "n’t": "not"}
_CLOSING = frozenset(")]}\"'”’»,")
_DASHES = frozenset("-–—")
# A full stop ends a sentence before a space, a closing mark or the end, and where a new one begins at once.
_POINT = re.compile(r"\.(?=[\s)\]}\"'”’»,;:]|$)|(?<=[^\W\d_]{2})\.(?=[A-Z][a-z])")
_QUESTION = re.compile(r"(?<=[\w)\]%\"'”’])\?(?=[\s)\]}\"'”’»,;:]|$)")
_LAST_WORD = re.compile(r"(?<![\w.])[\w.]{1,6}$")


class Words(Struct, frozen=True, eq=False):
    """The words and marks of a text, with their places and those that begin a clause; each its own."""

    forms: list[str]
    starts: list[int]
    ends: list[int]
    boundaries: list[int]

    def span(self, place: Place) -> tuple[int, int]:
        """The words that cover a place."""
        return bisect_right(self.ends, place[0]), bisect_left(self.starts, place[1])


class Marks:
    """Reads texts as words; remembers the last ones, for several rules ask for the same."""

    def __init__(self, knowledge: Knowledge) -> None:
        abbreviations = frozenset(knowledge.contents.language.grammar.abbreviations)
        self.words = lru_cache(maxsize=4)(lambda text: words_of(text, abbreviations))


def words_of(text: str, abbreviations: frozenset[str]) -> Words:
    """The words of `text`; a line break is one, and so is every mark.

    A question mark after a word is a full stop ("Gout?"), one before it a sign of doubt ("?gout"). A dash
    between spaces ends a clause as well. The points of `abbreviations` end nothing.
    """
    forms: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    boundaries: list[int] = []
    ended = False
    for match in (_WORD if _DIVIDED.search(text) else _PLAIN_WORD).finditer(text):
        start, end = match.span()
        form = text[start:end]
        if form[0].isalnum():
            form = form.lower()
            form = _NOT.get(form, form)
            if ended:
                boundaries.append(len(forms))
                ended = False
        else:
            form = _mark(text, start, form, abbreviations)
            if form in _ENDS:
                ended = True
            elif ended and form not in _CLOSING:
                boundaries.append(len(forms))
                ended = False
        forms.append(form)
        starts.append(start)
        ends.append(end)
    return Words(forms, starts, ends, boundaries)


def _mark(text: str, place: int, mark: str, abbreviations: frozenset[str]) -> str:
    """A mark as what it does: a point that ends nothing is "·", a dash between spaces "—"."""
    if mark.isspace():
        return "\n"
    if mark == ".":
        return "." if _ends_sentence(text, place, abbreviations) else "·"
    if mark == "?":
        return "." if _QUESTION.match(text, place) else "?"
    if mark in _DASHES:
        return "—" if text[place - 1 : place].isspace() and text[place + 1 : place + 2].isspace() else "-"
    return mark.lower()


def _ends_sentence(text: str, place: int, abbreviations: frozenset[str]) -> bool:
    """Whether the full stop at `place` is no part of a number or abbreviation, nor of "S. aureus"."""
    if not _POINT.match(text, place):
        return False
    last = _LAST_WORD.search(text, max(place - 8, 0), place)
    if last is None:
        return True
    word = last.group()
    initial = len(word) == 1 and word.isupper() and text[place + 1 : place + 3].strip().islower()
    return not initial and word.lower() not in abbreviations


def marks(knowledge: Knowledge) -> Marks:
    """The reader of words of this knowledge base, built once."""
    return knowledge.built("language.marks", Marks)
