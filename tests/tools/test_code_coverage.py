"""What codes alone can say of a criterion, and the page that says so."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from calcinosis.criteria import CriterionId, parse
from calcinosis.knowledge import load
from calcinosis.model import Code

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

import code_coverage  # noqa: E402

REACH = code_coverage.Reach(load())
# A disease with codes, a look without, a value, a demographic.
CODED, LOOK, VALUE = "systemic_sclerosis", "consistency_hard", "hypercalcaemia"


@pytest.mark.parametrize(
    ("tree", "met", "ruled_out"),
    [
        (CODED, True, True),
        (LOOK, False, False),
        (VALUE, True, True),
        ({"all": [CODED, LOOK]}, False, True),
        ({"any": [CODED, LOOK]}, True, False),
        ({"none": [CODED, VALUE]}, True, True),
        ({"none": [CODED, LOOK]}, False, True),
        ({"at_least": 2, "of": [CODED, VALUE, LOOK]}, True, True),
        ({"at_least": 3, "of": [CODED, VALUE, LOOK]}, False, True),
        ({"at_least": 1, "of": [CODED, VALUE, LOOK]}, True, False),
        ({"certain": LOOK}, False, True),
        ({"none": [{"certain": LOOK}]}, True, False),
        ({"age": {"at_least": 18}}, True, True),
        ({"sex": "female"}, True, True),
    ],
)
def test_what_codes_can_say_follows_the_logic_of_criteria(tree, met, ruled_out):
    can = REACH.node(parse(tree, "a test"))
    assert (can.met, can.ruled_out) == (met, ruled_out)


def test_the_finding_that_stands_in_the_way_is_named():
    can = REACH.node(parse({"all": [CODED, LOOK]}, "a test"))
    assert can.lacking == (LOOK,)
    assert REACH.node(parse({"any": [CODED, LOOK]}, "a test")).undenied == (LOOK,)


def test_a_kind_alone_proves_and_does_not_deny():
    """There are codes of pressure ulcers and of ulcers of the leg, and none of chronic ulcers as such."""
    assert "chronic_ulcer" in REACH.present
    assert "chronic_ulcer" not in REACH.absent


def test_more_criteria_are_never_lost_again():
    """Figures of the page: who removes codes sees here what it costs."""
    met = Counter(key.kind for key in load().shelf.trees if REACH.of(key).met)
    assert met["cause"] >= 116
    assert met["urgent"] >= 17
    assert met["subtype"] == 5


def test_the_page_is_what_the_knowledge_says_today():
    page = code_coverage.PAGE.read_text(encoding="utf-8")
    assert code_coverage.written(page, code_coverage.generated(load())) == page


def test_what_was_measured_stands_until_it_is_measured_again():
    page = "<!-- codes: shares -->\nmeasured\n<!-- end -->\n<!-- codes: criteria -->\nold\n<!-- end -->"
    assert "measured" in code_coverage.written(page, {"criteria": "new"})
    assert "old" not in code_coverage.written(page, {"criteria": "new"})


def test_shares_count_rows_and_not_names():
    known = (Code("A", "1"),)
    found = {("NDJSON", "drugs"): Counter({(known, ""): 3, ((Code("A", "2"),), "x"): 1})}
    text = code_coverage.shares(found, lambda code: code.code == "1", lambda kind, row: row[1] == "x")
    assert "| drugs | NDJSON | 4 | 3 (75.0 %) | 4 (100.0 %) |" in text


def test_a_cause_is_reached_through_what_it_refers_to():
    assert REACH.of(CriterionId("subtype", "metastatic")).met
