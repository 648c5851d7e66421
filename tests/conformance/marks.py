"""What an engine does not do is marked at the test, and the mark is checked: a marked test has to fail.

cannot(engine, reason)            it is not the engine's task
not_implemented(engine, reason)   it could be, and is not yet
"""

from __future__ import annotations

import pytest

from .engines import ENGINES

MARKS = {"cannot": "cannot", "not_implemented": "not implemented"}


def register(config: pytest.Config) -> None:
    """Make the marks known."""
    for name in MARKS:
        config.addinivalue_line("markers", f"{name}(engine, reason): a test that an engine does not pass")


def engine_of(item: pytest.Item) -> str | None:
    """The engine that a test is run on."""
    return item.callspec.params.get("engine") if hasattr(item, "callspec") else None


def expect(items: list[pytest.Item]) -> None:
    """Expect marked tests to fail on their engine; one that passes fails.

    Raises:
        pytest.UsageError: a mark names no engine, gives no reason, or stands at a test that takes no engine.
    """
    for item in items:
        for name, words in MARKS.items():
            for mark in item.iter_markers(name):
                engine, reason = mark.args
                if engine not in ENGINES or not reason or engine_of(item) is None:
                    raise pytest.UsageError(f"{item.nodeid}: {name}{mark.args} marks nothing")
                if engine == engine_of(item):
                    item.add_marker(pytest.mark.xfail(reason=f"{words}: {reason}", strict=True))
