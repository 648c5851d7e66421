"""A soft-tissue cylinder in air with blurred balls in it: exact truth, made in milliseconds."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter

from calcinosis.imaging.model import Scan, Volume

AFFINE = np.array([[0, 0, 0.5, -20.0], [0, 0.5, 0, -20.0], [1.0, 0, 0, 0.0], [0, 0, 0, 1.0]])


def cylinder(balls, *, shape=(30, 80, 80), thickness=1.0, kv=120.0, noise=10.0, seed=0):
    """Balls are (centre k j i in voxels, radius mm, HU); tissue 40 HU, radius 18 mm."""
    fine = 2
    spacing = np.array([1.0, 0.5, 0.5])
    grid = np.meshgrid(*(np.arange(n * fine) / fine for n in shape), indexing="ij")
    j, i = (grid[1] - shape[1] / 2) * spacing[1], (grid[2] - shape[2] / 2) * spacing[2]
    hu = np.where(j**2 + i**2 < 18.0**2, 40.0, -1000.0)
    for centre, radius, value in balls:
        away = sum(((g - c) * s) ** 2 for g, c, s in zip(grid, centre, spacing, strict=True))
        # A soft edge keeps the volume exact where a voxelised ball would be some percent off.
        share = np.clip(0.5 + (radius - np.sqrt(away)) / 0.5, 0.0, 1.0)
        hu = hu * (1 - share) + value * share
    hu = gaussian_filter(hu, [0.5 * fine, 0.85 * fine, 0.85 * fine])
    hu = hu.reshape(shape[0], fine, shape[1], fine, shape[2], fine).mean(axis=(1, 3, 5))
    hu += np.random.default_rng(seed).normal(0, noise, shape)
    fits = thickness <= 2.0
    scan = Scan((1.0, 0.5, 0.5), thickness, kv, fits, () if fits else ("slice thickness over 2 mm",))
    return Volume(np.rint(hu).astype(np.int16), AFFINE, scan)


def ball_calcium(radius, hu):
    """HU mL above 40 HU of a ball."""
    return 4 / 3 * np.pi * radius**3 * (hu - 40.0) / 1000.0
