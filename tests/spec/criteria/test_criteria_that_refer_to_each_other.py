"""Many criteria that name each other, and the verdicts of one patient on all of them, each made once."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from trees import FINDINGS, STATUSES, patient, patients, shelves, trees

from calcinosis.conclusions.synthesis import Lesion, Synthesis
from calcinosis.conclusions.treatment import Situation
from calcinosis.conclusions.treatment.person import Person
from calcinosis.criteria import (
    Branch,
    CriterionId,
    Environment,
    Evaluation,
    Leaf,
    Named,
    Node,
    Result,
    Shelf,
    parse,
)
from calcinosis.errors import KnowledgeFault
from calcinosis.model import Finding, Findings, Status, Verdict

T, F, U = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
P, A = Status.PRESENT, Status.ABSENT
_ANY = Synthesis(
    lesion=Lesion("described"), calcium=(), likelihood="likely", probability=0.9, leading=None, watch=()
)


def shelf(members: dict[str, list[str]] | None = None, **causes: object) -> Shelf:
    """Causes as they are written, and subtypes with the causes that are theirs."""
    trees = {CriterionId("cause", name): parse(tree, name) for name, tree in causes.items()}
    of = {
        CriterionId("cause_of", name): tuple(CriterionId("cause", one) for one in listed)
        for name, listed in (members or {}).items()
    }
    return Shelf(trees, of)


def cause(name: str) -> CriterionId:
    return CriterionId("cause", name)


CAUSES_OF_S = CriterionId("cause_of", "s")


# Ids.
def test_a_criterion_is_named_by_its_kind_its_entry_and_where_it_has_several_its_part():
    assert str(cause("hftc")) == "cause hftc"
    assert str(CriterionId("level", "calciphylaxis", "confirmed")) == "level calciphylaxis confirmed"
    assert cause("x") in shelf(x="a")
    assert CAUSES_OF_S in shelf({"s": ["x"]}, x="a")
    assert CriterionId("form", "x") not in shelf(x="a")


# References.
def test_a_criterion_asks_those_that_it_names_each_once_and_depends_on_their_findings_too():
    held = shelf(
        {"s": ["x", "y"]},
        x="a",
        y={"all": ["b", {"cause": "x"}, {"none": [{"cause": "x"}]}]},
        z={"cause_of": "s"},
    )
    assert held.references(cause("y")) == (cause("x"),)
    assert held.references(CAUSES_OF_S) == (cause("x"), cause("y"))
    assert held.depends(cause("x")) == {"a"}
    assert held.depends(cause("y")) == {"a", "b"}
    assert held.depends(cause("z")) == held.depends(CAUSES_OF_S) == {"a", "b"}


def test_a_reference_to_what_does_not_exist_is_refused_and_named():
    with pytest.raises(KnowledgeFault) as caught:
        shelf(x={"any": ["a", {"cause": "nowhere"}]}).check()
    assert caught.value.what == "criterion cause x refers to cause nowhere, which does not exist"
    assert caught.value.where == "x"


def test_a_subtype_whose_cause_does_not_exist_is_refused():
    with pytest.raises(KnowledgeFault, match="cause_of s refers to cause nowhere, which does not exist"):
        shelf({"s": ["nowhere"]}).check()


@pytest.mark.parametrize(
    ("held", "way"),
    [
        (shelf(x={"cause": "x"}), "cause x -> cause x"),
        (shelf(x={"cause": "y"}, y={"none": [{"cause": "x"}]}), "cause x -> cause y -> cause x"),
        (shelf(w={"cause": "x"}, x={"cause": "y"}, y={"cause": "x"}), "cause x -> cause y -> cause x"),
        (shelf({"s": ["x"]}, x={"cause_of": "s"}), "cause x -> cause_of s -> cause x"),
    ],
)
def test_a_criterion_that_comes_back_to_itself_is_refused_with_the_way(held, way):
    with pytest.raises(KnowledgeFault) as caught:
        held.check()
    assert caught.value.what == f"criterion {way.split(' -> ')[0]} refers to itself: {way}"
    assert caught.value.where == "x"


def test_every_circle_and_every_dead_end_is_told():
    held = shelf(
        a={"cause": "b"}, b={"cause": "a"}, c={"cause": "c"}, d={"any": [{"cause": "no"}, {"cause": "nor"}]}
    )
    told = [str(fault) for fault in held.faults()]
    assert len(told) == 4
    assert all(
        any(word in text for text in told)
        for word in ("cause no,", "cause nor,", "a -> cause b", "c -> cause c")
    )


def test_what_is_named_by_several_is_no_circle():
    shelf(x="a", y={"cause": "x"}, z={"all": [{"cause": "x"}, {"cause": "y"}]}).check()
    shelf({"s": ["x", "y"]}, x="a", y={"cause": "x"}, z={"cause_of": "s"}).check()


@given(shelves())
def test_what_only_names_what_came_before_is_never_refused(held):
    held.check()
    assert list(held.faults()) == []


# Verdicts.
def evaluation(held: Shelf, **statuses: Status) -> Evaluation:
    return Evaluation(patient(statuses), held)


def test_a_criterion_has_the_verdict_of_what_it_names():
    held = shelf(x="a", y={"none": [{"cause": "x"}]}, z={"all": [{"cause": "y"}, "b"]})
    made = evaluation(held, a=A, b=P)
    assert [made.verdict(cause(name)) for name in "xyz"] == [F, T, T]


@pytest.mark.parametrize(
    ("statuses", "expected"), [({"a": P}, T), ({"a": A, "b": A}, F), ({"a": A}, U), ({}, U), ({"b": P}, T)]
)
def test_the_causes_of_a_subtype_are_met_when_any_of_them_is(statuses, expected):
    made = evaluation(shelf({"s": ["x", "y"]}, x="a", y="b"), **statuses)
    assert made.verdict(CAUSES_OF_S) is expected
    assert made.of("cause_of", "s").verdict is expected


def test_a_subtype_without_causes_has_none_that_is_met():
    assert evaluation(shelf({"s": []})).verdict(CAUSES_OF_S) is F


def test_the_result_of_a_criterion_holds_its_tree_and_that_of_members_holds_each():
    made = evaluation(shelf({"s": ["x", "y"]}, x={"any": ["a"]}, y="b"), a=P)
    x = Result("cause", T, "x", 0, (Result("any", T, "", 0, (Result("finding", T, "a"),)),))
    y = Result("cause", U, "y", 0, (Result("finding", U, "b"),))
    assert made.of("cause", "x") == x
    assert made.result(CAUSES_OF_S) == Result("cause_of", T, "s", 0, (x, y))


def test_a_criterion_that_does_not_exist_has_no_verdict():
    made = evaluation(shelf(x="a"))
    for ask in (made.result, made.verdict):
        with pytest.raises(KeyError):
            ask(cause("nowhere"))


class Counting(dict[str, Finding]):
    """Findings that count how often each is asked for."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.asked: Counter[str] = Counter()

    def get(self, key: str, default: Any = None) -> Any:
        self.asked[key] += 1
        return super().get(key, default)


