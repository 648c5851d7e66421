"""What a note says, in the words of the specifications: present, absent, asked, past, of a relative, allergy."""

from __future__ import annotations

from calcinosis.knowledge import Knowledge, load
from calcinosis.language import read_text
from calcinosis.model import Assertion, Kind, Observation

_WORDS = {Assertion.AFFIRMED: "present", Assertion.NEGATED: "absent", Assertion.UNCERTAIN: "asked"}


def said_of(seen: Observation) -> str:
    if seen.family:
        return "relative"
    if seen.kind is Kind.ALLERGY:
        return "allergy"
    return "past" if seen.past and seen.assertion is Assertion.AFFIRMED else _WORDS[seen.assertion]


def said_in(note: str, knowledge: Knowledge | None = None) -> dict[str, set[str]]:
    """Finding or analyte -> everything that the note says of it."""
    seen, _ = read_text(note, knowledge=knowledge or load(), source="note", whole_note=True)
    found: dict[str, set[str]] = {}
    for item in seen:
        for code in item.codes:
            found.setdefault(code.code, set()).add(said_of(item))
    return found


def says(note: str, **expected: str) -> None:
    """Each finding has exactly this status in the note; `nothing` where it must not be said at all."""
    found = said_in(note)
    got = {name: "/".join(sorted(found.get(name, {"nothing"}))) for name in expected}
    assert got == expected
