"""The same fact in another form gives the same finding: as a resource, a phenopacket, a case file, a note; by
boolean, code or string; in another unit, in another order. What was measured in urine says nothing of blood."""

from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
import yaml

from calcinosis import consult
from calcinosis.knowledge import load

ROOT = Path(__file__).parent.parent.parent
DAY = "2026-01-01"
KNOWLEDGE = load()
HELD = KNOWLEDGE.contents
# What a person may have or not have, and can be asked for by its name alone.
ASKED = [
    name
    for name, term in HELD.findings.items()
    if HELD.kinds[term.kind].presenting and HELD.kinds[term.kind].deniable and not term.within
]
PATIENT = {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970-05-03"}


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    entries = [{"resource": resource} for resource in (PATIENT, *resources)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def observation(label: str, **value: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "effectiveDateTime": DAY,
        "subject": {"reference": "Patient/p"},
        "code": {"text": label},
        **value,
    }


def status(record: Any, name: str) -> str:
    return consult(record, DAY).findings.get(name).status.value


def of_all(record: Any) -> dict[str, Any]:
    found = consult(record, DAY).findings
    measured = {name: (one.status.value, one.value) for name, one in found.measured.items()}
    return {name: one.status.value for name, one in found.by_id.items()} | measured


def as_condition(label: str, present: bool) -> dict[str, Any]:
    verified = {"coding": [{"code": "confirmed" if present else "refuted"}]}
    condition = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}, "code": {"text": label}}
    return bundle({**condition, "verificationStatus": verified})


def as_packet(label: str, present: bool) -> dict[str, Any]:
    feature = {"type": {"id": "X:1", "label": label}, "excluded": not present}
    return {
        "metaData": {"phenopacketSchemaVersion": "2.0"},
        "subject": {"id": "p", "sex": "FEMALE"},
        "phenotypicFeatures": [feature],
    }


FORMS = {
    "condition": as_condition,
    "phenopacket": as_packet,
    "case file": lambda label, present: f"sex: female\n{'present' if present else 'absent'}: [{label!r}]\n",
}
PROSE = {
    "note": lambda label, present: (
        f"The patient {'has' if present else 'has no'} {label[0].lower()}{label[1:]}."
    ),
    "list": lambda label, present: f"{'Present' if present else 'Negative for'}: {label}.",
    "form": lambda label, present: f"{label}: {'yes' if present else 'no'}",
}
# Names that no sentence can hold ("has no free of pain", "muscle weakness, proximal"), and kinds of a sign that
# has a name of its own: who has no painful purpura may have purpura.
NO_NOUN = re.compile(r"(?:no|not|free|does|painful)\b|.*(?:,| or | on | away )", re.I)
_YES_NO = "http://terminology.hl7.org/CodeSystem/v2-0136"
ANSWERS: dict[str, dict[bool, dict[str, Any]]] = {
    "boolean": {said: {"valueBoolean": said} for said in (True, False)},
    "string": {True: {"valueString": "Yes"}, False: {"valueString": "No"}},
    "small string": {True: {"valueString": "yes"}, False: {"valueString": "no"}},
    "text": {said: {"valueCodeableConcept": {"text": "Yes" if said else "No"}} for said in (True, False)},
    "SNOMED CT": {
        said: {"valueCodeableConcept": {"coding": [{"system": "http://snomed.info/sct", "code": code}]}}
        for said, code in ((True, "373066001"), (False, "373067005"))
    },
    "SNOMED CT qualifier": {
        said: {"valueCodeableConcept": {"coding": [{"display": f"{word} (qualifier value)"}]}}
        for said, word in ((True, "Present"), (False, "Absent"))
    },
    "LOINC": {
        said: {"valueCodeableConcept": {"coding": [{"system": "http://loinc.org", "code": code}]}}
        for said, code in ((True, "LA33-6"), (False, "LA32-8"))
    },
    "v2-0136": {
        said: {"valueCodeableConcept": {"coding": [{"system": _YES_NO, "code": code}]}}
        for said, code in ((True, "Y"), (False, "N"))
    },
}


def told(name: str, present: bool, record: Any) -> bool:
    """Whether a record says of a finding what it should."""
    return status(record, name) == ("present" if present else "absent")


