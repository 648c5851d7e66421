"""Phantoms: a limb, a hand or a trunk with deposits whose calcium is known exactly.

The anatomy itself varies with the seed. An object is defined by implicit shapes, rendered at about
0.25 mm, blurred by the scanner's point spread, averaged over the slice thickness and made noisy; the
truth table comes from the fine rendering. Coordinates are LPS millimetres throughout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.anatomy import Body, build
from calcinosis.imaging.model import Compartment, Scan, Volume

MATRIX_HU = 40.0  # the truth's definition of calcium, independent of the settings under test
Floats = NDArray[np.float64]

Progress = Callable[[str, float], None]
Anatomy = Literal["limb", "hand", "trunk"]
Place = Literal["skin", "subcutis", "near_bone", "touching_bone"]
Fate = Literal["unchanged", "increased", "decreased", "resolved", "new"]


@dataclass(frozen=True, slots=True)
class TrueDeposit:
    """One row of the truth table.

    Attributes:
        calcium_hu_ml: (HU - 40) x mL over the fine rendering.
        fate: what was done to it at this visit, against the baseline.
    """

    id: str
    centroid_lps_mm: tuple[float, float, float]
    volume_mm3: float
    hu: float
    calcium_hu_ml: float
    place: Place
    shape: str
    compartment: Compartment
    depth_min_mm: float
    touches_bone: bool
    fate: Fate = "unchanged"


@dataclass(frozen=True, slots=True)
class Scanner:
    """How the object is scanned.

    Attributes:
        spacing_mm: (k, j, i) distance of voxel centres.
        thickness_mm: slice thickness; None means equal to the slice distance.
        noise_hu: standard deviation for 1 mm slices (falls with the root of the thickness).
        psf_mm: in-plane point spread, full width at half maximum.
        scan_seed: noise and grid offset; the object depends on `seed` only.
        motion_mm: displacement of a ghost in a third of the slices.
        beam_hardening: 0 none, 1 as strong as in an uncorrected scan.
    """

    spacing_mm: tuple[float, float, float] = (1.0, 0.5, 0.5)
    thickness_mm: float | None = None
    kv: float = 120.0
    noise_hu: float = 15.0
    psf_mm: float = 1.0
    scan_seed: int = 0
    motion_mm: float = 0.0
    beam_hardening: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """What differs at a later visit: the pose, and the fate of deposits.

    Attributes:
        rotation_deg: about the LPS axes x, y, z, around the object's centre.
        shift_mm: along x, y, z.
        fates: deposit id to (fate, factor on the mineral density HU - 40).
    """

    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fates: dict[str, tuple[Fate, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phantom:
    """A simulated scan with its truth; unpacks to (volume, truth).

    Attributes:
        bone: true bone at the voxel centres (what an imported mask would hold).
        labels: true deposits at the voxel centres, 1-based index into `truth`.
    """

    volume: Volume
    truth: tuple[TrueDeposit, ...]
    bone: NDArray[np.bool_]
    labels: NDArray[np.int16]

    def __iter__(self) -> Iterator[Any]:
        return iter((self.volume, self.truth))


@dataclass(frozen=True, slots=True)
class _Plan:
    id: str
    place: Place
    shape: str
    hu: float
    blobs: Floats


def simulate(
    anatomy: Anatomy,
    seed: int,
    *,
    scanner: Scanner | None = None,
    visit: Visit | None = None,
    deposits: int = 24,
    volume_range_mm3: tuple[float, float] = (5.0, 2000.0),
    hu_range: tuple[float, float] = (200.0, 1500.0),
    length_mm: float | None = None,
    acro_osteolysis: bool = False,
    mural_vessel: bool = False,
    metal: bool = False,
    progress: Progress | None = None,
) -> Phantom:
    """Scan a phantom; the same `seed` is the same object, whatever the scanner and the visit.

    Args:
        anatomy: `limb`, `hand` or `trunk`.
        seed: draws the anatomy and the deposits.
        scanner: geometry and faults of the scan.
        visit: pose and fates at a later visit.
        acro_osteolysis: one to three eroded distal phalanges (hand).
        mural_vessel: calcium in an artery's wall.
        metal: a screw or ring with its streaks.
        deposits: how many; a quarter each in the skin, in the subcutis, 1 to 2 mm from bone and
            touching bone (as far as room is found).
        volume_range_mm3: log-uniform.
        hu_range: uniform.
        length_mm: extent along z; None for the anatomy's own.
        progress: called with a step and its fraction done.

    Returns:
        The scan and its truth table.
    """
    scanner = scanner or Scanner()
    visit = visit or Visit()
    tell = progress or (lambda step, share: None)
    tell("placing deposits", 0.0)
    body = build(
        anatomy, seed, length_mm, acro_osteolysis=acro_osteolysis, mural_vessel=mural_vessel, metal=metal
    )
    plans = _plan(body, np.random.default_rng([seed, 11]), deposits, volume_range_mm3, hu_range)
    return _scan(body, plans, scanner, visit, 0.35 if anatomy == "trunk" else 0.25, metal, tell)


# -- deposits -------------------------------------------------------------------------------------


def _plan(
    body: Body, rng: np.random.Generator, count: int, volumes: tuple[float, float], hus: tuple[float, float]
) -> list[_Plan]:
    """Deposits at random places that keep 4 mm from each other and stay inside the body."""
    places: tuple[Place, ...] = ("skin", "subcutis", "near_bone", "touching_bone")
    plans: list[_Plan] = []
    taken: list[tuple[Floats, float]] = []
    for n in range(count):
        volume = float(np.exp(rng.uniform(*np.log(volumes))))
        shape = ("ellipsoid", "lobulated", "sheet")[rng.integers(3)]
        hu = float(rng.uniform(*hus))
        blobs = _shape(rng, shape, volume)
        placed = _place(body, rng, places[n % 4], blobs, taken)
        if placed is not None:
            reach = _reaches(placed)
            centre = placed[:, :3].mean(axis=0)
            taken.append((centre, float((np.linalg.norm(placed[:, :3] - centre, axis=1) + reach).max())))
            plans.append(_Plan(f"T{n + 1:03d}", places[n % 4], shape, hu, placed))
    return plans


def _rotation(rng: np.random.Generator) -> Floats:
    from scipy.spatial.transform import Rotation

    return np.asarray(Rotation.random(random_state=int(rng.integers(2**31))).as_matrix())


def _shape(rng: np.random.Generator, shape: str, volume: float) -> Floats:
    """Blobs (n, 13) around the origin: centre, matrix to the unit sphere, bend."""
    radius = (3 * volume / (4 * np.pi)) ** (1 / 3)
    if shape == "lobulated":
        lobes = int(rng.integers(3, 6))
        r = radius * (1.35 / lobes) ** (1 / 3)
        steps = rng.normal(size=(lobes, 3))
        steps *= r * rng.uniform(0.7, 1.2, (lobes, 1)) / np.linalg.norm(steps, axis=1, keepdims=True)
        steps[0] = 0.0  # every lobe touches the first
        rows = [
            _blob(step, np.full(3, r * s), np.eye(3))
            for step, s in zip(steps, rng.uniform(0.85, 1.15, lobes), strict=True)
        ]
        return np.array(rows)
    ratio = (1.0, 0.75, 0.55) if shape == "ellipsoid" else (1.0, 0.8, 0.22)
    axes = np.array(ratio) * rng.uniform(0.9, 1.1, 3)
    axes *= radius / axes.prod() ** (1 / 3)
    bend = 0.3 if shape == "sheet" and volume > 50 else 0.0
    return _blob(np.zeros(3), axes, _rotation(rng), bend)[None]


def _blob(centre: Floats, axes: Floats, rotation: Floats, bend: float = 0.0) -> Floats:
    return np.concatenate([centre, (rotation / axes[:, None]).ravel(), [bend]])


def _reaches(blobs: Floats) -> Floats:
    """Radius of a sphere around each blob."""
    matrices = blobs[:, 3:12].reshape(-1, 3, 3)
    return np.asarray(1.4 / np.linalg.svd(matrices, compute_uv=False).min(axis=1))


def _surface(blobs: Floats) -> Floats:
    """Points on the blobs, for testing clearances."""
    n = np.arange(200)
    z = 1 - (2 * n + 1) / 200
    phi = n * 2.399963
    sphere = np.column_stack([np.sqrt(1 - z**2) * np.cos(phi), np.sqrt(1 - z**2) * np.sin(phi), z])
    out = []
    for row in blobs:
        local = sphere.copy()
        local[:, 2] -= row[12] * (local[:, 0] ** 2 + local[:, 1] ** 2)
        out.append(np.linalg.solve(row[3:12].reshape(3, 3), local.T).T + row[:3])
    return np.vstack(out)


def _distances(body: Body, points: Floats) -> tuple[Floats, Floats]:
    from calcinosis.imaging import rendering as r

    return r.probe(  # type: ignore[no-any-return]
        points, body.outline, r.frames_of(body.outline), body.web_mm, body.bones, r.frames_of(body.bones)
    )


def _place(
    body: Body, rng: np.random.Generator, place: Place, blobs: Floats, taken: list[tuple[Floats, float]]
) -> Floats | None:
    low, high = np.array(body.box_mm[0]) + 3.0, np.array(body.box_mm[1]) - 3.0
    reach = float((np.linalg.norm(blobs[:, :3], axis=1) + _reaches(blobs)).max())
    low[2] += reach
    high[2] -= reach
    if (high <= low).any():
        return None
    points = _surface(blobs)
    for _ in range(40):
        starts = rng.uniform(low, high, (400, 3))
        skin, bone = _distances(body, starts)
        for start in starts[_eligible(place, body, skin, bone, reach)][:12]:
            centre = _settle(body, place, start, points, rng)
            if centre is None or np.any(centre[2] < low[2]) or np.any(centre[2] > high[2]):
                continue
            if any(np.linalg.norm(centre - c) < r + reach + 4.0 for c, r in taken):
                continue
            moved = blobs.copy()
            moved[:, :3] += centre
            return moved
    return None


def _eligible(place: Place, body: Body, skin: Floats, bone: Floats, reach: float) -> NDArray[np.bool_]:
    depth = -skin
    if place == "skin":
        return np.asarray((depth > 0) & (depth < body.layers[0] + reach))
    if place == "subcutis":
        within = depth < body.layers[0] + body.layers[1] + reach
        return np.asarray((depth > body.layers[0]) & within & (bone > 3))
    return np.asarray((depth > 1.0) & (bone > 0) & (bone < reach + 2.0))


def _settle(
    body: Body, place: Place, start: Floats, points: Floats, rng: np.random.Generator
) -> Floats | None:
    """Move the shape along the distance's gradient until it stands where its place wants it."""
    target = {
        "skin": (0, -rng.uniform(0.5, 1.0)),
        "subcutis": (0, -body.layers[0] - rng.uniform(0.3, 2.5)),
        "near_bone": (1, rng.uniform(1.0, 2.0)),
        "touching_bone": (1, -rng.uniform(0.1, 0.6)),
    }[place]
    centre = start.copy()
    step = 0.3
    for _ in range(6):
        around = np.vstack([centre + points, centre + step * np.vstack([np.eye(3), -np.eye(3)])])
        distances = _distances(body, around)[target[0]]
        surface = distances[: len(points)]
        worst = surface.max() if target[0] == 0 else surface.min()
        error = float(target[1] - worst)
        gradient = distances[len(points) : len(points) + 3] - distances[len(points) + 3 :]
        norm = float(np.linalg.norm(gradient))
        if abs(error) < 0.05 or norm < 1e-6:
            break
        centre = centre + gradient / norm * error
    skin, bone = _distances(body, centre + points)
    worst = skin.max() if target[0] == 0 else bone.min()
    clear = place in ("near_bone", "touching_bone") or bone.min() > 3.0
    return centre if abs(worst - target[1]) < 0.25 and skin.max() < -0.4 and clear else None


