"""The records that the imaging steps hand on: a volume that was read, deposits that were measured.

Axes of every array are (k, j, i): slice, row, column. World coordinates are DICOM's patient system
(LPS, millimetres): x to the patient's left, y to the back, z to the head.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

DepositClass = Literal["deposit", "bone", "vessel", "metal", "indeterminate"]
Compartment = Literal["skin", "subcutis", "deep", "unknown"]
Confidence = Literal["high", "moderate", "low"]


@dataclass(frozen=True, slots=True)
class Scan:
    """What the series says of itself, and whether it is within the specification of the measurement.

    Attributes:
        spacing_mm: (k, j, i) distance of voxel centres.
        thickness_mm: nominal slice thickness; None when not stated.
        kv: tube voltage; None when not stated.
        in_specification: false when deposits can only be screened for.
        reasons: why it is out of specification, or what was repaired, in plain words.
        acquired: date of the scan as YYYY-MM-DD, empty when not stated.
    """

    spacing_mm: tuple[float, float, float]
    thickness_mm: float | None
    kv: float | None
    in_specification: bool
    reasons: tuple[str, ...] = ()
    contrast_agent: str = ""
    body_part: str = ""
    modality: str = "CT"
    format: Literal["dicom", "enhanced", "nifti"] = "dicom"
    acquired: str = ""


@dataclass(frozen=True, slots=True)
class Volume:
    """A CT volume in Hounsfield units.

    Attributes:
        hu: int16 array (k, j, i).
        affine: 4 x 4, maps (k, j, i, 1) to LPS millimetres.
        scan: what the series says of itself.
        headers: per slice the DICOM dataset without pixel data (pydicom Dataset), empty for NIfTI; the
            writers of SEG and SR need them.
        series_uid: series instance UID, empty for NIfTI.
        source: the folder or file as given.
    """

    hu: NDArray[np.int16]
    affine: NDArray[np.float64]
    scan: Scan
    headers: tuple[Any, ...] = ()
    series_uid: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Deposit:
    """One object found and measured; the field names are those of `measurement.json`.

    `label` is its value in the label volume; `id` stays the same over a review.
    """

    id: str
    label: int
    deposit_class: DepositClass
    reason: str
    centroid_lps_mm: tuple[float, float, float]
    calcium_hu_ml: float
    mass_mg: float | None
    volume_half_max_mm3: float
    volume_over_threshold_mm3: float
    agatston: float
    peak_hu: float
    mean_hu: float
    max_diameter_mm: float
    short_diameter_mm: float
    depth_min_mm: float
    depth_mean_mm: float
    compartment: Compartment
    touches_bone: bool
    confidence: Confidence
    repeatability_percent: float | None
    region: str = ""
    tracking_uid: str = ""
    bounding_box: tuple[tuple[int, int], tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0), (0, 0))
    review: str = ""


@dataclass(frozen=True, slots=True)
class Measurement:
    """All objects of one scan, the label volume they stand in, and the settings that made them.

    Attributes:
        labels: int16 or int32 (k, j, i), 0 background, else `Deposit.label`; None when read from JSON.
        settings: every constant used (thresholds, calibration, matrix HU), as data for the report.
        totals: sums over class `deposit`.
        dropped: how much was found and not listed, by the reason.
    """

    scan: Scan
    deposits: tuple[Deposit, ...]
    totals: Mapping[str, float]
    settings: Mapping[str, Any] = field(default_factory=dict)
    labels: NDArray[np.signedinteger[Any]] | None = None
    series_uid: str = ""
    source: str = ""
    dropped: Mapping[str, int] = field(default_factory=dict)


ChangeState = Literal[
    "new", "resolved", "increased", "decreased", "stable", "merged", "split", "not_assessable"
]


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one deposit (or of those that merged or split) between two scans.

    Attributes:
        state: `not_assessable` when a per-deposit statement is refused; `reason` then says why.
        baseline_ids: ids in the earlier measurement; empty when new.
        later_ids: ids in the later measurement; empty when resolved.
        ratio: later / baseline `calcium_hu_ml`; None when new, resolved or refused.
        volume_ratio: later / baseline half-maximum volume, beside it, because volume alone is blind to
            a change of density only.
        repeatability_percent: change within which the two do not differ; None when unknown.
        distance_mm: between the mapped baseline centroid and the later centroid.
    """

    state: ChangeState
    baseline_ids: tuple[str, ...]
    later_ids: tuple[str, ...]
    calcium_baseline_hu_ml: float | None
    calcium_later_hu_ml: float | None
    ratio: float | None
    volume_ratio: float | None
    repeatability_percent: float | None
    distance_mm: float | None
    reason: str
    tracking_uid: str = ""


@dataclass(frozen=True, slots=True)
class Registration:
    """A rigid transform of one limb segment from the baseline to the later scan.

    Attributes:
        matrix: 4 x 4, maps baseline LPS millimetres (x, y, z, 1) to later LPS millimetres.
        residual_mm: root mean square distance of bone or skin surfaces after registration.
        segment: name of the part it holds for (`whole`, or a bone).
    """

    matrix: NDArray[np.float64]
    residual_mm: float
    segment: str = "whole"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Two measurements of one patient compared.

    Attributes:
        changes: one entry a deposit, or a group that merged or split.
        totals: `baseline_hu_ml`, `later_hu_ml`, `ratio`, `repeatability_percent`.
        refused: why per-deposit change is refused, in plain words; empty when it is given.
    """

    changes: tuple[Change, ...]
    registrations: tuple[Registration, ...]
    totals: Mapping[str, float]
    refused: tuple[str, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
