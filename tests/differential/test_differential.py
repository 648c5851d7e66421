"""What the differential returns, on patients as a textbook would draw them."""

from __future__ import annotations

import pytest

from calcinosis.conclusions.differential.ranking import Engine, differential
from calcinosis.errors import UnknownName
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.differential_schema import candidates
from calcinosis.model import Status

from .conftest import findings_from

P, A = Status.PRESENT, Status.ABSENT

TEXTBOOK = [
    (
        "molluscum_contagiosum",
        {"lesion_papule": P, "umbilication_central": P, "pearly_waxy_surface": P, "number_multiple": P},
        4,
    ),
    (
        "gouty_tophus",
        {"lesion_nodule": P, "site_ear": P, "chalky_discharge": P, "gout_history": P, "hyperuricaemia": P},
        66,
    ),
    (
        "calcinosis_cutis",
        {
            "consistency_hard": P,
            "color_white": P,
            "site_fingers": P,
            "raynaud": P,
            "sclerodactyly": P,
            "ctd_history": P,
        },
        55,
    ),
    (
        "calcinosis_cutis",
        {"necrosis_eschar": P, "livedo": P, "pain_severe": P, "ckd_dialysis": P, "site_lower_leg": P},
        68,
    ),
    ("lipoma", {"consistency_soft": P, "slippage_sign": P, "number_solitary": P, "mobile_lesion": P}, 50),
    (
        "xanthoma_eruptive",
        {
            "lesion_papule": P,
            "color_yellow": P,
            "number_numerous": P,
            "hypertriglyceridaemia": P,
            "site_buttock": P,
        },
        35,
    ),
    ("osteoma_cutis", {"consistency_hard": P, "site_face": P, "acne_history": P, "histo_mature_bone": P}, 50),
    ("dermatofibroma", {"dimple_sign": P, "color_brown": P, "site_lower_leg": P, "consistency_firm": P}, 35),
]


@pytest.mark.parametrize(("disease", "statuses", "age"), TEXTBOOK)
def test_textbook_patients(made: Engine, disease: str, statuses: dict[str, Status], age: float) -> None:
    found = made.differential(findings_from(statuses, age_years=age), "dermatology")
    assert found.candidates[0].id == disease


def test_forms_are_added_up_in_one_entry(made: Engine) -> None:
    found = made.differential(findings_from({"site_scrotum": P, "consistency_hard": P}), "dermatology")
    pooled = next(c for c in found.candidates if c.id == "calcinosis_cutis")
    assert pooled.probability == pytest.approx(sum(share for _, _, share in pooled.of_which))
    assert pooled.of_which[0][0] == "calcinosis_scrotal_idiopathic"
    names = {name for name, _, _ in pooled.of_which}
    assert "calcinosis_cutis_other" in names
    assert "calcinosis_cutis" not in names
    assert not names & {c.id for c in found.candidates}


def test_findings_that_fit_nothing_together_leave_no_confident_answer(made: Engine) -> None:
    odd = {
        "oily_discharge": P,
        "gangrene": P,
        "angioid_streaks": P,
        "black_dots_pared": P,
        "site_scrotum": P,
        "histo_foam_cells": P,
    }
    found = made.differential(findings_from(odd), "dermatology")
    assert all(c.probability < 0.5 for c in found.candidates if c.id != "none_of_these")
    assert "none_of_these" in [c.id for c in found.candidates[:3]]
    before = made.differential(findings_from({}), "dermatology").probabilities
    assert found.probabilities["none_of_these"] > 2 * before["none_of_these"]


def test_every_setting_weighs_every_candidate(knowledge: Knowledge) -> None:
    held = knowledge.contents.differential
    assert {s.id for s in held.priors.settings} >= {
        "general_practice",
        "dermatology",
        "rheumatology",
        "nephrology",
        "case_series",
    }
    assert all(set(s.weights) == set(candidates(held)) for s in held.priors.settings)


def test_settings_move_the_answer(knowledge: Knowledge) -> None:
    nodule = findings_from({"lesion_nodule": P, "site_fingers": P, "consistency_hard": P}, age_years=55)
    rheumatology = differential(nodule, knowledge=knowledge, setting="rheumatology").probabilities
    general = differential(nodule, knowledge=knowledge, setting="general_practice").probabilities
    assert rheumatology["calcinosis_cutis"] > general["calcinosis_cutis"]


def test_an_unknown_setting_is_named(knowledge: Knowledge) -> None:
    with pytest.raises(UnknownName, match="general_practice"):
        differential(findings_from({}), knowledge=knowledge, setting="moon")


def test_a_parent_is_not_counted_beside_its_child(made: Engine) -> None:
    child = made.differential(findings_from({"site_fingertip": P}), "dermatology").probabilities
    chain = findings_from({"site_fingertip": P, "site_fingers": P, "site_hand_any": P})
    assert made.differential(chain, "dermatology").probabilities == child


def test_overlapping_findings_count_less_than_their_sum(made: Engine) -> None:
    alone = [
        made.differential(findings_from({name: P}), "dermatology") for name in ("raynaud", "sclerodactyly")
    ]
    both = made.differential(findings_from({"raynaud": P, "sclerodactyly": P}), "dermatology")
    ssc, wart = made.tables.position["calcinosis_cutis_ssc"], made.tables.position["verruca_vulgaris"]

    def moved(found: object) -> float:
        held = found.posterior  # type: ignore[attr-defined]
        return sum(p.weight * (p.logs[ssc] - p.logs[wart]) for p in held.pieces)

    assert moved(both) < sum(map(moved, alone))
    assert moved(both) > max(map(moved, alone))