# -- scanning -------------------------------------------------------------------------------------


def _pose(body: Body, visit: Visit) -> tuple[Floats, Floats, Floats]:
    """Rotation, centre and shift: world = R (object - centre) + centre + shift."""
    from scipy.spatial.transform import Rotation

    rotation = np.asarray(Rotation.from_euler("xyz", visit.rotation_deg, degrees=True).as_matrix())
    centre = (np.array(body.box_mm[0]) + np.array(body.box_mm[1])) / 2
    return rotation, centre, np.array(visit.shift_mm)


def _scan(
    body: Body,
    plans: list[_Plan],
    scanner: Scanner,
    visit: Visit,
    fine_mm: float,
    metal: bool,
    tell: Progress,
) -> Phantom:
    from calcinosis.imaging import artefacts

    rng = np.random.default_rng([scanner.scan_seed, 23])
    dz, dy, dx = scanner.spacing_mm
    low = np.array(body.box_mm[0]) + rng.uniform(0, 1, 3) * np.array([dx, dy, dz])
    high = np.array(body.box_mm[1])
    shape = (int((high[2] - low[2]) / dz), int((high[1] - low[1]) / dy), int((high[0] - low[0]) / dx))
    factors = [visit.fates.get(p.id, ("unchanged", 1.0)) for p in plans]
    hu, bone, labels, tally, voxel = _render(body, plans, factors, scanner, visit, low, shape, fine_mm, tell)
    tell("adding noise", 0.8)
    if metal or scanner.beam_hardening > 0:
        artefacts.harden(hu, scanner.beam_hardening, metal)
    if scanner.motion_mm > 0:
        artefacts.move(hu, scanner.motion_mm / dx, rng)
    artefacts.add_noise(hu, scanner.noise_hu / np.sqrt(scanner.thickness_mm or dz), 0.9 / dx, rng)
    affine = np.array([[0, 0, dx, low[0]], [0, dy, 0, low[1]], [dz, 0, 0, low[2]], [0, 0, 0, 1.0]])
    scan = Scan(
        scanner.spacing_mm,
        scanner.thickness_mm or dz,
        scanner.kv,
        (scanner.thickness_mm or dz) <= 2.0 and max(dy, dx) <= 1.5,
        () if (scanner.thickness_mm or dz) <= 2.0 else ("slice thickness over 2 mm",),
    )
    volume = Volume(np.clip(np.rint(hu), -1024, 3071).astype(np.int16), affine, scan, source="phantom")
    return Phantom(volume, _truth(body, plans, factors, tally, voxel, visit), bone, labels)


