"""Every finding shows what decided it: the places of the record, their words and what each says."""

from __future__ import annotations

from datetime import datetime
from math import inf

import pytest
from msgspec.structs import replace

from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import UNDECIDED as UNSAID
from calcinosis.model import (
    Assertion,
    Code,
    Evidence,
    Findings,
    Ignored,
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
PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN
BY_FLAG, BY_RANGE = "flag of the record", "reference range of the record"
BY_FALLBACK = "fallback range of the knowledge base"
DISAGREE = "conflicting: the record's flag and its own range disagree"
UNDECIDED = "the value is given as a bound that does not decide"


@pytest.fixture
def knowledge() -> Knowledge:
    """Indexed anew for each test, so that each tests how it is indexed as well."""
    return Knowledge(load().contents)


def said(name: str, assertion: Assertion = Assertion.AFFIRMED, place: str = "note:1", **told) -> Observation:
    codes = (Code("calcinosis", name),)
    return Observation(source=place, text=name, kind=Kind.CONDITION, codes=codes, assertion=assertion, **told)


def measured(name: str, value, day: int = 1, word: str = "", **told) -> Observation:
    return Observation(
        source=f"lab:{name}-{day}",
        text=f"{name} {day}",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", name),),
        value=value,
        interpretation=word,
        effective=Moment.instant(datetime(2025, 12, day)),
        **told,
    )


def both(
    knowledge, *observations: Observation, patient: Patient = WOMAN
) -> tuple[Findings, tuple[Ignored, ...]]:
    record = Record(format="case", patient=patient, observations=observations)
    return findings_of(record, knowledge=knowledge, as_of=AS_OF)


def read(knowledge, *observations: Observation, patient: Patient = WOMAN) -> Findings:
    return both(knowledge, *observations, patient=patient)[0]


def left_out(knowledge, *observations: Observation) -> list[str]:
    return [one.why for one in both(knowledge, *observations)[1]]


def shown(finding) -> list[tuple[str, Status]]:
    return [(one.source, one.status) for one in finding.evidence]


def on(day: int) -> Moment:
    return Moment.instant(datetime(2025, 12, day))


# -- age and sex ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("sex", "finding"), [("female", "sex_female"), ("male", "sex_male")])
def test_the_sex_is_the_patients(knowledge, sex, finding):
    found = read(knowledge, patient=Patient(sex=sex)).by_id[finding]
    assert found.evidence == (Evidence("Patient.sex", sex, None, PRESENT),)


@pytest.mark.parametrize(
    ("years", "words"),
    [(54.0, "54 years"), (0.5, "0.5 years"), (17.99726, "18 years"), (2.12345, "2.123 years")],
)
def test_the_age_is_the_patients_and_told_in_years(knowledge, years, words):
    found = read(knowledge, patient=Patient(age_years=years)).measured["age_years"]
    assert (found.value, found.unit) == (years, "a")
    assert found.evidence == (Evidence("Patient.age", words, None, PRESENT),)


def test_of_whom_neither_is_known_nothing_is_said(knowledge):
    found = read(knowledge, patient=Patient())
    assert "age_years" not in found.measured
    assert {"sex_female", "sex_male", "age_under_18"}.isdisjoint(found.by_id)


# -- what is said ---------------------------------------------------------------------------------


def test_what_is_said_shows_each_place_that_counted(knowledge):
    found = read(knowledge, said("gangrene"), said("gangrene", place="note:2"))
    assert shown(found.by_id["gangrene"]) == [("note:1", PRESENT), ("note:2", PRESENT)]


def test_evidence_has_the_words_of_the_record_and_their_date(knowledge):
    found = read(knowledge, said("gangrene", effective=on(3))).by_id["gangrene"]
    assert found.evidence == (Evidence("note:1", "gangrene", on(3), PRESENT),)
    assert (found.reason, found.derived) == ("", "")


def test_what_is_said_at_one_time_of_several_sites_is_of_all_of_them_once(knowledge):
    found = read(
        knowledge,
        said("calcinosis_stated", sites=("site_elbow", "site_knee"), sides=("left",)),
        said("calcinosis_stated", place="note:2", sites=("site_knee", "site_thigh"), sides=("left", "right")),
    ).by_id["calcinosis_stated"]
    assert found.sites == ("site_elbow", "site_knee", "site_thigh")
    assert found.sides == ("left", "right")


def test_what_is_said_and_denied_at_one_time_is_conflicting_and_shows_both(knowledge):
    found = read(knowledge, said("gangrene"), said("gangrene", Assertion.NEGATED, "note:2")).by_id["gangrene"]
    assert (found.status, found.reason) == (UNKNOWN, "conflicting")
    assert shown(found) == [("note:1", PRESENT), ("note:2", ABSENT)]


def test_what_is_doubtful_is_uncertain_in_the_record(knowledge):
    found = read(knowledge, said("gangrene", Assertion.UNCERTAIN)).by_id["gangrene"]
    assert (found.status, found.reason) == (UNKNOWN, "uncertain in the record")
    assert shown(found) == [("note:1", UNKNOWN)]


def test_where_a_statement_says_itself_why_it_decides_nothing_that_is_the_reason(knowledge):
    own = said(
        "gangrene",
        Assertion.UNCERTAIN,
        "note:2",
        qualifiers=(("laterality", "left"), (UNSAID, "by its size alone")),
    )
    found = read(knowledge, said("gangrene", Assertion.UNCERTAIN), own).by_id["gangrene"]
    assert (found.status, found.reason) == (UNKNOWN, "by its size alone")
    definite = read(knowledge, said("gangrene", qualifiers=((UNSAID, "by its size alone"),))).by_id[
        "gangrene"
    ]
    assert (definite.status, definite.reason) == (PRESENT, "")


def test_what_follows_names_what_it_follows_from_with_its_evidence(knowledge):
    found = read(knowledge, said("limited_systemic_sclerosis"))
    implied = found.by_id["systemic_sclerosis"]
    assert (implied.status, implied.reason) == (PRESENT, "follows from limited_systemic_sclerosis")
    assert implied.derived == "limited_systemic_sclerosis"
    assert implied.evidence == found.by_id["limited_systemic_sclerosis"].evidence


def test_what_is_said_of_it_as_well_stands_with_its_own_evidence(knowledge):
    found = read(knowledge, said("systemic_sclerosis"), said("limited_systemic_sclerosis", place="note:2"))
    whole = found.by_id["systemic_sclerosis"]
    assert (whole.reason, whole.derived, shown(whole)) == ("", "", [("note:1", PRESENT)])


def test_each_finding_and_value_is_known_by_its_id(knowledge):
    found = read(
        knowledge, said("limited_systemic_sclerosis"), measured("serum_phosphate", Quantity(8.4, "mg/dL"))
    )
    unusable = read(knowledge, measured("serum_phosphate", Quantity(8.4, "furlong")))
    for known in (found.by_id, found.measured, unusable.measured):
        assert known
        assert {name: one.id for name, one in known.items()} == {name: name for name in known}


def test_what_is_excluded_names_what_excludes_it(knowledge):
    denied = read(knowledge, said("systemic_sclerosis", Assertion.NEGATED)).by_id[
        "limited_systemic_sclerosis"
    ]
    assert (denied.status, denied.reason) == (ABSENT, "follows from systemic_sclerosis")
    rival = read(knowledge).by_id["sex_male"]
    assert (rival.status, rival.reason, rival.derived) == (ABSENT, "follows from sex_female", "sex_female")
    assert shown(rival) == [("Patient.sex", PRESENT)]


# -- what is measured -----------------------------------------------------------------------------


def test_a_value_shows_where_it_stands_and_what_it_says_of_the_finding(knowledge):
    found = read(knowledge, measured("serum_phosphate", Quantity(8.4, "mg/dL")))
    assert shown(found.by_id["hyperphosphataemia"]) == [("lab:serum_phosphate-1", PRESENT)]
    assert shown(found.by_id["hypophosphataemia"]) == [("lab:serum_phosphate-1", ABSENT)]
    assert shown(found.measured["serum_phosphate"]) == [("lab:serum_phosphate-1", PRESENT)]


def test_earlier_values_are_its_history(knowledge):
    older, newer = (measured("serum_phosphate", Quantity(n, "mg/dL"), day) for n, day in ((5.0, 2), (8.4, 9)))
    found = read(knowledge, newer, older).measured["serum_phosphate"]
    assert (found.value, [value for _, value in found.history]) == (8.4, [5.0])
    assert shown(found) == [("lab:serum_phosphate-9", PRESENT)]


def test_the_history_has_the_date_of_each_number_the_newest_first(knowledge):
    words = measured("serum_phosphate", None, 4, word="high")
    numbers = [
        measured("serum_phosphate", Quantity(n, "mg/dL"), day) for n, day in ((5.0, 2), (6.0, 3), (8.4, 9))
    ]
    found = read(knowledge, *numbers, words).measured["serum_phosphate"]
    assert found.history == ((on(3), 6.0), (on(2), 5.0))


AT_LEAST_12, AT_MOST_10 = Interval(12.0, inf), Interval(-inf, 10.0)


@pytest.mark.parametrize(
    ("value", "more", "number", "interval", "unit", "judged", "reason"),
    [
        (Quantity(12.0, "mg/dL"), {"word": "high"}, 12.0, None, "mg/dL", "high", BY_FLAG),
        (Quantity(12.0, "mg/dL"), {"reference": Range(8.5, 10.5)}, 12.0, None, "mg/dL", "high", BY_RANGE),
        (Quantity(12.0, "mg/dL"), {}, 12.0, None, "mg/dL", "high", BY_FALLBACK),
        (Quantity(3.0, "mmol/L"), {}, 12.0234, None, "mg/dL", "high", BY_FALLBACK),
        (Quantity(12.0, "mg/dL", ">"), {}, 12.0, AT_LEAST_12, "mg/dL", "high", BY_FALLBACK),
        (Range(11.0, 12.0, "mg/dL"), {}, None, Interval(11.0, 12.0), "mg/dL", "high", BY_FALLBACK),
        (Quantity(10.0, "mg/dL", "<"), {}, 10.0, AT_MOST_10, "mg/dL", UNDECIDED, UNDECIDED),
        (
            Quantity(12.0, "mg/dL"),
            {"word": "high", "reference": Range(8.5, 12.5)},
            *(12.0, None, "mg/dL", DISAGREE, DISAGREE),
        ),
        (None, {"word": "high"}, None, None, "", "high", BY_FLAG),
    ],
)
def test_a_value_is_told_with_what_it_may_be_and_with_whose_range_judged_it(
    knowledge, value, more, number, interval, unit, judged, reason
):
    found = read(knowledge, measured("serum_calcium_total", value, **more))
    analyte, finding = found.measured["serum_calcium_total"], found.by_id["hypercalcaemia"]
    for one in (analyte, finding):
        assert one.value == (None if number is None else pytest.approx(number, abs=1e-3))
        assert (one.interval, one.unit) == (interval, unit)
    assert (analyte.reason, finding.reason) == (judged, reason)


def test_where_nothing_is_normal_for_the_age_it_says_so(knowledge):
    found = read(knowledge, measured("serum_calcium_total", Quantity(11.0, "mg/dL")), patient=Patient())
    why = "no reference range for this age and sex"
    assert (found.measured["serum_calcium_total"].reason, found.by_id["hypercalcaemia"].reason) == (why, why)


def test_a_limit_decides_by_itself_and_needs_no_reason(knowledge):
    found = read(knowledge, measured("serum_calcium_total", Quantity(13.0, "mg/dL"))).by_id
    assert (found["hypercalcaemia_over_3_0"].status, found["hypercalcaemia_over_3_0"].reason) == (PRESENT, "")
    assert (found["hypercalcaemia_over_3_5"].status, found["hypercalcaemia_over_3_5"].reason) == (ABSENT, "")


@pytest.mark.parametrize(("years", "status"), [(54.0, PRESENT), (12.0, ABSENT)])
def test_of_limits_for_several_ages_the_one_of_the_patient_is_shown(knowledge, years, status):
    """A product of 60 mg2/dL2 is high from 13 years on."""
    product = measured("ca_p_product", Quantity(60.0, "mg2/dL2"))
    found = read(knowledge, product, patient=Patient(age_years=years)).by_id["ca_p_product_high"]
    assert (found.status, found.reason) == (status, "")
    assert shown(found) == [("lab:ca_p_product-1", status)]


def test_without_an_age_such_a_limit_is_open_and_the_value_shown_once(knowledge):
    product = measured("ca_p_product", Quantity(60.0, "mg2/dL2"))
    found = read(knowledge, product, patient=Patient()).by_id["ca_p_product_high"]
    assert shown(found) == [("lab:ca_p_product-1", UNKNOWN)]


def test_values_of_one_time_that_disagree_are_all_shown_with_what_each_says(knowledge):
    one = measured("serum_phosphate", Quantity(8.4, "mg/dL"))
    other = replace(measured("serum_phosphate", Quantity(3.4, "mg/dL")), source="lab:other")
    found = read(knowledge, one, other)
    high = found.by_id["hyperphosphataemia"]
    assert (high.status, high.reason) == (UNKNOWN, "conflicting")
    assert shown(high) == [("lab:other", ABSENT), ("lab:serum_phosphate-1", PRESENT)]
    both_ = found.measured["serum_phosphate"]
    assert shown(both_) == [("lab:other", PRESENT), ("lab:serum_phosphate-1", PRESENT)]
    assert both_.history == ()


def test_of_values_of_one_time_one_that_leaves_it_open_is_shown_beside_that_which_decides(knowledge):
    one = measured("serum_phosphate", Quantity(8.4, "mg/dL"))
    open_ = replace(measured("serum_phosphate", Quantity(8.4, "mg/dL", "<")), source="lab:bound")
    found = read(knowledge, one, open_).by_id["hyperphosphataemia"]
    assert found.status is PRESENT
    assert shown(found) == [("lab:bound", UNKNOWN), ("lab:serum_phosphate-1", PRESENT)]


# -- what measures nothing ------------------------------------------------------------------------


@pytest.mark.parametrize(
    "told", [{"family": True}, {"assertion": Assertion.NEGATED}, {"kind": Kind.ALLERGY}], ids=str
)
def test_what_was_measured_in_a_relative_or_not_at_all_is_no_value(knowledge, told):
    seen = replace(measured("serum_phosphate", Quantity(8.4, "mg/dL")), **told)
    found = read(knowledge, seen)
    assert "serum_phosphate" not in found.measured
    assert "hyperphosphataemia" not in found.by_id


# -- words beside values --------------------------------------------------------------------------


def test_words_that_a_value_bears_out_stand_by_themselves(knowledge):
    found = read(
        knowledge, said("hyperphosphataemia"), measured("serum_phosphate", Quantity(8.4, "mg/dL"))
    ).by_id["hyperphosphataemia"]
    assert (found.status, found.reason, shown(found)) == (PRESENT, "", [("note:1", PRESENT)])


def test_a_value_decides_where_the_words_are_doubtful(knowledge):
    found = read(
        knowledge,
        said("hyperphosphataemia", Assertion.UNCERTAIN),
        measured("serum_phosphate", Quantity(8.4, "mg/dL")),
    ).by_id["hyperphosphataemia"]
    assert (found.status, found.value, found.reason) == (PRESENT, 8.4, BY_FALLBACK)
    assert shown(found) == [("lab:serum_phosphate-1", PRESENT)]


def test_words_decide_where_the_value_leaves_it_open(knowledge):
    found = read(
        knowledge, said("hyperphosphataemia"), measured("serum_phosphate", Quantity(8.4, "mg/dL", "<"))
    ).by_id["hyperphosphataemia"]
    assert (found.status, shown(found)) == (PRESENT, [("note:1", PRESENT)])


SCREEN = "panel_autoantibodies"


def test_what_a_panel_says_stands_behind_what_is_said_of_the_finding_itself(knowledge):
    found = read(knowledge, measured(SCREEN, None, word="negative"), said("anticentromere")).by_id
    assert (found["anticentromere"].status, found["anticentromere"].reason) == (PRESENT, "")
    assert shown(found["anticentromere"]) == [("note:1", PRESENT), (f"lab:{SCREEN}-1", ABSENT)]


def test_what_a_panel_says_stands_behind_the_value_of_its_member(knowledge):
    member = measured("anticentromere_antibody", None, word="positive")
    found = read(knowledge, measured(SCREEN, None, word="negative"), member)
    places = ["lab:anticentromere_antibody-1", f"lab:{SCREEN}-1"]
    finding, analyte = found.by_id["anticentromere"], found.measured["anticentromere_antibody"]
    assert shown(finding) == list(zip(places, (PRESENT, ABSENT), strict=True))
    assert shown(analyte) == list(zip(places, (PRESENT, PRESENT), strict=True))


def test_a_panel_alone_is_shown_once(knowledge):
    found = read(knowledge, measured(SCREEN, None, word="negative"))
    assert shown(found.by_id["anticentromere"]) == [(f"lab:{SCREEN}-1", ABSENT)]
    assert shown(found.measured["anticentromere_antibody"]) == [(f"lab:{SCREEN}-1", PRESENT)]
    assert found.by_id["anticentromere"].reason == BY_FLAG


def test_a_panel_that_is_too_old_says_nothing_of_its_members(knowledge):
    old = replace(
        measured("panel_electrolytes", None, word="normal"), effective=Moment.instant(datetime(2024, 1, 1))
    )
    assert "serum_potassium" not in read(knowledge, old).measured


def test_words_and_a_value_that_disagree_both_stand_there(knowledge):
    found = read(
        knowledge,
        said("hyperphosphataemia", Assertion.NEGATED),
        measured("serum_phosphate", Quantity(8.4, "mg/dL")),
    ).by_id["hyperphosphataemia"]
    assert (found.status, found.reason, found.value) == (UNKNOWN, "conflicting", 8.4)
    assert shown(found) == [("note:1", ABSENT), ("lab:serum_phosphate-1", PRESENT)]


def test_a_value_that_cannot_be_used_shows_where_it_stands(knowledge):
    found = read(knowledge, measured("serum_phosphate", Quantity(4.0, "furlong"))).measured["serum_phosphate"]
    assert (found.status, found.reason) == (UNKNOWN, "recorded, but not usable")
    assert (found.value, found.unit) == (None, "")
    assert shown(found) == [("lab:serum_phosphate-1", UNKNOWN)]


def test_of_several_that_cannot_be_used_the_last_is_shown(knowledge):
    unusable = [measured("serum_phosphate", Quantity(4.0, "furlong"), day) for day in (2, 3)]
    found = read(knowledge, *unusable).measured["serum_phosphate"]
    assert shown(found) == [("lab:serum_phosphate-3", UNKNOWN)]


def test_neither_can_a_value_and_a_flag_that_exclude_each_other(knowledge):
    """Nor is an older value told in their place; it stays in the record."""
    older = measured("serum_phosphate", Quantity(4.0, "mg/dL"))
    seen = measured("serum_phosphate", Quantity(30.0, "mg/dL"), 2, word="low")
    found = read(knowledge, older, seen)
    value, finding = found.measured["serum_phosphate"], found.by_id["hyperphosphataemia"]
    assert (value.status, value.value, value.reason) == (UNKNOWN, None, "recorded, but not usable")
    assert (finding.status, finding.value, finding.reason) == (UNKNOWN, None, "no value")
    assert shown(value) == shown(finding) == [("lab:serum_phosphate-2", UNKNOWN)]


def test_nor_is_such_a_value_part_of_the_history_of_a_later_one(knowledge):
    excluded = measured("serum_phosphate", Quantity(30.0, "mg/dL"), word="low")
    found = read(knowledge, excluded, measured("serum_phosphate", Quantity(4.0, "mg/dL"), 2))
    assert (found.measured["serum_phosphate"].value, found.measured["serum_phosphate"].history) == (4.0, ())


def test_what_excludes_each_other_is_named_with_what_is_beside_it(knowledge):
    (flagged,) = both(knowledge, measured("serum_phosphate", Quantity(30.0, "mg/dL"), word="low"))[1]
    assert (flagged.where, flagged.what) == ("lab:serum_phosphate-1", "serum_phosphate 1")
    assert flagged.why == (
        "Phosphate: the value and 'low' beside it cannot both be right; check number, unit and substance"
    )
    own = Range(2.25, 2.65, "mmol/L")
    (ranged,) = left_out(knowledge, measured("calcium_ionized", Quantity(2.39, "mmol/L"), reference=own))
    assert "the value and the range beside it cannot both be right" in ranged


def test_a_number_that_is_none_is_named_with_its_analyte(knowledge):
    found = left_out(knowledge, measured("serum_phosphate", Quantity(float("inf"), "mg/dL")))
    assert any(why.startswith("Phosphate is not a finite number") for why in found)


def test_a_drug_ends_before_the_day_of_the_consultation_and_not_on_it(knowledge):
    def taken(until: Moment) -> Status:
        drug = Observation(
            source="m:1",
            text="warfarin",
            kind=Kind.MEDICATION,
            codes=(Code("calcinosis", "drug_vitamin_k_antagonist"),),
            until=until,
        )
        return read(knowledge, drug).status("drug_vitamin_k_antagonist")

    assert taken(Moment.instant(AS_OF)) is PRESENT
    assert taken(Moment.instant(datetime(2025, 12, 31))) is not PRESENT
