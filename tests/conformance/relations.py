"""Typed rows as tables of a database: a column for each field, named and typed as the field is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import duckdb
import msgspec
from msgspec import Struct

from calcinosis.criteria import Limits

_TYPES = {str: "VARCHAR", bool: "BOOLEAN", int: "BIGINT", float: "DOUBLE", datetime: "TIMESTAMP"}
_TREE = "JSON"


def quoted(name: str) -> str:
    """A name of a table or column, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'


def text(word: str) -> str:
    """A word as SQL writes it."""
    return "'" + word.replace("'", "''") + "'"


def columns(of: type[Struct]) -> dict[str, str]:
    """Name and type of each column; limits are four, and a tree is stored as it is encoded."""
    return {
        name: written
        for field, hint in get_type_hints(of).items()
        for name, written in (
            columns(Limits).items() if hint is Limits else [(field, _type(hint))]  # the four sides
        )
    }


def _type(hint: Any) -> str:
    if get_origin(hint) in (Union, UnionType):
        kinds = [one for one in get_args(hint) if one is not NoneType]
        return _type(kinds[0]) if len(kinds) == 1 else _TREE
    if get_origin(hint) is Literal:
        return _TYPES[str]
    if get_origin(hint) is tuple:
        return f"{_type(get_args(hint)[0])}[]"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return _TYPES[str]
    return _TYPES.get(hint, _TREE)


def create(database: duckdb.DuckDBPyConnection, table: str, of: type[Struct]) -> None:
    """An empty table for rows of this type."""
    listed = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns(of).items())
    database.execute(f"CREATE OR REPLACE TABLE {quoted(table)} ({listed})")


def insert(database: duckdb.DuckDBPyConnection, table: str, of: type[Struct], rows: Iterable[Struct]) -> None:
    """Add the rows to their table."""
    kinds = columns(of)
    values = [list(column) for column in zip(*(tuple(_values(row, kinds)) for row in rows), strict=True)]
    if values:
        listed = ", ".join(f"unnest(?::{kind}[])" for kind in kinds.values())
        database.execute(f"INSERT INTO {quoted(table)} SELECT {listed}", values)


def _values(row: Struct, kinds: dict[str, str]) -> Iterator[Any]:
    for field in row.__struct_fields__:
        value = getattr(row, field)
        if isinstance(value, Limits):
            yield from _values(value, kinds)
        elif kinds[field] == _TREE:
            yield None if value is None else msgspec.json.encode(value).decode()
        else:
            yield list(value) if isinstance(value, tuple) else value


def rows(database: duckdb.DuckDBPyConnection, query: str) -> Sequence[tuple[Any, ...]]:
    """What a query gives."""
    return database.execute(query).fetchall()
