"""A heading governs its whole section, and what sort of section it is decides what may be said there."""

from __future__ import annotations

import pytest
from said_in import said_in, says

FAMILY = [
    "FAMILY HISTORY\nDermatomyositis in mother.\nSystemic sclerosis in an aunt.",
    "Family history\n\nSystemic sclerosis.\n\nDermatomyositis.",
    "## Family History\n* Systemic sclerosis\n* Dermatomyositis",
    "**Family history:**\nSystemic sclerosis. Dermatomyositis.",
    "Family history\n--------------\nSystemic sclerosis and dermatomyositis",
    "3. Family history\nSystemic sclerosis and dermatomyositis",
    "FAMILY HISTORY:\n\tsystemic sclerosis\n\tdermatomyositis",
    "Family History: Systemic sclerosis (aunt). Dermatomyositis (mother).",
    "FHx systemic sclerosis. Dermatomyositis (mother).",
    "Relevant family history:\nMother:\n- systemic sclerosis\nAunt:\n- dermatomyositis",
]


@pytest.mark.parametrize("note", FAMILY)
def test_a_family_section_says_nothing_of_the_patient(note):
    says(f"54-year-old woman.\n\n{note}", systemic_sclerosis="relative", dermatomyositis="relative")


@pytest.mark.parametrize(
    "note",
    [
        "FAMILY HISTORY\nLupus.\n\nEXAMINATION\nRaynaud phenomenon.",
        "FH: lupus. O/E: Raynaud phenomenon.",
        "FH lupus. O/E Raynaud phenomenon.",
        "Family history: lupus.\nExamination: Raynaud phenomenon.",
        "Family history: lupus. She has Raynaud phenomenon.",
        "Family history: mother has lupus.\n\nThe patient has Raynaud phenomenon.",
        "## Family history\nlupus\n## Findings today\nRaynaud phenomenon",
        "Family history: lupus.\n\nDear Dr Hughes,\nRaynaud phenomenon.",
        "Family history: lupus. Echocardiogram: normal. Raynaud phenomenon.",
        "Family history: lupus\nOther matters: Raynaud phenomenon",
    ],
)
def test_the_next_heading_ends_it(note):
    says(note, lupus_history="relative", raynaud="present")


ALLERGIES = [
    "ALLERGIES\nPenicillin\nColchicine\n\nMEDICATIONS\nAspirin",
    "Allergies:\n- penicillin (rash)\n- colchicine\nMedications:\n- aspirin",
    "Drug allergies: penicillin, colchicine. Medications: aspirin.",
    "## Allergies\n\nPenicillin\n\nColchicine\n\n## Medications\n\nAspirin",
    "Allergies and intolerances\n1. Penicillin\n2. Colchicine: diarrhoea\nCurrent medications\n1. Aspirin",
    "ALLERGIES\nPENICILLIN\nCOLCHICINE\nMEDICATIONS\nASPIRIN",
    "Known allergies\nPenicillin - hives.\nColchicine.\n\nRegular medication\nAspirin 75 mg",
    "Allergies: penicillin. Colchicine. Aspirin 75 mg daily.",
    "ALLERGIES\npenicillin\ncolchicine\n\nTakes aspirin.",
]


@pytest.mark.parametrize("note", ALLERGIES)
def test_an_allergy_section_makes_no_drug_that_is_taken(note):
    says(note, drug_penicillin="allergy", drug_colchicine="allergy", drug_aspirin_salicylate="present")


@pytest.mark.parametrize("note", ["Allergies: NKDA. On warfarin.", "ALLERGIES\nNone\nMEDICATIONS\nwarfarin"])
def test_an_empty_allergy_section_swallows_no_drug(note):
    says(note, drug_vitamin_k_antagonist="present")


@pytest.mark.parametrize(
    "note",
    [
        "PLAN\nDialysis.\nWarfarin.",
        "Plan: dialysis, warfarin.",
        "Plan\n1. Warfarin\n2. Dialysis",
        "## Recommendations\n- warfarin\n- dialysis",
        "Plan:\nDrugs: warfarin\nRenal: dialysis",
        "Treatment plan: warfarin. Dialysis.",
        "Looked for: warfarin, dialysis.",
    ],
)
def test_what_is_planned_is_not_so_yet(note):
    says(note, drug_vitamin_k_antagonist="asked", dialysis="asked")


