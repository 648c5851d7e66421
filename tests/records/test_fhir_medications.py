"""What was given: inline, contained or referred to in any way; taken, over, planned or refused."""

from __future__ import annotations

import pytest

from calcinosis.model import Assertion, Kind

from .vocabulary import bundle, one, said

WARFARIN = {"resourceType": "Medication", "id": "w", "code": {"text": "warfarin"}}


def statement(**more) -> dict:
    return {"resourceType": "MedicationStatement", "id": "m", "status": "active", **more}


def text(**more) -> dict:
    return statement(medicationCodeableConcept={"text": "warfarin"}, **more)


@pytest.mark.parametrize(
    "reference",
    [
        "Medication/w",
        "Medication/w/_history/3",
        "http://ehr.example/fhir/Medication/w",
        "https://ehr.example/fhir/Medication/w/_history/1",
        "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0",
    ],
)
def test_a_reference_is_followed_in_every_form(reference, reading):
    held = bundle(statement(medicationReference={"reference": reference}))
    full = reference if reference.startswith("urn:") else "http://ehr.example/fhir/Medication/w"
    held["entry"].append({"fullUrl": full, "resource": WARFARIN})
    assert said(reading(held)) == {("warfarin", "affirmed")}


def test_a_contained_medication_and_one_only_named_are_read(bundled):
    inside = statement(contained=[WARFARIN], medicationReference={"reference": "#w"})
    assert said(bundled(inside)) == {("warfarin", "affirmed")}
    named = statement(medicationReference={"reference": "Medication/gone", "display": "warfarin"})
    assert said(bundled(named)) == {("warfarin", "affirmed")}
    version_5 = statement(medication={"concept": {"text": "warfarin"}})
    assert said(bundled(version_5)) == {("warfarin", "affirmed")}


@pytest.mark.parametrize(
    ("status", "assertion", "past"),
    [
        ("active", Assertion.AFFIRMED, False),
        ("unknown", Assertion.AFFIRMED, False),
        ("completed", Assertion.AFFIRMED, True),
        ("stopped", Assertion.AFFIRMED, True),
        ("not-taken", Assertion.NEGATED, False),
        ("intended", Assertion.UNCERTAIN, False),
    ],
)
def test_the_status_decides(status, assertion, past, bundled):
    found = one(bundled(text(status=status)))
    assert (found.kind, found.assertion, found.past) == (Kind.MEDICATION, assertion, past)


@pytest.mark.parametrize(
    "more", [{"status": "entered-in-error"}, {"status": "cancelled"}, {"doNotPerform": True}]
)
def test_an_order_that_never_held_is_ignored(more, bundled):
    record = bundled({**text(**more), "resourceType": "MedicationRequest"})
    assert record.observations == ()
    assert record.ignored[0].where == "MedicationRequest/m"


def test_a_plan_is_no_exposure(bundled):
    assert (
        one(bundled({**text(intent="plan"), "resourceType": "MedicationRequest"})).assertion
        is Assertion.UNCERTAIN
    )


def test_course_and_dose_are_kept(bundled):
    dosage = [{"text": "5 mg daily", "route": {"text": "oral"}}]
    period = {"start": "2025-01-01", "end": "2025-02-01"}
    found = one(bundled(text(effectivePeriod=period, dosage=dosage)))
    assert (found.effective.first.month, found.until.first.month) == (1, 2)
    assert found.qualifiers == (("dosage", "5 mg daily"), ("route", "oral"))


def test_one_that_names_nothing_is_ignored(bundled):
    assert bundled(statement()).ignored[0].why == "names no medication"
