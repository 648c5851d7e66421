"""The unit of a value that is written without one: `Ca 9.3, Phos 3.4`, `Ca 2.61 (2.2-2.6)`.

It is inferred where its own range is one of a single unit, where a single unit makes the value possible, or
where another value of the same panel, in a unit that is known, decides. Else it stays open and is asked.
Which values occur in a unit, and which analyte decides for which, is in `knowledge/analytes` (`unwritten`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Analyte
from calcinosis.language.unit_spellings import unit_spellings
from calcinosis.model import Quantity, Range

# Limits of two laboratories for one analyte differ by less than this; those in two of its units by more.
_ALIKE = 2.0


class Inferred(NamedTuple):
    """A unit that nobody wrote, and why it is meant."""

    unit: str
    because: str


Scale = tuple[float, float]


def possible(analyte: Analyte, quantity: Quantity | Range) -> tuple[str, ...]:
    """The units in which a value that has none may stand."""
    ends = (quantity.value,) if isinstance(quantity, Quantity) else (quantity.low or 0, quantity.high or 0)
    return tuple(one.unit for one in analyte.unwritten if all(one.low <= end <= one.high for end in ends))


class UnwrittenUnits:
    """Infers units by the ranges and the values that this knowledge base knows."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._factors = knowledge.contents.factors
        self._labels = {one.id: one.label for one in knowledge.contents.analytes.values()}
        self._spelled = unit_spellings(knowledge)

    def alone(self, analyte: Analyte, quantity: Quantity | Range, own: Range | None) -> Inferred | None:
        """The unit that the value's own range or the value itself decides."""
        if own is not None and own.unit and (unit := self._spelled.of(analyte, own.unit)):
            return Inferred(unit, "its own range has it")
        ranged = self._by_range(analyte, own) if own is not None else []
        if len(ranged) == 1:
            return Inferred(ranged[0], f"its own range {_shown(own)} is one of that unit")
        units = possible(analyte, quantity)
        if len(units) != 1 or (ranged and units[0] not in ranged):
            return None
        if len(analyte.unwritten) == 1:
            return Inferred(units[0], "it is the only unit in use")
        return Inferred(units[0], f"{_told(quantity)} is possible in no other")

    def beside(
        self, analyte: Analyte, quantity: Quantity | Range, panel: Mapping[str, frozenset[str]]
    ) -> Inferred | None:
        """The unit that goes with those of the same panel, given by analyte."""
        units = possible(analyte, quantity)
        told: dict[str, str] = {}
        for row in analyte.unwritten:
            if row.unit not in units:
                continue
            for unit, analytes in row.beside.items():
                for other in analytes:
                    if panel.get(other) == frozenset((unit,)):
                        told.setdefault(row.unit, f"{self._labels[other].lower()} beside it is in {unit}")
        if len(told) != 1:
            return None
        ((unit, because),) = told.items()
        return Inferred(unit, because)

    def _by_range(self, analyte: Analyte, own: Range | None) -> list[str]:
        """The units in which a range without unit is a normal range of the analyte; of equals the first."""
        if own is None:
            return []
        found: dict[Scale, str] = {}
        for unit, scale in self._scales(analyte):
            if self._is_normal(analyte, own, scale):
                found.setdefault(scale, unit)
        return list(found.values())

    def _scales(self, analyte: Analyte) -> Iterator[tuple[str, Scale]]:
        for unit, by in self._factors.get(analyte.id, {}).items():
            yield unit, (float(f"{by:.6g}"), 0.0)
        for one in analyte.affine:
            yield one.unit, (one.factor, one.offset)

    def _is_normal(self, analyte: Analyte, own: Range, scale: Scale) -> bool:
        for known in analyte.ranges:
            by = self._factors.get(analyte.id, {}).get(known.unit)
            if by is None:
                continue
            pairs = [
                (limit * scale[0] + scale[1], bound * by)
                for limit, bound in ((own.low, known.low), (own.high, known.high))
                if limit and bound
            ]
            if pairs and all(1 / _ALIKE < limit / bound < _ALIKE for limit, bound in pairs):
                return True
        return False


def _told(quantity: Quantity | Range) -> str:
    return f"{quantity.value:g}" if isinstance(quantity, Quantity) else _shown(quantity)


def _shown(own: Range | None) -> str:
    if own is None:
        return ""
    if own.low is None:
        return f"<{own.high:g}"
    return f"{own.low:g}-{own.high:g}" if own.high is not None else f">{own.low:g}"


def unwritten_units(knowledge: Knowledge) -> UnwrittenUnits:
    """The inference of this knowledge base, built once."""
    return knowledge.built("language.unwritten_units", UnwrittenUnits)
