"""What the knowledge base holds, for the terminal: one entry, a search, a check."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from rich.console import Console
from rich.markup import escape

from calcinosis.errors import KnowledgeFault, UnknownName
from calcinosis.evaluation.facts import Behaviour
from calcinosis.knowledge import Contents, Knowledge
from calcinosis.knowledge.checks import TREATMENT, Problem, coverage, problem, problems
from calcinosis.knowledge.entries import entries
from calcinosis.knowledge.loading import digest, read

_HIDDEN = frozenset({"id", "sources", "basis", "terms", "abbreviations"})


def print_entry(knowledge: Knowledge, name: str) -> None:
    """One entry with its file, its basis and its references.

    Raises:
        UnknownName: nothing has that id; near ones are named.
    """
    console = Console(highlight=False)
    found = dict(_named(knowledge)).get(name)
    if found is None:
        raise _unknown(knowledge, name)
    if isinstance(found, str):
        console.print(f"[bold]{name}[/bold]\n{escape(found)}")
        return
    place = ", ".join(f"knowledge/{file}" for file in knowledge.contents.places.get(name, ()))
    console.print(f"[bold]{escape(knowledge.label(name))}[/bold]  {name}  [dim]{place}[/dim]")
    for line in _lines(msgspec.to_builtins(found)):
        console.print(escape(line), soft_wrap=True)
    words = (*getattr(found, "terms", ()), *getattr(found, "abbreviations", ()))
    if words:
        console.print(f"words: {escape(', '.join(words))}", soft_wrap=True)
    console.print(f"basis: {getattr(found, 'basis', 'published')}")
    for source in getattr(found, "sources", ()):
        console.print(f"  {source}: {escape(knowledge.citation(source))}", soft_wrap=True)


def _named(knowledge: Knowledge) -> Iterator[tuple[str, Any]]:
    yield from entries(knowledge.contents)
    yield from knowledge.contents.facts.items()
    yield from knowledge.contents.citations.items()


def _unknown(knowledge: Knowledge, name: str) -> UnknownName:
    names = [known for known, _ in _named(knowledge)]
    near = difflib.get_close_matches(name, names, n=4, cutoff=0.5)
    return UnknownName(
        f"nothing in the knowledge base has the id {name!r}",
        remedy=f"Did you mean {', '.join(near)}?" if near else "Try: calcinosis knowledge search WORDS",
    )


def _lines(held: dict[str, Any], indent: str = "") -> Iterator[str]:
    for key, value in held.items():
        if key in _HIDDEN and not indent:
            continue
        if value in ("", None, [], (), {}):
            continue
        if isinstance(value, (list, tuple)) and value and isinstance(value[0], dict):
            yield f"{indent}{key}:"
            for item in value:
                yield from _lines(item, indent + "  - " if len(item) == 1 else indent + "    ")
        elif isinstance(value, dict):
            yield f"{indent}{key}:"
            yield from _lines(value, indent + "    ")
        else:
            shown = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else value
            yield f"{indent}{key}: {shown}"


def print_matches(knowledge: Knowledge, words: str, most: int) -> bool:
    """Entries that hold every word, those that hold them in their name first; false when none does."""
    console = Console(highlight=False)
    wanted = words.casefold().split()
    found = []
    for name, entry in _named(knowledge):
        text = entry if isinstance(entry, str) else str(msgspec.to_builtins(entry))
        title = f"{name} {knowledge.label(name)}".casefold()
        if all(word in f"{title} {text.casefold()}" for word in wanted):
            found.append((not all(word in title for word in wanted), name))
    for _, name in sorted(found)[:most]:
        place = ", ".join(knowledge.contents.places.get(name, ("sources.json",)))
        console.print(f"{name:42} {escape(knowledge.label(name))}  [dim]{place}[/dim]", soft_wrap=True)
    if len(found) > most:
        console.print(f"{len(found) - most} more; --most {len(found)} lists them")
    if not found:
        console.print(f"nothing speaks of {words!r}")
    return bool(found)


def print_check(folder: Path, *, verbose: bool) -> bool:
    """The state of the knowledge base in `folder`; false when it has errors."""
    console = Console(highlight=False)
    try:
        held = read(folder, digest(folder))
    except KnowledgeFault as fault:
        _print_unreadable(console, fault, folder)
        return False
    found = problems(held, folder)
    errors = [one for one in found if one.severity == "error"]
    notes = [one for one in found if one.severity != "error"]
    console.print(f"knowledge {held.version} {held.digest[:19]}", soft_wrap=True)
    for label, count in _counts(held):
        console.print(f"  {count:5} {label}")
    for one in errors if not verbose else found:
        console.print(_told(one), soft_wrap=True)
    if notes and not verbose:
        console.print(f"  {len(notes)} notes (-v lists them)")
    _print_facts(console, held, verbose=verbose)
    console.print(f"{len(errors)} errors")
    return not errors


def _print_unreadable(console: Console, fault: KnowledgeFault, folder: Path) -> None:
    """What is wrong with the files; what they refer to is checked once they can be read."""
    faults = fault.every or (fault,)
    for one in sorted(problem(fault, folder) for fault in faults):
        console.print(_told(one), soft_wrap=True)
    console.print(f"{len(faults)} errors; what entries name is checked when every file can be read")


def _told(one: Problem) -> str:
    return escape(f"  {one.severity}: {one.where}: {one.text}")


def _counts(held: Contents) -> Iterator[tuple[str, int]]:
    for field in msgspec.structs.fields(type(held)):
        value = getattr(held, field.name)
        if isinstance(value, dict) and field.name not in ("citations", "factors", "kinds", "places"):
            yield field.name.replace("_", " "), len(value)
    yield "codes", len(held.codes)


def _print_facts(console: Console, held: Contents, *, verbose: bool) -> None:
    """Facts that no entry carries; with `verbose`, who carries each."""
    facts = coverage(held)
    missing = [fact.fact for fact in facts if not fact.carried_by and fact.about != TREATMENT]
    waiting = [fact.fact for fact in facts if not fact.carried_by and fact.about == TREATMENT]
    if missing:
        console.print(f"  not carried: {', '.join(missing)}")
    if waiting:
        console.print(f"  about treatment, not carried yet: {', '.join(waiting)}")
    if verbose:
        for fact in facts:
            console.print(f"  {fact.fact:4} {', '.join(fact.carried_by) or '-'}", soft_wrap=True)


def print_behaviours(found: Iterable[Behaviour]) -> bool:
    """Which founding facts work, by their vignettes, and what failed; false when one does not."""
    console = Console(highlight=False)
    ran = list(found)
    for one in (failure for fact in ran for failure in fact.failures):
        told = f"{one.fact}, vignette {one.vignette}: expected {one.expected}; seen {one.seen} ({one.note})"
        console.print(escape(f"  {told}"), soft_wrap=True)
    working = sum(fact.works for fact in ran)
    console.print(f"{working} of {len(ran)} facts work: {sum(fact.vignettes for fact in ran)} vignettes")
    return working == len(ran)
