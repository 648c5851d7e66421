"""The plan read by a database, for many persons at once: walks the steps and keeps each relation as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, get_args

import duckdb
from msgspec import Struct

from calcinosis.criteria import CriterionId, Environment, Named, Node, leaves, named
from calcinosis.criteria.expression import Expression
from calcinosis.criteria.tree import Quantity
from calcinosis.findings.index import index_of
from calcinosis.findings.plan import PLAN
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.tables import Tables
from calcinosis.model import Finding, Findings, Interval, Status, Verdict

from . import dictionaries, environment, formulas
from .relations import create, insert, quoted, rows, text
from .rows import RELATIONS, Case, rows_of
from .steps import printed
from .to_sql import of_shelf, to_sql

Ends = tuple[float, float]
QUANTITIES: tuple[Quantity, ...] = get_args(Quantity)
STATUS = {True: Status.PRESENT, False: Status.ABSENT, None: Status.UNKNOWN}
TRUTH = {status: truth for truth, status in STATUS.items()}
VERDICT = {True: Verdict.MET, False: Verdict.NOT_MET, None: Verdict.UNKNOWN}
OF_VERDICT = {verdict: truth for truth, verdict in VERDICT.items()}


class Told(Struct, frozen=True):
    """A finding that is given and not found."""

    person: int
    finding: str
    status: bool | None


def opened() -> duckdb.DuckDBPyConnection:
    """A database in memory, on one core: many small queries are slower on more."""
    database = duckdb.connect()
    database.execute("SET threads = 1")
    return database


def load_tables(database: duckdb.DuckDBPyConnection, tables: Tables) -> None:
    """The eleven tables of the knowledge, as they are."""
    for name in tables.__struct_fields__:
        held: Sequence[Struct] = getattr(tables, name)
        create(database, name, type(held[0]))
        insert(database, name, type(held[0]), held)


class Reader:
    """One database with the knowledge loaded; what it holds of persons is what was read last."""

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge
        self.index = index_of(knowledge)
        self.database = opened()
        load_tables(self.database, knowledge.tables)
        dictionaries.create_all(self.database)
        environment.load(self.database, knowledge)
        self.steps = [(step, printed(step, knowledge.tables)) for step in PLAN]

    def read(self, cases: Iterable[Case]) -> None:
        """Everything that the plan gives for these records."""
        made = rows_of(cases, self.index)
        for name, of in RELATIONS.items():
            create(self.database, name, of)
            insert(self.database, name, of, getattr(made, name))
        self.run()

    def run(self) -> None:
        """Each step on what the steps before it gave."""
        for step, queries in self.steps:
            for dictionary in step.dictionaries:
                for relation in step.reads:
                    dictionaries.ask(self.database, dictionary, relation, self.index)
            for query in queries:
                self.database.execute(f"CREATE OR REPLACE TABLE {quoted(step.gives)} AS {query}")

    def findings(self, cases: Sequence[Case]) -> list[Findings]:
        """The findings of each record."""
        self.read(cases)
        found: list[dict[str, Finding]] = [{} for _ in cases]
        measured: list[dict[str, Finding]] = [{} for _ in cases]
        for person, name, status, *number, reason, derived in rows(self.database, _FINDINGS):
            found[person][name] = Finding(
                id=name, status=STATUS[status], reason=reason or "", derived=derived or "", **_number(*number)
            )
        for person, name, usable, *number, reason in rows(self.database, _MEASURED):
            status = Status.PRESENT if usable else Status.UNKNOWN
            measured[person][name] = Finding(id=name, status=status, reason=reason, **_number(*number))
        terms = self.knowledge.contents.findings
        return [Findings(of, values, terms) for of, values in zip(found, measured, strict=True)]

    def verdicts_of_read(self) -> list[dict[CriterionId, Verdict]]:
        """The verdict of every criterion for each person that was read last."""
        return self._verdicts(environment.query(self.knowledge.contents.treatment.dosing))

    def verdicts(self, environments: Sequence[Environment]) -> list[dict[CriterionId, Verdict]]:
        """The verdict of every criterion in each environment."""
        told = (
            Told(person, name, TRUTH[one.findings.status(name)])
            for person, one in enumerate(environments)
            for name in one.findings.by_id
        )
        create(self.database, "finding", Told)
        insert(self.database, "finding", Told, told)
        source, values = _table(_numbers(environments))
        return self._verdicts(f"SELECT *, place AS person FROM ({source})", values)

    def _verdicts(self, numbers: str, values: Sequence[list[Any]] = ()) -> list[dict[CriterionId, Verdict]]:
        """All criteria on the findings as columns, with the numbers of each person beside them."""
        shelf = self.knowledge.shelf
        terms = dict.fromkeys(name for tree in shelf.trees.values() for name in leaves(tree))
        pivoted = (
            "SELECT * FROM (SELECT person, finding, status FROM finding)"
            f" PIVOT (bool_or(status) FOR finding IN ({', '.join(map(text, terms))}) GROUP BY person)"
        )
        query = of_shelf(shelf, f"SELECT * FROM ({numbers}) LEFT JOIN ({pivoted}) USING (person)")
        keys = [*shelf.trees, *shelf.members]
        listed = ", ".join(quoted(str(key)) for key in keys)
        found = self.database.execute(
            f"SELECT {listed} FROM ({query}) ORDER BY person", list(values)
        ).fetchall()
        return [{key: VERDICT[value] for key, value in zip(keys, row, strict=True)} for row in found]

    def judged(
        self, node: Node, environments: Sequence[Environment], given: Mapping[Named, Verdict]
    ) -> list[Verdict]:
        """The verdict of one tree in each environment, references to other criteria taken as given."""
        columns = _numbers(environments)
        for name in dict.fromkeys(leaves(node)):
            columns[name] = "BOOLEAN", [TRUTH[one.findings.status(name)] for one in environments]
        for one in named(node):
            if one in given:
                columns[str(CriterionId(one.kind, one.id))] = (
                    "BOOLEAN",
                    [OF_VERDICT[given[one]]] * len(environments),
                )
        return [VERDICT[truth] for (truth,) in self._select([to_sql(node)], columns)]

    def computed(
        self, expression: Expression, values: Mapping[str, Ends]
    ) -> tuple[float | None, float | None, float | None]:
        """The ends of a formula on intervals; and its number, where every value is one."""
        columns: Columns = {}
        for name, ends in values.items():
            columns |= _ends(name, [ends])
        asked = [quoted(f"result {end}") for end in ("low", "high")] + [quoted("result")]
        ((low, high, number),) = self._select(asked, columns, formulas.compiled(expression, "{}"))
        return low, high, number

    def _select(self, asked: Sequence[str], columns: Columns, query: str = "{}") -> list[tuple[Any, ...]]:
        """What is asked of a query on a table of these columns, in their order."""
        source, values = _table(columns)
        sql = f"SELECT {', '.join(asked)} FROM ({query.replace('{}', source)}) ORDER BY place"
        return self.database.execute(sql, values).fetchall()


_FINDINGS = "SELECT person, finding, status, value, low, high, unit, reason, derived FROM finding"
_MEASURED = """
SELECT person, analyte, low IS NOT NULL OR word <> '', value, low, high, unit,
    CASE WHEN low IS NULL AND word = '' THEN 'recorded, but not usable' WHEN flag <> '' THEN flag ELSE why END
