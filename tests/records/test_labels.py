"""The name of an unknown code counts as a whole or not at all; a phrase as far as it is understood."""

from __future__ import annotations

import csv

import pytest

from calcinosis.knowledge import load
from calcinosis.records.labels import labels_of

from .real import WHO, answered, bundle, condition, observation, present, statuses

UNKNOWN = "urn:oid:1.2.3.4"


def packet(*labels: str) -> dict:
    features = [{"type": {"id": f"LOCAL:{place}", "label": label}} for place, label in enumerate(labels)]
    return {
        "id": "x",
        "subject": {"id": "s", "sex": "FEMALE", "timeAtLastEncounter": {"age": {"iso8601duration": "P30Y"}}},
        "metaData": {"created": "2025-06-01T00:00:00Z", "phenopacketSchemaVersion": "2.0"},
        "phenotypicFeatures": features,
    }


STRAY = [
    "Premature atrial contractions",
    "Premature ejaculation",
    "Reduced bone mineral density",
    "Elevated circulating lactate concentration",
    "Loss of facial adipose tissue",
    "Insulin resistance",
    "Diabetes insipidus",
    "Abnormal serum calcitonin concentration",
    "Retinal calcification",
    "Calcification of the bronchi",
    "Ulcer of the stomach",
    "Necrosis of the femoral head",
    "Facial nerve palsy",
    "Inguinal hernia",
    "Elbow dislocation",
    "Catheter ablation of tissue of heart",
    "Fear of cancer",
    "Nodule of the thyroid",
    "White matter lesion",
    "Cystic kidney",
    "Foot drop",
]


@pytest.mark.parametrize("label", STRAY)
def test_one_stray_word_of_a_label_says_nothing(label):
    assert present(answered(packet(label))) <= WHO
    coded = condition("x") | {"code": {"coding": [{"system": UNKNOWN, "code": "1", "display": label}]}}
    assert present(answered(bundle(coded))) <= WHO
    assert present(answered(bundle(condition(label)))) <= WHO


@pytest.mark.parametrize(
    ("label", "finding"),
    [
        ("Systemic sclerosis (disorder)", "systemic_sclerosis"),
        ("Severe Raynaud phenomenon", "raynaud"),
        ("Livedo reticularis", "livedo"),
        ("Chronic kidney disease, stage 5", "chronic_kidney_disease"),
        ("Hypercalcemia of malignancy", "malignancy_hypercalcaemia"),
        ("Skin ulcer of left lower leg", "ulceration"),
        ("Burn of right hand, third degree", "burn"),
        ("Extravasation of calcium gluconate, left hand", "extravasation"),
    ],
)
def test_a_whole_label_counts(label, finding):
    coded = condition("x") | {"code": {"coding": [{"system": UNKNOWN, "code": "1", "display": label}]}}
    for record in (packet(label), bundle(coded), bundle(condition(label))):
        assert finding in present(answered(record)), record


@pytest.mark.parametrize(
    ("phrase", "finding"),
    [
        ("Dermatomyositis under follow-up at the university clinic", "dermatomyositis"),
        ("Juvenile dermatomyositis, diagnosed 2015, in remission", "juvenile_dermatomyositis"),
        ("Neuropathy due to diabetes mellitus", "diabetes_history"),
        ("Sarcoidosis of lung", "sarcoidosis"),
        ("ESRD on hemodialysis", "haemodialysis"),
    ],
)
def test_a_phrase_counts_where_what_is_about_the_term_is_understood(phrase, finding):
    assert finding in present(answered(bundle(condition(phrase))))


def test_a_place_is_a_lesions_only_where_one_is_named():
    assert "site_elbow" not in statuses(condition("Fracture of the elbow"))
    assert statuses(condition("Hard nodule of the elbow"))["site_elbow"] == "present"


def test_a_place_in_a_denied_label_is_none():
    assert statuses(condition("No Raynaud phenomenon"))["raynaud"] == "absent"


@pytest.mark.parametrize(
    "label", ["Influenza vaccination", "Intramuscular injection of vaccine", "BCG vaccination"]
)
def test_a_vaccination_is_no_injection_where_the_lesion_is(label):
    done = {"resourceType": "Procedure", "id": "v", "status": "completed", "code": {"text": label},
            "bodySite": [{"text": "Left upper arm"}]}  # fmt: skip
    assert present(answered(bundle(done))) <= WHO


def test_a_number_never_says_that_what_it_measures_is_there():
    assert "pain_any" not in statuses(observation("Pain severity", valueInteger=0))


def test_labels_of_published_patients_that_were_read_wrongly(shared):
    with (shared / "records" / "hpo-labels-wrong.tsv").open() as handle:
        rows = list(csv.DictReader(handle, delimiter="\t"))
    wrong = {row["label"] for row in rows if row["wrong_finding"] in present(answered(packet(row["label"])))}
    # Whole terms of the vocabulary: what they mean is the vocabulary's to say.
    assert wrong <= {
        "Dysphagia",
        "Ectopic ossification in muscle tissue",
        "Malar rash",
        "Malignant hyperthermia",
        "Palpebral edema",
        "Poor wound healing",
    }


def test_the_words_of_a_label_are_told_apart_by_its_parts():
    labels = labels_of(load())
    phrase = "Burn of the leg 10 years ago; no diabetes; ulcer of the duodenum"
    assert [phrase[first:last].strip() for first, last in labels.understood(phrase)] == [
        "Burn of the leg 10 years ago; no diabetes;"
    ]
