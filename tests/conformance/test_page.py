"""The page of what each reader passes names the modules there are, every mark, and no engine too few."""

from __future__ import annotations

import re
from pathlib import Path

from conformance.collected import items, modules
from conformance.engines import ENGINES
from conformance.marks import MARKS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/reference/conformance.md").read_text(encoding="utf-8")


def test_the_page_lists_every_module_of_the_specification():
    listed = re.findall(r"^\| `(.+?)` \|", PAGE, re.MULTILINE)
    assert listed == [path.relative_to(ROOT).as_posix() for path in modules()], (
        "run tools/conformance_matrix.py"
    )


def test_the_page_lists_every_marked_test():
    marked = {
        (f"{mark.args[0]} {words}", item.originalname)
        for item in items()
        for name, words in MARKS.items()
        for mark in item.iter_markers(name)
    }
    assert set(re.findall(r"^- (.+): `(.+?)` in ", PAGE, re.MULTILINE)) == marked, (
        "run tools/conformance_matrix.py"
    )


def test_the_page_has_a_column_for_every_engine():
    assert all(f"| {engine}: passed, cannot, not implemented |" in PAGE for engine in ENGINES)
