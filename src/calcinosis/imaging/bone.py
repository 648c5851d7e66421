"""A model of bone: a dense shell around a less dense core, as thick as its neighbourhood.

The core is what a dense outline encloses in a slice, at any of several levels. From its surface rays
run outwards through the shell; their robust local length is the cortex, so a deposit that sits on the
bone stands out of it. Around every bone a band of voxels knows its signed distance from the modelled
surface, with which `background` predicts what the bone's blur adds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from calcinosis.imaging.body import Body
from calcinosis.imaging.fused import components, paint, root_of
from calcinosis.imaging.settings import BoneRule, Settings

NEIGHBOURS = 4096  # more than that are not looked at for one percentile
OUTSIDE_MM = 3.0  # how far beyond the surface the band reaches
UNKNOWN = np.float32(99.0)


@dataclass(frozen=True, slots=True)
class Surface:
    """Points on the cores' surface, one in 1.5 mm.

    Attributes:
        place_mm: (n, 3) from the first voxel of the box.
        along: (n, 3) unit vectors in which the surface around turns least: along a shaft.
        normal: (n, 3) unit vectors outwards.
        owner: (n,) which core (0-based) the point belongs to.
    """

    place_mm: NDArray[np.float64]
    along: NDArray[np.float64]
    normal: NDArray[np.float32]
    owner: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Bones:
    """The bones of a volume, in a box of it.

    Attributes:
        origin: k, j, i of the box.
        core: uint8, 1 where marrow or spongy bone is.
        voxels: (n, 3) voxels of the band, box indices.
        surface_mm: (n,) signed distance from the modelled surface, negative in the cortex.
        owner: (n,) which core (0-based) the voxel belongs to.
        cores: number of cores.
        facing: the cores' surface, thinned.
    """

    origin: tuple[int, int, int]
    core: NDArray[np.uint8]
    voxels: NDArray[np.int32]
    surface_mm: NDArray[np.float32]
    owner: NDArray[np.int32]
    cores: int
    facing: Surface


# -- cores ----------------------------------------------------------------------------------------


@njit(cache=True)
def _holes_of_slice(plane, level, least, widest, out, start, stop, first, parent, area):  # type: ignore[no-untyped-def]
    """Mark background regions (4-connected, below `level`) that do not reach the border."""
    ny, nx = plane.shape
    n = 0
    for j in range(ny):
        first[j] = n
        i = 0
        row = plane[j]
        while i < nx:
            while i < nx and row[i] >= level:
                i += 1
            if i >= nx:
                break
            s = i
            while i < nx and row[i] < level:
                i += 1
            start[n], stop[n], parent[n] = s, i, n
            edge = j == 0 or j == ny - 1 or s == 0 or i == nx
            area[n] = -(2**40) if edge else i - s
            if j > 0:
                p = first[j - 1]
                while p < first[j]:
                    if start[p] < i and s < stop[p]:
                        a, b = root_of(parent, p), root_of(parent, n)
                        if a != b:
                            parent[b] = a
                            area[a] += area[b]
                    p += 1
                    if p < first[j] and start[p] >= i:
                        break
            n += 1
    first[ny] = n
    for j in range(ny):
        for r in range(first[j], first[j + 1]):
            size = area[root_of(parent, r)]
            if least <= size <= widest:
                for i in range(start[r], stop[r]):
                    out[j, i] = 1


@njit(cache=True, parallel=True)
def mark_cores(hu, boxes, origin, levels, least, widest, core):  # type: ignore[no-untyped-def]  # noqa: D417
    """Mark enclosed less dense regions, plane by plane across the first axis.

    A shaft is closed in the planes across it; a bone's end and a flexed finger are in others: hand in
    views with another axis in front.

    Args:
        hu: whole volume; `origin`: first voxel of the box; `levels`: HU.
        boxes: (planes of the box, 4) extent of the dense voxels in the two other axes (volume indices).
        least, widest: area of a hole in pixels.
        core: uint8 box, set to 1.
    """
    for n in prange(core.shape[0]):
        a0, a1, b0, b1 = boxes[n, 0], boxes[n, 1], boxes[n, 2], boxes[n, 3]
        if a1 - a0 < 3 or b1 - b0 < 3:
            continue
        plane = hu[n + origin[0], a0:a1, b0:b1].copy()  # read once a level, so gathered once
        out = core[n, a0 - origin[1] : a1 - origin[1], b0 - origin[2] : b1 - origin[2]]
        room = plane.shape[0] * (plane.shape[1] // 2 + 1)
        start = np.empty(room, np.int32)
        stop = np.empty(room, np.int32)
        parent = np.empty(room, np.int32)
        area = np.empty(room, np.int64)
        first = np.empty(plane.shape[0] + 1, np.int32)
        for q in range(levels.size):
            _holes_of_slice(plane, levels[q], least, widest, out, start, stop, first, parent, area)


# -- cortex ---------------------------------------------------------------------------------------


@njit(cache=True)
def _surface_count(core):  # type: ignore[no-untyped-def]
    n = 0
    nz, ny, nx = core.shape
    for k in range(nz):
        for j in range(ny):
            for i in range(nx):
                if core[k, j, i] and _is_edge(core, k, j, i):
                    n += 1
    return n


@njit(cache=True, inline="always")
def _is_edge(core, k, j, i):  # type: ignore[no-untyped-def]
    nz, ny, nx = core.shape
    return (
        (k > 0 and core[k - 1, j, i] == 0)
        or (k < nz - 1 and core[k + 1, j, i] == 0)
        or (j > 0 and core[k, j - 1, i] == 0)
        or (j < ny - 1 and core[k, j + 1, i] == 0)
        or (i > 0 and core[k, j, i - 1] == 0)
        or (i < nx - 1 and core[k, j, i + 1] == 0)
    )


@njit(cache=True)
def surface_points(core, spacing, reach):  # type: ignore[no-untyped-def]
    """Voxels on the core's surface (n, 3) and their outward normals (n, 3) in mm directions."""
    n = _surface_count(core)
    points = np.empty((n, 3), np.int32)
    normals = np.empty((n, 3), np.float32)
    nz, ny, nx = core.shape
    rz = max(1, round(reach / spacing[0]))
    ry = max(1, round(reach / spacing[1]))
    rx = max(1, round(reach / spacing[2]))
    at = 0
    for k in range(nz):
        for j in range(ny):
            for i in range(nx):
                if core[k, j, i] == 0 or not _is_edge(core, k, j, i):
                    continue
                gz = gy = gx = 0.0
                for c in range(k - rz, k + rz + 1):
                    inner = min(max(c, 0), nz - 1)  # bone goes on where the scan ends
                    for b in range(max(0, j - ry), min(ny, j + ry + 1)):
                        for a in range(max(0, i - rx), min(nx, i + rx + 1)):
                            if core[inner, b, a]:
                                gz -= (c - k) * spacing[0]
                                gy -= (b - j) * spacing[1]
                                gx -= (a - i) * spacing[2]
                norm = math.sqrt(gz * gz + gy * gy + gx * gx)
                points[at, 0], points[at, 1], points[at, 2] = k, j, i
                if norm < 1e-6:
                    normals[at, 0] = normals[at, 1] = 0.0
                    normals[at, 2] = 1.0
                else:
                    normals[at, 0] = gz / norm
                    normals[at, 1] = gy / norm
                    normals[at, 2] = gx / norm
                at += 1
    return points, normals


