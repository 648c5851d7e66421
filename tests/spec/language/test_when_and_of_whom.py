"""When a thing was, of whom it is told, whether it was only asked or warned of, and whether a drug is taken."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.errors import UnreadableRecord
from calcinosis.model import Status


def status(text: str, finding: str) -> Status:
    try:
        return consult(text, "2026-01-01").findings.status(finding)
    except UnreadableRecord:  # nothing in it is told of the patient
        return Status.UNKNOWN


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("He had fever in March 2019. Nodules of the elbow.", "fever"),
        ("In 2014 she was admitted with sepsis. Nodules of the elbow.", "sepsis_signs"),
        ("She suffered cellulitis of the leg three years ago.", "cellulitis_stated"),
        ("As a child he had itching. Nodules of the elbow.", "pruritus"),
        ("Before that he was admitted twice with sepsis, several times with fever.", "sepsis_signs"),
        ("Treated for sepsis, recovered. Nodules of the elbow.", "sepsis_signs"),
        ("She used to get joint pain. Nodules of the elbow.", "arthralgia"),
        ("The itch went away. Nodules of the elbow.", "pruritus"),
        ("Previous fever. Nodules of the elbow.", "fever"),
        ("He no longer has pain. Nodules of the elbow.", "pain_any"),
    ],
)
def test_what_is_dated_or_told_as_over_is_not_there_now(text, finding):
    assert status(text, finding) is not Status.PRESENT


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Dermatomyositis diagnosed in 2015.", "dermatomyositis"),
        ("He had a kidney transplant in 2004.", "kidney_transplant"),
        ("Known systemic sclerosis since 2009.", "systemic_sclerosis"),
        ("The itch began in 2019 and persists.", "pruritus"),
        ("Nodules first noticed three years ago.", "lesion_nodule"),
        ("He has had fever for three days.", "fever"),
        ("Since 2019 recurrent fever.", "fever"),
        ("Previous aspiration of the painful nodule.", "pain_any"),
        ("s/p parathyroidectomy 2012.", "parathyroidectomy"),
        ("The fever has not settled.", "fever"),
        ("Had lupus diagnosed in 2010.", "lupus_history"),
    ],
)
def test_what_is_chronic_or_went_on_stays(text, finding):
    assert status(text, finding) is Status.PRESENT


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Her sister has systemic sclerosis. Nodules of the elbow.", "systemic_sclerosis"),
        ("Paternal diabetes. Nodules of the elbow.", "diabetes_history"),
        ("Newborn boy. His mother takes prednisolone for lupus.", "lupus_history"),
        ("Lives with a friend who has tuberculosis. Nodules.", "tuberculosis"),
        ("The kidney donor was hepatitis B positive.", "hepatitis_b"),
        ("Diabetes runs in the family. Nodules.", "diabetes_history"),
        ("Contact with a person with tuberculosis. Nodules.", "tuberculosis"),
    ],
)
def test_what_another_person_has_the_patient_has_not(text, finding):
    assert status(text, finding) is not Status.PRESENT


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("According to his wife he has fever.", "fever"),
        ("Mother says he has been itching for weeks.", "pruritus"),
        ("The parents describe fever and pain.", "fever"),
        ("Mother has lupus, the patient has gout.", "gout_history"),
        ("Her mother has lupus, nodules are on the elbow.", "lesion_nodule"),
        ("She lives with her daughter and has gout.", "gout_history"),
        ("Seen with her husband. Gout.", "gout_history"),
    ],
)
def test_what_another_person_tells_is_the_patients(text, finding):
    assert status(text, finding) is Status.PRESENT


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Risks of surgery include infection, ulceration and numbness. Nodules.", "ulceration"),
        ("I explained that fever can occur. Nodules.", "fever"),
        ("She was warned of ulceration and itch. Nodules.", "pruritus"),
        ("Told to return if the pain worsens or fever develops. Nodules.", "fever"),
        ("Possible side effects: nausea, itch. Nodules.", "pruritus"),
        ("Consent for excision; bleeding, numbness and pain were explained as risks.", "numbness"),
        ("We looked for telangiectasia and sclerodactyly. Nodules.", "sclerodactyly"),
        ("X-ray to look for acro-osteolysis. Nodules.", "xray_acroosteolysis"),
        ("She believes an insect bite started it. Nodules.", "insect_bite"),
        ("He puts it down to an insect bite. Nodules.", "insect_bite"),
        ("? gout. Nodules.", "gout_history"),
        ("Bloods to exclude lupus. Nodules.", "lupus_history"),
    ],
)
def test_what_was_explained_asked_or_guessed_is_not_there(text, finding):
    assert status(text, finding) is Status.UNKNOWN


def test_what_explains_a_thing_is_there():
    assert status("The pain is explained by gout.", "gout_history") is Status.PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "Warfarin was held before surgery.",
        "Warfarin on hold.",
        "Warfarin (stopped).",
        "Warfarin has been discontinued.",
        "Discontinued medications: warfarin, colchicine.",
        "Medications held: warfarin.",
        "We stopped warfarin in May.",
        "She gave up warfarin.",
        "Prescribed warfarin but never took it.",
        "He declined warfarin.",
        "Warfarin - stopped.",
    ],
)
def test_a_drug_that_is_stopped_held_or_never_begun_is_not_taken(text):
    assert status(f"Nodules of the elbow. {text}", "drug_vitamin_k_antagonist") is not Status.PRESENT


@pytest.mark.parametrize(
    "text",
    [
        "He never misses his warfarin.",
        "She has not missed a dose of warfarin.",
        "Warfarin was never stopped.",
        "Warfarin, which has not been stopped.",
        "On warfarin; aspirin was stopped.",
        "Taking warfarin; stopped smoking in 2010.",
        "Stopped aspirin and continues warfarin.",
        "Allopurinol held, warfarin continued.",
    ],
)
def test_a_drug_that_is_taken_stays(text):
    assert status(f"Nodules of the elbow. {text}", "drug_vitamin_k_antagonist") is Status.PRESENT
