"""Where clauses and sentences end, and what each is about."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from calcinosis.language.dimensions import MEASURES
from calcinosis.language.mentions import Mention

_CLAUSE_END = re.compile(r"[.!?](?=\s|$)|[;\n]")


class Clauses:
    """The clauses and sentences of a text, asked by place."""

    def __init__(self, text: str, mentions: Sequence[Mention]) -> None:
        self._text = text
        self._clauses = [0, *(match.end() for match in _CLAUSE_END.finditer(text))]
        self._sentences = [end for end in self._clauses if not end or text[end - 1] != ";"]
        self._about_clause: dict[int, set[str]] = {}
        self._about_sentence: dict[int, set[str]] = {}
        for mention in mentions:
            for target in mention.targets:
                about = target.id if target.kind == "context" else target.kind
                clause = bisect_right(self._clauses, mention.start)
                sentence = bisect_right(self._sentences, mention.start)
                self._about_clause.setdefault(clause, set()).add(about)
                self._about_sentence.setdefault(sentence, set()).add(about)

    def speaks_of(self, context: str, place: int) -> bool:
        """Whether the clause at `place` names a lesion, or its sentence the examination `context`."""
        if context == "lesion":
            return "lesion" in self._about_clause.get(bisect_right(self._clauses, place), ())
        return context in self._about_sentence.get(bisect_right(self._sentences, place), ())

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
