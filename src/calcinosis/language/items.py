"""The items of lists: where a list goes on, where it ends, and where a clause of its own begins in it.

"No fever, chills or pain" is one list; in "no fever, severe pain", "no fever, the nodule is firm" and "no
fever and takes warfarin" it ends. The words that tell are those of `knowledge/language/grammar.yaml`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import NamedTuple

from calcinosis.knowledge.contents import Grammar
from calcinosis.language.marks import Words

_COMMA, _AND, _OR, _NEW = ",", "and", "or", ""
_PASSING = frozenset("\"'“”‘’()[]*·")
_PASSING_OR_END = _PASSING | {".", "!", ";", "\n"}


class Item(NamedTuple):
    """A stretch between two separators.

    Attributes:
        start: its first word; `end`: the word after its last.
        link: what joins it to the one before: a comma, "and", "or", or nothing where a clause begins.
        own: it is a clause with its own subject; `continues`: one with the subject of the clause before.
        affirming: it begins as what is there does ("severe pain", "two nodules").
        prepositional: it begins with a preposition.
        placed: it is affirming and says where ("painful black plaque of the thigh").
    """

    start: int
    end: int
    link: str
    own: bool = False
    continues: bool = False
    affirming: bool = False
    prepositional: bool = False
    placed: bool = False


class Items:
    """The items of a text."""

    def __init__(self, words: Words, grammar: SmallWords) -> None:
        self._forms, self._ends_noun = words.forms, grammar.prepositions | grammar.verbs
        bounds = _bounds(words, grammar)
        self._items = [_item(words.forms, start, end, link, grammar) for start, end, link in bounds]
        self._starts = [item.start for item in self._items]
        self.own = [item.start for item in self._items if item.own]
        self.continuing = [item.start for item in self._items if item.continues]
        self._next_choice = _next_choice(self._items)

    def index(self, word: int) -> int:
        """The item that holds a word."""
        return max(bisect_right(self._starts, word) - 1, 0)

    def __getitem__(self, index: int) -> Item:
        return self._items[index]

    def end_of_one(self, word: int, limit: int, *, lists: bool) -> int:
        """How far a cue at `word` reaches that speaks of one item, and of a list that "or" closes.

        Args:
            word: a word of the item that the cue stands in.
            limit: the word where its clause ends.
            lists: items that only commas part belong to it too, unless one is affirmed.
        """
        index = self.index(word)
        while index + 1 < len(self._items) and self._items[index + 1].start < limit:
            following = self._items[index + 1]
            choice = self._next_choice[index + 1]
            if choice is not None and self._items[choice].start < limit:
                index = choice
            elif following.affirming or (following.link == _COMMA and (following.prepositional or not lists)):
                break
            else:
                index += 1
        return min(self._items[index].end, limit)

    def end_before_placed(self, word: int, limit: int) -> int:
        """Where the last item begins that only a comma joins and that shows what is there, else `limit`.

        "Denies trauma, painful black plaque of the thigh": nobody denies a lesion by its looks and place.
        """
        index = self.index(word)
        after = self._items[index + 1 :]
        listed = after[: bisect_left(after, limit, key=lambda item: item.start)]
        plain = bool(listed) and listed[-1].placed and all(item.link == _COMMA for item in listed)
        return listed[-1].start if plain else limit

    def end_of_noun(self, word: int, limit: int) -> int:
        """The first preposition or verb at or after `word`, or `limit`."""
        return next((at for at in range(word, limit) if self._forms[at] in self._ends_noun), limit)


class SmallWords(NamedTuple):
    """The grammar as sets."""

    verbs: frozenset[str]
    openings: frozenset[str]
    subjects: frozenset[str]
    reported: frozenset[str]
    be: frozenset[str]
    present: frozenset[str]
    predicates: frozenset[str]
    affirming: frozenset[str]
    joining: frozenset[str]
    choosing: frozenset[str]
    prepositions: frozenset[str]
    bare: frozenset[str]
    conjunctions: frozenset[str]
    passing: frozenset[str]
    objects: frozenset[str]
    conceding: frozenset[str]
    same_subject: frozenset[str]
    ours: frozenset[str]
    placing: frozenset[str]
    determiners: frozenset[str]


def small_words(grammar: Grammar) -> SmallWords:
    """The words of the grammar, to be asked."""
    return SmallWords(*(frozenset(getattr(grammar, name)) for name in SmallWords._fields))


def _bounds(words: Words, grammar: SmallWords) -> list[tuple[int, int, str]]:
    """Start, end and link of each item."""
    begins = frozenset(words.boundaries)
    found: list[tuple[int, int, str]] = []
    start, link = 0, _NEW
    length = len(words.forms)
    place = 0
    while place < length:
        form = words.forms[place]
        if place in begins and place > start:
            found.append((start, place, link))
            start, link = place, _NEW
        elif form == _COMMA or form in grammar.joining or (form in grammar.choosing and form != "/"):
            last, place, joins = place, *_separator(words.forms, place, grammar)
            if last > start:
                found.append((start, last, link))
            start, link = place, joins if last > start or link != _NEW else _NEW
            continue
        place += 1
    found.append((start, length, link))
    return found


def _separator(forms: Sequence[str], place: int, grammar: SmallWords) -> tuple[int, str]:
    """The word after a run of commas and conjunctions, and what they say together."""
    link = _COMMA
    while place < len(forms):
        if forms[place] in grammar.choosing and forms[place] != "/":
            link = _OR
        elif forms[place] in grammar.joining:
            link = _AND if link == _COMMA else link
        elif forms[place] != _COMMA:
            break
        place += 1
    return place, link


def _item(forms: Sequence[str], start: int, end: int, link: str, grammar: SmallWords) -> Item:
    if link in (_NEW, _OR):
        prepositional = link == _OR and _first(forms, start, end) in grammar.prepositions
        return Item(start, end, link, prepositional=prepositional)
    first, last = _first(forms, start, end), _last(forms, start, end)
    verb = _verb(forms, start, end, grammar)
    # "May fail to heal, become infected": a bare verb goes on from the one before it.
    opening = first in grammar.openings or (verb == start and first not in grammar.bare)
    long = end - start > 1
    own = first in grammar.subjects or (verb is not None and verb > start)
    own = own or last in grammar.present or (long and last in grammar.predicates)
    return Item(
        start,
        end,
        link,
        own=own and not opening and first not in grammar.bare,
        continues=opening,
        affirming=first in grammar.affirming,
        prepositional=first in grammar.prepositions,
        placed=first in grammar.affirming and _says_where(forms, start, end, grammar),
    )


def _says_where(forms: Sequence[str], start: int, end: int, grammar: SmallWords) -> bool:
    """Whether it ends with a place: a preposition and the noun that it governs."""
    return any(
        forms[at] in grammar.placing and forms[at + 1] in grammar.determiners for at in range(start, end - 1)
    )


def _first(forms: Sequence[str], start: int, end: int) -> str:
    for place in range(start, end):
        if forms[place] not in _PASSING:
            return forms[place]
    return ""


def _last(forms: Sequence[str], start: int, end: int) -> str:
    for place in range(end - 1, start - 1, -1):
        if forms[place] not in _PASSING_OR_END:
            return forms[place]
    return ""


def _verb(forms: Sequence[str], start: int, end: int, grammar: SmallWords) -> int | None:
    """Where the item has a verb; "were reported" is none, for it tells of the whole list."""
    for place in range(start, end):
        if forms[place] in grammar.verbs:
            after = forms[place + 1 : min(place + 4, end)]
            told = forms[place] in grammar.be and any(form in grammar.reported for form in after)
            return None if told else place
    return None


def _next_choice(items: Sequence[Item]) -> list[int | None]:
    """For each item the first at or after it in its clause that "or" joins to those before."""
    found: list[int | None] = [None] * len(items)
    following: int | None = None
    for index in range(len(items) - 1, -1, -1):
        item = items[index]
        if item.link == _OR and not item.prepositional:
            following = index
        found[index] = following
        if item.link == _NEW or item.own or item.continues:
            following = None
    return found