FROM judged WHERE shown
"""


def _number(value: float | None, low: float | None, high: float | None, unit: str | None) -> dict[str, Any]:
    if low is None or high is None:
        return {}
    interval = Interval(low, high)
    return {"value": value, "interval": None if interval.is_exact else interval, "unit": unit}


# Name of a column -> its type and its values.
Columns = dict[str, tuple[str, list[Any]]]


def _table(columns: Columns) -> tuple[str, list[list[Any]]]:
    """A query that gives these columns, and in `place` the number of each row; and its parameters."""
    count = max((len(values) for _, values in columns.values()), default=1)
    listed = [f"unnest(?::{kind}[]) AS {quoted(name)}" for name, (kind, _) in columns.items()]
    return (
        f"SELECT {', '.join([f'unnest(range({count})) AS place', *listed])}",
        [values for _, values in columns.values()],
    )


def _numbers(environments: Sequence[Environment]) -> Columns:
    """The numbers and words of environments."""
    columns: Columns = {"sex": ("VARCHAR", [one.words.get("sex") for one in environments])}
    for name in QUANTITIES:
        columns |= _ends(name, [one.quantities.get(name) for one in environments])
    return columns


def _ends(name: str, values: Sequence[Ends | Interval | None]) -> Columns:
    ends = [(one.low, one.high) if isinstance(one, Interval) else one or (None, None) for one in values]
    lows, highs = zip(*ends, strict=True)
    return {f"{name} low": ("DOUBLE", list(lows)), f"{name} high": ("DOUBLE", list(highs))}
