"""What means nothing to the vocabulary is said, kind by kind, and is never passed over in silence."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.findings.unread import unread_of
from calcinosis.model import Code, Kind, Observation, Patient, Quantity, Record, Unread


def record(*observations: Observation) -> Record:
    return Record(format="fhir", patient=Patient(), observations=observations)


def entry(kind: Kind, code: str, display: str, value: Quantity | None = None) -> Observation:
    text = f"{display} {value.value}" if value else display
    return Observation(source="x", text=text, kind=kind, codes=(Code("SNOMED", code, display),), value=value)


def test_each_kind_has_its_count_and_its_commonest_names(knowledge):
    found = unread_of(
        record(
            entry(Kind.CONDITION, "1", "Sinusitis"),
            entry(Kind.CONDITION, "2", "Pharyngitis"),
            entry(Kind.CONDITION, "2", "Pharyngitis"),
            entry(Kind.PROCEDURE, "3", "Colonoscopy"),
        ),
        knowledge,
    )
    assert found == (
        Unread("conditions", 3, ("Pharyngitis", "Sinusitis")),
        Unread("procedures", 1, ("Colonoscopy",)),
    )


def test_what_is_understood_is_not_listed(knowledge):
    known = Observation(
        source="x", text="", kind=Kind.CONDITION, codes=(Code("calcinosis", "systemic_sclerosis"),)
    )
    assert unread_of(record(known), knowledge) == ()


def test_a_value_is_not_told(knowledge):
    (found,) = unread_of(record(entry(Kind.MEASUREMENT, "4", "Hair zinc", Quantity(9.0, "mg/kg"))), knowledge)
    assert found.names == ("Hair zinc",)


@pytest.mark.parametrize("part", ["unread", "ignored"])
def test_the_contract_has_it_in_both_places(part):
    bundle = {
        "resourceType": "Condition",
        "code": {
            "coding": [{"system": "http://snomed.info/sct", "code": "36971009", "display": "Sinusitis"}]
        },
    }
    told = consult(bundle, "2026-01-01").to_dict()
    assert "Sinusitis" in str(told[part])
