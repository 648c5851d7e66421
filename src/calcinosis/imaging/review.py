"""A reader's decisions on the objects found: class flipped, merged, split; provenance kept.

Decision file (JSON):
    {"reader": "AB", "date": "2026-11-21",
     "decisions": [
       {"id": "D003", "class": "bone", "note": "patella"},
       {"merge": ["D001", "D002"]},
       {"id": "D004", "split": [[x, y, z], [x, y, z]]}]}      # seeds in LPS millimetres
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from calcinosis.errors import UnknownName, UnreadableRecord
from calcinosis.imaging.analysis import totals
from calcinosis.imaging.model import Deposit, DepositClass, Measurement, Volume
from calcinosis.imaging.settings import load

Floats = NDArray[np.float64]


def apply(
    measurement: Measurement, decisions: Mapping[str, Any], volume: Volume | None = None
) -> Measurement:
    """Apply a reader's decisions in their order; totals are summed anew.

    Args:
        measurement: as measured; its label volume is needed to split.
        decisions: see the module's text.
        volume: weighs the parts of a split by their attenuation; without it by their voxels.

    Returns:
        A new measurement; `Deposit.review` says what was decided, by whom and when, and `settings`
        keeps the decisions as given.

    Raises:
        UnknownName: an id that no object has, or a class nobody defined.
        UnreadableRecord: a decision that is none of the three kinds.
    """
    signed = " ".join(
        f"{word} {decisions[key]}" for key, word in (("reader", "by"), ("date", "on")) if decisions.get(key)
    )
    current = replace(measurement, labels=None if measurement.labels is None else measurement.labels.copy())
    for one in decisions.get("decisions", ()):
        current = _one(current, one, signed, volume)
    settings = {**current.settings, "review": dict(decisions)}
    return replace(current, totals=totals(current.deposits, load()), settings=settings)


def _one(m: Measurement, decision: Mapping[str, Any], signed: str, volume: Volume | None) -> Measurement:
    if "merge" in decision:
        return _merged(m, [_find(m, i) for i in decision["merge"]], signed)
    if "split" in decision:
        return _split(m, _find(m, decision.get("id", "")), decision["split"], signed, volume)
    if "class" in decision:
        return _flipped(m, _find(m, decision.get("id", "")), decision, signed)
    raise UnreadableRecord(
        "a decision is none of class, merge and split",
        where="decisions",
        expected='{"id": "D001", "class": "bone"}',
    )


def _find(m: Measurement, wanted: str) -> Deposit:
    for deposit in m.deposits:
        if deposit.id == wanted:
            return deposit
    raise UnknownName(
        f"no object has the id {wanted!r}", where="decisions", expected="an id of measurement.json"
    )


def _note(deposit: Deposit, text: str, signed: str) -> str:
    return "; ".join(part for part in (deposit.review, f"{text} {signed}".strip()) if part)


def _flipped(m: Measurement, deposit: Deposit, decision: Mapping[str, Any], signed: str) -> Measurement:
    kind = decision["class"]
    if kind not in get_args(DepositClass):
        raise UnknownName(
            f"{kind!r} is no class of objects",
            where=f"decisions, {deposit.id}",
            expected=", ".join(get_args(DepositClass)),
        )
    text = f"{deposit.deposit_class} -> {kind}" + (f" ({decision['note']})" if decision.get("note") else "")
    changed = replace(deposit, deposit_class=kind, review=_note(deposit, text, signed))
    return replace(m, deposits=tuple(changed if d.id == deposit.id else d for d in m.deposits))


def _merged(m: Measurement, parts: Sequence[Deposit], signed: str) -> Measurement:
    if len({p.id for p in parts}) < 2:
        raise UnreadableRecord("a merge needs two different objects", where="decisions")
    first = parts[0]
    ids = {p.id for p in parts}
    if m.labels is not None:
        for part in parts[1:]:
            box = tuple(slice(a, b) for a, b in part.bounding_box)
            view = m.labels[box]
            view[view == part.label] = first.label
    whole = replace(
        _summed(m, parts), review=_note(first, "merged " + " + ".join(p.id for p in parts), signed)
    )
    kept = [whole if d.id == first.id else d for d in m.deposits if d.id == first.id or d.id not in ids]
    return replace(m, deposits=tuple(kept))


def _summed(m: Measurement, parts: Sequence[Deposit]) -> Deposit:
    """Sums, extremes and calcium-weighted means of the parts."""
    first = parts[0]
    weight = np.array([max(p.calcium_hu_ml, 1e-6) for p in parts])

    def mean(values: Sequence[Any]) -> Any:
        return np.average(np.array(values, float), axis=0, weights=weight)

    low = np.min([[a for a, _ in p.bounding_box] for p in parts], axis=0)
    high = np.max([[b for _, b in p.bounding_box] for p in parts], axis=0)
    masses = [p.mass_mg for p in parts]
    x, y, z = (float(v) for v in mean([p.centroid_lps_mm for p in parts]))
    return replace(
        first,
        centroid_lps_mm=(x, y, z),
        calcium_hu_ml=sum(p.calcium_hu_ml for p in parts),
        mass_mg=None if None in masses else float(sum(v or 0.0 for v in masses)),
        volume_half_max_mm3=sum(p.volume_half_max_mm3 for p in parts),
        volume_over_threshold_mm3=sum(p.volume_over_threshold_mm3 for p in parts),
        agatston=sum(p.agatston for p in parts),
        peak_hu=max(p.peak_hu for p in parts),
        mean_hu=float(mean([p.mean_hu for p in parts])),
        max_diameter_mm=_span(m, parts),
        short_diameter_mm=max(p.short_diameter_mm for p in parts),
        depth_min_mm=min(p.depth_min_mm for p in parts),
        depth_mean_mm=float(mean([p.depth_mean_mm for p in parts])),
        touches_bone=any(p.touches_bone for p in parts),
        bounding_box=tuple((int(a), int(b)) for a, b in zip(low, high, strict=True)),  # type: ignore[arg-type]
    )


def _span(m: Measurement, parts: Sequence[Deposit]) -> float:
    """Largest diameter of the union: exact from the labels, else the centres' distance plus radii."""
    if m.labels is None:
        far = max(
            float(np.linalg.norm(np.subtract(a.centroid_lps_mm, b.centroid_lps_mm)))
            + (a.max_diameter_mm + b.max_diameter_mm) / 2
            for a in parts
            for b in parts
            if a is not b
        )
        return max(far, *(p.max_diameter_mm for p in parts))
    from calcinosis.imaging.quantify import diameters

    return diameters(np.argwhere(m.labels == parts[0].label), m.scan.spacing_mm)[0]


