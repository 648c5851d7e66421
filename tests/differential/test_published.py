"""Published patients: what the differential reaches on them, with the calibration fitted without each."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from calcinosis import consult
from calcinosis.conclusions.differential.ranking import Engine
from calcinosis.evaluation.differential import Comparison, Validation, cross_validate, evaluate
from calcinosis.knowledge import Knowledge
from calcinosis.model import Findings

CASES = Path(os.environ.get("CALCINOSIS_SHARED", Path(__file__).resolve().parents[3] / "shared")) / "cases"
Rows = list[tuple[str, Findings, tuple[str, ...]]]

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not CASES.is_dir(), reason="the published cases are not beside the checkout"),
]


@pytest.fixture(scope="module")
def visits(knowledge: Knowledge) -> dict[str, Rows]:
    expected = [json.loads(line) for line in (CASES / "expected.jsonl").read_text().splitlines()]
    shown = [case for case in expected if case["describes_lesion"]]
    later = [case for case in shown if case["worked_up_adds"]]
    return {
        visit: [
            (case["id"], _findings(knowledge, case["id"], visit), tuple(case["diagnosis"])) for case in held
        ]
        for visit, held in (("first-visit", shown), ("worked-up", later))
    }


def _findings(knowledge: Knowledge, name: str, visit: str) -> Findings:
    path = CASES / f"{name}.{visit}.json"
    return consult(path, as_of="2026-01-01", setting="case_series", knowledge=knowledge).findings


@pytest.fixture(scope="module")
def validated(made: Engine, visits: dict[str, Rows]) -> Validation:
    return cross_validate(made, visits, "case_series")


@pytest.fixture(scope="module")
def compared(made: Engine, visits: dict[str, Rows]) -> Comparison:
    return evaluate(made, visits["first-visit"], "case_series")


def test_first_visit_accuracy(validated: Validation) -> None:
    found = validated.visits["first-visit"]
    assert found.first.value >= 0.80
    assert found.third.value >= 0.93


def test_worked_up_accuracy(validated: Validation) -> None:
    # 52 of 58; one more while "biochemistry normal" stood for an AST, an ALT and an albumin that nobody named.
    assert validated.visits["worked-up"].first.value >= 0.89


def test_calibration(validated: Validation) -> None:
    found = validated.visits["first-visit"]
    assert found.ece.value <= 0.10
    assert 0.8 <= found.slope <= 1.25


def test_brier_lies_far_below_the_better_baseline(compared: Comparison) -> None:
    assert compared.brier_gain >= 0.30


def test_calcinosis_is_called_and_not_overcalled(validated: Validation) -> None:
    found = validated.visits["first-visit"]
    assert found.called_sensitivity >= 0.85
    assert found.called_specificity >= 0.85
