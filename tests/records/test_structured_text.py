"""Text for machines is read as what it is or refused by its name, a text in another language too."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest

import calcinosis
from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import load
from calcinosis.language import cleaned
from calcinosis.records import read

from .real import PATIENT, answered, bundle, condition, listed, observation, present

REFUSED = {
    "a table of 2 patients": "MRN;DIAGNOSIS;STATUS\n1;Dermatomyositis;refuted\n2;Diabetes;confirmed\n",
    "a table of 3 patients": "patient_id,finding\nA,ulcer\nB,ulcer\nC,nodule\n",
    "a table": "Finding\tStatus\nDermatomyositis\texcluded\nRaynaud\texcluded\n",
    "RDF in Turtle": "@prefix fhir: <http://hl7.org/fhir/> .\n<c1> a fhir:Condition ; fhir:code 'dermatomyositis' .\n",
    "FHIR Shorthand": "Instance: Dm\nInstanceOf: Condition\n* code = #dermatomyositis\n* verificationStatus = #refuted\n",
    "an HTML page": "<table><tr><td>Dermatomyositis</td><td>no</td></tr></table>",
    "JSON with comments": '// exported\n{"resourceType": "Condition",\n "code": {"text": "dermatomyositis"}}\n',
    "SQL": "INSERT INTO findings VALUES (1, 'dermatomyositis', false);\n",
    "a file of settings": "[findings]\ndermatomyositis = false\nraynaud = true\n",
    "a protobuf message": 'phenotypic_features {\n  type {\n    label: "Dermatomyositis"\n  }\n  excluded: true\n}\n',
    "YAML": "patient:\n  problems:\n    - name: dermatomyositis\n      status: refuted\n    - name: raynaud\n      status: active\n",
}


@pytest.mark.parametrize(("name", "text"), REFUSED.items(), ids=REFUSED)
def test_structured_text_is_refused_by_name(name, text):
    with pytest.raises(UnreadableRecord, match=name):
        calcinosis.consult(text)


NOTES = [
    "[**2101-5-3**] 54-year-old woman with dermatomyositis.",
    "[x] dermatomyositis\n[ ] diabetes\n",
    "{redacted} has dermatomyositis.",
    "[2025-12-20] Seen in clinic. Dermatomyositis.",
    "History:\n  - dermatomyositis\nExamination:\n  - firm nodules of the elbow\n",
    "Dermatomyositis, diagnosed 2015, on methotrexate.\nFirm nodules, both elbows, slowly growing.\n",
    "Diagnosis: dermatomyositis\nPlan: see in clinic\n",
    "Dermatomyositis. Seen by Dr von Recklinghausen. MIT stain done, EST normal.",
]


@pytest.mark.parametrize("note", NOTES)
def test_a_note_stays_a_note(note):
    assert "dermatomyositis" in present(answered(note))


def phenopacket() -> dict:
    return {
        "id": "x",
        "metaData": {"created": "2025-06-01T00:00:00Z", "phenopacketSchemaVersion": "2.0"},
        "phenotypicFeatures": [
            {"type": {"id": "HP:0200042", "label": "Skin ulcer"}},
            {"excluded": True, "type": {"id": "HP:0100324", "label": "Scleroderma"}},
        ],
        "subject": {"id": "s", "sex": "FEMALE"},
    }


@pytest.mark.parametrize("sort", [True, False])
@pytest.mark.parametrize(
    "record",
    [phenopacket(), bundle(condition("No systemic sclerosis"), observation("Ulceration", valueBoolean=True))],
)
def test_a_record_in_yaml_is_the_same_record(record, sort):
    yaml = pytest.importorskip("yaml")
    plain = json.loads(json.dumps(record))
    written = calcinosis.consult(yaml.safe_dump(plain, sort_keys=sort), as_of="2026-01-01").to_dict()
    assert written["findings"] == answered(record)["findings"]
    assert "ulceration" in present(written)
    assert "systemic_sclerosis" not in present(written)


def test_ndjson_may_have_other_lines_first_and_separators_in_its_strings():
    refuted = condition("Dermatomyositis", verificationStatus={"coding": [{"code": "refuted"}]})
    told = condition("Raynaud phenomenon\u2028since May", id="c2")
    lines = [json.dumps(item, ensure_ascii=False) for item in (PATIENT, refuted, told)]
    found = answered("\n".join(["# export", *lines]) + "\n")
    assert {"raynaud"} <= present(found)
    assert "dermatomyositis" not in present(found)
    assert "line 1" in listed(found)


def test_python_objects_mean_what_their_json_means():
    seen = observation("Calcium", valueQuantity={"value": Decimal("12.9"), "unit": "mg/dL"})
    held = bundle(seen | {"effectiveDateTime": date(2025, 12, 20)})
    held["entry"][0]["resource"] = {**PATIENT, "birthDate": date(1970, 5, 3)}
    held["entry"] = tuple(held["entry"])
    found = answered(held)
    assert 55 < found["patient"]["age_years"] < 56
    assert "hypercalcaemia" in present(found)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("Dutch", "Geen sclerodermie. Geen koorts."),
        ("German", "Keine Dermatomyositis, kein Raynaud-Phänomen."),
        ("French", "Pas de sclérodermie, pas de syndrome de Raynaud."),
        ("Spanish", "Paciente sin dermatomiositis; niega Raynaud, sin lupus."),
        ("Italian", "Nessun fenomeno di Raynaud, senza lupus."),
        ("Portuguese", "Nega Raynaud. Sem lupus, não tem diabetes."),
        ("Swedish", "Ingen dermatomyosit och inte Raynaud."),
        ("Polish", "Bez dermatomyositis, nie ma Raynaud."),
        ("not written in Latin letters", "Дерматомиозит исключён. Склеродермии нет."),
    ],
)
def test_a_note_in_another_language_is_refused(language, text):
    with pytest.raises(UnreadableRecord, match=language):
        calcinosis.consult(text)
    document = {"resourceType": "DocumentReference", "id": "d", "status": "current",
                "content": [{"attachment": {"contentType": "text/plain", "data": _base64(text)}}]}  # fmt: skip
    found = answered(bundle(document))
    assert not {"dermatomyositis", "raynaud", "systemic_lupus_erythematosus"} & present(found)
    assert "only English is read" in listed(found)


def _base64(text: str) -> str:
    import base64

    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("written", "read_as"),
    [
        ("Raynaud: **yes**", "Raynaud: yes"),
        ("ulcer: *no*", "ulcer: no"),
        ("__Age:__ 54", "Age: 54"),
        ("2 * 3 mm * 4 mm", "2 * 3 mm * 4 mm"),
        ("snake_case_name", "snake_case_name"),
        ("CO2 [**Name**]", "CO2 [Name]"),
    ],
)
def test_marks_of_emphasis_are_not_read_and_no_place_moves(written, read_as):
    clean = cleaned(written, load())
    assert clean.text == read_as
    start, end = clean.span(0, len(read_as))
    assert written[start:end].strip("*_") == written.strip("*_")


@pytest.mark.parametrize(
    ("subject", "years"),
    [
        (
            {
                "dateOfBirth": "1970-01-01T00:00:00Z",
                "timeAtLastEncounter": {"age": {"iso8601duration": "P9Y"}},
            },
            9,
        ),
        ({"dateOfBirth": "1985-03-01", "timeAtLastEncounter": {"age": {"iso8601duration": "P7Y6M"}}}, 7.5),
        ({"dateOfBirth": "1970-01-01T00:00:00Z"}, None),
    ],
)
def test_an_age_at_the_encounter_outweighs_a_birth_that_contradicts_it(subject, years):
    packet = {**phenopacket(), "subject": {"id": "s", "sex": "MALE", **subject}}
    assert read(packet, knowledge=load()).patient.age_years == years
    assert "dateOfBirth" in listed(answered(packet))


def test_a_birth_that_agrees_with_the_encounter_stays():
    subject = {
        "id": "s",
        "dateOfBirth": "1990-03-01",
        "timeAtLastEncounter": {"age": {"iso8601duration": "P34Y"}},
    }
    packet = {**phenopacket(), "subject": subject}
    assert read(packet, knowledge=load()).patient.birth.first.year == 1990
