"""A contraindication is written in its own words: when, unless, who, ask, egfr_below. What they mean:

It is met when `when` is met or the renal function is below `egfr_below`; neither written, it always is. It
counts for people in `who`. While `unless` is met it is not met, and an `unless` that is unknown exempts nobody.
Where the answer is unknown, it counts as not met for people who are surely not of those that `ask` names.

The rules are written out here once more, on verdicts that are ordered as not met < unknown < met, so that "and"
is the least and "or" the greatest, and held against the trees that knowledge is compiled to.
"""

from __future__ import annotations

from itertools import combinations, product
from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calcinosis.conclusions.treatment.dose import compute
from calcinosis.conclusions.treatment.person import Person, belongs, environment, person
from calcinosis.criteria import Compare, CriterionId, Leaf, Limits, Node, evaluate
from calcinosis.knowledge import Knowledge
from calcinosis.knowledge.guards import belonging, guarding, indicated, meeting, possible, reviewed
from calcinosis.knowledge.library import guards_of
from calcinosis.knowledge.treatment_schema import DrugReview, Guard, Indication, Interaction, Side, Who
from calcinosis.model import Finding, Findings, Interval, Patient, Status, Verdict
from calcinosis.model.interval import exact

from .patients import Case, made
from .test_safety import people

T, F, U = Verdict.MET, Verdict.NOT_MET, Verdict.UNKNOWN
ORDER = [F, U, T]
STATUS = {T: Status.PRESENT, F: Status.ABSENT, U: Status.UNKNOWN}

# What answers each part with a verdict: findings, sex, age and renal function of a person.
SEX = {T: "female", F: "male", U: ""}
AGE = {T: 30.0, F: 60.0, U: None}
EGFR = {T: exact(20.0), F: exact(90.0), U: None}
PARTS = {
    "when": Leaf("reason"),
    "unless": Leaf("exemption"),
    "who": Who(sex="female"),
    "ask": Who(age_from=12, age_to=55),
    "egfr_below": 30.0,
}


def least(*verdicts: Verdict) -> Verdict:
    return min(verdicts, key=ORDER.index)


def greatest(*verdicts: Verdict) -> Verdict:
    return max(verdicts, key=ORDER.index)


def ruled(answer: dict[str, Verdict]) -> Verdict:
    """The rules of the docstring, on the verdicts of the parts that are written."""
    if answer.get("unless") is T:
        return F
    reasons = [answer[part] for part in ("when", "egfr_below") if part in answer]
    verdict = least(greatest(*reasons) if reasons else T, answer.get("who", T))
    return F if verdict is U and answer.get("ask") is F else verdict


def asked(node: Node, findings: Findings, someone: Person) -> Verdict:
    return evaluate(node, environment(findings, someone), lambda named: pytest.fail(f"no {named}")).verdict


@pytest.mark.parametrize(
    "written",
    [parts for size in range(len(PARTS) + 1) for parts in combinations(PARTS, size)],
    ids=lambda parts: "+".join(parts) or "nothing",
)
def test_a_guard_answers_as_its_words_say(written):
    node = guarding(Guard(id="g", text="t", sources=(), **{part: PARTS[part] for part in written}))
    for verdicts in product(ORDER, repeat=len(PARTS)):
        answer = dict(zip(PARTS, verdicts, strict=True))
        findings = {
            name: Finding(id=name, status=STATUS[answer[part]])
            for part, name in (("when", "reason"), ("unless", "exemption"))
        }
        someone = Person(sex=SEX[answer["who"]], age=AGE[answer["ask"]], egfr=EGFR[answer["egfr_below"]])
        expected = ruled({part: answer[part] for part in written})
        assert asked(node, Findings(findings, {}), someone) is expected, answer


@given(people())
def test_every_guard_of_the_knowledge_base_answers_as_its_words_say(knowledge: Knowledge, someone):
    case = Case(knowledge, **someone)
    situation, renal = case.situation, case.situation.person
    for treatment in knowledge.contents.treatment.treatments.values():
        for kind, guard in ((kind, guard) for kind, listed in guards_of(treatment) for guard in listed):
            written = {"who": belongs(renal, guard.who), "ask": belongs(renal, guard.ask)}
            if guard.when is not None:
                key = CriterionId("asked", treatment.id, f"{kind} {guard.id}")
                written["when"] = situation.verdict(key)
            if guard.unless is not None:
                written["unless"] = asked(guard.unless, case.findings, renal)
            if guard.egfr_below is not None:
                written["egfr_below"] = asked(below(guard.egfr_below), case.findings, renal)
            expected = ruled(written)
            assert situation.verdict(CriterionId(kind, treatment.id, guard.id)) is expected, guard.id


@pytest.mark.parametrize(("verdict", "expected"), [(T, T), (U, T), (F, F)])
def test_what_is_possible_is_all_but_what_is_known_not_to_be(verdict, expected):
    findings = Findings({"x": Finding(id="x", status=STATUS[verdict])}, {})
    assert asked(possible(Leaf("x")), findings, Person()) is expected


