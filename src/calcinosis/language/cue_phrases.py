"""Phrases of cues in a text, found in one pass; a phrase may name classes of words ("{be} {stopped}").

A class stands for each of its words, and a phrase with classes for every choice of them. They are not written
out, for "a relative who tells something" alone would be thousands: the words of the classes are found like
phrases, and those that stand side by side as a phrase wants are put together.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from calcinosis.language.marks import Words, words_of

Meaning = TypeVar("Meaning", bound=Hashable)
_CLASS = re.compile(r"\{(\w+)\}")
_Part = tuple[str, str]  # a class and its name, or words and how they stand in a text


class Cue(NamedTuple):
    """A cue found in a text: its first word and the word after its last."""

    start: int
    end: int
    closing: bool = False


class CuePhrases(Generic[Meaning]):
    """Phrases, each with what it was given for."""

    def __init__(
        self,
        phrases: Iterable[tuple[Meaning, str]],
        classes: Mapping[str, Sequence[str]],
        abbreviations: frozenset[str],
    ) -> None:
        import ahocorasick

        direct: dict[str, list[Meaning]] = {}
        parts: dict[str, list[_Part]] = {}
        # By its first part, what a phrase goes on with and what it means.
        self._going_on: dict[_Part, list[tuple[tuple[_Part, ...], Meaning]]] = {}
        for meaning, phrase in phrases:
            found = [part for part in _parts(phrase, abbreviations) if part[1]]
            if len(found) == 1 and found[0][0] == "words":
                direct.setdefault(found[0][1], []).append(meaning)
                continue
            self._going_on.setdefault(found[0], []).append((tuple(found[1:]), meaning))
            for part in found:
                for form in _forms(part, classes, abbreviations):
                    if part not in parts.setdefault(form, []):
                        parts[form].append(part)
        self._automaton = ahocorasick.Automaton()
        for form in {*direct, *parts}:
            value = (
                len(form),
                form.count(" ") + 1,
                tuple(dict.fromkeys(direct.get(form, ()))),
                tuple(parts.get(form, ())),
            )
            self._automaton.add_word(f" {form} ", value)
        self._automaton.make_automaton()

    def found(self, words: Words) -> dict[Meaning, list[Cue]]:
        """Where each meaning is told."""
        joined = " " + " ".join(words.forms) + " "
        at, place = {}, 1
        for index, form in enumerate(words.forms):
            at[place] = index
            place += len(form) + 1
        found: dict[Meaning, list[Cue]] = {}
        standing: dict[_Part, dict[int, list[int]]] = {}
        for last, (length, count, meanings, parts) in self._automaton.iter(joined):
            start = at[last - length]
            for meaning in meanings:
                found.setdefault(meaning, []).append(Cue(start, start + count))
            for part in parts:
                standing.setdefault(part, {}).setdefault(start, []).append(start + count)
        for first, starts in standing.items():
            for rest, meaning in self._going_on.get(first, ()):
                if rest and rest[0] not in standing:
                    continue
                for start, ends in starts.items():
                    for end in {last for began in ends for last in _ends(began, rest, standing)}:
                        found.setdefault(meaning, []).append(Cue(start, end))
        return found


def as_pattern(phrase: str, classes: Mapping[str, Sequence[str]]) -> str:
    """A phrase as a regular expression, each class that it names as a choice of its words."""
    return "".join(
        f"(?:{'|'.join(map(re.escape, sorted(classes[part], key=len, reverse=True)))})"
        if place % 2
        else re.escape(part)
        for place, part in enumerate(_CLASS.split(phrase))
    )


def _ends(
    at: int, rest: Sequence[_Part], standing: Mapping[_Part, Mapping[int, Sequence[int]]]
) -> Iterator[int]:
    """Where the rest of a phrase ends that goes on at a word."""
    if not rest:
        yield at
        return
    for end in standing.get(rest[0], {}).get(at, ()):
        yield from _ends(end, rest[1:], standing)


def _parts(phrase: str, abbreviations: frozenset[str]) -> Iterator[_Part]:
    for place, text in enumerate(_CLASS.split(phrase)):
        yield ("class", text) if place % 2 else ("words", form_of(text, abbreviations))


def _forms(part: _Part, classes: Mapping[str, Sequence[str]], abbreviations: frozenset[str]) -> list[str]:
    kind, text = part
    return [form_of(word, abbreviations) for word in classes[text]] if kind == "class" else [text]


def form_of(phrase: str, abbreviations: frozenset[str]) -> str:
    """A phrase as it stands in a text; its last point ends nothing."""
    return " ".join(words_of(phrase.strip().rstrip("."), abbreviations).forms)
