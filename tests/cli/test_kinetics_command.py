"""``quell kinetics``: the same rows out, numbers that read back, whole files or none."""

import csv
import io
import os
import stat
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.cli import main
from quell.cli.kinetics import read_parameters
from quell.mechanisms.compartment_models import compartment_model
from quell.mechanisms.model_catalogue import MODEL_NAMES
from quell.simulation import record_kinetics
from quell.simulation.data_kinetics import solve_data

DATA = """\
Id,time,AMT,"site, ward",rate
1,0,100,"a, b",50

#left out
1,1,.,x,.
1, 4.5 ,,y,
2,0,30,z,.
""".replace("\n", "\r\n")
IV = ("--model", "one-compartment-iv", "--param", "CL=5", "--param", "V=20")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_bytes(DATA.encode())
    return tmp_path


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_the_same_rows_with_closed_form_predictions(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("kinetics", "data.csv", *IV)) == 0
    said = capsys.readouterr()
    assert said.err == ""
    rows = table(said.out)
    assert list(rows[0]) == ["Id", "time", "AMT", "site, ward", "rate", "PRED", "A_central"]
    assert [row["site, ward"] for row in rows] == ["a, b", "x", "y", "z"]
    assert [row["time"] for row in rows] == ["0", "1", " 4.5 ", "0"]
    ke = 5 / 20
    infused = 50 / ke * (1 - np.exp(-ke * np.array([0, 1, 2])))
    amounts = [0, infused[1], infused[2] * np.exp(-ke * 2.5), 30]
    assert np.allclose([float(row["A_central"]) for row in rows], amounts, rtol=1e-13, atol=0)
    assert np.allclose([float(row["PRED"]) for row in rows], np.divide(amounts, 20), rtol=1e-13, atol=0)


def test_a_file_holds_what_is_printed_and_every_bit(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("kinetics", "data.csv", *IV)) == 0
    printed = capsys.readouterr().out
    assert main(("kinetics", "data.csv", *IV, "--out", "out.csv")) == 0
    assert capsys.readouterr() == ("", "written: out.csv\n")
    assert (here / "out.csv").read_bytes() == printed.encode()
    solved = solve_data("data.csv", compartment_model("one-compartment-iv"), {"CL": 5.0, "V": 20.0})
    assert [float(row["PRED"]) for row in table(printed)] == list(solved.pred)
    assert sorted(path.name for path in here.iterdir()) == ["data.csv", "out.csv"]
    assert stat.S_IMODE((here / "out.csv").stat().st_mode) == stat.S_IMODE((here / "data.csv").stat().st_mode)


def test_overwrite_replaces(here: Path) -> None:
    (here / "out.csv").write_text("old")
    assert main(("kinetics", "data.csv", *IV, "--out", "out.csv", "--overwrite")) == 0
    assert (here / "out.csv").read_text().startswith("Id,time")


@pytest.mark.parametrize(("error", "code"), [(OSError(28, "No space left on device"), 1), (KeyboardInterrupt(), 130)])
def test_nothing_half_written(
    error: BaseException, code: int, here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "out.csv").write_text("old")

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(os, "replace", fail)
    assert main(("kinetics", "data.csv", *IV, "--out", "out.csv", "--overwrite")) == code
    assert (here / "out.csv").read_text() == "old"
    assert sorted(path.name for path in here.iterdir()) == ["data.csv", "out.csv"]
    assert capsys.readouterr().out == ""


