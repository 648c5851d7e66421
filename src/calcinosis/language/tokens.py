"""Words of a text brought to one form: case, spelling and inflection folded, places kept."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from msgspec import Struct

from calcinosis.knowledge import Knowledge

_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|[^\w\s]")
# "non-tender" is one word with a meaning of its own, however it is written.
_PREFIX = "non"
_JOINERS = frozenset("-‐‑–'’")


class Token(Struct, frozen=True):
    """A word, number or mark with its folded form and its place in the text."""

    form: str
    start: int
    end: int


class Folder:
    """Folds words by the spelling rules of the knowledge base and the Snowball English stemmer."""

    def __init__(self, knowledge: Knowledge) -> None:
        import Stemmer

        rules = knowledge.contents.language.folding
        self._whole = {rule.source: rule.target for rule in rules if rule.whole_word}
        self._parts = tuple((rule.source, rule.target) for rule in rules if not rule.whole_word)
        self._stem = Stemmer.Stemmer("english").stemWord
        self.fold = lru_cache(maxsize=50_000)(self._folded)

    def spelled(self, word: str) -> str:
        """The word in one spelling, with its ending."""
        plain = unicodedata.normalize("NFKD", word.casefold())
        plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
        plain = self._whole.get(plain, plain)
        for source, target in self._parts:
            plain = plain.replace(source, target)
        return plain

    def _folded(self, word: str) -> str:
        plain = self.spelled(word)
        return str(self._stem(plain)) if plain.isalpha() else plain

    def tokens(self, text: str) -> list[Token]:
        """The words of `text` in order; hyphens and apostrophes only separate words."""
        found: list[Token] = []
        for match in _WORD.finditer(text):
            if match.group() in _JOINERS:
                continue
            token = Token(self.fold(match.group()), match.start(), match.end())
            if found and found[-1].form == _PREFIX:
                token = Token(_PREFIX + token.form, found.pop().start, token.end)
            found.append(token)
        return found


def joined_word(written: str) -> str:
    """One word without the marks inside it: "non-tender" as "nontender"."""
    return "".join(mark for mark in written if mark.isalnum())


def whole(words: str) -> str:
    """The words as a pattern that does not match inside a longer word."""
    before = r"(?<!\w)" if words[0].isalnum() else ""
    after = r"(?!\w)" if words[-1].isalnum() else ""
    return before + re.escape(words) + after


def folder(knowledge: Knowledge) -> Folder:
    """The folder of this knowledge base, built once."""
    return knowledge.built("language.folder", Folder)
