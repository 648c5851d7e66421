"""`--why`: one criterion, leaf by leaf, with the place in the record and the source behind it."""

from __future__ import annotations

import difflib

from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from calcinosis.conclusions.reasons import Node, tree
from calcinosis.conclusions.treatment import TreatmentOption
from calcinosis.consultation import Consultation
from calcinosis.criteria import CriterionId
from calcinosis.criteria.shelf import Kind
from calcinosis.errors import UnknownName
from calcinosis.model import Finding, Status
from calcinosis.presentation.summary import VERDICT_MARKS, wording

_STYLE = {"met": "bold", "not_met": "dim", "unknown": "italic"}
_KINDS: tuple[Kind, ...] = ("subtype", "cause", "form", "urgent", "pattern", "mixed")


def print_why(consultation: Consultation, name: str) -> None:
    """Why `name` stands where it stands: a criterion, a disease of the differential or a treatment.

    Raises:
        UnknownName: nothing has that id; near ones are named.
    """
    shelf = consultation.knowledge.shelf
    weighed = consultation.differential.engine
    options = {option.id: option for option in consultation.treatments}
    if name in weighed.entries or name in weighed.tables.position:
        _print_weighing(consultation, name)
        return
    if name in options:
        _print_option(options[name])
        return
    kinds = [kind for kind in _KINDS if CriterionId(kind, name) in shelf.trees]
    if not kinds:
        known = [key.id for key in shelf.trees if key.kind in _KINDS]
        raise _unknown(name, [*known, *weighed.entries, *weighed.tables.position, *options])
    evaluation = consultation.evaluation()
    console = Console(highlight=False)
    parts = [(kinds[0], evaluation.of(kinds[0], name))]
    if kinds[0] == "subtype":
        parts.append(("support", evaluation.of("support", name)))
    for kind, result in parts:
        title = "what would rank it while data are missing" if kind == "support" else kind
        label = escape(consultation.knowledge.label(name))
        root = Tree(f"{VERDICT_MARKS[result.verdict]} [bold]{label}[/bold] ({title})")
        for part in result.parts:
            _grow(root, tree(part, consultation.knowledge), consultation)
        console.print(root, soft_wrap=True)
    _print_sources(console, consultation, kinds[0], name)


def _print_weighing(consultation: Consultation, name: str) -> None:
    """A disease against the leading one (or its strongest rival), finding by finding, in decibans."""
    console = Console(highlight=False)
    told = consultation.differential.why_not(name)
    console.print(
        f"[bold]{escape(told.form_name)}[/bold] against {escape(told.rival_name)}: "
        f"{told.prior_decibans:+.0f} decibans before any finding, {told.odds_decibans:+.0f} after all",
        soft_wrap=True,
    )
    for one in (*told.supporting, *told.opposing):
        no = "no " if one.status == Status.ABSENT else ""
        bar = ("█" if one.decibans > 0 else "▒") * min(round(abs(one.decibans)), 30)
        basis = "" if one.basis == "published" else f" [{one.basis}]"
        console.print(f"  {one.decibans:+6.1f} {bar} {escape(no + one.label + basis)}", soft_wrap=True)
    cited = dict.fromkeys(source for one in (*told.supporting, *told.opposing) for source in one.sources)
    for source in cited:
        console.print(f"  {source}: {escape(consultation.knowledge.citation(source))}", soft_wrap=True)


def _print_option(option: TreatmentOption) -> None:
    """A treatment's status with its reasons, what forbids it, what to check, and its dose."""
    console = Console(highlight=False)
    console.print(f"[bold]{escape(option.name)}[/bold]: {option.status.replace('_', ' ')}", soft_wrap=True)
    for why in option.reasons:
        console.print(f"  {escape(why.text)}", soft_wrap=True)
    for guard in (*option.contraindications, *option.cautions):
        mark = {"met": "!", "not_met": "✓", "unknown": "?"}[guard.verdict.value]
        console.print(f"  {mark} {escape(guard.text)}", soft_wrap=True)
    for check in option.checks:
        console.print(f"  find out first: {escape(check)}", soft_wrap=True)
    for line in option.dose.proposed:
        console.print(f"  dose: {escape(line.text)}", soft_wrap=True)


def _grow(branch: Tree, node: Node, consultation: Consultation) -> None:
    style = _STYLE[node.verdict]
    grown = branch.add(f"[{style}]{VERDICT_MARKS[node.verdict]} {escape(_wording(node))}[/{style}]")
    if node.kind == "finding":
        for line in _places(consultation.findings.get(node.id)):
            grown.add(f"[dim]{escape(line)}[/dim]")
    for part in node.parts:
        _grow(grown, part, consultation)


def _wording(node: Node) -> str:
    return f"{node.label} [{node.id}]" if node.kind == "finding" else wording(node)


def _places(found: Finding) -> list[str]:
    if found.status is Status.UNKNOWN and not found.evidence:
        return ["unknown: the record does not say"]
    lines = [f"{place.status.value}: {place.text} ({place.source})" for place in found.evidence]
    return list(dict.fromkeys([*lines, *([found.reason] if found.reason else [])]))


def _print_sources(console: Console, consultation: Consultation, kind: str, name: str) -> None:
    held = consultation.knowledge.contents
    shelves = {
        "subtype": held.subtypes,
        "cause": held.causes,
        "form": held.forms,
        "urgent": held.urgent,
        "pattern": held.patterns,
    }
    entry = held.mixed if kind == "mixed" else shelves[kind][name]  # type: ignore[index]
    for source in entry.sources:
        console.print(f"  {source}: {escape(consultation.knowledge.citation(source))}", soft_wrap=True)


def _unknown(name: str, names: list[str]) -> UnknownName:
    near = difflib.get_close_matches(name, names, n=4, cutoff=0.5)
    return UnknownName(
        f"nothing that this consultation concluded has the id {name!r}",
        remedy=f"Did you mean {', '.join(near)}?" if near else "Try: calcinosis knowledge search WORDS",
    )
