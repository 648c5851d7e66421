"""Is there a lesion, is its calcium proven, how likely is calcinosis: decided once, and read by every section."""

from __future__ import annotations

import pytest

from calcinosis import Consultation, consult
from calcinosis.errors import NothingToTell
from calcinosis.presentation import summary
from calcinosis.presentation.leaflet import leaflet
from calcinosis.presentation.markdown import markdown

DESCRIBED = [
    "Hard white nodules over both elbows.",
    "Multiple firm lumps of the buttocks for three years.",
    "Black eschar on the left thigh, very painful.",
    "There is a chalky discharge from the fingertip.",
    "A 17-year-old man was referred because of skin lesions of the back.",
    "Ulcer of the shin that does not heal.",
]
IMPLIED = [
    "Known calcinosis cutis of both elbows.",
    "Radiograph of the forearm shows soft tissue calcification.",
]
DENIED = [
    "Systemic sclerosis with Raynaud's. No lumps, skin otherwise normal.",
    "Dermatomyositis in remission. No skin lesions today.",
    "On haemodialysis. Itching. Skin examination unremarkable.",
]
NOT_MENTIONED = [
    "Systemic sclerosis with Raynaud's phenomenon and reflux.",
    "Haemodialysis for four years, phosphate 6.9 mg/dL, PTH 800 pg/mL.",
    "Dermatomyositis with proximal weakness, CK 1400 U/L.",
    "Mother had calcinosis cutis. She herself has lupus.",
    "Nodule of the knee excised in 2014, healed. Lupus, on hydroxychloroquine.",
]


def told(text: str) -> Consultation:
    return consult(text, "2026-01-01")


@pytest.mark.parametrize(
    ("text", "state"),
    [
        *((text, "described") for text in DESCRIBED),
        *((text, "implied") for text in IMPLIED),
        *((text, "denied") for text in DENIED),
        *((text, "not_mentioned") for text in NOT_MENTIONED),
    ],
)
def test_whether_a_lesion_is_told_of(text: str, state: str) -> None:
    assert told(text).synthesis.lesion.state == state


@pytest.mark.parametrize("text", [*DENIED, *NOT_MENTIONED])
def test_without_a_lesion_nothing_is_claimed_offered_or_asked_for(text: str) -> None:
    done = told(text)
    answer = done.to_dict()
    assert [item["id"] for item in answer["subtypes"] if item["rank"] or item["status"] == "met"] == []
    assert [one["id"] for one in answer["treatments"] if one["status"] in ("suitable", "consider")] == []
    assert not answer["next_steps"]
    assert not answer["forms"]
    assert not answer["drugs"]
    with pytest.raises(NothingToTell):
        leaflet(done)


def test_a_background_disease_makes_no_lesion_however_much_of_it_there_is() -> None:
    """The probability stays what it is before anybody is seen."""
    nothing = told("A 50-year-old woman with asthma.").differential.probabilities
    for text in NOT_MENTIONED:
        assert told(text).differential.probabilities == nothing


def test_the_same_disease_makes_a_lesion_that_is_described_likelier_to_be_calcinosis() -> None:
    alone = told("Hard white nodules of the fingers.").synthesis.probability
    beside = told("Systemic sclerosis. Hard white nodules of the fingers.").synthesis.probability
    assert alone is not None
    assert beside is not None
    assert beside > alone


def test_an_unlikely_calcinosis_is_said_to_be_so_and_what_it_is_instead() -> None:
    done = told("30-year-old man. Soft, mobile cyst of the back with a central punctum and cheesy discharge.")
    assert done.synthesis.likelihood == "unlikely"
    assert "epidermoid cyst" in summary.headline(done)
    assert "Calcinosis: under 1 %" in summary.headline(done)
    shown = markdown(done, "note")
    assert "Only if it is calcinosis" in shown
    assert "## Treatment" not in shown


def test_the_reason_stands_at_each_treatment_that_is_not_offered_for_it() -> None:
    done = told("30-year-old man. Soft, mobile cyst of the back with a central punctum and cheesy discharge.")
    for option in done.treatments:
        assert option.status == "not_indicated"
    assert all("unlikely" in one.reasons[0].text for one in done.treatments if one.id != "hyaluronidase_sc")


def test_what_to_come_back_with_is_said_to_those_at_risk_without_a_lesion() -> None:
    done = told("Haemodialysis for four years. No skin lesions.")
    assert [one.id for one in done.synthesis.watch] == ["kidney"]
    assert "## Watch for" in markdown(done, "note")


def test_a_fresh_leak_of_calcium_is_treated_before_there_is_a_deposit() -> None:
    done = told(
        "Newborn, 3 days old. Calcium gluconate infusion into the hand leaked 30 minutes ago, the hand is swollen."
    )
    assert {flag.id for flag in done.urgent} & {"calcium_extravasation", "fresh_calcium_leak"} or done.urgent
    option = next(one for one in done.treatments if one.id == "hyaluronidase_sc")
    assert option.status in ("suitable", "consider")
