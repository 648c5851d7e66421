"""How far cue words reach, after NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009).

A cue that introduces ("denies", "negative for") reaches to the end of its clause or to a word that
terminates it. Other preceding cues ("no", "possible") reach over the item that they stand in, and over the
list that goes on from it, as `items` says; a following one to the nearest mention on its left and what is
enumerated with that. Inside brackets none reaches out. A phrase that only looks like a cue ("not only") hides
the cues that begin in it. The cues of every qualifier stand in one automaton, so that a text is read once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from calcinosis.knowledge.contents import Cues, Grammar
from calcinosis.language.items import Items, small_words
from calcinosis.language.marks import Place, Words, words_of

# How far to the left a cue that follows its mentions reaches.
_LONGEST_LIST = 40
_ONE = frozenset(("was", "is", "has"))
_OR, _AND = frozenset(("or", "nor", "/")), frozenset(("and", "&"))
_APART = frozenset(("with", "has", "had", "have", "is", "was", "were", "are"))
_ENDING = "termination"
# A denial governs what only commas join to it; a doubt, or what is over, does not.
_OVER_COMMAS = "negation"
# "Previous" speaks of one noun: in "previous aspiration of the nodule" the nodule is not over.
_ONE_NOUN = "resolved"
# What is said of a relative goes on with the next verb: "her mother has lupus and takes prednisolone".
_KEEPS_SUBJECT = "family"
_RELATIVE = frozenset(("who", "whose", "whom"))


class Cue(NamedTuple):
    """A cue found in a text: its first word and the word after its last."""

    start: int
    end: int


class CueScopes:
    """The cues of several qualifiers, and what they reach."""

    def __init__(self, cues: Mapping[str, Cues], termination: Iterable[str], grammar: Grammar) -> None:
        import ahocorasick

        self._small = small_words(grammar)
        abbreviations = frozenset(grammar.abbreviations)

        self._names = tuple(cues)
        phrases: dict[str, list[tuple[str, str]]] = {}
        for name, kind, phrase in _phrases(cues, termination):
            phrases.setdefault(_form(phrase, abbreviations), []).append((name, kind))
        self._automaton = ahocorasick.Automaton()
        for form, meanings in phrases.items():
            self._automaton.add_word(f" {form} ", (len(form), form.count(" ") + 1, tuple(meanings)))
        self._automaton.make_automaton()
        # One text is asked several times: for what is certain, what stays open and what is unread.
        self._told = lru_cache(maxsize=4)(self._read)

    def reached(self, words: Words, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place in a text, in order, the qualifiers whose cues reach over words to it."""
        told = self._told(words)
        if not told.cues:
            return [frozenset()] * len(places)
        stretches = _Stretches(words, told, [words.span(place) for place in places])
        held: list[set[str]] = [set() for _ in places]
        for name, kept in told.cues:
            for index in stretches.reached(name, kept):
                held[index].add(name)
        return [frozenset(names) for names in held]

    def _read(self, words: Words) -> _Told:
        found = self._found(words)
        kept = ((name, _Kept.of(name, found)) for name in self._names if found)
        cues = [(name, one) for name, one in kept if one.introducing or one.preceding or one.following]
        dashes = [place for place, form in enumerate(words.forms) if form == "—"]
        return _Told(cues, Items(words, self._small), _closing(words.forms), dashes)

    def _found(self, words: Words) -> dict[tuple[str, str], list[Cue]]:
        joined = " " + " ".join(words.forms) + " "
        at, place = {}, 1
        for index, form in enumerate(words.forms):
            at[place] = index
            place += len(form) + 1
        found: dict[tuple[str, str], list[Cue]] = {}
        for last, (length, count, meanings) in self._automaton.iter(joined):
            start = at[last - length]
            for meaning in meanings:
                found.setdefault(meaning, []).append(Cue(start, start + count))
        return found


def _form(phrase: str, abbreviations: frozenset[str]) -> str:
    """A phrase as it stands in a text; its last point ends nothing."""
    return " ".join(words_of(phrase.rstrip("."), abbreviations).forms)


