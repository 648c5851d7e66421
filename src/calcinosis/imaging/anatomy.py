"""The bodies of the phantoms: limb, hand and trunk, drawn anew for every seed.

Everything is a list of tubes (columns in `rendering`): the skin's outline, bones with a cortex and a
core, organs with one density. The figures are plausible sizes, not measurements of anybody.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.float64]
Vector = tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Body:
    """An object: tubes of the outline, of bones, of organs, and the layers under the skin.

    Attributes:
        layers: skin mm, fat mm, its modulation (fraction), skin HU, fat HU, muscle HU.
        wave: wave vectors (1/mm) and phases of the tissue texture.
        box_mm: lower and upper corner of the scanned part.
    """

    outline: Rows
    web_mm: float
    bones: Rows
    organs: Rows
    organ_hu: NDArray[np.float64]
    layers: NDArray[np.float64]
    wave: Rows
    box_mm: tuple[Vector, Vector]


def tube(a: Vector, b: Vector, r0: float, r1: float, **columns: float) -> NDArray[np.float64]:
    """One tube from `a` to `b`; `columns` by the lower-case name of the column."""
    from calcinosis.imaging import rendering as r

    row = np.zeros(r.COLUMNS)
    row[:8] = (*a, *b, r0, r1)
    row[r.FLARE_LENGTH] = 0.25
    for name, value in columns.items():
        row[getattr(r, name.upper())] = value
    return row


def build(
    anatomy: str,
    seed: int,
    length_mm: float | None,
    *,
    acro_osteolysis: bool,
    mural_vessel: bool,
    metal: bool,
) -> Body:
    """The object of a seed."""
    rng = np.random.default_rng([seed, len(anatomy), 7])
    makers: dict[str, Callable[[], Body]] = {
        "limb": lambda: limb(rng, length_mm or 70.0, mural_vessel, metal),
        "hand": lambda: hand(rng, length_mm, acro_osteolysis, mural_vessel, metal),
        "trunk": lambda: trunk(rng, length_mm or 60.0, mural_vessel, metal),
    }
    return makers[anatomy]()


def _wave(rng: np.random.Generator, scale: float) -> Rows:
    vectors = rng.normal(size=(4, 3)) * scale
    return np.column_stack([vectors, rng.uniform(0, 2 * np.pi, 4)])


def _long_bone(
    rng: np.random.Generator,
    a: Vector,
    b: Vector,
    radius: float,
    cortex: float,
    group: int,
    flare: tuple[float, float] = (0.0, 0.0),
    shape: tuple[float, float] = (0.1, 0.08),
    erosion: float = 0.0,
) -> NDArray[np.float64]:
    return tube(
        a,
        b,
        radius * rng.uniform(0.9, 1.1),
        radius * rng.uniform(0.9, 1.1),
        c2=shape[0] * rng.uniform(0.3, 1.3),
        p2=rng.uniform(0, 6.28),
        c3=shape[1] * rng.uniform(0.3, 1.3),
        p3=rng.uniform(0, 6.28),
        flare0=flare[0],
        flare1=flare[1],
        flare_length=rng.uniform(0.18, 0.3),
        cortex=cortex,
        cortex_end=min(cortex, rng.uniform(0.6, 1.2)),
        cortex_hu=rng.uniform(1050, 1600),
        core_hu=rng.uniform(-60, 40),
        core_end_hu=rng.uniform(180, 330),
        cortex_c1=rng.uniform(0.0, 0.35),
        cortex_p1=rng.uniform(0, 6.28),
        group=group,
        erosion=erosion,
    )


LIMBS: dict[str, tuple[tuple[float, float], tuple[float, float], tuple[tuple[float, float, float], ...]]] = {
    # outline radius range, fat range, bones: radius, cortex, distance from axis (fraction)
    "forearm": ((32, 44), (2.5, 8), ((7.0, 2.6, 0.45), (7.5, 2.6, 0.5))),
    "calf": ((45, 58), (3, 12), ((13.0, 4.2, 0.62), (6.5, 2.6, 0.5))),
    "upper_arm": ((38, 52), (4, 14), ((11.0, 3.6, 0.15),)),
    "thigh": ((58, 72), (6, 18), ((14.0, 5.0, 0.15),)),
}


def limb(rng: np.random.Generator, length: float, mural_vessel: bool, metal: bool) -> Body:
    """A forearm, calf, upper arm or thigh; in a third of seeds a joint lies in the scanned part."""
    kind = list(LIMBS)[rng.integers(4)]
    (low, high), fat, bones = LIMBS[kind]
    radius = rng.uniform(low, high)
    lo, hi = -length / 2 - 60, length / 2 + 60
    outline = tube(
        (0, 0, lo),
        (rng.uniform(-8, 8), rng.uniform(-8, 8), hi),
        radius * rng.uniform(0.92, 1.08),
        radius * rng.uniform(0.85, 1.05),
        c2=rng.uniform(0.02, 0.1),
        p2=rng.uniform(0, 6.28),
        c3=rng.uniform(0, 0.05),
        p3=rng.uniform(0, 6.28),
    )
    fat_mm = rng.uniform(*fat)
    joint = rng.random() < 1 / 3
    rows = _limb_bones(rng, bones, radius, fat_mm, (lo, hi), joint)
    angle = rng.uniform(0, 6.28)
    organs, organ_hu = _vessel(rng, angle, radius * 0.3, (lo, hi), mural_vessel)
    if metal:
        organs, organ_hu = _with_metal(rng, organs, organ_hu, radius)
    half = length / 2
    reach = radius * 1.25 + 6
    return Body(
        outline[None],
        0.0,
        np.array(rows),
        organs,
        organ_hu,
        np.array([rng.uniform(1.0, 2.0), fat_mm, 0.35, 50.0, rng.uniform(-110, -80), 55.0]),
        _wave(rng, 0.07),
        ((-reach, -reach, -half), (reach, reach, half)),
    )


def _limb_bones(
    rng: np.random.Generator,
    bones: tuple[tuple[float, float, float], ...],
    radius: float,
    fat_mm: float,
    span: tuple[float, float],
    joint: bool,
) -> list[NDArray[np.float64]]:
    rows = []
    start = rng.uniform(0, 6.28)
    for n, (usual, wall, off) in enumerate(bones):
        size, cortex = usual * rng.uniform(0.85, 1.15), wall * rng.uniform(0.75, 1.25)
        angle = start + n * rng.uniform(2.2, 3.6)
        # The tibia's and the ulna's edge may lie right under the skin.
        away = min(radius * off * rng.uniform(0.9, 1.15), radius * 0.9 - size * 1.3 - 2.0)
        x, y = away * np.cos(angle), away * np.sin(angle)
        tilt = rng.uniform(-3, 3, 2)
        shape = (0.08, 0.16 if off > 0.6 else 0.06)
        if joint and n == 0:
            z = rng.uniform(-10, 10)
            gap = size * 1.25 + 1.5
            flare = size * rng.uniform(0.2, 0.45)
            rows.append(_long_bone(rng, (x, y, span[0]), (x, y, z - gap), size, cortex, n, (0, flare), shape))
            rows.append(
                _long_bone(rng, (x, y, z + gap), (x, y, span[1]), size, cortex, n + 10, (flare, 0), shape)
            )
        else:
            rows.append(
                _long_bone(
                    rng,
                    (x - tilt[0], y - tilt[1], span[0]),
                    (x + tilt[0], y + tilt[1], span[1]),
                    size,
                    cortex,
                    n,
                    (0, 0),
                    shape,
                )
            )
    return rows


def _vessel(
    rng: np.random.Generator, angle: float, away: float, span: tuple[float, float], mural: bool
) -> tuple[Rows, NDArray[np.float64]]:
    x, y = away * np.cos(angle), away * np.sin(angle)
    r = rng.uniform(1.6, 2.6)
    rows = [tube((x, y, span[0]), (x, y, span[1]), r + 0.8, r + 0.8)]
    hu = [50.0]
    if mural:
        z = rng.uniform(-25, 0)
        rows.append(tube((x, y, z), (x, y, z + rng.uniform(15, 35)), r + 0.8, r + 0.8))
        hu.append(rng.uniform(350, 700))
    rows.append(tube((x, y, span[0]), (x, y, span[1]), r, r))
    hu.append(45.0)
    return np.array(rows), np.array(hu)


def _with_metal(
    rng: np.random.Generator, organs: Rows, hu: NDArray[np.float64], radius: float
) -> tuple[Rows, NDArray[np.float64]]:
    z = rng.uniform(-15, 15)
    a = rng.uniform(0, 6.28)
    x, y = radius * 0.35 * np.cos(a), radius * 0.35 * np.sin(a)
    screw = tube((x, y, z), (x + 6 * np.sin(a), y + 6 * np.cos(a), z + 14), 1.8, 1.5)
    return np.vstack([organs, screw]), np.append(hu, 9000.0)


def hand(
    rng: np.random.Generator, length: float | None, acro_osteolysis: bool, mural_vessel: bool, metal: bool
) -> Body:
    """A right hand, fingers along z: 8 carpals, 5 metacarpals, 14 phalanges, two forearm bones."""
    s = rng.uniform(0.88, 1.1)
    bones, outline = _wrist(rng, s)
    group = 20
    own = np.random.default_rng(int(rng.integers(2**31)))  # options leave the rest of the hand as it is
    eroded = set(own.choice(5, size=own.integers(1, 4), replace=False)) if acro_osteolysis else set()
    top = 0.0
    for finger in range(5):
        ray, skin = _ray(rng, finger, s, group, finger in eroded)
        bones += ray
        outline += skin
        group += 5
        top = max(top, *(row[5] + row[7] for row in skin))
    organs, organ_hu = _vessel(rng, 4.7, 5.0 * s, (-40, 40), mural_vessel)
    if metal:
        ring = [
            tube((x, y, 120 * s), (x2, y2, 120 * s), 0.9, 0.9) for x, y, x2, y2 in _ring(-9 * s, 0.0, 9.5 * s)
        ]
        organs, organ_hu = (
            np.vstack([organs, *[r[None] for r in ring]]),
            np.append(organ_hu, [9000.0] * len(ring)),
        )
    low, high = -8.0, top + 4.0
    if length is not None:
        low = max(low, high - length)
    layers = np.array([rng.uniform(0.8, 1.4), rng.uniform(1.5, 3.0), 0.4, 55.0, rng.uniform(-100, -60), 50.0])
    rows = np.array(outline)
    reach_x = float(np.abs(rows[:, [0, 3]]).max() + rows[:, 6:8].max() + 7)
    return Body(
        rows,
        4.0 * s,
        np.array(bones),
        organs,
        organ_hu,
        layers,
        _wave(rng, 0.15),
        ((-reach_x, -34.0 * s, low), (reach_x, 34.0 * s, high)),
    )


def _ring(x: float, y: float, r: float) -> list[tuple[float, float, float, float]]:
    angles = np.linspace(0, 2 * np.pi, 17)
    points = [(x + r * np.cos(a), y + r * np.sin(a)) for a in angles]
    return [(*p, *q) for p, q in pairwise(points)]


def _wrist(rng: np.random.Generator, s: float) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    outline = [
        tube((-13 * s, 0, -60), (-13 * s, 0, 40 * s), 16 * s, 15 * s, c2=0.05),
        tube((13 * s, 0, -60), (13 * s, 0, 40 * s), 15 * s, 14 * s, c2=0.05),
    ]
    bones = [
        _long_bone(rng, (-12 * s, 0, -70), (-9 * s, 0, -6 * s), 7 * s, 2.0, 0, (0, 3.5 * s)),
        _long_bone(rng, (14 * s, 1, -70), (13 * s, 1, -4 * s), 5.5 * s, 1.8, 1, (0, 1.5 * s)),
    ]
    for n in range(8):
        row, column = divmod(n, 4)
        x = (-16 + 10.5 * column) * s + rng.uniform(-0.6, 0.6)
        z = (10 + 12.5 * row) * s + rng.uniform(-0.6, 0.6)
        y = (2.5 - 0.9 * (column - 1.5) ** 2) * s
        half = 1.3 * s
        bones.append(
            tube(
                (x, y - half, z),
                (x, y + half, z + rng.uniform(-1, 1)),
                4.7 * s * rng.uniform(0.9, 1.0),
                4.7 * s * rng.uniform(0.9, 1.0),
                c2=rng.uniform(0, 0.08),
                p2=rng.uniform(0, 6.28),
                cortex=rng.uniform(0.6, 1.1),
                cortex_end=0.8,
                cortex_hu=rng.uniform(800, 1300),
                core_hu=rng.uniform(180, 330),
                core_end_hu=250,
                group=5 + n,
            )
        )
    return bones, outline


# start of the metacarpal (x, z), its direction, lengths of metacarpal and phalanges, radius
RAYS = (
    ((-21.0, 26.0), -0.62, (42.0, 30.0, 23.0), 4.6),
    ((-15.0, 36.0), -0.14, (62.0, 38.0, 22.0, 17.0), 4.2),
    ((-4.5, 37.0), -0.02, (60.0, 42.0, 26.0, 17.0), 4.3),
    ((6.0, 36.0), 0.09, (54.0, 39.0, 24.0, 17.0), 4.0),
    ((15.5, 34.0), 0.2, (50.0, 31.0, 18.0, 15.0), 3.8),
)


def _ray(
    rng: np.random.Generator, finger: int, s: float, group: int, eroded: bool
) -> tuple[list[NDArray[np.float64]], list[NDArray[np.float64]]]:
    (x, z), spread, lengths, radius = RAYS[finger]
    position = np.array([x * s, -6.0 * s if finger == 0 else 0.0, z * s])
    spread += rng.uniform(-0.05, 0.05)
    flex = -0.25 if finger == 0 else 0.0
    bones, outline = [], []
    for n, length in enumerate(lengths):
        size = radius * s * (1.0, 0.95, 0.8, 0.66)[n + (0 if len(lengths) == 4 or n == 0 else 1) if n else 0]
        axis = np.array([np.sin(spread) * np.cos(flex), -np.sin(flex), np.cos(spread) * np.cos(flex)])
        end = position + axis * length * s
        gap = size * 1.15 + 0.9
        a, b = position + axis * gap, end - axis * gap
        last = n == len(lengths) - 1
        flare = (size * rng.uniform(0.3, 0.5), size * rng.uniform(0.15, 0.4))
        stump = rng.uniform(0.35, 0.7)
        if last and eroded:
            b = a + (b - a) * stump
            flare = (flare[0], 0.0)
        shaft = size * rng.uniform(0.72, 0.82)
        bones.append(
            _long_bone(
                rng,
                tuple(a),
                tuple(b),
                shaft,
                rng.uniform(0.9, 1.7) * (0.75 if n >= 2 else 1.0) * s,
                group + n,
                flare,
                erosion=0.5 if last and eroded else 0.0,
            )
        )
        thick = (12.5 if n == 0 else (9.6, 8.8, 7.8, 7.0)[n]) * s * rng.uniform(0.95, 1.08)
        tip = end if not last else end + axis * 1.0 * s
        outline.append(tube(tuple(position), tuple(tip), thick, thick * (0.92 if not last else 0.8), c2=0.03))
        position = end
        flex += rng.uniform(0.0, 0.15)
        spread *= 0.85
    return bones, outline


def trunk(rng: np.random.Generator, length: float, mural_vessel: bool, metal: bool) -> Body:
    """Chest wall with ribs, sternum and spine, and an abdomen's or a chest's content."""
    rx, ry = rng.uniform(145, 170), rng.uniform(95, 115)
    mean, c2 = (rx + ry) / 2, (rx - ry) / (rx + ry)
    half = length / 2
    outline = tube((0, 0, -half - 40), (0, 0, half + 40), mean, mean * rng.uniform(0.95, 1.0), c2=c2)
    fat = rng.uniform(8, 22)
    bones = _ribs(rng, rx - fat - 12, ry - fat - 12, half) + _spine(rng, ry - fat - 38, half)
    organs = [
        tube(
            (0, -8, -half - 40), (0, -8, half + 40), (rx + ry) / 2 - fat - 22, (rx + ry) / 2 - fat - 22, c2=c2
        ),
        tube((rx * 0.4, -5, -half), (rx * 0.3, 0, half * 0.5), 45, 40, c2=0.1),
        tube((-rx * 0.4, 5, -half * 0.2), (-rx * 0.4, 0, half + 30), 42, 46),
        tube((14, ry - fat - 72, -half - 40), (12, ry - fat - 72, half + 40), 12.2, 12.2),
        tube((14, ry - fat - 72, -half - 40), (12, ry - fat - 72, half + 40), 11.0, 11.0),
    ]
    hu = [-95.0, 60.0, -800.0 if rng.random() < 0.5 else 45.0, 55.0, 45.0 if rng.random() < 0.5 else 220.0]
    if mural_vessel:
        a = rng.uniform(0, 6.28)
        x, y = 13 + 11.5 * np.cos(a), ry - fat - 72 + 11.5 * np.sin(a)
        organs.append(tube((x, y, -10), (x, y, 10), 1.4, 1.4))
        hu.append(600.0)
    if metal:
        organs.append(tube((rx * 0.5, -20, -5), (rx * 0.5, 0, 5), 3.0, 3.0))
        hu.append(9000.0)
    layers = np.array([rng.uniform(1.5, 2.5), fat, 0.3, 45.0, rng.uniform(-110, -90), 55.0])
    return Body(
        outline[None],
        0.0,
        np.array(bones),
        np.array(organs),
        np.array(hu),
        layers,
        _wave(rng, 0.04),
        ((-rx - 8, -ry - 8, -half), (rx + 8, ry + 8, half)),
    )


def _ribs(rng: np.random.Generator, ax: float, ay: float, half: float) -> list[NDArray[np.float64]]:
    rows = []
    pitch = rng.uniform(24, 30)
    slope = rng.uniform(0.25, 0.5)
    group = 100
    for z0 in np.arange(-half - 90, half + 90, pitch):
        for side in (-1, 1):
            angles = np.linspace(0.12, rng.uniform(2.3, 2.8), 16)
            points = [(side * ax * np.sin(a), ay * np.cos(a), z0 - slope * 60 * a + 30) for a in angles]
            r, cortex, hu, core = (
                rng.uniform(4.5, 6),
                rng.uniform(0.9, 1.6),
                rng.uniform(900, 1300),
                rng.uniform(80, 260),
            )
            for p, q in pairwise(points):
                rows.append(
                    tube(
                        p,
                        q,
                        r,
                        r,
                        c2=0.2,
                        p2=1.0,
                        cortex=cortex,
                        cortex_end=cortex,
                        cortex_hu=hu,
                        core_hu=core,
                        core_end_hu=core,
                        group=group,
                    )
                )
            group += 1
    return rows


def _spine(rng: np.random.Generator, y: float, half: float) -> list[NDArray[np.float64]]:
    rows = []
    height, r = rng.uniform(22, 27), rng.uniform(16, 21)
    group = 200
    for z in np.arange(-half - 30, half + 30, height + 6.0):
        look = {
            "cortex": 1.0,
            "cortex_end": 1.0,
            "cortex_hu": 850.0,
            "core_hu": rng.uniform(120, 220),
            "group": float(group),
        }
        for dz in np.arange(-height / 2 + 6, height / 2 - 5, 4.0):
            rows.append(tube((-8, y, z + dz), (8, y, z + dz), r - 3, r - 3, **look))
        for side in (-1, 1):
            rows.append(tube((side * 11, y + r - 2, z + 2), (side * 13, y + r + 14, z + 2), 4.5, 4.0, **look))
            rows.append(
                tube((side * 13, y + r + 12, z + 2), (side * 34, y + r + 14, z + 2), 4.5, 3.5, **look)
            )
            rows.append(tube((side * 13, y + r + 13, z), (0, y + r + 20, z - 3), 3.5, 3.5, **look))
        rows.append(tube((0, y + r + 20, z - 4), (0, y + r + 32, z - 10), 3.5, 3.0, **look))
        group += 1
    return rows
