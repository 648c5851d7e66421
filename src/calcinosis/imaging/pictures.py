"""Pictures of a measurement as PNG: projections coloured by depth, slices of each object, a histogram.

Colour never stands alone: every object carries its id and a mark whose shape says its class.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import dist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.dicom_codes import true_deposits
from calcinosis.imaging.model import Deposit, DepositClass, Measurement, Volume

PAPER, INK, QUIET, GRID = (255, 255, 255), (24, 28, 34), (96, 104, 114), (222, 226, 231)
# From dark to bright, all bright enough to stand out from grey, told apart by lightness alone.
_DEPTH_COLOURS = np.array(
    [(112, 104, 255), (188, 84, 200), (242, 104, 116), (255, 172, 72), (255, 236, 96)],
    dtype=float,
)
CLASS_COLOURS: dict[DepositClass, tuple[int, int, int]] = {
    "deposit": (230, 120, 0),
    "bone": (70, 120, 190),
    "vessel": (170, 60, 120),
    "metal": (90, 90, 90),
    "indeterminate": (150, 130, 0),
}
CLASS_MARKS: dict[DepositClass, str] = {
    "deposit": "circle",
    "bone": "square",
    "vessel": "triangle",
    "metal": "cross",
    "indeterminate": "diamond",
}
WINDOW = (-160.0, 1000.0)
DEPTH_LIMIT_MM = 20.0
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels
LEADER_PX = 10  # words further from their mark are tied to it by a line
NOTICE = "Research use only"


@dataclass(frozen=True, slots=True)
class View:
    """One projection: along which axis, and which axes are shown down and across."""

    along: int
    down: int
    across: int
    title: str
    left: str
    right: str


FRONT = View(1, 0, 2, "from the front", "R", "L")
SIDE = View(2, 0, 1, "from the side", "A", "P")
FEET = View(0, 1, 2, "from the feet", "R", "L")
FEW = 40


def views(volume: Volume) -> tuple[View, View]:
    """The two projections that show most: from the feet instead of the side for a flat stack."""
    k, j, i = (n * step for n, step in zip(volume.hu.shape, volume.scan.spacing_mm, strict=True))
    return (FEET, FRONT) if k < min(i, j) / 2 else (FRONT, SIDE)


def projection(volume: Volume, measurement: Measurement, *, height: int = 720) -> bytes:
    """Two projections of the scan, its objects over them, a depth scale and a ruler; PNG."""
    from PIL import Image

    scale = scale_of(volume, height)
    panels = [panel(volume, measurement, view, scale) for view in views(volume)]
    gap, top, foot = 28, 60, 92
    width = sum(drawn.width for drawn in panels) + gap * (len(panels) + 1)
    tall = max(drawn.height for drawn in panels)
    sheet = Image.new("RGB", (max(width, 640), tall + top + foot), PAPER)
    x = gap
    for view, drawn in zip(views(volume), panels, strict=True):
        sheet.paste(drawn, (x, top))
        text(sheet, (x, top - 20), f"{view.left}   {view.title}")
        text(sheet, (x + drawn.width - 10, top - 20), view.right)
        x += drawn.width + gap
    text(sheet, (gap, 8), "Calcium deposits, colour: mean depth from skin", size=16)
    _depth_scale(sheet, gap, tall + top + 16)
    _class_key(sheet, gap, tall + top + 58, measurement)
    stamp(sheet)
    return png(sheet)


def scale_of(volume: Volume, height: int) -> float:
    """Pixels a millimetre, so that both projections fit."""
    k, j, i = (n * step for n, step in zip(volume.hu.shape, volume.scan.spacing_mm, strict=True))
    return float(min(height / k, 800 / i, 800 / j))


def panel(volume: Volume, measurement: Measurement, view: View, scale: float, *, marked: bool = True) -> Any:
    """One projection: brightest voxels in grey, labelled ones coloured, marks over them."""
    from PIL import Image

    size = _panel_size(volume, view, scale)
    grey = _grey(volume.hu.max(axis=view.along), (-250.0, 1400.0))
    picture = np.repeat(grey[..., None], 3, axis=2)
    if measurement.labels is not None:
        _colour(picture, measurement, view)
    # Slices are stacked to the head, pictures are drawn from the top.
    upright = Image.fromarray(np.ascontiguousarray(picture[::-1] if view.down == 0 else picture))
    image = upright.resize(size, Image.Resampling.BILINEAR)
    _ruler(image, scale)
    if marked:
        kinds = [(one, one.deposit_class) for one in _marked(measurement)]
        mark(
            image, volume, view, scale, [(one, CLASS_MARKS[kind], CLASS_COLOURS[kind]) for one, kind in kinds]
        )
    return image


def _marked(measurement: Measurement) -> list[Deposit]:
    """Deposits, and of the rest what is in doubt while that is few: marks must not hide the scan."""
    rest = [one for one in measurement.deposits if one.deposit_class not in ("deposit", "bone")]
    return [*(rest if len(rest) <= FEW else ()), *true_deposits(measurement.deposits)]


def _panel_size(volume: Volume, view: View, scale: float) -> tuple[int, int]:
    """Width and height in pixels."""
    across, down = (
        volume.hu.shape[axis] * volume.scan.spacing_mm[axis] * scale for axis in (view.across, view.down)
    )
    return max(1, round(across)), max(1, round(down))


def _colour(picture: NDArray[np.uint8], measurement: Measurement, view: View) -> None:
    assert measurement.labels is not None  # noqa: S101  (the caller asked)
    shown = {one.label: one for one in true_deposits(measurement.deposits)}
    flat = _flattened(measurement.labels, _table(measurement.labels, list(shown)), view.along)
    for label, one in shown.items():
        picture[flat == label] = depth_colour(one.depth_mean_mm)


def _table(labels: NDArray[np.signedinteger[Any]], shown: Sequence[int]) -> NDArray[np.int32]:
    """Label -> the label itself when it is shown, else 0."""
    table = np.zeros(int(labels.max(initial=0)) + 1, np.int32)
    kept = [label for label in shown if label < table.size]
    table[kept] = kept
    return table


def _flattened(
    labels: NDArray[np.signedinteger[Any]], table: NDArray[np.int32], along: int
) -> NDArray[np.int32]:
    """The largest of the shown labels along an axis, slice by slice: no second label volume is held."""
    planes = (table[plane] for plane in labels)
    if along != 0:
        return np.stack([plane.max(axis=along - 1) for plane in planes])
    flat = np.zeros(labels.shape[1:], np.int32)
    for plane in planes:
        np.maximum(flat, plane, out=flat)
    return flat


def depth_colour(depth_mm: float) -> Colour:
    """Bright at the skin, dark from `DEPTH_LIMIT_MM` on."""
    place = (1 - min(max(depth_mm, 0.0) / DEPTH_LIMIT_MM, 1.0)) * (len(_DEPTH_COLOURS) - 1)
    low = min(int(place), len(_DEPTH_COLOURS) - 2)
    mixed = _DEPTH_COLOURS[low] + (place - low) * (_DEPTH_COLOURS[low + 1] - _DEPTH_COLOURS[low])
    red, green, blue = (round(float(v)) for v in mixed)
    return red, green, blue


def _grey(plane: NDArray[Any], window: tuple[float, float]) -> NDArray[np.uint8]:
    low, high = window
    return (np.clip((plane - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _voxel(volume: Volume, one: Deposit) -> NDArray[np.float64]:
    """The (k, j, i) place of the centroid."""
    world = np.array([*one.centroid_lps_mm, 1.0])
    return np.asarray((np.linalg.inv(volume.affine) @ world)[:3])


def mark(
    image: Any, volume: Volume, view: View, scale: float, marks: Sequence[tuple[Deposit, str, Colour]]
) -> None:
    """Marks around objects in a projection, and beside each its number, where it covers no other."""
    from PIL import ImageDraw

    places = [_on_panel(image, volume, view, scale, one) for one, _, _ in marks]
    for place, (_, kind, colour) in zip(places, marks, strict=True):
        shape(image, place, kind, colour)
    taken = [(x - 6, y - 6, x + 6, y + 6) for x, y in places]
    for place, (one, _, _) in zip(places, marks, strict=True):
        words = one.id.lstrip("D0") or one.id
        box = free_box(place, _width(words), taken, (image.width, image.height))
        if dist(place, _middle_of(box)) > _width(words) / 2 + 2 * LEADER_PX:
            ImageDraw.Draw(image).line((*place, *_middle_of(box)), fill=PAPER, width=1)
        taken.append(box)
        text(image, (box[0], box[1]), words, fill=PAPER, edge=INK)


def _on_panel(image: Any, volume: Volume, view: View, scale: float, one: Deposit) -> tuple[float, float]:
    """Where the middle of an object lies in the picture, in pixels."""
    centre = _voxel(volume, one)
    x = (centre[view.across] + 0.5) * volume.scan.spacing_mm[view.across] * scale
    y = (centre[view.down] + 0.5) * volume.scan.spacing_mm[view.down] * scale
    return float(x), float(image.height - y if view.down == 0 else y)


def _width(words: str, size: int = 13) -> float:
    from PIL import ImageFont

    return float(ImageFont.load_default(size=size).getlength(words))


def _middle_of(box: Box) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def free_box(
    place: tuple[float, float], width: float, taken: Sequence[Box], size: tuple[float, float]
) -> Box:
    """The nearest box for words beside a mark that covers nothing written yet; right of it when all are."""
    x, y = place
    boxes = []
    for reach in (11, 26, 44, 66, 92):
        beside = [(x + reach, y - 8), (x - reach - width, y - 8)]
        level = [(x - width / 2, y - reach - 16), (x - width / 2, y + reach)]
        askew = [
            (x + reach, y - reach - 8),
            (x - reach - width, y - reach - 8),
            (x + reach, y + reach - 8),
            (x - reach - width, y + reach - 8),
        ]
        boxes += [(left, top, left + width, top + 16) for left, top in beside + level + askew]
    free = (box for box in boxes if _inside_of(box, size) and not any(overlapping(box, one) for one in taken))
    return next(free, boxes[0])


def _inside_of(box: Box, size: tuple[float, float]) -> bool:
    return box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]


def overlapping(one: Box, other: Box) -> bool:
    """Do two boxes share a pixel?"""
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def shape(image: Any, centre: tuple[float, float], kind: str, colour: Colour, *, radius: float = 9) -> None:
    """Draw one mark, coloured on a dark edge."""
    from PIL import ImageDraw

    draw = ImageDraw.Draw(image)
    x, y = centre
    box = (x - radius, y - radius, x + radius, y + radius)
    for fill, width in ((INK, 4), (colour, 2)):
        if kind == "circle":
            draw.ellipse(box, outline=fill, width=width)
        elif kind == "cross":
            draw.line((box[0], box[1], box[2], box[3]), fill=fill, width=width)
            draw.line((box[0], box[3], box[2], box[1]), fill=fill, width=width)
        else:
            corners = [(x + dx * radius, y + dy * radius) for dx, dy in _CORNERS[kind]]
            draw.line([*corners, corners[0]], fill=fill, width=width, joint="curve")


_CORNERS = {
    "square": ((-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)),
    "triangle": ((0, -1.1), (1, 0.8), (-1, 0.8)),
    "triangle_down": ((0, 1.1), (1, -0.8), (-1, -0.8)),
    "diamond": ((0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
}


def text(
    image: Any,
    place: tuple[float, float],
    words: str,
    *,
    size: int = 13,
    fill: Colour = INK,
    edge: Colour | None = None,
) -> None:
    """Write words with the built-in font."""
    from PIL import ImageDraw, ImageFont

    ImageDraw.Draw(image).text(
        place,
        words,
        fill=fill,
        font=ImageFont.load_default(size=size),
        stroke_width=2 if edge else 0,
        stroke_fill=edge,
    )


def stamp(sheet: Any) -> None:
    """Say in the upper right corner what the picture may be used for: pictures travel alone."""
    text(sheet, (sheet.width - _width(NOTICE, 12) - 10, 10), NOTICE, size=12, fill=QUIET)


def _ruler(image: Any, scale: float) -> None:
    """A white bar of 10 or 50 mm in the lower left corner."""
    from PIL import ImageDraw

    length = next((mm for mm in (50, 10, 5) if mm * scale < image.width / 2), 1)
    y = image.height - 14
    draw = ImageDraw.Draw(image)
    for fill, width in ((INK, 7), (PAPER, 3)):
        draw.line((12, y, 12 + length * scale, y), fill=fill, width=width)
    text(image, (12, y - 22), f"{length} mm", fill=PAPER, edge=INK)


def _depth_scale(sheet: Any, x: int, y: int) -> None:
    from PIL import ImageDraw

    draw = ImageDraw.Draw(sheet)
    width = 260
    for step in range(width):
        depth = step / width * DEPTH_LIMIT_MM
        draw.line((x + step, y, x + step, y + 12), fill=depth_colour(depth))
    for depth in (0, 5, 10, 15, 20):
        at = x + depth / DEPTH_LIMIT_MM * width
        draw.line((at, y + 12, at, y + 16), fill=INK)
        text(sheet, (at - 4, y + 16), f"{depth}" + ("+ mm" if depth >= DEPTH_LIMIT_MM else ""), size=12)


def _class_key(sheet: Any, x: float, y: float, measurement: Measurement) -> None:
    marked = _marked(measurement)
    present = [kind for kind in CLASS_MARKS if any(one.deposit_class == kind for one in measurement.deposits)]
    for kind in present:
        shape(sheet, (x + 7, y + 10), CLASS_MARKS[kind], CLASS_COLOURS[kind], radius=7)
        count = sum(one.deposit_class == kind for one in measurement.deposits)
        hidden = "" if any(one.deposit_class == kind for one in marked) else ", not marked"
        text(sheet, (x + 22, y + 2), f"{kind} ({count}{hidden})")
        x += 190


# Left and right of a section across the axis k, j or i: the patient's right and left, front and back.
_SIDES = (("R", "L"), ("R", "L"), ("A", "P"))


def slices(volume: Volume, measurement: Measurement, one: Deposit, *, size: int = 230) -> bytes:
    """Three sections through an object, its outline drawn, each as wide as its need; PNG."""
    from PIL import Image

    centre = _middle(volume, one)
    half = max(15.0, one.max_diameter_mm)
    sheet = Image.new("RGB", (3 * size + 4 * 10, size + 56), PAPER)
    for column, (axis, name) in enumerate(((0, "axial"), (1, "coronal"), (2, "sagittal"))):
        tile = _section(volume, measurement, one, axis, centre, half, size)
        x = 10 + column * (size + 10)
        _ruler(tile, size / (2 * half))
        for words, place in zip(_SIDES[axis], ((4, size / 2), (size - 13, size / 2)), strict=True):
            text(tile, place, words, fill=PAPER, edge=INK)
        sheet.paste(tile, (x, 34))
        text(sheet, (x, size + 36), f"{name}, {2 * half:.0f} mm wide", size=12, fill=QUIET)
    shape(sheet, (20, 18), CLASS_MARKS[one.deposit_class], CLASS_COLOURS[one.deposit_class], radius=7)
    caption = f"{one.id}  {one.deposit_class}, {one.max_diameter_mm:.1f} mm, {one.depth_min_mm:.1f} mm deep"
    text(sheet, (36, 8), f"{caption}, peak {one.peak_hu:.0f} HU", size=15)
    stamp(sheet)
    return png(sheet)


def _middle(volume: Volume, one: Deposit) -> tuple[int, int, int]:
    """The voxel nearest to the centroid, inside the volume."""
    place = np.clip(np.rint(_voxel(volume, one)), 0, np.array(volume.hu.shape) - 1).astype(int)
    return int(place[0]), int(place[1]), int(place[2])


def _section(
    volume: Volume,
    measurement: Measurement,
    one: Deposit,
    axis: int,
    centre: tuple[int, int, int],
    half: float,
    size: int,
) -> Any:
    """One section, square, `2 * half` mm wide, the head or the front on top."""
    from PIL import Image

    down, across = (a for a in range(3) if a != axis)
    tile = np.full((size, size, 3), 12, dtype=np.uint8)
    rows = _samples(centre[down], volume, down, half, size)
    columns = _samples(centre[across], volume, across, half, size)
    inside = (rows[1][:, None]) & (columns[1][None, :])
    picked = np.take(volume.hu, centre[axis], axis=axis)[np.ix_(rows[0], columns[0])]
    tile[inside] = np.repeat(_grey(picked, WINDOW)[inside][:, None], 3, axis=1)
    if measurement.labels is not None:
        plane = np.take(measurement.labels, centre[axis], axis=axis)
        edge = _edge(plane[np.ix_(rows[0], columns[0])] == one.label) & inside
        tile[edge] = CLASS_COLOURS[one.deposit_class]
    return Image.fromarray(tile[::-1] if down == 0 else tile)


def _samples(
    centre: int, volume: Volume, axis: int, half: float, size: int
) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Voxel index for each of `size` pixels along an axis, and which pixels lie in the scan."""
    offsets = (np.arange(size) + 0.5) / size * 2 * half - half
    place = np.rint(centre + offsets / volume.scan.spacing_mm[axis]).astype(np.intp)
    inside = (place >= 0) & (place < volume.hu.shape[axis])
    return np.clip(place, 0, volume.hu.shape[axis] - 1), inside


