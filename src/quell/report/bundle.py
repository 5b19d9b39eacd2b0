"""The chart library, taken once from the installed vl-convert wheel and kept in the user's cache folder.

Nothing is vendored and nothing is fetched: the wheel carries Vega, Vega-Lite and Vega-Embed. A home that cannot be
written costs a second and nothing else; without the wheel figures stay what they are on paper.
"""

import os
import tempfile
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_PACKAGE = "vl-convert-python"
_SNIPPET = "window.vegaEmbed = vegaEmbed;"
_END = "window.vegaEmbed="


@lru_cache(maxsize=1)
def vega_bundle() -> str:
    """JavaScript that puts ``vegaEmbed`` on the page; empty when it cannot be had."""
    try:
        name = f"vega-bundle-{version(_PACKAGE)}.js"
    except PackageNotFoundError:
        return ""
    return _kept(cache_folder() / name) or _made(cache_folder() / name)


def cache_folder() -> Path:
    """``$XDG_CACHE_HOME/quell``, or ``~/.cache/quell``."""
    try:
        home = Path.home()
    except RuntimeError:
        home = Path(tempfile.gettempdir())
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(chosen) if os.path.isabs(chosen) else home / ".cache") / "quell"


def _kept(file: Path) -> str:
    """What an earlier run left, if it is whole."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    return text if _END in text[-200:] else ""


def _made(file: Path) -> str:
    try:
        import vl_convert
    except ImportError:
        return ""
    text = vl_convert.javascript_bundle(_SNIPPET).replace("</script", "<\\/script")
    _keep(file, text)
    return text


def _keep(file: Path, text: str) -> None:
    """Writes beside and renames, so that another process never reads half of it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, suffix=".part", delete=False) as part:
            part.write(text)
        os.replace(part.name, file)
    except OSError:
        return
