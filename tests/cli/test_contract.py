"""The contract of the command line: exit codes, what goes where, one message a failure, no traceback."""

import errno
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Annotated

import pytest
import typer

from quell.cli import COMMANDS, main
from quell.cli.failures import EXTRAS, colourful
from quell.conventions.errors import StudyError

Command = Callable[[Callable[..., int | None]], None]


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> Command:
    """Make a function the command ``quell made``."""

    def make(function: Callable[..., int | None]) -> None:
        monkeypatch.setitem(COMMANDS, "made", "For this test.")
        monkeypatch.setitem(sys.modules, "quell.cli.made", SimpleNamespace(made=function))

    return make


def raising(error: BaseException) -> Callable[[], None]:
    def made() -> None:
        raise error

    return made


def quell(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "quell", *words], capture_output=True, text=True, env={**os.environ, **environment}
    )


def on_a_terminal(*words: str, **environment: str) -> bytes:
    """What a person sees: the output of a command whose stdout and stderr are a terminal."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "80", **environment}
    process = subprocess.Popen([sys.executable, "-m", "quell", *words], stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    seen = b""
    try:
        while part := os.read(ours, 65536):
            seen += part
    except OSError as error:
        if error.errno != errno.EIO:  # how Linux says that the other end is closed
            raise
    os.close(ours)
    process.wait()
    return seen


def test_help_lists_every_command_and_what_it_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    answer = capsys.readouterr()
    assert answer.err == ""
    for name, does in COMMANDS.items():
        assert f"  {name:<9}  {does}" in answer.out


@pytest.mark.parametrize("words", [[], ["-h"]])
def test_no_words_ask_for_help(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 0
    assert "Commands:" in capsys.readouterr().out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    answer = capsys.readouterr()
    assert f"quell {name}" in answer.out
    assert answer.err == ""


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == "quell 0.1.0\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["rnu"], 'unknown command "rnu". Did you mean "run"?  Allowed: run, kinetics, regimen, evidence,'),
        (["--vresion"], 'unknown option "--vresion". Did you mean "--version"?'),
        (["doctor", "--quick"], 'unknown option "--quick".  See: quell doctor --help'),
        (["evidence", "--pakc", "x"], 'unknown option "--pakc". Did you mean "--pack"?'),
        (["evidence", "--pack"], "option '--pack' requires an argument.  See: quell evidence --help"),
        (["doctor", "now"], "unexpected extra argument"),
        (["run"], "missing argument"),
        (["\x1b[31mrun"], r'unknown command "\x1b[31mrun"'),
        (["--\x1b[31m"], r'unknown option "--\x1b[31m"'),
    ],
    ids=[
        "command",
        "option",
        "option of a command",
        "misspelt option",
        "value missing",
        "too much",
        "too little",
        "control characters",
        "control characters in an option",
    ],
)
def test_a_wrong_command_line_is_told_in_one_message(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    answer = capsys.readouterr()
    assert answer.out == ""
    assert message in answer.err
    assert answer.err.count("\n") == 1
    assert "\x1b" not in answer.err


def test_a_wrong_study_is_told_where_and_what(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command(raising(StudyError('unknown drug "ketmine"', file="study.yaml", line=8, column=3, suggestion="ketamine")))
    assert main(["made"]) == 2
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err == 'study.yaml:8:3\nunknown drug "ketmine". Did you mean "ketamine"?\n'


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (ValueError("shapes differ"), "quell made an error of its own (ValueError: shapes differ). Please report it"),
        (AssertionError(), "quell made an error of its own (AssertionError). Please report it"),
        (MemoryError(), "out of memory. Ask for fewer people (--count)"),
        (
            OSError(errno.ENOSPC, "No space left on device", "out/report.html"),
            "No space left on device: out/report.html",
        ),
        (OSError(errno.EIO, "Input/output error"), "Input/output error\n"),
        (
            ModuleNotFoundError("No module named 'lifelines.fitters'", name="lifelines.fitters"),
            'this needs the extra "stats": python -m pip install "quell[stats]"',
        ),
        (ModuleNotFoundError("No module named 'nowhere'", name="nowhere"), "quell made an error of its own"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_what_cannot_be_done_is_told_in_one_line(
    error: Exception, message: str, command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(error))
    assert main(["made"]) == 1
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err.startswith(message)
    assert answer.err.count("\n") == 1


@pytest.mark.parametrize("words", [["--traceback", "made"], ["made", "--traceback"]])
def test_a_traceback_is_shown_when_asked_for(
    words: list[str], command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    command(raising(ValueError("shapes differ")))
    assert main(words) == 1
    assert "Traceback (most recent call last)" in capsys.readouterr().err


@pytest.mark.parametrize(("setting", "shown"), [("1", True), ("0", False), ("", False)])
def test_a_traceback_can_be_asked_for_in_the_environment(
    setting: str, shown: bool, command: Command, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QUELL_TRACEBACK", setting)
    command(raising(ValueError("shapes differ")))
    main(["made"])
    assert ("Traceback" in capsys.readouterr().err) is shown


def test_ctrl_c_ends_quietly(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    command(raising(KeyboardInterrupt()))
    assert main(["made"]) == 130
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("code", [0, 1, 2, 130])
def test_a_command_chooses_its_exit_code(code: int, command: Command) -> None:
    command(raising(typer.Exit(code)))
    assert main(["made"]) == code


def test_options_reach_the_command(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    def made(count: Annotated[int, typer.Option()] = 1) -> None:
        print(count + 1)

    command(made)
    assert main(["made", "--count", "41"]) == 0
    assert capsys.readouterr().out == "42\n"
    assert main(["made", "--count", "many"]) == 2
    assert "--count" in capsys.readouterr().err


def test_a_reader_that_leaves_is_no_error() -> None:
    words = [sys.executable, "-m", "quell", "schema"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1


def test_a_narrow_terminal_encoding_stops_nothing() -> None:
    answer = quell("evidence", PYTHONIOENCODING="ascii")
    assert answer.returncode == 0
    assert answer.stderr == ""


def test_colours_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = SimpleNamespace(isatty=lambda: True)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert colourful(terminal)
    assert not colourful(SimpleNamespace(isatty=lambda: False))
    monkeypatch.setenv("TERM", "dumb")
    assert not colourful(terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not colourful(terminal)


@pytest.mark.parametrize("words", ["--help", "evidence --gaps", "rnu"])
def test_lines_are_plain_where_there_is_no_terminal_or_no_colour(words: str) -> None:
    assert b"\x1b[" in on_a_terminal(*words.split(), NO_COLOR="") or words == "rnu"
    assert b"\x1b[3" not in on_a_terminal(*words.split(), NO_COLOR="1")
    answer = quell(*words.split())
    assert "\x1b" not in answer.stdout + answer.stderr


def test_extras_are_those_of_the_package() -> None:
    from importlib.metadata import metadata

    assert set(EXTRAS.values()) <= set(metadata("quell").get_all("Provides-Extra") or ())
