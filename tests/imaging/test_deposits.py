"""A phantom's deposits are found and measured, its bones are not, and the same seed is the same object."""

from __future__ import annotations

import numpy as np
import pytest

from calcinosis.imaging.analysis import measure
from calcinosis.imaging.simulate import Scanner, Visit, simulate


@pytest.fixture(scope="module")
def phantom():
    return simulate(
        "limb", 2, deposits=10, length_mm=30.0, volume_range_mm3=(20.0, 400.0), hu_range=(400.0, 1200.0)
    )


@pytest.fixture(scope="module")
def measured(phantom):
    return measure(phantom.volume)


def test_truth_is_hu_above_matrix_times_volume(phantom):
    for row in phantom.truth:
        assert row.calcium_hu_ml == pytest.approx((row.hu - 40.0) * row.volume_mm3 / 1000.0)


def test_deposits_are_found_and_nothing_else(phantom, measured):
    chosen = [d for d in measured.deposits if d.deposit_class == "deposit"]
    centres = np.array([d.centroid_lps_mm for d in chosen])
    shown = [t for t in phantom.truth if t.volume_mm3 >= 20.0]
    for row in shown:
        assert np.linalg.norm(centres - row.centroid_lps_mm, axis=1).min() < 2.0
    truth = phantom.labels
    for one in chosen:  # a lobe apart may stand for itself, but every one lies on a true deposit
        box = tuple(slice(a, b) for a, b in one.bounding_box)
        assert (truth[box] > 0).any()


def test_total_is_within_five_percent(phantom, measured):
    truth = sum(t.calcium_hu_ml for t in phantom.truth)
    assert measured.totals["calcium_hu_ml"] == pytest.approx(truth, rel=0.05)


def test_labels_hold_every_object(measured):
    assert set(np.unique(measured.labels)) - {0} == {d.label for d in measured.deposits}


def test_an_imported_bone_mask_finds_the_deposits_too(phantom):
    result = measure(phantom.volume, bone_mask=phantom.bone)
    truth = sum(t.calcium_hu_ml for t in phantom.truth)
    assert result.totals["calcium_hu_ml"] == pytest.approx(truth, rel=0.1)


def test_same_seed_same_object_and_other_seed_another():
    options = {"deposits": 2, "length_mm": 10.0, "scanner": Scanner(spacing_mm=(2.0, 1.0, 1.0))}
    one, same, other = (simulate("limb", seed, **options) for seed in (3, 3, 4))
    assert np.array_equal(one.volume.hu, same.volume.hu)
    assert one.truth == same.truth
    assert one.bone.shape != other.bone.shape or not np.array_equal(one.bone, other.bone)


def test_a_later_visit_moves_changes_and_resolves():
    options = {"deposits": 4, "length_mm": 24.0, "scanner": Scanner(spacing_mm=(2.0, 1.0, 1.0))}
    before = simulate("limb", 5, **options)
    first, second = before.truth[0].id, before.truth[1].id
    visit = Visit(shift_mm=(3.0, 0.0, 0.0), fates={first: ("resolved", 0.0), second: ("decreased", 0.5)})
    later = simulate("limb", 5, visit=visit, **options)
    fate = {t.id: t for t in later.truth}
    assert fate[first].volume_mm3 == 0
    assert fate[second].calcium_hu_ml == pytest.approx(0.5 * before.truth[1].calcium_hu_ml, rel=0.05)
    shift = np.subtract(fate[second].centroid_lps_mm, before.truth[1].centroid_lps_mm)
    assert shift == pytest.approx([3.0, 0.0, 0.0], abs=0.1)


@pytest.mark.parametrize(
    ("anatomy", "option"), [("hand", "acro_osteolysis"), ("limb", "mural_vessel"), ("hand", "metal")]
)
def test_options_change_the_object_and_not_the_rest(anatomy, option):
    options = {
        "deposits": 0,
        "length_mm": 100.0 if anatomy == "hand" else 30.0,
        "scanner": Scanner(spacing_mm=(3.0, 1.5, 1.5)),
    }
    plain = simulate(anatomy, 1, **options)
    changed = simulate(anatomy, 1, **options, **{option: True})
    assert plain.volume.hu.shape == changed.volume.hu.shape
    difference = np.abs(plain.volume.hu.astype(int) - changed.volume.hu)
    assert 20 < (difference > 150).sum() < 0.2 * difference.size
