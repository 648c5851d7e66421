"""The readers of the plan behind one interface, so that one specification holds for each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from calcinosis.conclusions.treatment.person import environment, person
from calcinosis.criteria import (
    CriterionId,
    Environment,
    Evaluation,
    Named,
    Node,
    Result,
    evaluate,
    expression,
    verdict,
)
from calcinosis.criteria.expression import Expression
from calcinosis.findings.age import aged
from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import Knowledge
from calcinosis.model import Findings, Ignored, Interval, Verdict

from .rows import Case

Given = Mapping[Named, Verdict]
Verdicts = Mapping[CriterionId, Verdict]
EXPLAINS = "SQL finds who; the one-patient engine explains whom you ask for"


class Engine(Protocol):
    """A reader: findings of records, verdicts of criteria, values of formulas.

    A case is a record with the day on which it is read.
    """

    name: str

    def findings(self, *cases: Case) -> list[Findings]:
        """The findings of each case."""

    def ignored(self, case: Case) -> Sequence[Ignored]:
        """What of a record could not be used, and why."""

    def concluded(self, *cases: Case) -> list[Verdicts]:
        """The verdict of every criterion of the knowledge base for each case."""

    def shelf(self, *environments: Environment) -> list[Verdicts]:
        """The verdict of every criterion of the knowledge base in each environment."""

    def verdicts(self, node: Node, environments: Sequence[Environment], given: Given) -> list[Verdict]:
        """The verdict of a tree in each environment, references to other criteria taken as given."""

    def interval(self, formula: Expression, values: Mapping[str, Interval]) -> Interval | None:
        """A formula on intervals."""

    def number(self, formula: Expression, values: Mapping[str, float]) -> float | None:
        """A formula on numbers."""


class PythonEngine:
    """The reader for one patient, which keeps its reasons."""

    name = "python"

    def __init__(self, knowledge: Knowledge) -> None:
        self.knowledge = knowledge

    def findings(self, *cases: Case) -> list[Findings]:
        return [self._read(case)[0] for case in cases]

    def ignored(self, case: Case) -> Sequence[Ignored]:
        return self._read(case)[1]

    def _read(self, case: Case) -> tuple[Findings, tuple[Ignored, ...]]:
        record, as_of = case
        return findings_of(record, knowledge=self.knowledge, as_of=as_of)

    def concluded(self, *cases: Case) -> list[Verdicts]:
        return self.shelf(*(self._environment(case) for case in cases))

    def _environment(self, case: Case) -> Environment:
        record, as_of = case
        found, _ = self._read(case)
        dosing = self.knowledge.contents.treatment.dosing
        return environment(found, person(found, aged(record.patient, as_of), dosing))

    def shelf(self, *environments: Environment) -> list[Verdicts]:
        keys = (*self.knowledge.shelf.trees, *self.knowledge.shelf.members)
        asked = [Evaluation(one, self.knowledge.shelf) for one in environments]
        return [{key: one.verdict(key) for key in keys} for one in asked]

    def verdicts(self, node: Node, environments: Sequence[Environment], given: Given) -> list[Verdict]:
        """By the way that keeps the reasons, which has to agree with the one that stops early."""

        def resolve(named: Named) -> Result:
            return Result(named.kind, given[named], named.id)

        kept = [evaluate(node, one, resolve).verdict for one in environments]
        short = [verdict(node, one, resolve) for one in environments]
        if kept != short:
            raise AssertionError(f"{kept} with reasons, {short} without")
        return kept

    def interval(self, formula: Expression, values: Mapping[str, Interval]) -> Interval | None:
        return expression.evaluate(formula, values)

    def number(self, formula: Expression, values: Mapping[str, float]) -> float | None:
        return expression.point(formula, values)


class DuckDBEngine:
    """The plan, tables and criteria as SQL, for many persons in one database."""

    name = "duckdb"

    def __init__(self, knowledge: Knowledge) -> None:
        from .duckdb_reader import Reader

        self.reader = Reader(knowledge)

    def findings(self, *cases: Case) -> list[Findings]:
        return self.reader.findings(cases)

    def ignored(self, case: Case) -> Sequence[Ignored]:
        raise NotImplementedError(EXPLAINS)

    def concluded(self, *cases: Case) -> list[Verdicts]:
        self.reader.read(cases)
        return [*self.reader.verdicts_of_read()]

    def shelf(self, *environments: Environment) -> list[Verdicts]:
        return [*self.reader.verdicts(environments)]

    def verdicts(self, node: Node, environments: Sequence[Environment], given: Given) -> list[Verdict]:
        return self.reader.judged(node, environments, given)

    def interval(self, formula: Expression, values: Mapping[str, Interval]) -> Interval | None:
        ends = {name: (value.low, value.high) for name, value in values.items()}
        low, high, _ = self.reader.computed(formula, ends)
        return None if low is None or high is None else Interval(low, high)

    def number(self, formula: Expression, values: Mapping[str, float]) -> float | None:
        *_, found = self.reader.computed(formula, {name: (value, value) for name, value in values.items()})
        return found


ENGINES: dict[str, Callable[[Knowledge], Engine]] = {"python": PythonEngine, "duckdb": DuckDBEngine}
