"""Total access to parsed JSON: whatever stands there, asking for a string gives a string."""

from __future__ import annotations

from math import isfinite
from typing import Any

Node = dict[str, Any]


def text(node: Node, key: str) -> str:
    """The string under `key`, trimmed; empty when there is none."""
    value = node.get(key)
    return value.strip() if isinstance(value, str) else ""


def mapping(node: Node, key: str) -> Node:
    """The object under `key`; empty when there is none."""
    value = node.get(key)
    return value if isinstance(value, dict) else {}


def mappings(node: Node, key: str) -> list[Node]:
    """The objects of the list under `key`; a lone object counts as a list of one."""
    value = node.get(key)
    if isinstance(value, list):
        return [item for item in value if isinstance(item, dict)]
    return [value] if isinstance(value, dict) else []


def number(node: Node, key: str) -> float | None:
    """The finite number under `key`; a number in quotes counts, a truth value does not."""
    value = node.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if isfinite(found) else None


def truth(node: Node, key: str) -> bool | None:
    """The truth value under `key`, or None."""
    value = node.get(key)
    return value if isinstance(value, bool) else None
