"""The report as a reader meets it: on a desk, a phone and paper, in the dark, with a keyboard, with a screen reader."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.browser.conftest import OPENED

axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright", reason="browser: axe is not installed")

pytestmark = pytest.mark.browser

HEADINGS = [
    *("answer", "symptoms", "cascade", "scales", "causes", "costs", "guesses", "contested", "held-out", "given"),
    *("numbers", "assumptions", "credibility", "reproduce", "words"),
]
WIDTHS = (360, 390, 768, 1024, 1240)
BLOCKING = ("serious", "critical")


@pytest.mark.parametrize("name", OPENED)
def test_opens_offline_in_silence(open_report: Any, name: str) -> None:
    opened = open_report(name)
    assert opened.requests == [opened.page.url]
    assert not opened.problems
    assert opened.page.title().endswith("– quell")


def test_a_hostile_title_is_text(open_report: Any) -> None:
    opened = open_report("hostile")
    assert opened.page.title().startswith("<script>document.title")
    assert opened.page.locator("img").count() == 0
    assert not opened.problems


@pytest.mark.parametrize("name", OPENED)
def test_never_scrolls_sideways(open_report: Any, name: str) -> None:
    page = open_report(name, width=360).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    wide = "[...document.querySelectorAll('.table-holder')].filter(e => e.scrollWidth > e.clientWidth + 1).length"
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert width > 390 or page.evaluate(wide) == 0


@pytest.mark.parametrize(
    ("name", "dark"),
    [
        ("two arms", False),
        ("one arm", True),
        pytest.param("two arms", True, marks=pytest.mark.slow),
        pytest.param("one arm", False, marks=pytest.mark.slow),
    ],
)
def test_axe_finds_nothing_serious(open_report: Any, name: str, dark: bool) -> None:
    page = open_report(name, dark=dark).page
    page.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true })")
    found = axe_playwright.Axe().run(page).response["violations"]
    serious = [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in BLOCKING]
    assert not serious


def test_axe_on_a_phone(open_report: Any) -> None:
    page = open_report("two arms", width=360).page
    found = axe_playwright.Axe().run(page).response["violations"]
    assert not [(v["id"], v["nodes"][0]["html"][:200]) for v in found if v["impact"] in BLOCKING]


def test_the_dark_page_is_dark(open_report: Any) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "getComputedStyle(document.querySelector('.live-figure text')).fill"
    light, dark = (open_report("two arms", dark=dark).page for dark in (False, True))
    assert light.evaluate(ground) == "rgb(251, 250, 247)"
    assert dark.evaluate(ground) == "rgb(18, 22, 28)"
    assert light.evaluate(ink) != dark.evaluate(ink)


def test_the_pointer_reads_numbers(open_report: Any) -> None:
    page = open_report("two arms").page
    page.locator("#symptoms").scroll_into_view_if_needed()
    box = page.locator("#symptom-live svg").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(box["x"] + box["width"] / 2 + 3, box["y"] + box["height"] / 2)
    tip = page.locator("#vg-tooltip-element.visible")
    tip.wait_for()
    words = tip.inner_text()
    assert "ketamine" in words
    assert "midazolam" in words
    assert "90 % of people" in words
    assert "undefined" not in words


def test_a_keyboard_reaches_the_switch(open_report: Any) -> None:
    page = open_report("two arms").page
    for _ in range(80):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "bands-people":
            break
    assert page.evaluate("document.activeElement.id") == "bands-people"
    assert page.locator("#cascade .band.people").first.is_visible()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "bands-knowledge"
    assert not page.locator("#cascade .band.people").first.is_visible()
    assert page.locator("#cascade .band.knowledge").first.is_visible()
    assert page.locator("#cascade .say-knowledge").is_visible()
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline not in ("none", "")


def test_the_switch_reaches_the_live_figure(open_report: Any) -> None:
    page = open_report("two arms").page
    opaque = "[...document.querySelectorAll('#symptom-live .mark-area path')].map(p => getComputedStyle(p).fillOpacity)"
    before = page.evaluate(opaque)
    page.locator("#bands-knowledge").check()
    page.wait_for_function(f"JSON.stringify({opaque}) != {before!r}.toString()".replace("'", '"'))
    page.wait_for_timeout(200)
    after = page.evaluate(opaque)
    assert [float(x) > 0 for x in before] == [float(x) == 0 for x in after]


def test_a_word_explains_itself_when_focused(open_report: Any) -> None:
    page = open_report("two arms").page
    page.locator(".lead .term").first.focus()
    shown = "getComputedStyle(document.activeElement, '::after').content"
    assert "simulated person" in page.evaluate(shown)


def test_numbers_behind_a_figure_open_by_keyboard(open_report: Any) -> None:
    page = open_report("two arms").page
    page.locator("#symptoms details.numbers summary").first.focus()
    page.keyboard.press("Enter")
    table = page.locator("#symptoms details.numbers table").first
    assert table.is_visible()
    assert table.locator("tbody tr").count() == 2


def test_without_scripts_the_drawing_stays(open_report: Any) -> None:
    page = open_report("two arms", script=False).page
    assert page.locator("#symptoms .static svg.picture").is_visible()
    page.locator("#bands-knowledge").check()
    assert page.locator("#symptoms .static .band.knowledge").first.is_visible()
    assert not page.locator("#symptoms .static .band.people").first.is_visible()


def test_headings_are_in_view_order(open_report: Any) -> None:
    page = open_report("two arms", width=360).page
    tops = page.evaluate("ids => ids.map(i => document.getElementById(i).getBoundingClientRect().top)", HEADINGS)
    assert tops == sorted(tops)


def test_on_paper_both_bands_show(open_report: Any) -> None:
    page = open_report("two arms").page
    page.emulate_media(media="print")
    assert page.locator("#symptoms .static svg.picture").is_visible()
    assert not page.locator("#symptom-live svg").is_visible()
    for band in ("people", "knowledge"):
        assert page.locator(f"#cascade .band.{band}").first.is_visible()
        assert page.locator(f"#cascade .say-{band}").is_visible()
    assert not page.locator(".switch").is_visible()


def test_paper_keeps_the_order(open_report: Any, tmp_path: Path) -> None:
    if shutil.which("pdftotext") is None:
        pytest.skip("browser: pdftotext is not installed")
    page = open_report("two arms").page
    headings = page.evaluate("ids => ids.map(i => document.getElementById(i + '-title').textContent)", HEADINGS)
    page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    run = subprocess.run(
        ["pdftotext", "-raw", tmp_path / "report.pdf", "-"], capture_output=True, text=True, check=True
    )
    text = " ".join(run.stdout.split()).casefold()
    places = [text.find(" ".join(heading.split()).casefold()) for heading in headings]
    assert -1 not in places
    assert places == sorted(places)
    assert "mean (95 %)" in text
