"""What a CT measurement puts into a consultation: candidates decide nothing until a reader did."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from calcinosis import consult

SOFT = "64-year-old man. Soft mobile nodule of the back for ten years, no symptoms."
HARD = "56-year-old woman with systemic sclerosis. Hard nodules of the fingers."


def measured(folder: Path, review: dict[str, Any], **deposit: Any) -> Path:
    whole = {
        "format": "calcinosis-measurement/1",
        "scan": {"in_specification": True, "acquired": "2025-12-01"},
        "deposits": [
            {
                "id": "D1",
                "class": "deposit",
                "calcium_hu_ml": 900.0,
                "max_diameter_mm": 18.0,
                "depth_min_mm": 2.0,
                "compartment": "subcutis",
                **deposit,
            }
        ],
        "settings": {"review": review} if review else {},
    }
    path = folder / "measurement.json"
    path.write_text(json.dumps(whole))
    return path


@pytest.mark.parametrize("note", [SOFT, HARD, "Systemic sclerosis. No skin lesions."])
@pytest.mark.parametrize("compartment", ["skin", "subcutis", "deep", "unknown"])
def test_a_candidate_decides_nothing_and_is_shown_with_its_origin(
    tmp_path: Path, note: str, compartment: str
) -> None:
    before = consult(note, "2026-01-01")
    after = consult(note, "2026-01-01", measurement=measured(tmp_path, {}, compartment=compartment))
    found = after.findings.get("ct_calcification")
    assert (found.status.value, found.reason) == ("unknown", "measurement not confirmed")
    assert found.evidence[0].source == "measurement:totals"
    assert after.synthesis.lesion.state == before.synthesis.lesion.state
    assert abs((after.synthesis.probability or 0) - (before.synthesis.probability or 0)) <= 0.1
    assert "lesion_size" not in after.findings.measured


@pytest.mark.parametrize("note", [SOFT, HARD])
def test_what_a_reader_decided_counts(tmp_path: Path, note: str) -> None:
    decisions = {"reader": "Dr A", "decisions": [{"id": "D1", "class": "deposit"}]}
    before = consult(note, "2026-01-01").synthesis.probability or 0
    after = consult(note, "2026-01-01", measurement=measured(tmp_path, decisions))
    assert after.findings.get("ct_calcification").status.value == "present"
    assert (after.synthesis.probability or 0) > before
    assert after.findings.measured["lesion_size"].value == 18.0
