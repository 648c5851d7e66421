"""`measurement.json`, its table as CSV and its label volume: written whole, and read back."""

from __future__ import annotations

import csv
import gzip
import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnreadableRecord
from calcinosis.imaging.dicom_series import stable_uid
from calcinosis.imaging.model import Deposit, FollowUp, Measurement, Scan, Volume
from calcinosis.imaging.writing import software_version, write_atomic, write_text

FORMAT = "calcinosis-measurement/1"
RESEARCH_USE = "For research use only: not a medical device, no basis for a diagnosis or a treatment."
USE = "research"  # in every row of a table, because rows travel without the page they came from
DIGITS = 6


def with_tracking(measurement: Measurement) -> Measurement:
    """Give every object a tracking UID that depends on the series and its id only.

    One that a follow-up carried over from the baseline stays.
    """
    # The reader and the measurement may both have said the same.
    scan = replace(measurement.scan, reasons=tuple(dict.fromkeys(measurement.scan.reasons)))
    return replace(
        measurement,
        scan=scan,
        deposits=tuple(
            one if one.tracking_uid else replace(one, tracking_uid=_tracking(measurement, one))
            for one in measurement.deposits
        ),
    )


def _tracking(measurement: Measurement, one: Deposit) -> str:
    return stable_uid(["tracking", measurement.series_uid or measurement.source, one.id])


def to_dict(measurement: Measurement) -> dict[str, Any]:
    """The measurement as `measurement.json` holds it; `class` stands for `deposit_class`."""
    whole: dict[str, Any] = plain(
        {
            "format": FORMAT,
            "calcinosis": {"version": software_version()},
            "research_use": RESEARCH_USE,
            "series_uid": measurement.series_uid,
            "source": measurement.source,
            "scan": asdict(measurement.scan),
            "totals": _totals(measurement),
            "dropped": dict(measurement.dropped),
            "settings": dict(measurement.settings),
            "deposits": [deposit_dict(one) for one in measurement.deposits],
        }
    )
    return whole


def _totals(measurement: Measurement) -> dict[str, Any]:
    """The sums; the number of deposits is a whole one."""
    totals: dict[str, Any] = dict(measurement.totals)
    return totals | ({"count": int(totals["count"])} if "count" in totals else {})


def deposit_dict(one: Deposit) -> dict[str, Any]:
    """One row: the fields of `Deposit` in their order, `deposit_class` called `class`."""
    return {_name(key): value for key, value in asdict(one).items()}


def _name(key: str) -> str:
    return "class" if key == "deposit_class" else key


def plain(value: Any) -> Any:
    """Only what JSON knows; numbers to six significant digits, what is not finite as null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        number = float(value)
        return float(f"{number:.{DIGITS}g}") if math.isfinite(number) else None
    return value if value is None or isinstance(value, str) else str(value)


def write_measurement(measurement: Measurement, folder: Path) -> tuple[Path, ...]:
    """Write `measurement.json` and `deposits.csv`."""
    text = json.dumps(to_dict(measurement), indent=2, ensure_ascii=False, allow_nan=False)
    return (
        write_text(folder / "deposits.csv", to_csv(measurement)),
        write_text(folder / "measurement.json", text + "\n"),
    )


def to_csv(measurement: Measurement) -> str:
    """One line an object, all classes; the centroid in three columns."""
    names = [field.name for field in fields(Deposit)]
    left_out = {"centroid_lps_mm", "bounding_box"}
    columns = [_name(name) for name in names if name not in left_out]
    rows = [_csv_row(one, columns) for one in measurement.deposits]
    return _csv([*columns[:4], "x_mm", "y_mm", "z_mm", *columns[4:], "use"], rows)


def _csv_row(one: Deposit, columns: Sequence[str]) -> list[Any]:
    row = plain(deposit_dict(one))
    cells = ["" if row[name] is None else row[name] for name in columns]
    return [*cells[:4], *row["centroid_lps_mm"], *cells[4:], USE]


def _csv(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(head)
    writer.writerows([[_cell(value) for value in row] for row in rows])
    return stream.getvalue()


def _cell(value: Any) -> Any:
    """A text that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value


def write_labels(measurement: Measurement, volume: Volume, path: Path) -> Path | None:
    """Write the label volume as NIfTI on the grid of the scan; None when there are no labels."""
    if measurement.labels is None:
        return None
    labels = measurement.labels
    header = _nifti_header(labels.shape, volume)
    return write_atomic(path, lambda temporary: _pack(temporary, header, labels))


def _nifti_header(shape: tuple[int, ...], volume: Volume) -> bytes:
    import nibabel

    header = nibabel.Nifti1Header()
    header.set_data_dtype(np.int16)
    header.set_data_shape(shape[::-1])
    reverse = np.eye(4)[[2, 1, 0, 3]]
    header.set_sform(np.diag([-1.0, -1.0, 1.0, 1.0]) @ volume.affine @ reverse, code="scanner")
    header.set_xyzt_units("mm")
    header["descrip"] = b"calcinosis: objects on CT, for research use only"
    header["pixdim"][1:4] = volume.scan.spacing_mm[::-1]
    header["vox_offset"] = 352
    return bytes(header.binaryblock) + b"\0\0\0\0"


