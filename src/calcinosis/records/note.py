"""A clinical note in plain text: everything it says is found by the language."""

from __future__ import annotations

from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import Knowledge
from calcinosis.language import cleaned, patient, several
from calcinosis.model import Kind, Observation, Record
from calcinosis.records.statements import LONGEST_NOTE, Statements


def read_note(text: str, knowledge: Knowledge) -> Record:
    """The record that a note makes.

    Raises:
        UnreadableRecord: it is longer than a note, or about several patients.
    """
    if len(text) > LONGEST_NOTE:
        raise UnreadableRecord(
            f"the note has {len(text)} characters",
            expected=f"at most {LONGEST_NOTE}",
            remedy="Give the notes that concern the skin.",
        )
    # Where a line of the page ended says nothing of who is meant.
    unbroken = cleaned(text, knowledge).text
    if persons := several(unbroken):
        raise UnreadableRecord(
            f"the note is about more than one patient ({', '.join(persons)})",
            expected="the note of one patient",
            remedy="Give each patient's part as a record of its own.",
        )
    statements = Statements(knowledge)
    statements.words(text, Observation(source="note", text="", kind=Kind.SIGN), whole_note=True)
    if not statements.observations:
        raise UnreadableRecord(
            "nothing in this text is known to the vocabulary",
            expected="a clinical note in English, or a record in another format",
            remedy="Check that it is the right file.",
        )
    return Record(
        format="note",
        patient=patient(unbroken),
        observations=tuple(statements.observations),
        ignored=tuple(statements.ignored),
        questions=tuple(statements.questions),
        unread=tuple(statements.unread),
        readings=tuple(statements.readings),
    )
