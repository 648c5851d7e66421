"""The dictionaries as tables: each distinct key that is new is asked once, and its answer is joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
from msgspec import Struct

from calcinosis.findings.dictionaries import Said, Worded, factor, judges, meaning, says
from calcinosis.findings.index import Index
from calcinosis.findings.plan import Lookup
from calcinosis.model import Assertion, Status

from .relations import create, insert, quoted, rows

OF_STATUS = {Status.PRESENT: True, Status.ABSENT: False, Status.UNKNOWN: None}


class MeaningRow(Struct, frozen=True):
    """One thing that a code means, `term` or `analyte`, and the assertions it may take from it."""

    system: str
    code: str
    kind: str
    name: str
    match: str


class FactorRow(Struct, frozen=True):
    """From a unit as written to the analyte's; null where it cannot be."""

    analyte: str
    unit: str
    factor: float | None


class SaysRow(Struct, frozen=True):
    """What one statement says of its term: true, false, or null for unknown."""

    assertion: str
    truth: bool | None
    said_word: str
    interpretation: str
    missing: bool
    says: bool | None


class JudgesRow(Struct, frozen=True):
    """The flag of a result."""

    truth: bool | None
    word: str
    interpretation: str
    flag: str


class Dictionary(Struct, frozen=True):
    """A function as a table. `key`: its columns; `asked`: relation -> query of the keys that occur in it."""

    row: type[Struct]
    key: tuple[str, ...]
    asked: Mapping[str, str]
    answers: Callable[[tuple[Any, ...], Index], Iterator[Struct]]


def _meanings(key: tuple[str, str], index: Index) -> Iterator[Struct]:
    found = meaning(*key, index)
    yield from (MeaningRow(*key, "term", name, match) for name, match in found.findings)
    yield from (MeaningRow(*key, "analyte", name, "") for name in found.analytes)


def _factors(key: tuple[str, str], index: Index) -> Iterator[Struct]:
    yield FactorRow(*key, factor(*key, index))


def _says(key: tuple[str, bool | None, str, str, bool], index: Index) -> Iterator[Struct]:
    assertion, *rest = key
    yield SaysRow(*key, OF_STATUS[says(Said(Assertion(assertion), *rest))])


def _judges(key: tuple[bool | None, str, str], index: Index) -> Iterator[Struct]:
    yield JudgesRow(*key, judges(Worded(*key)))


_RESULTS = 'SELECT truth, word, interpretation FROM "{}"'
DICTIONARIES: dict[Lookup, Dictionary] = {
    "meaning": Dictionary(
        MeaningRow,
        ("system", "code"),
        {"observation": "SELECT system, code FROM observation_code"},
        _meanings,
    ),
    "factor": Dictionary(
        FactorRow,
        ("analyte", "unit"),
        {
            "current": 'SELECT analyte, unit FROM "current" WHERE unit IS NOT NULL',
            "newest": "SELECT analyte, own_unit AS unit FROM newest WHERE own_unit IS NOT NULL",
        },
        _factors,
    ),
    "says": Dictionary(
        SaysRow,
        ("assertion", "truth", "said_word", "interpretation", "missing"),
        {"observation": "SELECT assertion, truth, said_word, interpretation, missing FROM observation"},
        _says,
    ),
    "judges": Dictionary(
        JudgesRow,
        ("truth", "word", "interpretation"),
        {name: _RESULTS.format(name) for name in ("current", "measurement")},
        _judges,
    ),
}


def create_all(database: duckdb.DuckDBPyConnection) -> None:
    """Empty dictionaries."""
    for name, dictionary in DICTIONARIES.items():
        create(database, name, dictionary.row)


def ask(database: duckdb.DuckDBPyConnection, name: Lookup, relation: str, index: Index) -> None:
    """Ask for each distinct key of a relation that was not asked before."""
    dictionary = DICTIONARIES[name]
    if relation not in dictionary.asked:
        return
    same = joined(name, "asked")
    keys = rows(
        database,
        f"SELECT DISTINCT asked.* FROM ({dictionary.asked[relation]}) AS asked"
        f" WHERE NOT EXISTS (SELECT 1 FROM {quoted(name)} WHERE {same})",
    )
    insert(database, name, dictionary.row, (row for key in keys for row in dictionary.answers(key, index)))


def joined(name: Lookup, to: str) -> str:
    """The condition that joins a dictionary to a relation with columns named as its key."""
    return " AND ".join(
        f"{quoted(name)}.{column} IS NOT DISTINCT FROM {quoted(to)}.{column}"
        for column in DICTIONARIES[name].key
    )
