"""What documents say is so: generated parts are current, links lead somewhere, words have their place."""

from __future__ import annotations

import importlib.util
import inspect
import re
import tomllib
from pathlib import Path
from types import ModuleType
from urllib.parse import unquote

import pytest
import yaml
from click.testing import CliRunner

from calcinosis import Consultation, consult, errors
from calcinosis.cli import cli
from calcinosis.criteria import CriterionId, expression, kleene, leaves, named, parse
from calcinosis.knowledge import Knowledge
from calcinosis.model import Verdict

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").glob("*.md")]
    if path.name != "CHANGELOG.md"
]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate_docs", ROOT / "tools/generate_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_parts_are_what_the_program_says_today(generator: ModuleType) -> None:
    stale = [path.name for path in generator.stale()]
    assert stale == [], "run make docs"


def test_the_generator_makes_a_changed_block_anew(generator: ModuleType) -> None:
    held = "<!-- generated: counts -->\nnothing\n<!-- end -->\n"
    assert "publications" in generator.regenerated(held)
    assert "nothing" not in generator.regenerated(held)


@pytest.mark.parametrize("verb", ["consult", "measure", "knowledge"])
def test_the_help_shown_is_what_the_program_prints(generator: ModuleType, verb: str) -> None:
    width = {"terminal_width": generator.OUTPUT_WIDTH, "max_content_width": generator.OUTPUT_WIDTH}
    printed = CliRunner().invoke(cli, [verb, "-h"], prog_name="calcinosis", **width).output
    assert "-h, --help" in printed
    assert printed in (ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_inside_the_project_lead_somewhere(path: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", path.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "#")):
            continue
        assert (path.parent / unquote(target.partition("#")[0])).exists(), target


def test_every_word_of_the_glossary_has_its_place() -> None:
    text = (ROOT / "GLOSSARY.md").read_text(encoding="utf-8")
    places = re.findall(r"\| `([^`]+)` \|$", text, re.MULTILINE)
    assert len(places) > 20
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_every_error_is_explained() -> None:
    text = (ROOT / "docs/how-to/errors.md").read_text(encoding="utf-8")
    kinds = [
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, errors.CalcinosisError) and kind is not errors.CalcinosisError
    ]
    assert kinds
    assert [name for name in kinds if f"`{name}`" not in text] == []


def test_decisions_have_their_parts_and_numbers() -> None:
    found = sorted((ROOT / "docs/decisions").glob("*.md"))
    numbers = [int(path.name[:4]) for path in found]
    assert numbers[0] == 1
    assert len(set(numbers)) == len(numbers)
    for path in found:
        text = path.read_text(encoding="utf-8")
        parts = ("**Date** ", "**Status** ", "**Context.**", "**Decision.**", "**Consequences.**")
        assert [part for part in parts if part not in text] == [], path.name


def test_the_citation_names_this_version() -> None:
    held = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert {"cff-version", "message", "title", "authors"} <= held.keys()
    assert held["version"] == project["version"]
    assert held["license"] == project["license"]


def test_fragments_have_a_kind_that_is_known() -> None:
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["towncrier"]
    kinds = {kind["directory"] for kind in held["type"]}
    fragments = [path for path in (ROOT / "changelog.d").iterdir() if path.name != "README.md"]
    assert [path.name for path in fragments if path.suffixes[0].lstrip(".") not in kinds] == []


def test_the_picture_is_small_enough_to_read_on_a_phone() -> None:
    assert (ROOT / "docs/pictures/consultation.png").stat().st_size < 300_000


def _fenced(path: Path, language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), re.DOTALL)


def test_the_case_file_shown_is_read_whole() -> None:
    (shown,) = _fenced(ROOT / "docs/how-to/write-a-case-file.md", "yaml")
    held = consult(shown)
    assert held.record_format == "case"
    assert held.ignored == ()


def test_the_criterion_shown_is_one_of_this_vocabulary(knowledge: Knowledge) -> None:
    (shown,) = _fenced(ROOT / "docs/reference/criteria.md", "yaml criterion")
    tree = parse(yaml.safe_load(shown), "docs")
    assert set(leaves(tree)) <= set(knowledge.contents.findings)
    assert all(CriterionId(one.kind, one.id) in knowledge.shelf for one in named(tree))


def test_the_formula_shown_is_one_of_this_knowledge(knowledge: Knowledge) -> None:
    (shown,) = _fenced(ROOT / "docs/reference/criteria.md", "yaml formula")
    assert expression.parse(shown, "docs") in [one.expression for one in knowledge.contents.formulas.values()]


SIGNS = {"+": Verdict.MET, "-": Verdict.NOT_MET, "?": Verdict.UNKNOWN}


def test_the_truth_tables_shown_are_those_of_the_program() -> None:
    text = (ROOT / "docs/reference/criteria.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \*\*(.)\*\* \|(.*)\|$", text, re.MULTILINE)
    assert [first for first, _ in rows] == ["+", "-", "?"]
    for first, cells in rows:
        one = SIGNS[first]
        shown = [SIGNS[cell.strip(" *")] for cell in cells.split("|") if cell.strip(" *")]
        told = [kleene.conjunction((one, other)) for other in SIGNS.values()]
        told += [one, *(kleene.disjunction((one, other)) for other in SIGNS.values())]
        assert shown == [*told, one, kleene.exclusion((one,)), kleene.certain(one)]


def test_a_number_without_a_unit_is_used_where_one_unit_makes_it_possible() -> None:
    calcium = consult("age: 14\nlabs:\n  calcium: 9.4\n").findings.measured["serum_calcium_total"]
    assert (calcium.value, calcium.unit) == (9.4, "mg/dL")
    assert "inferred" in calcium.evidence[0].text
    undecided = consult("age: 14\nlabs:\n  phosphate: 3.4\n")
    assert [part.where for part in undecided.ignored] == ["labs.phosphate"]


def test_the_python_shown_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    (shown,) = _fenced(ROOT / "README.md", "python")
    held: dict[str, object] = {}
    exec(shown, held)  # noqa: S102
    assert isinstance(held["held"], Consultation)