@njit(cache=True, inline="always")
def _sample(hu, z, y, x):  # type: ignore[no-untyped-def]
    nz, ny, nx = hu.shape
    z = min(max(z, 0.0), nz - 1.001) if nz > 1 else 0.0
    y = min(max(y, 0.0), ny - 1.001)
    x = min(max(x, 0.0), nx - 1.001)
    k, j, i = int(z), int(y), int(x)
    c, b, a = z - k, y - j, x - i
    k1 = min(k + 1, nz - 1)
    low = (1 - b) * ((1 - a) * hu[k, j, i] + a * hu[k, j, i + 1]) + b * (
        (1 - a) * hu[k, j + 1, i] + a * hu[k, j + 1, i + 1]
    )
    high = (1 - b) * ((1 - a) * hu[k1, j, i] + a * hu[k1, j, i + 1]) + b * (
        (1 - a) * hu[k1, j + 1, i] + a * hu[k1, j + 1, i + 1]
    )
    return (1 - c) * low + c * high


@njit(cache=True, parallel=True)
def cast_rays(hu, points, normals, origin, spacing, band, least_hu):  # type: ignore[no-untyped-def]
    """Length of dense shell along each normal: to the half of the running maximum. `band` if none.

    Returns:
        (n,) thickness in mm, subvoxel; (n,) peak HU on the way.
    """
    n = points.shape[0]
    out = np.empty(n, np.float32)
    peaks = np.empty(n, np.float32)
    step = 0.2
    for p in prange(n):
        z, y, x = points[p, 0] + origin[0], points[p, 1] + origin[1], points[p, 2] + origin[2]
        peak = -1000.0
        before = 0.0
        length = band
        d = 0.0
        while d < band:
            h = _sample(
                hu,
                z + d * normals[p, 0] / spacing[0],
                y + d * normals[p, 1] / spacing[1],
                x + d * normals[p, 2] / spacing[2],
            )
            peak = max(peak, h)
            level = 0.5 * peak
            if peak >= least_hu and h < level:
                length = d - step * (level - h) / max(before - h, 1.0)
                break
            before = h
            d += step
        out[p] = length
        peaks[p] = peak
    return out, peaks


