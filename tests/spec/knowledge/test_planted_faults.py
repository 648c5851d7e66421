"""A name that nothing has never reaches a patient: it is found when knowledge is loaded and when it is checked.

Faults are planted in a copy of the knowledge base. Of names, every sort of place is misspelled at once, so that
the check must list each beside all others; each is then put alone into sound knowledge, which must not load.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from msgspec.structs import replace
from planting import Planted, Way, alone, plant, put

from calcinosis.cli import cli
from calcinosis.criteria import Node, parse
from calcinosis.criteria.expression import Expression
from calcinosis.criteria.expression import parse as parse_formula
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge import Contents, load
from calcinosis.knowledge.checks import Problem, problem, problems
from calcinosis.knowledge.loading import checked, read, root
from calcinosis.knowledge.references import known_names

BELOW = r"(/(all|any|none|of|certain|\d+))*"
NAMED = rf"{BELOW}/"
GUARD = r"(contraindications|cautions)/\d+"

# A sort of place, the files, the way to it, and what stands there.
PLACES = [
    ("criterion of a cause", "causes/*.yaml", rf"causes/\d+/criterion{BELOW}", "finding"),
    ("criterion of a form", "forms/*.yaml", rf"forms/\d+/criterion{BELOW}", "finding"),
    ("criterion of a subtype", "subtypes/*.yaml", rf"criterion{BELOW}", "finding"),
    ("support of a subtype", "subtypes/*.yaml", rf"support{BELOW}", "finding"),
    ("yields of a subtype", "subtypes/*.yaml", rf"yields/when{BELOW}", "finding"),
    ("yields, unless", "subtypes/*.yaml", rf"yields/unless{BELOW}", "finding"),
    ("level of a subtype", "subtypes/*.yaml", rf"levels/\d+/criterion{BELOW}", "finding"),
    ("red flag", "urgent/*.yaml", rf"urgent/\d+/criterion{BELOW}", "finding"),
    ("pattern", "patterns.yaml", rf"patterns/\d+/criterion{BELOW}", "finding"),
    ("mixed", "mixed.yaml", rf"criterion{BELOW}", "finding"),
    ("investigation, when", "investigations/*.yaml", rf"investigations/\d+/when{BELOW}", "finding"),
    (
        "investigation, avoid_when",
        "investigations/*.yaml",
        rf"investigations/\d+/avoid_when{BELOW}",
        "finding",
    ),
    (
        "investigation, first_when",
        "investigations/*.yaml",
        rf"investigations/\d+/first_when{BELOW}",
        "finding",
    ),
    ("investigation, answers", "investigations/*.yaml", r"investigations/\d+/answers/\d+", "finding"),
    ("indication", "treatments/*.yaml", rf"indications/\d+/when{BELOW}", "finding"),
    ("contraindication", "treatments/*.yaml", rf"contraindications/\d+/when{BELOW}", "finding"),
    ("caution", "treatments/*.yaml", rf"cautions/\d+/when{BELOW}", "finding"),
    ("unless", "treatments/*.yaml", rf"{GUARD}/unless{BELOW}", "finding"),
    ("dose", "treatments/*.yaml", rf"doses/\d+/when{BELOW}", "finding"),
    ("action", "treatments/*.yaml", rf"actions/\d+/when{BELOW}", "finding"),
    ("taking", "treatments/*.yaml", r"taking/\d+", "finding"),
    ("interaction, one side", "interactions.yaml", r"interactions/\d+/first/taking/\d+", "finding"),
    ("interaction, other side", "interactions.yaml", r"interactions/\d+/second/taking/\d+", "finding"),
    ("interaction, treatment", "interactions.yaml", r"interactions/\d+/second/treatments/\d+", "treatment"),
    ("interaction, when", "interactions.yaml", rf"interactions/\d+/when{BELOW}", "finding"),
    ("drug review, when", "interactions.yaml", rf"reviews/\d+/when{BELOW}", "finding"),
    ("drug review, drug", "interactions.yaml", r"reviews/\d+/drug", "finding"),
    ("conflict, about", "interactions.yaml", r"conflicts/\d+/about/\d+", "treatment"),
    ("term, implies", "findings/*.yaml", r"findings/\d+/implies/\d+", "finding"),
    ("term, now", "findings/*.yaml", r"findings/\d+/now", "finding"),
    ("term, in_relatives", "findings/*.yaml", r"findings/\d+/in_relatives/\d+", "finding"),
    ("term, allergy_to", "findings/*.yaml", r"findings/\d+/allergy_to/\d+", "finding"),
    ("term, prefer", "findings/*.yaml", r"findings/\d+/prefer/\d+", "analyte"),
    ("term, concepts", "findings/*.yaml", r"findings/\d+/concepts/\d+", "concept"),
    ("term, sources", "findings/*.yaml", r"findings/\d+/sources/\d+", "source"),
    ("term, facts", "findings/*.yaml", r"findings/\d+/facts/\d+", "fact"),
    ("analyte, above its range", "analytes/*.yaml", r"analytes/\d+/above_range", "finding"),
    ("analyte, below its range", "analytes/*.yaml", r"analytes/\d+/below_range", "finding"),
    ("analyte, positive", "analytes/*.yaml", r"analytes/\d+/positive", "finding"),
    ("analyte, threshold", "analytes/*.yaml", r"analytes/\d+/thresholds/\d+/finding", "finding"),
    ("analyte, panel_of", "analytes/*.yaml", r"analytes/\d+/panel_of/\d+", "analyte"),
    ("analyte, concepts", "analytes/*.yaml", r"analytes/\d+/concepts/\d+", "concept"),
    ("range, sources", "analytes/*.yaml", r"analytes/\d+/ranges/\d+/sources/\d+", "source"),
    ("formula, gives", "formulas.yaml", r"formulas/\d+/gives", "analyte"),
    ("pattern, causes", "patterns.yaml", r"patterns/\d+/causes/\d+", "cause"),
    ("disagreement, about", "disagreements.yaml", r"disagreements/\d+/about/\d+", "entry"),
    ("a cause in a criterion", "*/*.yaml", rf"(.*/)?(criterion|when){NAMED}cause", "cause"),
    ("a form in a criterion", "*/*.yaml", rf"(.*/)?(criterion|when){NAMED}form", "form"),
    ("a subtype in a criterion", "*/*.yaml", r"(.*/)?when/subtype", "subtype"),
    ("any cause of a subtype", "subtypes/*.yaml", r"support/cause_of", "cause_of"),
    ("any form of a subtype", "subtypes/*.yaml", rf"(criterion|support){BELOW}/form_of", "form_of"),
    ("subtype, parent", "subtypes/*.yaml", r"parent", "subtype"),
    ("disease, settled_by", "diagnoses/*.yaml", r"settled_by/\d+/findings/\d+", "finding"),
    ("disease, within", "diagnoses/*.yaml", r"within", "disease"),
    ("disease, subtype", "diagnoses/*.yaml", r"subtype", "subtype"),
    ("disease, host", "diagnoses/*.yaml", r"host/entry", "disease"),
    ("backgrounds", "likelihoods.yaml", r"backgrounds/\{.*\}", "kind of finding"),
    ("tested kinds", "likelihoods.yaml", r"calibration/tested_kinds/\d+", "kind of finding"),
    ("usual", "likelihoods.yaml", r"usual/\{.*\}", "finding"),
    ("like", "likelihoods.yaml", r"like/.*", "finding"),
    ("exact", "likelihoods.yaml", r"exact/\d+", "kind or finding"),
    ("calcium, findings", "likelihoods.yaml", r"calcium/findings/\d+", "finding"),
    ("calcium, of", "likelihoods.yaml", r"calcium/of", "disease"),
    ("overlap, members", "likelihoods.yaml", r"overlaps/\d+/members/\d+", "finding"),
    ("overlap, kinds", "likelihoods.yaml", r"overlaps/\d+/kinds/\d+", "kind of finding"),
    ("partition", "likelihoods.yaml", r"partitions/\d+/members/\d+", "finding"),
    ("scale, measured", "likelihoods.yaml", r"scales/\d+/measured", "analyte"),
    ("scale, less", "likelihoods.yaml", r"scales/\d+/less", "analyte"),
    ("scale, partition", "likelihoods.yaml", r"scales/\d+/partition", "partition"),
    ("laboratory, measured", "likelihoods.yaml", r"laboratory/\d+/measured", "analyte"),
    ("laboratory, finding", "likelihoods.yaml", r"laboratory/\d+/finding", "finding"),
    ("default setting", "priors.yaml", r"default", "setting"),
    ("published prior", "priors.yaml", r"published/\d+/disease", "disease"),
    ("dosing, weight", "dosing.yaml", r"body/weight", "analyte"),
    ("dosing, height", "dosing.yaml", r"body/height", "analyte"),
    ("dosing, renal", "dosing.yaml", r"renal/analyte", "analyte"),
    ("dosing, stages", "dosing.yaml", r"renal/stages/\d+/finding", "finding"),
    ("dosing, limit of an ingredient", "dosing.yaml", r"ingredient_limits/\d+/ingredient", "ingredient"),
    ("dosing, low authority", "dosing.yaml", r"low_authority/\d+", "source"),
    ("dosing, size of a lesion", "dosing.yaml", r"injection/size_analyte", "analyte"),
    ("dosing, fingertip", "dosing.yaml", r"injection/fingertip_finding", "finding"),
    ("dosing, injected treatment", "dosing.yaml", r"injection/treatment", "treatment"),
    ("evidence, baseline", "evidence/method.yaml", r"baseline", "study arm"),
    ("evidence, sources", "evidence/method.yaml", r"caveats/\d+/sources/\d+", "source"),
    ("leaflet, natural course", "leaflet.yaml", r"natural_subtypes/\d+", "subtype"),
    ("leaflet, subtypes", "leaflet.yaml", r"subtypes/\{.*\}", "subtype"),
    ("leaflet, facts", "leaflet.yaml", r"about/\w+/facts/\d+", "fact"),
    ("synthesis, a kind that tells", "synthesis.yaml", r"lesion/described/kinds/\d+", "kind of finding"),
    ("synthesis, a finding that does not", "synthesis.yaml", r"lesion/described/without/\d+", "finding"),
    ("synthesis, what is denied", "synthesis.yaml", r"lesion/denied/\d+", "finding"),
    ("synthesis, proof", "synthesis.yaml", r"proven/criterion/any/\d+", "finding"),
    ("synthesis, watch", "synthesis.yaml", r"watch/\d+/when/any/\d+", "finding"),
    ("leaflet, lumps not told of", "leaflet.yaml", r"not_of/\d+", "subtype"),
]
KINDS = [kind for kind, *_ in PLACES]


@pytest.fixture(scope="module")
def sound() -> Contents:
    return load().contents


@pytest.fixture(scope="module")
def field(sound: Contents, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Planted]]:
    """A copy of the knowledge base with a misspelled name at every sort of place."""
    folder = tmp_path_factory.mktemp("planted") / "knowledge"
    shutil.copytree(root(), folder)
    known, used = known_names(sound), set[Way]()
    return folder, {
        kind: plant(folder, kind, files, pattern, known[what], used) for kind, files, pattern, what in PLACES
    }


@pytest.fixture(scope="module")
def sown(field: tuple[Path, dict[str, Planted]]) -> Contents:
    return read(field[0], "planted")


@pytest.fixture(scope="module")
def listed(field: tuple[Path, dict[str, Planted]], sown: Contents) -> tuple[Problem, ...]:
    return problems(sown, field[0])


@pytest.mark.parametrize("kind", KINDS)
def test_the_check_lists_each_misspelled_name_with_its_line_beside_all_others(kind, field, listed):
    planted = field[1][kind]
    where = f"{planted.file}, line {planted.line}"
    told = [one.text for one in listed if one.severity == "error" and one.where == where]
    assert any(f"{planted.written!r}, which does not exist" in text for text in told), told


@pytest.mark.parametrize("kind", KINDS)
def test_with_one_misspelled_name_nothing_loads_and_the_right_one_is_named(kind, field, sound, sown):
    folder, planted = field[0], field[1][kind]
    with pytest.raises(KnowledgeFault) as caught:
        checked(alone(sound, sown, planted), folder)
    fault = str(caught.value)
    assert fault.startswith(f"{folder / planted.file}, line {planted.line}: ")
    assert f"{planted.written!r}, which does not exist; did you mean {planted.name!r}?" in fault


# What no misspelled name says: a change to sound knowledge, and what is said of it.
def one_of(shelf: str, name: str, **changes: Any) -> Callable[[Contents], Contents]:
    """The contents with one entry of a shelf changed."""

    def change(held: Contents) -> Contents:
        entries = getattr(held, shelf)
        return replace(held, **{shelf: {**entries, name: replace(entries[name], **changes)}})

    return change


def within(*way: str | int, be: Callable[[Any], Any]) -> Callable[[Contents], Contents]:
    """The contents with what stands at the end of a way made into something else."""

    def at(whole: Any, left: Way) -> Any:
        if not left:
            return be(whole)
        step, rest = left[0], left[1:]
        if isinstance(whole, dict):
            return {**whole, step: at(whole[step], rest)}
        if isinstance(whole, tuple):
            return (*whole[: int(step)], at(whole[int(step)], rest), *whole[int(step) + 1 :])
        return replace(whole, **{str(step): at(getattr(whole, str(step)), rest)})

    return lambda held: at(held, way)


def both(*changes: Callable[[Contents], Contents]) -> Callable[[Contents], Contents]:
    def change(held: Contents) -> Contents:
        for one in changes:
            held = one(held)
        return held

    return change


def formula(written: str) -> Expression:
    return parse_formula(written, "planted")


def tree(written: object) -> Node:
    return parse(written, "planted")


DILTIAZEM = ("treatment", "treatments", "diltiazem_oral")
LIKELIHOODS = ("differential", "likelihoods")
CHANGES: dict[str, tuple[Callable[[Contents], Contents], str]] = {
    "two causes name each other": (
        both(
            one_of("causes", "onchocerciasis", criterion=tree({"cause": "infection_local"})),
            one_of("causes", "infection_local", criterion=tree({"cause": "onchocerciasis"})),
        ),
        "criterion cause infection_local refers to itself: cause infection_local -> cause onchocerciasis -> cause infection_local",
    ),
    "a subtype names its own causes, one of which names it": (
        one_of("causes", "hftc", criterion=tree({"all": ["hftc", {"cause_of": "metastatic"}]})),
        "refers to itself: ",
    ),
    "a finding implies itself through another": (
        both(
            one_of("findings", "fever", implies=("pain_severe",)),
            one_of("findings", "pain_severe", implies=("fever",)),
        ),
        "implies itself: ",
    ),
    "several analytes give a finding": (
        one_of("findings", "alp_high", combine="", prefer=()),
        "alp_high is given by alkaline_phosphatase, ",
    ),
    "a formula takes a name that nobody gives": (
        one_of(
            "formulas", "albumin_corrected_calcium", expression=formula("serum_calcium_total + slope * x")
        ),
        "takes 'x', which is none of its needs and parameters",
    ),
    "a formula does not take what it needs": (
        one_of("formulas", "calcium_phosphate_product", expression=formula("serum_phosphate * 2")),
        "names 'serum_calcium_corrected', which its expression does not take",
    ),
    "a formula needs what is not measured": (
        both(
            one_of(
                "formulas",
                "calcium_phosphate_product_uncorrected",
                needs=("serum_calcium_totall", "serum_phosphate"),
                expression=formula("serum_calcium_totall * serum_phosphate"),
            ),
        ),
        "names the analyte 'serum_calcium_totall', which does not exist; did you mean 'serum_calcium_total'?",
    ),
    "a formula applies to people with a finding that nothing has": (
        one_of(
            "formulas", "egfr_schwartz_2009", applies=tree({"all": [{"age": {"below": 18}}, "pregnancyy"]})
        ),
        "egfr_schwartz_2009 names the finding 'pregnancyy', which does not exist; did you mean 'pregnancy'?",
    ),
    "a warning of the injection plan asks for a finding that nothing has": (
        within(
            *("treatment", "dosing", "injection", "warnings", 0),
            be=lambda one: replace(one, when=tree("feverr")),
        ),
        "dosing names the finding 'feverr', which does not exist; did you mean 'fever'?",
    ),
    "two contraindications of one treatment have one id": (
        within(*DILTIAZEM, "contraindications", be=lambda all_: (*all_, all_[0])),
        "criterion contraindication diltiazem_oral conduction_block stands twice",
    ),
    "two settings have one id": (
        within("differential", "priors", "settings", be=lambda all_: (*all_, all_[0])),
        "setting general_practice stands twice",
    ),
    "two partitions have one id": (
        within(*LIKELIHOODS, "partitions", be=lambda all_: (*all_, all_[0])),
        "partition age stands twice",
    ),
    "two study arms have one id": (
        within("treatment", "arms", be=lambda all_: (*all_, all_[0])),
        "study arm diltiazem_oral_vayssairat_1998 stands twice",
    ),
    "an entry names no source": (one_of("causes", "sarcoidosis", sources=()), "sarcoidosis names no source"),
    "a part of an entry names no source": (
        within("treatment", "treatments", "colchicine_oral", "monitoring", 0, "sources", be=lambda _: ()),
        "colchicine_oral names no source (",
    ),
    "no entry carries a founding fact": (
        lambda held: replace(held, facts={**held.facts, "A99": replace(held.facts["A1"], id="A99")}),
        "fact A99 is carried by no entry",
    ),
    "an amount that nobody can mean": (
        within(*DILTIAZEM, "doses", 0, "unit", be=lambda _: "g"),
        "diltiazem_oral: seed_per_kg: 1 to 3 g cannot be meant. Expected 15 to 600 mg per day. Check the unit",
    ),
    "an amount on a source of low authority alone": (
        within(*DILTIAZEM, "doses", 2, "sources", be=lambda _: ("droracle-ai-pages-local",)),
        "diltiazem_oral: palmieri_flat rests on a source of low authority alone",
    ),
    "a group of one": (
        one_of("findings", "onset_years", group="tempoo"),
        "onset_years is the only member of its group 'tempoo'",
    ),
    "a finding of a kind that no file describes": (
        one_of("findings", "tenderness", kind="symptomm"),
        "tenderness names the kind of finding 'symptomm', which does not exist; did you mean 'symptom'?",
    ),
    "a range in a unit that measures something else": (
        within("analytes", "uric_acid", "ranges", 0, be=lambda one: replace(one, unit="mm[Hg]")),
        "uric_acid: the unit 'mm[Hg]' does not measure uric_acid",
    ),
    "a threshold in a unit that is none": (
        within("analytes", "serum_calcium_total", "thresholds", 0, "unit", be=lambda _: "mgg"),
        "serum_calcium_total: the unit 'mgg' does not measure serum_calcium_total",
    ),
    "a mixture of values in a unit that measures something else": (
        within(*LIKELIHOODS, "laboratory", 2, "unit", be=lambda _: "kg"),
        "likelihoods: the unit 'kg' does not measure serum_calcium_corrected",
    ),
    "a setting forgets a disease": (
        within(
            *("differential", "priors", "settings", 1, "weights"),
            be=lambda weights: {name: weight for name, weight in weights.items() if name != "lipoma"},
        ),
        "setting dermatology does not weigh lipoma",
    ),
    "a setting weighs a disease that is none": (
        within(
            "differential", "priors", "settings", 2, "weights", be=lambda weights: {**weights, "lipomaa": 1.0}
        ),
        "priors names the candidate 'lipomaa', which does not exist; did you mean 'lipoma'?",
    ),
    "a cell of a matrix is about a finding that nothing has": (
        within("differential", "diseases", "lipoma", "cells", 0, "finding", be=lambda _: "lesion_papulee"),
        "lipoma names the finding 'lesion_papulee', which does not exist; did you mean 'lesion_papule'?",
    ),
    "a study arm is of a treatment that nobody offers": (
        within("treatment", "arms", 1, "treatment", be=lambda _: "diltiazem_orall"),
        "names the treatment 'diltiazem_orall', which does not exist; did you mean 'diltiazem_oral'?",
    ),
    "a study arm counts in a unit without a word for patients": (
        within("treatment", "arms", 2, "unit", be=lambda _: "patient"),
        "names the unit of a study 'patient', which does not exist; did you mean 'patients'?",
    ),
    "a pooled row rests on an arm that is none": (
        within("treatment", "pooled", 0, "arms", be=lambda all_: (*all_, "diltiazem_oral_balin_2013")),
        "pooled names the study arm 'diltiazem_oral_balin_2013', which does not exist",
    ),
    "words of a context mean a finding that nothing has": (
        within(
            *("language", "contexts"),
            be=lambda contexts: {**contexts, "histo_calcium_depositss in histology": ("calcium",)},
        ),
        "names the finding 'histo_calcium_depositss', which does not exist; did you mean 'histo_calcium_deposits'?",
    ),
    "the leaflet speaks of an urgency that no flag has": (
        within("leaflet", "urgent", be=lambda urgent: {**urgent, "urgently": urgent["urgent"]}),
        "leaflet names the urgency 'urgently', which does not exist; did you mean 'urgent'?",
    ),
}


@pytest.mark.parametrize("kind", CHANGES)
def test_knowledge_that_contradicts_itself_does_not_load(kind, sound):
    change, said = CHANGES[kind]
    with pytest.raises(KnowledgeFault) as caught:
        checked(change(sound), root())
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(root())), "the file is named"


def test_the_check_lists_all_contradictions_at_once(sound):
    every = both(*(change for change, _ in CHANGES.values()))(sound)
    told = "\n".join(one.text for one in problems(every, root()) if one.severity == "error")
    for kind, (_, said) in CHANGES.items():
        assert said.partition(". ")[0] in told, kind


# What cannot be read: over what it is written, what is written, and what is said of it.
CRITERION = ("causes/*.yaml", r"causes/\d+/criterion")
UNREADABLE: dict[str, tuple[str, str, str, str]] = {
    "no operator": (*CRITERION, "{some: [fever]}", "criterion \"{'some': ['fever']}\" cannot be read"),
    "two operators": (
        *CRITERION,
        "{all: [fever], any: [pain_severe]}",
        "cannot be read; expected a finding id, or one of",
    ),
    "an unknown named criterion": (
        *CRITERION,
        "{cause_off: hftc}",
        "criterion \"{'cause_off': 'hftc'}\" cannot be read",
    ),
    "at least 5 of 3": (
        *CRITERION,
        "{at_least: 5, of: [fever, pain_severe, rash]}",
        "at_least 5 of 3 parts asks for nothing or for more than there is; expected a whole number from 1 to 3",
    ),
    "at least half": (*CRITERION, "{at_least: 0.5, of: [fever]}", "at_least 0.5 of 1 parts"),
    "an empty list": (*CRITERION, "{any: []}", "criterion '[]' cannot be read"),
    "an unknown quantity": (
        *CRITERION,
        "{height: {at_least: 3}}",
        "criterion \"{'height': {'at_least': 3}}\"",
    ),
    "limits that are none": (*CRITERION, "{age: {over: 3}}", "criterion \"{'over': 3}\" cannot be read"),
    "no limits": (*CRITERION, "{age: {}}", "criterion '{}' cannot be read"),
    "a limit that is no number": (*CRITERION, "{age: {below: ten}}", "criterion \"{'below': 'ten'}\" cannot"),
    "no formula": (
        "formulas.yaml",
        r"formulas/\d+/expression",
        "serum_phosphate ^^ 2",
        "formula 'serum_phosphate ^^ 2' cannot be read at '^ 2'",
    ),
    "an unknown subtype": (
        "causes/*.yaml",
        r"causes/\d+/subtype",
        "dystrofic",
        "Invalid enum value 'dystrofic'; did you mean 'dystrophic'?",
    ),
    "an unknown key": (
        "urgent/*.yaml",
        r"urgent/\d+/\{action\}",
        "acton",
        "Object contains unknown field `acton`; did you mean 'action'?",
    ),
    "an unknown key in a part": (
        "treatments/*.yaml",
        r"contraindications/\d+/\{when\}",
        "whan",
        "Object contains unknown field `whan`; did you mean 'when'?",
    ),
    "an unknown basis": (
        "treatments/*.yaml",
        r"indications/\d+/basis",
        "publishd",
        "Invalid enum value 'publishd'; did you mean 'published'?",
    ),
    "a text for a number": ("treatments/z*.yaml", r"order", "tenth", "Expected `int`, got `str`"),
    "a key that stands twice": (
        "treatments/w*.yaml",
        r"\{drug_class\}",
        "name",
        "the key 'name' stands twice",
    ),
    "no YAML": ("disagreements.yaml", r"disagreements/0/question", "@now", "cannot be read: "),
    "an id that stands twice": (
        "forms/*.yaml",
        r"forms/1/id",
        "calcinosis_universalis",
        "id 'calcinosis_universalis' stands twice",
    ),
    "a unit that is none": ("analytes/*.yaml", r"analytes/\d+/unit", "mgg/dL", "mgg/dL"),
    "a limit of a kind that is none": (
        "subtypes/*.yaml",
        r"yields/to",
        "metastatik",
        "Invalid enum value 'metastatik'; did you mean 'metastatic'?",
    ),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str], KnowledgeFault]:
    """A copy of the knowledge base with everything unreadable at once, where each is, and what reading says."""
    folder = tmp_path_factory.mktemp("broken") / "knowledge"
    shutil.copytree(root(), folder)
    places = {kind: put(folder, *where, text) for kind, (*where, text, _) in UNREADABLE.items()}
    put(folder, "patterns.yaml", r"\{patterns\}", "pattern")
    (folder / "mixed.yaml").unlink()
    (folder / "facts.yaml").write_text("")
    with (folder / "diagnoses" / "lipoma.csv").open("a") as matrix:
        matrix.write("fever,often,,,msd-manual-lipomas,judgement,\n")
    with pytest.raises(KnowledgeFault) as caught:
        read(folder, "broken")
    return folder, places, caught.value


@pytest.mark.parametrize("kind", UNREADABLE)
def test_what_cannot_be_read_is_named_with_its_line_beside_all_that_cannot(kind, broken):
    folder, places, raised = broken
    told = [
        problem(fault, folder) for fault in raised.every if UNREADABLE[kind][3] in problem(fault, folder).text
    ]
    assert any(places[kind] in one.where for one in told), told


def test_files_that_are_missing_or_empty_and_cells_of_no_category_are_named_too(broken):
    folder, _, raised = broken
    told = {one.where: one.text for one in (problem(fault, folder) for fault in raised.every)}
    rows = len((folder / "diagnoses" / "lipoma.csv").read_text().splitlines())
    assert "No such file" in told["mixed.yaml"]
    assert told["facts.yaml"] == "the list is missing; expected a list under 'facts'"
    assert told[f"diagnoses/lipoma.csv, line {rows}"].startswith("fever: Invalid enum value 'often'")
    assert told["patterns.yaml"] == "the list is missing; expected a list under 'patterns'"
    assert f"(and {len(raised.every) - 1} more: calcinosis knowledge check)" in str(raised)


# One at a time, on disk, through the program.
ON_DISK: dict[str, tuple[str, str, str, str]] = {
    "F1: a misspelled allergy": (
        "treatments/diltiazem_oral.yaml",
        r"contraindications/\d+/when",
        "allergy_calcium_chanel_blocker",
        "diltiazem_oral names the finding 'allergy_calcium_chanel_blocker', which does not exist; did you mean"
        " 'allergy_calcium_channel_blocker'?",
    ),
    "F1: an operator that is none, as a contraindication": (
        "treatments/diltiazem_oral.yaml",
        r"contraindications/\d+/when",
        "{cause_off: hftc}",
        "allergy_calcium_channel_blocker: criterion \"{'cause_off': 'hftc'}\" cannot be read",
    ),
    "a named criterion that is none": (
        "treatments/diltiazem_oral.yaml",
        r"contraindications/\d+/when",
        "{cause: nowhere}",
        "diltiazem_oral names the cause 'nowhere', which does not exist",
    ),
    "no YAML": ("treatments/diltiazem_oral.yaml", r"contraindications/\d+/when", "[[", "cannot be read: "),
    "F6: two causes that name each other": (
        "causes/infections.yaml",
        r"causes/[01]/criterion",
        "{cause: onchocerciasis} {cause: infection_local}",
        "criterion cause infection_local refers to itself: cause infection_local -> cause onchocerciasis -> cause infection_local",
    ),
    "a source that nobody listed": (
        "treatments/diltiazem_oral.yaml",
        r"contraindications/4/sources/0",
        "healthscout-diltiazem-cartiaa",
        "diltiazem_oral names the source 'healthscout-diltiazem-cartiaa', which does not exist; did you mean"
        " 'healthscout-diltiazem-cartia'?",
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("single") / "knowledge"
    shutil.copytree(root(), folder)
    return folder


@pytest.mark.parametrize("column", [0, 2])
def test_a_place_on_the_map_of_the_body_that_no_finding_names_does_not_load(sound, copy, column):
    path = copy / "regions" / "regions.csv"
    before = path.read_text()
    cells = ["site_face", "midline", "site_face"]
    cells[column] = "site_facce"
    path.write_text(before + ",".join(cells) + "\n")
    with pytest.raises(KnowledgeFault) as caught:
        checked(sound, copy)
    path.write_text(before)
    assert str(caught.value).startswith(f"{path}, line {len(before.splitlines()) + 1}: ")
    assert "'site_facce', which does not exist; did you mean 'site_face'?" in str(caught.value)


@pytest.fixture
def on_disk(request: pytest.FixtureRequest, copy: Path) -> Iterator[tuple[Path, str, str]]:
    """The copy with one fault in it: its folder, where the fault is, and what is said of it."""
    file, pattern, text, said = ON_DISK[request.param]
    before = (copy / file).read_text()
    texts = re.findall(r"\{cause: \w+\}(?= |$)", text) if text.count("{") > 1 else [text]
    old = "allergy_calcium_channel_blocker" if "when" in pattern else ""
    places = [put(copy, file, pattern, one, old) for one in texts]
    yield copy, places[0], said
    (copy / file).write_text(before)


def run(*words: str, folder: Path) -> Result:
    return CliRunner().invoke(cli, words, env={"CALCINOSIS_KNOWLEDGE": str(folder)})


@pytest.mark.parametrize("on_disk", ON_DISK, indirect=True)
def test_one_fault_on_disk_fails_the_check_with_status_2_and_stops_the_load(on_disk):
    folder, place, said = on_disk
    check = run("knowledge", "check", folder=folder)
    assert check.exit_code == 2
    assert f"error: {place}: {said}" in check.output
    assert "\n1 errors" in check.output
    with pytest.raises(KnowledgeFault) as caught:
        load(folder)
    assert str(caught.value).startswith(f"{folder / place}: ")
    assert said.partition("; expected")[0] in str(caught.value)


@pytest.mark.parametrize("on_disk", list(ON_DISK)[:1], indirect=True)
def test_with_a_misspelled_allergy_nobody_is_consulted(on_disk):
    folder, place, said = on_disk
    done = subprocess.run(
        [sys.executable, "-m", "calcinosis", "consult", "-"],
        input="present: [systemic sclerosis, calcinosis]\nabsent: [heart failure]\nallergies: [diltiazem]\n",
        env={**os.environ, "CALCINOSIS_KNOWLEDGE": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert not done.stdout
    assert place in done.stderr.replace("\n", " ")
    assert said in " ".join(done.stderr.split())
