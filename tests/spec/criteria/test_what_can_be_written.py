"""What a criterion can be: findings, other criteria, numbers within limits, words, and operators over them.

Read this file as the manual of the language. `all`, `any`, `none`, `at_least` and their tables are in
test_three_values.py; here stand the leaves that ask no finding, `certain`, and what is refused.
"""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from trees import FINDINGS, limits, patient, trees

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
    Result,
    deciding,
    evaluate,
    leaf_results,
    leaves,
    named,
    nodes,
    parse,
)
from calcinosis.criteria.limits import kept
from calcinosis.errors import KnowledgeFault
from calcinosis.model import Findings, Interval, Status, Verdict
from calcinosis.model.interval import exact

T, F, U = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
STATUS = {T: Status.PRESENT, F: Status.ABSENT, U: Status.UNKNOWN}
NOBODY = Environment(Findings({}, {}))


def read(tree: object) -> Node:
    return parse(tree, "cause x")


def asked(tree: object, of: Environment = NOBODY) -> Verdict:
    return evaluate(read(tree), of, lambda reference: pytest.fail(f"no {reference}")).verdict


# How it is written.
@pytest.mark.parametrize(
    ("written", "node"),
    [
        ("fever", Leaf("fever")),
        ({"cause": "hftc"}, Named("cause", "hftc")),
        ({"form": "milia"}, Named("form", "milia")),
        ({"subtype": "metastatic"}, Named("subtype", "metastatic")),
        ({"cause_of": "metastatic"}, Named("cause_of", "metastatic")),
        ({"form_of": "idiopathic"}, Named("form_of", "idiopathic")),
        ({"all": ["a", "b"]}, Branch("all", (Leaf("a"), Leaf("b")))),
        ({"any": ["a"]}, Branch("any", (Leaf("a"),))),
        ({"none": [{"any": ["a"]}]}, Branch("none", (Branch("any", (Leaf("a"),)),))),
        ({"at_least": 1, "of": ["a", "b"]}, Branch("at_least", (Leaf("a"), Leaf("b")), 1)),
        ({"at_least": 2, "of": ["a", "b"]}, Branch("at_least", (Leaf("a"), Leaf("b")), 2)),
        ({"certain": "a"}, Certain(Leaf("a"))),
        ({"certain": {"none": ["a"]}}, Certain(Branch("none", (Leaf("a"),)))),
        ({"age": {"at_least": 18}}, Compare("age", Limits(at_least=18.0))),
        ({"weight": {"above": 2.5, "at_most": 40}}, Compare("weight", Limits(above=2.5, at_most=40.0))),
        ({"renal": {"below": 30}}, Compare("renal", Limits(below=30.0))),
        ({"sex": "female"}, Is("sex", "female")),
    ],
)
def test_a_criterion_is_read_as_it_is_written(written, node):
    assert read(written) == node


@pytest.mark.parametrize(
    ("written", "part"),
    [
        ("", ""),
        (None, None),
        (True, True),
        (["a"], ["a"]),
        ({}, {}),
        ({"al": ["a"]}, {"al": ["a"]}),
        ({"cause_off": "x"}, {"cause_off": "x"}),
        ({"cause": ["x"]}, {"cause": ["x"]}),
        ({"cause": "x", "form": "y"}, {"cause": "x", "form": "y"}),
        ({"all": ["a"], "at_least": 1}, {"all": ["a"], "at_least": 1}),
        ({"all": "a"}, "a"),
        ({"all": {"a": 1}}, {"a": 1}),
        ({"any": []}, []),
        ({"none": []}, []),
        ({"any": ["a", None]}, None),
        ({"at_least": 1, "of": ["a", 7]}, 7),
        ({"at_least": 1, "of": []}, []),
        ({"certain": []}, []),
        ({"certain": ["a"]}, ["a"]),
        ({"height": {"below": 3}}, {"height": {"below": 3}}),
        ({"age": 18}, 18),
        ({"age": {}}, {}),
        ({"age": {"under": 18}}, {"under": 18}),
        ({"age": {"below": 18, "under": 18}}, {"below": 18, "under": 18}),
        ({"age": {"below": "18"}}, {"below": "18"}),
        ({"age": {"below": True}}, {"below": True}),
        ({"age": {"below": None}}, {"below": None}),
        ({"sex": True}, {"sex": True}),
        ({"of": ["a"]}, {"of": ["a"]}),
        ({"at_least": 2}, {"at_least": 2}),
    ],
    ids=str,
)
def test_what_is_no_criterion_is_refused_with_its_place_and_what_could_stand_there(written, part):
    with pytest.raises(KnowledgeFault) as caught:
        read({"all": ["a", written]})
    assert caught.value.what == f"criterion {str(part)!r} cannot be read"
    assert caught.value.where == "cause x"
    assert caught.value.expected == (
        "a finding id, or one of all, any, none, at_least+of, certain, cause_of, cause, form_of, form, subtype,"
        " composite, age, weight, renal, sex"
    )


