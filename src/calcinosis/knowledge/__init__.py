"""The knowledge base: loaded, checked, hashed, and asked by id or by code."""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from calcinosis.criteria import Shelf
from calcinosis.knowledge.contents import Contents
from calcinosis.knowledge.library import shelf_of
from calcinosis.knowledge.loading import contents
from calcinosis.knowledge.tables import Tables, tables_of
from calcinosis.knowledge.vocabulary import Vocabulary

T = TypeVar("T")

__all__ = ["Contents", "Knowledge", "load"]


class Knowledge:
    """The compiled contents with the indexes that the steps need, each built when first asked for."""

    def __init__(self, held: Contents) -> None:
        self.contents = held
        self._built: dict[str, Any] = {}
        self._settled = 0

    def built(self, name: str, build: Callable[[Knowledge], T]) -> T:
        """What `build` makes of this knowledge, made once; `name` is its key."""
        if name not in self._built:
            self._built[name] = build(self)
        return cast("T", self._built[name])

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What implies and excludes what, and what sort of thing each finding is."""
        return Vocabulary(self.contents.findings, self.contents.kinds)

    @cached_property
    def tables(self) -> Tables:
        """What findings are made with, as rows."""
        return tables_of(self.contents, self.vocabulary)

    @cached_property
    def shelf(self) -> Shelf:
        """Every criterion by its id."""
        return shelf_of(self.contents)

    def settle(self) -> None:
        """Take what was built since the last time out of every later garbage collection.

        The indexes live as long as the process; walking them again cost up to a tenth of a second in the
        middle of a consult. It freezes every object of the process, so only who owns the process calls it:
        the command line, a service, never the library.
        """
        if len(self._built) > self._settled:
            self._settled = len(self._built)
            gc.collect()
            gc.freeze()

    @property
    def digest(self) -> str:
        """The version that every report states."""
        return self.contents.digest

    def label(self, name: str) -> str:
        """The label of any entry; the id itself when nothing has that id."""
        held = self.contents
        for shelf in (held.findings, held.analytes):
            if name in shelf:
                return shelf[name].label
        named: tuple[dict[str, Any], ...] = (
            held.composites,
            held.causes,
            held.subtypes,
            held.forms,
            held.urgent,
            held.investigations,
            held.patterns,
        )
        for entries in named:
            if name in entries:
                return str(entries[name].name)
        return name

    def telling(self, finding: str) -> bool:
        """Whether a finding can speak for something by itself; age, sex, site and the like cannot."""
        term = self.contents.findings.get(finding)
        return term is not None and not self.contents.kinds[term.kind].circumstantial

    def citation(self, source: str) -> str:
        """The rendered reference of a source id."""
        return self.contents.citations.get(source, source)


@lru_cache(maxsize=4)
def load(folder: Path | None = None) -> Knowledge:
    """The knowledge base, loaded once a process.

    Args:
        folder: another folder than the one that ships.

    Raises:
        KnowledgeFault: a file is missing or malformed.
    """
    return Knowledge(contents(folder))
