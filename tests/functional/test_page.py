"""The page: whole, self-contained, in the order of the pathway, and deaf to mark-up in a record."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from calcinosis import Consultation, consult
from calcinosis.conclusions.synthesis import percent
from calcinosis.knowledge import Knowledge
from calcinosis.model import Evidence, Finding, Findings, Ignored, Status
from calcinosis.presentation.bodymap import bodymap, drawing
from calcinosis.presentation.figures.waterfall import waterfall
from calcinosis.presentation.page import page

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
RECORDS = sorted(path for path in EXAMPLES.iterdir() if path.suffix in (".json", ".yaml", ".txt"))
VOID = {"meta", "br", "path", "rect", "circle", "link", "img", "input", "hr"}
HOSTILE = "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> {{ 7*7 }}"


class Elements(HTMLParser):
    """Every element with its attributes; `faults` are tags that do not close in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


@pytest.fixture(scope="module")
def consulted(knowledge: Knowledge) -> Consultation:
    return consult(EXAMPLES / "systemic-sclerosis-overlap.json", "2026-01-01", knowledge=knowledge)


@pytest.fixture(scope="module")
def plain(consulted: Consultation) -> Elements:
    return Elements(page(consulted, "record.json"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda path: path.stem)
def test_every_example_gives_a_balanced_page(record: Path, knowledge: Knowledge) -> None:
    elements = Elements(page(consult(record, "2026-01-01", knowledge=knowledge), record.name))
    assert elements.faults == []
    assert elements.open == []
    ids = [held["id"] for _, held in elements.found if "id" in held]
    assert [name for name, times in Counter(ids).items() if times > 1] == []


def test_links_inside_the_page_lead_somewhere(plain: Elements) -> None:
    ids = {held.get("id") for _, held in plain.found}
    targets = {str(held["href"])[1:] for _, held in plain.found if str(held.get("href", "")).startswith("#")}
    assert targets
    assert targets <= ids


def test_sections_stand_in_the_order_of_the_pathway(plain: Elements) -> None:
    order = [held["aria-labelledby"] for tag, held in plain.found if tag == "section"]
    whole = ["urgent", "findings", "values", "differential", "subtypes", "steps", "treatments"]
    whole += ["ignored", "sources"]
    assert order == [name for name in whole if name in order]
    assert {"urgent", "findings", "subtypes", "steps", "sources"} <= set(order)


def test_the_page_asks_for_nothing_and_runs_nothing(plain: Elements, consulted: Consultation) -> None:
    tags = {tag for tag, _ in plain.found}
    assert not tags & {"script", "link", "iframe", "object", "embed", "form", "base", "img"}
    for tag, held in plain.found:
        assert not {"src", "srcset", "action", "style"} & held.keys()
        assert not [name for name in held if name.startswith("on")]
        if "href" in held:
            assert tag == "a"
            assert re.match(r"(#|https?://)", str(held["href"]))
    style = re.search(r"<style>(.*?)</style>", page(consulted, ""), re.DOTALL)
    assert style is not None
    assert "@import" not in style[1]
    assert set(re.findall(r"url\(([^)]*)\)", style[1])) <= {"#hatch", "#dots"}


def test_a_policy_admits_its_own_style_sheet_only(plain: Elements) -> None:
    policy = next(held["content"] for _, held in plain.found if held.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")


def _speaking(held: Consultation, text: str) -> Consultation:
    """The same consultation with `text` wherever a record can put words."""
    name = next(iter(held.findings.by_id))
    spoken = Finding(
        id=name, status=Status.UNKNOWN, reason=text, sides=(text,), evidence=(Evidence(text, text),)
    )
    findings = Findings({**held.findings.by_id, name: spoken}, held.findings.measured)
    return replace(held, findings=findings, ignored=(Ignored(text, text, text),))


def test_words_of_a_record_stay_words(consulted: Consultation) -> None:
    shown = page(_speaking(consulted, HOSTILE), HOSTILE)
    tags = {tag for tag, _ in Elements(shown).found}
    assert "script" not in tags
    assert "img" not in tags
    assert "&lt;script&gt;alert(1)" in shown
    assert "{{ 7*7 }}" in shown


@lru_cache(maxsize=1)
def _calm() -> tuple[Consultation, Counter[str]]:
    held = consult(EXAMPLES / "systemic-sclerosis-overlap.json", "2026-01-01")
    return held, Counter(tag for tag, _ in Elements(page(_speaking(held, "x"), "x")).found)


@settings(max_examples=15)
@given(st.text(alphabet="<>&\"'=/ ax!-{}%#", max_size=30))
def test_no_text_adds_an_element(text: str) -> None:
    held, calm = _calm()
    spoken = Counter(tag for tag, _ in Elements(page(_speaking(held, text or "x"), text or "x")).found)
    assert spoken == calm


def test_urgent_is_there_when_nothing_is_urgent(consulted: Consultation) -> None:
    shown = page(replace(consulted, urgent=()), "")
    total, open_ = len(consulted.knowledge.contents.urgent), len(consulted.urgent_unchecked)
    assert f"None of {total} red flags raised, {open_} could not be checked" in shown


def test_a_proposal_is_marked(consulted: Consultation) -> None:
    marked = [step for step in consulted.next_steps if step.basis != "published"]
    disputed = [entry for item in consulted.subtypes for entry in item.disagreements]
    assert marked or disputed
    assert '<span class="basis">proposal</span>' in page(consulted, "")


def test_the_footer_says_what_it_is_for(consulted: Consultation) -> None:
    shown = page(consulted, "")
    assert "For a professional to check; informs and replaces none." in shown
    assert consulted.knowledge.digest in shown


def test_a_chance_is_never_rounded_to_certainty() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.5, 0.999, 1.0)] == [
        "under 1 %",
        "under 1 %",
        "50 %",
        "over 99 %",
        "over 99 %",
    ]


