"""How far cue words reach, after NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009).

A cue that introduces ("denies", "negative for") reaches to the end of its clause or to a word that
terminates it. Other preceding cues ("no", "possible") reach over the item that they stand in, and over the
list that goes on from it, as `items` says; a following one to the nearest mention on its left and what is
enumerated with that, but not past another thing that stands between ("lupus, porphyria was excluded").
A group may be of some kinds of finding only (a drug is stopped), and then passes over others. Inside brackets
no cue reaches out. A phrase that only looks like a cue ("not only") hides
the cues that begin in it. The cues of every qualifier are found together, so that a text is read once.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from calcinosis.knowledge.contents import Cues, Grammar
from calcinosis.language.cue_phrases import Cue, CuePhrases
from calcinosis.language.items import Items, SmallWords, small_words
from calcinosis.language.marks import Place, Words

# How far to the left a cue that follows its mentions reaches.
_LONGEST_LIST = 40
_ONE = frozenset(("was", "is", "has"))
_OR, _AND = frozenset(("or", "nor", "/")), frozenset(("and", "&", "+"))
_APART = frozenset(("with", "has", "had", "have", "is", "was", "were", "are"))
_Told = tuple[str, str]  # a group of cues and the kind of cue in it
_PARTING = frozenset((",", "—", "and", "&"))
_ENDING = "termination"
# A denial governs what only commas join to it; a doubt, or what is over, does not.
_OVER_COMMAS = "negation"
# What is said of a relative goes on with the next verb: "her mother has lupus and takes prednisolone".
_KEEPS_SUBJECT = "family"


class CueScopes:
    """The cues of several qualifiers, and what they reach."""

    def __init__(
        self,
        cues: Mapping[str, Cues],
        classes: Mapping[str, Sequence[str]],
        termination: Iterable[str],
        grammar: Grammar,
    ) -> None:
        self._small = small_words(grammar)
        self._cues = cues
        # One text is asked several times: for what is certain, what stays open and what is unread.
        self._told = lru_cache(maxsize=4)(self._read)
        self._phrases = CuePhrases(_phrases(cues, termination), classes, frozenset(grammar.abbreviations))

    def reached(
        self,
        words: Words,
        places: Sequence[Place],
        told: Sequence[frozenset[str]] = (),
        *,
        by_patient: bool = True,
    ) -> list[frozenset[str]]:
        """For each place in a text, in order, the qualifiers whose cues reach over words to it.

        Args:
            words: the text.
            places: where things are named in it.
            told: for each place what stands there, by kinds and ids of finding; without it every cue holds.
            by_patient: false where nobody says that the writer is the patient, so that the first relative
                whom the writer calls "my" is ("my mum's leg is black").
        """
        told_of = self._told(words, by_patient)
        if not told_of.cues:
            return [frozenset()] * len(places)
        spans = [words.span(place) for place in places]
        every = _Stretches(words, told_of, spans, self._small)
        held: list[set[str]] = [set() for _ in places]
        for name, kept in told_of.cues:
            group = self._cues[name]
            if told and group.of:
                chosen = [index for index, kinds in enumerate(told) if not kinds.isdisjoint(group.of)]
                stretches = _Stretches(words, told_of, [spans[index] for index in chosen], self._small)
            else:
                chosen, stretches = list(range(len(places))), every
            for index in stretches.reached(name, group, kept):
                held[chosen[index]].add(group.means or name)
        return [frozenset(names) for names in held]

    def _read(self, words: Words, by_patient: bool) -> _Read:
        found = self._found(words)
        if not by_patient:
            self._about_relative(words, found)
        kept = ((name, _Kept.of(name, found)) for name in self._cues if found)
        cues = [(name, one) for name, one in kept if one.introducing or one.preceding or one.following]
        dashes = [place for place, form in enumerate(words.forms) if form == "—"]
        return _Read(cues, Items(words, self._small), _closing(words.forms), dashes)

    def _found(self, words: Words) -> dict[_Told, list[Cue]]:
        found = self._phrases.found(words)
        for (name, kind), cues in list(found.items()):
            if kind == "closing":
                closed = {cue._replace(closing=True) for cue in cues if self._ends_clause(words, cue.end)}
                found.setdefault((name, "following"), []).extend(closed)
                # "Stopped by me": what says so of the words before it says it of none behind it.
                before = {cue._replace(closing=False) for cue in closed}
                if leading := found.get((name, "preceding")):
                    found[name, "preceding"] = [cue for cue in leading if cue not in before]
        return found

    def _about_relative(self, words: Words, found: dict[_Told, list[Cue]]) -> None:
        """Take from the cues of relatives those that name the patient."""
        key = (_KEEPS_SUBJECT, "introducing")
        ours = (cue for cue in sorted(found.get(key, ())) if words.forms[cue.start - 1] in self._small.ours)
        if patient := next(ours, None):
            name = words.forms[patient.start]
            found[key] = [cue for cue in found[key] if words.forms[cue.start] != name]

    def _ends_clause(self, words: Words, at: int) -> bool:
        """Whether the words from `at` on tell at most when, where or why."""
        if at >= len(words.forms) or at in words.boundaries:
            return True
        form = words.forms[at]
        if form in self._small.objects:
            return False
        known = form in self._small.prepositions or form in self._small.passing or form in self._small.joining
        return known or form.endswith("ly") or not form.isalpha()


def _phrases(cues: Mapping[str, Cues], termination: Iterable[str]) -> Iterator[tuple[_Told, str]]:
    for name, group in cues.items():
        for kind in ("introducing", "preceding", "following", "closing", "pseudo"):
            for phrase in getattr(group, kind):
                yield (name, kind), phrase
    for phrase in termination:
        yield ("", _ENDING), phrase


class _Kept(NamedTuple):
    """The cues of one qualifier in a text, those that begin in a pseudo cue left out."""

    introducing: list[Cue]
    preceding: list[Cue]
    following: list[Cue]
    terminating: list[Cue]

    @classmethod
    def of(cls, name: str, found: Mapping[_Told, list[Cue]]) -> _Kept:
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


class _Read(NamedTuple):
    """What a text holds, whatever is asked of it: its cues by qualifier, its items, brackets and dashes."""

    cues: list[tuple[str, _Kept]]
    items: Items
    closing: list[int]
    dashes: list[int]


class _Stretches:
    """Where the clauses and items of a text end, and which mentions a cue reaches."""

    def __init__(
        self, words: Words, told: _Read, spans: Sequence[tuple[int, int]], small: SmallWords
    ) -> None:
        self._words, self._items, self._spans, self._small = words, told.items, spans, small
        self._starts = [start for start, _ in spans]
        self._closing, self._dashes = told.closing, told.dashes

    def reached(self, name: str, group: Cues, kept: _Kept) -> Iterator[int]:
        """Which mentions are reached."""
        terminating = [cue.start for cue in kept.terminating]
        if name == _KEEPS_SUBJECT:
            terminating = [at for at in terminating if self._words.forms[at] not in self._small.same_subject]
        before: set[int] = set()
        if kept.following:
            clauses = sorted((*self._words.boundaries, *terminating))
            for cue in kept.following:
                stretch = bisect_right(clauses, cue.start)
                begin = self._after_joint(clauses[stretch - 1] if stretch else 0, cue.start)
                before.update(self._leftwards(cue, begin))
        reaches = self._reaches(name, group, kept, terminating)
        at, furthest = 0, 0
        for index, (start, end) in enumerate(self._spans):
            while at < len(reaches) and reaches[at][0] < start:
                furthest = max(furthest, reaches[at][1])
                at += 1
            if end <= furthest or index in before:
                yield index

    def _reaches(
        self, name: str, group: Cues, kept: _Kept, terminating: Sequence[int]
    ) -> list[tuple[int, int]]:
        """First word of each preceding cue and the word where its reach ends, in order."""
        continuing = () if name == _KEEPS_SUBJECT or group.goes_on else self._items.continuing
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
            if introduces and name == _OVER_COMMAS:
                limit = self._items.end_before_placed(cue.end - 1, limit)
            if not introduces:
                amid = self._conceded(cue.start) or self._amid(
                    cue.start, limits[clause - 1] if clause else 0, furthest
                )
                after = (other.start for other, _ in ordered[place + 1 :] if other.start >= cue.end)
                limit = min(limit, self._own_list(cue, next(after, limit)))
                limit = self._items.end_of_one(cue.end - 1, limit, lists=name == _OVER_COMMAS and not amid)
                if group.noun:
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

    def _conceded(self, cue: int) -> bool:
        """Whether a denial is only an insertion ("a foul, though not malodorous, ulcer")."""
        return cue > 0 and self._words.forms[cue - 1] in self._small.conceding

    def _amid(self, cue: int, begin: int, furthest: int) -> bool:
        """Whether the item before that of the cue is affirmed ("thigh ulcer, no fever, livedo")."""
        before = bisect_left(self._starts, cue) - 1
        if before < 0 or self._starts[before] < begin or self._spans[before][1] <= furthest:
            return False
        return self._items.index(self._starts[before]) < self._items.index(cue)

    def _leftwards(self, found: Cue, begin: int) -> Iterator[int]:
        """Which mentions a following cue speaks of: the nearest, and those enumerated with it.

        In "she has sclerosis and lupus was excluded" the cue speaks of lupus only, in "sclerosis and lupus
        were excluded" and "no trace of sclerosis, gout or lupus was found" of all.
        """
        cue = found.start
        index = bisect_left(self._starts, cue) - 1
        one = self._words.forms[cue] in _ONE
        links, barriers = (_OR, _APART | _AND) if one else (_OR | _AND, _APART)
        right, enumerated = cue, False
        if index < 0 or ((one or found.closing) and self._names_another(self._spans[index][1], cue)):
            return
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

    def _after_joint(self, begin: int, cue: int) -> int:
        """Where the clause of a cue begins: after "if" or "when", unless commas set that clause apart."""
        forms = self._words.forms
        inserted = cue > 0 and forms[cue - 1] == ","
        for at in range(cue - 1, begin, -1):
            if forms[at] in self._small.conjunctions and not (inserted and forms[at - 1] == ","):
                return at
        return begin

    def _names_another(self, start: int, cue: int) -> bool:
        """Whether a thing of its own stands between a mention and the cue behind it.

        In "lupus, porphyria was excluded" one stands behind the comma, in "warfarin, for atrial fibrillation,
        was stopped" none does.
        """
        forms = self._words.forms
        begin = next((at + 1 for at in range(cue - 1, start - 1, -1) if forms[at] in _PARTING), cue)
        return any(
            form.isalpha() and form not in self._small.passing and not form.endswith("ly")
            for form in forms[begin:cue]
        )


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
