"""Published response of several options on one axis from 0 to 100 %, each with its interval."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from calcinosis.conclusions.treatment import TreatmentOption

FEW = 5
_OUTCOME = "improved"
_LEAST, _MOST, _FULL = 2.0, 6.0, 60


class Row(Struct, frozen=True):
    """One option: shares in percent, the side of its square in percent of the axis; `few` patients hollow."""

    name: str
    status: str
    estimate: float
    low: float
    high: float
    n: int
    responders: int
    side: float
    few: bool


def forest(options: Iterable[TreatmentOption]) -> tuple[Row, ...]:
    """A row for each option whose response was pooled, in the order given."""
    return tuple(
        Row(
            option.name,
            option.status,
            round(100 * pooled.estimate, 1),
            round(100 * pooled.low, 1),
            round(100 * pooled.high, 1),
            pooled.n,
            pooled.responders,
            round(_LEAST + (_MOST - _LEAST) * sqrt(min(pooled.n, _FULL) / _FULL), 2),
            pooled.n < FEW,
        )
        for option in options
        for pooled in option.evidence.pooled
        if pooled.outcome == _OUTCOME
    )
