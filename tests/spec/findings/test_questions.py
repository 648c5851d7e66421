"""What a record leaves open is asked, the most decisive first, and an open short form holds no alarm back."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.consultation import Consultation
from calcinosis.model import Doubt, Status

SHIN = "Painful plaque of the shin for 3 weeks."


def told(text: str) -> Consultation:
    return consult(text, "2026-01-01")


def raised(text: str) -> dict[str, str]:
    return {flag.id: flag.supposing for flag in told(text).urgent}


@pytest.mark.parametrize(
    ("text", "doubt", "asks"),
    [
        ("72M, HD. Hard nodules.", Doubt.SHORT_FORM, "HD: Haemodialysis, Huntington disease, "),
        ("Known DM. Hard nodules.", Doubt.SHORT_FORM, "DM: Dermatomyositis or Diabetes mellitus?"),
        ("PE 2019. Hard nodules.", Doubt.SHORT_FORM, "PE: Venous thrombosis or physical examination?"),
        ("MS. Hard nodules.", Doubt.SHORT_FORM, "MS: Demyelinating disease, mitral stenosis, "),
        ("40 year old man. Ca 4.5. Hard nodules.", Doubt.UNIT, "Ca 4.5: mg/dL or mmol/L?"),
        ("P 2.4. Hard nodules.", Doubt.UNIT, "P 2.4: mg/dL or mmol/L?"),
        (
            "60 year old man. Calcium 14.9 mg/dL (low). Hard nodules.",
            Doubt.CONTRADICTION,
            "Calcium 14.9 mg/dL (low): which is right, the number or the flag?",
        ),
        ("Previous calcium 11.2 mg/dL. Hard nodules.", Doubt.DATE, "calcium 11.2 mg/dL: when was that?"),
    ],
)
def test_what_is_ambiguous_is_asked(text, doubt, asks):
    (question,) = told(text).questions
    assert question.doubt is doubt
    assert question.asks.startswith(asks)


@pytest.mark.parametrize(
    "text",
    [
        "ESRD, HD via left AVF. Hard nodules.",
        "DM on insulin. Hard nodules.",
        "No DM. Hard nodules.",
        "Denies PE. Hard nodules.",
        "?PE. Hard nodules.",
        "Family history: mother DM. Hard nodules.",
        "Calcium 9.3, phosphate 3.4 mg/dL. Hard nodules.",
        "60 year old man. Calcium 11.9 mg/dL (high). Hard nodules.",
        "60 year old man. Calcium 10.4 mg/dL (high). Hard nodules.",
        "BP 120/80, P 88, RR 16. Hard nodules.",
        "INR 2.4. Hard nodules.",
    ],
)
def test_what_is_clear_denied_doubted_or_of_a_relative_is_not_asked(text):
    assert told(text).questions == ()


def test_a_form_that_comes_back_is_asked_once():
    assert len(told("HD. Hard nodules. Seen after HD.").questions) == 1


def test_a_text_about_two_patients_inside_a_record_is_asked():
    note = "Patient 1: 34 year old woman with nodules.\n\nPatient 2: 60 year old man with ulcers."
    (question,) = consult({"sex": "female", "present": ["nodule"], "note": note}, "2026-01-01").questions
    assert question.doubt is Doubt.PATIENT
    assert question.decides == "criteria"


# -- both readings of an open short form count for a red flag -------------------------------------


@pytest.mark.parametrize(
    ("open_", "spelled", "flag"),
    [
        (f"72M, HD. {SHIN}", f"72M, haemodialysis. {SHIN}", "calciphylaxis_suspected"),
        (f"72M, PD. {SHIN}", f"72M, peritoneal dialysis. {SHIN}", "calciphylaxis_suspected"),
    ],
)
def test_an_open_short_form_raises_what_one_of_its_readings_raises(open_, spelled, flag):
    assert raised(spelled)[flag] == ""
    assert raised(open_)[flag].startswith(told(open_).questions[0].what)


def test_such_a_flag_says_on_which_reading_it_rests_and_makes_no_finding():
    found = told(f"72M, HD. {SHIN}")
    flag = next(one for one in found.urgent if one.id == "calciphylaxis_suspected")
    assert flag.supposing == "HD: Haemodialysis"
    rests = {one.finding for one in flag.because if one.status is Status.UNKNOWN}
    assert "ckd_dialysis" in rests
    assert found.findings.status("haemodialysis") is Status.UNKNOWN
    assert flag.id not in {one.id for one in found.urgent_unchecked}


@pytest.mark.parametrize(
    "text",
    [
        f"72M, no HD. {SHIN}",
        f"72M. Mother on HD. {SHIN}",
        f"72M. Chorea, HD since 2012. {SHIN}",
        "72M, HD. Hard white nodules of the elbow.",
    ],
)
def test_no_alarm_where_it_is_denied_another_or_nothing_else_speaks_for_it(text):
    assert "calciphylaxis_suspected" not in raised(text)


def test_what_raises_the_flag_without_the_form_does_not_suppose_it():
    assert raised(f"72M, HD, warfarin. {SHIN}")["calciphylaxis_suspected"] == ""


def test_a_value_without_unit_raises_no_flag_and_its_question_names_it():
    found = told("40 year old man. Ca 4.5. Hard nodules.")
    assert not found.urgent
    assert [answer.raises for answer in found.questions[0].answers] == [(), ("hypercalcaemia_severe",)]


# -- the order ------------------------------------------------------------------------------------


def test_the_most_decisive_question_comes_first():
    found = told(f"72M. CRP 12. MS. Known DM. HD. {SHIN}")
    assert [one.what for one in found.questions][:1] in (["HD"], ["DM"])
    assert [one.decides for one in found.questions] == sorted(
        (one.decides for one in found.questions), key=["red_flag", "criteria", "nothing_known"].index
    )
    assert found.questions[-1].decides == "nothing_known"


def test_the_contract_has_them():
    (question,) = told(f"72M, HD. {SHIN}").to_dict()["questions"]
    assert question["doubt"] == "short_form"
    assert question["where"] == "note:5-7"
    assert question["answers"][0] == {
        "words": "Haemodialysis",
        "raises": ("calciphylaxis_suspected",),
    }
