"""The case file: short, forgiving about words, strict about shape, harmless whatever it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calcinosis.errors import UnreadableRecord
from calcinosis.model import Kind, Quantity, Range
from calcinosis.records.casefile import schema

from .vocabulary import said

CASE = """
# a comment
age: 54 years
sex: female
as_of: 2026-01-01
present: [raynaud phenomenon, {finding: skin_ulcer, side: left, site: elbow, since: 8 months}, no dialysis]
absent: [lupus]
uncertain: [scleroderma]
history: burn 10 years earlier; no diabetes
family: [scleroderma]
medication: [warfarin]
exposures: [dog bite]
labs:
  calcium: 9.4 mg/dL (8.5-10.5)
  phosphate: normal
  ANA: [{value: "1:320", date: 2025-12, flag: positive}, negative]
sites: [left elbow, site_knee]
size: 8 mm
number: multiple
duration: 8 months
imaging: No fracture. Calcification.
histology: calcium deposits
note: She denies skin ulcer.
"""


def test_a_whole_case_is_read(reading):
    record = reading(CASE)
    assert record.format == "case"
    assert (record.patient.age_years, record.patient.sex) == (54.0, "female")
    assert record.recorded.first.year == 2026
    assert record.ignored == ()
    assert said(record) == {
        ("raynaud", "affirmed"),
        ("skin_ulcer", "affirmed"),
        ("skin_ulcer", "negated"),
        ("dialysis", "negated"),
        ("lupus", "negated"),
        ("scleroderma", "uncertain"),
        ("scleroderma", "affirmed"),
        ("burn", "affirmed"),
        ("diabetes", "negated"),
        ("warfarin", "affirmed"),
        ("bite", "affirmed"),
        ("calcium", "affirmed"),
        ("phosphate", "affirmed"),
        ("ana", "affirmed"),
        ("site_elbow", "affirmed"),
        ("site_knee", "affirmed"),
        ("lesion_size", "affirmed"),
        ("number_multiple", "affirmed"),
        ("lesion_duration", "affirmed"),
        ("calcium_deposit", "affirmed"),
    }


def test_each_statement_has_its_address(reading):
    places = {found.source.split(":")[0] for found in reading(CASE).observations}
    assert {"present[1]", "absent[0]", "history", "labs.calcium", "labs.ANA[1]", "sites[1]", "size"} <= places


def test_a_statement_carries_site_side_and_time(reading):
    found = next(seen for seen in reading(CASE).observations if seen.source == "present[1]")
    assert (found.sites, found.sides) == (("site_elbow",), ("left",))
    assert (found.effective.first.year, found.effective.first.month) == (2025, 5)
    assert found.codes[0].code == "skin_ulcer"


def test_a_family_is_not_the_patient_and_a_drug_is_a_drug(reading):
    by_place = {found.source.split(":")[0]: found for found in reading(CASE).observations}
    assert by_place["family[0]"].family
    assert by_place["medication[0]"].kind is Kind.MEDICATION


@pytest.mark.parametrize(
    ("written", "value", "flag", "limits"),
    [
        ("9.4 mg/dL", Quantity(9.4, "mg/dL"), "", None),
        ("9.4", Quantity(9.4, ""), "", None),
        ("<0.1 mg/dL", Quantity(0.1, "mg/dL", "<"), "", None),
        ("11.3 mg/dL high", Quantity(11.3, "mg/dL"), "high", None),
        ("11.3 mg/dL (8.5-10.5)", Quantity(11.3, "mg/dL"), "", Range(8.5, 10.5)),
        ("normal", None, "normal", None),
        ("{value: 9.4, unit: mg/dL, low: 8.5}", Quantity(9.4, "mg/dL"), "", Range(8.5, None, "mg/dL")),
        ("{flag: low}", None, "low", None),
    ],
)
def test_a_result_is_written_as_one_likes(written, value, flag, limits, reading):
    (found,) = reading(f"labs:\n  calcium: {written}\n").observations
    assert (found.value, found.interpretation, found.reference) == (value, flag, limits)


@pytest.mark.parametrize(
    ("case", "where"),
    [
        ("present: [an unheard-of thing]", "present[0]"),
        ("labs: {kryptonite: 3}", "labs.kryptonite"),
        ("labs: {calcium: a lot}", "labs.calcium"),
        ("labs: {calcium: {unit: mg/dL}}", "labs.calcium"),
        ("sites: [the moon]", "sites[0]"),
        ("present: [{finding: lupus, since: 8 months}]", "present[0].since"),
        ("age: old", "age"),
        ("birth: spring", "birth"),
        ("as_of: today", "as_of"),
        ("size: large", "size"),
    ],
)
def test_a_word_nobody_knows_is_listed_with_its_place(case, where, reading):
    assert where in [item.where for item in reading(f"sex: female\n{case}\n").ignored]


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("age: 54\npresnt: [lupus]\n", "line 2.*presnt"),
        ("age: 54\nsex: woman\n", "line 2"),
        ("age: 54\npresent: {a: b}\n", "line 2"),
        ("age: 54\nlabs:\n  calcium: 9 mg/dL\n  phosphate: {value: 1, hi: 2}\n", "line 4"),
        ("age: 54\npresent: [{finding: lupus, side: north}]\n", "line 2"),
        ("age: 54\nage: 55\n", "'age' twice"),
        ("age: &x 54\nsize: *x\n", "anchor, &x"),
        ("present: *y\n", "alias|anchor"),
        ("age: !!python/object:os.system 54\n", "tag"),
        ("age: 54\n---\nage: 55\n", "second document"),
        ("present: [lupus\nabsent: [x]\n", "line"),
        ("age: 54\npresent: " + "[" * 40 + "]" * 40 + "\n", "nested too deeply"),
        ("age: 3\nsex: female\nabsent: {? [a] : b}\n", "line 3"),
    ],
)
def test_a_fault_gives_one_message_with_the_line(case, expected, reading):
    with pytest.raises(UnreadableRecord, match=expected):
        reading(case)


def test_no_is_a_word_and_not_false(reading):
    record = reading("sex: female\nabsent: [no]\n")
    assert record.ignored[0].what == "no"


@pytest.mark.parametrize(
    ("age", "years"), [("54", 54.0), ("3 months", 0.25), ("P10Y", 10.0), ("2 years", 2.0), ("2.5", 2.5)]
)
def test_an_age_is_written_as_one_likes(age, years, reading):
    assert reading(f"age: {age}\nsex: male\n").patient.age_years == pytest.approx(years)


def test_a_note_with_colons_is_a_note(reading):
    text = "Lupus since 2010: stable.\nHistory: no diabetes.\nThe elbow is affected\nage: 54\n"
    assert reading(text).format == "note"


def test_a_parsed_case_is_read_too(reading):
    assert said(reading({"present": ["lupus"], "sex": "female"})) == {("lupus", "affirmed")}


def test_the_published_schema_is_that_of_the_code():
    published = Path(__file__).resolve().parents[2] / "docs/reference/case.schema.json"
    assert json.loads(published.read_text()) == schema()
