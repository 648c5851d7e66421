"""Condition, procedures, allergies and relatives: what is said, of whom, and whether it is over."""

from __future__ import annotations

from datetime import datetime

import pytest

from calcinosis.model import Assertion, Kind, Moment

from .vocabulary import bundle, one, said

SNOMED = "http://snomed.info/sct"


def coded(word: str) -> dict:
    return {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/any", "code": word}]}


def condition(**more) -> dict:
    return {"resourceType": "Condition", "id": "c", "code": {"text": "lupus"}, **more}


@pytest.mark.parametrize(
    ("status", "assertion"),
    [
        ("confirmed", Assertion.AFFIRMED),
        ("refuted", Assertion.NEGATED),
        ("unconfirmed", Assertion.UNCERTAIN),
        ("provisional", Assertion.UNCERTAIN),
        ("differential", Assertion.UNCERTAIN),
        ("a-word-nobody-defined", Assertion.UNCERTAIN),
    ],
)
def test_the_verification_status_decides_the_assertion(status, assertion, bundled):
    assert one(bundled(condition(verificationStatus=coded(status)))).assertion is assertion


def test_what_was_entered_in_error_is_ignored_with_the_reason(bundled):
    record = bundled(condition(verificationStatus=coded("entered-in-error")))
    assert record.observations == ()
    assert [(item.where, item.why) for item in record.ignored] == [("Condition/c", "entered in error")]


@pytest.mark.parametrize("status", ["inactive", "remission", "resolved"])
def test_a_condition_may_be_over(status, bundled):
    assert one(bundled(condition(clinicalStatus=coded(status)))).past
    assert not one(bundled(condition(clinicalStatus=coded("active")))).past


def test_an_abatement_ends_it(bundled):
    found = one(bundled(condition(onsetDateTime="2010", abatementDateTime="2015-03")))
    assert found.past
    assert (found.effective, found.until) == (Moment.of(2010), Moment.of(2015, 3))


def test_an_onset_given_as_an_age_counts_from_birth(bundled):
    onset = {"value": 30, "system": "http://unitsofmeasure.org", "code": "a"}
    assert one(bundled(condition(onsetAge=onset))).effective.first.year == 2000


def test_a_time_zone_is_brought_to_utc(bundled):
    found = one(bundled(condition(onsetDateTime="2020-01-01T01:30:00+02:00"))).effective
    assert found == Moment.instant(datetime(2019, 12, 31, 23, 30))


def test_a_text_may_hold_several_statements_and_each_keeps_its_qualifiers(bundled):
    record = bundled(condition(code={"text": "burn 10 years earlier at the site; dog bite; no diabetes"}))
    assert said(record) == {("burn", "affirmed"), ("bite", "affirmed"), ("diabetes", "negated")}
    assert [found.past for found in record.observations] == [True, False, False]
    assert all(found.source.startswith("Condition/c:") for found in record.observations)


def test_a_denied_denial_affirms_nothing(bundled):
    record = bundled(condition(code={"text": "no diabetes"}, verificationStatus=coded("refuted")))
    assert said(record) == {("diabetes", "uncertain")}


def test_every_coding_is_kept_under_its_short_name(bundled):
    codings = [
        {"system": "urn:oid:2.16.840.1.113883.6.96", "code": "55464009"},
        {"system": "http://snomed.info/sct/900000000000207008", "code": "1"},
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "M32.9"},
        {"system": "http://fhir.de/CodeSystem/bfarm/icd-10-gm", "code": "M32.9"},
        {"system": "urn:local", "code": "x"},
        {"code": "no-system"},
    ]
    found = one(bundled(condition(code={"coding": codings, "text": "something unheard of"})))
    assert [(code.system, code.code) for code in found.codes] == [
        ("SNOMED", "55464009"),
        ("SNOMED", "1"),
        ("ICD10CM", "M32.9"),
        ("ICD10", "M32.9"),
        ("urn:local", "x"),
    ]


def test_a_display_speaks_when_nobody_knows_the_code(bundled):
    code = {"coding": [{"system": SNOMED, "code": "161445009", "display": "No diabetes mellitus"}]}
    record = bundled(condition(code=code))
    assert ("diabetes", "negated") in said(record)
    assert ("diabetes", "affirmed") not in said(record)


