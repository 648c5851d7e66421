"""The review page in a browser: keys decide, the file it saves is one that `--review` takes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from example_scan import measurement, series

from calcinosis.imaging.reading import read
from calcinosis.imaging.results import write_results
from calcinosis.imaging.review import apply

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The page of the test scan in Chromium, with every request it made."""
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    folder = tmp_path_factory.mktemp("page")
    volume = read(series(folder / "ct"))
    write_results(folder / "out", volume, measurement(volume))
    gl = ["--use-gl=angle", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", *gl])
        page = browser.new_page(viewport={"width": 1500, "height": 900})
        page.asked = []
        page.wrong = []
        page.on("request", lambda one: page.asked.append(one.url))
        page.on("pageerror", lambda one: page.wrong.append(str(one)))
        page.goto((folder / "out" / "index.html").as_uri())
        page.wait_for_function("document.documentElement.dataset.ready", timeout=60_000)
        yield page
        browser.close()


def test_it_shows_the_scan_and_asks_nobody(opened: Any) -> None:
    assert opened.evaluate("document.documentElement.dataset.ready") == "scan"
    assert opened.wrong == []
    foreign = [url for url in opened.asked if not url.startswith(("data:", "blob:", "file:"))]
    assert foreign == []
    assert "D001" in opened.text_content("#place")


def test_keys_decide_and_the_saved_file_is_accepted(opened: Any, tmp_path: Path) -> None:
    opened.keyboard.press("ArrowDown")
    opened.keyboard.press("v")
    opened.fill("#note", "radial artery")
    opened.fill("#reader", "AB")
    assert "D002 is vessel, note: radial artery" in opened.text_content("#decided")
    with opened.expect_download() as download:
        opened.click("text=Save decisions.json")
    download.value.save_as(tmp_path / "decisions.json")
    decisions = json.loads((tmp_path / "decisions.json").read_text())
    assert decisions["reader"] == "AB"
    assert decisions["decisions"] == [{"id": "D002", "class": "vessel", "note": "radial artery"}]
    assert decisions["objects"] == {"D002": [5.6, -15.4, 115.0]}
    volume = read(series(tmp_path / "ct"))
    reviewed = apply(measurement(volume), decisions, volume)
    assert [one.deposit_class for one in reviewed.deposits if one.id == "D002"] == ["vessel"]


def test_undo_and_merge(opened: Any) -> None:
    opened.click("#row-D002")
    opened.keyboard.press("u")
    assert opened.text_content("#decided") == ""
    for name in ("D001", "D002"):
        opened.click(f"#row-{name}")
        opened.keyboard.press("t")
    opened.click("#merge")
    assert "merge D001, D002" in opened.text_content("#decided")


def test_print_hides_the_controls_and_keeps_the_table(opened: Any) -> None:
    opened.emulate_media(media="print")
    assert not opened.is_visible("#save")
    assert not opened.is_visible("#scan")
    assert opened.is_visible("#row-D001 .said")
    opened.emulate_media(media="screen")


def point(page: Any) -> list[float]:
    words = page.text_content("#place").split(" mm")[0]
    return [float(part) for part in words.split(",")]


def test_the_point_moves_and_an_object_is_split_without_a_mouse(opened: Any) -> None:
    opened.click("#row-D001")
    opened.keyboard.press("u")
    before = point(opened)
    opened.keyboard.press("s")
    for key in ("Shift+ArrowRight", "Shift+ArrowUp", "PageUp"):
        opened.keyboard.press(key)
        opened.keyboard.press(key)
    after = point(opened)
    assert [after[n] - before[n] for n in range(3)] == pytest.approx([1.6, -1.6, 2.0], abs=0.15)
    opened.keyboard.press("s")
    assert "D001 split at 2 points" in opened.text_content("#decided")
    assert opened.evaluate("window.dispatchEvent(new Event('beforeunload', {cancelable: true}))") is False
    opened.keyboard.press("u")
    assert opened.evaluate("window.dispatchEvent(new Event('beforeunload', {cancelable: true}))") is True
