"""Whole notes of a clinic: what is there, what is not, what is not said, the subtype and the red flags."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from calcinosis import consult
from calcinosis.model import Status

NOTES = yaml.safe_load((Path(__file__).parent / "notes.yaml").read_text(encoding="utf-8"))


def found(done, names: str) -> set[Status]:
    return {done.findings.status(name) for name in names.split(" or ")}


@pytest.mark.parametrize("case", NOTES, ids=[case["name"] for case in NOTES])
def test_a_note_is_read_as_a_clinician_would(case):
    done = consult(case["note"], "2026-01-01")
    assert [names for names in case.get("present", ()) if Status.PRESENT not in found(done, names)] == []
    assert [names for names in case.get("absent", ()) if found(done, names) & {Status.PRESENT}] == []
    assert [names for names in case.get("absent", ()) if Status.ABSENT not in found(done, names)] == []
    assert [names for names in case.get("not_present", ()) if Status.PRESENT in found(done, names)] == []
    flags = {flag.id for flag in done.urgent}
    assert [names for names in case.get("urgent", ()) if not flags & set(names.split(" or "))] == []
    barred = set(case.get("not_urgent", ()))
    assert not (flags if barred == {"any"} else flags & barred)
    if "subtype" in case:
        first = next((item.id for item in done.subtypes if item.rank == 1), "undetermined")
        assert first in case["subtype"].split(" or ")
    if "first_diagnosis" in case:
        assert done.differential.candidates[0].id == case["first_diagnosis"]
