"""One deposit measured: calcium from the integrated attenuation excess, and the customary figures.

Calcium is the sum over the deposit and its blur of (HU - expected HU), each voxel corrected for what
the mineral displaced: it counts from the soft-tissue matrix, mass = sum e (c - m) / (c - b) with c the
deposit's own HU, b the tissue there, m the matrix. Integrated intensity: Alexandrov and others, 2023,
doi 10.1002/mp.16326 (abstract); the matrix correction is the project's own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from calcinosis.imaging.background import BONE_CAP, DEPTH_CAP, expected, warp_bone, warp_depth
from calcinosis.imaging.bone import propagate
from calcinosis.imaging.settings import Outline, Settings, load

Floats = NDArray[np.float64]
OUTSIDE_HU = -475
MANY = 5000  # voxels from which on the hull is found first
NO_SKIN_MM = 900.0  # the coarse depth where no skin is in view


def _outline() -> Outline:
    """The distances of the outline; a cached record."""
    return load().outline


@dataclass(frozen=True, slots=True)
class Crop:
    """The surroundings of one object.

    Attributes:
        hu: (k, j, i).
        origin: k, j, i of the first voxel.
        spacing: mm.
        thickness: slice thickness, mm.
        own: seed voxels of the object.
        others: seed voxels of all other objects.
        bone_mm: distance from bone, BONE_CAP or more where there is none near; -9 in the core.
        outer: coarse air around the body (never lung or bowel).
        coarse_mm: depth below the skin on the coarse grid of the body.
    """

    hu: NDArray[np.int16]
    origin: tuple[int, int, int]
    spacing: tuple[float, float, float]
    thickness: float
    own: NDArray[np.bool_]
    others: NDArray[np.bool_]
    bone_mm: NDArray[np.float32]
    outer: NDArray[np.bool_]
    coarse_mm: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured; names as in `Deposit`."""

    calcium_hu_ml: float
    volume_half_max_mm3: float
    volume_over_threshold_mm3: float
    agatston: float
    peak_hu: float
    mean_hu: float
    mineral_hu: float
    max_diameter_mm: float
    short_diameter_mm: float
    elongation: float
    depth_min_mm: float
    depth_mean_mm: float
    tissue_hu: float
    centroid: tuple[float, float, float]
    voxels: NDArray[np.int64]


def measure(crop: Crop, threshold: float, settings: Settings, psf_mm: float, noise_hu: float) -> Figures:
    """Measure one object.

    Args:
        crop: the object and at least 6 mm around it.
        threshold: candidate threshold, HU.
        settings: `matrix_hu`, `agatston`.
        psf_mm: in-plane point spread.
        noise_hu: noise of the scan.
    """
    depth = _depth(crop)
    region, near, distance = _region(crop)
    free = _free(crop, near)
    region, distance = _clear_of_bone(crop, region, distance)
    b, tissue = _expected(crop, region, depth, free)
    values = crop.hu[region[:, 0], region[:, 1], region[:, 2]].astype(np.float64)
    voxel = float(np.prod(crop.spacing))
    excess = values - b
    c, certain = _mineral(crop, region, excess, tissue, values, psf_mm, noise_hu)
    m = settings.matrix_hu.value
    factor = (c - m) / np.maximum(c - tissue, 20.0)
    calcium = float(np.sum(excess * np.clip(factor, 0.05, 2.5)) * voxel / 1000.0)
    calcium /= _seen(crop, psf_mm)
    own = distance <= 0.0
    half = values >= (c + tissue) / 2.0 if certain else values >= _half_level(values, own, tissue)
    depths = _full_depth(crop, depth)[region[:, 0], region[:, 1], region[:, 2]]
    core = half if half.any() else own
    spans = diameters(region[core], crop.spacing)
    weight = np.maximum(excess, 0.0) + 1e-6
    middle = (region * weight[:, None]).sum(axis=0) / weight.sum()
    over = (values >= threshold) & (excess >= 0.5 * (threshold - tissue))
    own_values = values[over] if over.any() else values[own]
    return Figures(
        calcium,
        float(half.sum() * voxel),
        float(over.sum() * voxel),
        agatston(crop, region[over], threshold, settings),
        float(own_values.max()),
        float(own_values.mean()),
        float(np.median(c)),
        *spans,
        elongation(region[core], crop.spacing),
        float(max(0.0, depths[core].min())),
        float(depths[core].mean()),
        float(np.median(tissue)),
        _triple(middle + np.array(crop.origin)),
        region[core].astype(np.int64) + np.array(crop.origin),
    )


