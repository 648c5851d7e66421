"""Adding a finding never turns a verdict that did not depend on it; unknown is never read as absent."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis.criteria import Certain, CriterionId, Environment, Evaluation, nodes
from calcinosis.findings.of_one import findings_of
from calcinosis.knowledge import load
from calcinosis.knowledge.guards import ALWAYS
from calcinosis.model import (
    Assertion,
    Code,
    Finding,
    Findings,
    Kind,
    Moment,
    Observation,
    Patient,
    Record,
    Status,
    Verdict,
)
from calcinosis.pathway import conclude

KNOWLEDGE = load()
TERMS = sorted(KNOWLEDGE.contents.findings)
# Guards that ask for certainty are the one kind that more knowledge may turn.
KEYS = sorted(
    key
    for key, tree in KNOWLEDGE.shelf.trees.items()
    if not any(isinstance(node, Certain) for node in nodes(tree)) and tree != ALWAYS
)
DEFINITE = (Status.PRESENT, Status.ABSENT)
AS_OF = datetime(2026, 1, 1, 23)


def findings(statuses: dict[str, Status]) -> Findings:
    return Findings({name: Finding(id=name, status=status) for name, status in statuses.items()}, {})


def verdicts(statuses: dict[str, Status]) -> dict[CriterionId, Verdict]:
    evaluation = Evaluation(Environment(findings(statuses)), KNOWLEDGE.shelf)
    return {key: evaluation.result(key).verdict for key in KEYS}


statuses = st.dictionaries(st.sampled_from(TERMS), st.sampled_from(DEFINITE), max_size=12)


@given(statuses, st.sampled_from(TERMS), st.sampled_from(DEFINITE))
def test_a_definite_verdict_stands_when_a_finding_is_added(known, added, status):
    before = verdicts(known)
    after = verdicts({**known, added: status} if added not in known else known)
    changed = {key for key in KEYS if before[key] is not Verdict.UNKNOWN and after[key] is not before[key]}
    assert not changed


@given(statuses, st.sampled_from(TERMS), st.sampled_from(DEFINITE))
def test_a_verdict_that_does_not_depend_on_a_finding_does_not_change_with_it(known, added, status):
    depends = KNOWLEDGE.shelf.depends
    before, after = verdicts(known), verdicts({**known, added: status})
    changed = {key for key in KEYS if after[key] is not before[key] and added not in depends(key)}
    assert not changed


def test_an_empty_record_concludes_nothing():
    """No subtype, no cause, no form, no red flag: nobody looked."""
    done = conclude(Record(format="case", patient=Patient()), AS_OF, "dermatology", KNOWLEDGE)
    assert [item.rank for item in done.subtypes] == [None] * len(done.subtypes)
    assert not done.urgent
    assert not done.forms
    assert not done.patterns
    assert {item.status for item in done.subtypes} == {Verdict.UNKNOWN}
    assert all(found.status is not Status.ABSENT for found in done.findings.by_id.values())


def observation(name: str, assertion: Assertion) -> Observation:
    return Observation(
        source=f"present[{name}]",
        text=name,
        kind=Kind.SIGN,
        codes=(Code("calcinosis", name),),
        assertion=assertion,
        effective=Moment.instant(datetime(2025, 12, 1)),
    )


observations = st.lists(
    st.builds(observation, st.sampled_from(TERMS), st.sampled_from(list(Assertion))), max_size=10
)


def found_in(said: list[Observation]) -> dict[str, Finding]:
    record = Record(format="case", patient=Patient(), observations=tuple(said))
    return dict(findings_of(record, knowledge=KNOWLEDGE, as_of=AS_OF)[0].by_id)


@given(observations, st.builds(observation, st.sampled_from(TERMS), st.sampled_from(list(Assertion))))
def test_an_observation_touches_only_its_finding_and_what_that_means(said, added):
    name = added.codes[0].code
    order = KNOWLEDGE.vocabulary
    touched = {name} | order.ancestors[name] | order.descendants[name]
    touched |= {rival for one in tuple(touched) for rival in order.rivals.get(one, ())}
    touched |= {far for one in tuple(touched) for far in order.descendants[one] | order.ancestors[one]}
    before, after = found_in(said), found_in([*said, added])
    for other in set(before) | set(after):
        if other not in touched:
            was = before[other].status if other in before else Status.UNKNOWN
            assert (after[other].status if other in after else Status.UNKNOWN) is was


@given(observations)
def test_what_nobody_spoke_of_is_not_absent_unless_it_follows(said):
    named = {item.codes[0].code for item in said}
    for name, finding in found_in(said).items():
        if finding.status is Status.ABSENT and name not in named:
            assert finding.derived, f"{name} is absent although nobody spoke of it"


@given(observations, st.randoms())
def test_the_order_of_observations_does_not_matter(said, random):
    shuffled = list(said)
    random.shuffle(shuffled)
    first, second = found_in(said), found_in(shuffled)
    assert {name: one.status for name, one in first.items()} == {
        name: one.status for name, one in second.items()
    }


@pytest.mark.parametrize("key", KEYS)
def test_no_criterion_is_met_by_an_empty_record(key):
    assert verdicts({})[key] is not Verdict.MET
