"""Changes between two captures of answers: each in its record, grouped by what it is about, with reasons."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from captured_answers import AREAS, Answer, Items

TOLERANCE = 1e-6
# Probabilities that move by less are counted together; one changed frequency moves them all a little.
SLIGHT = 0.01
UNLISTED = "unlisted"
# The field that holds the arithmetic of one patient: two records never share how it changes.
TEXT = "text"
# What is longer is a paragraph, and not printed.
LONGEST = 160


class Change(NamedTuple):
    """One item that differs in one record; `extent` is shown beside the name, `size` sorts."""

    record: str
    area: str
    item: str
    what: str
    extent: str = ""
    size: float = 0.0

    @property
    def title(self) -> str:
        """What the change is, the same for every record in which it is so."""
        return f"{f'{self.area} {self.item}'.strip()}: {self.what}"


class Group(NamedTuple):
    """The same change in several records."""

    title: str
    area: str
    changes: tuple[Change, ...]
    reason: str = ""


class Difference(NamedTuple):
    """What two captures differ in; `idle` are patterns of reasons that no group fits."""

    identical: int
    total: int
    groups: tuple[Group, ...]
    idle: tuple[str, ...] = ()
    reasoned: bool = False

    def of_area(self, area: str) -> list[Group]:
        """The groups of an area, most records first."""
        return [group for group in self.groups if group.area == area]

    def areas(self) -> list[str]:
        """The areas that differ, in the order of the pathway."""
        return list(dict.fromkeys(group.area for group in self.groups))


def compared(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    *,
    reasons: Mapping[str, str] | None = None,
    without: Iterable[str] = (),
    tolerance: float = TOLERANCE,
    slight: float = SLIGHT,
) -> Difference:
    """How the answers of two captures differ, areas named in `without` left out."""
    old, new = before["records"], after["records"]
    names = sorted({*old, *new})
    left = set(without)
    every = ((name, differing(name, old.get(name), new.get(name), tolerance)) for name in names)
    changes = [
        _gathered(name, [one for one in found if one.area not in left], slight) for name, found in every
    ]
    groups = _grouped([one for found in changes for one in found], reasons or {})
    titles = [group.title for group in groups]
    idle = [pattern for pattern in reasons or {} if not any(fits(title, pattern) for title in titles)]
    return Difference(
        identical=sum(not found for found in changes),
        total=len(names),
        groups=groups,
        idle=tuple(idle),
        reasoned=reasons is not None,
    )


def differing(name: str, old: Answer | None, new: Answer | None, tolerance: float) -> Iterator[Change]:
    """Every change in one record; of a record that one side refuses only that."""
    if old is None or new is None:
        yield Change(name, "record", "", f"only in {'AFTER' if old is None else 'BEFORE'}")
        return
    answer = old.get("answer", {}), new.get("answer", {})
    refused = answer[0] != answer[1]
    for area in ["answer"] if refused else dict.fromkeys([*old, *new]):
        held = old.get(area, {}), new.get(area, {})
        if held[0] == held[1]:
            continue
        if area == "detail":
            yield from _detail_changes(name, *held)
            continue
        for item in sorted({*held[0], *held[1]}):
            pair = held[0].get(item), held[1].get(item)
            what = transition(*pair, tolerance)
            if what:
                yield Change(name, area, item, what, *_extent(*pair, tolerance))


def _gathered(name: str, changes: Sequence[Change], slight: float) -> list[Change]:
    """The changes of a record, its slight moves of probability as one."""
    moved = [one for one in changes if one.area == "differential" and 0 < one.size < slight]
    if not moved:
        return list(changes)
    most = max(moved, key=lambda one: (one.size, one.item))
    told = f"{len(moved)} of them, most {most.item} {most.extent}"
    gathered = Change(name, "differential", "", f"moves by less than {slight:g}", told, most.size)
    return [*(one for one in changes if one not in moved), gathered]


def transition(before: Any, after: Any, tolerance: float) -> str:
    """What became of an item, in words that other records can share; empty when it is the same."""
    if type(before) is not type(after):
        return f"{_named(before)} -> {_named(after)}"
    if isinstance(before, float):
        near = math.isclose(before, after, rel_tol=1e-9, abs_tol=tolerance + 1e-9)
        return "" if near else "rises" if after > before else "falls"
    if isinstance(before, list):
        return "" if _common(before, after) == _common(after, before) else "changes"
    if isinstance(before, dict):
        inner = {name: transition(*pair, tolerance) for name, pair in _paired(before, after).items()}
        return "; ".join(
            f"{name} {'changes' if name == TEXT else what}" for name, what in inner.items() if what
        )
    return "" if before == after else f"{before} -> {after}"


def _paired(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """What two sides hold under each name; None where one has nothing."""
    return {name: (before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])}


def _named(value: Any) -> str:
    """A value in a title: numbers and fields, which are one patient's, are left out."""
    return UNLISTED if value is None else value if isinstance(value, str) else "listed"


