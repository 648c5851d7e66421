"""A series is read into Hounsfield units whatever its container; what was mended is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from example_scan import NAME, SPACING, series, volume
from pydicom.uid import JPEG2000Lossless, RLELossless

from calcinosis.errors import UnknownName, UnreadableRecord
from calcinosis.imaging.bone_mask import parse_labels, read_bone_mask
from calcinosis.imaging.dicom_files import find_instances
from calcinosis.imaging.dicom_series import series_of
from calcinosis.imaging.model import Volume
from calcinosis.imaging.reading import read
from calcinosis.imaging.specification import specified


def edit(folder: Path, **values: object) -> None:
    """Set elements in every file of a folder; None deletes."""
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        for keyword, value in values.items():
            if value is None:
                delattr(dataset, keyword)
            else:
                setattr(dataset, keyword, value)
        dataset.save_as(path)


def test_a_folder_gives_the_volume_it_was_written_from(tmp_path: Path) -> None:
    made, got = volume(), read(series(tmp_path / "ct"))
    np.testing.assert_array_equal(got.hu, np.maximum(made.hu, -1024))
    np.testing.assert_allclose(got.affine, made.affine, atol=1e-6)
    assert got.scan.spacing_mm == pytest.approx(SPACING)
    assert (got.scan.thickness_mm, got.scan.kv) == (1.0, 120.0)
    assert got.scan.in_specification
    assert len(got.headers) == got.hu.shape[0]
    assert got.headers[3].ImagePositionPatient[2] == pytest.approx(103.0)


def test_the_order_of_file_names_is_irrelevant(tmp_path: Path) -> None:
    ordered, folder = read(series(tmp_path / "ct")), tmp_path / "shuffled"
    folder.mkdir()
    for position, path in enumerate(sorted((tmp_path / "ct").iterdir())):
        shutil.copy(path, folder / f"{(position * 7) % 24:02d}")
    np.testing.assert_array_equal(read(folder).hu, ordered.hu)


def test_a_series_inside_a_larger_folder_is_found_beside_other_files(tmp_path: Path) -> None:
    series(tmp_path / "study" / "CT" / "1")
    (tmp_path / "study" / "report.txt").write_text("none of ours")
    assert read(tmp_path).hu.shape == volume().hu.shape


def test_several_series_are_listed_and_one_must_be_named(tmp_path: Path) -> None:
    for name in ("A^ONE", "B^TWO"):
        series(tmp_path / name, name=name)
    uid = series_of(find_instances(tmp_path))[1].uid
    with pytest.raises(UnreadableRecord, match="2 CT series") as caught:
        read(tmp_path)
    assert uid in str(caught.value)
    assert "--series" in caught.value.remedy
    assert read(tmp_path, series=uid).series_uid == uid
    with pytest.raises(UnknownName, match=r"1\.2\.3"):
        read(tmp_path, series="1.2.3")


def test_other_modalities_do_not_compete_but_cannot_be_named(tmp_path: Path) -> None:
    series(tmp_path / "ct")
    edit(series(tmp_path / "mr", name="MR"), Modality="MR")
    assert read(tmp_path).hu.shape == volume().hu.shape
    uid = next(one.uid for one in series_of(find_instances(tmp_path)) if one.modality == "MR")
    with pytest.raises(UnreadableRecord, match="modality MR"):
        read(tmp_path, series=uid)


def test_rescale_is_taken_slice_by_slice(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    path = folder / "CT0005.dcm"
    dataset = pydicom.dcmread(path)
    dataset.RescaleSlope, dataset.RescaleIntercept = "2", "-2000"
    stored = dataset.pixel_array.astype(np.int32)
    dataset.save_as(path)
    np.testing.assert_array_equal(read(folder).hu[4], np.clip(stored * 2 - 2000, -1024, 32767))


def test_blank_uids_are_replaced_always_the_same_way_and_said(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    names = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")
    edit(folder, **dict.fromkeys(names, ""), SOPClassUID="")
    one, two = read(folder), read(folder)
    assert len({header.SOPInstanceUID for header in one.headers}) == 24
    assert one.series_uid == two.series_uid != ""
    assert [h.SOPInstanceUID for h in one.headers] == [h.SOPInstanceUID for h in two.headers]
    assert any("blank SeriesInstanceUID" in reason for reason in one.scan.reasons)
    assert one.scan.in_specification


def test_duplicates_are_taken_once_and_said(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    shutil.copy(folder / "CT0003.dcm", folder / "copy.dcm")
    got = read(folder)
    assert got.hu.shape[0] == 24
    assert "1 duplicate slices left out" in got.scan.reasons


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, RLELossless])
def test_compressed_slices_give_the_same_values(tmp_path: Path, syntax: str) -> None:
    folder = series(tmp_path / "ct")
    plain = read(folder).hu
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(path)
    np.testing.assert_array_equal(read(folder).hu, plain)


def test_deflated_files_are_read(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    plain = read(folder).hu
    for path in folder.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
        dataset.save_as(path)
    np.testing.assert_array_equal(read(folder).hu, plain)


def enhanced(folder: Path) -> Path:
    """The test series as one enhanced file, frames in reverse order."""
    from highdicom.legacy import LegacyConvertedEnhancedCTImage

    sources = [pydicom.dcmread(path) for path in sorted(folder.iterdir(), reverse=True)]
    made = LegacyConvertedEnhancedCTImage(
        sources,
        series_instance_uid="2.25.77",
        series_number=2,
        sop_instance_uid="2.25.78",
        instance_number=1,
    )
    path = folder.parent / "enhanced.dcm"
    made.save_as(path)
    return path


def test_an_enhanced_file_gives_the_same_volume(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    got, plain = read(enhanced(folder)), read(folder)
    np.testing.assert_array_equal(got.hu, plain.hu)
    np.testing.assert_allclose(got.affine, plain.affine, atol=1e-6)
    assert got.scan.format == "enhanced"
    assert len(got.headers) == 1


@pytest.mark.parametrize("codes", ["LPS", "RAS", "LSA", "PIR"])
@pytest.mark.parametrize("ending", [".nii", ".nii.gz"])
def test_nifti_of_any_orientation_gives_the_same_volume(tmp_path: Path, codes: str, ending: str) -> None:
    made = volume()
    lps_to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    affine = lps_to_ras @ made.affine @ np.eye(4)[[2, 1, 0, 3]]
    image = nibabel.Nifti1Image(made.hu.transpose(2, 1, 0), affine)
    turn = nibabel.orientations.ornt_transform(
        nibabel.orientations.io_orientation(affine), nibabel.orientations.axcodes2ornt(codes)
    )
    path = tmp_path / f"ct{ending}"
    nibabel.save(image.as_reoriented(turn), path)
    got = read(path)
    np.testing.assert_array_equal(got.hu, np.maximum(made.hu, -1024))
    np.testing.assert_allclose(got.affine, made.affine, atol=1e-4)
    assert got.scan.format == "nifti"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"SliceThickness": "3"}, "slice thickness 3 mm"),
        ({"PixelSpacing": [1.6, 1.6]}, "pixel of 1.6 mm"),
        ({"ContrastBolusAgent": "IOHEXOL"}, "contrast agent"),
    ],
)
def test_beyond_the_limits_is_out_of_specification_with_the_reason(
    tmp_path: Path, values: dict[str, object], reason: str
) -> None:
    folder = series(tmp_path / "ct")
    edit(folder, **values)
    scan = read(folder).scan
    assert not scan.in_specification
    assert any(reason in one for one in scan.reasons)


def test_metal_is_out_of_specification() -> None:
    scan = volume()
    scan.hu[10:14, 30:34, 30:34] = 3071
    marked = specified(scan).scan
    assert not marked.in_specification
    assert "metal" in marked.reasons[0]


def test_a_bone_mask_of_several_labels_must_be_told_which_are_bone(tmp_path: Path) -> None:
    scan = read(series(tmp_path / "ct"))
    labels = np.zeros(scan.hu.shape, np.uint8)
    labels[5:9, 28:33, 30:34], labels[12:14, 20:24, 20:24] = 5, 7
    affine = np.diag([-1.0, -1.0, 1.0, 1.0]) @ scan.affine @ np.eye(4)[[2, 1, 0, 3]]
    nibabel.save(nibabel.Nifti1Image(labels.transpose(2, 1, 0), affine), tmp_path / "m.nii.gz")
    with pytest.raises(UnreadableRecord, match="2 labels in the mask: 5, 7"):
        read_bone_mask(tmp_path / "m.nii.gz", scan)
    mask = read_bone_mask(tmp_path / "m.nii.gz", scan, labels="5")
    np.testing.assert_array_equal(mask, labels == 5)
    assert read_bone_mask(tmp_path / "m.nii.gz", scan, labels="all").sum() == (labels > 0).sum()
    affine = affine @ np.diag([1, 1, 2, 1])
    nibabel.save(
        nibabel.Nifti1Image((labels == 5)[::2].astype(np.uint8).transpose(2, 1, 0), affine),
        tmp_path / "coarse.nii",
    )
    placed = read_bone_mask(tmp_path / "coarse.nii", scan)
    assert placed[6:9].sum() == (labels == 5)[6:9].sum()
    assert (placed ^ (labels == 5)).sum() <= 20 + 20


def test_label_lists() -> None:
    assert parse_labels("1,5,69-71") == {1, 5, 69, 70, 71}
    with pytest.raises(UnreadableRecord, match="not a list of labels"):
        parse_labels("bone")


def test_patient_name_is_not_in_what_the_scan_says(tmp_path: Path) -> None:
    assert NAME not in str(read(series(tmp_path / "ct")).scan)


def moved(share: float) -> Volume:
    """The test scan with the patient 2 mm to the side in slices 9 to 16, wholly or as a ghost."""
    scan = volume()
    hu = scan.hu.copy()
    hu[8:16] = (1 - share) * hu[8:16] + share * np.roll(hu[8:16], 3, axis=2)
    return replace(scan, hu=hu)


@pytest.mark.parametrize("share", [1.0, 0.35])
def test_movement_is_out_of_specification_and_says_where(share: float) -> None:
    scan = specified(moved(share)).scan
    assert not scan.in_specification
    (reason,) = scan.reasons
    assert "between slices 8 and 9, 16 and 17 (counted from the first)" in reason


def test_a_body_at_rest_a_tapering_one_and_one_that_ends_do_not_move() -> None:
    scan = volume()
    k, j, i = np.indices(scan.hu.shape)
    tapering = np.where((j - 30) ** 2 + (i - 32) ** 2 < (25 - 0.6 * k) ** 2, 50, -1000).astype(np.int16)
    ended = scan.hu.copy()
    ended[15:] = -1000
    for hu in (scan.hu, tapering, ended, np.full_like(scan.hu, -1000)):
        assert specified(replace(scan, hu=hu)).scan.reasons == ()