def _split(
    m: Measurement, deposit: Deposit, seeds: Sequence[Sequence[float]], signed: str, volume: Volume | None
) -> Measurement:
    if m.labels is None or volume is None:
        raise UnreadableRecord(
            f"{deposit.id} cannot be split without the scan",
            where="decisions",
            remedy="Run measure on the series with --review.",
        )
    if len(seeds) < 2:
        raise UnreadableRecord(f"splitting {deposit.id} needs two points or more", where="decisions")
    voxels = np.argwhere(m.labels == deposit.label)
    places = np.column_stack([voxels, np.ones(len(voxels))]) @ volume.affine.T[:, :3]
    nearest = np.linalg.norm(places[:, None] - np.array(seeds, float)[None], axis=2).argmin(axis=1)
    excess = np.maximum(volume.hu[tuple(voxels.T)] - load().matrix_hu.value, 1.0)
    next_label = max(d.label for d in m.deposits) + 1
    parts = []
    for n in range(len(seeds)):
        chosen = nearest == n
        if not chosen.any():
            raise UnreadableRecord(
                f"no part of {deposit.id} lies nearest to point {n + 1}", where="decisions"
            )
        label = deposit.label if n == 0 else next_label + n - 1
        m.labels[tuple(voxels[chosen].T)] = label
        share = float(excess[chosen].sum() / excess.sum())
        parts.append(_part(deposit, n, label, voxels[chosen], places[chosen], share, m, volume, signed))
    kept: list[Deposit] = []
    for d in m.deposits:
        kept += parts if d.id == deposit.id else [d]
    return replace(m, deposits=tuple(kept))


def _part(
    whole: Deposit,
    n: int,
    label: int,
    voxels: NDArray[np.int64],
    places: Floats,
    share: float,
    m: Measurement,
    volume: Volume,
    signed: str,
) -> Deposit:
    from calcinosis.imaging.quantify import diameters

    size = len(voxels) * float(np.prod(m.scan.spacing_mm))
    values = volume.hu[tuple(voxels.T)]
    longest, shortest = diameters(voxels, m.scan.spacing_mm)
    x, y, z = (float(v) for v in places.mean(axis=0))
    low, high = voxels.min(axis=0), voxels.max(axis=0) + 1
    return replace(
        whole,
        id=f"{whole.id}{chr(ord('a') + n)}",
        label=label,
        centroid_lps_mm=(x, y, z),
        calcium_hu_ml=whole.calcium_hu_ml * share,
        mass_mg=None if whole.mass_mg is None else whole.mass_mg * share,
        volume_half_max_mm3=size,
        volume_over_threshold_mm3=whole.volume_over_threshold_mm3 * share,
        agatston=whole.agatston * share,
        peak_hu=float(values.max()),
        mean_hu=float(values.mean()),
        max_diameter_mm=longest,
        short_diameter_mm=shortest,
        tracking_uid="",
        bounding_box=tuple((int(a), int(b)) for a, b in zip(low, high, strict=True)),  # type: ignore[arg-type]
        review=_note(whole, f"split from {whole.id}", signed),
    )
