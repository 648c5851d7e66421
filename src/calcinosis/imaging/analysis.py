"""From a volume in Hounsfield units to measured deposits."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.model import Measurement, Volume


def measure(
    volume: Volume,
    *,
    bone_mask: NDArray[np.bool_] | None = None,
    calibration_mg_per_hu_ml: float | None = None,
    review: Mapping[str, Any] | None = None,
    progress: Callable[[str, float], None] | None = None,
) -> Measurement:
    """Find and measure the deposits of a scan."""
    raise NotImplementedError
