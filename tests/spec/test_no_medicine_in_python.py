"""Medicine is data: modules that find and conclude name no drug, disease or finding and no clinical number."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import calcinosis
from calcinosis.knowledge import load

PACKAGE = Path(calcinosis.__file__).parent
MODULES = sorted(
    path for folder in ("criteria", "findings", "conclusions") for path in (PACKAGE / folder).rglob("*.py")
)
# Words of the contract itself, and of the record's own frame.
ALLOWED = {"calcinosis_cutis", "none_of_these", "age_years", "lesion_size", "lesion_count", "lesion_duration"}
# Numbers of arithmetic and display, none of them clinical: counts, percent, days and hours, rounding.
ARITHMETIC = {
    0,
    0.5,
    0.002,  # shares of probability too small to compute with or to show
    0.005,
    0.01,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
    23,
    24,
    30,
    59,
    60,
    100,
    200,
    365,
    365.2425,
    365.25,
    1000,
}


def medical_ids() -> set[str]:
    held = load().contents
    shelves = (
        held.findings,
        held.analytes,
        held.causes,
        held.forms,
        held.urgent,
        held.investigations,
        held.patterns,
        held.subtypes,
    )
    return {name for shelf in shelves for name in shelf} - ALLOWED


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_finding_cause_or_drug_is_named(module):
    strings = {
        node.value
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert not strings & medical_ids()


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_clinical_number_stands_in_the_code(module):
    numbers = {
        node.value
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, (int, float))
        and not isinstance(node.value, bool)
    }
    assert not {number for number in numbers if abs(number) not in ARITHMETIC and abs(number) > 1e-3}
