"""Readers with the small vocabulary of these tests."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from calcinosis.knowledge import Knowledge
from calcinosis.model import Record
from calcinosis.records import read

from .vocabulary import bundle, small_knowledge


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return small_knowledge()


@pytest.fixture(scope="session")
def reading(knowledge: Knowledge) -> Callable[..., Record]:
    """Read anything with the small vocabulary."""
    return lambda source: read(source, knowledge=knowledge)


@pytest.fixture(scope="session")
def bundled(reading: Callable[..., Record]) -> Callable[..., Record]:
    """Read resources of one patient as a bundle."""
    return lambda *resources: reading(bundle(*resources))
