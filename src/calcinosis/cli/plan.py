"""`calcinosis plan-injection`: where to inject a lesion, how much, and a picture to scale."""

from __future__ import annotations

from math import isfinite
from pathlib import Path

import click

# More than any lesion, strength or body has: a slip of the keyboard.
_MOST = 500.0


def _number(_context: click.Context, _option: click.Parameter, value: float | None) -> float | None:
    """A click callback: above zero and believable; neither infinite nor no number at all."""
    if value is not None and not (isfinite(value) and 0 < value <= _MOST):
        raise click.BadParameter(f"{value:g} is not above 0 and at most {_MOST:g}")
    return value


@click.command("plan-injection")
@click.option(
    "--diameter", type=float, callback=_number, metavar="MM", help="Greatest width of a round lesion, in mm."
)
@click.option(
    "--outline",
    metavar="X,Y;X,Y;...",
    help="Corners of a lesion of any shape, in mm, in order, without crossings.",
)
@click.option("--fingertip", is_flag=True, help="The lesion lies on a fingertip.")
@click.option(
    "--concentration",
    type=float,
    callback=_number,
    metavar="MG/ML",
    help="One of the published ones; default: the lower.",
)
@click.option(
    "--spacing",
    type=float,
    callback=_number,
    metavar="MM",
    help="Between points, within the published range.",
)
@click.option(
    "--weight", type=float, callback=_number, metavar="KG", help="For the ceiling of the anaesthetic."
)
@click.option(
    "--egfr",
    type=float,
    callback=_number,
    metavar="ML/MIN/1.73M2",
    help="Renal function; low values stop the plan.",
)
@click.option("--figure", "target", type=click.Path(path_type=Path), metavar="FILE.svg|.png")
def plan_injection(
    diameter: float | None,
    outline: str | None,
    fingertip: bool,
    concentration: float | None,
    spacing: float | None,
    weight: float | None,
    egfr: float | None,
    target: Path | None,
) -> None:
    """Plan the intralesional treatment of one lesion, by both readings of the published geometry."""
    from calcinosis.cli.opening import figure
    from calcinosis.conclusions.treatment import plan
    from calcinosis.conclusions.treatment.person import Person
    from calcinosis.knowledge import load
    from calcinosis.model.interval import exact
    from calcinosis.presentation.figures.planner_picture import picture
    from calcinosis.presentation.injection import print_plan

    knowledge = load()
    held = knowledge.contents.treatment
    made = plan(
        held,
        diameter=diameter,
        outline=_corners(outline),
        fingertip=fingertip,
        concentration=concentration,
        spacing=spacing,
        person=Person(weight=weight, egfr=None if egfr is None else exact(egfr)),
    )
    name = held.treatments[held.dosing.injection.treatment].name
    print_plan(knowledge, made, name)
    if target is not None:
        figure(target, picture(made, held.dosing.injection, name).svg())


def _corners(text: str | None) -> list[tuple[float, float]]:
    try:
        pairs = [part.split(",") for part in (text or "").split(";") if part.strip()]
        corners = [(float(x), float(y)) for x, y in pairs]
    except ValueError as error:
        raise _no_outline(text) from error
    if text is not None and not (len(corners) > 2 and all(abs(x) <= _MOST for pair in corners for x in pair)):
        raise _no_outline(text)
    return corners


def _no_outline(text: str | None) -> click.BadParameter:
    return click.BadParameter(
        f"{text!r} is no outline; expected three or more corners in mm, like 0,0;20,0;20,10",
        param_hint="--outline",
    )
