"""Where points lie in a lesion: no two nearer than the spacing, all inside, evenly, symmetrically.

Lengths in mm, areas in mm2, angles in radians. A disc gets concentric rings, any other outline a triangular
lattice, which is stretched until it holds no more points than are wanted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from math import asin, ceil, cos, hypot, pi, sin, sqrt
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from calcinosis.errors import UnknownName

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Point = tuple[float, float]
# Corners of a drawn circle.
CORNERS = 60
# A distance is not counted as too short for a rounding error.
_GRAIN = 1e-9
# What is tried: distances of the outer ring from the rim and of the inner one from the centre, in spacings;
# turns of the lattice, its shifts along each side, tries in all, steps of stretching it.
_RIM = tuple(step / 12 for step in range(10))
_INNER = tuple(step / 12 for step in range(6, 6 + 10))
_TURNS = 6
_SHIFTS = (3, 6)
_TRIES = 1000 * 1000
_HALVINGS = 8


class Ring(Struct, frozen=True, kw_only=True):
    """`count` points at equal angles, `radius` mm from the centre."""

    radius: float
    count: int


def circle(diameter: float) -> tuple[Point, ...]:
    """Corners of a circle round the origin."""
    turns = [2 * pi * k / CORNERS for k in range(CORNERS)]
    return tuple((diameter / 2 * cos(turn), diameter / 2 * sin(turn)) for turn in turns)


def area_and_centre(outline: Sequence[Point]) -> tuple[float, Point]:
    """Area and centroid of a polygon (shoelace formula); the origin for one without area."""
    twice = x = y = 0.0
    for (a, b), (c, d) in _sides(outline):
        cross = a * d - c * b
        twice += cross
        x += (a + c) * cross
        y += (b + d) * cross
    return (abs(twice) / 2, (x / (3 * twice), y / (3 * twice))) if twice else (0.0, (0.0, 0.0))


def simple_outline(outline: Sequence[Point]) -> tuple[Point, ...]:
    """The outline without repeated corners.

    Raises:
        UnknownName: fewer than three corners, no area, or sides that cross or touch.
    """
    corners = tuple(at for at, after in _sides(outline) if at != after)
    if all(_turn(corners[0], corners[1], at) == 0 for at in corners[2:]):
        raise UnknownName(
            "the outline encloses no area", expected="three or more corners in mm, not on a line"
        )
    crossed = next(_crossings(corners), None)
    if crossed is not None:
        raise UnknownName(
            f"the outline crosses or touches itself: {crossed}", expected="corners in order round the lesion"
        )
    return corners


def _sides(outline: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(pairwise([*outline, *outline[:1]]))


def _crossings(corners: Sequence[Point]) -> Iterator[str]:
    """Every pair of sides that meet elsewhere than at the corner they share."""
    sides = _sides(corners)
    for i, first in enumerate(sides):
        for j in range(i + 1, len(sides)):
            neighbours = j == i + 1 or (i == 0 and j == len(sides) - 1)
            meet = _folded(first, sides[j]) if neighbours else _meet(first, sides[j])
            if meet:
                yield f"side {i + 1} meets side {j + 1}"


def _turn(a: Point, b: Point, c: Point) -> float:
    """Above zero when c lies to the left of the way from a to b."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _meet(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    (a, b), (c, d) = first, second
    if not (_overlap(a[0], b[0], c[0], d[0]) and _overlap(a[1], b[1], c[1], d[1])):
        return False
    return _turn(a, b, c) * _turn(a, b, d) <= 0 and _turn(c, d, a) * _turn(c, d, b) <= 0


def _overlap(a: float, b: float, c: float, d: float) -> bool:
    return max(min(a, b), min(c, d)) <= min(max(a, b), max(c, d))


def _folded(first: tuple[Point, Point], second: tuple[Point, Point]) -> bool:
    """Whether two neighbouring sides run back over each other."""
    ends = [*first, *second]
    shared = next(at for at in ends if ends.count(at) > 1)
    (a, b), (c, d) = (at for at in ends if at != shared), shared
    return _turn((c, d), a, b) == 0 and (a[0] - c) * (b[0] - c) + (a[1] - d) * (b[1] - d) > 0


