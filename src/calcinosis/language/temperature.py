"""A body temperature that nothing names: "38.9 °C", "she was 38.9 °C on arrival", and not "stored at 25 °C".

The words that lead to one, that stand beside one or that speak of something else are in
`knowledge/language/words.yaml`; a number that none of them explains is left alone.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

from calcinosis.knowledge import Knowledge
from calcinosis.language.dimensions import Dimension
from calcinosis.language.laboratory import flags
from calcinosis.language.tokens import alternatives
from calcinosis.model import Quantity

# A bare letter after a whole number is an age and a sex ("54 F") or a vertebra.
_NUMBER = re.compile(
    r"(?<![\d.,°])(?P<num>\d{2,3}(?:[.,]\d)?)\s?(?P<unit>[°º]\s?[CF]\b|℃|℉|degrees?\s(?:C|F|celsius|fahrenheit)\b|"
    r"deg\.?\s?[CF]\b|celsius\b|fahrenheit\b|(?<=[.,]\d)C\b|(?<=[.,]\d\s)C\b)",
    re.I,
)
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_PART_END = re.compile(r"[,;:()\n]|[.!?](?=\s|$)|\b(?:and|but|with)\b", re.I)
_LIVING = (34.0, 43.0)
_REACH = 240
_MOST = 500  # a text with more of them is no note


class Bare:
    """The words of this knowledge base about temperatures that nothing names."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.language.temperature
        lead = "|".join(map(re.escape, sorted(held.get("lead", ()), key=len, reverse=True)))
        self._lead = re.compile(rf"\W*(?:(?:{lead})\b\W*)+", re.I)
        self._beside = _any(held.get("beside", ()))
        self._apart = _any(held.get("apart", ()))
        self._flags = flags(knowledge)

    def found(self, text: str, taken: Sequence[tuple[int, int]]) -> Iterator[Dimension]:
        """Temperatures outside the stretches `taken`, as values of the analyte that is measured so."""
        if len(self._flags.temperatures) != 1:
            return
        (analyte,) = self._flags.temperatures
        for match in islice(_free(text, taken), _MOST):
            unit = "[degF]" if "f" in match.group("unit").casefold().removeprefix("deg") else "Cel"
            number = float(match.group("num").replace(",", "."))
            value = self._flags.of_temperature(Quantity(number, unit))
            if _LIVING[0] <= value.value <= _LIVING[1] and self._of_body(text, match):
                yield Dimension(analyte, value, match.start(), match.end())

    def _of_body(self, text: str, match: re.Match[str]) -> bool:
        before = _SENTENCE_END.split(text[max(match.start() - _REACH, 0) : match.start()])[-1]
        after = _SENTENCE_END.split(text[match.end() : match.end() + _REACH])[0]
        if self._apart.search(before) or self._apart.search(after):
            return False
        part = _PART_END.split(before)[-1]
        if part.strip():
            return self._lead.fullmatch(part) is not None
        beside = self._beside.search(before) or self._beside.search(after)
        return beside is not None or not (before + after).strip(" ,;:()-*\t")


def _free(text: str, taken: Sequence[tuple[int, int]]) -> Iterator[re.Match[str]]:
    """The numbers with a unit of temperature that do not stand in a stretch of `taken`, which is in order."""
    starts = [start for start, _ in taken]
    for match in _NUMBER.finditer(text):
        index = bisect_right(starts, match.start()) - 1
        if index < 0 or taken[index][1] <= match.start():
            yield match


def _any(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{alternatives(words)})(?!\w)", re.I)


def temperatures(text: str, taken: Sequence[tuple[int, int]], knowledge: Knowledge) -> Iterator[Dimension]:
    """Body temperatures in `text` that nothing names."""
    return knowledge.built("language.temperature", Bare).found(text, taken)
