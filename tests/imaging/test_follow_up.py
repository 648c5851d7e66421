"""States of deposits between two scans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from synthetic import cylinder

from calcinosis.errors import UnknownName, UnreadableRecord
from calcinosis.imaging.analysis import measure
from calcinosis.imaging.follow import follow
from calcinosis.imaging.review import apply

FIRST = [
    ((8, 40, 28), 3.0, 840),
    ((15, 52, 44), 3.0, 840),
    ((22, 30, 50), 3.0, 840),
    ((21, 50, 24), 2.5, 600),
]


def compared(first, second, **options):
    a, b = cylinder(first, **options), cylinder(second, seed=3, **options)
    return follow(a, measure(a), b, measure(b))


@pytest.fixture(scope="module")
def result():
    later = [
        ((8, 40, 28), 3.0, 40 + 800 * 0.6),
        ((15, 52, 44), 3.0, 40 + 800 * 1.3),
        FIRST[2],
        ((10, 28, 56), 2.5, 700),
    ]
    return compared(FIRST, later)


def test_every_state_once(result):
    states = sorted(c.state for c in result.changes)
    assert states == ["decreased", "increased", "new", "resolved", "stable"]


def test_ratios_are_those_of_density(result):
    ratio = {c.state: c.ratio for c in result.changes}
    assert ratio["decreased"] == pytest.approx(0.6, rel=0.04)
    assert ratio["increased"] == pytest.approx(1.3, rel=0.04)
    assert ratio["stable"] == pytest.approx(1.0, abs=0.03)
    assert ratio["new"] is None


def test_thick_slices_refuse_change_per_deposit_but_give_totals():
    refused = compared(FIRST, FIRST, thickness=3.0)
    assert refused.refused
    assert {c.state for c in refused.changes} == {"not_assessable"}
    assert refused.totals["ratio"] == pytest.approx(1.0, abs=0.05)


def test_another_tube_voltage_refuses_change():
    a, b = cylinder(FIRST), cylinder(FIRST, seed=3, kv=80.0)
    assert "tube voltage" in follow(a, measure(a), b, measure(b)).refused[0]


def test_two_that_grow_together_are_merged_and_backwards_split():
    apart = [((15, 40, 32), 3.0, 840), ((15, 40, 50), 3.0, 840), ((8, 54, 44), 2.5, 800)]
    grown = [
        ((15, 40, 32), 4.2, 840),
        ((15, 40, 50), 4.2, 840),
        ((15, 40, 41), 3.0, 840),
        ((8, 54, 44), 2.5, 800),
    ]
    assert "merged" in {c.state for c in compared(apart, grown).changes}
    assert "split" in {c.state for c in compared(grown, apart).changes}


def test_a_place_that_the_later_scan_does_not_show_is_not_resolved():
    first = [((3, 40, 28), 2.5, 900), *FIRST[1:]]
    a = cylinder(first)
    b = replace(cylinder(first, seed=3), hu=cylinder(first, seed=3).hu[8:])
    moved = b.affine.copy()
    moved[2, 3] += 8.0
    b = replace(b, affine=moved)
    result = follow(a, measure(a), b, measure(b))
    assert "resolved" not in {c.state for c in result.changes}


def test_review_flips_merges_and_splits_with_provenance():
    volume = cylinder(FIRST)
    before = measure(volume)
    one, two, three = before.deposits[:3]
    decisions = {
        "reader": "AB",
        "date": "2026-11-21",
        "decisions": [{"id": three.id, "class": "bone", "note": "sesamoid"}, {"merge": [one.id, two.id]}],
    }
    after = apply(before, decisions, volume)
    by_id = {d.id: d for d in after.deposits}
    assert by_id[three.id].deposit_class == "bone"
    assert "AB" in by_id[three.id].review
    assert by_id[one.id].calcium_hu_ml == pytest.approx(one.calcium_hu_ml + two.calcium_hu_ml)
    assert two.id not in by_id
    assert after.totals["count"] == before.totals["count"] - 2
    assert (after.labels == one.label).sum() == (before.labels == one.label).sum() + (
        before.labels == two.label
    ).sum()
    split = apply(
        after, {"decisions": [{"id": one.id, "split": [one.centroid_lps_mm, two.centroid_lps_mm]}]}, volume
    )
    parts = [d for d in split.deposits if d.id.startswith(one.id)]
    assert [p.id for p in parts] == [one.id + "a", one.id + "b"]
    assert sum(p.calcium_hu_ml for p in parts) == pytest.approx(by_id[one.id].calcium_hu_ml)
    assert np.array_equal(split.labels > 0, before.labels > 0)


def test_review_refuses_what_it_does_not_know():
    before = measure(cylinder(FIRST[:1]))
    with pytest.raises(UnknownName, match="D999"):
        apply(before, {"decisions": [{"id": "D999", "class": "bone"}]})
    with pytest.raises(UnknownName, match="tumour"):
        apply(before, {"decisions": [{"id": "D001", "class": "tumour"}]})
    with pytest.raises(UnreadableRecord):
        apply(before, {"decisions": [{"id": "D001"}]})


NEXT = ((10, 28, 56), 2.5, 700)
RIGHT = [
    ((10, 34, 34), 2.5, 900),
    ((20, 48, 46), 3.0, 700),
    ((14, 30, 52), 2.5, 640),
    ((22, 50, 30), 3.0, 800),
]


def two_limbs(left, right, shifts, seed=0):
    """Two limbs in one scan; each moved by its own number of voxels along j."""
    both = [
        np.roll(
            np.pad(cylinder(balls, seed=seed).hu, ((0, 0), (14, 14), (0, 0)), constant_values=-1000), by, 1
        )
        for balls, by in zip((left, right), shifts, strict=True)
    ]
    return replace(cylinder([]), hu=np.ascontiguousarray(np.concatenate(both, axis=2)))


@pytest.mark.parametrize("shifts", [(0, 0), (9, -9), (-12, 10)])
def test_two_limbs_that_moved_each_on_its_own_are_matched_each_on_its_own(shifts):
    a, b = two_limbs([*FIRST, NEXT], RIGHT, (0, 0)), two_limbs([*FIRST[:3], NEXT], RIGHT, shifts, seed=3)
    result = follow(a, measure(a), b, measure(b))
    assert sorted(c.state for c in result.changes) == ["resolved"] + ["stable"] * 8
    assert [one.segment for one in result.registrations] == ["part 1", "part 2"]
    assert all(c.distance_mm < 1.0 for c in result.changes if c.state == "stable")


def torn(gap_voxels, calcium):
    """A measurement whose deposit D001 fell apart into two of 4 voxels along i, so far apart."""
    whole = measure(cylinder(FIRST[:1]))
    labels = np.zeros_like(whole.labels)
    start = 30
    parts = []
    for n, hu_ml in enumerate(calcium):
        labels[8, 40, start : start + 4] = n + 1
        x, y, z = (cylinder([]).affine @ [8, 40, start + 1.5, 1])[:3]
        box = ((8, 9), (40, 41), (start, start + 4))
        parts.append(
            replace(
                whole.deposits[0],
                id=f"D{n + 1:03d}",
                label=n + 1,
                calcium_hu_ml=hu_ml,
                volume_half_max_mm3=1.0,
                centroid_lps_mm=(x, y, z),
                bounding_box=box,
            )
        )
        start += 4 + gap_voxels
    return replace(whole, deposits=tuple(parts), labels=labels)


@pytest.mark.parametrize(
    ("gap", "calcium", "states"),
    [
        (2, (1.2, 1.0), ["merged"]),  # together they are what the later scan shows as one
        (2, (2.2, 1.0), ["stable", "resolved"]),  # the first is unchanged, so the second has gone
        (8, (1.2, 1.0), ["increased", "resolved"]),  # too far apart to have been one
    ],
)
def test_what_noise_tore_in_two_is_neither_resolved_nor_increased(gap, calcium, states):
    volume = cylinder(FIRST[:1])
    result = follow(volume, torn(gap, calcium), volume, torn(gap, (2.2,)))
    assert sorted(c.state for c in result.changes) == sorted(states)


def test_the_same_two_scans_give_the_same_comparison_again():
    a, b = cylinder(FIRST), cylinder(FIRST[:3], seed=3)
    first, second = measure(a), measure(b)
    one, other = (follow(a, first, b, second) for _ in range(2))
    assert one.changes == other.changes
    assert np.array_equal(one.registrations[0].matrix, other.registrations[0].matrix)
