"""A recorded number brought to its analyte's unit, as the interval it stands for.

A number without a unit that the record does not decide, or in a unit of another dimension, is not used.
"""

from __future__ import annotations

import math

from msgspec import Struct

from calcinosis.errors import UnknownUnit
from calcinosis.knowledge import Knowledge, units
from calcinosis.knowledge.schema import Analyte
from calcinosis.language.unit_spellings import unit_spellings
from calcinosis.language.unwritten_units import possible
from calcinosis.model import Quantity

_NO_UNIT = frozenset(("", "1", "{ratio}", "{inr}", "{score}"))


class Measure(Struct, frozen=True):
    """A value in the canonical unit; `low` and `high` differ from it when it was given as < or >."""

    value: float
    low: float
    high: float


class Units:
    """How records write units, and the factors compiled for each analyte."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._factors = knowledge.contents.factors
        self._spelled = unit_spellings(knowledge)

    def factor(self, analyte: Analyte, written: str) -> float:
        """Factor from the unit as written to the canonical unit.

        Raises:
            UnknownUnit: no unit was written, or no factor leads from it.
        """
        own = self._spelled.of(analyte, written)
        known = self._factors.get(analyte.id, {})
        if own in known:
            return known[own]
        if any(one.unit == own for one in analyte.affine):
            raise UnknownUnit(f"no factor leads from {own} to {analyte.unit} of {analyte.label}")
        if not written.strip() and analyte.unit_understood:
            return 1.0
        if not written.strip():
            raise _unitless(analyte, None)
        candidates = self._spelled.meant(written)
        return units.factor(analyte, candidates[0] if candidates else written)

    def measure(self, analyte: Analyte, quantity: Quantity) -> Measure:
        """The quantity in the analyte's canonical unit.

        Raises:
            UnknownUnit: the unit is missing, unknown or of another dimension, or the value cannot be.
        """
        value = quantity.value * self.factor_of(analyte, quantity)
        if not math.isfinite(value):
            raise UnknownUnit(f"{analyte.label} is not a finite number", expected="a number")
        _believable(analyte, value, quantity)
        low = -math.inf if quantity.comparator.startswith("<") else value
        high = math.inf if quantity.comparator.startswith(">") else value
        return Measure(value, low, high)

    def factor_of(self, analyte: Analyte, quantity: Quantity) -> float:
        """Factor of a recorded value, by its unit alone; the number is for the words of the error.

        Raises:
            UnknownUnit: the unit is missing, unknown or of another dimension.
        """
        if not analyte.unit:
            return self._alone(analyte, quantity.unit)
        if not quantity.unit.strip() and not analyte.unit_understood:
            raise _unitless(analyte, quantity)
        return self.factor(analyte, quantity.unit)

    def _alone(self, analyte: Analyte, written: str) -> float:
        """A ratio or a score has no unit: where its number decides something it takes no other."""
        decides = analyte.ranges or analyte.thresholds
        if decides and written.strip().casefold() not in _NO_UNIT and not self._spelled.of(analyte, written):
            raise UnknownUnit(
                f"{analyte.label} has no unit, and {written!r} is written",
                expected="a number alone",
                remedy="Check what was measured; the value is not used.",
            )
        return 1.0


def _believable(analyte: Analyte, value: float, quantity: Quantity) -> None:
    if analyte.plausible is None or quantity.comparator.startswith("<"):
        return
    low, high = analyte.plausible
    if value > high or (value < low and not quantity.comparator):
        raise UnknownUnit(
            f"{analyte.label} in {quantity.unit or 'no unit'} is outside what occurs in a patient",
            expected=f"{low:g} to {high:g} {analyte.unit}".rstrip(),
            remedy="Check the number and its unit; the value is not used.",
        )


def _unitless(analyte: Analyte, quantity: Quantity | None) -> UnknownUnit:
    """The error names every unit in which the value is possible, so that somebody can be asked."""
    choices = possible(analyte, quantity) if quantity is not None else ()
    if not choices:
        choices = tuple(unit for unit in (analyte.unit, analyte.si_unit) if unit)
    asked = " or ".join(choices)
    return UnknownUnit(
        f"{analyte.label} has no unit" + (f", and may be in {asked}" if len(choices) > 1 else ""),
        expected=asked,
        remedy=f'Add the unit, for example "{choices[0]}"; the value is not used.',
    )
