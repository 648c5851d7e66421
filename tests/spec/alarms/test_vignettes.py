"""Every red flag carries its own sentences of letters: what must raise it, and what must not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from calcinosis import consult
from calcinosis.errors import UnreadableRecord
from calcinosis.knowledge import load


def vignettes(kind: str) -> Iterator[tuple[str, str]]:
    for one in load().contents.vignettes:
        yield from ((one.flag, text) for text in getattr(one, kind))


def raised(text: str) -> set[str]:
    return {flag.id for flag in consult(text, "2026-01-01").urgent}


@pytest.mark.parametrize(("flag", "text"), vignettes("must"))
def test_it_is_raised(flag, text):
    assert flag in raised(text)


@pytest.mark.parametrize(("flag", "text"), vignettes("must_not"))
def test_it_is_not_raised(flag, text):
    try:
        assert flag not in raised(text)
    except UnreadableRecord:  # nothing in it concerns the skin
        return


def test_every_flag_has_its_own():
    assert {one.flag for one in load().contents.vignettes} == set(load().contents.urgent)
