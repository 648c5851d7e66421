"""One self-contained HTML page to scroll through a scan, see its objects and decide on them.

Everything is inlined (viewer, reduced scan, labels, pictures), so the page runs from disk and sends
nothing anywhere. Decisions are saved as `decisions.json` for `calcinosis measure --review`.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.dicom_codes import METRICS, total, true_deposits
from calcinosis.imaging.measurement_file import RESEARCH_USE, to_dict
from calcinosis.imaging.model import DepositClass, Measurement, Volume
from calcinosis.imaging.pictures import CLASS_COLOURS, CLASS_MARKS, in_order

MAX_VOXELS = 6_000_000
HU_STEP = 8
_SHAPES = {"circle": "●", "square": "■", "triangle": "▲", "cross": "✖", "diamond": "◆"}


@dataclass(frozen=True, slots=True)
class Shown:
    """What the page shows of the scan: a crop around the body, every so many voxels.

    Attributes:
        stride: (k, j, i), 1 where every voxel is shown.
    """

    hu: NDArray[np.int16]
    labels: NDArray[np.int32]
    affine: NDArray[np.float64]
    stride: tuple[int, int, int]


def page(
    volume: Volume,
    measurement: Measurement,
    pictures: Mapping[str, bytes],
    decisions: Mapping[str, Any] | None = None,
) -> str:
    """The page as text.

    Args:
        volume: the scan.
        measurement: with tracking UIDs; without labels the overlay stays empty.
        pictures: name and PNG, as `pictures.all_pictures` gives them.
        decisions: what readers decided already; the page adds to it.
    """
    from jinja2 import Environment

    environment = Environment(autoescape=True)
    environment.globals["inline"] = _inline
    shown = reduced(volume, measurement)
    return environment.from_string(_text("page.html")).render(
        research_use=RESEARCH_USE,
        measurement=measurement,
        rows=in_order(measurement),
        marks={kind: _SHAPES[mark] for kind, mark in CLASS_MARKS.items()},
        totals=_totals(measurement),
        pictures={name: _base64(data) for name, data in pictures.items()},
        stride=shown.stride,
        data=_script(_payload(shown, measurement) | {"earlier": dict(decisions or {})}),
    )


def _totals(measurement: Measurement) -> list[tuple[str, str]]:
    deposits = true_deposits(measurement.deposits)
    sums = [(metric, total(metric, deposits)) for metric in METRICS]
    rows = [(one.label, f"{value:.4g} {_unit(one.unit)}".strip()) for one, value in sums if value]
    return [("deposits", str(len(deposits))), *rows]


def _unit(ucum: str) -> str:
    return {"[hnsf'U].mL": "HU mL", "[hnsf'U]": "HU", "1": "", "mm3": "mm³"}.get(ucum, ucum)


def reduced(volume: Volume, measurement: Measurement) -> Shown:
    """Crop to the body and thin out to `MAX_VOXELS`; labels keep the largest of those left out."""
    box = _body(volume.hu)
    hu = volume.hu[box]
    labels = measurement.labels
    kept = np.zeros(hu.shape, np.int32) if labels is None else labels[box]
    stride = _stride(hu.shape, volume.scan.spacing_mm)
    affine = volume.affine.copy()
    affine[:3, 3] += affine[:3, :3] @ np.array([part.start for part in box])
    affine[:3, :3] = affine[:3, :3] * np.array(stride)
    # The middle of a thinned block lies between its voxels.
    affine[:3, 3] += volume.affine[:3, :3] @ ((np.array(stride) - 1) / 2)
    return Shown(_blocks(hu, stride, "mean"), _blocks(kept, stride, "max"), affine, stride)


def _body(hu: NDArray[np.int16], level: int = -400, margin: int = 4) -> tuple[slice, slice, slice]:
    """The box around everything denser than air."""
    parts = []
    for axis in range(3):
        others = tuple(a for a in range(3) if a != axis)
        dense = np.flatnonzero(hu.max(axis=others) > level)
        low, high = (int(dense[0]), int(dense[-1])) if dense.size else (0, hu.shape[axis] - 1)
        parts.append(slice(max(0, low - margin), min(hu.shape[axis], high + margin + 1)))
    return parts[0], parts[1], parts[2]


def _stride(shape: tuple[int, ...], spacing: tuple[float, float, float]) -> tuple[int, int, int]:
    """Thin out the finest axis first until few enough voxels are left."""
    stride = [1, 1, 1]
    while np.prod([n / s for n, s in zip(shape, stride, strict=True)]) > MAX_VOXELS:
        steps = [mm * s for mm, s in zip(spacing, stride, strict=True)]
        finest = min(steps)
        for axis in range(3):
            if steps[axis] <= finest * 1.01:
                stride[axis] += 1
    return stride[0], stride[1], stride[2]


def _blocks(array: NDArray[Any], stride: tuple[int, int, int], how: str) -> NDArray[Any]:
    """One value a block of `stride` voxels; an incomplete block at the end is dropped."""
    k, j, i = (n // s for n, s in zip(array.shape, stride, strict=True))
    cut = array[: k * stride[0], : j * stride[1], : i * stride[2]]
    if stride == (1, 1, 1):
        return cut
    split = cut.reshape(k, stride[0], j, stride[1], i, stride[2])
    if how == "max":
        return np.asarray(split.max(axis=(1, 3, 5)))
    return np.asarray(split.mean(axis=(1, 3, 5), dtype=np.float32)).astype(array.dtype)


def _payload(shown: Shown, measurement: Measurement) -> dict[str, Any]:
    coarse = np.clip(shown.hu, -1024, 3071) // HU_STEP * HU_STEP
    kinds = list(CLASS_COLOURS)
    return {
        "measurement": to_dict(measurement),
        "volume": _base64(_nifti(coarse.astype(np.int16), shown.affine)),
        "classes": _base64(_nifti(_classes(shown.labels, measurement, kinds), shown.affine)),
        "kinds": kinds,
        "colours": [list(CLASS_COLOURS[kind]) for kind in kinds],
    }


def _classes(
    labels: NDArray[np.int32], measurement: Measurement, kinds: list[DepositClass]
) -> NDArray[np.int16]:
    """0 where there is nothing, else 1 + the place of the object's class in `kinds`."""
    table = np.zeros(int(labels.max(initial=0)) + 1, np.int16)
    for one in measurement.deposits:
        if one.label < table.size:
            table[one.label] = 1 + kinds.index(one.deposit_class)
    return table[labels]


def _nifti(array: NDArray[np.int16], affine: NDArray[np.float64]) -> bytes:
    """A gzipped NIfTI with the time of the gzip left out, so that the same scan gives the same page."""
    import nibabel

    reverse = np.eye(4)[[2, 1, 0, 3]]
    to_ras = np.diag([-1.0, -1.0, 1.0, 1.0])
    image = nibabel.Nifti1Image(array.transpose(2, 1, 0), to_ras @ affine @ reverse)
    return gzip.compress(image.to_bytes(), 6, mtime=0)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _script(data: Mapping[str, Any]) -> Any:
    """JSON that no text inside it can end the script element with."""
    from markupsafe import Markup

    text = json.dumps(data, ensure_ascii=True, allow_nan=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e"))  # noqa: S704


def _inline(name: str) -> Any:
    """A file of this folder, put into the page as it is."""
    from markupsafe import Markup

    return Markup(_text(name))  # noqa: S704


@cache
def _text(name: str) -> str:
    return files(__name__).joinpath(name).read_text(encoding="utf-8")
