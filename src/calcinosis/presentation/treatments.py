"""Treatment options side by side: the rows that terminal, page and report share, and the terminal's table.

A row says in this order what it is, at what dose, for how many it worked, and what forbids it or has to be
checked first. No medicine is decided here.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from textwrap import shorten
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from rich.markup import escape

from calcinosis.conclusions.treatment import InjectionPlan, TreatmentOption
from calcinosis.conclusions.treatment.dose import DoseLine, spanned
from calcinosis.conclusions.treatment.evidence import responders
from calcinosis.consultation import Consultation
from calcinosis.knowledge.schema import Statement
from calcinosis.knowledge.treatment_schema import OFFERED, Arm
from calcinosis.model import Verdict
from calcinosis.presentation.figures.forest_plot import Share, natural_course, of_options, summed

if TYPE_CHECKING:
    from markupsafe import Markup

# Status -> mark, word; also the order of the groups.
MARKS = {
    "suitable": ("✓", "suitable"),
    "consider": ("◐", "consider"),
    "avoid": ("✗", "avoid"),
    "not_indicated": ("–", "not indicated"),
}
OUTCOME = "improved"
_BAR, _NUMBERS = 15, 19
_MOST_CONSIDERED, _SHARED = 8, 3
_SEVERE = ("contraindicated", "major")


class OptionRow(Struct, frozen=True, kw_only=True):
    """One option in short.

    Attributes:
        dose: the computed amount, or what is missing for it; empty where no dose belongs to it.
        share: how many improved, pooled over series; `None` where no series has counts.
        evidence: the number in words, whatever is known.
        forbids: what makes it `avoid`; `checks`: what to find out first, `before`: what to do
            first; `cautions`: what else applies.
        clashes: severe interactions with a drug that is taken or with another option.
    """

    id: str
    name: str
    kind: str
    status: str
    mark: str
    word: str
    reason: str
    dose: str
    share: Share | None
    evidence: str
    level: int
    forbids: tuple[str, ...]
    checks: tuple[str, ...]
    before: tuple[str, ...]
    clashes: tuple[str, ...]
    cautions: tuple[str, ...]
    sources: tuple[str, ...]
    basis: str


def principles(consultation: Consultation) -> tuple[Statement, ...]:
    """What holds of all treatment, said once above the options; nothing where none is offered."""
    offered = any(option.status in OFFERED for option in consultation.treatments)
    return consultation.knowledge.contents.treatment.dosing.principles if offered else ()


def rows(consultation: Consultation) -> tuple[OptionRow, ...]:
    """Every treatment, in the order of the consultation."""
    return tuple(_row(option) for option in consultation.treatments)


def _row(option: TreatmentOption) -> OptionRow:
    mark, word = MARKS[option.status]
    share = _share(option)
    return OptionRow(
        id=option.id,
        name=option.name,
        kind=option.kind,
        status=option.status,
        mark=mark,
        word=word,
        reason=option.reasons[0].text if option.reasons else "",
        dose=_dose(option),
        share=share,
        evidence=said(share) if share else _uncounted(option.evidence.arms),
        level=option.evidence.ocebm.level,
        forbids=tuple(_forbids(option)),
        checks=option.checks,
        before=tuple(item.text for item in option.before) if option.status in OFFERED else (),
        clashes=tuple(_clashes(option)),
        cautions=tuple(item.text for item in option.cautions if item.verdict is Verdict.MET),
        sources=option.sources,
        basis=option.basis,
    )


def _share(option: TreatmentOption) -> Share | None:
    return next((summed(item) for item in option.evidence.pooled if item.outcome == OUTCOME), None)


def said(share: Share) -> str:
    """A share with its denominator and interval."""
    return f"{share.count}/{share.n}, {share.estimate:.0f} % ({share.low:.0f}-{share.high:.0f})"


def _uncounted(arms: Iterable[Arm]) -> str:
    """What is known where nothing was pooled; single patients keep their number and get no percentage."""
    listed = list(arms)
    known = [responders(arm, OUTCOME) for arm in listed if arm.use == "single"]
    counts = [count for count in known if count is not None]
    if counts:
        return f"single patients, {sum(counts)} of {len(counts)} {OUTCOME}"
    return "reports without counts" if listed else "no study arm"


def _dose(option: TreatmentOption) -> str:
    held = option.dose
    if option.status in ("avoid", "not_indicated"):
        return ""
    if held.proposed:
        return _amount(held.proposed[0], option.name)
    return "no computable dose" if held.withheld else ""


def _amount(line: DoseLine, name: str) -> str:
    """The amount in short; the ingredient where the option's name does not say it."""
    drug = "" if line.ingredient.lower() in name.lower() else f"{line.ingredient} "
    if line.status == "needs":
        return f"{drug}{line.text}"
    every = "" if line.every in ("", "mL") else f"/{line.every}"
    cut = " (capped)" if line.capped else " (!)" if line.warnings else ""
    route = f" {line.route}" if line.route and line.route != "procedure" else ""
    return f"{drug}{spanned(line.low, line.high)} {line.unit}{every}{route}{cut}"


