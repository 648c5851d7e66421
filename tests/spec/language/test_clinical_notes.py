"""What a clinical note says: terms in any spelling, negation and its reach, doubt, family, past, values, ages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis.knowledge import load
from calcinosis.language import patient, read_text
from calcinosis.language.plain import plain
from calcinosis.model import Assertion, Kind, Quantity

YES, NO, MAYBE = Assertion.AFFIRMED, Assertion.NEGATED, Assertion.UNCERTAIN


def said(text: str) -> dict[str, Assertion]:
    seen, _ = read_text(text, knowledge=load(), source="note")
    return {code.code: item.assertion for item in seen for code in item.codes if not item.family}


def values(text: str) -> dict[str, tuple]:
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    return {
        item.codes[0].code: (item.value.value, item.value.unit, item.interpretation)
        if isinstance(item.value, Quantity)
        else (None, "", item.interpretation)
        for item in seen
        if item.value is not None or item.interpretation
    }


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("on haemodialysis", "haemodialysis"),
        ("on hemodialysis", "haemodialysis"),
        ("known scleroderma", "systemic_sclerosis"),
        ("SSc for ten years", "systemic_sclerosis"),
        ("JDM since age 4", "juvenile_dermatomyositis"),
        ("calcified nodules were rock-hard", "consistency_hard"),
        ("skin coloured papules", "color_skin"),
        ("skin-colored papule", "color_skin"),
        ("lesions over the olecranon", "site_elbow"),
        ("ESRD", "ckd_dialysis"),
        ("elevated phosphate", "hyperphosphataemia"),
    ],
)
def test_a_term_is_known_in_every_spelling(text, finding):
    assert said(text).get(finding) is YES


@pytest.mark.parametrize(
    ("text", "absent", "present"),
    [
        ("No Raynaud phenomenon.", ["raynaud"], []),
        ("Denies pruritus, fever or weight loss.", ["pruritus", "fever", "weight_loss"], []),
        ("Without itch, arthralgia, muscle weakness.", ["pruritus", "arthralgia", "proximal_weakness"], []),
        ("Denies trauma but has Raynaud phenomenon.", ["exp_trauma"], ["raynaud"]),
        ("No fever; Gottron papules over the knuckles.", ["fever"], ["gottron_papules"]),
        ("Raynaud phenomenon is absent.", ["raynaud"], []),
        ("There was no evidence of dermatomyositis.", ["dermatomyositis"], []),
    ],
)
def test_a_negation_reaches_over_its_list_and_no_further(text, absent, present):
    found = said(text)
    assert {name: found.get(name) for name in absent} == dict.fromkeys(absent, NO)
    assert {name: found.get(name) for name in present} == dict.fromkeys(present, YES)


@pytest.mark.parametrize(
    "text", ["Possible dermatomyositis.", "Suspected dermatomyositis", "?dermatomyositis"]
)
def test_a_doubt_is_neither_yes_nor_no(text):
    assert said(text).get("dermatomyositis") is MAYBE


@pytest.mark.parametrize(
    ("text", "finding", "expected"),
    [
        ("SLE ruled out.", "systemic_lupus_erythematosus", NO),
        ("SLE: denied", "systemic_lupus_erythematosus", NO),
        ("Raynaud's absent", "raynaud", NO),
        ("Fever - no", "fever", NO),
        ("Fever: no", "fever", NO),
        ("Fever - no response to antibiotics", "fever", YES),
        ("Pain (-), itch (+)", "pain_any", NO),
        ("Pain (-), itch (+)", "pruritus", YES),
        ("Biopsy: granulomas absent", "histo_granuloma", NO),
        ("The leg is ulcer-free", "ulceration", NO),
        ("Dialysis was avoided", "dialysis", NO),
        ("The patient with lupus denied fever", "lupus_history", YES),
        ("Raynaud and arthralgia absent", "raynaud", NO),
        ("Systemic sclerosis, gout ruled out", "systemic_sclerosis", YES),
    ],
)
def test_a_bare_denial_after_a_term_holds_for_this_term_only(text, finding, expected):
    assert said(text).get(finding) is expected


@pytest.mark.parametrize(
    ("text", "absent", "present"),
    [
        ("She has systemic sclerosis and lupus was excluded.", ["lupus_history"], ["systemic_sclerosis"]),
        (
            "Systemic sclerosis with Raynaud phenomenon, dermatomyositis was ruled out",
            ["dermatomyositis"],
            ["systemic_sclerosis", "raynaud"],
        ),
        ("Sarcoidosis, gout or lupus was not found", ["sarcoidosis", "gout_history", "lupus_history"], []),
        ("Sarcoidosis, gout and lupus were excluded", ["sarcoidosis", "gout_history", "lupus_history"], []),
        ("Ulceration of the leg was not seen", ["ulceration"], []),
    ],
)
def test_a_denial_that_follows_reaches_back_over_its_list_and_no_further(text, absent, present):
    found = said(text)
    assert {name: found.get(name) for name in absent} == dict.fromkeys(absent, NO)
    assert {name: found.get(name) for name in present} == dict.fromkeys(present, YES)


@pytest.mark.parametrize("link", ["c/w", "consistent with", "compatible with", "suggestive of"])
def test_what_fits_with_a_disease_is_no_longer_denied(link):
    assert said(f"No arthritis {link} systemic sclerosis").get("systemic_sclerosis") is not NO


def test_a_link_inside_a_denial_does_not_end_it():
    assert said("Findings not consistent with systemic sclerosis").get("systemic_sclerosis") is NO


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("SSc since 2001.\n?gout", "gout_history"),
        ("SSc, ?osteoporosis", "osteoporosis"),
        ("Gout vs cellulitis", "gout_history"),
        ("DDx: gout, SLE", "systemic_lupus_erythematosus"),
        ("The differential diagnosis includes gout", "gout_history"),
        ("It cannot be excluded that he has SLE", "systemic_lupus_erythematosus"),
        ("syringoma-like papules", "syringoma"),
        ("scleroderma-like skin", "systemic_sclerosis"),
        ("Leaflet given: calcinosis may occur in scleroderma", "systemic_sclerosis"),
        ("Patients with gout may have tophi", "gout_history"),
        ("Consider dialysis", "dialysis"),
        ("Plan to start warfarin", "drug_vitamin_k_antagonist"),
        ("Dialysis was discussed", "dialysis"),
    ],
)
def test_what_is_weighed_compared_taught_or_planned_is_neither_yes_nor_no(text, finding):
    assert said(text).get(finding) is MAYBE


def test_a_shape_that_names_itself_is_described_and_not_compared():
    assert said("plaque-like papules, to be excised")["lesion_plaque"] is YES
    assert said("We plan to excise the nodule of the elbow")["site_elbow"] is YES


@pytest.mark.parametrize("text", ["Pas de lupus", "Kein Lupus", "sin lupus", "senza lupus"])
def test_denials_of_other_languages_are_none_of_the_patients(text):
    assert said(text).get("lupus_history") is NO


@pytest.mark.parametrize(
    "text",
    [
        "Warfarin stopped 2019.",
        "off warfarin",
        "previously on warfarin",
        "Warfarin until 2019",
        "former warfarin",
    ],
)
def test_what_was_stopped_is_over(text):
    seen, _ = read_text(text, knowledge=load(), source="note")
    assert [(item.past, item.assertion) for item in seen] == [(True, YES)]


def test_an_allergy_is_no_drug_that_is_taken():
    seen, _ = read_text(
        "Allergies: penicillin, warfarin (rash). Meds: minocycline", knowledge=load(), source="note"
    )
    assert [item.kind for item in seen] == [Kind.ALLERGY, Kind.ALLERGY, Kind.SIGN]


@pytest.mark.parametrize(
    "note",
    [
        "ALLERGIES\npenicillin, warfarin\n\nMEDICATIONS\nminocycline",
        "Allergies:\n- penicillin\n- warfarin\nMedications:\n- minocycline",
        "## Allergies\r\n\r\n1. penicillin\r\n2. warfarin\r\n\r\n## Medications\r\n1. minocycline",
    ],
)
def test_a_heading_on_its_own_line_speaks_of_what_stands_below_it(note):
    seen, _ = read_text(note, knowledge=load(), source="note")
    assert [item.kind for item in seen] == [Kind.ALLERGY, Kind.ALLERGY, Kind.SIGN]


@pytest.mark.parametrize("note", ["Allergies:\nMedications: warfarin", "ALLERGIES\nMEDICATIONS\n\nwarfarin"])
def test_a_heading_over_nothing_does_not_reach_the_next_section(note):
    seen, _ = read_text(note, knowledge=load(), source="note")
    assert [item.kind for item in seen] == [Kind.SIGN]


def test_what_stands_below_family_history_is_of_a_relative():
    seen, _ = read_text("FAMILY HISTORY\nsystemic lupus erythematosus\n", knowledge=load(), source="note")
    assert [item.family for item in seen if item.codes[0].code == "systemic_lupus_erythematosus"] == [True]


def test_what_a_relative_has_the_patient_has_not():
    assert "systemic_lupus_erythematosus" not in said("Her mother has systemic lupus erythematosus.")


def test_the_past_is_no_absence():
    assert (
        said("History of burn 40 years earlier.").get("burn_injury", said("History of burn.").get("burn"))
        is YES
    )


def test_an_ambiguous_abbreviation_is_reported_and_not_guessed():
    seen, ignored = read_text("DM for 12 years", knowledge=load(), source="note")
    codes = {code.code for item in seen for code in item.codes}
    assert not codes & {"dermatomyositis", "diabetes_history", "adult_dermatomyositis"}
    assert any(item.what == "DM" and "may mean" in item.why for item in ignored)


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("Dermatomyositis (DM). DM for ten years", "dermatomyositis"),
        ("DM for ten years, diabetes is well controlled", "diabetes_history"),
        ("ESRD, haemodialysis. HD thrice weekly", "haemodialysis"),
    ],
)
def test_the_reading_of_an_abbreviation_that_the_note_spells_out_wins(text, reading):
    seen, ignored = read_text(text, knowledge=load(), source="note")
    assert [code.code for item in seen for code in item.codes].count(reading) >= 2
    assert not ignored


def test_both_readings_spelled_out_leave_the_abbreviation_unread():
    _, ignored = read_text("Dermatomyositis and diabetes. DM worse.", knowledge=load(), source="note")
    assert [item.what for item in ignored] == ["DM"]


def test_an_abbreviation_with_a_reading_outside_the_vocabulary_is_reported():
    assert said("HD in remission") == {}
    assert "haemodialysis" not in said("Huntington disease (HD), HD for years")
    assert said("on HD since 2010") == {"haemodialysis": YES}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("PE: papule on the cheek", "thrombosis_history"),
        ("Histology: thrombosis of vessels", "thrombosis_history"),
        ("ANA weakly positive", "weakness_fatigue"),
        ("After an upper respiratory infection", "local_infection"),
        ("Radiograph: overhanging edges", "undermined_border"),
        ("Radiograph: no erosions", "ulceration"),
        ("Erosive rheumatoid arthritis", "ulceration"),
        ("No mouth ulcers", "ulceration"),
        ("Scrotum normal.", "site_scrotum"),
        ("The scrotum was examined normal.", "site_scrotum"),
        ("scattered over the scrotum", "dist_generalized"),
        ("Biopsy: fibrinoid necrosis", "histo_palisading_fibrin"),
        ("heparin on dialysis", "drug_heparin_subcutaneous"),
        ("EEG normal", "exp_electrode_paste"),
        ("laceration of the foot", "fracture_or_haematoma"),
    ],
)
def test_words_that_only_look_like_a_finding(text, finding):
    assert finding not in said(text)


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("He had a PE in 2001", "thrombosis_history"),
        ("Ulcers of the leg, no mouth ulcers", "ulceration"),
        ("The elbows, with normal skin between nodules", "site_elbow"),
    ],
)
def test_the_same_words_in_their_own_meaning_count(text, finding):
    assert said(text).get(finding) is YES


def test_words_may_mean_one_thing_under_the_microscope_and_another_elsewhere():
    assert set(said("Biopsy: vascular calcification")) == {"histo_arteriolar_calcification"}
    assert set(said("Vascular calcification of the legs")) >= {"large_vessel_calcification"}
    assert "histo_arteriolar_calcification" not in said("Vascular calcification of the legs")


def test_calcium_that_leaked_was_given_into_a_vein():
    assert "exp_iv_calcium" in said("calcium infiltrated at the hand")
    assert "exp_iv_calcium_chloride" in said("IV CaCl infiltrated at the hand")


def test_an_abbreviation_counts_only_in_its_own_letters():
    assert "rheumatoid_arthritis" not in said("he ran to the ra")


def test_no_trauma_of_a_site_does_not_deny_the_site():
    assert said("Nodules of the scrotum. No scrotal trauma.").get("site_scrotum") is YES


@pytest.mark.parametrize(
    ("text", "analyte", "expected"),
    [
        ("calcium 11.3 mg/dL (reference 8.4-10.2), high", "serum_calcium_total", (11.3, "mg/dL", "high")),
        ("Serum phosphate was 2.4 mmol/L", "serum_phosphate", (2.4, "mmol/L", "")),
        ("Ca 2.85 mmol/l, PTH 100 ng/L", "serum_calcium_total", (2.85, "mmol/l", "")),
        ("normal calcium and phosphate", "serum_phosphate", (None, "", "normal")),
        ("calcium, phosphate and PTH were normal", "serum_calcium_total", (None, "", "normal")),
        ("creatinine 7.5 mg/dL", "serum_creatinine", (7.5, "mg/dL", "")),
    ],
)
def test_values_in_running_text(text, analyte, expected):
    assert values(text).get(analyte) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ANA (+). RF (-). anti-Scl-70 neg. ANCA -ve.", ["positive", "negative", "negative", "negative"]),
        ("Anti-MDA5+, ANA +, RF -, ANCA pos", ["positive", "positive", "negative", "positive"]),
        ("ANA weakly positive", ["positive"]),
    ],
)
def test_signs_beside_a_test(text, expected):
    seen, _ = read_text(text, knowledge=load(), source="note")
    assert [item.interpretation for item in seen] == expected


def test_the_unit_inside_a_reference_range_is_that_of_the_value():
    assert values("Ca 9.3 (8.6-10.3 mg/dL)")["serum_calcium_total"] == (9.3, "mg/dL", "")


@pytest.mark.parametrize("name", ["Corrected Ca", "adj. Ca", "Ca corr", "calcium (corrected)"])
def test_corrected_calcium_is_not_the_total(name):
    assert set(values(f"{name} 10.0 mg/dL")) == {"serum_calcium_corrected"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Calcium 13.1 mg/dL in 2009, not repeated", [(13.1, 2009)]),
        ("In 2015 calcium was 13.1 mg/dL; now calcium 9.4 mg/dL.", [(13.1, 2015), (9.4, None)]),
        ("Calcium 11 mg/dL (March 2012)", [(11.0, 2012)]),
        ("Previous calcium 13.1 mg/dL. Calcium today 9.4 mg/dL.", [(9.4, None)]),
        ("Previously normal, calcium now 9.4 mg/dL", [(9.4, None)]),
        ("SSc diagnosed in 2009, calcium 9.4 mg/dL", [(9.4, None)]),
    ],
)
def test_an_earlier_value_has_its_year_or_is_left_out(text, expected):
    seen, ignored = read_text(text, knowledge=load(), source="note")
    found = [(item.value.value, item.effective and item.effective.first.year) for item in seen if item.value]
    assert found == expected
    assert bool(ignored) == ("Previous calcium" in text)


@pytest.mark.parametrize(
    ("text", "degrees"),
    [("T 38.6", 38.6), ("temp 101 F", 38.33), ("Temperature 38.9 °C", 38.9), ("MRI T2 bright, T 2 N0", None)],
)
def test_temperatures(text, degrees):
    assert values(text).get("body_temperature", (None,))[0] == degrees


@pytest.mark.parametrize(
    ("text", "what", "number"),
    [
        ("ulcer 38 x 13 mm", "lesion_size", 38.0),
        ("Number of lesions: 2.", "lesion_count", 2.0),
        ("Present for 20 months.", "lesion_duration", 20.0),
        ("nodules, a 10-year history", "lesion_duration", 120.0),
    ],
)
def test_size_number_and_duration_of_a_lesion(text, what, number):
    assert values(text)[what][0] == pytest.approx(number)


@pytest.mark.parametrize(
    ("text", "years", "sex"),
    [
        ("54-year-old woman with", 54, "female"),
        ("A 47-day-old boy", 47 / 365.25, "male"),
        ("16-month-old female", 16 / 12, "female"),
        ("3 week old girl", 3 * 7 / 365.25, "female"),
        ("72 yo man", 72, "male"),
        ("A lady aged 63 years", 63, "female"),
        ("nodules of the hand", None, ""),
        ("57 yo F with ESRD", 57, "female"),
        ("7 y/o M", 7, "male"),
        ("76F", 76, "female"),
        ("A 19-year-old lad", 19, "male"),
        ("An elderly gentleman of 80 years of age", 80, "male"),
        ("54\u2011year\u2011old woman", 54, "female"),
        ("A sixty-two-year-old lady", 62, "female"),
        ("Her 12-year-old son is well. She is 48.", 48, "female"),
        ("His mother, aged 70, is well. The patient is 40 and well.", 40, "male"),
        ("A 35-year-old mother of two. She has nodules.", 35, "female"),
        ("A 5-year-old girl, daughter of cousins", 5, "female"),
        ("Her mother noticed it. 5-year-old Indian boy", 5, "male"),
        ("A child, temp 101 F", None, ""),
    ],
)
def test_age_and_sex(text, years, sex):
    read = patient(text)
    assert read.sex == sex
    assert read.age_years == (pytest.approx(years) if years is not None else None)


def places(text: str) -> dict[str, str]:
    seen, _ = read_text(text, knowledge=load(), source="note")
    return {item.codes[0].code: text[slice(*map(int, item.source.split(":")[1].split("-")))] for item in seen}


def test_markup_and_invisible_characters_are_no_words():
    """What is read is what is seen, and its address is that in the text as given."""
    text = "<p>woman with systemic&nbsp;<b>scler\u200bosis</b></p>Calcium 9.4&#32;mg/dL<br>Ca <8 and P >5, no\u200b ulcer"
    found = places(text)
    assert found["systemic_sclerosis"] == "systemic&nbsp;<b>scler\u200bosis"
    assert found["serum_phosphate"] == "P >5"
    assert said(text)["ulceration"] is NO
    assert values("calcium\u202f2.4\u202fmmol/l") == values("calcium 2.4 mmol/l")


@given(st.text("<>&;bp/ \u200b\u00ad\u2011aA#3", max_size=60))
def test_every_place_of_a_cleaned_text_stands_in_the_text_as_given(text):
    cleaned = plain(text)
    found = [cleaned.original(place) for place in range(len(cleaned.text))]
    assert found == sorted(found)
    assert all(0 <= place < len(text) for place in found)


@given(st.text(max_size=400))
def test_any_text_can_be_read(text):
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    assert all(item.source.startswith("note:") for item in seen)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("Term baby, day 6, firm plaques.", 6),
        ("DOL 12. Plaque of the back.", 12),
        ("Seen on day 3 of life.", 3),
        ("Neonate (day 20) with a plaque.", 20),
        ("54F, day 6 after surgery.", 54 * 365.25),
        ("Day 6 of antibiotics.", None),
        ("Baby seen, day 6 of antibiotics.", None),
    ],
)
def test_a_day_of_life_is_an_age(text, days):
    age = patient(text).age_years
    assert age is None if days is None else age == pytest.approx(days / 365.25)


def test_what_somebody_asks_about_is_not_taken():
    assert said("She asks about bisphosphonates.").get("drug_bisphosphonate") is MAYBE
