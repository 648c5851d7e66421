"""`calcinosis follow`: what became of each deposit between two scans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcinosis.cli.measure import Progress, imaging, measured, printed, watched

if TYPE_CHECKING:
    from calcinosis.imaging.model import Change, FollowUp, Measurement, Volume


@click.command()
@click.argument("baseline", metavar="BASELINE", type=click.Path(path_type=Path))
@click.argument("later", metavar="LATER", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR")
@click.option(
    "--calibration",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MG",
    help="mg hydroxyapatite for each HU mL, for both scans.",
)
@click.option("--no-page", is_flag=True, help="Do not write the pages of the two scans.")
def follow(baseline: Path, later: Path, out: Path, calibration: float | None, no_page: bool) -> None:
    """Compare two scans of one patient: series, or folders that `calcinosis measure` wrote.

    A folder of results brings its reviewed objects along. DIR gets follow.json, changes.csv and
    change.png, and in DIR/baseline and DIR/later the results, one tracking UID for one deposit.
    """
    with imaging(), watched() as progress:
        from calcinosis.imaging.follow import follow as compared
        from calcinosis.imaging.results import comparable, doubts, refuse_other_method
        from calcinosis.imaging.writing import check_writable

        check_writable(out)
        first = _taken(baseline, calibration, progress)
        second = _taken(later, calibration, progress)
        refuse_other_method(first[1], second[1])
        notes = doubts(first, second)
        result = comparable(compared(*first, *second, progress=progress))
        _write(out, first, second, result, notes, with_page=not no_page, progress=progress)
    for note in notes:
        click.echo(f"note: {note}", err=True)
    _show(result)


def _taken(path: Path, calibration: float | None, progress: Progress) -> tuple[Volume, Measurement]:
    """A measured scan: read back from a folder of results, or measured now."""
    if (path / "measurement.json").is_file():
        from calcinosis.imaging.results import read_results

        return read_results(path, progress=progress)
    return measured(path, calibration=calibration, progress=progress)


def _write(
    out: Path,
    first: tuple[Volume, Measurement],
    second: tuple[Volume, Measurement],
    result: FollowUp,
    notes: Sequence[str],
    *,
    with_page: bool,
    progress: Progress,
) -> None:
    from calcinosis.imaging.follow_pictures import comparison
    from calcinosis.imaging.measurement_file import write_follow_up
    from calcinosis.imaging.results import carry_tracking, write_results
    from calcinosis.imaging.writing import write_bytes

    before, after = carry_tracking(first[1], second[1], result)
    for name, scan, measurement in (("baseline", first[0], before), ("later", second[0], after)):
        write_results(out / name, scan, measurement, with_page=with_page, progress=progress)
    picture = comparison((first[0], before), (second[0], after), result, notes)
    write_bytes(out / "change.png", picture)
    write_follow_up(result, out, notes)


def _show(result: FollowUp) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("state", "baseline", "later", "HU mL", "later HU mL", "ratio", "mm3 ratio", "+/- %"):
        numeric = "HU" in name or "ratio" in name or "%" in name
        table.add_column(name, justify="right" if numeric else "left", no_wrap=True)
    for change in result.changes:
        table.add_row(*_row(change))
    printed(table)
    ratio = result.totals.get("ratio")
    if ratio is not None:
        click.echo(f"total calcium: x {ratio:.3f} of baseline")
    elif "ratio" not in result.totals and result.refused:
        click.echo("total calcium: not comparable")
    for reason in result.refused:
        click.echo(f"no change of single deposits: {reason}", err=True)
    click.echo("For research use.", err=True)


def _row(change: Change) -> tuple[str, ...]:
    def number(value: float | None, digits: int) -> str:
        return "" if value is None else f"{value:.{digits}f}"

    return (
        change.state.replace("_", " "),
        " ".join(change.baseline_ids),
        " ".join(change.later_ids),
        number(change.calcium_baseline_hu_ml, 2),
        number(change.calcium_later_hu_ml, 2),
        number(change.ratio, 2),
        number(change.volume_ratio, 2),
        number(change.repeatability_percent, 0),
    )
