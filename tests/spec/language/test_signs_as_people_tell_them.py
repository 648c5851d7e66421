"""Signs in the words of patients and carers: what changes, comes out, turns black or will not heal."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.model import Assertion


def said(text: str) -> dict[str, Assertion]:
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    return {code.code: item.assertion for item in seen for code in item.codes}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("My fingers turn white whenever it gets cold.", "raynaud"),
        ("In winter her toes go blue.", "raynaud"),
        ("Bits of chalk keep working loose and a white paste oozes from the lump.", "chalky_discharge"),
        ("Sometimes gritty white bits come out of it.", "chalky_discharge"),
        ("The patch on her thigh has gone black.", "necrosis_eschar"),
        ("Two toes are black.", "necrosis_eschar"),
        ("A black, very painful tip of the penis.", "necrosis_eschar"),
        ("The sore on her leg turned dark overnight.", "necrosis_eschar"),
        ("A wound on the shin that won't heal.", "ulcer_non_healing"),
        ("The ulcer never heals.", "ulcer_non_healing"),
        ("The lump burst open.", "ulceration"),
        ("It hurts when pressed.", "tenderness"),
        ("He gets out of breath on the stairs.", "dyspnoea"),
        ("The lumps are like stones.", "consistency_hard"),
    ],
)
def test_a_sign_in_plain_words_is_read(text, finding):
    assert said(text).get(finding) is Assertion.AFFIRMED


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("The nodules turn white on pressure.", "raynaud"),
        ("He went out in the cold; his shirt turned blue.", "raynaud"),
        ("Nodules; the sky is black.", "necrosis_eschar"),
        ("Her hair turned white in winter.", "raynaud"),
        ("Nodules. The road was chalky. Blood comes out.", "chalky_discharge"),
        ("Her skin turned dark in the sun.", "necrosis_eschar"),
    ],
)
def test_other_things_are_not(text, finding):
    assert finding not in said(text)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Her fingers do not turn white in the cold.", "raynaud"),
        ("The skin has not turned black.", "necrosis_eschar"),
        ("No chalk comes out of it.", "chalky_discharge"),
    ],
)
def test_a_denied_one_is_denied(text, finding):
    assert said(text).get(finding) is Assertion.NEGATED
