"""160 alarms and look-alikes by a writer who saw neither vocabulary nor rules: what is reached is kept.

They were scored once before they were looked at (see tests/first_sight/README.md); since then they are mended text,
and what holds here is that no later rule costs more than a few of them.
"""

from __future__ import annotations

import fnmatch
import json
from pathlib import Path
from typing import Any

from calcinosis import consult
from calcinosis.errors import UnreadableRecord

ROWS = [
    json.loads(line)
    for line in (Path(__file__).resolve().parents[2] / "first_sight/alarms.jsonl").read_text().splitlines()
]
MISSED, FALSE = 4, 2  # none and none were reached


def raised(text: str) -> tuple[str, ...]:
    try:
        return tuple(flag.id for flag in consult(text, "2026-01-01").urgent)
    except UnreadableRecord:
        return ()


def matches(flag: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatch(flag, pattern) for pattern in patterns)


def test_what_was_reached_is_kept():
    told: list[tuple[dict[str, Any], tuple[str, ...]]] = [(row, raised(row["text"])) for row in ROWS]
    missed = [
        row["id"]
        for row, flags in told
        if not all(any(matches(flag, group) for flag in flags) for group in row["must"])
    ]
    false = [row["id"] for row, flags in told if any(matches(flag, row["must_not"]) for flag in flags)]
    assert len(missed) <= MISSED, missed
    assert len(false) <= FALSE, false
