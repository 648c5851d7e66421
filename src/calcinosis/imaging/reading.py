"""A CT scan from disk: DICOM (classic or enhanced) or NIfTI, marked in or out of specification."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from calcinosis.errors import CalcinosisError, UnreadableRecord
from calcinosis.imaging.dicom_files import quiet
from calcinosis.imaging.dicom_reading import read_dicom
from calcinosis.imaging.model import Volume
from calcinosis.imaging.nifti_reading import is_nifti, read_nifti
from calcinosis.imaging.specification import specified

Progress = Callable[[str, float], None]
AIR_HU = -400  # below it nothing but air: a scan without any has no skin surface
# What the parsers of DICOM and NIfTI raise when bytes are not what they should be.
DAMAGE = (ArithmeticError, AttributeError, LookupError, NotImplementedError, TypeError, ValueError, OSError)
_ARCHIVES = {b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7z", b"Rar!": "rar"}


def read(source: str | Path, *, series: str | None = None, progress: Progress | None = None) -> Volume:
    """Read a CT scan in Hounsfield units.

    Args:
        source: a folder of DICOM files (searched below), one enhanced DICOM file, or a NIfTI file.
        series: series instance UID, needed when the folder holds more than one CT series.
        progress: called with a step and its fraction done.

    Raises:
        UnreadableRecord: what is wrong, where, and what to do about it.
        UnknownName: `series` is not in the folder.
    """
    path = Path(source)
    if not path.exists():
        raise UnreadableRecord("no such file or folder", where=str(path))
    try:
        with quiet():
            volume = _volume(path, series, progress)
    except CalcinosisError:
        raise
    except DAMAGE as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise _no_access(path, error) from error
        raise UnreadableRecord(
            f"damaged ({type(error).__name__} while it was read)",
            where=str(path),
            remedy="Copy or export the scan again.",
        ) from error
    _refuse_without_air(volume)
    return specified(volume)


def _no_access(path: Path, error: OSError) -> UnreadableRecord:
    """What the system refused: permission, a disk or a network share that is gone."""
    return UnreadableRecord(
        f"cannot be opened ({error.strerror})",
        where=str(error.filename or path),
        remedy="Ask for permission to read it, or copy the whole scan to a place of your own.",
    )


def _volume(path: Path, series: str | None, progress: Progress | None) -> Volume:
    if path.is_file() and is_nifti(path):
        return read_nifti(path, progress=progress)
    _refuse_archive(path)
    return read_dicom(path, series=series, progress=progress)


def _refuse_archive(path: Path) -> None:
    if not path.is_file():
        return
    with path.open("rb") as stream:
        kind = _ARCHIVES.get(stream.read(4))
    if kind is not None:
        raise UnreadableRecord(f"a {kind} archive", where=str(path), remedy="Unpack it and give the folder.")


def _refuse_without_air(volume: Volume) -> None:
    """No air anywhere: other units than HU, or a crop inside the body that has no skin surface."""
    if int(np.min(volume.hu)) > AIR_HU:
        raise UnreadableRecord(
            f"no voxel below {AIR_HU} HU: the values are not Hounsfield units, or the scan "
            "is cropped inside the body",
            where=volume.source,
            expected="a CT in Hounsfield units with air around the skin",
        )
