"""The intralesional plan against the arithmetic of the source, done by hand."""

from __future__ import annotations

from math import atan2, ceil, cos, dist, hypot, inf, pi, remainder, sin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.conclusions.treatment import plan
from calcinosis.conclusions.treatment.person import Person
from calcinosis.errors import UnknownName
from calcinosis.model.interval import exact

from .patients import Case

# Diameter and spacing in mm; points, mL and mg of the reading "0.5 mL at every point", at 150 and 250 mg/mL.
BY_HAND = [
    (10, 10, 1, 0.5, 75, 125),
    (20, 10, 4, 2.0, 300, 500),
    (30, 10, 8, 4.0, 600, 1000),
    (50, 10, 20, 10.0, 1500, 2500),
    (10, 5, 1, 0.5, 75, 125),
    (20, 5, 13, 6.5, 975, 1625),
    (30, 5, 29, 14.5, 2175, 3625),
    (50, 5, 79, 39.5, 5925, 9875),
]


@pytest.fixture(scope="module")
def held(knowledge):
    return knowledge.contents.treatment


@pytest.mark.parametrize("row", BY_HAND)
@pytest.mark.parametrize("strength", [150, 250])
def test_points_volume_and_amount(held, row, strength):
    diameter, spacing, points, volume, weak, strong = row
    made = plan(held, diameter=diameter, spacing=spacing, concentration=strength)
    reading = next(item for item in made.readings if item.id == "each_point")
    assert len(made.points) == reading.points == points
    assert reading.volume == (volume, volume)
    assert reading.amount == pytest.approx((weak, weak) if strength == 150 else (strong, strong))


def test_readings_differ_fourfold_at_five_millimetres(held):
    # Circle of 4 cm: 12.57 cm2, 51 points at 5 mm and 13 circles of 1 cm.
    made = plan(held, diameter=40, spacing=5)
    each_point, each_circle = made.readings
    assert (each_point.volume[0], each_circle.volume[0]) == (25.5, 6.5)
    assert [item.default for item in made.readings] == [True, False]
    assert all(item.label and item.text and item.sources for item in made.readings)


def test_a_small_fingertip_gets_one_small_injection(held):
    made = plan(held, diameter=4, fingertip=True)
    assert made.points == ((0.0, 0.0),)
    for reading in made.readings:
        assert reading.volume == (0.1, 0.2)
        assert reading.amount == pytest.approx((15, 30))


def test_more_than_a_session_holds_is_said_and_split(held):
    made = plan(held, diameter=50, spacing=5, concentration=250)
    reading = made.readings[0]
    assert reading.visits == 4  # 9875 mg over 2500 mg
    assert "2500 mg" in reading.warnings[0]
    assert plan(held, diameter=50, concentration=250).readings[0].warnings == ()


def test_strength_is_made_from_the_vial(held):
    # 2 mL at 150 mg/mL are 300 mg: 1.2 mL of 250 mg/mL and 0.8 mL of diluent.
    lines = plan(held, diameter=20).preparation
    assert any("1.2 mL of 250 mg/mL with 0.8 mL of diluent" in line for line in lines)


def test_kidney_and_lidocaine(held):
    made = plan(held, diameter=20, person=Person(age=54, weight=54, egfr=exact(20.0)))
    assert "nephrologist" in made.refused
    assert "at most 243 mg" in made.anaesthetic  # 4.5 x 54
    assert (
        "at most 300 mg"
        in plan(held, diameter=20, person=Person(age=50, weight=200, egfr=exact(90.0))).anaesthetic
    )
    assert plan(held, diameter=20, person=Person(age=54, weight=54, egfr=exact(90.0))).refused == ""


SPACINGS = st.floats(5, 10)


def _nearest(points):
    return min((dist(a, b) for i, a in enumerate(points) for b in points[:i]), default=inf)


def _wanted(area, across, spacing):
    return 1 if across <= 10 else ceil(area / spacing**2 - 1e-9)


@given(st.floats(3, 150), SPACINGS)
def test_points_of_a_disc_keep_their_spacing(held, diameter, spacing):
    made = plan(held, diameter=diameter, spacing=spacing)
    assert _nearest(made.points) >= spacing - 1e-6
    assert all(hypot(*point) <= diameter / 2 for point in made.points)
    assert len(made.points) == _wanted(made.area, diameter, spacing) == made.readings[0].points


@given(st.floats(11, 150), SPACINGS)
def test_points_of_a_disc_are_symmetric(held, diameter, spacing):
    points = plan(held, diameter=diameter, spacing=spacing).points
    assert all(min(dist((-x, y), other) for other in points) < 1e-6 for x, y in points)
    # No place of the disc is further from a point than the spacing and a half.
    rim = [(diameter / 2 * cos(turn), diameter / 2 * sin(turn)) for turn in range(60)]
    assert all(min(dist(at, point) for point in points) <= 1.5 * spacing for at in rim)


