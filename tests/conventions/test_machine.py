"""What a machine offers, with and without the limits of a container."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from quell.conventions import machine


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The folder in which the system describes the limits of a container; empty: no limits."""
    monkeypatch.setattr(machine, "_CONTROL_GROUP", tmp_path)
    return tmp_path


def test_processors_are_those_this_process_may_use(container: Path) -> None:
    assert 1 <= machine.processors() <= (os.cpu_count() or 1)


@pytest.mark.parametrize(("quota", "expected"), [("100000 100000", 1), ("50000 100000", 1), ("150000 50000", 3)])
def test_a_container_limits_processors(
    quota: str, expected: int, container: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    (container / "cpu.max").write_text(f"{quota}\n")
    assert machine.processors() == expected


def test_no_quota_is_no_limit(container: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(8)), raising=False)
    (container / "cpu.max").write_text("max 100000\n")
    assert machine.processors() == 8


def test_memory_of_the_machine(container: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    table = tmp_path / "meminfo"
    table.write_text("MemTotal:       24000000 kB\nMemAvailable:    2000000 kB\n")
    monkeypatch.setattr(machine, "_MEMORY_TABLE", table)
    assert machine.available_memory() == 2000000 * 1024


def test_a_container_limits_memory_and_its_file_cache_is_free(
    container: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = tmp_path / "meminfo"
    table.write_text("MemAvailable:    2000000 kB\n")
    monkeypatch.setattr(machine, "_MEMORY_TABLE", table)
    (container / "memory.max").write_text("1000000\n")
    (container / "memory.current").write_text("700000\n")
    (container / "memory.stat").write_text("anon 500000\ninactive_file 150000\n")
    assert machine.available_memory() == 450000
    (container / "memory.max").write_text("max\n")
    assert machine.available_memory() == 2000000 * 1024


def test_disk_of_a_folder_that_is_not_there_yet(tmp_path: Path) -> None:
    assert machine.free_disk(tmp_path / "not" / "yet") == pytest.approx(machine.free_disk(tmp_path), rel=0.1)
    assert not (tmp_path / "not").exists()


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert machine.cache_folder() == tmp_path / "quell"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert machine.cache_folder().is_absolute()
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert machine.cache_folder().is_relative_to(Path.home())


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    assert machine.can_write(tmp_path / "new")
    assert list((tmp_path / "new").iterdir()) == []
    (tmp_path / "file").touch()
    assert not machine.can_write(tmp_path / "file" / "folder")


TOUCHED = """
import resource, sys
from quell.conventions.machine import keep_freed_memory
kept = keep_freed_memory() if sys.argv[1] == "keep" else False
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(20):
    bytearray(b"x") * 50_000_000
print(int(kept), resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_freed_memory_is_taken_again_without_asking_the_system() -> None:
    def faults(word: str) -> tuple[int, int]:
        answer = subprocess.run([sys.executable, "-c", TOUCHED, word], capture_output=True, text=True, check=True)
        kept, count = map(int, answer.stdout.split())
        return kept, count

    kept, few = faults("keep")
    if not kept:
        pytest.skip("this system's memory allocator has no such option")
    assert 5 * few < faults("give back")[1]
