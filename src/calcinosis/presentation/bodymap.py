"""Where the sites of the findings stand on the drawing of the body, and how exactly.

The drawing and its regions are data: `knowledge/regions`. A site that the record does not mention is
unknown and stays hollow; it is never drawn as free of lesions.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal
from xml.etree import ElementTree

from msgspec import Struct

from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.loading import root
from calcinosis.model import Finding, Findings, Status

# present: exactly here; within: somewhere in this region, or the side is not stated.
State = Literal["present", "within", "absent", "unknown"]
_RANK: dict[State, int] = {"present": 0, "within": 1, "absent": 2, "unknown": 3}
_SVG = "{http://www.w3.org/2000/svg}"


class Shape(Struct, frozen=True):
    """One outline of a drawn region; `side` is the patient's, empty on the midline."""

    region: str
    view: str
    side: str
    path: str


class Site(Struct, frozen=True):
    """A site finding: whether it has two sides, and the drawn regions that stand for it."""

    id: str
    paired: bool
    shown_on: tuple[str, ...]


class Drawing(Struct, frozen=True):
    """The outlines in drawing order, the sites by id, and the size of the picture."""

    shapes: tuple[Shape, ...]
    sites: dict[str, Site]
    view_box: str


class Painted(Struct, frozen=True):
    """An outline with what is known of it."""

    label: str
    path: str
    state: State


class BodyMap(Struct, frozen=True):
    """The drawing for one patient, and the same in words."""

    view_box: str
    shapes: tuple[Painted, ...]
    present: tuple[str, ...]
    absent: tuple[str, ...]


@lru_cache(maxsize=1)
def drawing() -> Drawing:
    """The body as the knowledge base draws it."""
    folder = root() / "regions"
    picture = ElementTree.parse(folder / "body.svg").getroot()  # noqa: S314 - our own file
    shapes = tuple(
        Shape(group.get("id", ""), path.get("data-view", ""), path.get("data-side", ""), path.get("d", ""))
        for group in picture.iter(f"{_SVG}g")
        for path in group.iter(f"{_SVG}path")
    )
    with (folder / "regions.csv").open(encoding="utf-8", newline="") as handle:
        sites = {
            row["id"]: Site(row["id"], row["laterality"] == "paired", tuple(row["shown_on"].split()))
            for row in csv.DictReader(handle)
        }
    return Drawing(shapes, sites, picture.get("viewBox", ""))


def bodymap(findings: Findings, knowledge: Knowledge) -> BodyMap:
    """The drawing with every site that the record states."""
    drawn = drawing()
    stated = {
        name: found
        for name, found in findings.by_id.items()
        if name in drawn.sites and not found.derived and found.status is not Status.UNKNOWN
    }
    telling = {name: found for name, found in stated.items() if not _told_better(found, stated, drawn)}
    painted = tuple(
        Painted(knowledge.label(shape.region), shape.path, _state(shape, telling, drawn))
        for shape in drawn.shapes
    )
    return BodyMap(
        drawn.view_box,
        painted,
        tuple(_words(found, knowledge) for found in stated.values() if found.status is Status.PRESENT),
        tuple(_words(found, knowledge) for found in stated.values() if found.status is Status.ABSENT),
    )


def _told_better(found: Finding, stated: Mapping[str, Finding], drawn: Drawing) -> bool:
    """Whether the record also names a place inside this one, on no other side."""
    wide = set(drawn.sites[found.id].shown_on)
    return found.status is Status.PRESENT and any(
        set(drawn.sites[other.id].shown_on) < wide
        and other.status is Status.PRESENT
        and (not found.sides or found.sides == other.sides)
        for other in stated.values()
    )


def _state(shape: Shape, stated: Mapping[str, Finding], drawn: Drawing) -> State:
    """The strongest that any stated site says of this outline."""
    states = [
        _said(drawn.sites[name], found, shape)
        for name, found in stated.items()
        if shape.region in drawn.sites[name].shown_on
    ]
    own = stated.get(shape.region)
    if own is not None and own.status is Status.ABSENT:
        return "absent"
    return min(states, key=_RANK.__getitem__, default="unknown")


def _said(site: Site, found: Finding, shape: Shape) -> State:
    if found.status is Status.ABSENT:
        return "absent"
    if site.shown_on != (site.id,):
        return "unknown" if _other_side(found, shape) else "within"
    if not shape.side:
        return "present"
    if not found.sides:
        return "within"
    return "unknown" if _other_side(found, shape) else "present"


def _other_side(found: Finding, shape: Shape) -> bool:
    sides = set(found.sides)
    return bool(shape.side and sides and not sides & {shape.side, "bilateral"})


def _words(found: Finding, knowledge: Knowledge) -> str:
    sides = " and ".join(found.sides)
    return f"{knowledge.label(found.id)}, {sides}" if sides else knowledge.label(found.id)
