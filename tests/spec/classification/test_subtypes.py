"""Which subtype, from which cause: ranks, provisional conclusions, what is missing, what disagrees."""

from __future__ import annotations

from pathlib import Path

import pytest

from calcinosis import Consultation, consult
from calcinosis.model import Verdict

EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
MET, NOT_MET, UNKNOWN = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN


# A lesion in which calcium is proven, so that what it comes from is the question.
DEPOSIT = "present: [hard nodule, calcium deposits in a biopsy]\n"


def case(text: str) -> Consultation:
    """A consultation of a case file."""
    return consult(text, "2026-01-01")


def first(done: Consultation):
    return next((item for item in done.subtypes if item.rank == 1), None)


def verdict(done: Consultation, subtype: str) -> Verdict:
    return next(item for item in done.subtypes if item.id == subtype).status


def test_normal_calcium_and_phosphate_with_systemic_sclerosis_is_dystrophic():
    done = case(
        DEPOSIT
        + "age: 54 years\nhistory: [systemic sclerosis]\nlabs: {calcium: 9.4 mg/dL, phosphate: 3.5 mg/dL}"
    )
    assert first(done).id == "dystrophic"
    assert first(done).status is MET
    assert "systemic_sclerosis" in [cause.id for cause in first(done).causes if cause.status is MET]
    assert verdict(done, "metastatic") is NOT_MET


def test_without_calcium_and_phosphate_it_is_provisional_and_says_what_is_missing():
    done = case(DEPOSIT + "age: 54 years\nhistory: [systemic sclerosis]")
    found = first(done)
    assert found.id == "dystrophic"
    assert found.status is UNKNOWN
    assert found.provisional
    assert "metastatic" in found.not_yet_excluded
    missing = next(item for item in done.subtypes if item.id == "metastatic").missing
    assert ("hyperphosphataemia", "present", "met") in [
        (one.finding, one.status.value, one.becomes.value) for one in missing
    ]


def test_a_high_phosphate_on_dialysis_is_metastatic():
    done = case(
        DEPOSIT + "age: 61 years\nhistory: [haemodialysis]\nlabs: {phosphate: 7.7 mg/dL, calcium: 9.4 mg/dL}"
    )
    assert first(done).id == "metastatic"
    assert first(done).status is MET


def test_both_mechanisms_together_raise_the_mixed_flag():
    done = case(
        DEPOSIT
        + "age: 50 years\nhistory: [systemic sclerosis, haemodialysis]\nlabs: {phosphate: 8 mg/dL, calcium: 10 mg/dL}"
    )
    assert done.mixed.status is MET
    assert {"metastatic"} <= {item.id for item in done.subtypes if item.rank is not None}


def test_a_nodule_where_calcium_ran_in_is_iatrogenic_with_both_readings_of_the_sources():
    done = case(
        "age: 3 weeks\nexposures: [intravenous calcium gluconate, extravasation]\npresent: [firm plaque]\nsites: [forearm]"
    )
    assert first(done).id == "iatrogenic"
    assert "D4" in [entry.id for entry in first(done).disagreements]


def test_necrosis_on_dialysis_is_calciphylaxis_and_urgent_without_waiting_for_a_biopsy():
    done = case(
        "age: 62 years\nhistory: [haemodialysis]\npresent: [retiform purpura, black eschar, severe pain]\nsites: [thigh]"
    )
    assert first(done).id == "calciphylaxis"
    assert first(done).status is MET
    assert done.urgent


def test_normal_minerals_never_exclude_calciphylaxis():
    done = case(
        "age: 62 years\nhistory: [haemodialysis]\npresent: [retiform purpura, black eschar, severe pain]\n"
        "labs: {calcium: 9.2 mg/dL, phosphate: 3.6 mg/dL, PTH: 30 pg/mL}"
    )
    assert first(done).id == "calciphylaxis"


def test_a_scrotal_form_is_idiopathic_by_its_nature():
    done = case(
        "age: 33 years\nsex: male\npresent: [hard nodule]\nsites: [scrotum]\nnumber: multiple\nlabs: {calcium: 9.4 mg/dL, phosphate: 3.5 mg/dL}"
    )
    assert first(done).id == "idiopathic"
    assert any(form.id.startswith("scrotal") for form in done.forms)


