"""One hundred people in ten rows: how many got better, and between which numbers the truth may lie."""

from __future__ import annotations

from msgspec import Struct

from calcinosis.presentation.figures.drawing import drawn

_PER_ROW, _STEP_X, _STEP_Y, _EDGE = 20, 15, 22, 6


class Person(Struct, frozen=True):
    """One of the hundred: filled when better, dashed when the number is not sure as far as here."""

    x: float
    y: float
    better: bool
    unsure: bool


class Icons(Struct, frozen=True):
    """`better` of 100, and the range of what may be true, both in people of 100."""

    better: int
    low: int
    high: int

    @property
    def people(self) -> tuple[Person, ...]:
        """All hundred, row by row."""
        return tuple(
            Person(
                _EDGE + _STEP_X * (k % _PER_ROW),
                _EDGE + _STEP_Y * (k // _PER_ROW),
                k < self.better,
                self.low <= k < self.high,
            )
            for k in range(100)
        )

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture."""
        return _STEP_X * _PER_ROW + 2 * _EDGE - 4, _STEP_Y * (100 // _PER_ROW) + 2 * _EDGE - 2

    def svg(self, text: str) -> str:
        """The picture; `text` says the same in words."""
        return drawn("figures/icons.svg.j2", icons=self, text=text)


def icons(count: int, n: int, low: float, high: float) -> Icons:
    """People of 100 from `count` of `n` and an interval of proportions, widened to hold the count."""
    better = round(100 * count / n)
    return Icons(better, min(round(100 * low), better), max(round(100 * high), better))
