"""The page about data sets shows what the commands print, and its Python runs."""

import re
import shlex
from pathlib import Path

import pandas as pd
import pytest

import quell
from quell.cli import main

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "how-to" / "kinetics.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```text\n\$ quell (.*?)\n(.*?)```", PAGE, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the files that the page names."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "doses.csv").write_text("ID,TIME,AMT,II,ADDL\n1,0,10,24,83\n")
    (tmp_path / "data.csv").write_text("ID,TIME,AMT,RATE\n1,0,30,-2\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_page_has_examples() -> None:
    assert (len(SHOWN), len(PYTHON)) == (3, 2)


@pytest.mark.parametrize(("words", "printed"), SHOWN)
def test_a_command_prints_what_the_page_shows(words: str, printed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(shlex.split(words)) == 0
    said = capsys.readouterr().out.splitlines()
    assert len(said) == len(printed.splitlines())
    for line, shown in zip(said, printed.splitlines(), strict=True):
        for field, wanted in zip(line.split(","), shown.split(","), strict=True):
            assert field == wanted or float(field) == pytest.approx(float(wanted), rel=1e-12)


def test_the_error_on_the_page_is_the_error(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("data.csv", "--model", "one-compartment-iv", "--param", "CL=1", "--param", "V=1")
    assert main(("kinetics", *words)) == 2
    assert capsys.readouterr().err in PAGE


@pytest.mark.parametrize("code", PYTHON)
def test_the_python_of_the_page_runs(code: str) -> None:
    exec(compile(code, "kinetics.md", "exec"), {})


def test_python_gives_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("docs/how-to/kinetics.csv", "--model", "one-compartment-oral", "--param", "CL=30", "--param", "V=120")
    assert main(("kinetics", *words, "--param", "KA=1.2")) == 0
    names, *rows = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    data = pd.read_csv("docs/how-to/kinetics.csv", na_values=".")
    for given in ("docs/how-to/kinetics.csv", data):
        solved = quell.kinetics(given, "one-compartment-oral", {"CL": 30, "V": 120, "KA": 1.2})
        assert list(solved) == names
        for name in ("ID", "TIME", "AMT", "PRED", "A_depot", "A_central"):
            assert list(solved[name].fillna(-1)) == [float(row[names.index(name)].strip(".") or -1) for row in rows]


def test_python_refuses_as_the_command_does() -> None:
    data = pd.DataFrame({"ID": [1], "TIME": [0], "AMT": [100], "RATE": [-2]})
    with pytest.raises(quell.StudyError, match="data:2:9: RATE -2 needs D1"):
        quell.kinetics(data, "one-compartment-iv", {"CL": 1, "V": 1})
    with pytest.raises(quell.StudyError, match="NONMEM, LOCF"):
        quell.kinetics(data.drop(columns="RATE"), "one-compartment-iv", {"CL": 1, "V": 1}, covariates="linear")
