"""A child is judged by ranges of children, and where none is built in not at all; never by those of adults."""

from __future__ import annotations

import pytest

from calcinosis.model import Status

P, A, U = Status.PRESENT, Status.ABSENT, Status.UNKNOWN


def note(age: str, value: str) -> str:
    return f"{age} boy, nodule. {value}"


@pytest.mark.parametrize(
    ("age", "value", "finding", "expected"),
    [
        ("4-year-old", "ALP 310 U/L", "alp_high", A),
        ("4-year-old", "ALP 700 U/L", "alp_high", P),
        ("16-year-old", "ALP 310 U/L", "alp_high", U),
        ("54-year-old", "ALP 310 U/L", "alp_high", P),
        ("4-year-old", "creatinine 32 umol/L", "creatinine_high", A),
        ("4-year-old", "creatinine 90 umol/L", "creatinine_high", P),
        ("14-year-old", "creatinine 75 umol/L", "creatinine_high", U),
        ("5-day-old", "creatinine 70 umol/L", "creatinine_high", U),
        ("54-year-old", "creatinine 90 umol/L", "creatinine_high", A),
        ("4-year-old", "25-OH vitamin D 15 ng/mL", "vitd25_low", P),
        ("4-year-old", "phosphate 1.7 mmol/L", "hyperphosphataemia", A),
        ("54-year-old", "phosphate 1.7 mmol/L", "hyperphosphataemia", P),
        ("4-year-old", "calcium 2.68 mmol/L", "hypercalcaemia", A),
        ("54-year-old", "calcium 2.68 mmol/L", "hypercalcaemia", P),
    ],
)
def test_the_age_decides_which_range_holds(found, age, value, finding, expected):
    assert found(note(age, value)).status(finding) is expected


@pytest.mark.parametrize(
    ("value", "finding"),
    [
        ("PTH 80 pg/mL", "pth_elevated"),
        ("magnesium 0.6 mmol/L", "hypomagnesaemia"),
        ("CK 300 U/L", "ck_elevated"),
        ("urate 450 umol/L", "hyperuricaemia"),
        ("ionised calcium 1.35 mmol/L", "hypercalcaemia"),
    ],
)
def test_without_a_range_of_children_nothing_is_said_of_a_child(found, value, finding):
    of_child = found(note("4-year-old", value)).get(finding)
    assert (of_child.status, of_child.reason) == (U, "no reference range for this age and sex")
    assert found(note("54-year-old", value)).status(finding) is not U


def test_the_laboratory_s_own_range_counts_first(found):
    assert found(note("4-year-old", "CK 300 U/L (50-200)")).status("ck_elevated") is P


@pytest.mark.parametrize(("text", "expected"), [("HR 112", P), ("HR 72", A), ("HR 112 bpm", P)])
def test_a_heart_rate_needs_no_unit(found, text, expected):
    assert found(f"54-year-old man, nodule. {text}.").status("tachycardia") is expected
