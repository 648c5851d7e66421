"""A note about several patients is refused by name: merged, it would describe somebody who does not exist."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.errors import UnreadableRecord
from calcinosis.language import several
from calcinosis.model import Status

TWO = [
    "Patient 1: 54F with scleroderma, nodules of the fingers.\nPatient 2: 12M, phosphate 2.4 mmol/L, hip mass.",
    "Case 1. A woman with lupus and plaques. Case 2. A boy on dialysis with nodules.",
    "Case A: nodule of the elbow\nCase B: nodule of the knee",
    "Patient No. 1 - nodule\n\nPatient No. 2 - plaque",
    "**Patient 1**\nNodule.\n**Patient 2**\nPlaque.",
    "The first patient had scleroderma and nodules.\nThe second patient was on dialysis.",
    "Twin 1: nodule of the heel. Twin 2: well.",
    "DOB: 01/02/1970. Nodule of the elbow.\n----\nDOB: 03/04/2012. Plaque of the knee.",
    "MRN 4411223: nodule. MRN 9988776: plaque.",
    "A 54-year-old woman with scleroderma has nodules.\nA 12-year-old boy has a hip mass.",
    "1. 54F scleroderma, nodules\n2. 61F dialysis, plaques",
]
ONE = [
    "Patient 1 of the ward round list. Nodule of the elbow.",
    "54-year-old woman with nodules.\nHer 12-year-old son has similar nodules.",
    "A 54-year-old woman with scleroderma.\nA 12-year-old injury of the knee left a scar.",
    "First nodule at the age of 12. Second at 30.\n54F, scleroderma.",
    "DOB: 01/02/1970. Nodule. Date of birth 1970-02-01 confirmed.",
    "Mother DOB: 01/02/1970\nBaby DOB: 03/04/2026. Plaque of the heel.",
    "Case discussed with Dr 2. Patient 1 week after infusion has a plaque.",
    "In case 2 doses are missed, call. Nodule of the elbow.",
    "54F, nodules.\nReviewed at 55F, nodules larger.",
    "Problem 1: nodules. Problem 2: dialysis.",
    "Type 1 diabetes. Type 2 reaction. Stage 3 kidney disease, plaques.",
]


@pytest.mark.parametrize("text", TWO)
def test_a_note_about_two_patients_is_refused(text):
    with pytest.raises(UnreadableRecord, match="more than one patient"):
        consult(text, "2026-01-01")


@pytest.mark.parametrize("text", ONE)
def test_a_note_about_one_patient_is_read(text):
    assert several(text) == ()
    consult(text, "2026-01-01")


def test_the_message_says_what_to_do_and_names_no_value_of_a_patient():
    with pytest.raises(UnreadableRecord) as raised:
        consult("MRN 4411223: nodule. MRN 9988776: plaque.", "2026-01-01")
    assert "a record of its own" in str(raised.value)
    assert "4411223" not in str(raised.value)


def test_a_narrative_inside_a_coded_record_is_left_out_with_the_reason():
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r",
        "status": "final",
        "code": {"text": "Radiograph"},
        "conclusion": TWO[0],
    }
    nodule = {"resourceType": "Observation", "id": "n", "status": "final", "code": {"text": "plaque"}}
    bundle = {"resourceType": "Bundle", "type": "collection"}
    done = consult({**bundle, "entry": [{"resource": report}, {"resource": nodule}]}, "2026-01-01")
    assert any("more than one patient" in item.why for item in done.ignored)
    assert done.findings.status("systemic_sclerosis") is Status.UNKNOWN
