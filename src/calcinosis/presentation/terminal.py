"""A consultation for the terminal: readable at a glance, in colour and without it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table

from calcinosis.conclusions.classification import SubtypeConclusion
from calcinosis.conclusions.differential.explanation import Contribution
from calcinosis.conclusions.reasons import Reason
from calcinosis.consultation import Consultation, package_version
from calcinosis.model import Finding, Status
from calcinosis.presentation import summary
from calcinosis.presentation.summary import VERDICT_MARKS, VERDICT_WORDS
from calcinosis.presentation.treatments import treatment_lines

_GUTTER = 14
_SIGNS = {Status.PRESENT: "+", Status.ABSENT: "−", Status.UNKNOWN: "?"}
_MOST_STEPS = 6
_MOST_ASKED = 3
_MOST_CANDIDATES = 5
_SHOWN_FROM = 0.01


def print_consultation(
    consultation: Consultation, name: str = "", *, verbose: bool = False, console: Console | None = None
) -> None:
    """Print every step of the pathway in its order, what is urgent first."""
    console = console or Console(highlight=False)
    _header(console, consultation, name)
    _section(console, "CONCLUSION", [f"[bold]{escape(summary.headline(consultation))}[/bold]"])
    _section(console, "ASK", _asked(consultation))
    _section(console, "URGENT", _urgent(consultation))
    _section(console, "FINDINGS", _findings(consultation, verbose))
    _section(console, "VALUES", _values(consultation))
    width = console.width - _GUTTER
    speaking = summary.sections(consultation)
    told: dict[str, tuple[str, Callable[[], Iterable[str]]]] = {
        "watch": ("WATCH FOR", lambda: _watch(consultation)),
        "differential": ("DIFFERENTIAL", lambda: _differential(consultation)),
        "subtypes": ("SUBTYPE", lambda: _subtypes(consultation)),
        "next_steps": ("NEXT", lambda: _steps(consultation)),
        "treatments": ("TREATMENT", lambda: treatment_lines(consultation, width=width, verbose=verbose)),
        "only_if": ("FOLDED", lambda: [escape(summary.only_if(consultation))]),
    }
    for part, (title, lines) in told.items():
        if part in speaking:
            _section(console, title, lines())
    _section(console, "DISAGREE", _disagreements(consultation))
    _section(console, "SOURCES", _sources(consultation))
    if verbose:
        _section(console, "IGNORED", _ignored(consultation))


def _header(console: Console, consultation: Consultation, name: str) -> None:
    held = consultation
    ignored = f", {len(held.ignored)} ignored (-v lists)" if held.ignored else ""
    console.print(
        f"[bold]calcinosis {package_version()}[/bold] · knowledge {held.knowledge.contents.version} "
        f"({held.knowledge.digest[7:13]}) · as of {held.as_of.date()} · {held.record_format} record{ignored}",
        soft_wrap=True,
    )
    if name:
        console.print(f"[bold]{escape(name)}[/bold]", soft_wrap=True)
    console.print(f"{summary.patient_words(held)}\n")


def _section(console: Console, title: str, lines: Iterable[str]) -> None:
    grid = Table.grid(padding=(0, 0))
    grid.add_column(width=_GUTTER, style="bold")
    grid.add_column(overflow="fold")
    rows = list(lines)
    for index, line in enumerate(rows):
        grid.add_row(title if index == 0 else "", line)
    if rows:
        console.print(Padding(grid, (0, 0, 1, 0)))


def _asked(consultation: Consultation) -> Iterator[str]:
    questions = consultation.questions
    for question in questions[:_MOST_ASKED]:
        raises = summary.would_raise(question, consultation.knowledge)
        told = f"  [dim]{escape(raises)}[/dim]" if raises else ""
        yield f"[bold]? {escape(question.asks)}[/bold]{told}"
    if len(questions) > _MOST_ASKED:
        yield f"[dim]{len(questions) - _MOST_ASKED} more in --format json[/dim]"


def _urgent(consultation: Consultation) -> Iterator[str]:
    flags = consultation.urgent
    for flag in flags:
        word = summary.urgency_word(flag.urgency)
        yield f"[bold reverse] {word} [/bold reverse] [bold]{escape(flag.name)}[/bold]"
        if flag.supposing:
            yield f"  [italic]{escape(summary.supposing(flag))}[/italic]"
        if flag.diagnosis:
            yield f"  [italic]{escape(summary.raised_by(flag))}[/italic]"
        yield f"  {escape(flag.action)}{_basis(flag.action_basis)}"
        if flag.because:
            yield f"  [dim]because {escape(_because(flag.because))}[/dim]"
    total = len(consultation.knowledge.contents.urgent)
    told = [f"none of {total} red flags raised"] if not flags else []
    if open_ := summary.not_checked(consultation):
        told.append(open_)
    if told:
        yield f"[dim]{escape(' · '.join(told))}[/dim]" if flags else escape(" · ".join(told))
    if asked := summary.ask_now(consultation):
        yield f"[bold]{escape(asked)}[/bold]"


def _basis(basis: str) -> str:
    return "" if basis == "published" else f" [dim]({basis})[/dim]"


def _because(reasons: tuple[Reason, ...], most: int = 5) -> str:
    said = [
        reason.label if reason.status is Status.PRESENT else f"{reason.label} {reason.status.value}"
        for reason in reasons
    ]
    more = f" and {len(said) - most} more" if len(said) > most else ""
    return ", ".join(said[:most]) + more


def _findings(consultation: Consultation, verbose: bool) -> Iterator[str]:
    counts = summary.counted(consultation)
    yield (
        f"{counts[Status.PRESENT]} present · {counts[Status.ABSENT]} absent · "
        f"{counts[Status.UNKNOWN]} recorded but not decided"
    )
    for status in Status:
        for kind, found in summary.by_kind(consultation, status).items():
            names = ", ".join(_named(consultation, item) for item in found)
            yield f"{_SIGNS[status]} [dim]{kind}[/dim]  {escape(names)}"
            if verbose:
                for item in found:
                    for place in item.evidence:
                        said = f"{item.id}: {place.text} ({place.source})"
                        yield f"    [dim]{escape(said)}[/dim]"


def _named(consultation: Consultation, found: Finding) -> str:
    reason = f" ({found.reason})" if found.status is Status.UNKNOWN and found.reason else ""
    side = f" {'/'.join(found.sides)}" if found.sides else ""
    return consultation.knowledge.label(found.id) + side + reason


def _values(consultation: Consultation) -> Iterator[str]:
    for row in summary.measurements(consultation):
        other = f" ({row.other})" if row.other else ""
        judgement = f"  {row.judgement}" if row.judgement else ""
        trend = f"  {row.trend}" if row.trend else ""
        yield f"{escape(row.label)}  [bold]{row.value}[/bold]{other}{escape(judgement)}{trend}"
    for pattern in consultation.patterns:
        yield f"[italic]reads as[/italic] {escape(pattern.reading)}{_basis(pattern.basis)}"


def _watch(consultation: Consultation) -> Iterator[str]:
    for one in consultation.synthesis.watch:
        yield f"{escape(one.text)}{_basis(one.basis)}"


def _subtypes(consultation: Consultation) -> Iterator[str]:
    for item in consultation.subtypes:
        yield from _subtype(consultation, item)
    if consultation.mixed.status == "met":
        yield f"[bold]mixed[/bold] {escape(consultation.mixed.text)}"
    for form in consultation.forms:
        yield f"form: {escape(form.name)}"


def _subtype(consultation: Consultation, item: SubtypeConclusion) -> Iterator[str]:
    rank = f"{item.rank} " if item.rank else "  "
    mark = VERDICT_MARKS[item.status.value]
    provisional = ", provisional" if item.provisional else ""
    because = f"  [dim]{escape(_because(item.because))}[/dim]" if item.because else ""
    style = "bold" if item.rank == 1 else ""
    label = f"{item.name}: {VERDICT_WORDS[item.status.value]}{provisional}"
    yield f"{rank}{mark} " + (f"[{style}]{escape(label)}[/{style}]" if style else escape(label)) + because
    if item.family and item.rank is not None:
        yield f"     [dim]{escape(summary.kin(item))}[/dim]"
    if item.why_first:
        yield f"     [bold]{escape(item.why_first)}[/bold]"
        yield f"     [bold]Ask: {escape(' '.join(item.asks))}[/bold]"
    for cause in summary.told(item):
        if item.rank is None and item.status.value != "met":
            continue
        often = f"  [dim]{escape(cause.frequency[0])}[/dim]" if cause.frequency else ""
        yield f"     {VERDICT_MARKS[cause.status.value]} {escape(cause.name)}{_basis(cause.basis)}{often}"
    for missing in summary.decisive(item) or (item.missing[:3] if item.rank else ()):
        yield f"     [italic]{escape(summary.missing_sentence(missing, item))}[/italic]"
    if item.rank is not None and item.not_yet_excluded:
        others = ", ".join(consultation.knowledge.label(name) for name in item.not_yet_excluded)
        yield f"     not yet excluded: {escape(others.lower())}"


def _steps(consultation: Consultation) -> Iterator[str]:
    burden = ("no burden", "blood draw", "radiation or contrast", "takes tissue")
    for number, step in enumerate(consultation.next_steps[:_MOST_STEPS], start=1):
        against = (
            f"  [bold]advised against:[/bold] {escape(step.advised_against)}" if step.advised_against else ""
        )
        yield (
            f"{number} [bold]{escape(step.name)}[/bold]  [dim]{step.kind}, {burden[step.invasiveness]}, "
            f"cost {step.cost}[/dim]{against}"
        )
        yield f"  {escape(step.why)}"
        if step.asks:
            yield f"  [italic]{escape(' '.join(step.asks))}[/italic]"
        if effect := summary.effect(step):
            yield f"  [dim]{escape(effect)}[/dim]"
    for one in consultation.referrals:
        yield f"[bold]refer[/bold] {escape(one.to)}, {one.soon}: {escape(one.why)}{_basis(one.basis)}"
    if len(consultation.next_steps) > _MOST_STEPS:
        yield f"  {len(consultation.next_steps) - _MOST_STEPS} more in --format json"
    if not consultation.next_steps:
        yield "nothing that this program knows would change the conclusion"


def _differential(consultation: Consultation) -> Iterator[str]:
    candidates = consultation.differential.candidates
    shown = [one for one in candidates if one.probability >= _SHOWN_FROM][:_MOST_CANDIDATES]
    setting = consultation.setting.replace("_", " ")
    yield f"[dim]probability, {setting} priors; for and against, in decibans[/dim]"
    for number, candidate in enumerate(shown, start=1):
        bar = "█" * round(candidate.probability * 10) or "▏"
        yield f"{number} [bold]{escape(candidate.name)}[/bold]  {candidate.probability:.2f} {bar}"
        reasons = candidate.explanation
        for_ = [_weighed(one) for one in reasons.supporting[:3]]
        against = [_weighed(one) for one in reasons.opposing[:2]]
        if for_ or against:
            yield f"  [dim]{escape('  '.join([*for_, *against]))}[/dim]"
    rest = len(candidates) - len(shown)
    if rest:
        yield f"[dim]{rest} more under {_SHOWN_FROM:.0%} or past the fifth, in --format json[/dim]"


def _weighed(one: Contribution) -> str:
    no = "no " if one.status is Status.ABSENT else ""
    return f"{no}{one.label} {one.decibans:+.0f}"


def _disagreements(consultation: Consultation) -> Iterator[str]:
    first = consultation.leading
    for entry in first.disagreements if first else ():
        yield f"{entry.id} {escape(entry.question)} [dim]{escape(entry.handling)}[/dim]"


def _sources(consultation: Consultation) -> Iterator[str]:
    first = consultation.leading
    if first is None:
        return
    cited = list(dict.fromkeys([*first.sources, *(s for cause in first.causes for s in cause.sources)]))
    for source in cited[:6]:
        yield f"[dim]{escape(consultation.knowledge.citation(source))}[/dim]"
    if len(cited) > 6:
        yield f"[dim]{len(cited) - 6} more; --why {first.id} prints the criterion and its sources[/dim]"


def _ignored(consultation: Consultation) -> Iterator[str]:
    for item in consultation.ignored:
        yield f"{escape(item.where)}: {escape(item.what)} [dim]{escape(item.why)}[/dim]"
