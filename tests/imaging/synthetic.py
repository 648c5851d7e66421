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


def painted(bodies, *, shape=(50, 90, 90), fat=False, fwhm=1.0, noise=10.0, seed=0):
    """A cylinder of muscle, with a coat of fat when asked, and bodies painted into it in turn.

    A body is (signed distance in mm from its surface as a function of z, y, x in mm, HU); the centre is 0.
    """
    fine, spacing = 2, np.array([1.0, 0.5, 0.5])
    z, y, x = np.meshgrid(
        *(((np.arange(n * fine) + 0.5) / fine - n / 2) * s for n, s in zip(shape, spacing, strict=True)),
        indexing="ij",
    )
    hu = np.full(z.shape, -1000.0)
    around = [(lambda z, y, x: np.hypot(y, x) - 20.0, 40.0)]
    if fat:
        around += [
            (lambda z, y, x: np.hypot(y, x) - 18.5, -100.0),
            (lambda z, y, x: np.hypot(y, x) - 7.0, 50.0),
        ]
    for surface, value in [*around, *bodies]:
        share = np.clip(0.5 - surface(z, y, x) / 0.3, 0.0, 1.0)
        hu = hu * (1 - share) + value * share
    sigma = fwhm / 2.3548
    hu = gaussian_filter(hu, [0.26 * fine, sigma / 0.5 * fine, sigma / 0.5 * fine])
    hu = hu.reshape(shape[0], fine, shape[1], fine, shape[2], fine).mean(axis=(1, 3, 5))
    hu += np.random.default_rng(seed).normal(0, noise, shape)
    return Volume(np.rint(hu).astype(np.int16), AFFINE, Scan((1.0, 0.5, 0.5), 1.0, 120.0, True))


def ball(centre, radius):
    """Signed distance from a ball; centre (z, y, x) in mm from the middle."""
    return lambda z, y, x: (
        np.sqrt((z - centre[0]) ** 2 + (y - centre[1]) ** 2 + (x - centre[2]) ** 2) - radius
    )


def capsule(start, stop, radius):
    """Signed distance from a rod with round ends."""
    a, b = np.array(start, float), np.array(stop, float)
    way = b - a

    def surface(z, y, x):
        t = ((z - a[0]) * way[0] + (y - a[1]) * way[1] + (x - a[2]) * way[2]) / (way @ way)
        t = np.clip(t, 0.0, 1.0)
        near = [a[n] + t * way[n] for n in range(3)]
        return np.sqrt((z - near[0]) ** 2 + (y - near[1]) ** 2 + (x - near[2]) ** 2) - radius

    return surface
