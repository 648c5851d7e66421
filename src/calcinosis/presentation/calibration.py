"""The differential against published cases: ranks, calibration, baselines, misses, reliability diagram."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from calcinosis.conclusions.differential.ranking import engine
from calcinosis.evaluation.cases import Expected, record_path
from calcinosis.evaluation.differential import (
    FOLDS,
    Comparison,
    Interval,
    Row,
    Scores,
    Validation,
    cross_validate,
    evaluate,
)
from calcinosis.knowledge import load
from calcinosis.pathway import consult
from calcinosis.presentation.progress import tracked

_SETTING = "case_series"
_SIDE, _EDGE = 300, 44


def predictable(folder: Path, cases: list[Expected], visit: str, form: str, as_of: str) -> list[Row]:
    """The cases that the differential can be tested on, with the findings of their records.

    First visits count where the look of the lesion is described; worked-up records where working up added
    something.
    """
    fit = [
        case for case in cases if (case.describes_lesion if visit == "first-visit" else case.worked_up_adds)
    ]
    paths = {case.id: record_path(folder, case.id, visit, form) for case in fit}
    return [
        (case.id, consult(paths[case.id], as_of, _SETTING).findings, case.diagnosis)
        for case in tracked(fit, f"{visit} {form}")
    ]


def compared_differential(rows: Sequence[Row]) -> Comparison:
    """The differential and its baselines on these cases."""
    return evaluate(engine(load()), rows, _SETTING)


def refitted_differential(visits: Mapping[str, Sequence[Row]]) -> Validation | None:
    """The differential with its calibration fitted without each case; none with fewer cases than folds."""
    if len({name for rows in visits.values() for name, _, _ in rows}) < FOLDS:
        return None
    return cross_validate(engine(load()), visits, _SETTING)


def print_differential(
    console: Console, title: str, compared: Comparison, refitted: Scores | None = None, fitted: str = ""
) -> None:
    """The figures beside both baselines, recall per disease, and every miss.

    `refitted` are those of a calibration fitted without the case, `fitted` says what was fitted there.
    """
    found = compared.differential
    console.print(f"[bold]{title}[/bold]: {found.n} cases", soft_wrap=True)
    console.print(_figures(compared, refitted))
    if fitted:
        console.print(fitted, soft_wrap=True)
    console.print(
        f"Brier score {compared.brier_gain:.0%} below the better baseline; "
        f"sensitivity for calcinosis {found.sensitivity:.1%}, specificity {found.specificity:.1%} "
        f"(called at one half or more: {found.called_sensitivity:.1%}, {found.called_specificity:.1%})",
        soft_wrap=True,
    )
    _print_discrimination(console, compared)
    recall = ", ".join(f"{one.disease} {one.first}/{one.n}" for one in found.recall)
    console.print(f"on top, by accepted diagnosis: {recall}", soft_wrap=True)
    for case, accepted, concluded, probability in found.misses:
        console.print(
            f"  miss {escape(case)}: accepted {'|'.join(accepted)}, "
            f"concluded {concluded} at {probability:.2f}",
            soft_wrap=True,
        )
    console.print()


def _print_discrimination(console: Console, compared: Comparison) -> None:
    """How calcinosis is told from the rest, and what is said without the patient's own disease."""
    for one in compared.beside:
        console.print(
            f"setting {one.setting}: area under the curve {one.area:.3f}, operating point sensitivity "
            f"{one.sensitivity:.1%}, specificity {one.specificity:.1%}",
            soft_wrap=True,
        )
    off = compared.delisted
    console.print(
        f"own disease taken off the list: {off.held} of {off.n} end in none of these or below one half "
        f"({off.held / max(off.n, 1):.1%}; none of these first in {off.none}); of calcinosis, all forms "
        f"taken off together, {off.target_held} of {off.target_n}, of the look-alikes "
        f"{off.held - off.target_held} of {off.n - off.target_n}",
        soft_wrap=True,
    )


def _figures(compared: Comparison, refitted: Scores | None) -> Table:
    table = Table()
    for heading in ("", "on top", "in the top three", "Brier", "calibration error", "slope"):
        table.add_column(heading, justify="left" if not heading else "right")
    for label, scores in (
        ("differential", compared.differential),
        ("fitted without the case", refitted),
        ("priors only", compared.prior_only),
        ("matching findings", compared.matching),
    ):
        if scores is not None:
            table.add_row(
                label,
                _share(scores.first),
                _share(scores.third),
                _number(scores.brier),
                _number(scores.ece),
                f"{scores.slope:.2f}",
            )
    return table


def _share(one: Interval) -> str:
    return f"{one.value:.1%} ({one.low:.1%}-{one.high:.1%})"


def _number(one: Interval) -> str:
    return f"{one.value:.3f} ({one.low:.3f}-{one.high:.3f})"


def reliability(scores: Scores) -> str:
    """A reliability diagram as SVG: said against right, a circle a bar, its area the number of cases."""
    dots = "".join(_dot(one.said, one.right, one.n) for one in scores.bins)
    span = _SIDE + 2 * _EDGE
    low, high = _EDGE, _EDGE + _SIDE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {span} {span}" role="img" '
        f'aria-label="Reliability of the first candidate, {scores.n} cases" '
        'font-family="sans-serif" font-size="12">'
        f'<rect x="{low}" y="{low}" width="{_SIDE}" height="{_SIDE}" fill="none" stroke="#777"/>'
        f'<line x1="{low}" y1="{high}" x2="{high}" y2="{low}" stroke="#777" stroke-dasharray="5 4"/>'
        f"{_ticks(low, high)}{dots}"
        f'<text x="{span / 2}" y="{span - 6}" text-anchor="middle">probability said</text>'
        f'<text x="14" y="{span / 2}" text-anchor="middle" '
        f'transform="rotate(-90 14 {span / 2})">share right</text>'
        f'<text x="{span / 2}" y="20" text-anchor="middle">calibration error {scores.ece.value:.3f}, '
        f"slope {scores.slope:.2f}, n {scores.n}</text></svg>"
    )


def _ticks(low: int, high: int) -> str:
    parts = []
    for tenth in range(0, 11, 2):
        at = tenth / 10 * _SIDE
        parts.append(f'<text x="{low + at}" y="{high + 16}" text-anchor="middle">{tenth / 10:.1f}</text>')
        parts.append(f'<text x="{low - 6}" y="{high - at + 4}" text-anchor="end">{tenth / 10:.1f}</text>')
    return "".join(parts)


def _dot(said: float, right: float, n: int) -> str:
    x, y = _EDGE + said * _SIDE, _EDGE + (1 - right) * _SIDE
    radius = 2 + 2.4 * n**0.5
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" '
        'fill="#2b6cb0" fill-opacity="0.35" stroke="#2b6cb0"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle">{n}</text>'
    )
