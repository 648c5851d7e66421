"""A term of one word is read in its own forms, not in every word of its stem."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.language.inflections import forms_of


def said(text: str) -> set[str]:
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    return {code.code for item in seen for code in item.codes}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Hard nodules. He was discharged home.", "discharge_any"),
        ("Hard nodules. Lactated Ringer's was given.", "breastfeeding"),
        ("The catheter was passed through tissue.", "drip_leak"),
        ("Hepatic function normal, nodules.", "liver_disease"),
        ("Pancreatic enzymes, nodules.", "pancreatic_disease"),
        ("He was immune to measles.", "exp_injection_site"),
        ("Low bone mineral density, nodules.", "exp_external_calcium_work"),
        ("We are grateful for the referral; nodules.", "gritty_feel"),
        ("Severe burning of the feet; nodules.", "burn"),
        ("The nodules were handed to pathology.", "site_hand_any"),
        ("Poor adherence to treatment, nodules.", "fixed_lesion"),
        ("Sinusitis, nodules.", "draining_sinus"),
        ("A rigorous work-up of the nodules.", "sepsis_signs"),
    ],
)
def test_another_word_of_the_stem_is_not_the_term(text, finding):
    assert finding not in said(text)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("The nodule discharges.", "discharge_any"),
        ("It is discharging.", "discharge_any"),
        ("Lactating, nodules.", "breastfeeding"),
        ("The drip had tissued.", "drip_leak"),
        ("Ulcerated nodules.", "ulceration"),
        ("Ulcerations of the leg.", "ulceration"),
        ("Indurated skin.", "skin_induration"),
        ("He was confused.", "drowsiness_confusion"),
        ("Non-tender nodule.", "tenderness_absent"),
        ("Hypotensive on arrival.", "hypotension"),
        ("Nodules of both hands.", "site_hand_any"),
        ("Bilaterally nodules.", "dist_bilateral"),
        ("Deep venous thromboses.", "thrombosis_history"),
        ("Haemodialysed; anaemic.", "anaemia"),
    ],
)
def test_its_own_forms_are(text, finding):
    assert finding in said(text)


def test_singular_plural_and_what_the_table_adds():
    assert {"biopsy", "biopsies"} <= forms_of("biopsies", {})
    assert {"crisis", "crises"} <= forms_of("crisis", {})
    assert {"ulcer", "ulcers", "ulcerated"} <= forms_of("ulcer", {"ulcer": ["ulcerated"]})
    assert "mas" not in forms_of("mass", {})
