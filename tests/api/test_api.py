"""quell from Python: the numbers of the command line, in tables and labelled arrays."""

import gc
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from tests.simulation.small_runs import SMALL, tree, written

import quell
from quell.cli import main

PUBLIC = ["Run", "Study", "StudyError", "kinetics", "noncompartmental", "open_run", "parameters", "read_study", "run"]
PUBLIC += ["schema", "sources"]


@pytest.fixture(scope="module")
def run() -> quell.Run:
    return quell.run(SMALL, seed=3, count=60)


def test_the_public_names_are_these() -> None:
    from quell import api

    assert quell.__all__ == api.__all__ == PUBLIC == sorted(PUBLIC)
    assert set(PUBLIC) <= set(dir(quell))
    assert all(getattr(quell, name) is getattr(api, name) for name in PUBLIC)


def test_every_public_name_says_what_it_is() -> None:
    assert all(getattr(quell, name).__doc__ for name in PUBLIC)


def test_no_public_name_hides_a_module() -> None:
    modules = {path.stem for path in Path(quell.__file__).parent.iterdir()}
    assert not modules & set(PUBLIC)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'quell' has no attribute 'simulate'"):
        quell.simulate  # noqa: B018


def test_a_run_keeps_its_results_only_as_long_as_itself() -> None:
    short = quell.run(SMALL, count=2)
    folder, trajectories = short.folder, short.trajectories
    assert folder.exists()
    del short
    gc.collect()
    assert not folder.exists()
    assert np.isfinite(trajectories["ketamine"]["glutamate"]).all()


def test_a_run_that_is_refused_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with pytest.raises(quell.StudyError, match="ketmine"):
        quell.run(SMALL.replace("ketamine 0.5", "ketmine 0.5"))
    assert list(tmp_path.iterdir()) == []


def test_the_command_line_writes_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    study = tmp_path / "study.yaml"
    study.write_text(SMALL)
    words = ["run", str(study), "--out", str(tmp_path / "a"), "--count", "20", "--seed", "5", "--typical"]
    assert main([*words, "--switch", "pathway=HNK/AMPA"]) == 0
    mine = quell.run(study, tmp_path / "b", count=20, seed=5, typical=True, switches={"pathway": "HNK/AMPA"})
    assert written(tmp_path / "a") == written(tmp_path / "b")
    assert (tmp_path / "a" / "report.html").read_bytes() == mine.report.read_bytes()
    assert str(mine) in capsys.readouterr().out


def test_results_are_a_row_an_arm_scale_and_visit(run: quell.Run) -> None:
    table = run.results()
    assert len(table) == len(run.summary["results"])
    row = table.set_index(["arm", "instrument", "visit"]).loc[("ketamine", "LSAS", "24 h")]
    (entry,) = [
        x for x in run.summary["results"] if (x["arm"], x["instrument"], x["visit"]) == ("ketamine", "LSAS", "24 h")
    ]
    assert row["mean"] == entry["mean"]
    assert row["change_mean"] == entry["change"]["mean"]
    assert row["change_q05"] == entry["change"]["q05"]
    assert row["responders_share"] == entry["responders"]["share"]
    assert {"low", "high", "change_low", "change_high", "responders_low", "responders_high"} <= set(table.columns)
    assert not {"change", "interval", "responders", "change_interval"} & set(table.columns)


def test_means_in_the_results_are_those_of_the_patients(run: quell.Run) -> None:
    table = run.results().set_index(["arm", "instrument", "visit"])["mean"]
    for arm, patients in run.patients.groupby("arm"):
        assert table[arm, "LSAS", "24 h"] == pytest.approx(patients["LSAS at 24 h"].mean(), rel=1e-8)


def test_contrasts_are_differences_between_the_same_people(run: quell.Run) -> None:
    table = run.contrasts().set_index(["instrument", "visit"])
    scores = run.patients.pivot_table(index="person", columns="arm", values="LSAS at 24 h")
    difference = (scores["ketamine"] - scores["midazolam"]).mean()
    assert table.loc[("LSAS", "24 h"), "difference_mean"] == pytest.approx(difference, rel=1e-8)


@pytest.mark.parametrize("section", ["safety", "exposure", "parameters", "cascade", "warnings"])
def test_every_list_of_the_summary_is_a_table(run: quell.Run, section: str) -> None:
    assert len(run.table(section)) == len(run.summary[section])


def test_an_unknown_table_is_refused(run: quell.Run) -> None:
    with pytest.raises(quell.StudyError, match='the summary has no table "result"'):
        run.table("result")


def test_trajectories_are_labelled(run: quell.Run) -> None:
    assert isinstance(run.trajectories, xr.DataTree)
    assert list(run.trajectories.children) == ["ketamine", "midazolam"]
    for name, arm in run.trajectories.children.items():
        assert arm.attrs["arm"] == name
        assert arm.sizes == {"patient": 60, "time": arm.sizes["time"]}
        assert arm["patient"].values.tolist() == list(range(60))
        assert arm["time"].attrs == {"units": "h", "long_name": "time from the first dose"}
        assert arm["time"].dtype == float
        for signal in arm.data_vars.values():
            assert signal.dims == ("patient", "time")
            assert signal.attrs["units"]
            assert signal.attrs["long_name"]
            assert not signal.isnull().any()


