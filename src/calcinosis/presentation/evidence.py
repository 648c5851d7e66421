"""The evidence on one treatment for the terminal: series with bars, what was pooled, what was not."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape

from calcinosis.conclusions.treatment import EvidenceView, view
from calcinosis.conclusions.treatment.evidence import responders
from calcinosis.errors import UnknownName
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.schema import Statement
from calcinosis.knowledge.treatment_schema import Arm
from calcinosis.presentation.figures.forest_plot import ForestPlot, Row, of_treatment
from calcinosis.presentation.treatments import said, text_bar

_NAME, _BAR = 44, 21
_POINTS = {"pooled": "◆", "baseline": "○"}


def plot(knowledge: Knowledge, treatment: str, outcome: str = "improved") -> ForestPlot:
    """The forest plot of one treatment.

    Raises:
        UnknownName: no treatment has that id.
    """
    name = _known(knowledge, treatment)
    subtypes = knowledge.contents.treatment.treatments[treatment].subtypes
    observed = knowledge.contents.leaflet.natural_subtypes
    natural = not subtypes or bool(set(subtypes) & set(observed))
    return of_treatment(name, view(treatment, knowledge), outcome, natural=natural)


def _known(knowledge: Knowledge, treatment: str) -> str:
    held = knowledge.contents.treatment.treatments
    if treatment not in held:
        near = [name for name in held if treatment.split("_", maxsplit=1)[0] in name]
        raise UnknownName(
            f"there is no treatment {treatment!r}",
            expected=f"one like {', '.join(near)}" if near else "an id that `calcinosis evidence` lists",
        )
    return held[treatment].name


def print_list(knowledge: Knowledge, console: Console | None = None) -> None:
    """Every treatment: id, name, level of evidence, arms."""
    console = console or Console(highlight=False)
    for name, entry in sorted(knowledge.contents.treatment.treatments.items()):
        arms = len(view(name, knowledge).arms)
        console.print(
            f"{name:24} {arms:3} arms  level {entry.ocebm.level}  {escape(entry.name)}", soft_wrap=True
        )


def print_evidence(
    knowledge: Knowledge, treatment: str, outcome: str = "improved", console: Console | None = None
) -> None:
    """Everything known of the effect of one treatment.

    Raises:
        UnknownName: no treatment has that id.
    """
    console = console or Console(highlight=False)
    drawn, held = plot(knowledge, treatment, outcome), view(treatment, knowledge)
    for line in _lines(knowledge, drawn, held, outcome):
        console.print(line, soft_wrap=True)


def _lines(knowledge: Knowledge, drawn: ForestPlot, held: EvidenceView, outcome: str) -> Iterator[str]:
    yield f"[bold]{escape(drawn.title)}[/bold]  level {held.ocebm.level} of 5 ({escape(held.ocebm.text)})"
    yield f"{outcome}, percent with the 95 % interval"
    yield "■ series, □ under five patients, ◆ pooled, ○ without treatment\n"
    yield f"{'':{_NAME}} 0{'':{_BAR - 5}}100 %"
    if not any(row.kind == "series" for row in drawn.rows):
        yield "no series with counts: nothing is pooled and no percentage is given"
    yield from (_row(row) for row in drawn.rows)
    yield ""
    yield from (f"[dim]{escape(note)}[/dim]" for note in drawn.notes)
    apart = [arm for arm in held.arms if not any(arm.id in item.arms for item in held.pooled)]
    if apart:
        yield "\n[bold]not pooled[/bold]"
        yield from (_apart(arm, outcome) for arm in apart)
    yield "\n[bold]said[/bold]"
    yield from (_statement(item) for item in held.statements)
    yield "\n[bold]sources[/bold]"
    named = [*(arm.sources for arm in held.arms), *(item.sources for item in held.statements)]
    cited = dict.fromkeys(name for sources in named for name in sources)
    yield from (f"[dim]{escape(name)}: {escape(knowledge.citation(name))}[/dim]" for name in cited)


def _row(row: Row) -> str:
    label = f"{row.name}, {row.under}"
    label = label if len(label) <= _NAME else label[: _NAME - 1] + "…"
    style = ("[bold]", "[/bold]") if row.kind == "pooled" else ("", "")
    bar = text_bar(row.share, _BAR, _POINTS.get(row.kind, ""))
    return f"{style[0]}{escape(label):{_NAME}} {bar} {said(row.share)}{style[1]}"


def _apart(arm: Arm, outcome: str) -> str:
    count = responders(arm, outcome)
    counts = f"{count} of {arm.n}" if count is not None and arm.n else f"n {arm.n}" if arm.n else "no count"
    note = f"; {arm.note}" if arm.note else ""
    return f"{arm.use:10} {counts:8} {escape(f'{arm.study}, {arm.population}{note}')}"


def _statement(item: Statement) -> str:
    basis = "" if item.basis == "published" else f" [dim]({item.basis})[/dim]"
    return f"{escape(item.text)}{basis} [dim]({escape(', '.join(item.sources))})[/dim]"
