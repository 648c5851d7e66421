"""Textbook patients of every disease, as notes, through the whole pipeline."""

from __future__ import annotations

from pathlib import Path

import pytest

from calcinosis import consult
from calcinosis.knowledge import Knowledge

LINES = [
    line.split("|")
    for line in (Path(__file__).parent / "vignettes.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]


def rank(knowledge: Knowledge, disease: str, note: str) -> int:
    found = consult(note, as_of="2026-01-01", setting="case_series", knowledge=knowledge).differential
    return 1 + [candidate.id for candidate in found.candidates].index(disease)


@pytest.mark.parametrize(("disease", "note"), LINES)
def test_a_textbook_patient_is_among_the_first_three(knowledge: Knowledge, disease: str, note: str) -> None:
    assert rank(knowledge, disease, note) <= 3


def test_nine_in_ten_textbook_patients_come_first(knowledge: Knowledge) -> None:
    first = sum(rank(knowledge, disease, note) == 1 for disease, note in LINES)
    assert first / len(LINES) >= 0.9


def test_every_listed_disease_has_a_textbook_patient(knowledge: Knowledge) -> None:
    diseases = knowledge.contents.differential.diseases.values()
    entries = {disease.within or disease.id for disease in diseases}
    assert {disease for disease, _ in LINES} == entries