def test_the_body_site_gives_site_and_side(bundled):
    found = one(bundled(condition(bodySite=[{"text": "left elbow"}])))
    assert (found.sites, found.sides) == (("site_elbow",), ("left",))


def test_a_body_site_without_words_keeps_its_code(bundled):
    found = one(bundled(condition(bodySite=[{"coding": [{"system": SNOMED, "code": "16953009"}]}])))
    assert ("body_site", "SNOMED|16953009") in found.qualifiers


def test_evidence_and_notes_are_read(bundled):
    record = bundled(
        condition(
            evidence=[{"code": [{"text": "skin ulcer"}]}],
            note=[{"text": "Mother with scleroderma. No dialysis."}],
        )
    )
    assert {("skin_ulcer", "affirmed"), ("dialysis", "negated")} <= said(record)
    family = [found for found in record.observations if found.family]
    assert [found.codes[0].code for found in family] == ["scleroderma"]


@pytest.mark.parametrize(
    ("status", "assertion"),
    [
        ("completed", Assertion.AFFIRMED),
        ("unknown", Assertion.AFFIRMED),
        ("not-done", Assertion.NEGATED),
        ("preparation", Assertion.UNCERTAIN),
    ],
)
def test_a_procedure_was_done_or_not(status, assertion, bundled):
    resource = {"resourceType": "Procedure", "id": "x", "status": status, "code": {"text": "dialysis"}}
    assert one(bundled(resource)).assertion is assertion


def test_a_reason_is_no_diagnosis(bundled):
    resource = {
        "resourceType": "Procedure",
        "status": "completed",
        "code": {"text": "dialysis"},
        "reasonCode": [{"text": "lupus"}],
    }
    assert said(bundled(resource)) == {("dialysis", "affirmed"), ("lupus", "uncertain")}
    visit = {"resourceType": "Encounter", "status": "finished", "reasonCode": [{"text": "lupus"}]}
    assert said(bundled(visit)) == {("lupus", "uncertain")}


def test_an_allergy_is_never_an_exposure(bundled):
    found = one(bundled({"resourceType": "AllergyIntolerance", "code": {"text": "penicillin"}}))
    assert found.kind is Kind.ALLERGY
    resource = {
        "resourceType": "AllergyIntolerance",
        "verificationStatus": coded("refuted"),
        "code": {"text": "penicillin"},
    }
    assert one(bundled(resource)).assertion is Assertion.NEGATED


def test_a_relative_is_not_the_patient(bundled):
    record = bundled(
        {
            "resourceType": "FamilyMemberHistory",
            "id": "f",
            "status": "completed",
            "relationship": {"text": "mother"},
            "condition": [{"code": {"text": "lupus"}}, {"code": {"text": "no diabetes"}}],
        }
    )
    assert [(f.source.split(":")[0], f.family, f.assertion.value) for f in record.observations] == [
        ("FamilyMemberHistory/f.condition[0]", True, "affirmed"),
        ("FamilyMemberHistory/f.condition[1]", True, "negated"),
    ]


def test_a_modifier_extension_may_change_the_meaning_so_it_is_not_read(bundled):
    record = bundled(condition(modifierExtension=[{"url": "urn:x", "valueBoolean": True}]))
    assert record.observations == ()
    assert "modifier extension" in record.ignored[0].why


def test_a_condition_that_is_no_object_anywhere_is_only_ignored(reading):
    record = reading(
        bundle({"resourceType": "Condition", "id": "c", "code": 3, "onsetDateTime": [], "note": "x"})
    )
    assert record.observations == ()


@pytest.mark.parametrize("name", ["Skin test for lupus", "Diabetes screening", "Lupus antibody measurement"])
def test_looking_for_a_disease_does_not_state_it(name, bundled):
    code = {"coding": [{"system": SNOMED, "code": "1", "display": name}], "text": name}
    assert said(bundled({"resourceType": "Procedure", "status": "completed", "code": code})) == set()


def test_a_place_counts_only_where_a_lesion_is_named(bundled):
    assert said(bundled(condition(code={"text": "burn of the elbow"}))) == {("burn", "affirmed")}
    assert ("site_elbow", "affirmed") in said(bundled(condition(code={"text": "lesion of the elbow, burn"})))