@pytest.mark.parametrize(
    "note",
    [
        "Plan: continue warfarin.",
        "Plan: stop warfarin.",
        "PLAN\n- reduce warfarin",
        "Plan: STS. She has been on warfarin since May.",
        "Plan: review.\nDrugs: warfarin",
    ],
)
def test_a_plan_tells_what_is_taken_already(note):
    says(note, drug_vitamin_k_antagonist="present")


def test_a_lesion_that_is_to_be_removed_is_there():
    says("Plan: excise the nodule of the elbow.", lesion_nodule="present", site_elbow="present")


@pytest.mark.parametrize(
    "note",
    [
        "Risks of bleeding, infection, skin necrosis and numbness were explained.",
        "We discussed the risks, including the risk of skin necrosis and numbness.",
        "Consented for excision: infection, skin necrosis, numbness.",
        "Consent: possible complications are skin necrosis, local infection and numbness.",
        "The rarer risks that we went through are:\n- skin necrosis\n- numbness\n- wound infection",
        "Warned re: skin necrosis, numbness, local infection.",
        "RISKS EXPLAINED\nSkin necrosis\nNumbness\nWound infection",
        "Risks discussed: skin necrosis; numbness; wound infection.",
        "Advice given: skin necrosis, numbness, spreading infection.",
        "Patient education\n\nCalcinosis can break down with skin necrosis. Numbness. Infection.",
        "She knows to return if there is skin necrosis, numbness or a wound infection.",
        "Potential side effects such as skin necrosis and numbness were gone through.",
    ],
)
def test_what_may_happen_is_no_finding(note):
    found = ("necrosis_eschar", "numbness", "local_infection")

    assert all(said_in(note).get(name, {"asked"}) == {"asked"} for name in found)


@pytest.mark.parametrize(
    "note",
    [
        "Risks explained: bleeding. She now has skin necrosis.",
        "Advice given: come back early. Skin necrosis is spreading.",
        "Risk factors: warfarin, skin necrosis.",
        "At high risk of calciphylaxis; skin necrosis of the thigh.",
    ],
)
def test_what_has_happened_is_one_also_behind_such_words(note):
    says(note, necrosis_eschar="present")


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        (
            "HISTOLOGY\nNodular calcification.",
            {"histo_calcium_deposits": "present", "xray_calcification": "nothing"},
        ),
        ("Skin biopsy\n\nCalcification of vessels.", {"histo_arteriolar_calcification": "present"}),
        ("IMAGING\nCalcification.", {"xray_calcification": "present"}),
        ("Biopsy: subcutaneous calcification.", {"soft_tissue_calcification": "nothing"}),
        ("IMAGING\nBiopsy showed subcutaneous calcification.", {"soft_tissue_calcification": "nothing"}),
        ("HISTOLOGY\nRadiographs show subcutaneous calcification.", {"soft_tissue_calcification": "present"}),
        ("Radiograph and biopsy: subcutaneous calcification.", {"soft_tissue_calcification": "present"}),
    ],
)
def test_an_examination_finds_what_it_can_find(note, expected):
    says(note, **expected)


@pytest.mark.parametrize(
    "note",
    [
        "Hard nodules on the fingers.\nCHEST: lungs clear.\nABDOMEN: soft, nontender.\nFACE: no rash.",
        "Hard nodules on the fingers. Chest: clear. Abdomen: soft. Face: symmetrical.",
        "Hard nodules on the fingers.\n- Chest: clear\n- Abdomen: soft\n- Face, neck: normal",
        "Hard nodules on the fingers.\nChest radiograph: normal.\nAbdominal ultrasound: normal. Face: well.",
    ],
)
def test_headings_of_an_examination_place_no_lesion(note):
    says(note, site_fingers="present", site_chest="nothing", site_abdomen="nothing", site_face="nothing")


@pytest.mark.parametrize(
    ("note", "site"),
    [
        ("Abdomen: indurated plaque, black eschar.", "site_abdomen"),
        ("Face: two hard papules.", "site_face"),
        ("Elbows: calcified nodules", "site_elbow"),
        ("Site: elbow", "site_elbow"),
        ("Elbow: Y", "site_elbow"),
    ],
)
def test_a_heading_above_a_lesion_places_it(note, site):
    says(note, **{site: "present"})


