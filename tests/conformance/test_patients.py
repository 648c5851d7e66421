"""Patients are made of every kind that is hard for a reader, and many of each."""

from __future__ import annotations

from random import Random

import pytest

from calcinosis.findings.index import index_of
from calcinosis.knowledge import Knowledge
from conformance.kinds import KINDS, counted
from conformance.patients import Maker

MADE = 900
LEAST = 20
OF_RESULTS = (
    "a flag beside a number that is refused",
    "a flag beside a number without unit",
    "a titre",
    "a titre of what has none",
    "two numbers between which it lies",
    "two numbers, a flag without them",
    "a value and a flag that exclude each other",
    "a value and a flag of another laboratory",
)


@pytest.fixture(scope="module")
def counts(knowledge: Knowledge) -> dict[str, int]:
    made = Maker(knowledge)
    found = counted([made.case(Random(number)) for number in range(MADE)], index_of(knowledge))
    print("\n".join(f"{found[kind]:6d} {kind}" for kind in (*KINDS, *OF_RESULTS)))  # noqa: T201
    return found


@pytest.mark.parametrize("kind", [*KINDS, *OF_RESULTS])
def test_of_every_kind_there_are_many(counts, kind):
    assert counts[kind] >= LEAST