def test_each_verdict_is_made_once_however_often_it_is_asked_for():
    by_id = Counting()
    held = shelf(
        {"s": ["x", "y"]},
        x="a",
        y={"all": [{"cause": "x"}, {"cause": "x"}]},
        z={"cause_of": "s"},
        w={"cause": "y"},
    )
    made = Evaluation(Environment(Findings(by_id, {})), held)
    for key in (*held.trees, CAUSES_OF_S, *held.trees):
        made.result(key)
        made.verdict(key)
    assert by_id.asked == {"a": 1}
    assert made.result(cause("z")) is made.result(cause("z"))
    assert made.findings.by_id is by_id


def test_a_quick_verdict_is_kept_too_and_asks_no_further_than_the_part_that_decides():
    by_id = Counting()
    made = Evaluation(Environment(Findings(by_id, {})), shelf(x={"any": ["b", {"none": ["a"]}, "c"]}))
    assert [made.verdict(cause("x")) for _ in range(3)] == [U, U, U]
    assert by_id.asked == {"b": 1, "a": 1, "c": 1}
    known = Counting({"a": Finding(id="a", status=P)})
    met = Evaluation(Environment(Findings(known, {})), shelf(x={"any": ["b", "a", "c"]}))
    assert met.verdict(cause("x")) is T
    assert known.asked == {"b": 1}


