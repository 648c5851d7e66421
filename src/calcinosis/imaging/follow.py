"""Two scans of one patient: which deposits are new, gone, more, less or the same."""

from __future__ import annotations

from collections.abc import Callable

from calcinosis.imaging.model import FollowUp, Measurement, Volume


def follow(
    baseline: Volume,
    baseline_measurement: Measurement,
    later: Volume,
    later_measurement: Measurement,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> FollowUp:
    """Compare two measurements of one patient."""
    raise NotImplementedError