def test_trajectories_are_those_of_the_people(run: quell.Run) -> None:
    peak = run.trajectories["ketamine"]["cadss"].max("time")
    ketamine = run.patients[run.patients["arm"] == "ketamine"].set_index("person")
    assert (peak.values <= ketamine["peak CADSS"] * 1.001 + 1e-6).all()
    assert np.corrcoef(peak, ketamine["peak CADSS"])[0, 1] > 0.98
    before = run.trajectories["ketamine"]["nmda_block"].sel(time=0.0)
    assert (before == 0.0).all()


def test_doses_are_a_row_each(run: quell.Run) -> None:
    assert run.doses.groupby("arm").size().to_dict() == {"ketamine": 60, "midazolam": 60}


def test_the_report_is_written_when_asked_for(run: quell.Run) -> None:
    assert run.report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_run_says_its_answer_and_what_it_is(run: quell.Run) -> None:
    assert "LSAS falls by" in str(run).replace("\n", " ")
    assert repr(run) == f"<quell.Run 'One infusion, one day': 60 people, {run.folder}>"


def test_a_folder_is_opened_again(run: quell.Run) -> None:
    again = quell.open_run(str(run.folder))
    assert again.summary == run.summary
    pd.testing.assert_frame_equal(again.patients, run.patients)


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(quell.StudyError, match="holds no finished run"):
        quell.open_run(tmp_path)


def test_a_folder_is_extended_report_included(tmp_path: Path) -> None:
    first = quell.run(SMALL, tmp_path / "out", count=10).report.read_bytes()
    second = quell.run(SMALL, tmp_path / "out", count=np.int64(20))
    assert second.summary["run"]["people"] == 20
    assert second.report.read_bytes() != first


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, 'count is "0"'),
        ({"count": 2.5}, r'count is "2\.5"'),
        ({"count": np.float64(2.5)}, r'count is "2\.5"'),
        ({"seed": -1}, 'seed is "-1"'),
        ({"trajectories": "none"}, 'trajectories is "none"'),
        ({"switches": {"pathwai": "HNK/AMPA"}}, 'unknown switch "pathwai"'),
        ({"switches": {"pathway": "HNK"}}, 'unknown choice of "pathway" "HNK"'),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, object], message: str, tmp_path: Path) -> None:
    with pytest.raises(quell.StudyError, match=message):
        quell.run(SMALL, tmp_path / "out", **options)  # pyright: ignore[reportArgumentType]
    assert not (tmp_path / "out").exists()


def test_a_foreign_folder_is_refused_and_untouched(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("precious")
    with pytest.raises(quell.StudyError, match="is not empty and holds no run"):
        quell.run(SMALL, tmp_path)
    assert tree(tmp_path) == {"thesis.txt": b"precious"}


def test_progress_is_told(tmp_path: Path) -> None:
    told: list[tuple[str, int, int]] = []
    quell.run(SMALL, tmp_path / "out", count=3, progress=lambda *news: told.append(news))
    assert told[0] == ("enrolling", 0, 0)
    assert ("simulating", 3, 3) in told


def test_a_study_is_read_from_a_file_a_text_or_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "study.yaml").write_text(SMALL)
    study = quell.read_study(str(tmp_path / "study.yaml"))
    assert study.text == quell.read_study(SMALL).text == quell.read_study(tmp_path / "study.yaml").text
    assert quell.read_study(study) is study
    with pytest.raises(quell.StudyError, match="no such file"):
        quell.read_study("ketamine for everybody")


def test_parameters_are_the_library() -> None:
    from quell.evidence.library import load_library

    table = quell.parameters()
    assert list(table.index) == [x.id for x in load_library().parameters()]
    assert table.loc["receptors.potency", "unit"] == "uM"
    assert (table["low"] <= table["value"]).all()
    assert (table["value"] <= table["high"]).all()
    assert set(quell.parameters("receptors")["pack"]) == {"receptors"}
    named = {key for keys in table["source"] for key in keys}
    assert named <= set(quell.sources().index)
    with pytest.raises(quell.StudyError, match='unknown pack "receptor"'):
        quell.parameters("receptor")


def test_the_schema_is_that_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == quell.schema()


def test_names_are_loaded_when_asked_for() -> None:
    loaded = "print(*({'numpy', 'jax', 'pandas', 'xarray'} & sys.modules.keys()))"
    code = f"import quell, sys; {loaded}; quell.run; {loaded}"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout == "\nnumpy\n"


def test_exposure_of_a_data_set_measured_and_predicted() -> None:
    data = pd.DataFrame(
        {
            "ID": [1] * 5,
            "TIME": [0.0, 1.0, 2.0, 4.0, 8.0],
            "AMT": [100.0, 0.0, 0.0, 0.0, 0.0],
            "DV": [None, 4.0, 2.0, 0.5, 0.03125],
        }
    )
    measured = quell.noncompartmental(data, route="bolus")
    assert list(measured["HALF_LIFE"]) == pytest.approx([1.0])
    assert list(measured["CMAX"]) == pytest.approx([8.0])
    assert list(measured["CLEARANCE"]) == pytest.approx([100.0 / 8.0 * np.log(2.0)])
    predicted = quell.noncompartmental(data, "one-compartment-iv", {"CL": 5.0, "V": 20.0})
    assert list(predicted["CLEARANCE"]) == pytest.approx([5.0])
    assert list(predicted["ROUTE"]) == ["bolus"]
    with pytest.raises(quell.StudyError, match="nothing says how this dose entered"):
        quell.noncompartmental(data)