def on_disc(count: int, diameter: float, spacing: float) -> tuple[Point, ...]:
    """`count` points on a disc in concentric rings; fewer where so many do not fit."""
    if count == 1:
        return ((0.0, 0.0),)
    # The drawn circle has corners, and a point on its rim would lie outside between them.
    reach = diameter / 2 * cos(pi / CORNERS)
    best = min(_ringed(count, reach, spacing), key=itemgetter(0), default=None)
    if best is None:
        return on_disc(count - 1, diameter, spacing)
    return tuple(_placed(best[1]))


def _ringed(count: int, reach: float, spacing: float) -> Iterator[tuple[float, tuple[Ring, ...]]]:
    """Sets of rings that hold `count` points, each with the widest stretch it leaves uncovered."""
    for outer in (reach - step * spacing for step in _RIM):
        for inner in (0.0, *(step * spacing for step in _INNER)):
            most = int((outer - inner) / spacing + _GRAIN) + 1 if outer >= inner else 0
            for rings in range(max(1, most - 1), most + 1):
                made = _filled(count, inner, outer, rings, spacing)
                if made is not None:
                    yield _uncovered(made, reach), made


def _filled(count: int, inner: float, outer: float, rings: int, spacing: float) -> tuple[Ring, ...] | None:
    """The points dealt to rings at equal distances, as many on each as its length asks for."""
    radii = [inner + (outer - inner) * k / (rings - 1) for k in range(rings)] if rings > 1 else [outer]
    room = [_room(radius, spacing) for radius in radii]
    if sum(room) < count or (rings == 1 and room[0] == 1):
        return None
    whole = sum(radii)
    dealt = [max(1, min(most, int(count * radius / whole))) for radius, most in zip(radii, room, strict=True)]
    while sum(dealt) < count:
        open_rings = [k for k in range(rings) if dealt[k] < room[k]]
        dealt[max(open_rings, key=lambda k: radii[k] / dealt[k])] += 1
    if sum(dealt) != count:
        return None
    return tuple(Ring(radius=radius, count=size) for radius, size in zip(radii, dealt, strict=True))


def _room(radius: float, spacing: float) -> int:
    """How many points a ring holds at this distance from each other; a centre holds one."""
    if radius == 0:
        return 1
    half = spacing / (2 * radius)
    return int(pi / asin(half) + _GRAIN) if half <= 1 else 0


def _uncovered(rings: tuple[Ring, ...], reach: float) -> float:
    """Roughly the greatest distance of a place of the disc from its nearest point."""
    chords = [2 * ring.radius * sin(pi / ring.count) if ring.count > 1 else 2 * ring.radius for ring in rings]
    between = [
        hypot((far.radius - near.radius) / 2, max(a, b) / 2)
        for (near, a), (far, b) in pairwise(zip(rings, chords, strict=True))
    ]
    return max(rings[0].radius, hypot(reach - rings[-1].radius, chords[-1] / 2), *between)


def _placed(rings: tuple[Ring, ...]) -> Iterator[Point]:
    """The points, each ring mirrored in the same axis and turned half a step against the one within."""
    for k, ring in enumerate(rings):
        for j in range(ring.count):
            turn = pi / 2 + 2 * pi * (j + (k % 2) / 2) / ring.count
            yield ring.radius * cos(turn), ring.radius * sin(turn)


def in_outline(count: int, edge: Sequence[Point], spacing: float) -> tuple[Point, ...]:
    """`count` points of a triangular lattice inside an outline; fewer where so many do not fit.

    Over all its shifts such a lattice has 2/sqrt(3) points on average for each square of its step, so that
    one point for each square of the spacing is not too many.
    """
    import numpy as np

    corners = np.array(edge, dtype=float)
    if count == 1:
        return (_deepest(corners),)
    found, low, high = _kept(corners, spacing, count), 1.0, 4.0
    for _ in range(_HALVINGS if len(found) == count else 0):
        middle = (low + high) / 2
        stretched = _kept(corners, spacing * middle, count)
        if len(stretched) == count:
            low, found = middle, stretched
        else:
            high = middle
    return tuple((float(x), float(y)) for x, y in _centred(found, corners))


