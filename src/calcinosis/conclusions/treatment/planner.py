"""The intralesional plan: where to inject, how much at each point, how much in all, drawn to scale.

The published geometry (0.5 mL for a circle of 1 cm, every 5 to 10 mm) can be read in two ways; both are
computed and labelled. Every constant stands in `knowledge/dosing.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, cos, pi, sin, sqrt

from msgspec import Struct

from calcinosis.conclusions.treatment.dose import number
from calcinosis.conclusions.treatment.person import Person, renal_below
from calcinosis.errors import UnknownName
from calcinosis.knowledge.schema import Statement
from calcinosis.knowledge.treatment_schema import Action, Injection, Treatments, same_unit
from calcinosis.model import Verdict

Point = tuple[float, float]
_GOLDEN_ANGLE = pi * (3 - sqrt(5))
# Samples of an outline for each point to be spread over it, rounds of spreading, corners of a drawn circle.
_SAMPLES = 24
_ROUNDS = 12
_CORNERS = 60


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
        UnknownName: neither diameter nor outline, or a value that was not published.
    """
    constants = held.dosing.injection
    strength = _chosen(concentration, constants.concentration_default, constants.concentrations, "mg/mL")
    gap = _within(spacing, constants)
    area, across, edge = _lesion(diameter, outline)
    single = across <= (constants.fingertip_diameter if fingertip else constants.single_site_diameter)
    count = 1 if single else ceil(area / gap**2 - 1e-9)
    small = fingertip and across <= constants.fingertip_diameter
    readings = tuple(_readings(constants, area, count, strength, small, held.mass))
    return InjectionPlan(
        area=area,
        diameter=across,
        outline=edge,
        points=_spread(count, edge, round_shape=not outline),
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
    if len(outline) >= 3:
        area, (x, y) = _area_and_centre(outline)
        edge = tuple((a - x, b - y) for a, b in outline)
        across = max(sqrt((a - c) ** 2 + (b - d) ** 2) for a, b in edge for c, d in edge)
        if area > 0:
            return area, across, edge
    if diameter is None or diameter <= 0:
        raise UnknownName(
            "the size of the lesion is missing", expected="a diameter in mm, or an outline of three corners"
        )
    radius = diameter / 2
    turns = [2 * pi * k / _CORNERS for k in range(_CORNERS)]
    circle = tuple((radius * cos(turn), radius * sin(turn)) for turn in turns)
    return pi * radius**2, diameter, circle


def _area_and_centre(outline: Sequence[Point]) -> tuple[float, Point]:
    """Area and centroid of a polygon (shoelace formula)."""
    twice = x = y = 0.0
    for (a, b), (c, d) in zip(outline, [*outline[1:], outline[0]], strict=True):
        cross = a * d - c * b
        twice += cross
        x += (a + c) * cross
        y += (b + d) * cross
    return (abs(twice) / 2, (x / (3 * twice), y / (3 * twice))) if twice else (0.0, (0.0, 0.0))


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
        text += f"; x {number(strength)} mg/mL = {_span(amount)} mg"
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


def _span(amount: tuple[float, float]) -> str:
    return number(amount[0]) if amount[0] == amount[1] else f"{number(amount[0])}-{number(amount[1])}"


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
    if person is None or renal_below(person, constants.egfr_below) is not Verdict.MET:
        return ""
    return constants.statements["renal"].text


def _spread(count: int, edge: Sequence[Point], *, round_shape: bool) -> tuple[Point, ...]:
    """`count` points evenly over the shape, each standing for the same area."""
    if count == 1:
        return ((0.0, 0.0),)
    if round_shape:
        radius = max(x for x, _ in edge)
        return tuple(_sunflower(count, radius))
    return _relaxed(count, edge)


def _sunflower(count: int, radius: float) -> Iterator[Point]:
    """Equal areas on a disc: H. Vogel, A better way to construct the sunflower head, 1979."""
    for k in range(count):
        distance = radius * sqrt((2 * k + 1) / (2 * count))
        yield distance * cos(k * _GOLDEN_ANGLE), distance * sin(k * _GOLDEN_ANGLE)


def _relaxed(count: int, edge: Sequence[Point]) -> tuple[Point, ...]:
    """Lloyd's relaxation over samples of the outline (S. Lloyd, 1982), from an even start."""
    samples = _samples(edge, ceil(sqrt(count * _SAMPLES)))
    points = [samples[(2 * k + 1) * len(samples) // (2 * count)] for k in range(count)]
    for _ in range(_ROUNDS):
        points = _moved(points, samples)
    # A mean of samples can fall into a notch of the outline; the nearest sample lies inside.
    return tuple(min(samples, key=lambda at, p=point: _apart(at, p)) for point in points)  # type: ignore[misc]


def _moved(points: list[Point], samples: Sequence[Point]) -> list[Point]:
    held: list[list[Point]] = [[] for _ in points]
    for at in samples:
        held[min(range(len(points)), key=lambda k: _apart(points[k], at))].append(at)
    return [_mean(group) if group else points[k] for k, group in enumerate(held)]


def _mean(group: Sequence[Point]) -> Point:
    return sum(x for x, _ in group) / len(group), sum(y for _, y in group) / len(group)


def _apart(a: Point, b: Point) -> float:
    return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2


def _samples(edge: Sequence[Point], along: int) -> list[Point]:
    """A grid of points inside the outline, `along` of them on its longer side."""
    left, right = min(x for x, _ in edge), max(x for x, _ in edge)
    low, high = min(y for _, y in edge), max(y for _, y in edge)
    step = max(right - left, high - low) / along
    grid = [
        (left + (2 * i + 1) * step / 2, low + (2 * j + 1) * step / 2)
        for j in range(ceil((high - low) / step))
        for i in range(ceil((right - left) / step))
    ]
    return [at for at in grid if _inside(at, edge)]


def _inside(at: Point, edge: Sequence[Point]) -> bool:
    """Even-odd rule."""
    x, y = at
    crossings = 0
    for (a, b), (c, d) in zip(edge, [*edge[1:], edge[0]], strict=True):
        if (b > y) != (d > y) and x < (c - a) * (y - b) / (d - b) + a:
            crossings += 1
    return crossings % 2 == 1
