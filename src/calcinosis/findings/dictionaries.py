"""Pure functions of a small key: asked once for each distinct key, the answer is joined.

They hold the word lists, the terminologies and the units library; no reader of the plan has its own.
"""

from __future__ import annotations

from typing import NamedTuple

from calcinosis.errors import UnknownUnit
from calcinosis.findings.coding import Meaning
from calcinosis.findings.index import Index
from calcinosis.model import Assertion, Code, Observation, Status

# Worded results that answer the question a finding asks with no; any other, and none, leave it stated.
_NO = frozenset({"no", "n", "false", "negative", "absent", "none", "0"})
# Worded results of a measurement.
_WORDS = {
    **dict.fromkeys(
        ("positive", "high", "abnormal", "pos", "detected", "present", "reactive", "yes"), "positive"
    ),
    **dict.fromkeys(("negative", "neg", "absent", "no", "not detected", "non-reactive"), "negative"),
    "normal": "normal",
    "low": "low",
}
_STATUS = {
    Assertion.AFFIRMED: Status.PRESENT,
    Assertion.NEGATED: Status.ABSENT,
    Assertion.UNCERTAIN: Status.UNKNOWN,
}


class Said(NamedTuple):
    """What decides what a statement says; `truth` is a recorded truth value, `word` a worded one."""

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
    if said.missing:
        return Status.UNKNOWN
    denied = said.interpretation in ("negative", "normal") or said.word in _NO
    return Status.ABSENT if denied else Status.PRESENT


def judges(worded: Worded) -> str:
    """The flag of a result: as the record judges it, else what its truth value or its word means."""
    if worded.interpretation:
        return worded.interpretation
    if worded.truth is not None:
        return "positive" if worded.truth else "negative"
    return _WORDS.get(worded.word, "")


def said_of(seen: Observation) -> Said:
    """The key of `says` for an observation."""
    truth, word = _truth(seen), _plain(seen.value) if isinstance(seen.value, str) else ""
    return Said(seen.assertion, truth, word, seen.interpretation, bool(seen.missing_reason))


def worded_of(seen: Observation) -> Worded:
    """The key of `judges` for an observation."""
    value = seen.value
    word = value.display or value.code if isinstance(value, Code) else value if isinstance(value, str) else ""
    return Worded(_truth(seen), _plain(word), seen.interpretation)


def _truth(seen: Observation) -> bool | None:
    return seen.value if isinstance(seen.value, bool) else None


def _plain(word: str) -> str:
    return word.casefold().strip(" .")
