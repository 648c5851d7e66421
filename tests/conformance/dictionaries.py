"""The dictionaries as tables: each distinct key that is new is asked once, and its answer is joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import duckdb
from msgspec import Struct
from msgspec.structs import astuple

from calcinosis.findings.dictionaries import (
    Answered,
    Said,
    Worded,
    answer,
    factor,
    judges,
    meaning,
    says,
    titre,
)
from calcinosis.findings.index import Index
from calcinosis.findings.plan import Lookup
from calcinosis.model import Assertion, Status

from .relations import create, insert, quoted, rows

# The unit of the record's own range: as written with it, else the one of the value.
OWN_UNIT = """coalesce(nullif(own_unit, ''), "current".unit, '')"""
OF_STATUS = {Status.PRESENT: True, Status.ABSENT: False, Status.UNKNOWN: None}


class MeaningRow(Struct, frozen=True):
    """One thing that a code means, `term` or `analyte`, with its match; of no kind where it means nothing."""

    system: str
    code: str
    display: str
    kind: str
    name: str
    match: str


class AnswerRow(Struct, frozen=True):
    """What a value in words or by code answers."""

    answer_system: str
    answer_code: str
    words: str
    answer: str


class TitreRow(Struct, frozen=True):
    """The number of a titre, in its unit; null of other words."""

    words: str
    number: float | None
    unit: str | None
    comparator: str


class FactorRow(Struct, frozen=True):
    """From a unit as written to the analyte's; null where it cannot be."""

    analyte: str
    unit: str
    factor: float | None


class SaysRow(Struct, frozen=True):
    """What one statement says of its term: true, false, or null for unknown."""

    assertion: str
    truth: bool | None
    answer: str
    interpretation: str
    missing: bool
    says: bool | None


class JudgesRow(Struct, frozen=True):
    """The flag of a result."""

    truth: bool | None
    answer: str
    interpretation: str
    flag: str


class Dictionary(Struct, frozen=True):
    """A function as a table. `key`: its columns; `asked`: relation -> query of the keys that occur in it."""

    row: type[Struct]
    key: tuple[str, ...]
    asked: Mapping[str, str]
    answers: Callable[[tuple[Any, ...], Index], Iterator[Struct]]


def _meanings(key: tuple[str, str, str], index: Index) -> Iterator[Struct]:
    found = meaning(*key, index)
    yield from (MeaningRow(*key, "term", name, match) for name, match in found.findings)
    yield from (MeaningRow(*key, "analyte", name, "") for name in found.analytes)
    if not found.findings and not found.analytes:
        yield MeaningRow(*key, "", "", "")


def _answers(key: tuple[str, str, str], index: Index) -> Iterator[Struct]:
    yield AnswerRow(*key, answer(Answered(*key), index))


def _titres(key: tuple[str], index: Index) -> Iterator[Struct]:
    found = titre(*key)
    yield TitreRow(*key, *(astuple(found) if found else (None, None, "")))


def _factors(key: tuple[str, str], index: Index) -> Iterator[Struct]:
    yield FactorRow(*key, factor(*key, index))


def _says(key: tuple[str, bool | None, str, str, bool], index: Index) -> Iterator[Struct]:
    assertion, *rest = key
    yield SaysRow(*key, OF_STATUS[says(Said(Assertion(assertion), *rest))])


def _judges(key: tuple[bool | None, str, str], index: Index) -> Iterator[Struct]:
    yield JudgesRow(*key, judges(Worded(*key)))


_RESULTS = 'SELECT truth, answer, interpretation FROM "{}"'
DICTIONARIES: dict[Lookup, Dictionary] = {
    "meaning": Dictionary(
        MeaningRow,
        ("system", "code", "display"),
        {"observation": "SELECT system, code, display FROM observation_code"},
        _meanings,
    ),
    "answer": Dictionary(
        AnswerRow,
        ("answer_system", "answer_code", "words"),
        {"observation": "SELECT answer_system, answer_code, words FROM observation"},
        _answers,
    ),
    "titre": Dictionary(
        TitreRow,
        ("words",),
        {"current": """SELECT words FROM "current" WHERE words <> ''"""},
        _titres,
    ),
    "factor": Dictionary(
        FactorRow,
        ("analyte", "unit"),
        {
            "current": f"""
SELECT * FROM (
    SELECT analyte, unnest(["current".unit, span_unit, titre.unit, {OWN_UNIT}]) AS unit
    FROM "current" LEFT JOIN titre USING (words)
) WHERE unit IS NOT NULL
"""
        },
        _factors,
    ),
    "says": Dictionary(
        SaysRow,
        ("assertion", "truth", "answer", "interpretation", "missing"),
        {
            "observation": """
SELECT assertion, truth, answer.answer, interpretation, missing
FROM observation JOIN answer USING (answer_system, answer_code, words)
"""
        },
        _says,
    ),
    "judges": Dictionary(
        JudgesRow,
        ("truth", "answer", "interpretation"),
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
