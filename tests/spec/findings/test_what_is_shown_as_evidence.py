"""Every finding shows what decided it: the places of the record, their words and what each says."""

from __future__ import annotations

from datetime import datetime

from calcinosis.findings.of_one import findings_of
from calcinosis.model import (
    Assertion,
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

AS_OF = datetime(2026, 1, 1)
PRESENT, ABSENT, UNKNOWN = Status.PRESENT, Status.ABSENT, Status.UNKNOWN


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


def both(knowledge, *observations: Observation) -> tuple[Findings, tuple[Ignored, ...]]:
    patient = Patient(age_years=54.0, sex="female")
    record = Record(format="case", patient=patient, observations=observations)
    return findings_of(record, knowledge=knowledge, as_of=AS_OF)


def read(knowledge, *observations: Observation) -> Findings:
    return both(knowledge, *observations)[0]


def left_out(knowledge, *observations: Observation) -> list[str]:
    return [one.why for one in both(knowledge, *observations)[1]]


def shown(finding) -> list[tuple[str, Status]]:
    return [(one.source, one.status) for one in finding.evidence]


def test_the_sex_is_the_patients(knowledge):
    found = read(knowledge).by_id["sex_female"]
    assert [(one.source, one.text) for one in found.evidence] == [("Patient.sex", "female")]


def test_what_is_said_shows_each_place_that_counted(knowledge):
    found = read(knowledge, said("gangrene"), said("gangrene", place="note:2"))
    assert shown(found.by_id["gangrene"]) == [("note:1", PRESENT), ("note:2", PRESENT)]


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


def test_words_and_a_value_that_disagree_both_stand_there(knowledge):
    found = read(
        knowledge,
        said("hyperphosphataemia", Assertion.NEGATED),
        measured("serum_phosphate", Quantity(8.4, "mg/dL")),
    ).by_id["hyperphosphataemia"]
    assert found.status is UNKNOWN
    assert shown(found) == [("note:1", ABSENT), ("lab:serum_phosphate-1", PRESENT)]


def test_a_value_that_cannot_be_used_shows_where_it_stands(knowledge):
    found = read(knowledge, measured("serum_phosphate", Quantity(4.0, "furlong"))).measured["serum_phosphate"]
    assert (found.status, found.reason) == (UNKNOWN, "recorded, but not usable")
    assert shown(found) == [("lab:serum_phosphate-1", UNKNOWN)]


def test_what_excludes_each_other_is_named_with_what_is_beside_it(knowledge):
    flagged = left_out(knowledge, measured("serum_phosphate", Quantity(30.0, "mg/dL"), word="low"))
    assert any("'low' beside it" in why for why in flagged)
    own = Range(2.25, 2.65, "mmol/L")
    ranged = left_out(knowledge, measured("calcium_ionized", Quantity(2.39, "mmol/L"), reference=own))
    assert any("the range beside it" in why for why in ranged)


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
