"""The plain part of YAML: mappings, lists and words, each with its line; nothing that can grow or run.

Anchors, aliases, tags, several documents, a key that stands twice and deep nesting are refused. Words
stay words: `no` is not false and a date is not a date; `true`, `false`, `null` and numbers are.
"""

from __future__ import annotations

import re
from typing import Any

from calcinosis.errors import UnreadableRecord

Path = tuple[str, ...]
Lines = dict[Path, int]
_DEEPEST = 12
_INT = re.compile(r"[-+]?\d{1,18}", re.A)
_FLOAT = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+|\d+)(?:[eE][-+]?\d{1,3})?", re.A)
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_LARGEST = 2_000_000


def parsed(text: str, where: str = "") -> tuple[Any, Lines]:
    """The content of one YAML document and the line of each of its paths.

    Raises:
        UnreadableRecord: it is malformed or holds more than plain YAML; the message names the line.
    """
    import yaml

    if len(text) > _LARGEST:
        raise UnreadableRecord(
            f"the case file has {len(text)} characters", where=where, expected=f"at most {_LARGEST}"
        )
    builder = _Builder(where)
    try:
        for event in yaml.parse(text, Loader=_loader()):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f"line {mark.line + 1}" if mark is not None else ""
        said = getattr(error, "problem", None) or "is malformed"
        raise UnreadableRecord(
            f"the YAML cannot be read: {said}",
            where=_at(where, line),
            expected="keys and lists, indented by spaces",
        ) from error
    return builder.document, builder.lines


def _loader() -> Any:
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _at(where: str, line: str) -> str:
    return ", ".join(filter(None, [where, line]))


class _Builder:
    """Builds plain objects from YAML events, without recursion."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.document: Any = None
        self.lines: Lines = {}
        self._open: list[Any] = []
        self._keys: list[str | None] = []
        self._path: list[str] = []
        self._documents = 0

    def take(self, event: Any) -> None:
        """Take the next event."""
        import yaml

        line = event.start_mark.line + 1
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise self._refused("holds a second document", line)
        elif isinstance(event, yaml.AliasEvent):
            raise self._refused(f"uses an alias, *{event.anchor}", line)
        elif isinstance(event, yaml.ScalarEvent):
            self._plain(event, line)
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._plain(event, line)
            self._start({} if isinstance(event, yaml.MappingStartEvent) else [], line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
            self._keys.pop()
            if self._path:
                self._path.pop()

    def _plain(self, event: Any, line: int) -> None:
        if event.anchor:
            raise self._refused(f"uses an anchor, &{event.anchor}", line)
        if event.tag and event.tag != "!":
            raise self._refused(f"uses a tag, {event.tag}", line)

    def _refused(self, what: str, line: int) -> UnreadableRecord:
        return UnreadableRecord(
            f"the case file {what}", where=_at(self.where, f"line {line}"), expected="plain YAML"
        )

    def _scalar(self, event: Any, line: int) -> None:
        if self._open and isinstance(self._open[-1], dict) and self._keys[-1] is None:
            if event.value in self._open[-1]:
                raise self._refused(f"names the key {event.value!r} twice", line)
            self._keys[-1] = event.value
            return
        value = _resolved(event.value) if event.implicit[0] else event.value
        self._put(value, line)

    def _start(self, container: Any, line: int) -> None:
        if len(self._open) >= _DEEPEST:
            raise self._refused("is nested too deeply", line)
        if self._open and isinstance(self._open[-1], dict) and self._keys[-1] is None:
            raise self._refused("has a key that is no word", line)
        name = self._put(container, line)
        self._open.append(container)
        self._keys.append(None)
        if name is not None:
            self._path.append(name)

    def _put(self, value: Any, line: int) -> str | None:
        """Put a value into what is open; its name there."""
        if not self._open:
            self.document = value
            self.lines[()] = line
            return None
        parent = self._open[-1]
        if isinstance(parent, list):
            name = str(len(parent))
            parent.append(value)
        else:
            name = self._keys[-1] or ""
            parent[name] = value
            self._keys[-1] = None
        self.lines[(*self._path, name)] = line
        return name


def _resolved(word: str) -> Any:
    if word in _WORDS:
        return _WORDS[word]
    if _INT.fullmatch(word):
        return int(word)
    return float(word) if _FLOAT.fullmatch(word) else word