def _centred(places: Floats, corners: Floats) -> Floats:
    """The places moved together so that their mean is the centroid, where all stay inside."""
    import numpy as np

    _, centre = area_and_centre([(float(x), float(y)) for x, y in corners])
    moved: Floats = places + (np.array(centre) - places.mean(axis=0)) if len(places) else places
    return moved if _inside(moved, corners).all() else places


def _deepest(corners: Floats) -> Point:
    """The centroid, or, where that lies in a notch, the place deepest inside."""
    import numpy as np

    _, centre = area_and_centre([(float(x), float(y)) for x, y in corners])
    if _inside(np.array([centre]), corners)[0]:
        return centre
    sides = [np.linspace(low, high, 100)[1:-1] for low, high in zip(*_box(corners), strict=True)]
    places = np.stack(np.meshgrid(*sides), axis=-1).reshape(-1, 2)
    places = places[_inside(places, corners)]
    x, y = places[_depth(places, corners).argmax()]
    return float(x), float(y)


def _box(corners: Floats) -> tuple[Floats, Floats]:
    return corners.min(axis=0), corners.max(axis=0)


def _kept(corners: Floats, step: float, count: int) -> Floats:
    """Of all lattices of this step with `count` points inside, the one furthest from the edge.

    Of a lattice with more the deepest stay; where none has as many, the one with most.
    """
    best, kept = (0, 0.0), corners[:0]
    for lattice in _lattices(corners, step, count):
        inside = lattice[_inside(lattice, corners)]
        if len(inside) < best[0]:
            continue
        depth = _depth(inside, corners)
        deepest = depth.argsort()[::-1][:count]
        rank = (len(deepest), float(depth[deepest].min()) if len(deepest) else 0.0)
        if rank > best:
            best, kept = rank, inside[deepest]
    return kept


def _lattices(corners: Floats, step: float, count: int) -> Iterator[Floats]:
    """Triangular lattices over the box of the outline, turned from its longest side and shifted."""
    import numpy as np

    low, high = _box(corners)
    reach = ceil(float(np.hypot(*(high - low))) / step) + 2
    grid = np.stack(np.meshgrid(*[np.arange(-reach, reach + 1.0)] * 2), axis=-1).reshape(-1, 2)
    affordable = sqrt(_TRIES / (_TURNS * len(corners) * max(count, 1)))
    shifts = np.arange(min(max(int(affordable), _SHIFTS[0]), _SHIFTS[1]))
    first = _longest_side(corners)
    for turn in first + np.arange(_TURNS) * pi / 3 / _TURNS:
        along = step * np.array([cos(turn), sin(turn)])
        across = step * np.array([cos(turn + pi / 3), sin(turn + pi / 3)])
        places = (low + high) / 2 + grid @ np.array([along, across])
        near = ((places >= low - 2 * step) & (places <= high + 2 * step)).all(axis=1)
        for i in shifts / len(shifts):
            for j in shifts / len(shifts):
                yield places[near] + i * along + j * across


def _longest_side(corners: Floats) -> float:
    """The direction of the longest side."""
    import numpy as np

    ways = np.roll(corners, -1, axis=0) - corners
    x, y = ways[np.hypot(ways[:, 0], ways[:, 1]).argmax()]
    return float(np.arctan2(y, x))


def _inside(places: Floats, corners: Floats) -> Any:
    """Which places lie inside the outline (even-odd rule)."""
    import numpy as np

    after = np.roll(corners, -1, axis=0)
    x, y = places[:, :1], places[:, 1:]
    spans = (corners[:, 1] > y) != (after[:, 1] > y)
    rise = np.where(after[:, 1] == corners[:, 1], 1.0, after[:, 1] - corners[:, 1])
    left = x < (after[:, 0] - corners[:, 0]) * (y - corners[:, 1]) / rise + corners[:, 0]
    return (spans & left).sum(axis=1) % 2 == 1


def _depth(places: Floats, corners: Floats) -> Any:
    """Distance of each place from the nearest side."""
    import numpy as np

    way = np.roll(corners, -1, axis=0) - corners
    from_corner = places[:, None, :] - corners
    part = (from_corner * way).sum(axis=2) / (way**2).sum(axis=1)
    off = from_corner - np.clip(part, 0, 1)[:, :, None] * way
    return np.hypot(off[:, :, 0], off[:, :, 1]).min(axis=1, initial=np.inf)
