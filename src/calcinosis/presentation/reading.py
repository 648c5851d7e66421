"""A record's texts read back: section by section the sentences, and under each what was taken from it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from calcinosis.model import Reading, Section, Statement

if TYPE_CHECKING:
    from calcinosis.consultation import Consultation
    from calcinosis.knowledge import Knowledge


def reading_lines(done: Consultation) -> Iterator[str]:
    """The lines to print; a record without a text of its own has one that says so."""
    if not done.readings:
        yield "The record holds no text that is read as a note."
    for reading in done.readings:
        yield from _lines(reading, done.knowledge)


def _lines(reading: Reading, knowledge: Knowledge) -> Iterator[str]:
    roles = {role.id: role.label for role in knowledge.contents.language.document.roles}
    yield reading.source
    section: Section | None = None
    for sentence in reading.sentences:
        inside = next(
            (one for one in reversed(reading.sections) if one.start <= sentence.start), reading.sections[0]
        )
        if inside is not section:
            section = inside
            if section.role or section.heading:
                yield f"\n[{roles.get(section.role) or section.heading}]"
        yield "  " + " ".join(reading.text[sentence.start : sentence.end].split())
        for statement in reading.statements:
            if sentence.start <= statement.start < sentence.end:
                yield "    " + _line(statement, reading.source, knowledge)


def _line(statement: Statement, source: str, knowledge: Knowledge) -> str:
    """One statement: what, how certain, of whom and when, why, where."""
    things = ", ".join(knowledge.label(thing) for thing in statement.things) or f"{statement.words}: not read"
    value = statement.value
    number = f"{value.comparator}{value.value:g} {value.unit}".strip() if value else ""
    told = [
        number or statement.judgement or ("allergy" if statement.allergy else statement.certainty),
        statement.time if statement.time != "now" else "",
        statement.when.first.date().isoformat() if statement.when else "",
        statement.bearer if statement.bearer != "patient" else "",
        *statement.because,
        f"{source}:{statement.start}-{statement.end}",
    ]
    return f"{things}: {'; '.join(filter(None, told))}"
