"""How far cues reach, after NegEx and ConText, in time that grows with the text only."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calcinosis.knowledge import load
from calcinosis.language import read_text
from calcinosis.language.lexicon import lexicon
from calcinosis.language.qualifiers import qualifier
from effort import growth


def reached(text: str) -> dict[str, frozenset[str]]:
    """The qualifiers of each word that the vocabulary knows."""
    mentions = lexicon(load()).mentions(text)
    found = qualifier(load()).reached(text, [(mention.start, mention.end) for mention in mentions])
    return {mention.text: names for mention, names in zip(mentions, found, strict=True)}


@pytest.mark.parametrize(
    ("text", "qualified"),
    [
        ("No gout.", {"gout": {"negation"}}),
        ("No gout. Lupus.", {"gout": {"negation"}, "Lupus": set()}),
        ("No gout; lupus.", {"gout": {"negation"}, "lupus": set()}),
        ("No gout\nLupus", {"gout": {"negation"}, "Lupus": set()}),
        ("No gout, however lupus.", {"gout": {"negation"}, "lupus": set()}),
        ("Not only gout but lupus.", {"gout": set(), "lupus": set()}),
        ("?gout.", {"gout": {"uncertainty", "suspicion"}}),
        ("Gout? Lupus.", {"Gout": set(), "Lupus": set()}),
        ("History of gout, mother has lupus.", {"gout": {"past"}, "lupus": {"family"}}),
        ("She has sclerosis and lupus was excluded.", {"lupus": {"negation"}}),
        ("Lupus and gout were excluded.", {"Lupus": {"negation"}, "gout": {"negation"}}),
        ("Not consistent with gout.", {"gout": {"negation"}}),
        ("Gout which healed.", {"Gout": {"resolved"}}),
        ("He cannot have gout.", {"gout": {"negation"}}),
        ("He can't see; gout.", {"gout": set()}),
    ],
)
def test_a_cue_reaches_to_the_end_of_its_clause_or_a_terminating_word(text, qualified):
    found = reached(text)
    for words, names in qualified.items():
        assert found.get(words, found.get(words.lower())) == names


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