@pytest.mark.parametrize(("when", "who"), list(product(ORDER, repeat=2)))
def test_a_drug_is_reviewed_when_it_is_met_for_people_who_may_be_meant(when, who):
    rule = DrugReview(id="r", drug="d", when=Leaf("x"), who=Who(sex="female"), text="t", sources=())
    findings = Findings({"x": Finding(id="x", status=STATUS[when])}, {})
    found = asked(reviewed(rule), findings, Person(sex=SEX[who]))
    assert (found is T) is (when is T and who is not F)
    assert found is (F if who is F else when)


@pytest.mark.parametrize(("when", "who"), list(product(ORDER, repeat=2)))
def test_an_indication_holds_in_the_situation_and_for_the_people_it_was_written_for(when, who):
    entry = Indication(text="t", status="consider", when=Leaf("x"), who=Who(sex="female"), sources=())
    findings = Findings({"x": Finding(id="x", status=STATUS[when])}, {})
    assert asked(indicated(entry), findings, Person(sex=SEX[who])) is least(when, who)


def test_what_is_written_for_everybody_and_always_holds_for_a_person_nothing_is_known_of():
    nobody, nothing = Person(), Findings({}, {})
    side = Side(name="s")
    pair = Interaction(id="i", first=side, second=side, severity="minor", text="t", sources=())
    assert asked(indicated(Indication(text="t", status="consider", sources=())), nothing, nobody) is T
    assert asked(meeting(pair), nothing, nobody) is T
    assert belongs(nobody, None) is T
    assert belongs(nobody, Who()) is T


ADULT, CHILD, BAND = Who(age_from=18), Who(age_to=18), Who(age_from=12, age_to=55)
LIGHT, HEAVY = Who(weight_to=40), Who(weight_from=40, weight_to=100)


@pytest.mark.parametrize(
    ("who", "someone", "expected"),
    [
        (ADULT, Person(age=17.999), F),
        (ADULT, Person(age=18), T),
        (ADULT, Person(age=250), T),
        (ADULT, Person(), U),
        (CHILD, Person(age=0), T),
        (CHILD, Person(age=17.999), T),
        (CHILD, Person(age=18), F),
        (CHILD, Person(), U),
        (BAND, Person(age=11.999), F),
        (BAND, Person(age=12), T),
        (BAND, Person(age=54.999), T),
        (BAND, Person(age=55), F),
        (LIGHT, Person(weight=39.999), T),
        (LIGHT, Person(weight=40), F),
        (LIGHT, Person(age=30), U),
        (HEAVY, Person(weight=40), T),
        (HEAVY, Person(weight=100), F),
        (HEAVY, Person(weight=2500), F),
        (Who(sex="male"), Person(sex="male"), T),
        (Who(sex="male"), Person(sex="female"), F),
        (Who(sex="male"), Person(), U),
        (Who(sex="male"), Person(sex="other"), U),
    ],
)
def test_a_band_holds_its_lower_end_and_not_its_upper_one_and_is_open_where_nothing_is_known(
    who, someone, expected
):
    assert belongs(someone, who) is expected
    assert asked(belonging(who), Findings({}, {}), someone) is expected


@pytest.mark.parametrize(("age", "weight", "sex"), list(product(ORDER, repeat=3)))
def test_who_is_all_of_age_weight_and_sex(age, weight, sex):
    who = Who(age_from=12, age_to=55, weight_from=40, sex="female")
    kilograms = {T: 60.0, F: 20.0, U: None}
    someone = Person(age=AGE[age], weight=kilograms[weight], sex=SEX[sex])
    assert belongs(someone, who) is least(age, weight, sex)


# The renal function: the number, and what is said in words.
def below(limit: float) -> Node:
    return Compare("renal", Limits(below=limit))


def treated(knowledge: Knowledge, findings: Findings) -> Person:
    return person(findings, Patient(), knowledge.contents.treatment.dosing)


def renal(knowledge: Knowledge, limit: float, **said) -> Verdict:
    findings = made(said.get("present", ()), said.get("absent", ()))
    number = said.get("egfr")
    if number is not None:
        value = number.high if number.high < inf else number.low
        bound = None if number.is_exact else number
        measured = {"egfr": Finding(id="egfr", status=Status.PRESENT, value=value, interval=bound)}
        findings = Findings(findings.by_id, measured)
    return asked(below(limit), findings, treated(knowledge, findings))


@pytest.mark.parametrize("said", ["ckd_dialysis", "ckd_stage_5", "egfr_below_15"])
def test_what_is_said_of_the_kidney_holds_against_a_number_that_looks_better(knowledge, said):
    assert renal(knowledge, 15, present=[said], egfr=exact(60.0)) is T
    assert renal(knowledge, 30, present=[said], egfr=exact(60.0)) is T
    assert renal(knowledge, 15, present=[said]) is T


