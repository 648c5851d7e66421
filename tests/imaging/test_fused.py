"""The fused pass finds exactly the components another labeller finds."""

from __future__ import annotations

import cc3d
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.imaging.fused import Components, components, paint


def voxels(found: Components, chosen: int, box: tuple[slice, slice, slice]) -> np.ndarray:
    """Voxels of one component within a box."""
    values = (np.arange(found.count.size) == chosen).astype(np.uint8)
    out = np.zeros([side.stop - side.start for side in box], np.uint8)
    origin = np.array([*(side.start for side in box), found.shape[1]], np.int64)
    paint(found.first, found.start, found.stop, found.label, values, out, origin)
    return out.astype(bool)


@given(
    shape=st.tuples(st.integers(1, 7), st.integers(1, 20), st.integers(1, 80)),
    threshold=st.sampled_from([-50, 0, 60, 130, 250, 400]),
    seed=st.integers(0, 2**31),
)
@settings(max_examples=60, deadline=None)
def test_components_equal_cc3d(shape, threshold, seed):
    volume = (np.random.default_rng(seed).normal(size=shape) * 130).astype(np.int16)
    found = components(volume, threshold)
    labels, n = cc3d.connected_components(volume >= threshold, connectivity=26, return_N=True)
    assert found.count.size == n
    for c in range(n):
        box = found.box[c]
        k = tuple(slice(box[2 * a], box[2 * a + 1]) for a in range(3))
        own = voxels(found, c, k)
        (label,) = set(np.unique(labels[k][own]).tolist())
        expected = labels == label
        assert own.sum() == expected.sum() == found.count[c]
        assert volume[expected].sum() == found.total[c]
        assert volume[expected].max() == found.peak[c]


@pytest.mark.parametrize("value", [-1000, 500])
def test_uniform_volume(value):
    found = components(np.full((3, 4, 70), value, np.int16), 130)
    assert found.count.tolist() == ([840] if value > 130 else [])


def test_seam_between_slabs_is_united():
    volume = np.zeros((40, 8, 8), np.int16)
    volume[:, 4, 4] = 300
    found = components(volume, 130)
    assert found.count.tolist() == [40]
    assert found.box[0].tolist() == [0, 40, 4, 5, 4, 5]
