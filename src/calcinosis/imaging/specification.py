"""Is the scan within what the measurement was tested for? Marks it, with reasons in plain words.

The limits are those of the tests the method was developed on (slices to 2 mm, voxels to 1.5 mm, no
metal, no contrast agent); beyond them deposits are screened for and no change of one deposit is called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calcinosis.imaging.model import Volume


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a scan is out of specification; an engineering choice, not a clinical one.

    Attributes:
        metal_hu: nothing but metal is brighter (enamel and dense cortex stay below).
        metal_mm3: so much of it, that a few noisy voxels do not count.
        air_hu: there must be something below this, or the skin surface cannot be found.
    """

    thickness_mm: float = 2.0
    voxel_mm: float = 1.5
    metal_hu: int = 3000
    metal_mm3: float = 20.0
    air_hu: int = -400


LIMITS = Limits()


def specified(volume: Volume, limits: Limits = LIMITS) -> Volume:
    """The volume with `in_specification` and `reasons` of its scan filled in."""
    faults = _faults(volume, limits)
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
        f"slices {thickness:g} mm thick (up to {limits.thickness_mm:g} mm)": thickness
        > limits.thickness_mm + 1e-6,
        f"slice distance {step:.2f} mm (up to {limits.thickness_mm:g} mm)": step > limits.thickness_mm + 1e-6
        and thickness <= limits.thickness_mm,
        f"pixels of {max(pixel):.2f} mm (up to {limits.voxel_mm:g} mm)": max(pixel) > limits.voxel_mm + 1e-6,
        "contrast agent given: vessels and organs can look like calcium": bool(scan.contrast_agent),
        f"metal: voxels above {limits.metal_hu} HU": _has_metal(volume, limits),
    }
    return tuple(reason for reason, so in found.items() if so)


def _has_metal(volume: Volume, limits: Limits) -> bool:
    voxel = float(np.prod(volume.scan.spacing_mm))
    bright = sum(int(np.count_nonzero(part > limits.metal_hu)) for part in volume.hu)
    return bright * voxel >= limits.metal_mm3
