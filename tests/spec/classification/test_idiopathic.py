"""Idiopathic needs a search that found nothing, and never leads while damage or an exposure stands in the record."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.model import Verdict

LABS = "Calcium 9.3 mg/dL, phosphate 3.6 mg/dL, both normal."
LOOK = "A 40-year-old woman has hard white papules of the thigh; biopsy shows calcium deposits in the dermis."
SEARCHED = "No injury, no connective tissue disease, no calcium or phosphate treatment, no kidney disease."


def first(note: str) -> str:
    done = consult(note, "2026-01-01")
    return next((item.id for item in done.subtypes if item.rank == 1), "")


def verdict(note: str, name: str) -> Verdict:
    return next(item.status for item in consult(note, "2026-01-01").subtypes if item.id == name)


def test_a_search_that_found_nothing_with_normal_chemistry_is_met():
    assert verdict(f"{LOOK} {SEARCHED} {LABS}", "idiopathic") is Verdict.MET


@pytest.mark.parametrize("left_out", ["no connective tissue disease", "no kidney disease", "No injury"])
def test_a_search_that_is_not_complete_is_not(left_out):
    note = f"{LOOK} {SEARCHED.replace(left_out, 'No pets')} {LABS}"
    assert verdict(note, "idiopathic") is Verdict.UNKNOWN


def test_without_chemistry_it_is_not_met():
    assert verdict(f"{LOOK} {SEARCHED}", "idiopathic") is not Verdict.MET


@pytest.mark.parametrize(
    "told",
    [
        "The skin there was chronically inflamed.",
        "It lies in an area of previous fat necrosis.",
        "He works in a coal mine.",
        "Electrode paste with calcium had been used for an EMG at the sites of the electrodes.",
        "Calcium gluconate leaked there.",
        "It came at the infusion site.",
        "She worked with solvents and chemicals.",
        "There was damage to the skin before.",
        "She had contact with some powder at work.",
        "It came on a background of eczema.",
    ],
)
def test_damage_or_an_exposure_that_is_named_keeps_it_from_leading(told):
    assert first(f"{LOOK} {told} {LABS}") != "idiopathic"


@pytest.mark.parametrize(
    "told",
    [
        "No contact with chemicals.",
        "No exposure to dust at work.",
        "",
        "She is otherwise well.",
        "No injury.",
    ],
)
def test_one_that_is_denied_does_not(told):
    assert first(f"{LOOK} {told} {LABS}") == "idiopathic"


def test_a_form_that_is_idiopathic_by_nature_needs_no_laboratory_to_be_first():
    assert first("A 30-year-old man has many hard white nodules of the scrotum for years.") == "idiopathic"
