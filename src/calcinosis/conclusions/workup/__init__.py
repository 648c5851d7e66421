"""Which test would settle most: expected information gain, in bits, and what each result would do."""

from __future__ import annotations

from calcinosis.conclusions.workup.gain import Gain, Outcome, Shift, gains, outcomes
from calcinosis.conclusions.workup.order import STEPS, burden, step_up, worth

__all__ = ["STEPS", "Gain", "Outcome", "Shift", "burden", "gains", "outcomes", "step_up", "worth"]
