"""A result as records write it: answers by code, titres, two numbers, a flag that a number cannot have."""

from __future__ import annotations

from datetime import datetime

import pytest

from calcinosis.model import (
    LOCALLY,
    Assertion,
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
from calcinosis.records.units import with_units
from conformance.engines import Engine

AS_OF = datetime(2026, 1, 1, 23, 59)
ADULT = Patient(age_years=54.0, sex="female")
PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN
AFFIRMED, NEGATED, UNCERTAIN = Assertion.AFFIRMED, Assertion.NEGATED, Assertion.UNCERTAIN


def entry(system: str, code: str, kind: Kind = Kind.CONDITION, display: str = "", **told) -> Observation:
    return Observation(source=f"{kind}/1", text=code, kind=kind, codes=(Code(system, code, display),), **told)


def result(analyte: str, value=None, day: int = 1, **told) -> Observation:
    return Observation(
        source=f"Observation/{analyte}-{day}",
        text=f"{analyte} {value}",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", analyte),),
        value=value,
        effective=Moment.instant(datetime(2025, 12, day)),
        **told,
    )


def read(engine: Engine, *observations: Observation) -> Findings:
    record = Record(format="case", patient=ADULT, observations=observations)
    (found,) = engine.findings((record, AS_OF))
    return found


# -- answers --------------------------------------------------------------------------------------

ANSWERS = [
    (Code("SNOMED", "373066001"), PRESENT),
    (Code("SNOMED", "373066001", "as the form has it"), PRESENT),
    (Code("LOINC", "LA33-6"), PRESENT),
    (Code("SNOMED", "373067005"), ABSENT),
    (Code("LOINC", "LA32-8", "Yes"), ABSENT),  # the code counts, whatever it is called
    (Code("SNOMED", "261665006"), UNKNOWN),
    (Code("urn:of-the-house", "1", "Yes"), PRESENT),
    (Code("urn:of-the-house", "2", "No"), ABSENT),
    (Code("urn:of-the-house", "N"), ABSENT),
    (Code("", "no"), ABSENT),
    (Code("urn:of-the-house", "3", "Not asked"), UNKNOWN),
    ("Absent (qualifier value)", ABSENT),
    ("yes, since 2019", PRESENT),
    ("none seen", ABSENT),
    (False, ABSENT),
]


@pytest.mark.parametrize(("value", "status"), ANSWERS, ids=str)
def test_an_answer_says_whether_it_is_there(engine, value, status):
    asked = entry("calcinosis", "raynaud", Kind.SIGN, value=value)
    assert read(engine, asked).status("raynaud") is status


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (Code("SNOMED", "10828004"), PRESENT),
        (Code("SNOMED", "260385009"), ABSENT),
        (Code("urn:of-the-house", "1", "Negative (<1:40)"), ABSENT),
        ("Positive 1:640", PRESENT),
        ("see report", UNKNOWN),
    ],
    ids=str,
)
def test_an_answer_flags_a_result(engine, value, status):
    assert read(engine, result("anticentromere_antibody", value)).status("anticentromere") is status


# -- what a code lets be said ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("system", "code", "assertion", "finding", "status"),
    [
        ("SNOMED", "55464009", AFFIRMED, "systemic_lupus_erythematosus", PRESENT),
        ("SNOMED", "55464009", NEGATED, "systemic_lupus_erythematosus", ABSENT),
        ("SNOMED", "68815009", AFFIRMED, "systemic_lupus_erythematosus", PRESENT),  # lupus nephritis
        ("SNOMED", "68815009", NEGATED, "systemic_lupus_erythematosus", UNKNOWN),
        ("SNOMED", "68815009", UNCERTAIN, "systemic_lupus_erythematosus", UNKNOWN),
        ("ICD10CM", "M34.81", NEGATED, "systemic_sclerosis", UNKNOWN),
        ("ICD10CM", "E83.5", AFFIRMED, "hypercalcaemia", UNKNOWN),  # a disorder of calcium
        ("ICD10CM", "E83.5", NEGATED, "hypercalcaemia", ABSENT),
        ("HPO", "HP:0001818", AFFIRMED, "paronychia_stated", UNKNOWN),
        ("HPO", "HP:0001818", NEGATED, "paronychia_stated", ABSENT),
        ("HPO", "HP:0034282", AFFIRMED, "osteoma_cutis_stated", PRESENT),
        ("HPO", "HP:0034282", NEGATED, "osteoma_cutis_stated", UNKNOWN),
        ("ICD10CM", "Z85.3", AFFIRMED, "malignancy_history", PRESENT),  # a history of it
        ("ICD10CM", "Z85.3", AFFIRMED, "cancer_now", UNKNOWN),
        ("ICD10CM", "Z85.3", NEGATED, "malignancy_history", UNKNOWN),
    ],
)
def test_a_code_says_no_more_than_its_match(engine, system, code, assertion, finding, status):
    assert read(engine, entry(system, code, assertion=assertion)).status(finding) is status


