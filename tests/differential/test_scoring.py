"""The figures themselves, on predictions whose answer is known by hand."""

from __future__ import annotations

from random import Random

import pytest

from calcinosis.conclusions.differential.ranking import Engine
from calcinosis.evaluation.differential import (
    Case,
    Scores,
    bins,
    brier,
    calibration_error,
    cross_validate,
    folds,
    interval,
    scores,
    slope,
    within,
)
from calcinosis.model import Status

from .conftest import findings_from


def case(p: float, right: bool, name: str = "x") -> Case:
    return Case(id=name, accepted=("a",) if right else ("b",), probabilities={"a": p, "b": 1 - p})


def test_brier_is_zero_for_a_sure_right_answer_and_two_for_a_sure_wrong_one() -> None:
    assert brier(case(1.0, True)) == 0.0
    assert brier(case(1.0, False)) == 2.0


def test_several_accepted_answers_count_as_one() -> None:
    both = Case(id="x", accepted=("a", "b"), probabilities={"a": 0.5, "b": 0.5})
    assert brier(both) == 0.0
    assert within(both, 1)


def test_calibration_error_by_hand() -> None:
    held = [case(0.85, True)] * 8 + [case(0.85, False)] * 2
    assert calibration_error(held) == pytest.approx(0.05)
    (one,) = bins(held)
    assert (one.said, one.right, one.n) == (pytest.approx(0.85), 0.8, 10)


def test_slope_finds_overconfidence() -> None:
    random = Random(7)  # noqa: S311
    honest = [0.5 + random.random() / 2 for _ in range(4000)]
    calibrated = [case(p, random.random() < p) for p in honest]
    assert slope(calibrated) == pytest.approx(1.0, abs=0.15)
    boasting = [case(p**2 / (p**2 + (1 - p) ** 2), random.random() < p) for p in honest]
    assert slope(boasting) == pytest.approx(0.5, abs=0.1)


def test_an_unlisted_disease_is_met_by_a_flat_answer_and_missed_by_a_confident_one() -> None:
    flat = Case(id="x", accepted=("none",), probabilities={"a": 0.4, "b": 0.4, "none": 0.2}, unlisted=True)
    sure = Case(id="x", accepted=("none",), probabilities={"a": 0.9, "b": 0.05, "none": 0.05}, unlisted=True)
    assert within(flat, 1)
    assert not within(sure, 1)


def test_intervals_are_the_same_each_time_and_hold_the_value() -> None:
    held = [case(0.9, place % 3 > 0, str(place)) for place in range(60)]
    one, two = (interval(held, calibration_error) for _ in range(2))
    assert one == two
    assert one.low <= one.value <= one.high


def test_folds_share_no_case_and_lose_none() -> None:
    names = [str(place) for place in range(23)] * 2
    split = folds(names, 5)
    assert sorted(name for fold in split for name in fold) == sorted(set(names))


def test_scores_of_a_mixed_set() -> None:
    found = scores([case(0.9, True), case(0.9, True), case(0.9, False), case(0.2, False)], "a")
    assert found.first.value == 0.75
    assert (found.sensitivity, found.specificity) == (1.0, 0.5)
    assert found.misses[0][3] == 0.9
    with pytest.raises(ValueError, match="no case"):
        scores([], "a")


def test_cross_validation_says_what_was_fitted(made: Engine) -> None:
    rows = [
        (f"case {place}", findings_from({name: Status.PRESENT}), (disease,))
        for place, (name, disease) in enumerate(
            [
                ("punctum_central", "epidermoid_cyst"),
                ("dimple_sign", "dermatofibroma"),
                ("chalky_discharge", "calcinosis_cutis"),
            ]
            * 2
        )
    ]
    found = cross_validate(made, {"first-visit": rows}, "dermatology")
    assert isinstance(found.visits["first-visit"], Scores)
    assert found.visits["first-visit"].n == len(rows)
    assert found.fitted.startswith(f"Fitted in each of {len(found.chosen)} folds")
