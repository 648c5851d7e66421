"""A body weight that nothing names: "a 40-year-old man, 80 kg," and not "lost 6 kg".

The words that lead to one, follow one or speak of something else are in `knowledge/language/words.yaml`
(`weight`); a number that none of them explains is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from calcinosis.knowledge import Knowledge
from calcinosis.language.dimensions import Dimension
from calcinosis.language.tokens import alternatives
from calcinosis.model import Quantity

_NUMBER = re.compile(
    r"(?<![\w.,/-])(?P<num>\d{1,3}(?:[.,]\d{1,2})?)[\s-]?(?:kgs?|kilos?|kilograms?|kilogrammes?)\b\.?(?!\s?/|\s+per\b)",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_PART = re.compile(r"[,;:()\n]|[.!?](?=\s|$)|\b(?:but|with)\b", re.I)
_UNIT, _REACH = "kg", 160


class BareWeights:
    """The words of this knowledge base about weights that nothing names."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.language.weight
        self._analyte = knowledge.contents.treatment.dosing.body.weight
        lead, follow = (alternatives(held.get(name, ())) for name in ("lead", "follow"))
        self._lead = re.compile(rf"\W*(?:(?:{lead}|\d+)\b\W*)*", re.I)
        self._follow = re.compile(rf"\W*(?:$|(?:{follow})\b)", re.I)
        self._apart = re.compile(rf"(?<!\w)(?:{alternatives(held.get('apart', ()))})(?!\w)", re.I)

    def found(self, text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Dimension]:
        """Weights outside the stretches `taken`, as values of the body weight."""
        starts = [start for start, _ in taken]
        for match in _NUMBER.finditer(text):
            index = bisect_right(starts, match.start()) - 1
            if (index < 0 or taken[index][1] <= match.start()) and self._of_body(text, match):
                value = Quantity(float(match["num"].replace(",", ".")), _UNIT)
                yield Dimension(self._analyte, value, match.start(), match.end())

    def _of_body(self, text: str, match: re.Match[str]) -> bool:
        before = _SENTENCE_END.split(text[max(match.start() - _REACH, 0) : match.start()])[-1]
        after = _SENTENCE_END.split(text[match.end() : match.end() + _REACH])[0]
        beside = _PART.split(before)[-1], _PART.split(after)[0]
        if any(self._apart.search(part) for part in beside):
            return False
        return self._lead.fullmatch(beside[0]) is not None and self._follow.match(beside[1]) is not None


def weights(text: str, taken: Sequence[tuple[int, int]], knowledge: Knowledge) -> Iterator[Dimension]:
    """Body weights in `text` that nothing names."""
    return knowledge.built("language.weights", BareWeights).found(text, taken)
