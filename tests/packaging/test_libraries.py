"""Who may import which library is written in the import contracts; none comes in beside them."""

from __future__ import annotations

import ast
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The records of every module are made of it.
EVERYWHERE = {"msgspec"}


def imported() -> set[str]:
    """The first names of what is imported absolutely anywhere in the package, functions included."""
    nodes = [
        node for path in (ROOT / "src").rglob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))
    ]
    plain = {name.name for node in nodes if isinstance(node, ast.Import) for name in node.names}
    return {
        name.partition(".")[0]
        for name in plain | {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
    }


def test_every_library_is_named_in_a_contract() -> None:
    held = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    named = {name for one in held for name in one.get("protected_modules", ())}
    assert imported() - sys.stdlib_module_names - {"calcinosis"} == named | EVERYWHERE
