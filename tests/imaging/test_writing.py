"""What a measurement leaves: one JSON by contract, DICOM that four other programs accept, pictures."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import highdicom
import nibabel
import numpy as np
import pydicom
import pytest
from example_scan import deposit, measurement, series, volume
from PIL import Image

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_codes import CALCIFICATION
from calcinosis.imaging.fhir_observations import to_bundle
from calcinosis.imaging.measurement_file import (
    read_label_volume,
    read_measurement,
    to_csv,
    with_tracking,
    write_measurement,
)
from calcinosis.imaging.model import Change, FollowUp, Measurement, Volume
from calcinosis.imaging.pictures import free_box, overlapping
from calcinosis.imaging.reading import read
from calcinosis.imaging.results import carry_tracking, read_results, write_results
from calcinosis.imaging.viewer import reduced
from calcinosis.imaging.writing import write_atomic
from calcinosis.model import Assertion, Kind, Observation
from calcinosis.records.measurement import read_measurement as observations_of

CONTRACT = {
    "id", "class", "reason", "centroid_lps_mm", "calcium_hu_ml", "mass_mg", "volume_half_max_mm3",
    "volume_over_threshold_mm3", "agatston", "peak_hu", "mean_hu", "max_diameter_mm", "depth_min_mm",
    "compartment", "touches_bone", "confidence", "repeatability_percent",
}  # fmt: skip


@pytest.fixture(scope="module")
def scan(tmp_path_factory: pytest.TempPathFactory) -> Volume:
    return read(series(tmp_path_factory.mktemp("scan") / "ct"))


@pytest.fixture(scope="module")
def out(scan: Volume, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "results"
    write_results(folder, scan, measurement(scan, calibrated=True))
    return folder


def test_measurement_json_keeps_the_contract(out: Path) -> None:
    data = json.loads((out / "measurement.json").read_text())
    assert {"scan", "totals", "deposits"} <= set(data)
    assert data["scan"]["in_specification"] is True
    assert data["scan"]["spacing_mm"] == pytest.approx([1.0, 0.8, 0.8])
    for row in data["deposits"]:
        assert set(row) >= CONTRACT
        assert "deposit_class" not in row
    assert [row["class"] for row in data["deposits"]] == ["deposit", "deposit", "indeterminate"]
    assert data["deposits"][2]["mass_mg"] is None
    assert "research" in data["research_use"].lower()


def test_results_are_read_back_as_they_were(out: Path, scan: Volume) -> None:
    volume, got = read_results(out)
    made = with_tracking(measurement(scan, calibrated=True))
    assert got.deposits == made.deposits
    assert got.labels is not None
    np.testing.assert_array_equal(got.labels, made.labels)
    np.testing.assert_array_equal(volume.hu, scan.hu)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"deposits": [{}], "scan": {}, "totals": {}}'])
def test_a_file_that_is_no_measurement_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "measurement.json").write_text(text)
    for reader in (read_measurement, observations_of):
        with pytest.raises(UnreadableRecord, match="not a measurement"):
            reader(tmp_path)


def test_labels_of_another_scan_are_refused(out: Path, scan: Volume) -> None:
    moved = replace(scan, affine=scan.affine + np.eye(4)[:, [3, 3, 3, 3]] * 0 + 1)
    with pytest.raises(UnreadableRecord, match="another scan"):
        read_label_volume(out / "labels.nii.gz", moved)


def test_a_label_map_larger_than_the_scan_is_refused(scan: Volume, tmp_path: Path) -> None:
    image = nibabel.Nifti1Image(np.zeros((80, 80, 80), np.uint8), np.eye(4))
    nibabel.save(image, tmp_path / "labels.nii.gz")
    with pytest.raises(UnreadableRecord, match="far more than the scan has"):
        read_label_volume(tmp_path / "labels.nii.gz", scan)


def test_csv_has_every_object_and_no_formula(scan: Volume) -> None:
    made = measurement(scan)
    hostile = replace(made, deposits=(deposit(reason="=cmd()"), *made.deposits[1:]))
    rows = list(csv.DictReader(io.StringIO(to_csv(hostile))))
    assert len(rows) == 3
    assert rows[0]["reason"] == "'=cmd()"
    assert (rows[0]["mass_mg"], rows[0]["x_mm"], rows[0]["class"]) == ("", "21.6", "deposit")


def test_a_write_is_whole_or_absent(tmp_path: Path) -> None:
    target = tmp_path / "measurement.json"
    target.write_text("old")

    def fail(path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        write_atomic(target, fail)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_not_a_number_becomes_null(scan: Volume, tmp_path: Path) -> None:
    made = measurement(scan)
    odd = replace(made, deposits=(deposit(mean_hu=float("nan")),))
    write_results(tmp_path, scan, odd, with_page=False)
    assert json.loads((tmp_path / "measurement.json").read_text())["deposits"][0]["mean_hu"] is None


def segments(path: Path) -> highdicom.seg.Segmentation:
    return highdicom.seg.segread(path)


def test_the_segmentation_holds_the_deposits_and_nothing_else(out: Path, scan: Volume) -> None:
    seg = segments(out / "segmentation.dcm")
    made = measurement(scan)
    assert seg.SegmentationType == "BINARY"
    assert [seg.get_segment_description(n).segment_label for n in (1, 2)] == ["D001", "D002"]
    assert seg.number_of_segments == 2
    assert made.labels is not None
    grid = seg.get_volume(combine_segments=True)
    for n in (1, 2):
        assert (np.asarray(grid.array) == n).sum() == (made.labels == n).sum()
    first = np.argwhere(made.labels == 1)[0]
    there = np.linalg.inv(grid.affine) @ scan.affine @ [*first, 1]
    assert grid.array[tuple(np.rint(there[:3]).astype(int))] == 1


def measured_values(path: Path) -> dict[str, dict[tuple[str, str], float]]:
    """Tracking identifier -> (concept, unit) -> value of a report."""
    report = highdicom.sr.srread(path)
    groups = report.content.get_volumetric_roi_measurement_groups()
    return {
        group.tracking_identifier: {(m.name.value, m.unit.value): m.value for m in group.get_measurements()}
        for group in groups
    }


def test_the_report_holds_the_numbers_under_existing_codes(out: Path) -> None:
    values = measured_values(out / "report.dcm")
    assert set(values) == {"D001", "D002"}
    assert values["D001"][("122661", "mg")] == pytest.approx(15.5)
    assert values["D001"][("103339001", "mm")] == pytest.approx(5.1)
    assert values["D002"][("112058", "1")] == pytest.approx(12.0)
    dump = str(pydicom.dcmread(out / "report.dcm"))
    assert "99" not in {line.split("'")[1][:2] for line in dump.splitlines() if "(0008,0102)" in line}


def test_an_uncalibrated_measurement_reports_no_mass(scan: Volume, tmp_path: Path) -> None:
    write_results(tmp_path, scan, measurement(scan), with_page=False)
    assert all(("122661", "mg") not in one for one in measured_values(tmp_path / "report.dcm").values())


def nothing(scan: Volume) -> Measurement:
    labels = np.zeros(scan.hu.shape, np.int32)
    return replace(measurement(scan), deposits=(), labels=labels, totals={"count": 0.0})


def test_nothing_found_is_written_as_such(scan: Volume, tmp_path: Path) -> None:
    write_results(tmp_path, scan, nothing(scan))
    assert not (tmp_path / "segmentation.dcm").exists()
    assert "No object found" in (tmp_path / "index.html").read_text()
    report = highdicom.sr.srread(tmp_path / "report.dcm")
    group = report.content.get_image_measurement_groups()[0]
    assert [m.value for m in group.get_measurements()] == [0.0]


def test_nifti_input_gives_all_but_dicom(scan: Volume, tmp_path: Path) -> None:
    plain = replace(scan, headers=(), series_uid="")
    write_results(tmp_path, plain, measurement(plain), with_page=False)
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"measurement.json", "deposits.csv", "labels.nii.gz", "observations.json", "pictures"}


def test_an_enhanced_source_gives_the_same_segments(scan: Volume, tmp_path: Path) -> None:
    from test_reading import enhanced

    folder = series(tmp_path / "ct")
    volume = read(enhanced(folder))
    made = measurement(volume)
    write_results(tmp_path / "out", volume, made, with_page=False)
    grid = segments(tmp_path / "out" / "segmentation.dcm").get_volume(combine_segments=True)
    assert made.labels is not None
    first = np.argwhere(made.labels == 2)[0]
    there = np.linalg.inv(grid.affine) @ volume.affine @ [*first, 1]
    assert grid.array[tuple(np.rint(there[:3]).astype(int))] == 2
    assert (np.asarray(grid.array) == 2).sum() == (made.labels == 2).sum()


def test_fhir_observations_carry_dicom_codes_and_their_study(out: Path, scan: Volume) -> None:
    bundle = json.loads((out / "observations.json").read_text())
    resources = [entry["resource"] for entry in bundle["entry"]]
    panel, rows = resources[0], resources[1:]
    urls = {entry["fullUrl"] for entry in bundle["entry"]}
    assert {member["reference"] for member in panel["hasMember"]} <= urls
    assert panel["valueQuantity"]["value"] == 2
    mass = next(one for one in rows if one["id"] == "D001-mass-mg")
    coding = mass["code"]["coding"][0]
    assert (coding["system"], coding["code"]) == (
        "http://dicom.nema.org/resources/ontology/DCM",
        "122661",
    )
    assert mass["valueQuantity"] == {
        "value": 15.5, "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"
    }  # fmt: skip
    study = mass["derivedFrom"][0]["identifier"]["value"]
    assert study == f"urn:oid:{scan.headers[0].StudyInstanceUID}"
    excess = next(one for one in rows if one["id"] == "D001-calcium-hu-ml")
    assert "coding" not in excess["code"]
    assert {one["status"] for one in resources} == {"preliminary"}
    assert len(urls) == len(resources)


def test_a_reviewed_measurement_is_final(scan: Volume) -> None:
    reviewed = replace(measurement(scan), deposits=(deposit(review="AB"),))
    statuses = {one["resource"]["status"] for one in to_bundle(reviewed, scan)["entry"]}
    assert statuses == {"final"}


def observed(made: Measurement, folder: Path) -> tuple[Observation, ...]:
    write_measurement(made, folder)
    return observations_of(folder)


def test_observations_for_a_consultation(scan: Volume, tmp_path: Path) -> None:
    (candidates,) = observed(measurement(scan), tmp_path)
    assert candidates.assertion is Assertion.UNCERTAIN
    decided = {"review": {"reader": "A", "decisions": [{"id": "D002", "class": "deposit"}]}}
    extent, widest, depth = observed(replace(measurement(scan), settings=decided), tmp_path)
    assert extent.source == "measurement:totals"
    assert "2 deposits" in extent.text
    assert (widest.source, widest.value.value, widest.value.unit) == ("measurement:D002", 6.2, "mm")  # type: ignore[union-attr]
    assert depth.value.value == 1.5  # type: ignore[union-attr]
    assert {one.kind for one in (extent, widest, depth)} == {Kind.IMAGING}
    assert extent.effective is not None
    assert extent.effective.first.year == 2000


def test_nothing_found_never_becomes_absence(scan: Volume, tmp_path: Path) -> None:
    (only,) = observed(nothing(scan), tmp_path)
    assert only.assertion is Assertion.UNCERTAIN


def test_a_consultation_reads_what_was_found_by_the_code_it_is_written_with(
    scan: Volume, tmp_path: Path
) -> None:
    (extent, *_) = observed(measurement(scan), tmp_path)
    assert [(one.system, one.code) for one in extent.codes] == [("SNOMED", CALCIFICATION.value)]


def test_tracking_uids_are_stable_and_carried_over(scan: Volume) -> None:
    one, two = with_tracking(measurement(scan)), with_tracking(measurement(scan))
    assert [d.tracking_uid for d in one.deposits] == [d.tracking_uid for d in two.deposits]
    later = replace(measurement(scan), series_uid="2.25.9")
    pairs = (("stable", ("D001",), ("D002",)), ("new", (), ("D001",)))
    changes = tuple(
        Change(state, before, after, None, None, None, None, None, None, "")  # type: ignore[arg-type]
        for state, before, after in pairs
    )
    first, second = carry_tracking(one, later, FollowUp(changes, (), {}))
    uid = {d.id: d.tracking_uid for d in second.deposits}
    assert uid["D002"] == first.deposits[0].tracking_uid
    assert uid["D001"] not in {d.tracking_uid for d in first.deposits}


def test_pictures_show_every_object_and_differ_with_it(out: Path) -> None:
    names = {path.name for path in (out / "pictures").iterdir()}
    assert names == {"projection.png", "histogram.png", "D001.png", "D002.png", "D003.png"}
    picture = np.asarray(Image.open(out / "pictures" / "D001.png").convert("RGB"), dtype=int)
    outline = (np.abs(picture - [230, 120, 0]).sum(axis=2) < 12)[34:264]
    assert outline[:, :240].sum() > 50
    assert outline[:, 480:].sum() > 50


def test_the_page_is_one_file_that_asks_nobody(out: Path) -> None:
    text = (out / "index.html").read_text()
    assert "Research use" in text
    assert "@niivue/niivue 0.69.0" in text
    body = text.split('id="data">')[0]
    assert 'src="http' not in body
    assert "href=" not in body
    assert text.count("</script>") == 3


def test_text_in_the_page_cannot_become_markup(scan: Volume, tmp_path: Path) -> None:
    made = measurement(scan)
    hostile = replace(made, deposits=(deposit(reason="</script><img src=x onerror=alert(1)>"),))
    write_results(tmp_path, scan, hostile)
    text = (tmp_path / "index.html").read_text()
    assert "<img src=x" not in text
    assert text.count("</script>") == 3


def test_the_page_shows_a_thinned_scan_in_the_right_place(scan: Volume, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("calcinosis.imaging.viewer.MAX_VOXELS", 20_000)
    made = measurement(scan)
    shown = reduced(scan, made)
    assert shown.hu.size <= 20_000
    assert max(shown.stride) > 1
    middle = np.argwhere(shown.labels == 2).mean(axis=0)
    assert made.labels is not None
    true = scan.affine @ [*np.argwhere(made.labels == 2).mean(axis=0), 1]
    np.testing.assert_allclose(shown.affine @ [*middle, 1], true, atol=1.0)


# What other programs say of the files.


def need(program: str) -> str:
    path = shutil.which(program) or shutil.which(str(Path(sys.executable).parent / program))
    if path is None:
        pytest.skip(f"{program} is not installed")
    return path


@pytest.mark.parametrize("name", ["segmentation.dcm", "report.dcm"])
def test_dciodvfy_finds_no_error(out: Path, name: str) -> None:
    done = subprocess.run([need("dciodvfy"), out / name], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert "Segmentation" in said or "Comprehensive3DSR" in said
    assert "Error" not in said


def test_dciodvfy_finds_no_error_in_written_slices(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    done = subprocess.run(
        [need("dciodvfy"), folder / "CT0001.dcm"], capture_output=True, text=True, check=False
    )
    assert "CTImage" in done.stdout + done.stderr
    assert "Error" not in done.stdout + done.stderr


def pixelmed(path: Path) -> str:
    limits = ("xpathTotalOpLimit", "xpathExprGrpLimit", "xpathExprOpLimit")
    options = " ".join(f"-Djdk.xml.{name}=0" for name in limits)
    done = subprocess.run(
        [need("DicomSRValidator"), path],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "JAVA_TOOL_OPTIONS": options},
    )
    return done.stdout + done.stderr


@pytest.mark.slow
def test_pixelmed_finds_no_error(out: Path) -> None:
    need("java")
    said = pixelmed(out / "report.dcm")
    assert "Root Template Validation Complete" in said
    assert [line for line in said.splitlines() if line.startswith("Error")] == []


@pytest.mark.slow
def test_pixelmed_finds_no_error_in_an_empty_report(scan: Volume, tmp_path: Path) -> None:
    need("java")
    write_results(tmp_path, scan, nothing(scan), with_page=False)
    said = pixelmed(tmp_path / "report.dcm")
    assert "Root Template Validation Complete" in said
    assert [line for line in said.splitlines() if line.startswith("Error")] == []


def test_dcmqi_counts_the_same_voxels(out: Path, scan: Volume, tmp_path: Path) -> None:
    tool = need("segimage2itkimage")
    subprocess.run(
        [tool, "--inputDICOM", out / "segmentation.dcm", "--outputDirectory", tmp_path, "-t", "nii"],
        check=True,
        capture_output=True,
    )
    made = measurement(scan)
    assert made.labels is not None
    for n in (1, 2):
        image = nibabel.load(next(tmp_path.glob(f"{n}.nii*")))
        assert np.count_nonzero(image.dataobj) == np.count_nonzero(made.labels == n)


def test_dcmqi_reads_every_group_of_the_report(out: Path, tmp_path: Path) -> None:
    tool = need("tid1500reader")
    subprocess.run(
        [tool, "--inputDICOM", out / "report.dcm", "--outputMetadata", tmp_path / "sr.json"],
        check=True,
        capture_output=True,
    )
    groups = json.loads((tmp_path / "sr.json").read_text())["Measurements"]
    assert {group["TrackingIdentifier"] for group in groups} == {"D001", "D002"}
    assert all(len(group["measurementItems"]) == 10 for group in groups)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[str]:
    """An empty Orthanc with DICOMweb on loopback."""
    program = need("Orthanc")
    plugin = Path("/usr/share/orthanc/plugins/libOrthancDicomWeb.so")
    if not plugin.exists():
        pytest.skip("orthanc-dicomweb is not installed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = {
        "HttpPort": port,
        "RemoteAccessAllowed": False,
        "AuthenticationEnabled": False,
        "DicomServerEnabled": False,
        "StorageDirectory": str(tmp_path / "store"),
        "IndexDirectory": str(tmp_path / "store"),
        "Plugins": [str(plugin)],
        "DicomWeb": {"Enable": True, "Root": "/dicom-web/"},
    }
    (tmp_path / "orthanc.json").write_text(json.dumps(settings))
    process = subprocess.Popen(
        [program, tmp_path / "orthanc.json"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    url = f"http://127.0.0.1:{port}/dicom-web"
    try:
        wait_for(f"{url}/studies")
        yield url
    finally:
        process.terminate()
        process.wait(20)


def wait_for(url: str) -> None:
    for _ in range(100):
        try:
            urllib.request.urlopen(url, timeout=2).close()  # noqa: S310
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    pytest.fail("Orthanc did not start")


def stow(url: str, files: list[Path]) -> None:
    mark = "part-of-the-test"
    head = f"--{mark}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    body = b"".join(head + path.read_bytes() + b"\r\n" for path in files) + f"--{mark}--\r\n".encode()
    kind = f'multipart/related; type="application/dicom"; boundary={mark}'
    request = urllib.request.Request(  # noqa: S310
        f"{url}/studies", data=body, headers={"Content-Type": kind, "Accept": "application/dicom+json"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        said = json.loads(answer.read())
    assert said.get("00081198", {}).get("Value", []) == [], "some instances were refused"


def wado(url: str, dataset: pydicom.Dataset) -> pydicom.Dataset:
    place = f"{url}/studies/{dataset.StudyInstanceUID}/series/{dataset.SeriesInstanceUID}"
    request = urllib.request.Request(  # noqa: S310
        f"{place}/instances/{dataset.SOPInstanceUID}",
        headers={"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'},
    )
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
        kind, body = answer.headers["Content-Type"], answer.read()
    mark = kind.split("boundary=")[1].split(";")[0].strip('"').encode()
    part = body.split(b"--" + mark)[1].split(b"\r\n\r\n", 1)[1][:-2]
    return pydicom.dcmread(io.BytesIO(part))


def test_orthanc_gives_back_what_it_was_given(archive: str, out: Path, scan: Volume, tmp_path: Path) -> None:
    slices = sorted(Path(scan.source).iterdir())
    stow(archive, [*slices, out / "segmentation.dcm", out / "report.dcm"])
    for path in (slices[5], out / "segmentation.dcm", out / "report.dcm"):
        sent = pydicom.dcmread(path)
        assert wado(archive, sent) == sent
    back = tmp_path / "back.dcm"
    wado(archive, pydicom.dcmread(out / "segmentation.dcm")).save_as(back)
    there = segments(back).get_volume(combine_segments=True)
    here = segments(out / "segmentation.dcm").get_volume(combine_segments=True)
    np.testing.assert_array_equal(there.array, here.array)


@pytest.mark.parametrize("apart", [0.0, 6.0])
def test_numbers_beside_marks_cover_neither_marks_nor_each_other(apart: float) -> None:
    places = [(100 + apart * n, 100.0) for n in range(8)]
    marks = [(x - 6, y - 6, x + 6, y + 6) for x, y in places]
    taken = list(marks)
    for place in places:
        taken.append(free_box(place, 30, taken, (400, 400)))
    boxes = taken[len(places) :]
    for n, box in enumerate(boxes):
        assert not any(overlapping(box, other) for other in [*boxes[:n], *marks])


def test_a_number_at_the_edge_stays_in_the_picture() -> None:
    box = free_box((395.0, 3.0), 30, [], (400, 400))
    assert box[0] >= 0
    assert box[1] >= 0
    assert box[2] <= 400


def test_pictures_and_page_of_an_earlier_run_do_not_stay(tmp_path: Path) -> None:
    scan = volume()
    write_results(tmp_path, scan, measurement(scan))
    (tmp_path / "decisions.json").write_text("a reader's work")
    (tmp_path / "pictures" / "holiday.png").write_bytes(b"")
    fewer = replace(measurement(scan), deposits=measurement(scan).deposits[:1])
    write_results(tmp_path, scan, fewer, with_page=False)
    kept = {path.name for path in (tmp_path / "pictures").iterdir()}
    assert kept == {"projection.png", "histogram.png", "D001.png", "holiday.png"}
    assert not (tmp_path / "index.html").exists()
    assert (tmp_path / "decisions.json").read_text() == "a reader's work"
