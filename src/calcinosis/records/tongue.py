"""Which language a text is in, by the small words that carry its grammar. Only English is read.

A denial in another language would not be seen, so that what a letter excludes would be affirmed.
"""

from __future__ import annotations

import re

from calcinosis.knowledge import Knowledge

_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff\u0370-\u03ff]")
_LETTER = re.compile(r"[^\W\d_]")
_MOST = 3_000
_SHORT = 12
_FOREIGN_SHARE = 0.3


class Tongues:
    """The words of languages, by one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.records.languages
        self._english = frozenset(held.english)
        self._others = {name: frozenset(words) - self._english for name, words in held.others.items()}

    def foreign(self, text: str) -> str:
        """The language a text is in where that is not English; empty for English and where nothing tells."""
        head = text[: _MOST * 8]
        letters = len(_LETTER.findall(head))
        if letters and 1 - len(_LATIN.findall(head)) / letters > _FOREIGN_SHARE:
            return "a language that is not written in Latin letters"
        words = [found.group() for found in _WORD.finditer(head)][:_MOST]
        shouted = not any(word.islower() for word in words)
        # An abbreviation in capitals is no word of grammar: EST, MIT, DES.
        plain = [word.casefold() for word in words if shouted or not word.isupper() or len(word) == 1]
        english = sum(word in self._english for word in plain)
        name, count = max(
            ((name, sum(word in known for word in plain)) for name, known in self._others.items()),
            key=lambda found: found[1],
            default=("", 0),
        )
        if count > english and (count > 1 or (not english and len(plain) <= _SHORT)):
            return name
        return ""


def tongues_of(knowledge: Knowledge) -> Tongues:
    """The languages of this knowledge base, built once."""
    return knowledge.built("records.tongues", Tongues)
