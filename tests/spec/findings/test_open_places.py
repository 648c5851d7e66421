"""What of a value is asked, in which words, and the record as it would be with the answer."""

from __future__ import annotations

from datetime import datetime

import pytest
from msgspec.structs import replace

from calcinosis.findings.doubts import doubts_of, supposing
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import (
    Assertion,
    Code,
    Doubt,
    Kind,
    Meant,
    Moment,
    Observation,
    Patient,
    Quantity,
    Question,
    Range,
    Record,
)

AS_OF = datetime(2026, 1, 1)
CALCIUM, PHOSPHATE = "serum_calcium_total", "serum_phosphate"
EITHER = (Meant("mg/dL", "mg/dL"), Meant("mmol/L", "mmol/L"))
SIDES = (Meant("the number", "number"), Meant("the flag", "flag"))


@pytest.fixture
def knowledge() -> Knowledge:
    """Indexed anew for each test, so that each tests how it is indexed as well."""
    return Knowledge(load().contents)


def value(written, text: str = "Ca 4.5", analyte: str = CALCIUM, day: int = 20, **told) -> Observation:
    return Observation(
        source=f"note:{text}",
        text=text,
        kind=Kind.MEASUREMENT,
        codes=(Code("calcinosis", analyte),),
        value=written,
        effective=Moment.instant(datetime(2025, 12, day)),
        **told,
    )


def contradicted(text: str = "Calcium 14.9 mg/dL (low)", **told) -> Observation:
    return value(Quantity(14.9, "mg/dL"), text, interpretation="low", **told)


def record(*seen: Observation, questions: tuple[Question, ...] = ()) -> Record:
    return Record(
        format="text",
        patient=Patient(age_years=54.0, sex="female"),
        observations=seen,
        questions=questions,
    )


def asked(knowledge: Knowledge, *seen: Observation, **told) -> tuple[Question, ...]:
    return doubts_of(record(*seen, **told), knowledge=knowledge, as_of=AS_OF)


# -- the unit -------------------------------------------------------------------------------------


def test_a_value_possible_in_two_units_is_asked_with_its_words_and_both(knowledge):
    (question,) = asked(knowledge, value(Quantity(4.5)))
    assert question == Question(doubt=Doubt.UNIT, where="note:Ca 4.5", what="Ca 4.5", readings=EITHER)


@pytest.mark.parametrize(
    ("written", "analyte", "open_"),
    [
        (Quantity(4.5, " "), CALCIUM, True),
        (Range(4.4, 4.6), CALCIUM, True),
        (Quantity(4.5, "mg/dL"), CALCIUM, False),
        (Quantity(2.4), CALCIUM, False),  # mg/dL of a calcium are more
        (Quantity(12.0), CALCIUM, False),  # mmol/L are less
        (Quantity(88.0), "heart_rate", False),  # understood
        (Quantity(2.4), "inr", False),  # has none
        (None, CALCIUM, False),
        ("4.5", CALCIUM, False),
    ],
    ids=str,
)
def test_only_what_the_record_leaves_open_is_asked(knowledge, written, analyte, open_):
    assert bool(asked(knowledge, value(written, analyte=analyte))) is open_


@pytest.mark.parametrize("told", [{"family": True}, {"assertion": Assertion.NEGATED}], ids=str)
def test_what_was_measured_in_a_relative_or_not_at_all_is_not_asked(knowledge, told):
    assert asked(knowledge, value(Quantity(4.5), **told)) == ()


# -- a value and its flag -------------------------------------------------------------------------


def test_a_value_and_a_flag_that_exclude_each_other_are_asked_by_their_sides(knowledge):
    (question,) = asked(knowledge, contradicted())
    assert (question.doubt, question.readings) == (Doubt.CONTRADICTION, SIDES)
    assert question.where == "note:Calcium 14.9 mg/dL (low)"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Calcium 14.9 mg/dL (low)", "Calcium 14.9 mg/dL (low)"),
        ("Calcium 14.9 mg/dL (Low", "Calcium 14.9 mg/dL (Low)"),  # cut out before its bracket closes
        ("Low calcium 14.9 mg/dL", "Low calcium 14.9 mg/dL"),
        ("Calcium 14.9 mg/dL", "Calcium 14.9 mg/dL (low)"),  # the flag stands beside the words
        ("Calcium (14.9 mg/dL", "Calcium (14.9 mg/dL) (low)"),
    ],
)
def test_the_flag_is_told_where_the_words_lack_it(knowledge, text, what):
    (question,) = asked(knowledge, contradicted(text))
    assert question.what == what


@pytest.mark.parametrize(
    "seen",
    [
        value(Quantity(14.9, "mg/dL"), interpretation="high"),
        value(Quantity(14.9, "mg/dL")),
        value(Quantity(14.9, "mm[Hg]"), interpretation="low"),  # not a value at all
        value(Quantity(1490.0, "mg/dL"), interpretation="low"),
    ],
    ids=lambda seen: f"{seen.value} {seen.interpretation}",
)
def test_what_agrees_or_cannot_be_used_anyway_is_not_asked(knowledge, seen):
    assert asked(knowledge, seen) == ()


