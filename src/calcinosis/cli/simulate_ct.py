"""`calcinosis simulate-ct`: a phantom scan as DICOM, with a table of what is in it."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from calcinosis.cli.measure import imaging, watched
from calcinosis.errors import UnwritableOutput

if TYPE_CHECKING:
    from calcinosis.imaging.simulate import Phantom


@click.command("simulate-ct")
@click.argument("anatomy", type=click.Choice(["limb", "hand", "trunk"]))
@click.option("--seed", type=int, required=True, help="Draws the anatomy and the deposits.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), required=True, metavar="DIR")
@click.option(
    "--deposits",
    type=click.IntRange(min=0),
    default=24,
    show_default=True,
    help="How many, as far as there is room.",
)
@click.option("--pixel", type=click.FloatRange(0.2, 3), default=0.5, show_default=True, metavar="MM")
@click.option("--slice", "step", type=click.FloatRange(0.3, 6), default=1.0, show_default=True, metavar="MM")
@click.option("--noise", type=click.FloatRange(0, 200), default=15.0, show_default=True, metavar="HU")
@click.option("--scan-seed", type=int, default=0, show_default=True, help="Noise and grid only.")
@click.option("--length", type=click.FloatRange(min=10), metavar="MM", help="Extent from foot to head.")
@click.option("--acro-osteolysis", is_flag=True, help="Eroded tips of fingers (hand).")
@click.option("--vessel", is_flag=True, help="Calcium in the wall of an artery.")
@click.option("--metal", is_flag=True, help="A screw or a ring, with its streaks.")
@click.option(
    "--motion",
    type=click.FloatRange(min=0),
    default=0.0,
    metavar="MM",
    help="A ghost displaced so far in a third of the slices.",
)
@click.option(
    "--beam-hardening",
    type=click.FloatRange(0, 2),
    default=0.0,
    help="0 none, 1 as in an uncorrected scan.",
)
def simulate_ct(
    anatomy: str,
    seed: int,
    out: Path,
    deposits: int,
    pixel: float,
    step: float,
    noise: float,
    scan_seed: int,
    length: float | None,
    acro_osteolysis: bool,
    vessel: bool,
    metal: bool,
    motion: float,
    beam_hardening: float,
) -> None:
    """Write a simulated CT of ANATOMY: DIR/series (DICOM), DIR/truth.csv and DIR/truth.json."""
    with imaging(), watched() as progress:
        from calcinosis.imaging.simulate import Scanner, simulate
        from calcinosis.imaging.writing import check_writable

        check_writable(out)
        phantom = simulate(
            anatomy,  # type: ignore[arg-type]  # click has checked the choice
            seed,
            scanner=Scanner(
                spacing_mm=(step, pixel, pixel),
                noise_hu=noise,
                scan_seed=scan_seed,
                motion_mm=motion,
                beam_hardening=beam_hardening,
            ),
            deposits=deposits,
            length_mm=length,
            acro_osteolysis=acro_osteolysis,
            mural_vessel=vessel,
            metal=metal,
            progress=progress,
        )
        progress("writing", 0.9)
        out.mkdir(parents=True, exist_ok=True)
        _write(out, phantom, f"PHANTOM^{anatomy.upper()}-{seed}/{scan_seed}")
    if len(phantom.truth) < deposits:
        click.echo(f"note: room for {len(phantom.truth)} of {deposits} deposits", err=True)
    if acro_osteolysis and anatomy != "hand":
        click.echo("note: --acro-osteolysis changes the hand only", err=True)
    click.echo(f"{out / 'series'}: {phantom.volume.hu.shape[0]} slices, {len(phantom.truth)} deposits")


def _write(out: Path, phantom: Phantom, name: str) -> None:
    from tempfile import TemporaryDirectory

    from calcinosis.imaging.dicom_writing import write_series
    from calcinosis.imaging.measurement_file import write_truth

    # A series is whole or not there: its slices are moved to their place when the last is written.
    with TemporaryDirectory(dir=out, prefix=".writing-") as held:
        write_series(phantom.volume, Path(held), name=name, description="Simulated, not a patient")
        names = sorted(one.name for one in Path(held).iterdir())
        refuse_other_files(out / "series", names)
        (out / "series").mkdir(exist_ok=True)
        for one in names:
            (Path(held) / one).replace(out / "series" / one)
    write_truth(phantom.truth, out)


def refuse_other_files(folder: Path, names: Collection[str]) -> None:
    """Slices of another scan beside the new ones would be read as one series.

    Raises:
        UnwritableOutput: the folder holds files that would not be replaced.
    """
    others = {one.name for one in folder.glob("*")} - set(names)
    if others:
        raise UnwritableOutput(
            "holds files of another scan", where=str(folder), remedy="Give another folder with --out."
        )
