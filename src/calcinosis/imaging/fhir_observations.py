"""The measurement as FHIR R4 Observations: one a deposit and metric, one panel for the total."""

from __future__ import annotations

from typing import Any

from calcinosis.imaging.dicom_codes import (
    COMPARTMENTS,
    METRICS,
    NUMBER_OF_CALCIFICATIONS,
    Concept,
    Metric,
    total,
    true_deposits,
)
from calcinosis.imaging.measurement_file import RESEARCH_USE
from calcinosis.imaging.model import Deposit, Measurement, Volume

SYSTEMS = {
    "DCM": "http://dicom.nema.org/resources/ontology/DCM",
    "SCT": "http://snomed.info/sct",
    "LN": "http://loinc.org",
}
UCUM = "http://unitsofmeasure.org"


def to_bundle(measurement: Measurement, volume: Volume | None = None) -> dict[str, Any]:
    """A Bundle (collection) of Observations, derived from the imaging study when it is known.

    Args:
        measurement: with tracking UIDs.
        volume: the scan; its headers give study, patient and nothing else.
    """
    deposits = true_deposits(measurement.deposits)
    common = _common(measurement, volume)
    rows = [
        _observation(one, metric, value, common)
        for one in deposits
        for metric in METRICS
        if (value := metric.value(one)) is not None
    ]
    resources = [_panel(measurement, deposits, common), *rows]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:uuid:{_uuid(measurement, one['id'])}", "resource": one} for one in resources
        ],
    }


def _uuid(measurement: Measurement, name: str) -> str:
    from uuid import NAMESPACE_OID, uuid5

    return str(uuid5(NAMESPACE_OID, f"{measurement.series_uid or measurement.source}/{name}"))


def _common(measurement: Measurement, volume: Volume | None) -> dict[str, Any]:
    """What every Observation of this measurement says alike."""
    reviewed = any(one.review for one in measurement.deposits)
    header = volume.headers[0] if volume is not None and volume.headers else {}
    said: dict[str, Any] = {"status": "final" if reviewed else "preliminary"}
    said["category"] = [_category()]
    if header.get("PatientID"):
        said["subject"] = {"type": "Patient", "identifier": {"value": str(header.get("PatientID"))}}
    if measurement.scan.acquired:
        said["effectiveDateTime"] = measurement.scan.acquired
    derived = _derived(header)
    if derived:
        said["derivedFrom"] = [derived]
    said["note"] = [{"text": " ".join([RESEARCH_USE, *_cautions(measurement)])}]
    return said


def _cautions(measurement: Measurement) -> list[str]:
    scan = measurement.scan
    return [] if scan.in_specification else ["Out of specification: " + "; ".join(scan.reasons)]


def _category() -> dict[str, Any]:
    system = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {"coding": [{"system": system, "code": "imaging", "display": "Imaging"}]}


def _derived(header: Any) -> dict[str, Any]:
    """A logical reference to the study: nobody has to hold it as a resource."""
    uid = str(header.get("StudyInstanceUID") or "")
    if not uid:
        return {}
    return {
        "type": "ImagingStudy",
        "identifier": {"system": "urn:dicom:uid", "value": f"urn:oid:{uid}"},
    }


def _concept(concept: Concept | None, label: str) -> dict[str, Any]:
    if concept is None:
        return {"text": label}
    coding = {
        "system": SYSTEMS[concept.scheme],
        "code": concept.value,
        "display": concept.meaning,
    }
    return {"coding": [coding], "text": label}


def _quantity(value: float, unit: str) -> dict[str, Any]:
    return {"value": float(f"{value:.6g}"), "unit": unit, "system": UCUM, "code": unit}


def _observation(one: Deposit, metric: Metric, value: float, common: dict[str, Any]) -> dict[str, Any]:
    place = COMPARTMENTS.get(one.compartment)
    resource: dict[str, Any] = {
        "resourceType": "Observation",
        "id": f"{one.id}-{metric.field}".replace("_", "-"),
        **common,
        "focus": [
            {
                "display": one.id,
                "identifier": {"system": "urn:dicom:uid", "value": f"urn:oid:{one.tracking_uid}"},
            }
        ],
        "code": _concept(metric.name, metric.label),
        "valueQuantity": _quantity(value, metric.unit),
    }
    if place is not None:
        resource["bodySite"] = _concept(place, " ".join([one.region, one.compartment]).strip())
    if metric.method is not None:
        resource["method"] = _concept(metric.method, metric.method.meaning)
    return resource


def _panel(measurement: Measurement, deposits: tuple[Deposit, ...], common: dict[str, Any]) -> dict[str, Any]:
    """The totals as components, and the Observations they are made of as members."""
    sums = [(metric, total(metric, deposits)) for metric in METRICS]
    parts = [
        {
            "code": _concept(metric.name, f"total {metric.label}"),
            "valueQuantity": _quantity(value, metric.unit),
        }
        for metric, value in sums
        if value is not None
    ]
    members = [
        {"reference": f"urn:uuid:{_uuid(measurement, f'{one.id}-{metric.field}'.replace('_', '-'))}"}
        for one in deposits
        for metric in METRICS
        if metric.value(one) is not None
    ]
    count = _quantity(len(deposits), "1")
    panel: dict[str, Any] = {
        "resourceType": "Observation",
        "id": "calcium-burden",
        **common,
        "code": _concept(NUMBER_OF_CALCIFICATIONS, "calcium burden"),
        "valueQuantity": count,
    }
    return panel | ({"component": parts, "hasMember": members} if deposits else {})