def test_nothing_known_is_undetermined_and_never_idiopathic():
    done = case("age: 40 years\npresent: [nodule]")
    assert first(done) is None
    assert done.to_dict()["undetermined"] is True


def test_causes_looked_for_and_not_found_make_idiopathic_provisional_at_best():
    done = case(DEPOSIT + "age: 33 years\nabsent: [trauma, connective tissue disease, insect bite]")
    assert first(done).id == "idiopathic"
    assert first(done).provisional


def test_a_tie_of_values_on_both_sides_decides_nothing():
    done = consult(
        {
            "resourceType": "Bundle",
            "type": "collection",
            "entry": [
                {"resource": {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1970"}},
                *(
                    {
                        "resource": {
                            "resourceType": "Observation",
                            "id": name,
                            "status": "final",
                            "subject": {"reference": "Patient/p"},
                            "effectiveDateTime": "2025-12-20",
                            "code": {"coding": [{"system": "http://loinc.org", "code": "2777-1"}]},
                            "valueQuantity": {"value": value, "unit": "mg/dL"},
                        }
                    }
                    for name, value in (("a", 3.5), ("b", 7.9))
                ),
            ],
        },
        "2026-01-01",
    )
    assert verdict(done, "metastatic") is UNKNOWN
    assert done.findings.get("hyperphosphataemia").reason == "conflicting"


@pytest.mark.parametrize(
    ("example", "subtype"),
    [
        ("systemic-sclerosis-overlap.json", "dystrophic"),
        ("dermatomyositis-child.yaml", "dystrophic"),
        ("dialysis-calciphylaxis.txt", "calciphylaxis"),
        ("sarcoidosis-cola.phenopacket.json", "metastatic"),
        ("neonatal-calcium-gluconate.json", "iatrogenic"),
    ],
)
def test_published_patients_that_ship_as_examples(example, subtype):
    assert first(consult(EXAMPLES / example, "2026-01-01")).id == subtype


@pytest.mark.shared
@pytest.mark.parametrize(("form", "least"), [("fhir", 0.88), ("note", 0.84)])
def test_published_cases_agree_with_their_authors(shared, form, least):
    """Accuracy over every case with an accepted subtype; single cases may be wrong, the share may not fall."""
    from calcinosis.evaluation.cases import expected_of
    from calcinosis.evaluation.classification import accuracy, classified

    cases = expected_of(shared / "cases")
    found = accuracy(list(classified(shared / "cases", cases, "worked-up", form, "2026-01-01")))
    assert found.right / found.total >= least
    assert found.definite_right == found.definite, "a conclusion that is not provisional is wrong"


@pytest.mark.parametrize(
    ("history", "labs", "expected"),
    [
        ("systemic sclerosis, haemodialysis", "", ["dystrophic", "metastatic"]),
        ("systemic sclerosis, chronic kidney disease", "calcium: 9.4 mg/dL", ["dystrophic", "metastatic"]),
        ("dermatomyositis, haemodialysis", "", ["dystrophic", "metastatic"]),
        ("systemic sclerosis, haemodialysis", "phosphate: 7.9 mg/dL, calcium: 9.4 mg/dL", ["metastatic"]),
        ("systemic sclerosis, haemodialysis", "phosphate: 3.9 mg/dL, calcium: 9.4 mg/dL", ["dystrophic"]),
        ("systemic sclerosis, haemodialysis, uraemic tumoral calcinosis", "", ["metastatic", "dystrophic"]),
        ("lupus, haemodialysis", "", ["metastatic", "dystrophic"]),
        ("haemodialysis", "", ["metastatic"]),
    ],
)
def test_while_the_values_are_unknown_the_likelier_cause_ranks_first(history, labs, expected):
    done = case(DEPOSIT + f"age: 54 years\nhistory: [{history}]\nlabs: {{{labs}}}")
    ranked = sorted((item.rank, item.id) for item in done.subtypes if item.rank is not None)
    assert [name for _, name in ranked][: len(expected)] == expected
