"""Knowledge files to typed entries, and all that is wrong with them. YAML is loaded only to compile."""

from __future__ import annotations

import csv
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct

from calcinosis.criteria import Leaf, Node, expression, parse
from calcinosis.criteria.expression import Expression, Number
from calcinosis.errors import KnowledgeFault
from calcinosis.knowledge.lines import Way, ids, line_of
from calcinosis.knowledge.misfits import entry_of, meant, said, strange

T = TypeVar("T")
# The keys under which a clinician writes a criterion or a formula, and what reads each.
_CRITERIA = ("criterion", "support", "barred", "when", "unless", "avoid_when", "first_when", "applies")
READ: dict[str, Callable[[Any, str], Node | Expression]] = {
    **dict.fromkeys(_CRITERIA, parse),
    "expression": expression.parse,
}

# The keys under which a file lists entries that others name.
_LISTS = ("findings", "causes", "interactions", "reviews", "conflicts")


class Fault(Struct, frozen=True, order=True):
    """What is wrong with an entry; `word` is what to look for where it stands."""

    entry: str
    text: str
    word: str = ""
    expected: str = ""
    remedy: str = ""


def refuse(faults: Iterable[KnowledgeFault]) -> None:
    """Raise the first, which says how many others there are and holds them.

    Raises:
        KnowledgeFault: there is one.
    """
    for first in (listed := list(faults))[:1]:
        more = f" (and {len(listed) - 1} more: calcinosis knowledge check)" if len(listed) > 1 else ""
        fault = KnowledgeFault(
            first.what + more, where=first.where, expected=first.expected, remedy=first.remedy
        )
        fault.every = tuple(listed)
        raise fault


def read_yaml(path: Path) -> Any:
    """A YAML file as plain objects.

    Raises:
        KnowledgeFault: it cannot be read, is no YAML, or says a key twice.
    """
    import yaml

    try:
        return yaml.load(path.read_bytes(), Loader=_loader())  # noqa: S506 - a safe loader
    except OSError as error:
        raise KnowledgeFault(f"cannot be read: {error}", where=str(path)) from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}, line {mark.line + 1}" if mark else str(path)
        raise KnowledgeFault(f"cannot be read: {getattr(error, 'problem', error)}", where=where) from error


