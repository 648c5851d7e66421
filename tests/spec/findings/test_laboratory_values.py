"""From a recorded number to a finding: units, ranges, flags, ties, bounds, time. Nothing is guessed."""

from __future__ import annotations

from datetime import datetime
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.model import (
    Code,
    Findings,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
    Status,
)
from conformance.engines import EXPLAINS, Engine

AS_OF = datetime(2026, 1, 1, 23, 59)
ADULT = Patient(age_years=54.0, sex="female")
PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN


def value(analyte: str, number: float | None = None, unit: str = "", **told) -> Observation:
    day = told.pop("day", 1)
    comparator = told.pop("comparator", "")
    return Observation(
        source=f"Observation/{analyte}-{day}",
        text=f"{analyte} {number} {unit}",
        kind=Kind.MEASUREMENT,
        id=told.pop("id", f"{analyte}-{day}"),
        codes=(Code("calcinosis", analyte),),
        value=None if number is None else Quantity(number, unit, comparator),
        effective=Moment.instant(datetime(2025, 12, day)),
        **told,
    )


def case(*observations: Observation, patient: Patient = ADULT):
    return Record(format="case", patient=patient, observations=observations), AS_OF


def read(engine: Engine, *observations: Observation, patient: Patient = ADULT) -> Findings:
    (found,) = engine.findings(case(*observations, patient=patient))
    return found


def status(engine: Engine, finding: str, *observations: Observation, patient: Patient = ADULT) -> Status:
    return read(engine, *observations, patient=patient).status(finding)


def test_a_normal_calcium_makes_high_and_low_absent(engine):
    found = read(engine, value("serum_calcium_total", 9.4, "mg/dL"))
    assert found.status("hypercalcaemia") is ABSENT
    assert found.status("hypocalcaemia") is ABSENT
    assert found.get("hypercalcaemia").value == 9.4
    assert found.get("hypercalcaemia").unit == "mg/dL"


@pytest.mark.parametrize(
    ("number", "unit"),
    [
        (11.6, "mg/dL"),
        (2.894, "mmol/L"),
        (5.79, "meq/L"),
        (116, "mg/L"),
        (11.6, "MG/DL"),
        (11.6, "mg/dl"),
        (11.6, "mg%"),
    ],
)
def test_the_unit_changes_nothing(engine, number, unit):
    assert status(engine, "hypercalcaemia", value("serum_calcium_total", number, unit)) is PRESENT


@given(st.lists(st.floats(1.2, 4.5), min_size=20, max_size=20))
@settings(max_examples=6)
def test_mass_and_substance_are_the_same_value(engine, numbers):
    of_substance = [case(value("serum_calcium_total", one, "mmol/L")) for one in numbers]
    of_mass = [case(value("serum_calcium_total", one * 4.0078, "mg/dL")) for one in numbers]
    found = [one.measured["serum_calcium_total"].value for one in engine.findings(*of_substance, *of_mass)]
    assert found[:20] == pytest.approx(found[20:], rel=1e-4)


def test_a_number_without_a_unit_is_not_guessed(engine):
    assert status(engine, "hypercalcaemia", value("serum_calcium_total", 9.4, "")) is UNKNOWN


def test_a_unit_of_another_dimension_is_not_used(engine):
    assert status(engine, "hypercalcaemia", value("serum_calcium_total", 9.4, "mm[Hg]")) is UNKNOWN


def test_a_value_that_cannot_be_is_not_believed(engine):
    """2.4 is a calcium in mmol/L; written as g/dL it would be 2,400 mg/dL."""
    assert status(engine, "hypercalcaemia", value("serum_calcium_total", 2.4, "g/dL")) is UNKNOWN


@pytest.mark.cannot("duckdb", EXPLAINS)
@pytest.mark.parametrize(
    ("number", "unit", "reasons"),
    [
        (9.4, "", ("no unit", "mg/dL")),
        (9.4, "mm[Hg]", ("mm[Hg]",)),
        (2.4, "g/dL", ("outside what occurs",)),
    ],
)
def test_a_number_that_is_not_used_is_listed_with_the_reason(engine, number, unit, reasons):
    (ignored,) = engine.ignored(case(value("serum_calcium_total", number, unit)))
    assert all(reason in ignored.why for reason in reasons)