def test_each_open_value_of_one_time_is_asked(knowledge):
    seen = [
        value(Quantity(9.4, "mg/dL"), "Ca 9.4 mg/dL"),
        value(Quantity(2.4), "Ca 2.4"),
        value(Quantity(4.5), "Ca 4.5"),
        contradicted(),
    ]
    assert {one.what for one in asked(knowledge, *seen)} == {"Ca 4.5", "Calcium 14.9 mg/dL (low)"}


# -- which and how many ---------------------------------------------------------------------------


def test_only_the_newest_of_a_measure_is_asked(knowledge):
    older, newer = value(Quantity(4.5), day=1), value(Quantity(9.4, "mg/dL"), day=2)
    assert asked(knowledge, older, newer) == ()
    assert asked(knowledge, newer, older) == ()
    assert len(asked(knowledge, value(Quantity(4.5), day=2), value(Quantity(9.4, "mg/dL"), day=1))) == 1


def test_what_does_not_count_on_the_day_is_not_asked(knowledge):
    later = replace(value(Quantity(4.5)), effective=Moment.instant(datetime(2026, 3, 1)))
    older = replace(value(Quantity(4.5)), effective=Moment.instant(datetime(2024, 3, 1)))
    assert asked(knowledge, later) == asked(knowledge, older) == ()


def test_what_the_text_left_open_comes_first_and_everything_once_where_it_stood_first(knowledge):
    form = Question(doubt=Doubt.SHORT_FORM, where="note:1", what="HD", readings=(Meant("a", "x"),))
    again = replace(form, where="note:2")
    found = asked(
        knowledge,
        value(Quantity(4.5)),
        replace(value(Quantity(4.5)), source="note:later"),
        value(Quantity(2.4), "P 2.4", PHOSPHATE),
        questions=(form, again),
    )
    assert [(one.what, one.where) for one in found] == [
        ("HD", "note:1"),
        ("Ca 4.5", "note:Ca 4.5"),
        ("P 2.4", "note:P 2.4"),
    ]


def test_at_most_two_dozen_are_asked(knowledge):
    seen = [value(Quantity(4.5), f"Ca 4.5 of tube {number}") for number in range(30)]
    assert len(asked(knowledge, *seen)) == 24


# -- the record with the answer -------------------------------------------------------------------

UNIT = Question(doubt=Doubt.UNIT, where="note:Ca 4.5", what="Ca 4.5", readings=EITHER)
CONTRADICTION = Question(doubt=Doubt.CONTRADICTION, where="note:14.9 low", what="14.9 low", readings=SIDES)
FORM = Question(
    doubt=Doubt.SHORT_FORM,
    where="note:HD",
    what="HD",
    readings=(Meant("Haemodialysis", "haemodialysis"), Meant("Huntington disease")),
)
BESIDE = value(Quantity(9.0), "Ca 9")


def form(*names: str) -> Observation:
    return Observation(
        source="note:HD",
        text="HD",
        kind=Kind.CONDITION,
        codes=tuple(Code("calcinosis", name) for name in names),
        assertion=Assertion.UNCERTAIN,
    )


def answered(seen: Observation, question: Question, meant: Meant) -> Observation | None:
    """The observation with the answer; what stands beside it is untouched."""
    told = supposing(record(seen, BESIDE), question, meant)
    if told is None:
        return None
    one, beside = told.observations
    assert beside is BESIDE
    return one


@pytest.mark.parametrize("written", [Quantity(4.5), Quantity(4.5, " ", "<"), Range(4.4, 4.6)], ids=str)
def test_a_value_takes_the_unit_that_is_meant(written):
    seen = value(written)
    assert answered(seen, UNIT, EITHER[1]) == replace(seen, value=replace(written, unit="mmol/L"))


@pytest.mark.parametrize("written", [Quantity(4.5, "mg/dL"), "4.5", None], ids=str)
def test_what_has_a_unit_or_is_no_number_takes_none(written):
    assert answered(value(written), UNIT, EITHER[1]) is None


def test_where_the_number_is_right_the_flag_goes_and_where_the_flag_is_the_number():
    seen = contradicted("14.9 low", reference=Range(8.5, 10.5))
    number, flag = SIDES
    assert answered(seen, CONTRADICTION, number) == replace(seen, interpretation="")
    assert answered(seen, CONTRADICTION, flag) == replace(seen, value=None, reference=None)


def test_a_short_form_is_affirmed_as_what_is_meant():
    seen = form("huntington", "haemodialysis")
    assert answered(seen, FORM, FORM.readings[0]) == replace(
        seen, codes=(Code("calcinosis", "haemodialysis", "HD"),), assertion=Assertion.AFFIRMED
    )


def test_a_meaning_that_the_vocabulary_lacks_or_that_was_not_read_there_changes_nothing():
    assert answered(form("haemodialysis"), FORM, FORM.readings[1]) is None
    assert answered(form("hard_nodule"), FORM, FORM.readings[0]) is None
    assert answered(value(Quantity(4.5)), FORM, FORM.readings[0]) is None
    who = Question(doubt=Doubt.PATIENT, where="note:HD", what="HD")
    assert answered(form("haemodialysis"), who, Meant("this one", "haemodialysis")) is None
