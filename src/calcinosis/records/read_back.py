"""A text of a record read back: what was taken from it, sentence by sentence, with every place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from calcinosis.language import Told
from calcinosis.model import (
    Assertion,
    Ignored,
    Kind,
    Observation,
    Quantity,
    Reading,
    Section,
    Sentence,
    Statement,
    stretch,
)

_CERTAINTY = {Assertion.AFFIRMED: "present", Assertion.NEGATED: "absent", Assertion.UNCERTAIN: "asked"}


def read_back(
    source: str, text: str, told: Told, lead: int, said: Iterable[Observation], unread: Iterable[Ignored]
) -> Reading:
    """The reading of a text.

    Args:
        source: address of the text in its record.
        text: the text as given.
        told: how it was read.
        lead: how many characters of what was read stand before the text itself.
        said: what it says, at addresses of this source.
        unread: what of it could not be read.
    """
    statements = [*_statements(said, told, lead), *map(_unread, unread)]
    return Reading(
        source=source,
        text=text,
        sections=tuple(_sections(told, lead)),
        sentences=tuple(_sentences(told, lead)),
        statements=tuple(sorted(statements, key=lambda one: (one.start, one.end))),
    )


def _statements(said: Iterable[Observation], told: Told, lead: int) -> Iterator[Statement]:
    for seen in said:
        start, end = _place(seen.source)
        yield Statement(
            start=start,
            end=end,
            words=seen.text,
            things=tuple(code.code for code in seen.codes),
            certainty=_CERTAINTY[seen.assertion],
            time="past" if seen.past else "now",
            when=seen.effective,
            bearer="relative" if seen.family else "patient",
            allergy=seen.kind is Kind.ALLERGY,
            value=seen.value if isinstance(seen.value, Quantity) else None,
            judgement=seen.interpretation,
            because=told.because.get(f":{start + lead}-{end + lead}", ()),
        )


def _unread(item: Ignored) -> Statement:
    start, end = _place(item.where)
    return Statement(start=start, end=end, words=item.what, certainty="asked", because=(item.why,))


def _place(address: str) -> tuple[int, int]:
    found = stretch(address)
    return (found.start, found.end) if found is not None else (0, 0)


def _sections(told: Told, lead: int) -> Iterator[Section]:
    for part in told.shape.parts:
        start, end = _given(told, part.start, part.end, lead)
        if end > start:
            yield Section(part.role, part.heading, start, end)


def _sentences(told: Told, lead: int) -> Iterator[Sentence]:
    for first, last in pairwise((*told.shape.sentences, len(told.shape.text))):
        words = told.shape.text[first:last]
        if words.strip():
            begin = first + len(words) - len(words.lstrip())
            start, end = _given(told, begin, first + len(words.rstrip()), lead)
            if end > start:
                yield Sentence(start, end)


def _given(told: Told, start: int, end: int, lead: int) -> tuple[int, int]:
    """A stretch of the text that was read as one of the text as given."""
    first, last = told.clean.span(start, end)
    return max(first - lead, 0), max(last - lead, 0)
