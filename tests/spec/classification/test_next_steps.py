"""What is proposed next: nothing that the record has, the missing sign or value itself, and nothing that contradicts."""

from __future__ import annotations

import pytest

from calcinosis import Consultation, consult
from calcinosis.knowledge import load

LABS = "Calcium 9.4 mg/dL (8.5-10.5), phosphate 3.5 mg/dL (2.5-4.5)."
LOOK = "A woman of 51 has firm white nodules of the elbows."
SCLEROSIS = "A woman of 49 with systemic sclerosis has firm nodules of the elbows."


def done(note: str) -> Consultation:
    return consult(note, "2026-01-01")


def steps(note: str) -> list[str]:
    return [step.id for step in done(note).next_steps]


def step(note: str, name: str):
    return next(one for one in done(note).next_steps if one.id == name)


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("A radiograph shows calcification.", "plain_radiograph"),
        ("A radiograph shows no calcification.", "plain_radiograph"),
        ("Ultrasound shows calcification.", "ultrasound"),
        ("CT shows calcification.", "ct_low_dose"),
        ("Biopsy shows calcium deposits in the dermis.", "skin_biopsy"),
        (LABS, "calcium_phosphate_albumin"),
    ],
)
def test_what_the_record_has_is_not_proposed(told, name):
    before, after = steps(LOOK), steps(f"{LOOK} {told}")
    assert name not in after or name not in before
    assert name not in after


@pytest.mark.parametrize(
    "name", ["plain_radiograph", "ultrasound", "skin_biopsy", "calcium_phosphate_albumin"]
)
def test_what_it_has_not_is(name):
    assert name in steps(LOOK)


def test_calcium_that_a_film_shows_needs_no_other_scan_and_in_sclerosis_no_biopsy():
    found = steps(f"{SCLEROSIS} A radiograph of the elbow shows calcification.")
    assert {"ultrasound", "mri", "skin_biopsy", "plain_radiograph"}.isdisjoint(found)


def test_the_hands_are_worth_a_film_of_their_own():
    assert "hand_radiograph" in steps(f"{SCLEROSIS} A radiograph of the elbow shows calcification.")
    fingers = SCLEROSIS.replace("elbows", "fingers")
    assert "hand_radiograph" not in steps(f"{fingers} A radiograph shows calcification.")


def test_an_early_film_after_a_leak_is_repeated_and_says_why():
    note = "A girl of 4 weeks: calcium gluconate leaked in the arm ten days ago, hard plaque. Radiograph: no calcification."
    again = step(note, "radiograph_after_calcium_leak")
    assert "take it again" in again.why


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Calcium 9.4 mg/dL (8.5-10.5).", "Phosphate in serum, Albumin in serum"),
        ("Phosphate 3.5 mg/dL (2.5-4.5).", "Calcium in serum, Albumin in serum"),
        ("", "Calcium, albumin and phosphate in serum"),
    ],
)
def test_of_a_panel_only_what_is_missing_is_named(told, name):
    assert step(f"{SCLEROSIS} {told}", "calcium_phosphate_albumin").name == name


def test_the_sign_itself_is_asked_for():
    looked = step("A red nodule of the thigh of a man of 60 on dialysis.", "inspection_palpation")
    terms = load().contents.findings
    assert looked.asks
    assert looked.asks[0] in {terms[name].ask for name in looked.settles[:3]}
    assert terms["consistency_hard"].ask == "Press it: rock-hard?"


def test_no_question_is_asked_twice():
    asked = [ask for one in done(SCLEROSIS).next_steps for ask in one.asks]
    assert len(asked) == len(set(asked))


CALCIPHYLAXIS = [
    "A man of 60 on haemodialysis with calciphylaxis: painful black eschars of the thighs.",
    "A man of 60 on haemodialysis with painful livedo and retiform purpura of the thighs.",
    "A woman of 58 on warfarin and dialysis with painful violaceous plaques of the belly.",
    "?calciphylaxis of the shin, dialysis, painful ulcer.",
]


@pytest.mark.parametrize("note", CALCIPHYLAXIS)
def test_no_biopsy_stands_beside_do_not_cut(note):
    found = done(note)
    cut = [one for one in found.next_steps if one.kind == "histology" and not one.advised_against]
    raised = any("do not cut" in flag.action for flag in found.urgent)
    assert not (raised and cut), [one.id for one in cut]


@pytest.mark.parametrize(
    "note", [*CALCIPHYLAXIS, LOOK, SCLEROSIS, "Livedo of the legs of a woman of 40 with a black eschar."]
)
def test_of_each_kind_at_most_one_is_advised_against(note):
    kinds = [one.kind for one in done(note).next_steps if one.advised_against]
    assert len(kinds) == len(set(kinds))


def test_a_black_lesion_without_a_risk_may_be_cut_by_a_specialist():
    found = done(
        "A woman of 40 has livedo of the legs and a black eschar of the shin. No kidney disease, no warfarin."
    )
    assert not [
        one for one in found.next_steps if one.id == "deep_biopsy_calciphylaxis" and one.advised_against
    ]


@pytest.mark.parametrize(
    ("note", "to", "soon"),
    [
        (CALCIPHYLAXIS[0], "calciphylaxis_team", "today"),
        (
            "A girl of 9 with dermatomyositis and hard nodules of the elbows.",
            "child_rheumatology",
            "within 2 weeks",
        ),
        (SCLEROSIS, "rheumatology", "within 3 months"),
        (
            f"{LOOK} Calcium 11.4 mg/dL (8.5-10.5), PTH 200 pg/mL (15-65), no kidney disease.",
            "high_calcium",
            "within 2 weeks",
        ),
        (f"{LOOK} Chronic kidney disease. Phosphate 7.9 mg/dL (2.5-4.5).", "kidney_care", "within 2 weeks"),
        ("A man of 50 with calcinosis of the elbow and severe pain.", "surgeon", "within 3 months"),
        (
            "A woman of 74 with venous insufficiency and a leg ulcer that will not heal.",
            "vascular",
            "within 2 weeks",
        ),
    ],
)
def test_whom_to_refer_to_and_how_soon(note, to, soon):
    assert {one.id: one.soon for one in done(note).referrals}.get(to) == soon


@pytest.mark.parametrize(
    ("note", "to"),
    [
        (LOOK, "rheumatology"),
        (LOOK, "surgeon"),
        ("A man of 50 with back pain, severe pain.", "surgeon"),
        (CALCIPHYLAXIS[0] + " Severe pain.", "surgeon"),
        ("A girl of 9 with dermatomyositis and hard nodules.", "rheumatology"),
        (f"{LOOK} {LABS}", "high_calcium"),
    ],
)
def test_whom_not(note, to):
    assert to not in [one.id for one in done(note).referrals]


def test_the_soonest_stands_first():
    found = [one.soon for one in done(CALCIPHYLAXIS[0] + " Systemic sclerosis.").referrals]
    assert found == sorted(found, key=("today", "within 2 weeks", "within 3 months").index)
    assert found


def test_every_name_of_an_investigation_leads_somewhere():
    held = load().contents
    for test in held.investigations.values():
        assert {name for part in test.parts for name in part.answers} <= set(test.answers), test.id