def test_a_kind_of_it_answered_no_denies_nothing(engine):
    asked = entry("SNOMED", "68815009", Kind.SIGN, value=Code("SNOMED", "373067005"))
    assert read(engine, asked).status("systemic_lupus_erythematosus") is UNKNOWN


@pytest.mark.parametrize(
    ("system", "status"), [("RXNORM", PRESENT), ("urn:of-the-house", UNKNOWN)], ids=["RxNorm", "the house"]
)
def test_a_product_that_is_not_listed_is_known_by_its_name(engine, system, status):
    taken = entry(system, "9999999", Kind.MEDICATION, "Warfarin Sodium 5 MG Oral Tablet")
    assert read(engine, taken).status("drug_vitamin_k_antagonist") is status


@pytest.mark.parametrize(
    ("drug", "status"), [("drug_systemic_corticosteroid", UNKNOWN), ("drug_triamcinolone", PRESENT)]
)
def test_what_is_put_on_a_place_is_not_taken(engine, drug, status):
    given = entry("calcinosis", drug, Kind.MEDICATION, qualifiers=(LOCALLY,))
    assert read(engine, given).status(drug) is status


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "status"),
    [
        ("1:640", PRESENT),
        ("1/160", PRESENT),
        (">=1:320", PRESENT),
        ("1:80", ABSENT),
        ("<1:40", ABSENT),
        (">1:80", UNKNOWN),
        ("1:640 in 2019 or so", UNKNOWN),
    ],
)
def test_a_titre_is_the_number_behind_its_colon(engine, written, status):
    assert read(engine, result("ana", written)).status("ana_positive") is status


def test_a_titre_of_what_has_none_says_nothing(engine):
    assert "serum_calcium_total" not in read(engine, result("serum_calcium_total", "1:640")).measured


def test_a_titre_at_a_panel_is_that_of_no_member(engine):
    found = read(engine, result("panel_autoantibodies", "1:640", interpretation="negative"))
    assert found.status("anticentromere") is ABSENT
    assert found.measured["ana"].value is None


@pytest.mark.parametrize(
    ("between", "status"),
    [
        (Range(11.0, 12.0, "mg/dL"), PRESENT),
        (Range(2.9, 3.1, "mmol/L"), PRESENT),
        (Range(9.0, 10.0, "mg/dL"), ABSENT),
        (Range(10.0, 12.0, "mg/dL"), UNKNOWN),
        (Range(12.0, 11.0, "mg/dL"), UNKNOWN),  # nothing lies between
        (Range(11.0, None, "mg/dL"), UNKNOWN),
        (Range(11.0, 120.0, "mg/dL"), UNKNOWN),  # one end cannot be
        (Range(11.0, 12.0), UNKNOWN),  # of no unit
        (Range(11.0, 12.0, "mm[Hg]"), UNKNOWN),
    ],
    ids=str,
)
def test_a_value_between_two_numbers_decides_where_all_of_them_do(engine, between, status):
    assert read(engine, result("serum_calcium_total", between)).status("hypercalcaemia") is status


