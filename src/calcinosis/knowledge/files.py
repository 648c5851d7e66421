"""One knowledge file to typed entries. The YAML library is loaded only when something is compiled."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeVar

import msgspec

from calcinosis.errors import KnowledgeFault

T = TypeVar("T")


def read_yaml(path: Path) -> Any:
    """A YAML file as plain objects.

    Raises:
        KnowledgeFault: it cannot be read or is no YAML.
    """
    import yaml

    try:
        return yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
    except (OSError, yaml.YAMLError) as error:
        raise KnowledgeFault(f"cannot be read: {error}", where=str(path)) from error


def converted(held: Any, shape: type[T], path: Path) -> T:
    """Plain objects as `shape`.

    Raises:
        KnowledgeFault: they do not fit it; the entry is named.
    """
    try:
        return msgspec.convert(held, shape)
    except msgspec.ValidationError as error:
        name = held.get("id", "") if isinstance(held, dict) else ""
        raise KnowledgeFault(f"{name} {error}".strip(), where=str(path)) from error


def one(path: Path, shape: type[T]) -> T:
    """A YAML file that holds one entry."""
    return converted(read_yaml(path), shape, path)
