"""The intralesional plan: where to inject, how much at each point, how much in all, drawn to scale.

The published geometry (0.5 mL for a circle of 1 cm, every 5 to 10 mm) can be read in two ways; both are
computed and labelled. Every constant stands in `knowledge/dosing.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, dist, pi

from msgspec import Struct

from calcinosis.conclusions.treatment import layout
from calcinosis.conclusions.treatment.dose import number, spanned
from calcinosis.conclusions.treatment.layout import Point
from calcinosis.conclusions.treatment.person import Person, asked
from calcinosis.criteria import Compare, Limits
from calcinosis.errors import UnknownName
from calcinosis.knowledge.schema import Statement
from calcinosis.knowledge.treatment_schema import Action, Injection, Treatments, same_unit
from calcinosis.model import Verdict


class PlanReading(Struct, frozen=True, kw_only=True):
    """The plan under one reading of the source.

    Attributes:
        points: number of injection points; volumes in mL; `amount` in mg of drug for one session.
        visits: sessions that the volume must be spread over to stay under the session limit.
    """

    id: str
    label: str
    text: str
    default: bool
    points: int
    volume_each: tuple[float, float]
    volume: tuple[float, float]
    amount: tuple[float, float]
    visits: int
    arithmetic: str
    warnings: tuple[str, ...]
    sources: tuple[str, ...]
    basis: str


class InjectionPlan(Struct, frozen=True, kw_only=True):
    """A plan to draw: outline and points in mm, origin at the centre of the lesion."""

    area: float
    diameter: float
    outline: tuple[Point, ...]
    points: tuple[Point, ...]
    spacing: float
    concentration: float
    concentration_unit: str
    fingertip: bool
    readings: tuple[PlanReading, ...]
    schedules: tuple[Statement, ...]
    preparation: tuple[str, ...]
    anaesthetic: str
    refused: str
    warnings: tuple[Action, ...]
    statements: tuple[Statement, ...]


def plan(
    held: Treatments,
    *,
    diameter: float | None = None,
    outline: Sequence[Point] = (),
    fingertip: bool = False,
    concentration: float | None = None,
    spacing: float | None = None,
    person: Person | None = None,
) -> InjectionPlan:
    """A plan for one lesion.

    Args:
        held: the compiled treatments.
        diameter: of a round lesion, mm; or
        outline: its corners in mm, in order, any shape without crossings.
        fingertip: the lesion lies on a fingertip, a closed space.
        concentration: mg/mL, one of the published ones.
        spacing: between points, mm, within the published range.
        person: for the renal limit and the lidocaine ceiling.

    Raises:
        UnknownName: neither diameter nor outline, an outline that crosses itself or encloses nothing, or a
            value that was not published.
    """
    constants = held.dosing.injection
    strength = _chosen(concentration, constants.concentration_default, constants.concentrations, "mg/mL")
    gap = _within(spacing, constants)
    area, across, edge = _lesion(diameter, outline)
    single = across <= (constants.fingertip_diameter if fingertip else constants.single_site_diameter)
    count = 1 if single else ceil(area / gap**2 - 1e-9)
    small = fingertip and across <= constants.fingertip_diameter
    points = _points(count, across, edge, gap, drawn=bool(outline))
    readings = tuple(_readings(constants, area, len(points), strength, small, held.mass))
    return InjectionPlan(
        area=area,
        diameter=across,
        outline=edge,
        points=points,
        spacing=gap,
        concentration=strength,
        concentration_unit=constants.concentration_unit,
        fingertip=fingertip,
        readings=readings,
        schedules=constants.schedules,
        preparation=tuple(_preparation(constants, strength, readings)),
        anaesthetic=_anaesthetic(constants, person),
        refused=_refused(constants, person),
        warnings=constants.warnings,
        statements=tuple(constants.statements.values()),
    )


def _chosen(value: float | None, default: float, allowed: Sequence[float], unit: str) -> float:
    if value is None:
        return default
    if value not in allowed:
        listed = " or ".join(f"{item:g}" for item in allowed)
        raise UnknownName(f"concentration {value:g} {unit} was not published", expected=f"{listed} {unit}")
    return value


def _within(spacing: float | None, constants: Injection) -> float:
    low, high = constants.spacing
    if spacing is None:
        return constants.spacing_default
    if not low <= spacing <= high:
        raise UnknownName(f"spacing {spacing:g} mm was not published", expected=f"{low:g} to {high:g} mm")
    return spacing


def _lesion(diameter: float | None, outline: Sequence[Point]) -> tuple[float, float, tuple[Point, ...]]:
    """Area in mm2, greatest diameter in mm, and the outline round its centre."""
    if outline:
        corners = layout.simple_outline(outline)
        area, (x, y) = layout.area_and_centre(corners)
        edge = tuple((a - x, b - y) for a, b in corners)
        return area, max(dist(one, other) for one in edge for other in edge), edge
    if diameter is None or diameter <= 0:
        raise UnknownName(
            "the size of the lesion is missing", expected="a diameter in mm, or an outline of three corners"
        )
    return pi * diameter**2 / 4, diameter, layout.circle(diameter)


def _points(
    count: int, across: float, edge: tuple[Point, ...], gap: float, *, drawn: bool
) -> tuple[Point, ...]:
    return layout.in_outline(count, edge, gap) if drawn else layout.on_disc(count, across, gap)


def _readings(
    constants: Injection, area: float, count: int, strength: float, small: bool, mass: dict[str, float]
) -> Iterator[PlanReading]:
    circles = max(1, ceil(area / constants.circle_diameter**2 - 1e-9)) if count > 1 else 1
    for reading in constants.readings:
        if small:
            volume = constants.fingertip_volume
            text = f"1 point of {number(volume[0])}-{number(volume[1])} mL"
        elif reading.id == "each_point":
            volume = (constants.circle_volume * count,) * 2
            text = (
                f"{_counted(count, 'point')} x {number(constants.circle_volume)} mL = {number(volume[0])} mL"
            )
        else:
            volume = (constants.circle_volume * circles,) * 2
            text = (
                f"{_counted(circles, 'circle')} of {constants.circle_diameter / 10:g} cm x"
                f" {number(constants.circle_volume)} mL = {number(volume[0])} mL,"
                f" split over {_counted(count, 'point')}"
            )
        amount = (volume[0] * strength, volume[1] * strength)
        limit = same_unit(constants.session_limit, constants.session_limit_unit, "mg", mass) or 0.0
        text += f"; x {number(strength)} mg/mL = {spanned(*amount)} mg"
        yield PlanReading(
            id=reading.id,
            label=reading.label,
            text=reading.text,
            default=reading.default,
            points=count,
            volume_each=(volume[0] / count, volume[1] / count),
            volume=volume,
            amount=amount,
            visits=max(1, ceil(amount[1] / limit - 1e-9)),
            arithmetic=text,
            warnings=_over(constants, amount[1], limit),
            sources=reading.sources,
            basis=reading.basis,
        )


def _counted(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _over(constants: Injection, amount: float, limit: float) -> tuple[str, ...]:
    if amount <= limit:
        return ()
    text = constants.statements["session_limit"].text
    return (f"{number(amount)} mg is more than {number(limit)} mg for one session. {text}",)


def _preparation(constants: Injection, strength: float, readings: Sequence[PlanReading]) -> Iterator[str]:
    """How the strength is made from the vial, for the volume of each reading."""
    full = max(constants.concentrations)
    yield constants.statements["vial"].text
    for reading in readings:
        top = reading.volume[1]
        drug = top * strength / full
        rest = f" with {number(top - drug)} mL of diluent" if top > drug else ""
        line = f"{reading.label}: {number(drug)} mL of {number(full)} mg/mL{rest}"
        vials = ceil(drug / constants.vial - 1e-9)
        yield f"{line} ({vials} vial{'s' if vials > 1 else ''})"


def _anaesthetic(constants: Injection, person: Person | None) -> str:
    text = constants.statements["anaesthetic"].text
    if person is None or person.weight is None:
        return text
    most = min(constants.anaesthetic_per_kg * person.weight, constants.anaesthetic_max)
    rate = f"{number(constants.anaesthetic_per_kg)} {constants.anaesthetic_unit}/kg"
    return (
        f"{text}; {rate} x {number(person.weight)} kg, so at most {number(most)} {constants.anaesthetic_unit}"
    )


def _refused(constants: Injection, person: Person | None) -> str:
    limit = Compare("renal", Limits(below=constants.egfr_below))
    if person is None or asked(limit, person) is not Verdict.MET:
        return ""
    return constants.statements["renal"].text
