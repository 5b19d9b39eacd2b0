"""The script that writes sources.bib: what it merges, tells apart and refuses."""

import csv
import importlib.util
from pathlib import Path

import pytest

from quell.evidence.bibliography import read_bibliography

SCRIPT = Path(__file__).parents[2] / "scripts" / "import_sources.py"
COLUMNS = ("source_key", "citation", "doi", "pmid", "url", "identifiers")


@pytest.fixture
def imported(tmp_path, monkeypatch):
    """A function from rows by table to the sources that the script writes."""
    specification = importlib.util.spec_from_file_location("import_sources", SCRIPT)
    script = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(script)

    def run(**tables):
        for table in script.TABLES:
            with (tmp_path / f"{table}_sources.csv").open("w", newline="") as stream:
                writer = csv.DictWriter(stream, COLUMNS, restval="")
                writer.writeheader()
                writer.writerows({"identifiers": "verified"} | row for row in tables.get(table, []))
        out = tmp_path / "sources.bib"
        monkeypatch.setattr("sys.argv", ["import_sources.py", str(tmp_path), "--out", str(out)])
        script.main()
        return read_bibliography(out.read_text(encoding="utf-8"), out)

    return run


def test_one_paper_in_two_tables_becomes_one_entry(imported):
    sources = imported(
        pk=[{"source_key": "A2000", "citation": "A et al. 2000", "doi": "10.1/X"}],
        clin=[{"source_key": "a_trial", "citation": "A et al. J Things 2000;1:2-3", "doi": "10.1/x", "pmid": "7"}],
    )
    assert sources["A2000"].aliases == ("a_trial",)
    assert (sources["A2000"].pmid, sources["A2000"].citation) == ("7", "A et al. J Things 2000;1:2-3")
    assert set(sources) == {"A2000", "quell2026", "prototype2026", "PanicImipramine", "DepressionDIA"}


def test_one_key_for_what_may_be_two_papers_is_refused(imported):
    with pytest.raises(SystemExit, match="not shown to be one paper"):
        imported(
            pk=[{"source_key": "A2000", "citation": "A. Liver", "url": "https://a.org"}],
            pd=[{"source_key": "a2000", "citation": "A. Brain", "url": "https://b.org"}],
        )


def test_a_decided_key_is_renamed_and_a_judging_trial_marked(imported):
    sources = imported(
        pk=[{"source_key": "Glue2020", "citation": "Tablets", "doi": "10.1/t"}],
        pd=[{"source_key": "Glue2020", "citation": "Midazolam control", "url": "https://a.org"}],
        clin=[{"source_key": "glue2020", "citation": "Glue P et al. Replication", "url": "https://b.org"}],
    )
    assert sources["Glue2020tablets"].held_out is False
    assert sources["glue2020"].held_out is True
    assert "Glue2020" not in sources


def test_pages_remarks_and_doubts_are_kept(imported):
    sources = imported(
        clin=[
            {"source_key": "page", "citation": "A registry", "url": "https://a.org; mirror", "identifiers": "recalled"}
        ],
        pd=[{"source_key": "proposal", "citation": "own"}],
    )
    assert (sources["page"].kind, sources["page"].url) == ("online", "https://a.org")
    assert sources["page"].caveat == "mirror; recalled"
    assert "proposal" in sources["quell2026"].aliases
