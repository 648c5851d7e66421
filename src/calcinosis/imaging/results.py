"""Everything a measurement leaves in its folder; `measurement.json` comes last and says it is whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import dist
from pathlib import Path
from typing import Any

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.fhir_observations import to_bundle
from calcinosis.imaging.measurement_file import (
    plain,
    read_label_volume,
    read_measurement,
    with_tracking,
    write_labels,
    write_measurement,
)
from calcinosis.imaging.model import Deposit, FollowUp, Measurement, Volume
from calcinosis.imaging.pictures import all_pictures
from calcinosis.imaging.reading import read
from calcinosis.imaging.segmentation_object import segmentation
from calcinosis.imaging.settings import load
from calcinosis.imaging.structured_report import structured_report
from calcinosis.imaging.viewer import page
from calcinosis.imaging.writing import software_version, write_atomic, write_bytes, write_text

Progress = Callable[[str, float], None]
LABELS = "labels.nii.gz"
_PICTURE = re.compile(r"(projection|histogram|[A-Z]\d+)\.png")


def write_results(
    folder: Path,
    volume: Volume,
    measurement: Measurement,
    *,
    with_page: bool = True,
    decisions: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Measurement:
    """Write all files of a measurement.

    Args:
        folder: made when it is not there; files of an earlier run are removed or replaced.
        volume: the scan; SEG and SR are written when it was read from DICOM.
        measurement: with labels.
        with_page: also write `index.html`.
        decisions: the reader's file, kept beside what it led to.
        progress: called with a step and its fraction done.

    Returns:
        The measurement with its tracking UIDs, as it was written.
    """
    tell = progress or (lambda step, share: None)
    tracked = with_tracking(measurement)
    _clear(folder)
    write_labels(tracked, volume, folder / LABELS)
    tell("writing DICOM", 0.2)
    write_dicom(folder, volume, tracked)
    bundle = json.dumps(to_bundle(tracked, volume), indent=2, ensure_ascii=False)
    write_text(folder / "observations.json", bundle + "\n")
    if decisions is not None:
        text = json.dumps(decisions, indent=2, ensure_ascii=False)
        write_text(folder / "decisions.json", text + "\n")
    tell("drawing", 0.4)
    pictures = all_pictures(volume, tracked)
    for name, data in pictures.items():
        write_bytes(folder / "pictures" / name, data)
    tell("writing the page", 0.7)
    if with_page:
        write_text(folder / "index.html", page(volume, tracked, pictures, decisions))
    write_measurement(tracked, folder)
    tell("done", 1.0)
    return tracked


def _clear(folder: Path) -> None:
    """Remove what an earlier run left and this one might not write: old pictures would pass for new ones.

    A file of decisions stays, it is a reader's work.
    """
    if (folder / LABELS).exists() or (folder / "measurement.json").exists():
        (folder / "index.html").unlink(missing_ok=True)
        for picture in (folder / "pictures").glob("*.png"):
            if _PICTURE.fullmatch(picture.name):
                picture.unlink()
    (folder / "measurement.json").unlink(missing_ok=True)


def write_dicom(folder: Path, volume: Volume, measurement: Measurement) -> None:
    """Write `segmentation.dcm` (when there is a deposit) and `report.dcm`; nothing without DICOM input."""
    if not volume.headers:
        return
    seg = segmentation(measurement, volume)
    if seg is None:
        (folder / "segmentation.dcm").unlink(missing_ok=True)
    else:
        write_atomic(folder / "segmentation.dcm", seg.save_as)
    report = structured_report(measurement, volume, seg)
    write_atomic(folder / "report.dcm", report.save_as)


def read_results(
    folder: Path, *, series: str | None = None, progress: Progress | None = None
) -> tuple[Volume, Measurement]:
    """The scan and the measurement (with labels) of a folder that `write_results` wrote.

    Raises:
        UnreadableRecord: a file is missing, or the scan is not where it was.
    """
    measurement = read_measurement(folder)
    if not (folder / LABELS).is_file():
        raise UnreadableRecord(f"no {LABELS}", where=str(folder), remedy="Measure again.")
    source = Path(measurement.source)
    if not source.exists():
        raise UnreadableRecord(
            "the scan it was measured on is no longer where it was",
            where=str(folder),
            remedy="Give the series itself.",
        )
    volume = read(source, series=series or measurement.series_uid or None, progress=progress)
    labels = read_label_volume(folder / LABELS, volume)
    return volume, replace(measurement, labels=labels)


def carry_tracking(
    baseline: Measurement, later: Measurement, follow_up: FollowUp
) -> tuple[Measurement, Measurement]:
    """Both measurements with tracking UIDs, the same one for what is the same deposit.

    Of deposits that merged the UID of the largest lives on, and of one that split its largest part
    keeps it; the others get or keep their own.
    """
    earlier, after = with_tracking(baseline), with_tracking(later)
    before = {one.id: one for one in earlier.deposits}
    now = {one.id: one for one in after.deposits}
    uids: dict[str, str] = {}
    for change in follow_up.changes:
        if change.baseline_ids and change.later_ids:
            kept = max((now[i] for i in change.later_ids), key=_calcium)
            uids[kept.id] = max((before[i] for i in change.baseline_ids), key=_calcium).tracking_uid
    deposits = tuple(replace(one, tracking_uid=uids.get(one.id, one.tracking_uid)) for one in after.deposits)
    return earlier, replace(after, deposits=deposits)


def _calcium(one: Deposit) -> float:
    return one.calcium_hu_ml


def refuse_other_decisions(
    measurement: Measurement, volume: Volume, decisions: Mapping[str, Any], *, within_mm: float = 1.0
) -> None:
    """Ids are only numbers: refuse decisions on objects that lie elsewhere in this measurement.

    Raises:
        UnreadableRecord: another series, or an object decided on is not where it was.
    """
    series = str(decisions.get("series_uid") or "")
    if series and volume.series_uid and series != volume.series_uid:
        raise UnreadableRecord("the decisions are on another series", where=series)
    places = {one.id: one.centroid_lps_mm for one in measurement.deposits}
    for name, place in dict(decisions.get("objects") or {}).items():
        if name in places and not _near(places[name], place, within_mm):
            raise UnreadableRecord(
                f"the decisions are on another measurement: {name} lies elsewhere",
                remedy="Measure with the options (bone mask, series) that the reviewed page had.",
            )


def _near(one: Any, other: Any, within_mm: float) -> bool:
    """Do two places lie close together? A malformed one lies nowhere."""
    try:
        return dist(one, other) <= within_mm
    except (TypeError, ValueError):
        return False


def refuse_other_method(one: Measurement, other: Measurement) -> None:
    """A change of method must not be read as a change of the patient.

    Raises:
        UnreadableRecord: the two were measured by another version, or with other constants.
    """
    from calcinosis.imaging.settings import as_data

    versions = {str(m.settings.get("software", software_version())) for m in (one, other)}
    names = [name for name in as_data() if _differs(one, other, name)]
    if len(versions) > 1 or names:
        what = "versions " + " and ".join(sorted(versions)) if len(versions) > 1 else ", ".join(names)
        raise UnreadableRecord(
            f"the two scans were not measured alike ({what})",
            remedy="Measure both again with this version, or give the series themselves.",
        )


def _differs(one: Measurement, other: Measurement, name: str) -> bool:
    first, second = (json.dumps(plain(m.settings.get(name)), sort_keys=True) for m in (one, other))
    return first != second


def doubts(first: tuple[Volume, Measurement], second: tuple[Volume, Measurement]) -> tuple[str, ...]:
    """Why the later scan may not be a later scan of this patient; empty when nothing speaks against it.

    Raises:
        UnreadableRecord: birth dates or sexes differ: these are two persons.
    """
    for keyword, name in (("PatientBirthDate", "dates of birth"), ("PatientSex", "sexes")):
        if len(_stated(keyword, first[0], second[0])) > 1:
            raise UnreadableRecord(
                f"the two scans state different {name}", expected="two scans of one patient"
            )
    before, after = first[1].scan.acquired, second[1].scan.acquired
    uid = first[1].series_uid
    found = {
        "the two scans name different patients": len(_stated("PatientID", first[0], second[0])) > 1,
        "both are the same series": bool(uid) and uid == second[1].series_uid,
        f"the later scan ({after}) is older than the baseline ({before})": bool(after) and after < before,
    }
    return tuple(note for note, so in found.items() if so)


def comparable(result: FollowUp) -> FollowUp:
    """Without the ratio of the totals when no part of the scans fits: they show different places."""
    limit = load().follow_up.residual_mm
    if not result.registrations or any(fit.residual_mm <= limit for fit in result.registrations):
        return result
    return replace(result, totals={key: value for key, value in result.totals.items() if key != "ratio"})


def _stated(keyword: str, *scans: Volume) -> set[str]:
    """The different values that scans state; one without a header, or with a blank, states none."""
    values = {str(scan.headers[0].get(keyword) or "").strip() for scan in scans if scan.headers}
    return values - {""}
