"""The body site that a lesion is recorded with, in words or as a code only, is the site of the lesion."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.model import Status

SNOMED = "http://snomed.info/sct"
ELBOW = {"coding": [{"system": SNOMED, "code": "127949000"}]}
CALCINOSIS = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "L94.2"}]}
BIOPSY = {"coding": [{"system": SNOMED, "code": "240977001"}], "text": "Biopsy of skin"}


def found(resource: dict):
    entry = {"resource": {"id": "x", **resource}}
    return consult({"resourceType": "Bundle", "type": "collection", "entry": [entry]}, "2026-01-01")


def site(resource: dict, name: str = "site_elbow") -> Status:
    return found(resource).findings.status(name)


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
def test_a_lesion_stands_where_it_is_recorded(resource, place):
    listed = place if resource["resourceType"] == "Observation" else [place]
    assert site({**resource, "bodySite": listed}) is Status.PRESENT


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
def test_what_is_no_lesion_or_is_not_there_has_no_site(resource):
    assert site(resource) is Status.UNKNOWN


def test_a_code_that_nobody_knows_is_listed():
    place = {"coding": [{"system": SNOMED, "code": "999999999"}]}
    done = found({"resourceType": "Condition", "code": CALCINOSIS, "bodySite": [place]})
    assert [item.where for item in done.ignored] == ["Condition/x.bodySite"]
    assert done.findings.status("calcinosis_stated") is Status.PRESENT


def test_the_evidence_names_the_site():
    done = found({"resourceType": "Condition", "code": CALCINOSIS, "bodySite": [ELBOW]})
    (evidence,) = done.findings.get("site_elbow").evidence
    assert (evidence.source, "body site: Elbow" in evidence.text) == ("Condition/x", True)