@given(shelves(), patients)
def test_the_quick_verdict_is_that_of_the_explained_result(held, person):
    quick, explained = Evaluation(person, held), Evaluation(person, held)
    for key in (*held.members, *held.trees):
        assert quick.verdict(key) is explained.result(key).verdict
        assert quick.result(key).verdict is quick.verdict(key)


# Given verdicts.
@pytest.mark.parametrize("verdict", [T, F, U])
def test_a_given_verdict_is_taken_as_it_is_whatever_the_findings_say(verdict):
    held = shelf({"s": ["x"]}, x="a", y={"cause": "x"}, z={"cause_of": "s"})
    for status in Status:
        made = Evaluation(patient({"a": status}), held, {cause("x"): verdict})
        assert [made.verdict(key) for key in (cause("x"), cause("y"), cause("z"), CAUSES_OF_S)] == [
            verdict
        ] * 4
        assert made.result(cause("x")) == Result("cause", verdict, "x")


def test_members_can_be_given_too():
    held = shelf({"s": ["x"]}, x="a", y={"cause_of": "s"})
    made = Evaluation(patient({"a": A}), held, {CAUSES_OF_S: T})
    assert (made.verdict(CAUSES_OF_S), made.verdict(cause("y")), made.verdict(cause("x"))) == (T, T, F)


def test_assuming_adds_to_what_is_given_and_leaves_the_evaluation_as_it_was():
    held = shelf(x="a", y="b", z={"all": [{"cause": "x"}, {"cause": "y"}]})
    made = Evaluation(patient({}), held, {cause("x"): T})
    assumed = made.assuming({cause("y"): T})
    assert assumed.verdict(cause("z")) is T
    assert assumed.assuming({cause("x"): F}).verdict(cause("z")) is F
    assert (made.verdict(cause("z")), made.verdict(cause("y"))) == (U, U)
    assert assumed.findings is made.findings


# What if.
def really(person: Environment, finding: str, status: Status) -> Environment:
    by_id = {**person.findings.by_id, finding: Finding(id=finding, status=status)}
    return Environment(Findings(by_id, {}), person.quantities, person.words)


@given(shelves(), patients, st.sampled_from(FINDINGS), STATUSES)
def test_supposing_a_finding_gives_the_verdict_that_really_finding_it_gives(held, person, finding, status):
    made, after = Evaluation(person, held), Evaluation(really(person, finding, status), held)
    for key in (*held.trees, *held.members):
        before = made.result(key)
        assert made.supposing(key, finding, status) is after.verdict(key)
        assert made.result(key) is before, "supposing changes nothing"


@given(shelves(), patients, st.sampled_from(FINDINGS), STATUSES, st.sampled_from([T, F, U]))
def test_supposing_moves_no_verdict_that_is_given(held, person, finding, status, verdict):
    given_ = {cause("x0"): verdict}
    made = Evaluation(person, held, given_)
    after = Evaluation(really(person, finding, status), held, given_)
    for key in (*held.trees, *held.members):
        assert made.supposing(key, finding, status) is after.verdict(key)


