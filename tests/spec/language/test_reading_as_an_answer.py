"""The reading is an answer of its own: what was taken from each sentence, and every finding leads back to one."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from calcinosis import consult
from calcinosis.cli import cli

NOTES = yaml.safe_load((Path(__file__).parent / "notes.yaml").read_text(encoding="utf-8"))
NOTE = (
    "62-year-old woman on haemodialysis. No fever, no\r\nulcers.\r\n\r\nFAMILY HISTORY\r\nLupus.\r\n\r\n"
    "ALLERGIES\r\nPenicillin\r\n\r\nHISTORY\r\nRaynaud: Y\r\nPeritoneal dialysis was stopped in 2019.\r\n\r\n"
    "PLAN\r\nStart warfarin.\r\n"
)


def read(note):
    (reading,) = consult(note, "2026-01-01").readings
    return reading


def of(reading, thing):
    (found,) = [one for one in reading.statements if thing in one.things]
    return found


@pytest.mark.parametrize(
    ("thing", "words", "certainty", "bearer", "because"),
    [
        ("haemodialysis", "haemodialysis", "present", "patient", ()),
        ("ulceration", "ulcers", "absent", "patient", ("words: negation",)),
        ("lupus_history", "Lupus", "present", "relative", ("section: Family history (FAMILY HISTORY)",)),
        ("drug_vitamin_k_antagonist", "warfarin", "asked", "patient", ("section: Plan (PLAN)",)),
        ("raynaud", "Raynaud", "present", "patient", ("form: yes",)),
    ],
)
def test_a_statement_has_its_words_certainty_bearer_and_reason(thing, words, certainty, bearer, because):
    reading = read(NOTE)
    found = of(reading, thing)
    assert reading.text[found.start : found.end] == words
    assert (found.certainty, found.bearer) == (certainty, bearer)
    assert set(because) <= set(found.because)


def test_an_allergy_and_what_is_over_are_told_as_such():
    reading = read(NOTE)
    assert [one.allergy for one in reading.statements if one.words == "Penicillin"] == [True]
    assert [one.time for one in reading.statements if one.words.startswith("Peritoneal")] == ["past"]


def test_sections_and_sentences_are_stretches_of_the_text_as_given():
    reading = read(NOTE)
    assert [(one.role, reading.text[one.start : one.end].split()[0]) for one in reading.sections] == [
        ("", "62-year-old"),
        ("family", "FAMILY"),
        ("allergies", "ALLERGIES"),
        ("history", "HISTORY"),
        ("plan", "PLAN"),
    ]
    sentences = [" ".join(reading.text[one.start : one.end].split()) for one in reading.sentences]
    assert sentences[:3] == ["62-year-old woman on haemodialysis.", "No fever, no ulcers.", "FAMILY HISTORY"]


def test_what_was_not_understood_stands_there_with_the_reason():
    (found,) = [one for one in read("Nodules of the elbow. DM for years.").statements if not one.things]
    assert (found.words, found.certainty) == ("DM", "asked")
    assert "may mean" in found.because[0]


@pytest.mark.parametrize("case", NOTES, ids=[case["name"] for case in NOTES])
def test_every_finding_from_a_note_leads_to_a_statement(case):
    done = consult(case["note"], "2026-01-01")
    (reading,) = done.readings
    for finding in (*done.findings.by_id.values(), *done.findings.measured.values()):
        for place in finding.evidence:
            assert place.source.startswith(("Patient.", "formula:")) or reading.at(place.source), (
                finding.id,
                place,
            )


def test_a_document_inside_a_bundle_is_read_back_by_its_own_address():
    data = base64.b64encode(NOTE.encode()).decode()
    document = {
        "resourceType": "DocumentReference",
        "id": "letter",
        "status": "current",
        "content": [{"attachment": {"contentType": "text/plain", "data": data}}],
    }
    done = consult({"resourceType": "Bundle", "type": "collection", "entry": [{"resource": document}]})
    (reading,) = done.readings
    assert "letter" in reading.source
    place = done.findings.by_id["haemodialysis"].evidence[0].source
    assert reading.at(place)


@pytest.mark.parametrize("form", ["terminal", "json"])
def test_the_command_prints_the_reading(tmp_path, form):
    path = tmp_path / "note.txt"
    path.write_bytes(NOTE.encode())
    outcome = CliRunner().invoke(cli, ["consult", str(path), "--reading", "--format", form])
    assert outcome.exit_code == 0
    if form == "json":
        (reading,) = json.loads(outcome.stdout)["reading"]
        assert reading["text"] == NOTE
        assert {"start", "end", "words", "things", "certainty", "because"} <= set(reading["statements"][0])
    else:
        assert "[Family history]" in outcome.stdout
        assert "relative" in outcome.stdout


def test_a_page_of_the_reading_is_not_made_yet(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text(NOTE)
    assert CliRunner().invoke(cli, ["consult", str(path), "--reading", "--format", "html"]).exit_code == 2
