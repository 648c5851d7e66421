"""A denial ends where grammar ends it: at its sentence, where its list affirms, at a clause of its own."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.model import Assertion

YES, NO, MAYBE = Assertion.AFFIRMED, Assertion.NEGATED, Assertion.UNCERTAIN
SIGN = {"+": YES, "-": NO, "?": MAYBE}


def said(text: str) -> dict[str, Assertion]:
    seen, _ = read_text(text, knowledge=load(), source="note")
    return {code.code: item.assertion for item in seen for code in item.codes if not item.family}


def claimed(text: str, claims: str) -> tuple[dict, dict]:
    wanted = {claim[1:]: SIGN[claim[0]] for claim in claims.split()}
    found = said(text)
    return {name: found.get(name) for name in wanted}, wanted


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("No fever, calcium 9.4 mg/dL. Painful ulcer.", "-fever +pain_any"),
        ("No fever, temperature 36.8 C. Itchy.", "-fever +pruritus"),
        ("No hypercalcaemia on vitamin D. Fever since Monday.", "+fever"),
        ("No fever, seen by Dr. Smith. Itchy.", "-fever +pruritus"),
        ("Denies itch, approx. ten weeks of fever", "-pruritus -fever"),
        ("No itch.Fever.", "-pruritus +fever"),
        ("Itch? Fever.", "+fever"),
        ("No growth of S. aureus, fever or itch.", "-fever -pruritus"),
        ("No itch – fever of 39 C", "-pruritus +fever"),
        ("No fever (itch persists)", "-fever"),
        ("Nodules (no arthralgia) with fever", "-arthralgia +fever"),
    ],
)
def test_it_ends_with_the_sentence_also_after_a_unit(text, claims):
    found, wanted = claimed(text, claims)
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("Thigh ulcer, no fever, severe pain.", "-fever +pain_severe"),
        ("Sclerodactyly, no gout, arthralgia.", "+sclerodactyly -gout_history +arthralgia"),
        ("No fever, two painful ulcers.", "-fever +pain_any"),
        ("No fever but severe pain.", "-fever +pain_severe"),
        ("No fever, but painful nodules.", "-fever +pain_any"),
        ("No fever, skin warm, itch present.", "-fever +pruritus"),
        ("No obvious trauma and the nodule is firm.", "-exp_trauma +consistency_firm"),
        ("No fever, no itch, nodules are tender.", "-fever -pruritus +tenderness"),
        ("She has no diabetes and takes warfarin.", "-diabetes_history +drug_vitamin_k_antagonist"),
        ("Never had gout, on warfarin.", "-gout_history +drug_vitamin_k_antagonist"),
        ("No gout, he complains of itch.", "-gout_history +pruritus"),
        ("Not only itchy but also painful.", "+pruritus +pain_any"),
    ],
)
def test_it_ends_where_the_list_affirms_or_a_clause_begins(text, claims):
    found, wanted = claimed(text, claims)
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("There is no itch, fever or pain.", "-pruritus -fever -pain_any"),
        ("Nodules, no itch, fever or severe pain.", "-pruritus -fever -pain_severe"),
        ("No fever, chills, weight loss.", "-fever -weight_loss"),
        ("Denies fever, blorps, odynophagia, weight loss or itch.", "-fever -weight_loss -pruritus"),
        ("No lupus, blorp disease or gout.", "-lupus_history -gout_history"),
        ("No fever, itch or weight loss was reported.", "-fever -pruritus -weight_loss"),
        ("No fever and weight loss.", "-fever -weight_loss"),
        ("Denies fever, severe pain, itch.", "-fever -pain_severe -pruritus"),
        ("Neither itchy nor painful.", "-pruritus -pain_any"),
        (
            "Negative for itch, fever and weight loss; positive for gout.",
            "-pruritus -weight_loss +gout_history",
        ),
        ("No itch, without fever, weight loss.", "-pruritus -fever -weight_loss"),
        ("No itch, fever, or pain at night or on walking.", "-pruritus -fever -pain_any"),
        (
            "Nothing to suggest lupus or gout, although Raynaud's is troublesome.",
            "-lupus_history -gout_history +raynaud",
        ),
    ],
)
def test_a_list_of_denials_goes_on_over_unknown_words(text, claims):
    found, wanted = claimed(text, claims)
    assert found == wanted


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        ("No change in her itch.", "+pruritus"),
        ("Antibiotics without improvement of the pain.", "+pain_any"),
        ("No relief of pain with morphine.", "+pain_any"),
        ("We cannot exclude gout.", "?gout_history"),
        ("Gout could not be excluded.", "?gout_history"),
        ("Unable to rule out lupus.", "?lupus_history"),
        ("Gout? Not sure.", "?gout_history"),
        ("Possible gout, itchy rash.", "?gout_history +pruritus"),
        ("Possible gout, lupus or sarcoidosis.", "?gout_history ?lupus_history ?sarcoidosis"),
        ("Query gout and takes warfarin.", "?gout_history +drug_vitamin_k_antagonist"),
        ("DDx: gout, lupus, sarcoidosis", "?gout_history ?lupus_history ?sarcoidosis"),
        ("Itch? Yes. Fever? No.", "+pruritus -fever"),
    ],
)
def test_words_that_look_like_a_denial_and_doubts(text, claims):
    found, wanted = claimed(text, claims)
    assert found == wanted
