"""What works without the optional parts, and the one sentence that names a missing one."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
HIDDEN = "import sys\nfor name in {names!r}: sys.modules[name] = None\n"
HEAVY = [
    "numpy",
    "scipy",
    "pydicom",
    "highdicom",
    "SimpleITK",
    "typst",
    "vl_convert",
    "statsmodels",
]


def run(code: str, hidden: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", HIDDEN.format(names=hidden) + code],
        capture_output=True,
        text=True,
        check=False,
    )


LABS = {
    "resourceType": "Bundle",
    "type": "collection",
    "entry": [
        {"resource": {"resourceType": "Patient", "id": "p", "gender": "female", "birthDate": "1960-01-01"}},
        {
            "resource": {
                "resourceType": "Observation",
                "id": "ca",
                "status": "final",
                "subject": {"reference": "Patient/p"},
                "effectiveDateTime": "2025-12-01",
                "code": {"coding": [{"system": "http://loinc.org", "code": "17861-6"}]},
                "valueQuantity": {"value": 12.4, "unit": "mg/dL"},
            }
        },
    ],
}


def test_a_coded_record_needs_no_extra():
    code = f"import calcinosis; print(calcinosis.consult({LABS!r}, '2026-01-01').findings.status('hypercalcaemia').value)"
    done = run(code, HEAVY)
    assert done.stdout.strip() == "present", done.stderr


def test_a_note_needs_no_extra():
    note = str(EXAMPLES / "dialysis-calciphylaxis.txt")
    code = f"import pathlib, calcinosis; print(calcinosis.consult(pathlib.Path({note!r}), '2026-01-01').subtypes[0].id)"
    done = run(code, HEAVY)
    assert done.stdout.strip() == "calciphylaxis", done.stderr


def test_a_measurement_beside_the_record_needs_no_extra(tmp_path):
    found = {
        "id": "D001",
        "class": "deposit",
        "calcium_hu_ml": 3.2,
        "max_diameter_mm": 6.2,
        "depth_min_mm": 1.5,
        "compartment": "subcutis",
    }
    written = tmp_path / "measurement.json"
    reviewed = {"review": {"reader": "A", "decisions": [{"id": "D001", "class": "deposit"}]}}
    written.write_text(
        json.dumps({"scan": {"in_specification": True}, "deposits": [found], "settings": reviewed})
    )
    code = f"""import calcinosis
done = calcinosis.consult({LABS!r}, '2026-01-01', measurement={str(written)!r})
print(done.findings.by_id['ct_calcification'].status.value)"""
    assert run(code, HEAVY).stdout.strip() == "present", run(code, HEAVY).stderr


def test_importing_the_package_loads_nothing_heavy():
    code = f"import calcinosis; print([name for name in {[*HEAVY, 'yaml', 'pint', 'rich', 'jinja2']!r} if name in sys.modules])"
    done = run(code, [])
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(
    ("arguments", "hidden", "extra"),
    [
        (["measure", str(EXAMPLES), "--out", "nowhere"], ["numpy", "pydicom"], "imaging"),
        (
            ["report", str(EXAMPLES / "dermatomyositis-child.yaml"), "--pdf", "nowhere.pdf"],
            ["typst"],
            "report",
        ),
    ],
)
def test_a_missing_extra_is_one_sentence_with_the_command(arguments, hidden, extra):
    code = f"sys.argv = ['calcinosis', *{arguments!r}]\nfrom calcinosis.cli import main\nmain()"
    done = run(code, hidden)
    assert done.returncode == 2
    assert f"pip install 'calcinosis[{extra}]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_every_verb_has_help():
    from calcinosis.cli import VERBS

    for verb in VERBS:
        done = run(
            f"sys.argv = ['calcinosis', {verb!r}, '--help']\nfrom calcinosis.cli import main\nmain()", []
        )
        assert done.returncode == 0, done.stderr
        assert "Usage:" in done.stdout