def test_twenty_two_millimetres_get_one_even_ring(held):
    points = plan(held, diameter=22).points
    assert [hypot(*point) for point in points] == pytest.approx([hypot(*points[0])] * 4)
    assert 2 < 11 - hypot(*points[0]) < 5


@given(st.lists(st.floats(0.3, 1), min_size=3, max_size=10), st.floats(3, 40), SPACINGS)
@settings(max_examples=25, deadline=None)
def test_points_of_an_outline_keep_their_spacing(held, lengths, reach, spacing):
    turns = [2 * pi * k / len(lengths) for k in range(len(lengths))]
    corners = [
        (70 + reach * far * cos(turn), reach * far * sin(turn))
        for far, turn in zip(lengths, turns, strict=True)
    ]
    made = plan(held, outline=corners, spacing=spacing)
    assert _nearest(made.points) >= spacing - 1e-6
    assert 0 < len(made.points) <= _wanted(made.area, made.diameter, spacing)
    assert made.readings[0].volume[0] == pytest.approx(0.5 * len(made.points))
    assert all(_winds_round(point, made.outline) for point in made.points)


def _winds_round(at, outline):
    """Whether the outline turns once round the point, by the sum of the angles."""
    angles = [atan2(y - at[1], x - at[0]) for x, y in outline]
    turned = [remainder(b - a, 2 * pi) for a, b in zip(angles, [*angles[1:], angles[0]], strict=True)]
    return abs(sum(turned)) > pi


def test_one_point_lies_inside_a_hook(held):
    hook = [(0, 0), (9, 0), (9, 9), (8, 9), (8, 1), (1, 1), (1, 9), (0, 9)]
    made = plan(held, outline=hook, spacing=10)
    assert len(made.points) == 1
    assert _winds_round(made.points[0], made.outline)


def test_points_of_a_strip_lie_along_it(held):
    made = plan(held, outline=[(0, 0), (60, 0), (60, 3), (0, 3)])
    assert sorted(x for x, _ in made.points) == pytest.approx([-20, 20], abs=6)


@pytest.mark.parametrize(
    ("corners", "said"),
    [
        ([(0, 0), (10, 10), (10, 0), (0, 10)], "side 1 meets side 3"),
        ([(0, 0), (20, 0), (20, 20), (10, 0), (0, 20)], "side 1 meets side 3"),
        ([(0, 0), (20, 0), (10, 0), (10, 20)], "side 1 meets side 2"),
        ([(0, 0), (10, 0), (20, 0)], "no area"),
        ([(5, 5), (5, 5), (5, 5)], "no area"),
    ],
)
def test_an_outline_that_crosses_itself_is_refused(held, corners, said):
    with pytest.raises(UnknownName, match=said):
        plan(held, outline=corners)


def test_a_closed_outline_is_no_crossing(held):
    square = [(0, 0), (20, 0), (20, 20), (0, 20), (0, 0)]
    assert len(plan(held, outline=square).points) == 4


@pytest.mark.parametrize("fingertip", [True, False])
@pytest.mark.parametrize("spacing", [5, 10])
def test_under_five_millimetres_one_point(held, fingertip, spacing):
    for diameter in (0.5, 3, 4.9):
        assert plan(held, diameter=diameter, fingertip=fingertip, spacing=spacing).points == ((0.0, 0.0),)


def test_an_outline_of_any_shape(held):
    corners = [(0, 0), (60, 0), (60, 20), (20, 20), (20, 50), (0, 50)]
    made = plan(held, outline=corners, spacing=10)
    assert made.area == pytest.approx(60 * 20 + 20 * 30)
    assert len(made.points) == 18  # 1800 mm2 / 100 mm2
    for x, y in made.points:
        px, py = x + _centre(corners)[0], y + _centre(corners)[1]
        assert (0 <= px <= 60 and 0 <= py <= 20) or (0 <= px <= 20 and 20 <= py <= 50)


def _centre(corners):
    # Centroid of the L: 1200 mm2 at (30, 10) and 600 mm2 at (10, 35).
    return (1200 * 30 + 600 * 10) / 1800, (1200 * 10 + 600 * 35) / 1800


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"diameter": 0},
        {"diameter": 20, "spacing": 3},
        {"diameter": 20, "concentration": 500},
        {"outline": [(0, 0), (1, 1)]},
    ],
)
def test_what_was_not_published_is_refused(held, wrong):
    with pytest.raises(UnknownName, match="Expected"):
        plan(held, **wrong)


def test_a_measured_lesion_gets_its_plan(knowledge):
    option = Case(knowledge, present=["systemic_sclerosis", "site_elbow"], lesion_size=20).option(
        "sts_intralesional"
    )
    assert option.plan is not None
    assert option.plan.readings[0].points == 4
    assert Case(knowledge, present=["systemic_sclerosis"]).option("sts_intralesional").plan is None