def test_a_flag_without_a_value_counts(engine):
    assert status(engine, "hyperphosphataemia", value("serum_phosphate", interpretation="high")) is PRESENT
    assert status(engine, "hyperphosphataemia", value("serum_phosphate", interpretation="normal")) is ABSENT


def test_the_records_own_range_comes_before_ours(engine):
    own = Range(2.3, 5.0, "mg/dL")
    seen = value("serum_phosphate", 4.8, "mg/dL", reference=own)
    assert status(engine, "hyperphosphataemia", seen) is ABSENT
    assert status(engine, "hyperphosphataemia", value("serum_phosphate", 4.8, "mg/dL")) is PRESENT


def test_a_flag_against_its_own_range_is_a_conflict(engine):
    seen = value("serum_phosphate", 7.7, "mg/dL", reference=Range(2.5, 4.5), interpretation="normal")
    found = read(engine, seen)
    assert found.status("hyperphosphataemia") is UNKNOWN
    assert "conflicting" in found.get("hyperphosphataemia").reason


def test_a_phosphate_of_a_healthy_child_is_not_high(engine):
    child = Patient(age_years=4.0, sex="female")
    seen = value("serum_phosphate", 5.4, "mg/dL")
    assert status(engine, "hyperphosphataemia", seen, patient=child) is ABSENT
    assert status(engine, "hyperphosphataemia", seen) is PRESENT


def test_without_an_age_no_adult_range_is_assumed(engine):
    assert (
        status(engine, "hyperphosphataemia", value("serum_phosphate", 5.4, "mg/dL"), patient=Patient())
        is UNKNOWN
    )


THREE = (
    value("serum_calcium_total", 11.9, "mg/dL", day=3),
    value("serum_calcium_total", 9.3, "mg/dL", day=20),
    value("serum_calcium_total", 10.9, "mg/dL", day=10),
)


def test_the_latest_value_counts(engine):
    assert status(engine, "hypercalcaemia", *THREE) is ABSENT


@pytest.mark.cannot("duckdb", EXPLAINS)
def test_the_earlier_values_are_the_history_of_the_latest(engine):
    found = read(engine, *THREE)
    history = [round(number, 1) for _, number in found.measured["serum_calcium_total"].history]
    assert history == [10.9, 11.9]


TIED = (
    value("serum_calcium_total", 9.3, "mg/dL", id="a"),
    value("serum_calcium_total", 11.9, "mg/dL", id="b"),
)


def test_tied_values_on_both_sides_of_a_limit_are_unknown_and_conflicting(engine):
    found = read(engine, *TIED)
    assert found.status("hypercalcaemia") is UNKNOWN
    assert found.get("hypercalcaemia").reason == "conflicting"


@pytest.mark.cannot("duckdb", EXPLAINS)
def test_both_of_two_tied_values_are_the_evidence(engine):
    assert len(read(engine, *TIED).get("hypercalcaemia").evidence) == 2


def test_tied_values_on_one_side_agree(engine):
    seen = (
        value("serum_calcium_total", 11.3, "mg/dL", id="a"),
        value("serum_calcium_total", 11.9, "mg/dL", id="b"),
    )
    assert status(engine, "hypercalcaemia", *seen) is PRESENT


def test_the_later_issue_breaks_a_tie_of_time(engine):
    early, late = Moment.instant(datetime(2025, 12, 1, 9)), Moment.instant(datetime(2025, 12, 1, 15))
    seen = (
        value("serum_calcium_total", 11.9, "mg/dL", id="b", issued=early),
        value("serum_calcium_total", 9.3, "mg/dL", id="a", issued=late),
    )
    assert status(engine, "hypercalcaemia", *seen) is ABSENT


