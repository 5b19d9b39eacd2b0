"""The pages about running, Python and the summary say what is so."""

import json
import re
from pathlib import Path

import pytest

import quell
from quell.cli import main

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "how-to"


def test_the_python_page_runs_from_top_to_bottom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (PAGES / "python.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    study = ROOT / "studies" / "social-anxiety-one-infusion.yaml"
    (tmp_path / "study.yaml").write_bytes(study.read_bytes())
    monkeypatch.chdir(tmp_path)
    exec(compile("\n".join(blocks), "python.md", "exec"), {"__name__": "__main__"})
    said = capsys.readouterr().out
    assert len(blocks) == 7
    assert 'unknown switch "pathwya". Did you mean "pathway"?' in said
    assert not re.search(r"\bNaN\b", said), said


def test_the_python_page_names_every_public_name() -> None:
    text = (PAGES / "python.md").read_text(encoding="utf-8")
    assert not [name for name in quell.__all__ if name not in ("Run", "Study") and f"quell.{name}" not in text]


def test_the_summary_page_names_every_key_of_the_schema() -> None:
    schema = json.loads((ROOT / "src" / "quell" / "report" / "summary.schema.json").read_text(encoding="utf-8"))
    text = (PAGES / "summary.md").read_text(encoding="utf-8")
    named = {key for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for key in re.findall(r"`(\w+)`", row)}
    assert named == set(schema["properties"])
    assert f"`{schema['properties']['schema']['const']}`" in text


def test_the_page_about_running_names_every_option(capsys) -> None:
    assert main(["run", "--help"]) == 0
    options = set(re.findall(r"--[a-z]+", capsys.readouterr().out)) - {"--help"}
    text = (PAGES / "run-a-study.md").read_text(encoding="utf-8")
    assert options == set(re.findall(r"--[a-z]+", text))


def test_the_page_about_running_names_every_file(tmp_path: Path) -> None:
    text = (PAGES / "run-a-study.md").read_text(encoding="utf-8")
    folder = quell.run(ROOT / "studies" / "normal-anxiety.yaml", tmp_path / "out", count=2).folder
    named = set(re.findall(r"^\| `([\w.]+?)/?` \|", text, re.MULTILINE))
    assert named == {path.name for path in folder.iterdir()}
