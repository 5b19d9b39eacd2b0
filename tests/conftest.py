"""What every test shares: which ones run, and how hard Hypothesis searches."""

import os
import shutil

import pytest
from hypothesis import settings

settings.register_profile("default", deadline=None, derandomize=True, max_examples=50)
settings.register_profile("thorough", deadline=None, max_examples=200)

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
"""The workers share the processors; a second thread of each waits longer than matrices of this size take."""

THOROUGH = ("reference", "slow")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run the tests marked reference and slow too")


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile("thorough" if config.getoption("--thorough") else "default")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    no_browser = pytest.mark.skip(reason="browser: no Chromium is installed")
    not_asked = pytest.mark.skip(reason="reference or slow: run pytest --thorough")
    without_browser = not any(map(shutil.which, CHROMIUM))
    for item in items:
        if without_browser and item.get_closest_marker("browser"):
            item.add_marker(no_browser)
        if not config.getoption("--thorough") and any(map(item.get_closest_marker, THOROUGH)):
            item.add_marker(not_asked)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of the installed Chromium, for tests marked browser."""
    return next(path for name in CHROMIUM if (path := shutil.which(name)))


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """The developer's own terminal settings do not reach a test."""
    for name in ("FORCE_COLOR", "PY_COLORS", "QUELL_TRACEBACK"):
        monkeypatch.delenv(name, raising=False)
    os.environ.setdefault("COLUMNS", "120")
