"""Contraindications over random patients, against a table written from the labels and not from the code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis import consult

from .patients import Case

BISPHOSPHONATES = ("etidronate_oral", "pamidronate_iv", "oral_bisphosphonate", "zoledronate_iv")
THIOSULFATES = ("sts_topical", "sts_intralesional", "sts_iv_dystrophic", "sts_calciphylaxis")

# A finding that forbids a treatment whenever it is present.
FORBIDS = {
    **{name: {"allergy_sulfite_thiosulfate"} for name in THIOSULFATES},
    "diltiazem_oral": {
        "heart_failure",
        "reduced_ejection_fraction",
        "hypotension",
        "allergy_calcium_channel_blocker",
        "pregnancy",
        "breastfeeding",
        "drug_amiodarone",
        "drug_dantrolene",
    },
    "probenecid_oral": {
        "uric_acid_stones",
        "blood_dyscrasia",
        "acute_gout_attack",
        "drug_aspirin_salicylate",
        "allergy_probenecid",
        "pregnancy",
    },
    "minocycline_oral": {"pregnancy", "allergy_tetracycline"},
    "etidronate_oral": {"osteomalacia", "pregnancy", "hyperphosphataemia", "allergy_bisphosphonate"},
    "pamidronate_iv": {"hypocalcaemia", "vitd25_low", "pregnancy", "allergy_bisphosphonate"},
    "oral_bisphosphonate": {"oesophageal_stricture", "hypocalcaemia", "pregnancy", "allergy_bisphosphonate"},
    "zoledronate_iv": {"hypocalcaemia", "pregnancy", "allergy_bisphosphonate"},
    "ivig": {"iga_deficiency", "allergy_immunoglobulin"},
    "rituximab_iv": {"sepsis_signs", "hepatitis_b", "pregnancy"},
    "anti_tnf": {"tuberculosis", "heart_failure", "sepsis_signs"},
    "abatacept": {"sepsis_signs", "serious_infection"},
    "jak_inhibitor": {"cirrhosis", "pregnancy", "serious_infection"},
    "immunosuppression": {"pregnancy", "liver_disease"},
    "ceftriaxone_iv": {"allergy_cephalosporin", "exp_iv_calcium"},
    "co2_laser": {"lesion_infected", "gangrene"},
    "eswl": {"lesion_infected", "pregnancy"},
    "triamcinolone_il": {"lesion_infected", "ulceration"},
    "surgery": {"asymptomatic"},
    "ulcer_shave": {"peripheral_arterial_disease"},
    "hbot": {"pneumothorax"},
    "hyaluronidase_sc": {"lesion_infected", "allergy_hyaluronidase"},
    "observation": {"lesion_infected", "ulceration", "necrosis_eschar"},
    "vasodilator": {"cirrhosis"},
    "phosphate_lowering": {"allergy_sulfonamide", "bicarbonate_low"},
    "al_mg_antacid_oral": {"hypermagnesaemia", "hypophosphataemia"},
    "colchicine_oral": {"pregnancy", "cirrhosis"},
}
EGFR_BELOW = {
    "probenecid_oral": 30,
    "colchicine_oral": 30,
    "al_mg_antacid_oral": 30,
    "etidronate_oral": 30,
    "pamidronate_iv": 30,
    "oral_bisphosphonate": 35,
    "zoledronate_iv": 35,
    "immunosuppression": 30,
    "sts_intralesional": 30,
    "sts_iv_dystrophic": 30,
}
AGE_BELOW = {"probenecid_oral": 2, "minocycline_oral": 8, "colchicine_oral": 4, "ceftriaxone_iv": 0.08}
# What must be known before a treatment is called suitable, of everybody and of women who may be pregnant.
MUST_KNOW = {"diltiazem_oral": ({"conduction_disease"}, {"heart_failure", "reduced_ejection_fraction"})}
PREGNANCY = {
    "diltiazem_oral",
    "minocycline_oral",
    "colchicine_oral",
    "probenecid_oral",
    *BISPHOSPHONATES,
    "immunosuppression",
    "rituximab_iv",
    "jak_inhibitor",
    "eswl",
    "sts_iv_dystrophic",
    "sts_calciphylaxis",
    "hsct",
    "hexasodium_fytate",
}
DISEASES = (
    "systemic_sclerosis",
    "dermatomyositis",
    "juvenile_dermatomyositis",
    "systemic_lupus_erythematosus",
    "morphea",
    "venous_insufficiency",
    "hftc",
    "hyperuricaemia",
    "dialysis",
)
LESION = (
    "pain_severe",
    "tenderness",
    "warmth_erythema",
    "size_ge_50mm",
    "size_lt_3mm",
    "site_fingers",
    "limited_motion",
)
EVERY = sorted(
    {name for names in FORBIDS.values() for name in names}
    | {*DISEASES, *LESION, "conduction_disease", "pacemaker"}
)


@st.composite
def people(draw):
    """A patient at random: each finding present, absent or not known."""
    said = {name: draw(st.sampled_from("pau" + "u" * 4)) for name in EVERY}
    return {
        "subtype": draw(
            st.sampled_from(["dystrophic", "metastatic", "idiopathic", "iatrogenic", "calciphylaxis"])
        ),
        "present": [name for name, how in said.items() if how == "p"],
        "absent": [name for name, how in said.items() if how == "a"],
        "age": draw(st.sampled_from([0.02, 1.0, 3.0, 6.0, 10.0, 14.0, 30.0, 54.0, 86.0])),
        "sex": draw(st.sampled_from(["female", "male", ""])),
        "weight": draw(st.one_of(st.none(), st.sampled_from([3.2, 16.0, 40.0, 70.0, 200.0]))),
        "egfr": draw(st.one_of(st.none(), st.sampled_from([8.0, 29.9, 30.0, 33.0, 59.0, 90.0]))),
    }


def forbidden(name, person):
    """Whether the table forbids a treatment for this person."""
    present = set(person["present"])
    egfr = person["egfr"]
    if present & FORBIDS.get(name, set()):
        return True
    if "conduction_disease" in present and "pacemaker" not in present and name == "diltiazem_oral":
        return True
    if egfr is not None and egfr < EGFR_BELOW.get(name, 0):
        return True
    return person["age"] < AGE_BELOW.get(name, 0)


@given(people())
def test_a_met_contraindication_always_means_avoid(knowledge, person):
    for option in Case(knowledge, **person).options():
        if forbidden(option.id, person):
            assert option.status == "avoid", option.id
            assert option.reasons
            assert option.dose.proposed == ()


@given(people())
def test_an_unknown_major_one_caps_and_is_named(knowledge, person):
    known = {*person["present"], *person["absent"]}
    for option in Case(knowledge, **person).options():
        unknown_kidney = (
            person["egfr"] is None and option.id in EGFR_BELOW and "dialysis" not in person["present"]
        )
        asked = person["sex"] != "male" and 12 <= person["age"] < 55
        unknown_pregnancy = option.id in PREGNANCY and asked and "pregnancy" not in known
        unknown_heart = any(not (needed & known) for needed in MUST_KNOW.get(option.id, ()))
        if unknown_kidney or unknown_pregnancy or unknown_heart:
            assert option.status != "suitable", option.id
            if option.status == "consider":
                assert option.checks, option.id


@given(people())
def test_every_treatment_has_one_status_and_causes_come_first(knowledge, person):
    found = Case(knowledge, **person).options()
    assert {option.id for option in found} == set(knowledge.contents.treatment.treatments)
    assert len(found) == 37
    offered = [option for option in found if option.status in ("suitable", "consider")]
    kinds = [option.kind == "cause" for option in offered]
    assert kinds == sorted(kinds, reverse=True)
    assert offered[0].id == "cause_directed" or offered[0].kind == "cause"
    for option in found:
        assert option.status in ("suitable", "consider", "avoid", "not_indicated")
        if option.status != "not_indicated":
            assert option.reasons


@given(people())
def test_excision_only_for_pain_infected_ulcers_or_loss_of_function(knowledge, person):
    option = Case(knowledge, **person).option("surgery")
    present = set(person["present"])
    ulcer = "ulceration" in present and "lesion_infected" in present
    if option.status in ("suitable", "consider"):
        assert present & {"pain_severe", "limited_motion"} or ulcer
        assert any("small portion first" in advice.text for advice in option.before)


@given(people())
def test_warfarin_is_never_offered(knowledge, person):
    assert Case(knowledge, **person).option("warfarin_low_dose").status == "avoid"
    assert Case(knowledge, **person).option("other_agents").status == "not_indicated"


@pytest.mark.parametrize("form", THIOSULFATES)
def test_thiosulfate_hypersensitivity_holds_for_every_form(knowledge, form):
    assert Case(knowledge, present=["allergy_sulfite_thiosulfate"]).option(form).status == "avoid"


@pytest.mark.parametrize(
    ("said", "status"),
    [({"pacemaker": True}, "consider"), ({"pacemaker": False}, "avoid"), ({}, "avoid")],
)
def test_only_a_pacemaker_lifts_the_conduction_block(knowledge, said, status):
    present = ["systemic_sclerosis", "conduction_disease", *[name for name, yes in said.items() if yes]]
    absent = ["heart_failure", "reduced_ejection_fraction", *[name for name, yes in said.items() if not yes]]
    assert Case(knowledge, present=present, absent=absent).option("diltiazem_oral").status == status


@pytest.mark.parametrize(
    ("treatment", "drug", "severity", "status"),
    [
        ("diltiazem_oral", "drug_beta_blocker", "major", "consider"),
        ("diltiazem_oral", "drug_colchicine", "major", "consider"),
        ("diltiazem_oral", "drug_simvastatin_atorvastatin", "moderate", "suitable"),
        ("diltiazem_oral", "drug_amiodarone", "contraindicated", "avoid"),
        ("diltiazem_oral", "drug_digoxin", "moderate", "suitable"),
        ("colchicine_oral", "drug_cyp3a4_inhibitor", "major", "consider"),
        ("colchicine_oral", "drug_diltiazem", "major", "consider"),
        ("minocycline_oral", "drug_retinoid", "major", "consider"),
        ("minocycline_oral", "drug_iron_oral", "moderate", "suitable"),
    ],
)
def test_interaction_with_what_is_taken(knowledge, treatment, drug, severity, status):
    case = Case(
        knowledge,
        present=["systemic_sclerosis", "size_ge_50mm", "warmth_erythema", "pain_any", drug],
        absent=[
            "conduction_disease",
            "heart_failure",
            "reduced_ejection_fraction",
            "chronic_kidney_disease",
            "liver_disease",
            "cirrhosis",
            "egfr_below_60",
        ],
    )
    option = case.option(treatment)
    found = [item for item in option.interactions if item.partner == "drug"]
    assert severity in {item.severity for item in found}
    assert option.status == status
    assert found[0].because


def test_colchicine_and_diltiazem_with_a_weak_kidney_are_forbidden(knowledge):
    case = Case(
        knowledge,
        present=["systemic_sclerosis", "ulceration", "drug_diltiazem", "chronic_kidney_disease"],
        egfr=50,
    )
    assert case.option("colchicine_oral").status == "avoid"


def test_two_options_of_the_same_report_are_checked_with_each_other(knowledge):
    case = Case(knowledge, present=["systemic_sclerosis", "size_ge_50mm", "ulceration"])
    diltiazem, colchicine = case.option("diltiazem_oral"), case.option("colchicine_oral")
    assert {diltiazem.status, colchicine.status} <= {"suitable", "consider"}
    assert colchicine.name in {item.other for item in diltiazem.interactions if item.partner == "option"}
    assert diltiazem.name in {item.other for item in colchicine.interactions if item.partner == "option"}
    both = next(item for item in diltiazem.interactions if item.id == "diltiazem_colchicine")
    assert len(both.positions) == 3


def test_what_is_taken_already_is_said(knowledge):
    option = Case(knowledge, present=["systemic_sclerosis", "drug_diltiazem"]).option("diltiazem_oral")
    assert any("Already recorded" in why.text for why in option.reasons)


def test_another_of_the_same_group_is_said(knowledge):
    option = Case(
        knowledge, present=["juvenile_dermatomyositis", "drug_alendronate"], age=14, weight=40
    ).option("pamidronate_iv")
    assert any("same group" in why.text for why in option.reasons)


def test_warfarin_in_calciphylaxis_is_reviewed_today_and_never_simply_stopped(knowledge):
    case = Case(knowledge, "calciphylaxis", present=["drug_vitamin_k_antagonist", "necrosis_eschar"])
    alerts, _ = case.alerts()
    assert (alerts[0].id, alerts[0].urgency) == ("warfarin_calciphylaxis", "same_day")
    assert "Never simply stop" in alerts[0].consequence
    assert "replace" in alerts[0].text
    action = next(
        item for item in case.option("calciphylaxis_base_care").actions if item.id == "warfarin_review"
    )
    assert action.urgency == "same_day"


@pytest.mark.parametrize(
    ("drug", "subtype", "expected"),
    [
        ("drug_calcium_supplement", "metastatic", "calcium_supplement"),
        ("drug_vitamin_d", "metastatic", "vitamin_d"),
        ("drug_teriparatide", "calciphylaxis", "teriparatide"),
        ("exp_calcium_heparin", "iatrogenic", "calcium_heparin"),
        ("drug_calcium_binder", "calciphylaxis", "calcium_binder"),
    ],
)
def test_drugs_that_cause_deposits_are_reviewed(knowledge, drug, subtype, expected):
    alerts, _ = Case(knowledge, subtype, present=[drug]).alerts()
    assert expected in {alert.id for alert in alerts}
    assert all(alert.because for alert in alerts)


@pytest.mark.parametrize(
    "drug", ["drug_methotrexate", "drug_mycophenolate", "drug_alendronate", "drug_jak_inhibitor"]
)
def test_drugs_that_harm_the_unborn_are_reviewed(knowledge, drug):
    case = Case(knowledge, present=[drug, "pregnancy"], age=30, sex="female")
    alerts, _ = case.alerts()
    assert any("regnancy" in alert.text and alert.urgency for alert in alerts)
    quiet, _ = Case(knowledge, present=[drug], absent=["pregnancy"], age=30, sex="female").alerts()
    assert not any("regnancy" in alert.text for alert in quiet)


def test_two_drugs_that_are_taken_are_checked(knowledge):
    _, among = Case(knowledge, present=["drug_diltiazem", "drug_beta_blocker"]).alerts()
    assert "diltiazem_beta_blocker" in {item.id for item in among}


def test_sepsis_and_breast_feeding_stop_immunosuppression(knowledge):
    for finding in ("sepsis_signs", "serious_infection", "infection_spreading", "breastfeeding"):
        case = Case(knowledge, present=["dermatomyositis", "disease_active", finding], sex="female", age=34)
        assert case.option("immunosuppression").status == "avoid", finding
        assert case.option("jak_inhibitor").status == "avoid", finding


@pytest.mark.parametrize("name", ["abatacept", "vasodilator"])
def test_pregnancy_is_asked_before_what_was_never_studied_in_it(knowledge, name):
    unknown = Case(knowledge, present=["systemic_sclerosis"], sex="female", age=30).option(name)
    assert "pregnancy" in unknown.checks
    man = Case(knowledge, present=["systemic_sclerosis"], sex="male", age=30).option(name)
    assert "pregnancy" not in man.checks
    met = Case(knowledge, present=["systemic_sclerosis", "pregnancy"], sex="female", age=30).option(name)
    assert "pregnancy" in {item.id for item in met.cautions}


@pytest.mark.parametrize(
    ("said", "status", "caution"),
    [
        ("second-degree AV block", "avoid", False),
        ("Mobitz II", "avoid", False),
        ("third-degree heart block", "avoid", False),
        ("first-degree AV block", "consider", True),
        ("second-degree AV block, pacemaker", "consider", False),
    ],
)
def test_the_degree_of_an_av_block_decides(knowledge, said, status, caution):
    record = {
        "age": 60,
        "sex": "male",
        "present": ["systemic sclerosis", "calcinosis cutis"],
        "history": [said],
    }
    found = consult(record, as_of="2026-01-01", knowledge=knowledge).treatments
    option = next(item for item in found if item.id == "diltiazem_oral")
    assert option.status == status
    held = {item.id for item in option.cautions if item.verdict == "met"}
    assert ("first_degree_block" in held) is caution
