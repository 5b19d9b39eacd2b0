"""Bad command lines: one message each, the right exit code, no traceback, no colour, nothing on stdout or disk."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from tests.conformance.bad_input.broken_files import FILES
from tests.conformance.bad_input.broken_studies import BROKEN
from tests.simulation.small_runs import SMALL, tree

from quell.cli import main
from quell.simulation import forecast
from quell.simulation.chunks import RunFolder

RUN = ("run", "small.yaml", "--out", "out")
WHOLE = "Allowed: a whole number from"
LONG = "9" * 5000


@dataclass(frozen=True, slots=True)
class BadLine:
    """Words after ``quell``, part of what is answered, and the exit code."""

    name: str
    words: tuple[str, ...]
    says: str
    code: int = 2


LINES = (
    BadLine("unknown command", ("rnu", "small.yaml"), 'unknown command "rnu". Did you mean "run"?'),
    BadLine("study without command", ("small.yaml",), 'unknown command "small.yaml"'),
    BadLine("unknown option", (*RUN, "--cuont", "5"), 'unknown option "--cuont". Did you mean "--count"?'),
    BadLine("misspelt flag", (*RUN, "--typcial"), 'unknown option "--typcial". Did you mean "--typical"?'),
    BadLine("short option", (*RUN, "-n", "5"), 'unknown option "-n".'),
    BadLine("option without value", (*RUN, "--count"), "option '--count' requires an argument"),
    BadLine("flag with value", (*RUN, "--typical=yes"), "option '--typical' does not take a value"),
    BadLine("two studies", ("run", "small.yaml", "other.yaml"), "unexpected extra argument"),
    BadLine("no study", ("run", "--out", "out"), "missing argument 'STUDY'"),
    BadLine(
        "absent study", ("run", "nowhere/big.yaml"), "nowhere/big.yaml\nthe study file cannot be read: no such file"
    ),
    BadLine("misspelt study", ("run", "smal.yaml"), 'no such file or directory. Did you mean "small.yaml"?'),
    BadLine("study is a folder", ("run", "full"), "not a file"),
    BadLine("study is empty words", ("run", ""), "not a file"),
    BadLine("study is a device", ("run", "/dev/null"), "not a file"),
    BadLine("count 0", (*RUN, "--count", "0"), f'--count is "0".  {WHOLE} 1 to 10000000'),
    BadLine("count -1", (*RUN, "--count", "-1"), f'--count is "-1".  {WHOLE}'),
    BadLine("count 1e12", (*RUN, "--count", "1e12"), f'--count is "1e12".  {WHOLE}'),
    BadLine("count beyond bounds", (*RUN, "--count", "10000001"), f'--count is "10000001".  {WHOLE}'),
    BadLine("count of 5000 digits", (*RUN, "--count", LONG), f'{LONG[:40]}…".  {WHOLE} 1 to 10000000'),
    BadLine("count NaN", (*RUN, "--count", "NaN"), f'--count is "NaN".  {WHOLE}'),
    BadLine("count 1.5", (*RUN, "--count", "1.5"), f'--count is "1.5".  {WHOLE}'),
    BadLine("count empty", (*RUN, "--count", ""), f'--count is "".  {WHOLE}'),
    BadLine("count in words", (*RUN, "--count=many"), f'--count is "many".  {WHOLE}'),
    BadLine("count with colour", (*RUN, "--count", "\x1b[31m5"), r'--count is "\x1b[31m5".'),
    BadLine("seed in words", (*RUN, "--seed", "lucky"), f'--seed is "lucky".  {WHOLE} 0 to 4294967295'),
    BadLine("seed -1", (*RUN, "--seed", "-1"), f'--seed is "-1".  {WHOLE}'),
    BadLine("seed 0.5", (*RUN, "--seed", "0.5"), f'--seed is "0.5".  {WHOLE}'),
    BadLine("seed beyond bounds", (*RUN, "--seed", "4294967296"), f'--seed is "4294967296".  {WHOLE}'),
    BadLine("switch without =", (*RUN, "--switch", "pathway"), '--switch "pathway" has no "=".  Allowed: NAME=VALUE'),
    BadLine("switch empty", (*RUN, "--switch", ""), '--switch "" has no "="'),
    BadLine("unknown switch", (*RUN, "--switch", "pathwya=HNK"), 'unknown switch "pathwya". Did you mean "pathway"?'),
    BadLine("switch without name", (*RUN, "--switch", "=HNK/AMPA"), 'unknown switch "".  Allowed: '),
    BadLine(
        "unknown choice",
        (*RUN, "--switch", "pathway=HNK/APMA"),
        'unknown choice of "pathway" "HNK/APMA". Did you mean "HNK/AMPA"?',
    ),
    BadLine("choice missing", (*RUN, "--switch", "pathway="), 'unknown choice of "pathway" "".  Allowed: '),
    BadLine(
        "switch twice",
        (*RUN, "--switch", "pathway=HNK/AMPA", "--switch", "Pathway=HNK/AMPA"),
        'the switch "pathway" is set twice',
    ),
    BadLine("trajectories maybe", (*RUN, "--trajectories", "maybe"), '--trajectories is "maybe".  Allowed: some, all'),
    BadLine(
        "out is a file", ("run", "small.yaml", "--out", "full/thesis.txt"), "full/thesis.txt is a file, not a folder"
    ),
    BadLine(
        "out below a file", ("run", "small.yaml", "--out", "full/thesis.txt/a/b"), "thesis.txt is a file, not a folder"
    ),
    BadLine("out is a device", ("run", "small.yaml", "--out", "/dev/null"), "/dev/null is a file, not a folder"),
    BadLine("out is full", ("run", "small.yaml", "--out", "full"), "full is not empty and holds no run"),
    BadLine("out is here", ("run", "small.yaml", "--out", "."), ". is not empty and holds no run"),
    BadLine("out has a broken manifest", ("run", "small.yaml", "--out", "broken"), "manifest.json cannot be read"),
    BadLine("out is another run", ("run", "small.yaml", "--out", "another"), "another holds another run: study, doses"),
    BadLine("name too long", ("run", "small.yaml", "--out", "x" * 300), "File name too long", 1),
    BadLine("more people than memory", (*RUN, "--count", "10000000"), "people in 2 arms need about"),
    BadLine("nobody meets the rules", ("run", "nobody.yaml", "--out", "out"), "LSAS >= 144"),
    BadLine("unknown parameter", ("evidence", "receptors.potencie"), 'Did you mean "receptors.potency"?'),
    BadLine("unknown pack", ("evidence", "--pack", "receptor"), 'unknown pack "receptor". Did you mean "receptors"?'),
    BadLine("words after schema", ("schema", "please"), "unexpected extra argument"),
    BadLine("words after doctor", ("doctor", "now"), "unexpected extra argument"),
)
"""What somebody may type by mistake, and how it is answered."""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a study, a folder of somebody's own, and other people's runs; memory for some people only."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(forecast, "available_memory", lambda: 8 * 10**9)
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "nobody.yaml").write_text(SMALL.replace("LSAS >= 60", "LSAS >= 144"))
    for name in ("full", "broken", "another"):
        (tmp_path / name).mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("precious")
    (tmp_path / "broken" / "manifest.json").write_text("{")
    (tmp_path / "another" / "manifest.json").write_text('{"identity": {}}')
    return tmp_path


@dataclass(slots=True)
class Answer:
    """What a command said and did."""

    code: int
    out: str
    err: str
    changed: bool
    messages: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.messages = [line for line in self.err.splitlines() if line not in ("enrolling",)]


Ask = Callable[..., Answer]


@pytest.fixture
def ask(here: Path, capsys: pytest.CaptureFixture[str]) -> Ask:
    """Call quell in that folder."""

    def asked(*words: str) -> Answer:
        before = tree(here)
        code = main(words)
        said = capsys.readouterr()
        return Answer(code, said.out, said.err, tree(here) != before)

    return asked


def told_well(answer: Answer, code: int) -> None:
    """One short plain message, nothing else anywhere."""
    assert answer.code == code, answer.err
    assert answer.out == ""
    assert not answer.changed
    assert "Traceback" not in answer.err
    assert "error of its own" not in answer.err
    assert not any(ord(letter) < 32 for letter in answer.err if letter != "\n")
    assert answer.err.endswith("\n")
    assert len(answer.err) < 1500


@pytest.mark.parametrize("line", LINES, ids=lambda line: line.name)
def test_a_bad_command_line(line: BadLine, ask: Ask) -> None:
    answer = ask(*line.words)
    told_well(answer, line.code)
    assert line.says in answer.err
    assert 1 <= len(answer.messages) <= 3


def test_the_table_is_long_and_its_names_are_different() -> None:
    assert len({line.name for line in LINES}) == len(LINES) >= 45


@pytest.mark.parametrize(
    ("content", "place"),
    [
        *(pytest.param(case.text.encode(), case.place, id=case.name) for case in BROKEN),
        *(pytest.param(case.content, case.place, id=case.name) for case in FILES),
    ],
)
def test_a_bad_study_at_the_command_line(content: bytes, place: str | None, here: Path, ask: Ask) -> None:
    (here / "study.yaml").write_bytes(content)
    answer = ask("run", "study.yaml", "--out", "out")
    told_well(answer, 2)
    assert answer.err.startswith("study.yaml" if place is None else f"study.yaml:{place}")


def test_a_study_of_100_megabytes_at_the_command_line(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open(here / "small.yaml", "r+b") as file:
        file.truncate(100_000_000)
    assert main(RUN) == 2
    assert "too large (100 MB)" in capsys.readouterr().err
    assert not (here / "out").exists()


def test_a_refusal_while_the_model_compiles_keeps_its_exit_code(here: Path) -> None:
    words = [sys.executable, "-m", "quell", "run", "small.yaml", "--out", "full"]
    environment = {**os.environ, "XDG_CACHE_HOME": str(here / "cache")}
    answer = subprocess.run(words, capture_output=True, text=True, env=environment)
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr.splitlines()[-1].startswith("full is not empty and holds no run")


def test_a_folder_that_another_process_writes_into(ask: Ask, here: Path) -> None:
    assert ask(*RUN, "--count", "2").code == 0
    with RunFolder(here / "out", {}).alone():
        told_well(answer := ask(*RUN, "--count", "4"), 2)
    assert "another run is writing into out" in answer.err


def unwritable(folder: Path) -> Path:
    """A folder in which this user cannot make another one."""
    if os.geteuid() != 0:
        folder.chmod(0o555)
        return folder / "out"
    place = Path("/proc/quell")
    if not place.parent.is_dir():
        pytest.skip("root may write everywhere on this machine")
    return place


def test_a_folder_that_cannot_be_written(ask: Ask, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecast, "free_disk", lambda folder: 10**12)
    place = unwritable(here / "full")
    answer = ask("run", "small.yaml", "--out", str(place))
    told_well(answer, 1)
    assert answer.messages[-1].endswith(f": {place}")


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "out/parts/x"), "No space left on device: out/parts/x"),
        (MemoryError(), "out of memory. Ask for fewer people (--count)"),
    ],
    ids=["disk", "memory"],
)
def test_a_machine_that_gives_out_leaves_a_folder_that_resumes(
    error: Exception, says: str, ask: Ask, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", fail)
        answer = ask(*RUN, "--count", "2")
    assert (answer.code, answer.out) == (1, "")
    assert says in answer.messages[-1]
    assert "Traceback" not in answer.err
    assert ask(*RUN, "--count", "2").code == 0
    assert not list((here / "out").rglob(".*"))
