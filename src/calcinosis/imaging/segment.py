"""Where the objects are: dense voxels that the bone model does not explain, and what each is.

A seed is a connected set of voxels above the candidate threshold, outside the modelled bone and, in
the bone's blur, above what that blur explains. Nothing is dropped silently: every seed of reportable
size gets a class and the reason for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

from calcinosis.imaging.body import Body, find_body
from calcinosis.imaging.bone import Bones, extended, find_bones
from calcinosis.imaging.crest import crest_voxels
from calcinosis.imaging.fused import Components, components, paint
from calcinosis.imaging.model import Volume
from calcinosis.imaging.point_spread import point_spread_mm
from calcinosis.imaging.settings import Attenuation, Settings, threshold_hu

# The bone distance is kept in one byte: 0 unknown, else 1..255 = -2 mm .. +6 mm.
STEP_MM, LOWEST_MM = 1 / 32, -2.0
CREST_PASSES = 3
ENOUGH = 40  # voxels that tell a percentile of a stretch of the rind


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything found before measuring.

    Attributes:
        threshold: candidate threshold (HU).
        noise_hu: standard deviation in soft tissue.
        psf_mm: in-plane point spread, full width at half maximum.
        body: coarse body.
        bones: model, or None.
        distance: uint8 box of the bone distance (see STEP_MM), origin `bones.origin`; None without.
        dense: components above the threshold.
        seeds: components of the seed voxels.
        bony: which components of `dense` hold a modelled bone.
        imported: a bone mask was given.
    """

    threshold: float
    noise_hu: float
    psf_mm: float
    body: Body
    bones: Bones | None
    distance: NDArray[np.uint8] | None
    dense: Components
    seeds: Components
    bony: NDArray[np.bool_]
    imported: bool = False


def find(volume: Volume, settings: Settings, bone_mask: NDArray[np.bool_] | None) -> Scene:
    """Body, bone model and seeds of a volume."""
    hu = np.ascontiguousarray(volume.hu)
    spacing = volume.scan.spacing_mm
    body = find_body(hu, spacing, settings)
    noise = estimate_noise(hu, settings.soft_tissue_hu)
    rule = settings.candidate_threshold
    threshold = max(threshold_hu(volume.scan.kv), settings.matrix_hu.value + rule.noise_factor * noise)
    dense = components(hu, round(threshold))
    bones = _bones(hu, spacing, dense, body, settings, threshold)
    mask = np.zeros(hu.shape, np.uint8)
    everything = np.ones(dense.count.size, np.uint8)
    origin = np.array([0, 0, 0, hu.shape[1]], np.int64)
    paint(dense.first, dense.start, dense.stop, dense.label, everything, mask, origin)
    if bones is not None:
        _clear(mask, hu, bones, threshold)
        for _ in range(CREST_PASSES):
            crest, owner = crest_voxels(mask, bones, spacing, settings.crest)
            if len(crest) == 0:
                break
            bones = extended(bones, crest, owner, spacing)
            _clear(mask, hu, bones, threshold)
    if bone_mask is not None:
        _clear_imported(mask, bone_mask, spacing, volume.scan.thickness_mm or spacing[0])
    return Scene(
        threshold,
        noise,
        point_spread(hu, spacing, settings),
        body,
        bones,
        None if bones is None else _byte_field(bones),
        dense,
        components(mask, 1),
        _bony(hu, dense, bones, threshold, bone_mask),
        bone_mask is not None,
    )


def point_spread(hu: NDArray[np.int16], spacing: tuple[float, float, float], settings: Settings) -> float:
    """Point spread (mm) read from the skin's edge, within what scanners have; else the usual one."""
    rule = settings.point_spread_mm
    seen = point_spread_mm(hu, spacing, rule.least_edges)
    return rule.value if seen is None else float(np.clip(seen, rule.least, rule.most))


def estimate_noise(hu: NDArray[np.int16], tissue: Attenuation) -> float:
    """Noise in soft tissue (HU): robust spread of the difference of neighbouring slices, over root 2."""
    if hu.shape[0] < 2:
        return 15.0
    ks = np.linspace(0, hu.shape[0] - 2, min(8, hu.shape[0] - 1)).astype(int)
    out = []
    for k in np.unique(ks):
        a, b = hu[k].astype(np.int32), hu[k + 1].astype(np.int32)
        soft = np.all([(one > tissue.least) & (one < tissue.most) for one in (a, b)], axis=0)
        if soft.sum() > 200:
            difference = (a - b)[soft]
            out.append(1.4826 * np.median(np.abs(difference - np.median(difference))) / np.sqrt(2))
    return float(np.median(out)) if out else 15.0


