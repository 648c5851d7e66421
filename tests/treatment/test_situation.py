"""The quick verdict of a criterion is the verdict that the explained evaluation gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from calcinosis.conclusions.treatment import Situation
from calcinosis.model import Patient, Verdict

from .patients import made

NAMES = [f"x{n}" for n in range(5)]
LEAVES = st.sampled_from([*NAMES, {"subtype": "dystrophic"}, {"cause": "known"}, {"form": "unheard_of"}])


def _lists(inner):
    return st.lists(inner, min_size=1, max_size=4)


TREES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda kind, parts: {kind: parts}, st.sampled_from(["all", "any", "none"]), _lists(inner)),
        st.builds(lambda needed, parts: {"at_least": needed, "of": parts}, st.integers(1, 4), _lists(inner)),
    ),
    max_leaves=12,
)


@given(TREES, st.lists(st.sampled_from("pau"), min_size=5, max_size=5), st.sampled_from(list(Verdict)))
def test_quick_and_explained_agree(knowledge, tree, said, subtype):
    findings = made(
        present=[name for name, how in zip(NAMES, said, strict=True) if how == "p"],
        absent=[name for name, how in zip(NAMES, said, strict=True) if how == "a"],
    )
    situation = Situation(
        findings,
        patient=Patient(),
        subtypes={"dystrophic": subtype},
        causes=["known"],
        forms=[],
        leading="",
        knowledge=knowledge,
    )
    situation._nodes = {}  # trees made here die, so that their ids may come again
    assert situation.verdict(tree) is situation.result(tree).verdict
