"""A NIfTI file to a volume: the header is believed only as far as the bytes bear it out.

Compressed files are inflated in bounded pieces straight into the result, never as a whole.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_pixels import MAX_SIDE, check_size, hounsfield
from calcinosis.imaging.model import Scan, Volume

MAX_OFFSET = 1 << 20
CHUNK = 1 << 24
# A CT holds noise: gzip shrinks it four to fifty times; a bomb of zeros a thousand times.
BOMB_RATIO = 200
BOMB_BYTES = 1 << 27
_LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
_MILLIMETRES = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}
Progress = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Header:
    """What a NIfTI header says, checked.

    Attributes:
        shape: (i, j, k), fastest first, as the voxels stand in the file.
        affine: 4 x 4, (i, j, k, 1) -> RAS millimetres.
        offset: bytes before the voxels.
        notes: what the header left open.
    """

    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    affine: NDArray[np.float64]
    notes: tuple[str, ...]

    @property
    def size(self) -> int:
        """Bytes of all voxels."""
        return int(np.prod(self.shape, dtype=np.int64)) * self.dtype.itemsize


def is_nifti(path: Path) -> bool:
    """Does the file look like NIfTI, by its name or its first bytes?"""
    if path.name.lower().endswith((".nii", ".nii.gz", ".hdr", ".img")):
        return True
    with path.open("rb") as stream:
        head = stream.read(348)
    return head[344:347] in (b"n+1", b"ni1") or head[:2] == b"\x1f\x8b"


def read_nifti(path: Path, *, progress: Progress | None = None) -> Volume:
    """Read a CT volume in Hounsfield units, turned to the axes closest to LPS.

    Raises:
        UnreadableRecord: what is wrong with the file, and what to do about it.
    """
    voxels, header = _voxels(path, progress)
    hu, affine = to_lps(voxels, _LPS @ header.affine)
    spacing = _spacing(affine, path)
    scan = Scan(
        spacing_mm=spacing,
        thickness_mm=None,
        kv=None,
        in_specification=True,
        reasons=(*header.notes, "NIfTI: thickness, tube voltage and contrast agent are not stated"),
        format="nifti",
    )
    return Volume(hu, affine, scan, source=str(path))


def read_labels(path: Path, *, at_most: int) -> tuple[NDArray[np.int16], NDArray[np.float64]]:
    """A label map (k, j, i) of any integer type and its affine to LPS millimetres.

    Args:
        path: the file.
        at_most: how many voxels it may have; a label map shrinks a thousandfold, so that its packed
            size says nothing.
    """
    voxels, header = _voxels(path, None, labels=at_most)
    return to_lps(voxels, _LPS @ header.affine)


def _voxels(path: Path, progress: Progress | None, *, labels: int = 0) -> tuple[NDArray[np.int16], Header]:
    """Voxels (k, j, i) of the file and its header."""
    where = str(path)
    packed = _is_gzip(path)
    with ExitStack() as stack:
        opener: Any = gzip.open if packed else open
        stream = cast("BinaryIO", stack.enter_context(opener(path, "rb")))
        try:
            header = _header(stream, path, labels=labels > 0)
            _check_claim(header, path, packed=packed, labels=labels)
            return _fill(stream, header, path, progress), header
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadableRecord(
                f"truncated or damaged gzip ({type(error).__name__})",
                where=where,
                remedy="Copy or export the file again.",
            ) from None


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(2) == b"\x1f\x8b"


def _header(stream: BinaryIO, path: Path, *, labels: bool) -> Header:
    import nibabel

    start = stream.read(4)
    sizes = {int.from_bytes(start, order) for order in ("little", "big")}
    kind = nibabel.Nifti1Header if 348 in sizes else nibabel.Nifti2Header
    length = 348 if 348 in sizes else 540
    if not sizes & {348, 540}:
        raise UnreadableRecord("not a NIfTI file", where=str(path), expected=".nii or .nii.gz")
    raw = start + stream.read(length - 4)
    if len(raw) < length:
        raise UnreadableRecord("truncated inside the header", where=str(path))
    try:
        parsed = kind.from_fileobj(BytesIO(raw), check=False)
        return _checked(parsed, path, labels=labels, length=length)
    except UnreadableRecord:
        raise
    except Exception as error:  # nibabel raises whatever its header checks met
        raise UnreadableRecord(f"malformed NIfTI header ({type(error).__name__})", where=str(path)) from None


def _checked(parsed: Any, path: Path, *, labels: bool, length: int) -> Header:
    where = str(path)
    if bytes(parsed["magic"])[:3] in (b"ni1", b"ni2"):
        raise UnreadableRecord("a header and image pair", where=where, remedy="Convert it to one .nii file.")
    dtype = np.dtype(parsed.get_data_dtype())
    if dtype.kind not in "iuf" or (dtype.itemsize == 1 and not labels):
        kind = "colour or complex" if dtype.kind not in "iuf" else "8-bit"
        raise UnreadableRecord(
            f"{kind} voxels, which cannot hold Hounsfield units",
            where=where,
            expected="16-bit integers or floating point in HU",
        )
    shape = _shape(parsed, where)
    slope, intercept = parsed.get_slope_inter()
    offset = int(float(parsed["vox_offset"]))
    if not 0 <= offset <= MAX_OFFSET:
        raise UnreadableRecord(f"voxels said to begin at byte {offset}", where=where)
    affine, notes = _affine(parsed, where)
    return Header(
        shape,
        dtype,
        max(offset, length),
        1.0 if slope is None else float(slope),
        0.0 if intercept is None else float(intercept),
        affine,
        notes,
    )


def _shape(parsed: Any, where: str) -> tuple[int, int, int]:
    dims = [int(n) for n in parsed["dim"]]
    sizes = dims[1 : 1 + dims[0]]
    if not 3 <= dims[0] <= 7 or any(n != 1 for n in sizes[3:]):
        raise UnreadableRecord(f"dimensions {sizes}, not one three-dimensional volume", where=where)
    if not all(3 <= n <= MAX_SIDE for n in sizes[:3]):
        raise UnreadableRecord(
            f"the header claims {sizes[0]} x {sizes[1]} x {sizes[2]} voxels",
            where=where,
            expected=f"3 to {MAX_SIDE} along each axis",
        )
    check_size(sizes[0] * sizes[1] * sizes[2], where)
    return sizes[0], sizes[1], sizes[2]


def _affine(parsed: Any, where: str) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """The best affine in millimetres, and a note when the file does not say how it lies."""
    steps = [float(v) for v in parsed["pixdim"][1:4]]
    if not all(np.isfinite(v) and v != 0 for v in steps):
        raise UnreadableRecord(
            "the voxel spacing (pixdim) is missing", where=where, remedy="It is not guessed."
        )
    affine = np.array(parsed.get_best_affine(), dtype=np.float64)
    unit = _MILLIMETRES[int(parsed["xyzt_units"]) & 3]
    affine[:3] *= unit
    if not np.all(np.isfinite(affine)) or abs(np.linalg.det(affine[:3, :3])) < 1e-9:
        raise UnreadableRecord("its orientation matrix is singular", where=where)
    unknown = int(parsed["qform_code"]) == 0 and int(parsed["sform_code"]) == 0
    notes = ("orientation not stated: left and right may be exchanged",) if unknown else ()
    return affine, notes


def _check_claim(header: Header, path: Path, *, packed: bool, labels: int) -> None:
    have, need = path.stat().st_size, header.size + header.offset
    if not packed and have < need:
        raise UnreadableRecord(
            f"truncated: {have} of {need} bytes",
            where=str(path),
            remedy="Copy or export the file again.",
        )
    if labels:
        _check_labels(header, path, labels)
    elif packed and need > BOMB_BYTES and need > BOMB_RATIO * have:
        raise UnreadableRecord(
            f"{have} bytes claim to unpack to {need}, which no CT does",
            where=str(path),
            remedy="If the file is genuine, unpack it and give the .nii file.",
        )


def _check_labels(header: Header, path: Path, at_most: int) -> None:
    voxels = header.size // header.dtype.itemsize
    if voxels > at_most:
        raise UnreadableRecord(
            f"{voxels} voxels of labels, far more than the scan has",
            where=str(path),
            expected=f"a label map of this scan, at most {at_most} voxels",
        )


def _fill(stream: BinaryIO, header: Header, path: Path, progress: Progress | None) -> NDArray[np.int16]:
    """Read slice by slice into an int16 array; a file that holds less or more is refused."""
    stream.seek(header.offset)
    columns, rows, slices = header.shape
    out = np.empty((slices, rows, columns), dtype=np.int16)
    gaps = 0
    for k in range(slices):
        plane = _plane(stream, header, path, k)
        if plane.dtype.kind == "f":
            holes = ~np.isfinite(plane)
            gaps += int(holes.sum())
            plane = np.where(holes, -1024.0, plane)
        out[k] = hounsfield(plane, 1.0, 0.0)
        if progress is not None:
            progress("reading", (k + 1) / slices)
    if len(stream.read(CHUNK)) == CHUNK:
        raise UnreadableRecord("the file goes on far beyond the voxels its header claims", where=str(path))
    if gaps > 0.5 * out.size:
        raise UnreadableRecord("more than half of the voxels are not numbers", where=str(path))
    return out


def _plane(stream: BinaryIO, header: Header, path: Path, k: int) -> NDArray[Any]:
    columns, rows, slices = header.shape
    data = stream.read(columns * rows * header.dtype.itemsize)
    if len(data) < columns * rows * header.dtype.itemsize:
        raise UnreadableRecord(
            f"truncated after slice {k} of {slices}",
            where=str(path),
            remedy="Copy or export the file again.",
        )
    stored = np.frombuffer(data, dtype=header.dtype).reshape(rows, columns)
    if header.slope == 1.0 and header.intercept == 0.0:
        return np.asarray(np.rint(stored) if stored.dtype.kind == "f" else np.clip(stored, -32768, 32767))
    return np.asarray(stored * header.slope + header.intercept)


def to_lps(voxels: NDArray[Any], affine: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Turn and flip (k, j, i) voxels so that k, j, i run closest to +z, +y, +x of LPS.

    Args:
        voxels: (k, j, i).
        affine: 4 x 4, (i, j, k, 1) -> LPS millimetres.

    Returns:
        The array and its affine (k, j, i, 1) -> LPS millimetres.
    """
    from nibabel.orientations import apply_orientation, inv_ornt_aff, io_orientation

    # io_orientation speaks of RAS; an affine to LPS is to it a volume that lies in LPS.
    turn = io_orientation(affine)
    if not np.all(np.isfinite(turn)):
        raise UnreadableRecord("its orientation matrix is singular", where="NIfTI header")
    turned = apply_orientation(voxels.transpose(2, 1, 0), turn)
    lps = affine @ inv_ornt_aff(turn, voxels.shape[::-1])
    reverse = np.eye(4)[[2, 1, 0, 3]]
    return np.ascontiguousarray(turned.transpose(2, 1, 0)), lps @ reverse


def _spacing(affine: NDArray[np.float64], path: Path) -> tuple[float, float, float]:
    """(k, j, i) spacing; a sheared grid is refused."""
    axes = affine[:3, :3]
    steps = np.linalg.norm(axes, axis=0)
    lean = np.abs((axes / steps).T @ (axes / steps) - np.eye(3)).max()
    if lean > 0.01:
        raise UnreadableRecord(
            "the grid is sheared (tilted gantry)",
            where=str(path),
            remedy="Resample it to a grid at right angles.",
        )
    return float(steps[0]), float(steps[1]), float(steps[2])
