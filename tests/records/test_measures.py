"""A value counts for an analyte only in its own fluid, as its own fraction, and under a name that is its own."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.records.measures import measures_of

from .real import answered, bundle, listed, measured, observation, statuses

LAB = "http://loinc.org"


@pytest.mark.parametrize(
    ("name", "analytes"),
    [
        ("Calcium", ["serum_calcium_total"]),
        ("Calcium, serum", ["serum_calcium_total"]),
        ("Phosphatase, alkaline", ["alkaline_phosphatase"]),
        ("Calcium [Mass/volume] in Serum or Plasma", ["serum_calcium_total"]),
        ("Leukocytes [#/volume] in Blood by Automated count", ["leukocytes"]),
        ("Hemoglobin A1c/Hemoglobin.total in Blood", ["hba1c"]),
        ("Nuclear Ab [Titer] in Serum by Immunofluorescence", ["ana"]),
        ("Calcium.ionized [Moles/volume] in Blood", ["calcium_ionized"]),
        ("Calcium, free", ["calcium_ionized"]),
        ("Calcium [Mass/time] in 24 hour Urine", ["urine_calcium"]),
        ("Urinary phosphate, 24 h", ["urine_phosphate"]),
        # Another fluid, for which the vocabulary has nothing.
        ("Glucose in CSF", []),
        ("Calcium, stool", []),
        ("Pleural fluid LDH", []),
        ("Phosphate in dialysate", []),
        # Names that only hold the name of an analyte.
        ("Mean corpuscular hemoglobin", []),
        ("Fetal hemoglobin", []),
        ("Reticulocyte hemoglobin equivalent", []),
        ("Calcium phosphate crystals", []),
        ("Calcium oxalate dihydrate", []),
        ("Calcium-sensing receptor antibody", []),
        ("Coronary calcium score", []),
        ("Creatine kinase MB", []),
        ("Neutrophils/100 leukocytes", []),
        ("Platelet mean volume", []),
        ("Albumin/Globulin", []),
        ("Sodium chloride infused", []),
    ],
)
def test_a_name_counts_as_a_whole(name, analytes):
    assert [code.code for code in measures_of(load()).named(name)] == analytes


def quantity(value: float, unit: str, **more) -> dict:
    return {"valueQuantity": {"value": value, "unit": unit, "code": unit,
                              "system": "http://unitsofmeasure.org"}, **more}  # fmt: skip


@pytest.mark.parametrize(
    "fluid", ["Urine", "Cerebrospinal fluid", "Stool", "Pleural fluid", "Dialysate effluent"]
)
def test_the_specimen_decides_whatever_the_name(fluid):
    specimen = {"resourceType": "Specimen", "id": "s", "type": {"text": fluid}}
    seen = observation("Phosphate", specimen={"reference": "Specimen/s"}, **quantity(9.9, "mg/dL"))
    assert "serum_phosphate" not in measured(specimen, seen)
    told = observation("Phosphate", specimen={"display": fluid}, **quantity(9.9, "mg/dL"))
    assert "serum_phosphate" not in measured(told)


def test_a_code_of_the_serum_does_not_count_for_another_specimen():
    code = {
        "coding": [{"system": LAB, "code": "17861-6", "display": "Calcium [Mass/volume] in Serum or Plasma"}]
    }
    urine = observation("x", specimen={"display": "24 h urine"}, **quantity(14.0, "mg/dL")) | {"code": code}
    found = answered(bundle(urine))
    assert "hypercalcaemia" not in {item["id"] for item in found["findings"]}
    assert "another fluid than urine" in listed(found)


def test_a_specimen_of_blood_leaves_the_value():
    seen = observation("Phosphate", specimen={"display": "Venous blood"}, **quantity(9.9, "mg/dL"))
    assert measured(seen)["serum_phosphate"] == pytest.approx(9.9)


def test_a_flag_does_not_count_where_its_unit_is_refused():
    flagged = {"interpretation": [{"coding": [{"code": "L"}]}]}
    assert "leukopenia" not in statuses(observation("White cell count", **quantity(12.8, "%", **flagged)))
    assert "hypocalcaemia" not in statuses(observation("Calcium", **quantity(3.0, "mmol/d", **flagged)))


@pytest.mark.parametrize(
    ("words", "value", "status"),
    [
        ("11.9 mg/dL (H)", 11.9, "present"),
        ("11.9 mg/dL H", 11.9, "present"),
        ("11.9 mg/dL [high]", 11.9, "present"),
        ("9.4 mg/dL (N)", 9.4, "absent"),
    ],
)
def test_a_number_with_its_flag_keeps_both(words, value, status):
    seen = observation("Calcium", valueString=words)
    assert measured(seen)["serum_calcium_total"] == pytest.approx(value)
    assert statuses(seen)["hypercalcaemia"] == status


@pytest.mark.parametrize(
    ("low", "high", "status"), [(12, 13, "present"), (9, 9.5, "absent"), (9, 14, "unknown")]
)
def test_a_range_decides_where_both_ends_do(low, high, status):
    ends = {"low": {"value": low, "unit": "mg/dL"}, "high": {"value": high, "unit": "mg/dL"}}
    for value in ({"valueRange": ends}, {"valueString": f"{low}-{high} mg/dL"}):
        assert statuses(observation("Calcium", **value)).get("hypercalcaemia", "unknown") == status


def test_of_ranges_for_each_sex_the_patients_counts():
    def limits(high, **more):
        return {"low": {"value": 8.5, "unit": "mg/dL"}, "high": {"value": high, "unit": "mg/dL"}, **more}

    women, men = {"appliesTo": [{"text": "Female"}]}, {"appliesTo": [{"coding": [{"code": "male"}]}]}
    both = {"referenceRange": [limits(10.0, **women), limits(10.6, **men)]}
    assert statuses(observation("Calcium", **quantity(10.3, "mg/dL", **both)))["hypercalcaemia"] == "present"


def test_of_ranges_for_ages_the_patients_counts():
    def limits(top, **age):
        return {"high": {"value": top, "unit": "mg/dL"}, "low": {"value": 2.5, "unit": "mg/dL"},
                "age": {end: {"value": value, "code": "a"} for end, value in age.items()}}  # fmt: skip

    ranges = {"referenceRange": [limits(6.5, high=12), limits(4.5, low=18)]}
    assert (
        statuses(observation("Phosphate", **quantity(5.5, "mg/dL", **ranges)))["hyperphosphataemia"]
        == "present"
    )


@pytest.mark.parametrize(
    "comment",
    [
        "A raised value is seen in sarcoidosis and multiple myeloma.",
        "Calculated with the CKD-EPI equation.",
        "Interpret with care in systemic sclerosis.",
    ],
)
def test_the_comment_of_a_laboratory_is_no_story_of_the_patient(comment):
    for key in ({"note": [{"text": comment}]}, {"comment": comment}, {"comments": comment}):
        found = answered(bundle(observation("Calcium", **quantity(9.4, "mg/dL", **key))))
        said = {item["id"] for item in found["findings"] if item["status"] == "present"}
        assert not said & {"sarcoidosis", "multiple_myeloma", "chronic_kidney_disease", "systemic_sclerosis"}
        assert "comment of the laboratory" in listed(found)


def test_a_note_beside_a_sign_is_the_patients():
    seen = observation("Skin ulcer", valueBoolean=True, note=[{"text": "On warfarin since May."}])
    assert statuses(seen)["drug_vitamin_k_antagonist"] == "present"


def test_a_phenopacket_and_a_case_file_read_a_name_alike():
    packet = {
        "id": "x",
        "subject": {"id": "s", "sex": "FEMALE", "timeAtLastEncounter": {"age": {"iso8601duration": "P40Y"}}},
        "metaData": {"created": "2025-06-01T00:00:00Z", "phenopacketSchemaVersion": "2.0"},
        "measurements": [
            {
                "assay": {"id": "LOCAL:1", "label": "Phosphate [Mass/volume] in Urine"},
                "value": {"quantity": {"unit": {"id": "UCUM:mg/dL"}, "value": 14.2}},
            }
        ],
    }
    case = {"age": 40, "present": ["calcinosis cutis"], "labs": {"phosphate, urine": "14.2 mg/dL"}}
    for record in (packet, case):
        assert "hyperphosphataemia" not in {item["id"] for item in answered(record)["findings"]}
