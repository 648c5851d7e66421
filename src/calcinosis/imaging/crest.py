"""The crests of bones: edges of a thick wall that stand out of the modelled surface along the bone's length.

A triangular bone is thicker at its edges than the neighbourhood from which the model takes its wall. What
tells an edge from a deposit is that it goes on: a deposit ends after a few millimetres.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from calcinosis.imaging.bone import Bones
from calcinosis.imaging.settings import CrestRule


def crest_voxels(
    mask: NDArray[np.uint8], bones: Bones, spacing: tuple[float, float, float], rule: CrestRule
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Voxels (n, 3, indices of the bones' box) of the mask that go on along a bone, and whose they are.

    Args:
        mask: uint8 (k, j, i), what the bone model leaves of the dense voxels.
        bones: the model.
        spacing: mm.
        rule: the constants.
    """
    from scipy.spatial import cKDTree

    origin = np.array(bones.origin)
    box = tuple(slice(o, o + n) for o, n in zip(bones.origin, bones.core.shape, strict=True))
    voxels = np.argwhere(mask[box])
    if len(voxels) == 0:
        return voxels, np.zeros(0, np.int32)
    space = np.array(spacing)
    away, nearest = cKDTree(bones.facing.place_mm).query(voxels * space, workers=2)
    voxels, nearest = voxels[away <= rule.reach_mm], nearest[away <= rule.reach_mm]
    facing = bones.facing
    share = _goes_on(
        mask,
        voxels + origin,
        facing.along[nearest],
        facing.normal[nearest].astype(np.float64),
        space,
        rule.half_length_mm,
        rule.aside_mm,
        rule.tilt,
        rule.least_span_mm,
    )
    found = share >= rule.share
    return voxels[found], facing.owner[nearest[found]]


@njit(cache=True, parallel=True)
def _goes_on(mask, voxels, along, normal, space, half, aside, tilt, least_span):  # type: ignore[no-untyped-def]
    """Share of the places along the bone, a millimetre apart, that have a seed beside them.

    0 where the scan shows too little of it.
    """
    nz, ny, nx = mask.shape
    out = np.zeros(voxels.shape[0], np.float32)
    for v in prange(voxels.shape[0]):
        across = np.cross(along[v], normal[v])
        seen = dense = 0
        for step in range(-half, half + 1):
            reach = aside + tilt * abs(step)
            within = hit = False
            for side in range(5):
                rise = reach * (side == 1) - reach * (side == 2)
                turn = reach * (side == 3) - reach * (side == 4)
                k = round(
                    voxels[v, 0] + (step * along[v, 0] + rise * normal[v, 0] + turn * across[0]) / space[0]
                )
                j = round(
                    voxels[v, 1] + (step * along[v, 1] + rise * normal[v, 1] + turn * across[1]) / space[1]
                )
                i = round(
                    voxels[v, 2] + (step * along[v, 2] + rise * normal[v, 2] + turn * across[2]) / space[2]
                )
                if 0 <= k < nz and 0 <= j < ny and 0 <= i < nx:
                    within = within or side == 0
                    hit = hit or mask[k, j, i] > 0
            seen += within
            dense += within and hit
        if seen >= least_span:
            out[v] = dense / seen
    return out