def _phrases(cues: Mapping[str, Cues], termination: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for name, group in cues.items():
        for kind in ("introducing", "preceding", "following", "pseudo"):
            for phrase in getattr(group, kind):
                yield name, kind, phrase
    for phrase in termination:
        yield "", _ENDING, phrase


class _Kept(NamedTuple):
    """The cues of one qualifier in a text, those that begin in a pseudo cue left out."""

    introducing: list[Cue]
    preceding: list[Cue]
    following: list[Cue]
    terminating: list[Cue]

    @classmethod
    def of(cls, name: str, found: Mapping[tuple[str, str], list[Cue]]) -> _Kept:
        hidden = {at for cue in found.get((name, "pseudo"), ()) for at in range(cue.start, cue.end + 1)}
        introducing, preceding, following, terminating = (
            [cue for cue in found.get(key, ()) if cue.start not in hidden]
            for key in ((name, "introducing"), (name, "preceding"), (name, "following"), ("", _ENDING))
        )
        # "not consistent with": words that are part of a cue do not end its reach.
        # A cue that follows may begin with one ("which healed").
        inside = {at for cue in (*introducing, *preceding) for at in range(cue.start + 1, cue.end)}
        inside |= {at for cue in following for at in range(cue.start, cue.end)}
        ending = [cue for cue in terminating if cue.start not in inside]
        return cls(introducing, preceding, following, ending)


class _Told(NamedTuple):
    """What a text holds, whatever is asked of it: its cues by qualifier, its items, brackets and dashes."""

    cues: list[tuple[str, _Kept]]
    items: Items
    closing: list[int]
    dashes: list[int]


class _Stretches:
    """Where the clauses and items of a text end, and which mentions a cue reaches."""

    def __init__(self, words: Words, told: _Told, spans: Sequence[tuple[int, int]]) -> None:
        self._words, self._items, self._spans = words, told.items, spans
        self._starts = [start for start, _ in spans]
        self._closing, self._dashes = told.closing, told.dashes

    def reached(self, name: str, kept: _Kept) -> Iterator[int]:
        """Which mentions are reached."""
        terminating = [cue.start for cue in kept.terminating]
        if name == _KEEPS_SUBJECT:
            terminating = [at for at in terminating if self._words.forms[at] not in _RELATIVE]
        before: set[int] = set()
        if kept.following:
            clauses = sorted((*self._words.boundaries, *terminating))
            for cue in kept.following:
                stretch = bisect_right(clauses, cue.start)
                begin = clauses[stretch - 1] if stretch else 0
                before.update(self._leftwards(cue.start, begin))
        reaches = self._reaches(name, kept, terminating)
        at, furthest = 0, 0
        for index, (start, end) in enumerate(self._spans):
            while at < len(reaches) and reaches[at][0] < start:
                furthest = max(furthest, reaches[at][1])
                at += 1
            if end <= furthest or index in before:
                yield index

    def _reaches(self, name: str, kept: _Kept, terminating: Sequence[int]) -> list[tuple[int, int]]:
        """First word of each preceding cue and the word where its reach ends, in order."""
        continuing = () if name == _KEEPS_SUBJECT else self._items.continuing
        limits = sorted((*self._words.boundaries, *terminating, *self._items.own, *continuing, *self._dashes))
        ordered = sorted(
            {*((cue, False) for cue in kept.preceding), *((cue, True) for cue in kept.introducing)}
        )
        found: list[tuple[int, int]] = []
        furthest = 0
        for place, (cue, introduces) in enumerate(ordered):
            clause = bisect_right(limits, cue.end - 1)
            limit = limits[clause] if clause < len(limits) else len(self._words.forms)
            limit = min(limit, self._closing[cue.start])
            if not introduces:
                amid = self._amid(cue.start, limits[clause - 1] if clause else 0, furthest)
                after = (other.start for other, _ in ordered[place + 1 :] if other.start >= cue.end)
                limit = min(limit, self._own_list(cue, next(after, limit)))
                limit = self._items.end_of_one(cue.end - 1, limit, lists=name == _OVER_COMMAS and not amid)
                if name == _ONE_NOUN:
                    limit = self._items.end_of_noun(cue.end, limit)
            found.append((cue.start, limit))
            furthest = max(furthest, limit)
        return found

    def _own_list(self, cue: Cue, following: int) -> int:
        """Where the item begins that has the next cue of its own."""
        if following >= len(self._words.forms):
            return following
        item = self._items.index(following)
        return following if item == self._items.index(cue.end - 1) else self._items[item].start

    def _amid(self, cue: int, begin: int, furthest: int) -> bool:
        """Whether the item before that of the cue is affirmed ("thigh ulcer, no fever, livedo")."""
        before = bisect_left(self._starts, cue) - 1
        if before < 0 or self._starts[before] < begin or self._spans[before][1] <= furthest:
            return False
        return self._items.index(self._starts[before]) < self._items.index(cue)

    def _leftwards(self, cue: int, begin: int) -> Iterator[int]:
        """Which mentions a following cue speaks of: the nearest, and those enumerated with it.

        In "she has sclerosis and lupus was excluded" the cue speaks of lupus only, in "sclerosis and lupus
        were excluded" and "no trace of sclerosis, gout or lupus was found" of all.
        """
        index = bisect_left(self._starts, cue) - 1
        one = self._words.forms[cue] in _ONE
        links, barriers = (_OR, _APART | _AND) if one else (_OR | _AND, _APART)
        right, enumerated = cue, False
        for step in range(_LONGEST_LIST):
            if index < 0 or self._starts[index] < begin:
                return
            if step:
                end = self._spans[index][1]
                gap = set(self._words.forms[end : min(right, end + _LONGEST_LIST)])
                enumerated = enumerated or bool(gap & links)
                if gap & barriers or ("," in gap and not enumerated):
                    return
            yield index
            right = self._starts[index]
            index -= 1


def _closing(forms: Sequence[str]) -> list[int]:
    """For each word the bracket that closes the innermost one about it, or the length of the text."""
    length = len(forms)
    found = [length] * length
    opened: list[int] = []
    for place, form in enumerate(forms):
        if form in "([":
            opened.append(place)
        elif form in ")]" and opened:
            first = opened.pop()
            for inside in range(first + 1, place):
                found[inside] = min(found[inside], place)
        elif form == "\n":
            opened.clear()
    return found
