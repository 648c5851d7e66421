"""`calcinosis consult`: one record or several, in the format asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcinosis.cli.opening import day, source
from calcinosis.errors import CalcinosisError

if TYPE_CHECKING:
    from calcinosis.consultation import Consultation

_SETTINGS = ("general_practice", "dermatology", "rheumatology", "nephrology", "case_series")
_FORMATS = ("terminal", "json", "html", "markdown")


@click.command()
@click.argument("records", nargs=-1, required=True, metavar="RECORD...")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="terminal", show_default=True)
@click.option("--as-of", metavar="DATE", callback=day, help="Day of the consultation, YYYY-MM-DD.")
@click.option("--setting", type=click.Choice(_SETTINGS), default="dermatology", show_default=True)
@click.option("--why", metavar="ID", help="Print the criterion of a subtype, cause, form or red flag.")
@click.option(
    "--measurement", type=click.Path(path_type=Path), help="A measurement.json of the same patient."
)
@click.option("--patient", metavar="ID", default="", help="Which patient, where a FHIR record holds several.")
@click.option("--reading", is_flag=True, help="Print how each text was read, and nothing concluded from it.")
@click.option("-v", "--verbose", is_flag=True, help="List what was ignored, and every finding.")
def consult(
    records: tuple[str, ...],
    form: str,
    as_of: str | None,
    setting: str,
    why: str | None,
    measurement: Path | None,
    patient: str,
    reading: bool,
    verbose: bool,
) -> None:
    """Carry RECORDs down the pathway: FHIR Bundle, Phenopacket, case YAML or note; - reads stdin.

    JSON is one object a line for each record. The exit status is 2 when any record could not be read.
    """
    failed = False
    if measurement is not None and len(records) > 1:
        raise click.UsageError("--measurement belongs to one record; give one RECORD")
    if reading and form not in ("terminal", "json"):
        raise click.UsageError("--reading is printed for the terminal or as json")
    for name, outcome in _each(records, as_of, setting, measurement, patient):
        if isinstance(outcome, CalcinosisError):
            failed = True
            _complain(name, outcome, form)
        elif reading:
            _read_back(name, outcome, form)
        else:
            _show(name, outcome, form, why, verbose, many=len(records) > 1)
    if failed:
        sys.exit(2)


def _each(
    records: tuple[str, ...], as_of: str | None, setting: str, measurement: Path | None, patient: str
) -> Iterator[tuple[str, Consultation | CalcinosisError]]:
    """Each record with its consultation or its error; a progress bar on stderr when there are several.

    The process is ours alone: what the consults share is taken out of garbage collection for the next ones.
    """
    from calcinosis.pathway import consult as consulted
    from calcinosis.presentation.progress import tracked

    for name in tracked(records, "Consulting"):
        try:
            done = consulted(source(name), as_of, setting, measurement=measurement, patient=patient)
        except CalcinosisError as error:
            yield name, error
            continue
        if len(records) > 1:
            done.knowledge.settle()
        yield name, done


def _complain(name: str, error: CalcinosisError, form: str) -> None:
    import msgspec

    if form == "json":
        click.echo(msgspec.json.encode({"record": name, "error": str(error)}))
    place = "" if error.where or name == "-" else f"{name}: "
    click.echo(f"calcinosis: {place}{error}", err=True)


def _read_back(name: str, done: Consultation, form: str) -> None:
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode({"record": name, "reading": done.reading()}))
        return
    from calcinosis.presentation.reading import reading_lines

    click.echo("\n".join(reading_lines(done)))


def _show(name: str, done: Consultation, form: str, why: str | None, verbose: bool, *, many: bool) -> None:
    if why is not None:
        from calcinosis.presentation.explanation import print_why

        print_why(done, why)
        return
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode({"record": name, **done.to_dict()}))
    elif form == "html":
        from calcinosis.presentation.page import page

        click.echo(page(done, name))
    elif form == "markdown":
        from calcinosis.presentation.markdown import markdown

        click.echo(markdown(done, name))
    else:
        from calcinosis.presentation.terminal import print_consultation

        print_consultation(done, name if many else "", verbose=verbose)