def _common(these: Sequence[str], others: Sequence[str]) -> list[str]:
    held = set(others)
    return [one for one in these if one in held]


def _extent(before: Any, after: Any, tolerance: float) -> tuple[str, float]:
    """What is shown beside the record's name, and how large the change is."""
    if isinstance(before, list) and isinstance(after, list):
        pairs = zip(_common(before, after), _common(after, before), strict=True)
        moved = [f"{old} -> {new}" for old, new in pairs if old != new]
        return moved[0], float(len(moved))
    if isinstance(before, float) and isinstance(after, float):
        return f"{shown(before)} -> {shown(after)}", abs(after - before)
    if isinstance(before, dict) and isinstance(after, dict):
        pairs_of = _paired(before, after).items()
        moved = [
            f"{name} {shown(a)} -> {shown(b)}"
            for name, (a, b) in pairs_of
            if transition(a, b, tolerance) and not _told(name, a, b)
        ]
        return ", ".join(one for one in moved if len(one) <= LONGEST), 0.0
    return ("" if _told("", before, after) else f"{shown(before)} -> {shown(after)}"), 0.0


def _told(name: str, before: Any, after: Any) -> bool:
    """Whether the title says it already."""
    return name != TEXT and isinstance(before, str | None) and isinstance(after, str | None)


def shown(value: Any) -> str:
    """A value in a few words; of fields all but the text."""
    if value is None:
        return UNLISTED
    if isinstance(value, dict):
        return " ".join(shown(inner) for name, inner in value.items() if name != TEXT)
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _detail_changes(name: str, old: Items, new: Items) -> Iterator[Change]:
    """The fields of the contract whose marks differ, with the ids that both sides list."""
    for field in sorted({*old, *new}):
        if field.startswith("#"):
            continue
        marks = [_marked(side, field) for side in (old, new)]
        moved = [one for one in marks[0] if one in marks[1] and marks[0][one] != marks[1][one]]
        if moved:
            named = [one for one in moved if one]
            more = [f"and {len(named) - 3} more"] if len(named) > 3 else []
            yield Change(name, "detail", field, "changes", ", ".join([*named[:3], *more]), float(len(moved)))


def _marked(side: Items, field: str) -> dict[str, str]:
    """The mark of a field for each id of its part; an empty one where nothing has that field."""
    ids = list(side.get(f"#{field.partition('.')[0]}", []))
    return dict(zip(ids, side.get(field, [""] * len(ids)), strict=True))


def _grouped(changes: Iterable[Change], reasons: Mapping[str, str]) -> tuple[Group, ...]:
    """Changes with the same title, in the order of the areas, most records first."""
    held: dict[str, list[Change]] = {}
    for change in changes:
        held.setdefault(change.title, []).append(change)
    places = {area: place for place, area in enumerate(["record", "answer", *AREAS])}
    groups = [
        Group(title, same[0].area, tuple(sorted(same, key=_by_size)), _reason(title, reasons))
        for title, same in held.items()
    ]
    return tuple(
        sorted(groups, key=lambda one: (places.get(one.area, len(places)), -len(one.changes), one.title))
    )


def _by_size(change: Change) -> tuple[float, str]:
    return (-change.size, change.record)


def fits(title: str, pattern: str) -> bool:
    """Whether a group's title fits a pattern, in which only * and ? are special."""
    return fnmatchcase(title, pattern.replace("[", "[[]"))


def _reason(title: str, reasons: Mapping[str, str]) -> str:
    """The reason of the first pattern that fits."""
    return next((text for pattern, text in reasons.items() if fits(title, pattern)), "")


def read_reasons(path: Path) -> dict[str, str]:
    """Pattern of a title -> reason.

    Raises:
        ValueError: the file is no YAML mapping of texts.
        OSError: it cannot be opened.
    """
    try:
        held = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is no YAML: {error}") from error
    if not isinstance(held, dict) or not all(isinstance(text, str) for text in held.values()):
        raise ValueError(f"{path}: expected `pattern: reason`, one a line")
    return {str(pattern): " ".join(text.split()) for pattern, text in held.items()}