CHAIN = {
    "x": {"any": ["a", "b"]},
    "y": {"none": [{"cause": "x"}]},
    "z": {"all": ["c", {"certain": {"cause": "y"}}]},
    "w": {"at_least": 2, "of": [{"cause_of": "s"}, "c", {"age": {"below": 18}}]},
    "twice": {"all": ["a", {"any": ["a", "b"]}, "a"]},
}


@pytest.mark.parametrize(
    ("statuses", "finding", "status", "expected"),
    [
        ({}, "a", P, {"x": T, "y": F, "z": F, "w": U, "twice": T}),
        ({}, "a", A, {"x": U, "y": U, "z": F, "w": U, "twice": F}),
        ({"b": A, "c": P}, "a", A, {"x": F, "y": T, "z": T, "w": U, "twice": F}),
        ({"b": A, "c": P}, "a", P, {"x": T, "y": F, "z": F, "w": T, "twice": T}),
        ({"a": P, "b": A, "c": P}, "a", Status.UNKNOWN, {"x": U, "y": U, "z": F, "w": U, "twice": U}),
        ({"a": P, "b": P}, "c", P, {"x": T, "y": F, "z": F, "w": T, "twice": T}),
    ],
)
def test_supposing_reaches_through_causes_subtypes_and_every_place_of_a_finding(
    statuses, finding, status, expected
):
    made = evaluation(shelf({"s": ["x"]}, **CHAIN), **statuses)
    assert {name: made.supposing(cause(name), finding, status) for name in CHAIN} == expected
    assert made.supposing(CAUSES_OF_S, finding, status) is expected["x"]


def test_a_finding_that_a_criterion_does_not_depend_on_moves_nothing():
    made = evaluation(shelf(x="a"), a=P)
    assert made.supposing(cause("x"), "b", A) is T


# What was wrong once.
def test_thousands_of_short_lived_trees_are_each_answered_by_themselves():
    """F5: answers that were kept by the id of a tree came back for another tree at the same address."""
    person = patient({"a": P, "b": A})
    expected = {"a": T, "b": F, "c": U}
    for turn in range(3000):
        name = "abc"[turn % 3]
        held = shelf(x={"all": [name]}, y={"none": [{"cause": "x"}]})
        made = Evaluation(person, held)
        assert made.verdict(cause("x")) is expected[name]
        assert made.supposing(cause("x"), name, A) is F
        assert made.verdict(cause("y")) is {T: F, F: T, U: U}[expected[name]]


@pytest.mark.parametrize("ask", ["evaluation", "situation"])
def test_none_of_a_cause_whose_findings_are_denied_is_met(knowledge, ask):
    """F9: treatments took every cause that is not met for unknown."""
    name = "milk_alkali_syndrome"
    key = CriterionId("indication", "planted", "0")
    refers: dict[CriterionId, Node] = {key: Branch("none", (Named("cause", name),))}
    held = Shelf({**knowledge.shelf.trees, **refers}, knowledge.shelf.members)
    denied = dict.fromkeys(held.depends(cause(name)), A)
    made = Evaluation(patient(denied), held)
    asked = made if ask == "evaluation" else Situation(made, Person(), _ANY, leading="", knowledge=knowledge)
    assert asked.verdict(cause(name)) is F
    assert asked.verdict(key) is T
    assert denied


@given(trees(), patients)
def test_a_tree_alone_on_a_shelf_has_the_verdict_of_its_leaves(tree, person):
    held = Shelf({cause("x"): tree, cause("same"): Branch("all", (Named("cause", "x"),))})
    made = Evaluation(person, held)
    assert made.verdict(cause("same")) is made.verdict(cause("x"))
    assert made.of("cause", "x").parts[0].verdict is made.verdict(cause("x"))


def test_a_finding_that_the_vocabulary_does_not_have_is_a_fault_of_the_asker():
    person = Environment(Findings({}, {}, terms={"a"}))
    with pytest.raises(LookupError, match="'b' is no finding of the vocabulary"):
        Evaluation(person, Shelf({cause("x"): Leaf("b")})).verdict(cause("x"))
