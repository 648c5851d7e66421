"""Where clauses and sentences end, and what each is about.

A clause that names no lesion is about one all the same where it goes on about that of the clause before:
"Firm bumps on both arms. They grew slowly." The words by which it goes on are in
`knowledge/language/grammar.yaml`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from calcinosis.knowledge import Knowledge
from calcinosis.language.dimensions import MEASURES
from calcinosis.language.mentions import Mention

_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")
_WORD = re.compile(r"[^\W\d_]+")
_LESION = "lesion"
# "dermis" names a biopsy only in a sentence that names no other examination.
UNLESS = " unless "
# Among how many first words that one stands by which a clause goes on, how far they are looked for,
# and how many clauses may go on in a row.
_OPENING, _REACH, _MOST = 4, 40, 3


class Going:
    """The words by which a clause goes on about the lesion before it."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        self._one = frozenset(held.language.grammar.going_on)
        self._several = frozenset(held.language.grammar.going_on_of_several)
        self._verbs = frozenset(held.language.grammar.going_on_verbs)
        of_lesion = {name for name, kind in held.kinds.items() if kind.describes_lesion or kind.is_site}
        self._of_lesion = frozenset(
            name
            for name, term in held.findings.items()
            if term.kind in of_lesion or term.of_lesion or term.within == _LESION
        )
        self._felt = frozenset(
            name for name, term in held.findings.items() if held.kinds[term.kind].presenting
        )

    def goes_on(self, clause: str, named: Collection[str]) -> bool:
        """Whether a clause goes on about the lesion before it, and tells of nothing but a lesion.

        Args:
            clause: its words.
            named: the findings and analytes that it names.
        """
        words = [match.group().casefold() for match in islice(_WORD.finditer(clause), _OPENING)]
        if not words:
            return False
        if words[0] in self._verbs:
            return all(name in self._of_lesion for name in named)
        said = words[0] in self._one or not self._several.isdisjoint(words)
        return said and all(name in self._of_lesion or name in self._felt for name in named)


def going(knowledge: Knowledge) -> Going:
    """The words of this knowledge base, built once."""
    return knowledge.built("language.going_on", Going)


class Clauses:
    """The clauses and sentences of a text, asked by place."""

    def __init__(self, text: str, mentions: Sequence[Mention], going: Going | None = None) -> None:
        self._text, self._going = text, going
        self._clauses = _starts(text)
        self._sentences = [end for end in self._clauses if not end or text[end - 1] != ";"]
        self._about_clause: dict[int, set[str]] = {}
        self._about_sentence: dict[int, set[str]] = {}
        self._named: dict[int, set[str]] = {}
        for mention in mentions:
            for target in mention.targets:
                about = target.id if target.kind == "context" else target.kind
                clause = bisect_right(self._clauses, mention.start)
                sentence = bisect_right(self._sentences, mention.start)
                self._about_clause.setdefault(clause, set()).add(about)
                self._about_sentence.setdefault(sentence, set()).add(about)
                if target.kind in ("finding", "analyte") and going is not None:
                    self._named.setdefault(clause, set()).add(target.id)
        for told in self._about_sentence.values():
            told.update(_decided(told))

    def speaks_of(self, context: str, place: int) -> bool:
        """Whether the clause at `place` names a lesion, or its sentence the examination `context`."""
        if context == _LESION:
            return self._of_lesion(bisect_right(self._clauses, place))
        return context in self._about_sentence.get(bisect_right(self._sentences, place), ())

    def _of_lesion(self, index: int) -> bool:
        """Whether a clause names a lesion, or goes on about that of the clause before."""
        for back in range(_MOST):
            if _LESION in self._about_clause.get(index - back, ()):
                return True
            if self._going is None or index - back <= 1 or not self._goes_on(index - back, self._going):
                return False
        return False

    def _goes_on(self, index: int, going: Going) -> bool:
        begin = self._clauses[index - 1]
        last = self._clauses[index] if index < len(self._clauses) else len(self._text)
        return going.goes_on(self._text[begin : min(last, begin + _REACH)], self._named.get(index, ()))

    def measures_lesion(self, place: int) -> bool:
        """Whether the clause at `place` names a lesion, or says that it measures something."""
        if self.speaks_of("lesion", place):
            return True
        index = bisect_right(self._clauses, place)
        last = self._clauses[index] if index < len(self._clauses) else len(self._text)
        return MEASURES.search(self._text, self._clauses[index - 1], last) is not None

    def around(self, start: int, end: int, width: int = 120) -> str:
        """The clause at `start`, shortened to `width` characters about the mention."""
        index = bisect_right(self._clauses, start)
        first = self._clauses[index - 1]
        last = self._clauses[index] if index < len(self._clauses) else len(self._text)
        if last - first <= 8 * width:  # a longer one is cut in any case, without copying all of it
            clause = " ".join(self._text[first:last].split()).strip(" .;")
            if len(clause) <= width:
                return clause
        half = max((width - (end - start)) // 2, 0)
        cut = self._text[max(first, start - half) : min(last, end + half)]
        return "…" + " ".join(cut.split()) + "…"


def _decided(told: Iterable[str]) -> list[str]:
    """The contexts that some words mean unless the sentence names another."""
    found = []
    for name in told:
        context, unless, other = name.partition(UNLESS)
        if unless and other not in told:
            found.append(context)
    return found


def _starts(text: str) -> list[int]:
    """Where clauses start; blank lines between two are none themselves."""
    starts = [0]
    for match in _CLAUSE_END.finditer(text):
        if len(starts) > 1 and not text[starts[-1] : match.end()].strip():
            starts[-1] = match.end()
        else:
            starts.append(match.end())
    return starts
