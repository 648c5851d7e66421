"""What a voxel would read without the deposit: expected from deposit-free voxels of the same kind.

Kind is the depth below the skin and the distance from bone, so that the steep edges of the skin and
the blur around bone are predicted instead of being mistaken for mineral. The estimate is a kernel
regression (Nadaraya-Watson) in (place, depth, bone distance), each with a compact kernel.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

DEPTH_CAP, BONE_CAP = 8.0, 3.0


@njit(cache=True, fastmath=True)
def warp_depth(d):  # type: ignore[no-untyped-def]
    """Depth (mm) to a scale on which one unit is the kernel's width; fine near the skin."""
    return math.log(0.22 + 0.3 * min(max(d, -0.4), DEPTH_CAP)) / 0.3


@njit(cache=True, fastmath=True)
def warp_bone(s):  # type: ignore[no-untyped-def]
    """Distance from bone (mm) to a scale on which one unit is the kernel's width."""
    if s < 0.0:
        return s / 0.3 + math.log(0.3) / 0.4
    return math.log(0.3 + 0.4 * min(s, BONE_CAP)) / 0.4


@njit(cache=True, fastmath=True)
def _estimate(hu, free, qd, qb, k, j, i, wd, wb, spacing, reach, stride, wide):  # type: ignore[no-untyped-def]
    nz, ny, nx = hu.shape
    rz = max(1, int(reach / spacing[0]))
    ry = int(reach / spacing[1])
    rx = int(reach / spacing[2])
    total = 0.0
    weight = 0.0
    r2 = reach * reach
    step = max(1, round(stride * 1.0 / spacing[2]))  # neighbours about a millimetre apart suffice
    sz = max(1, round(stride * 1.0 / spacing[0]))
    # The lattice holds the voxel's own plane, row and column: a flat skin keeps its depth along them.
    for c in range(k - min(k, rz) // sz * sz, min(nz, k + rz + 1), sz):
        z2 = ((c - k) * spacing[0]) ** 2
        for b in range(j - min(j, ry) // step * step, min(ny, j + ry + 1), step):
            y2 = z2 + ((b - j) * spacing[1]) ** 2
            if y2 > r2:
                continue
            for a in range(i - min(i, rx) // step * step, min(nx, i + rx + 1), step):
                if not free[c, b, a]:
                    continue
                x2 = y2 + ((a - i) * spacing[2]) ** 2
                if x2 > r2:
                    continue
                u = (qd[c, b, a] - wd) / wide
                v = (qb[c, b, a] - wb) / wide
                u = u * u
                v = v * v
                if u >= 1.0 or v >= 1.0:
                    continue
                w = (1.0 - u) * (1.0 - v) * (1.0 - x2 / r2) ** 2
                total += w * hu[c, b, a]
                weight += w
    return total, weight


@njit(cache=True, parallel=True, fastmath=True)
def expected(hu, free, qd, qb, voxels, wd, wb, spacing, enough):  # type: ignore[no-untyped-def]
    """Expected HU at `voxels` (n, 3), at warped depth `wd` and warped bone distance `wb` (n,).

    The reach grows from 4 to 30 mm, and only then are the kinds taken more broadly, until enough
    deposit-free voxels speak: under a wide sheet skin is expected from the skin beside it, however far,
    and not from the air or fat that is nearer.
    """
    out = np.empty(voxels.shape[0], np.float32)
    for p in prange(voxels.shape[0]):
        k, j, i = voxels[p, 0], voxels[p, 1], voxels[p, 2]
        value = 40.0
        for attempt in range(7):
            reach = (4.0, 7.0, 13.0, 13.0, 30.0, 30.0, 30.0)[attempt]
            stride = (1, 1, 2, 2, 3, 3, 3)[attempt]
            wide = (0.5, 0.5, 0.5, 1.0, 1.0, 2.5, 1000.0)[attempt]
            total, weight = _estimate(hu, free, qd, qb, k, j, i, wd[p], wb[p], spacing, reach, stride, wide)
            if weight > 0.0:
                value = total / weight
            if weight >= enough:
                break
        out[p] = value
    return out
