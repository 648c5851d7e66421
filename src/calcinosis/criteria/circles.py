"""Things that refer to each other, and where they go round in a circle."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def circles(names: Iterable[T], references: Callable[[T], Iterable[T]]) -> Iterator[tuple[T, ...]]:
    """Each way that comes back to where it was, its first name repeated at its end."""
    done: set[T] = set()

    def follow(name: T, way: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
        if name in way:
            yield (*way[way.index(name) :], name)
        elif name not in done:
            for reference in references(name):
                yield from follow(reference, (*way, name))
            done.add(name)

    for name in names:
        yield from follow(name, ())
