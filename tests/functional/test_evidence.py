"""The forest plot and the table of options: what is pooled, what stands apart, what is drawn."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from calcinosis import Consultation, consult
from calcinosis.cli import cli
from calcinosis.conclusions.treatment import view
from calcinosis.knowledge import Knowledge
from calcinosis.presentation.evidence import plot
from calcinosis.presentation.figures.forest_plot import FEW, ForestPlot, at, exact, of_options
from calcinosis.presentation.treatments import (
    OptionRow,
    rows,
    text_bar,
    treatment_lines,
    treatments_section,
)

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECORDS = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix not in (".md", ".csv"))
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(params=RECORDS)
def consultation(request: pytest.FixtureRequest, knowledge: Knowledge) -> Consultation:
    return consult(EXAMPLES / request.param, "2026-01-01", knowledge=knowledge)


@pytest.fixture(scope="module")
def plots(knowledge: Knowledge) -> dict[str, ForestPlot]:
    return {name: plot(knowledge, name) for name in knowledge.contents.treatment.treatments}


@pytest.mark.parametrize(("count", "n"), [(0, 6), (3, 12), (9, 17), (4, 4), (42, 87), (5, 39), (1, 1)])
def test_the_interval_of_an_arm_is_that_of_the_library(count: int, n: int) -> None:
    proportion = pytest.importorskip("statsmodels.stats.proportion")
    assert exact(count, n) == pytest.approx(proportion.proportion_confint(count, n, method="beta"), abs=1e-6)


def test_only_pooled_series_are_drawn_as_series(knowledge: Knowledge, plots: dict[str, ForestPlot]) -> None:
    for name, drawn in plots.items():
        held = view(name, knowledge)
        series = [row for row in drawn.rows if row.kind == "series"]
        arms = [arm for item in held.pooled if item.outcome == "improved" for arm in item.arms]
        assert len(series) == len(arms)
        assert not any(arm.use in ("single", "review") for arm in held.arms if arm.id in arms)


def test_the_diamond_is_the_pooled_share_and_stands_for_several_series(
    knowledge: Knowledge, plots: dict[str, ForestPlot]
) -> None:
    seen = 0
    for name, drawn in plots.items():
        pooled = next((item for item in view(name, knowledge).pooled if item.outcome == "improved"), None)
        diamonds = [row for row in drawn.rows if row.kind == "pooled"]
        assert len(diamonds) == (1 if pooled and pooled.k > 1 else 0)
        for row in diamonds:
            seen += 1
            assert row.share.estimate == pytest.approx(100 * pooled.estimate)
            assert (row.share.low, row.share.high) == pytest.approx((100 * pooled.low, 100 * pooled.high))
    assert seen > 3


def test_single_patients_are_counted_apart(plots: dict[str, ForestPlot]) -> None:
    drawn = plots["diltiazem_oral"]
    assert any("never pooled: 4 of 4" in note for note in drawn.notes)
    assert not any(row.share.n == 1 for row in drawn.rows)


def test_few_patients_are_hatched_and_many_are_not(plots: dict[str, ForestPlot]) -> None:
    shapes = ElementTree.fromstring(plots["diltiazem_oral"].svg()).iter(f"{SVG}rect")  # noqa: S314
    squares = [shape.get("fill") for shape in shapes if shape.get("stroke") == "#0b5394"]
    drawn = [row.share.n < FEW for row in plots["diltiazem_oral"].rows if row.kind == "series"]
    assert [fill == "url(#few)" for fill in squares] == drawn
    assert set(drawn) == {True, False}


def test_the_square_grows_with_the_number(plots: dict[str, ForestPlot]) -> None:
    series = sorted((row.share.n, row.half) for drawn in plots.values() for row in drawn.rows)
    halves = [half for _, half in series]
    assert halves == sorted(halves)
    assert halves[0] < halves[-1]


def test_the_natural_course_stands_behind_where_it_was_observed(plots: dict[str, ForestPlot]) -> None:
    drawn = plots["diltiazem_oral"]
    assert (drawn.baseline.share.count, drawn.baseline.share.n) == (5, 39)
    bands = [
        shape
        for shape in ElementTree.fromstring(drawn.svg()).iter(f"{SVG}rect")  # noqa: S314
        if shape.get("fill") == "#e6e9ec"
    ]
    assert [float(bands[0].get("x"))] == [at(drawn.baseline.share.low)]
    assert plots["sts_calciphylaxis"].baseline is None


def test_every_figure_is_well_formed_and_said_in_words(plots: dict[str, ForestPlot]) -> None:
    for drawn in plots.values():
        picture = ElementTree.fromstring(drawn.svg())  # noqa: S314
        assert picture.find(f"{SVG}title").text == drawn.title
        for row in drawn.rows:
            assert row.numbers in picture.find(f"{SVG}desc").text


def test_text_that_looks_like_markup_stays_text(consultation: Consultation) -> None:
    options = [option for option in consultation.treatments if option.evidence.pooled]
    drawn = of_options(options, "<script>alert(1)</script>")
    assert "<script>" not in drawn.svg()
    ElementTree.fromstring(drawn.svg())  # noqa: S314


@pytest.mark.parametrize("name", ["diltiazem_oral", "hbot", "surgery"])
def test_the_verb_says_it_all(name: str, knowledge: Knowledge) -> None:
    printed = CliRunner().invoke(cli, ["evidence", name])
    assert printed.exit_code == 0
    assert knowledge.contents.treatment.treatments[name].name in printed.output
    for caveat in knowledge.contents.treatment.method.caveats:
        assert caveat.text in printed.output
    for arm in view(name, knowledge).arms:
        assert arm.study in printed.output


def test_a_treatment_without_counts_gets_no_percentage(knowledge: Knowledge) -> None:
    printed = CliRunner().invoke(cli, ["evidence", "hbot"]).output
    assert "nothing is pooled" in printed


def test_every_treatment_is_listed(knowledge: Knowledge) -> None:
    printed = CliRunner().invoke(cli, ["evidence"]).output
    assert len(printed.splitlines()) == len(knowledge.contents.treatment.treatments)


def test_a_wrong_name_is_told_with_a_near_one() -> None:
    failed = CliRunner().invoke(cli, ["evidence", "diltiazem"])
    assert failed.exit_code != 0
    assert "diltiazem_oral" in str(failed.exception)


def test_figures_are_written_as_their_ending_says(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    for ending, start in ((".svg", b"<svg"), (".png", b"\x89PNG")):
        target = tmp_path / f"figure{ending}"
        done = CliRunner().invoke(cli, ["evidence", "diltiazem_oral", "--figure", str(target)])
        assert done.exit_code == 0
        assert target.read_bytes().startswith(start)
    refused = CliRunner().invoke(cli, ["evidence", "diltiazem_oral", "--figure", str(tmp_path / "a.gif")])
    assert refused.exit_code == 2
    assert "neither .svg nor .png" in refused.output


@pytest.mark.parametrize("width", [80, 92, 120])
def test_an_option_takes_one_line_of_the_terminal(consultation: Consultation, width: int) -> None:
    from rich.text import Text

    bars = [line for line in treatment_lines(consultation, width=width) if "·" in line and "─" in line]
    assert all(Text.from_markup(line).cell_len <= width for line in bars)


def test_what_is_avoided_says_why(consultation: Consultation) -> None:
    for row in rows(consultation):
        assert bool(row.forbids) == (row.status == "avoid"), row.id


def test_every_option_is_in_the_lines_and_checks_are_named(consultation: Consultation) -> None:
    text = "\n".join(treatment_lines(consultation, width=200, verbose=True))
    for row in rows(consultation):
        if row.status in ("suitable", "consider"):
            assert row.name in text
            assert all(check in text for check in row.checks)
            assert all(clash in text for clash in row.clashes)
        elif row.status == "avoid":
            assert all(reason in text for reason in row.forbids)


def test_the_cause_comes_first(consultation: Consultation) -> None:
    offered = [row.kind == "cause" for row in rows(consultation) if row.status in ("suitable", "consider")]
    assert offered == sorted(offered, reverse=True)


def test_the_bar_shows_the_interval(consultation: Consultation) -> None:
    for row in rows(consultation):
        if row.share:
            bar = text_bar(row.share, 101)
            assert len(bar) == 101
            assert bar.index("□" if row.share.n < FEW else "■") == round(row.share.estimate)


def test_the_page_holds_every_option_that_is_not_idle(consultation: Consultation) -> None:
    section = str(treatments_section(consultation))
    table = section.partition("</table>")[0]
    shown: list[OptionRow] = [row for row in rows(consultation) if row.status != "not_indicated"]
    assert table.count('<th scope="row">') == len(shown)
    assert " style=" not in section