@lru_cache(maxsize=1)
def _loader() -> type[Any]:
    """The safe loader of YAML, which of a key that stands twice would keep the last in silence."""
    import yaml

    class Loader(yaml.CSafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
            seen: set[str] = set()
            for key, _ in node.value:
                if key.value in seen:
                    problem = f"the key {key.value!r} stands twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key.start_mark)
                seen.add(key.value)
            return super().construct_mapping(node, deep)

    return Loader


class Reader:
    """Reads the files of a folder and gathers what is wrong with them, so that no fault hides the next.

    What cannot be read is left out or empty: nothing is made of it, since `refuse` comes first.

    Attributes:
        faults: what was wrong so far.
        places: entry -> the files it stands in, from the folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[KnowledgeFault] = []
        self.places: dict[str, tuple[str, ...]] = {}

    @contextmanager
    def gathering(self) -> Iterator[None]:
        """Keep a fault of what is done here instead of raising it."""
        try:
            yield
        except KnowledgeFault as fault:
            self.faults.append(fault)

    def one(self, name: str, shape: type[T]) -> T:
        """The entry that a file holds."""
        return next(iter(self.each(name, shape)), cast("T", None))

    def each(self, pattern: str, shape: type[T]) -> list[T]:
        """The entries of files that hold one each."""
        return [
            entry
            for path in self._paths(pattern)
            for held in self._read(path)
            for entry in self.fitted(held, shape, path)
        ]

    def entries(self, pattern: str, key: str, shape: type[T], *, alone: bool = False) -> list[T]:
        """The entries of files that hold a list of them under `key`, or with `alone` the entry itself."""
        return [
            entry
            for path in self._paths(pattern)
            for held in self._read(path)
            for way, item in self._items(held, key, path, alone=alone)
            for entry in self.fitted(item, shape, path, way)
        ]

    def rows(self, name: str) -> Iterator[tuple[str, dict[str, str]]]:
        """Rows of a CSV by column, each with its place; lines that begin with # are remarks."""
        path = self.folder / name
        with self.gathering():
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise KnowledgeFault(f"cannot be read: {error}", where=str(path)) from error
            lines = list(_unremarked(text))
            listed = csv.DictReader(line for _, line in lines)
            for row in listed:
                yield f"{path}, line {lines[listed.line_num - 1][0]}", row

    def keyed(self, entries: Iterable[T]) -> dict[str, T]:
        """Entries by id; of an id that stands twice, the first."""
        found: dict[str, T] = {}
        for entry in entries:
            name = str(getattr(entry, "id"))  # noqa: B009
            if name in found:
                where = [line for file in self.places[name] for line in ids(self.folder / file, name)]
                self.faults.append(KnowledgeFault(f"id {name!r} stands twice", where=" and ".join(where)))
            found.setdefault(name, entry)
        return found

    def note(self, name: str, file: str) -> None:
        """Remember that an entry stands in a file."""
        if name and file not in self.places.get(name, ()):
            self.places[name] = (*self.places.get(name, ()), file)

    def _paths(self, pattern: str) -> list[Path]:
        return sorted(self.folder.glob(pattern)) if "*" in pattern else [self.folder / pattern]

    def _read(self, path: Path) -> list[Any]:
        try:
            return [read_yaml(path)]
        except KnowledgeFault as fault:
            self.faults.append(fault)
            return []

    def _items(self, held: Any, key: str, path: Path, *, alone: bool) -> list[tuple[Way, Any]]:
        if alone and isinstance(held, dict) and key not in held:
            return [((), held)]
        if isinstance(held, dict) and isinstance(held.get(key), list):
            return [((key, place), item) for place, item in enumerate(held[key])]
        self.faults.append(
            KnowledgeFault("the list is missing", where=str(path), expected=f"a list under {key!r}")
        )
        return []

    def fitted(self, held: Any, shape: type[T], path: Path, way: Way = ()) -> list[T]:
        """Plain objects as `shape`, the criteria and formulas in them parsed; nothing where they do not fit.

        `way` leads to them in the file. Of a list, items that do not fit are left out, each with its fault.
        """
        left = self._with_trees(held, path, way)
        places: dict[Way, list[int]] = {}
        while True:
            try:
                entry = msgspec.convert(left, shape)
            except msgspec.ValidationError as error:
                what, inner = said(error)
                cut = _outermost(left, inner)
                true = inner if cut is None else _cut(left, inner, cut, places)
                self.faults.append(_misfit(what, held, shape, path, way, true))
                if cut is None:
                    return []
            else:
                self._noted(entry, path)
                return [entry]

    def _noted(self, entry: Any, path: Path) -> None:
        listed = [inner for key in _LISTS for inner in getattr(entry, key, ())]
        for inner in (entry, *listed):
            self.note(getattr(inner, "id", ""), path.relative_to(self.folder).as_posix())

    def _with_trees(self, held: Any, path: Path, way: Way, entry: str = "") -> Any:
        """The objects with a tree for each criterion and formula; `entry` is the nearest id above."""
        if isinstance(held, list):
            return [self._with_trees(item, path, (*way, place), entry) for place, item in enumerate(held)]
        if not isinstance(held, dict):
            return held
        entry = str(held.get("id", entry))
        return {
            key: self._tree(key, inner, path, (*way, key), entry)
            if key in READ
            else self._with_trees(inner, path, (*way, key), entry)
            for key, inner in held.items()
        }

    def _tree(self, key: str, written: Any, path: Path, way: Way, entry: str) -> Node | Expression:
        try:
            return READ[key](written, entry)
        except KnowledgeFault as fault:
            self.faults.append(
                KnowledgeFault(f"{entry}: {fault.what}", where=line_of(path, way), expected=fault.expected)
            )
            return Number(0.0) if key == "expression" else Leaf("?")


def _unremarked(text: str) -> Iterator[tuple[int, str]]:
    lines = text.splitlines(keepends=True)
    return ((number, line) for number, line in enumerate(lines, 1) if not line.startswith("#"))


def _outermost(held: Any, way: Way) -> int | None:
    """How deep on the way the first item of a list is that is an entry of its own."""
    for depth, step in enumerate(way):
        held = held[step]
        if isinstance(step, int) and isinstance(held, dict):
            return depth
    return None


def _cut(held: Any, way: Way, depth: int, places: dict[Way, list[int]]) -> Way:
    """Take the item at that depth out of its list; the way as it was before anything was taken out."""
    for step in way[:depth]:
        held = held[step]
    listed = places.setdefault(way[:depth], list(range(len(held))))
    place = cast("int", way[depth])
    held.pop(place)
    return (*way[:depth], listed.pop(place), *way[depth + 1 :])


def _misfit(what: str, held: Any, shape: Any, path: Path, way: Way, inner: Way) -> KnowledgeFault:
    odd = strange(what)
    near = meant(odd, shape, inner)
    hint = f"; did you mean {near!r}?" if near else ""
    entry = entry_of(held, inner)
    text = f"{entry}: {what}{hint}" if entry else what + hint
    unknown = (odd,) if "unknown field" in what else ()
    return KnowledgeFault(text, where=line_of(path, (*way, *inner, *unknown)))
