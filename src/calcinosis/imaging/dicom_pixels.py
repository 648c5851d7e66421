"""Stored pixel values of one DICOM file, checked against what the header claims before they are decoded.

Compressed syntaxes are decoded by the plugins of pydicom; the size that stands in the code stream is
compared first, because a decoder allocates what the stream asks for.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_files import quiet, read_dataset

MAX_SIDE = 8192
MAX_VOXELS = 2_000_000_000
_EXPORT_AGAIN = "Copy or export the series again."


def check_grid(header: Any, path: Path) -> None:
    """Refuse what is not one grey 16-bit image of a believable size.

    Raises:
        UnreadableRecord: colour, 8 bits, or rows, columns or frames that no scanner writes.
    """
    where = str(path)
    rows, columns = int(header.get("Rows") or 0), int(header.get("Columns") or 0)
    frames = int(header.get("NumberOfFrames") or 1)
    if not (0 < rows <= MAX_SIDE and 0 < columns <= MAX_SIDE and frames > 0):
        raise UnreadableRecord(
            f"the header claims {rows} x {columns} pixels in {frames} frames",
            where=where,
            expected=f"1 to {MAX_SIDE} rows and columns and at least one frame",
            remedy="The header is damaged or not that of a CT image.",
        )
    check_size(rows * columns * frames, where)
    colour = int(header.get("SamplesPerPixel") or 1) > 1
    if colour or "MONOCHROME" not in str(header.get("PhotometricInterpretation", "MONOCHROME2")):
        raise UnreadableRecord(
            "a colour image, not a CT slice in Hounsfield units",
            where=where,
            remedy="Give the original CT series, not a secondary capture.",
        )
    if int(header.get("BitsAllocated") or 0) != 16:
        raise UnreadableRecord(
            f"{header.get('BitsAllocated') or 'no'} bits a pixel, which cannot hold Hounsfield units",
            where=where,
            expected="16 bits allocated",
            remedy="Give the original CT series, not a screenshot or a secondary capture.",
        )


def check_size(voxels: int, where: str) -> None:
    """Refuse a volume beyond `MAX_VOXELS` before anything is allocated."""
    if voxels > MAX_VOXELS:
        raise UnreadableRecord(
            f"the header claims {voxels:.2e} voxels ({voxels * 2 / 2**30:.0f} GiB)",
            where=where,
            expected=f"at most {MAX_VOXELS:.0e} voxels",
            remedy="The header is damaged, or the scan must be cropped first.",
        )


def stored_values(path: Path, header: Any, *, frame: int | None = None) -> NDArray[Any]:
    """Pixel values as stored, before rescaling: (rows, columns).

    Args:
        path: the file.
        header: its header, already checked by `check_grid`.
        frame: for a multi-frame file, which frame (from 0).

    Raises:
        UnreadableRecord: no, too few or damaged pixel data, or a syntax that no plugin decodes.
    """
    dataset = read_dataset(path, pixels=True)
    check_pixel_data(dataset, header, path)
    return decode(dataset, path, frame=frame)


def check_pixel_data(dataset: Any, header: Any, path: Path) -> None:
    """Compare the stored bytes, or the sizes in the code streams, with the header."""
    if "PixelData" not in dataset:
        refuse_encrypted(dataset, path)
        raise UnreadableRecord("no pixel data; the file is truncated", where=str(path), remedy=_EXPORT_AGAIN)
    rows, columns = int(header.Rows), int(header.Columns)
    frames = int(header.get("NumberOfFrames") or 1)
    syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
    if syntax is None or not syntax.is_encapsulated:
        _check_length(len(dataset.PixelData), rows * columns * frames * 2, path)
        return
    claimed = code_stream_size(bytes(dataset.PixelData[:4096]))
    if claimed is not None and claimed != (rows, columns):
        raise UnreadableRecord(
            f"its compressed image is {claimed[0]} x {claimed[1]}, its header says {rows} x {columns}",
            where=str(path),
            remedy=_EXPORT_AGAIN,
        )


def refuse_encrypted(dataset: Any, path: Path) -> None:
    """For a file that lacks something: say so when it stands in its encrypted part."""
    if "EncryptedAttributesSequence" in dataset:
        raise UnreadableRecord(
            "its pixel data are encrypted", where=str(path), remedy="Ask for a decrypted export."
        )


def _check_length(have: int, need: int, path: Path) -> None:
    if have < need:
        raise UnreadableRecord(
            f"truncated: {have} of {need} bytes of pixel data",
            where=str(path),
            remedy=_EXPORT_AGAIN,
        )


def code_stream_size(data: bytes) -> tuple[int, int] | None:
    """(rows, columns) in a JPEG, JPEG-LS or JPEG 2000 code stream; None when none begins in `data`."""
    at = data.find(b"\xff\x4f\xff\x51")
    if at >= 0 and len(data) >= at + 24:
        x1, y1, x0, y0 = struct.unpack(">IIII", data[at + 8 : at + 24])
        return y1 - y0, x1 - x0
    at = data.find(b"\xff\xd8\xff")
    return _jpeg_size(data, at + 2) if at >= 0 else None


def _jpeg_size(data: bytes, at: int) -> tuple[int, int] | None:
    """Walk the segments to the frame header: SOF0-SOF15 without DHT, JPG and DAC, or SOF55 (JPEG-LS)."""
    while at + 9 <= len(data) and data[at] == 0xFF:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xF7 or (0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC)):
            rows, columns = struct.unpack(">HH", data[at + 5 : at + 9])
            return rows, columns
        at += 2 + length
    return None


def decode(dataset: Any, path: Path, *, frame: int | None = None) -> NDArray[Any]:
    """The pixel values of one frame, through whichever decoder pydicom has."""
    from pydicom.pixels import pixel_array

    syntax = getattr(getattr(dataset, "file_meta", None), "TransferSyntaxUID", None)
    try:
        with quiet():
            values = np.asarray(pixel_array(dataset, index=frame))
    except (RuntimeError, NotImplementedError, AttributeError, ValueError, EOFError) as error:
        name = getattr(syntax, "name", "an unknown transfer syntax")
        raise UnreadableRecord(
            f"its pixel data ({name}) cannot be decoded ({type(error).__name__})",
            where=str(path),
            remedy="The file is damaged, or the decoder is missing: pip install 'calcinosis[imaging]'.",
        ) from None
    if values.ndim != 2:
        raise UnreadableRecord("its pixel data are not one grey image", where=str(path))
    return values


def hounsfield(stored: NDArray[Any], slope: float, intercept: float) -> NDArray[np.int16]:
    """Stored values x slope + intercept, rounded, held to -1024 (air) and the int16 maximum."""
    if slope == 1.0 and intercept == int(intercept):
        scaled = stored.astype(np.int32) + int(intercept)
    else:
        scaled = np.rint(stored * slope + intercept).astype(np.int64)
    return np.clip(scaled, -1024, 32767).astype(np.int16)
