"""Every founding fact is a behaviour: its vignettes come out, and one that does not is told with what was seen."""

from __future__ import annotations

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from calcinosis.cli import cli
from calcinosis.evaluation.facts import Behaviour, behaviours
from calcinosis.knowledge import Knowledge, load
from calcinosis.knowledge.checks import problems
from calcinosis.knowledge.loading import root
from calcinosis.knowledge.schema import Expected, Fact, Vignette
from calcinosis.presentation.printed import printed

FACTS = load().contents.facts


@pytest.mark.parametrize("name", FACTS)
def test_a_founding_fact_works(name):
    (found,) = behaviours([FACTS[name]], load(), printed)
    assert found.failures == ()
    assert found.works


def test_each_has_a_vignette_where_it_must_and_one_where_it_must_not():
    for fact in FACTS.values():
        counters = [one for one in fact.vignettes if one.counter]
        assert counters or fact.one_sided, fact.id
        assert len(fact.vignettes) > len(counters), fact.id


def fact(
    *must: Expected, notes: tuple[str, ...] = ("A woman of 50 with a firm nodule of the elbow.",)
) -> Fact:
    shown = Vignette(notes=notes, must=must)
    return Fact(id="X1", text="A fact", source="seed_a", about="look", vignettes=(shown,))


def run(*must: Expected, knowledge: Knowledge | None = None, **more: tuple[str, ...]) -> Behaviour:
    (found,) = behaviours([fact(*must, **more)], knowledge or load(), printed)
    return found


@pytest.mark.parametrize(
    "right",
    [
        Expected(finding="lesion_nodule"),
        Expected(finding="color_white", status=("unknown", "absent")),
        Expected(finding="color_white", never=True),
        Expected(cause="trauma", never=True),
        Expected(subtype="metastatic", leads=True, never=True),
        Expected(subtype="metastatic", status=("unknown",)),
        Expected(form="scrotal_calcinosis", never=True),
        Expected(candidate="calcinosis_cutis", above=0.0001, below=0.99),
        Expected(flag="gangrene_flag", never=True),
        Expected(treatment="surgery", status=("not_indicated", "avoid")),
        Expected(treatment="sts_intralesional", proposes="weekly_150", never=True),
        Expected(steps=("laboratory", "imaging")),
        Expected(says="markdown", words=("elbow",)),
        Expected(says="terminal", words=("Nodule",)),
        Expected(says="html", words=("Nodule",)),
        Expected(says="leaflet", words=("fat red herring",), never=True),
    ],
)
def test_what_is_so_comes_out_and_its_opposite_fails(right):
    assert run(right).works
    (failure,) = run(replace(right, never=not right.never)).failures
    assert failure.fact == "X1"
    assert failure.seen


def test_a_fall_is_judged_from_note_to_note():
    white, red = "Firm white nodules of the elbows.", "Soft red nodules of the elbows."
    assert run(Expected(falls="calcinosis_cutis"), notes=(white, red)).works
    assert not run(Expected(falls="calcinosis_cutis"), notes=(red, white)).works


def test_a_fact_without_vignettes_does_not_work():
    (found,) = behaviours([replace(fact(Expected(finding="fever")), vignettes=())], load(), printed)
    assert not found.works


def test_one_thing_is_looked_at_and_nothing_less_or_more():
    with pytest.raises(ValueError, match="nothing"):
        Expected()
    with pytest.raises(ValueError, match="finding and cause"):
        Expected(finding="fever", cause="trauma")


@pytest.mark.parametrize(
    ("vignettes", "said"),
    [((), "fewer than 2 vignettes"), ((0, 0), "no vignette where it must not show")],
)
def test_a_fact_that_nothing_shows_is_a_fault_of_the_knowledge(vignettes, said):
    held = load().contents
    shown = tuple(held.facts["A1"].vignettes[place] for place in vignettes)
    facts = {**held.facts, "A1": replace(held.facts["A1"], vignettes=shown)}
    told = [one.text for one in problems(replace(held, facts=facts), root()) if one.severity == "error"]
    assert any(said in text for text in told), told


def test_the_check_counts_behaviours_and_can_leave_them_out():
    ran = CliRunner().invoke(cli, ["knowledge", "check"])
    shown = sum(len(one.vignettes) for one in FACTS.values())
    assert ran.exit_code == 0, ran.output
    assert f"{len(FACTS)} of {len(FACTS)} facts work: {shown} vignettes" in ran.output
    without = CliRunner().invoke(cli, ["knowledge", "check", "--no-facts"])
    assert without.exit_code == 0
    assert "facts work" not in without.output


def test_a_failing_one_is_told_with_what_was_expected_and_seen_and_the_command_fails(monkeypatch):
    wrong = fact(Expected(finding="color_white"))
    monkeypatch.setattr(
        "calcinosis.evaluation.facts.behaviours", lambda *_: behaviours([wrong], load(), printed)
    )
    ran = CliRunner().invoke(cli, ["knowledge", "check"])
    assert ran.exit_code == 2
    assert "X1, vignette 1: expected finding color_white; seen unknown (A woman of 50" in ran.output
    assert "0 of 1 facts work: 1 vignettes" in ran.output
