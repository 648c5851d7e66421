"""What the clause itself dates as over: "had sepsis in 2019", "was admitted several times with sepsis".

A verb of suffering and a time in the past in one clause, and nothing that says that it went on: then what
stands between them, or after the verb where the time leads, is over. So is all of a clause that tells that
something was taken out then ("nodule of the knee excised in 2014"). The words are those of
`knowledge/language/grammar.yaml`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import lru_cache

from calcinosis.knowledge.contents import Grammar
from calcinosis.language.marks import Place, Words
from calcinosis.language.tokens import any_whole
from calcinosis.language.whole_words import WholeWords, lowered

_YEAR = r"\b(?:in|during|of|back in|around)\s+(?:[A-Za-z]{3,12}\.?\s+){0,3}(?:19|20)\d\d\b"


_DATED = re.compile(_YEAR, re.I)
# "Dialysis 2014-2016": a stretch of years that is closed.
_CLOSED = re.compile(
    r"[(,;: ]\s*(?:from\s+|between\s+)?(?:19|20)\d\d\s*(?:[-–—]|to|until|till|and)\s*"
    r"(?:(?:19|20)\d\d|\d\d)(?!\d|[/.-]\d)",
    re.I,
)
# "Was 8 x 6 and necrotic, now 3 x 2": what was is told against what is.
_WAS_NOW = re.compile(
    r"\b(?:was|were|had been|used to be|initially|originally|at first|formerly|previously)\b"
    r"(?P<then>[^.;!?\n]{1,80}?)(?:[,;:]|\band\b|\bbut\b|->|→|—| - )\s*(?:is\s+|are\s+)?now\b",
    re.I,
)
# A time no further than this behind the verb leads what is over: "had in 2019 a sepsis".
_LEADS = 24


class Over:
    """The verbs and times of this knowledge base."""

    def __init__(self, grammar: Grammar) -> None:
        self._times = WholeWords((phrase, "") for phrase in grammar.over_times)
        self._time = re.compile(f"{_YEAR}|{_any(grammar.over_times)}", re.I)
        self._verb = re.compile(_any(grammar.over_verbs), re.I)
        self._taken_out = re.compile(_any(grammar.removing), re.I)
        self._told = lru_cache(maxsize=4)(self._all)
        self._lasting = re.compile(_any(grammar.lasting), re.I)

    def _all(self, text: str, words: Words) -> list[Place]:
        was = (match.span("then") for match in _WAS_NOW.finditer(text))
        return sorted({*self._stretches(text, words), *was})

    def holding(self, text: str, words: Words, places: Sequence[Place]) -> Iterator[int]:
        """Which of `places` are dated as over."""
        stretches = self._told(text, words)
        starts = [start for start, _ in stretches]
        for index, (start, end) in enumerate(places):
            at = bisect_right(starts, start) - 1
            if (at >= 0 and end <= stretches[at][1]) or self._closed(text, end):
                yield index

    def _closed(self, text: str, end: int) -> bool:
        """Whether what ends there lasted from one year to another."""
        return _CLOSED.match(text, end, end + _LEADS) is not None

    def _stretches(self, text: str, words: Words) -> Iterator[Place]:
        """Where such things stand, in order."""
        bounds = [0, *(words.starts[word] for word in words.boundaries), len(text)]
        last = -1
        times = sorted(
            {
                *((one.start, one.end) for one in self._times.found(lowered(text))),
                *(year.span() for year in _DATED.finditer(text)),
            }
        )
        for first, ended in times:
            clause = bisect_right(bounds, first)
            begin, end = bounds[clause - 1], bounds[min(clause, len(bounds) - 1)]
            if begin <= last:
                continue
            last = begin
            if self._goes_on(text[begin:end]):
                continue
            verb = self._verb.search(text, begin, end)
            if self._taken_out.search(text, begin, end):
                yield begin, end
            elif verb is not None:
                yield min(verb.end(), ended), end if first < verb.end() + _LEADS else ended

    def _goes_on(self, clause: str) -> bool:
        """Whether a word says so; "before they appeared" dates and says nothing of it."""
        return self._lasting.search(self._time.sub(" ", clause)) is not None


def _any(phrases: Sequence[str]) -> str:
    return any_whole(phrases)
