"""How urine, stool or sputum looks is no look of a lesion, however the answer is given."""

from __future__ import annotations

import pytest

from calcinosis import consult


@pytest.mark.parametrize("value", ["valueString", "valueCodeableConcept"])
@pytest.mark.parametrize(
    ("question", "answer", "findings"),
    [
        ("Clarity of Urine", "Translucent (qualifier value)", set()),
        ("Surface of stool", "shiny", set()),
        ("Appearance of sputum", "waxy", set()),
        ("Surface of the lesion", "shiny", {"pearly_waxy_surface"}),
        ("Skin lesion", "shiny", {"pearly_waxy_surface"}),
    ],
)
def test_what_an_answer_describes(question, answer, findings, value):
    held = {"text": answer} if value == "valueCodeableConcept" else answer
    record = {"resourceType": "Observation", "status": "final", "code": {"text": question}, value: held}
    told = consult(record, "2026-01-01").findings.by_id
    assert {name for name in told if name == "pearly_waxy_surface"} == findings
