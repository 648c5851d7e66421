"""`calcinosis evaluate`: beside the figures of the calibration that ships stand those fitted without the case."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from calcinosis.cli import cli

NOTES = {
    "calcinosis_cutis": "A hard nodule on the finger with chalky discharge.",
    "epidermoid_cyst": "A nodule on the back with a central punctum.",
    "dermatofibroma": "A firm nodule on the leg with a dimple sign.",
}


def folder_of(cases: int, folder: Path) -> str:
    rows = []
    for place in range(cases):
        disease, note = list(NOTES.items())[place % len(NOTES)]
        (folder / f"case-{place}.first-visit.txt").write_text(note)
        expected = {"id": f"case-{place}", "diagnosis": [disease], "describes_lesion": True}
        rows.append(json.dumps(expected | {"subtype": ["dystrophic"]}))
    (folder / "expected.jsonl").write_text("\n".join(rows))
    return str(folder)


def evaluated(*arguments: str) -> str:
    done = CliRunner().invoke(cli, ["evaluate", *arguments, "--visit", "first-visit"], catch_exceptions=False)
    assert done.exit_code == 0
    return done.stdout


def test_figures_fitted_without_the_case_stand_beside_the_plain_ones(tmp_path: Path) -> None:
    printed = evaluated(folder_of(6, tmp_path))
    words = " ".join(printed.replace("│", " ").split())
    assert words.index("differential") < words.index("fitted") < words.index("priors only")
    assert "Fitted in each of 5 folds, without the cases scored, as if one patient in twenty" in printed
    assert "Not fitted in folds: matrix, backgrounds, overlaps and priors." in printed


def test_json_holds_both_and_what_each_fold_chose(tmp_path: Path) -> None:
    found = json.loads(evaluated(folder_of(6, tmp_path), "--json"))["differential"]["first-visit.note"]
    assert found["differential"]["n"] == found["refitted"]["n"] == 6
    assert len(found["refitted"]["chosen"]) == 5
    assert set(found["refitted"]) - {"chosen", "fitted"} == set(found["differential"])


def test_fewer_cases_than_folds_are_not_refitted(tmp_path: Path) -> None:
    folder = folder_of(4, tmp_path)
    assert "fold" not in evaluated(folder)
    assert json.loads(evaluated(folder, "--json"))["differential"]["first-visit.note"]["refitted"] is None
