"""What must hold whatever the numbers in the knowledge base."""

from __future__ import annotations

from math import isclose, log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.conclusions.differential.inference import added
from calcinosis.conclusions.differential.ranking import Engine, engine
from calcinosis.knowledge import load
from calcinosis.model import Status

from .conftest import findings_from

MADE: Engine = engine(load())
TABLES = MADE.tables
STATED = sorted({name for cells in TABLES.cells.values() for name in cells})
KNOWN = st.sampled_from([Status.PRESENT, Status.ABSENT])
PATIENTS = st.dictionaries(st.sampled_from(STATED), KNOWN, max_size=14)
SETTINGS = st.sampled_from(sorted(MADE.settings))
MEASURED = st.fixed_dictionaries(
    {},
    optional={
        "age_years": st.floats(0, 110),
        "lesion_size": st.floats(0.1, 400),
        "lesion_duration": st.floats(0, 600),
    },
)


def chances(statuses: dict[str, Status]) -> tuple[float, ...]:
    return MADE.differential(findings_from(statuses), "case_series").posterior.probabilities


def odds(statuses: dict[str, Status], one: int, other: int) -> float:
    shares = MADE.differential(findings_from(statuses), "case_series").posterior
    tables = shares.tables
    total = [0.0, 0.0]
    for piece in shares.pieces:
        total[0] += piece.weight * tables.temperature * piece.logs[one]
        total[1] += piece.weight * tables.temperature * piece.logs[other]
    return total[0] - total[1]


@given(PATIENTS, MEASURED, SETTINGS)
@settings(max_examples=200, deadline=None)
def test_probabilities_sum_to_one(
    statuses: dict[str, Status], measured: dict[str, float], setting: str
) -> None:
    found = MADE.differential(findings_from(statuses, **measured), setting)
    assert isclose(sum(found.probabilities.values()), 1.0, abs_tol=1e-9)
    assert all(0.0 <= share <= 1.0 for share in found.probabilities.values())


@given(PATIENTS, st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_order_of_findings_never_matters(statuses: dict[str, Status], random: object) -> None:
    shuffled = list(statuses)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one = MADE.differential(findings_from(statuses), "dermatology")
    two = MADE.differential(findings_from({name: statuses[name] for name in shuffled}), "dermatology")
    assert one.probabilities == two.probabilities


@given(PATIENTS, st.sampled_from(sorted(TABLES.labels)))
@settings(max_examples=200, deadline=None)
def test_an_unknown_changes_nothing(statuses: dict[str, Status], extra: str) -> None:
    before = MADE.differential(findings_from(statuses), "dermatology").probabilities
    more = {**statuses} if extra in statuses else {**statuses, extra: Status.UNKNOWN}
    assert MADE.differential(findings_from(more), "dermatology").probabilities == before


def opposed() -> list[tuple[str, int, int]]:
    """(finding, hypothesis for which it is typical, hypothesis from which it is excluded)."""
    found = []
    for name in STATED:
        cells = [(p, TABLES.cells.get(h.disease, {}).get(name)) for p, h in enumerate(TABLES.hypotheses)]
        typical = [p for p, c in cells if c and c.frequency in ("obligate", "very_frequent")]
        excluded = [p for p, c in cells if c and c.frequency == "excluded"]
        found += [(name, one, other) for one in typical for other in excluded]
    return found


@given(PATIENTS, st.sampled_from(opposed()))
@settings(max_examples=400, deadline=None)
def test_a_typical_finding_never_lowers_a_disease_against_one_that_excludes_it(
    statuses: dict[str, Status], case: tuple[str, int, int]
) -> None:
    name, typical, excluded = case
    before = {key: status for key, status in statuses.items() if key != name}
    after = {**before, name: Status.PRESENT}
    assert odds(after, typical, excluded) >= odds(before, typical, excluded) - 1e-9
    was, now = chances(before), chances(after)
    assert now[typical] / now[excluded] >= was[typical] / was[excluded] * (1 - 1e-9)


@given(PATIENTS, MEASURED, st.sampled_from(sorted(MADE.entries)))
@settings(max_examples=100, deadline=None)
def test_the_waterfall_adds_up(
    statuses: dict[str, Status], measured: dict[str, float], candidate: str
) -> None:
    found = MADE.differential(findings_from(statuses, **measured), "dermatology")
    reasons = found.explain(candidate)
    shares = dict(zip(TABLES.position, found.posterior.probabilities, strict=True))
    told = 10 / log(10) * log(shares[reasons.form] / shares[reasons.rival])
    assert isclose(reasons.odds_decibans, told, abs_tol=1e-6)
    assert isclose(reasons.waterfall[-1].end, reasons.odds_decibans, abs_tol=1e-6)


@given(PATIENTS, MEASURED, st.sampled_from(sorted(TABLES.rates)), KNOWN)
@settings(max_examples=300, deadline=None)
def test_one_more_finding_is_added_as_if_inferred_anew(
    statuses: dict[str, Status], measured: dict[str, float], name: str, status: Status
) -> None:
    known = {key: held for key, held in statuses.items() if key != name}
    findings = findings_from(known, **measured)
    found = MADE.differential(findings, "dermatology").posterior
    anew = MADE.differential(findings_from({**known, name: status}, **measured), "dermatology").posterior
    assert added(found, findings, name, status) == pytest.approx(anew.probabilities, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("age", [0.0, 0.9, 1.1, 15.9, 16.1, 39.9, 40.1, 64.9, 65.1, 105.0])
def test_age_has_no_edges(age: float) -> None:
    one = MADE.differential(findings_from({}, age_years=age), "dermatology").probabilities
    two = MADE.differential(findings_from({}, age_years=age + 0.1), "dermatology").probabilities
    assert all(abs(one[name] - two[name]) < 0.02 for name in one)
