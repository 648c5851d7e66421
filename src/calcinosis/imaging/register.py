"""Rigid registration of two scans with the deposits left out, refined on deposits that stayed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.model import Measurement, Registration, Volume
from calcinosis.imaging.settings import load

Floats = NDArray[np.float64]
GRID_MM = 2.0
TISSUE_HU = -250  # above it is tissue, fat with some air in its block included


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of the body that moves as one, and where it lies in the baseline.

    Attributes:
        registration: of this part.
        cells: KD-tree of its coarse cells, baseline LPS millimetres; None where the whole is one part.
    """

    registration: Registration
    cells: Any = None


def register(baseline: Volume, first: Measurement, later: Volume, second: Measurement) -> tuple[Segment, ...]:
    """The whole scan registered rigidly; where it shows several parts (two legs), each of them too."""
    from scipy.spatial import cKDTree

    fixed, moving = _image(baseline, first), _image(later, second)
    whole = _rigid(fixed, moving, _starts(fixed[0], moving[0]))
    parts, there = _parts(baseline), _parts(later)
    if len(parts) < 2:
        return (Segment(Registration(whole, residual(whole, baseline, later))),)
    out = []
    for n, cells in enumerate(parts):
        starts = [*_onto(whole, cells, there), whole]
        matrix = _rigid((fixed[0], _within(fixed[1], cells)), moving, [_euler(m, cells) for m in starts])
        tree = cKDTree(cells)
        fit = Registration(matrix, residual(matrix, baseline, later, tree), f"part {n + 1}")
        out.append(Segment(fit, tree))
    return tuple(out)


def _rigid(fixed: tuple[Any, Any], moving: tuple[Any, Any], starts: list[Any]) -> Floats:
    """4 x 4 matrix from baseline to later LPS millimetres.

    Mean squares of clipped HU on a 2 mm grid, deposits and air masked out, from the best of the starts.
    """
    import SimpleITK as sitk  # noqa: N813

    best, least = np.eye(4), np.inf
    for start in starts:
        method = sitk.ImageRegistrationMethod()
        method.SetMetricAsMeanSquares()
        method.SetMetricFixedMask(fixed[1])
        method.SetMetricMovingMask(moving[1])
        method.SetMetricSamplingStrategy(method.REGULAR)
        method.SetMetricSamplingPercentage(0.35, seed=1)  # else the clock seeds it
        method.SetInterpolator(sitk.sitkLinear)
        method.SetOptimizerAsRegularStepGradientDescent(1.0, 1e-3, 120, 0.6)
        method.SetOptimizerScalesFromPhysicalShift()
        method.SetShrinkFactorsPerLevel([2, 1])
        method.SetSmoothingSigmasPerLevel([2.0, 0.5])
        method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
        method.SetInitialTransform(start, inPlace=False)
        try:
            found = method.Execute(fixed[0], moving[0])
        except RuntimeError:  # the parts do not overlap from this start
            continue
        if method.GetMetricValue() < least:
            best, least = _matrix(found), method.GetMetricValue()
    return best


