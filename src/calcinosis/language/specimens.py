"""Whether a test was done on something else than blood: `urine calcium`, `CSF: glucose 3.1`.

The words are in `knowledge/language/words.yaml` (`specimens`).
"""

from __future__ import annotations

import re

from calcinosis.knowledge import Knowledge
from calcinosis.language.number_words import one_of

_CLAUSE_END = re.compile(r"[;\n]|\.(?=\s|$)")
_LONGEST = 160
# What may stand between a specimen and the test beside it.
_BESIDE = re.compile(
    r"[\s-]*(?:(?:samples?|specimens?|spot|total|free|excretion|of|an?|the|for|against|with|levels?|"
    r"conc\w*|showed|shows|had|low|high|normal|raised)[\s-]+){0,3}",
    re.I,
)
_TIMED = r"(?:(?:24|spot|random|timed)[\s-]?(?:h\w*)?[\s-]+)?"
# Behind the name of a test, and behind its value.
_BEHIND = r"\s*(?:[,(]\s*|\bin\s+(?:the\s+|a\s+)?|\bof\s+(?:the\s+)?)" + _TIMED
_BEHIND_VALUE = r"\s*(?:\(\s*|\bin\s+(?:the\s+|a\s+)?)" + _TIMED


class Specimens:
    """The specimens of this knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.language.specimens
        self._apart = one_of(held.get("apart", ()))
        self._governs = one_of(held.get("governs", ()))
        self._blood = one_of(held.get("blood", ()))
        apart = rf"(?:{self._apart.pattern})"
        fraction = one_of(held.get("fraction", ())).pattern
        self._behind = re.compile(_BEHIND + apart, re.I)
        self._behind_value = re.compile(_BEHIND_VALUE + rf"(?:{apart}|{fraction})", re.I)

    def elsewhere(self, text: str, start: int, end: int) -> bool:
        """Whether the test named at `start` to `end` was done on another specimen than blood."""
        if self._apart.search(text, start, end):
            return False  # the name itself says so, and means such a test
        if self._blood.search(text, start, end):
            return False  # "Milk-alkali picture: serum calcium"
        if self._behind.match(text, end):
            return True
        head = _CLAUSE_END.split(text[max(start - _LONGEST, 0) : start])[-1]
        named = list(self._apart.finditer(head))
        if not named or self._blood.search(head, named[-1].end()):
            return False
        last = named[-1]
        between = head[last.end() :]
        governs = self._governs.fullmatch(last.group()) is not None
        return governs or ":" in between or _BESIDE.fullmatch(between) is not None

    def another(self, text: str, end: int) -> bool:
        """Whether a value that ends at `end` is said to be one of another specimen, or of a fraction."""
        return self._behind_value.match(text, end) is not None


def specimens(knowledge: Knowledge) -> Specimens:
    """The specimens of this knowledge base, built once."""
    return knowledge.built("language.specimens", Specimens)
