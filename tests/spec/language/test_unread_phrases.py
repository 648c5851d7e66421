"""What of a note looks like a finding and was understood by nothing is told; ordinary prose is left in peace."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.knowledge import load
from calcinosis.language import told


def unread(text: str) -> list[str]:
    found = told(text, knowledge=load(), source="note", whole_note=True)
    return [one.words for one in found.unread]


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("She has allergic rhinitis and a hard nodule.", ["allergic rhinitis"]),
        ("Known sarcoidosis of the lung.", []),
        ("He had a cholecystectomy in 1999.", ["cholecystectomy"]),
        ("Treated with mepolizumab for years.", ["mepolizumab"]),
        ("Carpal tunnel syndrome on both sides.", ["Carpal tunnel syndrome"]),
        ("Left ventricular hypertrophy on the echocardiogram.", ["Left ventricular hypertrophy"]),
        ("Possible Wilson disease.", ["Wilson disease"]),
        ("Nodule beside an old meningioma.", ["meningioma"]),
        ("She is troubled by chronic blepharitis.", ["chronic blepharitis"]),
        (
            "Past medical history:\n- Hiatus hernia\n- Psoriasis\n- Hypertension",
            ["Hiatus hernia", "Psoriasis"],
        ),
        ("PMH: glaucoma, hypertension, migraine.\nFirm nodules of the elbow.", ["glaucoma", "migraine"]),
        ("Medications:\nLevothyroxine 50 mcg daily\nWarfarin 3 mg", ["Levothyroxine"]),
        ("Drugs: FeSO4 200 mg, warfarin.", ["FeSO4"]),
        ("Drugs: bisoprolol 2.5 mg, Movicol, warfarin 5 mg.", ["Movicol"]),
        ("Allergies: kiwi fruit", ["kiwi fruit"]),
    ],
)
def test_what_is_told(text, phrases):
    assert unread(text) == phrases


@pytest.mark.parametrize(
    "text",
    [
        "No sinusitis, no arthralgia.",
        "She denies haemoptysis.",
        "Family history: mother had endometriosis.",
        "His father had a meningioma.",
        "We discussed the risks: haematoma, osteomyelitis.",
        "The diagnosis and the prognosis were explained.",
        "The disease has progressed and her skin disease is active.",
        "Thank you for your sympathy.",
        "Drugs: none.",
        "Allergies: nil known.",
        "Medications: unchanged, see attached list.",
        "Past medical history: otherwise fit and well.",
        "Diagnosis: as above.",
        "DIAGNOSIS\nCalcinosis cutis of the elbow.",
        "Hypertension, dermatomyositis and diabetes.",
        "Mouth ulcers and chest infection.",
    ],
)
def test_what_is_not_told(text):
    assert unread(text) == []


LETTERS = {
    "prose": """Dear Dr Hill,
Thank you for referring this pleasant 54 year old teacher, whom I saw with her daughter. She has noticed hard lumps
on both elbows for about three years. They are not painful, though one of them caught on a sleeve last month and
leaked something like chalk. She otherwise feels well, sleeps well and walks the dog every day. She does not smoke.
On examination there are three firm white nodules over the olecranon on the left and two on the right. The skin is
not broken. Her hands look normal. I explained what I thought this was, and we agreed to do blood tests and an X-ray.
I shall see her again in two months. She knows to ring us if anything changes.
Yours sincerely,
Dr A Example""",
    "headed": """CLINIC NOTE
HPI: 61 yo man with lumps on fingertips since 2018. Occasional pain when typing. No fever.
PMH: hypertension, diabetes mellitus
Medications: amlodipine 5 mg daily, metformin 500 mg bd
Allergies: NKDA
Social: retired driver, lives with wife, two grandchildren.
Exam: hard yellow papules of the right thumb and index finger. No ulcer. Pulses present.
Assessment: likely calcinosis cutis.
Plan: X-ray of the hand. Calcium, phosphate, PTH. Return in 6 weeks.""",
    "terse": """F 33. 2/12 hx firm lump L thigh at old injection site. nontender. afebrile. Ca 2.31 mmol/L PO4 1.1 mmol/L.
USS: echogenic focus w/ shadowing. Imp: dystrophic calcification. Reassured. d/c to GP.""",
    "follow-up": """I reviewed Mr Green today. The wound on his shin has closed nicely since I last saw him, and the dressing
is now changed only once a week. He has been walking without his stick. He finished the antibiotics ten days ago
without trouble. We went through the results together: the films show calcium under the scar, and the bloods were
fine. There is nothing more to do for now. He would like to travel in the spring, which is no problem from my side.""",
    "list": """Problems
1. Systemic sclerosis, limited
2. Raynaud phenomenon
3. Calcinosis of the fingers
Current medication
- Nifedipine 30 mg daily
- Omeprazole 20 mg daily
Allergies
- Penicillin (rash)
Today
Hands warm. Two hard nodules of the left index finger, no discharge. Mood good. Weight steady.""",
}


# Drugs of no bearing on calcinosis are not of the vocabulary.
DRUGS = {"headed": ["amlodipine", "metformin"], "list": ["Nifedipine", "Omeprazole"]}


@pytest.mark.parametrize("name", LETTERS)
def test_of_an_ordinary_letter_no_more_is_told_than_drugs_that_have_no_bearing(name):
    assert unread(LETTERS[name]) == DRUGS.get(name, [])


def test_the_places_are_those_of_the_text_as_given():
    text = (
        "She has had hard nodules of the elbow since the spring of last year, and allergic\n"
        "rhinitis since she was at school, which comes and goes and is worse in the summer\n"
        "months. She is well otherwise.\n"
    )
    (found,) = told(text, knowledge=load(), source="note", whole_note=True).unread
    start, end = map(int, found.where.removeprefix("note:").split("-"))
    assert text[start:end].split() == ["allergic", "rhinitis"]


def test_they_stand_in_unread_and_are_counted_in_ignored():
    answer = consult("Hard nodules. Rhinitis, rhinitis and migrainosis.", "2026-01-01").to_dict()
    assert answer["unread"] == ({"kind": "phrases", "count": 3, "names": ("Rhinitis", "migrainosis")},)
    assert [one["where"] for one in answer["ignored"]] == ["phrases"]


def test_the_reading_has_them_without_a_meaning():
    (reading,) = consult("Hard nodules. Chronic blepharitis.", "2026-01-01").readings
    assert [one.words for one in reading.statements if not one.things] == ["Chronic blepharitis"]
