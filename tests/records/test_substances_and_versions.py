"""How drugs are given and held, classes of allergens, and the versions of FHIR before and after R4."""

from __future__ import annotations

import base64

import pytest

from .real import SUBJECT, allergy, answered, bundle, condition, listed, medication, present, statuses


@pytest.mark.parametrize(
    ("label", "more"),
    [
        ("Betamethasone 0.1% ointment", {}),
        ("Prednisolone", {"dosage": [{"route": {"text": "Ophthalmic"}}]}),
        ("Prednisolone", {"dosage": [{"text": "two eye drops twice daily"}]}),
        (
            "Prednisolone",
            {"dosage": [{"route": {"coding": [{"system": "http://snomed.info/sct", "code": "6064005"}]}}]},
        ),
        ("Prednisolone ear drops", {}),
        ("Hydrocortisone rectal foam", {}),
    ],
)
def test_what_is_put_on_or_into_a_place_is_not_taken(label, more):
    found = answered(bundle(medication(label, **more)))
    assert "drug_systemic_corticosteroid" not in present(found)
    assert "given locally" in listed(found)


@pytest.mark.parametrize(
    "label", ["Prednisolone 5 mg oral tablet", "Prednisone", "Methylprednisolone intravenous"]
)
def test_what_is_taken_is(label):
    assert statuses(medication(label)).get("drug_systemic_corticosteroid") == "present"


def test_a_catheter_flush_is_no_anticoagulation():
    for label in ("Heparin flush 10 units/mL", "Heparin lock solution"):
        assert "drug_heparin_subcutaneous" not in present(answered(bundle(medication(label))))


def test_a_drug_that_works_where_it_is_given_counts():
    assert "drug_triamcinolone" in present(
        answered(bundle(medication("Triamcinolone intralesional injection")))
    )


NOT_TAKEN_NOW = [
    {"status": "on-hold"},
    {"status": "stopped"},
    {"status": "completed"},
    {"status": "not-taken"},
    {"status": "intended"},
    {"taken": "n"},  # STU3
    {"wasNotTaken": True},  # DSTU2
    {"reasonNotTaken": [{"text": "bleeding"}]},
    {"status": "recorded", "adherence": {"code": {"coding": [{"code": "not-taking"}]}}},  # R5
    {"status": "recorded", "adherence": {"code": {"coding": [{"code": "on-hold"}]}}},
    {"status": "recorded", "adherence": {"code": {"coding": [{"code": "stopped-as-directed"}]}}},
    {"dosage": [{"text": "held since Monday"}]},
    {"dosage": [{"text": "ON HOLD"}]},
]


@pytest.mark.parametrize("more", NOT_TAKEN_NOW)
def test_a_drug_that_is_not_taken_now_is_not(more):
    assert "drug_vitamin_k_antagonist" not in present(answered(bundle(medication("warfarin", **more))))


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"taken": "y"},
        {"wasNotTaken": False},
        {"status": "recorded", "adherence": {"code": {"coding": [{"code": "taking"}]}}},
        {"dosage": [{"text": "hold if INR > 4"}]},
        {"dosage": [{"text": "5 mg daily, stop taking before surgery"}]},
    ],
)
def test_a_drug_that_is_taken_stays(more):
    assert "drug_vitamin_k_antagonist" in present(answered(bundle(medication("warfarin", **more))))


@pytest.mark.parametrize(
    "drug",
    [
        {"resourceType": "MedicationOrder", "id": "m", "status": "active", "patient": SUBJECT,
         "medicationCodeableConcept": {"text": "warfarin"}},
        {"resourceType": "MedicationRequest", "id": "m", "status": "active", "subject": SUBJECT,
         "medication": {"concept": {"text": "warfarin"}}},
        {"resourceType": "MedicationStatement", "id": "m", "status": "active", "subject": SUBJECT,
         "contained": [{"resourceType": "Medication", "id": "x",
                        "ingredient": [{"itemCodeableConcept": {"text": "warfarin"}}]}],
         "medicationReference": {"reference": "#x"}},
        {"resourceType": "MedicationStatement", "id": "m", "status": "active", "subject": SUBJECT,
         "contained": [{"resourceType": "Medication", "id": "x",
                        "ingredient": [{"item": {"concept": {"text": "warfarin"}}}]}],
         "medication": {"reference": {"reference": "#x"}}},
        {"resourceType": "MedicationStatement", "id": "m", "status": "active", "subject": SUBJECT,
         "contained": [{"resourceType": "Medication", "id": "x",
                        "product": {"ingredient": [{"item": {"display": "warfarin"}}]}}],
         "medicationReference": {"reference": "#x"}},
    ],
)  # fmt: skip
def test_every_version_names_a_drug(drug):
    assert "drug_vitamin_k_antagonist" in present(answered(bundle(drug)))