def test_absent_is_not_unknown(made: Engine) -> None:
    base = {"lesion_nodule": P, "consistency_hard": P}
    unknown = made.differential(findings_from(base), "dermatology").probabilities
    absent = made.differential(findings_from({**base, "xray_calcification": A}), "dermatology").probabilities
    assert absent["calcinosis_cutis"] < unknown["calcinosis_cutis"] / 2


def test_why_not_names_findings_and_sources(made: Engine) -> None:
    statuses = {"lesion_papule": P, "umbilication_central": P, "consistency_soft": P}
    found = made.differential(findings_from(statuses), "dermatology")
    reasons = found.why_not("calcinosis_cutis")
    assert reasons.rival == found.candidates[0].id
    assert {one.finding for one in reasons.opposing} >= {"umbilication_central"}
    assert all(one.sources for one in reasons.opposing if one.stated)
    with pytest.raises(UnknownName):
        found.why_not("unicorn")


def test_an_entry_is_plain_and_whole(made: Engine) -> None:
    found = made.differential(findings_from({"consistency_hard": P, "color_white": P}), "dermatology")
    entries = found.to_dict()
    assert [e["probability"] for e in entries] == sorted((e["probability"] for e in entries), reverse=True)
    assert {"id", "name", "probability", "for", "against", "settled_by"} <= set(entries[0])
    assert all(one["decibans"] > 0 for e in entries for one in e["for"])
    assert all(one["decibans"] < 0 for e in entries for one in e["against"])
    assert all(e["settled_by"] for e in entries if e["id"] != "none_of_these")


def test_reasons_stand_where_a_candidate_is_likely(made: Engine) -> None:
    told = made.differential(findings_from({"consistency_hard": Status.PRESENT}), "dermatology").to_dict()
    assert len({frozenset(entry) - {"of_which"} for entry in told}) == 1
    assert all(entry["for"] or entry["against"] for entry in told[:5])
    assert not any(entry["for"] or entry["against"] for entry in told[5:] if entry["probability"] < 0.01)


STATED = sorted(
    (disease, name)
    for disease, name in (
        ("lipoma", "lipoma_stated"),
        ("mycetoma", "mycetoma_stated"),
        ("gouty_tophus", "gouty_tophus_stated"),
        ("pilomatricoma", "pilomatricoma"),
        ("calcinosis_cutis", "calcinosis_stated"),
        ("calcinosis_cutis", "calciphylaxis_stated"),
        ("warfarin_skin_necrosis", "warfarin_necrosis_stated"),
    )
)


@pytest.mark.parametrize(("disease", "name"), STATED)
def test_a_named_diagnosis_leads_and_is_not_certain(made: Engine, disease: str, name: str) -> None:
    top = made.differential(findings_from({name: P}), "dermatology").candidates[0]
    assert top.id == disease
    assert top.probability < 0.99


def test_every_listed_disease_can_be_named(made: Engine, knowledge: Knowledge) -> None:
    exact = {
        n
        for n in made.tables.rates
        if n in knowledge.contents.differential.likelihoods.exact
        or knowledge.contents.findings[n].kind == "stated"
    }
    nameless = {d for d, cells in made.tables.cells.items() if not exact & cells.keys()} - {
        "calcinosis_cutis"
    }
    assert nameless == {"epidermoid_cyst"} - exact


@pytest.mark.parametrize("name", ["hypertension", "hypercholesterolaemia", "creatinine_high", "acne_history"])
def test_common_illness_weighs_little_in_calcinosis(made: Engine, name: str) -> None:
    before = made.differential(findings_from({}), "dermatology").posterior
    after = made.differential(findings_from({name: P}), "dermatology").posterior
    place = made.tables.position
    gout = after.probabilities[place["gouty_tophus"]] / before.probabilities[place["gouty_tophus"]]
    assert gout < 10**0.5


STONE = {"xray_calcification": P, "histo_calcium_deposits": P}


def test_calcium_does_not_speak_against_its_host(made: Engine) -> None:
    own = {"lesion_nodule": P, "color_blue": P, "histo_shadow_cells": P}
    without = made.differential(findings_from(own, age_years=9), "dermatology")
    found = made.differential(findings_from({**own, **STONE}, age_years=9), "dermatology")
    assert found.candidates[0].id == "pilomatricoma"
    assert found.candidates[0].of_which[0][0] == "calcified_pilomatricoma"
    assert found.probabilities["pilomatricoma"] > 0.9 * without.probabilities["pilomatricoma"]


def test_calcium_in_lupus_panniculitis_is_calcinosis_in_its_host(made: Engine) -> None:
    own = {"lupus_panniculitis": P, "lupus_history": P, "lesion_plaque": P}
    without = made.differential(findings_from(own, age_years=40), "dermatology")
    found = made.differential(findings_from({**own, **STONE}, age_years=40), "dermatology")
    assert without.candidates[0].id == "lupus_panniculitis"
    assert found.candidates[0].id == "calcinosis_cutis"
    assert found.candidates[0].of_which[0][0] == "calcinosis_in_lupus_panniculitis"


def test_numbers_have_words_for_names(made: Engine) -> None:
    found = made.differential(findings_from(LUMP_SEEN, age_years=40, lesion_size=12), "dermatology")
    said = [
        one.label
        for c in found.candidates[:5]
        for one in (*c.explanation.supporting, *c.explanation.opposing)
    ]
    assert said
    assert not any("_" in label for label in said)


LUMP_SEEN = {"lesion_nodule": P, "consistency_hard": P}
