"""Pooled proportions against DerSimonian and Laird worked out here, step by step."""

from __future__ import annotations

import csv
from math import exp, log, sqrt
from pathlib import Path

import msgspec
import pytest

from calcinosis.conclusions.treatment.evidence import (
    arm_interval,
    poolable,
    pooled,
    pooled_table,
    view,
    write_pooled,
)
from calcinosis.knowledge.loading import root
from calcinosis.knowledge.treatment_schema import Arm

Z = 1.959963984540054


def by_hand(counts):
    """Random effects on the logit, from the formulas of DerSimonian and Laird (1986)."""
    effects, variances = [], []
    for events, n in counts:
        add = 0.5 if events in (0, n) else 0.0
        effects.append(log((events + add) / (n - events + add)))
        variances.append(1 / (events + add) + 1 / (n - events + add))
    weights = [1 / v for v in variances]
    fixed = sum(w * y for w, y in zip(weights, effects, strict=True)) / sum(weights)
    q = sum(w * (y - fixed) ** 2 for w, y in zip(weights, effects, strict=True))
    c = sum(weights) - sum(w * w for w in weights) / sum(weights)
    tau2 = max(0.0, (q - (len(counts) - 1)) / c)
    starred = [1 / (v + tau2) for v in variances]
    mean = sum(w * y for w, y in zip(starred, effects, strict=True)) / sum(starred)
    error = 1 / sqrt(sum(starred))
    i2 = max(0.0, (q - (len(counts) - 1)) / q) if q else 0.0
    back = [1 / (1 + exp(-x)) for x in (mean, mean - Z * error, mean + Z * error)]
    return (*back, i2, tau2)


# Values recorded from the formulas above, to three digits; a change of either side shows.
RECORDED = {
    "diltiazem_oral": ([(3, 12), (9, 17), (4, 4)], (0.494, 0.203, 0.789)),
    "minocycline_oral": ([(8, 9), (34, 78)], (0.664, 0.173, 0.949)),
    "warfarin_low_dose": ([(2, 3), (0, 3)], (0.383, 0.045, 0.890)),
    "pamidronate_iv": ([(2, 6), (3, 3)], (0.583, 0.101, 0.946)),
    "rituximab_iv": ([(4, 8), (0, 6)], (0.277, 0.033, 0.813)),
    "sts_intralesional": ([(6, 6), (2, 2)], (0.892, 0.506, 0.985)),
    "surgery": ([(27, 28), (7, 7)], (0.957, 0.812, 0.991)),
    "observation": ([(3, 3), (2, 2)], (0.856, 0.416, 0.980)),
}


@pytest.mark.parametrize("treatment", RECORDED)
def test_pooled_estimate_agrees_with_the_hand(knowledge, treatment):
    held = knowledge.contents.treatment
    counts, recorded = RECORDED[treatment]
    found = pooled(treatment, held.arms, held.method)
    assert found is not None
    assert (found.k, found.n, found.responders) == (
        len(counts),
        sum(n for _, n in counts),
        sum(events for events, _ in counts),
    )
    estimate, low, high, i2, tau2 = by_hand(counts)
    assert (found.estimate, found.low, found.high) == pytest.approx((estimate, low, high), abs=1e-6)
    assert (found.estimate, found.low, found.high) == pytest.approx(recorded, abs=5e-4)
    assert (found.i2, found.tau2) == pytest.approx((i2, tau2), abs=1e-6)


def test_one_arm_has_the_exact_interval(knowledge):
    held = knowledge.contents.treatment
    found = pooled("etidronate_oral", held.arms, held.method)
    # Clopper and Pearson for 0 of 6: the upper limit solves (1 - p)^6 = 0.025.
    assert (found.estimate, found.low, found.high) == pytest.approx((0, 0, 1 - 0.025 ** (1 / 6)), abs=1e-6)


def test_all_of_a_few_does_not_look_like_all(knowledge):
    held = knowledge.contents.treatment
    found = pooled("jak_inhibitor", held.arms, held.method)
    assert (found.n, found.estimate) == (3, 1.0)
    assert found.low < 0.3


