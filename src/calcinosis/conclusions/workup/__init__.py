"""Which test would settle most: expected information gain, in bits, and what each result would do."""

from __future__ import annotations

from calcinosis.conclusions.workup.gain import Gain, Outcome, Shift, gain, gains
from calcinosis.conclusions.workup.order import Placed, order

__all__ = ["Gain", "Outcome", "Placed", "Shift", "gain", "gains", "order"]
