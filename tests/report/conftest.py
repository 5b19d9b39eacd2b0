"""Made-up runs, and the pages written from them."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from tests.report.made_up_runs import RUNS
from tests.report.reading_back import Page

from quell.report.page import render


@cache
def made_up(name: str) -> dict[str, Any]:
    """A made-up summary; nobody may change it."""
    return RUNS[name]()


@cache
def written(name: str) -> Page:
    """Its page, without the chart library."""
    return Page(render(made_up(name), bundle=""))


@pytest.fixture(params=list(RUNS), ids=[name.replace(" ", "-") for name in RUNS])
def run(request: pytest.FixtureRequest) -> str:
    """Name of each made-up run in turn."""
    return request.param


@pytest.fixture
def summary(run: str) -> dict[str, Any]:
    """Its summary."""
    return made_up(run)


@pytest.fixture
def page(run: str) -> Page:
    """Its page."""
    return written(run)


@pytest.fixture(scope="session")
def schema() -> dict[str, Any]:
    """The schema of summary.json."""
    return json.loads(files("quell.report").joinpath("summary.schema.json").read_text(encoding="utf-8"))
