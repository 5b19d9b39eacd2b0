"""The chart library: from the wheel, kept in the cache, never a reason to fail."""

import builtins
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.report.conftest import made_up
from tests.report.reading_back import Page

from quell.report import bundle
from quell.report.page import render


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    bundle.vega_bundle.cache_clear()
    yield
    bundle.vega_bundle.cache_clear()


@pytest.fixture
def wheel(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Counts how often the wheel is asked, and answers quickly."""
    import vl_convert

    asked: list[str] = []

    def made(snippet: str) -> str:
        asked.append(snippet)
        return 'const a="</script>";window.vegaEmbed=b;'

    monkeypatch.setattr(vl_convert, "javascript_bundle", made)
    return asked


def test_taken_once_and_kept(wheel: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    first = bundle.vega_bundle()
    bundle.vega_bundle.cache_clear()
    assert bundle.vega_bundle() == first
    assert len(wheel) == 1
    (kept,) = (tmp_path / "quell").iterdir()
    assert bundle.version("vl-convert-python") in kept.name


def test_cannot_end_its_own_script_element(wheel: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert "</script" not in bundle.vega_bundle()


@pytest.mark.parametrize("left", [b"", b"const half = ", b"\xff\xfe broken"])
def test_half_a_file_is_made_again(
    left: bytes, wheel: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    file = tmp_path / "quell" / f"vega-bundle-{bundle.version('vl-convert-python')}.js"
    file.parent.mkdir()
    file.write_bytes(left)
    assert bundle.vega_bundle().endswith("window.vegaEmbed=b;")
    assert file.read_text(encoding="utf-8").endswith("window.vegaEmbed=b;")


def test_an_unwritable_home_is_no_reason_to_fail(
    wheel: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert bundle.vega_bundle().endswith("window.vegaEmbed=b;")


def test_a_relative_cache_folder_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "somewhere")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert bundle.cache_folder() == tmp_path / ".cache" / "quell"


def test_without_the_wheel_figures_stay_on_paper(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "vl_convert":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(builtins, "__import__", without)
    assert bundle.vega_bundle() == ""
    page = Page(render(made_up("two arms")))
    assert not page.all("script")
    (policy,) = page.all("meta", http_equiv="Content-Security-Policy")
    assert "script-src 'none'" in (policy.attributes["content"] or "")


def test_the_real_wheel_puts_vega_on_the_page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    text = bundle.vega_bundle()
    assert "window.vegaEmbed=" in text[-200:]
    assert len(text) > 500_000
