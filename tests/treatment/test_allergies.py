"""An allergy list reaches the contraindications, from a case file, a note and a FHIR record alike."""

from __future__ import annotations

import pytest

from calcinosis import consult

SCLERODERMA = ["systemic sclerosis", "calcinosis cutis"]


def _case(**said):
    return {"age": 62, "sex": "male", "as_of": "2026-01-01", "present": SCLERODERMA, **said}


def _bundle(code, verification=""):
    allergy = {"resourceType": "AllergyIntolerance", "patient": {"reference": "Patient/p"}, "code": code}
    if verification:
        allergy["verificationStatus"] = {"coding": [{"code": verification}]}
    patient = {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1960-01-01"}
    disease = {"resourceType": "Condition", "subject": {"reference": "Patient/p"}}
    disease["code"] = {"text": "systemic sclerosis with calcinosis cutis"}
    entries = [{"resource": one} for one in (patient, disease, allergy)]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


def _status(record, knowledge, *names):
    options = {option.id: option for option in consult(record, knowledge=knowledge).treatments}
    return [options[name].status for name in names]


THIOSULFATES = ("sts_topical", "sts_intralesional")
DILTIAZEM = {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "3443"}


@pytest.mark.parametrize(
    ("words", "avoided"),
    [
        ("allergic to diltiazem", ("diltiazem_oral",)),
        ("Allergies: penicillin, minocycline (rash)", ("minocycline_oral",)),
        ("hypersensitivity to thiosulphate", THIOSULFATES),
        ("sodium metabisulfite intolerance", THIOSULFATES),
        ("anaphylaxis to rituximab", ("rituximab_iv",)),
    ],
)
@pytest.mark.parametrize("key", ["history", "note"])
def test_words_of_a_case(knowledge, words, avoided, key):
    record = _case(**{key: [words] if key == "history" else words})
    assert _status(record, knowledge, *avoided) == ["avoid"] * len(avoided)


@pytest.mark.parametrize(
    ("code", "avoided"),
    [
        ({"text": "diltiazem"}, ("diltiazem_oral",)),
        ({"coding": [DILTIAZEM]}, ("diltiazem_oral",)),
        ({"text": "Allergy to sodium thiosulfate"}, THIOSULFATES),
        ({"text": "sulfites"}, THIOSULFATES),
    ],
)
def test_entries_of_a_fhir_list(knowledge, code, avoided):
    assert _status(_bundle(code), knowledge, *avoided) == ["avoid"] * len(avoided)


@pytest.mark.parametrize(
    "written", ["diltiazem", ["diltiazem"], ["allergy to diltiazem"], ["drug_diltiazem"]]
)
def test_the_allergy_list_of_a_case(knowledge, written):
    case = _case(allergies=written, medication=["colchicine"])
    assert _status(case, knowledge, "diltiazem_oral") == ["avoid"]
    assert consult(case, knowledge=knowledge).findings.status("drug_diltiazem") == "unknown"


def test_an_unconfirmed_allergy_is_to_be_checked(knowledge):
    for record in (
        _bundle({"text": "diltiazem"}, "unconfirmed"),
        _case(history=["possible allergy to diltiazem"]),
        _case(history=["allergy to diltiazem"], absent=["allergy to diltiazem"]),
    ):
        option = next(
            item for item in consult(record, knowledge=knowledge).treatments if item.id == "diltiazem_oral"
        )
        assert option.status == "consider"
        assert "Known hypersensitivity to diltiazem" in option.checks


def test_a_refuted_or_denied_allergy_forbids_nothing(knowledge):
    for record in (_bundle({"text": "diltiazem"}, "refuted"), _case(note="Denies allergy to diltiazem.")):
        option = next(
            item for item in consult(record, knowledge=knowledge).treatments if item.id == "diltiazem_oral"
        )
        guard = next(item for item in option.contraindications if "allergy" in item.id)
        assert (option.status, guard.verdict) == ("consider", "not_met")


def test_a_denied_allergy_to_one_of_a_class_does_not_deny_the_class(knowledge):
    found = consult(_bundle({"text": "minocycline"}, "refuted"), knowledge=knowledge).findings
    assert found.status("allergy_tetracycline") == "unknown"


def test_what_is_not_tolerated_is_not_taken(knowledge):
    found = consult(_case(note="Allergies: warfarin, diltiazem"), knowledge=knowledge).findings
    assert {found.status("drug_diltiazem"), found.status("drug_vitamin_k_antagonist")} == {"unknown"}


def test_an_allergy_among_the_drugs_is_no_drug(knowledge):
    found = consult(_case(medication=["allergic to diltiazem"]), knowledge=knowledge).findings
    assert found.status("drug_diltiazem") == "unknown"
    assert found.status("allergy_calcium_channel_blocker") == "present"


def test_every_allergy_names_what_it_is_to(knowledge):
    terms = knowledge.contents.findings
    allergies = {name: term for name, term in terms.items() if name.startswith("allergy_")}
    assert len(allergies) > 20
    for name, term in allergies.items():
        assert term.allergy_to, name
        assert set(term.allergy_to) <= set(terms), name
