"""Which of several values counts: "latest" is one total order, defined here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from calcinosis.model import Moment, Observation

_NEVER = datetime.min
_LONGEST = 365 * 200
_SPAN = {"year": timedelta(days=365), "month": timedelta(days=30), "day": timedelta(hours=23)}


def _instant(moment: Moment | None) -> datetime:
    return moment.at if moment is not None else _NEVER


def _last(moment: Moment) -> datetime:
    """The latest instant that a partial date allows."""
    return moment.at + _SPAN.get(moment.precision, timedelta())


def order(observation: Observation) -> tuple[datetime, datetime, str]:
    """The total order of observations: effective, then issued, then id; undated ones come first."""
    return (_instant(observation.effective), _instant(observation.issued), observation.id)


def current(
    observations: Sequence[Observation], as_of: datetime, window_days: int
) -> tuple[Observation, ...]:
    """Those that count at `as_of`: not later, not older than the window; undated ones count."""
    oldest = as_of - timedelta(days=min(window_days, _LONGEST))
    return tuple(
        sorted(
            (
                seen
                for seen in observations
                if seen.effective is None or (oldest <= _last(seen.effective) and seen.effective.at <= as_of)
            ),
            key=order,
        )
    )


def latest(ordered: Sequence[Observation]) -> tuple[Observation, ...]:
    """The last of the order together with those tied with it (same effective and same issued)."""
    if not ordered:
        return ()
    last = order(ordered[-1])[:2]
    return tuple(seen for seen in ordered if order(seen)[:2] == last)
