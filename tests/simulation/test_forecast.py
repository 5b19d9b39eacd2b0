"""Memory is forecast and refused before the start, not after the crash."""

import subprocess
import sys
from pathlib import Path

import pytest
from tests.simulation.small_runs import SMALL, run, small

from quell.conventions.errors import StudyError
from quell.simulation import forecast as forecasting
from quell.simulation import run as running
from quell.simulation.forecast import Forecast, refuse_beyond_machine
from quell.simulation.setup import Options, lay_out

GB = 10**9
STUDIES = Path(__file__).parents[2] / "studies"
PLENTY = Forecast(people=1000, arms=2, fixed=GB, thread=GB // 2, person=100_000, courses=0)


def test_memory_adds_up() -> None:
    assert PLENTY.memory(1) == 1.5 * GB + 3 * 1000 * 100_000
    assert PLENTY.memory(4) == PLENTY.memory(1) + 1.5 * GB
    assert PLENTY.disk == 2 * 1000 * 100_000


@pytest.mark.parametrize(("free", "threads"), [(None, 8), (100 * GB, 8), (4 * GB, 5), (GB, 1)])
def test_where_memory_is_short_fewer_threads_are_used(free: int | None, threads: int) -> None:
    assert PLENTY.threads(8, free) == threads


def test_the_number_of_people_that_would_fit_does_fit() -> None:
    most = PLENTY.most_people(3 * GB)
    assert most == 5000
    assert Forecast(most, 2, GB, GB // 2, 100_000, 0).memory(1) <= 3 * GB
    assert PLENTY.most_people(GB) == 0


def test_more_of_anything_needs_more() -> None:
    def needed(text: str = SMALL, count: int = 3000, every: bool = False) -> Forecast:
        return lay_out(small(text), Options(count=count, every_path=every)).forecast

    plain = needed()
    assert needed(count=6000).memory(1) > plain.memory(1)
    assert needed(every=True).memory(1) > plain.memory(1)
    assert needed(SMALL.replace("24 h]", "24 h, 6 d, 7 d]")).person > plain.person
    weekly = SMALL.replace("24 h]", "84 d]").replace("on day 0", "weekly for 12 weeks")
    assert needed(weekly.replace("at 24 h", "at 84 d")).thread > plain.thread
    assert (
        needed(SMALL.replace("  midazolam:", "  saline: saline IV over 40 min on day 0\n  midazolam:")).person
        > plain.person
    )


def test_too_little_memory_is_refused_before_anybody_is_enrolled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forecasting, "available_memory", lambda: 2 * GB)
    monkeypatch.setattr(running, "enrol_into", lambda layout: pytest.fail("people were enrolled"))
    with pytest.raises(
        StudyError, match=r"1000000 people in 2 arms need about [\d.]+ GB of memory, 2\.0 GB are free"
    ) as caught:
        run(tmp_path / "out", count=1_000_000)
    assert caught.value.allowed is not None
    assert caught.value.allowed.startswith("up to about ")
    assert list(tmp_path.iterdir()) == []


def test_too_little_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "available_memory", lambda: None)
    monkeypatch.setattr(forecasting, "free_disk", lambda folder: 10**6)
    with pytest.raises(StudyError, match=r"the run needs about 0\.2 GB of disk, 1\.0 MB are free"):
        refuse_beyond_machine(PLENTY, tmp_path / "out")


MEASURED = """
import sys, tempfile
from pathlib import Path
from quell.protocols.study_file import read_study
from quell.simulation.run import run_study
from quell.simulation.setup import Options, lay_out
study, options = read_study(sys.argv[1]), Options(count=int(sys.argv[2]), every_path=sys.argv[3] == "all")
with tempfile.TemporaryDirectory() as folder:
    run_study(study, Path(folder) / "out", options, threads=2)
    disk = sum(file.stat().st_size for file in Path(folder).rglob("*") if file.is_file())
needed = lay_out(study, options).forecast
status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
used = int(status["VmHWM"].split()[0]) * 1024  # getrusage would count what the process that started this one held
print(needed.memory(2), used, needed.disk, disk)
"""


@pytest.mark.slow  # a minute: whole runs of several sizes, each in a process of its own
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="peak memory of a process is read from /proc")
@pytest.mark.parametrize(
    ("study", "count", "paths"),
    [
        ("social-anxiety-one-infusion.yaml", 256, "some"),
        ("social-anxiety-one-infusion.yaml", 10_000, "some"),
        ("social-anxiety-one-infusion.yaml", 3_000, "all"),
        ("six-infusions.yaml", 256, "some"),
        ("five-treatments.yaml", 3_000, "some"),
    ],
)
def test_the_forecast_is_above_what_is_measured_and_not_far(study: str, count: int, paths: str) -> None:
    words = [sys.executable, "-c", MEASURED, str(STUDIES / study), str(count), paths]
    answer = subprocess.run(words, capture_output=True, text=True, check=True)
    memory, used, disk, written = map(int, answer.stdout.split())
    assert used < memory < 2.0 * used
    assert written < disk
