"""What a record says of relatives: only the same disease in one of them is a finding of the patient's."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.model import Status

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNKNOWN


def similar(record) -> Status:
    return consult(record, "2026-01-01").findings.get("family_similar").status


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Family history of similar lesions.", P),
        ("Her sister has similar nodules on the elbow.", P),
        ("FH: brother has the same condition.", P),
        ("His brother has tumoral calcinosis.", P),
        ("Mother with calcinosis cutis.", P),
        ("No family history of similar lesions.", A),
        ("No family history of calcinosis.", A),
        ("His mother does not have similar lesions.", A),
        ("Family history: unremarkable.", A),
        ("No family history of note.", A),
        ("Family history of diabetes.", U),
        ("Family history: diabetes, hypertension.", U),
        ("No family history of diabetes.", U),
        ("No significant family history of autoimmune disease.", U),
        ("Family history not recorded.", U),
        ("Similar nodules on the other elbow.", U),
        ("Consanguineous parents.", U),
        ("Possibly similar lesions in an aunt.", U),
    ],
)
def test_only_the_same_disease_in_a_relative_counts(text, expected):
    assert similar(f"Hard nodule of the elbow. {text}") is expected


@pytest.mark.parametrize(
    ("words", "expected"), [("Calcinosis cutis", P), ("Diabetes mellitus", U), ("Family history", U)]
)
def test_a_coded_relative_is_read_alike(words, expected):
    member = {
        "resourceType": "FamilyMemberHistory",
        "id": "f",
        "status": "completed",
        "relationship": {"text": "brother"},
        "condition": [{"code": {"text": words}}],
    }
    nodule = {"resourceType": "Observation", "id": "n", "status": "final", "code": {"text": "nodule"}}
    entries = [{"resource": member}, {"resource": nodule}]
    assert similar({"resourceType": "Bundle", "type": "collection", "entry": entries}) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("Afebrile.", A), ("Not afebrile.", U), ("Apyrexial, well.", A), ("Febrile.", P)]
)
def test_a_word_of_denial_denies(text, expected):
    assert consult(f"Nodule. {text}", "2026-01-01").findings.get("fever").status is expected
