"""What a short form means, by its neighbours: "DM on insulin", "DM with Gottron papules", "sats 97 % on RA".

Each reading has words that speak for it (`knowledge/language/short_forms.yaml`). Those in its sentence
decide, else those anywhere in the text, else what the form usually means; one that nothing decides keeps all
its readings and is ambiguous.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.contents import ShortForm
from calcinosis.language.mentions import Mention, Target
from calcinosis.language.whole_words import Found, WholeWords, lowered

_REACH = 120
_SENTENCE_END = re.compile(r"[.!?](?=\s|$)|\n")
_NUMBER_BEFORE = re.compile(r"\d\s{0,2}$")
# A year is no value: "breast Ca 2008".
_NUMBER_AFTER = re.compile(r"\s{0,2}[:=<>]{0,2}\s{0,2}(?!(?:19|20)\d\d(?![\d.]))\d")
# "CA WAS 9.4", "CA (CORR) 10.2".
_VALUE_NEAR = re.compile(r"[^.;\n\d]{0,16}(?!(?:19|20)\d\d(?![\d.]))\d")
_BY_NUMBER = 3


class _Reading(NamedTuple):
    means: Target
    number: str


class _Speaks(NamedTuple):
    """What a word speaks for; capitals are other short forms and count only so."""

    form: str
    reading: int
    exact: str


class ShortForms:
    """The short forms of this knowledge base that mean several things."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents
        self._analytes = frozenset(held.analytes)
        self._readings = {
            form: [self._reading(form, reading) for reading in group.readings]
            for form, group in held.language.short_forms.items()
        }
        self._near = WholeWords(
            (words, _Speaks(form, index, words if words.isupper() else ""))
            for form, group in held.language.short_forms.items()
            for index, reading in enumerate(group.readings)
            for words in reading.near
        )
        self._in_capitals = {form.upper(): form for form in self._readings if not form.isupper()}
        self._usual = {form: group.usual for form, group in held.language.short_forms.items() if group.usual}

    def _reading(self, form: str, reading: ShortForm) -> _Reading:
        kind = "rival" if reading.other else "analyte" if reading.means in self._analytes else "finding"
        return _Reading(Target(reading.other or reading.means, kind, form), reading.number)

    def phrases(self) -> Iterator[tuple[str, Target]]:
        """Every short form with what of the vocabulary it may mean."""
        for form, readings in self._readings.items():
            yield from ((form, reading.means) for reading in readings if reading.means.kind != "rival")

    def settled(self, text: str, mentions: Sequence[Mention], *, loud: bool = False) -> list[Mention]:
        """The mentions, each short form with the reading that its neighbours speak for.

        Where the text is `loud`, one in capitals that a number follows is that with small letters ("CA 9.4").
        """
        short = [one.text.rstrip("s") for one in mentions]
        if loud:
            short = [
                self._in_capitals.get(form, form) if _VALUE_NEAR.match(text, one.end) else form
                for one, form in zip(mentions, short, strict=True)
            ]
        if not any(form in self._readings for form in short):
            return list(mentions)
        near = self._near.found(lowered(text))
        return [
            self._settled(text, one, form, near) if form in self._readings else one
            for one, form in zip(mentions, short, strict=True)
        ]

    def _settled(self, text: str, mention: Mention, form: str, near: Sequence[Found[_Speaks]]) -> Mention:
        meant = [target for target in mention.targets if target.exact == form]
        if not meant:
            return mention
        readings = self._readings[form]
        chosen = self._chosen(text, mention, form, near)
        others = tuple(target for target in mention.targets if target.exact.upper() != form.upper())
        if chosen is None:
            rest = tuple(one.means for one in readings if one.means not in meant)
            return replace(mention, targets=(*meant, *rest, *others))
        if chosen.kind == "rival":
            return replace(mention, targets=(Target(chosen.id, "apart"), *others))
        return replace(mention, targets=(chosen, *others))

    def _chosen(
        self, text: str, mention: Mention, form: str, near: Sequence[Found[_Speaks]]
    ) -> Target | None:
        readings = self._readings[form]
        for first, last in (_sentence(text, mention), (0, len(text))):
            spoken: list[set[str]] = [set() for _ in readings]
            for one in near:
                beside = one.end <= mention.start or one.start >= mention.end
                if first <= one.start and one.end <= last and beside:
                    for key in one.keys:
                        written = text[one.start : one.end]
                        if key.form == form and (not key.exact or written == key.exact):
                            spoken[key.reading].add(written.lower())
            scores = [
                len(words) + _by_number(text, mention, reading.number)
                for words, reading in zip(spoken, readings, strict=True)
            ]
            best = max(scores)
            if best and scores.count(best) == 1:
                return readings[scores.index(best)].means
        usual = self._usual.get(form)
        return next((one.means for one in readings if one.means.id == usual), None)


def _by_number(text: str, mention: Mention, side: str) -> int:
    """How much a number right beside speaks for a reading."""
    if side == "before":
        return _BY_NUMBER if _NUMBER_BEFORE.search(text[max(mention.start - 4, 0) : mention.start]) else 0
    return _BY_NUMBER if side == "after" and _NUMBER_AFTER.match(text, mention.end) else 0


def _sentence(text: str, mention: Mention) -> tuple[int, int]:
    begin, end = max(mention.start - _REACH, 0), min(mention.end + _REACH, len(text))
    for mark in _SENTENCE_END.finditer(text, begin, mention.start):
        begin = mark.end()
    mark_after = _SENTENCE_END.search(text, mention.end, end)
    return begin, mark_after.start() if mark_after else end


def short_forms(knowledge: Knowledge) -> ShortForms:
    """The short forms of this knowledge base, built once."""
    return knowledge.built("language.short_forms", ShortForms)