def _forbids(option: TreatmentOption) -> Iterator[str]:
    if option.status != "avoid":
        return
    barred = [item.text for item in option.contraindications if item.verdict is Verdict.MET]
    clashes = [
        f"{item.other}: {item.text}"
        for item in option.interactions
        if item.severity == "contraindicated" and item.verdict is Verdict.MET
    ]
    yield from barred or clashes or [why.text for why in option.reasons[-1:]]


def _clashes(option: TreatmentOption) -> Iterator[str]:
    found = dict.fromkeys(
        item.other
        for item in option.interactions
        if item.severity in _SEVERE and item.verdict is not Verdict.NOT_MET
    )
    for other in found if option.status != "avoid" else ():
        worst = min(
            (_SEVERE.index(item.severity), item.verdict is not Verdict.MET)
            for item in option.interactions
            if item.other == other and item.severity in _SEVERE
        )
        unsure = "perhaps " if worst[1] else ""
        yield f"{unsure}{_SEVERE[worst[0]]} with {other}"


def treatment_lines(consultation: Consultation, *, width: int = 80, verbose: bool = False) -> Iterator[str]:
    """The options for the terminal, one line of markup each, in groups; what to check stands below.

    Args:
        consultation: what was concluded.
        width: columns that a line may take.
        verbose: every option to consider, and every caution.
    """
    listed = rows(consultation)
    offered = [row for row in listed if row.status in OFFERED]
    shown = offered if verbose else _first(offered)
    common = _common_checks(shown)
    yield from (f"[dim]{escape(one.text)}.[/dim]" for one in principles(consultation))
    yield from _taken(consultation)
    for heading, group in _grouped(shown):
        yield f"[bold]{heading}[/bold]"
        for row in group:
            yield _line(row, width)
            yield from _below(row, common, verbose)
    if len(shown) < len(offered):
        more = ", ".join(row.name for row in offered if row not in shown)
        yield f"  [dim]and {len(offered) - len(shown)} more (-v): {escape(more)}[/dim]"
    for check, count in common.items():
        yield f"  [italic]check for {count} of these: {escape(check)}[/italic]"
    yield from _avoided(listed)
    yield from _caveats(consultation, width)


def _first(offered: list[OptionRow]) -> list[OptionRow]:
    considered = [row for row in offered if row.status == "consider" and row.kind != "cause"]
    return [row for row in offered if row not in considered[_MOST_CONSIDERED:]]


def _grouped(shown: list[OptionRow]) -> Iterator[tuple[str, list[OptionRow]]]:
    causal = [row for row in shown if row.kind == "cause"]
    groups = [("the cause first", causal)]
    for status in OFFERED:
        members = [row for row in shown if row.status == status and row not in causal]
        groups.append((f"{MARKS[status][0]} {MARKS[status][1]}, in no order of merit", members))
    yield from ((heading, group) for heading, group in groups if group)


def _common_checks(shown: list[OptionRow]) -> dict[str, int]:
    """Checks that many options share, said once with how many."""
    counts = Counter(check for row in shown for check in row.checks)
    return {check: count for check, count in counts.items() if count >= _SHARED}


def _line(row: OptionRow, width: int) -> str:
    """Name, dose, bar, numbers; a long name or dose is cut, the bar and its numbers never."""
    left = width - _BAR - _NUMBERS - 4
    name_width = left * 3 // 5
    name = shorten(f"{row.mark} {row.name}", name_width, placeholder="…").ljust(name_width)
    dose = shorten(row.dose, left - name_width, placeholder="…").ljust(left - name_width)
    bar = f"{text_bar(row.share)} " if row.share else ""
    return f"{escape(name)} {escape(dose)} {bar}{escape(row.evidence)}".rstrip()