# -- bone -----------------------------------------------------------------------------------------


def _bones(
    hu: NDArray[np.int16],
    spacing: tuple[float, float, float],
    dense: Components,
    body: Body,
    settings: Settings,
    threshold: float,
) -> Bones | None:
    """Model the bones among the components that are large enough to be bone."""
    size = (dense.box[:, 1::2] - dense.box[:, 0::2]) * np.array(spacing)
    large = ((size >= 4.0).sum(axis=1) >= 2) & (dense.count * np.prod(spacing) >= 60.0)
    if not large.any():
        return None
    margin = np.ceil((settings.bone.band_mm + 3.0) / np.array(spacing)).astype(int)
    chosen = dense.box[large]
    low = np.maximum(chosen[:, 0::2].min(axis=0) - margin, 0)
    high = np.minimum(chosen[:, 1::2].max(axis=0) + margin, dense.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    nz, ny, nx = dense.shape
    extents = _extents(dense.first, dense.start, dense.stop, dense.label, large, nz, ny, nx)
    inner = tuple(extent[part] for extent, part in zip(extents, box, strict=True))
    origin = (box[0].start, box[1].start, box[2].start)
    shape = (box[0].stop - origin[0], box[1].stop - origin[1], box[2].stop - origin[2])
    return find_bones(hu, spacing, inner, origin, shape, body, settings, threshold)


@njit(cache=True)
def _extents(first, start, stop, label, chosen, nz, ny, nx):  # type: ignore[no-untyped-def]
    """Of the chosen components, in every plane across k, j and i, the box in the other two axes."""
    across_k, across_j, across_i = (
        np.zeros((nz, 4), np.int64),
        np.zeros((ny, 4), np.int64),
        np.zeros((nx, 4), np.int64),
    )
    across_k[:, 0], across_k[:, 2], across_j[:, 0], across_j[:, 2] = ny, nx, nz, nx
    across_i[:, 0], across_i[:, 2] = nz, ny
    for k in range(nz):
        for j in range(ny):
            row = k * ny + j
            for r in range(first[row], first[row + 1]):
                if chosen[label[r]]:
                    a, b = start[r], stop[r]
                    _widen(across_k[k], j, j + 1, a, b)
                    _widen(across_j[j], k, k + 1, a, b)
                    for i in range(a, b):
                        _widen(across_i[i], k, k + 1, j, j + 1)
    _rim(across_k, ny, nx)
    _rim(across_j, nz, nx)
    _rim(across_i, nz, ny)
    return across_k, across_j, across_i


@njit(cache=True, inline="always")
def _widen(box, a0, a1, b0, b1):  # type: ignore[no-untyped-def]
    box[0], box[1] = min(box[0], a0), max(box[1], a1)
    box[2], box[3] = min(box[2], b0), max(box[3], b1)


@njit(cache=True)
def _rim(boxes, na, nb):  # type: ignore[no-untyped-def]
    """One voxel around every box, within the plane; empty ones stay empty."""
    for n in range(boxes.shape[0]):
        if boxes[n, 1] > boxes[n, 0]:
            boxes[n, 0], boxes[n, 1] = max(0, boxes[n, 0] - 1), min(na, boxes[n, 1] + 1)
            boxes[n, 2], boxes[n, 3] = max(0, boxes[n, 2] - 1), min(nb, boxes[n, 3] + 1)
        else:
            boxes[n] = 0


def _bony(
    hu: NDArray[np.int16],
    dense: Components,
    bones: Bones | None,
    threshold: float,
    imported: NDArray[np.bool_] | None,
) -> NDArray[np.bool_]:
    """Which dense components hold a modelled or imported bone."""
    out = np.zeros(dense.count.size, np.bool_)
    if bones is not None:
        shell = bones.voxels[(bones.surface_mm < 0.0) & (bones.surface_mm > -1.0)] + np.array(bones.origin)
        shell = shell[hu[tuple(shell.T)] >= round(threshold)]
        out[np.unique(label_of_points(dense, shell))] = True
    if imported is not None:
        marked = np.argwhere(imported & (hu >= round(threshold)))
        out[np.unique(label_of_points(dense, marked))] = True
    return out


def label_of_points(found: Components, points: NDArray[np.int64]) -> NDArray[np.int64]:
    """Component of each voxel (n, 3); every one must lie in a component."""
    from calcinosis.imaging.bone import labels_at

    return np.asarray(labels_at(found.first, found.start, found.label, found.shape[1], points))


def _byte_field(bones: Bones) -> NDArray[np.uint8]:
    out = np.zeros(bones.core.shape, np.uint8)
    _write_distance(bones.voxels, bones.surface_mm, out)
    return out


@njit(cache=True)
def _write_distance(voxels, surface, out):  # type: ignore[no-untyped-def]
    """A voxel that is held twice keeps its smaller distance."""
    for v in range(voxels.shape[0]):
        code = min(max(round((surface[v] - LOWEST_MM) / STEP_MM) + 1, 1), 255)
        k, j, i = voxels[v, 0], voxels[v, 1], voxels[v, 2]
        if out[k, j, i] == 0 or code < out[k, j, i]:
            out[k, j, i] = code


BIN_MM, FIRST_BIN, BINS = 0.2, -1.0, 20


def rind_levels(hu: NDArray[np.int16], bones: Bones, threshold: float) -> NDArray[np.float32]:
    """Per bone and distance bin, the HU that the bone's own blur does not exceed.

    Median plus 3.5 robust standard deviations (from the lower half, which deposits do not reach).
    """
    counts = _histogram(hu, bones.voxels, bones.surface_mm, bones.owner, bones.cores, np.array(bones.origin))
    total = counts.sum(axis=2)
    cumulative = np.cumsum(counts, axis=2)
    centres = np.arange(counts.shape[2]) * 20.0 - 1000.0

    def quantile(q: float) -> NDArray[np.float64]:
        return np.asarray(centres[np.argmax(cumulative >= (q * total)[..., None], axis=2)])

    middle = quantile(0.5)
    spread = np.maximum((middle - quantile(0.1)) / 1.2816, 15.0)
    # Away from the flank only noise spreads; fat beside muscle must not raise the level there.
    place = FIRST_BIN + (np.arange(BINS) + 0.5) * BIN_MM
    widest = np.interp(place, [0.6, 1.4], [120.0, 20.0])
    level = np.where(total >= ENOUGH, middle + 3.5 * np.minimum(spread, widest) + 20.0, 0.0)
    pooled = np.where((total >= ENOUGH).any(axis=0), np.max(level, axis=0), 400.0)
    level = np.where(total >= ENOUGH, level, pooled)
    return np.maximum(level, threshold).astype(np.float32)


@njit(cache=True)
def _histogram(hu, voxels, surface, owner, cores, origin):  # type: ignore[no-untyped-def]
    out = np.zeros((cores, BINS, 200), np.int32)
    for v in range(voxels.shape[0]):
        b = int((surface[v] - FIRST_BIN) / BIN_MM)
        if surface[v] < FIRST_BIN or b >= BINS:
            continue
        h = hu[voxels[v, 0] + origin[0], voxels[v, 1] + origin[1], voxels[v, 2] + origin[2]]
        q = min(max((h + 1000) // 20, 0), 199)
        out[owner[v], b, q] += 1
    return out


def _clear(mask: NDArray[np.uint8], hu: NDArray[np.int16], bones: Bones, threshold: float) -> None:
    """Take from the seed mask what the bone model explains."""
    levels = rind_levels(hu, bones, threshold)
    origin = np.array(bones.origin)
    _clear_bone(mask, hu, bones.core, bones.voxels, bones.surface_mm, bones.owner, levels, origin)


@njit(cache=True)
def _clear_bone(mask, hu, core, voxels, surface, owner, levels, origin):  # type: ignore[no-untyped-def]
    for k in range(core.shape[0]):
        for j in range(core.shape[1]):
            for i in range(core.shape[2]):
                if core[k, j, i]:
                    mask[k + origin[0], j + origin[1], i + origin[2]] = 0
    for v in range(voxels.shape[0]):
        k, j, i = voxels[v, 0] + origin[0], voxels[v, 1] + origin[1], voxels[v, 2] + origin[2]
        s = surface[v]
        if s < 0.3:
            mask[k, j, i] = 0
            continue
        b = min(int((s - FIRST_BIN) / BIN_MM), BINS - 1)
        if hu[k, j, i] < levels[owner[v], b]:
            mask[k, j, i] = 0


def _clear_imported(
    mask: NDArray[np.uint8],
    bone: NDArray[np.bool_],
    spacing: tuple[float, float, float],
    thickness: float,
) -> None:
    """Take imported bone, and dense voxels within a slice's thickness of it, from the seeds."""
    from scipy.ndimage import maximum_filter

    size = tuple(1 + 2 * int(max(1.0, thickness) / s + 0.01) for s in spacing)
    mask[maximum_filter(bone.view(np.uint8), size) > 0] = 0
