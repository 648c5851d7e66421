"""An imported bone mask (NIfTI label map or DICOM SEG), brought onto the grid of the scan.

A label map of organs taken for bone would swallow deposits, so with several labels the reader must
say which are bone.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_files import quiet
from calcinosis.imaging.model import Volume
from calcinosis.imaging.nifti_reading import is_nifti, read_labels

MORE = 8  # a mask may be on a grid twice as fine along each axis


def read_bone_mask(source: str | Path, volume: Volume, *, labels: str | None = None) -> NDArray[np.bool_]:
    """Read a mask and resample it (nearest neighbour) to the volume's grid, (k, j, i).

    Args:
        source: NIfTI label map or DICOM SEG file.
        volume: the scan the mask belongs to.
        labels: which labels are bone, such as "1,5,69-70", or "all".

    Raises:
        UnreadableRecord: unreadable, of another scan, or several labels and `labels` not given.
    """
    path = Path(source)
    if not path.is_file():
        raise UnreadableRecord("no such file", where=str(path))
    values, affine, names = (
        (*read_labels(path, at_most=MORE * volume.hu.size), {}) if is_nifti(path) else _read_seg(path, volume)
    )
    mask = np.isin(values, sorted(_wanted(values, names, labels, path)))
    placed = resample(mask, affine, volume)
    if not placed.any():
        raise UnreadableRecord(
            "the mask does not overlap the scan", where=str(path), expected="a mask of this scan"
        )
    return placed


def _wanted(values: NDArray[Any], names: Mapping[int, str], labels: str | None, path: Path) -> set[int]:
    present = {int(v) for v in np.unique(values)} - {0}
    if labels == "all" or (labels is None and len(present) == 1):
        return present
    if labels is not None:
        return present & parse_labels(labels)
    shown = ", ".join(f"{n} {names.get(n, '')}".strip() for n in sorted(present)[:40])
    raise UnreadableRecord(
        f"{len(present)} labels in the mask: {shown}",
        where=str(path),
        remedy="Say which are bone with --bone-labels, such as 1,5,69-70, or all.",
    )


def parse_labels(text: str) -> set[int]:
    """Numbers and ranges, "1,5,69-70", as a set.

    Raises:
        UnreadableRecord: not such a list.
    """
    chosen: set[int] = set()
    try:
        for part in text.split(","):
            low, _, high = part.partition("-")
            chosen.update(range(int(low), int(high or low) + 1))
    except ValueError:
        raise UnreadableRecord(
            f"{text!r} is not a list of labels", expected="numbers and ranges such as 1,5,69-70"
        ) from None
    return chosen


def _read_seg(path: Path, volume: Volume) -> tuple[NDArray[Any], NDArray[np.float64], dict[int, str]]:
    import highdicom

    try:
        with quiet():
            seg = highdicom.seg.segread(str(path))
            grid = seg.get_volume(combine_segments=True, skip_overlap_checks=True)
    except Exception as error:  # highdicom and pydicom raise whatever they met
        raise UnreadableRecord(
            f"not readable as a DICOM segmentation on a regular grid ({type(error).__name__})",
            where=str(path),
            expected="a NIfTI label map or a DICOM SEG",
        ) from None
    frame = str(volume.headers[0].get("FrameOfReferenceUID") or "") if volume.headers else ""
    if frame and str(seg.FrameOfReferenceUID) != frame:
        raise UnreadableRecord("a segmentation of another scan", where=str(path))
    names = {n: str(seg.get_segment_description(n).segment_label) for n in seg.segment_numbers}
    return np.asarray(grid.array), np.asarray(grid.affine, dtype=np.float64), names


def resample(mask: NDArray[np.bool_], affine: NDArray[np.float64], volume: Volume) -> NDArray[np.bool_]:
    """The mask on the grid of the volume; False outside it."""
    if mask.shape == volume.hu.shape and np.allclose(affine, volume.affine, atol=1e-3):
        return mask
    from scipy.ndimage import affine_transform

    step = np.linalg.inv(affine) @ volume.affine
    placed = affine_transform(
        mask.astype(np.uint8),
        step[:3, :3],
        step[:3, 3],
        output_shape=volume.hu.shape,
        order=0,
        output=np.uint8,
    )
    return np.asarray(placed, dtype=np.bool_)
