"""From a recorded number to a finding: units, ranges, flags, ties, bounds, time. Nothing is guessed."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis.findings import findings_of
from calcinosis.knowledge import Knowledge
from calcinosis.model import (
    Code,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
    Status,
)

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


def read(knowledge: Knowledge, *observations: Observation, patient: Patient = ADULT):
    record = Record(format="case", patient=patient, observations=observations)
    return findings_of(record, knowledge=knowledge, as_of=AS_OF)


def status(knowledge: Knowledge, finding: str, *observations: Observation, patient: Patient = ADULT):
    return read(knowledge, *observations, patient=patient)[0].status(finding)


def test_a_normal_calcium_makes_high_and_low_absent(knowledge):
    found, _ = read(knowledge, value("serum_calcium_total", 9.4, "mg/dL"))
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
def test_the_unit_changes_nothing(knowledge, number, unit):
    assert status(knowledge, "hypercalcaemia", value("serum_calcium_total", number, unit)) is PRESENT


@given(st.floats(1.2, 4.5))
def test_mass_and_substance_are_the_same_value(millimoles):
    from calcinosis.knowledge import load

    base = load()
    one = read(base, value("serum_calcium_total", millimoles, "mmol/L"))[0].measured["serum_calcium_total"]
    other = read(base, value("serum_calcium_total", millimoles * 4.0078, "mg/dL"))[0].measured[
        "serum_calcium_total"
    ]
    assert one.value == pytest.approx(other.value, rel=1e-4)


def test_a_number_without_a_unit_is_not_guessed_and_says_so(knowledge):
    found, ignored = read(knowledge, value("serum_calcium_total", 9.4, ""))
    assert found.status("hypercalcaemia") is UNKNOWN
    assert any("no unit" in item.why and "mg/dL" in item.why for item in ignored)


def test_a_unit_of_another_dimension_is_not_used(knowledge):
    found, ignored = read(knowledge, value("serum_calcium_total", 9.4, "mm[Hg]"))
    assert found.status("hypercalcaemia") is UNKNOWN
    assert ignored


def test_a_value_that_cannot_be_is_not_believed(knowledge):
    """2.4 is a calcium in mmol/L; written as g/dL it would be 2,400 mg/dL."""
    found, ignored = read(knowledge, value("serum_calcium_total", 2.4, "g/dL"))
    assert found.status("hypercalcaemia") is UNKNOWN
    assert any("outside what occurs" in item.why for item in ignored)


def test_a_flag_without_a_value_counts(knowledge):
    assert status(knowledge, "hyperphosphataemia", value("serum_phosphate", interpretation="high")) is PRESENT
    assert (
        status(knowledge, "hyperphosphataemia", value("serum_phosphate", interpretation="normal")) is ABSENT
    )


def test_the_records_own_range_comes_before_ours(knowledge):
    own = Range(2.3, 5.0, "mg/dL")
    seen = value("serum_phosphate", 4.8, "mg/dL", reference=own)
    assert status(knowledge, "hyperphosphataemia", seen) is ABSENT
    assert status(knowledge, "hyperphosphataemia", value("serum_phosphate", 4.8, "mg/dL")) is PRESENT


def test_a_flag_against_its_own_range_is_a_conflict(knowledge):
    seen = value("serum_phosphate", 7.7, "mg/dL", reference=Range(2.5, 4.5), interpretation="normal")
    found, _ = read(knowledge, seen)
    assert found.status("hyperphosphataemia") is UNKNOWN
    assert "conflicting" in found.get("hyperphosphataemia").reason


def test_a_phosphate_of_a_healthy_child_is_not_high(knowledge):
    child = Patient(age_years=4.0, sex="female")
    seen = value("serum_phosphate", 5.4, "mg/dL")
    assert status(knowledge, "hyperphosphataemia", seen, patient=child) is ABSENT
    assert status(knowledge, "hyperphosphataemia", seen) is PRESENT


def test_without_an_age_no_adult_range_is_assumed(knowledge):
    assert (
        status(knowledge, "hyperphosphataemia", value("serum_phosphate", 5.4, "mg/dL"), patient=Patient())
        is UNKNOWN
    )


def test_the_latest_value_counts_and_the_earlier_ones_are_its_history(knowledge):
    found, _ = read(
        knowledge,
        value("serum_calcium_total", 11.9, "mg/dL", day=3),
        value("serum_calcium_total", 9.3, "mg/dL", day=20),
        value("serum_calcium_total", 10.9, "mg/dL", day=10),
    )
    assert found.status("hypercalcaemia") is ABSENT
    history = [round(number, 1) for _, number in found.measured["serum_calcium_total"].history]
    assert history == [10.9, 11.9]


def test_tied_values_on_both_sides_of_a_limit_are_unknown_and_conflicting(knowledge):
    found, _ = read(
        knowledge,
        value("serum_calcium_total", 9.3, "mg/dL", id="a"),
        value("serum_calcium_total", 11.9, "mg/dL", id="b"),
    )
    assert found.status("hypercalcaemia") is UNKNOWN
    assert found.get("hypercalcaemia").reason == "conflicting"
    assert len(found.get("hypercalcaemia").evidence) == 2


def test_tied_values_on_one_side_agree(knowledge):
    seen = (
        value("serum_calcium_total", 11.3, "mg/dL", id="a"),
        value("serum_calcium_total", 11.9, "mg/dL", id="b"),
    )
    assert status(knowledge, "hypercalcaemia", *seen) is PRESENT


def test_the_later_issue_breaks_a_tie_of_time(knowledge):
    early, late = Moment.instant(datetime(2025, 12, 1, 9)), Moment.instant(datetime(2025, 12, 1, 15))
    seen = (
        value("serum_calcium_total", 11.9, "mg/dL", id="b", issued=early),
        value("serum_calcium_total", 9.3, "mg/dL", id="a", issued=late),
    )
    assert status(knowledge, "hypercalcaemia", *seen) is ABSENT


def test_a_value_after_the_day_of_the_consult_does_not_count(knowledge):
    later = Observation(
        source="o",
        text="calcium",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", "serum_calcium_total"),),
        value=Quantity(12.0, "mg/dL"),
        effective=Moment.instant(datetime(2026, 3, 1)),
    )
    assert status(knowledge, "hypercalcaemia", later) is UNKNOWN


def test_a_value_older_than_its_window_does_not_count(knowledge):
    old = Observation(
        source="o",
        text="calcium",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", "serum_calcium_total"),),
        value=Quantity(12.0, "mg/dL"),
        effective=Moment.instant(datetime(2019, 3, 1)),
    )
    assert status(knowledge, "hypercalcaemia", old) is UNKNOWN


@pytest.mark.parametrize(
    ("comparator", "number", "expected"), [(">", 12.0, PRESENT), ("<", 8.0, ABSENT), ("<", 12.0, UNKNOWN)]
)
def test_a_bound_decides_only_where_the_whole_of_it_does(knowledge, comparator, number, expected):
    seen = value("serum_calcium_total", number, "mg/dL", comparator=comparator)
    assert status(knowledge, "hypercalcaemia", seen) is expected


def test_calcium_is_corrected_for_albumin_and_says_so(knowledge):
    """10.3 mg/dL with albumin 3.0 g/dL gives 11.1 mg/dL: high although the total is not."""
    found, _ = read(
        knowledge, value("serum_calcium_total", 10.3, "mg/dL"), value("serum_albumin", 3.0, "g/dL")
    )
    corrected = found.measured["serum_calcium_corrected"]
    assert corrected.value == pytest.approx(11.1)
    assert corrected.evidence[0].source.startswith("formula:")
    assert found.status("hypercalcaemia") is PRESENT


def test_the_product_of_calcium_and_phosphate_is_derived(knowledge):
    found, _ = read(
        knowledge, value("serum_calcium_total", 10.0, "mg/dL"), value("serum_phosphate", 7.5, "mg/dL")
    )
    assert found.measured["ca_p_product"].value == pytest.approx(75.0)
    assert found.status("ca_p_product_over_70") is PRESENT


def test_a_recorded_product_is_not_replaced(knowledge):
    found, _ = read(
        knowledge,
        value("serum_calcium_total", 9.3, "mg/dL"),
        value("serum_phosphate", 10.3, "mg/dL"),
        value("ca_p_product", 60.0, "mg2/dL2"),
    )
    assert found.measured["ca_p_product"].value == pytest.approx(60.0)


def test_renal_function_follows_from_creatinine_age_and_sex(knowledge):
    """CKD-EPI 2021: a woman of 54 with 4.0 mg/dL has about 13 mL/min/1.73 m2."""
    found, _ = read(knowledge, value("serum_creatinine", 4.0, "mg/dL"))
    assert found.measured["egfr"].value == pytest.approx(12.7, abs=0.3)
    assert found.status("egfr_below_15") is PRESENT


def test_an_antibody_is_read_from_words(knowledge):
    names = [name for name, item in knowledge.contents.analytes.items() if item.positive == "anticentromere"]
    assert status(knowledge, "anticentromere", value(names[0], interpretation="positive")) is PRESENT
    assert status(knowledge, "anticentromere", value(names[0], interpretation="negative")) is ABSENT


def test_a_normal_panel_makes_its_members_normal(knowledge):
    panels = [item for item in knowledge.contents.analytes.values() if "serum_calcium_total" in item.panel_of]
    found, _ = read(knowledge, value(panels[0].id, interpretation="normal"))
    assert found.status("hypercalcaemia") is ABSENT


@given(st.permutations(range(4)))
def test_the_order_of_entries_does_not_matter(places):
    from calcinosis.knowledge import load

    numbers = [9.3, 11.9, 10.1, 12.5]
    seen = [
        value("serum_calcium_total", number, "mg/dL", day=index + 1) for index, number in enumerate(numbers)
    ]
    shuffled = [seen[place] for place in places]
    assert status(load(), "hypercalcaemia", *shuffled) is PRESENT
