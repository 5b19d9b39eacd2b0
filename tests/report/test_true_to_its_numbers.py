"""Every number on the page is the summary's, at the path it names, to the digits printed."""

import copy
import re
from typing import Any

import pytest
from tests.report.conftest import made_up, written
from tests.report.reading_back import Page, disagreement, loose_digits

from quell.report.page import render


def test_every_number_is_the_summarys(page: Page, summary: dict[str, Any]) -> None:
    wrong = [problem for element in page.numbers if (problem := disagreement(element, summary))]
    assert not wrong
    assert len(page.numbers) > 200


def test_no_digit_comes_from_nowhere(page: Page) -> None:
    assert not list(loose_digits(page.root))


def test_a_moved_number_is_noticed() -> None:
    summary = copy.deepcopy(made_up("two arms"))
    page = written("two arms")
    path = page.by_id("answer").all("span", class_="n", data_form="negated")[0].attributes["data-path"]
    assert path is not None
    section, index = re.match(r"(\w+)\[(\d+)\]", path).groups()  # pyright: ignore[reportOptionalMemberAccess]
    summary[section][int(index)]["change" if section == "results" else "difference"]["mean"] += 1.0
    assert any(disagreement(element, summary) for element in page.numbers)


def test_a_loose_digit_is_noticed() -> None:
    html = written("two arms").html.replace("<h1 ", "<h1>7 of them</h1><h1 ", 1)
    assert list(loose_digits(Page(html).root)) == ["7 of them"]


def test_the_lead_speaks_of_the_endpoint() -> None:
    summary = made_up("two arms")
    said = {e.attributes["data-path"] for e in written("two arms").by_id("answer").all("span", class_="n")}
    row = next(
        i
        for i, r in enumerate(summary["contrasts"])
        if (r["instrument"], r["visit"]) == (summary["endpoint"]["instrument"], summary["endpoint"]["visit"])
    )
    for path in ("difference.mean", "difference.interval[0]", "difference.interval[1]"):
        assert f"contrasts[{row}].{path}" in said


def test_the_same_summary_gives_the_same_page(summary: dict[str, Any], page: Page) -> None:
    assert render(copy.deepcopy(summary), bundle="") == page.html


def test_another_schema_is_refused() -> None:
    with pytest.raises(ValueError, match="quell-summary/2"):
        render({**made_up("two arms"), "schema": "quell-summary/2"})
