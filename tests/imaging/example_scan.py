"""A small scan made for tests: a forearm-like cylinder with two deposits, written as needed."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from calcinosis.imaging.dicom_writing import write_series
from calcinosis.imaging.model import Deposit, Measurement, Scan, Volume

SPACING = (1.0, 0.8, 0.8)
SHAPE = (24, 60, 64)
NAME = "TEST^FOREARM"


def volume() -> Volume:
    k, j, i = np.indices(SHAPE)
    rng = np.random.default_rng(1)
    hu = np.full(SHAPE, -1000.0)
    hu[(j - 30) ** 2 + (i - 32) ** 2 < 24**2] = -90
    hu[(j - 30) ** 2 + (i - 32) ** 2 < 18**2] = 55
    hu[blob(k, j, i, (8, 30, 52), 2.2)] = 700
    hu[blob(k, j, i, (15, 12, 32), 2.8)] = 450
    hu += rng.normal(0, 6, SHAPE)
    affine = np.zeros((4, 4))
    affine[2, 0], affine[1, 1], affine[0, 2] = SPACING
    affine[:, 3] = (-20, -25, 100, 1)
    scan = Scan(SPACING, 1.0, 120.0, True, body_part="FOREARM")
    return Volume(np.rint(hu).astype(np.int16), affine, scan)


def blob(k, j, i, centre, radius):  # type: ignore[no-untyped-def]
    return (k - centre[0]) ** 2 + (j - centre[1]) ** 2 + (i - centre[2]) ** 2 < radius**2


def series(folder: Path, *, name: str = NAME) -> Path:
    write_series(volume(), folder, name=name)
    return folder


def deposit(**changes: object) -> Deposit:
    facts: dict[str, object] = {
        "id": "D001",
        "label": 1,
        "deposit_class": "deposit",
        "reason": "",
        "centroid_lps_mm": (21.6, -1.0, 108.0),
        "calcium_hu_ml": 19.4,
        "mass_mg": None,
        "volume_half_max_mm3": 28.1,
        "volume_over_threshold_mm3": 30.2,
        "agatston": 12.0,
        "peak_hu": 715.0,
        "mean_hu": 640.0,
        "max_diameter_mm": 5.1,
        "short_diameter_mm": 3.4,
        "depth_min_mm": 1.5,
        "depth_mean_mm": 2.9,
        "compartment": "subcutis",
        "touches_bone": False,
        "confidence": "high",
        "repeatability_percent": 7.0,
        "bounding_box": ((6, 11), (28, 33), (50, 55)),
    }
    return Deposit(**(facts | changes))  # type: ignore[arg-type]


def measurement(scan: Volume, *, calibrated: bool = False) -> Measurement:
    """Two deposits and one thing that is none, in the volume of `volume()`."""
    k, j, i = np.indices(SHAPE)
    labels = np.zeros(SHAPE, np.int32)
    labels[blob(k, j, i, (8, 30, 52), 2.2)] = 1
    labels[blob(k, j, i, (15, 12, 32), 2.8)] = 2
    labels[blob(k, j, i, (20, 30, 32), 1.5)] = 3
    one = deposit(mass_mg=15.5 if calibrated else None)
    two = deposit(
        id="D002",
        label=2,
        centroid_lps_mm=(5.6, -15.4, 115.0),
        calcium_hu_ml=31.0,
        mass_mg=24.8 if calibrated else None,
        compartment="skin",
        max_diameter_mm=6.2,
        bounding_box=((13, 18), (10, 15), (30, 35)),
    )
    other = deposit(
        id="D003",
        label=3,
        deposit_class="indeterminate",
        reason="thin and beside bone",
        confidence="low",
        bounding_box=((19, 22), (29, 32), (31, 34)),
    )
    totals = {
        "count": 2.0,
        "calcium_hu_ml": 50.4,
        "volume_half_max_mm3": 56.2,
        "volume_over_threshold_mm3": 60.4,
        "agatston": 24.0,
    }
    if calibrated:
        totals["mass_mg"] = 40.3
    return Measurement(
        scan.scan,
        (one, two, other),
        totals,
        {"threshold_hu": 130},
        labels,
        scan.series_uid,
        scan.source,
    )
