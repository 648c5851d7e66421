"""How far cue words reach: the rules of NegEx and ConText in one pass over a text.

The rules are those of NegEx (Chapman et al. 2001) and ConText (Harkema et al. 2009): a preceding cue reaches
to the end of its clause or to a word that terminates it, a following one to the nearest mention on its left
and what is enumerated with that. A phrase that only looks like a cue ("not only") hides the cues that begin
in it. The cues of every qualifier stand in one automaton, so that a text is read once.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from calcinosis.knowledge.contents import Cues

Place = tuple[int, int]
_WORD = re.compile(
    r"\s*\n\s*|w/o(?!\w)|can(?=not\b)|[^\W\d_]+(?=n['’]t\b)|n['’]t\b|['’]s\b|\d+(?:[.,]\d+)*\w*|\w+|[^\w\s]",
    re.I,
)
# A semicolon and a line break end a clause in clinical notes as a full stop does; a question mark is doubt.
_CLAUSE_ENDS = frozenset(("!", ";", "。", "\n"))
_CLOSING = frozenset(")]}\"'”’»,")
_CLOSES = r"(?=[\s)\]}\"'”’,;:.]|$)"
_ENDING_POINT = re.compile(
    rf"(?<=[0-9a-zß-ÿ%²+\-)\]}}\"'”’,:;!?_#*&<>/])\.{_CLOSES}|(?<=[A-Z][A-Z])\.{_CLOSES}|(?<=[a-z])\.(?=[A-Z])"
)
_ABBREVIATED = re.compile(
    r"(?<![^\s(\[\"'“‘])(?:[a-z]|e\.g|i\.e|[ap]\.m|v\.?s|co|Adm|Mr|Mrs|Ms|Dr|Prof|St|Jr|Jan|Feb|Mar|Apr|Jun|Jul|"
    r"Aug|Sept?|Oct|Nov|Dec|Gen|Co|La|Md|Mo|Miss|Mass|Wash|Pa|Id|Ill|Rev|Rep)$"
)
# How far to the left a cue that follows its mentions reaches.
_LONGEST_LIST = 40
_ONE = frozenset(("was", "is", "has"))
_OR, _AND = frozenset(("or", "nor", "/")), frozenset(("and", "&"))
_APART = frozenset(("with", "has", "had", "have", "is", "was", "were", "are"))
_ENDING = "termination"


class Cue(NamedTuple):
    """A cue found in a text: its first word and the word after its last."""

    start: int
    end: int


class Words(NamedTuple):
    """The words and marks of a text in lower case, with their places."""

    forms: list[str]
    starts: list[int]
    ends: list[int]
    boundaries: list[int]  # the words that begin a clause

    def span(self, place: Place) -> tuple[int, int]:
        """The words that cover a place."""
        return bisect_right(self.ends, place[0]), bisect_left(self.starts, place[1])


def words_of(text: str) -> Words:
    """The words of `text`; a line break is one, and so is every mark."""
    words = Words([], [], [], [])
    ended = False
    for match in _WORD.finditer(text):
        form = match.group()
        form = "\n" if form.isspace() else form.lower()
        ends = form in _CLAUSE_ENDS or (form == "." and _ends_clause(text, match.start()))
        if ended and not ends and form not in _CLOSING:
            words.boundaries.append(len(words.forms))
            ended = False
        ended = ended or ends
        words.forms.append(form)
        words.starts.append(match.start())
        words.ends.append(match.end())
    return words


def _ends_clause(text: str, place: int) -> bool:
    """Whether the full stop at `place` is no part of an abbreviation or number."""
    return bool(_ENDING_POINT.match(text, place)) and not _ABBREVIATED.search(text[max(place - 6, 0) : place])


class CueScopes:
    """The cues of several qualifiers, and what they reach."""

    def __init__(self, cues: Mapping[str, Cues], termination: Iterable[str]) -> None:
        import ahocorasick

        self._names = tuple(cues)
        phrases: dict[str, list[tuple[str, str]]] = {}
        for name, kind, phrase in _phrases(cues, termination):
            phrases.setdefault(" ".join(words_of(phrase).forms), []).append((name, kind))
        self._automaton = ahocorasick.Automaton()
        for form, meanings in phrases.items():
            self._automaton.add_word(f" {form} ", (len(form), form.count(" ") + 1, tuple(meanings)))
        self._automaton.make_automaton()

    def reached(self, text: str, places: Sequence[Place]) -> list[frozenset[str]]:
        """For each place in `text`, in order, the qualifiers whose cues reach over words to it."""
        if not places:
            return []
        words = words_of(text)
        found = self._found(words)
        spans = [words.span(place) for place in places]
        held: list[set[str]] = [set() for _ in places]
        for name in self._names:
            if (name, "preceding") in found or (name, "following") in found:
                for index in _reached(words, spans, *_kept(name, found)):
                    held[index].add(name)
        return [frozenset(names) for names in held]

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


def _phrases(cues: Mapping[str, Cues], termination: Iterable[str]) -> Iterator[tuple[str, str, str]]:
    for name, group in cues.items():
        for phrase in group.preceding:
            yield name, "preceding", phrase
        for phrase in group.following:
            yield name, "following", phrase
        for phrase in group.pseudo:
            yield name, "pseudo", phrase
    for phrase in termination:
        yield "", _ENDING, phrase


def _kept(name: str, found: Mapping[tuple[str, str], list[Cue]]) -> tuple[list[Cue], list[Cue], list[Cue]]:
    """Preceding, following and terminating cues, those that begin in a pseudo cue left out."""
    hidden = {at for cue in found.get((name, "pseudo"), ()) for at in range(cue.start, cue.end + 1)}
    preceding, following, terminating = (
        [cue for cue in found.get(key, ()) if cue.start not in hidden]
        for key in ((name, "preceding"), (name, "following"), ("", _ENDING))
    )
    # "not consistent with": words that are part of a cue do not end its reach.
    # A cue that follows may begin with one ("which healed").
    inside = {at for cue in preceding for at in range(cue.start + 1, cue.end)}
    inside |= {at for cue in following for at in range(cue.start, cue.end)}
    return preceding, following, [cue for cue in terminating if cue.start not in inside]


def _reached(
    words: Words,
    spans: Sequence[tuple[int, int]],
    preceding: Sequence[Cue],
    following: Sequence[Cue],
    terminating: Sequence[Cue],
) -> Iterator[int]:
    """Which spans a cue reaches.

    A span is reached when a preceding cue starts before it between the same two boundaries: so the first
    such cue of each stretch decides.
    """
    length = len(words.forms)
    ends = sorted([*words.boundaries, *(cue.start for cue in terminating), length])
    first: dict[int, int] = {}
    for cue in preceding:
        stretch = bisect_right(ends, cue.start)
        first[stretch] = min(cue.start, first.get(stretch, cue.start))
    starts = [start for start, _ in spans]
    before: set[int] = set()
    for cue in following:
        stretch = bisect_right(ends, cue.start)
        begin = ends[stretch - 1] if stretch else 0
        before.update(_leftwards(words, spans, bisect_left(starts, cue.start) - 1, cue.start, begin))
    for index, (start, end) in enumerate(spans):
        stretch = bisect_right(ends, start)
        whole = bisect_left(ends, end) == stretch
        if whole and (first.get(stretch, length) < start or index in before):
            yield index


def _leftwards(
    words: Words, spans: Sequence[tuple[int, int]], index: int, cue: int, begin: int
) -> Iterator[int]:
    """Which spans a following cue at word `cue` speaks of: the nearest, and those enumerated with it.

    In "she has sclerosis and lupus was excluded" the cue speaks of lupus only, in "sclerosis and lupus were
    excluded" and "no trace of sclerosis, gout or lupus was found" of all.
    """
    one = words.forms[cue] in _ONE
    links, barriers = (_OR, _APART | _AND) if one else (_OR | _AND, _APART)
    right, enumerated = cue, False
    for step in range(_LONGEST_LIST):
        if index < 0 or spans[index][0] < begin:
            return
        if step:
            end = spans[index][1]
            gap = set(words.forms[end : min(right, end + _LONGEST_LIST)])
            enumerated = enumerated or bool(gap & links)
            if gap & barriers or ("," in gap and not enumerated):
                return
        yield index
        right = spans[index][0]
        index -= 1
