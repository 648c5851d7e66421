"""The specification as pytest collects it, without running it."""

from __future__ import annotations

import contextlib
import io
import re
from functools import cache
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
_TAKES_ENGINE = re.compile(r"^def test_\w+\((?:\w+, )*(?:engine|found)\b", re.MULTILINE)


def modules() -> list[Path]:
    """The modules of specification and properties that run on every engine."""
    listed = sorted([*(TESTS / "spec").rglob("test_*.py"), *(TESTS / "properties").glob("test_*.py")])
    return [path for path in listed if _TAKES_ENGINE.search(path.read_text(encoding="utf-8"))]


class _Collector:
    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        self.items = list(items)


@cache
def items() -> tuple[pytest.Item, ...]:
    """Every case of those modules, with the marks that it carries."""
    collector = _Collector()
    with contextlib.redirect_stdout(io.StringIO()):
        code = pytest.main(["--collect-only", "-qq", *map(str, modules())], plugins=[collector])
    if code is not pytest.ExitCode.OK:
        raise RuntimeError(f"the specification cannot be collected: {code!r}")
    return tuple(collector.items)
