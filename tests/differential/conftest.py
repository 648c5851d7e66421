"""The engine on the knowledge that ships, and findings made by hand."""

from __future__ import annotations

import pytest

from calcinosis.conclusions.differential.ranking import Engine, engine
from calcinosis.knowledge import Knowledge, load
from calcinosis.model import Finding, Findings, Status


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session")
def made(knowledge: Knowledge) -> Engine:
    return engine(knowledge)


def findings_from(statuses: dict[str, Status], **measured: float) -> Findings:
    """Findings by id, and measured values in the unit of their analyte."""
    return Findings(
        {name: Finding(id=name, status=status) for name, status in statuses.items()},
        {name: Finding(id=name, status=Status.PRESENT, value=v) for name, v in measured.items()},
    )
