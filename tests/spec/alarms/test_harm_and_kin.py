"""Silence never favours the less dangerous label; the family is shown; a look settles what one look can."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.consultation import Consultation

THREE = ("Does it hurt?", "Is it violet?", "Is it an ulcer, or black?")


def told(text: str, setting: str = "nephrology") -> Consultation:
    """In the renal unit, where a lesion of somebody on dialysis is calcinosis often enough to ask of which kind."""
    return consult(text, "2026-01-01", setting)


def first(text: str) -> str:
    return next((item.id for item in told(text).subtypes if item.rank == 1), "")


@pytest.mark.parametrize(
    "text",
    [
        "62F on haemodialysis with skin lesions of both calves.",
        "Peritoneal dialysis. Papules of the thigh.",
        "eGFR 8. Plaques of the abdomen.",
        "Kidney transplant. Plaques of the legs. Phosphate 2.4 mmol/L (0.8-1.5).",
        "End-stage renal disease, lesions on the hips.",
    ],
)
def test_with_kidney_failure_a_lesion_of_which_nothing_says_deposit_is_calciphylaxis_first(text):
    item = next(one for one in told(text).subtypes if one.rank == 1)
    assert (item.id, item.provisional) == ("calciphylaxis", True)
    assert item.asks == THREE
    assert item.why_first


@pytest.mark.parametrize(
    "text",
    [
        "62F on haemodialysis with hard nodules of the elbow. Phosphate 2.4 mmol/L (0.8-1.5).",
        "Peritoneal dialysis. White papules of the fingers.",
        "ESRD. Large mass beside the hip.",
        "Haemodialysis. Nodule with chalky discharge.",
        "Haemodialysis. Nodules; a film shows calcification of soft tissue.",
    ],
)
def test_what_says_deposit_is_metastatic_first(text):
    assert first(text) == "metastatic"


@pytest.mark.parametrize("text", ["On haemodialysis, itch.", "Haemodialysis for ten years. No skin lesion."])
def test_without_a_lesion_nothing_is_first_by_harm(text):
    assert first(text) != "calciphylaxis"


def test_where_calcinosis_is_unlikely_the_questions_are_asked_and_nothing_is_claimed():
    done = told("Peritoneal dialysis. Papules of the abdomen.", "dermatology")
    assert done.synthesis.likelihood == "unlikely"
    item = next(one for one in done.subtypes if one.id == "calciphylaxis")
    assert (item.rank, item.asks) == (None, THREE)
    assert [look.asks for look in done.ask_now]


def test_an_answered_question_is_not_asked():
    item = next(
        one
        for one in told("65F, haemodialysis, painless skin lesions of both calves.").subtypes
        if one.rank == 1
    )
    assert item.asks == THREE[1:]


def test_calciphylaxis_stands_below_metastatic():
    kin = {item.id: (item.parent, item.family, item.seat) for item in told("Hard nodule.").subtypes}
    assert kin["calciphylaxis"] == ("metastatic", "Metastatic family", "calcium in the walls of vessels")
    assert kin["metastatic"] == ("", "Metastatic family", "calcium in tissue")
    assert kin["dystrophic"] == ("", "", "")


def test_no_subtype_asks_for_its_own_name():
    for text in ("Haemodialysis. Ulcer of the calf.", "Haemodialysis. Livedo."):
        item = next(one for one in told(text).subtypes if one.id == "calciphylaxis")
        assert item.missing
        assert "calciphylaxis_stated" not in {one.finding for one in item.missing}


def test_what_one_look_settles_is_asked():
    asked = told("CKD stage 3. Painful lesions on the calf.", "dermatology").ask_now
    assert [look.asks for look in asked] == ["Black skin?", "Net-like pattern?"]
    assert "calciphylaxis_suspected" in asked[0].raises


@pytest.mark.parametrize(
    "text",
    [
        "Hard white papule of the ear for years.",  # nothing is begun
        "CKD stage 3. No skin lesion.",  # nothing to look at
        "CKD stage 3. Painful lesions on the calf. No necrosis, no livedo.",  # looked at
    ],
)
def test_nobody_is_asked_where_nothing_is_begun_or_to_be_seen_or_left(text):
    assert not told(text).ask_now


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("62F, hard nodules.", "newborn_fat_necrosis_hypercalcaemia"),
        ("62F, hard nodules.", "newborn_firm_violaceous_plaque"),
        ("62F, hard nodules.", "child_hypercalcaemia_malignancy"),
    ],
)
def test_what_age_excludes_is_not_said_to_be_unchecked(text, flag):
    assert flag not in {one.id for one in told(text).urgent_unchecked}


def test_nor_is_what_sex_excludes():
    def asked(text: str) -> set[str]:
        return {name for one in told(text).urgent_unchecked for name in one.unknown}

    penile = {"site_penis", "penile_lesion_ischaemic"}
    assert not asked("62F on haemodialysis, nodule.") & penile
    assert asked("62M on haemodialysis, nodule.") >= penile
