"""The body site that a lesion is recorded with, in words or as a code only, is the site of the lesion."""

from __future__ import annotations

import pytest

from calcinosis.model import Status
from calcinosis.records import read
from conformance.engines import EXPLAINS

SNOMED = "http://snomed.info/sct"
ELBOW = {"coding": [{"system": SNOMED, "code": "127949000"}]}
CALCINOSIS = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "L94.2"}]}
BIOPSY = {"coding": [{"system": SNOMED, "code": "240977001"}], "text": "Biopsy of skin"}


def bundle(resource: dict) -> dict:
    entry = {"resource": {"id": "x", **resource}}
    return {"resourceType": "Bundle", "type": "collection", "entry": [entry]}


@pytest.mark.parametrize(
    "place", [ELBOW, {"text": "left elbow"}, {"coding": [{**ELBOW["coding"][0], "display": "Elbow"}]}]
)
@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition", "code": CALCINOSIS},
        {"resourceType": "Observation", "status": "final", "code": {"text": "nodule"}},
        {"resourceType": "Procedure", "status": "completed", "code": BIOPSY},
    ],
)
def test_a_lesion_stands_where_it_is_recorded(found, resource, place):
    listed = place if resource["resourceType"] == "Observation" else [place]
    assert found(bundle({**resource, "bodySite": listed})).status("site_elbow") is Status.PRESENT


@pytest.mark.parametrize(
    "resource",
    [
        {"resourceType": "Condition", "code": {"text": "Fracture"}, "bodySite": [ELBOW]},
        {"resourceType": "Condition", "code": {"text": "Rheumatoid arthritis"}, "bodySite": [ELBOW]},
        {
            "resourceType": "Condition",
            "code": CALCINOSIS,
            "verificationStatus": {"coding": [{"code": "refuted"}]},
            "bodySite": [ELBOW],
        },
        {
            "resourceType": "Observation",
            "status": "final",
            "code": {"text": "nodule"},
            "valueBoolean": False,
            "bodySite": ELBOW,
        },
        {"resourceType": "Procedure", "status": "not-done", "code": BIOPSY, "bodySite": [ELBOW]},
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"text": "Dialysis"},
            "bodySite": [ELBOW],
        },
    ],
)
def test_what_is_no_lesion_or_is_not_there_has_no_site(found, resource):
    assert found(bundle(resource)).status("site_elbow") is Status.UNKNOWN


UNKNOWN_PLACE = {"coding": [{"system": SNOMED, "code": "999999999"}]}


def test_a_code_that_nobody_knows_is_listed(knowledge):
    told = bundle({"resourceType": "Condition", "code": CALCINOSIS, "bodySite": [UNKNOWN_PLACE]})
    assert [item.where for item in read(told, knowledge=knowledge).ignored] == ["Condition/x.bodySite"]


def test_a_code_that_nobody_knows_takes_nothing_from_the_lesion(found):
    told = bundle({"resourceType": "Condition", "code": CALCINOSIS, "bodySite": [UNKNOWN_PLACE]})
    assert found(told).status("calcinosis_stated") is Status.PRESENT


@pytest.mark.cannot("duckdb", EXPLAINS)
def test_the_evidence_names_the_site(found):
    done = found(bundle({"resourceType": "Condition", "code": CALCINOSIS, "bodySite": [ELBOW]}))
    (evidence,) = done.get("site_elbow").evidence
    assert (evidence.source, "body site: Elbow" in evidence.text) == ("Condition/x", True)
