"""A value that follows from others: from which, when, for whom, and what of it is known."""

from __future__ import annotations

from datetime import datetime
from math import inf

import pytest

from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import (
    Code,
    Finding,
    Interval,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
    Status,
)

AS_OF = datetime(2026, 1, 1)
WOMAN = Patient(age_years=54.0, sex="female")
CALCIUM, CORRECTED, PHOSPHATE = "serum_calcium_total", "serum_calcium_corrected", "serum_phosphate"
ALBUMIN, CREATININE, PRODUCT = "serum_albumin", "serum_creatinine", "ca_p_product"


@pytest.fixture
def knowledge() -> Knowledge:
    """Indexed anew for each test, so that each tests how it is indexed as well."""
    return Knowledge(load().contents)


def value(analyte: str, written, day: int | None = 1, word: str = "") -> Observation:
    return Observation(
        source=f"lab:{analyte}",
        text=analyte,
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", analyte),),
        value=written,
        interpretation=word,
        effective=None if day is None else Moment.instant(datetime(2025, 12, day)),
    )


def mass(analyte: str, number: float, comparator: str = "", day: int | None = 1) -> Observation:
    return value(analyte, Quantity(number, "mg/dL", comparator), day)


def albumin(number: float, comparator: str = "", day: int | None = 1) -> Observation:
    return value(ALBUMIN, Quantity(number, "g/dL", comparator), day)


def measured(knowledge: Knowledge, *seen: Observation, patient: Patient = WOMAN) -> dict[str, Finding]:
    record = Record(format="case", patient=patient, observations=seen)
    return dict(findings_of(record, knowledge=knowledge, as_of=AS_OF)[0].measured)


def words(found: Finding) -> str:
    (only,) = found.evidence
    return only.text


# -- what it is made of ---------------------------------------------------------------------------


def test_it_names_its_formula_its_result_and_each_value_that_it_was_made_of(knowledge):
    found = measured(knowledge, mass(CALCIUM, 10.3), albumin(3.0), mass(PHOSPHATE, 6.0))
    assert words(found[CORRECTED]) == (
        "Calcium corrected for albumin: 11.1 mg/dL from serum_calcium_total 10.3 mg/dL, serum_albumin 3 g/dL"
    )
    assert words(found[PRODUCT]) == (
        "Calcium-phosphate product: 66.6 mg2/dL2"
        " from serum_calcium_corrected 11.1 mg/dL, serum_phosphate 6 mg/dL"
    )
    sources = [found[name].evidence[0].source for name in (CORRECTED, PRODUCT)]
    assert sources == ["formula:albumin_corrected_calcium", "formula:calcium_phosphate_product"]
    assert (found[PRODUCT].value, found[PRODUCT].interval) == (pytest.approx(66.6), None)
    assert found[PRODUCT].unit == "mg2/dL2"


def test_its_values_are_told_in_their_own_unit(knowledge):
    found = measured(knowledge, value(CALCIUM, Quantity(2.5, "mmol/L")), mass(PHOSPHATE, 6.0))
    assert "from serum_calcium_total 10.02 mg/dL, serum_phosphate 6 mg/dL" in words(found[PRODUCT])


@pytest.mark.parametrize(
    ("calcium", "number", "low", "high", "told"),
    [
        (
            Quantity(10.3, "mg/dL", ">"),
            11.1,
            11.1,
            inf,
            "at least 11.1 mg/dL from serum_calcium_total >10.3 mg/dL",
        ),
        (
            Quantity(10.3, "mg/dL", "<="),
            None,
            0.8,
            11.1,
            "0.8 to 11.1 mg/dL from serum_calcium_total <=10.3 mg/dL",
        ),
        (
            Range(10.0, 11.0, "mg/dL"),
            *(None, 10.8, 11.8),
            "10.8 to 11.8 mg/dL from serum_calcium_total 10 to 11 mg/dL",
        ),
    ],
    ids=str,
)
def test_of_a_bound_it_is_what_the_bound_leaves(knowledge, calcium, number, low, high, told):
    """A bound below has nothing under zero: what is measured is not negative."""
    found = measured(knowledge, value(CALCIUM, calcium), albumin(3.0))[CORRECTED]
    assert found.value == (None if number is None else pytest.approx(number))
    assert (found.interval.low, found.interval.high) == (pytest.approx(low), pytest.approx(high))
    assert words(found) == f"Calcium corrected for albumin: {told}, serum_albumin 3 g/dL"


def test_a_product_of_a_bound_below_is_at_most_that(knowledge):
    found = measured(knowledge, mass(CALCIUM, 10.0), mass(PHOSPHATE, 1.5, "<"))[PRODUCT]
    assert (found.value, found.interval) == (15.0, Interval(0.0, 15.0))
    assert ": at most 15 mg2/dL2 from serum_calcium_total 10 mg/dL, serum_phosphate <1.5 mg/dL" in words(
        found
    )


def test_less_than_a_part_of_one_is_not_negative_either(knowledge):
    found = measured(knowledge, mass(CALCIUM, 10.0), mass(PHOSPHATE, 0.5, "<"))[PRODUCT]
    assert found.interval == Interval(0.0, 5.0)


def test_what_was_computed_from_a_bound_is_told_as_one_further_on(knowledge):
    found = measured(knowledge, mass(CALCIUM, 10.3, ">"), albumin(3.0), mass(PHOSPHATE, 6.0))[PRODUCT]
    assert "at least 66.6 mg2/dL2 from serum_calcium_corrected at least 11.1 mg/dL" in words(found)


