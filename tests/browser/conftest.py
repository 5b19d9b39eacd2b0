"""Reports opened in Chromium, offline."""

import copy
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.report.made_up_runs import RUNS

from quell.report.page import write_report

sync_api = pytest.importorskip("playwright.sync_api", reason="browser: playwright is not installed")

OPENED = ("two arms", "five arms", "one arm", "typical", "hostile")


@dataclass
class Opened:
    """An open report and all that it did."""

    page: Any
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Made-up reports as files."""
    folder = tmp_path_factory.mktemp("reports")
    files = {}
    for name in OPENED:
        (folder / name).mkdir()
        files[name] = write_report(copy.deepcopy(RUNS[name]()), folder / name)
    return files


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Any]:
    """Chromium without a window; closed with the module, as Playwright allows one at a time."""
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield opened
        opened.close()


@pytest.fixture
def open_report(browser: Any, reports: dict[str, Path]) -> Iterator[Any]:
    """Opens a report: ``open_report("two arms", width=360, dark=True)``."""
    contexts = []

    def opener(name: str, width: int = 1240, dark: bool = False, script: bool = True) -> Opened:
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            offline=True,
            java_script_enabled=script,
            reduced_motion="reduce",
        )
        contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.on("request", lambda request: opened.requests.append(request.url))
        opened.page.on("pageerror", lambda error: opened.problems.append(str(error)))
        opened.page.on("console", lambda message: opened.problems.append(message.text))
        opened.page.on("dialog", lambda dialog: opened.problems.append(f"dialog: {dialog.message}"))
        opened.page.goto(reports[name].as_uri())
        if script and width > 900:
            opened.page.wait_for_selector(".plot.live")
        return opened

    yield opener
    for context in contexts:
        context.close()
