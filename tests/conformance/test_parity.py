"""Both readers find the same in patients made to be difficult, and judge every criterion alike.

CALCINOSIS_PATIENTS: how many patients; a long run is made by hand, with the time each reader took printed (-s).
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.knowledge import Knowledge, load
from conformance.differences import of_findings, of_verdicts, smallest
from conformance.engines import ENGINES, Engine
from conformance.other_knowledge import altered
from conformance.patients import Maker, batches
from conformance.rows import Case

PATIENTS = int(os.environ.get("CALCINOSIS_PATIENTS", "180"))
BATCH = 60 if PATIENTS <= 600 else 1000
EXAMPLES = -(-PATIENTS // BATCH)
KNOWLEDGE = load()
SECONDS: Counter[str] = Counter()
Compare = Callable[[Sequence[Case]], list[list[str]]]


def readers_of(knowledge: Knowledge) -> list[Engine]:
    return [made(knowledge) for made in ENGINES.values()]


@pytest.fixture(scope="module")
def readers() -> Iterator[list[Engine]]:
    yield readers_of(KNOWLEDGE)
    print({name: f"{seconds:.1f} CPU-s" for name, seconds in SECONDS.items()})  # noqa: T201


def timed(name: str, work: Callable[..., list], cases: Sequence[Case]) -> list:
    began = time.process_time()
    done = work(*cases)
    SECONDS[name] += time.process_time() - began
    return done


def findings(readers: Sequence[Engine]) -> Compare:
    def compare(cases: Sequence[Case]) -> list[list[str]]:
        found = [timed(f"findings {one.name}", one.findings, cases) for one in readers]
        return [list(of_findings(*pair)) for pair in zip(*found, strict=True)]

    return compare


def verdicts(readers: Sequence[Engine]) -> Compare:
    def compare(cases: Sequence[Case]) -> list[list[str]]:
        found = [timed(f"verdicts {one.name}", one.concluded, cases) for one in readers]
        return [list(of_verdicts(*pair)) for pair in zip(*found, strict=True)]

    return compare


def check(cases: Sequence[Case], compare: Compare) -> None:
    """Fail with the first patient on whom they differ, and as little of the record as will do."""
    for case, found in zip(cases, compare(cases), strict=True):
        if found:
            record, as_of = smallest(case, lambda fewer: bool(compare([fewer])[0]))
            (left,) = compare([(record, as_of)])
            listed = "\n".join([*left, str(record.patient), str(as_of), *map(str, record.observations)])
            pytest.fail(f"the readers differ (python / duckdb):\n{listed}")


@given(batches(KNOWLEDGE, BATCH))
@settings(max_examples=EXAMPLES)
def test_both_readers_find_the_same(readers, cases):
    check(cases, findings(readers))


@given(batches(KNOWLEDGE, BATCH))
@settings(max_examples=EXAMPLES)
def test_both_readers_judge_every_criterion_alike(readers, cases):
    check(cases, verdicts(readers))


@given(st.integers(0, 2**48))
@settings(max_examples=EXAMPLES)
def test_both_readers_find_the_same_with_other_tables(number):
    knowledge = altered(KNOWLEDGE, Random(number))
    made = Maker(knowledge)
    cases = [made.case(Random(f"{number}.{one}")) for one in range(BATCH)]
    check(cases, findings(readers_of(knowledge)))
