"""Every worked study runs to a folder that keeps its promises, and to the numbers it gave before."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pandas as pd
import pytest
import zarr
from scripts.update_baseline import BASELINE, PEOPLE, SEED, STUDIES, baseline_of, key_outputs, moved

import quell
from quell.cli import main

SCHEMA = json.loads((Path(quell.__file__).parent / "report" / "summary.schema.json").read_text(encoding="utf-8"))
FOLDER = {
    "report.html",
    "summary.json",
    "patients.parquet",
    "doses.parquet",
    "trajectories.zarr",
    "manifest.json",
    "parts",
}

LONG = ("five-treatments", "six-infusions", "weekly-maintenance")
"""Worked studies that take more than a few seconds: only with --thorough; a short one of five treatments stands in."""

worked_studies = [pytest.param(x, id=x.stem, marks=[pytest.mark.slow] * (x.stem in LONG)) for x in STUDIES]
each_study = pytest.mark.parametrize("study", worked_studies)
each_or_short = pytest.mark.parametrize("study", [*worked_studies, pytest.param(None, id="five-treatments-shortened")])


@dataclass(frozen=True, slots=True)
class Worked:
    """A worked study that was run at the command line: its folder, and what was said."""

    folder: Path
    out: str
    err: str

    @property
    def summary(self) -> dict[str, Any]:
        """``summary.json``; NaN and Infinity are no JSON."""
        text = (self.folder / "summary.json").read_text(encoding="utf-8")
        return json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} in summary.json"))


Work = Callable[[Path], Worked]


@pytest.fixture
def chosen(study: Path | None, shortened: Path) -> Path:
    """A worked study, or the one that stands in."""
    return study or shortened


@pytest.fixture(scope="module")
def shortened(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five treatments over a week in place of twelve."""
    (whole,) = [x for x in STUDIES if x.stem == "five-treatments"]
    changes = {"for 12 weeks": "for 1 week", "over 12 weeks": "over 1 week", "at 56 d": "at 7 d"}
    changes["0 d, 7 d, 14 d, 28 d, 42 d, 56 d, 70 d, 84 d"] = "0 d, 7 d"
    text = whole.read_text(encoding="utf-8")
    for long, short in changes.items():
        assert long in text
        text = text.replace(long, short)
    path = tmp_path_factory.mktemp("shortened") / "five-treatments.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    """Run a worked study once for all tests here."""
    done: dict[Path, Worked] = {}

    def worked(study: Path) -> Worked:
        if study not in done:
            done[study] = run(study, tmp_path_factory.mktemp(study.stem) / "out")
        return done[study]

    return worked


def run(study: Path, folder: Path) -> Worked:
    with pytest.MonkeyPatch.context() as patch:
        out, err = Heard(), Heard()
        patch.setattr("sys.stdout", out)
        patch.setattr("sys.stderr", err)
        code = main(["run", str(study), "--out", str(folder), "--count", str(PEOPLE), "--seed", str(SEED)])
    assert code == 0, err.text
    return Worked(folder, out.text, err.text)


class Heard:
    """A stream that is no terminal and remembers."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text += text

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False


@each_or_short
def test_the_folder_holds_everything(chosen: Path, work: Work) -> None:
    folder = work(chosen).folder
    assert {path.name for path in folder.iterdir()} == FOLDER
    assert (folder / "report.html").stat().st_size > 100_000
    assert json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["finished"] is True


@each_or_short
def test_the_summary_keeps_its_schema(chosen: Path, work: Work) -> None:
    summary = work(chosen).summary
    jsonschema.Draft202012Validator(SCHEMA).validate(summary)
    assert summary["study"]["text"] == chosen.read_text(encoding="utf-8")
    assert summary["failed"] == []


@each_or_short
def test_the_tables_hold_everybody(chosen: Path, work: Work) -> None:
    folder, summary = work(chosen).folder, work(chosen).summary
    arms = [arm["name"] for arm in summary["arms"]]
    patients = pd.read_parquet(folder / "patients.parquet")
    assert patients.groupby("arm", sort=False).size().to_dict() == dict.fromkeys(arms, PEOPLE)
    doses = sum(len(arm["doses"]) for arm in summary["arms"])
    assert len(pd.read_parquet(folder / "doses.parquet")) == PEOPLE * doses
    groups = dict(zarr.open_group(folder / "trajectories.zarr", mode="r").groups())
    assert {group.attrs["arm"] for group in groups.values()} == set(arms)


@each_or_short
def test_the_numbers_agree_with_the_tables_and_with_one_another(chosen: Path, work: Work) -> None:
    summary = work(chosen).summary
    patients = pd.read_parquet(work(chosen).folder / "patients.parquet")
    means = {}
    for row in summary["results"]:
        scores = patients.loc[patients["arm"] == row["arm"], f"{row['instrument']} at {row['visit']}"]
        assert row["n"] == scores.size
        assert row["mean"] == pytest.approx(scores.mean(), rel=1e-8, abs=1e-9)
        assert row["q05"] <= row["q25"] <= row["q50"] <= row["q75"] <= row["q95"]
        for counted in filter(None, (row["responders"], row["remitters"])):
            assert counted["share"] == pytest.approx(counted["count"] / row["n"], rel=1e-8)
        means[row["arm"], row["instrument"], row["visit"]] = row["mean"]
    for row in summary["contrasts"]:
        one, other = (means[arm, row["instrument"], row["visit"]] for arm in (row["arm"], row["control"]))
        assert row["difference"]["mean"] == pytest.approx(one - other, rel=1e-6, abs=1e-6)
    for row in summary["decomposition"]:
        parts = sum(part["mean"] for part in row["parts"])
        assert parts == pytest.approx(row["total"]["mean"], rel=1e-6, abs=1e-6)


@each_or_short
def test_the_answer_and_the_progress_go_their_ways(chosen: Path, work: Work) -> None:
    worked = work(chosen)
    assert worked.out.endswith(f"report: {worked.folder / 'report.html'}\n")
    assert all(arm["name"] in worked.out for arm in worked.summary["arms"])
    assert worked.err.startswith(f"enrolling\nsimulating: 0 of {PEOPLE} people\n")
    assert "\x1b" not in worked.out + worked.err


@each_study
def test_key_outputs_are_where_they_were(study: Path, work: Work) -> None:
    before = json.loads(baseline_of(study).read_text(encoding="utf-8"))
    lines = moved(before, key_outputs(work(study).summary))
    advice = "If that is meant: python scripts/update_baseline.py, and say why in the commit and in CHANGELOG.md."
    assert not lines, "\n".join([f"{len(lines)} of {len(before)} numbers moved:", *lines, advice])


def test_there_is_a_baseline_of_every_worked_study_and_no_other() -> None:
    assert {path.name for path in BASELINE.glob("*.json")} == {f"{study.stem}.json" for study in STUDIES}
    assert all(len(json.loads(baseline_of(study).read_text(encoding="utf-8"))) >= 12 for study in STUDIES)


def test_what_moved_is_named() -> None:
    before = {"same": 2.0, "up": 2.0, "zero": 0.0, "old": 1.0}
    now = {"same": 2.0 * (1 + 1e-7), "up": 2.1, "zero": 0.5, "new": 3.0}
    assert moved(before, now) == ["old: 1, gone", "new: 3, new", "up: 2 -> 2.1 (+5.00%)", "zero: 0 -> 0.5"]