@pytest.mark.parametrize(
    ("number", "status"), [(2.9, PRESENT), (2.4, ABSENT), (12.0, PRESENT), (4.5, UNKNOWN)]
)
def test_a_unit_that_is_inferred_is_as_good_as_a_written_one(engine, knowledge, number, status):
    """4.5 is possible in mg/dL and in mmol/L, so nothing is inferred."""
    record = Record(
        format="case", patient=ADULT, observations=(result("serum_calcium_total", Quantity(number)),)
    )
    assert read(engine, *with_units(record, knowledge).observations).status("hypercalcaemia") is status


# -- a number and the flag beside it --------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (Quantity(12.0, "mm[Hg]"), UNKNOWN),  # a flag of another measure
        (Quantity(120.0, "mg/dL"), UNKNOWN),  # a number that cannot be
        (Range(12.0, 13.0, "mm[Hg]"), UNKNOWN),
        (Quantity(12.0), PRESENT),  # of no unit: the flag counts
        (Quantity(12.0, " "), PRESENT),
        (None, PRESENT),
    ],
    ids=str,
)
def test_a_flag_counts_where_only_the_unit_of_its_number_is_missing(engine, value, status):
    seen = result("serum_calcium_total", value, interpretation="high")
    assert read(engine, seen).status("hypercalcaemia") is status


@pytest.mark.parametrize(
    ("number", "flag", "high", "low"),
    [
        (12.0, "high", PRESENT, ABSENT),
        (12.0, "low", UNKNOWN, UNKNOWN),
        (7.0, "high", UNKNOWN, UNKNOWN),
        (10.9, "normal", ABSENT, ABSENT),  # of a laboratory with a wider range
        (11.9, "normal", ABSENT, ABSENT),
        (15.5, "normal", PRESENT, ABSENT),  # beyond 14 mg/dL, which no range moves
        (15.7, "normal", UNKNOWN, UNKNOWN),  # half as much again as the limit
        (5.7, "normal", ABSENT, ABSENT),
        (5.6, "normal", UNKNOWN, UNKNOWN),
        (9.4, "high", PRESENT, ABSENT),
    ],
)
def test_a_value_and_a_flag_that_exclude_each_other_say_nothing(engine, number, flag, high, low):
    found = read(engine, result("serum_calcium_total", Quantity(number, "mg/dL"), interpretation=flag))
    assert (found.status("hypercalcaemia"), found.status("hypocalcaemia")) == (high, low)


def test_nor_does_an_older_value_count_in_their_place(engine):
    older = result("serum_calcium_total", Quantity(9.4, "mg/dL"))
    newer = result("serum_calcium_total", Quantity(12.0, "mg/dL"), 2, interpretation="low")
    found = read(engine, older, newer)
    assert found.status("hypercalcaemia") is UNKNOWN
    assert found.measured["serum_calcium_total"].value is None


def test_nothing_is_computed_from_them(engine):
    calcium = result("serum_calcium_total", Quantity(12.0, "mg/dL"), interpretation="low")
    found = read(engine, calcium, result("serum_phosphate", Quantity(4.0, "mg/dL")))
    assert "ca_p_product" not in found.measured


def test_a_range_of_its_own_decides_by_itself(engine):
    own = Range(12.5, 14.0, "mg/dL")
    seen = result("serum_calcium_total", Quantity(12.0, "mg/dL"), interpretation="low", reference=own)
    assert read(engine, seen).status("hypocalcaemia") is PRESENT


@pytest.mark.parametrize(
    ("value", "own", "status"),
    [
        (Quantity(1.7, "mmol/L"), Range(1.15, 1.30, "mmol/L"), PRESENT),
        (Quantity(1.7, "mmol/L"), None, PRESENT),
        # Total calcium under the code of the ionised: no laboratory calls that normal.
        (Quantity(2.39, "mmol/L"), Range(2.25, 2.65, "mmol/L"), UNKNOWN),
        (Quantity(1.25, "mmol/L"), Range(1.10, 1.35, "mmol/L"), ABSENT),
    ],
)
def test_a_range_that_calls_normal_what_is_so_nowhere_shows_another_measure(engine, value, own, status):
    found = read(engine, result("calcium_ionized", value, reference=own))
    assert found.status("ionised_calcium_over_1_6") is status
    assert found.status("hypercalcaemia") in (status, UNKNOWN)