def _pack(path: Path, header: bytes, labels: NDArray[np.signedinteger[Any]]) -> None:
    """Slice by slice, so that no copy of the volume is held; without a time, so that bytes repeat."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as stream:
        stream.write(header)
        for plane in labels:
            stream.write(plane.astype("<i2").tobytes())


def read_measurement(source: str | Path) -> Measurement:
    """Read `measurement.json`, or the folder it stands in; labels come with `read_label_volume`.

    Raises:
        UnreadableRecord: no such file, or none that `calcinosis measure` wrote.
    """
    path = Path(source)
    path = path / "measurement.json" if path.is_dir() else path
    if not path.is_file():
        raise UnreadableRecord("no such file", where=str(path), remedy="Run calcinosis measure first.")
    try:
        return from_dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UnreadableRecord(
            f"not a measurement ({type(error).__name__})",
            where=str(path),
            expected="measurement.json as `calcinosis measure` writes it",
        ) from None


def from_dict(data: Mapping[str, Any]) -> Measurement:
    """The measurement that `to_dict` was given, without labels.

    Raises:
        ValueError, KeyError: a field is missing or of the wrong type.
    """
    import msgspec

    rows = [
        {("deposit_class" if key == "class" else key): value for key, value in row.items()}
        for row in data["deposits"]
    ]
    return Measurement(
        scan=msgspec.convert(dict(data["scan"]), Scan),
        deposits=tuple(msgspec.convert(row, Deposit) for row in rows),
        totals=msgspec.convert(dict(data["totals"]), dict[str, float]),
        settings={**data.get("settings", {}), "software": str(data["calcinosis"]["version"])},
        series_uid=str(data.get("series_uid", "")),
        source=str(data.get("source", "")),
        dropped=msgspec.convert(dict(data.get("dropped", {})), dict[str, int]),
    )


def read_label_volume(path: Path, volume: Volume) -> NDArray[np.int16]:
    """The label volume that `write_labels` wrote, checked against the scan.

    Raises:
        UnreadableRecord: unreadable, or not on the grid of the scan.
    """
    from calcinosis.imaging.nifti_reading import read_labels

    labels, affine = read_labels(path, at_most=volume.hu.size)
    if labels.shape != volume.hu.shape or not np.allclose(affine, volume.affine, atol=1e-2):
        raise UnreadableRecord("the labels are those of another scan", where=str(path))
    return labels.astype(np.int16)


def follow_up_dict(follow_up: FollowUp, notes: Sequence[str] = ()) -> dict[str, Any]:
    """The comparison as `follow.json` holds it, with what makes one doubt that the scans belong together."""
    whole: dict[str, Any] = plain(
        {
            "format": "calcinosis-follow-up/1",
            "calcinosis": {"version": software_version()},
            "research_use": RESEARCH_USE,
            "totals": dict(follow_up.totals),
            "notes": list(notes),
            "refused": list(follow_up.refused),
            "settings": dict(follow_up.settings),
            "registrations": [
                {"segment": one.segment, "residual_mm": one.residual_mm, "matrix": one.matrix}
                for one in follow_up.registrations
            ],
            "changes": [asdict(one) for one in follow_up.changes],
        }
    )
    return whole


def write_follow_up(follow_up: FollowUp, folder: Path, notes: Sequence[str] = ()) -> tuple[Path, ...]:
    """Write `follow.json` and `changes.csv`."""
    data = follow_up_dict(follow_up, notes)
    columns = list(data["changes"][0]) if data["changes"] else ["state"]
    rows = [
        [*(" ".join(row[c]) if isinstance(row[c], list) else row[c] for c in columns), USE]
        for row in data["changes"]
    ]
    text = json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False)
    return (
        write_text(folder / "changes.csv", _csv([*columns, "use"], rows)),
        write_text(folder / "follow.json", text + "\n"),
    )


def write_truth(truth: Sequence[Any], folder: Path) -> tuple[Path, ...]:
    """Write what a phantom holds (`simulate.TrueDeposit` rows) as `truth.csv` and `truth.json`."""
    data = [plain(asdict(one)) for one in truth]
    flat = [_flat(row) for row in data]
    columns = list(flat[0]) if flat else ["id"]
    return (
        write_text(folder / "truth.csv", _csv(columns, [list(row.values()) for row in flat])),
        write_text(folder / "truth.json", json.dumps(data, indent=2) + "\n"),
    )


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its centroid in three columns."""
    cells: dict[str, Any] = {}
    for key, value in row.items():
        if key == "centroid_lps_mm":
            cells |= dict(zip(("x_mm", "y_mm", "z_mm"), value, strict=True))
        else:
            cells[key] = value
    return cells
