"""What a note says does not depend on its page: width, line ends, blank lines, headings in capitals, its wrapping.

No labels are needed: the note as written and the note as changed must give the same findings.
"""

from __future__ import annotations

import base64
import re
import textwrap
from collections.abc import Callable
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from calcinosis import consult
from calcinosis.knowledge import load
from calcinosis.language import cleaned

ROOT = Path(__file__).parent.parent
NOTES = {
    case["name"]: case["note"]
    for case in yaml.safe_load((ROOT / "spec/language/notes.yaml").read_text(encoding="utf-8"))
} | yaml.safe_load((ROOT / "spec/language/letters.yaml").read_text(encoding="utf-8"))
DAY = "2026-01-01"


def wrapped(width: int, *, hyphens: bool = True) -> Callable[[str], str]:
    """A page of that width. A letter that was wrapped when it was written is taken by its paragraphs."""

    def change(note: str) -> str:
        lines = cleaned(note, load()).text.split("\n")
        return "\n".join(
            textwrap.fill(line, width, break_on_hyphens=hyphens, break_long_words=False) if line else line
            for line in lines
        )

    return change


WIDTHS = (50, 60, 66, 72, 76, 80, 90, 100)
_ROW = re.compile(r"\S(?: {3,}|[ ]*\t)\S")
_NEW_SENTENCE = re.compile(r"[A-Z][^:]*(?:$|[.,;])")


def cannot_be_told(note: str, width: int) -> bool:
    """Whether a page of that width looks the same for two texts, so that nobody can tell which was written.

    A writer began a line where the page would have: the sentence before is done, and the next word, which
    begins nothing but a sentence, would not have fitted. Or a row of columns is wider than the page.
    """
    lines = cleaned(note, load()).text.split("\n")
    ends = [(textwrap.wrap(line, width) or [""])[-1] for line in lines]
    typed = any(
        end[-1:] in ".!?" and _NEW_SENTENCE.match(below) and len(f"{end} {below.split()[0]}") > width
        for end, below in zip(ends, lines[1:], strict=False)
        if end and below
    )
    return typed or any(len(line) > width and _ROW.search(line) for line in lines)


def in_a_bundle(note: str, charset: str) -> dict[str, Any]:
    """The note as a document of a patient of the same age and sex."""
    person = consult(note, DAY).patient
    patient: dict[str, Any] = {"resourceType": "Patient", "id": "p"}
    if person.sex:
        patient["gender"] = person.sex
    if person.age_years is not None:
        born = date.fromisoformat(DAY) - timedelta(days=person.age_years * 365.25)
        patient["birthDate"] = born.isoformat()
    data = base64.b64encode(note.encode(charset, "xmlcharrefreplace")).decode()
    document = {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": {"reference": "Patient/p"},
        "content": [{"attachment": {"contentType": f"text/plain; charset={charset}", "data": data}}],
    }
    entries = [{"resource": patient}, {"resource": document}]
    return {"resourceType": "Bundle", "type": "collection", "entry": entries}


PAGES = {f"{width} columns": wrapped(width) for width in WIDTHS}
CHANGES: dict[str, Callable[[str], Any]] = {
    "66 columns, words kept whole": wrapped(66, hyphens=False),
    "CRLF": lambda note: note.replace("\n", "\r\n"),
    "60 columns, CRLF": lambda note: wrapped(60)(note).replace("\n", "\r\n"),
    "double spaced": lambda note: note.replace("\n", "\n\n"),
    # By its paragraphs: in the middle of a line that was wrapped it would leave a word on a line of its own.
    "blank lines between sentences": lambda note: re.sub(
        r"(?<=[a-z)]{2}[.!?]) +(?=[A-Z])", "\n\n", cleaned(note, load()).text
    ),
    "headings in capitals": lambda note: re.sub(
        r"(?m)^[A-Z][A-Za-z ]{2,30}:", lambda head: head.group().upper(), note
    ),
    "a byte order mark": lambda note: note.encode("utf-8-sig"),
    "UTF-16": lambda note: note.encode("utf-16"),
    "trailing spaces": lambda note: note.replace("\n", "   \n"),
    "CR": lambda note: note.replace("\n", "\r"),
    "an empty line above and below": lambda note: f"\n\n{note}\n\n",
    "an indented page": lambda note: textwrap.indent(wrapped(72)(note), "    "),
} | PAGES


def statuses(record: Any) -> dict[str, Any]:
    """Status and value of every finding and of everything measured."""
    found = consult(record, DAY).findings
    measured = {f"measured {name}": (one.status.value, one.value) for name, one in found.measured.items()}
    return {name: (one.status.value, one.value) for name, one in found.by_id.items()} | measured


@cache
def of_note(note: str) -> dict[str, Any]:
    return statuses(note)


def moved(notes: dict[str, str], change: Callable[[str], Any]) -> list[str]:
    """The notes that say something else, without those of which nobody can tell."""
    width = next((width for width in WIDTHS if change is PAGES[f"{width} columns"]), None)
    told = {name for name, note in notes.items() if statuses(change(note)) != of_note(note)}
    return sorted(name for name in told if width is None or not cannot_be_told(notes[name], width))


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_the_page_says_nothing(note, change):
    assert statuses(change(note)) == of_note(note)


@pytest.mark.parametrize(
    "charset", ["utf-8", "latin-1", "windows-1252", "iso-8859-15", "utf-16", "utf-16-le", "utf-16-be"]
)
@pytest.mark.parametrize("note", NOTES.values(), ids=NOTES)
def test_a_note_inside_a_bundle_says_the_same(note, charset):
    # A date of birth tells the age more closely than "aged 54" does.
    plain, bundled = statuses(note), statuses(in_a_bundle(note, charset))
    of_words = [name for name in plain if not re.search("(^|[ _])(age|sex)_|egfr", name)]
    assert {name: bundled.get(name) for name in of_words} == {name: plain[name] for name in of_words}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_page_says_nothing_of_letters_written_without_sight_of_the_program(change):
    files = sorted((ROOT / "first_sight/letters").glob("*.txt"))
    notes = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert notes
    assert moved(notes, change) == []


@pytest.mark.shared
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_the_page_says_nothing_of_published_patients(shared, change):
    letters = sorted((shared / "letters").glob("*.txt"))
    files = [*letters, *sorted((shared / "cases").glob("*.first-visit.txt"))[::4]]
    notes = {path.name: path.read_text(encoding="utf-8") for path in files}
    assert moved(notes, change) == []
