"""What does not fit its shape: in which entry, and the word that was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from msgspec import inspect

from calcinosis.knowledge.lines import Way

_SAID = re.compile(r"(.*?)(?: - at (?:`key` in )?`\$(.*)`)?", re.DOTALL)
_STEP = re.compile(r"\.([^.\[]+)|\[(\d+)\]")
_STRANGE = re.compile(r"enum value '([^']*)'|unknown field `([^`]*)`")


def said(error: msgspec.ValidationError) -> tuple[str, Way]:
    """What an error says, and the keys and positions that lead to its place as far as it names them."""
    match = _SAID.fullmatch(str(error))
    what, way = (match[1], match[2] or "") if match else (str(error), "")
    steps = _STEP.findall(way.partition("[...]")[0])
    return what, tuple(key or int(place) for key, place in steps)


def strange(what: str) -> str:
    """The word that does not belong, where one is named."""
    match = _STRANGE.search(what)
    return (match[1] or match[2] or "") if match else ""


def meant(word: str, shape: Any, way: Way) -> str:
    """The nearest of the words that may stand at a place of a shape; empty when none is near."""
    words = [one for one in _words(inspect.type_info(shape), way) if isinstance(one, str)]
    return next(iter(difflib.get_close_matches(word, words, 1)), "") if word else ""


def _words(kind: Any, way: Way) -> Iterator[Any]:
    match kind:
        case inspect.UnionType():
            for one in kind.types:
                yield from _words(one, way)
        case inspect.StructType():
            for field in kind.fields:
                if not way:
                    yield field.encode_name
                elif field.encode_name == way[0]:
                    yield from _words(field.type, way[1:])
        case inspect.DictType():
            yield from _words(kind.value_type, way[1:]) if way else _words(kind.key_type, ())
        case inspect.CollectionType():
            yield from _words(kind.item_type, way[1:])
        case inspect.LiteralType():
            yield from kind.values


def entry_of(held: Any, way: Way, above: str = "") -> str:
    """The nearest id on the way, from the top."""
    here = str(held.get("id", above)) if isinstance(held, dict) else above
    if not way:
        return here
    try:
        return entry_of(held[way[0]], way[1:], here)
    except (LookupError, TypeError):
        return here
