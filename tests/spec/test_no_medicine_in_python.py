"""Medicine is data: no module names a drug, a disease or a finding, and none that decides holds a clinical number.

Names are looked for in every module, imaging included: the ids of the knowledge base, and the words by which it knows
drugs, diseases and treatments, in any text that is no docstring.

Numbers are demanded by what a module does. Those that find and conclude, and those that put the steps in order, hold
none but those of arithmetic. Elsewhere a number may be a width, a size of a file or a rate of drawing, so that only
what something is compared with must have a name. Of imaging this is demanded from ten on, where attenuations, volumes
and counts begin, and not of phantoms and file formats: its fractions and millimetres are still to be named.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import calcinosis
from calcinosis.knowledge import load

PACKAGE = Path(calcinosis.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))


def room(module: Path) -> str:
    """The package, or the module beside the packages, in which a module stands."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


DECIDING = {"criteria", "findings", "conclusions", "model", "pathway", "consultation", "errors", "__init__"}
# Words of the contract itself, and of the record's own frame.
ALLOWED = {"calcinosis_cutis", "none_of_these", "age_years", "lesion_size", "lesion_count", "lesion_duration"}
# Numbers of arithmetic and display, none of them clinical: counts, percent, days and hours, rounding.
ARITHMETIC = {
    0,
    0.5,
    0.002,  # shares of probability too small to compute with or to show
    0.005,
    0.01,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    12,
    23,
    24,
    30,
    59,
    60,
    100,
    200,
    365,
    365.2425,
    365.25,
    1000,
}


# The five subtypes are a type of the contract, which the schema of the knowledge spells out.
SPELT_OUT = {"knowledge": {"dystrophic", "metastatic", "idiopathic", "iatrogenic", "calciphylaxis"}}
# Words that are medicine in the knowledge base and plain English elsewhere.
PLAIN = {"observation", "injuries"}
# What other rooms compare with, none of it a rule of medicine: sizes of files and texts, what no one's age can be, the
# age to which a dose is a child's when its written amount is checked for slips.
BOUNDS = {"records": {0.1, 0.2, 32, 40, 150, 1024, 4096}, "knowledge": {18}}
# Phantoms are made up, and a format is what its standard says.
FORMATS = re.compile(r"dicom_|nifti_|simulate|anatomy|artefacts|rendering")
LEAST_OF_IMAGING = 10


@cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


def texts(module: Path) -> set[str]:
    """Every text of a module that is no docstring."""
    nodes = list(ast.walk(tree(module)))
    said = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    }


def numbers(part: ast.AST) -> Iterator[float]:
    """Every number in a part of a module that is not one of arithmetic."""
    for node in ast.walk(part):
        held = node.value if isinstance(node, ast.Constant) and type(node.value) in (int, float) else 0
        if abs(held) not in ARITHMETIC and abs(held) > 1e-3:
            yield held


@cache
def medical_ids() -> frozenset[str]:
    held = load().contents
    shelves = (
        held.findings,
        held.analytes,
        held.causes,
        held.forms,
        held.urgent,
        held.investigations,
        held.patterns,
        held.subtypes,
        held.differential.diseases,
        held.treatment.treatments,
    )
    return frozenset({name for shelf in shelves for name in shelf} - ALLOWED - PLAIN)


@cache
def medical_words() -> re.Pattern[str]:
    """The words for drugs, diseases, exposures and treatments, from five letters on."""
    held = load().contents
    kinds = {"drug", "condition", "stated", "safety", "exposure"}
    words = {word for one in held.findings.values() if one.kind in kinds for word in (one.label, *one.terms)}
    named = (held.causes, held.forms, held.subtypes, held.differential.diseases, held.treatment.treatments)
    words |= {str(one.name) for shelf in named for one in shelf.values()}
    listed = sorted({word.casefold() for word in words if len(word) > 4} - PLAIN, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, listed))})(?!\w)")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_finding_cause_or_drug_is_named(module):
    assert not texts(module) & medical_ids() - SPELT_OUT.get(room(module), set())


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_text_speaks_of_a_drug_or_a_disease(module):
    found = {word for text in texts(module) for word in medical_words().findall(text.casefold())}
    assert not found - SPELT_OUT.get(room(module), set())


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if room(module) in DECIDING],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_no_clinical_number_stands_in_the_code(module):
    assert not set(numbers(tree(module)))


@pytest.mark.parametrize(
    "module",
    [module for module in MODULES if room(module) not in DECIDING],
    ids=lambda path: str(path.relative_to(PACKAGE)),
)
def test_what_something_is_compared_with_has_a_name(module):
    compared = {
        number for node in ast.walk(tree(module)) if isinstance(node, ast.Compare) for number in numbers(node)
    }
    if room(module) == "imaging":
        exempt = FORMATS.match(module.stem) is not None
        compared = {number for number in compared if abs(number) >= LEAST_OF_IMAGING and not exempt}
    assert not compared - BOUNDS.get(room(module), set())


def test_the_words_are_those_of_the_knowledge_base():
    assert {"diltiazem_oral", "systemic_sclerosis", "serum_phosphate"} <= medical_ids()
    assert medical_words().findall("warfarin for systemic sclerosis") == ["warfarin", "systemic sclerosis"]
