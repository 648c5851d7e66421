"""`calcinosis measure`: how much calcium, where, from one CT series."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from calcinosis.errors import MissingExtra, UnreadableRecord

if TYPE_CHECKING:
    from calcinosis.imaging.model import Deposit, Measurement, Volume

Progress = Callable[[str, float], None]
EXTRA = "imaging"


@click.command()
@click.argument("series", metavar="SERIES", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR")
@click.option("--series", "uid", metavar="UID", help="Which series, when the folder holds several.")
@click.option("--bone-mask", type=click.Path(path_type=Path), metavar="FILE", help="NIfTI or DICOM SEG.")
@click.option("--bone-labels", metavar="LIST", help='Labels that are bone: "1,5,69-70" or "all".')
@click.option(
    "--calibration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MG",
    help="mg hydroxyapatite for each HU mL, from a calibration insert; without it no mass in mg.",
)
@click.option("--review", type=click.Path(path_type=Path), metavar="FILE", help="decisions.json of a reader.")
@click.option("--no-page", is_flag=True, help="Do not write index.html.")
def measure(
    series: Path,
    out: Path,
    uid: str | None,
    bone_mask: Path | None,
    bone_labels: str | None,
    calibration: float | None,
    review: Path | None,
    no_page: bool,
) -> None:
    """Measure the calcium deposits in SERIES: a DICOM folder, an enhanced DICOM file or NIfTI.

    DIR gets measurement.json and, beside it, a table, pictures, a page to review, DICOM SEG and SR,
    and FHIR Observations. For research use.
    """
    decisions = read_decisions(review) if review else None
    with imaging(), watched() as progress:
        from calcinosis.imaging.writing import check_writable

        check_writable(out)
        volume, measurement = measured(
            series,
            uid,
            bone_mask=bone_mask,
            bone_labels=bone_labels,
            calibration=calibration,
            decisions=decisions,
            progress=progress,
        )
        from calcinosis.imaging.results import write_results

        written = write_results(
            out, volume, measurement, with_page=not no_page, decisions=decisions, progress=progress
        )
    show(written)


@contextmanager
def imaging() -> Iterator[None]:
    """Say which extra is missing when an imaging library is."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("calcinosis"):
            raise
        raise MissingExtra("Measuring CT", EXTRA) from error


@contextmanager
def watched() -> Iterator[Progress]:
    """A bar on stderr while someone watches, nothing otherwise."""
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda step, share: bar.update(task, description=step, completed=share)


def measured(
    series: Path,
    uid: str | None = None,
    *,
    bone_mask: Path | None = None,
    bone_labels: str | None = None,
    calibration: float | None = None,
    decisions: Mapping[str, Any] | None = None,
    progress: Progress,
) -> tuple[Volume, Measurement]:
    """Read a series and measure it."""
    from calcinosis.imaging import analysis
    from calcinosis.imaging.bone_mask import read_bone_mask
    from calcinosis.imaging.reading import read
    from calcinosis.imaging.results import refuse_other_decisions
    from calcinosis.imaging.review import apply

    # The result names the scan's full path, so that it is found again from another folder.
    volume = replace(read(series, series=uid, progress=progress), source=str(series.resolve()))
    mask = read_bone_mask(bone_mask, volume, labels=bone_labels) if bone_mask else None
    measurement = analysis.measure(
        volume,
        bone_mask=mask,
        calibration_mg_per_hu_ml=calibration,
        progress=progress,
    )
    if decisions is None:
        return volume, measurement
    refuse_other_decisions(measurement, volume, decisions)
    return volume, apply(measurement, decisions, volume)


def read_decisions(path: Path) -> Mapping[str, Any]:
    """A reader's file.

    Raises:
        UnreadableRecord: no such file, not JSON, or without a list of decisions.
    """
    if not path.is_file():
        raise UnreadableRecord("no such file", where=str(path), remedy="Give what the page saved.")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        well_formed = isinstance(data["decisions"], list)
    except (OSError, ValueError, KeyError, TypeError):
        well_formed = False
    if not well_formed:
        raise UnreadableRecord(
            "not a file of decisions",
            where=str(path),
            expected='{"reader": ..., "date": ..., "decisions": [...]} as the page saves it',
        )
    return dict(data)


def show(measurement: Measurement) -> None:
    """The deposits as a table on stdout, what else was found in a line, the cautions on stderr."""
    from rich.table import Table

    from calcinosis.imaging.dicom_codes import true_deposits

    deposits = true_deposits(measurement.deposits)
    table = Table(box=None, pad_edge=False, header_style="bold")
    heads = ("deposit", "mg", "HU mL", "mm3", "mm", "depth mm", "where", "bone", "sure", "+/- %")
    for name in heads:
        right = name in ("mg", "HU mL", "mm3", "mm", "depth mm", "+/- %")
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for one in deposits:
        table.add_row(*_row(one))
    printed(table)
    click.echo(_summary(measurement, deposits))
    if measurement.dropped:
        told = ", ".join(f"{count} {reason}" for reason, count in sorted(measurement.dropped.items()))
        click.echo(f"found and not listed: {told}")
    for reason in measurement.scan.reasons:
        click.echo(f"note: {reason}", err=True)
    if not measurement.scan.in_specification:
        click.echo("The scan is out of specification: screened only.", err=True)
    click.echo("For research use.", err=True)


def printed(table: Any) -> None:
    """A table on stdout, as wide as it needs to be when nobody watches."""
    import sys

    from rich.console import Console

    width = None if sys.stdout.isatty() else 160
    Console(width=width, highlight=False).print(table)


def _row(one: Deposit) -> tuple[str, ...]:
    return (
        one.id,
        "" if one.mass_mg is None else f"{one.mass_mg:.1f}",
        f"{one.calcium_hu_ml:.2f}",
        f"{one.volume_half_max_mm3:.0f}",
        f"{one.max_diameter_mm:.1f}",
        f"{one.depth_min_mm:.1f}",
        f"{one.region} {one.compartment}".strip(),
        "touches" if one.touches_bone else "",
        one.confidence,
        "" if one.repeatability_percent is None else f"{one.repeatability_percent:.0f}",
    )


def _summary(measurement: Measurement, deposits: tuple[Deposit, ...]) -> str:
    from collections import Counter

    excess = sum(one.calcium_hu_ml for one in deposits)
    parts = [f"{len(deposits)} deposits, {excess:.2f} HU mL"]
    if deposits and all(one.mass_mg is not None for one in deposits):
        parts.append(f"{sum(one.mass_mg or 0.0 for one in deposits):.1f} mg")
    others = Counter(one.deposit_class for one in measurement.deposits)
    others.pop("deposit", None)
    if others:
        told = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
        parts.append(f"not counted: {told}")
    return "; ".join(parts)
