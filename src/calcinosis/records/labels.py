"""How much of a label the vocabulary understands: a term counts where every word about it does.

"Premature ventricular contraction" holds the word of a premature birth, "loss of subcutaneous fat" that of
obesity, "ulcer of the duodenum" that of a skin ulcer. A label states a term only if what it says of it is
understood as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.answers import untagged
from calcinosis.language.cue_phrases import as_pattern
from calcinosis.language.lexicon import lexicon
from calcinosis.language.mentions import Mention
from calcinosis.model import Code

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_STOP = re.compile(r"[,;:.()\[\]/|•]|\s[-–—]\s")
_TERMS = ("finding", "kin", "analyte", "lesion", "apart")


class _Part(NamedTuple):
    """A stretch between two breaks: the word that leads to it, and whether all its words are understood."""

    start: int
    end: int
    lead: str
    known: bool
    words: int


class Labels:
    """Which stretches of a label are understood, by one knowledge base."""

    def __init__(self, knowledge: Knowledge) -> None:
        held = knowledge.contents.records.labels
        self._lexicon = lexicon(knowledge)
        self._terms = knowledge.contents.findings
        self._anywhere = frozenset(held.anywhere)
        self._examinations = frozenset(held.examinations)
        words = knowledge.contents.language
        phrases = [
            phrase
            for cue in words.cues.values()
            for group in (cue.introducing, cue.preceding, cue.following, cue.closing, cue.pseudo)
            for phrase in group
        ]
        self._neutral = frozenset(held.neutral)
        self._complements = frozenset(held.complements)
        self._locatives = frozenset(held.locatives)
        self._breaks = frozenset((*held.breaks, *held.complements, *held.locatives))
        self._causes = _any_of(held.causes)
        self._cues = _any_of(phrases, words.cue_classes)
        family = knowledge.contents.language.cues.get("family")
        groups = (family.introducing, family.preceding, family.following, family.headings) if family else ()
        self._reporting = re.compile(rf"[\s-]*(?:also\s+)?{_any_of(held.reporting).pattern}", re.I)
        told = _any_of(held.reporting).pattern
        self._reported_by = re.compile(
            rf"{told}\s+(?:by|from|per)\s+(?:the\s+|his\s+|her\s+|their\s+)?$", re.I
        )
        self._relatives = _any_of([phrase for group in groups for phrase in group], words.cue_classes)
        relatives = _any_of(["{kin}"] if "kin" in words.cue_classes else (), words.cue_classes).pattern
        named = _any_of(family.pseudo if family else (), words.cue_classes).pattern
        self._only_named = re.compile(rf"{named}(?:\s+{relatives})?", re.I)
        self._relationship = _any_of(held.relationship)
        self._of_nobody = _any_of(held.of_nobody.words)
        self._asked_of_nobody = frozenset(held.of_nobody.codes)
        self._oneself = frozenset(held.oneself)

    def of_nobody(self, names: Iterable[str], codes: Iterable[Code]) -> bool:
        """Whether an answer says nothing of the patient: what was tested for, what a gene may bring."""
        coded = any(f"{code.system}|{code.code}" in self._asked_of_nobody for code in codes)
        return coded or any(self._of_nobody.fullmatch(name.strip(" :?")) for name in names)

    def of_another(self, question: str, answer: str) -> bool:
        """Whether a question asks who somebody is to the patient, and the answer is another person."""
        asked = self._relationship.search(question) is not None
        return asked and bool(answer) and answer.strip(" -.").casefold() not in self._oneself

    def of_relatives(self, phrase: str) -> bool:
        """Whether a phrase speaks of relatives; who only reports something is not the one who has it."""
        phrase = self._only_named.sub("", phrase)
        return any(
            self._reporting.match(phrase, found.end()) is None
            and self._reported_by.search(phrase[: found.start()]) is None
            for found in self._relatives.finditer(phrase)
        )

    def whole(self, label: str) -> bool:
        """Whether every word of a label is a term, or says no more than where, when, which and how much."""
        plain = untagged(label)
        return all(known for _, known in self._words(plain, self._lexicon.mentions(plain)))

    def understood(self, label: str) -> list[tuple[int, int]]:
        """The stretches of a phrase in which a term counts, as (start, end).

        A term counts in a stretch whose words are all understood. What follows "of" must be understood too,
        and what precedes it: the one says what the other is. After "in" and its like the place of a sign must
        be known, or it may lie inside the body; a disease stays one wherever it lies.
        """
        mentions = self._lexicon.mentions(label)
        parts = list(self._parts(label, self._words(label, mentions)))
        found: list[tuple[int, int]] = []
        for place, part in enumerate(parts):
            before = parts[place - 1] if place else None
            after = parts[place + 1] if place + 1 < len(parts) else None
            if not part.known or (part.lead in self._complements and before is not None and not before.known):
                continue
            if after is not None and not after.known and self._bound(after.lead, part, mentions):
                continue
            if found and found[-1][1] == part.start:  # a term may run on: "hypercalcaemia of malignancy"
                found[-1] = (found[-1][0], part.end)
            else:
                found.append((part.start, part.end))
        return found

    def _bound(self, lead: str, part: _Part, mentions: Sequence[Mention]) -> bool:
        """Whether what comes after a part decides what it is."""
        if lead == "of":
            return not self._is_disease(part, mentions)
        return lead in self._locatives and not self._is_disease(part, mentions)

    def _is_disease(self, part: _Part, mentions: Sequence[Mention]) -> bool:
        """Whether the terms of a part are diseases, which stay what they are wherever they lie."""
        names = [
            target.id
            for mention in mentions
            if part.start <= mention.start < part.end
            for target in mention.targets
            if target.kind == "finding" and target.id in self._terms
        ]
        return bool(names) and all(self._terms[name].kind in self._anywhere for name in names)

    def _words(self, label: str, mentions: Sequence[Mention]) -> list[tuple[re.Match[str], bool]]:
        """Each word of a label, and whether it is understood."""
        covered = [
            (mention.start, mention.end)
            for mention in mentions
            if any(
                target.kind in _TERMS or (target.kind == "context" and target.id in self._examinations)
                for target in mention.targets
            )
        ]
        covered += [match.span() for match in self._cues.finditer(label)]
        covered += [match.span() for match in self._causes.finditer(label)]
        covered.sort()
        return [(word, self._known(word, covered)) for word in _WORD.finditer(label)]

    def _known(self, word: re.Match[str], covered: Sequence[tuple[int, int]]) -> bool:
        written = word.group().casefold()
        if written in self._neutral or written[0].isdigit() or len(written) == 1:
            return True
        return any(start <= word.start() and word.end() <= end for start, end in covered)

    def _parts(self, label: str, words: Sequence[tuple[re.Match[str], bool]]) -> Iterator[_Part]:
        """The stretches between marks and words that begin a new thing."""
        causes = [match.span() for match in self._causes.finditer(label)]
        start, lead, known, count, last = 0, "", True, 0, 0
        for word, understood in words:
            written = word.group().casefold()
            mark = _STOP.search(label, last, word.start()) is not None
            caused = any(first <= word.start() < end for first, end in causes)
            breaks = written in self._breaks and not caused
            if mark or breaks or caused:
                if count:
                    yield _Part(start, word.start(), lead, known, count)
                    known, count, lead = True, 0, ""
                if mark and not breaks:
                    lead = ""
                start = word.start()
            if breaks:
                lead = written
            elif not caused:
                known, count = known and understood, count + 1
            last = word.end()
        if count:
            yield _Part(start, len(label), lead, known, count)


def _any_of(phrases: Sequence[str], classes: Mapping[str, Sequence[str]] = {}) -> re.Pattern[str]:
    """The phrases as one pattern of whole words, the longest first; nothing where there are none."""
    listed = sorted({phrase.strip() for phrase in phrases if phrase.strip(" -+.")}, key=len, reverse=True)
    if not listed:
        return re.compile(r"(?!)")
    patterns = "|".join(as_pattern(phrase, classes) for phrase in listed)
    return re.compile(rf"(?<!\w)(?:{patterns})(?!\w)", re.I)


def labels_of(knowledge: Knowledge) -> Labels:
    """The labels of this knowledge base, built once."""
    return knowledge.built("records.labels", Labels)
