"""The rules of NegEx in one pass, in time that grows with the text only.

Its answers are those of negspaCy for every cue that stands before what it qualifies; a cue that follows
reaches less far to the left.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.language.lexicon import lexicon
from calcinosis.language.qualifiers import _clause_starts, qualifier
from effort import growth

PIECES = st.sampled_from(
    [
        "Firm nodules of the elbow.",
        "No fever, but itch;",
        "Denies trauma, itch",
        "because of gout.",
        "Raynaud possible, without lupus\n",
        "Not only gout but lupus however no burn",
        "history of burn, mother has lupus.",
        "?gout.",
    ]
)


def by_negspacy(text, places):
    """The qualifiers as negspaCy itself finds them."""
    from negspacy.negation import Negex

    reader = qualifier(load())
    reader.qualified_by_pipeline("No gout.", [(3, 7)])
    nlp, components = reader._pipeline
    doc = nlp.make_doc(text)
    starts = set(_clause_starts(doc))
    for place, token in enumerate(doc):
        token.is_sent_start = place in starts
    spans = [doc.char_span(start, end, alignment_mode="expand") for start, end in places]
    doc.spans["mentions"] = spans
    for component in components:
        component.span_keys = {"mentions"}
        for boundary in Negex.termination_boundaries(
            component, doc, Negex.process_negations(component, doc)[2]
        ):
            preceding, following, _ = Negex.process_negations(component, doc)
            for span in Negex.yield_spans_within_boundary(doc, boundary, component.span_keys):
                component._apply_negation(
                    span,
                    [cue for cue in preceding if boundary[0] <= cue[1] < boundary[1]],
                    [cue for cue in following if boundary[0] <= cue[1] < boundary[1]],
                )
    names = [component.extension_name for component in components]
    return [frozenset(name for name in names if span._.get(name)) for span in spans]


@settings(deadline=None, max_examples=60)
@given(st.lists(PIECES, min_size=1, max_size=6).map(" ".join))
def test_one_pass_says_what_negspacy_says(text):
    places = [(mention.start, mention.end) for mention in lexicon(load()).mentions(text)]
    assert qualifier(load()).qualified_by_pipeline(text, places) == by_negspacy(text, places)


@pytest.mark.parametrize(
    "unit", ["No fever but gout, however not lupus. ", "no gout but itch and lupus ", "gout\n"]
)
def test_a_long_note_takes_time_in_proportion(unit):
    """A hundred thousand characters, in sentences or without any end: four times a quarter, not eight times."""

    def reading(characters: int) -> Callable[[], object]:
        return lambda: read_text(
            unit * (characters // len(unit)), knowledge=load(), source="note", whole_note=True
        )

    assert growth(reading(25_000), reading(100_000)) < 8
