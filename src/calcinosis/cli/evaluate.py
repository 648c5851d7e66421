"""`calcinosis evaluate`: the pathway against a folder of published cases."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("cases", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--as-of", default="2026-01-01", show_default=True, help="Day that the records are dated.")
@click.option(
    "--format", "form", type=click.Choice(["all", "fhir", "note"]), default="all", show_default=True
)
@click.option("--visit", type=click.Choice(["all", "first-visit", "worked-up"]), default="worked-up")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object instead of tables.")
@click.option(
    "--letters",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="A second folder, of letters, whose patients count for the red flags as well.",
)
@click.option(
    "--figure", type=click.Path(path_type=Path, dir_okay=False), help="Write the reliability diagram (SVG)."
)
def evaluate(
    cases: Path,
    as_of: str,
    form: str,
    visit: str,
    as_json: bool,
    letters: Path | None,
    figure: Path | None,
) -> None:
    """Read CASES (records and expected.jsonl) and print accuracy, confusion and misses.

    The differential is also scored with its calibration fitted without each case. Red flags are those of the
    first visit.
    """
    from calcinosis.presentation.evaluation import print_evaluation

    print_evaluation(
        cases, as_of=as_of, form=form, visit=visit, as_json=as_json, letters=letters, figure=figure
    )
