"""Bad data sets and bad command lines of ``quell kinetics``: one message with its place, exit code 2, nothing else."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.bad_input.broken_records import BROKEN, BrokenData

from quell.cli import main
from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.data_kinetics import solve_data

PARAMETERS = ("--param", "CL=1", "--param", "V=20", "--param", "KA=1.5")
GOOD = ("data.csv", "--model", "one-compartment-oral", *PARAMETERS)

LINES = (
    ("no data set", ("--model", "one-compartment-iv"), "which data set?"),
    ("absent data set", ("dta.csv", *GOOD[1:]), 'no such file or directory. Did you mean "data.csv"?'),
    ("a folder", (".", *GOOD[1:]), "not a file"),
    ("no model", ("data.csv", *PARAMETERS), "which model? --model is missing"),
    ("misspelt model", ("data.csv", "--model", "one-compartment-orl"), 'Did you mean "one-compartment-oral"?'),
    ("no parameters", GOOD[:3], "one-compartment-oral needs CL"),
    ("one parameter missing", GOOD[:-2], "needs KA.  Allowed: all of CL, V, KA  Write: --param KA=..."),
    ("unknown parameter", (*GOOD, "--param", "CLL=1"), 'no parameter "CLL". Did you mean "CL"?'),
    ("parameter of another model", (*GOOD, "--param", "V1=1"), 'no parameter "V1". Did you mean "V"?'),
    ("third compartment", (*GOOD, "--param", "F3=1"), 'no parameter "F3"'),
    ("parameter twice", (*GOOD, "--param", "cl=2"), "--param gives CL twice"),
    ("parameter without value", (*GOOD[:-1], "KA="), '--param KA is ""'),
    ("parameter without =", (*GOOD[:-1], "KA"), '--param "KA" is not NAME=VALUE'),
    ("parameter without name", (*GOOD[:-1], "=1"), '--param "=1" is not NAME=VALUE'),
    ("parameter in words", (*GOOD[:-1], "KA=fast"), '--param KA is "fast".  Allowed: a finite number'),
    ("parameter with a comma", (*GOOD[:-1], "KA=1,5"), 'Did you mean "KA=1.5"?'),
    ("parameter NaN", (*GOOD[:-1], "KA=nan"), '--param KA is "nan"'),
    ("parameter infinite", (*GOOD[:-1], "KA=1e999"), '--param KA is "1e999"'),
    ("parameter with a unit", (*GOOD[:-1], "KA=1.5/h"), '--param KA is "1.5/h"'),
    ("parameter in colour", (*GOOD[:-1], "\x1b[31mKA=1"), r"\x1b[31MKA"),
    ("volume of 0", (*GOOD, "--param", "V=0"), "--param gives V twice"),
    ("no volume", ("data.csv", *GOOD[1:3], "--param", "CL=1", "--param", "KA=1", "--param", "V=0"), "V is 0.  Allowed"),
    ("negative clearance", (*GOOD[:3], "--param", "CL=-1", *GOOD[5:]), "CL is -1.  Allowed: 0 or more"),
    ("negative lag", (*GOOD, "--param", "ALAG1=-1"), "ALAG1 is -1.  Allowed: 0 or more"),
    ("unknown rule", (*GOOD, "--covariates", "LOFC"), '--covariates is "LOFC". Did you mean "LOCF"?'),
    (
        "out is there",
        (*GOOD, "--out", "there.csv"),
        "there.csv is already there.  Allowed: another name",
    ),
    ("out is a folder", (*GOOD, "--out", "."), ". is a folder"),
    ("out in no folder", (*GOOD, "--out", "no/out.csv"), "there is no folder no"),
    ("out is the data", (*GOOD, "--out", "data.csv", "--overwrite"), "data.csv is the data set itself"),
    ("two data sets", ("data.csv", *GOOD), "unexpected extra argument"),
    ("misspelt option", (*GOOD, "--parm", "F1=1"), 'unknown option "--parm". Did you mean "--param"?'),
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a good data set and a file that must stay."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("ID,TIME,AMT\n1,0,30\n1,2,.\n")
    (tmp_path / "there.csv").write_text("precious")
    return tmp_path


def told_well(capsys: pytest.CaptureFixture[str]) -> str:
    """One plain message of at most three lines, nothing on standard output."""
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.endswith("\n")
    assert 1 <= said.err.count("\n") <= 3
    assert len(said.err) < 800
    assert "error of its own" not in said.err
    assert not any(ord(letter) < 32 for letter in said.err if letter != "\n")
    return said.err


def test_the_table_is_long_and_its_names_are_different() -> None:
    names = [case.name for case in BROKEN]
    assert len(set(names)) == len(names) >= 90
    assert len({name for name, _, _ in LINES}) == len(LINES) >= 30


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case.name)
def test_a_bad_data_set(case: BrokenData, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    content = case.content if isinstance(case.content, bytes) else case.content.encode()
    (here / "data.csv").write_bytes(content)
    before = sorted(here.iterdir())
    assert main(("kinetics", *GOOD, "--out", "out.csv")) == 2
    said = told_well(capsys)
    assert said.startswith("data.csv" if case.place is None else f"data.csv:{case.place}")
    assert case.says in said
    assert case.helps in said
    assert sorted(here.iterdir()) == before


@pytest.mark.parametrize("case", [case for case in BROKEN if isinstance(case.content, str)], ids=lambda case: case.name)
def test_the_underlined_text_stands_at_the_place(case: BrokenData, here: Path) -> None:
    (here / "data.csv").write_bytes(str(case.content).encode())
    with pytest.raises(StudyError) as caught:
        solve_data("data.csv", compartment_model("one-compartment-oral"), {"CL": 1.0, "V": 20.0, "KA": 1.5})
    lines = str(case.content).replace("\ufeff", "").splitlines() or [""]
    row, column = map(int, str(case.place).split(":"))
    assert lines[row - 1].startswith(caught.value.text or "", column - 1)


@pytest.mark.parametrize(("words", "says"), [pytest.param(words, says, id=name) for name, words, says in LINES])
def test_a_bad_command_line(words: tuple[str, ...], says: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path.name: path.read_bytes() for path in here.iterdir()}
    assert main(("kinetics", *words)) == 2
    assert says in told_well(capsys)
    assert {path.name: path.read_bytes() for path in here.iterdir()} == before


def test_a_data_set_that_is_too_large(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open(here / "data.csv", "r+b") as file:
        file.truncate(101_000_000)
    assert main(("kinetics", *GOOD)) == 2
    assert "the data set is too large (101 MB)" in told_well(capsys)


@pytest.mark.parametrize("name", ["CL", "KA"])
def test_a_steady_state_that_is_never_reached(name: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data.csv").write_text("ID,TIME,AMT,SS,II\n1,0,30,1,24\n")
    words = [word.replace(f"{name}=1.5", f"{name}=0").replace(f"{name}=1", f"{name}=0") for word in GOOD]
    assert main(("kinetics", *words)) == 2
    said = told_well(capsys)
    assert said.startswith("data.csv:2:8")
    assert f"there is no steady state with {name} 0" in said


SOUND = """\
ID,TIME,AMT,RATE,II,ADDL,SS,EVID,CMT,DV,MDV,WT,F1
1,0,50,.,12,5,.,1,depot,.,1,70,0.5
1,72,20,30,.,.,.,1,central,.,1,70,1
1,73,.,.,.,.,.,3,.,.,1,70,.
2,0,50,.,24,.,1,1,depot,.,1,85,0.4
2,2,.,.,.,.,.,0,central,0.29,0,85,.
"""
SIGNS = (
    *",.-#;\t\r\n\"' 0127C",
    "-1",
    "-2",
    "1e308",
    "1e-308",
    "NaN",
    "inf",
    "1e400",
    "9" * 30,
    "\ufeff",
    "\0",
    "\x1b",
    "é",
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(SOUND)), st.integers(0, 3), st.sampled_from(SIGNS))
def test_a_slip_of_the_pen_is_read_or_refused(
    here: Path, capsys: pytest.CaptureFixture[str], at: int, lost: int, sign: str
) -> None:
    (here / "data.csv").write_bytes((SOUND[:at] + sign + SOUND[at + lost :]).encode())
    code = main(("kinetics", *GOOD))
    if code == 0:
        said = capsys.readouterr().out
        assert "nan" not in said.replace("NaN", "")
        assert said.count("\n") >= 2
    else:
        assert code == 2
        assert told_well(capsys).startswith("data.csv")
