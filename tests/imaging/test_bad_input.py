"""Broken, hostile and foreign input: one clear message each, and memory that stays bounded."""

from __future__ import annotations

import errno
import gzip
import os
import resource
import shutil
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
import pytest
from example_scan import series, volume
from test_reading import edit, enhanced

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.reading import read


def change(path: Path, **values: object) -> None:
    dataset = pydicom.dcmread(path)
    for keyword, value in values.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


def truncate(folder: Path) -> None:
    path = folder / "CT0010.dcm"
    path.write_bytes(path.read_bytes()[:3000])


def truncate_header(folder: Path) -> None:
    path = folder / "CT0010.dcm"
    path.write_bytes(path.read_bytes()[:700])


def twice_different(folder: Path) -> None:
    shutil.copy(folder / "CT0003.dcm", folder / "other.dcm")
    dataset = pydicom.dcmread(folder / "other.dcm")
    dataset.PixelData = bytes(len(dataset.PixelData))
    dataset.save_as(folder / "other.dcm")


def two_patients(folder: Path) -> None:
    change(folder / "CT0004.dcm", PatientID="SOMEONE ELSE")


def emptied(folder: Path) -> None:
    for path in folder.iterdir():
        path.unlink()


def one_slice(folder: Path) -> None:
    for path in sorted(folder.iterdir())[1:]:
        path.unlink()


def missing_slice(folder: Path) -> None:
    (folder / "CT0012.dcm").unlink()


def uneven(folder: Path) -> None:
    change(folder / "CT0012.dcm", ImagePositionPatient=[-20, -25, 111.3])


def tilted(folder: Path) -> None:
    for k, path in enumerate(sorted(folder.iterdir())):
        change(path, ImagePositionPatient=[-20, -25 + 0.2 * k, 100 + k])


def eight_bit(folder: Path) -> None:
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.PixelData = bytes(dataset.Rows * dataset.Columns)
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.save_as(path)


def colour(folder: Path) -> None:
    edit(folder, SamplesPerPixel=3, PhotometricInterpretation="RGB", PlanarConfiguration=0)


def encrypted_attributes(folder: Path) -> None:
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        item = pydicom.Dataset()
        item.EncryptedContentTransferSyntaxUID = "1.2.840.10008.1.2.1"
        item.EncryptedContent = b"\x30\x80locked"
        dataset.EncryptedAttributesSequence = [item]
        del dataset.PixelData
        dataset.save_as(path)


def enveloped(folder: Path) -> None:
    for path in folder.iterdir():
        oid = bytes.fromhex("06092a864886f70d010703")
        path.write_bytes(b"\x30\x82\x10\x00" + oid + np.random.default_rng(1).bytes(4000))


def huge(folder: Path) -> None:
    edit(folder, Rows=65535, Columns=65535)


def large(folder: Path) -> None:
    edit(folder, Rows=8000, Columns=8000)


def many_frames(folder: Path) -> None:
    edit(folder, NumberOfFrames=1_000_000)


def lying_element(folder: Path) -> None:
    """A private element that claims 4 GiB."""
    path = folder / "CT0002.dcm"
    data = path.read_bytes()
    at = data.find(struct.pack("<HH", 0x0018, 0x0060))
    lie = struct.pack("<HH2sHI", 0x0011, 0x1001, b"OB", 0, 0xFFFFFFF0)
    path.write_bytes(data[:at] + lie + data[at:])


def deflate_bomb(folder: Path) -> None:
    path = folder / "CT0002.dcm"
    dataset = pydicom.dcmread(path)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(path)
    data = path.read_bytes()
    start = 132 + 12 + struct.unpack("<I", data[140:144])[0]
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = b"".join(packer.compress(bytes(1 << 24)) for _ in range(40)) + packer.flush()
    path.write_bytes(data[:start] + body)


def lying_code_stream(folder: Path) -> None:
    """A JPEG 2000 stream of 60000 x 60000 pixels inside a slice of 60 x 64."""
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(pydicom.uid.JPEG2000Lossless, generate_instance_uid=False)
        data = bytearray(dataset.PixelData)
        at = data.find(b"\xff\x4f\xff\x51")
        data[at + 8 : at + 16] = struct.pack(">II", 60000, 60000)
        dataset.PixelData = bytes(data)
        dataset.save_as(path)


