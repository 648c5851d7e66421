"""Bundles as real systems send them: patients, versions, documents, and resources nobody reads."""

from __future__ import annotations

import base64
import json
from datetime import datetime

import pytest

from calcinosis.errors import UnreadableRecord
from calcinosis.model import Moment

from .vocabulary import bundle, said

LUPUS = {"resourceType": "Condition", "id": "c", "code": {"text": "lupus"}}


def about(name: str, **more) -> dict:
    return {**LUPUS, "subject": {"reference": name}, **more}


def patient(name: str) -> dict:
    return {"resourceType": "Patient", "id": name, "gender": "male", "birthDate": "1990"}


def note(text: str, **more) -> dict:
    data = base64.b64encode(text.encode()).decode()
    attachment = {"contentType": "text/plain; charset=utf-8", "data": data, **more}
    return {"resourceType": "DocumentReference", "id": "d", "status": "current", "date": "2026-01-01",
            "content": [{"attachment": attachment}]}  # fmt: skip


def test_birth_keeps_its_precision_and_sex_is_read(bundled):
    found = bundled().patient
    assert (found.birth, found.sex) == (Moment.of(1970, 5), "female")


def test_the_patient_with_the_clinical_resources_is_meant(reading):
    two = [patient("a"), patient("b"), about("Patient/b")]
    record = reading({"resourceType": "Bundle", "entry": [{"resource": item} for item in two]})
    assert said(record) == {("lupus", "affirmed")}
    assert record.patient.sex == "male"


def test_two_patients_are_refused(reading):
    both = [patient("a"), patient("b"), about("Patient/a"), about("Patient/b", id="d")]
    with pytest.raises(UnreadableRecord, match="2 patients"):
        reading({"resourceType": "Bundle", "entry": [{"resource": item} for item in both]})
    with pytest.raises(UnreadableRecord, match="2 patients"):
        reading({"resourceType": "Bundle", "entry": [{"resource": item} for item in both[2:]]})


def test_what_is_about_someone_else_is_ignored(bundled):
    record = bundled(about("Patient/p"), about("Patient/mother", id="m", code={"text": "diabetes"}))
    assert said(record) == {("lupus", "affirmed")}
    assert ("Condition/m", "is about someone else") in [(item.where, item.why) for item in record.ignored]


def test_a_single_resource_and_ndjson_are_records(reading):
    assert said(reading(LUPUS)) == {("lupus", "affirmed")}
    lines = "\n".join(json.dumps(item) for item in (patient("a"), about("Patient/a")))
    record = reading(lines + '\n{"broken\n')
    assert said(record) == {("lupus", "affirmed")}
    assert [(item.where, item.why) for item in record.ignored] == [("line 3", "is no FHIR resource")]


def test_the_newest_version_of_a_resource_counts(bundled):
    old = {**LUPUS, "meta": {"lastUpdated": "2020-01-01T00:00:00Z"}}
    new = {**LUPUS, "code": {"text": "no lupus"}, "meta": {"lastUpdated": "2021-01-01T00:00:00Z"}}
    for order in ((old, new), (new, old)):
        record = bundled(*order)
        assert said(record) == {("lupus", "negated")}
        assert "more than once" in record.ignored[0].why


def test_entries_without_a_resource_are_named_by_place(reading):
    held = bundle()
    held["entry"] += [{}, 7, {"resource": []}, {"resource": {"id": "x"}}, {"resource": LUPUS}]
    record = reading(held)
    assert said(record) == {("lupus", "affirmed")}
    assert [item.where for item in record.ignored] == [
        "Bundle.entry[1]",
        "Bundle.entry[2]",
        "Bundle.entry[3]",
        "Bundle.entry[4].resource",
    ]


def test_a_resource_without_id_is_addressed_by_its_entry(bundled):
    record = bundled({"resourceType": "Condition", "code": {"text": "lupus"}})
    assert record.observations[0].source == "Bundle.entry[1]:0-5"


def test_types_that_are_not_read_are_counted_in_one_line(bundled):
    record = bundled(*({"resourceType": "Immunization", "id": str(n)} for n in range(3)))
    assert [item.what for item in record.ignored] == ["3 Immunization"]


@pytest.mark.parametrize("held", [{"resourceType": "Bundle"}, {"resourceType": "Bundle", "entry": 3}])
def test_an_empty_bundle_is_refused(held, reading):
    with pytest.raises(UnreadableRecord, match="no resource"):
        reading(held)


def test_a_bundle_of_nothing_that_is_read_is_refused(reading):
    with pytest.raises(UnreadableRecord, match="nothing that is read"):
        reading({"resourceType": "Bundle", "entry": [{"resource": {"resourceType": "Claim"}}]})