@njit(cache=True)
def _cells(nodes, cell):  # type: ignore[no-untyped-def]
    low = np.array([nodes[:, 0].min(), nodes[:, 1].min(), nodes[:, 2].min()])
    size = np.empty(3, np.int64)
    for a in range(3):
        size[a] = int((nodes[:, a].max() - low[a]) / cell) + 1
    key = np.empty(nodes.shape[0], np.int64)
    for n in range(nodes.shape[0]):
        key[n] = 0
        for a in range(3):
            key[n] = key[n] * size[a] + int((nodes[n, a] - low[a]) / cell)
    return low, size, key


@njit(cache=True, parallel=True)
def _robust(nodes, normals, value, good, order, bounds, low, size, reach, share):  # type: ignore[no-untyped-def]
    """A low percentile of the good values among neighbours whose surface faces the same way."""
    out = np.empty(nodes.shape[0], np.float32)
    for n in prange(nodes.shape[0]):
        held = np.empty(NEIGHBOURS, np.float32)
        m = 0
        c = np.empty(3, np.int64)
        for a in range(3):
            c[a] = int((nodes[n, a] - low[a]) / reach)
        for dz in range(max(0, c[0] - 1), min(size[0], c[0] + 2)):
            for dy in range(max(0, c[1] - 1), min(size[1], c[1] + 2)):
                for dx in range(max(0, c[2] - 1), min(size[2], c[2] + 2)):
                    cell = (dz * size[1] + dy) * size[2] + dx
                    for q in range(bounds[cell], bounds[cell + 1]):
                        o = order[q]
                        if not good[o] or m >= NEIGHBOURS:
                            continue
                        d2 = 0.0
                        dot = 0.0
                        for a in range(3):
                            d2 += (nodes[n, a] - nodes[o, a]) ** 2
                            dot += normals[n, a] * normals[o, a]
                        if d2 > reach * reach or dot < 0.3:
                            continue
                        held[m] = value[o]
                        m += 1
        if m < 4:
            out[n] = np.nan
        else:
            out[n] = np.percentile(held[:m], share)
    return out