def _below(row: OptionRow, common: Mapping[str, int], verbose: bool) -> Iterator[str]:
    checks = [check for check in row.checks if check not in common]
    for advice in row.before:
        yield f"    before it: {escape(advice)}"
    if checks:
        yield f"    [italic]check {escape(', '.join(checks))}[/italic]"
    if verbose and row.dose:
        yield f"    dose {escape(row.dose)}"
    clashes = row.clashes if not verbose else (*row.clashes, *row.cautions)
    if clashes:
        yield f"    ! {escape('; '.join(clashes))}"


def _taken(consultation: Consultation) -> Iterator[str]:
    for alert in consultation.drugs:
        soon = f" [bold reverse] {alert.urgency.replace('_', ' ')} [/bold reverse]" if alert.urgency else ""
        yield f"[bold]taken now[/bold]{soon} {escape(alert.text)}. {escape(alert.consequence)}".rstrip()
    for clash in consultation.drug_interactions:
        yield f"[bold]taken together[/bold] {clash.severity}: {escape(clash.text)}"


def _avoided(listed: Iterable[OptionRow]) -> Iterator[str]:
    held = list(listed)
    avoided = [row for row in held if row.status == "avoid"]
    if avoided:
        yield f"[bold]{' '.join(MARKS['avoid'])}[/bold]"
    for row in avoided:
        yield f"✗ {escape(row.name)}: {escape('; '.join(row.forbids)) or 'see --format json'}"
    idle = sum(row.status == "not_indicated" for row in held)
    if idle:
        yield f"[dim]– {idle} not indicated; --format json says what would make them fit[/dim]"


def _caveats(consultation: Consultation, width: int) -> Iterator[str]:
    if not consultation.treatments:
        return
    view = consultation.treatments[0].evidence
    course = natural_course(view.baseline) if natural_fits(consultation) else None
    if course:
        label = shorten(
            f"○ {course.name.lower()}, {course.under}", width - _BAR - _NUMBERS - 2, placeholder="…"
        )
        pad = " " * (width - _BAR - _NUMBERS - 2 - len(label))
        yield f"[dim]{escape(label)}{pad} {text_bar(course.share, point='○')} {said(course.share)}[/dim]"
    yield f"[dim]{escape('. '.join(caveat.text for caveat in view.caveats[:2]))}.[/dim]"


def natural_fits(consultation: Consultation) -> bool:
    """Whether the natural course was observed in patients of the leading subtype."""
    first = consultation.leading
    return first is not None and first.id in consultation.knowledge.contents.leaflet.natural_subtypes


def text_bar(share: Share, width: int = _BAR, point: str = "") -> str:
    """Interval and estimate on an axis of 0 to 100 %; hollow under five patients."""
    place = [round(part * (width - 1) / 100) for part in (share.low, share.estimate, share.high)]
    point = point or ("□" if share.few else "■")
    cells = ["─" if place[0] <= k <= place[2] else "·" for k in range(width)]
    cells[place[1]] = point
    return "".join(cells)


def treatments_section(consultation: Consultation, *, forest: bool = True) -> Markup:
    """The table, the plan of the injection and, with `forest`, the forest plot as a fragment of a page.

    The caveats of the plot are left to the page, which can cite their sources.
    """
    from markupsafe import Markup

    from calcinosis.presentation.figures.drawing import drawn

    offered = [option for option in consultation.treatments if option.status in OFFERED]
    plot = of_options(offered, "Reported response of these options", natural=natural_fits(consultation))
    plan = next((_plan_svg(consultation, option.name, option.plan) for option in offered if option.plan), "")
    return Markup(  # noqa: S704 (made by a template that escapes)
        drawn(
            "treatments/table.html.j2",
            rows=rows(consultation),
            forest=Markup(replace(plot, notes=()).svg("inherit")) if plot and forest else "",  # noqa: S704
            plan=Markup(plan),  # noqa: S704
        )
    )


def _plan_svg(consultation: Consultation, name: str, plan: InjectionPlan) -> str:
    from calcinosis.presentation.figures.planner_picture import picture

    return picture(plan, consultation.knowledge.contents.treatment.dosing.injection, name).svg("inherit")