def no_spacing(folder: Path) -> None:
    edit(folder, PixelSpacing=None)


def no_rescale(folder: Path) -> None:
    edit(folder, RescaleSlope=None, RescaleIntercept=None)


def no_position(folder: Path) -> None:
    edit(folder, ImagePositionPatient=None)


def two_orientations(folder: Path) -> None:
    change(folder / "CT0001.dcm", ImageOrientationPatient=[1, 0, 0, 0, 0, 1])


def mri(folder: Path) -> None:
    edit(folder, Modality="MR")


def not_hounsfield(folder: Path) -> None:
    edit(folder, RescaleIntercept="0")


def text(folder: Path) -> None:
    emptied(folder)
    (folder / "notes.txt").write_text("CT")


SPOILT: list[tuple[Callable[[Path], None], str]] = [
    (truncate, "truncated"),
    (truncate_header, "header breaks off"),
    (twice_different, "two different images at the same position"),
    (two_patients, "more than one patient"),
    (emptied, "no CT series"),
    (one_slice, "only 1 slice"),
    (missing_slice, "1 slices are missing there"),
    (uneven, "uneven slices"),
    (tilted, "tilted gantry"),
    (eight_bit, "8 bits a pixel"),
    (colour, "colour image"),
    (encrypted_attributes, "encrypted"),
    (enveloped, "24 encrypted files"),
    (huge, "65535 x 65535"),
    (large, "truncated: the file has"),
    (many_frames, "the header claims"),
    (lying_element, "header breaks off"),
    (deflate_bomb, "deflated content is larger"),
    (lying_code_stream, "compressed image is 60000 x 60000"),
    (no_spacing, "PixelSpacing is missing"),
    (no_rescale, "RescaleSlope is missing"),
    (no_position, "ImagePositionPatient is missing"),
    (two_orientations, "more than one orientation|uneven"),
    (mri, "modality MR"),
    (not_hounsfield, "not Hounsfield units"),
    (text, "no CT series"),
]


@pytest.mark.parametrize(("spoil", "message"), SPOILT, ids=[f.__name__ for f, _ in SPOILT])
def test_a_spoilt_series_is_refused_in_one_message(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    folder = series(tmp_path / "ct")
    spoil(folder)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableRecord, match=message) as caught:
        read(folder)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert str(folder) in str(caught.value)
    assert "SOMEONE" not in str(caught.value)
    # The deflated file is inflated up to its limit of 64 MiB, the rest costs next to nothing.
    assert grown < (300 if spoil is deflate_bomb else 100)


def test_an_enhanced_file_with_fewer_descriptions_than_frames(tmp_path: Path) -> None:
    path = enhanced(series(tmp_path / "ct"))
    change(path, NumberOfFrames=30)
    with pytest.raises(UnreadableRecord, match="30 frames claimed, 24 described"):
        read(path)


def nifti(path: Path, values: np.ndarray | None = None) -> Path:
    hu = volume().hu.transpose(2, 1, 0) if values is None else values
    nibabel.save(nibabel.Nifti1Image(hu, np.diag([0.8, 0.8, 1, 1])), path)
    return path


def header_with(path: Path, offset: int, data: bytes) -> None:
    raw = bytearray(path.read_bytes())
    raw[offset : offset + len(data)] = data
    path.write_bytes(raw)


def claim_10_gb(path: Path) -> None:
    header_with(path, 40, struct.pack("<8h", 3, 1700, 1700, 1700, 1, 1, 1, 1))


def claim_more_than_there_is(path: Path) -> None:
    header_with(path, 40, struct.pack("<8h", 3, 1000, 1000, 1000, 1, 1, 1, 1))


def negative(path: Path) -> None:
    header_with(path, 40, struct.pack("<8h", 3, -5, 60, 60, 1, 1, 1, 1))


def rgb(path: Path) -> None:
    header_with(path, 70, struct.pack("<2h", 128, 24))


def spaceless(path: Path) -> None:
    header_with(path, 76, struct.pack("<4f", 1, 0, 0, 0))