def test_bounds_that_say_nothing_together_make_no_value(knowledge):
    """Less than 10.3 times more than 1.5 may be anything."""
    assert PRODUCT not in measured(knowledge, mass(CALCIUM, 10.3, "<"), mass(PHOSPHATE, 1.5, ">"))


def test_nothing_is_made_of_a_word(knowledge):
    assert PRODUCT not in measured(knowledge, mass(CALCIUM, 10.0), value(PHOSPHATE, None, word="high"))
    assert PRODUCT not in measured(knowledge, mass(CALCIUM, 10.0))


# -- when -----------------------------------------------------------------------------------------


def test_it_is_as_old_as_the_newest_value_that_it_was_made_of(knowledge):
    found = measured(knowledge, mass(CALCIUM, 10.3, day=5), albumin(3.0, day=2))[CORRECTED]
    assert found.evidence[0].when == Moment.instant(datetime(2025, 12, 5))


def test_of_values_without_a_date_it_has_none_or_that_of_the_other(knowledge):
    found = measured(knowledge, mass(CALCIUM, 10.3, day=None), albumin(3.0, day=None))[CORRECTED]
    assert found.evidence[0].when is None
    found = measured(knowledge, mass(CALCIUM, 10.3, day=None), albumin(3.0, day=2))[CORRECTED]
    assert found.evidence[0].when == Moment.instant(datetime(2025, 12, 2))


@pytest.mark.parametrize(("day", "made"), [(1, True), (8, True), (9, False)])
def test_values_are_taken_together_within_a_week(knowledge, day, made):
    found = measured(knowledge, mass(CALCIUM, 10.0), mass(PHOSPHATE, 5.0, day=day))
    assert (PRODUCT in found) is made


def test_the_newest_of_each_is_taken(knowledge):
    calcium = [mass(CALCIUM, number, day=day) for number, day in ((12.0, 1), (10.0, 5), (11.0, 3))]
    assert measured(knowledge, *calcium, mass(PHOSPHATE, 5.0, day=5))[PRODUCT].value == 50.0


@pytest.mark.parametrize(("day", "number"), [(1, 33.0), (8, 33.0), (9, 50.0)])
def test_a_recorded_result_stands_unless_it_is_a_week_older(knowledge, day, number):
    recorded = value(PRODUCT, Quantity(33.0, "mg2/dL2"))
    found = measured(knowledge, recorded, mass(CALCIUM, 10.0, day=day), mass(PHOSPHATE, 5.0, day=day))[
        PRODUCT
    ]
    assert found.value == number
    assert [earlier for _, earlier in found.history] == ([] if number == 33.0 else [33.0])


@pytest.mark.parametrize(("recorded", "others"), [(None, 20), (1, None)])
def test_a_recorded_result_stands_where_one_has_no_date(knowledge, recorded, others):
    product = value(PRODUCT, Quantity(33.0, "mg2/dL2"), recorded)
    found = measured(knowledge, product, mass(CALCIUM, 10.0, day=others), mass(PHOSPHATE, 5.0, day=others))
    assert found[PRODUCT].value == 33.0


def test_what_a_panel_says_of_a_value_does_not_stand_against_it(knowledge):
    normal = value("panel_renal_function", None, word="normal")
    found = measured(knowledge, normal, value(CREATININE, Quantity(4.0, "mg/dL")))["egfr"]
    assert found.value == pytest.approx(12.7, abs=0.1)


# -- for whom -------------------------------------------------------------------------------------

CHILDREN, ADULTS = "formula:egfr_schwartz_2009", "formula:egfr_ckd_epi_2021"


@pytest.mark.parametrize(
    ("age", "sex", "formula", "number"),
    [
        (17.9, "female", CHILDREN, 49.56),
        (1.0, "", CHILDREN, 49.56),
        (18.0, "female", ADULTS, 83.75),
        (50.0, "female", ADULTS, 68.63),
        (50.0, "male", ADULTS, 91.69),
        (0.9, "female", "", None),
        (50.0, "", "", None),
        (50.0, "other", "", None),
        (None, "female", "", None),
    ],
)
def test_a_formula_is_for_those_it_was_made_for(knowledge, age, sex, formula, number):
    seen = (mass(CREATININE, 1.0), value("body_height", Quantity(120.0, "cm")))
    found = measured(knowledge, *seen, patient=Patient(age_years=age, sex=sex)).get("egfr")
    if number is None:
        assert found is None
    else:
        assert (found.evidence[0].source, found.value) == (formula, pytest.approx(number, abs=0.01))


def test_a_child_needs_a_height(knowledge):
    child = Patient(age_years=9.0, sex="female")
    assert "egfr" not in measured(knowledge, mass(CREATININE, 1.0), patient=child)


def test_a_finding_rests_on_the_computed_value_as_on_any_other(knowledge):
    record = Record(format="case", patient=WOMAN, observations=(mass(CALCIUM, 10.3), albumin(3.0)))
    found = findings_of(record, knowledge=knowledge, as_of=AS_OF)[0].by_id["hypercalcaemia"]
    assert (found.status, found.value) == (Status.PRESENT, pytest.approx(11.1))
    assert [one.source for one in found.evidence] == ["formula:albumin_corrected_calcium"]
