"""Every file of seven public packages of FHIR examples is answered or refused by name, and what comes out was seen.

The packages are HL7's (CC0), fetched by `.ci/corpus` and pinned in `packages.txt`. `signed.yaml` is the table:
each finding that comes out of their records, the words that gave it, a place where it stands, and whether a
reader of those words agrees. What is not in the table, or in it and gone, fails.
"""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from calcinosis import consult
from calcinosis.errors import CalcinosisError

HERE = Path(__file__).parent
PACKAGES = [line.split()[0] for line in (HERE / "packages.txt").read_text(encoding="utf-8").splitlines()]
HELD = HERE.parents[1] / "build" / "corpus"
SIGNED: list[dict[str, Any]] = yaml.safe_load((HERE / "signed.yaml").read_text(encoding="utf-8"))
DAY = "2026-01-01"


class Outcome(NamedTuple):
    """What the records of a package gave: files answered, refused by their reason, and what was found where."""

    answered: int
    refused: dict[str, str]
    found: dict[tuple[str, str], str]
    concluded: dict[str, str]


def files(package: str) -> Iterator[tuple[str, bytes]]:
    archive = HELD / f"{package.replace('@', '-')}.tgz"
    if not archive.is_file():
        pytest.skip("the public packages are not fetched (.ci/corpus)")
    with tarfile.open(archive) as held:
        for member in held:
            file = held.extractfile(member)
            if file is not None and member.name.endswith(".json"):
                yield member.name.removeprefix("package/"), file.read()


@cache
def outcome(package: str) -> Outcome:
    answered, refused = 0, {}
    found: dict[tuple[str, str], str] = {}
    concluded: dict[str, str] = {}
    for name, content in files(package):
        try:
            answer = consult(content, DAY).to_dict()
        except CalcinosisError as error:
            refused[name] = str(error)
            continue
        answered += 1
        for conclusion in (*answer["urgent"], *answer["subtypes"], *answer["forms"]):
            if conclusion.get("status", "present") == "present":
                concluded.setdefault(conclusion["id"], name)
        for finding in answer["findings"]:
            of_the_person = finding["id"].startswith(("age_", "sex_"))
            follows = finding.get("reason", "").startswith("follows from")
            if finding["status"] == "present" and not of_the_person and not follows:
                words = finding["evidence"][0]["text"]
                found.setdefault((finding["id"], words), name)
    return Outcome(answered, refused, found, concluded)


@pytest.mark.parametrize("package", PACKAGES)
def test_each_file_is_answered_or_refused_by_name(package):
    held = outcome(package)
    assert held.answered
    for name, why in held.refused.items():
        assert len(why) > 30, (name, why)
        assert "Traceback" not in why


@pytest.mark.parametrize("package", PACKAGES)
def test_whatever_comes_out_was_seen(package):
    seen = {(row["finding"], row["words"]) for row in SIGNED}
    held = outcome(package).found
    assert {place: held[place] for place in held if place not in seen} == {}


def test_nothing_that_was_seen_is_lost():
    found = {place for package in PACKAGES for place in outcome(package).found}
    assert [row for row in SIGNED if (row["finding"], row["words"]) not in found] == []


@pytest.mark.parametrize("package", PACKAGES)
def test_nobody_of_them_is_told_of_calcinosis_or_an_emergency(package):
    assert outcome(package).concluded == {}


def test_each_row_says_whether_a_reader_agrees():
    assert {row["reads"] for row in SIGNED} <= {"right", "literal", "wrong"}
    assert all(row.get("why") for row in SIGNED if row["reads"] != "right")
