"""The page as a whole: what it holds, in which order, for every kind of run."""

import copy
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from tests.report.conftest import made_up, written
from tests.report.reading_back import Page

from quell.report.credibility import credibility
from quell.report.glossary import WORDS, slug
from quell.report.page import render, write_report
from quell.report.reading import Reading

ORDER = [
    "answer",
    "symptoms",
    "cascade",
    "scales",
    "causes",
    "costs",
    "guesses",
    "contested",
    "held-out",
    "given",
    "numbers",
    "assumptions",
    "credibility",
    "reproduce",
    "words",
]


def test_sections_in_order(page: Page) -> None:
    assert [e.attributes["id"] for e in page.all("section")] == ORDER


def test_one_headline_and_no_level_skipped(page: Page) -> None:
    levels = [int(e.tag[1]) for e in page.root.walk() if e.tag in ("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_says_what_it_is_not_before_the_first_figure(page: Page) -> None:
    answer = page.by_id("answer").text
    assert "not advice on treating a person" in answer


def test_identities_are_unique_and_links_lead_somewhere(page: Page) -> None:
    identities = [e.attributes["id"] for e in page.root.walk() if e.attributes.get("id")]
    assert len(identities) == len(set(identities))
    links = {(e.attributes["href"] or "") for e in page.all("a")}
    assert {link[1:] for link in links if link.startswith("#")} <= set(identities)
    assert all(link.startswith(("#", "https://doi.org/")) for link in links)


def test_nothing_is_fetched(page: Page) -> None:
    for element in page.root.walk():
        assert "src" not in element.attributes
        assert element.tag != "link"
    assert "url(" not in page.html
    assert "@import" not in page.html


def test_every_instrument_arm_and_visit_has_its_numbers(page: Page, summary: dict[str, Any]) -> None:
    said = {e.attributes["data-path"] for e in page.numbers}
    for i, row in enumerate(summary["results"]):
        assert f"results[{i}].mean" in said
        assert f"results[{i}].n" in said
        assert f"results[{i}].sd" in said
        if row["responders"]:
            assert f"results[{i}].responders.count" in said


def test_every_difference_has_its_numbers(page: Page, summary: dict[str, Any]) -> None:
    said = {e.attributes["data-path"] for e in page.numbers}
    for i, row in enumerate(summary["contrasts"]):
        assert f"contrasts[{i}].difference.mean" in said
        assert f"contrasts[{i}].effect_size.value" in said
        ends = row["difference"]["interval"]
        if ends and ends[0] < ends[1]:
            assert f"contrasts[{i}].difference.interval[0]" in said


def test_every_cause_harm_guess_scenario_and_parameter_is_told(page: Page, summary: dict[str, Any]) -> None:
    said = {e.attributes["data-path"] for e in page.numbers}
    wanted = [
        f"{section}[{i}].parts[{k}].mean"
        for section in ("decomposition", "within_arm")
        for i, row in enumerate(summary[section])
        for k in range(len(row["parts"]))
    ]
    wanted += [f"safety[{i}].peak.q50" for i in range(len(summary["safety"]))]
    wanted += [f"harms[{i}].share" for i in range(len(summary["harms"]))]
    wanted += [f"guess[{i}].correct.share" for i in range(len(summary["guess"]))]
    wanted += [f"scenarios[{i}].difference.mean" for i in range(len(summary["scenarios"]))]
    wanted += [f"parameters[{i}].value" for i in range(len(summary["parameters"]))]
    wanted += [f"sources[{i}].citation" for i in range(len(summary["sources"]))]
    assert set(wanted) <= said


def test_latent_steps_are_marked(page: Page) -> None:
    panels = page.by_id("cascade").all("figure")
    for panel in panels:
        title = panel.all("span", class_="panel-title")[0].text
        latent = title not in (
            "Ketamine in venous plasma",
            "Midazolam in plasma",
            "Dissociation",
            "Symptoms, share of the way from normal",
        )
        assert bool(panel.all("span", class_="latent")) is latent
    assert panels


def test_weak_grades_are_amber() -> None:
    badges = written("two arms").by_id("numbers").all("span", class_="grade")
    assert {b.text for b in badges if "weak" in (b.attributes["class"] or "")} == {"assumed", "recalled"}
    assert {b.text for b in badges if "weak" not in (b.attributes["class"] or "")} == {"measured", "derived"}


def test_no_minimal_important_difference_is_said_so() -> None:
    text = written("two arms").by_id("scales").text
    assert "none published" in text
    assert "no published definition is used" in text


def test_tables_stand_beside_figures(page: Page) -> None:
    for identity in ("symptoms", "cascade"):
        assert page.by_id(identity).all("details", class_="numbers")


def test_figures_are_named_and_described(page: Page) -> None:
    for figure in page.all("svg", class_="picture"):
        assert figure.attributes["role"] == "img"
        title, description = (page.by_id(i) for i in (figure.attributes["aria-labelledby"] or "").split())
        assert title.text
        assert len(description.text) > 40


def test_credibility_headings() -> None:
    headings = [name for name, _ in credibility(Reading(made_up("two arms")))]
    assert headings[:4] == [
        "Question of interest",
        "Context of use",
        "Model influence",
        "Consequence of a wrong decision",
    ]
    assert headings[-1] == "What the model cannot say"
    assert {"Verification evidence", "Validation evidence", "Applicability"} <= set(headings)


def test_the_glossary_explains_every_word_used(page: Page) -> None:
    used = {(e.attributes["href"] or "")[1:] for e in page.all("a", class_="term")}
    known = {e.attributes["id"] for e in page.by_id("words").all("div")}
    assert used <= known
    assert {slug(word) for word in WORDS} <= known
    assert all(e.attributes["data-tip"] for e in page.all("a", class_="term"))


def test_a_typical_run_has_no_switch_and_warns() -> None:
    page = written("typical")
    assert not page.all("fieldset")
    assert "typical run" in page.by_id("answer").text
    assert "95\u00a0% interval" not in page.by_id("answer").text


def test_the_switch_is_there_when_knowledge_is() -> None:
    radios = [e.attributes["value"] for e in written("two arms").all("input")]
    assert radios == ["people", "knowledge"]


def test_saline_alone_has_no_exposure() -> None:
    assert "there is no exposure to report" in written("saline only").by_id("given").text


def test_many_visits_are_summed_up_and_kept() -> None:
    scales = written("many visits").by_id("scales")
    first, *_, last = scales.all("table", class_="results")
    assert len(first.all("tr")) < 20
    assert len(last.all("tr")) == 1 + 2 * 30


def test_failed_people_are_named() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    summary["failed"] = [{"person": 17, "arm": "ketamine", "reason": "step too small"}]
    text = Page(render(summary, bundle="")).by_id("answer").text
    assert "Person 17, ketamine: step too small" in text


def test_predictions_are_shown_with_their_misses() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    row = {
        "trial": "A trial",
        "quantity": "difference at 24 h",
        "observed": "6/18 v 0/17",
        "predicted": {"mean": -9.0, "interval": [-20.0, 1.0]},
        "inside": False,
        "source": "S",
    }
    summary["held_out"] = [row]
    section = Page(render(summary, bundle="")).by_id("held-out")
    assert "6/18 v 0/17" in section.text
    assert "the model missed it" in section.text


@pytest.mark.parametrize(
    "section",
    [
        "exposure",
        "safety",
        "harms",
        "guess",
        "scenarios",
        "decomposition",
        "within_arm",
        "warnings",
        "sources",
        "cascade",
    ],
)
def test_an_empty_section_leaves_an_honest_page(section: str) -> None:
    summary = copy.deepcopy(made_up("two arms"))
    summary[section] = []
    page = Page(render(summary, bundle=""))
    assert page.by_id("answer").text
    assert "None" not in page.by_id("answer").text


def test_a_study_without_an_endpoint() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    summary["endpoint"] = None
    assert "at 14 d" in Page(render(summary, bundle="")).all("h1")[0].text


def test_the_file_appears_whole(tmp_path: Path) -> None:
    file = write_report(made_up("two arms"), tmp_path)
    assert file == tmp_path / "report.html"
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert file.read_text(encoding="utf-8").rstrip().endswith("</html>")
    assert oct(file.stat().st_mode)[-3:] == "644"
