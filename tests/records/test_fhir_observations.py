"""Observation: every shape of a value, its range, its flag, and why there is none."""

from __future__ import annotations

import pytest

from calcinosis.model import Code, Kind, Quantity, Range

from .vocabulary import one, said

SNOMED = "http://snomed.info/sct"
FLAGS = [
    ("H", "high"),
    ("HH", "high"),
    ("HU", "high"),
    (">", "high"),
    ("L", "low"),
    ("LL", "low"),
    ("N", "normal"),
    ("POS", "positive"),
    ("NEG", "negative"),
    ("ND", "negative"),
]
STATUSES = [("final", 1), ("preliminary", 1), ("amended", 1), ("entered-in-error", 0), ("cancelled", 0)]
LAB = [{"coding": [{"code": "laboratory"}]}]


def lab(**more) -> dict:
    return {"resourceType": "Observation", "id": "o", "status": "final", "category": LAB,
            "code": {"text": "calcium"}, **more}  # fmt: skip


def ucum(value, code, **more) -> dict:
    return {"value": value, "unit": "words", "system": "http://unitsofmeasure.org", "code": code, **more}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"valueQuantity": ucum(9.4, "mg/dL")}, Quantity(9.4, "mg/dL")),
        ({"valueQuantity": {"value": 9.4, "unit": "mg/dl"}}, Quantity(9.4, "mg/dl")),
        ({"valueQuantity": {"value": 9.4}}, Quantity(9.4, "")),
        ({"valueQuantity": {"value": "9.4", "unit": "mg/dL"}}, Quantity(9.4, "mg/dL")),
        ({"valueQuantity": ucum(0.1, "mg/dL", comparator="<")}, Quantity(0.1, "mg/dL", "<")),
        ({"valueInteger": 3}, Quantity(3.0)),
        ({"valueString": "<0.1 mg/dL"}, Quantity(0.1, "mg/dL", "<")),
        ({"valueString": "9,4"}, Quantity(9.4)),
        ({"valueString": "1:320"}, "1:320"),
        ({"valueBoolean": False}, False),
        ({"valueCodeableConcept": {"text": "Positive"}}, "Positive"),
        (
            {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "1", "display": "Positive"}]}},
            Code("SNOMED", "1", "Positive"),
        ),
        ({"valueRange": {"low": {"value": 1}, "high": {"value": 2, "unit": "mg"}}}, Range(1, 2, "mg")),
        ({"valueRange": {"high": {"value": 2, "unit": "mg"}}}, Quantity(2, "mg", "<=")),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 320}}}, "1:320"),
        (
            {"valueRatio": {"numerator": {"value": 10, "unit": "mg"}, "denominator": ucum(2, "dL")}},
            Quantity(5.0, "mg/dL"),
        ),
    ],
)  # fmt: skip
def test_a_value_is_read_in_every_shape(value, expected, bundled):
    assert bundled(lab(**value)).observations[0].value == expected


@pytest.mark.parametrize(
    "value",
    [
        {"valueQuantity": {"value": "nine"}},
        {"valueQuantity": {"value": 1, "comparator": "~"}},
        {"valueQuantity": []},
        {"valueSampledData": {"data": "1 2 3"}},
        {"valueInteger": True},
        {"valueInteger": 10**400},
        {"valueQuantity": {"value": float("nan")}},
    ],
)
def test_a_value_that_cannot_be_read_is_missing_and_said_so(value, bundled):
    record = bundled(lab(**value))
    found = one(record)
    assert found.value is None
    assert found.missing_reason
    assert record.ignored[0].where.startswith("Observation/o.value")


def test_the_reason_why_a_value_is_absent_is_kept(bundled):
    absent = {"coding": [{"code": "not-performed", "display": "Not Performed"}]}
    assert one(bundled(lab(dataAbsentReason=absent))).missing_reason == "Not Performed"
    assert one(bundled(lab())).missing_reason == "no value recorded"


@pytest.mark.parametrize(("code", "flag"), FLAGS)
def test_interpretation_codes_become_our_words(code, flag, bundled):
    assert one(bundled(lab(interpretation=[{"coding": [{"code": code}]}]))).interpretation == flag


def test_an_interpretation_in_words_counts_and_abnormal_stays_beside(bundled):
    assert one(bundled(lab(interpretation=[{"text": "Elevated"}]))).interpretation == "high"
    found = one(bundled(lab(interpretation=[{"coding": [{"code": "A"}]}])))
    assert found.interpretation == ""
    assert ("interpretation", "A") in found.qualifiers


def test_flags_that_contradict_each_other_are_none(bundled):
    both = [{"coding": [{"code": "H"}]}, {"coding": [{"code": "L"}]}]
    found = one(bundled(lab(interpretation=both)))
    assert found.interpretation == ""
    assert ("interpretation", "high and low") in found.qualifiers


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ({"low": {"value": 8.5}, "high": {"value": 10.5, "unit": "mg/dL"}}, Range(8.5, 10.5, "mg/dL")),
        ({"high": {"value": 4.7}}, Range(None, 4.7)),
        ({"text": "0.8-1.3"}, Range(0.8, 1.3)),
        ({"text": "<4.7"}, Range(None, 4.7)),
        ({"text": "10 to 65 pg/mL"}, Range(10, 65, "pg/mL")),
        ({"text": "(3,5 – 5,2)"}, Range(3.5, 5.2)),
        ({"text": "up to 40"}, Range(None, 40)),
        ({"text": "10-8"}, None),
        ({"text": "see comment"}, None),
        ({"low": {"value": 5}, "high": {"value": 1}}, None),
    ],
)
def test_the_reference_range_is_read_in_numbers_and_in_words(written, expected, bundled):
    assert one(bundled(lab(valueInteger=1, referenceRange=[written]))).reference == expected


