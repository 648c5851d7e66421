"""What the specification is written with: a record in any format, read by every engine in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pytest

from calcinosis.knowledge import Knowledge
from calcinosis.model import Findings, Record
from calcinosis.records import read
from conformance.engines import Engine

AS_OF = datetime(2026, 1, 1, 23, 59, 59)
Found = Callable[[Record | str | Mapping[str, Any]], Findings]


@pytest.fixture(scope="session")
def found(engine: Engine, knowledge: Knowledge) -> Found:
    """What an engine finds in a record on 1 January 2026."""

    def of(record: Record | str | Mapping[str, Any]) -> Findings:
        told = record if isinstance(record, Record) else read(record, knowledge=knowledge)
        (findings,) = engine.findings((told, AS_OF))
        return findings

    return of