@pytest.mark.parametrize(
    ("note", "analyte"),
    [
        ("Plan: keep calcium below 9.5 mg/dL.", "serum_calcium_total"),
        ("FAMILY HISTORY\nBrother: calcium 12.4 mg/dL", "serum_calcium_total"),
    ],
)
def test_a_value_that_is_aimed_at_or_a_relatives_is_none_of_the_patients(note, analyte):
    says(note, **{analyte: "nothing"})


@pytest.mark.parametrize("note", ["P: 7.8 mg/dL", "Labs: Ca 9.4 mg/dL, P: 7.8 mg/dL"])
def test_a_phosphate_is_no_plan(note):
    says(note, serum_phosphate="present")


@pytest.mark.parametrize(
    "note",
    [
        "DISCONTINUED MEDICATIONS\n- warfarin\n- minocycline\n\nCURRENT MEDICATIONS\n- aspirin",
        "Previous treatments: warfarin, minocycline. Current medications: aspirin.",
        "Medications stopped:\nwarfarin\nminocycline\n\nMedications:\naspirin",
        "Medications on hold: warfarin. Minocycline.\nMedications: aspirin",
        "STOP: warfarin, minocycline\nCONTINUE: aspirin",
        "Off: warfarin, minocycline.\nOn: aspirin.",
        "ON RECORD BUT NOT TAKING\n- warfarin\n- minocycline\n\nMEDICATION\n- aspirin",
        "STOP        warfarin, minocycline\nMEDS        aspirin",
        "Stopped since last clinic: warfarin, minocycline.\n\nDear Dr Hughes, thank you. Aspirin.",
    ],
)
def test_stopped_drugs_are_not_taken(note):
    says(note, drug_vitamin_k_antagonist="past", drug_minocycline="past", drug_aspirin_salicylate="present")


def test_resolved_problems_are_over():
    says(
        "RESOLVED PROBLEMS\nLeg ulcer\n\nACTIVE PROBLEMS\nGout", chronic_ulcer="past", gout_history="present"
    )


@pytest.mark.parametrize(
    "note",
    [
        "MATERNAL HISTORY\nLupus, diabetes.",
        "Mother: lupus, diabetes.",
        "Mother's history: lupus and diabetes",
    ],
)
def test_the_mothers_history_is_not_the_babys(note):
    says(f"{note}\n\nBABY\nHard plaque of the hand.", lupus_history="relative", diabetes_history="relative")


@pytest.mark.parametrize(
    "note",
    [
        "PMH: nil\nDad: lupus, on dialysis\nRaynaud phenomenon since school.",
        "HISTORY\nTwo nephews: lupus. Dialysis.\nRaynaud phenomenon since school.",
        "- Brother (30): lupus and dialysis\n- Raynaud phenomenon since school",
    ],
)
def test_a_line_that_a_relative_heads_is_of_that_relative_and_no_further(note):
    says(note, lupus_history="relative", dialysis="relative", raynaud="present")


@pytest.mark.parametrize(
    "note", ["Seen with her mother: Raynaud phenomenon", "PC: mum noticed Raynaud phenomenon"]
)
def test_who_told_it_is_not_who_has_it(note):
    says(note, raynaud="present")


@pytest.mark.parametrize(
    ("note", "finding"),
    [
        ("CT PELVIS WITHOUT CONTRAST\nCalcification about the left hip.", "xray_calcification"),
        ("Plain films of both hands:\nCalcification of the thumb.", "xray_calcification"),
        ("PUNCH BIOPSY LEFT THIGH\nCalcification of vessels.", "histo_arteriolar_calcification"),
    ],
)
def test_a_heading_may_name_the_examination(note, finding):
    says(note, **{finding: "present"})


def test_what_only_sounds_like_advice_is_told():
    says("His ulcers return if prednisolone is stopped. He was reluctant to seek help.", ulceration="present")


def test_differential_diagnoses_are_asked():
    says(
        "DIFFERENTIAL DIAGNOSIS\n1. Gout\n2. Calciphylaxis",
        gout_history="asked",
        calciphylaxis_stated="asked",
    )


def test_a_diagnosis_and_a_history_are_said():
    says(
        "PAST MEDICAL HISTORY\nSystemic sclerosis\nGout\n\nIMPRESSION\nCalciphylaxis",
        systemic_sclerosis="present",
        gout_history="present",
        calciphylaxis_stated="present",
    )
