"""The next best step: information, burden, and the order of the pathway."""

from __future__ import annotations

import pytest

from calcinosis.conclusions.differential.ranking import Engine
from calcinosis.conclusions.next_steps import NextStep, next_steps
from calcinosis.conclusions.synthesis import lesion, synthesis
from calcinosis.conclusions.workup import STEPS, gains, outcomes
from calcinosis.criteria import Environment, Evaluation
from calcinosis.knowledge import Knowledge
from calcinosis.model import Findings, Status

from .conftest import findings_from

P, A = Status.PRESENT, Status.ABSENT
LUMP = {"lesion_nodule": P, "consistency_hard": P, "site_fingers": P, "number_solitary": P}


def steps_of(knowledge: Knowledge, made: Engine, findings: Findings) -> tuple[NextStep, ...]:
    found = made.differential(findings, "dermatology")
    evaluation = Evaluation(Environment(findings), knowledge.shelf)
    told = synthesis(lesion(findings, knowledge), found, evaluation, knowledge)
    return next_steps(evaluation, (), found, told, knowledge)


def test_gain_is_never_negative_and_nothing_known_is_asked_again(knowledge: Knowledge, made: Engine) -> None:
    findings = findings_from({**LUMP, "xray_calcification": P}, age_years=50)
    found = gains(
        made.differential(findings, "dermatology"), findings, knowledge.contents.investigations.values()
    )
    assert found
    assert all(one.bits >= 0 and one.diagnosis_bits >= 0 for one in found)
    assert not {"xray_calcification", "lesion_nodule"} & {name for one in found for name in one.settles}
    assert [one.bits for one in found] == sorted((one.bits for one in found), reverse=True)


def test_nothing_is_gained_where_all_is_known(knowledge: Knowledge, made: Engine) -> None:
    open_names = {n for i in knowledge.contents.investigations.values() for n in i.answers}
    findings = findings_from({**dict.fromkeys(open_names, A), **LUMP})
    found = made.differential(findings, "dermatology")
    assert gains(found, findings, knowledge.contents.investigations.values()) == ()


def test_results_say_what_they_would_do(made: Engine) -> None:
    findings = findings_from(LUMP, age_years=50)
    found = made.differential(findings, "dermatology")
    present, absent = outcomes(found, findings, ["xray_calcification"], most=1)
    assert present.probability + absent.probability == pytest.approx(1.0)
    up = {shift.id: shift for shift in present.shifts}["calcinosis_cutis"]
    assert up.after > up.before
    more = findings_from({**LUMP, "xray_calcification": P}, age_years=50)
    assert made.differential(more, "dermatology").probabilities["calcinosis_cutis"] == pytest.approx(up.after)


def test_the_pathway_order_holds_unless_a_reason_is_given(knowledge: Knowledge, made: Engine) -> None:
    for statuses in (LUMP, {**LUMP, "ckd_dialysis": P}, {"site_scrotum": P, "lesion_nodule": P}):
        steps = steps_of(knowledge, made, findings_from(statuses, age_years=40))
        usual = [s for s in steps if not (s.first or s.lifted or s.advised_against)]
        places = [STEPS.index(s.kind) for s in usual]
        assert places == sorted(places)
        assert all("bits" in s.why for s in steps if s.lifted)


def test_radiography_comes_first_in_connective_tissue_disease(knowledge: Knowledge, made: Engine) -> None:
    statuses = {**LUMP, "ctd_history": P, "autoimmune_disease": P, "systemic_sclerosis": P}
    first = steps_of(knowledge, made, findings_from(statuses, age_years=55))[0]
    assert first.kind == "imaging"
    assert first.first
    assert first.sources


def test_a_later_step_is_lifted_when_it_settles_far_more(knowledge: Knowledge, made: Engine) -> None:
    looked = [
        i
        for i in knowledge.contents.investigations.values()
        if i.step in ("appearance", "history", "laboratory")
    ]
    known = {n: A for i in looked for n in i.answers}
    steps = steps_of(knowledge, made, findings_from({**known, **LUMP}, age_years=50))
    assert steps
    assert steps[0].kind in ("imaging", "histology")
