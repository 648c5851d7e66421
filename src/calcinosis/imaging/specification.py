"""Is the scan within what the measurement was tested for? Marks it, with reasons in plain words.

The limits stand in `knowledge/imaging.yaml`; beyond them deposits are screened for and no change of one
deposit is called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.model import Volume
from calcinosis.imaging.settings import load


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a scan is out of specification.

    Attributes:
        metal_hu: only metal is brighter; `metal_mm3`: so much of it, that a few noisy voxels do not count.
    """

    thickness_mm: float
    voxel_mm: float
    metal_hu: float
    metal_mm3: float


def limits() -> Limits:
    """The limits of the knowledge base."""
    settings = load()
    rule = settings.specification
    return Limits(rule.thickness_mm, rule.voxel_mm, settings.metal_hu.value, rule.metal_mm3)


def specified(volume: Volume, within: Limits | None = None) -> Volume:
    """The volume with `in_specification` and `reasons` of its scan filled in."""
    faults = _faults(volume, within or limits())
    scan = replace(
        volume.scan,
        in_specification=not faults,
        reasons=(*faults, *volume.scan.reasons),
    )
    return replace(volume, scan=scan)


def _faults(volume: Volume, limits: Limits) -> tuple[str, ...]:
    scan = volume.scan
    step, *pixel = scan.spacing_mm
    thickness = scan.thickness_mm or step
    found = {
        f"slice thickness {thickness:g} mm is over {limits.thickness_mm:g} mm": thickness
        > limits.thickness_mm + 1e-6,
        f"slice distance {step:.2f} mm is over {limits.thickness_mm:g} mm": step > limits.thickness_mm + 1e-6
        and thickness <= limits.thickness_mm,
        f"pixel of {max(pixel):.3g} mm is over {limits.voxel_mm:g} mm": max(pixel) > limits.voxel_mm + 1e-6,
        "contrast agent given: vessels and organs can look like calcium": bool(scan.contrast_agent),
        "metal in the scan: deposits near it are not reliable": _has_metal(volume, limits),
    }
    return (*(reason for reason, so in found.items() if so), *_movement(volume))


def _has_metal(volume: Volume, limits: Limits) -> bool:
    voxel = float(np.prod(volume.scan.spacing_mm))
    bright = sum(int(np.count_nonzero(part > limits.metal_hu)) for part in volume.hu)
    return bright * voxel >= limits.metal_mm3


def _movement(volume: Volume) -> tuple[str, ...]:
    """Between which slices the skin jumps; a ghost or a step of bone there can look like a deposit."""
    at = np.flatnonzero(jumps(volume.hu) > load().movement.jump) + 1
    if not at.size:
        return ()
    places = ", ".join(f"{k} and {k + 1}" for k in at[:3].tolist())
    more = ", and elsewhere" if at.size > 3 else ""
    return (
        f"movement: the skin jumps between slices {places}{more} (counted from the first); "
        "objects near there are not reliable",
    )


def jumps(hu: NDArray[np.int16]) -> NDArray[np.float64]:
    """Change of the skin's pixels from each slice to the next, over the median of the slices around."""
    surface, rule = load().body.surface_hu, load().movement
    areas = np.zeros(len(hu))
    change = np.full(len(hu) - 1, np.nan)
    for k, plane in enumerate(hu):
        body = plane.ravel() > surface
        areas[k] = np.count_nonzero(body)
        if k < len(change):
            change[k] = _change_at(_sides(body, plane.shape[1]), plane, hu[k + 1])
    large = areas >= rule.least_area * areas.max(initial=1.0)
    steady = np.abs(np.diff(areas)) <= rule.growth * np.maximum(areas[:-1], 1.0)
    change[~(large[:-1] & large[1:] & steady)] = np.nan
    return np.array([_over_its_surroundings(change, k) for k in range(len(change))])


def _sides(body: NDArray[np.bool_], width: int) -> NDArray[np.intp]:
    """The pixels on both sides of the surface, as places in the flat slice."""
    across = np.flatnonzero(body[1:] != body[:-1])
    down = np.flatnonzero(body[width:] != body[:-width])
    return np.concatenate([across, across + 1, down, down + width])


def _change_at(places: NDArray[np.intp], one: NDArray[np.int16], following: NDArray[np.int16]) -> float:
    """What a share of these pixels change less than; NaN without any."""
    if not places.size:
        return float("nan")
    differences = following.ravel()[places].astype(np.int32) - one.ravel()[places]
    return float(np.quantile(np.abs(differences), load().movement.share))


def _over_its_surroundings(change: NDArray[np.float64], k: int) -> float:
    """The change over the median of those around; 0 where it, or most of those, cannot be judged."""
    rule = load().movement
    around = np.concatenate([change[max(0, k - rule.near) : k], change[k + 1 : k + 1 + rule.near]])
    known = around[~np.isnan(around)]
    if np.isnan(change[k]) or known.size < rule.near // 2 + 1:
        return 0.0
    return float(change[k] / max(float(np.median(known)), rule.floor_hu))
