"""Where phrases stand in a text, as whole words and in any case, found in one pass over it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Found(NamedTuple, Generic[Key]):
    """A phrase in a text, and everything that it was given for."""

    start: int
    end: int
    keys: tuple[Key, ...]


class WholeWords(Generic[Key]):
    """Phrases, each with what it was given for."""

    def __init__(self, phrases: Iterable[tuple[str, Key]]) -> None:
        import ahocorasick

        held: dict[str, list[Key]] = {}
        for phrase, key in phrases:
            held.setdefault(phrase.lower(), []).append(key)
        self._automaton = ahocorasick.Automaton()
        for phrase, keys in held.items():
            value = (len(phrase), phrase[0].isalnum(), phrase[-1].isalnum(), tuple(dict.fromkeys(keys)))
            self._automaton.add_word(phrase, value)
        self._automaton.make_automaton()
        self._empty = not held

    def found(self, lowered: str) -> list[Found[Key]]:
        """Every phrase in a text in lower case, by its end; one inside a longer word is none."""
        if self._empty:
            return []
        hits: list[Found[Key]] = []
        length = len(lowered)
        for last, (size, starts_word, ends_word, keys) in self._automaton.iter(lowered):
            start, end = last + 1 - size, last + 1
            if starts_word and start and ((before := lowered[start - 1]).isalnum() or before == "_"):
                continue
            if ends_word and end < length and ((after := lowered[end]).isalnum() or after == "_"):
                continue
            hits.append(Found(start, end, keys))
        return hits


def lowered(text: str) -> str:
    """The text in lower case, every letter at its place."""
    low = text.lower()
    return low if len(low) == len(text) else "".join(_low(letter) for letter in text)


def _low(letter: str) -> str:
    low = letter.lower()
    return low if len(low) == 1 else letter
