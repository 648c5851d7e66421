"""Phenopacket v2: features, measurements, diseases, actions; other messages are refused by name."""

from __future__ import annotations

import pytest

from calcinosis.errors import UnreadableRecord
from calcinosis.model import Assertion, Kind, Quantity, Range

from .vocabulary import one, said

META = {"created": "2025-02-01T00:00:00Z", "phenopacketSchemaVersion": "2.0"}


def packet(**more) -> dict:
    subject = {"id": "s", "sex": "FEMALE", "timeAtLastEncounter": {"age": {"iso8601duration": "P54Y6M"}}}
    return {"id": "x", "subject": subject, "metaData": META, **more}


def feature(**more) -> dict:
    return {"type": {"id": "HP:0030880", "label": "Raynaud phenomenon"}, **more}


def test_who_and_when(reading):
    record = reading(packet())
    assert (record.format, record.patient.sex, record.patient.age_years) == ("phenopacket", "female", 54.5)
    assert record.recorded.first.year == 2025


@pytest.mark.parametrize(
    ("excluded", "assertion"),
    [
        ({}, Assertion.AFFIRMED),
        ({"excluded": False}, Assertion.AFFIRMED),
        ({"excluded": True}, Assertion.NEGATED),
        ({"excluded": "yes"}, Assertion.UNCERTAIN),
    ],
)
def test_a_feature_is_present_or_excluded(excluded, assertion, reading):
    found = one(reading(packet(phenotypicFeatures=[feature(**excluded)])))
    assert found.assertion is assertion
    assert [(code.system, code.code) for code in found.codes] == [("HPO", "HP:0030880")]
    assert found.source == "phenotypicFeatures[0]"


def test_an_unknown_id_speaks_by_its_label(reading):
    term = {"type": {"id": "HP:9999999", "label": "Lupus"}, "excluded": True}
    assert said(reading(packet(phenotypicFeatures=[term]))) == {("lupus", "negated")}


def test_onset_resolution_and_laterality(reading):
    subject = {"sex": "MALE", "dateOfBirth": "1970-01-01T00:00:00Z"}
    held = feature(
        onset={"age": {"iso8601duration": "P30Y"}},
        resolution={"timestamp": "2010-05-01T00:00:00Z"},
        modifiers=[{"id": "HP:0012835", "label": "Left"}],
    )
    found = one(reading(packet(subject=subject, phenotypicFeatures=[held])))
    assert (found.effective.first.year, found.until.first.year, found.past, found.sides) == (
        2000,
        2010,
        True,
        ("left",),
    )


def test_a_measurement_with_unit_and_range(reading):
    quantity = {
        "unit": {"id": "UCUM:mg/dL", "label": "milligram per deciliter"},
        "value": 9.4,
        "referenceRange": {"unit": {"id": "UCUM:mg/dL"}, "low": 8.5, "high": 10.5},
    }
    assay = {"id": "LOINC:2000-8", "label": "Calcium"}
    observed = {"timestamp": "2025-01-01T00:00:00Z"}
    found = one(
        reading(
            packet(measurements=[{"assay": assay, "value": {"quantity": quantity}, "timeObserved": observed}])
        )
    )
    assert (found.kind, found.value) == (Kind.MEASUREMENT, Quantity(9.4, "mg/dL"))
    assert found.reference == Range(8.5, 10.5, "mg/dL")
    assert [(code.system, code.code) for code in found.codes] == [("LOINC", "2000-8")]


def test_a_worded_result_and_a_missing_one(reading):
    assay = {"id": "LOINC:1", "label": "antinuclear antibody"}
    worded = {"assay": assay, "value": {"ontologyClass": {"id": "NCIT:C38758", "label": "Negative"}}}
    record = reading(packet(measurements=[worded, {"assay": assay}]))
    assert [found.interpretation for found in record.observations] == ["negative", ""]
    assert record.observations[1].missing_reason


def test_diseases_actions_and_unsettled_interpretations(reading):
    record = reading(
        packet(
            diseases=[{"term": {"id": "MONDO:1", "label": "lupus"}, "excluded": True}],
            medicalActions=[
                {"treatment": {"agent": {"id": "RxNorm:11289", "label": "warfarin"}}},
                {"procedure": {"code": {"id": "NCIT:1", "label": "dialysis"}}},
                {"radiationTherapy": {}},
            ],
            interpretations=[
                {
                    "progressStatus": "IN_PROGRESS",
                    "diagnosis": {"disease": {"id": "OMIM:1", "label": "scleroderma"}},
                }
            ],
            files=[{}, {}],
        )
    )
    assert said(record) == {("lupus", "negated"), ("dialysis", "affirmed"), ("scleroderma", "uncertain")}
    assert ("RXNORM", "11289") in [
        (code.system, code.code) for seen in record.observations for code in seen.codes
    ]
    assert [item.where for item in record.ignored] == ["medicalActions[2]", "files"]


def test_snake_case_is_the_same_message(reading):
    held = {
        "subject": {"sex": "MALE"},
        "phenotypic_features": [feature()],
        "meta_data": {"created": "2025-01-01"},
    }
    assert one(reading(held)).codes[0].code == "HP:0030880"


@pytest.mark.parametrize(
    ("held", "name"),
    [
        ({"metaData": {"phenopacketSchemaVersion": "1.0.0"}, "subject": {"id": "x"}}, "version 1"),
        ({"phenotypicFeatures": [feature(negated=True)]}, "version 1"),
        ({"metaData": META, "proband": {}}, "a family"),
        ({"metaData": META, "members": []}, "a cohort"),
        ({"metaData": META}, "nothing that is read"),
    ],
)
def test_other_messages_are_refused_by_name(held, name, reading):
    with pytest.raises(UnreadableRecord, match=name):
        reading(held)


def test_wrong_types_are_ignored_with_their_place(reading):
    record = reading(packet(phenotypicFeatures=[7, {}, feature()], diseases="x", measurements=[{}]))
    assert [item.where for item in record.ignored] == [
        "phenotypicFeatures[0]",
        "phenotypicFeatures[1]",
        "measurements[0]",
        "diseases[0]",
    ]
