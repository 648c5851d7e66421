"""Doses against values worked out by hand, for every amount of the knowledge base and at the edges."""

from __future__ import annotations

import msgspec
import pytest

from calcinosis.conclusions.treatment.dose import compute
from calcinosis.conclusions.treatment.person import Person
from calcinosis.knowledge.treatment_schema import faults

from .patients import Case

ADULT = Person(age=54, sex="female", weight=54, height=160, surface=(54 * 160 / 3600) ** 0.5)
CHILD = Person(age=4, sex="female", weight=16)
NEWBORN = Person(age=0.02, weight=3.2)
HEAVY = Person(age=50, weight=200, height=180, surface=(200 * 180 / 3600) ** 0.5)

# treatment, dose, person, low, high, of one administration (worked out by hand, not by the program)
BY_HAND = [
    ("diltiazem_oral", "seed_per_kg", ADULT, 54, 162, (18, 54)),
    ("diltiazem_oral", "seed_per_kg", HEAVY, 200, 480, (200 / 3, 160)),
    ("diltiazem_oral", "seed_per_kg", NEWBORN, 3.2, 9.6, (3.2 / 3, 3.2)),
    ("diltiazem_oral", "high_dose_adult", ADULT, 162, 162, None),
    ("diltiazem_oral", "high_dose_adult", HEAVY, 480, 480, None),
    ("diltiazem_oral", "palmieri_flat", ADULT, 240, 480, None),
    ("minocycline_oral", "robertson", ADULT, 50, 100, None),
    ("minocycline_oral", "fonseca", ADULT, 50, 200, None),
    ("minocycline_oral", "cyclic", ADULT, 50, 100, None),
    ("colchicine_oral", "one_mg", HEAVY, 1, 1, None),
    ("probenecid_oral", "label_child", CHILD, 400, 640, (100, 160)),
    ("probenecid_oral", "seed_per_kg", CHILD, 400, 400, None),
    ("probenecid_oral", "seed_flat", CHILD, 1250, 1250, None),
    ("probenecid_oral", "gout_label_adult", ADULT, 500, 2000, (250, 1000)),
    ("probenecid_oral", "gout_label_adolescent", Person(age=15, weight=60), 500, 1000, (250, 500)),
    ("al_mg_antacid_oral", "aluminium_adult", ADULT, 1.8, 2.4, None),
    ("al_mg_antacid_oral", "label_adult", ADULT, 40, 80, (10, 20)),
    ("etidronate_oral", "adult_cycles", ADULT, 800, 800, None),
    ("pamidronate_iv", "child_per_kg", CHILD, 16, 16, None),
    ("pamidronate_iv", "child_per_kg", Person(age=16, weight=80), 60, 60, None),
    ("pamidronate_iv", "child_per_kg", NEWBORN, 3.2, 3.2, None),
    ("oral_bisphosphonate", "adult_weekly", HEAVY, 70, 70, None),
    ("ceftriaxone_iv", "reiter", ADULT, 2, 2, None),
    ("ivig", "dermatomyositis", ADULT, 108, 108, None),
    ("ivig", "systemic_sclerosis", ADULT, 54, 108, None),
    ("ivig", "dermatomyositis", HEAVY, 400, 400, None),
    ("rituximab_iv", "two_grams", ADULT, 1, 1, None),
    # (54 kg x 160 cm / 3600)^0.5 = 2.4^0.5 = 1.549193 m2; x 375 = 580.948 mg
    ("rituximab_iv", "by_surface", ADULT, 580.9475, 580.9475, None),
    ("anti_tnf", "infliximab_child", CHILD, 96, 96, None),
    ("abatacept", "trysberg", ADULT, 540, 540, None),
    ("abatacept", "trysberg", HEAVY, 2000, 2000, None),
    ("jak_inhibitor", "child_under_25", CHILD, 5, 5, (2.5, 2.5)),
    ("jak_inhibitor", "child_from_25", Person(age=12, weight=40), 10, 10, (5, 5)),
    ("jak_inhibitor", "adult", ADULT, 10, 20, (5, 10)),
    # 15 x 1.549193 = 23.2379 mg; (200 x 180 / 3600)^0.5 = 3.162278 m2, 47.4 mg, capped at 40
    ("immunosuppression", "methotrexate_weekly", ADULT, 23.2379, 23.2379, None),
    ("immunosuppression", "methotrexate_weekly", HEAVY, 40, 40, None),
    ("sts_topical", "seed_child", CHILD, 10, 10, None),
    ("sts_topical", "any_10_25", ADULT, 10, 25, None),
    ("sts_topical", "fingertip_20", ADULT, 20, 20, None),
    ("sts_topical", "zinc_25", ADULT, 25, 25, None),
    ("sts_intralesional", "weekly_150", ADULT, 150, 150, None),
    ("sts_intralesional", "fingertip_150", ADULT, 150, 150, None),
    ("sts_intralesional", "four_weekly_150", ADULT, 150, 150, None),
    ("sts_intralesional", "lupus_250", ADULT, 250, 250, None),
    ("sts_intralesional", "monthly_250", ADULT, 250, 250, None),
    ("sts_iv_dystrophic", "badawi", HEAVY, 12.5, 12.5, None),
    ("sts_iv_dystrophic", "weekly", ADULT, 12.5, None, None),
    ("sts_iv_dystrophic", "with_abatacept", ADULT, 10, 15, None),
    ("sts_calciphylaxis", "haemodialysis", HEAVY, 25, 25, None),
    ("sts_calciphylaxis", "haemodialysis_light", ADULT, 12.5, 12.5, None),
    ("sts_calciphylaxis", "peritoneal_iv", ADULT, 3.2, 25, None),
    ("hexasodium_fytate", "trial", ADULT, 378, 378, None),
    ("hexasodium_fytate", "trial", HEAVY, 1400, 1400, None),
    ("triamcinolone_il", "suspension_20", ADULT, 20, 20, None),
    ("eswl", "three_sessions", ADULT, 3, 3, None),
    ("vasodilator", "treprostinil_oral", ADULT, 0.375, None, (0.125, None)),
    ("phosphate_lowering", "acetazolamide", ADULT, 1080, 1350, None),
    ("phosphate_lowering", "acetazolamide", CHILD, 320, 400, None),
    ("calciphylaxis_base_care", "cinacalcet", ADULT, 30, 180, None),
    ("hyaluronidase_sc", "cheo", CHILD, 150, 300, (30, 60)),
    ("hyaluronidase_sc", "antidote_table", CHILD, 15, 25, (3, 5)),
]


