"""The page in a real browser: accessible, without a foreign request, printable with everything open."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from calcinosis import consult
from calcinosis.knowledge import Knowledge
from calcinosis.presentation.page import page

CHROMIUM = Path("/usr/bin/chromium")
EXAMPLES = Path(__file__).resolve().parents[3] / "examples"
RECORDS = ("systemic-sclerosis-overlap.json", "dialysis-calciphylaxis.txt")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"there is no {CHROMIUM}"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(params=RECORDS)
def written(request: pytest.FixtureRequest, tmp_path: Path, knowledge: Knowledge) -> Path:
    target = tmp_path / "consultation.html"
    shown = page(consult(EXAMPLES / request.param, "2026-01-01", knowledge=knowledge), request.param)
    target.write_text(shown, encoding="utf-8")
    return target


def _opened(browser: Any, written: Path, width: int) -> tuple[Any, list[str], list[str]]:
    shown = browser.new_page(viewport={"width": width, "height": 900})
    asked: list[str] = []
    said: list[str] = []
    shown.on("request", lambda request: asked.append(request.url))
    shown.on("console", lambda message: said.append(message.text))
    shown.goto(written.as_uri())
    return shown, asked, said


@pytest.mark.parametrize("width", [400, 1280])
def test_axe_finds_nothing(browser: Any, written: Path, width: int) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    # axe is put into the page by the test; the page's own policy would refuse it.
    context = browser.new_context(bypass_csp=True, viewport={"width": width, "height": 900})
    shown = context.new_page()
    shown.goto(written.as_uri())
    shown.evaluate("for (const one of document.querySelectorAll('details')) one.open = true")
    found = axe.Axe().run(shown)
    assert found.violations_count == 0, found.generate_report()


def test_nothing_is_asked_of_anyone(browser: Any, written: Path) -> None:
    _, asked, said = _opened(browser, written, 1280)
    assert asked == [written.as_uri()]
    assert said == []


@pytest.mark.parametrize("width", [400, 900, 1280])
def test_nothing_runs_off_the_side(browser: Any, written: Path, width: int) -> None:
    shown, _, _ = _opened(browser, written, width)
    assert shown.evaluate("document.documentElement.scrollWidth") <= width


def test_everything_that_acts_is_reached_by_keyboard(browser: Any, written: Path) -> None:
    shown, _, _ = _opened(browser, written, 1280)
    waiting = shown.evaluate(
        "[...document.querySelectorAll('summary, a[href]')].filter(one => one.checkVisibility()).length"
    )
    reached = set()
    for _ in range(waiting + 20):
        shown.keyboard.press("Tab")
        name = shown.evaluate(
            "[...document.querySelectorAll('summary, a[href]')].indexOf(document.activeElement)"
        )
        if name >= 0:
            reached.add(name)
    assert len(reached) >= waiting


def test_print_shows_what_is_folded(browser: Any, written: Path) -> None:
    shown, _, _ = _opened(browser, written, 1280)
    shown.emulate_media(media="print")
    # Folded parts are laid out with a frame after the change of medium. The page forbids evaluation of
    # strings, which a wait for a function needs for every look but the first.
    folded = shown.evaluate(
        """() => new Promise(done => {
            const hidden = () => [...document.querySelectorAll('details:not(.appendix)')].filter(one =>
                !one.lastElementChild.checkVisibility({contentVisibilityAuto: true})
                || one.lastElementChild.getBoundingClientRect().height < 4);
            const deadline = performance.now() + 10000;
            const look = () => {
                if (hidden().length && performance.now() < deadline) setTimeout(look, 50);
                else done(hidden().map(one => one.textContent.slice(0, 60)));
            };
            look();
        })"""
    )
    assert folded == []
    assert shown.pdf(format="A4", print_background=True).startswith(b"%PDF")
