"""What is not counted is listed with its reason, or counted by its reason; a reader can bring it back."""

from __future__ import annotations

import json

import numpy as np
import pytest
from synthetic import cylinder

from calcinosis.imaging.analysis import measure
from calcinosis.imaging.measurement_file import read_measurement, to_dict
from calcinosis.imaging.model import Deposit
from calcinosis.imaging.review import apply
from calcinosis.imaging.simulate import Scanner, simulate

SHELL = ((15, 40, 50), 5.0, 900.0), ((15, 40, 50), 3.6, 40.0)


def listed(measurement, kind: str) -> list[Deposit]:
    return [one for one in measurement.deposits if one.deposit_class == kind]


def near(measurement, index, volume) -> Deposit:
    place = (volume.affine @ [*index, 1.0])[:3]
    return min(measurement.deposits, key=lambda one: np.linalg.norm(np.subtract(one.centroid_lps_mm, place)))


@pytest.fixture(scope="module")
def shell():
    return cylinder(SHELL)


def test_an_eggshell_deposit_is_listed_and_can_be_flipped(shell):
    found = measure(shell)
    one = near(found, (15, 40, 50), shell)
    assert one.deposit_class != "deposit"
    assert "hollow" in one.reason or "less dense core" in one.reason
    assert one.max_diameter_mm == pytest.approx(10.0, abs=2.0)
    assert found.totals["count"] == 0
    flipped = apply(found, {"decisions": [{"id": one.id, "class": "deposit"}]}, shell)
    assert flipped.totals["calcium_hu_ml"] == pytest.approx(one.calcium_hu_ml)
    truth = 4 / 3 * np.pi * (5.0**3 - 3.6**3) * 860 / 1000
    assert one.calcium_hu_ml == pytest.approx(truth, rel=0.3)  # rough: the blur outside is left out


def test_an_imported_mask_is_listed_as_bone(shell):
    mask = np.zeros(shell.hu.shape, bool)
    mask[8:23, 28:53, 38:63] = True
    found = measure(shell, bone_mask=mask)
    assert any("imported" in one.reason for one in listed(found, "bone"))


def test_the_bones_of_a_limb_are_listed_after_its_deposits():
    found = measure(simulate("limb", 2, deposits=4, length_mm=24.0).volume)
    ids = [one.id[0] for one in found.deposits]
    assert ids == sorted(ids, key="DB".index)
    assert "B" in ids
    assert set(np.unique(found.labels)) - {0} <= {one.label for one in found.deposits}


def test_what_is_too_small_is_counted_and_kept_in_the_file(tmp_path):
    volume = cylinder([((10, 40, 50), 0.45, 1200.0), ((20, 40, 50), 3.0, 800.0)])
    found = measure(volume)
    assert sum(found.dropped.values()) >= 1
    assert len(listed(found, "deposit")) == 1
    (tmp_path / "measurement.json").write_text(json.dumps(to_dict(found)))
    assert read_measurement(tmp_path).dropped == found.dropped


def test_depth_is_not_capped():
    volume = cylinder([((15, 40, 40), 3.0, 800.0)])  # its upper edge lies 15 mm below the skin
    (one,) = listed(measure(volume), "deposit")
    assert one.depth_min_mm == pytest.approx(15.0, abs=2.5)
    assert one.depth_mean_mm >= one.depth_min_mm


@pytest.mark.parametrize("seed", [1, 2])
def test_calcium_in_an_artery_is_no_bone_and_no_deposit(seed):
    options = {"deposits": 0, "length_mm": 40.0, "scanner": Scanner(spacing_mm=(1.0, 0.6, 0.6))}
    found = measure(simulate("limb", seed, mural_vessel=True, **options).volume)
    assert listed(found, "vessel")
    assert found.totals["count"] == 0