def test_a_number_that_is_worse_than_what_is_said_counts(knowledge):
    assert renal(knowledge, 15, present=["ckd_stage_3"], egfr=exact(12.0)) is T


def test_a_stage_says_nothing_below_its_own_limit(knowledge):
    assert renal(knowledge, 60, present=["ckd_stage_4"]) is T
    assert renal(knowledge, 30, present=["ckd_stage_4"]) is T
    assert renal(knowledge, 15, present=["ckd_stage_4"]) is U


def test_the_absence_of_a_limit_says_that_the_kidney_is_above_it(knowledge):
    assert renal(knowledge, 30, absent=["egfr_below_30"]) is F
    assert renal(knowledge, 15, absent=["egfr_below_30"]) is F
    assert renal(knowledge, 60, absent=["egfr_below_30"]) is U


@pytest.mark.parametrize("stage", ["ckd_dialysis", "ckd_stage_5", "ckd_stage_4", "ckd_stage_3"])
def test_the_absence_of_a_stage_says_nothing(knowledge, stage):
    assert all(renal(knowledge, limit, absent=[stage]) is U for limit in (15, 30, 60))


def test_of_a_kidney_that_nobody_looked_at_nothing_is_known(knowledge):
    assert renal(knowledge, 30) is U


@pytest.mark.parametrize(
    ("bound", "limit", "expected"),
    [
        (Interval(0, 30), 30, U),
        (Interval(0, 29.9), 30, T),
        (Interval(0, 60), 30, U),
        (Interval(0, 15), 30, T),
        (Interval(60, inf), 30, F),
        (Interval(60, inf), 60, F),
        (Interval(60, inf), 90, U),
        (exact(30), 30, F),
        (exact(29.9), 30, T),
    ],
)
def test_a_rate_that_is_known_as_a_bound_decides_only_where_all_it_may_be_does(
    knowledge, bound, limit, expected
):
    assert renal(knowledge, limit, egfr=bound) is expected


def ruled_renal(knowledge: Knowledge, limit: float, present, absent, number: float | None) -> Verdict:
    """The renal rule in words: said or measured below it, else measured or said not to be, else unknown."""
    stages = knowledge.contents.treatment.dosing.renal.stages
    if any(stage.finding in present and stage.below <= limit for stage in stages):
        return T
    if number is not None:
        return T if number < limit else F
    known = any(s.finding in absent and s.absence_counts and s.below >= limit for s in stages)
    return F if known else U


STAGES = ["egfr_below_15", "egfr_below_30", "egfr_below_60", "ckd_dialysis", "ckd_stage_4", "ckd_stage_3"]


@given(
    st.dictionaries(st.sampled_from(STAGES), st.booleans()),
    st.one_of(st.none(), st.sampled_from([5.0, 15.0, 29.9, 30.0, 45.0, 60.0, 90.0])),
    st.sampled_from([10.0, 15.0, 30.0, 35.0, 60.0, 90.0]),
)
def test_whatever_is_said_and_measured_the_renal_rule_answers(knowledge, said, number, limit):
    present = [name for name, how in said.items() if how]
    absent = [name for name, how in said.items() if not how]
    given_ = {} if number is None else {"egfr": exact(number)}
    answer = renal(knowledge, limit, present=present, absent=absent, **given_)
    assert answer is ruled_renal(knowledge, limit, present, absent, number)


# A bound is no number to compute with.
def bounded(**bounds: Interval) -> Findings:
    measured = {
        name: Finding(id=name, status=Status.PRESENT, value=bound.high, interval=bound)
        for name, bound in bounds.items()
    }
    return Findings({}, measured)


def test_from_a_weight_that_is_known_as_a_bound_nothing_is_computed(knowledge):
    someone = treated(knowledge, bounded(body_weight=Interval(0, 70), body_height=Interval(0, 180)))
    assert (someone.weight, someone.height, someone.surface, someone.doubts) == (None, None, None, ())
    held = knowledge.contents.treatment
    (dose,) = (one for one in held.treatments["diltiazem_oral"].doses if one.id == "seed_per_kg")
    assert compute(dose, someone, held).needs == ("weight",)
    assert compute(dose, someone, held).low is None


def test_an_age_that_is_known_as_a_bound_gives_way_to_the_age_of_the_record(knowledge):
    dosing = knowledge.contents.treatment.dosing
    findings = bounded(age_years=Interval(0, 90))
    assert person(findings, Patient(age_years=60), dosing).age == 60
    assert person(findings, Patient(), dosing).age is None


def test_a_person_stands_in_the_environment_with_what_is_known_of_them():
    findings = Findings({}, {})
    known = environment(findings, Person(age=30, weight=60, sex="female", egfr=Interval(60, inf)))
    numbers = {"age": exact(30), "weight": exact(60), "renal": Interval(60, inf)}
    assert (known.findings, known.quantities, known.words) == (findings, numbers, {"sex": "female"})
    bare = environment(findings, Person(sex="other"))
    assert (bare.quantities, bare.words) == ({}, {})