def _slab_weights(scanner: Scanner, fine: float) -> Floats:
    """Weights of sub-slices in a slice: a box as thick as the slice, blurred by 0.6 mm."""
    thickness = scanner.thickness_mm or scanner.spacing_mm[0]
    reach = thickness / 2 + 0.6
    n = int(np.ceil(reach / fine))
    z = np.arange(-n, n + 1) * fine
    from scipy.special import erf

    sigma = 0.6 / 2.3548 * np.sqrt(2)
    weights = erf((z + thickness / 2) / sigma) - erf((z - thickness / 2) / sigma)
    return np.asarray(weights / weights.sum())


def _render(
    body: Body,
    plans: list[_Plan],
    factors: list[tuple[Fate, float]],
    scanner: Scanner,
    visit: Visit,
    low: Floats,
    shape: tuple[int, int, int],
    fine_mm: float,
    tell: Progress,
) -> tuple[NDArray[np.float32], NDArray[np.bool_], NDArray[np.int16], Floats, float]:
    from scipy.ndimage import gaussian_filter

    from calcinosis.imaging import rendering as r

    dz, _, dx = scanner.spacing_mm
    n = max(1, round(dx / fine_mm))
    pitch = dx / n
    nz = max(1, round(dz / fine_mm))
    fine_z = dz / nz
    weights = _slab_weights(scanner, fine_z)
    half = len(weights) // 2
    rotation, centre, shift = _pose(body, visit)
    plane = np.empty((shape[1] * n, shape[2] * n))
    hit = np.zeros(plane.shape, dtype=np.bool_)
    out = np.zeros(shape, dtype=np.float32)
    bone = np.zeros(shape, dtype=np.bool_)
    labels = np.zeros(shape, dtype=np.int16)
    tally = np.zeros((max(len(plans), 1), 4))
    keep = [i for i, f in enumerate(factors) if f[0] != "resolved"]
    blobs = np.vstack([plans[i].blobs for i in keep]) if keep else np.zeros((0, 13))
    owner = (
        np.concatenate([[i] * len(plans[i].blobs) for i in keep]).astype(np.int64)
        if keep
        else np.zeros(0, np.int64)
    )
    bound = _reaches(blobs) if keep else np.zeros(0)
    hus = np.array(
        [MATRIX_HU + (p.hu - MATRIX_HU) * f[1] for p, f in zip(plans, factors, strict=True)] or [0.0]
    )
    frames = [r.frames_of(rows) for rows in (body.outline, body.bones, body.organs)]
    ux, uy, uz = rotation.T[:, 0].copy(), rotation.T[:, 1].copy(), rotation.T[:, 2].copy()
    sigma = scanner.psf_mm / 2.3548 / pitch
    for sub in range(-half, (shape[0] - 1) * nz + half + 1):
        world = low + np.array([-(n // 2) * pitch, -(n // 2) * pitch, sub * fine_z])
        o = rotation.T @ (world - centre - shift) + centre
        r.draw_plane(
            o,
            ux,
            uy,
            uz,
            pitch,
            plane,
            hit,
            body.outline,
            frames[0],
            body.web_mm,
            body.bones,
            frames[1],
            body.organs,
            frames[2],
            body.organ_hu,
            body.layers,
            body.wave,
        )
        marks = np.zeros(plane.shape, dtype=np.int16)
        r.draw_deposits(o, ux, uy, uz, pitch, plane, hit, o, blobs, owner, hus, bound, marks, tally)
        blurred = gaussian_filter(plane.astype(np.float32), sigma, mode="nearest", truncate=3.0)
        sampled = blurred[n // 2 :: n, n // 2 :: n]
        first = max(0, -(-(sub - half) // nz))
        for k in range(first, min(shape[0] - 1, (sub + half) // nz) + 1):
            out[k] += weights[sub - k * nz + half] * sampled
        if sub % nz == 0 and 0 <= sub // nz < shape[0]:
            tell("scanning", 0.1 + 0.7 * (sub // nz) / shape[0])
            bone[sub // nz] = hit[n // 2 :: n, n // 2 :: n]
            labels[sub // nz] = marks[n // 2 :: n, n // 2 :: n]
    return out, bone, labels, tally, pitch * pitch * fine_z


def _truth(
    body: Body,
    plans: list[_Plan],
    factors: list[tuple[Fate, float]],
    tally: Floats,
    voxel: float,
    visit: Visit,
) -> tuple[TrueDeposit, ...]:
    rotation, centre, shift = _pose(body, visit)
    rows = []
    for n, (plan, (fate, factor)) in enumerate(zip(plans, factors, strict=True)):
        count = tally[n, 0]
        middle = tally[n, 1:] / count if count else plan.blobs[:, :3].mean(axis=0)
        volume = float(count * voxel)
        hu = MATRIX_HU + (plan.hu - MATRIX_HU) * factor
        skin, _ = _distances(body, _surface(plan.blobs))
        depth = float(max(0.0, (-skin).min()))
        world = rotation @ (middle - centre) + centre + shift
        compartment: Compartment = (
            "skin"
            if depth < body.layers[0]
            else "subcutis"
            if depth < body.layers[0] + body.layers[1]
            else "deep"
        )
        rows.append(
            TrueDeposit(
                plan.id,
                (float(world[0]), float(world[1]), float(world[2])),
                volume,
                hu,
                (hu - MATRIX_HU) * volume / 1000.0,
                plan.place,
                plan.shape,
                compartment,
                depth,
                plan.place == "touching_bone",
                fate,
            )
        )
    return tuple(rows)
