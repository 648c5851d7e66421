"""A forest plot to hand on: study arms or options with intervals, the pooled diamond, the natural course.

The side of a square grows with the root of the number of patients; under `FEW` it is hatched. Single
patients are counted in a note and never drawn among the series.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from math import comb, sqrt
from textwrap import shorten, wrap

from msgspec import Struct

from calcinosis.conclusions.treatment import EvidenceView, TreatmentOption
from calcinosis.conclusions.treatment.evidence import responders
from calcinosis.knowledge.treatment_schema import Arm, Pooled
from calcinosis.presentation.figures.drawing import FONT, drawn

# Below so many patients a share is drawn as uncertain.
FEW = 5
WIDTH, LEFT, PLOT = 760, 280, 300
_TOP, _ROW, _NOTE = 46, 30, 14
_LEAST, _MOST, _FULL = 5.0, 18.0, 80
_NOTE_WIDTH, _NAME_WIDTH, _UNDER_WIDTH = 140, 46, 54
_TICKS = (0, 25, 50, 75, 100)
_LEVEL = 0.95


class Share(Struct, frozen=True):
    """A proportion in percent with its interval; `count` of `n`."""

    estimate: float
    low: float
    high: float
    count: int
    n: int

    @property
    def few(self) -> bool:
        """So few that it is hatched."""
        return self.n < FEW


class Row(Struct, frozen=True):
    """One line: `kind` is `series`, `pooled` or `baseline`; `under` stands small below the name."""

    kind: str
    name: str
    under: str
    share: Share
    y: float = 0.0

    @property
    def half(self) -> float:
        """Half the side of its square."""
        return (_LEAST + (_MOST - _LEAST) * sqrt(min(self.share.n, _FULL) / _FULL)) / 2

    @property
    def numbers(self) -> str:
        """What stands at its right: count, number, percent and interval."""
        share = self.share
        return (
            f"{share.count} of {share.n}, {share.estimate:.0f} % ({share.low:.0f}-{share.high:.0f})"
            if self.kind != "pooled"
            else f"{share.estimate:.0f} % ({share.low:.0f}-{share.high:.0f}), {share.count} of {share.n}"
        )


class ForestPlot(Struct, frozen=True):
    """Rows from top to bottom, the natural course behind them, notes below."""

    title: str
    outcome: str
    rows: tuple[Row, ...]
    baseline: Row | None
    notes: tuple[str, ...]

    @property
    def bottom(self) -> float:
        """Where the axis stands."""
        return _TOP + _ROW * len(self.rows) + 4

    @property
    def height(self) -> float:
        """Of the whole picture."""
        return self.bottom + 36 + _NOTE * len(self.notes)

    def svg(self, font: str = FONT) -> str:
        """The picture; `font` is a family, or `inherit` within a page."""
        return drawn(
            "figures/forest.svg.j2",
            font=font,
            plot=self,
            at=at,
            width=WIDTH,
            left=LEFT,
            ticks=_TICKS,
            top=_TOP,
        )


def at(percent: float) -> float:
    """Where a percentage stands on the axis."""
    return round(LEFT + PLOT * percent / 100, 2)


def exact(count: int, n: int, level: float = _LEVEL) -> tuple[float, float]:
    """Exact binomial interval for a proportion (Clopper and Pearson 1934), by bisection of its tails."""
    tail = (1 - level) / 2
    low = 0.0 if count == 0 else _root(lambda p: _at_least(count, n, p) - tail)
    high = 1.0 if count == n else _root(lambda p: tail - (1 - _at_least(count + 1, n, p)))
    return low, high


def _at_least(count: int, n: int, p: float) -> float:
    return sum(comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(count, n + 1))


def _root(rising: Callable[[float], float]) -> float:
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (low, middle) if rising(middle) > 0 else (middle, high)
    return (low + high) / 2


def counted(count: int, n: int) -> Share:
    """The share of one arm, with its exact interval."""
    low, high = exact(count, n)
    return Share(100 * count / n, 100 * low, 100 * high, count, n)


def summed(pooled: Pooled) -> Share:
    """The share that was pooled over series."""
    held = pooled
    return Share(100 * held.estimate, 100 * held.low, 100 * held.high, held.responders, held.n)


def natural_course(baseline: Arm | None, outcome: str = "improved") -> Row | None:
    """The natural course as a row, where its counts are known."""
    count = responders(baseline, outcome) if baseline else None
    if baseline is None or count is None or not baseline.n:
        return None
    return Row(
        "baseline",
        "Without treatment",
        f"{baseline.population} ({baseline.study})",
        counted(count, baseline.n),
    )


def of_treatment(
    name: str, view: EvidenceView, outcome: str = "improved", *, natural: bool = True
) -> ForestPlot:
    """Every series of one treatment, with the pooled diamond when there are several.

    Args:
        name: the title.
        view: its evidence.
        outcome: `improved` or `complete`.
        natural: whether the natural course was observed in such patients, and is drawn.
    """
    pooled = next((item for item in view.pooled if item.outcome == outcome), None)
    rows = [_arm(arm, outcome) for arm in view.arms if pooled and arm.id in pooled.arms]
    if pooled and pooled.k > 1:
        rows.append(_diamond(pooled))
    course = natural_course(view.baseline, outcome) if natural else None
    return _plot(name, outcome, rows, course, _said(view, outcome, natural))


def of_options(
    options: Iterable[TreatmentOption], title: str, outcome: str = "improved", *, natural: bool = True
) -> ForestPlot | None:
    """Options beside each other in the order given, which is no ranking; none when nothing was counted."""
    chosen = [
        (option, item) for option in options for item in option.evidence.pooled if item.outcome == outcome
    ]
    if not chosen:
        return None
    view = chosen[0][0].evidence
    rows = [
        Row("series", shorten(option.name, _NAME_WIDTH, placeholder="…"), _origin(item), summed(item))
        for option, item in chosen
    ]
    course = natural_course(view.baseline, outcome) if natural else None
    return _plot(title, outcome, rows, course, [*_general(view, natural)])


def _plot(title: str, outcome: str, rows: list[Row], baseline: Row | None, notes: list[str]) -> ForestPlot:
    listed = [*rows, baseline] if baseline else rows
    placed = [
        Row(row.kind, row.name, row.under, row.share, _TOP + _ROW * (k + 0.5)) for k, row in enumerate(listed)
    ]
    lines = [line for note in notes for line in wrap(note, _NOTE_WIDTH, subsequent_indent="   ")]
    return ForestPlot(title, outcome, tuple(placed), placed[-1] if baseline else None, tuple(lines))


def _arm(arm: Arm, outcome: str) -> Row:
    unread = "" if arm.read else " †"
    unit = "" if arm.unit == "patients" else f" ({arm.unit})"
    under = shorten(f"{arm.population}{unit}", _UNDER_WIDTH, placeholder="…")
    return Row("series", f"{arm.study}{unread}", under, counted(responders(arm, outcome) or 0, arm.n or 1))


def _diamond(pooled: Pooled) -> Row:
    spread = "" if pooled.i2 is None else f", I² {100 * pooled.i2:.0f} %"
    return Row("pooled", "Pooled", f"{pooled.k} series, random effects{spread}", summed(pooled))


def _origin(pooled: Pooled) -> str:
    return f"{pooled.k} series pooled" if pooled.k > 1 else "one series"


def _said(view: EvidenceView, outcome: str, natural: bool) -> list[str]:
    """What must be said beside the series of one treatment."""
    notes = [line for line in (singles(view, outcome), reviewed(view)) if line]
    if view.unread:
        notes.append("† Nobody here has read this publication; its counts come from another.")
    return [*notes, *_general(view, natural)]


def _general(view: EvidenceView, natural: bool) -> Iterator[str]:
    yield from (f"{caveat.text}." for caveat in view.caveats)
    if natural:
        yield f"{view.baseline_text.text}."


def singles(view: EvidenceView, outcome: str = "improved") -> str:
    """Single patients, counted apart; empty when there is none."""
    held = [
        count for arm in view.arms if arm.use == "single" and (count := responders(arm, outcome)) is not None
    ]
    if not held:
        return ""
    return f"Single patients, told one by one and never pooled: {sum(held)} of {len(held)} {outcome}."


def reviewed(view: EvidenceView) -> str:
    """Reviews, which contain other rows; empty when there is none."""
    names = [f"{arm.study} (n {arm.n})" if arm.n else arm.study for arm in view.arms if arm.use == "review"]
    return f"Reviews contain other rows and are not pooled: {', '.join(names)}." if names else ""
