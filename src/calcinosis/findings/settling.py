"""One status where several are given: the steps Settle and Combine of the plan. None depends on an order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from calcinosis.findings.rows import Given, Sign
from calcinosis.knowledge.tables import TermRow
from calcinosis.model import Moment, Status


def settled(statuses: Iterable[Status]) -> tuple[Status, bool]:
    """The definite status, and whether definite ones differ: then it is unknown."""
    definite = {status for status in statuses if status is not Status.UNKNOWN}
    return (definite.pop(), False) if len(definite) == 1 else (Status.UNKNOWN, bool(definite))


def given(analyte: str, signs: Iterable[Sign]) -> list[Given]:
    """One status for each finding of an analyte, from the readings that count."""
    by_finding: dict[str, list[Sign]] = {}
    for sign in signs:
        by_finding.setdefault(sign.finding, []).append(sign)
    return [
        Given(analyte, finding, *_split(found, *settled(sign.status for sign in found)))
        for finding, found in by_finding.items()
    ]


def _split(found: list[Sign], status: Status, conflict: bool) -> tuple[Status, tuple[Sign, ...], bool]:
    return status, tuple(found), conflict


def combined(term: TermRow, said: Sequence[Given], prefer: Mapping[tuple[str, str], int]) -> Given:
    """The one of several analytes that decides a finding.

    Those that say something definite decide; a panel's word only where no analyte does by itself. Without
    any, one that contradicts itself, so that the contradiction is shown.
    """
    if len(said) == 1:
        return said[0]
    definite = [one for one in said if one.status is not Status.UNKNOWN]
    pool = [one for one in definite if not one.weak] or definite
    if not pool:
        return min(
            said, key=lambda one: (not one.conflict, prefer.get((term.term, one.analyte), 0), one.analyte)
        )
    if term.combine == "prefer":
        timely = [one for one in pool if not _outdated(one, pool, term.prefer_days)]
        return min(timely, key=lambda one: (prefer.get((term.term, one.analyte), len(prefer)), one.analyte))
    wanted = Status.ABSENT if term.combine == "all" else Status.PRESENT
    return min(pool, key=lambda one: (one.status is not wanted, one.analyte))


def _outdated(one: Given, pool: Sequence[Given], days: int | None) -> bool:
    """Whether it is over `days` older than the newest; what has no date is not."""
    own = _when(one)
    dates = [when.first for other in pool if (when := _when(other)) is not None]
    return days is not None and own is not None and max(dates) - own.first > timedelta(days=days)


def _when(one: Given) -> Moment | None:
    return one.signs[-1].judged.reading.seen.effective
