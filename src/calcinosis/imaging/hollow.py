"""The bones that the model or an imported mask took out, listed as objects so that a reader can flip one.

The hollow test takes an eggshell deposit, and calcium around an artery, for bone; nothing of it would
be seen again if bones were only left out.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.classify import Finding, compartment
from calcinosis.imaging.fused import Components, components
from calcinosis.imaging.model import DepositClass, Volume
from calcinosis.imaging.quantify import Crop, Figures, rough
from calcinosis.imaging.segment import Scene
from calcinosis.imaging.settings import Settings

MODELLED = "modelled bone: a dense wall around a less dense core"
BONE: tuple[DepositClass, str] = ("bone", "in the imported bone mask")


def hollow_objects(
    volume: Volume, scene: Scene, settings: Settings, imported: NDArray[np.bool_] | None
) -> tuple[list[Finding], int]:
    """Every connected bone of reportable size, and how many were smaller.

    Figures are rough: the HU over the matrix in the wall and the core, without the blur outside.
    """
    mask = _solid(volume, scene, imported)
    if mask is None:
        return [], 0
    found = components(mask, 1)
    voxel = float(np.prod(volume.scan.spacing_mm))
    listed = np.flatnonzero(found.count * voxel >= settings.smallest_mm3.value)
    findings = [_finding(volume, scene, found, int(n), settings, imported) for n in listed]
    return findings, int(found.count.size - listed.size)


def _solid(volume: Volume, scene: Scene, imported: NDArray[np.bool_] | None) -> NDArray[np.uint8] | None:
    """Core and wall of the modelled bones, and the imported mask; None without either."""
    bones = scene.bones
    if bones is None and imported is None:
        return None
    mask = np.zeros(volume.hu.shape, np.uint8)
    if bones is not None:
        box = tuple(slice(o, o + n) for o, n in zip(bones.origin, bones.core.shape, strict=True))
        mask[box] = bones.core > 0
        wall = bones.voxels[bones.surface_mm < 0.0] + np.array(bones.origin, np.int32)
        mask[wall[:, 0], wall[:, 1], wall[:, 2]] = 1
    if imported is not None:
        mask[imported] = 1
    return mask


def voxels_of(found: Components, number: int) -> NDArray[np.int32]:
    """Voxels (n, 3) of one component, from its runs."""
    runs = np.flatnonzero(found.label == number)
    rows = np.searchsorted(found.first, runs, side="right") - 1
    length = (found.stop[runs] - found.start[runs]).astype(np.int64)
    row = np.repeat(rows, length)
    step = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    i = np.repeat(found.start[runs], length) + step
    return np.column_stack([row // found.shape[1], row % found.shape[1], i]).astype(np.int32)


def _finding(
    volume: Volume,
    scene: Scene,
    found: Components,
    number: int,
    settings: Settings,
    imported: NDArray[np.bool_] | None,
) -> Finding:
    voxels = voxels_of(found, number)
    cells = tuple((voxels // np.array(scene.body.block)).T)
    deep = float(scene.body.deep[cells].mean())
    figures = rough(
        _crop(volume, found, number, voxels),
        float(scene.body.depth_mm[cells].min()),
        scene.threshold,
        settings,
    )
    masked = imported is not None and bool(imported[tuple(voxels.T)].mean() > settings.place.deep_share)
    rules = iter([BONE]) if masked else _judged(figures, deep, settings)
    kind, reason = next(rules)
    return Finding(figures, kind, reason, compartment(figures, deep, settings), True)


def _crop(volume: Volume, found: Components, number: int, voxels: NDArray[np.int32]) -> Crop:
    """The object's own box; `rough` reads its HU and its voxels only."""
    box = found.box[number]
    where = tuple(slice(int(box[2 * a]), int(box[2 * a + 1])) for a in range(3))
    low = box[0::2]
    hu = np.ascontiguousarray(volume.hu[where])
    own = np.zeros(hu.shape, np.bool_)
    own[tuple((voxels - low).T)] = True
    nothing = np.zeros((1, 1, 1), np.float32)
    scan = volume.scan
    return Crop(
        hu,
        (int(low[0]), int(low[1]), int(low[2])),
        scan.spacing_mm,
        scan.thickness_mm or scan.spacing_mm[0],
        own,
        nothing > 0,
        nothing,
        nothing > 0,
        nothing,
    )


def _judged(figures: Figures, deep: float, settings: Settings) -> Iterator[tuple[DepositClass, str]]:
    """The first rule that holds; a tube too narrow for a bone of this depth is an artery's wall."""
    rule, inside = settings.vessel, deep > settings.place.deep_share
    narrow = figures.short_diameter_mm <= rule.widest_mm and figures.depth_min_mm > rule.least_depth_mm
    if narrow and inside and figures.elongation >= rule.elongation:
        yield "vessel", "a narrow tube around a less dense core, deep below the skin"
    if narrow and inside:
        yield "indeterminate", "small, hollow, deep below the skin: an artery's wall or a small bone"
    if figures.max_diameter_mm <= settings.hollow.widest_mm and not inside:
        yield "indeterminate", "small and hollow, outside the muscle: an eggshell deposit or a small bone"
    yield "bone", MODELLED
