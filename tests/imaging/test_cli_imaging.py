"""The three imaging verbs: results on stdout, everything else on stderr, one message for a mistake."""

from __future__ import annotations

import csv
import errno
import json
import shutil
import subprocess
import sys
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from example_scan import series

from calcinosis.cli.simulate_ct import refuse_other_files
from calcinosis.errors import UnreadableRecord, UnwritableOutput
from calcinosis.imaging.dicom_files import find_instances
from calcinosis.imaging.dicom_series import series_of
from calcinosis.imaging.model import FollowUp, Measurement, Registration, Volume
from calcinosis.imaging.reading import read
from calcinosis.imaging.results import comparable, doubts, read_results
from calcinosis.imaging.writing import check_writable, write_atomic


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "calcinosis", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A folder with a series, and the folder of its results."""
    folder = tmp_path_factory.mktemp("measured")
    series(folder / "ct")
    done = run("measure", folder / "ct", "--out", folder / "out", "--calibration", "0.8")
    assert done.returncode == 0, done.stderr
    (folder / "stdout").write_text(done.stdout)
    (folder / "stderr").write_text(done.stderr)
    return folder / "ct", folder / "out"


def rows(folder: Path) -> list[dict[str, object]]:
    data = json.loads((folder / "measurement.json").read_text())
    return list(data["deposits"])


def test_measure_finds_the_two_deposits_of_the_test_scan(measured: tuple[Path, Path]) -> None:
    found = [row for row in rows(measured[1]) if row["class"] == "deposit"]
    assert len(found) == 2
    heights = sorted(row["centroid_lps_mm"][2] for row in found)  # type: ignore[index]
    assert heights == pytest.approx([108, 115], abs=0.6)
    assert all(row["mass_mg"] == pytest.approx(0.8 * row["calcium_hu_ml"], rel=1e-4) for row in found)  # type: ignore[operator]


def test_measure_prints_the_table_on_stdout_and_the_caution_on_stderr(
    measured: tuple[Path, Path],
) -> None:
    out = (measured[0].parent / "stdout").read_text()
    assert out.splitlines()[0].split()[0] == "deposit"
    assert "2 deposits" in out
    assert "research use" in (measured[0].parent / "stderr").read_text().lower()


def test_measure_leaves_every_file(measured: tuple[Path, Path]) -> None:
    names = {path.name for path in measured[1].iterdir()}
    assert names == {
        "measurement.json", "deposits.csv", "labels.nii.gz", "segmentation.dcm", "report.dcm",
        "observations.json", "pictures", "index.html",
    }  # fmt: skip


def test_every_file_says_what_it_may_be_used_for(measured: tuple[Path, Path]) -> None:
    out = measured[1]
    texts = [out / "measurement.json", out / "index.html", out / "observations.json"]
    assert all("research use" in path.read_text().lower() for path in texts)
    with (out / "deposits.csv").open() as stream:
        assert {row["use"] for row in csv.DictReader(stream)} == {"research"}
    for name in ("segmentation.dcm", "report.dcm"):
        assert "research use" in pydicom.dcmread(out / name).SeriesDescription
    assert b"research use" in bytes(nibabel.load(out / "labels.nii.gz").header["descrip"])


def test_a_result_is_found_again_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    series(tmp_path / "ct")
    monkeypatch.chdir(tmp_path)
    assert run("measure", "ct", "--out", "out", "--no-page").returncode == 0
    monkeypatch.chdir("/")
    scan, found = read_results(tmp_path / "out")
    assert scan.hu.shape == (24, 60, 64)
    assert type(json.loads((tmp_path / "out" / "measurement.json").read_text())["totals"]["count"]) is int
    assert found.totals["count"] == 2


def test_no_page(measured: tuple[Path, Path], tmp_path: Path) -> None:
    assert run("measure", measured[0], "--out", tmp_path / "o", "--no-page").returncode == 0
    assert not (tmp_path / "o" / "index.html").exists()


def test_a_decision_of_the_reader_counts_and_is_kept(measured: tuple[Path, Path], tmp_path: Path) -> None:
    flipped = rows(measured[1])[0]["id"]
    decisions = {
        "reader": "AB",
        "date": "2026-01-02",
        "decisions": [{"id": flipped, "class": "vessel", "note": "radial artery"}],
    }
    (tmp_path / "decisions.json").write_text(json.dumps(decisions))
    done = run(
        "measure", measured[0], "--out", tmp_path / "o", "--no-page",
        "--review", tmp_path / "decisions.json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    row = next(row for row in rows(tmp_path / "o") if row["id"] == flipped)
    assert row["class"] == "vessel"
    assert row["review"]
    assert "not counted: 1 vessel" in done.stdout
    assert json.loads((tmp_path / "o" / "decisions.json").read_text()) == decisions


@pytest.mark.parametrize(
    ("other", "message"),
    [({"series_uid": "2.25.1"}, "another series"), ({"objects": {"D001": [0, 0, 0]}}, "lies elsewhere")],
)
def test_decisions_on_another_measurement_are_refused(
    measured: tuple[Path, Path], tmp_path: Path, other: dict[str, object], message: str
) -> None:
    decisions = {"reader": "AB", "decisions": [{"id": "D001", "class": "bone"}], **other}
    (tmp_path / "d.json").write_text(json.dumps(decisions))
    done = run("measure", measured[0], "--out", tmp_path / "o", "--review", tmp_path / "d.json")
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    "verb", [("measure",), ("follow", "nowhere"), ("simulate-ct", "limb", "--seed", 1, "--deposits", 0)]
)
def test_a_place_that_cannot_be_written_is_refused_before_the_work(
    tmp_path: Path, verb: tuple[object, ...]
) -> None:
    """Below a file no folder can be made, whoever asks; the scan itself does not exist either."""
    (tmp_path / "file").write_text("")
    scan = () if verb[0] == "simulate-ct" else ("nowhere",)
    done = run(*verb, *scan, "--out", tmp_path / "file" / "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot be written (Not a directory). Give a folder" in done.stderr


def test_a_check_of_the_place_leaves_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_said(tmp_path: Path) -> None:
    def fill(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with pytest.raises(UnwritableOutput, match=r"x.bin: cannot be written \(No space left on device\)"):
        write_atomic(tmp_path / "x.bin", fill)
    assert list(tmp_path.iterdir()) == []


def test_slices_of_another_scan_are_not_mixed_with_simulated_ones(tmp_path: Path) -> None:
    series(tmp_path)
    with pytest.raises(UnwritableOutput, match="files of another scan"):
        refuse_other_files(tmp_path, ["CT0001.dcm", "CT0002.dcm"])
    refuse_other_files(tmp_path, [one.name for one in tmp_path.iterdir()])


def test_a_series_that_is_not_there_is_answered_by_those_that_are(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    done = run("measure", folder, "--out", tmp_path / "out", "--series", "1.2.3")
    assert done.returncode == 2
    lines = done.stderr.splitlines()
    assert lines[1] == f"  {series_of(find_instances(folder))[0].line()}".rstrip()
    assert lines[2] == "Name one with --series UID."


@pytest.mark.parametrize("text", ["", "[]", '{"decisions": 3}', "not json"])
def test_a_malformed_decision_file_is_refused(measured: tuple[Path, Path], tmp_path: Path, text: str) -> None:
    (tmp_path / "d.json").write_text(text)
    done = run("measure", measured[0], "--out", tmp_path / "o", "--review", tmp_path / "d.json")
    assert done.returncode == 2
    assert "not a file of decisions" in done.stderr
    assert not (tmp_path / "o").exists()


def test_several_series_end_with_the_list_and_status_2(tmp_path: Path) -> None:
    for name in ("A^ONE", "B^TWO"):
        series(tmp_path / name, name=name)
    done = run("measure", tmp_path, "--out", tmp_path / "out")
    assert done.returncode == 2
    for one in series_of(find_instances(tmp_path)):
        assert one.line() in done.stderr
    assert "--series" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    assert not (tmp_path / "out").exists()


def test_a_broken_series_ends_with_one_message_and_status_2(tmp_path: Path) -> None:
    folder = series(tmp_path / "ct")
    (folder / "CT0010.dcm").write_bytes((folder / "CT0010.dcm").read_bytes()[:3000])
    done = run("measure", folder, "--out", tmp_path / "out")
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "truncated" in done.stderr
    assert not (tmp_path / "out" / "measurement.json").exists()


def test_follow_keeps_one_tracking_uid_for_one_deposit(measured: tuple[Path, Path], tmp_path: Path) -> None:
    done = run("follow", measured[1], measured[0], "--out", tmp_path / "f", "--no-page")
    assert done.returncode == 0, done.stderr
    told = json.loads((tmp_path / "f" / "follow.json").read_text())
    assert told["notes"] == ["both are the same series"]
    assert "note: both are the same series" in done.stderr
    changes = told["changes"]
    assert [change["state"] for change in changes] == ["stable", "stable"]
    before = {row["id"]: row["tracking_uid"] for row in rows(tmp_path / "f" / "baseline")}
    after = {row["id"]: row["tracking_uid"] for row in rows(tmp_path / "f" / "later")}
    for change in changes:
        assert before[change["baseline_ids"][0]] == after[change["later_ids"][0]]
    assert (tmp_path / "f" / "change.png").stat().st_size > 1000
    report = pydicom.dcmread(tmp_path / "f" / "later" / "report.dcm")
    assert all(before[change["baseline_ids"][0]] in str(report) for change in changes)


def dated(folder: Path, **values: object) -> tuple[Volume, Measurement]:
    """A scan with some values of its headers, and a measurement of nothing on it."""
    for path in folder.iterdir():
        image = pydicom.dcmread(path)
        for keyword, value in values.items():
            setattr(image, keyword, value)
        image.save_as(path)
    scan = read(folder)
    return scan, Measurement(scan.scan, (), {}, series_uid=scan.series_uid)


def test_what_speaks_against_one_patient_or_the_order_is_noted(tmp_path: Path) -> None:
    first = dated(series(tmp_path / "a", name="A^ONE"), AcquisitionDate="20240301")
    second = dated(series(tmp_path / "b", name="B^TWO"), AcquisitionDate="20230301")
    notes = doubts(first, second)
    assert notes[0] == "the two scans name different patients"
    assert notes[1] == "the later scan (2023-03-01) is older than the baseline (2024-03-01)"
    assert doubts(first, first) == ("both are the same series",)


@pytest.mark.parametrize(
    ("keyword", "values"), [("PatientBirthDate", ("19600101", "19700101")), ("PatientSex", ("F", "M"))]
)
def test_two_persons_are_refused(tmp_path: Path, keyword: str, values: tuple[str, str]) -> None:
    scans = [dated(series(tmp_path / value), **{keyword: value}) for value in values]
    with pytest.raises(UnreadableRecord, match="the two scans state different"):
        doubts(scans[0], scans[1])


@pytest.mark.parametrize(("apart", "said"), [(0.4, True), (25.0, False)])
def test_no_ratio_of_totals_of_scans_that_do_not_fit(apart: float, said: bool) -> None:
    fits = (Registration(np.eye(4), apart),)
    result = FollowUp((), fits, {"baseline_hu_ml": 10.0, "later_hu_ml": 2.0, "ratio": 0.2})
    assert ("ratio" in comparable(result).totals) is said


def test_follow_refuses_what_was_not_measured_alike(measured: tuple[Path, Path], tmp_path: Path) -> None:
    shutil.copytree(measured[1], tmp_path / "old")
    data = json.loads((tmp_path / "old" / "measurement.json").read_text())
    data["settings"]["matrix_hu"]["value"] = 60.0
    (tmp_path / "old" / "measurement.json").write_text(json.dumps(data))
    done = run("follow", tmp_path / "old", measured[1], "--out", tmp_path / "f")
    assert done.returncode == 2
    assert "not measured alike (matrix_hu)" in done.stderr
    assert not (tmp_path / "f").exists()


@pytest.mark.slow
def test_simulate_ct_says_what_it_could_not_do(tmp_path: Path) -> None:
    done = run(
        "simulate-ct", "limb", "--seed", 1, "--out", tmp_path, "--deposits", 200, "--pixel", 3,
        "--slice", 3, "--length", 20, "--acro-osteolysis",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    placed = len(json.loads((tmp_path / "truth.json").read_text()))
    assert f"room for {placed} of 200 deposits" in done.stderr
    assert "changes the hand only" in done.stderr


@pytest.mark.slow
def test_simulate_ct_writes_a_series_and_its_truth(tmp_path: Path) -> None:
    done = run(
        "simulate-ct", "limb", "--seed", 4, "--out", tmp_path, "--deposits", 3,
        "--pixel", 1.0, "--slice", 2.0, "--length", 60,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    truth = json.loads((tmp_path / "truth.json").read_text())
    assert len((tmp_path / "truth.csv").read_text().splitlines()) == len(truth) + 1
    volume = read(tmp_path / "series")
    assert volume.scan.in_specification
    for row in truth:
        place = [*row["centroid_lps_mm"], 1.0]
        k, j, i = (round(float(v)) for v in (np.linalg.inv(volume.affine) @ place)[:3])
        assert volume.hu[k - 2 : k + 3, j - 3 : j + 4, i - 3 : i + 4].max() > 130
