"""What is bone is not measured as a deposit, whatever its shape and pose; what lies on it is."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic import ball, ball_calcium, capsule, painted

from calcinosis.imaging.analysis import measure
from calcinosis.imaging.point_spread import point_spread_mm


def finger_bone(start, stop, radius=5.0, wall=1.3):
    """A closed shell of bone around spongy bone."""
    return [(capsule(start, stop, radius), 1200.0), (capsule(start, stop, radius - wall), 220.0)]


def tibia():
    """A three-edged shaft with a round marrow: its edges are three times as thick as its faces."""
    angles = np.deg2rad([90, 210, 330])

    def shaft(z, y, x):
        return np.max([y * np.sin(a + np.pi) + x * np.cos(a + np.pi) for a in angles], axis=0) - 6.0

    return [(shaft, 1300.0), (lambda z, y, x: np.hypot(y, x) - 4.0, -20.0)]


def deposits(volume):
    return [d for d in measure(volume).deposits if d.deposit_class == "deposit"]


@pytest.mark.parametrize("tilt", [0.0, 8.0, 14.0], ids=["upright", "oblique", "flexed"])
def test_the_end_of_a_bone_is_no_deposit_in_any_pose(tilt):
    assert deposits(painted(finger_bone((-12, -tilt, 0), (12, tilt, 0)))) == []


def test_a_deposit_on_an_oblique_bone_is_measured():
    bone = finger_bone((-12, -8, 0), (12, 8, 0))
    found = deposits(painted([*bone, (ball((0, 0, 8.0), 2.5), 900.0)]))
    assert len(found) == 1
    assert found[0].touches_bone
    assert found[0].calcium_hu_ml == pytest.approx(ball_calcium(2.5, 900.0), rel=0.15)


def test_the_edges_of_a_three_edged_bone_are_bone():
    assert deposits(painted(tibia())) == []


def test_a_deposit_on_the_face_of_a_three_edged_bone_is_measured():
    found = deposits(painted([*tibia(), (ball((0, -8.5, 0), 2.5), 700.0)]))
    assert len(found) == 1
    assert found[0].calcium_hu_ml == pytest.approx(ball_calcium(2.5, 700.0), rel=0.15)


SHELL = [(ball((0, 0, 13.0), 4.0), 600.0), (ball((0, 0, 13.0), 3.0), -90.0)]


def test_a_shell_of_calcium_far_from_every_bone_is_a_deposit():
    found = deposits(painted(SHELL, fat=True))
    assert len(found) == 1
    assert found[0].calcium_hu_ml == pytest.approx(
        ball_calcium(4.0, 600.0) - ball_calcium(3.0, 600.0), rel=0.2
    )


def test_a_shell_beside_a_bone_is_left_to_the_reader():
    bone = finger_bone((-20, 0, 3.0), (20, 0, 3.0), radius=4.0)
    result = measure(painted([*bone, *SHELL], fat=True))
    shell = [d for d in result.deposits if d.max_diameter_mm < 12.0]
    assert [d.deposit_class for d in shell] == ["indeterminate"]
    assert "eggshell" in shell[0].reason
    assert shell[0].confidence == "low"  # what is not decided is not sure, however large


@pytest.mark.parametrize("fwhm", [0.7, 1.0, 1.4])
def test_the_point_spread_is_read_from_the_skin(fwhm):
    volume = painted([], shape=(12, 90, 90), fwhm=fwhm)
    assert point_spread_mm(volume.hu, (1.0, 0.5, 0.5), 50) == pytest.approx(fwhm, rel=0.12)


def test_without_skin_in_view_the_point_spread_is_not_known():
    assert point_spread_mm(np.full((5, 60, 60), 40, np.int16), (1.0, 0.5, 0.5), 50) is None
