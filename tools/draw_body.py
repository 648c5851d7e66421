"""Draw knowledge/regions/body.svg: front, back, hands and soles, one group a region of the skin.

The drawing is our own: plain polygons, mirrored at the midline. A group's id is a finding id of
knowledge/findings/site.yaml; `data-side` is the patient's side, empty on the midline.

Run: python tools/draw_body.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

TARGET = Path(__file__).resolve().parent.parent / "knowledge/regions/body.svg"
WIDTH, HEIGHT = 400, 572
FRONT, BACK = 100, 300
Points = tuple[tuple[float, float], ...]


class Shape(NamedTuple):
    """One outline: the region it is part of, the view, the patient's side, and its path."""

    region: str
    view: str
    side: str
    path: str


# The patient's left half as seen from the front, and the right half as seen from behind: x from the midline.
ARM: dict[str, Points] = {
    "site_shoulder": ((34, 76), (46, 81), (51, 94), (50, 104), (35, 104)),
    "site_upper_arm": ((35, 104), (50, 104), (55, 150), (42, 150)),
    "elbow": ((42, 150), (55, 150), (58, 168), (45, 168)),
    "site_forearm": ((45, 168), (58, 168), (62, 214), (51, 214)),
    "site_wrist": ((51, 214), (62, 214), (63, 223), (52, 223)),
    "hand": ((52, 223), (63, 223), (67, 241), (54, 244)),
    "site_fingers": ((54, 244), (67, 241), (68, 262), (59, 266)),
}
LEG: dict[str, Points] = {
    "knee": ((9, 270), (31, 270), (30, 296), (11, 296)),
    "leg": ((11, 296), (30, 296), (32, 322), (25, 368), (13, 368), (10, 325)),
    "site_ankle": ((13, 368), (25, 368), (25, 383), (13, 383)),
}
FRONT_HALF: dict[str, Points] = {
    "site_chest": ((0, 68), (11, 68), (34, 76), (35, 104), (31, 128), (0, 128)),
    "site_abdomen": ((0, 128), (22, 128), (21, 163), (24, 181), (0, 194)),
    "site_flank": ((22, 128), (31, 128), (29, 150), (32, 172), (24, 181), (21, 163)),
    "site_hip": ((32, 172), (36, 188), (37, 206), (28, 199), (24, 181)),
    "site_thigh": ((28, 199), (37, 206), (36, 236), (31, 270), (9, 270), (5, 214), (7, 206)),
    "site_groin": ((24, 181), (28, 199), (7, 206), (3, 192)),
    "site_foot": ((13, 383), (25, 383), (34, 398), (34, 403), (13, 403)),
    "site_toe": ((13, 403), (34, 403), (33, 411), (15, 411)),
}
BACK_HALF: dict[str, Points] = {
    "site_back": ((0, 68), (11, 68), (34, 76), (35, 104), (31, 128), (24, 128), (24, 176), (0, 178)),
    "site_flank": ((24, 128), (31, 128), (29, 150), (33, 175), (24, 176)),
    "site_buttock": ((0, 178), (33, 175), (37, 204), (33, 217), (3, 217), (0, 210)),
    "site_thigh": ((3, 217), (33, 217), (37, 206), (36, 236), (31, 270), (9, 270)),
    "site_heel": ((13, 383), (25, 383), (27, 403), (12, 403)),
}
NAMES = {
    "front": {"elbow": "site_antecubital", "hand": "site_palm", "knee": "site_knee", "leg": "site_shin"},
    "back": {"elbow": "site_elbow", "hand": "site_hand_dorsum", "knee": "site_popliteal", "leg": "site_calf"},
}
# A hand of 70 by 96 with its thumb on the right: a right palm, or the back of a left hand.
HAND: Points = ((12, 44), (46, 44), (49, 58), (44, 84), (17, 84), (12, 66))
THUMB: Points = ((49, 58), (57, 47), (63, 51), (57, 66), (46, 78))
THUMB_TIP: Points = ((57, 47), (61, 39), (67, 42), (63, 51))
HAND_WRIST: Points = ((17, 84), (44, 84), (43, 96), (18, 96))
FINGER_TOPS = ((12, 20), (20.6, 11), (29.2, 8), (37.8, 14))
FINGER_WIDTH, TIP_HEIGHT = 8.2, 11
SOLE: Points = ((12, 24), (34, 20), (36, 44), (32, 72), (16, 72), (15, 48))


def polygon(points: Points, dx: float = 0, dy: float = 0, flip: bool = False) -> str:
    """A closed path, mirrored at x = 0 when `flip`, then moved."""
    placed = [(dx + (-x if flip else x), dy + y) for x, y in points]
    return "M" + " L".join(f"{x:g} {y:g}" for x, y in placed) + " Z"


def ellipse(x: float, y: float, rx: float, ry: float) -> str:
    """A closed path."""
    return f"M{x - rx:g} {y:g} a{rx:g} {ry:g} 0 1 0 {2 * rx:g} 0 a{rx:g} {ry:g} 0 1 0 {-2 * rx:g} 0 Z"


def head(view: str, centre: float) -> Iterator[Shape]:
    """Head and neck; from behind the hair covers most of it."""
    brow = 22 if view == "front" else 46
    reach = 20 * (1 - ((brow - 32) / 27) ** 2) ** 0.5
    cap = f"M{centre - reach:.4g} {brow} A20 27 0 {int(brow > 32)} 1 {centre + reach:.4g} {brow} Z"
    rest = f"M{centre - reach:.4g} {brow} A20 27 0 {int(brow < 32)} 0 {centre + reach:.4g} {brow} Z"
    neck = ((-9, 56), (9, 56), (11, 68), (-11, 68))
    yield Shape("site_neck", view, "", polygon(neck, centre))
    if view == "back":
        yield Shape("site_neck", view, "", rest)
    yield Shape("site_scalp", view, "", cap)
    if view == "front":
        yield Shape("site_face", view, "", rest)
    for side, x in sides(view, centre, 22):
        yield Shape("site_ear", view, side, ellipse(x, 34, 3, 6))


