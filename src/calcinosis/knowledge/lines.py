"""In which line of a knowledge file something stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Way = tuple[str | int, ...]


def line_of(path: Path, way: Way) -> str:
    """`file, line 12`: where the way leads in a YAML file, as far as it can be followed."""
    node, line = _top(path), 1
    for step in way:
        for key, inner in _steps(node):
            if key == step:
                node, line = inner, _line(node, step, inner)
                break
        else:
            break
    return f"{path}, line {line}"


def place(path: Path, entry: str, word: str) -> str:
    """`file, line 12`: where `word` first stands in the entry, or in the file; else the file alone."""
    line = next((line for line in (*_lines(path, entry, word), *_lines(path, "", word))), None)
    return str(path) if line is None else f"{path}, line {line}"


def ids(path: Path, name: str) -> list[str]:
    """Where entries of that id stand in a file."""
    return [f"{path}, line {line}" for line in _entries(_top(path), name)]


def _entries(node: Any, name: str) -> Iterator[int]:
    for key, inner in _steps(node):
        if key == "id" and inner.value == name:
            yield inner.start_mark.line + 1
        yield from _entries(inner, name)


def _top(path: Path) -> Any:
    import yaml

    return yaml.compose(path.read_bytes(), Loader=yaml.CSafeLoader)


def _line(above: Any, step: str | int, inner: Any) -> int:
    """Where a key stands, or an item of a list."""
    marks = [key.start_mark for key, _ in above.value if key.value == step] if isinstance(step, str) else []
    return int((marks or [inner.start_mark])[0].line) + 1


def _steps(node: Any) -> Iterator[tuple[str | int, Any]]:
    if node.id == "mapping":
        yield from ((key.value, inner) for key, inner in node.value)
    elif node.id == "sequence":
        yield from enumerate(node.value)


def _lines(path: Path, entry: str, word: str) -> Iterator[int]:
    """Lines (from 1) at which the word stands as a key or a value; in a CSV, of a row that names it."""
    if path.suffix == ".csv":
        for number, row in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if word in {*row.split(","), *re.split(r"[,; ]", row)}:
                yield number
        return
    top = _top(path)
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
