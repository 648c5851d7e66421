"""Two scans of one patient: which deposits are new, gone, more, less or the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.model import (
    Change,
    ChangeState,
    Deposit,
    FollowUp,
    Measurement,
    Registration,
    Volume,
)
from calcinosis.imaging.register import Segment, landmarks, mapped, register, residual
from calcinosis.imaging.settings import load

Floats = NDArray[np.float64]
Group = tuple[tuple[Deposit, ...], tuple[Deposit, ...]]

APART = 1e6  # what a pair costs that cannot be one deposit


@dataclass(frozen=True, slots=True)
class Pose:
    """How the parts of the body lie in the later scan; a point moves with the part nearest to it."""

    segments: tuple[Segment, ...]

    def owner(self, points: Floats) -> NDArray[np.int64]:
        """Number of the segment of each baseline point (n, 3)."""
        return self._least([points] * len(self.segments))

    def forward(self, points: Floats) -> Floats:
        """Baseline points (n, 3) in the later scan."""
        out, owner = np.empty_like(points), self.owner(points)
        for n, segment in enumerate(self.segments):
            out[owner == n] = mapped(segment.registration.matrix, points[owner == n])
        return out

    def at(self, deposit: Deposit) -> Registration:
        """The registration that a deposit of the baseline moves with."""
        return self.segments[int(self.owner(_centres([deposit]))[0])].registration

    def back_at(self, deposit: Deposit) -> Registration:
        """The registration that brought the place of a deposit of the later scan there."""
        place = _centres([deposit])
        back = [mapped(np.linalg.inv(s.registration.matrix), place) for s in self.segments]
        return self.segments[int(self._least(back)[0])].registration

    def _least(self, points: list[Floats]) -> NDArray[np.int64]:
        """The segment whose cells lie nearest; `points` is one array (n, 3) a segment."""
        if len(self.segments) == 1:
            return np.zeros(len(points[0]), np.int64)
        away = [s.cells.query(p)[0] for s, p in zip(self.segments, points, strict=True)]
        return np.asarray(np.argmin(away, axis=0), np.int64)


def follow(
    baseline: Volume,
    baseline_measurement: Measurement,
    later: Volume,
    later_measurement: Measurement,
    *,
    progress: Callable[[str, float], None] | None = None,
) -> FollowUp:
    """Compare two measurements of one patient.

    Deposits are matched after rigid registration by overlap, then by distance (Hungarian). A change
    is called only beyond the repeatability coefficient of that size; where a scan is out of
    specification or the two differ in protocol, change per deposit is refused and only totals given.

    Returns:
        One entry a deposit or group; registration and its residual; totals and why anything is refused.
    """
    tell = progress or (lambda step, share: None)
    before = [d for d in baseline_measurement.deposits if d.deposit_class == "deposit"]
    after = [d for d in later_measurement.deposits if d.deposit_class == "deposit"]
    tell("registering", 0.0)
    both = (baseline_measurement, later_measurement)
    pose = Pose(register(baseline, baseline_measurement, later, later_measurement))
    tell("matching", 0.8)
    groups = _groups(pose, before, after, both, later)
    pose = _refined(pose, groups, baseline, later)
    groups = _groups(pose, before, after, both, later)
    refused = refusals(baseline_measurement, later_measurement) + _misfits(pose)
    changes = tuple(_change(g, pose, refused, baseline, later, both) for g in groups)
    tell("done", 1.0)
    return FollowUp(
        changes,
        tuple(segment.registration for segment in pose.segments),
        _totals(before, after, baseline_measurement),
        refused,
        {"gate_mm": load().follow_up.gate_mm},
    )


def _refined(pose: Pose, groups: list[Group], baseline: Volume, later: Volume) -> Pose:
    """Each segment refined on the deposits that were matched one to one in it."""
    pairs = [(a[0], b[0]) for a, b in groups if len(a) == 1 and len(b) == 1]
    before, after = _centres([a for a, _ in pairs]), _centres([b for _, b in pairs])
    owner = pose.owner(before)
    segments = []
    for n, segment in enumerate(pose.segments):
        fit = segment.registration
        matrix = landmarks(fit.matrix, before[owner == n], after[owner == n])
        if matrix is not fit.matrix:
            apart = residual(matrix, baseline, later, segment.cells)
            fit = replace(fit, matrix=matrix, residual_mm=apart)
        segments.append(replace(segment, registration=fit))
    return Pose(tuple(segments))


def _misfits(pose: Pose) -> tuple[str, ...]:
    """Why nothing can be compared: no part of the two scans fits."""
    found = [_misfit(segment.registration) for segment in pose.segments]
    return found[0] if all(found) else ()


def _misfit(fit: Registration) -> tuple[str, ...]:
    if not fit.residual_mm > load().follow_up.residual_mm:
        return ()
    return (
        f"the scans do not fit together ({fit.segment}): {fit.residual_mm:.1f} mm apart after registration",
    )


def refusals(first: Measurement, second: Measurement) -> tuple[str, ...]:
    """Why change per deposit cannot be stated; empty when it can."""
    out = []
    for name, m in (("baseline", first), ("later scan", second)):
        if not m.scan.in_specification:
            out.append(f"{name} is out of specification: " + ("; ".join(m.scan.reasons) or "see its reasons"))
    a, b = first.scan, second.scan
    if a.kv and b.kv and abs(a.kv - b.kv) > 5:
        out.append(f"tube voltage differs ({a.kv:g} and {b.kv:g} kV): attenuation is not comparable")
    thick = [s.thickness_mm or s.spacing_mm[0] for s in (a, b)]
    if max(thick) > 1.6 * min(thick):
        out.append(f"slice thickness differs ({thick[0]:g} and {thick[1]:g} mm)")
    return tuple(out)


def _centres(deposits: Sequence[Deposit]) -> Floats:
    return np.array([d.centroid_lps_mm for d in deposits], float).reshape(-1, 3)


# -- matching -------------------------------------------------------------------------------------


def _groups(
    pose: Pose,
    before: list[Deposit],
    after: list[Deposit],
    both: tuple[Measurement, Measurement],
    later: Volume,
) -> list[Group]:
    """Who belongs to whom: connected by overlap, the rest by distance."""
    links = _overlaps(pose, before, after, both, later)
    links |= _nearest(pose, before, after, {a for a, _ in links}, {b for _, b in links})
    back = {(b, a) for a, b in links}
    torn = _fragments(before, after, links, both[0])
    torn |= {(a, b) for b, a in _fragments(after, before, back, both[1])}
    return _gathered(before, after, links | torn)


def _overlaps(
    pose: Pose,
    before: list[Deposit],
    after: list[Deposit],
    both: tuple[Measurement, Measurement],
    later: Volume,
) -> set[tuple[int, int]]:
    """Pairs of which a quarter of the smaller lies in the other, after mapping its voxels."""
    first, second = both
    if first.labels is None or second.labels is None:
        return set()
    number = {d.label: n for n, d in enumerate(after)}
    back = np.linalg.inv(later.affine)
    affine = _affine(first, before)
    out = set()
    for a, deposit in enumerate(before):
        voxels = _voxels(deposit, first.labels)
        if affine is None or len(voxels) == 0:
            continue
        world = mapped(pose.at(deposit).matrix, mapped(affine, voxels.astype(float)))
        index = np.rint(mapped(back, world)).astype(int)
        inside = ((index >= 0) & (index < second.labels.shape)).all(axis=1)
        labels, counts = np.unique(second.labels[tuple(index[inside].T)], return_counts=True)
        scale = float(np.prod(first.scan.spacing_mm))
        for label, count in zip(labels, counts, strict=True):
            if int(label) in number:
                other = after[number[int(label)]]
                smaller = min(len(voxels) * scale, other.volume_half_max_mm3)
                if count * scale >= load().follow_up.overlap * smaller:
                    out.add((a, number[int(label)]))
    return out


def _affine(measurement: Measurement, deposits: list[Deposit]) -> Floats | None:
    found = measurement.settings.get("affine")
    return None if found is None else np.array(found, float)


def _nearest(
    pose: Pose, before: list[Deposit], after: list[Deposit], taken: set[int], used: set[int]
) -> set[tuple[int, int]]:
    """Hungarian assignment of what does not overlap, within the gate."""
    from scipy.optimize import linear_sum_assignment

    rows = [n for n in range(len(before)) if n not in taken]
    columns = [n for n in range(len(after)) if n not in used]
    if not rows or not columns:
        return set()
    a = pose.forward(_centres([before[n] for n in rows]))
    b = _centres([after[n] for n in columns])
    distance = np.linalg.norm(a[:, None] - b[None], axis=2)
    limit = np.array([[_gate(before[r], after[c]) for c in columns] for r in rows])
    cost = np.where(distance <= limit, distance, APART)
    return {
        (rows[r], columns[c]) for r, c in zip(*linear_sum_assignment(cost), strict=True) if cost[r, c] < APART
    }


def _fragments(
    these: list[Deposit], those: list[Deposit], links: set[tuple[int, int]], measurement: Measurement
) -> set[tuple[int, int]]:
    """Links of what is left over to the partner of a neighbour that it makes whole.

    Blur and noise tear one thin deposit in two in one scan and not in the next. Two within the blur
    belong together when their sum is closer to the partner than the neighbour alone.
    """
    partners: dict[int, list[int]] = {}
    for a, b in links:
        partners.setdefault(a, []).append(b)
    out = set()
    for n in set(range(len(these))) - set(partners):
        for a, others in partners.items():
            there = sum(those[b].calcium_hu_ml for b in others)
            alone = these[a].calcium_hu_ml
            if (
                _change_of(alone + these[n].calcium_hu_ml, there) < _change_of(alone, there)
                and _gap_mm(these[n], these[a], measurement) <= load().follow_up.fragment_mm
            ):
                out.add((n, others[0]))
    return out


def _change_of(one: float, other: float) -> float:
    """How many times more or less, as a logarithm without sign."""
    return float(abs(np.log(max(one, 1e-9) / max(other, 1e-9))))


def _gap_mm(one: Deposit, other: Deposit, measurement: Measurement) -> float:
    """Distance of the nearest voxel centres of two deposits; infinite without labels."""
    from scipy.spatial import cKDTree

    if measurement.labels is None:
        return float("inf")
    space = np.array(measurement.scan.spacing_mm)
    a, b = (_voxels(deposit, measurement.labels) * space for deposit in (one, other))
    if not len(a) or not len(b):
        return float("inf")
    return float(cKDTree(a).query(b)[0].min())


def _voxels(deposit: Deposit, labels: NDArray[np.signedinteger[Any]]) -> NDArray[np.int64]:
    """Indices (n, 3) of a deposit's voxels."""
    box = tuple(slice(*pair) for pair in deposit.bounding_box)
    return np.asarray(np.argwhere(labels[box] == deposit.label) + [part.start for part in box])


