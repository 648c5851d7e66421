"""The constants of the measurement, from `knowledge/imaging.yaml`, typed; none is written in Python."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from calcinosis.errors import KnowledgeFault


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every constant says of itself."""

    text: str
    sources: tuple[str, ...] = ()
    basis: str = "proposal"


class Number(Entry, frozen=True, kw_only=True):
    """One number."""

    value: float


class PointSpread(Entry, frozen=True, kw_only=True):
    """The usual point spread, what it can be, and how many edges it takes to read it (mm)."""

    value: float
    least: float
    most: float
    least_edges: int


class Threshold(Entry, frozen=True, kw_only=True):
    """Candidate threshold by tube voltage; `noise_factor` times the noise above matrix is the floor."""

    by_kv: dict[int, float]
    noise_factor: float


class Attenuation(Entry, frozen=True, kw_only=True):
    """A stretch of attenuation (HU), its ends not in it."""

    least: float
    most: float


class Agatston(Entry, frozen=True, kw_only=True):
    """Steps of the density factor (HU), reference slice, least area of a lesion in a slice."""

    steps: tuple[float, ...]
    slice_mm: float
    least_area_mm2: float


class Specification(Entry, frozen=True, kw_only=True):
    """Largest thickness, pixel and noise for statements on one deposit."""

    thickness_mm: float
    voxel_mm: float
    noise_hu: float
    metal_mm3: float


class Movement(Entry, frozen=True, kw_only=True):
    """From when on the skin of one slice is said not to go on in the next.

    `jump`: change over the median of `near` slices on either side; `share` of the skin's pixels that change
    less; `floor_hu`: a smaller change is noise; `least_area` and `growth`: shares of a slice's area.
    """

    jump: float
    share: float
    near: int
    floor_hu: float
    least_area: float
    growth: float


class BodyRule(Entry, frozen=True, kw_only=True):
    """Surface level, least share of a part, coarse grid."""

    surface_hu: float
    least_part: float
    grid_mm: float


class Hull(Entry, frozen=True, kw_only=True):
    """Muscle hull."""

    low_hu: float
    high_hu: float
    open_mm: float
    close_mm: float


class BoneRule(Entry, frozen=True, kw_only=True):
    """Bone model."""

    levels_hu: tuple[float, ...]
    least_hole_mm2: float
    least_core_mm3: float
    wall_contrast_hu: float
    walled_share: float
    widest_core_mm2: float
    thickness_factor: float
    band_mm: float
    trunk_cm2: float


class CrestRule(Entry, frozen=True, kw_only=True):
    """What goes on along a bone: distances in mm; `tilt` is added to `aside_mm` per mm along."""

    reach_mm: float
    half_length_mm: int
    least_span_mm: int
    aside_mm: float
    tilt: float
    share: float


class VesselRule(Entry, frozen=True, kw_only=True):
    """Vessel rule: length over width, largest width, least depth, distance from bone.

    A tube as dense as `mineral_hu` must be longer still (`sure_elongation`).
    """

    elongation: float
    widest_mm: float
    least_depth_mm: float
    bone_mm: float
    mineral_hu: float
    sure_elongation: float


class Outline(Entry, frozen=True, kw_only=True):
    """Distances, in mm, by which an object is drawn and measured."""

    reach_mm: float
    free_mm: float
    grow_mm: float
    flank_mm: float
    margin_mm: float


class PlaceRule(Entry, frozen=True, kw_only=True):
    """Where an object lies."""

    least_inside: float
    deep_share: float
    trunk_share: float
    touching_mm: float


class BoneEdge(Entry, frozen=True, kw_only=True):
    """What is a modelled bone's own edge."""

    highest_mm: float
    share: float
    listed_from: float
    edge_mm: float
    edge_share: float
    edge_density: float


class SliceEnd(Entry, frozen=True, kw_only=True):
    """What a slice's thickness leaves undecided."""

    capped_share: float
    least_mm: float
    slices: float
    bone_mm: float
    taper: float
    over_bone: float
    wholly_over: float
    volume_mm3: float
    cores: int
    cut_slices: int
    thick_from: float


class Faint(Entry, frozen=True, kw_only=True):
    """What noise leaves undecided."""

    noise: float
    volume_mm3: float


class Hollow(Entry, frozen=True, kw_only=True):
    """A hollow object too small to be taken for bone, and how far from every bone it is a deposit."""

    widest_mm: float
    clear_mm: float
    widest_apart_mm: float
    apart_mm: float


class FollowRule(Entry, frozen=True, kw_only=True):
    """Matching of two scans."""

    gate_mm: float
    overlap: float
    fragment_mm: float
    end_mm: float
    residual_mm: float


class ConfidenceRule(Entry, frozen=True, kw_only=True):
    """Volumes (mm3) below which confidence is low, and at most moderate."""

    low_mm3: float
    moderate_mm3: float


class Repeatability(Entry, frozen=True, kw_only=True):
    """Repeatability coefficient by size."""

    upper_mm3: tuple[float, ...]
    percent: tuple[float, ...]
    touching_bone_factor: float
    total_percent: float


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """All constants of the measurement."""

    candidate_threshold: Threshold
    matrix_hu: Number
    soft_tissue_hu: Attenuation
    agatston: Agatston
    specification: Specification
    movement: Movement
    point_spread_mm: PointSpread
    metal_hu: Number
    body: BodyRule
    muscle_hull: Hull
    bone: BoneRule
    crest: CrestRule
    skin_mm: Number
    smallest_mm3: Number
    least_calcium_hu_ml: Number
    speck_mm3: Number
    outline: Outline
    place: PlaceRule
    bone_edge: BoneEdge
    slice_end: SliceEnd
    faint: Faint
    hollow: Hollow
    follow_up: FollowRule
    vessel: VesselRule
    confidence: ConfidenceRule
    repeatability: Repeatability


def _path() -> Path:
    package = Path(__file__).resolve().parents[1]
    for root in (package / "_knowledge", package.parents[1] / "knowledge"):
        if (root / "imaging.yaml").is_file():
            return root / "imaging.yaml"
    raise KnowledgeFault("the imaging constants are missing", where="knowledge/imaging.yaml")


@cache
def load() -> Settings:
    """Read the constants.

    Raises:
        KnowledgeFault: the file is missing or a constant is malformed.
    """
    import yaml

    path = _path()
    try:
        return msgspec.convert(yaml.safe_load(path.read_text("utf-8")), Settings, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise KnowledgeFault(str(error), where=path.name) from error


def threshold_hu(kv: float | None) -> float:
    """Candidate threshold in HU for a tube voltage, between the published ones by interpolation.

    Example: 120 kV gives 130 HU, 110 kV gives 137.5 HU; an unknown voltage counts as 120 kV.
    """
    import numpy as np

    rule = load().candidate_threshold.by_kv
    volts = sorted(rule)
    return float(np.interp(kv or 120.0, volts, [rule[v] for v in volts]))


def as_data() -> dict[str, Any]:
    """Every constant used, for the report."""
    return {
        name: {k: v for k, v in entry.items() if k not in ("text", "sources", "basis")}
        for name, entry in msgspec.to_builtins(load(), str_keys=True).items()
    }