def test_parameters_may_be_columns(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data.csv").write_text("ID,TIME,AMT,V,F1\n1,0,100,20,0.5\n1,1,.,40,.\n2,0,100,10,1\n")
    assert main(("kinetics", "data.csv", "--model", "one-compartment-iv", "--param", "cl=0")) == 0
    assert [float(row["PRED"]) for row in table(capsys.readouterr().out)] == [2.5, 1.25, 10]


def test_parameters_of_doses(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data.csv").write_text("ID,TIME,AMT,RATE,CMT\n1,0,100,-2,central\n1,1,.,.,.\n1,3,.,.,.\n")
    words = [word for text in ("CL=0", "V=1", "D1=2", "F1=0.5", "alag1=0.5") for word in ("--param", text)]
    assert main(("kinetics", "data.csv", "--model", "one-compartment-iv", *words)) == 0
    assert [float(row["PRED"]) for row in table(capsys.readouterr().out)] == [0, 12.5, 50]


def test_the_rule_of_covariates_matters(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data.csv").write_text("ID,TIME,AMT,CL\n1,0,100,1\n1,1,.,3\n")
    found = {}
    for rule in ("NONMEM", "locf"):
        words = ("--model", "one-compartment-iv", "--param", "V=1", "--covariates", rule)
        assert main(("kinetics", "data.csv", *words)) == 0
        found[rule] = float(table(capsys.readouterr().out)[1]["PRED"])
    assert np.allclose([found["NONMEM"], found["locf"]], [100 * np.exp(-3), 100 * np.exp(-1)], rtol=1e-13)


def test_what_no_record_asks_for_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("kinetics", "data.csv", *IV, "--param", "D1=2", "--param", "F1=1")) == 0
    assert capsys.readouterr().err == "not used: D1; no record asks for it\n"


def test_occasions_read_as_resets_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "data.csv").write_text("ID,TIME,AMT,OCC,EVID\n1,0,100,1,1\n1,24,.,1,0\n1,0,50,2,1\n")
    assert main(("kinetics", "data.csv", *IV)) == 0
    said = capsys.readouterr()
    assert float(table(said.out)[2]["PRED"]) == 2.5
    assert said.err.startswith("1 dose read as reset and dose (EVID 4)")


def test_large_data_tell_their_progress(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("quell.cli.kinetics._LARGE_BYTES", 10)
    assert main(("kinetics", "data.csv", *IV)) == 0
    assert capsys.readouterr().err.splitlines() == ["reading", "solving 4 records of 2 people", "writing"]


def test_no_finite_solution_is_told_where(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def lost(*_: object) -> tuple[np.ndarray, np.ndarray]:
        return np.array([0.0, 1.0, np.nan, 0.0]), np.zeros((4, 1))

    monkeypatch.setattr(record_kinetics, "solve_records", lost)
    assert main(("kinetics", "data.csv", *IV)) == 2
    assert capsys.readouterr().err.startswith("data.csv:6:4")


def test_models_say_what_they_need(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("kinetics", "--models")) == 0
    lines = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert tuple(line[0] for line in lines) == MODEL_NAMES
    known = {line[0]: line[1:] for line in lines}
    assert known["two-compartment-oral"][0].split() == ["CL", "V1", "Q2", "V2", "KA"]
    assert known["two-compartment-oral"][1].startswith("1=depot 2=central")
    assert known["one-compartment-iv"] == ["CL V", "1=central", "central"]


finite = st.floats(allow_nan=False, allow_infinity=False)
names = st.from_regex(r"[A-Z]{1,4}[0-9]?", fullmatch=True)


@given(st.dictionaries(names, finite))
def test_parameters_are_read_as_written(wanted: dict[str, float]) -> None:
    assert read_parameters([f" {name.lower()} = {value!r}" for name, value in wanted.items()]) == wanted


def test_a_published_model_tells_what_it_assumes(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("kinetics", "data.csv", "--model", "kamp-2020")) == 0
    said = capsys.readouterr()
    assert said.err == "assumed: WT is 70 on every row; a column or --param says otherwise\n"
    assert main(("kinetics", "data.csv", "--model", "kamp-2020", "--param", "wt=70")) == 0
    assert capsys.readouterr() == (said.out, "")
    (here / "data.csv").write_text("ID,TIME,AMT,WT\n1,0,30,60\n2,0,30,70\n")
    assert main(("kinetics", "data.csv", "--model", "kamp-2020", "--param", "VOLUME=20")) == 0
    light, heavy = (float(row["PRED"]) for row in table(capsys.readouterr().out))
    assert np.allclose([light, heavy], [30 / (20 * 60 / 70), 30 / 20], rtol=1e-13)


@pytest.mark.parametrize(("text", "says"), [("VOLUME=0", "above 0"), ("CLEARANCE=-1", "0 or more"), ("CL=1", '"CL"')])
def test_a_published_model_refuses_what_cannot_be(text: str, says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(("kinetics", "data.csv", "--model", "kamp-2020", "--param", text)) == 2
    assert says in capsys.readouterr().err


def test_no_dose_enters_a_compartment_that_holds_no_drug(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "vein.csv").write_text("ID,TIME,AMT,CMT,WT\n1,0,40,ketamine,80\n1,1,40,vein_ketamine,80\n")
    assert main(("kinetics", "vein.csv", "--model", "simons-2022")) == 2
    said = capsys.readouterr().err
    assert "vein.csv:3:8" in said
    assert "vein_ketamine takes no dose: it follows another one and holds no drug" in said
    assert "8 (ketamine)" in said


PROFILE = "ID,TIME,AMT,DV\n1,0,100,.\n1,1,.,4\n1,2,.,2\n1,4,.,0.5\n"


def test_a_summary_of_what_was_measured_and_of_what_is_predicted(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "profile.csv").write_text(PROFILE)
    assert main(("kinetics", "profile.csv", "--nca", "--route", "bolus")) == 0
    (row,) = table(capsys.readouterr().out)
    assert float(row["HALF_LIFE"]) == pytest.approx(1.0)
    assert row["ACCUMULATION"] == "."
    assert main(("kinetics", "profile.csv", *IV, "--nca", "--out", "out.csv")) == 0
    assert capsys.readouterr() == ("", "written: out.csv\n")
    (row,) = table((here / "out.csv").read_text())
    assert float(row["CLEARANCE"]) == pytest.approx(5.0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--nca",), "profile.csv:2  1,0,100,.\nnothing says how this dose entered"),
        (("--nca", "--route", "oral"), 'the route is "oral"'),
        (("--route", "bolus", *IV), "--route is for --nca without a model"),
        (("--nca", "--param", "CL=5"), "--param is given and no --model"),
    ],
)
def test_a_summary_that_cannot_be_made_is_refused(
    words: tuple[str, ...], said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "profile.csv").write_text(PROFILE)
    assert main(("kinetics", "profile.csv", *words)) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_a_published_model_needs_no_parameters(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "infusion.csv").write_text("ID,TIME,AMT,RATE,WT\n1,0,35,52.5,70\n1,0.66666666666666667,.,.,70\n")
    assert main(("kinetics", "infusion.csv", "--model", "domino-1982")) == 0
    assert float(table(capsys.readouterr().out)[1]["PRED"]) == pytest.approx(0.240, abs=5e-4)


def test_a_place_that_cannot_be_written_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("every folder of this machine may be written")
    assert main(("kinetics", "data.csv", *IV, "--out", "/proc/out.csv")) == 1
    assert capsys.readouterr().err.endswith(": /proc/out.csv\n")


INFUSED = "ID,TIME,AMT,RATE,CMT,EVID\n1,0,35,52.5,{cmt},1\n1,1,.,.,.,0\n"


def test_an_infusion_into_an_unexpected_compartment_of_a_published_model_is_told(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    note = (
        "note: 1 infusion (first in row 2) into compartment 1, nasal; doses into simons-2022 usually enter 8, ketamine"
    )
    for cmt, told in (("1", True), ("8", False), (".", False)):
        (here / "data.csv").write_text(INFUSED.format(cmt=cmt))
        assert main(["kinetics", "data.csv", "--model", "simons-2022"]) == 0
        assert (note in capsys.readouterr().err) == told
    (here / "data.csv").write_text(INFUSED.format(cmt="2"))
    assert main(["kinetics", "data.csv", "--model", "one-compartment-oral", *PLAIN]) == 0
    assert "note:" not in capsys.readouterr().err


PLAIN = ("--param", "CL=1", "--param", "V=20", "--param", "KA=1")


def test_several_parameters_in_one_option_are_answered_with_the_way_to_write_them(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (here / "data.csv").write_text(INFUSED.format(cmt="1"))
    assert main(["kinetics", "data.csv", "--model", "one-compartment-iv", "--param", "CL=2.8,V=32"]) == 2
    assert "One --param for each parameter: --param CL=1.1 --param V=20" in capsys.readouterr().err