def _gate(a: Deposit, b: Deposit) -> float:
    """How far apart two centres of one deposit may lie (mm); small deposits do not wander."""
    return min(load().follow_up.gate_mm, 2.0 + 0.25 * (a.max_diameter_mm + b.max_diameter_mm))


def _gathered(before: list[Deposit], after: list[Deposit], links: set[tuple[int, int]]) -> list[Group]:
    """Connected components of the links, single deposits included."""
    parent = list(range(len(before) + len(after)))

    def root(n: int) -> int:
        while parent[n] != n:
            n = parent[n]
        return n

    for a, b in links:
        parent[root(a)] = root(len(before) + b)
    groups: dict[int, tuple[list[Deposit], list[Deposit]]] = {}
    for n in range(len(parent)):
        side = groups.setdefault(root(n), ([], []))
        (side[0] if n < len(before) else side[1]).append(
            before[n] if n < len(before) else after[n - len(before)]
        )
    return [(tuple(a), tuple(b)) for a, b in groups.values()]


# -- states ---------------------------------------------------------------------------------------


def _change(
    group: Group,
    pose: Pose,
    refused: tuple[str, ...],
    baseline: Volume,
    later: Volume,
    measurements: tuple[Measurement, Measurement],
) -> Change:
    a, b = group
    first = sum(d.calcium_hu_ml for d in a) if a else None
    last = sum(d.calcium_hu_ml for d in b) if b else None
    limit = _limit(a + b)
    change = Change(
        "not_assessable",
        tuple(d.id for d in a),
        tuple(d.id for d in b),
        first,
        last,
        None,
        None,
        limit,
        _distance(group, pose),
        "",
        next((d.tracking_uid for d in a if d.tracking_uid), ""),
    )
    if not refused:
        refused = _misfit(pose.at(a[0]) if a else pose.back_at(b[0]))
    if refused:
        return replace(change, reason=refused[0])
    if first is None or last is None:
        state, reason = _one_sided(a, b, pose, baseline, later, measurements)
        return replace(change, state=state, reason=reason)
    ratio = last / first if first > 0 else None
    volume = sum(d.volume_half_max_mm3 for d in b) / max(sum(d.volume_half_max_mm3 for d in a), 1e-9)
    state, reason = _cut(a, b, baseline, later) or _two_sided(len(a), len(b), first, last, limit)
    return replace(change, state=state, reason=reason, ratio=ratio, volume_ratio=volume)