def test_single_patients_and_reviews_are_never_pooled(knowledge):
    arms = knowledge.contents.treatment.arms
    for entry in pooled_table(knowledge.contents.treatment):
        chosen = [arm for arm in arms if arm.id in entry.arms]
        assert all(arm.use == "pool" and arm.n >= 2 for arm in chosen)
        assert len({arm.unit for arm in chosen}) == 1
        assert not any(arm.id == other.overlaps for arm in chosen for other in chosen)


def test_an_arm_that_is_added_as_a_single_patient_changes_nothing(knowledge):
    held = knowledge.contents.treatment
    single = next(arm for arm in held.arms if arm.use == "single" and arm.treatment == "diltiazem_oral")
    more = msgspec.structs.replace(single, id="another", use="single")
    assert pooled("diltiazem_oral", (*held.arms, more), held.method) == pooled(
        "diltiazem_oral", held.arms, held.method
    )
    assert pooled(
        "diltiazem_oral", (*held.arms, msgspec.structs.replace(more, use="pool")), held.method
    ) != pooled("diltiazem_oral", held.arms, held.method)


def test_different_units_are_not_added(knowledge):
    held = knowledge.contents.treatment
    areas = next(arm for arm in held.arms if arm.unit == "areas")
    people = msgspec.structs.replace(areas, id="people", unit="patients", n=10, complete=5, partial=2)
    chosen = poolable(areas.treatment, (areas, people), "improved")
    assert [arm.id for arm in chosen] == ["people"]


def test_the_table_that_ships_is_what_the_arms_give(knowledge, tmp_path):
    write_pooled(knowledge.contents.treatment, tmp_path / "pooled.csv")
    shipped = (root() / "evidence" / "pooled.csv").read_text()
    assert (tmp_path / "pooled.csv").read_text() == shipped


def test_every_arm_of_the_dossier_is_carried(knowledge, shared):
    rows = list(csv.DictReader((Path(shared) / "dossiers" / "treatment-evidence.csv").open()))
    arms = knowledge.contents.treatment.arms
    assert len(arms) == len(rows) == 111
    for row, arm in zip(rows, arms, strict=True):
        for name in ("n", "complete", "partial", "none", "worsened"):
            assert getattr(arm, name) == (int(row[name]) if row[name] else None), (arm.id, name)
        assert arm.read == (row["confirmed"] == "SEEN")


def test_the_view_shows_baseline_level_and_caveats(knowledge):
    found = view("diltiazem_oral", knowledge)
    assert isinstance(found.baseline, Arm)
    assert (found.baseline.n, found.baseline.partial, found.baseline.worsened) == (39, 5, 16)
    assert found.ocebm.level == 4
    assert len(found.caveats) == 3
    assert "diltiazem_oral_palmieri_1995" in found.unread
    assert {arm.treatment for arm in found.arms} == {"diltiazem_oral"}


def test_a_treatment_without_series_has_no_proportion(knowledge):
    assert view("probenecid_oral", knowledge).pooled == ()
    with pytest.raises(KeyError):
        view("no_such", knowledge)


def test_an_arm_has_its_own_interval(knowledge):
    held = knowledge.contents.treatment
    arm = next(item for item in held.arms if item.id == "surgery_balin_2012")
    found = arm_interval(arm, held.method)
    # Clopper and Pearson for 27 of 28, from tables of the beta distribution.
    assert (found.estimate, found.low, found.high) == pytest.approx((27 / 28, 0.8165, 0.9991), abs=1e-4)
    uncoded = next(item for item in held.arms if item.use == "uncoded" and item.n is None)
    assert arm_interval(uncoded, held.method) is None


def test_every_arm_is_of_a_year_that_can_be(knowledge):
    years = {arm.id: arm.year for arm in knowledge.contents.treatment.arms if arm.year is not None}
    assert {name: year for name, year in years.items() if not 1950 <= year <= 2026} == {}
    assert years["sts_intralesional_med_res_arch_2016_2019"] == 2019