@njit(cache=True)
def _axes(nodes, normals, low, size, reach):  # type: ignore[no-untyped-def]
    """Direction along the bone at every node: the one in which the surface around it turns least."""
    turn = np.zeros((size[0], size[1], size[2], 3, 3))
    place = ((nodes - low) / reach).astype(np.int64)
    for n in range(nodes.shape[0]):
        normal = normals[n].astype(np.float64)
        turn[place[n, 0], place[n, 1], place[n, 2]] += np.outer(normal, normal)
    out = np.empty((nodes.shape[0], 3), np.float64)
    for n in range(nodes.shape[0]):
        k, j, i = place[n]
        around = np.eye(3) * 1e-6
        for c in range(max(0, k - 1), min(size[0], k + 2)):
            for b in range(max(0, j - 1), min(size[1], j + 2)):
                for a in range(max(0, i - 1), min(size[2], i + 2)):
                    around += turn[c, b, a]
        out[n] = np.linalg.eigh(around)[1][:, 0]
    return out


def cortex(
    points_mm: NDArray[np.float64],
    normals: NDArray[np.float32],
    thickness: NDArray[np.float32],
    owner: NDArray[np.int32],
    factor: float,
) -> tuple[NDArray[np.float32], Surface]:
    """Robust local cortical thickness at every surface point (mm), and the thinned surface.

    Rays are thinned to one in 1.5 mm; a ray much longer than its neighbourhood (it runs
    into a deposit) is put aside and the neighbourhood taken anew.
    """
    keys = np.unique(np.floor(points_mm / 1.5).astype(np.int64), axis=0, return_index=True)[1]
    nodes, faces, value = points_mm[keys], normals[keys], thickness[keys]
    good = np.ones(len(keys), np.bool_)
    reach = 8.0
    low, size, key = _cells(nodes, reach)
    order = np.argsort(key, kind="stable")
    bounds = np.searchsorted(key[order], np.arange(size.prod() + 1))
    local = value
    for share in (35.0, 42.0, 50.0):
        local = _robust(nodes, faces, value, good, order, bounds, low, size, reach, share)
        local = np.where(np.isnan(local), np.nanmedian(local) if np.isfinite(local).any() else 1.0, local)
        good = value <= factor * local + 0.4
    axes = _axes(nodes, faces, low, size, reach)
    return _spread(nodes, points_mm, local), Surface(nodes, axes, faces, owner[keys])


def _spread(
    nodes: NDArray[np.float64], points: NDArray[np.float64], value: NDArray[np.float32]
) -> NDArray[np.float32]:
    from scipy.spatial import cKDTree

    distance, index = cKDTree(nodes).query(points, k=min(4, len(nodes)), workers=2)
    if distance.ndim == 1:
        return np.asarray(value[index])
    weight = 1.0 / (distance + 0.5)
    return np.asarray((value[index] * weight).sum(1) / weight.sum(1), dtype=np.float32)


# -- band -----------------------------------------------------------------------------------------


