"""From a volume in Hounsfield units to measured deposits: find, classify, measure, sum up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calcinosis.imaging.model import Confidence, Deposit, Measurement, Scan, Volume
from calcinosis.imaging.settings import Settings, as_data, load

Progress = Callable[[str, float], None]


def measure(
    volume: Volume,
    *,
    bone_mask: NDArray[np.bool_] | None = None,
    calibration_mg_per_hu_ml: float | None = None,
    progress: Progress | None = None,
) -> Measurement:
    """Find and measure the deposits of a scan.

    Args:
        volume: HU, geometry and what the series says of itself.
        bone_mask: true where an imported segmentation has bone; same shape as the volume.
        calibration_mg_per_hu_ml: mg hydroxyapatite per HU mL, from a calibration insert.
        progress: called with a step's name and the share done (0..1).

    Returns:
        Every object with its class and reason; totals over class `deposit` only.
    """
    from calcinosis.imaging import segment
    from calcinosis.imaging.hollow import hollow_objects

    tell = progress or (lambda step, share: None)
    settings = load()
    tell("finding bone and candidates", 0.0)
    scene = segment.find(volume, settings, bone_mask)
    tell("measuring", 0.4)
    objects, dropped = _objects(volume, scene, settings, tell)
    bones, fragments = hollow_objects(volume, scene, settings, bone_mask)
    dropped += Counter({"fragment of a modelled bone": fragments} if fragments else {})
    measurement = _assemble(volume, scene, objects, bones, settings, calibration_mg_per_hu_ml)
    measurement = replace(measurement, dropped=dict(dropped))
    tell("done", 1.0)
    return measurement


def _objects(
    volume: Volume, scene: Any, settings: Settings, tell: Progress
) -> tuple[list[Any], Counter[str]]:
    """Every seed of reportable size with what it is; of the rest how many, by the reason."""
    from calcinosis.imaging import classify

    seeds = scene.seeds
    voxel = float(np.prod(volume.scan.spacing_mm))
    large = (seeds.count >= 2) & (seeds.count * voxel >= settings.speck_mm3.value)
    worth = np.flatnonzero(large)
    dropped = Counter({classify.SPECK: int(large.size - worth.size)} if worth.size < large.size else {})
    out = []
    for n, label in enumerate(worth):
        for finding in classify.judge(volume, scene, int(label), settings):
            if isinstance(finding, str):
                dropped[finding] += 1
            else:
                out.append(finding)
        tell("measuring", 0.4 + 0.55 * (n + 1) / len(worth))
    return out, dropped


def _assemble(
    volume: Volume,
    scene: Any,
    objects: list[Any],
    bones: list[Any],
    settings: Settings,
    calibration: float | None,
) -> Measurement:
    """Objects by falling calcium, `D001` and so on; the hollow ones after them, `B001` and so on.

    Hollow ones have the lower labels: where a coarser grid keeps the larger, the deposit is seen.
    """
    scan = judged_scan(volume.scan, scene, objects, settings)
    # A label volume of 32 bits would be twice the scan.
    wide = len(objects) + len(bones) > np.iinfo(np.int16).max
    labels = np.zeros(volume.hu.shape, np.int32 if wide else np.int16)
    rows = []
    for first, letter, group in ((1, "B", bones), (1 + len(bones), "D", objects)):
        for n, finding in enumerate(sorted(group, key=lambda one: -one.figures.calcium_hu_ml)):
            v = finding.figures.voxels
            labels[v[:, 0], v[:, 1], v[:, 2]] = first + n
            one = _deposit(f"{letter}{n + 1:03d}", first + n, finding, volume, scan, settings, calibration)
            rows.append(one)
    deposits = rows[len(bones) :] + rows[: len(bones)]
    constants = as_data() | {
        "threshold_hu": scene.threshold,
        "noise_hu": scene.noise_hu,
        "psf_mm": scene.psf_mm,
        "bone_mask": scene.imported,
        "calibration_mg_per_hu_ml": calibration,
        "affine": volume.affine.tolist(),
    }
    return Measurement(
        scan,
        tuple(deposits),
        totals(tuple(deposits), settings),
        constants,
        labels,
        volume.series_uid,
        volume.source,
    )


def _deposit(
    name: str,
    label: int,
    finding: Any,
    volume: Volume,
    scan: Scan,
    settings: Settings,
    calibration: float | None,
) -> Deposit:
    f = finding.figures
    x, y, z = (volume.affine @ np.array([*f.centroid, 1.0]))[:3]
    repeatability = repeatability_percent(f.volume_half_max_mm3, finding.touches_bone, scan, settings)
    low, high = f.voxels.min(axis=0), f.voxels.max(axis=0) + 1
    return Deposit(
        id=name,
        label=label,
        deposit_class=finding.deposit_class,
        reason=finding.reason,
        centroid_lps_mm=(float(x), float(y), float(z)),
        calcium_hu_ml=f.calcium_hu_ml,
        mass_mg=None if calibration is None else f.calcium_hu_ml * calibration,
        volume_half_max_mm3=f.volume_half_max_mm3,
        volume_over_threshold_mm3=f.volume_over_threshold_mm3,
        agatston=f.agatston,
        peak_hu=f.peak_hu,
        mean_hu=f.mean_hu,
        max_diameter_mm=f.max_diameter_mm,
        short_diameter_mm=f.short_diameter_mm,
        depth_min_mm=f.depth_min_mm,
        depth_mean_mm=f.depth_mean_mm,
        compartment=finding.compartment,
        touches_bone=finding.touches_bone,
        confidence=confidence(f.volume_half_max_mm3, finding, scan, settings),
        repeatability_percent=repeatability,
        region=scan.body_part.replace("_", " ").strip().lower(),
        bounding_box=tuple((int(a), int(b)) for a, b in zip(low, high, strict=True)),  # type: ignore[arg-type]
    )


def confidence(volume_mm3: float, finding: Any, scan: Scan, settings: Settings) -> Confidence:
    """How far one object's figure can be trusted, by its class, size, the scan and contact with bone."""
    rule = settings.confidence
    if finding.deposit_class == "indeterminate" or not scan.in_specification or volume_mm3 < rule.low_mm3:
        return "low"
    if volume_mm3 < rule.moderate_mm3 or finding.touches_bone:
        return "moderate"
    return "high"


