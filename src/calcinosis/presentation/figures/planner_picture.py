"""The injection plan to scale: a millimetre grid, the outline, every point, and what goes into it.

Both readings of the source stand side by side. One unit of the picture is one millimetre of paper, so
that a print at full size is as large as it says.
"""

from __future__ import annotations

from math import ceil

from msgspec import Struct

from calcinosis.conclusions.treatment import InjectionPlan
from calcinosis.conclusions.treatment.dose import number, spanned
from calcinosis.conclusions.treatment.layout import Point
from calcinosis.conclusions.treatment.planner import PlanReading
from calcinosis.knowledge.treatment_schema import Injection
from calcinosis.presentation.figures.drawing import FONT, drawn

PANEL = 84.0
_GAP, _EDGE, _HEAD = 6.0, 3.0, 24.0
_SCALES = (10.0, 5.0, 2.0, 1.0, 0.5, 0.2, 0.1)
_DOT = 1.6


class Panel(Struct, frozen=True):
    """One reading: `circle` is the radius in mm of the area that a point stands for, 0 where it has none."""

    left: float
    title: str
    lines: tuple[str, ...]
    each: str
    dot: float
    circle: float


class PlannerPicture(Struct, frozen=True):
    """Paper coordinates; `scale` is millimetres of paper for one of skin."""

    title: str
    scale: float
    grid: float
    outline: tuple[Point, ...]
    points: tuple[Point, ...]
    panels: tuple[Panel, ...]
    numbered: bool

    @property
    def ratio(self) -> str:
        """The scale as words."""
        return f"{number(self.scale)} : 1" if self.scale >= 1 else f"1 : {number(1 / self.scale)}"

    @property
    def width(self) -> float:
        """Of the paper, mm."""
        return 2 * _EDGE + len(self.panels) * PANEL + (len(self.panels) - 1) * _GAP

    @property
    def height(self) -> float:
        """Of the paper, mm."""
        return _HEAD + PANEL + 13

    def svg(self, font: str = FONT) -> str:
        """The picture, in millimetres; `font` is a family, or `inherit` within a page."""
        steps = [k * self.grid * self.scale for k in range(ceil(PANEL / 2 / (self.grid * self.scale)))]
        lines = sorted({*steps, *(-step for step in steps)})
        return drawn(
            "figures/planner.svg.j2",
            font=font,
            picture=self,
            panel=PANEL,
            head=_HEAD,
            lines=lines,
            bar=self._bar(),
        )

    def _bar(self) -> float:
        """Skin millimetres that the scale bar stands for."""
        return next(
            length for length in (50.0, 20.0, 10.0, 5.0, 2.0, 1.0) if length * self.scale <= PANEL / 3
        )


def picture(plan: InjectionPlan, constants: Injection, title: str) -> PlannerPicture:
    """The picture of a plan; `constants` are those that it was made with."""
    scale = _scale(plan)
    return PlannerPicture(
        title=title,
        scale=scale,
        grid=1.0 if scale >= 1 else 5.0 if scale >= 0.5 else 10.0,
        outline=_scaled(plan.outline, scale),
        points=_scaled(plan.points, scale),
        panels=_panels(plan, constants),
        numbered=len(plan.points) <= 60,
    )


def _scale(plan: InjectionPlan) -> float:
    """The largest of the even scales at which outline, circles and a margin fit into a panel."""
    reach = max(max(abs(x), abs(y)) for x, y in (*plan.outline, *plan.points))
    return next((scale for scale in _SCALES if (reach + 1) * 2 * scale <= PANEL - 6), _SCALES[-1])


def _scaled(points: tuple[Point, ...], scale: float) -> tuple[Point, ...]:
    # The page counts downwards, the plan upwards.
    return tuple((round(x * scale, 3), round(-y * scale, 3)) for x, y in points)


def _panels(plan: InjectionPlan, constants: Injection) -> tuple[Panel, ...]:
    """One for each reading; a single one where they come to the same."""
    alike = len({(reading.points, reading.volume) for reading in plan.readings}) == 1
    if alike:
        first = plan.readings[0]
        return (_panel(0, first, plan, constants, "Both readings come to the same"),)
    return tuple(
        _panel(k, reading, plan, constants, f"Reading {k + 1}: {reading.label}")
        for k, reading in enumerate(plan.readings)
    )


def _panel(place: int, reading: PlanReading, plan: InjectionPlan, constants: Injection, title: str) -> Panel:
    each, amount = spanned(*reading.volume_each), spanned(*reading.amount)
    visits = f", over {reading.visits} sessions" if reading.visits > 1 else ""
    wide = reading.id == "each_point" and plan.diameter > constants.circle_diameter
    radius = constants.circle_diameter / 2 if wide else 0.0
    plural = "s" if reading.points > 1 else ""
    return Panel(
        left=_EDGE + place * (PANEL + _GAP),
        title=title,
        lines=(
            f"{reading.points} point{plural} of {each} mL = {spanned(*reading.volume)} mL",
            f"{amount} mg at {number(plan.concentration)} {plan.concentration_unit}{visits}",
        ),
        each=each,
        dot=round(_DOT * max(0.35, min(1.0, (reading.volume_each[1] / constants.circle_volume) ** 0.5)), 2),
        circle=round(radius * _scale(plan), 2),
    )