def dose_of(knowledge, treatment, name):
    return next(item for item in knowledge.contents.treatment.treatments[treatment].doses if item.id == name)


@pytest.mark.parametrize("row", BY_HAND, ids=lambda row: f"{row[0]}-{row[1]}-{row[2].weight}kg")
def test_amount_is_what_a_hand_works_out(knowledge, row):
    treatment, name, person, low, high, each = row
    line = compute(dose_of(knowledge, treatment, name), person, knowledge.contents.treatment)
    assert line.status == "computed"
    assert line.low == pytest.approx(low, rel=1e-5)
    assert line.high == (pytest.approx(high, rel=1e-5) if high is not None else None)
    if each:
        assert (line.each_low, line.each_high) == (
            pytest.approx(each[0]),
            pytest.approx(each[1]) if each[1] is not None else None,
        )


def test_every_amount_of_the_knowledge_base_is_worked_out_here(knowledge):
    held = {
        (entry.id, dose.id)
        for entry in knowledge.contents.treatment.treatments.values()
        for dose in entry.doses
        if dose.use != "shown" and (dose.low is not None or dose.high is not None)
    }
    assert held == {(row[0], row[1]) for row in BY_HAND}


def test_arithmetic_is_shown_as_text_and_as_steps(knowledge):
    line = compute(dose_of(knowledge, "diltiazem_oral", "seed_per_kg"), ADULT, knowledge.contents.treatment)
    assert "1-3 mg/kg/day x 54 kg = 54-162 mg/day" in line.text
    assert "divided in 3 doses of 18-54 mg" in line.text
    assert "cap 480 mg/day" in line.text
    assert [step.operation for step in line.steps] == ["multiply", "divide"]
    assert (line.steps[0].by, line.steps[0].by_unit) == (54, "kg")