@njit(cache=True)
def propagate(points, limit, blocked, spacing, room):  # type: ignore[no-untyped-def]  # noqa: PLR0915 - one loop nest
    """Carry each source outwards to the voxels nearest to it, no further than its `limit` (mm).

    Args:
        points: (n, 3) source voxels.
        spacing: mm.
        limit: (n,) reach of each source.
        blocked: uint8 box; non-zero voxels are not entered.
        room: expected number of voxels (grows when needed).

    Returns:
        voxels (m, 3), index of the source (m,), distance (m,).
    """
    nz, ny, nx = blocked.shape
    source = np.zeros((nz, ny, nx), np.int32)
    frontier = np.empty((points.shape[0], 3), np.int32)
    frontier[:] = points
    for p in range(points.shape[0]):
        source[points[p, 0], points[p, 1], points[p, 2]] = p + 1
    voxels = np.empty((max(room, 1024), 3), np.int32)
    m = 0
    while frontier.shape[0] > 0:
        fresh = np.empty((frontier.shape[0] * 4 + 1024, 3), np.int32)
        f = 0
        for q in range(frontier.shape[0]):
            k, j, i = frontier[q, 0], frontier[q, 1], frontier[q, 2]
            s = source[k, j, i] - 1
            for dk in range(-1, 2):
                c = k + dk
                if c < 0 or c >= nz:
                    continue
                for dj in range(-1, 2):
                    b = j + dj
                    if b < 0 or b >= ny:
                        continue
                    for di in range(-1, 2):
                        a = i + di
                        if a < 0 or a >= nx or blocked[c, b, a]:
                            continue
                        z = (c - points[s, 0]) * spacing[0]
                        y = (b - points[s, 1]) * spacing[1]
                        x = (a - points[s, 2]) * spacing[2]
                        d = z * z + y * y + x * x
                        if d > limit[s] * limit[s]:
                            continue
                        o = source[c, b, a]
                        if o == s + 1:
                            continue
                        if o > 0:
                            z = (c - points[o - 1, 0]) * spacing[0]
                            y = (b - points[o - 1, 1]) * spacing[1]
                            x = (a - points[o - 1, 2]) * spacing[2]
                            if z * z + y * y + x * x <= d + 1e-6:
                                continue
                        else:
                            if m == voxels.shape[0]:
                                bigger = np.empty((2 * m, 3), np.int32)
                                bigger[:m] = voxels
                                voxels = bigger
                            voxels[m, 0], voxels[m, 1], voxels[m, 2] = c, b, a
                            m += 1
                        source[c, b, a] = s + 1
                        if f == fresh.shape[0]:
                            more = np.empty((2 * f, 3), np.int32)
                            more[:f] = fresh
                            fresh = more
                        fresh[f, 0], fresh[f, 1], fresh[f, 2] = c, b, a
                        f += 1
        frontier = fresh[:f].copy()
    owner = np.empty(m, np.int32)
    distance = np.empty(m, np.float32)
    for v in range(m):
        s = source[voxels[v, 0], voxels[v, 1], voxels[v, 2]] - 1
        owner[v] = s
        z = (voxels[v, 0] - points[s, 0]) * spacing[0]
        y = (voxels[v, 1] - points[s, 1]) * spacing[1]
        x = (voxels[v, 2] - points[s, 2]) * spacing[2]
        distance[v] = math.sqrt(z * z + y * y + x * x)
    return voxels[:m].copy(), owner, distance


def find_bones(
    hu: NDArray[np.int16],
    spacing: tuple[float, float, float],
    boxes: tuple[NDArray[np.int64], ...],
    origin: tuple[int, int, int],
    shape: tuple[int, int, int],
    body: Body,
    settings: Settings,
    threshold: float,
) -> Bones | None:
    """Cores, cortex and band of all bones within a box.

    Args:
        hu: whole volume.
        spacing: mm.
        boxes: of every axis, see `mark_cores`.
        origin: first voxel of the box that the bones lie in.
        shape: its shape.
        body: coarse maps, which tell a shell of calcium from a bone.
        settings: the constants.
        threshold: candidate threshold (HU).

    Returns:
        None when there is no bone.
    """
    from calcinosis.imaging.eggshell import shells

    rule = settings.bone
    core = np.zeros(shape, np.uint8)
    at = np.array(origin, np.int64)
    space = np.array(spacing)
    voxel = float(np.prod(space))
    levels = np.array([v for v in rule.levels_hu if v >= threshold], np.float64)
    for axis in range(3):
        pixel = voxel / spacing[axis]
        least, widest = rule.least_hole_mm2 / pixel, rule.widest_core_mm2 / pixel
        turned, view = np.moveaxis(hu, axis, 0), np.moveaxis(core, axis, 0)
        mark_cores(
            turned, boxes[axis], at[[axis, *(n for n in range(3) if n != axis)]], levels, least, widest, view
        )
    found = components(core, 1)
    real = found.count * voxel >= rule.least_core_mm3
    if not real.any():
        return None
    _keep(found, real, core)
    # A neighbourhood flatter than a slice is thick would see the steps between slices as edges.
    points, normals = surface_points(core, space, max(1.2, *spacing))
    thickness, peaks = cast_rays(hu, points, normals, at, space, rule.band_mm, threshold)
    core_of = labels_at(found.first, found.start, found.label, found.shape[1], points)
    real &= _walled(hu, core_of, thickness, peaks, at, found, rule)
    real &= ~shells(found, real, points, core_of, thickness, origin, spacing, body, settings)
    if not real.any():
        return None
    _keep(found, real, core)
    kept = real[core_of]
    points, normals, thickness, core_of = points[kept], normals[kept], thickness[kept], core_of[kept]
    number = (np.cumsum(real) - 1).astype(np.int32)[core_of]
    local, facing = cortex(points * space, normals, thickness, number, rule.thickness_factor)
    voxels, source, distance = propagate(
        points, (local + OUTSIDE_MM).astype(np.float32), core, space, 8 * len(points)
    )
    surface = distance - local[source]
    owner = number[source]
    return Bones(origin, core, voxels, surface.astype(np.float32), owner, int(real.sum()), facing)