def _edge(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of the mask with a neighbour outside it, two pixels wide."""
    from scipy.ndimage import binary_erosion

    return np.asarray(mask & ~binary_erosion(mask, iterations=2))


def histogram(volume: Volume, measurement: Measurement, *, bin_hu: int = 50) -> bytes:
    """How many mm3 of the deposits have which attenuation; PNG."""
    from PIL import Image, ImageDraw

    edges, volumes = _bins(volume, measurement, bin_hu)
    sheet = Image.new("RGB", (720, 320), PAPER)
    draw = ImageDraw.Draw(sheet)
    left, bottom, width, height = 70, 262, 620, 200
    top = _round_up(float(volumes.max(initial=0.0)))
    for tick in range(5):
        y = bottom - height * tick / 4
        draw.line((left, y, left + width, y), fill=GRID)
        text(sheet, (10, y - 8), f"{top * tick / 4:g}", size=12, fill=QUIET)
    step = width / len(volumes)
    for n, value in enumerate(volumes):
        x = left + n * step
        draw.rectangle((x + 1, bottom - height * value / top, x + step - 1, bottom), fill=(65, 77, 107))
    for n in range(0, len(edges), max(1, len(edges) // 8)):
        text(sheet, (left + n * step - 10, bottom + 6), f"{edges[n]:.0f}", size=12, fill=QUIET)
    text(sheet, (left, 10), "Attenuation inside the deposits", size=16)
    text(sheet, (10, 36), "mm3", size=12, fill=QUIET)
    text(sheet, (left + width - 24, bottom + 26), "HU", size=12, fill=QUIET)
    draw.line((left, bottom, left + width, bottom), fill=INK)
    stamp(sheet)
    return png(sheet)


def _bins(
    volume: Volume, measurement: Measurement, bin_hu: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bin edges in HU and mm3 in each bin."""
    values = _inside(volume, measurement)
    low = bin_hu * np.floor((values.min() if values.size else 100) / bin_hu)
    high = bin_hu * np.ceil(((values.max() if values.size else 1000) + 1) / bin_hu)
    edges = np.arange(low, high + bin_hu, bin_hu, dtype=float)
    counts, _ = np.histogram(values, bins=edges)
    return edges, counts * float(np.prod(volume.scan.spacing_mm))


def _inside(volume: Volume, measurement: Measurement) -> NDArray[np.int16]:
    if measurement.labels is None:
        return np.empty(0, dtype=np.int16)
    shown = [one.label for one in true_deposits(measurement.deposits)]
    table = _table(measurement.labels, shown)
    planes = zip(volume.hu, measurement.labels, strict=True)
    return np.concatenate([hu[table[labels] > 0] for hu, labels in planes])


def _round_up(value: float) -> float:
    """The next of 1, 2, 4 or 8 times a power of ten: four even steps below it read well."""
    if value <= 0:
        return 4.0
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(m * power for m in (1, 2, 4, 8, 10) if m * power >= value))


def in_order(measurement: Measurement) -> tuple[Deposit, ...]:
    """The objects as a reader wants them: deposits, then what is in doubt, bone last."""
    order = ("deposit", "indeterminate", "vessel", "metal", "bone")
    return tuple(sorted(measurement.deposits, key=lambda one: order.index(one.deposit_class)))


def all_pictures(volume: Volume, measurement: Measurement, *, most: int = 80) -> dict[str, bytes]:
    """File name and PNG of every picture: `projection.png`, `histogram.png`, one an object but bone."""
    shown: Sequence[Deposit] = [one for one in in_order(measurement) if one.deposit_class != "bone"]
    return {
        "projection.png": projection(volume, measurement),
        "histogram.png": histogram(volume, measurement),
        **{f"{one.id}.png": slices(volume, measurement, one) for one in shown[:most]},
    }


def png(image: Any) -> bytes:
    """The image as PNG."""
    stream = io.BytesIO()
    image.save(stream, format="PNG")
    return stream.getvalue()
