"""What many healthy people have by their records is looked at, finding by finding, and signed off in a table."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import code_coverage  # noqa: E402

TABLE = yaml.safe_load((Path(__file__).parent / "present_in_the_healthy.yaml").read_text(encoding="utf-8"))


def test_each_row_is_a_finding_and_has_a_reason(knowledge):
    signed = {**TABLE["right"], **TABLE["open"]}
    assert len(signed) == len(TABLE["right"]) + len(TABLE["open"])
    assert set(signed) <= set(knowledge.contents.findings)
    assert all(signed.values())


@pytest.mark.slow
@pytest.mark.shared
def test_nothing_outside_the_table_is_common(shared, knowledge):
    people = code_coverage.resources(shared / "data")
    if not people:
        pytest.skip("the synthetic people are not beside the published cases")
    often = code_coverage.present_often(people, knowledge)
    unsigned = {
        one.finding: (one.people, one.said)
        for one in often
        if one.finding not in {**TABLE["right"], **TABLE["open"]}
    }
    assert unsigned == {}
