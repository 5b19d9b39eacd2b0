"""How the documentation is built: MyST pages, and two pages written from the evidence itself."""

from collections.abc import Iterable
from pathlib import Path

from sphinx.application import Sphinx

import quell
from quell.evidence.library import load_library
from quell.evidence.records import ParameterRecord

project = "quell"
author = "The quell developers"
copyright = f"2026, {author}"
version = release = quell.__version__

extensions = ["myst_parser"]
myst_enable_extensions = ["dollarmath", "amsmath"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = f"quell {release}"
nitpicky = True
suppress_warnings = ["myst.xref_missing"]  # pages also link to files of the repository, which are no pages

EVIDENCE = Path(__file__).parent / "evidence"


def setup(app: Sphinx) -> None:
    app.connect("builder-inited", write_evidence)


def write_evidence(app: Sphinx) -> None:
    """Write the pages of parameters and of sources, so that they never differ from what a run uses."""
    EVIDENCE.mkdir(exist_ok=True)
    (EVIDENCE / "parameters.md").write_text("\n".join(parameters_page()), encoding="utf-8")
    (EVIDENCE / "sources.md").write_text("\n".join(sources_page()), encoding="utf-8")


def parameters_page() -> Iterable[str]:
    library = load_library()
    yield "# Parameters\n"
    for pack in library.packs:
        yield f"## {pack.capitalize()}\n"
        yield row("parameter", "title", "value", "grade", "source")
        yield row(*["---"] * 5)
        yield from (parameter_row(record) for record in library.parameters(pack))
        yield ""


def parameter_row(record: ParameterRecord) -> str:
    unit = "" if record.unit == "1" else f" {record.unit}"
    return row(f"`{record.name}`", record.title, f"{record.value:g}{unit}", record.grade, ", ".join(record.source))


def sources_page() -> Iterable[str]:
    yield "# Sources\n"
    for key, source in load_library().sources.items():
        link = f" [doi:{source.doi}](https://doi.org/{source.doi})" if source.doi else ""
        yield f"**{key}.** {plain(source.citation)}{link}\n"


def row(*cells: str) -> str:
    return "| " + " | ".join(cell if cell.startswith("`") else plain(cell) for cell in cells) + " |"


def plain(text: str) -> str:
    """Text in which nothing is mark-up."""
    return "".join(f"\\{c}" if c in "\\`*_{}[]<>|$#~" else c for c in text)