def _cut(
    a: tuple[Deposit, ...], b: tuple[Deposit, ...], baseline: Volume, later: Volume
) -> tuple[ChangeState, str] | None:
    """A deposit that runs out of either scan: how much of it was shown is the pose's doing."""
    for name, deposits, volume in (("baseline", a, baseline), ("later scan", b, later)):
        if any(_at_end(d, volume) for d in deposits):
            return "not_assessable", f"cut by the edge of the {name}"
    return None


def _at_end(deposit: Deposit, volume: Volume) -> bool:
    """Within one slice, or two voxels in plane, of the edge: its blur is cut even where it is not."""
    margin = (1, 2, 2)
    return any(
        low < m or high > n - m
        for (low, high), n, m in zip(deposit.bounding_box, volume.hu.shape, margin, strict=True)
    )


def _limit(deposits: Sequence[Deposit]) -> float | None:
    """Repeatability of the pair: that of its worst member."""
    known = [d.repeatability_percent for d in deposits]
    return None if not known or None in known else max(k for k in known if k is not None)


def _distance(group: Group, pose: Pose) -> float | None:
    a, b = group
    if not a or not b:
        return None
    weight_a, weight_b = [d.calcium_hu_ml for d in a], [d.calcium_hu_ml for d in b]
    middle_a = np.average(pose.forward(_centres(a)), axis=0, weights=weight_a)
    return float(np.linalg.norm(middle_a - np.average(_centres(b), axis=0, weights=weight_b)))


