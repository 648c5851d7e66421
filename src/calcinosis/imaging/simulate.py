"""Phantoms: a limb, a hand or a trunk with deposits whose calcium is known exactly.

The anatomy itself varies with the seed. An object is defined by implicit shapes, rendered at about
0.25 mm, blurred by the scanner's point spread, averaged over the slice thickness and made noisy; the
truth table comes from the fine rendering. Coordinates are LPS millimetres throughout.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.model import Compartment, Volume

Anatomy = Literal["limb", "hand", "trunk"]
Place = Literal["skin", "subcutis", "near_bone", "touching_bone"]
Fate = Literal["unchanged", "increased", "decreased", "resolved", "new"]


@dataclass(frozen=True, slots=True)
class TrueDeposit:
    """One row of the truth table.

    Attributes:
        calcium_hu_ml: (HU - 40) x mL over the fine rendering.
        fate: what was done to it at this visit, against the baseline.
    """

    id: str
    centroid_lps_mm: tuple[float, float, float]
    volume_mm3: float
    hu: float
    calcium_hu_ml: float
    place: Place
    shape: str
    compartment: Compartment
    depth_min_mm: float
    touches_bone: bool
    fate: Fate = "unchanged"


@dataclass(frozen=True, slots=True)
class Scanner:
    """How the object is scanned.

    Attributes:
        spacing_mm: (k, j, i) distance of voxel centres.
        thickness_mm: slice thickness; None means equal to the slice distance.
        noise_hu: standard deviation for 1 mm slices (falls with the root of the thickness).
        psf_mm: in-plane point spread, full width at half maximum.
        scan_seed: noise and grid offset; the object depends on `seed` only.
        motion_mm: displacement of a ghost in a third of the slices.
        beam_hardening: 0 none, 1 as strong as in an uncorrected scan.
    """

    spacing_mm: tuple[float, float, float] = (1.0, 0.5, 0.5)
    thickness_mm: float | None = None
    kv: float = 120.0
    noise_hu: float = 15.0
    psf_mm: float = 1.0
    scan_seed: int = 0
    motion_mm: float = 0.0
    beam_hardening: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """What differs at a later visit: the pose, and the fate of deposits.

    Attributes:
        rotation_deg: about the LPS axes x, y, z, around the object's centre.
        shift_mm: along x, y, z.
        fates: deposit id to (fate, factor on the mineral density HU - 40).
    """

    rotation_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    shift_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    fates: dict[str, tuple[Fate, float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Phantom:
    """A simulated scan with its truth; unpacks to (volume, truth)."""

    volume: Volume
    truth: tuple[TrueDeposit, ...]
    bone: NDArray[np.bool_]
    labels: NDArray[np.int16]

    def __iter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204
        return iter((self.volume, self.truth))


def simulate(
    anatomy: Anatomy,
    seed: int,
    *,
    scanner: Scanner | None = None,
    visit: Visit | None = None,
    deposits: int = 24,
    volume_range_mm3: tuple[float, float] = (5.0, 2000.0),
    hu_range: tuple[float, float] = (200.0, 1500.0),
    length_mm: float | None = None,
    acro_osteolysis: bool = False,
    mural_vessel: bool = False,
    metal: bool = False,
) -> Phantom:
    """Scan a phantom; the same `seed` is the same object, whatever the scanner and the visit."""
    raise NotImplementedError
