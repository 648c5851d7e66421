"""The same patient in four formats says the same."""

from __future__ import annotations

import base64

import pytest

from .vocabulary import bundle, said

EXPECTED = {
    ("lupus", "affirmed"),
    ("diabetes", "negated"),
    ("scleroderma", "uncertain"),
    ("calcium", "affirmed"),
    ("warfarin", "affirmed"),
}
NOTE = "54-year-old woman with lupus, on warfarin. No diabetes. Possible scleroderma. Calcium 9.4 mg/dL."


def condition(name: str, status: str) -> dict:
    verified = {"coding": [{"code": status}]}
    return {"resourceType": "Condition", "id": name, "code": {"text": name}, "verificationStatus": verified}


FHIR = bundle(
    condition("lupus", "confirmed"),
    condition("diabetes", "refuted"),
    condition("scleroderma", "provisional"),
    {
        "resourceType": "MedicationStatement",
        "status": "active",
        "medicationCodeableConcept": {"text": "warfarin"},
    },
    {
        "resourceType": "Observation",
        "status": "final",
        "code": {"text": "calcium"},
        "valueQuantity": {"value": 9.4, "unit": "mg/dL"},
    },
)
PACKET = {
    "metaData": {"phenopacketSchemaVersion": "2.0"},
    "subject": {"sex": "FEMALE"},
    "diseases": [
        {"term": {"id": "X:1", "label": "lupus"}},
        {"term": {"id": "X:2", "label": "diabetes"}, "excluded": True},
    ],
    "interpretations": [
        {"progressStatus": "UNSOLVED", "diagnosis": {"disease": {"id": "X:3", "label": "scleroderma"}}}
    ],
    "medicalActions": [{"treatment": {"agent": {"id": "X:4", "label": "warfarin"}}}],
    "measurements": [
        {
            "assay": {"id": "X:5", "label": "calcium"},
            "value": {"quantity": {"unit": {"id": "UCUM:mg/dL"}, "value": 9.4}},
        }
    ],
}
CASE = """
sex: female
present: [lupus]
absent: [diabetes]
uncertain: [scleroderma]
medication: [warfarin]
labs: {calcium: 9.4 mg/dL}
"""
DOCUMENT = bundle(
    {
        "resourceType": "DocumentReference",
        "content": [
            {"attachment": {"contentType": "text/plain", "data": base64.b64encode(NOTE.encode()).decode()}}
        ],
    }
)


@pytest.mark.parametrize(
    ("form", "source"),
    [("fhir", FHIR), ("fhir", DOCUMENT), ("phenopacket", PACKET), ("case", CASE), ("note", NOTE)],
)
def test_the_same_patient_says_the_same(form, source, reading):
    record = reading(source)
    assert record.format == form
    assert said(record) == EXPECTED
    assert record.patient.sex == "female"
    measured = next(seen for seen in record.observations if seen.value is not None)
    assert (measured.value.value, measured.value.unit.casefold()) == (9.4, "mg/dl")
