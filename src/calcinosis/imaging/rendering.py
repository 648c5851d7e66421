"""Draws a phantom's implicit shapes into one thin sub-slice at a time (compiled).

A shape is one row of floats, a bent-free tapered tube with round ends; the columns are the constants
below. A *group* of tubes with one number forms one bone (the smallest distance wins, so the marrow is
continuous). Distances are signed, millimetres, negative inside.
"""

# Compiled code carries no annotations: numba infers its types.
# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

import math

import numpy as np
from numba import njit, prange

# Columns of a tube.
AX, AY, AZ, BX, BY, BZ, R0, R1 = range(8)
C2, P2, C3, P3 = range(8, 12)  # second and third harmonic of the outline: amplitude, phase
FLARE0, FLARE1, FLARE_LENGTH = range(12, 15)  # radius added towards the ends
CORTEX, CORTEX_END, CORTEX_HU, CORE_HU, CORE_END_HU = range(15, 20)
CORTEX_C1, CORTEX_P1, GROUP, EROSION = range(20, 24)
COLUMNS = 24
FAR = 1.0e3


@njit(cache=True, fastmath=True, inline="always")
def tube_distance(x, y, z, row, frame):
    """Signed distance to a tube, position along it (0..1) and its cortical thickness there."""
    ux, uy, uz = frame[0], frame[1], frame[2]
    px, py, pz = x - row[AX], y - row[AY], z - row[AZ]
    length = frame[9]
    along = px * ux + py * uy + pz * uz
    inside = min(max(along, 0.0), length)
    over = along - inside
    a = px * frame[3] + py * frame[4] + pz * frame[5]
    b = px * frame[6] + py * frame[7] + pz * frame[8]
    rho = math.sqrt(a * a + b * b)
    t = inside / length if length > 1e-9 else 0.5
    phi = math.atan2(b, a)
    w = row[FLARE_LENGTH]
    e0 = math.exp(-((t / w) ** 2))
    e1 = math.exp(-(((1.0 - t) / w) ** 2))
    radius = row[R0] + (row[R1] - row[R0]) * t + row[FLARE0] * e0 + row[FLARE1] * e1
    shape = 1.0 + row[C2] * math.cos(2 * phi - row[P2]) + row[C3] * math.cos(3 * phi - row[P3])
    if over == 0.0:
        distance = rho - radius * shape
    else:
        distance = math.sqrt(rho * rho / (shape * shape) + over * over) - radius
    if row[EROSION] > 0.0:
        distance += row[EROSION] * max(
            0.0, math.sin(2.1 * x + 1.3 * z) * math.sin(1.7 * y + 0.9) * math.sin(1.9 * z + 0.4) * 3.0
        )
    end = max(e0 if row[FLARE0] > 0 else 0.0, e1 if row[FLARE1] > 0 else 0.0)
    cortex = (row[CORTEX] * (1 - end) + row[CORTEX_END] * end) * (
        1.0 + row[CORTEX_C1] * math.cos(phi - row[CORTEX_P1])
    )
    return distance, end, cortex


@njit(cache=True)
def frames_of(rows):
    """Unit axis, two normals and the length of every tube, as rows of ten."""
    out = np.zeros((rows.shape[0], 10))
    for n in range(rows.shape[0]):
        d = rows[n, BX : BZ + 1] - rows[n, AX : AZ + 1]
        length = math.sqrt(d[0] ** 2 + d[1] ** 2 + d[2] ** 2)
        u = d / length if length > 1e-9 else np.array([0.0, 0.0, 1.0])
        helper = np.array([1.0, 0.0, 0.0]) if abs(u[0]) < 0.8 else np.array([0.0, 1.0, 0.0])
        v = helper - u * (helper[0] * u[0] + helper[1] * u[1] + helper[2] * u[2])
        v = v / math.sqrt(v[0] ** 2 + v[1] ** 2 + v[2] ** 2)
        w = np.array([u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]])
        out[n, 0:3], out[n, 3:6], out[n, 6:9], out[n, 9] = u, v, w, length
    return out


@njit(cache=True, fastmath=True)
def smooth_min(a, b, k):
    """Polynomial smooth minimum (Quilez): the web of skin between two fingers."""
    if k <= 0.0:
        return min(a, b)
    h = max(k - abs(a - b), 0.0) / k
    return min(a, b) - h * h * k * 0.25


@njit(cache=True, fastmath=True)
def probe(points, body, body_frames, web, bones, bone_frames):
    """Body and bone distance at scattered points (n, 3)."""
    n = points.shape[0]
    body_d = np.full(n, FAR)
    bone_d = np.full(n, FAR)
    for p in range(n):
        x, y, z = points[p, 0], points[p, 1], points[p, 2]
        for m in range(body.shape[0]):
            d, _, _ = tube_distance(x, y, z, body[m], body_frames[m])
            body_d[p] = smooth_min(body_d[p], d, web)
        for m in range(bones.shape[0]):
            d, _, _ = tube_distance(x, y, z, bones[m], bone_frames[m])
            bone_d[p] = min(bone_d[p], d)
    return body_d, bone_d


