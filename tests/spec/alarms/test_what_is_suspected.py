"""Doubt of a diagnosis counts for an alarm; a warning, a lesson, a comparison and a denial do not."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from calcinosis import consult
from calcinosis.knowledge import Knowledge, load
from calcinosis.knowledge.loading import contents
from calcinosis.language import read_text
from calcinosis.model import SUSPECTED

FLAG = "calciphylaxis_suspected"


def raised(record: object) -> set[str]:
    return {flag.id for flag in consult(record, "2026-01-01").urgent}


@pytest.mark.parametrize(
    "text",
    [
        "?calciphylaxis. Ulcer of the calf.",
        "Calciphylaxis? Ulcer of the calf.",
        "Rule out calciphylaxis. Ulcer of the calf.",
        "Biopsy to exclude calciphylaxis. Ulcer of the calf.",
        "Calciphylaxis is suspected. Ulcer of the calf.",
        "I am concerned about calciphylaxis here. Ulcer of the calf.",
        "Calciphylaxis cannot be excluded. Ulcer of the calf.",
        "Differential diagnosis: vasculitis, calciphylaxis. Ulcer of the calf.",
        "Possible calcific uraemic arteriolopathy of the thigh.",
        "Working diagnosis of calciphylaxis. Ulcer of the calf.",
    ],
)
def test_a_suspicion_is_itself_the_alarm(text):
    assert FLAG in raised(text)


@pytest.mark.parametrize(
    "text",
    [
        "No calciphylaxis. Ulcer of the calf.",
        "Calciphylaxis was ruled out. Ulcer of the calf.",
        "Calciphylaxis is unlikely. Ulcer of the calf.",
        "Warned about calciphylaxis while on warfarin. Cyst of the scalp.",
        "Her mother had suspected calciphylaxis. Ulcer of the calf.",
        "Calciphylaxis was suspected in 2018 and healed. Nodule of the calf.",
        "Patient leaflet: What is calciphylaxis? It is a rare condition of people on dialysis.",
        "Teaching session: calciphylaxis presents with painful plaques.",
        "He googled calciphylaxis. Cyst of the scalp.",
        "Risk of calciphylaxis explained. Cyst of the scalp.",
    ],
)
def test_what_is_no_suspicion_is_none(text):
    assert FLAG not in raised(text)


@pytest.mark.parametrize(
    ("text", "flag"),
    [
        ("MRI suggests osteomyelitis under the ulcer.", "osteomyelitis_possible"),
        ("?osteomyelitis of the terminal phalanx.", "osteomyelitis_possible"),
        ("Query necrotising fasciitis of the thigh.", "infection_systemic"),
        ("Suspected warfarin necrosis of the breast.", "warfarin_necrosis"),
    ],
)
def test_so_is_that_of_other_dangers(text, flag):
    assert flag in raised(text)


def test_a_condition_that_is_not_confirmed_is_suspected_and_one_that_is_refuted_is_not():
    def bundle(status: str) -> dict[str, object]:
        verified = {"coding": [{"code": status}]}
        condition = {
            "resourceType": "Condition",
            "verificationStatus": verified,
            "code": {"text": "calciphylaxis"},
        }
        return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": condition}]}

    assert FLAG in raised(bundle("provisional"))
    assert FLAG in raised(bundle("confirmed"))
    assert FLAG not in raised(bundle("refuted"))


RULES = {
    "suspicion.preceding": "Suspected gout of the toe.",
    "suspicion.introducing": "To rule out gout of the toe.",
    "suspicion.following": "Gout was suspected.",
    "suspicion_directly.following": "Gout? Seen today.",
}


@pytest.mark.parametrize("rule", RULES)
def test_without_a_list_of_cues_its_sentence_suspects_nothing(rule):
    name, kind = rule.split(".")
    language = contents().language
    cues = {**language.cues, name: replace(language.cues[name], **{kind: ()})}
    bare = Knowledge(replace(contents(), language=replace(language, cues=cues)))

    def suspects(knowledge: Knowledge) -> bool:
        seen, _ = read_text(RULES[rule], knowledge=knowledge, source="note")
        return any(SUSPECTED in one.qualifiers for one in seen)

    assert suspects(load())
    assert not suspects(bare)


def test_every_cue_of_suspicion_is_one_of_doubt():
    """So that no sentence is suspected and affirmed at once."""
    cues = load().contents.language.cues
    doubts = {
        phrase
        for name, group in cues.items()
        if name in ("uncertainty", "uncertainty_directly", "planned", "supposed", "supposed_directly")
        for kind in ("preceding", "introducing", "following")
        for phrase in getattr(group, kind)
    }
    held = {p for kind in ("preceding", "introducing", "following") for p in getattr(cues["suspicion"], kind)}
    assert held <= doubts | NOT_DOUBTS_ELSEWHERE


# Phrases in which a cue of doubt is contained, and the rest only names who doubts or how.
NOT_DOUBTS_ELSEWHERE = {
    "wonders if this is",
    "wondered about",
    "worried this is",
    "concerned about",
    "working diagnosis",
    "suggests",
}
