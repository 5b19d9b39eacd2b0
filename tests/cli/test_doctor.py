"""What doctor finds, on a machine that is well and on one that is not."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest

from quell.cli import doctor, main
from quell.cli.doctor import CHECKS, Level

Check = Callable[[], Iterator[tuple[Level, str]]]


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Check], None]:
    """Leave one check, given by the test."""

    def leave(subject: str, check: Check) -> None:
        for name in list(CHECKS):
            monkeypatch.delitem(CHECKS, name)
        monkeypatch.setitem(CHECKS, subject, check)

    return leave


def test_this_machine_runs_quell(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["doctor"])
    answer = capsys.readouterr()
    assert code == 0, answer.out
    assert answer.err == ""
    subjects = [line.split()[1] for line in answer.out.splitlines() if line.startswith(("ok", "warn", "FAIL"))]
    assert list(dict.fromkeys(subjects)) == list(CHECKS)


@pytest.mark.parametrize(
    ("level", "code", "conclusion"),
    [
        (Level.OK, 0, "quell can run here."),
        (Level.WARN, 0, "quell can run here; see what says warn."),
        (Level.FAIL, 1, "quell cannot run here. Mend what says FAIL."),
    ],
)
def test_the_worst_finding_decides(
    level: Level,
    code: int,
    conclusion: str,
    only: Callable[[str, Check], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    only("subject", lambda: iter([(Level.OK, "one thing"), (level, "another")]))
    assert main(["doctor"]) == code
    assert capsys.readouterr().out.splitlines() == [
        "ok    subject     one thing",
        f"{level:<4}  subject     another",
        "",
        conclusion,
    ]


def test_a_check_that_breaks_is_a_finding(
    only: Callable[[str, Check], None], capsys: pytest.CaptureFixture[str]
) -> None:
    def broken() -> Iterator[tuple[Level, str]]:
        raise ImportError("libsomething.so: cannot open")
        yield Level.OK, ""

    only("precision", broken)
    assert main(["doctor"]) == 1
    assert "FAIL  precision   ImportError: libsomething.so: cannot open" in capsys.readouterr().out


def test_an_old_python_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 14))
    assert [level for level, _ in doctor.python_version()] == [Level.FAIL]


def test_a_missing_package_fails_and_an_untested_one_warns(monkeypatch: pytest.MonkeyPatch) -> None:
    def version(name: str) -> str:
        if name == "zarr":
            raise PackageNotFoundError(name)
        return "0.0.1" if name == "jax" else doctor.versions_in_lock()[name][0]

    monkeypatch.setattr(doctor, "version", version)
    found = list(doctor.packages())
    assert (Level.FAIL, "zarr is missing: python -m pip install quell") in found
    warnings = [text for level, text in found if level is Level.WARN]
    assert len(warnings) == 1
    assert warnings[0].startswith("jax 0.0.1 is untested; tested: 0.")
    assert Level.OK not in {level for level, _ in found}


def test_little_memory_and_disk_warn(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(doctor, "available_memory", lambda: 10**9)
    monkeypatch.setattr(doctor, "free_disk", lambda folder: 10**8)
    assert list(doctor.memory()) == [(Level.WARN, "0.9 GiB available")]
    assert list(doctor.disk()) == [(Level.WARN, f"0.1 GiB free in {tmp_path}")]
    monkeypatch.setattr(doctor, "available_memory", lambda: None)
    assert [level for level, _ in doctor.memory()] == [Level.WARN]


def test_a_read_only_home_warns(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert [level for level, _ in doctor.compilation_cache()] == [Level.WARN]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert list(doctor.compilation_cache()) == [(Level.OK, f"kept in {tmp_path / 'cache' / 'quell'}")]


def test_broken_evidence_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("quell.evidence.library.check_library", lambda library: ["receptors.potency: no unit"])
    assert list(doctor.evidence()) == [(Level.FAIL, "receptors.potency: no unit")]
