"""Words of a text brought to one form: case, spelling and inflection folded, places kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from calcinosis.knowledge import Knowledge

_WORD = re.compile(r"[^\W\d_]+|\d+(?:[.,]\d+)*|[^\w\s]")
# "non-tender" is one word with a meaning of its own, however it is written.
_PREFIX = "non"
_JOINERS = frozenset("-‐‑–'’")


class Tokens(NamedTuple):
    """The words, numbers and marks of a text: their folded forms, where they begin and where they end."""

    forms: list[str]
    starts: list[int]
    ends: list[int]


class Folder:
    """Folds words by the spelling rules of the knowledge base and the Snowball English stemmer."""

    def __init__(self, knowledge: Knowledge) -> None:
        import Stemmer

        rules = knowledge.contents.language.folding
        self._whole = {rule.source: rule.target for rule in rules if rule.whole_word}
        self._parts = tuple((rule.source, rule.target) for rule in rules if not rule.whole_word)
        sources = "|".join(re.escape(source) for source, _ in self._parts)
        self._any_part = re.compile(sources or r"(?!)").search
        self._stem = Stemmer.Stemmer("english").stemWord
        self.fold = lru_cache(maxsize=50_000)(self._folded)
        self.spelled = lru_cache(maxsize=50_000)(self._spelled)

    def _spelled(self, word: str) -> str:
        """The word in one spelling, with its ending."""
        plain = word.casefold()
        if not plain.isascii():
            plain = unicodedata.normalize("NFKD", plain)
            plain = "".join(mark for mark in plain if not unicodedata.combining(mark))
        plain = self._whole.get(plain, plain)
        if self._any_part(plain):
            for source, target in self._parts:
                plain = plain.replace(source, target)
        return plain

    def _folded(self, word: str) -> str:
        plain = self.spelled(word)
        return str(self._stem(plain)) if plain.isalpha() else plain

    def tokens(self, text: str) -> Tokens:
        """The words of `text` in order; hyphens and apostrophes only separate words."""
        forms: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        fold = self.fold
        prefixed = False
        for match in _WORD.finditer(text):
            word = match.group()
            if word in _JOINERS:
                continue
            form = fold(word)
            if prefixed:
                forms[-1] += form
                ends[-1] = match.end()
            else:
                forms.append(form)
                starts.append(match.start())
                ends.append(match.end())
            prefixed = forms[-1] == _PREFIX
        return Tokens(forms, starts, ends)


def joined_word(written: str) -> str:
    """One word without the marks inside it: "non-tender" as "nontender"."""
    return "".join(mark for mark in written if mark.isalnum())


def whole(words: str) -> str:
    """The words as a pattern that does not match inside a longer word."""
    before = r"(?<!\w)" if words[0].isalnum() else ""
    after = r"(?!\w)" if words[-1].isalnum() else ""
    return before + re.escape(words) + after


def alternatives(words: Iterable[str]) -> str:
    """Any of the words in any case, the longest first, as a pattern.

    Those of one first letter share it: where none begins so, a place is left after one look.
    """
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        groups.setdefault(word[0].casefold(), []).append(word)
    return _grouped(groups, re.escape)


def any_whole(words: Iterable[str]) -> str:
    """The same of words that stand in no longer word."""
    groups: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        groups.setdefault(word[0].casefold(), []).append(word)
    within = {first: listed for first, listed in groups.items() if first.isalnum()}
    apart = {first: listed for first, listed in groups.items() if not first.isalnum()}
    found = [rf"(?<!\w){_grouped(within, _to_its_end)}"] if within else []
    return "|".join([*found, *([_grouped(apart, _to_its_end)] if apart else [])]) or r"(?!)"


def _grouped(groups: Mapping[str, Sequence[str]], written: Callable[[str], str]) -> str:
    if not groups:
        return r"(?!)"
    firsts = "".join(map(re.escape, groups))
    return (
        rf"(?=[{firsts}])(?:"
        + "|".join(
            f"{re.escape(first)}(?:{'|'.join(written(word)[len(re.escape(word[0])) :] for word in listed)})"
            for first, listed in groups.items()
        )
        + ")"
    )


def _to_its_end(word: str) -> str:
    return re.escape(word) + (r"(?!\w)" if word[-1].isalnum() else "")


def folder(knowledge: Knowledge) -> Folder:
    """The folder of this knowledge base, built once."""
    return knowledge.built("language.folder", Folder)
