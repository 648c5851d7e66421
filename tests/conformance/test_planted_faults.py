"""A fault planted in the reader in SQL is seen on made patients: what they are alike in is not nothing."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import NamedTuple

import pytest
from msgspec import Struct

from calcinosis.findings.plan import Relation, Step
from calcinosis.knowledge import Knowledge
from calcinosis.model import Findings
from conformance.differences import of_findings
from conformance.duckdb_reader import Reader
from conformance.engines import PythonEngine
from conformance.other_knowledge import altered
from conformance.patients import Maker
from conformance.rows import Case

MADE = 400
Steps = list[tuple[Step, Sequence[str]]]


class Fault(Struct, frozen=True):
    """Words of the queries of a step, and others in their place."""

    name: str
    gives: Relation
    said: str
    instead: str


FAULTS = (
    Fault("a history is not over", "statement", "ended OR meaning.match = 'H'", "ended"),
    Fault("a denied kind denies", "statement", "match IN ('N', 'H') THEN says IS NOT FALSE", "FALSE THEN FALSE"),
    Fault("a denied history denies", "statement", "match IN ('N', 'H')", "match IN ('N')"),
    Fault("something broader proves", "statement", "match = 'B' THEN says IS FALSE", "match = 'B' THEN TRUE"),
    Fault("a cream is taken", "statement", "(term.locally OR NOT given_locally)", "TRUE"),
    Fault("no drug counts on a place", "statement", "term.locally OR NOT given_locally", "NOT given_locally"),
    Fault("a drug that ended is taken", "statement", "coalesce(until < as_of, FALSE)", "FALSE"),
    Fault("codes of answers are not known", "statement", "SELECT observation.*, answer.answer", "SELECT observation.*, '' AS answer"),
    Fault("codes of results are not known", "measurement", "answer.answer", "'' AS answer"),
    Fault("a window does not close", "current", "AND measurement.effective_last", "OR measurement.effective_last"),
    Fault("no titre is read", "reading", "\"current\".value, titre.number)", "\"current\".value)"),
    Fault("any analyte has titres", "reading", "AND titre.unit = analyte.unit", ""),
    Fault("a titre has no sign", "reading", "coalesce(titre.comparator, \"current\".comparator)", "\"current\".comparator"),
    Fault("one of two numbers is the value", "reading", "usable AND NOT spanned", "usable"),
    Fault("the first of two numbers counts", "reading", "THEN span_high ELSE", "THEN span_low ELSE"),
    Fault("one number of two is believed", "reading", "AND (isfinite(most)", "AND (TRUE OR isfinite(most)"),
    Fault("a flag of another measure counts", "reading", "NOT (numbered AND has_unit)", "TRUE"),
    Fault("no flag counts without a unit", "reading", "NOT (numbered AND has_unit)", "NOT numbered"),
    Fault("units are not converted", "reading", "first_number * factor.factor", "first_number"),
    Fault("a range has no unit of its own", "reading", "coalesce(nullif(own_unit, ''), \"current\".unit, '') AS of_own", "coalesce(\"current\".unit, '') AS of_own"),
    Fault("a range is not converted", "reading", "own_low * by_own", "own_low"),
    Fault("a range may be upside down", "reading", "coalesce(own_least > own_most, FALSE)", "FALSE"),
    Fault("a value and its flag never exclude each other", "reading", "IN (['low', 'high'], ['high', 'low'])", "IN (['', ''])"),
    Fault("no value is too far for normal", "reading", "flagged = 'normal' THEN", "flagged = 'normal' THEN FALSE AND"),
    Fault("normal is within our limits", "reading", "1.5", "1.0"),
    Fault("its own range makes any value normal", "reading", "THEN 'normal' ELSE '' END AS flagged", "THEN '' ELSE '' END AS flagged"),
    Fault("a flag counts beside its own range", "reading", "WHEN own_low IS NULL AND own_high IS NULL THEN CASE flag", "WHEN TRUE THEN CASE flag"),
    Fault("what excludes each other is left out", "reading", "low IS NOT NULL OR flag <> ''", "NOT contradicted AND (low IS NOT NULL OR flag <> '')"),
    Fault("the flag of what is excluded stays", "reading", "CASE WHEN contradicted THEN '' ELSE flag END", "flag"),
    Fault("a panel's word beside two numbers counts", "reading", "AND span_unit IS NULL", ""),
    Fault("a range of its own is not looked at", "judged", "own_low IS NULL AND own_high IS NULL", "TRUE"),
)  # fmt: skip


class World(NamedTuple):
    """A knowledge base with its reader in SQL, made patients, and what the reader in Python finds in them."""

    reader: Reader
    cases: list[Case]
    right: list[Findings]


def world(knowledge: Knowledge) -> World:
    made = Maker(knowledge)
    cases = [made.case(Random(number)) for number in range(MADE)]
    return World(Reader(knowledge), cases, PythonEngine(knowledge).findings(*cases))


@pytest.fixture(scope="module")
def worlds(knowledge: Knowledge) -> list[World]:
    """What ships, and tables that say what it does not: that a history of something of now is told by a code."""
    return [world(knowledge), world(altered(knowledge, Random(1)))]


def differ(one: World) -> bool:
    """Whether the readers differ on any patient."""
    found = one.reader.findings(one.cases)
    return any(any(of_findings(*pair)) for pair in zip(one.right, found, strict=True))


def planted(steps: Steps, fault: Fault) -> Steps:
    """The steps with a fault in all queries that have its words."""
    return [
        (
            step,
            [one.replace(fault.said, fault.instead) for one in queries]
            if step.gives == fault.gives
            else queries,
        )
        for step, queries in steps
    ]


def test_without_a_fault_nothing_differs(worlds):
    assert not any(differ(one) for one in worlds)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_planted_fault_is_seen(worlds, fault, monkeypatch):
    for one in worlds:
        steps = planted(one.reader.steps, fault)
        assert steps != one.reader.steps, "the queries have no such words"
        monkeypatch.setattr(one.reader, "steps", steps)
    assert any(differ(one) for one in worlds)
