"""The command from outside: formats, several records, exit status, messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"


def calcinosis(*arguments: str, given: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "calcinosis", *arguments],
        capture_output=True,
        text=True,
        input=given,
        check=False,
        cwd=ROOT,
    )


def test_json_is_one_contract_object_a_line_with_the_path_as_given():
    paths = ["examples/dermatomyositis-child.yaml", "examples/systemic-sclerosis-overlap.json"]
    done = calcinosis("consult", *paths, "--format", "json", "--as-of", "2026-01-01")
    assert done.returncode == 0, done.stderr
    objects = [json.loads(line) for line in done.stdout.splitlines()]
    assert [held["record"] for held in objects] == paths
    for held in objects:
        wanted = {"calcinosis", "as_of", "patient", "findings", "urgent", "differential", "subtypes"}
        assert (wanted | {"next_steps", "treatments", "follow_up", "sources"}) <= set(held)
        assert sum(one["probability"] for one in held["differential"]) == pytest.approx(1.0)


def test_every_source_that_the_object_names_has_its_reference():
    done = calcinosis("consult", "examples/sarcoidosis-cola.phenopacket.json", "--format", "json")
    held = json.loads(done.stdout)

    def named(value: object) -> set[str]:
        if isinstance(value, dict):
            own = set(value["sources"]) if isinstance(value.get("sources"), list) else set()
            return own.union(*(named(inner) for inner in value.values()))
        return set().union(*(named(inner) for inner in value)) if isinstance(value, list) and value else set()

    references = held.pop("sources")
    assert named(held) <= set(references)


def test_one_unreadable_record_is_a_line_of_its_own_and_status_2(tmp_path):
    wrong = tmp_path / "scan.pdf"
    wrong.write_bytes(b"%PDF-1.7\n")
    done = calcinosis("consult", "examples/dermatomyositis-child.yaml", str(wrong), "--format", "json")
    assert done.returncode == 2
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[1]["record"] == str(wrong)
    assert "PDF" in lines[1]["error"]


def test_a_record_comes_in_by_stdin():
    done = calcinosis(
        "consult",
        "-",
        "--as-of",
        "2026-01-01",
        given="54-year-old woman with systemic sclerosis and calcinosis.",
    )
    assert done.returncode == 0
    assert "Dystrophic" in done.stdout


def test_a_wrong_date_and_a_wrong_id_are_named():
    assert "--as-of" in calcinosis("consult", "examples/dermatomyositis-child.yaml", "--as-of", "soon").stderr
    done = calcinosis("consult", "examples/dermatomyositis-child.yaml", "--why", "dystrofic")
    assert done.returncode == 2
    assert "dystrophic" in done.stderr


def test_why_prints_the_criterion_with_places_and_sources():
    done = calcinosis("consult", "examples/sarcoidosis-cola.phenopacket.json", "--why", "metastatic")
    assert "hypercalcaemia" in done.stdout
    assert "6.8 mg/dL" in done.stdout
    assert "seed_a" in done.stdout


@pytest.mark.parametrize("verb", [["check"], ["show", "systemic_sclerosis"], ["search", "heel", "stick"]])
def test_the_knowledge_base_can_be_asked(verb):
    done = calcinosis("knowledge", *verb)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_all_founding_facts_are_carried():
    assert "founding facts carried: 45 of 45" in calcinosis("knowledge", "check").stdout
