"""What a record says is over: healed, resolved and past are no present finding, and neither is what is denied."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.model import Status


def status(record, finding: str) -> Status:
    return consult(record, "2026-01-01").findings.get(finding).status


def urgent(record) -> set[str]:
    return {flag.id for flag in consult(record, "2026-01-01").urgent}


def coded(words: str, clinical: str) -> dict:
    condition = {
        "resourceType": "Condition",
        "id": "c",
        "clinicalStatus": {"coding": [{"code": clinical}]},
        "code": {"text": words},
    }
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": condition}]}


@pytest.mark.parametrize(
    "text",
    [
        "Past history of calciphylaxis, resolved. Nodule of the thigh.",
        "Calciphylaxis in 2015, healed. Nodule of the thigh.",
        "She had calciphylaxis of the abdomen in 2015, which healed after parathyroidectomy. Nodule of the thigh.",
        "History of calciphylaxis. Nodule of the thigh.",
        "Nodule of the thigh; calciphylaxis previously.",
    ],
)
def test_calciphylaxis_that_is_over_is_a_risk_and_no_red_flag(text):
    assert status(text, "calciphylaxis_stated") is Status.UNKNOWN
    assert status(text, "calciphylaxis_ever") is Status.PRESENT
    assert urgent(text) == set()


@pytest.mark.parametrize(
    "text",
    [
        "Calciphylaxis of the thigh.",
        "3-week history of calciphylaxis of the thigh.",
        "Calciphylaxis of the thigh, not resolved.",
        "Recurrent calciphylaxis of the thigh.",
        "Calciphylaxis of the thigh, not yet healed.",
    ],
)
def test_calciphylaxis_that_is_there_stays(text):
    assert status(text, "calciphylaxis_stated") is Status.PRESENT
    assert urgent(text)


@pytest.mark.parametrize("clinical", ["resolved", "inactive", "remission"])
def test_a_coded_condition_that_is_over_is_not_present(clinical):
    for words, finding in (
        ("Calciphylaxis", "calciphylaxis_stated"),
        ("Fever", "fever"),
        ("Hypercalcaemia", "hypercalcaemia"),
    ):
        assert status(coded(words, "active"), finding) is Status.PRESENT
        assert status(coded(words, clinical), finding) is Status.UNKNOWN


def test_a_disease_in_remission_is_still_a_cause():
    assert status("Dermatomyositis in remission.", "dermatomyositis") is Status.PRESENT
    assert status(coded("Dermatomyositis", "remission"), "dermatomyositis") is Status.PRESENT


@pytest.mark.parametrize(
    ("text", "finding", "expected"),
    [
        ("Digital ulcers healed.", "digital_ulcer", Status.UNKNOWN),
        ("Healed ulcers of the toes, painful nodules.", "ulceration", Status.UNKNOWN),
        ("Healed ulcers of the toes, painful nodules.", "pain_any", Status.PRESENT),
        ("The ulcer has not healed.", "ulceration", Status.PRESENT),
        ("An ulcer that is partly healed.", "ulceration", Status.PRESENT),
        ("Presented with a history of painful ulcers.", "ulceration", Status.PRESENT),
        ("Presented with a history of painful ulcers.", "pain_any", Status.PRESENT),
        ("The fever has resolved.", "fever", Status.UNKNOWN),
    ],
)
def test_a_sign_is_over_when_it_healed_and_not_because_it_has_a_history(text, finding, expected):
    assert status(text, finding) is expected


@pytest.mark.parametrize(
    ("text", "finding", "expected"),
    [
        ("History of ESRD on hemodialysis.", "haemodialysis", Status.PRESENT),
        ("Hx of AF on warfarin.", "drug_vitamin_k_antagonist", Status.PRESENT),
        ("Previously on warfarin.", "drug_vitamin_k_antagonist", Status.UNKNOWN),
        ("History of haemodialysis.", "haemodialysis", Status.UNKNOWN),
    ],
)
def test_what_somebody_with_a_history_is_on_is_current(text, finding, expected):
    assert status(text, finding) is expected


@pytest.mark.parametrize(
    "text",
    [
        "Ramipril 10 mg (held)",
        "Ramipril 10 mg (HELD on admission)",
        "Ramipril 10 mg - held since Monday",
        "DH\nRamipril 10 mg (held on admission)\nAspirin 75 mg",
    ],
)
def test_a_drug_that_is_held_is_not_taken(text):
    assert status(text, "drug_ace_inhibitor") is not Status.PRESENT


@pytest.mark.parametrize(
    "text", ["Ramipril 10 mg. He held his arm.", "Held for observation. Takes ramipril."]
)
def test_what_else_is_held_stops_no_drug(text):
    assert status(text, "drug_ace_inhibitor") is Status.PRESENT
