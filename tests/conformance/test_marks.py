"""Marks are few, have reasons, and are true: a marked test that passes is a failure."""

from __future__ import annotations

import pytest

from conformance.collected import items, modules
from conformance.engines import ENGINES
from conformance.marks import MARKS, engine_of, expect

MOST_NOT_IMPLEMENTED = 0.05


def marked(engine: str, name: str) -> list[pytest.Item]:
    return [
        item
        for item in items()
        if engine_of(item) == engine and any(mark.args[0] == engine for mark in item.iter_markers(name))
    ]


def test_the_specification_of_findings_and_criteria_runs_on_every_engine():
    folders = {path.parent.name for path in modules()}
    assert {"findings", "criteria", "properties"} <= folders
    cases = [sum(engine_of(item) == engine for item in items()) for engine in ENGINES]
    assert min(cases) == max(cases) > 400


@pytest.mark.parametrize("engine_name", ENGINES)
def test_little_is_not_implemented(engine_name):
    cases = [item for item in items() if engine_of(item) == engine_name]
    assert len(marked(engine_name, "not_implemented")) <= MOST_NOT_IMPLEMENTED * len(cases)


@pytest.mark.parametrize("engine_name", ENGINES)
@pytest.mark.parametrize("name", MARKS)
def test_a_marked_test_has_to_fail(name, engine_name):
    for item in marked(engine_name, name):
        (expected,) = item.iter_markers("xfail")
        assert expected.kwargs["strict"] is True
        assert expected.kwargs["reason"].startswith(f"{MARKS[name]}: ")


class Item:
    """As much of a test as marking asks for."""

    nodeid = "test_example"

    def __init__(self, engine: str | None, *marks: pytest.Mark) -> None:
        self.marks = list(marks)
        if engine is not None:
            self.callspec = type("CallSpec", (), {"params": {"engine": engine}})()

    def iter_markers(self, name: str) -> list[pytest.Mark]:
        return [mark for mark in self.marks if mark.name == name]

    def add_marker(self, marker: pytest.MarkDecorator) -> None:
        self.marks.append(marker.mark)


def test_a_mark_is_for_its_engine_only():
    mark = pytest.mark.cannot("duckdb", "it has no words").mark
    on_duckdb, on_python = Item("duckdb", mark), Item("python", mark)
    expect([on_duckdb, on_python])
    assert [one.name for one in on_duckdb.marks] == ["cannot", "xfail"]
    assert [one.name for one in on_python.marks] == ["cannot"]


@pytest.mark.parametrize(
    ("engine_name", "of", "reason"),
    [("duckdb", None, "it has no words"), ("duckdb", "duckdb", ""), ("spark", "duckdb", "it has no words")],
)
def test_a_mark_that_marks_nothing_is_refused(engine_name, of, reason):
    with pytest.raises(pytest.UsageError, match="marks nothing"):
        expect([Item(of, pytest.mark.cannot(engine_name, reason).mark)])
