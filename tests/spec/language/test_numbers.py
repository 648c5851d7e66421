"""Numbers as clinicians write them: what is read, with which unit, and what is asked instead."""

from __future__ import annotations

from datetime import datetime
from math import inf
from pathlib import Path
from typing import Any

import pytest
import yaml

from calcinosis.findings.index import index_of
from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import load
from calcinosis.model import Findings, Ignored, Status
from calcinosis.records.numerals import quantity, reference
from calcinosis.records.reading import read

HERE = Path(__file__).parent
ROWS = [
    row for name in ("numbers", "no_numbers") for row in yaml.safe_load((HERE / f"{name}.yaml").read_text())
]
KNOWLEDGE = load()


def found(text: str) -> tuple[Findings, tuple[Ignored, ...]]:
    """What a note of a woman of 54 gives; nothing where nothing in it is known."""
    note = (
        text
        if "year" in text or "-old" in text or "y/o" in text
        else f"54-year-old woman. {text.rstrip('.')}."
    )
    record = read(note.encode(), knowledge=KNOWLEDGE)
    made, unused = findings_of(record, knowledge=KNOWLEDGE, as_of=datetime(2026, 1, 1))
    return made, (*record.ignored, *unused)


def ends(analyte: str, written: str) -> tuple[float, float]:
    """The ends of a value of the table, in the canonical unit."""
    entry, units = KNOWLEDGE.contents.analytes[analyte], index_of(KNOWLEDGE).units
    between = reference(written) if not written.startswith(("<", ">")) else None
    one = quantity(written)
    low, high = (between.low, between.high) if between else (one.value, one.value)
    unit = between.unit if between else one.unit
    scale = next(((a.factor, a.offset) for a in entry.affine if a.unit == unit), None)
    if scale is None:
        scale = (units.factor(entry, unit) if entry.unit and unit else 1.0, 0.0)
    low, high = low * scale[0] + scale[1], high * scale[0] + scale[1]
    sign = one.comparator[:1] if one and not between else ""
    return (-inf if sign == "<" else low), (inf if sign == ">" else high)


def measured(made: Findings) -> dict[str, tuple[float, float]]:
    """The values of a note, those that are computed from others left out."""
    values = {}
    for name, one in made.measured.items():
        computed = any(shown.source.startswith("formula") for shown in one.evidence)
        if one.value is not None and not computed and not one.interval:
            values[name] = (one.value, one.value)
        elif one.interval and not computed:
            values[name] = (one.interval.low, one.interval.high)
    return values


@pytest.mark.parametrize("row", ROWS, ids=[row["text"] for row in ROWS])
def test_a_number_is_read_as_a_careful_reader_takes_it(row: dict[str, Any]):
    made, ignored = found(row["text"])
    values = measured(made)
    for name, written in row["says"].items():
        value = values.pop(name, None)
        if written != "none":
            assert value == pytest.approx(ends(name, str(written)), rel=0.006), name
    assert set(values) <= {"age_years"}, "what is no value of it"
    for name in row.get("asks", ()):
        label = KNOWLEDGE.label(name)
        assert any(label in item.why for item in ignored), [item.why for item in ignored]
    for name, judged in row.get("judged", {}).items():
        entry = KNOWLEDGE.contents.analytes[name]
        of = {"high": entry.above_range, "low": entry.below_range, "positive": entry.positive}
        if judged == "normal":
            assert {made.status(one) for one in (entry.above_range, entry.below_range) if one} == {
                Status.ABSENT
            }
        elif of[judged]:
            assert made.status(of[judged]) is Status.PRESENT


def test_an_inferred_unit_says_so_with_its_reason():
    record = read("54-year-old woman. Ca 9.3, Phos 3.4.", knowledge=KNOWLEDGE)
    said = {
        code.code: (item.text, dict(item.qualifiers)) for item in record.observations for code in item.codes
    }
    assert said["serum_calcium_total"][1] == {"unit inferred": "mg/dL, because 9.3 is possible in no other"}
    assert said["serum_phosphate"][0] == "Phos 3.4 [mg/dL inferred: total calcium beside it is in mg/dL]"


@pytest.mark.parametrize(
    ("labs", "says"),
    [
        ({"calcium": 9.3, "phosphate": 3.4}, {"serum_calcium_total": 9.3, "serum_phosphate": 3.4}),
        ({"phosphate": 3.4}, {"serum_phosphate": None}),
        ({"calcium": {"value": 2.61, "low": 2.2, "high": 2.6}}, {"serum_calcium_total": 10.46}),
        ({"PTH": "850 (15-65)"}, {"pth_intact": 850}),
        ({"HbA1c": "53 mmol/mol"}, {"hba1c": 7.0}),
        ({"calcium": "11.9 mg/dL (H)"}, {"serum_calcium_total": 11.9}),
        ({"calcium": "11.9 H mg/dL"}, {"serum_calcium_total": 11.9}),
    ],
)
def test_a_case_file_is_read_alike(labs, says):
    record = read({"age": 54, "sex": "female", "labs": labs}, knowledge=KNOWLEDGE)
    made, _ = findings_of(record, knowledge=KNOWLEDGE, as_of=datetime(2026, 1, 1))
    for name, value in says.items():
        assert made.measured[name].value == (value and pytest.approx(value, rel=0.003))


@pytest.mark.parametrize(
    ("value", "unit", "flag", "used"),
    [
        (7.8, "mg/dL", "normal", False),
        (7.8, "mg/dL", "low", False),
        (7.8, "mg/dL", "high", True),
        (4.7, "mg/dL", "normal", True),
        (7.8, "%", "high", False),
    ],
)
def test_a_flag_that_cannot_be_right_beside_its_value_is_asked(value, unit, flag, used):
    """A laboratory's limits differ a little from ours; a unit of something else makes the flag one of that."""
    labs = {"phosphate": {"value": value, "unit": unit, "flag": flag}}
    record = read({"age": 54, "labs": labs}, knowledge=KNOWLEDGE)
    made, unused = findings_of(record, knowledge=KNOWLEDGE, as_of=datetime(2026, 1, 1))
    assert (made.measured["serum_phosphate"].value is not None) is used
    assert bool(unused) is not used
    assert used or made.status("hyperphosphataemia") is Status.UNKNOWN
