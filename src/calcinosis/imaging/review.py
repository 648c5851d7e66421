"""A reader's decisions on the objects found: class flipped, merged, split; provenance kept.

Decision file (JSON):
    {"reader": "AB", "date": "2026-11-21",
     "decisions": [
       {"id": "D003", "class": "bone", "note": "patella"},
       {"merge": ["D001", "D002"]},
       {"id": "D004", "split": [[x, y, z], [x, y, z]]}]}      # seeds in LPS millimetres
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calcinosis.imaging.model import Measurement, Volume


def apply(
    measurement: Measurement, decisions: Mapping[str, Any], volume: Volume | None = None
) -> Measurement:
    """Apply a reader's decisions; `volume` is needed to measure merged and split deposits again."""
    raise NotImplementedError