def test_a_value_after_the_day_of_the_consult_does_not_count(engine):
    later = Observation(
        source="o",
        text="calcium",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", "serum_calcium_total"),),
        value=Quantity(12.0, "mg/dL"),
        effective=Moment.instant(datetime(2026, 3, 1)),
    )
    assert status(engine, "hypercalcaemia", later) is UNKNOWN


def test_a_value_older_than_its_window_does_not_count(engine):
    old = Observation(
        source="o",
        text="calcium",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", "serum_calcium_total"),),
        value=Quantity(12.0, "mg/dL"),
        effective=Moment.instant(datetime(2019, 3, 1)),
    )
    assert status(engine, "hypercalcaemia", old) is UNKNOWN


@pytest.mark.parametrize(
    ("comparator", "number", "expected"), [(">", 12.0, PRESENT), ("<", 8.0, ABSENT), ("<", 12.0, UNKNOWN)]
)
def test_a_bound_decides_only_where_the_whole_of_it_does(engine, comparator, number, expected):
    seen = value("serum_calcium_total", number, "mg/dL", comparator=comparator)
    assert status(engine, "hypercalcaemia", seen) is expected


LOW_ALBUMIN = (value("serum_calcium_total", 10.3, "mg/dL"), value("serum_albumin", 3.0, "g/dL"))


def test_calcium_is_corrected_for_albumin(engine):
    """10.3 mg/dL with albumin 3.0 g/dL gives 11.1 mg/dL: high although the total is not."""
    found = read(engine, *LOW_ALBUMIN)
    assert found.measured["serum_calcium_corrected"].value == pytest.approx(11.1)
    assert found.status("hypercalcaemia") is PRESENT


@pytest.mark.cannot("duckdb", EXPLAINS)
def test_a_corrected_calcium_says_so(engine):
    corrected = read(engine, *LOW_ALBUMIN).measured["serum_calcium_corrected"]
    assert corrected.evidence[0].source.startswith("formula:")


def test_the_product_of_calcium_and_phosphate_is_derived(engine):
    found = read(engine, value("serum_calcium_total", 10.0, "mg/dL"), value("serum_phosphate", 7.5, "mg/dL"))
    assert found.measured["ca_p_product"].value == pytest.approx(75.0)
    assert found.status("ca_p_product_over_70") is PRESENT


def test_a_recorded_product_is_not_replaced(engine):
    found = read(
        engine,
        value("serum_calcium_total", 9.3, "mg/dL"),
        value("serum_phosphate", 10.3, "mg/dL"),
        value("ca_p_product", 60.0, "mg2/dL2"),
    )
    assert found.measured["ca_p_product"].value == pytest.approx(60.0)


def test_renal_function_follows_from_creatinine_age_and_sex(engine):
    """CKD-EPI 2021: a woman of 54 with 4.0 mg/dL has about 13 mL/min/1.73 m2."""
    found = read(engine, value("serum_creatinine", 4.0, "mg/dL"))
    assert found.measured["egfr"].value == pytest.approx(12.7, abs=0.3)
    assert found.status("egfr_below_15") is PRESENT


def test_an_antibody_is_read_from_words(engine, knowledge):
    names = [name for name, item in knowledge.contents.analytes.items() if item.positive == "anticentromere"]
    assert status(engine, "anticentromere", value(names[0], interpretation="positive")) is PRESENT
    assert status(engine, "anticentromere", value(names[0], interpretation="negative")) is ABSENT


def test_a_normal_panel_makes_its_members_normal(engine, knowledge):
    panels = [item for item in knowledge.contents.analytes.values() if "serum_calcium_total" in item.panel_of]
    found = read(engine, value(panels[0].id, interpretation="normal"))
    assert found.status("hypercalcaemia") is ABSENT


def test_the_order_of_entries_does_not_matter(engine):
    numbers = [9.3, 11.9, 10.1, 12.5]
    seen = [
        value("serum_calcium_total", number, "mg/dL", day=index + 1) for index, number in enumerate(numbers)
    ]
    found = engine.findings(*(case(*order) for order in permutations(seen)))
    assert [one.status("hypercalcaemia") for one in found] == [PRESENT] * 24
