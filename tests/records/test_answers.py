"""A question answered in code, in words or as a truth value means the same, whatever resource asks it."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.knowledge.answers import answers_of

from .real import WHO, answered, bundle, observation, present, statuses

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
NULL = "http://terminology.hl7.org/CodeSystem/v3-NullFlavor"


def coded(system: str, code: str, display: str = "") -> dict:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code, "display": display}]}}


YES = [
    {"valueBoolean": True},
    {"valueString": "Yes"},
    {"valueString": "yes, since 2019"},
    {"valueCodeableConcept": {"text": "Present"}},
    coded(SNOMED, "373066001"),
    coded(SNOMED, "52101004", "Present (qualifier value)"),
    coded(LOINC, "LA33-6", "Yes"),
    coded("urn:local", "1", "Known present"),
]
NO = [
    {"valueBoolean": False},
    {"valueString": "No"},
    {"valueString": "none."},
    {"valueString": "denied"},
    {"valueCodeableConcept": {"text": "Absent"}},
    coded(SNOMED, "373067005", "No (qualifier value)"),
    coded(SNOMED, "410516002", "Known absent (qualifier value)"),
    coded(SNOMED, "260415000", "Not detected"),
    coded(LOINC, "LA32-8"),
    coded(LOINC, "LA9634-2", "Absent"),
    coded("urn:local", "0", "Not present (qualifier value)"),
]
UNKNOWN = [
    {"valueString": "not asked"},
    {"valueString": "Unknown"},
    {"valueString": "see letter"},
    coded(SNOMED, "261665006", "Unknown (qualifier value)"),
    coded(NULL, "ASKU", "asked but unknown"),
    coded(NULL, "NASK"),
    coded(SNOMED, "82334004", "Indeterminate"),
]


@pytest.mark.parametrize("finding", [("Raynaud phenomenon", "raynaud"), ("Skin ulcer", "ulceration")])
@pytest.mark.parametrize(
    ("answers", "status"),
    [(YES, "present"), (NO, "absent"), (UNKNOWN, "unknown")],
    ids=["yes", "no", "unknown"],
)
def test_an_answer_is_read_in_every_form(finding, answers, status):
    label, name = finding
    for answer in answers:
        assert statuses(observation(label, **answer)).get(name, "unknown") == status, answer


@pytest.mark.parametrize(("answers", "status"), [(YES, "present"), (NO, "absent"), (UNKNOWN, "unknown")])
def test_a_component_answers_as_an_observation_does(answers, status):
    for answer in answers:
        parts = {"component": [{"code": {"text": "Livedo reticularis"}, **answer}]}
        found = statuses(observation("Skin examination", **parts))
        assert found.get("livedo", "unknown") == status, answer


def test_no_to_every_question_raises_nothing():
    asked = ["Systemic sclerosis", "Dialysis", "Livedo reticularis", "Necrosis", "Pain"]
    no = coded(SNOMED, "373067005", "No")
    found = answered(bundle(*(observation(label, id=label[:3], **no) for label in asked)))
    assert not found["urgent"]
    assert not {"systemic_sclerosis", "dialysis", "necrosis_eschar", "pain_any"} & {
        item["id"] for item in found["findings"] if item["status"] == "present"
    }


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"valueString": "severe"}, "present"),
        ({"valueString": "3 cm, left shin"}, "present"),
        ({"valueString": "see the letter of the surgeon"}, "unknown"),
        ({"valueString": "as above"}, "unknown"),
    ],
)
def test_an_answer_in_words_counts_where_it_is_understood(said, status):
    assert statuses(observation("Skin ulcer", **said)).get("ulceration", "unknown") == status


@pytest.mark.parametrize(
    ("label", "value", "name"),
    [
        ("Family history of systemic sclerosis", True, "systemic_sclerosis"),
        ("No Raynaud phenomenon", True, "raynaud"),
    ],
)
def test_what_a_question_itself_says_holds_of_its_answer(label, value, name):
    assert statuses(observation(label, valueBoolean=value)).get(name) != "present"


@pytest.mark.parametrize(
    ("result", "status"),
    [
        ({"valueString": "Positive 1:640"}, "present"),
        ({"valueString": "POSITIVE (1:320)"}, "present"),
        ({"valueString": "1:1280"}, "present"),
        ({"valueString": ">1:640"}, "present"),
        ({"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 640}}}, "present"),
        ({"valueString": "1:40"}, "absent"),
        ({"valueString": "Negative (<1:40)"}, "absent"),
        (coded(SNOMED, "260385009", "Negative (qualifier value)"), "absent"),
        (coded(SNOMED, "10828004"), "present"),
        (coded(SNOMED, "42425007", "Equivocal (qualifier value)"), "unknown"),
    ],
)
def test_a_serology_is_read_by_word_code_and_titre(result, status):
    assert statuses(observation("Antinuclear antibody", **result)).get("ana_positive", "unknown") == status


def test_judgements_that_contradict_each_other_are_none():
    both = {"valueString": "Positive", "interpretation": [{"coding": [{"code": "NEG"}]}]}
    assert statuses(observation("Antinuclear antibody", **both)).get("ana_positive", "unknown") == "unknown"


@pytest.mark.parametrize(
    ("label", "result"),
    [
        ("Calcium stain (von Kossa)", "Negative"),
        ("Gram stain", "No leukocytes seen"),
        ("Tuberculin skin test", "No reaction"),
        ("Syphilis test", "Non-reactive"),
    ],
)
def test_a_stain_or_a_test_states_no_disease_and_judges_no_blood_value(label, result):
    found = answered(bundle(observation(label, valueString=result)))
    assert not [item for item in found["measured"] if item["id"] != "age_years"]
    assert not {"syphilis", "tuberculosis", "leukopenia"} & set(
        statuses(observation(label, valueString=result))
    )


@pytest.mark.parametrize(
    ("words", "kind", "rest"),
    [
        ("Absent (qualifier value)", "negative", ""),
        ("Positive 1:640", "positive", "1:640"),
        ("Yes, since 2019", "yes", "since 2019"),
        ("No change", "", ""),
        ("High risk", "", ""),
        ("Nothing abnormal", "", ""),
    ],
)
def test_only_a_whole_answer_is_one(words, kind, rest):
    assert answers_of(load()).of_words(words) == (kind, rest)


def questionnaire(*items):
    return {"resourceType": "QuestionnaireResponse", "id": "q", "status": "completed", "item": list(items)}


def chosen(question, display, **more):
    coding = {"system": "urn:oid:1.2.3.4", "code": "1", **({"display": display} if display else {})}
    return {"linkId": "x", "text": question, "answer": [{"valueCoding": coding | more}]}


@pytest.mark.parametrize(
    "question",
    ["Relationship to you", "Relation to patient", "Which relative?", "Degree of relationship"],
)
@pytest.mark.parametrize("deep", [False, True])
def test_a_disease_in_a_group_about_somebody_related_is_not_the_patients(question, deep):
    who = chosen(question, "Maternal aunt")
    disease = chosen("Disease or condition", "Systemic lupus erythematosus")
    group = {"linkId": "g", "item": [{"linkId": "a", "item": [who]} if deep else who,
                                     {"linkId": "b", "item": [disease]}]}  # fmt: skip
    held = statuses(questionnaire(group, chosen("Disease or condition", "Dermatomyositis")))
    assert "lupus" not in held
    assert held["dermatomyositis"] == "present"


def test_a_group_about_the_patient_is_the_patients():
    group = {"linkId": "g", "item": [chosen("Relationship to patient", "Self"),
                                     chosen("Disease or condition", "Dermatomyositis")]}  # fmt: skip
    assert statuses(questionnaire(group))["dermatomyositis"] == "present"


@pytest.mark.parametrize(
    "heading",
    ["Family member health information", "This family member's history of disease", "Mother's health"],
)
def test_what_stands_below_a_heading_about_relatives_is_not_the_patients(heading):
    group = {"linkId": "g", "text": heading, "item": [chosen("Disease", "Dermatomyositis")]}
    assert "dermatomyositis" not in statuses(questionnaire(group))


@pytest.mark.parametrize(
    "choice",
    ["Localizing pain", "Wrong procedure (such as administering overdose or incorrect medication)"],
)
def test_a_choice_is_a_label_of_which_every_word_must_be_understood(choice):
    assert present(answered(bundle(questionnaire(chosen("Which?", choice))))) <= WHO


def test_the_address_of_a_code_system_is_no_answer():
    held = chosen("", "", system="http://cancer.questionnaire.example/ulcer")
    assert present(answered(bundle(questionnaire(held)))) <= WHO


@pytest.mark.parametrize(
    "code",
    [
        {"text": "Genetic disease assessed"},
        {"coding": [{"system": LOINC, "code": "51963-7"}]},
        {"coding": [{"system": LOINC, "code": "81259-4", "display": "Associated phenotype"}]},
    ],
)
@pytest.mark.parametrize("part", [False, True])
def test_what_a_test_is_for_is_not_what_the_patient_has(code, part):
    said = {"code": code, "valueCodeableConcept": {"text": "Systemic sclerosis"}}
    panel = {"component": [said], "valueString": "done"} if part else said
    assert "systemic_sclerosis" not in statuses(observation("Gene panel", **panel))
