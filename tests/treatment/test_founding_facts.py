"""Treatments as the founding facts ask for them: by every mechanism, by the disease and by the size of the deposit."""

from __future__ import annotations

import pytest

from calcinosis.knowledge import load

from .patients import Case
from .test_matching import SAFE


@pytest.fixture(scope="module")
def base():
    return load()


def status(case: Case, name: str) -> str:
    return case.option(name).status


MIXED = ["dermatomyositis", "hyperphosphataemia", "size_ge_50mm"]


def test_a_high_phosphate_takes_no_treatment_of_the_connective_tissue_disease_away(base):
    case = Case(base, "metastatic", present=MIXED, absent=SAFE, causes=["adult_dermatomyositis"])
    offered = ("diltiazem_oral", "pamidronate_iv", "immunosuppression")
    assert {status(case, name) for name in offered} <= {"suitable", "consider"}


def test_the_reason_for_a_second_mechanism_is_told(base):
    case = Case(base, "metastatic", present=MIXED, absent=SAFE, causes=["adult_dermatomyositis"])
    told = [why.text for why in case.option("pamidronate_iv").reasons]
    assert base.contents.mixed.text in told


@pytest.mark.parametrize("leading", ["iatrogenic", "calciphylaxis"])
def test_nothing_of_the_kind_where_another_mechanism_leads(base, leading):
    case = Case(base, leading, present=MIXED, absent=SAFE, causes=["adult_dermatomyositis"])
    assert status(case, "pamidronate_iv") == "not_indicated"


def test_a_high_phosphate_alone_gives_no_treatment_of_damage(base):
    case = Case(base, "metastatic", present=["hyperphosphataemia", "size_ge_50mm"], absent=SAFE)
    assert status(case, "diltiazem_oral") == "not_indicated"


@pytest.mark.parametrize("disease", ["polymyositis", "dermatomyositis", "juvenile_dermatomyositis"])
def test_every_inflammatory_myopathy_is_treated(base, disease):
    case = Case(base, present=[disease], absent=SAFE)
    assert status(case, "immunosuppression") in ("suitable", "consider")


@pytest.mark.parametrize(
    ("present", "absent", "proposed"),
    [
        (["site_fingertip", "size_3_9mm", "size_under_5mm"], [], ["fingertip_150"]),
        (["site_fingers", "size_lt_3mm", "size_under_5mm"], [], ["fingertip_150"]),
        (["site_forearm", "size_10_49mm"], ["size_under_5mm", "site_fingertip"], ["weekly_150"]),
        (["site_shin", "ulceration"], ["site_fingertip"], ["weekly_150"]),
        (["site_fingertip", "size_3_9mm"], ["size_under_5mm", "ulceration", "ulcer_non_healing"], []),
        (["site_elbow", "size_3_9mm", "size_under_5mm"], ["site_fingertip", "site_fingers"], []),
        (["site_fingertip"], [], []),
    ],
)
def test_the_injection_is_proposed_by_the_size_of_the_deposit(base, present, absent, proposed):
    case = Case(base, present=["systemic_sclerosis", *present], absent=[*SAFE, *absent])
    assert [line.id for line in case.option("sts_intralesional").dose.proposed] == proposed


def test_an_amount_that_turns_on_the_size_says_so(base):
    case = Case(base, present=["systemic_sclerosis", "site_fingertip"], absent=SAFE)
    assert "under 5 mm" in case.option("sts_intralesional").dose.withheld


@pytest.mark.parametrize(
    ("present", "expected"),
    [(["nephrogenic_systemic_fibrosis"], "consider"), (["systemic_sclerosis", "size_10_49mm"], "avoid")],
)
def test_kidney_failure_bars_the_injection_but_not_in_the_disease_that_comes_with_it(base, present, expected):
    assert status(Case(base, present=present, absent=SAFE, egfr=8), "sts_intralesional") == expected
