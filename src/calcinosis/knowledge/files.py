"""One knowledge file to typed entries. The YAML library is loaded only when something is compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from calcinosis.criteria import Node, expression, parse
from calcinosis.criteria.expression import Expression
from calcinosis.errors import KnowledgeFault

T = TypeVar("T")
# The keys under which a clinician writes a criterion or a formula, and what reads each.
_CRITERIA = ("criterion", "support", "when", "unless", "avoid_when", "first_when", "applies")
_READ: dict[str, Callable[[Any, str], Node | Expression]] = {
    **dict.fromkeys(_CRITERIA, parse),
    "expression": expression.parse,
}
Way = tuple[str | int, ...]


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
    """Plain objects as `shape`, each criterion and formula in them parsed.

    Raises:
        KnowledgeFault: they do not fit it; the entry is named, and of a criterion the line.
    """
    name = str(held.get("id", "")) if isinstance(held, dict) else ""
    try:
        return msgspec.convert(_with_trees(held, path, name), shape)
    except msgspec.ValidationError as error:
        raise KnowledgeFault(f"{name} {error}".strip(), where=str(path)) from error


def _with_trees(held: Any, path: Path, entry: str) -> Any:
    """The objects with a tree where a criterion or a formula is written; `entry` is the nearest id above."""
    if isinstance(held, list):
        return [_with_trees(item, path, entry) for item in held]
    if not isinstance(held, dict):
        return held
    entry = str(held.get("id", entry))
    return {
        key: _tree(key, inner, path, entry) if key in _READ else _with_trees(inner, path, entry)
        for key, inner in held.items()
    }


def _tree(key: str, written: Any, path: Path, entry: str) -> Node | Expression:
    try:
        return _READ[key](written, entry)
    except KnowledgeFault as fault:
        raise KnowledgeFault(
            f"{entry}: {fault.what}", where=place(path, entry, key), expected=fault.expected
        ) from fault


def one(path: Path, shape: type[T]) -> T:
    """A YAML file that holds one entry."""
    return converted(read_yaml(path), shape, path)


def place(path: Path, entry: str, word: str) -> str:
    """`file, line 12`: where `word` first stands in the entry, or in the file; else the file alone."""
    line = next((line for line in (*_lines(path, entry, word), *_lines(path, "", word))), None)
    return str(path) if line is None else f"{path}, line {line}"


def _lines(path: Path, entry: str, word: str) -> Iterator[int]:
    """Lines (from 1) at which the word stands as a key or a value; of a CSV, in a row that names it."""
    if path.suffix != ".yaml":
        for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if word in row.replace(";", ",").split(","):
                yield number
        return
    import yaml

    top = yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader)
    yield from _scalars(top, word) if not entry else _within(top, entry, word)


def _within(node: Any, entry: str, word: str) -> Iterator[int]:
    """Lines of the word in every mapping whose id is `entry`."""
    for inner in _inner(node):
        yield from _within(inner, entry, word)
    pairs = node.value if isinstance(node.value, list) and node.id == "mapping" else ()
    if any(key.value == "id" and value.value == entry for key, value in pairs):
        yield from _scalars(node, word)


def _scalars(node: Any, word: str) -> Iterator[int]:
    if node.id == "scalar":
        if node.value == word:
            yield node.start_mark.line + 1
        return
    for inner in _inner(node):
        yield from _scalars(inner, word)


def _inner(node: Any) -> list[Any]:
    if node.id == "mapping":
        return [part for pair in node.value for part in pair]
    return list(node.value) if node.id == "sequence" else []
