"""A small library in a temporary folder."""

from pathlib import Path

import pytest

from quell.evidence.bibliography import Source, write_bibliography
from quell.evidence.library import Library, read_library

SOURCES = (
    Source(
        "Gerhard2020",
        "Gerhard DM et al. J Clin Invest 2020;130:1336",
        doi="10.1172/JCI130808",
        aliases=("gerhard_old",),
    ),
    Source("Salat2015", "Salat K et al. 2015", pmid="1", caveat="year recalled"),
    Source("Judge2018", "A trial that judges. 2018", held_out=True),
    Source("quell2026", "The quell developers", kind="misc"),
)

PARAMETER = {
    "name": "potency",
    "symbol": "K",
    "title": "Functional potency, unbound",
    "value": 0.96,
    "unit": "uM",
    "uncertainty": '{ distribution = "lognormal", cv = 0.3 }',
    "between_patient": '{ distribution = "lognormal", sd = 0.2 }',
    "range": [0.1, 10.0],
    "population": "adults",
    "source": "gerhard_old",
    "place": "Table 2",
    "grade": "measured",
    "conflicts": ["Salat2015: 0.119 uM"],
}


def toml_value(value: object) -> str:
    if isinstance(value, str) and not value.startswith("{"):
        return '"' + value + '"'
    return str(value).replace("'", '"')


@pytest.fixture
def library_of(tmp_path: Path):
    """A function from changes of the parameter (None removes a key), or pack texts, to a library."""

    def build(*changes: dict, **packs: str) -> Library:
        tables = []
        for change in changes:
            fields = {key: value for key, value in (PARAMETER | change).items() if value is not None}
            tables.append(
                "[[parameter]]\n" + "\n".join(f"{key} = {toml_value(value)}" for key, value in fields.items())
            )
        if changes:
            packs["receptors"] = '[pack]\ntitle = "NMDA receptors"\n\n' + "\n\n".join(tables) + "\n"
        bibliography = tmp_path / "sources.bib"
        bibliography.write_text(write_bibliography(SOURCES), encoding="utf-8")
        files = []
        for name, text in packs.items():
            path = tmp_path / f"{name}.toml"
            path.write_text(text, encoding="utf-8")
            files.append((name, path))
        return read_library(files, bibliography)

    return build
