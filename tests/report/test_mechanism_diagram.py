"""The picture of the wiring: complete, well formed, safe, readable without seeing it."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.story import default_system
from quell.mechanisms.wiring import Wiring, wire
from quell.report.diagram_text import split, text_width
from quell.report.mechanism_diagram import draw_wiring
from quell.report.mechanism_mermaid import mermaid

SVG = "{http://www.w3.org/2000/svg}"
STORY = wire(default_system(), KINETICS)
HOSTILE = "<script>alert('x')</script> & \"quoted\" {0} {name} # `code` \\"


def texts(drawing: ET.Element, kind: str) -> list[str]:
    """Visible words of a class, tooltips left out."""
    found = [x for x in drawing.iter(f"{SVG}text") if x.get("class") == kind]
    return ["".join([x.text or "", *(child.tail or "" for child in x)]) for x in found]


def hostile(story: Wiring) -> Wiring:
    """The same wiring with a title that tries to break out."""
    first, *others = story.boxes
    second = replace(
        others[0], title=HOSTILE, states=tuple(replace(s, title=HOSTILE, unit=HOSTILE) for s in others[0].states)
    )
    return Wiring((replace(first, title=HOSTILE), second, *others[1:]), story.variables)


@pytest.fixture(scope="module")
def drawing() -> ET.Element:
    return ET.fromstring(draw_wiring(STORY))


def test_every_box_state_switch_and_value_is_drawn(drawing):
    words = " ".join(" ".join(texts(drawing, kind)) for kind in ("title", "state", "switch"))
    for box in STORY.boxes:
        assert box.title in words
        for item in (*box.states, *box.switches):
            assert item.title in words
    carried = sorted(value.name for arrow in STORY.arrows for value in arrow.values)
    assert sorted(texts(drawing, "value")) == carried
    assert len([g for g in drawing.iter(f"{SVG}g") if (g.get("class") or "").startswith("arrow")]) == len(STORY.arrows)


def test_the_first_box_shows_every_compartment_of_every_shape_once(drawing):
    pools = [x for x in drawing.iter(f"{SVG}rect") if (x.get("class") or "").startswith("pool")]
    shapes = {network.compartments: network for network in KINETICS.networks}
    assert len(pools) == sum(len(network.compartments) for network in shapes.values())
    titles = " ".join(texts(drawing, "strip"))
    assert all(network.title in titles for network in KINETICS.networks)


def test_latent_states_are_marked(drawing):
    marks = texts(drawing, "mark")
    states = [state for box in STORY.boxes for state in box.states]
    assert marks.count("○") == sum(state.latent for state in states)
    assert marks.count("●") == sum(not state.latent for state in states)


def test_it_can_be_read_out(drawing):
    assert drawing.get("role") == "img"
    labelled = [x for x in drawing.iter() if x.get("id") in (drawing.get("aria-labelledby") or "").split()]
    assert [x.tag for x in labelled] == [f"{SVG}title", f"{SVG}desc"]
    for arrow in STORY.arrows:
        assert arrow.values[0].name in (labelled[1].text or "")


def test_it_fetches_nothing_and_knows_light_and_dark():
    text = draw_wiring(STORY)
    assert not re.search(r"(href|src)\s*=|url\(|@import|<script", text)
    assert re.findall(r"https?://[^\"]+", text) == ["http://www.w3.org/2000/svg"]
    assert "prefers-color-scheme: dark" in text
    used = set(re.findall(r"var\(--([\w-]+)\)", text))
    assert used <= set(re.findall(r"--([\w-]+):", text))


def test_text_from_a_mechanism_stays_text():
    drawn = ET.fromstring(draw_wiring(hostile(STORY), heading=HOSTILE))
    assert not list(drawn.iter(f"{SVG}script"))
    assert texts(drawn, "heading") == [HOSTILE]
    assert "<script>alert('x')</script>" in " ".join(texts(drawn, "title"))


def test_a_neighbourhood_is_drawn_alone():
    drawn = ET.fromstring(draw_wiring(STORY.around("glutamate")))
    assert len(texts(drawn, "title")) >= 4
    assert "Symptoms" not in texts(drawn, "title")


def test_words_wrap_where_they_must():
    lines = split("one two three four five", 60.0, "state")
    assert " ".join(lines) == "one two three four five"
    assert all(text_width(line, "state") <= 60.0 for line in lines)
    assert split("unbreakableword", 10.0, "state") == ["unbreakableword"]
    assert text_width("WWW", "state") > text_width("www", "state") * 0.9 > text_width("iii", "state")


def test_mermaid_holds_every_box_and_arrow():
    lines = mermaid(STORY).splitlines()
    assert lines[0] == "flowchart TD"
    assert len(lines) == 1 + len(STORY.boxes) + len(STORY.arrows)
    assert any(re.fullmatch(r'    box_gaba -->\|"gaba_block"\| box_glutamate', line) for line in lines)


def test_mermaid_spells_out_every_sign_it_would_read():
    line = mermaid(hostile(STORY)).splitlines()[1]
    inside = re.sub(r"<b>|</b>|<br/>", "", line.partition('["')[2].rpartition('"]')[0])
    assert not set(inside) & set('<>"`\\')
    assert "#lt;script#gt;" in inside


@pytest.mark.browser
def test_words_stay_inside_their_boxes_in_a_browser(chromium):
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1400, "height": 900})
        page.set_content(draw_wiring(STORY))
        outside = page.evaluate(
            """() => [...document.querySelectorAll('g.box')].flatMap(box => {
                const card = box.querySelector('.card').getBoundingClientRect();
                return [...box.querySelectorAll('text')].filter(t => {
                    const r = t.getBoundingClientRect();
                    return r.left < card.left || r.right > card.right || r.top < card.top || r.bottom > card.bottom;
                }).map(t => t.textContent);
            })"""
        )
        browser.close()
    assert outside == []
