"""`calcinosis evidence`: what is known of the effect of one treatment."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("treatment", required=False)
@click.option("--outcome", type=click.Choice(["improved", "complete"]), default="improved", show_default=True)
@click.option("--figure", "target", type=click.Path(path_type=Path), metavar="FILE.svg|.png")
def evidence(treatment: str | None, outcome: str, target: Path | None) -> None:
    """Print study arms, pooled response and natural course of TREATMENT; without it, list the ids."""
    from calcinosis.cli.opening import figure
    from calcinosis.knowledge import load
    from calcinosis.presentation.evidence import plot, print_evidence, print_list

    knowledge = load()
    if treatment is None:
        print_list(knowledge)
        return
    print_evidence(knowledge, treatment, outcome)
    if target is not None:
        figure(target, plot(knowledge, treatment, outcome).svg())
