"""Random criteria and random patients, over everything that the language has."""

from __future__ import annotations

from math import inf

from hypothesis import strategies as st

from calcinosis.criteria import (
    Branch,
    Certain,
    Compare,
    CriterionId,
    Environment,
    Is,
    Leaf,
    Limits,
    Named,
    Node,
    Shelf,
)
from calcinosis.model import Finding, Findings, Interval, Status

FINDINGS = ("a", "b", "c", "d")
STATUSES = st.sampled_from(list(Status))


def patient(statuses: dict[str, Status], **numbers: Interval) -> Environment:
    found = {name: Finding(id=name, status=status) for name, status in statuses.items()}
    return Environment(Findings(found, {}), numbers)


def environment(
    statuses: dict[str, Status], numbers: dict[str, Interval], words: dict[str, str]
) -> Environment:
    return Environment(patient(statuses).findings, numbers, words)


_ends = st.sampled_from([0.0, 2.0, 17.9, 18.0, 30.0, 65.0, 90.0])
limits = st.builds(Limits, **dict.fromkeys(Limits.__struct_fields__, st.one_of(st.none(), _ends)))
intervals = st.one_of(
    _ends.map(lambda end: Interval(end, end)),
    _ends.map(lambda end: Interval(end, inf)),
    st.tuples(_ends, _ends).map(lambda ends: Interval(min(ends), max(ends))),
)
patients = st.builds(
    environment,
    st.dictionaries(st.sampled_from(FINDINGS), STATUSES),
    st.dictionaries(st.sampled_from(["age", "weight", "renal"]), intervals),
    st.one_of(st.just({}), st.sampled_from([{"sex": "female"}, {"sex": "male"}])),
)


def trees(references: tuple[Named, ...] = (), max_leaves: int = 8) -> st.SearchStrategy[Node]:
    """Criteria that may refer to these others."""
    simple: list[st.SearchStrategy[Node]] = [
        st.sampled_from(FINDINGS).map(Leaf),
        st.builds(Compare, st.sampled_from(["age", "weight", "renal"]), limits),
        st.sampled_from(["female", "male"]).map(lambda word: Is("sex", word)),
    ]
    if references:
        simple.append(st.sampled_from(references))
    return st.recursive(st.one_of(simple[0], *simple), _above, max_leaves=max_leaves)


def _above(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    parts = st.lists(inner, min_size=1, max_size=4).map(tuple)
    counted = parts.flatmap(
        lambda made: st.integers(1, len(made)).map(lambda needed: Branch("at_least", made, needed))
    )
    plain = st.builds(Branch, st.sampled_from(["all", "any", "none"]), parts)
    return st.one_of(plain, counted, inner.map(Certain))


@st.composite
def shelves(draw: st.DrawFn) -> Shelf:
    """Up to four causes, each of which may refer to those before it, and any of them as a subtype's."""
    kept: dict[CriterionId, Node] = {}
    for place in range(draw(st.integers(1, 4))):
        earlier = tuple(Named("cause", key.id) for key in kept)
        kept[CriterionId("cause", f"x{place}")] = draw(trees(earlier, max_leaves=5))
    members = tuple(draw(st.lists(st.sampled_from(list(kept)), unique=True)))
    whole = draw(trees((Named("cause_of", "s"), *(Named("cause", key.id) for key in kept)), max_leaves=5))
    return Shelf({**kept, CriterionId("subtype", "s"): whole}, {CriterionId("cause_of", "s"): members})
