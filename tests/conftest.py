"""Shared fixtures: the knowledge base, the readers of the plan, and the published cases beside the checkout."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings

from calcinosis.knowledge import Knowledge, load
from conformance import marks
from conformance.engines import ENGINES, Engine

settings.register_profile(
    "ci", max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
# A mutant is killed by the first example that fails, whichever it is: nothing is made smaller or kept.
settings.register_profile(
    "mutants",
    settings.get_profile("ci"),
    max_examples=25,
    phases=[Phase.explicit, Phase.generate],
    database=None,
)
settings.load_profile("ci")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    return load()


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest, knowledge: Knowledge) -> Engine:
    """Each reader of the plan in turn; what one does not do is marked (`conformance.marks`)."""
    return ENGINES[request.param](knowledge)


def pytest_configure(config: pytest.Config) -> None:
    marks.register(config)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    marks.expect(items)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of published cases and test data; tests that need it are skipped without it."""
    folder = Path(os.environ.get("CALCINOSIS_SHARED", ROOT.parent / "shared"))
    if not (folder / "cases").is_dir():
        pytest.skip("the published cases are not beside this checkout (CALCINOSIS_SHARED)")
    return folder
