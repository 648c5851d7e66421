"""Whether a text holds any of many phrases, in one pass over it."""

from __future__ import annotations

from collections.abc import Iterable


class WholeWords:
    """Phrases looked for in one pass, in any case, and not inside a longer word (as `whole`)."""

    def __init__(self, phrases: Iterable[str]) -> None:
        import ahocorasick

        self._automaton = ahocorasick.Automaton()
        for phrase in phrases:
            self._automaton.add_word(phrase.lower(), phrase.lower())
        self._automaton.make_automaton()

    def within(self, text: str) -> bool:
        """Whether any of them stands in the text."""
        lowered = text.lower()
        found = self._automaton.iter(lowered)
        return any(_stands(lowered, last + 1 - len(phrase), phrase) for last, phrase in found)


def _stands(text: str, start: int, phrase: str) -> bool:
    """Whether the phrase at `start` is no part of a longer word."""
    end = start + len(phrase)
    before, after = text[max(start - 1, 0) : start], text[end : end + 1]
    inside = (phrase[0].isalnum() and _of_a_word(before)) or (phrase[-1].isalnum() and _of_a_word(after))
    return not inside


def _of_a_word(letter: str) -> bool:
    return letter.isalnum() or letter == "_"