def extended(
    bones: Bones, voxels: NDArray[np.int64], owner: NDArray[np.int32], spacing: tuple[float, float, float]
) -> Bones:
    """The model with more voxels (n, 3, indices of the box) taken into the wall, and the band around them.

    Where the band holds a voxel twice, the smaller distance is the one that counts.
    """
    limit = np.full(len(voxels), OUTSIDE_MM, np.float32)
    band, source, distance = propagate(
        voxels.astype(np.int32), limit, bones.core, np.array(spacing), 8 * len(voxels)
    )
    inside = np.full(len(voxels), -0.5 * min(spacing), np.float32)
    return replace(
        bones,
        voxels=np.vstack([bones.voxels, voxels.astype(np.int32), band]),
        surface_mm=np.concatenate([bones.surface_mm, inside, distance]),
        owner=np.concatenate([bones.owner, owner, owner[source]]),
    )


def _keep(found: Any, real: NDArray[np.bool_], core: NDArray[np.uint8]) -> None:
    """Leave only the real cores in the mask."""
    core[:] = 0
    paint(
        found.first,
        found.start,
        found.stop,
        found.label,
        real.astype(np.uint8),
        core,
        np.array([0, 0, 0, found.shape[1]]),
    )


def _walled(
    hu: NDArray[np.int16],
    core_of: NDArray[np.int64],
    thickness: NDArray[np.float32],
    peaks: NDArray[np.float32],
    origin: NDArray[np.int64],
    found: Any,
    rule: BoneRule,
) -> NDArray[np.bool_]:
    """Cores with a dense wall nearly all around that is clearly denser than themselves."""
    n = found.count.size
    inside = _mean_of_runs(hu, found.first, found.start, found.stop, found.label, found.shape[1], n, origin)
    total = np.maximum(np.bincount(core_of, minlength=n), 1)
    walled = (thickness < rule.band_mm) & (peaks >= inside[core_of] + rule.wall_contrast_hu)
    share = np.bincount(core_of, walled, n) / total
    return np.asarray(share >= rule.walled_share)


@njit(cache=True)
def _mean_of_runs(hu, first, start, stop, label, ny, n, origin):  # type: ignore[no-untyped-def]
    total = np.zeros(n)
    count = np.zeros(n)
    for row in range(first.size - 1):
        k, j = row // ny + origin[0], row % ny + origin[1]
        for r in range(first[row], first[row + 1]):
            for i in range(start[r], stop[r]):
                total[label[r]] += hu[k, j, i + origin[2]]
            count[label[r]] += stop[r] - start[r]
    return total / np.maximum(count, 1.0)


@njit(cache=True)
def labels_at(first, start, label, ny, points):  # type: ignore[no-untyped-def]
    """Component of each voxel (n, 3); every one must lie in a run."""
    out = np.empty(points.shape[0], np.int64)
    for p in range(points.shape[0]):
        row = points[p, 0] * ny + points[p, 1]
        r = first[row]
        while r + 1 < first[row + 1] and start[r + 1] <= points[p, 2]:
            r += 1
        out[p] = label[r]
    return out
