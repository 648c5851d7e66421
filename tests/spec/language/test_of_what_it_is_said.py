"""A thing is said of the skin or of an inner organ, and a place is a lesion's or another thing's."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.language import codes_of, read_text


def said(text: str) -> set[str]:
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    return {code.code for item in seen for code in item.codes}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Thyroid nodule.", "lesion_nodule"),
        ("A mass in the left kidney.", "lesion_mass"),
        ("Calcifications of the basal ganglia.", "calcification_stated"),
        ("Intervertebral disc calcification.", "calcification_stated"),
        ("Ulcer of the duodenum.", "ulceration"),
        ("Corneal ulceration.", "ulceration"),
        ("Necrosis of the small bowel.", "necrosis_eschar"),
        ("Avascular necrosis of the hip.", "necrosis_eschar"),
        ("Hip avascular necrosis.", "necrosis_eschar"),
        ("Acute tubular necrosis.", "necrosis_eschar"),
        ("Liver abscess.", "abscess"),
        ("Tumour necrosis factor blocker.", "necrosis_eschar"),
        ("Calcification of the mitral valve.", "calcification_stated"),
        ("Bladder tumour, lung nodules.", "lesion_nodule"),
    ],
)
def test_what_an_inner_organ_has_is_not_the_skins(text, finding):
    assert finding not in said(text)
    assert finding not in {code.code for code in codes_of(text, knowledge=load())}


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("Ulcer of the renal transplant scar.", "ulceration"),
        ("Kidney failure; nodule of the thigh.", "lesion_nodule"),
        ("Nodules over the femoral head.", "lesion_nodule"),
        ("Bone hard nodule.", "lesion_nodule"),
        ("Ulcers in a renal patient.", "ulceration"),
        ("Calcification of the skin.", "calcification_stated"),
        ("Necrotic patch of the calf.", "necrosis_eschar"),
        ("Lung disease and skin nodules.", "lesion_nodule"),
    ],
)
def test_what_the_skin_has_stays(text, finding):
    assert finding in said(text)


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("Papules of the scrotum. Pain in the knee.", "site_knee"),
        ("Papules of the scrotum; arthritis of the hands.", "site_hand_any"),
        ("Papules of the scrotum. Fracture of the wrist in 2010.", "site_wrist"),
        ("Papules of the scrotum. Abdomen soft, chest clear.", "site_abdomen"),
        ("Papules of the scrotum. Hip replacement.", "site_hip"),
        ("Papules of the scrotum. Fistula in the left forearm.", "site_forearm"),
        ("Papules of the scrotum. Telangiectasia of the lips.", "site_lip"),
        ("Papules of the scrotum. Back to work.", "site_back"),
        ("Papules of the scrotum. Neck supple.", "site_neck"),
        ("Papules of the scrotum, no nodules on the hands.", "site_hand_any"),
        ("Papules of the scrotum. Thyroid nodule in the neck.", "site_neck"),
        ("Papules of the scrotum. Chest X-ray normal.", "site_chest"),
        ("Papules of the scrotum. Foot pulses weak.", "site_foot"),
    ],
)
def test_a_place_of_another_thing_is_no_place_of_the_lesion(text, site):
    found = said(text)
    assert "site_scrotum" in found
    assert site not in found


@pytest.mark.parametrize(
    ("text", "site"),
    [
        ("Hard nodules on the elbows and the left knee.", "site_knee"),
        ("Multiple papules, asymptomatic, over the scrotum.", "site_scrotum"),
        ("Two elbow nodules.", "site_elbow"),
        ("Elbows: calcified nodules.", "site_elbow"),
        ("Nodules since 2019. They sit on both elbows.", "site_elbow"),
        ("Hard nodules. Site: scrotum.", "site_scrotum"),
        ("Hard nodules. Both elbows.", "site_elbow"),
        ("The big toe is blue.", "site_toe"),
        ("Stiff, rock-hard ears.", "site_ear"),
        ("Small white balls on both heels.", "site_heel"),
        ("Severe pain in both thighs with livedo reticularis.", "site_thigh"),
        ("Mottled, tender skin of the abdomen.", "site_abdomen"),
        ("Radiograph of the hand shows calcification.", "site_hand_any"),
        ("Nadroparin injections into the abdomen. Papules at the injection sites.", "site_abdomen"),
        ("Burn to left leg as a child, now a nodule within the scar.", "site_lower_limb"),
        ("left forearm", "site_forearm"),
    ],
)
def test_a_place_of_the_lesion_is(text, site):
    assert site in said(text)