def test_of_several_ranges_only_the_normal_one_counts_and_two_are_none(bundled):
    normal = {"low": {"value": 1}, "high": {"value": 2}}
    critical = {"high": {"value": 9}, "type": {"coding": [{"code": "critical"}]}}
    other = {"low": {"value": 3}, "high": {"value": 4}}
    assert one(bundled(lab(referenceRange=[critical, normal]))).reference == Range(1, 2)
    assert one(bundled(lab(referenceRange=[normal, other]))).reference is None


@pytest.mark.parametrize(("status", "read"), STATUSES)
def test_a_status_may_void_it(status, read, bundled):
    assert len(bundled(lab(status=status, valueInteger=1)).observations) == read


def test_each_component_is_an_observation_of_its_own(bundled):
    record = bundled(
        {
            "resourceType": "Observation",
            "id": "panel",
            "category": LAB,
            "effectiveDateTime": "2025-12-20",
            "code": {"text": "minerals"},
            "component": [
                {"code": {"text": "calcium"}, "valueQuantity": ucum(9.4, "mg/dL")},
                {"code": {"text": "phosphate"}, "dataAbsentReason": {"text": "haemolysed"}},
            ],
        }
    )
    assert [found.source for found in record.observations] == [
        "Observation/panel.component[0]",
        "Observation/panel.component[1]",
    ]
    assert [found.codes[0].code for found in record.observations] == ["calcium", "phosphate"]
    assert record.observations[1].missing_reason == "haemolysed"
    assert all(found.effective.first.year == 2025 for found in record.observations)


def test_a_known_code_needs_no_words_and_an_unknown_one_is_not_guessed_from_a_short_text(bundled):
    known = {
        "coding": [{"system": "http://loinc.org", "code": "2000-8", "display": "Calcium"}],
        "text": "phosphate",
    }
    assert [code.code for code in one(bundled(lab(code=known, valueInteger=1))).codes] == ["2000-8"]
    urine = {
        "coding": [
            {
                "system": "http://loinc.org",
                "code": "6874-2",
                "display": "Calcium [Mass/time] in 24 hour Urine",
            }
        ],
        "text": "Calcium",
    }
    assert "calcium" not in [code.code for code in one(bundled(lab(code=urine, valueInteger=1))).codes]


def test_a_number_never_says_that_a_finding_in_its_label_is_there(bundled):
    score = {"text": "skin ulcer score"}
    assert one(bundled(lab(code=score, valueInteger=0))).codes == ()


def test_a_finding_may_be_stated_by_its_code_alone_or_by_a_truth_value(bundled):
    exam = {"resourceType": "Observation", "code": {"text": "no skin ulcer"}}
    assert said(bundled(exam)) == {("skin_ulcer", "negated")}
    answered = one(
        bundled({"resourceType": "Observation", "code": {"text": "skin ulcer"}, "valueBoolean": False})
    )
    assert (answered.codes[0].code, answered.value) == ("skin_ulcer", False)


def test_words_of_a_result_are_read_behind_their_label(bundled):
    record = bundled(
        {
            "resourceType": "Observation",
            "code": {"text": "Family history"},
            "valueString": "lupus, no diabetes",
        }
    )
    found = {(f.codes[0].code, f.assertion.value, f.family) for f in record.observations if f.codes}
    assert ("lupus", "affirmed", True) in found
    assert ("diabetes", "negated", True) in found


def test_a_label_alone_states_nothing(bundled):
    record = bundled(
        {
            "resourceType": "Observation",
            "id": "o",
            "code": {"text": "skin ulcer"},
            "valueString": "mild lupus",
        }
    )
    spans = [f for f in record.observations if f.source.startswith("Observation/o.value")]
    assert [f.codes[0].code for f in spans] == ["lupus"]


def test_imaging_is_known_by_its_category(bundled):
    resource = lab(category=[{"coding": [{"code": "imaging"}]}], valueString="calcification")
    assert {found.kind for found in bundled(resource).observations} == {Kind.IMAGING}


def test_an_observation_about_a_fetus_or_donor_is_not_the_patients(bundled):
    record = bundled(lab(focus=[{"reference": "Patient/fetus"}], valueInteger=1))
    assert record.observations == ()
    assert "other than the patient" in record.ignored[0].why


def test_the_specimen_is_kept(bundled):
    record = bundled(
        {"resourceType": "Specimen", "id": "s", "type": {"text": "urine"}},
        lab(valueInteger=1, specimen={"reference": "Specimen/s"}),
    )
    assert ("specimen", "urine") in one(record).qualifiers


def test_a_panel_whose_members_stand_elsewhere_says_nothing_itself(bundled):
    assert bundled(lab(hasMember=[{"reference": "Observation/x"}])).observations == ()


def test_the_part_examined_is_no_place_of_a_lesion(bundled):
    exam = {"text": "Physical findings of elbow"}
    record = bundled(
        {"resourceType": "Observation", "code": exam, "valueCodeableConcept": {"text": "tender"}}
    )
    assert said(record) == set()