def test_a_bundle_inside_a_bundle_is_opened(reading):
    inner = bundle(LUPUS)
    record = reading({"resourceType": "Bundle", "entry": [{"resource": inner}]})
    assert said(record) == {("lupus", "affirmed")}


def test_the_record_is_as_old_as_its_timestamp_or_its_latest_date(reading):
    visit = {**LUPUS, "recordedDate": "2021-05-01"}
    assert reading(bundle(visit, timestamp="2026-01-01T09:00:00Z")).recorded.first.year == 2026
    assert reading(bundle(visit)).recorded.first == datetime(2021, 5, 1)
    assert reading(bundle({**LUPUS, "recordedDate": "2999-01-01"})).recorded is None


def test_a_note_in_a_document_is_read_with_its_date_and_place(bundled):
    record = bundled(note("Lesion 8 mm. No diabetes."))
    assert ("diabetes", "negated") in said(record)
    assert ("lesion_size", "affirmed") in said(record)
    assert all(found.source.startswith("DocumentReference/d:") for found in record.observations)
    assert all(found.effective.first.year == 2026 for found in record.observations)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"contentType": "application/pdf"}, "only plain text"),
        ({"data": "%%%"}, "base64"),
        ({"data": base64.b64encode(b"a\0b").decode()}, "binary"),
        ({"data": None, "url": "http://x/y"}, "no text of its own"),
        ({"data": "A" * 5_000_000}, "longer than"),
    ],
)
def test_a_document_that_cannot_be_read_is_listed(more, why, bundled):
    record = bundled(note("lupus", **more))
    assert record.observations == ()
    assert why in record.ignored[0].why


def test_a_superseded_document_is_not_read(bundled):
    assert bundled({**note("lupus"), "status": "superseded"}).observations == ()


def test_a_report_is_read_by_its_conclusion_and_its_contained_results(bundled):
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "category": [{"coding": [{"code": "RAD"}]}],
        "code": {"text": "Elbow radiograph"},
        "conclusion": "No fracture. Calcification at the elbow.",
        "conclusionCode": [{"text": "lupus"}],
        "contained": [
            {"resourceType": "Observation", "id": "o", "code": {"text": "calcium"}, "valueInteger": 9}
        ],
    }
    record = bundled(report)
    assert {("calcium_deposit", "affirmed"), ("lupus", "affirmed"), ("calcium", "affirmed")} <= said(record)
    assert "DiagnosticReport/r#o" in [found.source for found in record.observations]


def test_an_imaging_study_is_known_by_modality_and_place(bundled):
    series = {"modality": {"system": "http://dicom.nema.org/resources/ontology/DCM", "code": "CT"},
              "bodySite": {"display": "left elbow"}}  # fmt: skip
    found = bundled({"resourceType": "ImagingStudy", "status": "available", "series": [series]}).observations[
        0
    ]
    assert [(code.system, code.code) for code in found.codes] == [("DICOM", "CT")]
    assert (found.sites, found.sides) == (("site_elbow",), ("left",))


def answers(*items: dict) -> dict:
    return {"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed", "item": list(items)}


def test_a_question_and_its_answer_make_one_statement(bundled):
    record = bundled(
        answers(
            {"linkId": "1", "text": "Do you have lupus?", "answer": [{"valueBoolean": True}]},
            {
                "linkId": "g",
                "item": [{"linkId": "2", "text": "Dialysis", "answer": [{"valueCoding": {"display": "No"}}]}],
            },
            {"linkId": "3", "text": "No diabetes?", "answer": [{"valueBoolean": False}]},
            {
                "linkId": "4",
                "text": "calcium",
                "answer": [{"valueQuantity": {"value": 9.4, "unit": "mg/dL"}}],
            },
            {"linkId": "5", "text": "Other", "answer": [{"valueString": "burn, no skin ulcer"}]},
            {"linkId": "6", "text": "Scleroderma", "answer": [{"valueString": "unknown"}]},
            {"linkId": "raynaud-phenomenon", "answer": [{"valueBoolean": True}]},
        )
    )
    assert said(record) == {
        ("lupus", "affirmed"),
        ("dialysis", "negated"),
        ("diabetes", "uncertain"),
        ("calcium", "affirmed"),
        ("burn", "affirmed"),
        ("skin_ulcer", "negated"),
        ("raynaud", "affirmed"),
    }
    assert "QuestionnaireResponse/q.2" in {found.source.split(":")[0] for found in record.observations}


def test_questions_nested_without_end_are_left(bundled):
    item: dict = {"linkId": "x", "text": "lupus", "answer": [{"valueBoolean": True}]}
    for _ in range(60):
        item = {"linkId": "x", "item": [item]}
    assert bundled(answers(item)).observations == ()
