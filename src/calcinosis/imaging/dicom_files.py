"""DICOM files on disk: find those that are, read their headers without trusting what they claim.

Headers are parsed from a memory map, so an element that claims more bytes than the file has costs
nothing; a deflated file is inflated only up to a limit.
"""

from __future__ import annotations

import mmap
import os
import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO, cast

from calcinosis.errors import UnreadableRecord

MAX_FILES = 100_000
MAX_INFLATED = 1 << 26
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_LITTLE = "1.2.840.10008.1.2.1"
CT_CLASSIC = "1.2.840.10008.5.1.4.1.1.2"
CT_ENHANCED = ("1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2")
CT_CLASSES = (CT_CLASSIC, *CT_ENHANCED)
_NEEDED = (
    "SOPClassUID",
    "SOPInstanceUID",
    "SeriesInstanceUID",
    "StudyInstanceUID",
    "FrameOfReferenceUID",
    "Modality",
    "PatientID",
    "PatientBirthDate",
    "ImageType",
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
    "PixelSpacing",
    "SliceThickness",
    "ImagePositionPatient",
    "ImageOrientationPatient",
    "RescaleSlope",
    "RescaleIntercept",
    "KVP",
    "ContrastBolusAgent",
    "SharedFunctionalGroupsSequence",
    "PerFrameFunctionalGroupsSequence",
)
_PREAMBLE = 132
_ENVELOPE = bytes.fromhex("2a864886f70d0107")  # object id of the CMS content types


@dataclass(frozen=True, slots=True)
class Instance:
    """One DICOM file: its path and its header without pixel data (pydicom Dataset)."""

    path: Path
    header: Any


@dataclass(frozen=True, slots=True)
class Found:
    """What a folder holds: DICOM files, and files that claim to be DICOM and cannot be read."""

    instances: tuple[Instance, ...]
    broken: tuple[tuple[Path, str], ...] = ()
    encrypted: tuple[Path, ...] = ()
    other: int = 0


def find_instances(root: Path) -> Found:
    """Every DICOM file below `root` (or `root` itself), in the order of their names.

    Raises:
        UnreadableRecord: more than `MAX_FILES` files below the folder.
    """
    instances: list[Instance] = []
    broken: list[tuple[Path, str]] = []
    encrypted: list[Path] = []
    other = 0
    for path in _files(root):
        kind = _kind(path)
        if kind == "encrypted":
            encrypted.append(path)
        if kind != "dicom":
            other += 1
            continue
        try:
            instances.append(Instance(path, _whole_header(path)))
        except UnreadableRecord as error:
            broken.append((path, error.what))
    return Found(tuple(instances), tuple(broken), tuple(encrypted), other)


def _whole_header(path: Path) -> Any:
    """The header, refused when it breaks off: a slice must not vanish because its end is missing."""
    header = read_dataset(path, pixels=False)
    _drop_unreadable(header, path)
    meta = getattr(header, "file_meta", None) or {}
    if str(meta.get("MediaStorageSOPClassUID", "")) in CT_CLASSES and "Rows" not in header:
        raise UnreadableRecord("its header breaks off; the file is truncated", where=str(path))
    return header


def _drop_unreadable(header: Any, path: Path) -> None:
    """Leave out elements that cannot be parsed; refuse the file when it is one that counts."""
    for tag in list(header.keys()):
        try:
            with quiet():
                header[tag]
        except Exception:  # pydicom raises whatever its parser met
            if tag in _needed():
                raise UnreadableRecord("an element of its header is damaged", where=str(path)) from None
            del header[tag]


@cache
def _needed() -> frozenset[int]:
    from pydicom.datadict import tag_for_keyword

    return frozenset(tag for name in _NEEDED if (tag := tag_for_keyword(name)) is not None)


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    paths: list[Path] = []
    for folder, below, names in os.walk(root, onerror=_raise):
        below.sort()
        paths.extend(Path(folder) / name for name in sorted(names) if not name.startswith("."))
        if len(paths) > MAX_FILES:
            raise UnreadableRecord(
                f"more than {MAX_FILES} files below the folder",
                where=str(root),
                remedy="Give the folder of one study.",
            )
    return [path for path in paths if path.is_file() and path.name.upper() != "DICOMDIR"]


def _raise(error: OSError) -> None:
    """A folder that may not be listed could hold slices of the series: it is not passed over."""
    raise error


def _kind(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(_PREAMBLE)
    if head[128:132] == b"DICM":
        return "dicom"
    if head[:1] == b"\x30" and _ENVELOPE in head:
        return "encrypted"
    # Files of the 1990s lack the preamble and begin with group 0008, little endian.
    return "dicom" if head[:2] == b"\x08\x00" and head[2:4] < b"\x20\x00" else "other"


def read_dataset(path: Path, *, pixels: bool) -> Any:
    """The dataset of one file, with or without its pixel data.

    Raises:
        UnreadableRecord: the file is truncated or not DICOM.
    """
    from pydicom import dcmread

    try:
        with mapped(path) as stream, quiet():
            dataset = dcmread(cast("Any", stream), stop_before_pixels=not pixels, force=True)
    except UnreadableRecord:
        raise
    except Exception as error:  # pydicom raises whatever its parser met
        raise UnreadableRecord(
            f"not readable as DICOM, probably truncated ({type(error).__name__})",
            where=str(path),
            remedy="Copy or export the series again.",
        ) from None
    return dataset


@contextmanager
def quiet() -> Iterator[None]:
    """Without pydicom's warnings on values that hospitals write and the standard forbids."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def mapped(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a DICOM file as a stream that never yields more than the file has.

    A deflated file is inflated first, up to `MAX_INFLATED` bytes.
    """
    with path.open("rb") as stream:
        if os.fstat(stream.fileno()).st_size == 0:
            raise UnreadableRecord("the file is empty", where=str(path))
        with mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as view:
            inflated = _inflated(view, path)
            yield inflated if inflated is not None else cast("BinaryIO", view)


def is_deflated(path: Path) -> bool:
    """Is the body of this file deflated, so that it may hold more than its size?"""
    with path.open("rb") as stream:
        return DEFLATED.encode() in stream.read(4096)


def _inflated(view: mmap.mmap, path: Path) -> BytesIO | None:
    """The file with its deflated body inflated and its transfer syntax renamed; None when it is not."""
    head = view[: min(len(view), 4096)]
    at = head.find(DEFLATED.encode())
    if head[128:132] != b"DICM" or at < 0:
        return None
    start = _PREAMBLE + 12 + int.from_bytes(head[140:144], "little")
    body = zlib.decompressobj(-zlib.MAX_WBITS)
    data = body.decompress(view[start:], MAX_INFLATED)
    if body.unconsumed_tail:
        raise UnreadableRecord(
            f"its deflated content is larger than {MAX_INFLATED >> 20} MiB",
            where=str(path),
            remedy="Store the file uncompressed, for example with dcmconv.",
        )
    # Same length as before: a UID is padded with zero bytes.
    plain = EXPLICIT_LITTLE.encode().ljust(len(DEFLATED), b"\0")
    return BytesIO(head[:at] + plain + view[at + len(DEFLATED) : start] + data)
