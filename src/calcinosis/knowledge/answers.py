"""Whether words or a code answer a question or judge a result, and how: the same for every format."""

from __future__ import annotations

import re
from typing import NamedTuple

from calcinosis.knowledge import Knowledge

JUDGEMENTS = ("low", "normal", "high", "positive", "negative")
# SNOMED CT ends a display with the sort of thing it is: "Absent (qualifier value)".
_TAG = re.compile(
    r"\s*\((?:qualifier value|contextual qualifier|finding|situation|disorder|observable entity|"
    r"morphologic abnormality|event|attribute)\)\s*$",
    re.I,
)
# What may follow an answer: a mark, a number ("Positive 1:640", "Negative (<1:40)", "Yes, since 2019").
_FOLLOWS = re.compile(r"\s*(?:[,;:(]|[-–]\s|\s[<>]?\d|\s(?:at|titre|titer|with)\b)", re.I)
_LONGEST = 60


class Answer(NamedTuple):
    """An answer, empty where there is none, and the words that stand behind it."""

    kind: str
    rest: str = ""


class Answers:
    """The spellings of one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.records.answers
        self._words = {word.casefold(): kind for kind, said in held.answers.items() for word in said.words}
        self._codes = {code: kind for kind, said in held.answers.items() for code in said.codes}
        self._letters = {letter: kind for kind, letters in held.interpretations.items() for letter in letters}
        self._degrees = frozenset(word.casefold() for word in held.degrees)
        self._most = max((word.count(" ") + 1 for word in self._words), default=1)

    def of_words(self, words: str) -> Answer:
        """The answer that words give, whatever follows it: "Absent (qualifier value)", "Positive 1:640"."""
        plain = " ".join(untagged(words).split())
        lower = plain.casefold()
        whole = self._words.get(lower) or self._words.get(lower.strip(" .!;:,"))
        if whole:
            return Answer(whole)
        if len(plain) > _LONGEST * 4:
            return Answer("")
        ends = [match.start() for match in re.finditer(r"\s|[,;:(]|$", lower)][: self._most + 1]
        for end in reversed(ends):
            kind = self._words.get(lower[:end].strip())
            if kind and len(lower[:end].strip()) > 1 and _FOLLOWS.match(lower, end):
                return Answer(kind, plain[end:].strip(" ,;:("))
        return Answer("")

    def of_code(self, system: str, code: str) -> str:
        """The answer that a code stands for, empty for any other."""
        return self._codes.get(f"{system}|{code}", "")

    def judgement(self, words: str) -> str:
        """low, normal, high, positive or negative, as a flag or interpretation writes it; else empty."""
        lower = words.strip().casefold()
        found = self._letters.get(lower) or self.of_words(words).kind
        return found if found in JUDGEMENTS else ""

    def says_how_much(self, words: str) -> bool:
        """Whether words give a degree, a number or a side of what is asked for, so that it is there."""
        return any(
            word in self._degrees or word[:1].isdigit()
            for word in re.split(r"[^\w+]+", words.casefold())
            if word
        )


def untagged(words: str) -> str:
    """Words without the sort of thing that SNOMED CT adds to them in brackets."""
    return _TAG.sub("", words).strip()


def answers_of(knowledge: Knowledge) -> Answers:
    """The answers of this knowledge base, built once."""
    return knowledge.built("knowledge.answers", Answers)
