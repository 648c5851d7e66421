"""The body on a coarse grid: where the skin is, how deep a point lies, what is muscle and deeper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from calcinosis.imaging.settings import Settings


@dataclass(frozen=True, slots=True)
class Body:
    """Coarse maps; index = full index // block.

    Attributes:
        block: (k, j, i) voxels per coarse cell.
        inside: body, holes filled.
        depth_mm: distance from the skin surface, 0 outside.
        deep: muscle hull, the compartment below the subcutis.
        trunk: parts whose cross-section is that of a trunk.
    """

    block: tuple[int, int, int]
    inside: NDArray[np.bool_]
    depth_mm: NDArray[np.float32]
    deep: NDArray[np.bool_]
    trunk: NDArray[np.bool_]


def find_body(hu: NDArray[np.int16], spacing: tuple[float, float, float], settings: Settings) -> Body:
    """Coarse body, depth, muscle hull.

    Args:
        hu: volume (k, j, i).
        spacing: mm.
        settings: `body`, `muscle_hull`, `bone.trunk_cm2`.
    """
    block = _block(spacing, settings)
    coarse = block_means(hu, *block)
    cell = tuple(s * b for s, b in zip(spacing, block, strict=True))
    inside = _parts(coarse > settings.body.surface_hu, settings.body.least_part)
    inside = _fill(inside)
    depth = _depth(inside, cell)
    deep = _hull(coarse, inside, depth, cell, settings)
    trunk = _trunk(inside, cell, settings.bone.trunk_cm2)
    return Body(block, inside, depth, deep, trunk)


def body_parts(
    hu: NDArray[np.int16], spacing: tuple[float, float, float], settings: Settings
) -> tuple[NDArray[np.int32], tuple[int, int, int]]:
    """Connected parts of the body on the coarse grid, 1 and up, and the voxels per cell."""
    from scipy.ndimage import label

    block = _block(spacing, settings)
    coarse = block_means(hu, *block)
    inside = _fill(_parts(coarse > settings.body.surface_hu, settings.body.least_part))
    return np.asarray(label(inside)[0], np.int32), block


def _block(spacing: tuple[float, float, float], settings: Settings) -> tuple[int, int, int]:
    """Voxels (k, j, i) of one coarse cell."""
    k, j, i = (max(1, round(settings.body.grid_mm / s)) for s in spacing)
    return (k, j, i)


@njit(cache=True, parallel=True)
def block_means(hu, bz, by, bx):  # type: ignore[no-untyped-def]
    """Mean HU of blocks of bz x by x bx voxels; blocks at the far faces may be smaller."""
    nz, ny, nx = hu.shape
    mz, my, mx = -(-nz // bz), -(-ny // by), -(-nx // bx)
    out = np.empty((mz, my, mx), np.float32)
    full = nx // bx
    for z in prange(mz):
        sums = np.zeros(mx, np.int64)
        for y in range(my):
            sums[:] = 0
            k1, j1 = min(nz, (z + 1) * bz), min(ny, (y + 1) * by)
            for k in range(z * bz, k1):
                for j in range(y * by, j1):
                    row = hu[k, j]
                    for x in range(full):
                        s = np.int64(0)
                        for q in range(bx):
                            s += row[x * bx + q]
                        sums[x] += s
                    for i in range(full * bx, nx):
                        sums[full] += row[i]
            area = (k1 - z * bz) * (j1 - y * by)
            for x in range(mx):
                out[z, y, x] = sums[x] / (area * (min(nx, (x + 1) * bx) - x * bx))
    return out


def _parts(mask: NDArray[np.bool_], least: float) -> NDArray[np.bool_]:
    """Connected parts of at least a share of the largest; drops the table and wires."""
    from scipy.ndimage import label

    labels, n = label(mask)
    if n == 0:
        return mask
    sizes = np.bincount(labels.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= least * sizes.max())[labels])


def _fill(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Fill holes of every axial slice."""
    from scipy.ndimage import label

    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1] = [[0, 1, 0], [1, 1, 1], [0, 1, 0]]
    labels, n = label(~mask, in_plane)
    outer = np.zeros(n + 1, bool)
    for edge in (labels[:, 0], labels[:, -1], labels[:, :, 0], labels[:, :, -1]):
        outer[np.unique(edge)] = True
    outer[0] = False
    return np.asarray(~outer[labels])


