"""Electrodes on the skin are a possible exposure; calcium paste, or lesions right under them, make a cause."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.model import Status, Verdict


def electrode_paste(done) -> Verdict:
    named = [cause for subtype in done.subtypes for cause in subtype.causes if cause.id == "electrode_paste"]
    return named[0].status if named else Verdict.NOT_MET


def coded(code: str, *, performed: bool = True) -> dict:
    procedure = {
        "resourceType": "Procedure",
        "id": "e",
        "status": "completed" if performed else "not-done",
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": code}]},
    }
    papule = {"resourceType": "Observation", "id": "n", "status": "final", "code": {"text": "papule"}}
    entries = [{"resource": procedure}, {"resource": papule}]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


@pytest.mark.parametrize(
    "record", [coded("54550000"), coded("42803009"), "EEG in 2020 normal. Papules.", "EMG, papules"]
)
def test_a_recording_is_a_possible_exposure_and_no_paste(record):
    done = consult(record, "2026-01-01")
    assert done.findings.status("exp_electrodes") is Status.PRESENT
    assert done.findings.status("exp_electrode_paste") is Status.UNKNOWN
    assert done.findings.status("calcium_phosphate_exposure") is Status.UNKNOWN
    assert electrode_paste(done) is Verdict.UNKNOWN


@pytest.mark.parametrize(
    "text",
    [
        "EEG three weeks ago; papules of the scalp at the electrode sites.",
        "Papules of the scalp; calcium chloride electrode paste was used for the EEG.",
    ],
)
def test_lesions_under_the_electrodes_or_calcium_in_the_paste_make_it_a_cause(text):
    assert electrode_paste(consult(text, "2026-01-01")) is Verdict.MET


def test_no_recording_no_exposure():
    done = consult(coded("54550000", performed=False), "2026-01-01")
    assert done.findings.status("exp_electrodes") is Status.ABSENT