def _two_sided(n: int, m: int, first: float, last: float, limit: float | None) -> tuple[ChangeState, str]:
    """State of what both scans show; the difference over the mean is set against the repeatability."""
    percent = 200.0 * (last - first) / max(last + first, 1e-9)
    said = f"{100 * (last / max(first, 1e-9) - 1):+.0f} % calcium"
    if n > 1:
        return "merged", f"{n} deposits became {m}, {said}"
    if m > 1:
        return "split", f"one deposit became {m}, {said}"
    if limit is None:
        return "not_assessable", "the repeatability of a deposit of this kind is not known"
    if abs(percent) <= limit:
        return "stable", f"{said}, within the repeatability of {limit:.0f} %"
    return ("increased" if percent > 0 else "decreased"), f"{said}, beyond the repeatability of {limit:.0f} %"


def _one_sided(
    a: tuple[Deposit, ...],
    b: tuple[Deposit, ...],
    pose: Pose,
    baseline: Volume,
    later: Volume,
    measurements: tuple[Measurement, Measurement],
) -> tuple[ChangeState, str]:
    """New or resolved, if the other scan shows the place and holds no object of another class there."""
    volume, name = (later, "later scan") if a else (baseline, "baseline scan")
    matrix = pose.at(a[0]).matrix if a else np.linalg.inv(pose.back_at(b[0]).matrix)
    place = mapped(matrix, _centres(a or b)).mean(axis=0)
    if not _shown(place, volume):
        return "not_assessable", f"the {name} does not show this place"
    other = _other_object(place, (a or b)[0], measurements[1 if a else 0])
    if other is not None:
        return "not_assessable", f"the {name} has {other.id} there, classed as {other.deposit_class}"
    return ("resolved" if a else "new"), f"no deposit at this place in the {name}"


def _shown(place: Floats, volume: Volume) -> bool:
    index = mapped(np.linalg.inv(volume.affine), place[None])[0]
    margin = load().follow_up.end_mm / np.array(volume.scan.spacing_mm)
    return bool(((index >= margin) & (index <= np.array(volume.hu.shape) - 1 - margin)).all())


def _other_object(place: Floats, deposit: Deposit, second: Measurement) -> Deposit | None:
    """What the other scan shows there under another class; a bone only when it is of the deposit's size.

    A deposit that turned hollow is modelled as a bone; the bone that it lay on is not what became of it.
    """
    for one in second.deposits:
        if one.deposit_class == "bone" and one.max_diameter_mm > 2.0 * deposit.max_diameter_mm:
            continue
        if one.deposit_class != "deposit" and (
            np.linalg.norm(np.subtract(one.centroid_lps_mm, place)) <= _gate(deposit, one)
        ):
            return one
    return None


def _totals(before: list[Deposit], after: list[Deposit], first: Measurement) -> dict[str, float]:
    a, b = sum(d.calcium_hu_ml for d in before), sum(d.calcium_hu_ml for d in after)
    out = {
        "baseline_hu_ml": a,
        "later_hu_ml": b,
        "baseline_count": float(len(before)),
        "later_count": float(len(after)),
    }
    if a > 0:
        out["ratio"] = b / a
    if "repeatability_percent" in first.totals:
        out["repeatability_percent"] = first.totals["repeatability_percent"]
    return out
