"""A recorded number brought to its analyte's unit, as the interval it stands for.

A number without a unit, or in a unit of another dimension, is not guessed at.
"""

from __future__ import annotations

import math

from msgspec import Struct

from calcinosis.errors import UnknownUnit
from calcinosis.knowledge import Knowledge, units
from calcinosis.knowledge.schema import Analyte
from calcinosis.model import Quantity


class Measure(Struct, frozen=True):
    """A value in the canonical unit; `low` and `high` differ from it when it was given as < or >."""

    value: float
    low: float
    high: float


class Units:
    """How records write units, and the factors compiled for each analyte."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._factors = knowledge.contents.factors
        self._spelled: dict[str, list[str]] = {}
        for unit, spellings in knowledge.contents.language.unit_spellings.items():
            for spelling in (unit, *spellings):
                self._spelled.setdefault(_squeezed(spelling), []).append(unit)

    def factor(self, analyte: Analyte, written: str) -> float:
        """Factor from the unit as written to the canonical unit.

        Raises:
            UnknownUnit: no unit was written, or it cannot be converted.
        """
        known = self._factors.get(analyte.id, {})
        if written in known:
            return known[written]
        if not written.strip() and analyte.unit_understood:
            return 1.0
        if not written.strip():
            raise _unitless(analyte)
        candidates = self._spelled.get(_squeezed(written), [])
        for unit in candidates:
            if unit in known:
                return known[unit]
        return units.factor(analyte, candidates[0] if candidates else written)

    def measure(self, analyte: Analyte, quantity: Quantity) -> Measure:
        """The quantity in the analyte's canonical unit.

        Raises:
            UnknownUnit: the unit is missing, unknown or of another dimension, or the value cannot be.
        """
        factor = 1.0 if not analyte.unit else self.factor(analyte, quantity.unit)
        value = quantity.value * factor
        if not math.isfinite(value):
            raise UnknownUnit(f"{analyte.label} is not a finite number", expected="a number")
        _believable(analyte, value, quantity)
        low = -math.inf if quantity.comparator.startswith("<") else value
        high = math.inf if quantity.comparator.startswith(">") else value
        return Measure(value, low, high)


def _believable(analyte: Analyte, value: float, quantity: Quantity) -> None:
    if analyte.plausible is None or quantity.comparator:
        return
    low, high = analyte.plausible
    if not low <= value <= high:
        raise UnknownUnit(
            f"{analyte.label} in {quantity.unit or 'no unit'} is outside what occurs in a patient",
            expected=f"{low:g} to {high:g} {analyte.unit}",
            remedy="Check the number and its unit; the value is not used.",
        )


def _unitless(analyte: Analyte) -> UnknownUnit:
    choices = " or ".join(unit for unit in (analyte.unit, analyte.si_unit) if unit)
    return UnknownUnit(
        f"{analyte.label} has no unit, and calcinosis does not guess one",
        expected=choices,
        remedy=f'Add the unit, for example "{analyte.unit}".',
    )


def _squeezed(unit: str) -> str:
    return unit.replace(" ", "").replace("μ", "u").replace("µ", "u").casefold()