@pytest.mark.parametrize("present", [True, False], ids=["there", "not there"])
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_finding_is_the_same_in_every_form(form, present):
    assert len(ASKED) > 50
    assert [name for name in ASKED if not told(name, present, form(HELD.findings[name].label, present))] == []


@pytest.mark.parametrize("present", [True, False], ids=["there", "not there"])
@pytest.mark.parametrize("form", PROSE.values(), ids=PROSE)
def test_a_finding_is_the_same_in_prose(form, present):
    labels = {name: HELD.findings[name].label for name in ASKED}
    named = {name: label for name, label in labels.items() if not NO_NOUN.match(label)}
    assert len(named) > 50
    assert [name for name, label in named.items() if not told(name, present, form(label, present))] == []


@pytest.mark.parametrize("said", [True, False], ids=["there", "not there"])
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_the_same_by_boolean_code_and_string(answer, said):
    labels = {name: HELD.findings[name].label for name in ASKED}
    wrong = [
        name
        for name, label in labels.items()
        if not told(name, said, bundle(observation(label, **answer[said])))
    ]
    assert wrong == []


EXAMPLES = sorted((ROOT / "examples").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_record_in_yaml_and_back_is_the_same(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    assert of_all(yaml.safe_dump(record)) == of_all(yaml.safe_load(yaml.safe_dump(record))) == of_all(record)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_order_of_resources_changes_nothing(path):
    record = json.loads(path.read_text(encoding="utf-8"))
    whole, random = of_all(record), Random(7)
    for _ in range(4):
        for listed in (value for value in record.values() if isinstance(value, list)):
            random.shuffle(listed)
        assert of_all(record) == whole


MEASURED = {
    name: list(HELD.factors[name])
    for name, one in HELD.analytes.items()
    if len(HELD.factors.get(name, {})) > 1 and not one.affine
}
# A little off round numbers, so that rounding takes none to a limit.
VALUES = (0.10307, 0.9613, 2.4109, 9.513, 41.37, 203.11, 1501.7)


@pytest.mark.parametrize("name", MEASURED)
@pytest.mark.parametrize("written", ["note", "observation"])
def test_a_value_in_another_unit_is_the_same(name, written):
    label, factors = HELD.analytes[name].label, HELD.factors[name]

    def record(value: float, unit: str) -> Any:
        number = value * factors[MEASURED[name][0]] / factors[unit]
        if written == "note":
            return f"Nodule of the elbow. {label} {number:.6f} {unit}."
        return bundle(observation(label, valueQuantity={"value": number, "unit": unit}))

    def found(value: float, unit: str) -> dict[str, str]:
        return {
            id_: one.status.value for id_, one in consult(record(value, unit), DAY).findings.by_id.items()
        }

    first, *others = MEASURED[name]
    for value in VALUES:
        for unit in others:
            if written == "note" and ("/" not in unit or "[" in unit):
                continue  # a code that nobody writes in prose
            if written == "note" and min(value, value * factors[first] / factors[unit]) < 0.01:
                continue  # nobody writes so many decimals
            assert found(value, unit) == found(value, first), (value, unit)


BLOOD = ("calcium", "phosphate", "creatinine", "sodium", "potassium", "glucose", "albumin", "protein", "urea")
ELSEWHERE = (
    "{0}, urine",
    "{0} in urine",
    "Urine {0}",
    "Urinary {0}",
    "24 h urine {0}",
    "{0}, urine (24 h)",
    "{0} (urine)",
    "U-{0}",
    "Stool {0}",
    "Sweat {0}",
    "CSF {0}",
    "{0}, CSF",
)


@pytest.mark.parametrize("name", BLOOD)
@pytest.mark.parametrize("label", ELSEWHERE)
def test_what_was_measured_elsewhere_says_nothing_of_blood(label, name):
    words = label.format(name)
    quantity = {"value": 2.1, "unit": "mmol/L"}
    blood = {one.id for one in HELD.analytes.values() if one.id.startswith(("serum_", "ionised_", "glucose"))}
    for record in (
        f"Nodule of the elbow. {words} 2.1 mmol/L.",
        f"labs: {{'{words}': 2.1 mmol/L}}\n",
        bundle(observation(words, valueQuantity=quantity)),
        bundle(observation(words, valueQuantity=quantity, interpretation=[{"text": "high"}])),
    ):
        said = {
            one for one, found in consult(record, DAY).findings.measured.items() if found.value is not None
        }
        assert not said & blood, record
