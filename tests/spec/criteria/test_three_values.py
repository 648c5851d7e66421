"""Criteria have three values: met, not met, unknown. Unknown is never treated as not met.

The tables are those of Kleene's strong logic (Introduction to Metamathematics, 1952, section 64).
"""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis.criteria import Branch, Environment, Leaf, Named, Node, evaluate, kleene, leaves, parse
from calcinosis.criteria import verdict as criterion_verdict
from calcinosis.errors import KnowledgeFault
from calcinosis.model import Finding, Findings, Status, Verdict

T, F, U = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN

AND = {(T, T): T, (T, F): F, (T, U): U, (F, T): F, (F, F): F, (F, U): F, (U, T): U, (U, F): F, (U, U): U}
OR = {(T, T): T, (T, F): T, (T, U): T, (F, T): T, (F, F): F, (F, U): U, (U, T): T, (U, F): U, (U, U): U}


@pytest.mark.parametrize(("pair", "expected"), AND.items())
def test_all_is_not_met_as_soon_as_one_part_is_not_met(pair, expected):
    assert kleene.conjunction(pair) is expected


@pytest.mark.parametrize(("pair", "expected"), OR.items())
def test_any_is_met_as_soon_as_one_part_is_met(pair, expected):
    assert kleene.disjunction(pair) is expected


@pytest.mark.parametrize(("verdict", "expected"), [(T, F), (F, T), (U, U)])
def test_none_of_one_is_its_negation_and_unknown_stays_unknown(verdict, expected):
    assert kleene.exclusion([verdict]) is expected


@pytest.mark.parametrize("verdicts", list(product([T, F, U], repeat=4)))
@pytest.mark.parametrize("needed", [1, 2, 3, 4])
def test_at_least_counts_and_stays_unknown_while_the_count_can_still_be_reached(needed, verdicts):
    met, open_ = verdicts.count(T), verdicts.count(U)
    expected = T if met >= needed else F if met + open_ < needed else U
    assert kleene.at_least(needed, verdicts) is expected


def test_of_nothing_all_is_met_and_any_is_not():
    assert kleene.conjunction([]) is T
    assert kleene.disjunction([]) is F


@pytest.mark.parametrize(
    "tree",
    [{"all": []}, {"some": ["a"]}, {"all": ["a"], "any": ["b"]}, 7, {"at_least": 2}, {"none": "a"}],
)
def test_a_tree_that_is_none_is_refused_with_its_place(tree):
    with pytest.raises(KnowledgeFault, match="cause x"):
        parse(tree, "cause x")


def findings_of(statuses: dict[str, Status]) -> Findings:
    return Findings({name: Finding(id=name, status=status) for name, status in statuses.items()}, {})


def verdict(node: Node, statuses: dict[str, Status]) -> Verdict:
    return evaluate(
        node, Environment(findings_of(statuses)), lambda named: pytest.fail(f"no {named}")
    ).verdict


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


def completions(node: Node, known: dict[str, Status]) -> set[Verdict]:
    names = list(leaves(node))
    open_ = [name for name in names if known.get(name, Status.UNKNOWN) is Status.UNKNOWN]
    return {
        verdict(node, {**known, **dict(zip(open_, filled, strict=True))})
        for filled in product([Status.PRESENT, Status.ABSENT], repeat=len(open_))
    }


@given(trees_naming_each_finding_once(), st.data())
def test_by_enumeration_the_answer_is_the_common_answer_of_all_completions(node, data):
    """For criteria in which each finding occurs once; unknown exactly when completions differ."""
    known = {name: data.draw(st.sampled_from(list(Status))) for name in leaves(node)}
    answers = completions(node, known)
    expected = answers.pop() if len(answers) == 1 else U
    assert verdict(node, known) is expected


@given(trees_naming_each_finding_once(), st.data())
def test_a_definite_answer_on_a_partial_record_is_never_contradicted_by_more(node, data):
    """Also where a finding occurs twice: a definite answer stands whatever else is found."""
    twice = Branch(data.draw(st.sampled_from(["all", "any", "none"])), (node, node))
    known = {name: data.draw(st.sampled_from(list(Status))) for name in leaves(node)}
    answer = verdict(twice, known)
    if answer is not U:
        assert completions(twice, known) == {answer}


@pytest.mark.parametrize(
    ("operator", "needed", "first"),
    [("all", 0, "b"), ("any", 0, "a"), ("none", 0, "a"), ("at_least", 1, "a")],
)
def test_the_verdict_alone_asks_for_no_part_behind_the_one_that_decides(operator, needed, first):
    node = Branch(operator, (Leaf(first), Named("cause", "never_asked")), needed)
    found = findings_of({"a": Status.PRESENT, "b": Status.ABSENT})
    assert (
        criterion_verdict(node, Environment(found), lambda named: pytest.fail(f"asked for {named}")) is not U
    )