@pytest.mark.parametrize(
    ("label", "finding"),
    [
        ("Calcium channel blockers", "allergy_calcium_channel_blocker"),
        ("Calcium antagonists (class)", "allergy_calcium_channel_blocker"),
        ("NSAIDs", "allergy_nsaid"),
        ("Nonsteroidal anti-inflammatory agents", "allergy_nsaid"),
        ("Beta-lactam antibiotics", "allergy_penicillin"),
        ("Local anesthetics", "allergy_lidocaine"),
        ("Sulfa drugs", "allergy_sulfonamide"),
    ],
)
def test_an_allergy_to_a_class_is_read_by_its_name(label, finding):
    assert statuses(allergy(label)).get(finding) == "present"
    reaction = allergy(
        "Drug allergy", reaction=[{"substance": {"text": label}, "manifestation": [{"text": "rash"}]}]
    )
    assert statuses(reaction).get(finding) == "present"


@pytest.mark.parametrize(
    ("note", "found"),
    [
        ("Anaphylaxis with diltiazem in 2015", True),
        ("also reacts to calcium channel blockers", True),
        ("Rash. Tolerates diltiazem.", False),
        ("Rash; diltiazem tolerated since", False),
    ],
)
def test_the_note_of_an_allergy_names_what_is_reacted_to(note, found):
    noted = allergy("Penicillin", note=[{"text": note}])
    assert ("allergy_calcium_channel_blocker" in present(answered(bundle(noted)))) is found
    described = allergy("Penicillin", reaction=[{"description": note}])
    assert ("allergy_calcium_channel_blocker" in present(answered(bundle(described)))) is found


@pytest.mark.parametrize(
    ("more", "status"),
    [({"status": "active"}, "present"), ({"status": "refuted"}, "absent"), ({"status": "unconfirmed"}, "unknown"),
     ({"status": "entered-in-error"}, "unknown")],
)  # fmt: skip
def test_an_allergy_of_dstu2_has_a_substance_and_one_status(more, status):
    held = {
        "resourceType": "AllergyIntolerance",
        "id": "a",
        "patient": SUBJECT,
        "substance": {"text": "colchicine"},
    }
    assert statuses({**held, **more}).get("allergy_colchicine", "unknown") == status


def test_a_procedure_that_was_not_done_was_not_in_any_version():
    for more in (
        {"status": "not-done"},
        {"notDone": True},
        {"notPerformed": True},
        {"reasonNotPerformed": [{"text": "x"}]},
    ):
        done = {"resourceType": "Procedure", "id": "p", "status": "completed", "subject": SUBJECT,
                "code": {"text": "Parathyroidectomy"}}  # fmt: skip
        assert "parathyroidectomy" not in present(answered(bundle({**done, **more})))


def test_a_questionnaire_of_dstu2_has_groups_and_headings_govern():
    held = {
        "resourceType": "QuestionnaireResponse",
        "id": "q",
        "status": "completed",
        "group": {
            "group": [
                {
                    "title": "Family history",
                    "question": [{"text": "Systemic sclerosis", "answer": [{"valueBoolean": True}]}],
                },
                {
                    "title": "Reported by the mother",
                    "question": [{"text": "Skin ulcer", "answer": [{"valueBoolean": True}]}],
                },
            ]
        },
    }
    found = present(answered(bundle(held)))
    assert "systemic_sclerosis" not in found
    assert "ulceration" in found


def test_text_in_a_binary_and_a_lone_narrative_are_read():
    data = base64.b64encode(b"Systemic sclerosis for ten years.").decode()
    binary = {"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": data}
    report = {"resourceType": "DiagnosticReport", "id": "r", "status": "final", "subject": SUBJECT,
              "code": {"text": "Letter"}, "presentedForm": [{"contentType": "text/plain", "url": "Binary/b"}]}  # fmt: skip
    assert "systemic_sclerosis" in present(answered(bundle(report, binary)))
    alone = {"resourceType": "Condition", "id": "c", "subject": SUBJECT,
             "text": {"status": "additional", "div": "<div>Dermatomyositis since 2010</div>"}}  # fmt: skip
    found = answered(bundle(alone))
    assert "dermatomyositis" in present(found)
    assert "Condition/c" in listed(found)


def test_an_evidence_of_r5_is_read():
    held = condition("Systemic sclerosis", evidence=[{"concept": {"text": "Raynaud phenomenon"}}])
    assert "raynaud" in present(answered(bundle(held)))
