"""`calcinosis leaflet`: the patient leaflet of one record."""

from __future__ import annotations

from pathlib import Path

import click

from calcinosis.cli.opening import day


@click.command()
@click.argument("record", metavar="RECORD")
@click.option("--as-of", metavar="DATE", callback=day, help="Day of the consultation, YYYY-MM-DD.")
@click.option("--pdf", "target", type=click.Path(path_type=Path), metavar="FILE", help="Write a PDF.")
def leaflet(record: str, as_of: str | None, target: Path | None) -> None:
    """Print what the patient of RECORD can read, in Markdown, or write it as PDF; - reads stdin."""
    from calcinosis.cli.opening import consulted, written
    from calcinosis.presentation import leaflet as made

    consultation = consulted(record, as_of)
    if target is not None:
        written(target, made.pdf(consultation))
    else:
        click.echo(made.markdown(made.leaflet(consultation)), nl=False)