def sides(view: str, centre: float, x: float) -> Iterator[tuple[str, float]]:
    """The patient's side and its place: from the front the patient's right is on our left."""
    outer, inner = ("left", "right") if view == "front" else ("right", "left")
    yield outer, centre + x
    yield inner, centre - x


def halves(view: str, centre: float) -> Iterator[Shape]:
    """Trunk and limbs, both halves; regions that cross the midline carry no side."""
    own = FRONT_HALF if view == "front" else BACK_HALF
    for name, points in {**own, **ARM, **LEG}.items():
        region = NAMES[view].get(name, name)
        if region in ("site_chest", "site_abdomen", "site_back"):
            whole = (*points, *((-x, y) for x, y in reversed(points)))
            yield Shape(region, view, "", polygon(whole, centre))
            continue
        for flip, (side, _) in zip((False, True), sides(view, centre, 0), strict=True):
            yield Shape(region, view, side, polygon(points, centre, 0, flip))


def details(view: str, centre: float) -> Iterator[Shape]:
    """Small regions that lie upon others."""
    for side, x in sides(view, centre, 16):
        if view == "front":
            yield Shape("site_breast", view, side, ellipse(x, 108, 11, 9))
    for side, x in sides(view, centre, 36):
        if view == "front":
            yield Shape("site_axilla", view, side, ellipse(x, 108, 4, 6))
    if view == "front":
        yield Shape("site_umbilicus", view, "", ellipse(centre, 158, 3.5, 3.5))
        yield Shape("site_anogenital", view, "", ellipse(centre, 205, 6, 10))
    else:
        yield Shape("site_perianal", view, "", ellipse(centre, 213, 4, 6))


def hand(view: str, side: str, left: float, top: float) -> Iterator[Shape]:
    """A hand of the inset; `view` is palm or dorsum."""
    flip = (view == "palm") == (side == "left")
    dx = left + 70 if flip else left
    surface = "site_palm" if view == "palm" else "site_hand_dorsum"
    yield Shape("site_wrist", view, side, polygon(HAND_WRIST, dx, top, flip))
    yield Shape(surface, view, side, polygon(HAND, dx, top, flip))
    yield Shape("site_fingers", view, side, polygon(THUMB, dx, top, flip))
    yield Shape("site_fingertip", view, side, polygon(THUMB_TIP, dx, top, flip))
    for x, y in FINGER_TOPS:
        right, knuckle, tip = x + FINGER_WIDTH, 44, y + TIP_HEIGHT
        whole = ((x, tip), (right, tip), (right, knuckle), (x, knuckle))
        end = ((x, tip), (x, y + 3), (x + 2, y), (right - 2, y), (right, y + 3), (right, tip))
        yield Shape("site_fingers", view, side, polygon(whole, dx, top, flip))
        yield Shape("site_fingertip", view, side, polygon(end, dx, top, flip))
        if view == "dorsum":
            nail = ((x + 2, y + 2), (right - 2, y + 2), (right - 2, y + 7), (x + 2, y + 7))
            yield Shape("site_nail", view, side, polygon(nail, dx, top, flip))


def sole(side: str, left: float, top: float) -> Iterator[Shape]:
    """The sole of a foot: toes, sole, heel; the big toe lies inside."""
    flip = side == "right"
    dx = left + 46 if flip else left
    yield Shape("site_sole", "sole", side, polygon(SOLE, dx, top, flip))
    heel = ((16, 72), (32, 72), (33, 84), (28, 92), (20, 92), (15, 84))
    yield Shape("site_heel", "sole", side, polygon(heel, dx, top, flip))
    toes = ((12, 24), (11, 14), (18, 8), (22, 14), (28, 13), (34, 14), (34, 20))
    yield Shape("site_toe", "sole", side, polygon(toes, dx, top, flip))


def shapes() -> list[Shape]:
    """Everything, larger regions before those that lie upon them."""
    drawn: list[Shape] = []
    for view, centre in (("front", FRONT), ("back", BACK)):
        drawn += [*head(view, centre), *halves(view, centre), *details(view, centre)]
    top = 456
    drawn += [*hand("dorsum", "left", 74, top), *hand("dorsum", "right", 4, top)]
    drawn += [*hand("palm", "right", 148, top), *hand("palm", "left", 218, top)]
    drawn += [*sole("right", 350, top), *sole("left", 304, top)]
    return drawn


def drawing(drawn: list[Shape]) -> str:
    """The SVG file, one group a region, in the order in which regions first appear."""
    lines = [
        "<!-- Generated by tools/draw_body.py; our own drawing, licence as the project. -->",
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">',
    ]
    upon = ("site_breast", "site_axilla", "site_umbilicus", "site_groin", "site_anogenital", "site_perianal")
    names = dict.fromkeys(shape.region for shape in drawn)
    for name in sorted(names, key=lambda region: region in upon or region == "site_nail"):
        lines.append(f'<g id="{name}">')
        lines += [
            f'<path data-view="{shape.view}" data-side="{shape.side}" d="{shape.path}"/>'
            for shape in drawn
            if shape.region == name
        ]
        lines.append("</g>")
    return "\n".join([*lines, "</svg>", ""])


if __name__ == "__main__":
    TARGET.write_text(drawing(shapes()), encoding="utf-8")
    print(f"written: {TARGET}")
