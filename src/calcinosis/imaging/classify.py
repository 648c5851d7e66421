"""What an object is: deposit, bone, vessel, metal or indeterminate, always with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.background import BONE_CAP
from calcinosis.imaging.fused import Components, paint
from calcinosis.imaging.model import Compartment, DepositClass, Volume
from calcinosis.imaging.quantify import Crop, Figures, left_out, measure, refine, rough
from calcinosis.imaging.segment import LOWEST_MM, STEP_MM, Scene, label_of_points
from calcinosis.imaging.settings import Settings, load


@dataclass(frozen=True, slots=True)
class Finding:
    """One object, measured and judged."""

    figures: Figures
    deposit_class: DepositClass
    reason: str
    compartment: Compartment
    touches_bone: bool


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where an object lies: shares of its voxels, 0..1, and distances.

    Attributes:
        inside, deep, trunk: share within the body, the muscle hull, a trunk-sized part.
        bone_mm: least distance of a voxel from the bone surface.
        rind: share of voxels within 1 mm of the bone surface.
        highest_mm: largest distance of a voxel from the bone surface.
        capped: share of its columns that stand on bone within two slices along k.
        taper: least over largest area of bone in the slices of the object and next to it; 1 at a shaft.
        cores: separate bone cores of a bone's size around it; many in the hand and foot.
        depth_mm: coarse depth of its shallowest voxel.
        slices: extent along k in voxels; `at_end`: cut by the scan's end.
        of_bone: above the threshold it hangs together with a modelled bone.
        faint: its peak is within 1.5 noise of the threshold.
    """

    inside: float
    deep: float
    trunk: float
    bone_mm: float
    rind: float
    highest_mm: float
    capped: float
    taper: float
    cores: int
    depth_mm: float
    slices: int
    at_end: bool
    of_bone: bool
    faint: bool


def box_around(
    box: NDArray[np.int32], spacing: tuple[float, float, float], shape: tuple[int, int, int]
) -> tuple[slice, slice, slice]:
    """A half-open box grown by the margin, within the volume."""
    grow = [int(np.ceil(load().outline.margin_mm / s)) for s in spacing]
    low = [max(0, int(box[2 * a]) - grow[a]) for a in range(3)]
    high = [min(shape[a], int(box[2 * a + 1]) + grow[a]) for a in range(3)]
    return (slice(low[0], high[0]), slice(low[1], high[1]), slice(low[2], high[2]))