def _triple(values: Floats) -> tuple[float, float, float]:
    return (float(values[0]), float(values[1]), float(values[2]))


def rough(crop: Crop, depth_mm: float, threshold: float, settings: Settings) -> Figures:
    """Figures of an object that is no deposit: its dense voxels only, no expectation, no correction."""
    voxels = np.argwhere(crop.own).astype(np.int32)
    values = crop.hu[crop.own].astype(np.float64)
    size = float(len(voxels) * np.prod(crop.spacing))
    calcium = float(np.sum(values - settings.matrix_hu.value) * np.prod(crop.spacing) / 1000.0)
    spans = diameters(voxels, crop.spacing)
    place = voxels + np.array(crop.origin)
    return Figures(
        calcium,
        size,
        size,
        agatston(crop, voxels, threshold, settings),
        float(values.max()),
        float(values.mean()),
        float(values.mean()),
        *spans,
        elongation(voxels, crop.spacing),
        depth_mm,
        depth_mm,
        settings.matrix_hu.value,
        _triple(place.mean(axis=0)),
        place.astype(np.int64),
    )


def refine(crop: Crop, noise_hu: float) -> Crop:
    """Draw the outline of an object anew, half-way up its excess instead of at a fixed HU.

    Near bone the first seed lacks what lay below the bone's own level, and may hold rind that the
    pooled level did not explain; the local expectation tells both. Kept is what exceeds half of the
    object's contrast (at least 3 noise) and hangs together with it.
    """
    from scipy.ndimage import label

    depth = _depth(crop)
    at_bone = bool(crop.bone_mm[crop.own].min() < BONE_CAP - 0.2)
    region, near, _ = _region(crop, _outline().grow_mm if at_bone else None)
    free = _free(crop, near)
    b, _ = _expected(crop, region, depth, free, 0.0 if at_bone else 1.5)
    index = (region[:, 0], region[:, 1], region[:, 2])
    excess = crop.hu[index].astype(np.float64) - b
    top = np.sort(excess[crop.own[index] & (crop.bone_mm[index] >= _outline().flank_mm)])
    contrast = float(top[-max(2, len(top) // 4) :].mean()) if len(top) else 0.0
    dense = np.zeros(crop.hu.shape, np.bool_)
    dense[index] = (excess >= max((0.4 if at_bone else 0.5) * contrast, 3.0 * noise_hu)) & (
        crop.bone_mm[index] >= _outline().flank_mm
    )
    labels, n = label(dense, np.ones((3, 3, 3), bool))
    if n == 0:
        return crop
    weight = np.bincount(labels[index], np.where(crop.own[index], np.maximum(excess, 0), 0), n + 1)
    weight[0] = 0
    kept = weight >= 0.05 * weight.max()
    kept[0] = False
    return replace(crop, own=np.asarray(kept[labels])) if weight.any() else crop


def left_out(crop: Crop, outlines: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
    """Connected parts of the seed that lie beyond the blur of what has been outlined, and off the bone."""
    from scipy.ndimage import label

    rest = crop.own & ~outlines & (crop.bone_mm >= _outline().flank_mm)
    if not rest.any():
        return []
    rule = _outline()
    points = _edge(outlines)
    limit = np.full(len(points), rule.reach_mm + rule.free_mm, np.float32)
    blur, _, _ = propagate(points, limit, outlines.astype(np.uint8), _metric(crop), 8 * len(points) + 64)
    rest[blur[:, 0], blur[:, 1], blur[:, 2]] = False
    labels, n = label(rest, np.ones((3, 3, 3), bool))
    return [labels == m for m in range(1, n + 1)]


# -- surroundings ---------------------------------------------------------------------------------


def _metric(crop: Crop) -> Floats:
    """Spacing on which one reach fits in-plane and through thick slices."""
    reach = _outline().reach_mm
    along = max(reach, 0.5 * (crop.thickness + crop.spacing[0]) + 0.6)
    return np.array([crop.spacing[0] * reach / along, crop.spacing[1], crop.spacing[2]])


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Voxels of a mask with a 6-neighbour outside it."""
    from scipy.ndimage import binary_erosion

    return np.argwhere(mask & ~binary_erosion(mask, border_value=0)).astype(np.int32)


def _region(
    crop: Crop, reach: float | None = None
) -> tuple[NDArray[np.int32], NDArray[np.bool_], NDArray[np.float32]]:
    """Voxels that belong to the object's blur, everything near any object, distances from the seed."""
    rule = _outline()
    reach = rule.reach_mm if reach is None else reach
    mine, theirs = _edge(crop.own), _edge(crop.others)
    points = np.vstack([mine, theirs])
    blocked = ((crop.bone_mm < -0.75) | crop.own | crop.others).astype(np.uint8)
    limit = np.full(len(points), reach + rule.free_mm, np.float32)
    voxels, source, distance = propagate(points, limit, blocked, _metric(crop), 8 * len(points) + 64)
    near = crop.own | crop.others
    near[voxels[:, 0], voxels[:, 1], voxels[:, 2]] = True
    keep = (source < len(mine)) & (distance <= reach)
    inside = np.argwhere(crop.own).astype(np.int32)
    region = np.vstack([inside, voxels[keep]])
    return region, near, np.concatenate([np.zeros(len(inside), np.float32), distance[keep]])


def _clear_of_bone(
    crop: Crop, region: NDArray[np.int32], distance: NDArray[np.float32]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Leave out the steep flank of a bone, where a tenth of a millimetre is worth a hundred HU."""
    clear = crop.bone_mm[region[:, 0], region[:, 1], region[:, 2]] >= _outline().flank_mm
    return (region[clear], distance[clear]) if clear.sum() >= 2 else (region, distance)


def _seen(crop: Crop, psf_mm: float) -> float:
    """Share of the object's blur that lies clear of the bone's flank.

    The outline above the flank is continued half-way down to the modelled surface (the other half is the
    bone's, as voxels are counted by their centres), blurred by the point spread,
    and counted on both sides.
    """
    from scipy.ndimage import gaussian_filter, maximum_filter

    flank_mm = _outline().flank_mm
    if not (crop.bone_mm[crop.own].min() < flank_mm + 1.0):
        return 1.0
    above = crop.own & (crop.bone_mm >= flank_mm)
    if not above.any():
        return 1.0
    size = [1 + 2 * max(1, int(flank_mm / s)) for s in crop.spacing]
    flank = (crop.bone_mm >= flank_mm / 2) & (crop.bone_mm < flank_mm)
    body = above | (flank & (maximum_filter(above.view(np.uint8), size) > 0))
    along, across, _ = _sigma(crop, psf_mm)
    sigma = (along / crop.spacing[0], across / crop.spacing[1], across / crop.spacing[2])
    blurred = gaussian_filter(body.astype(np.float32), sigma, mode="nearest")
    return float(np.clip(blurred[crop.bone_mm >= flank_mm].sum() / blurred.sum(), 0.4, 1.0))


def _free(crop: Crop, near: NDArray[np.bool_]) -> NDArray[np.uint8]:
    return (~near & (crop.bone_mm > -1.5)).astype(np.uint8)


def _depth(crop: Crop) -> NDArray[np.float32]:
    """Depth below the skin, subvoxel, up to DEPTH_CAP; negative outside."""
    outside = (crop.hu < OUTSIDE_HU) & crop.outer
    depth = np.full(crop.hu.shape, DEPTH_CAP, np.float32)
    if not outside.any():
        return depth
    points = _edge(outside)
    offset = _edge_offset(crop.hu, points, np.array(crop.spacing))
    limit = np.full(len(points), DEPTH_CAP, np.float32)
    voxels, source, distance = propagate(
        points, limit, outside.astype(np.uint8), np.array(crop.spacing), 8 * len(points)
    )
    depth[outside] = -1.0
    depth[points[:, 0], points[:, 1], points[:, 2]] = -offset
    depth[voxels[:, 0], voxels[:, 1], voxels[:, 2]] = distance - offset[source]
    return depth


def _full_depth(crop: Crop, depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Subvoxel depth near the skin; beyond DEPTH_CAP the coarse one, which the cap would understate.

    A body that fills the field of view shows no skin: the depth stays at the cap, a lower bound.
    """
    coarse = np.where(crop.coarse_mm < NO_SKIN_MM, np.maximum(crop.coarse_mm, DEPTH_CAP), DEPTH_CAP)
    return np.where(depth >= DEPTH_CAP, coarse, depth).astype(np.float32)


@njit(cache=True)
def _edge_offset(hu, points, spacing):  # type: ignore[no-untyped-def]
    """How far inside of an outer voxel's centre the surface runs, by its HU and the gradient."""
    nz, ny, nx = hu.shape
    out = np.zeros(points.shape[0], np.float32)
    for p in range(points.shape[0]):
        k, j, i = points[p, 0], points[p, 1], points[p, 2]
        gz = (hu[min(k + 1, nz - 1), j, i] - hu[max(k - 1, 0), j, i]) / (2.0 * spacing[0])
        gy = (hu[k, min(j + 1, ny - 1), i] - hu[k, max(j - 1, 0), i]) / (2.0 * spacing[1])
        gx = (hu[k, j, min(i + 1, nx - 1)] - hu[k, j, max(i - 1, 0)]) / (2.0 * spacing[2])
        g = math.sqrt(gz * gz + gy * gy + gx * gx)
        out[p] = min((OUTSIDE_HU - hu[k, j, i]) / max(g, 200.0), spacing[2])
    return out


def _expected(
    crop: Crop,
    region: NDArray[np.int32],
    depth: NDArray[np.float32],
    free: NDArray[np.uint8],
    margin: float = 1.5,
) -> tuple[Floats, Floats]:
    """Expected HU with the blur of skin and bone, and of the tissue without it."""
    warped_depth = _warp(depth, warp_depth_all)
    warped_bone = _warp(crop.bone_mm, warp_bone_all)
    index = (region[:, 0], region[:, 1], region[:, 2])
    interior = _interior(crop, margin)[index] if margin else np.zeros(len(region), np.bool_)
    rim = region[~interior]
    rim_index = (rim[:, 0], rim[:, 1], rim[:, 2])
    d, s = depth[rim_index], crop.bone_mm[rim_index]
    space = np.array(crop.spacing)
    plain = expected(
        crop.hu,
        free,
        warped_depth,
        warped_bone,
        rim,
        warped_depth[rim_index],
        warped_bone[rim_index],
        space,
        3.0,
    )
    tissue = plain.copy()
    steep = (d < 1.2) | (s < 1.5)
    if steep.any():
        clear_depth = warp_depth_all(np.maximum(d[steep], 1.2).astype(np.float32))
        clear_bone = warp_bone_all(np.maximum(s[steep], 1.5).astype(np.float32))
        tissue[steep] = expected(
            crop.hu, free, warped_depth, warped_bone, rim[steep], clear_depth, clear_bone, space, 3.0
        )
    base = float(np.median(tissue)) if len(tissue) else 0.0
    b, t = np.full(len(region), base), np.full(len(region), base)
    b[~interior], t[~interior] = plain, tissue
    return b, np.clip(t, -150.0, 150.0)


def _warp(values: NDArray[np.float32], function) -> NDArray[np.float32]:  # type: ignore[no-untyped-def]
    return np.asarray(function(values.ravel()).reshape(values.shape))


@njit(cache=True)
def warp_depth_all(values):  # type: ignore[no-untyped-def]
    """`warp_depth` of every value."""
    out = np.empty(values.size, np.float32)
    for n in range(values.size):
        out[n] = warp_depth(values[n])
    return out


@njit(cache=True)
def warp_bone_all(values):  # type: ignore[no-untyped-def]
    """`warp_bone` of every value."""
    out = np.empty(values.size, np.float32)
    for n in range(values.size):
        out[n] = warp_bone(min(values[n], np.float32(BONE_CAP)))
    return out


# -- the mineral's own HU -------------------------------------------------------------------------


def _interior(crop: Crop, margin_mm: float) -> NDArray[np.bool_]:
    """Seed voxels at least a margin from the seed's edge."""
    from scipy.ndimage import minimum_filter

    along = max(margin_mm, 0.5 * crop.thickness + 0.5)
    size = [
        1 + 2 * int(np.ceil(m / s - 1e-6))
        for m, s in zip((along, margin_mm, margin_mm), crop.spacing, strict=True)
    ]
    return np.asarray(minimum_filter(crop.own.view(np.uint8), size, mode="constant") > 0)


def _mineral(
    crop: Crop,
    region: NDArray[np.int32],
    excess: Floats,
    tissue: Floats,
    values: Floats,
    psf_mm: float,
    noise_hu: float,
) -> tuple[Floats, bool]:
    """HU of the mineral itself at every voxel of the region, free of blur.

    From the interior where there is one; else from the shape: a uniform ellipsoid with the measured
    second moments, blurred by the point spread, must show the measured integral and contrast.
    """
    from scipy.ndimage import gaussian_filter

    interior = _interior(crop, 1.3)
    index = (region[:, 0], region[:, 1], region[:, 2])
    if interior.sum() >= 12:
        sigma = [1.5 / s for s in crop.spacing]
        weight = gaussian_filter(interior.astype(np.float32), sigma, truncate=3)
        total = gaussian_filter(np.where(interior, crop.hu, 0).astype(np.float32), sigma, truncate=3)
        middle = float(crop.hu[interior].mean())
        local = np.where(weight > 0.01, total / np.maximum(weight, 1e-6), middle)
        return np.maximum(local[index], 60.0), True
    contrast = _contrast(crop, region, excess, psf_mm, noise_hu)
    top = float(np.sort(values)[-max(3, len(values) // 50) :].mean())
    c = float(np.clip(contrast + np.median(tissue), max(top, 60.0), 3000.0))
    return np.full(len(region), c), False


def _contrast(crop: Crop, region: NDArray[np.int32], excess: Floats, psf_mm: float, noise_hu: float) -> float:
    """Contrast of the equivalent blurred ellipsoid: sum e^2 / sum e, divided by what blur leaves of it."""
    voxel = float(np.prod(crop.spacing))
    total = float(excess.sum())
    if total <= 0:
        return 0.0
    seen = float(max(np.sum(excess**2) - len(excess) * noise_hu**2, 1e-6) / total)
    axes = _axes(crop, region, excess, psf_mm)
    volume = total * voxel
    sigma = _sigma(crop, psf_mm)
    scales = np.geomspace(0.3, 2.0, 40)
    left = np.array([blur_left(axes * scale, sigma) for scale in scales])
    content = np.log(4.18879 * axes.prod() * scales**3 * seen / left)
    best = np.interp(np.log(volume), np.maximum.accumulate(content), left)
    return float(seen / best)


def _sigma(crop: Crop, psf_mm: float) -> Floats:
    along = math.sqrt(crop.thickness**2 / 12.0 + (0.6 / 2.3548) ** 2)
    return np.array([along, psf_mm / 2.3548, psf_mm / 2.3548])


def _axes(crop: Crop, region: NDArray[np.int32], excess: Floats, psf_mm: float) -> Floats:
    """Semi-axes (mm, along k, j, i order of the principal frame closest to it) without the blur."""
    place = region * np.array(crop.spacing)
    weight = np.clip(excess, 0.05 * excess.max(), None) - 0.05 * excess.max()
    middle = (place * weight[:, None]).sum(0) / weight.sum()
    away = place - middle
    covariance = (away * weight[:, None]).T @ away / weight.sum()
    covariance -= np.diag(_sigma(crop, psf_mm) ** 2)
    spread, frame = np.linalg.eigh(covariance)
    order = np.abs(frame).argmax(axis=0)
    axes = np.sqrt(5.0 * np.maximum(spread, 0.02))
    out = np.empty(3)
    taken = np.argsort(order, kind="stable")
    out[:] = axes[taken]
    return out


def blur_left(axes: Floats, sigma: Floats) -> float:
    """Mean contrast, weighted by itself, that a Gaussian blur leaves of a uniform ellipsoid (0..1).

    Closed form of a Gaussian of equal second moments, made exact for spheres by a table (integral of
    |F(w)|^2 exp(-w^2 s^2) over the volume). Example: a sphere of radius 2 sigma keeps 0.293.
    """
    ratio = axes / sigma
    share = ratio * SMALL
    gaussian = float(np.prod(share / np.sqrt(1.0 + share**2)))
    radius = float(np.prod(ratio) ** (1 / 3))
    return min(1.0, gaussian * float(np.interp(radius, RADII, EXACT)))


SMALL = 1.6120 / math.sqrt(4.0 * math.pi)
RADII = (0.0, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 10.0, 30.0)
EXACT = (1.0, 1.0, 0.987, 0.961, 0.910, 0.883, 0.874, 0.893, 0.96)


def _half_level(values: Floats, own: NDArray[np.bool_], tissue: Floats) -> Floats:
    top = float(np.sort(values[own])[-max(1, int(own.sum()) // 10) :].mean())
    return (top + tissue) / 2.0


# -- customary figures ----------------------------------------------------------------------------


def agatston(crop: Crop, voxels: NDArray[np.int32], threshold: float, settings: Settings) -> float:
    """Agatston-type score: area x factor by peak, per slice, scaled to 3 mm slices (PMID 2407762)."""
    from scipy.ndimage import label

    rule = settings.agatston
    area = crop.spacing[1] * crop.spacing[2]
    steps = np.array(rule.steps) * threshold / rule.steps[0]
    dense = np.zeros(crop.hu.shape, np.bool_)
    dense[voxels[:, 0], voxels[:, 1], voxels[:, 2]] = True
    score = 0.0
    for k in np.unique(voxels[:, 0]):
        lesions, n = label(dense[k])
        sizes = np.bincount(lesions.ravel(), minlength=n + 1) * area
        peaks = np.zeros(n + 1)
        np.maximum.at(peaks, lesions.ravel(), crop.hu[k].ravel())
        factors = np.searchsorted(steps, peaks[1:], side="right")
        score += float((sizes[1:] * factors)[sizes[1:] >= rule.least_area_mm2].sum())
    return score * crop.spacing[0] / rule.slice_mm


def diameters(voxels: NDArray[Any], spacing: tuple[float, float, float]) -> tuple[float, float]:
    """Largest and smallest caliper (3-D Feret) diameter, a voxel's own extent included."""
    n = np.arange(240)
    z = (n + 0.5) / 240
    phi = n * 2.399963
    rays = np.column_stack([z, np.sqrt(1 - z**2) * np.cos(phi), np.sqrt(1 - z**2) * np.sin(phi)])
    place = voxels * np.array(spacing)
    if len(place) > MANY:
        place = place[_hull_points(place)]
    extent = place @ rays.T
    width = extent.max(axis=0) - extent.min(axis=0) + np.linalg.norm(rays * np.array(spacing), axis=1)
    return float(width.max()), float(width.min())


def elongation(voxels: NDArray[np.int32], spacing: tuple[float, float, float]) -> float:
    """Longest over middle principal extent: large for a tube, about 1 for a sheet or a ball."""
    place = voxels * np.array(spacing)
    if len(place) < 4:
        return 1.0
    spread = np.linalg.eigvalsh(np.cov(place.T) + np.diag(np.array(spacing) ** 2) / 12.0)
    return float(np.sqrt(spread[2] / spread[1]))


def _hull_points(place: Floats) -> NDArray[np.int64]:
    from scipy.spatial import ConvexHull, QhullError

    try:
        return np.asarray(ConvexHull(place).vertices)
    except QhullError:
        return np.arange(len(place))
