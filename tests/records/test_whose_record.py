"""One record is one patient's: several are refused, however they are told apart, unless one is chosen."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

import calcinosis
from calcinosis.cli import cli
from calcinosis.errors import UnreadableRecord

from .real import PATIENT, answered, bundle, condition, listed, present, statuses

SSC, DM = "Systemic sclerosis", "Dermatomyositis"


def of(subject: dict | None, label: str, name: str, **more) -> dict:
    found = {"resourceType": "Condition", "id": name, "code": {"text": label}, **more}
    return found if subject is None else {**found, "subject": subject}


def patient(name: str, **more) -> dict:
    return {"resourceType": "Patient", "id": name, "gender": "female", **more}


def record(*resources: dict, urls: tuple[str, ...] = ()) -> dict:
    entries = [{"resource": resource} for resource in resources]
    for entry, url in zip(entries, urls, strict=False):
        entry["fullUrl"] = url
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def inside(name: str, born: str) -> list[dict]:
    return [{"resourceType": "Patient", "id": "who", "name": [{"family": name}], "birthDate": born}]


SEVERAL = {
    "references": [
        patient("a"), patient("b"),
        of({"reference": "Patient/a"}, SSC, "1"), of({"reference": "Patient/b"}, DM, "2"),
    ],
    "references without a Patient": [of({"reference": "Patient/a"}, SSC, "1"), of({"reference": "Patient/b"}, DM, "2")],
    "identifiers": [of({"identifier": {"value": "17"}}, SSC, "1"), of({"identifier": {"value": "18"}}, DM, "2")],
    "systems of an identifier": [
        of({"identifier": {"system": "urn:a", "value": "1"}}, SSC, "1"),
        of({"identifier": {"system": "urn:b", "value": "1"}}, DM, "2"),
    ],
    "names": [of({"display": "Ada Berg"}, SSC, "1"), of({"display": "Eva Sund"}, DM, "2")],
    "contained patients": [
        of({"reference": "#who"}, SSC, "1", contained=inside("Berg", "1970")),
        of({"reference": "#who"}, DM, "2", contained=inside("Sund", "1980")),
    ],
    "full addresses": [
        of({"reference": "https://one.example/Patient/1"}, SSC, "1"),
        of({"reference": "https://two.example/Patient/1"}, DM, "2"),
    ],
    "a Patient and another's data": [patient("a"), of({"reference": "Patient/b"}, SSC, "1")],
}  # fmt: skip


@pytest.mark.parametrize("resources", SEVERAL.values(), ids=SEVERAL)
def test_several_patients_are_refused(resources):
    with pytest.raises(UnreadableRecord, match="2 patients"):
        calcinosis.consult(record(*resources))
    lines = "\n".join(json.dumps(resource) for resource in resources)
    with pytest.raises(UnreadableRecord, match="2 patients"):
        calcinosis.consult(lines)


def test_the_same_id_on_two_servers_is_two_patients():
    urls = ("https://one.example/Patient/1", "https://two.example/Patient/1")
    held = [
        patient("1"),
        patient("1"),
        of({"reference": urls[0]}, SSC, "1"),
        of({"reference": urls[1]}, DM, "2"),
    ]
    with pytest.raises(UnreadableRecord, match="2 patients"):
        calcinosis.consult(record(*held, urls=urls))


@pytest.mark.parametrize(
    "subjects",
    [
        [{"reference": "Patient/p"}, {"reference": "https://one.example/fhir/Patient/p"}],
        [{"reference": "Patient/p"}, {"identifier": {"system": "urn:mrn", "value": "7"}}],
        [{"reference": "Patient/p/_history/3"}, None],
        [{"reference": "https://elsewhere.example/Patient/99"}],
        [{"display": "Ada Berg"}],
    ],
)
def test_one_patient_may_be_named_in_several_ways(subjects):
    one = {**PATIENT, "identifier": [{"system": "urn:mrn", "value": "7"}]}
    labels = (SSC, DM)
    held = [of(subject, labels[place], str(place)) for place, subject in enumerate(subjects)]
    assert {"systemic_sclerosis"} <= present(answered(record(one, *held)))


@pytest.mark.parametrize("wanted", ["b", "Patient/b", "18"])
def test_one_of_several_may_be_chosen(wanted):
    held = record(
        patient("a", birthDate="1950"),
        patient("b", birthDate="1980", identifier=[{"value": "18"}]),
        of({"reference": "Patient/a"}, SSC, "1"),
        of({"reference": "Patient/b"}, DM, "2"),
        of(None, "Diabetes mellitus", "3"),
    )
    found = answered(held, patient=wanted)
    assert {"dermatomyositis"} <= present(found)
    assert not {"systemic_sclerosis", "diabetes_history"} & present(found)
    assert 45 < found["patient"]["age_years"] < 47
    assert "Condition/1" in listed(found)
    assert "does not say whose" in listed(found)


def test_a_patient_who_is_not_in_it_is_refused():
    with pytest.raises(UnreadableRecord, match="no patient 'z'"):
        calcinosis.consult(bundle(condition(SSC)), patient="z")


def test_the_command_line_chooses(tmp_path):
    path = tmp_path / "two.json"
    path.write_text(json.dumps(record(*SEVERAL["references"])))
    refused = CliRunner().invoke(cli, ["consult", str(path), "--format", "json"])
    assert refused.exit_code == 2
    chosen = CliRunner().invoke(cli, ["consult", str(path), "--format", "json", "--patient", "a"])
    assert chosen.exit_code == 0
    assert "systemic_sclerosis" in present(json.loads(chosen.output))


def version(label: str, updated: str = "", number: str = "", name: str = "c") -> dict:
    meta = {key: value for key, value in (("lastUpdated", updated), ("versionId", number)) if value}
    return {**condition(label), "id": name, "meta": meta}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        # The later instant is the earlier text.
        (("2025-06-01T23:30:00+09:00", ""), ("2025-06-01T15:00:00Z", "")),
        (("2025-06-01T09:00:00Z", ""), ("2025-06-01T06:00:00-05:00", "")),
        (("", "9"), ("", "10")),
    ],
)
def test_the_newest_version_is_the_latest_in_time_and_not_in_text(old, new):
    first, last = version(DM, *old), version(SSC, *new)
    for order in ((first, last), (last, first)):
        assert {"systemic_sclerosis", "dermatomyositis"} & present(answered(bundle(*order))) == {
            "systemic_sclerosis"
        }


def test_what_was_deleted_or_replaced_is_not_read():
    history = {
        "resourceType": "Bundle",
        "type": "history",
        "entry": [
            {
                "request": {"method": "DELETE", "url": "Condition/c"},
                "response": {"lastModified": "2025-07-01T00:00:00Z"},
            },
            {"resource": version(DM, "2025-06-01T00:00:00Z")},
            {"resource": PATIENT},
        ],
    }
    found = answered(history)
    assert "dermatomyositis" not in present(found)
    assert "was deleted" in listed(found)
    restored = {"resource": version(SSC, "2025-08-01T00:00:00Z")}
    assert "systemic_sclerosis" in present(answered({**history, "entry": [restored, *history["entry"]]}))


def test_a_history_lists_the_newest_first():
    held = {
        "resourceType": "Bundle",
        "type": "history",
        "entry": [{"resource": version(SSC)}, {"resource": version(DM)}, {"resource": PATIENT}],
    }
    assert "dermatomyositis" not in present(answered(held))


def test_a_first_page_says_that_it_is_one():
    page = bundle(
        condition(SSC), type="searchset", link=[{"relation": "next", "url": "https://e.example?page=2"}]
    )
    assert "one page" in listed(answered(page))
    assert "one page of 40 entries" in listed(answered(bundle(condition(SSC), type="searchset", total=40)))
    assert "one page" not in listed(answered(bundle(condition(SSC), type="searchset", total=2)))


@pytest.mark.parametrize(
    ("extension", "status"),
    [
        ({"url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit", "valueCoding": {"code": "A"}}, "absent"),
        ({"url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit", "valueCoding": {"code": "V"}}, "unknown"),
        ({"url": "http://fhir.de/StructureDefinition/icd-10-gm-diagnosesicherheit", "valueCoding": {"code": "G"}}, "present"),
        ({"url": "https://nation.example/condition-certainty", "valueString": "excluded"}, "absent"),
        ({"url": "https://nation.example/diagnosis-status", "valueCode": "suspected"}, "unknown"),
        ({"url": "https://nation.example/negated", "valueBoolean": True}, "absent"),
        ({"url": "https://nation.example/negated", "valueBoolean": False}, "present"),
        ({"url": "https://nation.example/recorded-by", "valueString": "excluded"}, "present"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("place", ["resource", "code", "coding"])
def test_a_national_extension_says_how_sure_a_diagnosis_is(extension, status, place):
    coding = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "M34"}
    held = condition("x") | {"code": {"coding": [coding]}}
    where = {"resource": held, "code": held["code"], "coding": coding}[place]
    where["extension"] = [extension]
    assert statuses(held).get("systemic_sclerosis", "unknown") == status


def test_an_excluded_kind_of_a_disease_does_not_exclude_the_disease():
    coding = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "M34.0"}
    excluded = {"url": "https://nation.example/condition-certainty", "valueString": "excluded"}
    held = condition("x") | {"code": {"coding": [coding]}, "extension": [excluded]}
    assert "systemic_sclerosis" not in statuses(held)
