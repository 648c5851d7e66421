"""Each reader handles all that plan and criteria can say, and a step asks for nothing but what it declares."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random
from typing import get_args

import duckdb
import pytest
from msgspec import Struct
from msgspec.structs import replace

from calcinosis.criteria import Branch, Certain, Compare, Environment, Is, Leaf, Limits, Named, Node
from calcinosis.criteria.expression import Expression, Number, Operation, Reference
from calcinosis.criteria.expression import Operator as Arithmetic
from calcinosis.criteria.tree import Attribute, Operator, Quantity
from calcinosis.findings import of_one
from calcinosis.findings.index import Index
from calcinosis.findings.plan import PLAN, Lookup, Relation, Step, Table
from calcinosis.knowledge import Knowledge
from calcinosis.model import Findings, Interval, Verdict
from conformance import dictionaries, steps
from conformance.duckdb_reader import Reader, load_tables, opened
from conformance.patients import Maker
from conformance.relations import create, quoted
from conformance.rows import RELATIONS

NODES: dict[type, list[Node]] = {
    Leaf: [Leaf("a")],
    Named: [Named("cause", "other")],
    Compare: [Compare(one, Limits(above=1.0)) for one in get_args(Quantity)],
    Is: [Is(one, "female") for one in get_args(Attribute)],
    Certain: [Certain(Leaf("a"))],
    Branch: [Branch(one, (Leaf("a"), Leaf("b")), 1) for one in get_args(Operator)],
}
EXPRESSIONS: dict[type, list[Expression]] = {
    Number: [Number(2.0)],
    Reference: [Reference("a")],
    Operation: [Operation(one, (Reference("a"), Number(2.0))) for one in get_args(Arithmetic)],
}


def kinds(of: type[Step]) -> Iterator[type[Step]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize("handled", [of_one.STEPS, steps.STEPS], ids=["python", "duckdb"])
def test_every_kind_of_step_is_handled(handled):
    assert set(handled) == set(kinds(Step))


def test_every_kind_of_node_and_expression_has_its_example():
    assert set(NODES) == set(get_args(Node))
    assert set(EXPRESSIONS) == set(get_args(Expression))


@pytest.mark.parametrize("node", [one for listed in NODES.values() for one in listed], ids=str)
def test_every_kind_of_node_is_handled(engine, node):
    given = {Named("cause", "other"): Verdict.UNKNOWN}
    assert engine.verdicts(node, [Environment(Findings({}, {}))], given) in (
        [Verdict.UNKNOWN],
        [Verdict.NOT_MET],
    )


@pytest.mark.parametrize("formula", [one for listed in EXPRESSIONS.values() for one in listed], ids=str)
def test_every_kind_of_expression_is_handled(engine, formula):
    assert engine.number(formula, {"a": 3.0}) is not None
    assert engine.interval(formula, {"a": Interval(1.0, 3.0)}) is not None


def test_the_plan_gives_every_relation_and_uses_every_table_and_dictionary():
    assert {"observation", *(step.gives for step in PLAN)} == set(get_args(Relation))
    assert {table for step in PLAN for table in step.tables} == set(get_args(Table))
    assert {name for step in PLAN for name in step.dictionaries} == set(get_args(Lookup))


@pytest.fixture(scope="module")
def whole(knowledge: Knowledge) -> dict[str, list[str]]:
    """The columns of each relation, table and dictionary, as CREATE TABLE words them."""
    database = opened()
    load_tables(database, knowledge.tables)
    dictionaries.create_all(database)
    for name, of in RELATIONS.items():
        create(database, name, of)
    for step in PLAN:
        for query in steps.printed(step, knowledge.tables):
            database.execute(f"CREATE OR REPLACE TABLE {quoted(step.gives)} AS {query}")
    listed = database.execute("SELECT table_name, sql FROM duckdb_tables()").fetchall()
    return dict(listed)


def stored(names: set[str]) -> set[str]:
    """The tables of relations: observations with their codes and sites are three; each step may ask the patient."""
    observed = {name for name in RELATIONS if name.startswith("observation")}
    return {"patient", *names, *(observed if "observation" in names else ())}


def binds(step: Step, names: set[str], whole: dict[str, str], knowledge: Knowledge) -> bool:
    """Whether the SQL of a step is understood where there is nothing but these tables."""
    database = opened()
    for name in stored(names):
        database.execute(whole[name])
    try:
        for query in steps.printed(step, knowledge.tables):
            database.execute(f"CREATE OR REPLACE TABLE {quoted(step.gives)} AS {query}")
    except duckdb.CatalogException:
        return False
    return True


@pytest.mark.parametrize("step", PLAN, ids=lambda step: f"{type(step).__name__} {step.gives}")
def test_a_step_asks_for_what_it_declares_and_for_nothing_else(step, whole, knowledge):
    names = {*step.reads, *step.tables, *step.dictionaries}
    assert binds(step, names, whole, knowledge)
    assert [name for name in names if binds(step, names - {name}, whole, knowledge)] == []


def test_a_dictionary_is_asked_once_for_each_key(knowledge, monkeypatch):
    asked: list[tuple] = []

    def counting(name: Lookup, answers: Callable) -> Callable:
        def of(key: tuple, index: Index) -> Iterator[Struct]:
            asked.append((name, *key))
            return answers(key, index)

        return of

    for name, one in dictionaries.DICTIONARIES.items():
        counted = replace(one, answers=counting(name, one.answers))
        monkeypatch.setitem(dictionaries.DICTIONARIES, name, counted)
    reader, made = Reader(knowledge), Maker(knowledge)
    cases = [made.case(Random(number)) for number in range(60)]
    reader.read(cases)
    reader.read([*cases, *cases])
    assert {name for name, *_ in asked} == set(get_args(Lookup))
    assert len(asked) == len(set(asked))