def test_a_cap_cuts_and_says_so(knowledge):
    line = compute(dose_of(knowledge, "diltiazem_oral", "seed_per_kg"), HEAVY, knowledge.contents.treatment)
    assert line.capped
    assert "= 200-600 mg/day" in line.text
    assert "200-480 mg/day" in line.text


def test_without_a_weight_nothing_is_computed(knowledge):
    line = compute(
        dose_of(knowledge, "diltiazem_oral", "seed_per_kg"), Person(age=54), knowledge.contents.treatment
    )
    assert (line.status, line.low, line.needs) == ("needs", None, ("weight",))


def test_surface_needs_height(knowledge):
    line = compute(
        dose_of(knowledge, "rituximab_iv", "by_surface"),
        Person(age=54, weight=70),
        knowledge.contents.treatment,
    )
    assert line.needs == ("weight and height",)


def test_flat_dose_of_the_published_child_is_flagged_not_proposed(knowledge):
    case = Case(
        knowledge, present=["hyperphosphataemia", "hyperuricaemia"], age=4, sex="female", weight=16, egfr=90
    )
    option = case.option("probenecid_oral")
    assert option.status == "suitable"
    assert [line.id for line in option.dose.proposed] == ["label_child"]
    flat = next(line for line in option.dose.alternatives if line.id == "seed_flat")
    # 1250 mg / 16 kg = 78 mg/kg, twice 40
    assert "78 mg/kg/day" in flat.warnings[0]
    assert "40 mg/kg/day" in flat.warnings[0]
    assert "probenecid_child_dose" in {conflict.id for conflict in option.conflicts}


def test_flat_dose_without_a_weight_says_it_cannot_be_compared(knowledge):
    line = compute(
        dose_of(knowledge, "probenecid_oral", "seed_flat"), Person(age=4), knowledge.contents.treatment
    )
    assert "weight not known" in line.warnings[0]


def test_an_amount_nobody_gives_is_flagged(knowledge):
    line = compute(dose_of(knowledge, "ivig", "dermatomyositis"), HEAVY, knowledge.contents.treatment)
    assert "check weight and unit" in line.warnings[0]


def test_abatacept_above_the_label_is_flagged(knowledge):
    line = compute(dose_of(knowledge, "abatacept", "trysberg"), HEAVY, knowledge.contents.treatment)
    assert line.high == 2000  # 10 mg/kg x 200 kg: the source names no cap, so none is invented
    assert any("1000 mg" in warning and "specialist" in warning for warning in line.warnings)


def test_low_authority_alone_never_computes(knowledge):
    held = knowledge.contents.treatment
    low = set(held.dosing.low_authority)
    assert "droracle-ai-pages-local" in low
    for entry in held.treatments.values():
        for dose in entry.doses:
            if set(dose.sources) <= low:
                assert compute(dose, ADULT, held).low is None
        assert not [action.id for action in entry.actions if set(action.sources) <= low]


@pytest.mark.parametrize(
    ("treatment", "name", "unit"),
    [
        ("sts_iv_dystrophic", "badawi", "mg"),
        ("ceftriaxone_iv", "reiter", "mg"),
        ("ivig", "dermatomyositis", "mg"),
        ("rituximab_iv", "two_grams", "mg"),
        ("diltiazem_oral", "seed_per_kg", "g"),
        ("minocycline_oral", "robertson", "g"),
        ("colchicine_oral", "one_mg", "g"),
        ("probenecid_oral", "label_child", "g"),
        ("pamidronate_iv", "child_per_kg", "g"),
        ("abatacept", "trysberg", "g"),
        ("jak_inhibitor", "adult", "g"),
        ("al_mg_antacid_oral", "aluminium_adult", "mg"),
        ("colchicine_oral", "one_mg", "ug"),
        ("diltiazem_oral", "seed_per_kg", "sessions"),
    ],
)
def test_a_written_dose_in_the_wrong_unit_does_not_load(knowledge, treatment, name, unit):
    held = knowledge.contents.treatment
    assert list(faults(held)) == []
    entry = held.treatments[treatment]
    doses = tuple(
        msgspec.structs.replace(dose, unit=unit) if dose.id == name else dose for dose in entry.doses
    )
    entries = {**held.treatments, treatment: msgspec.structs.replace(entry, doses=doses)}
    found = list(faults(msgspec.structs.replace(held, treatments=entries)))
    assert {(fault.entry, fault.word) for fault in found} == {(treatment, name)}
    assert all("cannot be meant" in fault.text for fault in found)