@njit(cache=True, inline="always")
def _window(row, o, ux, uy, uz, pitch, shape, reach):
    """Pixel window of a tube in the sub-slice frame; empty when the tube misses the plane."""
    zmin, zmax = 1e9, -1e9
    imin, imax, jmin, jmax = 1e9, -1e9, 1e9, -1e9
    for e in range(2):
        px = row[3 * e] - o[0]
        py = row[3 * e + 1] - o[1]
        pz = row[3 * e + 2] - o[2]
        i = px * ux[0] + py * ux[1] + pz * ux[2]
        j = px * uy[0] + py * uy[1] + pz * uy[2]
        k = px * uz[0] + py * uz[1] + pz * uz[2]
        imin, imax = min(imin, i), max(imax, i)
        jmin, jmax = min(jmin, j), max(jmax, j)
        zmin, zmax = min(zmin, k), max(zmax, k)
    if zmin - reach > 0.0 or zmax + reach < 0.0:
        return 0, 0, 0, 0
    return (
        max(0, int((jmin - reach) / pitch)),
        min(shape[0], int((jmax + reach) / pitch) + 2),
        max(0, int((imin - reach) / pitch)),
        min(shape[1], int((imax + reach) / pitch) + 2),
    )


@njit(cache=True, fastmath=True)
def _reach(row):
    widest = max(row[R0], row[R1]) + max(row[FLARE0], row[FLARE1])
    return widest * (1.0 + abs(row[C2]) + abs(row[C3])) + 0.5


@njit(cache=True, fastmath=True)
def draw_plane(  # noqa: PLR0915, D417 - one loop nest
    o,
    ux,
    uy,
    uz,
    pitch,
    hu,
    bone_hit,
    body,
    body_frames,
    web,
    bones,
    bone_frames,
    organs,
    organ_frames,
    organ_hu,
    layers,
    wave,
):
    """HU of one sub-slice: air, skin, fat, muscle, organs, bone; `bone_hit` is set where bone is.

    Args:
        o: object coordinates of pixel (0, 0); `ux`, `uy`, `uz`: unit vectors of i, j, k.
        pitch: mm; hu, bone_hit: written; body, bones, organs: tubes with their frames; web: mm.
        organ_hu: HU of each organ.
        layers: skin mm, fat mm, fat modulation, skin HU, fat HU, muscle HU.
        wave: (n, 4) wave vectors and phases of the low-frequency tissue texture.
    """
    ny, nx = hu.shape
    body_d = np.full((ny, nx), FAR)
    for m in range(body.shape[0]):
        j0, j1, i0, i1 = _window(body[m], o, ux, uy, uz, pitch, hu.shape, _reach(body[m]) + web)
        for j in range(j0, j1):
            for i in range(i0, i1):
                x = o[0] + pitch * (i * ux[0] + j * uy[0])
                y = o[1] + pitch * (i * ux[1] + j * uy[1])
                z = o[2] + pitch * (i * ux[2] + j * uy[2])
                d, _, _ = tube_distance(x, y, z, body[m], body_frames[m])
                body_d[j, i] = smooth_min(body_d[j, i], d, web)
    for j in range(ny):
        for i in range(nx):
            depth = -body_d[j, i]
            bone_hit[j, i] = False
            if depth <= 0.0:
                hu[j, i] = -1000.0
                continue
            x = o[0] + pitch * (i * ux[0] + j * uy[0])
            y = o[1] + pitch * (i * ux[1] + j * uy[1])
            z = o[2] + pitch * (i * ux[2] + j * uy[2])
            s = 0.0
            for q in range(wave.shape[0]):
                s += math.sin(wave[q, 0] * x + wave[q, 1] * y + wave[q, 2] * z + wave[q, 3])
            s /= wave.shape[0]
            fat = layers[1] * (1.0 + layers[2] * s)
            if depth < layers[0]:
                hu[j, i] = layers[3]
            elif depth < layers[0] + fat:
                hu[j, i] = layers[4] + 6.0 * s
            else:
                hu[j, i] = layers[5] + 8.0 * s if abs(s) > 0.03 else layers[4]
    for m in range(organs.shape[0]):
        j0, j1, i0, i1 = _window(organs[m], o, ux, uy, uz, pitch, hu.shape, _reach(organs[m]))
        for j in range(j0, j1):
            for i in range(i0, i1):
                if body_d[j, i] > -layers[0]:
                    continue
                x = o[0] + pitch * (i * ux[0] + j * uy[0])
                y = o[1] + pitch * (i * ux[1] + j * uy[1])
                z = o[2] + pitch * (i * ux[2] + j * uy[2])
                d, _, _ = tube_distance(x, y, z, organs[m], organ_frames[m])
                if d < 0.0:
                    hu[j, i] = organ_hu[m]
    bone_d = np.full((ny, nx), FAR)
    for m in range(bones.shape[0]):
        j0, j1, i0, i1 = _window(bones[m], o, ux, uy, uz, pitch, hu.shape, _reach(bones[m]))
        for j in range(j0, j1):
            for i in range(i0, i1):
                if body_d[j, i] > -0.5:
                    continue
                x = o[0] + pitch * (i * ux[0] + j * uy[0])
                y = o[1] + pitch * (i * ux[1] + j * uy[1])
                z = o[2] + pitch * (i * ux[2] + j * uy[2])
                d, end, cortex = tube_distance(x, y, z, bones[m], bone_frames[m])
                if d < 0.0 and d < bone_d[j, i]:
                    bone_d[j, i] = d
                    bone_hit[j, i] = True
                    row = bones[m]
                    if -d < cortex:
                        hu[j, i] = row[CORTEX_HU]
                    else:
                        core = row[CORE_HU] * (1 - end) + row[CORE_END_HU] * end
                        grain = math.sin(2.3 * x) + math.sin(2.9 * y + 1.0) + math.sin(2.6 * z + 2.0)
                        hu[j, i] = core + (12.0 if core < 60.0 else 30.0) * grain


