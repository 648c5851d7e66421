"""The in-plane point spread of a scan, read from the edge between air and skin.

A Gaussian blur spreads a step so that a quarter and three quarters of it lie 1.349 standard deviations
apart; the full width at half maximum is 2.355 of them.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

AIR_HU, TISSUE_HU = -1000.0, 40.0
NEAR_AIR_HU = 80.0  # an edge with more than that in the air before it is not the skin's
MINERAL_HU = 300.0  # an edge that ends denser than soft tissue is mineral's
SLICES = 24  # as many slices, evenly spread, are enough
PIXEL_SHARE = 0.92  # of a pixel's width that adds to the spread, in squares; from simulated edges


def point_spread_mm(
    hu: NDArray[np.int16], spacing: tuple[float, float, float], least_edges: int
) -> float | None:
    """Full width at half maximum (mm) in the slice plane; None when too few edges face along a row or column.

    Args:
        hu: volume (k, j, i).
        spacing: mm.
        least_edges: fewer say nothing.
    """
    ks = np.unique(np.linspace(1, max(1, hu.shape[0] - 2), SLICES).astype(int))
    ks = ks[(ks > 0) & (ks < hu.shape[0] - 1)]
    widths = [_edge_widths(hu, k, *spacing) for k in ks]
    found = np.concatenate(widths) if widths else np.zeros(0)
    if len(found) < least_edges:
        return None
    seen = float(np.median(found)) / 1.349 * 2.3548
    # A pixel averages over its own width, and the line between two of them is straight.
    return math.sqrt(max(seen**2 - PIXEL_SHARE**2 * spacing[1] * spacing[2], 0.0))


@njit(cache=True)
def _edge_widths(hu, k, dz, dy, dx):  # type: ignore[no-untyped-def]
    """Distance (mm) from a quarter to three quarters of the step, at every clean edge of one slice."""
    ny, nx = hu.shape[1:]
    out = np.empty(4 * (ny + nx), np.float64)
    m = 0
    for axis in range(2):
        lines, length, step = (ny, nx, dx) if axis == 0 else (nx, ny, dy)
        for line in range(1, lines - 1):
            for way in range(2):
                width = _first_edge(hu, k, line, axis, way, length, step, dz, dy, dx)
                if width > 0.0 and m < out.size:
                    out[m] = width
                    m += 1
    return out[:m]


@njit(cache=True, inline="always")
def _value(hu, k, line, axis, p):  # type: ignore[no-untyped-def]
    return float(hu[k, line, p]) if axis == 0 else float(hu[k, p, line])


@njit(cache=True)
def _first_edge(hu, k, line, axis, way, length, step, dz, dy, dx):  # type: ignore[no-untyped-def]
    """Width of the first edge that a ray from outside meets, 0 where it is not a clean one."""
    low = AIR_HU + 0.25 * (TISSUE_HU - AIR_HU)
    high = AIR_HU + 0.75 * (TISSUE_HU - AIR_HU)
    sign = 1 if way == 0 else -1
    p = 1 if way == 0 else length - 2
    n = 0
    while n < length - 8 and _value(hu, k, line, axis, p) < low:
        p += sign
        n += 1
    if n < 4 or n >= length - 8:
        return 0.0
    if _value(hu, k, line, axis, p - 3 * sign) > AIR_HU + NEAR_AIR_HU:
        return 0.0
    a, b = _value(hu, k, line, axis, p - sign), _value(hu, k, line, axis, p)
    first = p - sign * (b - low) / (b - a)
    q = p
    while abs(q - p) < 7 and _value(hu, k, line, axis, q) < high:
        q += sign
    c, d = _value(hu, k, line, axis, q - sign), _value(hu, k, line, axis, q)
    if d < high or d <= c or d > MINERAL_HU:
        return 0.0
    last = q - sign * (d - high) / (d - c)
    j, i = (line, p) if axis == 0 else (p, line)
    gz = (hu[k + 1, j, i] - hu[k - 1, j, i]) / dz
    gy = (hu[k, j + 1, i] - hu[k, j - 1, i]) / dy
    gx = (hu[k, j, i + 1] - hu[k, j, i - 1]) / dx
    along = abs(gx if axis == 0 else gy) / max(math.sqrt(gz * gz + gy * gy + gx * gx), 1e-6)
    # An edge that runs obliquely looks wider, and its width could only be guessed back.
    return abs(last - first) * step * along if along > 0.95 else 0.0
