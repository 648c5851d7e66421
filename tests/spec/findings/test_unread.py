"""What means nothing to the vocabulary is said, kind by kind, and is never passed over in silence."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.findings.unread import passed_over, unread_of
from calcinosis.model import Code, Ignored, Kind, Observation, Patient, Phrase, Quantity, Record, Unread


def record(*observations: Observation, phrases: tuple[str, ...] = ()) -> Record:
    unread = tuple(Phrase(f"note:{place}", words) for place, words in enumerate(phrases))
    return Record(format="fhir", patient=Patient(), observations=observations, unread=unread)


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


def test_every_kind_has_its_name_in_one_order(knowledge):
    seen = [entry(kind, "1", f"a {kind}") for kind in reversed(Kind)]
    found = unread_of(record(*seen, phrases=("waxy rind",)), knowledge)
    kinds = {
        Kind.CONDITION: "conditions",
        Kind.MEASUREMENT: "measurements",
        Kind.MEDICATION: "drugs",
        Kind.PROCEDURE: "procedures",
        Kind.ALLERGY: "allergies",
        Kind.IMAGING: "imaging",
        Kind.SIGN: "observations",
    }
    assert [one.kind for one in found] == [*(kinds[kind] for kind in Kind), "phrases"]
    assert [one.names for one in found] == [*((f"a {kind}",) for kind in Kind), ("waxy rind",)]


def test_the_commonest_come_first_then_by_name_and_no_more_than_ten(knowledge):
    names = "lkjihgfedcba"
    seen = [entry(Kind.CONDITION, name, name) for name in (*names, "g", "c", "g")]
    (found,) = unread_of(record(*seen), knowledge)
    assert (found.count, found.names) == (15, ("g", "c", "a", "b", "d", "e", "f", "h", "i", "j"))


def test_a_phrase_is_one_however_it_is_written_and_named_as_it_came_first(knowledge):
    (found,) = unread_of(record(phrases=("Waxy rind", "odd lump", "waxy RIND")), knowledge)
    assert found == Unread("phrases", 3, ("Waxy rind", "odd lump"))


@pytest.mark.parametrize(
    ("codes", "text", "value", "name"),
    [
        ((Code("SNOMED", "1"), Code("SNOMED", "2", "Sinusitis")), "as written", None, "Sinusitis"),
        ((Code("SNOMED", "1"), Code("SNOMED", "2")), "as written", None, "as written"),
        ((Code("SNOMED", "1"), Code("SNOMED", "2")), "hair zinc 9", Quantity(9.0), "SNOMED 1"),
        ((Code("SNOMED", "1"), Code("SNOMED", "2")), "", None, "SNOMED 1"),
        ((), "as written", None, "as written"),
    ],
)
def test_an_entry_is_named_as_the_record_names_it_else_by_its_first_code(knowledge, codes, text, value, name):
    seen = Observation(source="x", text=text, kind=Kind.SIGN, codes=codes, value=value)
    assert unread_of(record(seen), knowledge) == (Unread("observations", 1, (name,)),)


def test_what_has_no_name_at_all_is_counted(knowledge):
    seen = Observation(source="x", text="9", kind=Kind.SIGN, value=Quantity(9.0))
    assert unread_of(record(seen), knowledge) == (Unread("observations", 1, ()),)


def test_where_the_rest_is_understood_the_analyte_too_nothing_is_listed(knowledge):
    known = Observation(source="x", text="", kind=Kind.SIGN, codes=(Code("calcinosis", "serum_phosphate"),))
    assert unread_of(record(known), knowledge) == ()


def test_it_is_a_part_of_the_record_that_was_not_used():
    told = (Unread("conditions", 3, ("Pharyngitis", "Sinusitis")), Unread("drugs", 1, ()))
    assert list(passed_over(told)) == [
        Ignored("conditions", "3: Pharyngitis, Sinusitis", "means nothing to the vocabulary"),
        Ignored("drugs", "1", "means nothing to the vocabulary"),
    ]


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
