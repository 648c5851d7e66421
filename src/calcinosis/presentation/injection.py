"""A plan for injecting a lesion, in lines for the terminal; the picture stands beside the text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from calcinosis.conclusions.treatment import InjectionPlan
from calcinosis.conclusions.treatment.dose import number
from calcinosis.conclusions.treatment.planner import PlanReading
from calcinosis.knowledge import Knowledge


def print_plan(knowledge: Knowledge, plan: InjectionPlan, name: str, console: Console | None = None) -> None:
    """Both readings with their arithmetic, how to make the strength, and what to mind."""
    console = console or Console(highlight=False)
    for line in _lines(knowledge, plan, name):
        console.print(line, soft_wrap=True)


def _lines(knowledge: Knowledge, plan: InjectionPlan, name: str) -> Iterator[str]:
    yield f"[bold]{escape(name)}[/bold]"
    fingertip = ", on a fingertip" if plan.fingertip else ""
    yield (
        f"lesion {number(plan.diameter)} mm across, {number(plan.area)} mm²{fingertip}; points "
        f"{number(plan.spacing)} mm apart; {number(plan.concentration)} {plan.concentration_unit}\n"
    )
    if plan.refused:
        yield f"[bold reverse] STOP [/bold reverse] {escape(plan.refused)}\n"
    for place, reading in enumerate(plan.readings, start=1):
        yield from _reading(place, reading)
    for title, lines in (
        ("preparation", plan.preparation),
        ("anaesthetic", (plan.anaesthetic,)),
        ("how often", tuple(item.text for item in plan.schedules)),
        ("mind", tuple(item.text for item in plan.warnings)),
        ("rests on", tuple(f"{item.text} ({item.basis})" for item in plan.statements)),
    ):
        yield f"[bold]{title}[/bold]"
        yield from (f"  {escape(line)}" for line in lines)
    said = [item.sources for item in (*plan.statements, *plan.schedules)]
    said += [*(item.sources for item in plan.warnings), *(item.sources for item in plan.readings)]
    yield "[bold]sources[/bold]"
    for source in dict.fromkeys(source for sources in said for source in sources):
        yield f"  [dim]{escape(knowledge.citation(source))}[/dim]"


def _reading(place: int, reading: PlanReading) -> Iterator[str]:
    default = " [dim](first choice)[/dim]" if reading.default else ""
    yield f"[bold]reading {place}: {escape(reading.label)}[/bold]{default} [dim]({reading.basis})[/dim]"
    yield f"  {escape(reading.text)}"
    yield f"  {escape(reading.arithmetic)}"
    if reading.visits > 1:
        yield f"  over at least {reading.visits} sessions"
    yield from (f"  [bold]! {escape(warning)}[/bold]" for warning in reading.warnings)
    yield ""
