"""The measurement as a DICOM structured report (TID 1500), through highdicom.

One measurement group a deposit, tied to its segment and to a tracking UID that a follow-up keeps. When
there is none, one group says that their number is zero. Totals stand only in JSON, CSV and FHIR: TID 1500
has no place for them that PixelMed's validator accepts beside segment groups.
"""

from __future__ import annotations

from typing import Any

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_codes import (
    CALCIFICATION,
    COMPARTMENTS,
    CT_UNSPECIFIED,
    METRICS,
    NUMBER_OF_CALCIFICATIONS,
    UNIT_MEANINGS,
    Concept,
    Metric,
    true_deposits,
)
from calcinosis.imaging.dicom_files import quiet
from calcinosis.imaging.dicom_series import stable_uid
from calcinosis.imaging.model import Deposit, Measurement, Volume
from calcinosis.imaging.segmentation_object import ALGORITHM, MANUFACTURER, code, content_uid
from calcinosis.imaging.writing import software_version


def structured_report(measurement: Measurement, volume: Volume, seg: Any | None) -> Any:
    """The report dataset.

    Args:
        measurement: with tracking UIDs.
        volume: the scan, read from DICOM.
        seg: the dataset of `segmentation`; None when there is no deposit.

    Raises:
        UnreadableRecord: the scan was not read from DICOM.
    """
    if not volume.headers:
        raise UnreadableRecord(
            "a DICOM report refers to DICOM images, and there are none",
            where=volume.source,
            remedy="Give the DICOM series instead of NIfTI.",
        )
    with quiet():
        return _build(measurement, volume, seg)


def _build(measurement: Measurement, volume: Volume, seg: Any | None) -> Any:
    from highdicom.sr import Comprehensive3DSR, MeasurementReport

    chosen = true_deposits(measurement.deposits)
    groups = [_group(n, one, volume, seg) for n, one in enumerate(chosen, start=1)]
    report = MeasurementReport(
        observation_context=_context(),
        procedure_reported=code(CT_UNSPECIFIED),
        imaging_measurements=groups or [_none_found(measurement, volume)],
    )
    evidence = [*([seg] if seg is not None else []), *volume.headers]
    return Comprehensive3DSR(
        evidence=evidence,
        content=report,
        series_instance_uid=content_uid(measurement, "sr-series"),
        series_number=9002,
        sop_instance_uid=content_uid(measurement, "sr"),
        instance_number=1,
        manufacturer=MANUFACTURER,
        is_complete=True,
        is_final=False,
        is_verified=False,
        manufacturer_model_name=ALGORITHM,
        software_versions=software_version(),
        device_serial_number="0",
        series_description="Calcium measurements (research use only)",
    )


def _context() -> Any:
    from highdicom.sr import (
        DeviceObserverIdentifyingAttributes,
        ObservationContext,
        ObserverContext,
    )
    from pydicom.sr.codedict import codes

    device = DeviceObserverIdentifyingAttributes(
        uid=stable_uid(["device", MANUFACTURER, software_version()]),
        name=ALGORITHM,
        manufacturer_name=MANUFACTURER,
        model_name=ALGORITHM,
    )
    return ObservationContext(
        observer_device_context=ObserverContext(
            observer_type=codes.DCM.Device, observer_identifying_attributes=device
        )
    )


def _group(number: int, one: Deposit, volume: Volume, seg: Any) -> Any:
    from highdicom.sr import (
        FindingSite,
        ReferencedSegment,
        SourceSeriesForSegmentation,
        TrackingIdentifier,
        VolumetricROIMeasurementsAndQualitativeEvaluations,
    )

    place = COMPARTMENTS.get(one.compartment)
    return VolumetricROIMeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(uid=one.tracking_uid, identifier=one.id),
        referenced_segment=ReferencedSegment(
            sop_class_uid=seg.SOPClassUID,
            sop_instance_uid=seg.SOPInstanceUID,
            segment_number=number,
            source_series=SourceSeriesForSegmentation(volume.series_uid),
        ),
        finding_type=code(CALCIFICATION),
        algorithm_id=_algorithm(),
        finding_sites=[FindingSite(code(place))] if place else None,
        measurements=[
            _measurement(metric, value)
            for metric in METRICS
            if metric.name is not None and (value := metric.value(one)) is not None
        ],
    )


def _algorithm() -> Any:
    from highdicom.sr import AlgorithmIdentification

    return AlgorithmIdentification(name=ALGORITHM, version=software_version())


def _measurement(metric: Metric, value: float) -> Any:
    from highdicom.sr import Measurement as Numeric

    assert metric.name is not None  # noqa: S101  (callers leave out what has no code)
    return Numeric(
        name=code(metric.name),
        value=float(f"{value:.6g}"),
        unit=_unit(metric.unit),
        method=code(metric.method) if metric.method else None,
        derivation=code(metric.derivation) if metric.derivation else None,
    )


def _unit(ucum: str) -> Any:
    return code(Concept(ucum, "UCUM", UNIT_MEANINGS[ucum]))


def _none_found(measurement: Measurement, volume: Volume) -> Any:
    """The group of a scan without deposits: their number, which is zero."""
    from highdicom.sr import Measurement as Numeric
    from highdicom.sr import (
        MeasurementsAndQualitativeEvaluations,
        SourceImageForMeasurementGroup,
        TrackingIdentifier,
    )

    first = volume.headers[0]
    return MeasurementsAndQualitativeEvaluations(
        tracking_identifier=TrackingIdentifier(
            uid=stable_uid(["burden", measurement.series_uid]), identifier="Calcium burden"
        ),
        algorithm_id=_algorithm(),
        measurements=[Numeric(name=code(NUMBER_OF_CALCIFICATIONS), value=0, unit=_unit("1"))],
        source_images=[SourceImageForMeasurementGroup(first.SOPClassUID, first.SOPInstanceUID)],
    )
