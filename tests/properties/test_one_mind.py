"""No section of an answer contradicts another: over random records, and with a contradiction planted in each."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from calcinosis import Consultation, consult
from calcinosis.model import Verdict
from calcinosis.presentation.agreement import RULES, contradictions

HISTORY = [
    "systemic sclerosis",
    "dermatomyositis",
    "haemodialysis",
    "kidney transplant",
    "sarcoidosis",
    "warfarin",
    "liver cirrhosis",
    "tuberculosis",
]
PRESENT = [
    "nodule",
    "hard nodule",
    "black eschar",
    "severe pain",
    "livedo",
    "chalky discharge",
    "central punctum",
    "ulcer",
    "calcinosis cutis",
    "calcium deposits in a biopsy",
    "gangrene of a finger",
    "gritty feel",
]
LABS = [
    "calcium: 9.4 mg/dL",
    "calcium: 12.9 mg/dL",
    "phosphate: 3.5 mg/dL",
    "phosphate: 8.1 mg/dL",
    "egfr: '12 mL/min/{1.73_m2}'",
]


@st.composite
def records(draw: st.DrawFn) -> str:
    history = draw(st.lists(st.sampled_from(HISTORY), max_size=3, unique=True))
    present = draw(st.lists(st.sampled_from(PRESENT), max_size=4, unique=True))
    absent = draw(
        st.lists(st.sampled_from([one for one in PRESENT if one not in present]), max_size=2, unique=True)
    )
    labs = draw(st.lists(st.sampled_from(LABS), max_size=2, unique_by=lambda text: text.split(":")[0]))
    age = draw(st.sampled_from(["3 weeks", "6 years", "34 years", "71 years"]))
    return (
        f"age: {age}\nhistory: [{', '.join(history)}]\npresent: [{', '.join(present)}]\n"
        f"absent: [{', '.join(absent)}]\nlabs: {{{', '.join(labs)}}}"
    )


@given(records())
@settings(max_examples=60, deadline=None)
def test_an_answer_agrees_with_itself(record: str) -> None:
    assert contradictions(consult(record, "2026-01-01")) == ()


SCLEROSIS = "age: 54 years\nhistory: [systemic sclerosis]\npresent: [hard nodule, chalky discharge, calcium deposits in a biopsy]"
CYST = "age: 30 years\npresent: [central punctum, cyst, cheesy discharge]"
NECROSIS = (
    "age: 62 years\nhistory: [haemodialysis]\npresent: [retiform purpura, black eschar, severe pain, livedo]"
)
NOTHING = "age: 54 years\nhistory: [systemic sclerosis]\nabsent: [nodule]"


def _offers(done: Consultation, kind: str) -> Consultation:
    return replace(
        done,
        treatments=tuple(
            replace(one, status="suitable") if one.kind == kind else one for one in done.treatments
        ),
    )


def _lesion(done: Consultation, record: str) -> Consultation:
    """What was concluded, with what is there of another record."""
    return replace(done, synthesis=consult(record, "2026-01-01").synthesis)


def _provisional(done: Consultation) -> Consultation:
    first, *rest = done.subtypes
    return replace(done, subtypes=(replace(first, status=Verdict.MET, rank=1, provisional=True), *rest))


def _first_step_that_cuts(done: Consultation) -> Consultation:
    step = replace(done.next_steps[0], invasiveness=3, first=True, advised_against="it does not heal")
    return replace(done, next_steps=(step, *done.next_steps[1:]))


PLANTED: list[tuple[str, str, Callable[[Consultation], Consultation]]] = [
    ("no_lesion_no_answer", SCLEROSIS, lambda done: _lesion(done, NOTHING)),
    ("unlikely_is_not_treated", SCLEROSIS, lambda done: _lesion(done, CYST)),
    ("unlikely_is_not_treated", CYST, lambda done: _offers(done, "drug")),
    (
        "one_probability",
        SCLEROSIS,
        lambda done: replace(done, synthesis=replace(done.synthesis, probability=0.21)),
    ),
    ("met_is_not_provisional", SCLEROSIS, _provisional),
    ("headline_names_what_leads", CYST, lambda done: _lesion(done, "age: 60 years\npresent: [wart]")),
    ("danger_is_not_watched", NECROSIS, lambda done: _offers(done, "observation")),
    ("no_cut_where_cutting_harms", SCLEROSIS, _first_step_that_cuts),
]


@pytest.mark.parametrize(
    ("rule", "record", "plant"), PLANTED, ids=[f"{name} {n}" for n, (name, _, _) in enumerate(PLANTED)]
)
def test_a_planted_contradiction_is_seen(
    rule: str, record: str, plant: Callable[[Consultation], Consultation]
) -> None:
    done = consult(record, "2026-01-01")
    assert contradictions(done) == ()
    assert rule in {one.rule for one in contradictions(plant(done))}


def test_every_rule_has_a_name_and_says_what_it_holds() -> None:
    assert all(rule.__doc__ for rule in RULES)
