"""Criteria have three values: met, not met, unknown. Unknown is never treated as not met.

The tables are those of Kleene's strong logic (Introduction to Metamathematics, 1952, section 64).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis.criteria import (
    Branch,
    Certain,
    Compare,
    Environment,
    Is,
    Leaf,
    Limits,
    Named,
    Node,
    leaves,
    parse,
)
from calcinosis.criteria import verdict as criterion_verdict
from calcinosis.errors import KnowledgeFault
from calcinosis.model import Finding, Findings, Interval, Status, Verdict
from conformance.engines import Engine

T, F, U = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN

AND = {(T, T): T, (T, F): F, (T, U): U, (F, T): F, (F, F): F, (F, U): F, (U, T): U, (U, F): F, (U, U): U}
OR = {(T, T): T, (T, F): T, (T, U): T, (F, T): T, (F, F): F, (F, U): U, (U, T): T, (U, F): U, (U, U): U}


NAMES = "abcdef"
STATUS = {T: Status.PRESENT, F: Status.ABSENT, U: Status.UNKNOWN}


def environment(statuses: Mapping[str, Status]) -> Environment:
    return Environment(
        Findings({name: Finding(id=name, status=status) for name, status in statuses.items()}, {})
    )


def verdict(engine: Engine, operator: str, verdicts: Sequence[Verdict], needed: int = 0) -> Verdict:
    """What an operator makes of parts with these verdicts."""
    statuses = {name: STATUS[one] for name, one in zip(NAMES, verdicts, strict=False)}
    node = Branch(operator, tuple(map(Leaf, statuses)), needed)
    (found,) = engine.verdicts(node, [environment(statuses)], {})
    return found


@pytest.mark.parametrize(("pair", "expected"), AND.items())
def test_all_is_not_met_as_soon_as_one_part_is_not_met(engine, pair, expected):
    assert verdict(engine, "all", pair) is expected


@pytest.mark.parametrize(("pair", "expected"), OR.items())
def test_any_is_met_as_soon_as_one_part_is_met(engine, pair, expected):
    assert verdict(engine, "any", pair) is expected


@pytest.mark.parametrize(("verdict_of_part", "expected"), [(T, F), (F, T), (U, U)])
def test_none_of_one_is_its_negation_and_unknown_stays_unknown(engine, verdict_of_part, expected):
    assert verdict(engine, "none", [verdict_of_part]) is expected


@pytest.mark.parametrize("verdicts", list(product([T, F, U], repeat=4)))
@pytest.mark.parametrize("needed", [1, 2, 3, 4])
def test_at_least_counts_and_stays_unknown_while_the_count_can_still_be_reached(engine, needed, verdicts):
    met, open_ = verdicts.count(T), verdicts.count(U)
    expected = T if met >= needed else F if met + open_ < needed else U
    assert verdict(engine, "at_least", verdicts, needed) is expected


def test_of_nothing_all_is_met_and_any_is_not(engine):
    assert verdict(engine, "all", []) is T
    assert verdict(engine, "any", []) is F


@pytest.mark.parametrize(("status", "expected"), [("present", T), ("absent", F), ("unknown", F)])
def test_what_is_unknown_is_not_certain(engine, status, expected):
    known = environment({"a": Status(status)})
    assert engine.verdicts(Certain(Leaf("a")), [known], {}) == [expected]


@pytest.mark.parametrize(
    ("limits", "low", "high", "expected"),
    [
        (Limits(above=2.0), 2.0, 2.0, F),
        (Limits(above=2.0), 2.5, 2.5, T),
        (Limits(above=2.0), 2.0, 3.0, U),
        (Limits(at_least=2.0), 2.0, 3.0, T),
        (Limits(at_least=2.0), -inf, 2.0, U),
        (Limits(below=2.0), 2.0, inf, F),
        (Limits(below=2.0), -inf, 2.0, U),
        (Limits(at_most=2.0), -inf, 2.0, T),
        (Limits(at_most=2.0), 3.0, inf, F),
        (Limits(at_least=18.0, below=65.0), 18.0, 64.0, T),
        (Limits(at_least=18.0, below=65.0), 18.0, 65.0, U),
        (Limits(at_least=18.0, below=65.0), 65.0, 65.0, F),
        (Limits(), 1.0, 2.0, T),
    ],
)
def test_a_number_keeps_limits_where_all_that_it_may_be_does(engine, limits, low, high, expected):
    known = Environment(Findings({}, {}), {"age": Interval(low, high)})
    assert engine.verdicts(Compare("age", limits), [known], {}) == [expected]


@pytest.mark.parametrize(("quantity", "word"), [("age", "sex"), ("weight", "sex"), ("renal", "sex")])
def test_what_is_not_recorded_is_unknown(engine, quantity, word):
    nothing = [Environment(Findings({}, {}))]
    assert engine.verdicts(Compare(quantity, Limits(above=0.0)), nothing, {}) == [U]
    assert engine.verdicts(Is(word, "female"), nothing, {}) == [U]


@pytest.mark.parametrize(("recorded", "expected"), [("female", T), ("male", F)])
def test_a_word_is_the_one_that_is_recorded(engine, recorded, expected):
    known = Environment(Findings({}, {}), {}, {"sex": recorded})
    assert engine.verdicts(Is("sex", "female"), [known], {}) == [expected]


@pytest.mark.parametrize("given_", [T, F, U])
def test_a_reference_is_the_verdict_of_what_it_names(engine, given_):
    named = Named("cause", "other")
    assert engine.verdicts(named, [environment({})], {named: given_}) == [given_]


@pytest.mark.parametrize(
    "tree",
    [{"all": []}, {"some": ["a"]}, {"all": ["a"], "any": ["b"]}, 7, {"at_least": 2}, {"none": "a"}],
)
def test_a_tree_that_is_none_is_refused_with_its_place(tree):
    with pytest.raises(KnowledgeFault, match="cause x"):
        parse(tree, "cause x")


@st.composite
def trees_naming_each_finding_once(draw):
    """A random tree over at most six findings, each of them once."""
    names = iter(draw(st.permutations(["a", "b", "c", "d", "e", "f"]))[: draw(st.integers(1, 6))])
    nodes: list[Node] = [Leaf(name) for name in names]
    while len(nodes) > 1:
        size = draw(st.integers(1, len(nodes)))
        parts, nodes = tuple(nodes[:size]), nodes[size:]
        operator = draw(st.sampled_from(["all", "any", "none", "at_least"]))
        nodes.append(Branch(operator, parts, draw(st.integers(1, len(parts)))))
        if size == 1 and len(nodes) == 1:
            break
    return nodes[0]


def completed(node: Node, known: dict[str, Status]) -> list[dict[str, Status]]:
    """What is known, with every way to fill in what is not."""
    open_ = [name for name in leaves(node) if known.get(name, Status.UNKNOWN) is Status.UNKNOWN]
    return [
        {**known, **dict(zip(open_, filled, strict=False))}
        for filled in product([Status.PRESENT, Status.ABSENT], repeat=len(dict.fromkeys(open_)))
    ]


def answers(engine: Engine, node: Node, known: dict[str, Status]) -> tuple[Verdict, set[Verdict]]:
    """The answer to what is known, and the answers to all completions of it."""
    asked = [environment(one) for one in (known, *completed(node, known))]
    answer, *others = engine.verdicts(node, asked, {})
    return answer, set(others)


@given(trees_naming_each_finding_once(), st.data())
def test_by_enumeration_the_answer_is_the_common_answer_of_all_completions(engine, node, data):
    """For criteria in which each finding occurs once; unknown exactly when completions differ."""
    known = {name: data.draw(st.sampled_from(list(Status))) for name in leaves(node)}
    answer, others = answers(engine, node, known)
    assert answer is (others.pop() if len(others) == 1 else U)


@given(trees_naming_each_finding_once(), st.data())
def test_a_definite_answer_on_a_partial_record_is_never_contradicted_by_more(engine, node, data):
    """Also where a finding occurs twice: a definite answer stands whatever else is found."""
    twice = Branch(data.draw(st.sampled_from(["all", "any", "none"])), (node, node))
    known = {name: data.draw(st.sampled_from(list(Status))) for name in leaves(node)}
    answer, others = answers(engine, twice, known)
    if answer is not U:
        assert others == {answer}


@pytest.mark.parametrize(
    ("operator", "needed", "first"),
    [("all", 0, "b"), ("any", 0, "a"), ("none", 0, "a"), ("at_least", 1, "a")],
)
def test_the_verdict_alone_asks_for_no_part_behind_the_one_that_decides(operator, needed, first):
    node = Branch(operator, (Leaf(first), Named("cause", "never_asked")), needed)
    known = environment({"a": Status.PRESENT, "b": Status.ABSENT})
    assert criterion_verdict(node, known, lambda named: pytest.fail(f"asked for {named}")) is not U
