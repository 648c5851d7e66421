"""`calcinosis knowledge`: show, search and check what the program knows."""

from __future__ import annotations

import sys

import click


@click.group()
def knowledge() -> None:
    """Look into the knowledge base."""


@knowledge.command()
@click.argument("name", metavar="ID")
def show(name: str) -> None:
    """Print the entry ID: a finding, analyte, cause, subtype, form, red flag, test, source or fact."""
    from calcinosis.knowledge import load
    from calcinosis.presentation.entries import print_entry

    print_entry(load(), name)


@knowledge.command()
@click.argument("words", nargs=-1, required=True)
@click.option("--most", default=20, show_default=True, help="How many entries at the most.")
def search(words: tuple[str, ...], most: int) -> None:
    """List the entries that speak of WORDS."""
    from calcinosis.knowledge import load
    from calcinosis.presentation.entries import print_matches

    if not print_matches(load(), " ".join(words), most):
        sys.exit(1)


@knowledge.command()
@click.option("-v", "--verbose", is_flag=True, help="Also list the notes, and who carries each fact.")
@click.option("--no-facts", is_flag=True, help="Do not run the vignettes of the founding facts.")
def check(verbose: bool, no_facts: bool) -> None:
    """Check schema, sources, codes, names and criteria, and run the vignettes of the founding facts."""
    from calcinosis.knowledge.loading import root
    from calcinosis.presentation.entries import print_check

    sound = print_check(root(), verbose=verbose)
    if not sound or not (no_facts or _facts_work()):
        sys.exit(2)


def _facts_work() -> bool:
    """Whether every founding fact comes out of its vignettes; they are listed where one does not."""
    from calcinosis.evaluation.facts import behaviours
    from calcinosis.knowledge import load
    from calcinosis.presentation.entries import print_behaviours
    from calcinosis.presentation.printed import printed
    from calcinosis.presentation.progress import tracked

    held = load()
    facts = tuple(held.contents.facts.values())
    return print_behaviours(behaviours(tracked(facts, "Founding facts"), held, printed))
