"""An alarm is no narrower than its diagnosis, silence does not hold it back, and the diagnosis raises it by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from msgspec.structs import replace

from calcinosis import consult
from calcinosis.criteria import CriterionId, Shelf, covers, parse
from calcinosis.knowledge import Contents, load
from calcinosis.knowledge.alarm_checks import faults
from calcinosis.model import Verdict

HELD = load().contents
FLAG = "calciphylaxis_suspected"


def with_criterion(tree: object) -> Contents:
    flag = replace(HELD.urgent[FLAG], criterion=parse(tree, FLAG))
    return replace(HELD, urgent={**HELD.urgent, FLAG: flag})


def said(held: Contents) -> list[str]:
    return [fault.text for fault in faults(held)]


def test_the_knowledge_that_ships_is_awake():
    assert said(HELD) == []


def test_a_flag_that_is_narrower_than_its_subtype_does_not_load():
    narrow = {"all": [{"composite": "calciphylaxis_picture"}, "fever"]}
    assert [
        text for text in said(with_criterion(narrow)) if "narrower than the subtype calciphylaxis" in text
    ]


@pytest.mark.parametrize(
    "tree",
    [
        {"any": [{"composite": "calciphylaxis_picture"}, {"all": ["ulceration", {"none": ["pruritus"]}]}]},
        {"all": [{"composite": "calciphylaxis_picture"}, {"none": ["lipoma_stated"]}]},
    ],
)
def test_a_flag_that_an_unknown_exclusion_holds_back_does_not_load(tree):
    assert [text for text in said(with_criterion(tree)) if "held back where" in text]


def test_a_certain_exclusion_may_stand_for_silence_does_not_move_it():
    tree = {
        "any": [
            {"composite": "calciphylaxis_picture"},
            {"all": ["fever", {"none": [{"certain": "pruritus"}]}]},
        ]
    }
    assert said(with_criterion(tree)) == []


def test_a_flag_without_vignettes_does_not_load():
    bare = replace(HELD, vignettes=tuple(one for one in HELD.vignettes if one.flag != FLAG))
    assert said(bare) == [f"{FLAG} has 0 vignettes that must raise it and 0 that must not"]


@dataclass
class Case:
    wider: object
    narrower: object
    covered: bool


def cases() -> Iterator[Case]:
    yield Case("a", "a", True)
    yield Case("a", "b", False)
    yield Case("parent", "child", True)
    yield Case("child", "parent", False)
    yield Case({"any": ["a", "b"]}, "a", True)
    yield Case("a", {"any": ["a", "b"]}, False)
    yield Case("a", {"all": ["a", "b"]}, True)
    yield Case({"all": ["a", "b"]}, "a", False)
    yield Case({"all": ["a", "b"]}, {"all": ["b", "c", "a"]}, True)
    yield Case({"any": ["a", "b"]}, {"at_least": 1, "of": ["a", "b"]}, True)
    yield Case({"at_least": 2, "of": ["a", "b", "c"]}, {"all": ["a", "c"]}, True)
    yield Case({"composite": "either"}, "a", True)
    yield Case("a", {"composite": "both"}, True)
    yield Case({"any": [{"composite": "both"}, "c"]}, {"composite": "both"}, True)
    yield Case("a", {"certain": "a"}, True)
    yield Case("a", {"none": ["a"]}, False)


@pytest.mark.parametrize("case", cases(), ids=str)
def test_what_covers_what(case):
    shelf = Shelf(
        {
            CriterionId("composite", "either"): parse({"any": ["a", "b"]}, "either"),
            CriterionId("composite", "both"): parse({"all": ["a", "b"]}, "both"),
        }
    )

    def implies(one: str, other: str) -> bool:
        return (one, other) == ("child", "parent")

    assert covers(parse(case.wider, "x"), parse(case.narrower, "x"), shelf, implies) is case.covered


def test_a_subtype_that_is_met_raises_its_flag():
    done = consult("Calciphylaxis of the calves.", "2026-01-01")
    assert next(item for item in done.subtypes if item.id == "calciphylaxis").status is Verdict.MET
    assert FLAG in {flag.id for flag in done.urgent}


def test_a_diagnosis_that_only_ranks_first_raises_it_and_says_so():
    done = consult("Obesity. Painful necrotic, non-healing ulcers of the flank.", "2026-01-01")
    flag = next(one for one in done.urgent if one.id == FLAG)
    assert flag.diagnosis == "Calciphylaxis is ranked first"


@pytest.mark.parametrize(
    "text",
    [
        "Past history of calciphylaxis, resolved. Nodule of the thigh.",
        "On haemodialysis for ten years. No skin lesion.",
    ],
)
def test_a_history_or_a_kidney_alone_is_no_diagnosis(text):
    assert not consult(text, "2026-01-01").urgent
