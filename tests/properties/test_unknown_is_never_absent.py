"""Adding a finding never turns a verdict that did not depend on it; unknown is never read as absent."""

from __future__ import annotations

from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from calcinosis.criteria import Certain, Environment, nodes
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
from conformance.engines import Engine, Verdicts

KNOWLEDGE = load()
TERMS = sorted(KNOWLEDGE.contents.findings)
# What a finding is as well while it is not said to be past.
NOW = {term.term: term.now for term in KNOWLEDGE.tables.term}
QUERIED = {term.term: term.queried for term in KNOWLEDGE.tables.term}
# Guards that ask for certainty are the one kind that more knowledge may turn.
KEYS = sorted(
    key
    for key, tree in KNOWLEDGE.shelf.trees.items()
    if not any(isinstance(node, Certain) for node in nodes(tree)) and tree != ALWAYS
)
DEFINITE = (Status.PRESENT, Status.ABSENT)
AS_OF = datetime(2026, 1, 1, 23)


# Many patients an example: a database reads them at once.
MANY = 12


def many(of: st.SearchStrategy) -> st.SearchStrategy:
    return st.lists(of, min_size=MANY, max_size=MANY)


def verdicts(engine: Engine, *known: dict[str, Status]) -> list[Verdicts]:
    asked = (
        Environment(Findings({name: Finding(id=name, status=status) for name, status in one.items()}, {}))
        for one in known
    )
    return engine.shelf(*asked)


statuses = st.dictionaries(st.sampled_from(TERMS), st.sampled_from(DEFINITE), max_size=12)
changes = many(st.tuples(statuses, st.sampled_from(TERMS), st.sampled_from(DEFINITE)))


@given(changes)
@settings(max_examples=5)
def test_a_definite_verdict_stands_when_a_finding_is_added(engine, changes):
    known = [before for before, _, _ in changes]
    more = [{added: status, **before} for before, added, status in changes]
    found = verdicts(engine, *known, *more)
    for before, after in zip(found[:MANY], found[MANY:], strict=True):
        definite = [key for key in KEYS if before[key] is not Verdict.UNKNOWN]
        assert [key for key in definite if after[key] is not before[key]] == []


@given(changes)
@settings(max_examples=5)
def test_a_verdict_that_does_not_depend_on_a_finding_does_not_change_with_it(engine, changes):
    depends = KNOWLEDGE.shelf.depends
    known = [before for before, _, _ in changes]
    other = [{**before, changed: status} for before, changed, status in changes]
    found = verdicts(engine, *known, *other)
    for (_, changed, _), before, after in zip(changes, found[:MANY], found[MANY:], strict=True):
        apart = [key for key in KEYS if changed not in depends(key)]
        assert [key for key in apart if after[key] is not before[key]] == []


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


def found_in(engine: Engine, *records: list[Observation]) -> list[dict[str, Finding]]:
    read = (Record(format="case", patient=Patient(), observations=tuple(said)) for said in records)
    return [dict(found.by_id) for found in engine.findings(*((record, AS_OF) for record in read))]


def statuses_of(found: dict[str, Finding]) -> dict[str, Status]:
    return {name: one.status for name, one in found.items() if one.status is not Status.UNKNOWN}


def touched_by(name: str) -> set[str]:
    """The finding, what it means, and all that may follow from that."""
    order = KNOWLEDGE.vocabulary
    touched = {one for said in {name, NOW[name]} - {""} for one in (said, *order.ancestors[said])}
    touched |= {one for said in {name, NOW[name]} - {""} for one in order.descendants[said]}
    touched |= {rival for one in tuple(touched) for rival in order.rivals.get(one, ())}
    return touched | {far for one in tuple(touched) for far in order.descendants[one] | order.ancestors[one]}


@given(
    many(
        st.tuples(
            observations, st.builds(observation, st.sampled_from(TERMS), st.sampled_from(list(Assertion)))
        )
    )
)
@settings(max_examples=6)
def test_an_observation_touches_only_its_finding_and_what_that_means(engine, records):
    found = found_in(engine, *(said for said, _ in records), *([*said, added] for said, added in records))
    for (_, added), before, after in zip(records, found[:MANY], found[MANY:], strict=True):
        changed = dict(statuses_of(before).items() ^ statuses_of(after).items())
        assert set(changed) <= touched_by(added.codes[0].code)


@given(many(observations))
@settings(max_examples=6)
def test_what_nobody_spoke_of_is_not_absent_unless_it_follows(engine, records):
    for said, found in zip(records, found_in(engine, *records), strict=True):
        named = {item.codes[0].code for item in said}
        named |= {NOW[name] for name in named} | {QUERIED[name] for name in named}
        for name, finding in found.items():
            if finding.status is Status.ABSENT and name not in named:
                assert finding.derived, f"{name} is absent although nobody spoke of it"


@given(many(observations), st.randoms())
@settings(max_examples=6)
def test_the_order_of_observations_does_not_matter(engine, records, random):
    shuffled = [random.sample(said, len(said)) for said in records]
    found = found_in(engine, *records, *shuffled)
    assert list(map(statuses_of, found[:MANY])) == list(map(statuses_of, found[MANY:]))


def test_no_criterion_is_met_by_an_empty_record(engine):
    (found,) = verdicts(engine, {})
    assert [key for key in KEYS if found[key] is Verdict.MET] == []
