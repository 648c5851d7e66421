"""Records of one made patient, carried down the whole pathway with the knowledge that ships."""

from __future__ import annotations

from typing import Any

import calcinosis

PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-05-03"}
SUBJECT = {"reference": "Patient/p"}
# What is present of that patient where nothing is recorded.
WHO = {"sex_female", "age_adult", "age_young_adult", "age_18_or_over", "age_middle"}


def bundle(*resources: dict[str, Any], **more: Any) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in (PATIENT, *resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}


def observation(label: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "id": "o", "status": "final", "subject": SUBJECT,
            "effectiveDateTime": "2025-12-20", "code": {"text": label}, **more}  # fmt: skip


def condition(label: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Condition", "id": "c", "subject": SUBJECT, "code": {"text": label}, **more}


def medication(label: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "MedicationStatement", "id": "m", "status": "active", "subject": SUBJECT,
            "medicationCodeableConcept": {"text": label}, **more}  # fmt: skip


def allergy(label: str, **more: Any) -> dict[str, Any]:
    return {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": SUBJECT,
        "code": {"text": label},
        **more,
    }


def answered(record: Any, **more: Any) -> dict[str, Any]:
    return calcinosis.consult(record, as_of="2026-01-01", **more).to_dict()


def statuses(*resources: dict[str, Any]) -> dict[str, str]:
    return {item["id"]: item["status"] for item in answered(bundle(*resources))["findings"]}


def measured(*resources: dict[str, Any]) -> dict[str, float | None]:
    return {item["id"]: item.get("value") for item in answered(bundle(*resources))["measured"]}


def present(found: dict[str, Any]) -> set[str]:
    return {item["id"] for item in found["findings"] if item["status"] == "present"}


def listed(found: dict[str, Any]) -> str:
    return "\n".join(f"{item['where']} {item['what']} {item['why']}" for item in found["ignored"])