@njit(cache=True, fastmath=True)
def draw_deposits(  # noqa: D417
    o, ux, uy, uz, pitch, hu, bone_hit, centres, blobs, owner, dep_hu, bound, label, tally
):
    """Paint deposits over tissue (not over bone) and count their fine voxels.

    Args:
        blobs: (n, 13) centre, 3 x 3 matrix to the unit sphere, radial ripple.
        owner: deposit index of every blob; `tally[d]` gets count and sums of x, y, z.
    """
    for n in range(blobs.shape[0]):
        d = owner[n]
        cx, cy, cz = blobs[n, 0] - o[0], blobs[n, 1] - o[1], blobs[n, 2] - o[2]
        ck = cx * uz[0] + cy * uz[1] + cz * uz[2]
        reach = bound[n]
        if abs(ck) > reach:
            continue
        ci = cx * ux[0] + cy * ux[1] + cz * ux[2]
        cj = cx * uy[0] + cy * uy[1] + cz * uy[2]
        j0, j1 = max(0, int((cj - reach) / pitch)), min(hu.shape[0], int((cj + reach) / pitch) + 2)
        i0, i1 = max(0, int((ci - reach) / pitch)), min(hu.shape[1], int((ci + reach) / pitch) + 2)
        for j in range(j0, j1):
            for i in range(i0, i1):
                x = o[0] + pitch * (i * ux[0] + j * uy[0]) - blobs[n, 0]
                y = o[1] + pitch * (i * ux[1] + j * uy[1]) - blobs[n, 1]
                z = o[2] + pitch * (i * ux[2] + j * uy[2]) - blobs[n, 2]
                a = blobs[n, 3] * x + blobs[n, 4] * y + blobs[n, 5] * z
                b = blobs[n, 6] * x + blobs[n, 7] * y + blobs[n, 8] * z
                c = blobs[n, 9] * x + blobs[n, 10] * y + blobs[n, 11] * z
                c += blobs[n, 12] * (a * a + b * b)
                if a * a + b * b + c * c > 1.0 or bone_hit[j, i] or label[j, i] > 0:
                    continue
                if hu[j, i] < -500.0:
                    continue
                hu[j, i] = dep_hu[d]
                label[j, i] = d + 1
                tally[d, 0] += 1.0
                tally[d, 1] += x + blobs[n, 0]
                tally[d, 2] += y + blobs[n, 1]
                tally[d, 3] += z + blobs[n, 2]


@njit(cache=True, parallel=True, fastmath=True)
def radon(image, angles):
    """Parallel-beam sinogram (angle, detector) of a square image, bilinear, unit pixels."""
    n = image.shape[0]
    c = (n - 1) / 2.0
    out = np.zeros((angles.size, n))
    for a in prange(angles.size):
        co, si = math.cos(angles[a]), math.sin(angles[a])
        for s in range(n):
            total = 0.0
            for t in range(n):
                x = c + (s - c) * co - (t - c) * si
                y = c + (s - c) * si + (t - c) * co
                i, j = math.floor(x), math.floor(y)
                if i < 0 or j < 0 or i >= n - 1 or j >= n - 1:
                    continue
                fx, fy = x - i, y - j
                total += (1 - fy) * ((1 - fx) * image[j, i] + fx * image[j, i + 1]) + fy * (
                    (1 - fx) * image[j + 1, i] + fx * image[j + 1, i + 1]
                )
            out[a, s] = total
    return out


@njit(cache=True, parallel=True, fastmath=True)
def back_project(sinogram, angles):
    """Back projection of a filtered sinogram on its square grid."""
    n = sinogram.shape[1]
    c = (n - 1) / 2.0
    out = np.zeros((n, n))
    for j in prange(n):
        for a in range(angles.size):
            co, si = math.cos(angles[a]), math.sin(angles[a])
            for i in range(n):
                s = (i - c) * co + (j - c) * si + c
                k = math.floor(s)
                if 0 <= k < n - 1:
                    out[j, i] += sinogram[a, k] * (1 - (s - k)) + sinogram[a, k + 1] * (s - k)
    return out * math.pi / angles.size
