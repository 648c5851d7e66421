"""Pure functions of a small key: asked once for each distinct key, the answer is joined.

They hold the word lists, the terminologies and the units library; no reader of the plan has its own.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from calcinosis.errors import UnknownUnit
from calcinosis.findings.coding import Meaning
from calcinosis.findings.index import Index
from calcinosis.knowledge.answers import JUDGEMENTS
from calcinosis.model import Assertion, Code, Observation, Quantity, Status

# What an answer says of a term, and as what it flags a result.
_DENIES = frozenset({"no", "negative", "normal"})
_FLAGS = {"yes": "positive", "no": "negative"}
_STATUS = {
    Assertion.AFFIRMED: Status.PRESENT,
    Assertion.NEGATED: Status.ABSENT,
    Assertion.UNCERTAIN: Status.UNKNOWN,
}
_TITRE = re.compile(r"\s*(?P<sign>[<>]?=?)\s*1\s*[:/]\s*(?P<number>\d{1,7})\s*")
_TITRE_UNIT = "{titer}"


class Answered(NamedTuple):
    """A value in words or by code, all empty for any other; the words of a code are its display or itself."""

    system: str
    code: str
    words: str


class Said(NamedTuple):
    """What a statement says by: `truth` is a recorded truth value, `answer` what its value answers."""

    assertion: Assertion
    truth: bool | None
    answer: str
    interpretation: str
    missing: bool


class Worded(NamedTuple):
    """What a result is flagged with is decided by these alone."""

    truth: bool | None
    answer: str
    interpretation: str


def meaning(system: str, code: str, display: str, index: Index) -> Meaning:
    """The findings and analytes that a code stands for; of an unlisted product its display decides."""
    return index.coding.meaning(Code(system, code, display))


def answer(answered: Answered, index: Index) -> str:
    """The answer that a code or words give, such as yes or negative; empty where they give none."""
    coded = index.answers.of_code(answered.system, answered.code) if answered.code else ""
    return coded or index.answers.of_words(answered.words).kind


def titre(words: str) -> Quantity | None:
    """The number behind the colon of a titre that is all of the words; None of any other."""
    found = _TITRE.fullmatch(words)
    return Quantity(float(found["number"]), _TITRE_UNIT, found["sign"]) if found else None


def factor(analyte: str, unit: str, index: Index) -> float | None:
    """From the unit of a value, as written, to the canonical unit; None where the value cannot be used.

    The limits of a record's own range have the same factor where the analyte has a unit, else 1.
    """
    try:
        return index.units.factor_of(index.analytes[analyte], Quantity(1.0, unit))
    except UnknownUnit:
        return None


def says(said: Said) -> Status:
    """What one statement says of the term it names."""
    status = _STATUS[said.assertion]
    if status is not Status.PRESENT:
        return status
    if said.truth is not None:
        return Status.PRESENT if said.truth else Status.ABSENT
    if said.missing or said.answer == "unknown":
        return Status.UNKNOWN
    denied = said.interpretation in ("negative", "normal") or said.answer in _DENIES
    return Status.ABSENT if denied else Status.PRESENT


def judges(worded: Worded) -> str:
    """The flag of a result: as the record judges it, else what its truth value or its answer means."""
    if worded.interpretation:
        return worded.interpretation
    if worded.truth is not None:
        return "positive" if worded.truth else "negative"
    flag = _FLAGS.get(worded.answer, worded.answer)
    return flag if flag in JUDGEMENTS else ""


def answered_of(seen: Observation) -> Answered:
    """The key of `answer` for an observation."""
    if isinstance(seen.value, Code):
        return Answered(seen.value.system, seen.value.code, seen.value.display or seen.value.code)
    return Answered("", "", seen.value if isinstance(seen.value, str) else "")


def said_of(seen: Observation, index: Index) -> Said:
    """The key of `says` for an observation."""
    answered = answer(answered_of(seen), index)
    return Said(seen.assertion, truth_of(seen), answered, seen.interpretation, bool(seen.missing_reason))


def worded_of(seen: Observation, index: Index) -> Worded:
    """The key of `judges` for an observation."""
    return Worded(truth_of(seen), answer(answered_of(seen), index), seen.interpretation)


def truth_of(seen: Observation) -> bool | None:
    """A recorded truth value."""
    return seen.value if isinstance(seen.value, bool) else None