def four_dimensional(path: Path) -> None:
    header_with(path, 40, struct.pack("<8h", 4, 64, 60, 12, 2, 1, 1, 1))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:5000])


def cut_in_header(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:200])


def garbage(path: Path) -> None:
    path.write_bytes(np.random.default_rng(2).bytes(2000))


def packed_and_cut(path: Path) -> None:
    packed = gzip.compress(path.read_bytes())
    path.write_bytes(packed[: len(packed) // 2])


def bomb(path: Path) -> None:
    """1 GiB of zeros that the header truly claims, in 1 MiB."""
    raw = bytearray(path.read_bytes()[:352])
    raw[40:56] = struct.pack("<8h", 3, 800, 800, 800, 1, 1, 1, 1)
    with gzip.open(path, "wb") as stream:
        stream.write(raw)
        for _ in range(64):
            stream.write(bytes(1 << 24))


def endless(path: Path) -> None:
    """A small volume followed by 1 GiB nobody claimed."""
    raw = path.read_bytes()
    with gzip.open(path, "wb") as stream:
        stream.write(raw)
        for _ in range(64):
            stream.write(bytes(1 << 24))


SPOILT_NIFTI: list[tuple[Callable[[Path], None], str]] = [
    (claim_10_gb, "9 GiB"),
    (claim_more_than_there_is, "truncated"),
    (negative, "claims -5"),
    (rgb, "colour or complex|malformed"),
    (spaceless, "spacing .* is missing|malformed"),
    (four_dimensional, "not one three-dimensional"),
    (cut, "truncated"),
    (cut_in_header, "truncated inside the header"),
    (garbage, "not a NIfTI file"),
    (packed_and_cut, "gzip|truncated"),
    (bomb, "which no CT does"),
    (endless, "goes on far beyond"),
]


@pytest.mark.parametrize(("spoil", "message"), SPOILT_NIFTI, ids=[f.__name__ for f, _ in SPOILT_NIFTI])
def test_a_spoilt_nifti_is_refused_in_one_message(
    tmp_path: Path, spoil: Callable[[Path], None], message: str
) -> None:
    path = nifti(tmp_path / "ct.nii")
    spoil(path)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(UnreadableRecord, match=message):
        read(path)
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < 200


def test_eight_bit_nifti(tmp_path: Path) -> None:
    with pytest.raises(UnreadableRecord, match="8-bit"):
        read(nifti(tmp_path / "ct.nii", np.zeros((9, 9, 9), np.uint8)))


def test_a_zip_and_a_missing_file(tmp_path: Path) -> None:
    (tmp_path / "ct.zip").write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(UnreadableRecord, match="zip archive"):
        read(tmp_path / "ct.zip")
    with pytest.raises(UnreadableRecord, match="no such file"):
        read(tmp_path / "nowhere")


def test_bytes_flipped_at_random_never_end_in_a_traceback(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    rng = np.random.default_rng(3)
    path = folder / "CT0007.dcm"
    whole = path.read_bytes()
    outcomes = set()
    for _ in range(60):
        spoilt = bytearray(whole)
        for place in rng.integers(132, 1300, 4):
            spoilt[place] = rng.integers(256)
        path.write_bytes(spoilt)
        try:
            outcomes.add(read(folder).hu.shape)
        except UnreadableRecord:
            outcomes.add("refused")
    assert outcomes == {(24, 60, 64), "refused"}


@pytest.mark.parametrize("refused", ["CT0007.dcm", "ct"])
def test_what_may_not_be_opened_is_named_and_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refused: str
) -> None:
    folder = series(tmp_path / "ct")
    opened, listed = Path.open, os.scandir

    def open_(path: Path, *arguments: Any, **options: Any) -> Any:
        if path.name == refused:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return opened(path, *arguments, **options)

    def list_(path: Any) -> Any:
        if Path(path).name == refused:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return listed(path)

    monkeypatch.setattr(Path, "open", open_)
    monkeypatch.setattr(os, "scandir", list_)
    with pytest.raises(UnreadableRecord, match=rf"{refused}: cannot be opened \(Permission denied\)"):
        read(folder)