def repeatability_percent(
    volume_mm3: float, touches_bone: bool, scan: Scan, settings: Settings
) -> float | None:
    """Change within which two scans of the same deposit agree in 95 %; None out of specification."""
    if not scan.in_specification:
        return None
    rule = settings.repeatability
    at = int(np.searchsorted(rule.upper_mm3, volume_mm3))
    base = rule.percent[min(at, len(rule.percent) - 1)]
    return base * (rule.touching_bone_factor if touches_bone else 1.0)


def judged_scan(scan: Scan, scene: Any, objects: list[Any], settings: Settings) -> Scan:
    """The scan with what the measurement itself found against its specification."""
    rule = settings.specification
    reasons = list(scan.reasons)
    thick = scan.thickness_mm or scan.spacing_mm[0]
    inside = scan.in_specification
    checks = (
        (thick > rule.thickness_mm, f"slice thickness {thick:g} mm is over {rule.thickness_mm:g} mm"),
        (max(scan.spacing_mm) > rule.voxel_mm + 0.5, f"voxel of {max(scan.spacing_mm):g} mm"),
        (
            max(scan.spacing_mm[1:]) > rule.voxel_mm,
            f"pixel of {max(scan.spacing_mm[1:]):g} mm is over {rule.voxel_mm:g} mm",
        ),
        (scene.noise_hu > rule.noise_hu, f"noise of {scene.noise_hu:.0f} HU is over {rule.noise_hu:g} HU"),
    )
    for failed, reason in checks:
        if failed:
            inside = False
            if not any(r.split(" ")[0] == reason.split(" ")[0] for r in scan.reasons):
                reasons.append(reason)
    if any(finding.deposit_class == "metal" for finding in objects):
        reasons.append("metal in the scan: deposits near it are not reliable")
    return replace(scan, in_specification=inside, reasons=tuple(reasons))


def totals(deposits: tuple[Deposit, ...], settings: Settings | None = None) -> dict[str, float]:
    """Sums over class `deposit`."""
    chosen = [d for d in deposits if d.deposit_class == "deposit"]
    out = {
        "count": float(len(chosen)),
        "calcium_hu_ml": sum(d.calcium_hu_ml for d in chosen),
        "volume_half_max_mm3": sum(d.volume_half_max_mm3 for d in chosen),
        "volume_over_threshold_mm3": sum(d.volume_over_threshold_mm3 for d in chosen),
        "agatston": sum(d.agatston for d in chosen),
    }
    if chosen and all(d.mass_mg is not None for d in chosen):
        out["mass_mg"] = sum(d.mass_mg or 0.0 for d in chosen)
    if settings is not None:
        out["repeatability_percent"] = settings.repeatability.total_percent
    return out