def _image(volume: Volume, measurement: Measurement) -> tuple[Any, Any]:
    """Coarse image in HU clipped to soft tissue and bone, and the mask of what may speak."""
    import SimpleITK as sitk  # noqa: N813
    from scipy.ndimage import maximum_filter

    from calcinosis.imaging.body import block_means

    block = [max(1, round(GRID_MM / s)) for s in volume.scan.spacing_mm]
    coarse = np.clip(block_means(np.ascontiguousarray(volume.hu), *block), -300, 900)
    mask = np.ones(coarse.shape, np.uint8)
    for d in measurement.deposits:
        if d.deposit_class in ("deposit", "metal"):
            box = tuple(
                slice(max(0, a // b - 1), -(-c // b) + 1)
                for (a, c), b in zip(d.bounding_box, block, strict=True)
            )
            mask[box] = 0
    mask &= maximum_filter((coarse > TISSUE_HU).astype(np.uint8), 3)
    image, region = sitk.GetImageFromArray(coarse.astype(np.float32)), sitk.GetImageFromArray(mask)
    for one in (image, region):
        _place(one, volume.affine, block)
    return image, region


def _place(image: Any, affine: Floats, block: list[int]) -> None:
    steps = affine[:3, :3][:, ::-1] * np.array(block[::-1])
    spacing = np.linalg.norm(steps, axis=0)
    image.SetSpacing(spacing.tolist())
    image.SetDirection((steps / spacing).ravel().tolist())
    corner = affine[:3, :3] @ ((np.array(block) - 1) / 2.0) + affine[:3, 3]
    image.SetOrigin(corner.tolist())


def _starts(fixed: Any, moving: Any) -> list[Any]:
    import SimpleITK as sitk  # noqa: N813

    out = []
    for mode in (None, sitk.CenteredTransformInitializerFilter.MOMENTS):
        start = sitk.Euler3DTransform()
        middle = fixed.TransformContinuousIndexToPhysicalPoint([s / 2 for s in fixed.GetSize()])
        start.SetCenter(middle)
        if mode is not None:
            start = sitk.CenteredTransformInitializer(fixed + 300, moving + 300, start, mode)
        out.append(start)
    return out


def _matrix(transform: Any) -> Floats:
    origin = np.array(transform.TransformPoint((0.0, 0.0, 0.0)))
    columns = [np.array(transform.TransformPoint(tuple(row))) - origin for row in np.eye(3)]
    out = np.eye(4)
    out[:3, :3], out[:3, 3] = np.column_stack(columns), origin
    return out


def landmarks(matrix: Floats, before: Floats, after: Floats) -> Floats:
    """Refine on matched centroids (n, 3): least squares, the worst quarter left out (Kabsch 1976).

    Needs four pairs that are spread out; else the matrix is returned as it is.
    """
    if len(before) < 4:
        return matrix
    keep = np.ones(len(before), bool)
    refined = matrix
    for _ in range(4):
        if keep.sum() < 4 or np.linalg.svd(before[keep] - before[keep].mean(0), compute_uv=False)[1] < 10.0:
            return matrix
        refined = _kabsch(before[keep], after[keep])
        distance = np.linalg.norm(mapped(refined, before) - after, axis=1)
        keep = distance <= max(np.quantile(distance, 0.75), 0.5)
    return refined


def _kabsch(a: Floats, b: Floats) -> Floats:
    u, _, vt = np.linalg.svd((a - a.mean(0)).T @ (b - b.mean(0)))
    flip = np.diag([1.0, 1.0, np.sign(np.linalg.det(vt.T @ u.T))])
    rotation = vt.T @ flip @ u.T
    out = np.eye(4)
    out[:3, :3] = rotation
    out[:3, 3] = b.mean(0) - rotation @ a.mean(0)
    return out


def mapped(matrix: NDArray[Any], points: NDArray[Any]) -> Floats:
    """Points (n, 3) through a 4 x 4 matrix."""
    return np.asarray(points @ matrix[:3, :3].T + matrix[:3, 3])


def residual(matrix: Floats, baseline: Volume, later: Volume, part: Any = None) -> float:
    """Root mean square distance (mm) of dense and skin surfaces after registration, on a 2 mm grid.

    `part`: KD-tree of the cells that count; all when None.
    """
    from scipy.spatial import cKDTree

    a, b = _surface(baseline), _surface(later)
    if part is not None:
        a = a[part.query(a, workers=2)[0] < 2 * GRID_MM]
    if len(a) == 0 or len(b) == 0:
        return float("nan")
    distance, _ = cKDTree(b).query(mapped(matrix, a), workers=2)
    near = np.sort(distance)[: max(1, int(0.9 * len(distance)))]  # the ends of the scans do not overlap
    return float(np.sqrt(np.mean(near**2)))


def _surface(volume: Volume) -> Floats:
    from scipy.ndimage import binary_erosion

    from calcinosis.imaging.body import block_means

    block = [max(1, round(GRID_MM / s)) for s in volume.scan.spacing_mm]
    coarse = block_means(np.ascontiguousarray(volume.hu), *block)
    points = []
    for level in (-400.0, 300.0):
        mask = coarse > level
        edge = np.argwhere(mask & ~binary_erosion(mask, border_value=1))
        points.append((edge + 0.5) * np.array(block) - 0.5)
    index = np.vstack(points)
    return np.asarray(np.column_stack([index, np.ones(len(index))]) @ volume.affine.T[:, :3])


# -- parts ----------------------------------------------------------------------------------------


def _parts(volume: Volume) -> list[Floats]:
    """Cells (n, 3) in LPS millimetres of every connected part of the body, the largest first."""
    from calcinosis.imaging.body import body_parts

    labels, block = body_parts(np.ascontiguousarray(volume.hu), volume.scan.spacing_mm, load())
    out = []
    for n in range(1, int(labels.max(initial=0)) + 1):
        index = (np.argwhere(labels == n) + 0.5) * np.array(block) - 0.5
        out.append(np.asarray(np.column_stack([index, np.ones(len(index))]) @ volume.affine.T[:, :3]))
    return sorted(out, key=len, reverse=True)


def _within(mask: Any, cells: Floats) -> Any:
    """The mask where it lies in one part."""
    import SimpleITK as sitk  # noqa: N813

    array = np.zeros(mask.GetSize()[::-1], np.uint8)
    for cell in cells:
        i, j, k = mask.TransformPhysicalPointToIndex(cell.tolist())
        if min(i, j, k) >= 0 and k < array.shape[0] and j < array.shape[1] and i < array.shape[2]:
            array[k, j, i] = 1
    part = sitk.GetImageFromArray(array * sitk.GetArrayViewFromImage(mask))
    part.CopyInformation(mask)
    return part


def _onto(whole: Floats, cells: Floats, there: list[Floats]) -> list[Floats]:
    """Starts that lay the part's middle on that of the part nearest to it, unturned and turned."""
    if not there:
        return []
    middle = cells.mean(0)
    expected = mapped(whole, middle[None])[0]
    goal = min((part.mean(0) for part in there), key=lambda one: float(np.linalg.norm(one - expected)))
    out = []
    for turn in (np.eye(3), whole[:3, :3]):
        start = np.eye(4)
        start[:3, :3], start[:3, 3] = turn, goal - turn @ middle
        out.append(start)
    return out


def _euler(matrix: Floats, cells: Floats) -> Any:
    """The rigid matrix as a transform that turns about the part's middle."""
    import SimpleITK as sitk  # noqa: N813

    out = sitk.Euler3DTransform()
    out.SetCenter(cells.mean(0).tolist())
    out.SetMatrix(matrix[:3, :3].ravel().tolist(), 1e-4)
    out.SetTranslation((mapped(matrix, cells.mean(0)[None])[0] - cells.mean(0)).tolist())
    return out
