"""How often each red flag is raised in patients who need it, and in the others.

A patient needs a flag where `expected.jsonl` lists it under `urgent`, or where the authors' first subtype is
the one that the flag guards and the lesion is described. False is a flag that the row forbids, or that guards
a subtype which the row does not accept. Of a flag that guards none the rows do not say in whom it would be
false: it is counted as raised elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from calcinosis.errors import UnreadableRecord
from calcinosis.evaluation.cases import Expected, record_path
from calcinosis.evaluation.intervals import wilson
from calcinosis.knowledge import load
from calcinosis.knowledge.schema import Urgent
from calcinosis.pathway import consult


class Raised(Struct, frozen=True):
    """A patient with the red flags that were raised."""

    expected: Expected
    flags: tuple[str, ...]


class Share(Struct, frozen=True):
    """A proportion with Wilson's interval."""

    raised: int
    total: int
    low: float
    high: float


class FlagAccuracy(Struct, frozen=True):
    """One red flag: where it is needed, where it is false, in all others, and in whom it was wrong."""

    flag: str
    needed: Share
    false: Share
    elsewhere: Share
    missed: tuple[str, ...]
    falsely: tuple[str, ...]


def raised(folder: Path, cases: Iterable[Expected], visit: str, form: str, as_of: str) -> Iterator[Raised]:
    """The red flags of each case; a record that cannot be read raises none."""
    for case in cases:
        path = record_path(folder, case.id, visit, form)
        if path.exists():
            try:
                flags = tuple(flag.id for flag in consult(path, as_of).urgent)
            except UnreadableRecord:
                flags = ()
            yield Raised(case, flags)


def flag_accuracy(patients: Iterable[Raised]) -> tuple[FlagAccuracy, ...]:
    """Each flag that somebody needs or that was raised, in the order of the knowledge base."""
    held = list(patients)
    found = (_of_flag(entry, held) for entry in load().contents.urgent.values())
    return tuple(one for one in found if one.needed.total or one.elsewhere.raised or one.false.total)


def _of_flag(entry: Urgent, patients: list[Raised]) -> FlagAccuracy:
    needed = [one for one in patients if _needs(one.expected, entry)]
    others = [one for one in patients if not _needs(one.expected, entry)]
    false = [one for one in others if _forbids(one.expected, entry)]
    return FlagAccuracy(
        entry.id,
        _share(needed, entry.id),
        _share(false, entry.id),
        _share(others, entry.id),
        tuple(one.expected.id for one in needed if entry.id not in one.flags),
        tuple(one.expected.id for one in false if entry.id in one.flags),
    )


def _needs(case: Expected, entry: Urgent) -> bool:
    first = (case.subtype or ("",))[0]
    by_subtype = bool(first) and first == _guarded(entry)
    return entry.id in case.urgent or (by_subtype and case.describes_lesion)


def _forbids(case: Expected, entry: Urgent) -> bool:
    if entry.id in case.urgent_forbidden:
        return True
    guarded = _guarded(entry)
    return bool(guarded) and guarded not in (case.subtype or ())


def _guarded(entry: Urgent) -> str:
    """The subtype that a flag guards, or nothing."""
    return entry.guards.subtype if entry.guards is not None else ""


def _share(patients: list[Raised], flag: str) -> Share:
    count = sum(flag in one.flags for one in patients)
    return Share(count, len(patients), *wilson(count, len(patients)))
