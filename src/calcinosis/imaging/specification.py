"""Is the scan within what the measurement was tested for? Marks it, with reasons in plain words.

The limits stand in `knowledge/imaging.yaml`; beyond them deposits are screened for and no change of one
deposit is called.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from calcinosis.imaging.model import Volume
from calcinosis.imaging.settings import load

METAL_MM3 = 20.0  # so much of it, that a few noisy voxels do not count


@dataclass(frozen=True, slots=True)
class Limits:
    """Beyond these a scan is out of specification.

    Attributes:
        metal_hu: only metal is brighter.
    """

    thickness_mm: float
    voxel_mm: float
    metal_hu: float


def limits() -> Limits:
    """The limits of the knowledge base."""
    settings = load()
    rule = settings.specification
    return Limits(rule.thickness_mm, rule.voxel_mm, settings.metal_hu.value)


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
    return tuple(reason for reason, so in found.items() if so)


def _has_metal(volume: Volume, limits: Limits) -> bool:
    voxel = float(np.prod(volume.scan.spacing_mm))
    bright = sum(int(np.count_nonzero(part > limits.metal_hu)) for part in volume.hu)
    return bright * voxel >= METAL_MM3
