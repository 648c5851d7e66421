"""Quantities of balls whose calcium is known in closed form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from synthetic import ball_calcium, cylinder

from calcinosis.imaging.analysis import measure
from calcinosis.imaging.background import expected
from calcinosis.imaging.body import find_body
from calcinosis.imaging.quantify import blur_left, diameters, warp_depth_all
from calcinosis.imaging.settings import load, threshold_hu


def deposits(volume, **options):
    return [d for d in measure(volume, **options).deposits if d.deposit_class == "deposit"]


@pytest.mark.parametrize(("radius", "hu"), [(2.0, 500), (3.0, 300), (4.0, 900), (5.0, 1500)])
def test_calcium_of_a_ball(radius, hu):
    (found,) = deposits(cylinder([((15, 40, 40), radius, hu)]))
    assert found.calcium_hu_ml == pytest.approx(ball_calcium(radius, hu), rel=0.03)
    assert found.volume_half_max_mm3 == pytest.approx(4 / 3 * np.pi * radius**3, rel=0.15)
    assert found.max_diameter_mm == pytest.approx(2 * radius, abs=1.2)
    assert found.depth_min_mm >= 4.9  # fine depth is kept up to 5 mm only


@pytest.mark.parametrize("factor", [0.6, 1.3])
def test_density_alone_changes_the_calcium_and_not_the_volume(factor):
    (before,) = deposits(cylinder([((15, 40, 40), 3.0, 840)]))
    (after,) = deposits(cylinder([((15, 40, 40), 3.0, 40 + 800 * factor)], seed=1))
    assert after.calcium_hu_ml / before.calcium_hu_ml == pytest.approx(factor, rel=0.03)
    assert after.volume_half_max_mm3 / before.volume_half_max_mm3 == pytest.approx(1.0, rel=0.06)


def test_place_class_and_mass():
    (found,) = deposits(cylinder([((15, 40, 30), 3.0, 700)]), calibration_mg_per_hu_ml=0.8)
    assert found.centroid_lps_mm == pytest.approx((30 * 0.5 - 20.0, 0.0, 15.0), abs=0.6)
    assert found.mass_mg == pytest.approx(0.8 * found.calcium_hu_ml)
    assert not found.touches_bone
    assert found.confidence == "high"
    assert found.reason


def test_without_calibration_there_is_no_mass():
    (found,) = deposits(cylinder([((15, 40, 40), 3.0, 700)]))
    assert found.mass_mg is None


def test_thick_slices_have_no_repeatability_and_say_why():
    result = measure(cylinder([((15, 40, 40), 3.0, 700)], thickness=3.0))
    assert not result.scan.in_specification
    assert result.deposits[0].repeatability_percent is None
    assert result.deposits[0].confidence == "low"


def test_nothing_is_found_in_plain_tissue():
    result = measure(cylinder([], noise=15.0))
    assert result.totals["count"] == 0
    assert result.totals["calcium_hu_ml"] == 0


def test_metal_is_named():
    result = measure(cylinder([((15, 40, 40), 2.0, 12000)]))
    assert {d.deposit_class for d in result.deposits} == {"metal"}
    assert any("metal" in reason for reason in result.scan.reasons)


@pytest.mark.parametrize(
    ("kv", "hu"), [(70, 207), (80, 177), (100, 145), (120, 130), (135, 119), (None, 130)]
)
def test_threshold_follows_the_tube_voltage(kv, hu):
    assert threshold_hu(kv) == hu


def test_depth_is_the_distance_from_the_skin():
    volume = cylinder([], noise=0.0)
    body = find_body(volume.hu, volume.scan.spacing_mm, load())
    # cells of 2 mm: the deepest centre lies up to 1.4 mm from the axis
    assert body.depth_mm.max() == pytest.approx(17.0, abs=1.5)
    assert not body.trunk.any()


def test_blur_left_of_a_sphere_is_the_exact_integral():
    assert blur_left(np.full(3, 2.0), np.ones(3)) == pytest.approx(0.293, abs=0.005)
    assert blur_left(np.full(3, 6.0), np.ones(3)) == pytest.approx(0.723, abs=0.01)


def test_diameters_of_a_bar():
    voxels = np.array([(0, 0, i) for i in range(20)])
    longest, shortest = diameters(voxels, (1.0, 0.5, 0.5))
    assert longest == pytest.approx(10.0, abs=0.3)
    assert shortest == pytest.approx(0.5, abs=0.6)


def test_a_faint_deposit_that_hangs_together_with_a_dense_one_is_measured_too():
    balls = [((15, 40, 44), 3.5, 280), ((15, 40, 32), 2.5, 1300)]
    found = deposits(cylinder(balls))
    assert len(found) == 2
    dense, faint = found
    # The fold between the two is shared; nothing is counted twice.
    truth = [ball_calcium(radius, hu) for _, radius, hu in balls]
    assert dense.calcium_hu_ml + faint.calcium_hu_ml == pytest.approx(sum(truth), rel=0.03)
    assert faint.calcium_hu_ml == pytest.approx(truth[0], rel=0.15)


def test_the_blur_around_a_dense_deposit_is_no_second_one():
    result = measure(cylinder([((15, 40, 40), 4.0, 2400)]))
    assert len(result.deposits) == 1


def test_the_skin_above_a_wide_sheet_is_expected_from_the_skin_beside_it():
    """No skin free of mineral lies near the middle of the sheet; air or fat must not stand in for it."""
    space, shape = np.array([1.0, 0.5, 0.5]), (60, 90, 90)
    depth = np.broadcast_to((np.arange(90) * 0.5 - 12.25)[None, :, None], shape)
    skin_edge = [(-1000.0, -9e9), (40.0, 0.0), (-100.0, 2.0), (50.0, 9.0)]
    plain = np.select([depth >= low for _, low in skin_edge[::-1]], [hu for hu, _ in skin_edge[::-1]])
    k, _, i = np.indices(shape)
    sheet = (np.hypot((k - 29.5) * space[0], (i - 44.5) * space[2]) < 17.0) & (depth >= 0.5) & (depth < 2.0)
    mineral = np.where(sheet, 500.0, 0.0)
    blur = [0.4, 0.85, 0.85]
    with_sheet = gaussian_filter(np.where(sheet, 500.0, plain), blur)
    region = np.argwhere(gaussian_filter(mineral, blur) > 5).astype(np.int32)
    free = (gaussian_filter(mineral, blur) < 0.5).astype(np.uint8)
    flat = np.ascontiguousarray(depth, np.float32)
    warped = warp_depth_all(flat.ravel()).reshape(shape)
    at = tuple(region.T)
    b = expected(
        np.rint(with_sheet).astype(np.int16),
        free,
        warped,
        np.ones(shape, np.float32),
        region,
        warped[at],
        np.ones(len(region), np.float32),
        space,
        3.0,
    )
    truth = gaussian_filter(plain, blur)[at]
    assert np.abs(b - truth).mean() < 15.0
    assert abs((b - truth).mean()) < 5.0
