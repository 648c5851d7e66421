"""What decides: calcium in a specimen or on film, a defining sign denied, an exposure that a disease needs."""

from __future__ import annotations

import pytest

from calcinosis import consult
from calcinosis.knowledge import Knowledge

LOOKS = (
    "A 50-year-old woman has hard nodules of both forearms.",
    "A 50-year-old woman has soft brown papules of the shins.",
    "A 30-year-old man has a hard mobile lump of the back.",
    "A 60-year-old woman has a dome-shaped nodule of the scalp.",
    "A 70-year-old man has a tender red nodule of the hand.",
)
SHOWN = (
    "Biopsy shows calcinosis cutis.",
    "Histology: calcium deposits in the dermis, von Kossa positive.",
    "Excision: amorphous basophilic material in the dermis.",
)


def chances(knowledge: Knowledge, note: str, setting: str = "dermatology") -> dict[str, float]:
    found = consult(note, as_of="2026-01-01", setting=setting, knowledge=knowledge).differential
    return found.probabilities


@pytest.mark.parametrize("looks", LOOKS)
@pytest.mark.parametrize("shown", SHOWN)
@pytest.mark.parametrize("setting", ["dermatology", "case_series"])
def test_calcium_in_a_specimen_decides_whatever_the_looks(
    knowledge: Knowledge, looks: str, shown: str, setting: str
) -> None:
    assert chances(knowledge, f"{looks} {shown}", setting)["calcinosis_cutis"] >= 0.9


@pytest.mark.parametrize(
    ("shown", "disease"),
    [
        ("Biopsy shows ghost cells and calcification.", "pilomatricoma"),
        ("Biopsy shows a pilomatricoma with calcification.", "pilomatricoma"),
        ("Biopsy shows a trichilemmal cyst with calcification.", "trichilemmal_cyst"),
        ("Biopsy shows an epidermoid cyst with calcium deposits in the dermis.", "epidermoid_cyst"),
        ("Biopsy shows basal cell carcinoma with calcification.", "basal_cell_carcinoma"),
    ],
)
def test_the_wall_or_cells_of_another_disease_keep_its_calcium(
    knowledge: Knowledge, shown: str, disease: str
) -> None:
    found = chances(knowledge, f"A 40-year-old woman has a firm nodule of the scalp. {shown}")
    assert found[disease] >= 0.9


@pytest.mark.parametrize("looks", LOOKS[:3])
def test_a_film_of_the_lesion_leaves_only_what_holds_calcium(knowledge: Knowledge, looks: str) -> None:
    before = chances(knowledge, looks)
    after = chances(knowledge, f"{looks} Radiograph of the lesion shows calcification.")
    assert after["calcinosis_cutis"] > 4 * before["calcinosis_cutis"]
    assert after["dermatofibroma"] < max(0.2 * before["dermatofibroma"], 0.001)


def test_calcium_named_without_a_method_weighs_less_than_a_film(knowledge: Knowledge) -> None:
    looks = "A 50-year-old woman has nodules of both forearms."
    named = chances(knowledge, f"{looks} The nodules are calcified.")
    filmed = chances(knowledge, f"{looks} Radiograph of the nodules shows calcification.")
    assert (
        chances(knowledge, looks)["calcinosis_cutis"] < named["calcinosis_cutis"] < filmed["calcinosis_cutis"]
    )


@pytest.mark.parametrize("found", ["non-diagnostic", "inconclusive", "non-specific", "too superficial"])
def test_a_biopsy_that_settled_nothing_excludes_nothing(knowledge: Knowledge, found: str) -> None:
    looks = "A 70-year-old man on haemodialysis has painful black ulcers of the thighs."
    before = chances(knowledge, looks)["calcinosis_cutis"]
    after = chances(knowledge, f"{looks} Biopsy: {found}, no calcification.")["calcinosis_cutis"]
    assert after == pytest.approx(before)


def test_a_biopsy_without_calcium_speaks_against_it(knowledge: Knowledge) -> None:
    looks = "A 50-year-old woman has hard nodules of both forearms."
    after = chances(knowledge, f"{looks} Biopsy: no calcium seen.")["calcinosis_cutis"]
    assert after < 0.3 * chances(knowledge, looks)["calcinosis_cutis"]


@pytest.mark.parametrize("denied", ["not hard", "not white"])
def test_a_defining_sign_that_is_denied_speaks_against_it(knowledge: Knowledge, denied: str) -> None:
    looks = "A 50-year-old woman with systemic sclerosis has a nodule of the forearm"
    after = chances(knowledge, f"{looks}, {denied}.")["calcinosis_cutis"]
    assert after < chances(knowledge, f"{looks}.")["calcinosis_cutis"] - 0.02


def test_a_deep_deposit_need_not_look_white(knowledge: Knowledge) -> None:
    woman = "of the forearm of a 50-year-old woman with scleroderma"
    deep = chances(knowledge, f"A firm subcutaneous nodule {woman}, skin-coloured.")["calcinosis_cutis"]
    shallow = chances(knowledge, f"A firm superficial nodule {woman}, skin-coloured.")["calcinosis_cutis"]
    assert shallow < deep


@pytest.mark.parametrize(
    ("disease", "without", "with_it"),
    [
        ("warfarin_skin_necrosis", "", ", takes warfarin"),
        ("warfarin_skin_necrosis", ", on apixaban", ", takes acenocoumarol"),
    ],
)
def test_what_a_disease_needs_gates_it(
    knowledge: Knowledge, disease: str, without: str, with_it: str
) -> None:
    lesion = "Presents with a sudden painful necrotic plaque of the breast."
    alone = chances(knowledge, f"60-year-old woman{without}. {lesion}")[disease]
    assert alone < 0.01
    assert chances(knowledge, f"60-year-old woman{with_it}. {lesion}")[disease] > 10 * alone


@pytest.mark.parametrize(
    ("note", "form"),
    [
        ("A 30-year-old man has a hard nodule of the back.", "calcinosis_scrotal_idiopathic"),
        ("A 50-year-old woman has hard nodules of both forearms.", "calcinosis_cutis_ssc"),
        ("A 50-year-old woman has hard nodules of both forearms.", "calcinosis_cutis_iatrogenic"),
        ("A 50-year-old woman has hard nodules of both shins.", "calcinosis_cutis_venous_stasis"),
    ],
)
def test_a_form_is_not_first_without_its_cause_or_place(knowledge: Knowledge, note: str, form: str) -> None:
    found = consult(
        f"{note} Biopsy shows calcinosis cutis.",
        as_of="2026-01-01",
        setting="dermatology",
        knowledge=knowledge,
    ).differential
    leading = found.candidates[0]
    assert leading.id == "calcinosis_cutis"
    assert leading.of_which[0][0] != form
