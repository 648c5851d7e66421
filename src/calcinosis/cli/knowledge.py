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
def check(verbose: bool) -> None:
    """Check schema, sources, codes, names and criteria, and count the founding facts that are carried."""
    from calcinosis.knowledge.loading import root
    from calcinosis.presentation.entries import print_check

    if not print_check(root(), verbose=verbose):
        sys.exit(2)
