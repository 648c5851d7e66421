"""The leaflet: plain, absolute, unranked, and honest about what nobody has counted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from calcinosis import Consultation, consult
from calcinosis.cli import cli
from calcinosis.conclusions.treatment import view
from calcinosis.knowledge import Knowledge
from calcinosis.presentation.leaflet import Leaflet, leaflet, markdown, passage
from calcinosis.presentation.treatments import natural_fits

textstat = pytest.importorskip("textstat")
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECORDS = sorted(path.name for path in EXAMPLES.iterdir() if path.suffix not in (".md", ".csv"))
GRADE = 7.0


@pytest.fixture(params=RECORDS)
def consultation(request: pytest.FixtureRequest, knowledge: Knowledge) -> Consultation:
    return consult(EXAMPLES / request.param, "2026-01-01", knowledge=knowledge)


@pytest.fixture
def sheet(consultation: Consultation) -> Leaflet:
    return leaflet(consultation)


@pytest.fixture(autouse=True)
def _no_download() -> Iterator[None]:
    """The library would fetch a pronouncing dictionary; without it, it counts syllables by hyphenation."""
    with patch("textstat.backend.counts._count_syllables.get_cmudict", return_value={}):
        yield


def grade_by_sonority(text: str) -> float:
    """Flesch-Kincaid with syllables by sonority, which counts silent vowels too: an upper bound."""
    from nltk.tokenize import SyllableTokenizer

    tokenizer = SyllableTokenizer()
    words = re.findall(r"[A-Za-z]+", text)
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", text)))
    syllables = sum(len(tokenizer.tokenize(word.lower())) for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59


def test_a_whole_leaflet_reads_at_the_age_of_twelve(sheet: Leaflet) -> None:
    text = " ".join(sentence for sentence in sheet.sentences() if sentence)
    grades = {
        "Flesch-Kincaid": textstat.flesch_kincaid_grade(text),
        "Flesch-Kincaid, syllables by sonority": grade_by_sonority(text),
        "automated readability index": textstat.automated_readability_index(text),
        "Coleman-Liau": textstat.coleman_liau_index(text),
    }
    assert max(grades.values()) <= GRADE, grades


def test_the_passage_of_every_treatment_reads_at_the_age_of_twelve(knowledge: Knowledge) -> None:
    words = knowledge.contents.leaflet
    hard = {}
    for name, entry in knowledge.contents.treatment.treatments.items():
        made = passage(entry.name, entry.plain, view(name, knowledge), words, entry.kind)
        text = " ".join([*made.sentences, made.watch, *made.told.sentences])
        grade = max(textstat.flesch_kincaid_grade(text), textstat.automated_readability_index(text))
        if grade > GRADE:
            hard[name] = grade
    assert not hard


def test_the_measure_knows_a_hard_text() -> None:
    hard = "Contraindications comprise uncorrected hypocalcaemia and considerably diminished renal function."
    assert min(textstat.flesch_kincaid_grade(hard), grade_by_sonority(hard)) > GRADE


def test_every_option_that_is_offered_is_told_and_none_that_is_avoided(
    consultation: Consultation, sheet: Leaflet
) -> None:
    told = {item.name for item in (*sheet.cause, *sheet.suitable, *sheet.consider)}
    assert told == {one.name for one in consultation.treatments if one.status in ("suitable", "consider")}
    for option in consultation.treatments:
        assert (option.name in sheet.avoid) == (option.status == "avoid")


def test_numbers_are_absolute(sheet: Leaflet) -> None:
    text = markdown(sheet).partition(f"## {sheet.words['sources']}")[0]
    assert "%" not in text
    assert not re.search(r"\b1 in \d", text)


def test_the_picture_and_the_share_of_a_hundred_need_enough_people(knowledge: Knowledge) -> None:
    words, seen = knowledge.contents.leaflet, set()
    for name, entry in knowledge.contents.treatment.treatments.items():
        held = view(name, knowledge)
        pooled = next((item for item in held.pooled if item.outcome == "improved"), None)
        made = passage(entry.name, entry.plain, held, words, entry.kind).told
        enough = pooled is not None and pooled.n >= words.array_least
        assert (made.icons is not None) == enough
        assert ("out of 100" in " ".join(made.sentences)) == enough
        seen.add(enough)
    assert seen == {True, False}


def test_the_picture_shows_what_the_sentence_says(knowledge: Knowledge) -> None:
    words = knowledge.contents.leaflet
    for name, entry in knowledge.contents.treatment.treatments.items():
        made = passage(entry.name, entry.plain, view(name, knowledge), words, entry.kind).told
        if made.icons:
            people = made.icons.people
            better, low, high = map(
                int, re.findall(r"(\d+) out of 100.* (\d+) or as high as (\d+)", " ".join(made.sentences))[0]
            )
            assert len(people) == 100
            assert sum(one.better for one in people) == better
            assert [k for k, one in enumerate(people) if one.unsure] == list(range(low, high))
            assert low <= better <= high


def test_the_most_urgent_is_said_first_and_alone(consultation: Consultation, sheet: Leaflet) -> None:
    raised = [flag.urgency for flag in consultation.urgent]
    said = consultation.knowledge.contents.leaflet.urgent
    order = [urgency for urgency in ("emergency", "same_day", "urgent") if urgency in raised]
    assert list(sheet.urgent) == [said[urgency].text for urgency in order[:1]]


def test_the_course_without_treatment_is_told_where_it_was_observed(
    consultation: Consultation, sheet: Leaflet
) -> None:
    assert bool(sheet.natural) == natural_fits(consultation)
    if sheet.natural:
        assert all(number in sheet.natural for number in ("39", " 5 ", "18", "16"))


def test_no_brace_is_left(sheet: Leaflet) -> None:
    assert not re.search(r"[{}]", markdown(sheet))


def test_a_drug_that_is_taken_is_never_simply_stopped(knowledge: Knowledge) -> None:
    held = leaflet(consult(EXAMPLES / "systemic-sclerosis-overlap.json", "2026-01-01", knowledge=knowledge))
    assert held.drugs
    assert all("Do not stop it on your own" in line for line in held.drugs)


def test_a_child_and_those_who_care_are_addressed(knowledge: Knowledge) -> None:
    held = leaflet(consult(EXAMPLES / "dermatomyositis-child.yaml", "2026-01-01", knowledge=knowledge))
    adult = leaflet(consult(EXAMPLES / "dialysis-calciphylaxis.txt", "2026-01-01", knowledge=knowledge))
    assert held.words["child"] in held.about
    assert held.words["child"] not in adult.about


def test_the_verb_prints_markdown_and_writes_a_pdf(tmp_path: Path) -> None:
    pytest.importorskip("typst")
    record = str(EXAMPLES / "systemic-sclerosis-overlap.json")
    printed = CliRunner().invoke(cli, ["leaflet", record, "--as-of", "2026-01-01"])
    assert printed.exit_code == 0
    assert printed.output.startswith("# Calcium in the skin")
    target = tmp_path / "leaflet.pdf"
    made = CliRunner().invoke(cli, ["leaflet", record, "--as-of", "2026-01-01", "--pdf", str(target)])
    assert made.exit_code == 0
    assert target.read_bytes().startswith(b"%PDF")
