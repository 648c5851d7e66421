"""The words of the bedside: colours, time, limbs, bone, infection; and what only sounds like them."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.model import Assertion


def present(text: str) -> set[str]:
    """What is said to be there; an exposure may be past, a sign may not."""
    seen, _ = read_text(text, knowledge=load(), source="note", whole_note=True)
    return {
        code.code
        for one in seen
        for code in one.codes
        if one.assertion is Assertion.AFFIRMED and not one.family
        if code.code.startswith("exp_") or not one.past
    }


MUST = {
    "necrosis_eschar": [
        "The patch on the hip is black now.",
        "A blackened area over the flank.",
        "The skin of the breast is dying.",
        "Leathery plaque of the thigh.",
        "One of the lesions is black.",
    ],
    "livedo": [
        "A net-like rash of both thighs.",
        "Lacy marks on the calves.",
        "Mottled, tender skin of the abdomen.",
        "Marbled skin over the buttocks.",
        "The legs show a chicken wire pattern.",
    ],
    "ulcer_non_healing": [
        "The ulcer is getting worse despite dressings.",
        "A sore that has not healed.",
        "The wound fails to heal.",
        "Ulcers of the shin, not healing.",
        "The ulcer keeps growing.",
    ],
    "digital_ischaemia": [
        "The ring finger is cold and blue.",
        "Her toe has been white and cold since Monday.",
        "The fingertip is turning black.",
        "Dusky thumb, no refill.",
        "Two toes went black.",
    ],
    "limb_cold": ["The left foot is cold.", "The arm went cold.", "Leg stone cold below the knee."],
    "pulse_absent": ["No pulse at the wrist.", "The radial pulse is gone.", "Foot pulses absent at the ankle."],
    "bone_exposed": ["The probe hits bone in the ulcer.", "I could feel bone at the base of the wound.", "Bare bone in the sore."],
    "ear_rigid": ["Both ears are rock hard.", "Her pinna cannot be bent.", "Stone-hard auricles."],
    "rapid_spread": ["The redness has spread since this morning.", "Redness tracking up the arm, hot.", "Erythema moving up the leg within hours."],
    "exp_warfarin_start": [
        "Warfarin was started five days ago.",
        "Restarted warfarin four days ago.",
        "Loading with warfarin, day 3.",
        "Put on phenprocoumon last week.",
        "Four days after starting warfarin.",
    ],
    "cancer_now": ["Breast cancer under chemotherapy.", "Lymphoma, second of six cycles of chemotherapy.", "Lung carcinoma on immunotherapy."],
    "grains_discharge": ["The holes shed black grains.", "Pus with white granules oozes from it.", "Yellow grains come out of the sinus."],
    "crepitus": ["The skin crackles under the fingers.", "Gas in the soft tissues of the thigh."],
    "limb_discoloured": ["The foot is cold and white.", "The whole hand has been cold, blue and numb."],
    "skin_lesion_painful": ["Very painful patches of skin.", "Tender lesions of both calves.", "The patches are burning."],
}  # fmt: skip

MUST_NOT = {
    "necrosis_eschar": ["A Black woman with a nodule of the skin.", "Black hair, hard papule.", "Wears a black boot on the foot.", "No black areas.", "She has a black cat and an ulcer."],
    "livedo": ["White lacy streaks in the mouth.", "No net-like rash.", "Reticulated calcification on the film of the legs.", "A net-like white pattern of the buccal mucosa.", "Fishnet stockings."],
    "ulcer_non_healing": ["The ulcer healed.", "The wound is healing well.", "Her knee is getting worse.", "The ulcer is not getting worse.", "The nodule keeps growing."],
    "digital_ischaemia": ["Fingers go white and blue in the cold.", "Clubbing, cyanosed fingers.", "Black nail of the big toe.", "The finger is not cold and blue.", "In winter her toes are cold and blue."],
    "limb_cold": ["Swims in the cold with her leg.", "A cold sore and a nodule of the leg.", "Cold compresses for the arm."],
    "pulse_absent": ["Pulses present at the ankle.", "Pulse 76, foot warm.", "No pulse deficit."],
    "bone_exposed": ["The probe does not reach bone in the ulcer.", "Hard bony lump.", "Bone scan of the wound normal."],
    "ear_rigid": ["Ears soft, elbow rock hard.", "Hard of hearing in the left ear.", "The ears are normal."],
    "rapid_spread": ["The rash has spread slowly over years.", "No spreading redness.", "Cancer spread to the liver."],
    "exp_warfarin_start": ["On warfarin for eight years.", "Warfarin was started three years ago.", "Warfarin will be started.", "Never started warfarin.", "Warfarin was stopped five days ago."],
    "cancer_now": ["Breast cancer treated in 2001, free of disease.", "Finished chemotherapy for lymphoma years ago.", "Her sister is on chemotherapy for cancer."],
    "grains_discharge": ["Chalky grains come out of it.", "Eats whole grains.", "No grains in the discharge of the sinus."],
    "crepitus": ["Crackles at both lung bases.", "Crepitus of the knee joint on the film is not seen; no crepitus."],
    "limb_discoloured": ["Fingers white in the cold.", "A blue nodule of the leg."],
    "skin_lesion_painful": ["Painless lesions of the calf.", "Painful joints.", "No painful patches of skin."],
}  # fmt: skip


@pytest.mark.parametrize(("finding", "text"), [(name, text) for name, told in MUST.items() for text in told])
def test_it_is_read(finding, text):
    assert finding in present(text)


@pytest.mark.parametrize(
    ("finding", "text"), [(name, text) for name, told in MUST_NOT.items() for text in told]
)
def test_it_is_not_read(finding, text):
    assert finding not in present(text)


@pytest.mark.parametrize(
    ("text", "there", "denied"),
    [
        ("Thigh ulcer, no fever, severe pain.", {"pain_severe", "ulceration"}, {"fever"}),
        (
            "Denies trauma, painful black plaque of the thigh.",
            {"pain_any", "necrosis_eschar"},
            {"exp_trauma"},
        ),
        ("Denies fever, tender nodules on the shin.", {"lesion_nodule"}, {"fever"}),
        ("Denies fever, severe pain, itch.", set(), {"fever", "pain_severe"}),
        ("Denies itch, fever or painful lumps of the leg.", set(), {"fever", "lesion_nodule"}),
    ],
)
def test_a_denial_does_not_hide_what_is_told_with_its_place(text, there, denied):
    found = present(text)
    assert there <= found
    assert not denied & found


def test_a_name_that_says_serum_is_of_serum():
    assert "serum_calcium_total" in present("Milk-alkali picture: serum calcium 3.9 mmol/L.")
