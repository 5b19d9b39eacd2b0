"""Stopped or killed at any moment, a run continues with the same command and ends in the same bytes."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.simulation.small_runs import SMALL, run, same_paths, written

from quell.report.page import write_report

CHILD = """
import sys
from pathlib import Path
from quell.protocols.study_file import read_study
from quell.simulation.run import run_study
tell = lambda what, done, total: print(what, done, flush=True)
run_study(read_study(sys.argv[1]), Path(sys.argv[2]), people_per_part=20, report=tell)
"""
"""A run in fifteen parts, so that a kill finds some of them written."""

QUIET = {**os.environ, "NO_COLOR": "1"}


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 people in one go."""
    finished = run(tmp_path_factory.mktemp("whole") / "out")
    write_report(finished.summary, finished.folder)
    return finished.folder


def said(stream: Iterator[str], word: str) -> str:
    """Read up to the line that begins with a word."""
    return next((line for line in stream if line.startswith(word)), "")


def killed(study: Path, out: Path, delay: float) -> bool:
    """Start a run, kill it a while after enrolment began; whether it was still at work."""
    words = [sys.executable, "-c", CHILD, str(study), str(out)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert said(child.stdout, "enrolling")
        time.sleep(delay)
        child.kill()
    return child.returncode == -signal.SIGKILL


def survives(study: Path, out: Path, whole: Path, kills: int, luck: random.Random, longest: float) -> int:
    """Kill a run several times, let it finish, compare; returns how many kills found it at work."""
    hit = sum(killed(study, out, luck.uniform(0.0, longest)) for _ in range(kills))
    run(out, people_per_part=20)
    assert written(out) == written(whole)
    assert same_paths(out, whole)
    assert not [path for path in out.rglob(".*") if path.is_file()]
    return hit


def test_a_run_killed_three_times_ends_in_the_same_bytes(study: Path, tmp_path: Path, whole: Path) -> None:
    assert survives(study, tmp_path / "out", whole, 3, random.Random(2026), 3.0) > 0


@pytest.mark.slow  # a minute: sixty processes, each killed at its own moment
def test_runs_killed_at_many_moments_end_in_the_same_bytes(study: Path, tmp_path: Path, whole: Path) -> None:
    luck = random.Random(2027)
    hits = [survives(study, tmp_path / f"out {k}", whole, 3, luck, 5.0) for k in range(20)]
    assert sum(hits) > 20


def command(study: Path, out: Path, count: int) -> list[str]:
    return [sys.executable, "-m", "quell", "run", str(study), "--out", str(out), "--count", str(count)]


LISTENING = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from quell.cli import main
sys.exit(main())
"""
"""The command where Ctrl-C is heard: a shell's background job ignores it, and so would what the tests start there."""


def stopped(study: Path, out: Path, at: str, signals: int = 1) -> subprocess.CompletedProcess[str]:
    """Press Ctrl-C when the run begins to do something."""
    words = command(study, out, 100_000)
    heard = [sys.executable, "-c", LISTENING, *words[3:]]
    with subprocess.Popen(heard, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=QUIET) as child:
        assert child.stderr is not None
        first = said(child.stderr, at)
        for _ in range(signals):
            child.send_signal(signal.SIGINT)
            time.sleep(0.05)
        answer, rest = child.communicate()
    return subprocess.CompletedProcess(words, child.returncode, answer, first + rest)


def test_ctrl_c_ends_quietly_and_says_how_to_continue(study: Path, tmp_path: Path) -> None:
    ends_quietly(stopped(study, tmp_path / "out", "enrolling"), tmp_path / "out")


def ends_quietly(answer: subprocess.CompletedProcess[str], out: Path) -> None:
    assert answer.returncode == 130
    assert answer.stdout == ""
    assert answer.stderr.endswith(f"stopped; the same command continues in {out}\n")
    assert "Traceback" not in answer.stderr


def test_a_run_stopped_late_and_impatiently_continues(study: Path, tmp_path: Path, whole: Path) -> None:
    out = tmp_path / "out"
    ends_quietly(stopped(study, out, "simulating", signals=3), out)
    assert (out / "manifest.json").exists()
    answer = subprocess.run(command(study, out, 300), capture_output=True, text=True, env=QUIET)
    assert answer.returncode == 0, answer.stderr
    assert written(out) == written(whole)
    assert (out / "report.html").read_bytes() == (whole / "report.html").read_bytes()