@pytest.mark.parametrize("needed", [0, -1, 3, 5, 1.0, True, "1", None])
def test_at_least_asks_for_one_of_its_parts_or_more_and_for_no_more_than_there_are(needed):
    with pytest.raises(KnowledgeFault) as caught:
        read({"at_least": needed, "of": ["a", "b"]})
    told = f"at_least {needed!r} of 2 parts asks for nothing or for more than there is"
    assert caught.value.what == told
    assert (caught.value.where, caught.value.expected) == ("cause x", "a whole number from 1 to 2")


def test_a_long_criterion_is_named_by_its_beginning():
    with pytest.raises(KnowledgeFault) as caught:
        read({"al": ["a" * 100]})
    assert caught.value.what == f"criterion {str({'al': ['a' * 100]})[:60]!r} cannot be read"


# What it refers to.
def test_a_tree_is_walked_in_the_order_written_repeats_included():
    tree = read({"all": ["b", {"none": ["a", {"certain": "b"}]}, {"cause": "x"}, {"any": [{"form": "y"}]}]})
    assert list(leaves(tree)) == ["b", "a", "b"]
    assert list(named(tree)) == [Named("cause", "x"), Named("form", "y")]
    assert [type(node).__name__ for node in nodes(tree)] == [
        *("Branch", "Leaf", "Branch", "Leaf", "Certain", "Leaf", "Named", "Branch", "Named")
    ]


# Certain: the one operator that is not monotone.
@pytest.mark.parametrize(("part", "expected"), [(T, T), (F, F), (U, F)])
def test_certain_is_met_when_its_part_is_and_else_not_met(part, expected):
    assert asked({"certain": "a"}, patient({"a": STATUS[part]})) is expected


@pytest.mark.parametrize(("part", "expected"), [(T, F), (F, T), (U, T)])
def test_none_of_what_is_certain_is_met_while_it_is_not_known(part, expected):
    assert asked({"none": [{"certain": "a"}]}, patient({"a": STATUS[part]})) is expected


@pytest.mark.parametrize(("part", "expected"), [(T, T), (F, F), (U, T)])
def test_what_is_not_certainly_absent_is_possible(part, expected):
    possible = {"none": [{"certain": {"none": ["a"]}}]}
    assert asked(possible, patient({"a": STATUS[part]})) is expected


# Compare: a number held against limits.
@pytest.mark.parametrize(
    ("written", "below", "at", "above"),
    [
        ({"above": 18}, F, F, T),
        ({"at_least": 18}, F, T, T),
        ({"below": 18}, T, F, F),
        ({"at_most": 18}, T, T, F),
    ],
)
def test_a_limit_is_kept_on_its_side_and_its_end_belongs_to_at_least_and_at_most(written, below, at, above):
    for value, expected in ((17.999, below), (18, at), (18.001, above)):
        assert asked({"age": written}, patient({}, age=exact(value))) is expected
    assert asked({"age": written}) is U


@pytest.mark.parametrize(
    ("value", "expected"), [(17.999, F), (18, T), (40, T), (64.999, T), (65, F), (65.001, F)]
)
def test_a_band_is_kept_from_its_lower_end_to_before_its_upper_one(value, expected):
    assert asked({"age": {"at_least": 18, "below": 65}}, patient({}, age=exact(value))) is expected


def test_each_quantity_is_asked_of_its_own_number():
    person = patient({}, age=exact(30), weight=exact(60), renal=exact(90))
    for quantity, value in (("age", 30), ("weight", 60), ("renal", 90)):
        assert asked({quantity: {"at_least": value, "at_most": value}}, person) is T
        assert asked({quantity: {"at_least": value}}) is U


@pytest.mark.parametrize(
    ("written", "value", "expected"),
    [
        ({"below": 30}, Interval(0, 29.9), T),
        ({"below": 30}, Interval(0, 30), U),
        ({"below": 30}, Interval(29, 31), U),
        ({"below": 30}, Interval(30, inf), F),
        ({"at_most": 30}, Interval(0, 30), T),
        ({"at_most": 30}, Interval(30, inf), U),
        ({"at_most": 30}, Interval(30.1, inf), F),
        ({"above": 30}, Interval(30.1, inf), T),
        ({"above": 30}, Interval(30, inf), U),
        ({"above": 30}, Interval(0, 30), F),
        ({"at_least": 30}, Interval(30, inf), T),
        ({"at_least": 30}, Interval(0, 30), U),
        ({"at_least": 30}, Interval(0, 29.9), F),
        ({"at_least": 18, "below": 65}, Interval(20, 60), T),
        ({"at_least": 18, "below": 65}, Interval(17, 60), U),
        ({"at_least": 18, "below": 65}, Interval(20, 65), U),
        ({"at_least": 18, "below": 65}, Interval(0, 17), F),
        ({"at_least": 18, "below": 65}, Interval(65, inf), F),
        ({"at_least": 18, "below": 65}, Interval(0, inf), U),
    ],
)
def test_a_number_known_as_a_bound_decides_where_all_that_it_may_be_does(written, value, expected):
    assert asked({"renal": written}, patient({}, renal=value)) is expected


