"""Pure functions of a small key: asked once for each distinct key, the answer is joined.

They hold the word lists, the terminologies and the units library; no reader of the plan has its own.
"""

from __future__ import annotations

from typing import NamedTuple

from calcinosis.errors import UnknownUnit
from calcinosis.findings.coding import Meaning
from calcinosis.findings.index import Index
from calcinosis.knowledge.answers import JUDGEMENTS
from calcinosis.model import Assertion, Code, Observation, Status

# What an answer says of a term, and as what it flags a result.
_DENIES = frozenset({"no", "negative", "normal"})
_FLAGS = {"yes": "positive", "no": "negative"}
_STATUS = {
    Assertion.AFFIRMED: Status.PRESENT,
    Assertion.NEGATED: Status.ABSENT,
    Assertion.UNCERTAIN: Status.UNKNOWN,
}


class Said(NamedTuple):
    """What decides what a statement says; `truth` is a recorded truth value, `word` the answer it gives."""

    assertion: Assertion
    truth: bool | None
    word: str
    interpretation: str
    missing: bool


class Worded(NamedTuple):
    """What a result is flagged with is decided by these alone."""

    truth: bool | None
    word: str
    interpretation: str


def meaning(system: str, code: str, display: str, index: Index) -> Meaning:
    """The findings and analytes that a code stands for; of an unlisted product its display decides."""
    return index.coding.meaning(Code(system, code, display))


def factor(analyte: str, unit: str, index: Index) -> float | None:
    """From the unit as written to the canonical unit; None where it cannot be converted."""
    entry = index.analytes[analyte]
    if not entry.unit:
        return 1.0
    try:
        return index.units.factor(entry, unit)
    except UnknownUnit:
        return None


def says(said: Said) -> Status:
    """What one statement says of the term it names."""
    status = _STATUS[said.assertion]
    if status is not Status.PRESENT:
        return status
    if said.truth is not None:
        return Status.PRESENT if said.truth else Status.ABSENT
    if said.missing or said.word == "unknown":
        return Status.UNKNOWN
    denied = said.interpretation in ("negative", "normal") or said.word in _DENIES
    return Status.ABSENT if denied else Status.PRESENT


def judges(worded: Worded) -> str:
    """The flag of a result: as the record judges it, else what its truth value or its word means."""
    if worded.interpretation:
        return worded.interpretation
    if worded.truth is not None:
        return "positive" if worded.truth else "negative"
    flag = _FLAGS.get(worded.word, worded.word)
    return flag if flag in JUDGEMENTS else ""


def said_of(seen: Observation, index: Index) -> Said:
    """The key of `says` for an observation."""
    return Said(
        seen.assertion, _truth(seen), answer_of(seen, index), seen.interpretation, bool(seen.missing_reason)
    )


def worded_of(seen: Observation, index: Index) -> Worded:
    """The key of `judges` for an observation."""
    return Worded(_truth(seen), answer_of(seen, index), seen.interpretation)


def answer_of(seen: Observation, index: Index) -> str:
    """The answer that a coded or worded value gives; empty for any other value."""
    if isinstance(seen.value, Code):
        coded = index.answers.of_code(seen.value.system, seen.value.code)
        return coded or index.answers.of_words(seen.value.display or seen.value.code).kind
    return index.answers.of_words(seen.value).kind if isinstance(seen.value, str) else ""


def _truth(seen: Observation) -> bool | None:
    return seen.value if isinstance(seen.value, bool) else None
