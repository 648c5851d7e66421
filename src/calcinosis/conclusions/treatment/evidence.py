"""What is known of the effect: study arms, pooled proportions, and the course without treatment.

Pooling needs statsmodels and is done when the evidence table is made; a consultation reads
`knowledge/evidence/pooled.csv`.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from calcinosis.errors import MissingExtra
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Statement
from calcinosis.knowledge.treatment_schema import Arm, EvidenceMethod, Level, Pooled, Treatments

OUTCOMES = ("improved", "complete")


class EvidenceView(Struct, frozen=True, kw_only=True):
    """The evidence on one treatment.

    Attributes:
        pooled: by outcome; empty where no series has counts.
        arms: every study arm, pooled or not.
        unread: ids of pooled arms whose publication nobody here read.
        ocebm: level of evidence, 1 strongest to 5 weakest.
        baseline: the natural course, to read the proportions against.
    """

    treatment: str
    pooled: tuple[Pooled, ...]
    arms: tuple[Arm, ...]
    unread: tuple[str, ...]
    ocebm: Level
    statements: tuple[Statement, ...]
    caveats: tuple[Statement, ...]
    baseline: Arm | None
    baseline_text: Statement


def responders(arm: Arm, outcome: str) -> int | None:
    """Patients of an arm with the outcome; `None` when it was not reported.

    `improved` is complete or partial; an arm that gives only one of the two gives that.
    """
    if outcome == "complete":
        return arm.complete
    given = [count for count in (arm.complete, arm.partial) if count is not None]
    return sum(given) if given else None


def poolable(treatment: str, arms: Iterable[Arm], outcome: str) -> list[Arm]:
    """Series and trial arms with counts, of one unit: no single patients, no reviews, no baseline."""
    found = [
        arm
        for arm in arms
        if arm.treatment == treatment and arm.use == "pool" and arm.n and responders(arm, outcome) is not None
    ]
    units = {arm.unit for arm in found}
    return found if len(units) <= 1 else [arm for arm in found if arm.unit == "patients"]


def pooled(
    treatment: str, arms: Iterable[Arm], method: EvidenceMethod, outcome: str = "improved"
) -> Pooled | None:
    """The proportion with an outcome over the series of a treatment, `None` when there is none.

    Two or more arms: random effects of DerSimonian and Laird on the logit, by inverse variance, with
    `method.continuity` added to arms without or with only responders; back-transformed. One arm: its
    proportion with the exact binomial interval of Clopper and Pearson.

    Raises:
        MissingExtra: statsmodels is not installed.
    """
    chosen = poolable(treatment, arms, outcome)
    if not chosen:
        return None
    counts = [(responders(arm, outcome) or 0, arm.n or 0) for arm in chosen]
    made = _exact(counts[0], method) if len(counts) == 1 else _random(counts, method)
    return Pooled(
        treatment=treatment,
        outcome=outcome,
        k=len(chosen),
        n=sum(n for _, n in counts),
        responders=sum(count for count, _ in counts),
        arms=tuple(arm.id for arm in chosen),
        **made,
    )


def _statsmodels() -> tuple[Any, Any]:
    try:
        from statsmodels.stats import meta_analysis, proportion
    except ImportError as error:
        raise MissingExtra("Pooling of proportions", "report") from error
    return meta_analysis, proportion


def _exact(counted: tuple[int, int], method: EvidenceMethod) -> dict[str, Any]:
    _, proportion = _statsmodels()
    low, high = proportion.proportion_confint(*counted, alpha=1 - method.level, method="beta")
    made = {"estimate": counted[0] / counted[1], "low": float(low), "high": float(high)}
    return {**made, "i2": None, "tau2": None, "method": "single"}


def arm_interval(arm: Arm, method: EvidenceMethod, outcome: str = "improved") -> Pooled | None:
    """One arm's proportion with its exact interval, for a row of a forest plot; `None` without counts.

    Raises:
        MissingExtra: statsmodels is not installed.
    """
    count = responders(arm, outcome)
    if count is None or not arm.n:
        return None
    made = _exact((count, arm.n), method)
    return Pooled(
        treatment=arm.treatment, outcome=outcome, k=1, n=arm.n, responders=count, arms=(arm.id,), **made
    )


def logit(counted: tuple[int, int], method: EvidenceMethod) -> tuple[float, float]:
    """Log odds of a count and its variance, corrected where a cell is empty."""
    from math import log

    count, n = counted
    add = method.continuity if count in (0, n) else 0.0
    events, rest = count + add, n - count + add
    return log(events / rest), 1 / events + 1 / rest


def _random(counts: Sequence[tuple[int, int]], method: EvidenceMethod) -> dict[str, Any]:
    meta, _ = _statsmodels()
    effects, variances = zip(*(logit(counted, method) for counted in counts), strict=True)
    import numpy as np

    with np.errstate(invalid="ignore"):
        result = meta.combine_effects(np.array(effects), np.array(variances), method_re="dl")
        frame = result.summary_frame(alpha=1 - method.level, use_t=False)
    # The library leaves a negative between-study variance as it is; DerSimonian and Laird set it to
    # zero, and then the random-effects estimate is the fixed one.
    row = frame.loc["random effect" if result.tau2 > 0 else "fixed effect"]
    return {
        "estimate": _proportion(float(row["eff"])),
        "low": _proportion(float(row["ci_low"])),
        "high": _proportion(float(row["ci_upp"])),
        "i2": max(0.0, float(result.i2)),
        "tau2": max(0.0, float(result.tau2)),
        "method": "random",
    }


def _proportion(value: float) -> float:
    from math import exp

    return 1 / (1 + exp(-value))


def pooled_table(held: Treatments) -> list[Pooled]:
    """Every pooled proportion of the knowledge base, by treatment and outcome."""
    names = dict.fromkeys(arm.treatment for arm in held.arms)
    made = (pooled(name, held.arms, held.method, outcome) for name in names for outcome in OUTCOMES)
    return [entry for entry in made if entry is not None]


def write_pooled(held: Treatments, path: Path) -> None:
    """Write the table that consultations read; proportions to six decimals."""
    with path.open("w", encoding="utf-8", newline="") as handle:
        names = [field.name for field in msgspec.structs.fields(Pooled)]
        rows = csv.writer(handle, lineterminator="\n")
        rows.writerow(names)
        for entry in pooled_table(held):
            rows.writerow(_printed(getattr(entry, name)) for name in names)


def _printed(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6f}"
    return ";".join(value) if isinstance(value, tuple) else str(value)


def view(treatment: str, knowledge: Knowledge) -> EvidenceView:
    """The evidence on one treatment, made once for a knowledge base.

    Raises:
        KeyError: no treatment has that id.
    """
    views = knowledge.built("treatment.evidence", _views)
    return views[treatment]


def _views(knowledge: Knowledge) -> dict[str, EvidenceView]:
    held = knowledge.contents.treatment
    baseline = next((arm for arm in held.arms if arm.id == held.method.baseline), None)
    return {name: _view(name, held, baseline) for name in held.treatments}


def _view(name: str, held: Treatments, baseline: Arm | None) -> EvidenceView:
    entry = held.treatments[name]
    used = {arm for item in held.pooled if item.treatment == name for arm in item.arms}
    return EvidenceView(
        treatment=name,
        pooled=tuple(item for item in held.pooled if item.treatment == name),
        arms=tuple(arm for arm in held.arms if arm.treatment == name),
        unread=tuple(arm.id for arm in held.arms if arm.id in used and not arm.read),
        ocebm=entry.ocebm,
        statements=entry.evidence,
        caveats=held.method.caveats,
        baseline=baseline,
        baseline_text=held.method.baseline_text,
    )
