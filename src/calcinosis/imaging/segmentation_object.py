"""The deposits as a DICOM Segmentation (BINARY), one segment a deposit, through highdicom.

Objects of other classes are not written: a segment is coded as pathologic calcification, which they
are not said to be.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_codes import (
    ABNORMAL_STRUCTURE,
    CALCIFICATION,
    COMPARTMENTS,
    MORPHOLOGICAL_OPERATIONS,
    Concept,
    true_deposits,
)
from calcinosis.imaging.dicom_files import quiet
from calcinosis.imaging.dicom_series import stable_uid
from calcinosis.imaging.model import Deposit, Measurement, Volume
from calcinosis.imaging.writing import software_version

MANUFACTURER = "calcinosis"
ALGORITHM = "calcinosis measure"


def code(concept: Concept) -> Any:
    """A concept as pydicom writes it."""
    from pydicom.sr.coding import Code

    return Code(concept.value, concept.scheme, concept.meaning)


def content_uid(measurement: Measurement, kind: str) -> str:
    """A UID that changes whenever the content does, so that no two objects share one."""
    from calcinosis.imaging.measurement_file import to_dict

    return stable_uid([kind, measurement.series_uid, repr(to_dict(measurement))])


def segmentation(measurement: Measurement, volume: Volume) -> Any | None:
    """The Segmentation dataset; None when there is no deposit to segment.

    Raises:
        UnreadableRecord: the scan was not read from DICOM, or the measurement has no labels.
    """
    chosen = true_deposits(measurement.deposits)
    if not chosen:
        return None
    if not volume.headers or measurement.labels is None:
        raise UnreadableRecord(
            "a DICOM segmentation refers to DICOM images, and there are none",
            where=volume.source,
            remedy="Give the DICOM series instead of NIfTI.",
        )
    sources, pixels = _frames(measurement.labels, _numbers(measurement.labels, chosen), volume)
    with quiet():
        return _build(sources, pixels, measurement, chosen)


def _numbers(labels: NDArray[np.signedinteger[Any]], chosen: tuple[Deposit, ...]) -> NDArray[np.uint16]:
    """Label -> segment number 1, 2, 3 ... of the chosen deposits, 0 for all else."""
    table = np.zeros(int(labels.max()) + 1, dtype=np.uint16)
    for number, one in enumerate(chosen, start=1):
        if one.label < table.size:
            table[one.label] = number
    return table


def _frames(
    labels: NDArray[np.signedinteger[Any]], numbers: NDArray[np.uint16], volume: Volume
) -> tuple[list[Any], NDArray[np.uint16]]:
    """Source datasets and the label frames that belong to them, in the order of the sources."""
    if volume.scan.format == "enhanced":
        return [volume.headers[0]], numbers[labels[_frame_slices(volume)]]
    used = [k for k, plane in enumerate(labels) if numbers[plane].any()]
    kept = used or [0]
    return [volume.headers[k] for k in kept], np.stack([numbers[labels[k]] for k in kept])


def _frame_slices(volume: Volume) -> NDArray[np.intp]:
    """For each frame of the enhanced file the slice of the volume that shows it."""
    if len(volume.headers) != 1:
        raise UnreadableRecord(
            "a scan spread over several enhanced files cannot be segmented in one object",
            where=volume.source,
        )
    groups = volume.headers[0].PerFrameFunctionalGroupsSequence
    step = volume.affine[:3, 0]
    corner = volume.affine[:3, 3]
    places = [group.PlanePositionSequence[0].ImagePositionPatient for group in groups]
    along = [(np.array([float(v) for v in place]) - corner) @ step for place in places]
    return np.rint(np.array(along) / (step @ step)).astype(np.intp)


def _build(
    sources: list[Any],
    pixels: NDArray[np.uint16],
    measurement: Measurement,
    chosen: tuple[Deposit, ...],
) -> Any:
    from highdicom.seg import Segmentation, SegmentationTypeValues

    return Segmentation(
        source_images=sources,
        pixel_array=pixels,
        segmentation_type=SegmentationTypeValues.BINARY,
        segment_descriptions=[_segment(n, one) for n, one in enumerate(chosen, start=1)],
        series_instance_uid=content_uid(measurement, "seg-series"),
        series_number=9001,
        sop_instance_uid=content_uid(measurement, "seg"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        manufacturer_model_name=ALGORITHM,
        software_versions=software_version(),
        device_serial_number="0",
        content_label="CALCIUM",
        content_description="Calcium deposits, research use only",
        series_description="Calcium deposits (research use only)",
    )


def _segment(number: int, one: Deposit) -> Any:
    from highdicom import AlgorithmIdentificationSequence
    from highdicom.seg import SegmentAlgorithmTypeValues, SegmentDescription

    reviewed = SegmentAlgorithmTypeValues.SEMIAUTOMATIC
    place = COMPARTMENTS.get(one.compartment)
    return SegmentDescription(
        segment_number=number,
        segment_label=one.id,
        segmented_property_category=code(ABNORMAL_STRUCTURE),
        segmented_property_type=code(CALCIFICATION),
        algorithm_type=reviewed if one.review else SegmentAlgorithmTypeValues.AUTOMATIC,
        algorithm_identification=AlgorithmIdentificationSequence(
            name=ALGORITHM, family=code(MORPHOLOGICAL_OPERATIONS), version=software_version()
        ),
        tracking_uid=one.tracking_uid,
        tracking_id=one.id,
        anatomic_regions=[code(place)] if place else None,
    )