def test_pounds_for_kilograms_in_a_child_are_caught(knowledge):
    case = Case(knowledge, present=["juvenile_dermatomyositis"], age=4, weight=16 / 0.45359237, egfr=90)
    option = case.option("pamidronate_iv")
    assert option.dose.proposed[0].low is None
    assert "were it pounds, it would be 16 kg" in option.dose.warnings[0]


def test_pounds_for_kilograms_in_an_adult_are_flagged(knowledge):
    case = Case(knowledge, present=["dermatomyositis"], weight=120, body_height=165)
    assert any("54.4 kg" in text for text in case.option("diltiazem_oral").dose.warnings)


def test_a_weight_that_jumps_by_the_ratio_of_pounds_is_flagged(knowledge):
    from calcinosis.conclusions.treatment.person import believed_weight
    from calcinosis.model import Finding, Status

    weighed = Finding(id="body_weight", status=Status.PRESENT, value=119, unit="kg", history=((None, 54.0),))
    value, doubts = believed_weight(weighed, 54, None, knowledge.contents.treatment.dosing.body)
    assert value == 119
    assert "ratio of pounds" in doubts[0]


@pytest.mark.parametrize("weight", [3200, 0.0032, 540])
def test_grams_for_kilograms_are_not_believed(knowledge, weight):
    case = Case(knowledge, present=["dermatomyositis"], weight=weight)
    option = case.option("diltiazem_oral")
    assert option.dose.proposed[0].status == "needs"
    assert "not believed" in option.dose.warnings[0]


def test_what_is_avoided_has_no_amount(knowledge):
    case = Case(knowledge, present=["dermatomyositis", "conduction_disease"])
    option = case.option("diltiazem_oral")
    assert option.status == "avoid"
    assert option.dose.proposed == ()


@pytest.mark.parametrize(
    ("treatment", "name"),
    [
        ("probenecid_oral", "hyperphosphataemia"),
        ("al_mg_antacid_oral", "hyperphosphataemia"),
        ("colchicine_oral", "systemic_sclerosis"),
        ("pamidronate_iv", "systemic_sclerosis"),
        ("immunosuppression", "dermatomyositis"),
    ],
)
def test_egfr_of_ten_forbids(knowledge, treatment, name):
    case = Case(knowledge, present=[name, "warmth_erythema"], egfr=10)
    option = case.option(treatment)
    assert option.status == "avoid"
    assert option.dose.proposed == ()


@pytest.mark.parametrize(
    "treatment",
    ["immunosuppression", "minocycline_oral", "pamidronate_iv", "etidronate_oral", "jak_inhibitor", "eswl"],
)
def test_pregnancy_forbids(knowledge, treatment):
    case = Case(
        knowledge,
        present=["systemic_sclerosis", "dermatomyositis", "pregnancy", "pain_any", "size_ge_50mm"],
        age=30,
        sex="female",
    )
    assert case.option(treatment).status == "avoid"


def test_a_newborn_gets_no_adult_amount(knowledge):
    case = Case(
        knowledge,
        "iatrogenic",
        present=["exp_iv_calcium", "extravasation", "onset_hours_days"],
        age=0.02,
        weight=3.2,
    )
    option = case.option("hyaluronidase_sc")
    assert option.status == "suitable"
    assert option.dose.proposed == ()
    assert "newborn" in {line.id for line in option.dose.shown}