# The body map.


def _mapped(*found: Finding) -> dict[tuple[str, str, str], set[str]]:
    from calcinosis.knowledge import load

    drawn = bodymap(Findings({item.id: item for item in found}, {}), load())
    shapes = zip(drawing().shapes, drawn.shapes, strict=True)
    states: dict[tuple[str, str, str], set[str]] = {}
    for shape, painted in shapes:
        states.setdefault((shape.region, shape.view, shape.side), set()).add(painted.state)
    return states


def _site(name: str, status: Status = Status.PRESENT, *sides: str, derived: str = "") -> Finding:
    return Finding(id=name, status=status, sides=sides, derived=derived)


def test_every_site_finding_has_its_place_on_the_map(knowledge: Knowledge) -> None:
    sites = {name for name, term in knowledge.contents.findings.items() if term.kind == "site"}
    drawn = drawing()
    assert set(drawn.sites) == sites
    assert {shape.region for shape in drawn.shapes} <= sites
    regions = {shape.region for shape in drawn.shapes}
    assert all(set(site.shown_on) <= regions for site in drawn.sites.values())


def test_nothing_said_is_nothing_drawn() -> None:
    assert {state for states in _mapped().values() for state in states} == {"unknown"}


def test_a_side_is_drawn_on_that_side_alone() -> None:
    states = _mapped(_site("site_elbow", Status.PRESENT, "left"))
    assert states["site_elbow", "back", "left"] == {"present"}
    assert states["site_elbow", "back", "right"] == {"unknown"}


def test_a_side_that_is_not_stated_is_drawn_as_inexact() -> None:
    states = _mapped(_site("site_elbow"))
    assert states["site_elbow", "back", "left"] == {"within"}
    assert states["site_elbow", "back", "right"] == {"within"}


def test_a_wide_site_is_drawn_as_somewhere_here() -> None:
    states = _mapped(_site("site_upper_limb", Status.PRESENT, "right"))
    assert states["site_forearm", "front", "right"] == {"within"}
    assert states["site_forearm", "front", "left"] == {"unknown"}
    assert states["site_thigh", "front", "right"] == {"unknown"}


def test_an_exact_site_takes_the_place_of_a_wide_one() -> None:
    states = _mapped(_site("site_lower_limb"), _site("site_ankle", Status.PRESENT, "right"))
    assert states["site_ankle", "front", "right"] == {"present"}
    assert states["site_thigh", "front", "right"] == {"unknown"}


def test_absence_is_drawn_and_is_not_unknown() -> None:
    states = _mapped(_site("site_face", Status.ABSENT))
    assert states["site_face", "front", ""] == {"absent"}
    assert states["site_scalp", "front", ""] == {"unknown"}


# The waterfall.


def _entry(prior: float, *changes: float) -> dict[str, object]:
    said = [{"label": f"finding {number}", "status": "present", "decibans": change}
            for number, change in enumerate(changes)]  # fmt: skip
    return {
        "prior_decibans": prior,
        "rival_name": "another",
        "for": [one for one in said if one["decibans"] > 0],  # type: ignore[operator]
        "against": [one for one in said if one["decibans"] < 0],  # type: ignore[operator]
    }


def test_no_contributions_give_no_figure() -> None:
    assert waterfall({"for": [], "against": []}) is None


@given(
    st.floats(-30, 30),
    st.lists(st.floats(-20, 20).filter(lambda one: abs(one) > 0.01), min_size=1, max_size=20),
)
def test_bars_add_up_to_the_last_and_stay_on_the_axis(prior: float, changes: list[float]) -> None:
    figure = waterfall(_entry(prior, *changes))
    assert figure is not None
    *steps, last = figure.bars
    assert sum(bar.change for bar in steps) == pytest.approx(last.change, abs=1e-6)
    assert last.change == pytest.approx((prior + sum(changes)) / 10, abs=1e-6)
    assert all(bar.left >= -0.01 and bar.left + bar.width <= 101 for bar in figure.bars)
    assert 0 <= figure.zero <= 100


def test_an_absent_finding_says_so() -> None:
    entry = _entry(0.0, 3.0)
    entry["against"] = [{"label": "fever", "status": "absent", "decibans": -2.0}]
    figure = waterfall(entry)
    assert figure is not None
    assert [bar.label for bar in figure.bars] == [
        "before any finding",
        "finding 0",
        "no fever",
        "after all findings",
    ]