def _depth(inside: NDArray[np.bool_], cell: tuple[float, ...]) -> NDArray[np.float32]:
    if inside.all():
        return np.full(inside.shape, 1e3, np.float32)
    squared = np.where(inside, np.float32(1e8), np.float32(0.0))
    for axis in range(3):
        lines = np.ascontiguousarray(np.moveaxis(squared, axis, -1))
        envelope(lines.reshape(-1, lines.shape[-1]), cell[axis])
        squared = np.moveaxis(lines, -1, axis)
    depth = np.sqrt(squared)
    return np.asarray(np.maximum(depth - 0.5 * cell[2], 0.0), dtype=np.float32)


@njit(cache=True, parallel=True)
def envelope(lines, step):  # type: ignore[no-untyped-def]
    """One pass of the exact squared distance transform along the last axis, in place.

    Lower envelope of parabolas (Felzenszwalb, Huttenlocher 2012, doi 10.4086/toc.2012.v008a019).
    """
    n = lines.shape[1]
    w = step * step
    for r in prange(lines.shape[0]):
        f = lines[r].copy()
        if f.max() == 0.0:
            continue
        v = np.empty(n, np.int32)
        z = np.empty(n + 1, np.float32)
        k = 0
        v[0] = 0
        z[0], z[1] = -1e12, 1e12
        for q in range(1, n):
            s = ((f[q] + w * q * q) - (f[v[k]] + w * v[k] * v[k])) / (2.0 * w * (q - v[k]))
            while k > 0 and s <= z[k]:
                k -= 1
                s = ((f[q] + w * q * q) - (f[v[k]] + w * v[k] * v[k])) / (2.0 * w * (q - v[k]))
            if s <= z[k]:
                v[k] = q
                z[k + 1] = 1e12
                continue
            k += 1
            v[k] = q
            z[k], z[k + 1] = s, 1e12
        k = 0
        for q in range(n):
            while z[k + 1] < q:
                k += 1
            lines[r, q] = w * (q - v[k]) * (q - v[k]) + f[v[k]]


def _hull(
    coarse: NDArray[np.float32],
    inside: NDArray[np.bool_],
    depth: NDArray[np.float32],
    cell: tuple[float, ...],
    settings: Settings,
) -> NDArray[np.bool_]:
    """Non-fat soft tissue, opened, closed and filled per slice."""
    from scipy.ndimage import maximum_filter, minimum_filter

    rule = settings.muscle_hull

    def size(mm: float) -> tuple[int, ...]:
        return tuple(1 + 2 * max(1, round(mm / 2 / c)) for c in cell)

    # Dense cells stay out, so that a deposit in the fat is not taken for muscle; bone is filled in.
    soft = (
        (coarse > rule.low_hu) & (coarse < rule.high_hu) & inside & (depth > settings.skin_mm.value)
    ).astype(np.uint8)
    opened = maximum_filter(minimum_filter(soft, size(rule.open_mm)), size(rule.open_mm))
    closed = minimum_filter(maximum_filter(opened, size(rule.close_mm)), size(rule.close_mm), mode="nearest")
    return np.asarray(_fill(closed > 0) & inside)


def _trunk(inside: NDArray[np.bool_], cell: tuple[float, ...], least_cm2: float) -> NDArray[np.bool_]:
    """Cells whose part has, in its slice, the cross-section of a trunk."""
    from scipy.ndimage import label

    in_plane = np.zeros((3, 3, 3), bool)
    in_plane[1] = True
    labels, _ = label(inside, in_plane)
    area = np.bincount(labels.ravel()) * cell[1] * cell[2] / 100.0
    area[0] = 0.0
    return np.asarray((area >= least_cm2)[labels])
