"""``quell run``: options reach the run, streams stay apart, text from a study is text everywhere."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import zarr
from tests.cli.test_contract import on_a_terminal
from tests.simulation.small_runs import SMALL

from quell.cli import main
from quell.protocols.study_file import read_study
from quell.simulation.setup import Options, lay_out

ROOT = Path(__file__).parents[2]
COLOUR = re.compile(r"\x1b\[(?:\d+;)*(?:3|4|9)\d")
FOLDER = {
    "report.html",
    "summary.json",
    "patients.parquet",
    "doses.parquet",
    "trajectories.zarr",
    "manifest.json",
    "parts",
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small study in a folder of its own, from which the command is called."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    (folder / "small.yaml").write_text(SMALL)
    return folder


def test_a_design_of_parallel_arms_can_be_run() -> None:
    read = read_study(ROOT / "studies" / "designs" / "dose-ranging.yaml")
    assert len(lay_out(read, Options(count=12)).plans) == len(read.arms) > 2
    assert read.unused("run")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("crossover", 'needs a trial: "quell trial" will run this plan'),
        ("randomised-withdrawal", "no estimand here is a score at a visit, which this command needs"),
    ],
)
def test_a_design_that_needs_a_trial_is_refused_by_line(
    name: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    study = ROOT / "studies" / "designs" / f"{name}.yaml"
    assert main(["run", str(study), "--out", str(tmp_path / "out")]) == 2
    answer = capsys.readouterr()
    assert re.match(rf"{re.escape(str(study))}:\d+:\d+  ", answer.err)
    assert message in answer.err
    assert list(tmp_path.iterdir()) == []


def test_the_answer_goes_to_stdout_and_the_rest_to_stderr(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "small.yaml").write_text(SMALL + "events: {leaves the study: 5 % by 24 h}\n")
    assert main(["run", "small.yaml", "--count", "8"]) == 0
    answer = capsys.readouterr()
    assert "report: results/small/report.html" in answer.out
    assert not any(word in answer.out for word in ("enrolling", "simulating", "warning", "not used"))
    assert "warning: With 8 people no interval can be given" in answer.err
    assert "not used by this command: events" in answer.err


def test_options_reach_the_run(small: Path) -> None:
    words = ["--seed", "9", "--count", "210", "--typical", "--trajectories", "all", "--check"]
    assert main(["run", "small.yaml", "--out", "out", *words, "--switch", "PATHWAY = hnk/ampa"]) == 0
    summary = json.loads((small / "out" / "summary.json").read_text())
    wanted = {"seed": 9, "people": 210, "draws": 1, "typical": True}
    assert {name: summary["run"][name] for name in wanted} == wanted
    assert summary["run"]["switches"]["pathway"] == "HNK/AMPA"
    kept = zarr.open_group(small / "out" / "trajectories.zarr", mode="r")["ketamine"]["patient"]
    assert kept.shape == (210,)


def test_check_looks_at_everybody(small: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from quell.simulation import run
    from quell.simulation.grid_check import check_grid

    looked_at: list[tuple[int, int]] = []

    def noted(experiment: Any, halved: Any, firsts: range, people: int, workers: Any) -> Any:
        looked_at.append((len(firsts), people))
        return check_grid(experiment, halved, firsts, 4, workers)

    monkeypatch.setattr(run, "check_grid", noted)
    assert main(["run", "small.yaml", "--out", "out", "--count", "300"]) == 0
    assert main(["run", "small.yaml", "--out", "out", "--count", "300", "--check"]) == 0
    assert looked_at == [(0, 256), (1, 256)]


def test_the_same_command_again_gives_the_same_answer(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["run", "small.yaml", "--out", "out", "--count", "20"]
    answers = []
    for _ in range(2):
        assert main(words) == 0
        answers.append((capsys.readouterr().out, (small / "out" / "summary.json").read_bytes()))
    assert answers[0] == answers[1]


def test_a_title_is_text_wherever_it_is_shown(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    title = "<script>alert(1)</script> {{ 7*7 }} [red]x[/red] </style>"
    (small / "small.yaml").write_text(SMALL.replace("One infusion, one day", f'"{title}"'))
    assert main(["run", "small.yaml", "--out", "out", "--count", "8"]) == 0
    page = (small / "out" / "report.html").read_text(encoding="utf-8")
    assert json.loads((small / "out" / "summary.json").read_text())["study"]["title"] == title
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; {{ 7*7 }} [red]x[/red]" in page
    assert "\x1b" not in capsys.readouterr().out


def test_an_arm_with_a_hostile_name_is_text(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "../<img src=x onerror=alert(1)>"
    (small / "small.yaml").write_text(SMALL.replace("  ketamine:", f'  "{name}":'))
    assert main(["run", "small.yaml", "--out", "out", "--count", "8"]) == 0
    assert "<img src=x" not in (small / "out" / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in small.iterdir()} == {"small.yaml", "out"}
    assert {path.name for path in (small / "out").iterdir()} == FOLDER


def test_a_terminal_without_colour_gets_a_bar_without_colour(small: Path) -> None:
    seen = on_a_terminal("run", "small.yaml", "--out", "out", "--count", "8", NO_COLOR="1").decode()
    assert "report: out/report.html" in seen
    assert "simulating" in seen
    assert not COLOUR.search(seen)


def test_a_mistake_is_underlined_in_colour_only_where_wanted(small: Path) -> None:
    (small / "small.yaml").write_text(SMALL.replace("ketamine 0.5", "ketmine 0.5"))
    assert COLOUR.search(on_a_terminal("run", "small.yaml", NO_COLOR="").decode())
    assert not COLOUR.search(on_a_terminal("run", "small.yaml", NO_COLOR="1").decode())
