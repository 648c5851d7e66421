"""One DICOM series to a volume: slices sorted by position, one orientation, even spacing, in HU.

What can be mended without guessing is mended and said; everything else is refused.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_files import (
    Found,
    Instance,
    find_instances,
    is_deflated,
    read_dataset,
)
from calcinosis.imaging.dicom_pixels import (
    check_grid,
    check_pixel_data,
    check_size,
    decode,
    hounsfield,
    refuse_encrypted,
    stored_values,
)
from calcinosis.imaging.dicom_series import Series, choose, counted
from calcinosis.imaging.model import Scan, Volume

MIN_SLICES = 3
POSITION_TOLERANCE_MM = 0.01
UNEVEN_FRACTION = 0.05
TILT_DEGREES = 0.5
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Plane:
    """Where one image stands and how its stored values become HU.

    Attributes:
        position: LPS millimetres of the centre of the first pixel.
        row, column: unit vectors along a row (growing column index) and down a column.
        spacing: (between rows, between columns) in millimetres.
        instance: index into the files of the series; `frame` within the file, None when classic.
    """

    position: NDArray[np.float64]
    row: NDArray[np.float64]
    column: NDArray[np.float64]
    spacing: tuple[float, float]
    slope: float
    intercept: float
    instance: int
    frame: int | None = None

    @property
    def normal(self) -> NDArray[np.float64]:
        """Unit vector across the image."""
        return np.cross(self.row, self.column)

    @property
    def height(self) -> float:
        """Position along the normal, in millimetres."""
        return float(self.normal @ self.position)


def read_dicom(root: Path, *, series: str | None = None, progress: Progress | None = None) -> Volume:
    """Read one CT series from a file or a folder.

    Raises:
        UnreadableRecord: what is wrong with the series, and what to do about it.
        UnknownName: `series` is not in the folder.
    """
    found = find_instances(root)
    chosen = choose(found, root, series)
    repairs = [*chosen.repairs, *_refuse_broken(found, chosen)]
    _refuse_mixed(chosen, root)
    for one in chosen.instances:
        check_grid(one.header, one.path)
    chosen = _without_localizers(chosen, repairs)
    planes = _enhanced_planes(chosen) if chosen.enhanced else _classic_planes(chosen)
    planes = _sorted_once(planes, chosen, repairs)
    affine, spacing = geometry(planes, str(root))
    check_size(len(planes) * int(_first(chosen).Rows) * int(_first(chosen).Columns), str(root))
    voxels = _voxels(planes, chosen, progress)
    headers = _headers(planes, chosen)
    scan = _scan(chosen, spacing, tuple(repairs))
    return Volume(voxels, affine, scan, headers, chosen.uid, str(root))


def _first(series: Series) -> Any:
    return series.instances[0].header


def _refuse_broken(found: Found, series: Series) -> list[str]:
    """A broken file beside the series may be one of its slices; elsewhere it is only said."""
    folders = {one.path.parent for one in series.instances}
    for path, why in found.broken:
        if path.parent in folders:
            raise UnreadableRecord(why, where=str(path), remedy="Copy or export the series again.")
    return [f"{len(found.broken)} unreadable files in other folders"] if found.broken else []


def _refuse_mixed(series: Series, root: Path) -> None:
    """More than one patient or study under one series UID: no answer is better than a mixed one."""
    for name in ("PatientID", "PatientBirthDate", "StudyInstanceUID", "FrameOfReferenceUID"):
        values = {str(one.header.get(name) or "") for one in series.instances}
        if len(values) > 1:
            whose = "of more than one patient" if name.startswith("Patient") else "not of one scan"
            raise UnreadableRecord(
                f"the slices of series {series.uid} are {whose}: {len(values)} values of {name}",
                where=str(root),
                expected="one patient and one scan in a series",
                remedy="Export the series again, into a folder of its own.",
            )


def _without_localizers(series: Series, repairs: list[str]) -> Series:
    kept = tuple(i for i in series.instances if "LOCALIZER" not in (i.header.get("ImageType") or []))
    dropped = len(series.instances) - len(kept)
    if dropped and kept:
        repairs.append(f"{dropped} localizer images left out")
        return Series(series.uid, series.modality, series.description, kept, series.enhanced)
    return series


def _classic_planes(series: Series) -> list[Plane]:
    return [_classic_plane(one, index) for index, one in enumerate(series.instances)]


def _classic_plane(one: Instance, index: int) -> Plane:
    header = one.header
    return _plane(header, header, header, header, one.path, index, None)


def _enhanced_planes(series: Series) -> list[Plane]:
    planes: list[Plane] = []
    for index, one in enumerate(series.instances):
        frames = int(one.header.get("NumberOfFrames") or 1)
        groups = list(one.header.get("PerFrameFunctionalGroupsSequence") or [])
        if len(groups) != frames:
            raise UnreadableRecord(f"{frames} frames claimed, {len(groups)} described", where=str(one.path))
        shared = (one.header.get("SharedFunctionalGroupsSequence") or [None])[0]
        for frame, group in enumerate(groups):
            planes.append(_enhanced_plane(group, shared, one.path, index, frame))
    return planes


def _enhanced_plane(group: Any, shared: Any, path: Path, index: int, frame: int) -> Plane:
    names = (
        "PlanePositionSequence",
        "PlaneOrientationSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
    )
    position, orientation, measures, rescale = (_item(group, shared, name) for name in names)
    return _plane(position, orientation, measures, rescale, path, index, frame)


def _item(group: Any, shared: Any, name: str) -> Any:
    """The item of a functional group, per frame or shared; an empty one when in neither."""
    for place in (group, shared):
        if place is not None and place.get(name):
            return place.get(name)[0]
    return {}


def _plane(  # four places, because an enhanced file keeps apart what a classic one has in one
    position: Any,
    orientation: Any,
    measures: Any,
    rescale: Any,
    path: Path,
    index: int,
    frame: int | None,
) -> Plane:
    cosines = _numbers(orientation, "ImageOrientationPatient", 6, path)
    spacing = _numbers(measures, "PixelSpacing", 2, path)
    if not all(0.01 < value < 50 for value in spacing):
        raise UnreadableRecord(
            "PixelSpacing is not a distance in millimetres", where=str(path), remedy=_NO_GUESS
        )
    return Plane(
        position=np.array(_numbers(position, "ImagePositionPatient", 3, path)),
        row=np.array(cosines[:3]) / np.linalg.norm(cosines[:3]),
        column=np.array(cosines[3:]) / np.linalg.norm(cosines[3:]),
        spacing=(spacing[0], spacing[1]),
        slope=_numbers(rescale, "RescaleSlope", 1, path)[0],
        intercept=_numbers(rescale, "RescaleIntercept", 1, path)[0],
        instance=index,
        frame=frame,
    )


_NO_GUESS = "It is not guessed: export the series again with its full header."


def _numbers(place: Any, name: str, count: int, path: Path) -> list[float]:
    try:
        value = place.get(name)
        values = [] if value is None else [float(v) for v in (value if count > 1 else [value])]
    except (TypeError, ValueError):
        values = []
    if len(values) != count or not np.all(np.isfinite(values)):
        raise UnreadableRecord(f"{name} is missing or malformed", where=str(path), remedy=_NO_GUESS)
    return values


def _sorted_once(planes: list[Plane], series: Series, repairs: list[str]) -> list[Plane]:
    """Planes from low to high along the normal; a file that stands there twice is taken once."""
    ordered = sorted(planes, key=lambda plane: plane.height)
    kept: list[Plane] = []
    for plane in ordered:
        if kept and plane.height - kept[-1].height < POSITION_TOLERANCE_MM:
            _refuse_unless_same(kept[-1], plane, series)
            continue
        kept.append(plane)
    if len(kept) < len(ordered):
        repairs.append(f"{len(ordered) - len(kept)} duplicate slices left out")
    return kept


def _refuse_unless_same(one: Plane, other: Plane, series: Series) -> None:
    paths = [series.instances[plane.instance].path for plane in (one, other)]
    if one.frame is None and len({_pixel_digest(path) for path in paths}) == 1:
        return
    raise UnreadableRecord(
        "two different images at the same position (several phases or reconstructions in one series)",
        where=str(paths[1]),
        remedy="Export one phase or reconstruction into a folder of its own.",
    )


def _pixel_digest(path: Path) -> str:
    dataset = read_dataset(path, pixels=True)
    return hashlib.sha256(dataset.get("PixelData") or b"").hexdigest()


def geometry(planes: Sequence[Plane], where: str) -> tuple[NDArray[np.float64], tuple[float, float, float]]:
    """The affine (k, j, i, 1) -> LPS millimetres and the (k, j, i) spacing of sorted planes.

    Raises:
        UnreadableRecord: too few slices, more than one orientation or pixel size, a tilted gantry,
            or uneven slices.
    """
    if len(planes) < MIN_SLICES:
        raise UnreadableRecord(
            f"only {counted(len(planes), 'slice')}",
            where=where,
            expected=f"at least {MIN_SLICES}",
            remedy="Give the folder of the whole series.",
        )
    _refuse_unlike(planes, where)
    first, last = planes[0], planes[-1]
    span = last.position - first.position
    _refuse_tilt(float(np.linalg.norm(span)), last.height - first.height, where)
    step = span / (len(planes) - 1)
    _refuse_uneven(np.diff([plane.height for plane in planes]), where)
    affine = np.eye(4)
    affine[:3, 0] = step
    affine[:3, 1] = first.column * first.spacing[0]
    affine[:3, 2] = first.row * first.spacing[1]
    affine[:3, 3] = first.position
    return affine, (float(np.linalg.norm(step)), first.spacing[0], first.spacing[1])


def _refuse_unlike(planes: Sequence[Plane], where: str) -> None:
    first = planes[0]
    for plane in planes[1:]:
        turned = np.abs(np.concatenate([plane.row - first.row, plane.column - first.column])).max()
        resized = np.abs(np.subtract(plane.spacing, first.spacing)).max()
        if turned > 1e-3 or resized > 1e-4:
            what = "orientation" if turned > 1e-3 else "pixel spacing"
            raise UnreadableRecord(
                f"the slices have more than one {what}",
                where=where,
                remedy="Export one reconstruction into a folder of its own.",
            )


def _refuse_tilt(length: float, height: float, where: str) -> None:
    angle = float(np.degrees(np.arccos(np.clip(height / length, -1.0, 1.0))))
    if angle > TILT_DEGREES:
        raise UnreadableRecord(
            f"the slices are shifted against each other by {angle:.1f} degrees (tilted gantry)",
            where=where,
            expected="slices stacked at right angles",
            remedy="Resample the series to an untilted grid and give it as NIfTI.",
        )


def _refuse_uneven(gaps: NDArray[np.float64], where: str) -> None:
    usual = float(np.median(gaps))
    worst = int(np.argmax(np.abs(gaps - usual)))
    if abs(gaps[worst] - usual) <= UNEVEN_FRACTION * usual:
        return
    missing = gaps[worst] / usual - 1
    guess = f"; {missing:.0f} slices are missing there" if missing > 0.9 else ""
    raise UnreadableRecord(
        f"uneven slices: {gaps[worst]:.2f} mm after slice {worst + 1}, {usual:.2f} mm elsewhere{guess}",
        where=where,
        expected="one distance between all slices",
        remedy="Export the whole series again.",
    )


def _voxels(planes: list[Plane], series: Series, progress: Progress | None) -> NDArray[np.int16]:
    header = _first(series)
    shape = (int(header.Rows), int(header.Columns))
    _refuse_shapes(series, shape)
    _check_files(series)
    out = np.empty((len(planes), *shape), dtype=np.int16)
    whole: tuple[int, Any] | None = None
    for k, plane in enumerate(planes):
        one = series.instances[plane.instance]
        if plane.frame is None:
            stored = stored_values(one.path, one.header)
        else:
            # A multi-frame file is opened once; its frames are decoded one at a time.
            if whole is None or whole[0] != plane.instance:
                whole = (plane.instance, _whole(one))
            stored = decode(whole[1], one.path, frame=plane.frame)
        out[k] = hounsfield(stored, plane.slope, plane.intercept)
        if progress is not None:
            progress("reading", (k + 1) / len(planes))
    return out


def _whole(one: Instance) -> Any:
    dataset = read_dataset(one.path, pixels=True)
    check_pixel_data(dataset, one.header, one.path)
    return dataset


def _check_files(series: Series) -> None:
    """Before a large volume is allocated: an uncompressed file must be as long as it claims."""
    for one in series.instances:
        syntax = getattr(getattr(one.header, "file_meta", None), "TransferSyntaxUID", None)
        if syntax is None or syntax.is_encapsulated or is_deflated(one.path):
            continue
        frames = int(one.header.get("NumberOfFrames") or 1)
        need = int(one.header.Rows) * int(one.header.Columns) * frames * 2
        have = one.path.stat().st_size
        if have < need:
            refuse_encrypted(one.header, one.path)
            raise UnreadableRecord(
                f"truncated: the file has {have} bytes, its images alone need {need}",
                where=str(one.path),
                remedy="Copy or export the series again.",
            )


def _refuse_shapes(series: Series, shape: tuple[int, int]) -> None:
    for one in series.instances:
        if (int(one.header.Rows), int(one.header.Columns)) != shape:
            raise UnreadableRecord(
                f"{one.header.Rows} x {one.header.Columns} pixels, other slices {shape[0]} x {shape[1]}",
                where=str(one.path),
                remedy="Export one reconstruction into a folder of its own.",
            )


def _headers(planes: Sequence[Plane], series: Series) -> tuple[Any, ...]:
    """One header a slice in the order of the volume; for enhanced files the header of each file."""
    if series.enhanced:
        return tuple(one.header for one in series.instances)
    return tuple(series.instances[plane.instance].header for plane in planes)


def _scan(series: Series, spacing: tuple[float, float, float], repairs: tuple[str, ...]) -> Scan:
    header = _first(series)
    return Scan(
        spacing_mm=spacing,
        thickness_mm=_thickness(series),
        kv=_number(_within(header, "CTXRayDetailsSequence"), "KVP") or _number(header, "KVP"),
        in_specification=True,
        reasons=(*repairs, *_tilt_note(header)),
        contrast_agent=_contrast(header),
        body_part=str(header.get("BodyPartExamined") or ""),
        format="enhanced" if series.enhanced else "dicom",
        acquired=_date(header),
    )


def _date(header: Any) -> str:
    """The date of the scan as YYYY-MM-DD; empty when the header gives none that is a date."""
    for name in ("AcquisitionDate", "SeriesDate", "StudyDate"):
        text = str(header.get(name) or "")
        if len(text) == 8 and text.isdigit():
            return f"{text[:4]}-{text[4:6]}-{text[6:]}"
    return ""


def _tilt_note(header: Any) -> tuple[str, ...]:
    tilt = _number(header, "GantryDetectorTilt") or 0.0
    if abs(tilt) <= TILT_DEGREES:
        return ()
    return (f"gantry tilt {tilt:.1f} degrees stated, but the slices are stacked at right angles",)


def _thickness(series: Series) -> float | None:
    """The largest nominal thickness of any slice."""
    header = _first(series)
    if series.enhanced:
        groups = [*(header.get("SharedFunctionalGroupsSequence") or [])]
        groups += [*(header.get("PerFrameFunctionalGroupsSequence") or [])]
        places = [
            group.get("PixelMeasuresSequence")[0] for group in groups if group.get("PixelMeasuresSequence")
        ]
    else:
        places = [one.header for one in series.instances]
    values = [value for place in places if (value := _number(place, "SliceThickness"))]
    return max(values, default=None)


def _within(header: Any, name: str) -> Any:
    """The first item of a functional group sequence, shared or of the first frame; else empty."""
    shared = [*(header.get("SharedFunctionalGroupsSequence") or []), None][0]
    groups = [*(header.get("PerFrameFunctionalGroupsSequence") or []), None]
    return _item(groups[0], shared, name)


def _number(place: Any, name: str) -> float | None:
    try:
        value = place.get(name)
        return float(value) if value not in (None, "") else None
    except (TypeError, ValueError):
        return None


def _contrast(header: Any) -> str:
    """The contrast agent as the header names it; empty when none was given."""
    value = str(header.get("ContrastBolusAgent") or "").strip()
    if header.get("ContrastBolusAgentSequence") and not value:
        return "stated"
    return "" if value.upper() in {"NO", "NONE", "N", "0", "NO CONTRAST"} else value
