"""`calcinosis report`: the clinician's report of one record as PDF."""

from __future__ import annotations

from pathlib import Path

import click

from calcinosis.cli.opening import day


@click.command()
@click.argument("record", metavar="RECORD")
@click.option("--pdf", "target", type=click.Path(path_type=Path), metavar="FILE", required=True)
@click.option("--as-of", metavar="DATE", callback=day, help="Day of the consultation, YYYY-MM-DD.")
def report(record: str, target: Path, as_of: str | None) -> None:
    """Write the consultation on RECORD as a PDF of one or two pages; - reads stdin."""
    import hashlib

    from calcinosis.cli.opening import consulted, written
    from calcinosis.presentation.report.clinician import report as made

    consultation = consulted(record, as_of)
    digest = "" if record == "-" else hashlib.sha256(Path(record).read_bytes()).hexdigest()
    name = "record from standard input" if record == "-" else Path(record).name
    written(target, made(consultation, name, digest))
