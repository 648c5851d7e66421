"""The Markdown: the same order, and no mark-up from a record."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from calcinosis import Consultation, consult
from calcinosis.knowledge import Knowledge
from calcinosis.model import Ignored
from calcinosis.presentation.markdown import escaped, markdown

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def consulted(knowledge: Knowledge) -> Consultation:
    return consult(EXAMPLES / "dialysis-calciphylaxis.txt", "2026-01-01", knowledge=knowledge)


def test_sections_stand_in_the_order_of_the_pathway(consulted: Consultation) -> None:
    titles = re.findall(r"^## (.*)$", markdown(consulted, "note.txt"), re.MULTILINE)
    whole = ["Urgent", "Findings", "Values", "Differential", "Subtype and cause", "Next steps", "Treatment"]
    whole += ["Parts of the record not used", "Sources"]
    assert titles == [title for title in whole if title in titles]
    assert {"Urgent", "Findings", "Subtype and cause", "Next steps", "Sources"} <= set(titles)


def test_every_number_cited_is_listed(consulted: Consultation) -> None:
    text, _, listed = markdown(consulted, "").partition("## Sources")
    cited = {int(number) for number in re.findall(r"\\\[(\d+)\\\]", text)}
    assert cited
    assert cited == {int(number) for number in re.findall(r"^(\d+)\. ", listed, re.MULTILINE)}


def test_red_flags_come_with_their_action(consulted: Consultation) -> None:
    assert consulted.urgent
    text = markdown(consulted, "")
    for flag in consulted.urgent:
        assert escaped(flag.name) in text
        assert escaped(flag.action) in text


def test_words_of_a_record_are_no_mark_up(consulted: Consultation) -> None:
    hostile = "<script>alert(1)</script>\n# heading [link](javascript:alert(1)) `code` | cell"
    text = markdown(replace(consulted, ignored=(Ignored(hostile, hostile, hostile),)), hostile)
    assert "<script>" not in text
    assert not re.search(r"^# heading", text, re.MULTILINE)
    assert not re.search(r"(?<!\\)\[link(?<!\\)\]\(", text)


@given(st.text(max_size=60))
def test_escaped_text_is_one_line_without_tags(text: str) -> None:
    safe = escaped(text)
    assert "\n" not in safe
    assert "<" not in safe
    assert not re.search(r"(?<!\\)(?:\\\\)*[`*_\[\]#|]", safe)