def crop_of(volume: Volume, scene: Scene, chosen: NDArray[np.int64]) -> Crop:
    """The crop of one or several seeds taken as one object."""
    seeds = scene.seeds
    boxes = seeds.box[chosen]
    box = np.array([f(boxes[:, n]) for n, f in enumerate((np.min, np.max) * 3)])
    spacing = volume.scan.spacing_mm
    where = box_around(box, spacing, seeds.shape)
    values = np.full(seeds.count.size, 2, np.uint8)
    values[chosen] = 1
    marks = _painted(seeds, values, where)
    cells = np.ix_(*(np.arange(s.start, s.stop) // b for s, b in zip(where, scene.body.block, strict=True)))
    return Crop(
        np.ascontiguousarray(volume.hu[where]),
        (where[0].start, where[1].start, where[2].start),
        spacing,
        volume.scan.thickness_mm or spacing[0],
        marks == 1,
        marks == 2,
        _bone_distance(scene, where),
        np.asarray(scene.body.depth_mm[cells] < 4.0),
        scene.body.depth_mm[cells],
    )


def _painted(
    seeds: Components, values: NDArray[np.uint8], where: tuple[slice, slice, slice]
) -> NDArray[np.uint8]:
    out = np.zeros(tuple(s.stop - s.start for s in where), np.uint8)
    origin = np.array([where[0].start, where[1].start, where[2].start, seeds.shape[1]], np.int64)
    paint(seeds.first, seeds.start, seeds.stop, seeds.label, values, out, origin)
    return out


def _bone_distance(scene: Scene, where: tuple[slice, slice, slice]) -> NDArray[np.float32]:
    shape = tuple(s.stop - s.start for s in where)
    out = np.full(shape, BONE_CAP, np.float32)
    if scene.bones is None or scene.distance is None:
        return out
    inner, outer = [], []
    for s, o, n in zip(where, scene.bones.origin, scene.distance.shape, strict=True):
        low, high = max(s.start, o), min(s.stop, o + n)
        if low >= high:
            return out
        inner.append(slice(low - o, high - o))
        outer.append(slice(low - s.start, high - s.start))
    codes = scene.distance[tuple(inner)]
    part = np.where(codes > 0, (codes.astype(np.float32) - 1) * STEP_MM + LOWEST_MM, BONE_CAP)
    part = np.where(scene.bones.core[tuple(inner)] > 0, -9.0, part)
    out[tuple(outer)] = np.minimum(part, BONE_CAP)
    return out


def surroundings(crop: Crop, scene: Scene) -> Surroundings:
    """Where the object of a crop lies."""
    voxels = np.argwhere(crop.own)
    cells = tuple(((voxels + np.array(crop.origin)) // np.array(scene.body.block)).T)
    bone = crop.bone_mm[crop.own]
    total = scene.seeds.shape[0]
    k0, k1 = voxels[:, 0].min() + crop.origin[0], voxels[:, 0].max() + crop.origin[0]
    return Surroundings(
        float((scene.body.inside[cells] | (scene.body.depth_mm[cells] > 0)).mean()),
        float(scene.body.deep[cells].mean()),
        float(scene.body.trunk[cells].mean()),
        float(bone.min()),
        float((bone < 1.0).mean()),
        float(bone.max()),
        _capped(crop),
        _taper(crop),
        _cores(crop, load().bone.least_core_mm3),
        float(scene.body.depth_mm[cells].min()),
        int(k1 - k0 + 1),
        bool(k0 == 0 or k1 == total - 1),
        bool(scene.bony[label_of_points(scene.dense, voxels[:1] + np.array(crop.origin))].any()),
        bool(crop.hu[crop.own].max() < scene.threshold + load().faint.noise * scene.noise_hu),
    )


def _capped(crop: Crop) -> float:
    """Share of the object's columns with bone within two slices above or below."""
    columns = crop.own.any(axis=0)
    ks = np.flatnonzero(crop.own.any(axis=(1, 2)))
    near = slice(max(0, ks[0] - 2), ks[-1] + 3)
    bone = (crop.bone_mm[near] < 0.3).any(axis=0)
    return float(np.count_nonzero(bone & columns) / np.count_nonzero(columns))


def _cores(crop: Crop, least_mm3: float) -> int:
    from scipy.ndimage import label

    sizes = np.bincount(label(crop.bone_mm < -8.0)[0].ravel())[1:]
    return int(np.count_nonzero(sizes * np.prod(crop.spacing) >= least_mm3))


def _taper(crop: Crop) -> float:
    ks = np.flatnonzero(crop.own.any(axis=(1, 2)))
    area = (crop.bone_mm[max(0, ks[0] - 2) : ks[-1] + 3] < 0.3).sum(axis=(1, 2))
    return float(area.min() / max(int(area.max()), 1))


# What is found and not listed; the words are those of `dropped` in measurement.json.
OUTSIDE = "outside the body"
EDGE = "edge of a modelled bone"
LITTLE = "too little calcium"
SMALL = "too small"
SPECK = "a speck of noise"


def judge(volume: Volume, scene: Scene, label: int, settings: Settings) -> list[Finding | str]:
    """Measure one seed and say what it is, or why it is counted only; every object of it by itself."""
    crop = crop_of(volume, scene, np.array([label]))
    place = surroundings(crop, scene)
    where = settings.place
    if place.inside < where.least_inside:
        return [OUTSIDE]
    if _is_small_rind(crop, place, settings):
        return [EDGE]
    if place.trunk > where.trunk_share and (place.of_bone or place.deep > where.deep_share):
        figures = rough(crop, place.depth_mm, scene.threshold, settings)
        return [_finding(figures, crop, place, settings)]
    if _is_rind(place, settings):
        return [_judged(refine(crop, scene.noise_hu), place, scene, settings)]
    parts = split(crop, scene.noise_hu, settings)
    if len(parts) == 1:
        return [_judged(parts[0], place, scene, settings)]
    out: list[Finding | str] = []
    for part in parts:
        place = surroundings(part, scene)
        small = _is_small_rind(part, place, settings)
        out.append(EDGE if small else _judged(part, place, scene, settings))
    return out


def _judged(crop: Crop, place: Surroundings, scene: Scene, settings: Settings) -> Finding | str:
    """Measure and judge one object with its final outline."""
    if int((crop.own & (crop.bone_mm >= settings.outline.flank_mm)).sum()) < 2:
        return EDGE
    figures = measure(crop, scene.threshold, settings, scene.psf_mm, scene.noise_hu)
    return _finding(figures, crop, place, settings)


def _finding(figures: Figures, crop: Crop, place: Surroundings, settings: Settings) -> Finding | str:
    if figures.calcium_hu_ml < settings.least_calcium_hu_ml.value:
        return LITTLE
    if figures.volume_half_max_mm3 < settings.smallest_mm3.value:
        return SMALL
    kind, reason = _kind(figures, place, crop, settings)
    touches = place.bone_mm < settings.place.touching_mm
    return Finding(figures, kind, reason, compartment(figures, place.deep, settings), touches)


def split(crop: Crop, noise_hu: float, settings: Settings) -> list[Crop]:
    """The objects that share a seed, each with its final outline and the others around it.

    An outline half-way up a dense object leaves a fainter one out that hangs together with it. What is
    left beyond the blur of the outlines drawn so far, and is of reportable size, is drawn by itself.
    """
    voxel = float(np.prod(crop.spacing))
    pending, done = [crop.own], list[NDArray[np.bool_]]()
    while pending:
        seed = pending.pop(0)
        others = np.logical_or.reduce([crop.others, *pending, *done])
        outline = refine(replace(crop, own=seed & ~others, others=others), noise_hu).own
        done.append(outline)
        pending += [
            part
            for part in left_out(replace(crop, own=seed & ~outline), np.logical_or.reduce(done))
            if np.count_nonzero(part) * voxel >= settings.smallest_mm3.value
        ]
    if len(done) == 1:
        return [replace(crop, own=done[0])]
    return [
        replace(crop, own=own, others=np.logical_or.reduce([crop.others, *done[:n], *done[n + 1 :]]))
        for n, own in enumerate(done)
    ]


def _is_small_rind(crop: Crop, place: Surroundings, settings: Settings) -> bool:
    size = float(np.count_nonzero(crop.own) * np.prod(crop.spacing))
    return _is_rind(place, settings) and size < settings.smallest_mm3.value * settings.bone_edge.listed_from


def _is_rind(place: Surroundings, settings: Settings) -> bool:
    rule = settings.bone_edge
    return place.highest_mm < rule.highest_mm and place.rind > rule.share


def _is_edge(place: Surroundings, crop: Crop, settings: Settings) -> bool:
    """What hardly stands out of the modelled wall and is as dense is rather the wall, modelled too thin."""
    rule = settings.bone_edge
    if place.highest_mm >= rule.edge_mm or place.rind <= rule.edge_share:
        return False
    wall = crop.hu[(crop.bone_mm > -2.0) & (crop.bone_mm < 0.0)]
    own = np.sort(crop.hu[crop.own])
    if wall.size == 0 or own.size == 0:
        return False
    dense = float(np.percentile(wall, 90))
    return float(own[-max(2, own.size // 4) :].mean()) >= rule.edge_density * dense


RIND = "no further from the modelled bone surface than its blur"


def compartment(figures: Figures, deep: float, settings: Settings) -> Compartment:
    """Skin by depth, else by the share (0..1) of the object that lies in the muscle hull."""
    if figures.depth_min_mm <= settings.skin_mm.value:
        return "skin"
    return "deep" if deep >= settings.place.deep_share else "subcutis"


def _kind(figures: Figures, place: Surroundings, crop: Crop, settings: Settings) -> tuple[DepositClass, str]:
    """The first rule that holds."""
    for kind, reason in _rules(figures, place, crop, settings):
        return kind, reason
    if place.bone_mm < settings.place.touching_mm:
        return "deposit", "dense, stands out of the modelled bone surface that it touches"
    return "deposit", "dense, solid, apart from bone"


def _rules(
    figures: Figures, place: Surroundings, crop: Crop, settings: Settings
) -> Iterator[tuple[DepositClass, str]]:
    where, end = settings.place, settings.slice_end
    in_trunk, deep = place.trunk > where.trunk_share, place.deep > where.deep_share
    volume = figures.volume_half_max_mm3
    if figures.peak_hu >= settings.metal_hu.value:
        yield "metal", f"peak {figures.peak_hu:.0f} HU, more than mineral reaches"
    if _is_rind(place, settings):
        yield "bone", RIND
    if _is_edge(place, crop, settings):
        yield "indeterminate", "a bone's edge: as dense as the wall that it lies on, and hardly above it"
    if in_trunk and (place.of_bone or (deep and place.bone_mm < end.bone_mm)):
        yield "bone", "in the trunk and continuous with a bone"
    yield from _cut_by_slices(place, crop, volume, settings)
    if place.faint and figures.volume_over_threshold_mm3 < settings.faint.volume_mm3:
        yield "indeterminate", "small and hardly above the candidate threshold"
    if deep and place.bone_mm > settings.vessel.bone_mm and _is_tube(figures, settings):
        yield "vessel", "a long, thin tube deep below the skin, apart from bone"
    if in_trunk and deep:
        yield "indeterminate", f"deep in the trunk, {volume:.0f} mm3: organ, vessel or bone rather than skin"


def _cut_by_slices(
    place: Surroundings, crop: Crop, volume: float, settings: Settings
) -> Iterator[tuple[DepositClass, str]]:
    """What slices this thick, or the scan's end, do not tell from bone."""
    end = settings.slice_end
    length = place.slices * crop.spacing[0]
    at_bone = place.bone_mm < end.bone_mm
    if place.capped > end.capped_share and length <= max(end.least_mm, end.slices * crop.thickness):
        yield (
            "indeterminate",
            "thin and straight above or below a bone, where a slice shows bone and tissue together",
        )
    if crop.thickness > settings.specification.thickness_mm:
        over_end = at_bone and place.taper < end.taper and place.capped > end.over_bone
        cap = at_bone and place.capped > end.wholly_over and place.highest_mm < settings.bone_edge.edge_mm
        if cap or (over_end and (volume < end.volume_mm3 or place.cores >= end.cores)):
            yield "indeterminate", "at a bone's end, which slices this thick do not tell from a deposit"
        if volume < settings.smallest_mm3.value * end.thick_from:
            yield "indeterminate", "too small for slices this thick"
    if place.at_end and at_bone and place.slices <= end.cut_slices:
        yield "indeterminate", "cut by the end of the scan, at a bone"


def _is_tube(figures: Figures, settings: Settings) -> bool:
    rule = settings.vessel
    return (
        figures.elongation >= rule.elongation
        and figures.short_diameter_mm <= rule.widest_mm
        and figures.depth_min_mm > rule.least_depth_mm
        and (figures.mineral_hu < rule.mineral_hu or figures.elongation > rule.sure_elongation)
    )