@given(limits)
def test_limits_judge_a_bound_as_they_judge_every_number_in_it(given_limits):
    """Met or not met only where each number is; unknown only where two differ, or no number keeps two limits."""
    numbers = [0.0, 1.0, 2.0, 10.0, 17.9, 17.95, 18.0, 20.0, 30.0, 40.0, 65.0, 70.0, 90.0, 99.0]
    for low, high in ((low, high) for low in numbers for high in numbers if low <= high):
        verdict = kept(given_limits, Interval(low, high))
        each = {kept(given_limits, exact(number)) for number in numbers if low <= number <= high}
        assert U not in each
        if verdict is not U:
            assert each == {verdict}


# Is: one word of the record.
@pytest.mark.parametrize(("word", "expected"), [("female", T), ("male", F), ("", U)])
def test_a_word_of_the_record_is_the_one_asked_for_or_another_or_not_known(word, expected):
    assert asked({"sex": "female"}, Environment(Findings({}, {}), {}, {"sex": word})) is expected
    assert asked({"sex": "female"}) is U


# The result has the shape of the tree.
def test_the_result_says_of_each_part_what_it_is_and_what_became_of_it():
    person = Environment(patient({"a": Status.PRESENT}).findings, {"age": exact(10)}, {"sex": "male"})
    tree = read(
        {
            "at_least": 2,
            "of": ["a", {"certain": "b"}, {"age": {"below": 18}}, {"sex": "male"}, {"cause": "x"}],
        }
    )
    told = Result("cause", U, "x")
    assert evaluate(tree, person, lambda reference: told) == Result(
        "at_least",
        T,
        "",
        2,
        (
            Result("finding", T, "a"),
            Result("certain", F, "", 0, (Result("finding", U, "b"),)),
            Result("compare", T, "age"),
            Result("is", T, "sex"),
            told,
        ),
    )


def result(tree: object, **statuses: Status) -> Result:
    return evaluate(read(tree), patient(statuses), lambda named: Result(named.kind, T, named.id, 0, INNER))


INNER = (Result("finding", T, "inner"),)
P, A = Status.PRESENT, Status.ABSENT


@pytest.mark.parametrize(
    ("tree", "statuses", "expected"),
    [
        ("a", {"a": P}, ["a"]),
        ({"all": ["a", "b"]}, {"a": P, "b": P}, ["a", "b"]),
        ({"all": ["a", "b", "c"]}, {"a": P, "b": A}, ["b"]),
        ({"all": ["a", "b", "c"]}, {"a": P}, ["b", "c"]),
        ({"any": ["a", "b", "c"]}, {"a": A, "b": P}, ["b"]),
        ({"any": ["a", "b"]}, {"a": A, "b": A}, ["a", "b"]),
        ({"none": ["a", "b"]}, {"a": A, "b": A}, ["a", "b"]),
        ({"none": ["a", "b"]}, {"a": A, "b": P}, ["b"]),
        ({"none": ["a", "b"]}, {"a": A}, ["b"]),
        ({"certain": "a"}, {}, ["a"]),
        ({"certain": "a"}, {"a": A}, ["a"]),
        ({"all": ["a", {"certain": "b"}]}, {"a": P}, ["b"]),
        ({"any": [{"all": ["a", "b"]}, "a"]}, {"a": P, "b": P}, ["a", "b", "a"]),
    ],
)
def test_what_decides_a_verdict_are_the_findings_that_share_it(tree, statuses, expected):
    assert list(deciding(result(tree, **statuses))) == expected


def test_what_decides_is_told_through_other_criteria_or_of_the_tree_itself_alone():
    made = result({"all": ["a", {"cause": "x"}]}, a=P)
    assert list(deciding(made)) == ["a", "inner"]
    assert list(deciding(made, through=False)) == ["a"]
    below = result({"any": [{"all": ["a", {"cause": "x"}]}, {"cause": "y"}]}, a=P)
    assert list(deciding(below)) == ["a", "inner", "inner"]
    assert list(deciding(below, through=False)) == ["a"]


@given(trees())
def test_every_finding_that_took_part_is_told_once_and_in_order(tree):
    made = evaluate(tree, patient(dict.fromkeys(FINDINGS, P)), lambda reference: pytest.fail("none"))
    assert [one.id for one in leaf_results(made)] == list(dict.fromkeys(leaves(tree)))
