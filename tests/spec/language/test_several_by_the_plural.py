"""A noun in the plural tells of several lesions, where the text says nothing of their number."""

from __future__ import annotations

import pytest
from said_in import said_in


@pytest.mark.parametrize(
    "note",
    [
        "Hard white lumps of both forearms.",
        "Papules on the scalp.",
        "Ulcers of the calf for two months.",
        "She has tender nodules on the buttocks.",
        "There are plaques over the shins.",
    ],
)
def test_a_plural_is_more_than_one(note: str) -> None:
    assert said_in(note)["number_multiple"] == {"present"}


@pytest.mark.parametrize(
    "note",
    [
        "Hard white lump of the forearm.",
        "No lumps, no ulcers.",
        "Mother has lumps on her fingers.",
        "A single nodule; never had other nodules.",
        "She had nodules in 2015 which resolved completely.",
        "Return if new lumps appear.",
        "Pain of the fingers and knees.",
    ],
)
def test_one_none_past_or_anothers_is_not(note: str) -> None:
    assert "present" not in said_in(note).get("number_multiple", set())
