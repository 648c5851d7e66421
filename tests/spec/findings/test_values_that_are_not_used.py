"""A value that is not used is listed with its place, its words, the reason, and what would make it usable."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from calcinosis.findings.of_one import findings_of
from calcinosis.findings.quantities import Units
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import (
    Code,
    Findings,
    Ignored,
    Kind,
    Moment,
    Observation,
    Patient,
    Quantity,
    Range,
    Record,
    Status,
)
from calcinosis.records.moments import moment

AS_OF = datetime(2026, 1, 1)
CALCIUM, INR = "serum_calcium_total", "inr"


@pytest.fixture
def knowledge() -> Knowledge:
    """Indexed anew for each test, so that each tests how it is indexed as well."""
    return Knowledge(load().contents)


def value(analyte: str, written, when: str | None = "2025-12-28", **told) -> Observation:
    return Observation(
        source="Observation/1",
        text="as it stands there",
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", analyte),),
        value=written,
        effective=None if when is None else moment(when),
        **told,
    )


def both(knowledge: Knowledge, *seen: Observation) -> tuple[Findings, tuple[Ignored, ...]]:
    record = Record(format="case", patient=Patient(age_years=54.0, sex="female"), observations=seen)
    return findings_of(record, knowledge=knowledge, as_of=AS_OF)


def used(knowledge: Knowledge, analyte: str, written) -> float | None:
    found, ignored = both(knowledge, value(analyte, written))
    assert ignored == ()
    return found.measured[analyte].value


def left_out(knowledge: Knowledge, seen: Observation) -> str:
    found, (ignored,) = both(knowledge, seen)
    assert (ignored.where, ignored.what) == ("Observation/1", "as it stands there")
    analyte = found.measured[seen.codes[0].code]
    assert (analyte.status, analyte.value) == (Status.UNKNOWN, None)
    return ignored.why


NOT_USED = "the value is not used."


@pytest.mark.parametrize(
    ("analyte", "written", "why"),
    [
        (
            CALCIUM,
            Quantity(4.5),
            "Total calcium has no unit, and may be in mg/dL or mmol/L. Expected mg/dL or mmol/L."
            f' Add the unit, for example "mg/dL"; {NOT_USED}',
        ),
        (
            "crp",
            Quantity(5.0, " "),
            "C-reactive protein has no unit, and may be in mg/L or mg/dL. Expected mg/L or mg/dL."
            f' Add the unit, for example "mg/L"; {NOT_USED}',
        ),
        (
            "hemoglobin",
            Quantity(120.0),
            f'Haemoglobin has no unit. Expected g/L. Add the unit, for example "g/L"; {NOT_USED}',
        ),
        (
            "urine_calcium",
            Quantity(120.0),
            f'Urine calcium, 24 h has no unit, and may be in mg/(24.h) or mmol/(24.h). Expected mg/(24.h) or mmol/(24.h). Add the unit, for example "mg/(24.h)"; {NOT_USED}',
        ),
        (
            "serum_phosphate",
            Quantity(9.4, "mm[Hg]"),
            "unit 'mm[Hg]' does not measure Phosphate. Expected a unit like mg/dL.",
        ),
        (
            CALCIUM,
            Quantity(2.4, "g/dL"),
            "Total calcium in g/dL is outside what occurs in a patient. Expected 4 to 30 mg/dL."
            f" Check the number and its unit; {NOT_USED}",
        ),
        (
            INR,
            Quantity(99.0),
            "INR in no unit is outside what occurs in a patient. Expected 0.5 to 20."
            f" Check the number and its unit; {NOT_USED}",
        ),
        (
            INR,
            Quantity(2.4, "mg/dL"),
            "INR has no unit, and 'mg/dL' is written. Expected a number alone."
            f" Check what was measured; {NOT_USED}",
        ),
        (
            CALCIUM,
            Quantity(float("inf"), "mg/dL"),
            "Total calcium is not a finite number. Expected a number.",
        ),
        (
            CALCIUM,
            Range(12.0, 11.0, "mg/dL"),
            "Total calcium lies between no such two numbers. Expected the lower one first."
            f" Check what was measured; {NOT_USED}",
        ),
        (
            "body_temperature",
            Quantity(99.0, "[degF]"),
            "no factor leads from [degF] to Cel of Body temperature.",
        ),
    ],
)
def test_the_reason_says_what_would_make_it_usable(knowledge, analyte, written, why):
    assert left_out(knowledge, value(analyte, written)) == why


def test_a_value_that_the_record_lacks_is_listed_with_the_records_reason(knowledge):
    seen = value(CALCIUM, None, missing_reason="specimen haemolysed")
    assert left_out(knowledge, seen) == "no value: specimen haemolysed"


def test_a_flag_without_a_value_says_something_whatever_the_reason(knowledge):
    found, ignored = both(knowledge, value(CALCIUM, None, interpretation="high", missing_reason="unknown"))
    assert (found.status("hypercalcaemia"), ignored) == (Status.PRESENT, ())


# -- what is believed -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "comparator", "believed"),
    [
        (4.0, "", True),
        (30.0, "", True),
        (3.9, "", False),
        (30.1, "", False),
        (3.9, ">", True),  # at least that much
        (3.9, ">=", True),
        (30.1, ">", False),
        (3.9, "<", True),
        (30.1, "<", True),  # not more than that
        (30.1, "<=", True),
    ],
)
def test_a_bound_is_believed_where_what_it_leaves_occurs(knowledge, number, comparator, believed):
    """Calcium occurs from 4 to 30 mg/dL."""
    found, ignored = both(knowledge, value(CALCIUM, Quantity(number, "mg/dL", comparator)))
    assert (found.measured[CALCIUM].value, len(ignored)) == ((number, 0) if believed else (None, 1))


@pytest.mark.parametrize("unit", ["", " ", "1", " 1 ", "{ratio}", "{INR}", "{Score}"])
def test_a_ratio_has_no_unit_however_that_is_written(knowledge, unit):
    assert used(knowledge, INR, Quantity(2.4, unit)) == 2.4


def test_a_number_that_decides_nothing_may_have_any_unit(knowledge):
    """Of a rheumatoid factor the flag counts; its units are those of each kit."""
    seen = value("anticentromere_antibody", Quantity(80.0, "AU/mL"), interpretation="positive")
    found, ignored = both(knowledge, seen)
    assert (found.status("anticentromere"), ignored) == (Status.PRESENT, ())


def test_a_rate_is_understood_without_its_unit(knowledge):
    seen = value("heart_rate", Quantity(88.0), "2026-01-01")
    assert both(knowledge, seen)[0].measured["heart_rate"].value == 88.0


def test_a_value_between_equal_numbers_is_that_number(knowledge):
    found, ignored = both(knowledge, value(CALCIUM, Range(12.0, 12.0, "mg/dL")))
    assert (found.status("hypercalcaemia"), ignored) == (Status.PRESENT, ())


# -- the unit -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "unit", "canonical"),
    [
        (10.0, "mg/dL", 10.0),
        (10.0, "MG/DL", 10.0),
        (10.0, "mg%", 10.0),
        (2.5, "mmol/L", 10.0195),
        (100.0, "mg/L", 10.0),
        (0.1, "g/L", 10.0),  # of no list, by its dimension
    ],
)
def test_a_value_is_brought_to_the_unit_of_its_analyte(knowledge, number, unit, canonical):
    assert used(knowledge, CALCIUM, Quantity(number, unit)) == pytest.approx(canonical, rel=1e-4)


@pytest.mark.parametrize(
    ("comparator", "low", "high"),
    [("", 10.0, 10.0), ("<", None, 10.0), ("<=", None, 10.0), (">", 10.0, None), (">=", 10.0, None)],
)
def test_a_bound_is_open_on_one_side(knowledge, comparator, low, high):
    units = Units(knowledge)
    found = units.measure(knowledge.contents.analytes[CALCIUM], Quantity(100.0, "mg/L", comparator))
    assert found.value == pytest.approx(10.0)
    assert found.low == pytest.approx(float("-inf") if low is None else low)
    assert found.high == pytest.approx(float("inf") if high is None else high)


# -- the day --------------------------------------------------------------------------------------


def test_a_value_of_a_later_day_is_left_out_and_says_so(knowledge):
    assert left_out_of_time(knowledge, "2026-01-02") == "dated after the consultation"
    assert left_out_of_time(knowledge, "2027") == "dated after the consultation"


def test_a_value_that_is_too_old_says_how_old_it_may_be(knowledge):
    assert left_out_of_time(knowledge, "2024-01-02") == "older than 180 days"


def left_out_of_time(knowledge: Knowledge, when: str) -> str:
    counting = value(CALCIUM, Quantity(9.4, "mg/dL"), None)
    found, (ignored,) = both(knowledge, value(CALCIUM, Quantity(12.0, "mg/dL"), when), counting)
    assert (ignored.where, ignored.what) == ("Observation/1", "as it stands there")
    assert found.measured[CALCIUM].value == 9.4
    return ignored.why


def test_the_instant_of_the_consultation_counts(knowledge):
    now = Moment.instant(AS_OF)
    later = Moment.instant(AS_OF + timedelta(microseconds=1))
    for when, counts in ((now, True), (later, False)):
        seen = Observation(
            source="o",
            text="calcium",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", CALCIUM),),
            value=Quantity(12.0, "mg/dL"),
            effective=when,
        )
        assert (both(knowledge, seen)[0].status("hypercalcaemia") is Status.PRESENT) is counts


def test_of_values_without_a_date_the_last_in_the_record_is_shown(knowledge):
    """As its places are numbered: the tenth comes after the second."""
    seen = [
        Observation(
            source=f"note:{place}",
            text="calcium",
            kind=Kind.MEASUREMENT,
            codes=(Code("calcinosis", CALCIUM),),
            value=Quantity(number, "mg/dL"),
        )
        for place, number in ((10, 11.4), (2, 11.0), (9, 11.2))
    ]
    found = both(knowledge, *seen)[0].measured[CALCIUM]
    assert (found.value, [one.source for one in found.evidence]) == (11.4, ["note:2", "note:9", "note:10"])


# -- the record's own range -----------------------------------------------------------------------

OWN, FALLBACK = "reference range of the record", "fallback range of the knowledge base"


@pytest.mark.parametrize(
    ("own", "status", "decides"),
    [
        (Range(8.0, 11.5, "mg/dL"), Status.ABSENT, True),
        (Range(8.0, 11.5), Status.ABSENT, True),  # in the unit of the value
        (Range(2.0, 2.875, "mmol/L"), Status.ABSENT, True),
        (Range(8.0, 11.0, "mg/dL"), Status.ABSENT, True),  # its limit is normal
        (Range(None, 11.5, "mg/dL"), Status.ABSENT, True),
        (Range(None, 10.9, "mg/dL"), Status.PRESENT, True),
        (Range(11.0, 11.0, "mg/dL"), Status.ABSENT, True),
        (Range(11.5, 8.0, "mg/dL"), Status.PRESENT, False),  # no range
        (Range(None, None, "mg/dL"), Status.PRESENT, False),
        (Range(8.0, 11.5, "mm[Hg]"), Status.PRESENT, False),  # of another measure
    ],
    ids=str,
)
def test_the_own_range_decides_where_it_is_one(knowledge, own, status, decides):
    found = both(knowledge, value(CALCIUM, Quantity(11.0, "mg/dL"), reference=own))[0].by_id["hypercalcaemia"]
    assert found.status is status
    assert found.reason == (OWN if decides else FALLBACK)


def test_the_own_range_of_a_ratio_needs_no_unit(knowledge):
    for number, judged in ((2.4, "normal"), (3.4, "high"), (1.9, "low")):
        seen = value("rheumatoid_factor", Quantity(number), reference=Range(2.0, 3.0))
        assert both(knowledge, seen)[0].measured["rheumatoid_factor"].reason == judged


def test_a_range_in_no_unit_of_a_value_in_words_is_not_used(knowledge):
    seen = value(CALCIUM, "see report", interpretation="high", reference=Range(8.0, 11.5))
    assert both(knowledge, seen)[0].by_id["hypercalcaemia"].reason == "flag of the record"
