"""A volume as a DICOM CT series, for simulated scans and for what was read from NIfTI."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.dicom_files import CT_CLASSIC
from calcinosis.imaging.dicom_series import stable_uid
from calcinosis.imaging.model import Volume

INTERCEPT = -1024
EPOCH = ("20000101", "120000")


def write_series(volume: Volume, folder: Path, *, name: str, description: str = "") -> str:
    """Write one classic CT file a slice; the same volume and name give the same bytes.

    Args:
        volume: slices stacked along the first axis.
        folder: made when it is not there.
        name: what the UIDs are made from; the part before a slash is the patient's name and id.
        description: series description.

    Returns:
        The series instance UID.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for k in range(volume.hu.shape[0]):
        write_slice(volume, k, folder / f"CT{k + 1:04d}.dcm", name=name, description=description)
    return uid_of(name, "series")


def uid_of(name: str, *parts: str) -> str:
    """The UID of a part of the series called `name`."""
    return stable_uid(["calcinosis", name, *parts])


def write_slice(volume: Volume, k: int, path: Path, *, name: str, description: str = "") -> None:
    """Write slice `k` of the volume as a CT image."""
    from pydicom.dataset import FileDataset, FileMetaDataset
    from pydicom.uid import UID, ExplicitVRLittleEndian

    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = UID(CT_CLASSIC)
    meta.MediaStorageSOPInstanceUID = UID(uid_of(name, "image", str(k)))
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    image: Any = FileDataset(str(path), {}, file_meta=meta, preamble=b"\0" * 128)
    _identify(image, name, description, k)
    _place(image, volume, k)
    _fill(image, volume.hu[k])
    image.save_as(str(path), enforce_file_format=True)


def _identify(image: Any, name: str, description: str, k: int) -> None:
    date, time = EPOCH
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(image, keyword, date)
    for keyword in ("StudyTime", "SeriesTime", "AcquisitionTime", "ContentTime"):
        setattr(image, keyword, time)
    image.SOPClassUID = CT_CLASSIC
    image.SOPInstanceUID = uid_of(name, "image", str(k))
    image.StudyInstanceUID = uid_of(name, "study")
    image.SeriesInstanceUID = uid_of(name, "series")
    image.FrameOfReferenceUID = uid_of(name, "frame")
    image.PatientName = image.PatientID = name.split("/", maxsplit=1)[0]
    image.PatientBirthDate = image.PatientSex = image.AccessionNumber = ""
    image.ReferringPhysicianName = image.PositionReferenceIndicator = ""
    image.Manufacturer = "calcinosis"
    image.Modality = "CT"
    image.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    image.SeriesDescription = description
    image.StudyID, image.SeriesNumber, image.AcquisitionNumber = "1", 1, 1
    image.InstanceNumber = k + 1


def _place(image: Any, volume: Volume, k: int) -> None:
    from pydicom.valuerep import DSfloat

    def numbers(values: Any) -> list[Any]:
        return [DSfloat(float(value), auto_format=True) for value in values]

    _, rows, columns = volume.scan.spacing_mm
    affine = volume.affine
    image.ImagePositionPatient = numbers(affine[:3, 3] + k * affine[:3, 0])
    image.ImageOrientationPatient = numbers([*affine[:3, 2] / columns, *affine[:3, 1] / rows])
    image.PixelSpacing = numbers([rows, columns])
    thickness = volume.scan.thickness_mm or volume.scan.spacing_mm[0]
    image.SliceThickness = numbers([thickness])[0]
    image.KVP = "" if volume.scan.kv is None else numbers([volume.scan.kv])[0]
    image.PatientPosition = "HFS"
    image.BodyPartExamined = volume.scan.body_part
    image.Laterality = ""


def _fill(image: Any, plane: NDArray[np.int16]) -> None:
    stored = np.clip(plane.astype(np.int32) - INTERCEPT, 0, 65535).astype("<u2")
    image.SamplesPerPixel, image.PhotometricInterpretation = 1, "MONOCHROME2"
    image.Rows, image.Columns = plane.shape
    image.BitsAllocated = image.BitsStored = 16
    image.HighBit, image.PixelRepresentation = 15, 0
    image.RescaleIntercept, image.RescaleSlope, image.RescaleType = str(INTERCEPT), "1", "HU"
    image.WindowCenter, image.WindowWidth = "300", "1600"
    image.PixelData = stored.tobytes()
