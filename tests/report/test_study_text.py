"""Text of a study is text: it cannot become an element, a script, an attribute or a template."""

import json
import xml.etree.ElementTree as ET

from tests.report.conftest import made_up, written
from tests.report.reading_back import Page

from quell.report.page import render

SCRIPT = "<script>document.title = 'broken'</script>"


def test_a_title_of_script_is_text() -> None:
    page = written("hostile")
    (title,) = page.all(
        "title",
    )[:1]
    assert SCRIPT in title.text
    assert SCRIPT in page.all("span", class_="study")[0].text


def test_nothing_of_the_study_becomes_an_element() -> None:
    tame, hostile = written("two arms"), written("hostile")
    tags = {e.tag for e in tame.root.walk()}
    assert {e.tag for e in hostile.root.walk()} == tags
    assert not hostile.all("img")
    assert not hostile.all("script")
    assert not [e for e in hostile.root.walk() if any(key.startswith("on") for key in e.attributes)]


def test_braces_stay_braces() -> None:
    assert "{{ 7 * 7 }}" in written("hostile").by_id("answer").text
    assert "49" not in written("hostile").by_id("answer").text


def test_the_page_has_only_its_own_scripts() -> None:
    page = Page(render(made_up("hostile"), bundle="window.vegaEmbed = null;"))
    kinds = [e.attributes.get("type") for e in page.all("script")]
    assert kinds == ["application/json", None, None]
    spec = json.loads(page.by_id("symptom-spec").text)
    assert any("<img src=x" in json.dumps(layer) for layer in spec["layer"])


def test_scripts_run_by_their_hash_alone() -> None:
    import base64
    import hashlib

    page = Page(render(made_up("two arms"), bundle="window.vegaEmbed = null;"))
    (policy,) = [e.attributes["content"] for e in page.all("meta", http_equiv="Content-Security-Policy")]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    for script in page.all("script")[1:]:
        digest = base64.b64encode(hashlib.sha256(script.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_figures_are_sound_xml(page: Page) -> None:
    html = page.html
    start = html.find('<svg class="picture"')
    assert start > 0
    count = 0
    while start >= 0:
        end = _end_of_svg(html, start)
        ET.fromstring(html[start:end])
        count += 1
        start = html.find('<svg class="picture"', end)
    assert count >= 2


def _end_of_svg(html: str, start: int) -> int:
    depth, position = 0, start
    while True:
        opened, closed = html.find("<svg", position), html.find("</svg>", position)
        if 0 <= opened < closed:
            depth, position = depth + 1, opened + 4
        else:
            depth, position = depth - 1, closed + 6
        if depth == 0:
            return position
