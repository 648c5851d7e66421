"""What a scan of an inner organ shows is not the skin's, what it shows in the skin is."""

from __future__ import annotations

import pytest
from said_in import said_in

INSIDE = [
    "CT chest: 6 mm calcified nodule right upper lobe, stable since 2020.",
    "MRI liver: 12 mm nodule in segment VI, hypervascular, for MDT.",
    "US neck: 9 mm left thyroid nodule with punctate calcification, U3, for FNA.",
    "Mammogram: cluster of pleomorphic microcalcifications left upper outer quadrant.",
    "Duplex: calcified plaque at the right carotid bulb, 40% stenosis.",
    "Abdominal film: calcified fibroid.",
    "TOE shows a calcified nodule of the valve.",
    "Renal ultrasound: 5 mm calcified nodule at the upper pole.",
]
IN_THE_SKIN = [
    "CT chest shows calcified nodules in the subcutaneous fat.",
    "CT abdomen pelvis: sheets of calcification in both buttocks.",
    "Chest x-ray: calcified nodules in the soft tissues of both axillae.",
    "Chest x-ray clear. Hard calcified nodules of the elbows.",
    "Hard calcified nodule of the big toe.",
]
CALCIUM = (
    "calcification_stated",
    "xray_calcification",
    "ct_calcification",
    "us_calcification",
    "xray_sheet_plate",
    "lesion_nodule",
)


@pytest.mark.parametrize("note", INSIDE)
def test_an_organ_is_not_the_skin(note: str) -> None:
    said = said_in(note)
    assert {name: said[name] for name in CALCIUM if "present" in said.get(name, set())} == {}


@pytest.mark.parametrize("note", IN_THE_SKIN)
def test_the_skin_seen_by_the_same_scan_is(note: str) -> None:
    said = said_in(note)
    assert any("present" in said.get(name, set()) for name in CALCIUM)


@pytest.mark.parametrize(
    "note",
    [
        "Calcinosis cutis is the deposition of calcium salts in the skin and may present as nodules or ulcers.",
        "Calciphylaxis is a rare disease that can present as painful necrotic ulcers.",
    ],
)
def test_a_definition_is_about_nobody(note: str) -> None:
    assert {name for name, says in said_in(note).items() if "present" in says} == set()


@pytest.mark.parametrize("note", ["Calcification of the soft tissues of the knee.", "Soft tissues swollen."])
def test_soft_tissues_are_not_a_soft_lesion(note: str) -> None:
    assert "consistency_soft" not in said_in(note)


@pytest.mark.parametrize(
    ("note", "said"),
    [
        ("Nodule of the knee excised in 2014.", set()),
        ("Lump removed from his back ten years ago.", set()),
        ("A nodule of the knee was excised last week, histology pending.", {"present"}),
        ("Hard nodules of the elbow since her gallbladder was removed in 2010.", {"present"}),
        ("She had painful nodules in 2015 which resolved completely.", set()),
        ("Nodule of the knee excised in 2014, recurring since then.", {"present"}),
    ],
)
def test_what_was_taken_out_at_a_dated_time_is_over(note: str, said: set[str]) -> None:
    assert said_in(note).get("lesion_nodule", set()) - {"past"} == said
