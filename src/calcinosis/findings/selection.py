"""Which of several values counts: "latest" is one total order, defined here and nowhere else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from calcinosis.model import Moment, Observation

_NEVER = datetime.min
_LONGEST = 365 * 200


def order(observation: Observation) -> tuple[datetime, datetime, str]:
    """The total order of observations: effective, then issued, then id; undated ones come first."""
    return (*_time(observation), observation.id)


def _time(observation: Observation) -> tuple[datetime, datetime]:
    """When it was true and when it was published; those of one time are tied."""
    return _begins(observation.effective), _begins(observation.issued)


def _begins(moment: Moment | None) -> datetime:
    return moment.first if moment is not None else _NEVER


def current(
    observations: Sequence[Observation], as_of: datetime, window_days: int | None = None
) -> tuple[Observation, ...]:
    """Those that count at `as_of`, in order: not later, and not older than the window where there is one.

    A partial date counts where any instant that it may mean does; an undated one always counts.
    """
    oldest = _NEVER if window_days is None else as_of - timedelta(days=min(window_days, _LONGEST))
    return tuple(sorted((seen for seen in observations if _within(seen, oldest, as_of)), key=order))


def _within(seen: Observation, oldest: datetime, newest: datetime) -> bool:
    when = seen.effective
    return when is None or (when.first <= newest and oldest <= when.last)


def latest(ordered: Sequence[Observation]) -> tuple[Observation, ...]:
    """The last of the order together with those tied with it (same effective and same issued)."""
    if not ordered:
        return ()
    last = _time(ordered[-1])
    return tuple(seen for seen in ordered if _time(seen) == last)
