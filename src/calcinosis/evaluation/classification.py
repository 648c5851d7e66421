"""How often the subtype ranked first is one that the authors accept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec import Struct

from calcinosis.consultation import Consultation
from calcinosis.errors import UnreadableRecord
from calcinosis.evaluation.cases import UNDETERMINED, Expected, record_path
from calcinosis.evaluation.intervals import wilson
from calcinosis.pathway import consult


class Outcome(Struct, frozen=True):
    """One case: what was expected, what came out, and why."""

    case: str
    accepted: tuple[str, ...]
    concluded: str
    provisional: bool
    right: bool
    why: str


class Accuracy(Struct, frozen=True):
    """Agreement over cases, with the Wilson interval, the confusion matrix and every outcome."""

    right: int
    total: int
    low: float
    high: float
    confusion: dict[tuple[str, str], int]
    outcomes: tuple[Outcome, ...]
    definite: int
    definite_right: int


def outcome(expected: Expected, path: Path, as_of: str) -> Outcome:
    """The outcome for one record; a record that cannot be read is wrong, with its error as the reason."""
    accepted = expected.subtype or (UNDETERMINED,)
    try:
        done = consult(path, as_of, "case_series")
    except UnreadableRecord as error:
        return Outcome(expected.id, accepted, "unreadable", False, False, str(error))
    first = done.leading
    concluded = first.id if first else UNDETERMINED
    return Outcome(
        expected.id,
        accepted,
        concluded,
        bool(first and first.provisional),
        concluded in accepted,
        _why(done),
    )


def _why(done: Consultation) -> str:
    """The ranked subtypes with their causes, shortest form."""
    ranked = [item for item in done.subtypes if item.rank is not None]
    if not ranked:
        return "no subtype supported"
    parts = []
    for item in ranked:
        causes = ", ".join(cause.id for cause in item.causes if cause.status == "met")
        reasons = ", ".join(f"{reason.finding} {reason.status.value}" for reason in item.because[:4])
        parts.append(f"{item.rank} {item.id} {item.status.value} [{causes or reasons}]")
    return "; ".join(parts)


def accuracy(outcomes: Sequence[Outcome]) -> Accuracy:
    """Agreement over outcomes; the row of the confusion matrix is the authors' first subtype."""
    right = sum(item.right for item in outcomes)
    low, high = wilson(right, len(outcomes))
    definite = [item for item in outcomes if not item.provisional and item.concluded != UNDETERMINED]
    return Accuracy(
        right,
        len(outcomes),
        low,
        high,
        dict(Counter((item.accepted[0], item.concluded) for item in outcomes)),
        tuple(outcomes),
        len(definite),
        sum(item.right for item in definite),
    )


def classified(
    folder: Path, cases: Iterable[Expected], visit: str, form: str, as_of: str
) -> Iterable[Outcome]:
    """Outcomes of every case with an accepted subtype."""
    for expected in cases:
        if expected.subtype:
            yield outcome(expected, record_path(folder, expected.id, visit, form), as_of)
