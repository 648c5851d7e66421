"""One pass over the volume: threshold, runs, 26-connected union and statistics together (compiled).

Voxels above the threshold are kept as runs along i, so everything after the pass costs in proportion
to the dense voxels and not to the volume. Algorithm: run-based two-scan labelling with union-find
(He, Chao, Suzuki 2008, doi 10.1109/TIP.2008.919369), slabs in parallel, seams united at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray

BLOCK = 64


@dataclass(frozen=True, slots=True)
class Components:
    """Connected components of the voxels above a threshold.

    Attributes:
        first: (rows + 1,) index of the first run of every row (k * ny + j).
        start: (runs,) first i of a run; `stop`: one past its last i.
        label: (runs,) component of a run, 0-based.
        count: (components,) voxels; `total`: sum of HU; `peak`: largest HU.
        box: (components, 6) k0, k1, j0, j1, i0, i1, half open.
        shape: shape of the volume.
    """

    first: NDArray[np.int64]
    start: NDArray[np.int32]
    stop: NDArray[np.int32]
    label: NDArray[np.int32]
    count: NDArray[np.int64]
    total: NDArray[np.int64]
    peak: NDArray[np.int32]
    box: NDArray[np.int32]
    shape: tuple[int, int, int]


def components(volume: NDArray[Any], threshold: int) -> Components:
    """Label voxels >= `threshold` with 26-connectivity.

    Args:
        volume: C-contiguous int16 (or uint8) array (k, j, i).
        threshold: HU; voxels at it count.

    Returns:
        Runs, labels and statistics; components in order of their first voxel.
    """
    data = np.ascontiguousarray(volume)
    rows = data.reshape(-1, data.shape[2])
    counts = _count_runs(rows, threshold)
    first = np.zeros(rows.shape[0] + 1, dtype=np.int64)
    np.cumsum(counts, out=first[1:])
    n = int(first[-1])
    start, stop = np.empty(n, np.int32), np.empty(n, np.int32)
    total, peak = np.empty(n, np.int64), np.empty(n, np.int32)
    _fill_runs(rows, threshold, first, start, stop, total, peak)
    parent = np.arange(n, dtype=np.int32)
    ny = data.shape[1]
    _unite(first, start, stop, parent, data.shape[0], ny, max(1, get_num_threads()))
    label, count, sums, peaks, box = _summarise(first, start, stop, total, peak, parent, ny)
    return Components(first, start, stop, label, count, sums, peaks, box, data.shape)


@njit(cache=True, parallel=True)
def _count_runs(rows, threshold):  # type: ignore[no-untyped-def]
    out = np.zeros(rows.shape[0], dtype=np.int64)
    nx = rows.shape[1]
    limit = rows.dtype.type(threshold)
    for r in prange(rows.shape[0]):
        row = rows[r]
        n = np.int32(row[0] >= limit)
        for i in range(1, nx):
            n += np.int32((row[i] >= limit) & (row[i - 1] < limit))
        out[r] = n
    return out


@njit(cache=True, parallel=True)
def _fill_runs(rows, threshold, first, start, stop, total, peak):  # type: ignore[no-untyped-def]
    nx = rows.shape[1]
    limit = rows.dtype.type(threshold)
    for r in prange(rows.shape[0]):
        at = first[r]
        left = first[r + 1] - at
        if left == 0:
            continue
        row = rows[r]
        i = 0
        while left > 0:
            while i + BLOCK <= nx:  # skip empty blocks, one vector comparison each
                hit = np.int32(0)
                for q in range(BLOCK):
                    hit |= np.int32(row[i + q] >= limit)
                if hit:
                    break
                i += BLOCK
            while i < nx and row[i] < limit:
                i += 1
            start[at] = i
            s = np.int64(0)
            p = np.int32(row[i])
            while i < nx and row[i] >= limit:
                s += row[i]
                p = max(p, np.int32(row[i]))
                i += 1
            stop[at] = i
            total[at] = s
            peak[at] = p
            at += 1
            left -= 1


@njit(cache=True, inline="always")
def root_of(parent, a):  # type: ignore[no-untyped-def]
    """Root of `a` in a union-find forest, halving the path on the way."""
    while parent[a] != a:
        parent[a] = parent[parent[a]]
        a = parent[a]
    return a


@njit(cache=True, inline="always")
def _join(parent, a, b):  # type: ignore[no-untyped-def]
    ra, rb = root_of(parent, a), root_of(parent, b)
    if ra < rb:
        parent[rb] = ra
    elif rb < ra:
        parent[ra] = rb


@njit(cache=True)
def _join_rows(first, start, stop, parent, a, b):  # type: ignore[no-untyped-def]
    """Unite touching runs (also diagonally) of two neighbouring rows."""
    p, q = first[a], first[b]
    pe, qe = first[a + 1], first[b + 1]
    while p < pe and q < qe:
        if start[p] <= stop[q] and start[q] <= stop[p]:
            _join(parent, p, q)
        if stop[p] < stop[q]:
            p += 1
        else:
            q += 1


@njit(cache=True)
def _join_slice(first, start, stop, parent, k, ny, within, across):  # type: ignore[no-untyped-def]
    for j in range(ny):
        r = k * ny + j
        if first[r] == first[r + 1]:
            continue
        if within and j > 0:
            _join_rows(first, start, stop, parent, r, r - 1)
        if across:
            for d in range(max(0, j - 1), min(ny, j + 2)):
                _join_rows(first, start, stop, parent, r, (k - 1) * ny + d)


@njit(cache=True, parallel=True)
def _unite(first, start, stop, parent, nz, ny, slabs):  # type: ignore[no-untyped-def]
    for s in prange(slabs):
        low, high = s * nz // slabs, (s + 1) * nz // slabs
        for k in range(low, high):
            _join_slice(first, start, stop, parent, k, ny, True, k > low)
    for s in range(1, slabs):
        k = s * nz // slabs
        if k > 0 and k < nz and k != (s - 1) * nz // slabs:
            _join_slice(first, start, stop, parent, k, ny, False, True)


@njit(cache=True)
def _summarise(first, start, stop, total, peak, parent, ny):  # type: ignore[no-untyped-def]
    n = parent.size
    label = np.empty(n, np.int32)
    found = 0
    for r in range(n):
        root = root_of(parent, r)
        if root == r:
            label[r] = found
            found += 1
        else:
            label[r] = label[root]
    count = np.zeros(found, np.int64)
    sums = np.zeros(found, np.int64)
    peaks = np.full(found, -(2**31), np.int32)
    box = np.empty((found, 6), np.int32)
    box[:, 0::2] = 2**30
    box[:, 1::2] = -1
    for row in range(first.size - 1):
        k, j = row // ny, row % ny
        for r in range(first[row], first[row + 1]):
            c = label[r]
            count[c] += stop[r] - start[r]
            sums[c] += total[r]
            peaks[c] = max(peaks[c], peak[r])
            box[c, 0] = min(box[c, 0], k)
            box[c, 1] = max(box[c, 1], k + 1)
            box[c, 2] = min(box[c, 2], j)
            box[c, 3] = max(box[c, 3], j + 1)
            box[c, 4] = min(box[c, 4], start[r])
            box[c, 5] = max(box[c, 5], stop[r])
    return label, count, sums, peaks, box


@njit(cache=True)
def paint(first, start, stop, label, values, out, origin):  # type: ignore[no-untyped-def]  # noqa: D417
    """Write `values[label]` of every run (0 writes nothing) into a crop that begins at `origin`.

    Args:
        first, start, stop, label: the runs, see `Components`.
        values: what to write for each component.
        out: (k, j, i) array of the crop; runs outside it are left away.
        origin: k, j, i of the crop's first voxel; `ny` rows per slice come from `first` and `values`.
    """
    nz, ny, nx = out.shape
    rows_per_slice = origin[3]
    for k in range(nz):
        for j in range(ny):
            row = (k + origin[0]) * rows_per_slice + j + origin[1]
            for r in range(first[row], first[row + 1]):
                v = values[label[r]]
                if v == 0:
                    continue
                low = max(start[r] - origin[2], 0)
                high = min(stop[r] - origin[2], nx)
                for i in range(low, high):
                    out[k, j, i] = v
