"""Hollow deposits: a shell of calcium that the hollow test would take for a bone.

A bone has other bones beside it, or muscle around it. A small shell that lies in the skin clear of
every bone, or in the fat far from any, is a deposit, and its wall is measured as one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.body import Body
from calcinosis.imaging.fused import Components
from calcinosis.imaging.settings import Settings


def shells(
    cores: Components,
    real: NDArray[np.bool_],
    points: NDArray[np.int32],
    core_of: NDArray[np.int64],
    thickness: NDArray[np.float32],
    origin: tuple[int, int, int],
    spacing: tuple[float, float, float],
    body: Body,
    settings: Settings,
) -> NDArray[np.bool_]:
    """Which of the walled cores (n,) are the inside of a shell of calcium.

    Args:
        cores: enclosed less dense regions.
        real: (n,) those with a wall all around.
        points: (m, 3) voxels on their surfaces, from `origin`.
        core_of: (m,) the core of a point.
        thickness: (m,) of the wall there, mm.
        origin: first voxel of the box that the points are counted from.
        spacing: mm.
        body: coarse maps of depth and muscle.
        settings: `hollow`, `place`, `skin_mm`.
    """
    rule = settings.hollow
    space = np.array(spacing)
    wall = np.array([_middle(thickness[core_of == n]) if real[n] else 0.0 for n in range(len(real))])
    extent = ((cores.box[:, 1::2] - cores.box[:, 0::2]) * space).max(axis=1) + 2 * wall
    out = np.zeros_like(real)
    for n in np.flatnonzero(real & (extent <= rule.widest_apart_mm)):
        mine = points[core_of == n]
        cells = tuple(((mine + np.array(origin)) // np.array(body.block)).T)
        if body.deep[cells].mean() > settings.place.deep_share:
            continue
        others = real[core_of] & (core_of != n)
        gap = _gap(mine * space, points[others] * space, thickness[others]) - wall[n]
        in_skin = float(body.depth_mm[cells].min()) - wall[n] <= settings.skin_mm.value
        out[n] = gap > (rule.clear_mm if in_skin and extent[n] <= rule.widest_mm else rule.apart_mm)
    return out


def _middle(values: NDArray[np.float32]) -> float:
    return float(np.median(values)) if len(values) else 0.0


def _gap(mine: NDArray[np.float64], others: NDArray[np.float64], thickness: NDArray[np.float32]) -> float:
    """Least distance (mm) of the points from the outside of other bones' walls."""
    from scipy.spatial import cKDTree

    if len(others) == 0:
        return float("inf")
    distance, nearest = cKDTree(others).query(mine)
    return float((distance - thickness[nearest]).min())
