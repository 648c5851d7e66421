"""The picture of the injection plan is to scale, and both readings are labelled."""

from __future__ import annotations

from math import dist
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from calcinosis.cli import cli
from calcinosis.conclusions.treatment import plan
from calcinosis.knowledge import Knowledge
from calcinosis.presentation.figures.planner_picture import PANEL, PlannerPicture, picture

SVG = "{http://www.w3.org/2000/svg}"
L_SHAPE = [(0.0, 0.0), (60.0, 0.0), (60.0, 20.0), (30.0, 20.0), (30.0, 45.0), (0.0, 45.0)]


def drawn(knowledge: Knowledge, **given: object) -> tuple[object, PlannerPicture]:
    held = knowledge.contents.treatment
    made = plan(held, **given)
    return made, picture(made, held.dosing.injection, "Plan")


@pytest.mark.parametrize("size", [3, 8, 15, 22, 30, 60, 110, 300])
def test_one_millimetre_of_paper_is_what_the_scale_says(knowledge: Knowledge, size: float) -> None:
    made, shown = drawn(knowledge, diameter=size)
    xs = [x for x, _ in shown.outline]
    assert (max(xs) - min(xs)) / shown.scale == pytest.approx(size, rel=0.01)
    assert max(map(abs, xs)) <= PANEL / 2
    for (a, b), (c, d) in zip(
        zip(shown.points, shown.points[1:], strict=False),
        zip(made.points, made.points[1:], strict=False),
        strict=True,
    ):
        assert dist(a, b) / shown.scale == pytest.approx(dist(c, d), abs=0.05)


def test_paper_is_measured_in_millimetres(knowledge: Knowledge) -> None:
    _, shown = drawn(knowledge, diameter=30.0)
    root = ElementTree.fromstring(shown.svg())  # noqa: S314
    assert root.get("width") == f"{shown.width}mm"
    assert root.get("viewBox").split()[2:] == [str(shown.width), str(shown.height)]
    assert f"scale {shown.ratio}" in "".join(root.itertext())


def test_both_readings_are_drawn_and_labelled_where_they_differ(knowledge: Knowledge) -> None:
    made, shown = drawn(knowledge, outline=L_SHAPE, spacing=5.0)
    text = "".join(ElementTree.fromstring(shown.svg()).itertext())  # noqa: S314
    assert len(shown.panels) == 2
    for reading in made.readings:
        assert reading.label in text
        assert f"{reading.points} points" in text


def test_readings_that_agree_are_drawn_once_and_said_to_agree(knowledge: Knowledge) -> None:
    _, shown = drawn(knowledge, diameter=4.0, fingertip=True)
    assert [panel.title for panel in shown.panels] == ["Both readings come to the same"]
    assert "0.1-0.2 mL" in shown.svg()


def test_every_point_is_drawn_in_every_panel(knowledge: Knowledge) -> None:
    made, shown = drawn(knowledge, diameter=30.0, spacing=5.0)
    circles = ElementTree.fromstring(shown.svg()).iter(f"{SVG}circle")  # noqa: S314
    points = [one for one in circles if one.get("fill") == "#9a4a00"]
    legend = len(shown.panels)
    assert len(points) == len(made.points) * len(shown.panels) + legend


def test_the_verb_shows_the_arithmetic_and_writes_the_picture(tmp_path: Path) -> None:
    target = tmp_path / "plan.svg"
    done = CliRunner().invoke(
        cli,
        ["plan-injection", "--diameter", "30", "--spacing", "5", "--weight", "54", "--figure", str(target)],
    )
    assert done.exit_code == 0
    assert "29 points x 0.5 mL = 14.5 mL; x 150 mg/mL = 2175 mg" in done.output
    assert "4.5 mg/kg x 54 kg, so at most 243 mg" in done.output
    assert "STOP" not in done.output
    assert target.read_text().startswith("<svg")


def test_a_failing_kidney_stops_the_plan() -> None:
    done = CliRunner().invoke(cli, ["plan-injection", "--diameter", "20", "--egfr", "20"])
    assert "STOP" in done.output


@pytest.mark.parametrize(
    "given",
    [
        ["--diameter", "nan"],
        ["--diameter", "0"],
        ["--diameter", "-3"],
        ["--diameter", "inf"],
        ["--diameter", "20", "--weight", "-1"],
        ["--outline", "0,0;1"],
        ["--outline", "0,0;1,1"],
        ["--outline", "nan,0;1,1;2,2"],
    ],
)
def test_what_is_no_measure_is_refused(given: list[str]) -> None:
    assert CliRunner().invoke(cli, ["plan-injection", *given]).exit_code == 2


@pytest.mark.parametrize(
    "given", [[], ["--diameter", "20", "--concentration", "200"], ["--diameter", "20", "--spacing", "3"]]
)
def test_what_was_not_published_is_refused_with_what_was(given: list[str]) -> None:
    from calcinosis.errors import UnknownName

    failed = CliRunner().invoke(cli, ["plan-injection", *given])
    assert isinstance(failed.exception, UnknownName)
    assert "Expected" in str(failed.exception)
