"""Phrases of a note that look like findings and that nothing understood.

Three shapes are told: a word with the ending of a disease, a drug or an operation ("sinusitis"); a noun that
names a disease by the word before it ("carpal tunnel syndrome"); an item of a section that lists diseases,
drugs or allergens. Ordinary prose has none of them. The words are in `knowledge/language/unread.yaml`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import lru_cache

from calcinosis.knowledge import Knowledge
from calcinosis.language.document import Document, Part
from calcinosis.language.mentions import Mention

Place = tuple[int, int]
_NAMED, _HEAD = "named", "head"
_WORD = re.compile(r"[^\W\d_]\w*(?:['’-]\w+)*")
# The words right before another, in its line and clause.
_BEFORE = re.compile(r"(?:[^\W\d_]+(?:['’-][^\W\d_]+)* ){1,2}$")
_REACH = 48
_ITEM = re.compile(r"[^\n,;]+")
_BULLET = re.compile(r"[ \t]*(?:[-*•‣▪◦·–—+]+|\(?\d{1,2}[.)]|[A-Za-z]\))?[ \t]*")
# A name ends where its dose, its date or a remark begins.
_TAIL = re.compile(r"(?<!\w)\d|[(\[:=?@/]|\.(?=\s|$)| [-–—] |[-–—]>")
_LONGEST_ITEM, _MOST_WORDS, _SHORTEST = 80, 4, 4


class UnreadPhrases:
    """The shapes of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        words = knowledge.contents.language.unread
        self._endings = tuple(ending + plural for ending in words.endings for plural in ("", "s"))
        self._heads = frozenset(head + plural for head in words.heads for plural in ("", "s"))
        belonging = "|".join(words.belonging) or r"(?!)"
        qualifying = "|".join(words.qualifying) or r"(?!)"
        self._belongs = re.compile(rf"(?:{belonging}|[\w-]{{2,}}(?:{qualifying}))", re.I)
        self._apart = frozenset(words.apart)
        self._general = frozenset(words.general)
        self._listing = frozenset(words.listing)
        self._none = frozenset(words.none)
        self._prose = frozenset(words.prose)
        self._shape = lru_cache(maxsize=50_000)(self._shaped)

    def found(self, shape: Document, mentions: Sequence[Mention], taken: Sequence[Place] = ()) -> list[Place]:
        """Where such phrases stand, in order; none overlaps a mention, another or what is `taken`."""
        read = _Read([*((one.start, one.end) for one in mentions), *taken])
        places: list[Place] = []
        for start, end in sorted({*self._items(shape, read), *self._words(shape, read)}):
            if not places or start >= places[-1][1]:
                places.append((start, end))
            elif end > places[-1][1]:
                places[-1] = (places[-1][0], end)
        return places

    def _words(self, shape: Document, read: _Read) -> Iterator[Place]:
        text = shape.masked
        for match in _WORD.finditer(text):
            shaped = self._shape(match.group())
            if not shaped or read.any(*match.span()):
                continue
            named = shaped == _NAMED
            before = _before(text, match.start())
            start = match.start() if named else self._named_by(before, read)
            if start >= 0 and not _in_heading(shape, match.start()):
                yield self._beginning(text, start), match.end()

    def _shaped(self, word: str) -> str:
        """Whether a word names something by its ending, or only with the word before it."""
        plain = word.lower()
        if plain.endswith(self._endings) and plain not in self._apart:
            return _NAMED
        return _HEAD if plain in self._heads else ""

    def _named_by(self, before: Sequence[re.Match[str]], read: _Read) -> int:
        """Where the word begins that tells which disease a general noun means; -1 where none does."""
        if not before or read.any(*before[-1].span()):
            return -1
        plain = before[-1].group().lower()
        return -1 if plain in self._general or plain in self._prose else before[-1].start()

    def _beginning(self, text: str, start: int) -> int:
        """Where a name begins: with the words before it that belong to it, even if they are understood."""
        for word in reversed(_before(text, start)):
            if not self._belongs.fullmatch(word.group()):
                break
            start = word.start()
        return start

    def _items(self, shape: Document, read: _Read) -> Iterator[Place]:
        for part in shape.parts:
            if part.role in self._listing:
                yield from self._of_list(shape, part, read)

    def _of_list(self, shape: Document, part: Part, read: _Read) -> Iterator[Place]:
        for match in _ITEM.finditer(shape.masked, part.body, part.end):
            if len(match.group()) > _LONGEST_ITEM or read.any(*match.span()):
                continue
            bullet = _BULLET.match(shape.masked, match.start(), match.end())
            start = bullet.end() if bullet else match.start()
            tail = _TAIL.search(shape.masked, start, match.end())
            words = list(_WORD.finditer(shape.masked, start, tail.start() if tail else match.end()))
            if self._names(words) and self._is_item(shape, match.span(), words):
                yield words[0].start(), words[-1].end()

    def _names(self, words: Sequence[re.Match[str]]) -> bool:
        plain = [word.group().lower() for word in words]
        if not 0 < len(plain) <= _MOST_WORDS or max(map(len, plain)) < _SHORTEST:
            return False
        return not any(word in self._none or word in self._prose or word in self._apart for word in plain)

    def _is_item(self, shape: Document, span: Place, words: Sequence[re.Match[str]]) -> bool:
        """Whether the line is a list: none of it goes on as a sentence."""
        first = shape.masked.rfind("\n", 0, span[0]) + 1
        last = shape.masked.find("\n", span[1])
        line = shape.masked[first : last if last >= 0 else len(shape.masked)]
        return not any(word.group().lower() in self._prose for word in _WORD.finditer(line))


class _Read:
    """The stretches of a text that were understood."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = sorted(places)
        self._starts = [start for start, _ in self._places]
        self._longest = max((end - start for start, end in places), default=0)

    def any(self, start: int, end: int) -> bool:
        """Whether something from `start` to `end` was."""
        index = bisect_left(self._starts, end)
        while index and self._starts[index - 1] >= start - self._longest:
            index -= 1
            if self._places[index][1] > start:
                return True
        return False


def _before(text: str, start: int) -> list[re.Match[str]]:
    """Up to two words right before a place, of the same line and clause."""
    match = _BEFORE.search(text, max(start - _REACH, 0), start)
    return list(_WORD.finditer(text, match.start(), start)) if match else []


def _in_heading(shape: Document, place: int) -> bool:
    part = shape.part(place)
    return part.start <= place < part.body


def unread_phrases(knowledge: Knowledge) -> UnreadPhrases:
    """The shapes of this knowledge base, built once."""
    return knowledge.built("language.unread_phrases", UnreadPhrases)
