"""What decides a finding: the limits of a value, a word beside it, one of several analytes."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import (
    Code,
    Finding,
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

AS_OF = datetime(2026, 1, 1)
WOMAN = Patient(age_years=54.0, sex="female")
PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN
IONISED, CORRECTED, TOTAL = "calcium_ionized", "serum_calcium_corrected", "serum_calcium_total"


@pytest.fixture
def knowledge() -> Knowledge:
    """Indexed anew for each test, so that each tests how it is indexed as well."""
    return Knowledge(load().contents)


def value(analyte: str, written, day: int | None = 20, word: str = "", **told) -> Observation:
    return Observation(
        source=f"lab:{analyte}",
        text=analyte,
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", analyte),),
        value=written,
        interpretation=word,
        effective=None if day is None else Moment.instant(datetime(2025, 12, day)),
        **told,
    )


def calcium(analyte: str, number: float, day: int | None = 20, comparator: str = "") -> Observation:
    return value(analyte, Quantity(number, "mg/dL", comparator), day)


def read(knowledge: Knowledge, *seen: Observation, patient: Patient = WOMAN) -> Findings:
    record = Record(format="case", patient=patient, observations=seen)
    return findings_of(record, knowledge=knowledge, as_of=AS_OF)[0]


def decided_by(found: Finding) -> set[str]:
    return {one.source.removeprefix("lab:") for one in found.evidence}


# -- low, normal, high ----------------------------------------------------------------------------

OPEN = "the value is given as a bound that does not decide"


@pytest.mark.parametrize(
    ("number", "comparator", "judged"),
    [
        (8.5, "", "normal"),  # the limits themselves are normal: 8.5 to 10.4 mg/dL
        (10.4, "", "normal"),
        (8.49, "", "low"),
        (10.41, "", "high"),
        (8.4, "<", "low"),
        (8.5, "<", OPEN),
        (10.4, "<", OPEN),
        (10.4, ">", OPEN),
        (10.5, ">", "high"),
        (8.5, ">", OPEN),
    ],
)
def test_a_value_is_judged_where_all_that_it_may_be_agrees(knowledge, number, comparator, judged):
    found = read(knowledge, calcium(TOTAL, number, comparator=comparator)).measured[TOTAL]
    assert found.reason == judged


@pytest.mark.parametrize(
    ("own", "judged"),
    [
        (Range(0.0, 5.0), "normal"),  # nothing is below zero
        (Range(None, 5.0), "normal"),
        (Range(1.0, 5.0), OPEN),
        (Range(None, 2.0), OPEN),
        (Range(3.0, None), OPEN),
        (Range(3.5, None), "low"),
    ],
    ids=str,
)
def test_less_than_a_number_is_normal_where_the_range_begins_at_zero(knowledge, own, judged):
    seen = value("rheumatoid_factor", Quantity(3.0, "", "<"), reference=own)
    assert read(knowledge, seen).measured["rheumatoid_factor"].reason == judged


@pytest.mark.parametrize(
    ("word", "high", "low"),
    [
        ("high", PRESENT, ABSENT),
        ("positive", PRESENT, ABSENT),
        ("normal", ABSENT, ABSENT),
        ("negative", ABSENT, ABSENT),
        ("low", ABSENT, PRESENT),
    ],
)
def test_a_word_judges_what_has_no_number(knowledge, word, high, low):
    found = read(knowledge, value(TOTAL, None, word=word))
    assert (found.status("hypercalcaemia"), found.status("hypocalcaemia")) == (high, low)


@pytest.mark.parametrize(("truth", "status"), [(True, PRESENT), (False, ABSENT)])
def test_so_does_a_truth_value(knowledge, truth, status):
    found = read(knowledge, value("anticentromere_antibody", truth))
    assert found.status("anticentromere") is status
    assert found.measured["anticentromere_antibody"].reason == ("high" if truth else "normal")


# -- a word and a limit ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("analyte", "word", "finding", "status"),
    [
        # 1,000 and 300 pg/mL; 15 to 65 is normal.
        ("pth_intact", "normal", "pth_over_1000", ABSENT),
        ("pth_intact", "low", "pth_over_1000", ABSENT),
        ("pth_intact", "high", "pth_over_1000", UNKNOWN),
        ("pth_intact", "normal", "pth_below_300", UNKNOWN),
        ("pth_intact", "high", "pth_below_300", UNKNOWN),
        ("pth_intact", "low", "pth_below_300", UNKNOWN),
        (TOTAL, "normal", "hypercalcaemia_over_3_0", ABSENT),
        (TOTAL, "high", "hypercalcaemia_over_3_0", UNKNOWN),
        # What has no range is normal within its limits.
        ("egfr", "normal", "egfr_below_60", ABSENT),
        ("egfr", "high", "egfr_below_60", ABSENT),
        ("egfr", "low", "egfr_below_60", UNKNOWN),
        ("aluminium", "normal", "aluminium_high", ABSENT),
        ("aluminium", "low", "aluminium_high", ABSENT),
        ("aluminium", "high", "aluminium_high", UNKNOWN),
        ("pain_score", "normal", "pain_severe", ABSENT),
        ("pain_score", "high", "pain_severe", UNKNOWN),
        # Between two limits no word decides.
        ("lesion_size", "normal", "size_3_9mm", UNKNOWN),
        ("lesion_size", "high", "size_3_9mm", UNKNOWN),
        ("lesion_size", "low", "size_3_9mm", UNKNOWN),
    ],
)
def test_a_word_decides_a_limit_only_where_it_must_lie_on_one_side(knowledge, analyte, word, finding, status):
    assert read(knowledge, value(analyte, None, word=word)).status(finding) is status


def limited(knowledge: Knowledge, analyte: str, finding: str, limits: dict[str, float]) -> Knowledge:
    """The knowledge base with this limit of the analyte alone."""
    held = knowledge.contents
    entry = held.analytes[analyte]
    none = dict.fromkeys(("above", "at_least", "below", "at_most"))
    (row, *_) = load().contents.analytes["pth_intact"].thresholds
    row = replace(row, finding=finding, **{**none, **limits}, unit=entry.unit)
    return Knowledge(replace(held, analytes={**held.analytes, analyte: replace(entry, thresholds=(row,))}))


@pytest.mark.parametrize(
    ("analyte", "word", "limits", "status"),
    [
        # 15 to 65 pg/mL is normal.
        ("pth_intact", "normal", {"above": 65.0}, ABSENT),
        ("pth_intact", "normal", {"at_least": 70.0}, ABSENT),
        ("pth_intact", "normal", {"above": 64.0}, UNKNOWN),
        ("pth_intact", "normal", {"below": 15.0}, ABSENT),
        ("pth_intact", "normal", {"at_most": 10.0}, ABSENT),
        ("pth_intact", "normal", {"below": 16.0}, UNKNOWN),
        ("pth_intact", "high", {"below": 15.0}, ABSENT),
        ("pth_intact", "low", {"below": 15.0}, UNKNOWN),
        ("pth_intact", "normal", {"above": 70.0, "below": 80.0}, UNKNOWN),
        # From 40 mg/dL on, and up to 200: on the side without an end any normal value may be beyond a limit.
        ("hdl_cholesterol", "normal", {"above": 80.0}, UNKNOWN),
        ("hdl_cholesterol", "normal", {"below": 35.0}, ABSENT),
        ("total_cholesterol", "normal", {"below": 100.0}, UNKNOWN),
        ("total_cholesterol", "normal", {"above": 300.0}, ABSENT),
    ],
)
def test_a_word_decides_a_limit_outside_the_normal_range(knowledge, analyte, word, limits, status):
    other = limited(knowledge, analyte, "pth_over_1000", limits)
    assert read(other, value(analyte, None, word=word)).status("pth_over_1000") is status


def test_what_is_normal_far_from_a_range_with_one_end_is_so_in_no_laboratory(knowledge):
    """Cholesterol is normal up to 200 mg/dL."""
    for number, used in ((299.0, True), (301.0, False), (60.0, True)):
        seen = value("total_cholesterol", Quantity(number, "mg/dL"), word="normal")
        assert (read(knowledge, seen).measured["total_cholesterol"].value is not None) is used


def test_without_an_age_a_limit_must_lie_outside_every_range(knowledge):
    """3.0 mmol/L of calcium is beyond the range of every age."""
    found = read(knowledge, value(TOTAL, None, word="normal"), patient=Patient())
    assert found.status("hypercalcaemia_over_3_0") is ABSENT


@pytest.mark.parametrize(
    ("years", "status"), [(17.9, UNKNOWN), (18.0, PRESENT), (54.0, PRESENT), (None, UNKNOWN)]
)
def test_a_limit_for_an_age_decides_at_that_age(knowledge, years, status):
    """A body mass index of 30 is obesity from 18 years on."""
    seen = value("body_mass_index", Quantity(31.0, "kg/m2"))
    assert read(knowledge, seen, patient=Patient(age_years=years)).status("obesity_history") is status


@pytest.mark.parametrize(
    ("years", "status"), [(0.0, ABSENT), (12.9, ABSENT), (13.0, PRESENT), (None, UNKNOWN)]
)
def test_limits_for_ages_that_meet_leave_no_age_out(knowledge, years, status):
    """A product of 60 mg2/dL2 is high from 13 years on."""
    seen = value("ca_p_product", Quantity(60.0, "mg2/dL2"))
    assert read(knowledge, seen, patient=Patient(age_years=years)).status("ca_p_product_high") is status


@pytest.mark.parametrize(("number", "status"), [(6.9, ABSENT), (7.0, PRESENT), (9.0, PRESENT)])
def test_a_limit_from_which_on_it_holds_is_within(knowledge, number, status):
    assert read(knowledge, value("pain_score", Quantity(number))).status("pain_severe") is status


# -- several analytes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "status", "by"),
    [
        ((calcium(IONISED, 6.0), calcium(CORRECTED, 9.4), calcium(TOTAL, 9.4)), PRESENT, IONISED),
        ((calcium(CORRECTED, 9.4), calcium(TOTAL, 12.0)), ABSENT, CORRECTED),
        ((calcium(TOTAL, 12.0),), PRESENT, TOTAL),
        # A bound that does not decide gives way to what does.
        ((calcium(IONISED, 4.0, comparator=">"), calcium(TOTAL, 12.0)), PRESENT, TOTAL),
        # So does one that is over a week older, but not what has no date.
        ((calcium(IONISED, 6.0, 13), calcium(TOTAL, 9.4, 20)), PRESENT, IONISED),
        ((calcium(IONISED, 6.0, 12), calcium(TOTAL, 9.4, 20)), ABSENT, TOTAL),
        ((calcium(IONISED, 6.0, None), calcium(TOTAL, 9.4, 20)), PRESENT, IONISED),
        ((calcium(IONISED, 6.0, 20), calcium(TOTAL, 9.4, None)), PRESENT, IONISED),
        # Where none decides the first in that order is shown.
        (
            (calcium(IONISED, 4.0, comparator=">"), calcium(TOTAL, 9.0, comparator=">")),
            *(UNKNOWN, IONISED),
        ),
    ],
)
def test_of_several_the_preferred_decides(knowledge, seen, status, by):
    """Ionised calcium before corrected before total, as `knowledge/findings` has it."""
    for given in (seen, seen[::-1]):
        found = read(knowledge, *given).by_id["hypercalcaemia"]
        assert (found.status, decided_by(found)) == (status, {by})


@pytest.mark.parametrize(
    ("seen", "by"),
    [
        ((calcium(IONISED, 6.0), calcium(CORRECTED, 9.4), calcium(TOTAL, 9.4)), TOTAL),
        ((calcium(IONISED, 6.0), calcium(CORRECTED, 9.4)), CORRECTED),
        ((calcium(IONISED, 4.0, comparator=">"), calcium(TOTAL, 9.0, comparator=">")), TOTAL),
    ],
)
def test_the_order_is_that_of_the_knowledge_and_not_of_the_names(knowledge, seen, by):
    terms = dict(knowledge.contents.findings)
    terms["hypercalcaemia"] = replace(terms["hypercalcaemia"], prefer=(TOTAL, CORRECTED, IONISED))
    other = Knowledge(replace(knowledge.contents, findings=terms))
    assert decided_by(read(other, *seen).by_id["hypercalcaemia"]) == {by}


def test_where_none_decides_one_that_contradicts_itself_is_shown(knowledge):
    """Of total calcium two values of one time disagree; ionised calcium is a bound that does not decide."""
    tied = [replace(calcium(TOTAL, number), id=str(number)) for number in (9.4, 12.0)]
    found = read(knowledge, calcium(IONISED, 4.0, comparator=">"), *tied).by_id["hypercalcaemia"]
    assert (found.status, found.reason, decided_by(found)) == (UNKNOWN, "conflicting", {TOTAL})


@pytest.mark.parametrize(
    ("urea", "nitrogen", "status", "by"),
    [
        ("high", "normal", PRESENT, "urea"),
        ("normal", "high", PRESENT, "blood_urea_nitrogen"),
        ("normal", "normal", ABSENT, "blood_urea_nitrogen"),
        ("high", "high", PRESENT, "blood_urea_nitrogen"),
    ],
)
def test_of_several_any_of_which_will_do_one_that_shows_it_decides(knowledge, urea, nitrogen, status, by):
    seen = [value("urea", None, word=urea), value("blood_urea_nitrogen", None, word=nitrogen)]
    for given in (seen, seen[::-1]):
        found = read(knowledge, *given).by_id["urea_high"]
        assert (found.status, decided_by(found)) == (status, {by})


def test_of_several_all_of_which_it_takes_one_that_lacks_it_decides(knowledge):
    """No finding of the vocabulary is of that kind now; one that is reads so."""
    terms = dict(knowledge.contents.findings)
    terms["urea_high"] = replace(terms["urea_high"], combine="all")
    other = Knowledge(replace(knowledge.contents, findings=terms))
    high, normal = value("urea", None, word="high"), value("blood_urea_nitrogen", None, word="normal")
    assert read(other, high, normal).status("urea_high") is ABSENT
    assert read(other, high).status("urea_high") is PRESENT


def test_a_panel_decides_where_no_analyte_does_by_itself(knowledge):
    panel = value("panel_renal_function", None, word="normal")
    bound = value("blood_urea_nitrogen", Quantity(10.0, "mg/dL", ">"))
    assert read(knowledge, panel).status("urea_high") is ABSENT
    assert read(knowledge, panel, value("urea", None, word="high")).status("urea_high") is PRESENT
    assert read(knowledge, panel, bound).status("urea_high") is ABSENT
