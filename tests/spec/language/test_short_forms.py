"""A short form means what its neighbours speak for; where none does, it is open: neither there nor lost."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.model import Assertion


def said(text: str) -> dict[str, Assertion]:
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    return {code.code: item.assertion for item in seen for code in item.codes}


@pytest.mark.parametrize(
    ("text", "finding", "not_this"),
    [
        ("DM on insulin, HbA1c 8 %.", "diabetes_history", "dermatomyositis"),
        ("57M. HTN, DM, CAD.", "diabetes_history", "dermatomyositis"),
        ("DM with Gottron papules and CK 1,200.", "dermatomyositis", "diabetes_history"),
        ("Known DM. Today Gottron papules and weakness.", "dermatomyositis", "diabetes_history"),
        ("Juvenile DM, anti-NXP2 positive.", "dermatomyositis", "diabetes_history"),
        ("ESRD, HD via left AVF.", "haemodialysis", ""),
        ("HD x 7 yrs (MWF).", "haemodialysis", ""),
        ("PD for ESRD, four exchanges.", "peritoneal_dialysis", ""),
        ("RA, CCP positive, on methotrexate.", "ra_history", ""),
        ("Had a PE in 2012, on apixaban.", "thrombosis_history", ""),
        ("Optic neuritis, MS on interferon.", "demyelinating_disease", ""),
        ("MM, on bortezomib.", "multiple_myeloma", ""),
        ("CVD with varicose veins and stasis.", "venous_insufficiency", ""),
        ("CA breast 2015, chemo.", "malignancy_history", ""),
    ],
)
def test_neighbours_decide(text, finding, not_this):
    found = said(text)
    assert found.get(finding) is Assertion.AFFIRMED
    assert not_this not in found


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Chorea, HD since 2012. Nodules.", "haemodialysis"),
        ("HD, six cycles of ABVD. Nodules.", "haemodialysis"),
        ("PD with tremor on levodopa. Nodules.", "peritoneal_dialysis"),
        ("Sats 97 % on RA. Nodules.", "ra_history"),
        ("Dilated RA and RV on echo. Nodules.", "ra_history"),
        ("Pitting oedema of both LE. Nodules.", "lupus_history"),
        ("PE shows firm nodules.", "thrombosis_history"),
        ("Nodule of 5 MM.", "multiple_myeloma"),
        ("Film of MM/DD/YYYY. Nodules.", "multiple_myeloma"),
        ("MS 10 mg prn. Nodules.", "demyelinating_disease"),
        ("Statin for CVD, HTN. Nodules.", "venous_insufficiency"),
        ("SSS for AFB neg. Nodules.", "conduction_disease"),
        ("ALL lesions are hard nodules.", "acute_leukaemia"),
        ("PCT 0.3, CRP 12. Nodules.", "porphyria_cutanea_tarda"),
    ],
)
def test_another_meaning_is_no_finding(text, finding):
    assert finding not in said(text)


@pytest.mark.parametrize(
    ("text", "form", "findings"),
    [
        ("Known DM. Nodules.", "DM", {"dermatomyositis", "diabetes_history"}),
        ("HD. Nodules.", "HD", {"haemodialysis"}),
        ("LE since 2010. Nodules.", "LE", {"lupus_history"}),
    ],
)
def test_what_nothing_decides_is_open_and_listed(text, form, findings):
    seen, ignored = read_text(text, knowledge=load(), source="note")
    open_ = {code.code for one in seen if one.assertion is Assertion.UNCERTAIN for code in one.codes}
    assert open_ == findings
    assert [one.what for one in ignored] == [form]
    assert "may mean" in ignored[0].why


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        # In a text in capitals small letters are lost.
        ("LABS TODAY WERE REPEATED. CA 9.4 MG/DL, PHOS 3.4 MG/DL.", "serum_calcium_total"),
        ("LABS TODAY WERE REPEATED. CR 1.2 MG/DL, NA 140.", "serum_creatinine"),
        ("LABS TODAY WERE REPEATED. CR 1.2 MG/DL, NA 140.", "serum_sodium"),
        ("ULCER OF THE LEG. CA BREAST, MASTECTOMY 2008.", "malignancy_history"),
        ("Nodule of the breast. Ca breast, mastectomy 2008.", "malignancy_history"),
    ],
)
def test_in_capitals_a_short_form_is_what_its_number_says(text, finding):
    assert said(text)[finding] is Assertion.AFFIRMED


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("TAKES CALCIUM CARBONATE 500 MG 3 TIMES A DAY WITH HER MEALS.", "serum_magnesium"),
        ("REPORTED BY SMITH ET AL 2019. NODULES OF BOTH ELBOWS.", "aluminium"),
        ("OMEPRAZOLE CAP 20 DAILY. NODULES OF BOTH ELBOWS.", "ca_p_product"),
        ("ADM WITH CHEST PAIN. NODULES OF BOTH ELBOWS.", "amyopathic_dermatomyositis"),
        ("LUMPS OVER THE PADS OF BOTH THUMBS, HARD AND WHITE.", "peripheral_arterial_disease"),
        ("ULCER OF THE LEG. CA BREAST 2008, NO RECURRENCE SINCE.", "serum_calcium_total"),
        ("Nodule of the breast. Breast Ca 2008, no recurrence.", "serum_calcium_total"),
    ],
)
def test_in_capitals_a_word_is_no_short_form(text, finding):
    assert finding not in said(text)


def test_in_capitals_a_drug_may_be_denied_behind_its_name():
    assert (
        said("ILOPROST GIVEN IN MAY. PREDNISOLONE NONE.").get("drug_systemic_corticosteroid")
        is not Assertion.AFFIRMED
    )
