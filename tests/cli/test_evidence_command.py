"""``quell evidence`` on a terminal of any width, in a pipe, and as JSON."""

import json
import sys

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

import quell.cli.evidence as command
from quell.conventions.errors import StudyError
from quell.evidence.library import load_library

APP = typer.Typer()
APP.command()(command.evidence)
LIBRARY = load_library()


def piped(*arguments: str) -> list[str]:
    """Lines that the command prints into a pipe."""
    result = CliRunner().invoke(APP, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout.splitlines()


@pytest.fixture
def on_terminal(monkeypatch, capsys):
    """A function that runs the command on a terminal of a width and gives the lines."""

    def run(width: int, *, colour: bool = True, **options) -> list[str]:
        environment = {} if colour else {"NO_COLOR": "1"}
        monkeypatch.setattr(
            command,
            "Console",
            lambda **given: Console(
                **given, width=width, force_terminal=True, _environ=environment | {"TERM": "xterm"}, file=sys.stdout
            ),
        )
        command.evidence(**options)
        return capsys.readouterr().out.splitlines()

    return run


def visible(line: str) -> str:
    """The line without its colours."""
    plain, rest = "", line
    while "\x1b[" in rest:
        head, _, rest = rest.partition("\x1b[")
        plain, rest = plain + head, rest.partition("m")[2]
    return plain + rest


def test_in_a_pipe_every_parameter_is_one_line_with_tabs():
    lines = piped()
    assert [line.split("\t")[0] for line in lines] == list(LIBRARY)
    assert {line.count("\t") for line in lines} == {4}


@pytest.mark.parametrize("width", [40, 60, 80, 120, 200])
def test_a_terminal_shows_every_parameter_within_its_width(on_terminal, width):
    lines = [visible(line) for line in on_terminal(width)]
    assert max(map(len, lines)) <= width
    assert lines[-1].strip() or lines[-2].strip()
    joined = "".join("".join(line.split()) for line in lines)
    assert f"{len(LIBRARY)}parameters" in joined


def test_no_colour_means_no_colour(on_terminal):
    assert any("\x1b[33m" in line for line in on_terminal(120, grade="assumed"))
    assert not any("\x1b[3" in line for line in on_terminal(120, colour=False, grade="assumed"))


@pytest.mark.parametrize("record", [LIBRARY.parameters()[0], LIBRARY.parameters()[-1]], ids=lambda record: record.id)
def test_one_parameter_is_shown_with_its_source_and_place(record, on_terminal):
    fields = dict(line.split("\t", 1) for line in piped(record.id)[2:])
    assert fields["place"] == record.place
    assert fields["grade"].startswith(f"{record.grade}: ")
    assert LIBRARY.source(record.source[-1]).citation in fields["source"]
    assert fields["value"].startswith(f"{record.value:.4g}")
    assert all(len(visible(line)) <= 60 for line in on_terminal(60, identifier=record.id))


def test_one_parameter_as_json():
    record = LIBRARY.parameters()[0]
    shown = json.loads("\n".join(piped(record.id, "--json")))
    assert (shown["id"], shown["value"], shown["unit"]) == (record.id, record.value, record.unit)
    assert shown["sources"][0]["key"] == record.source[0]


def test_filters_and_json_agree():
    shown = json.loads("\n".join(piped("--grade", "assumed", "--json")))
    assert [entry["id"] for entry in shown] == [
        record.id for record in LIBRARY.parameters() if record.grade == "assumed"
    ]


def test_gaps_are_counted_and_listed(on_terminal):
    lines = piped("--gaps")
    unmeasured = [record.id for record in LIBRARY.parameters() if record.grade in ("assumed", "recalled")]
    assert lines[0] == f"{len(unmeasured)} of {len(LIBRARY)} values stand on no source that measured them"
    listed = [line.strip().partition(":")[0] for line in lines if line.startswith("  ")]
    assert set(unmeasured) <= set(listed)
    conflicts = [record.id for record in LIBRARY.parameters() for _ in record.conflicts]
    assert f"sources disagree: {len(conflicts)}" in lines or not conflicts
    assert json.loads("\n".join(piped("--gaps", "--json")))["parameters"] == len(LIBRARY)
    assert all(len(visible(line)) <= 50 for line in on_terminal(50, gaps=True))


def test_drugs_and_their_routes(on_terminal):
    treatments = pytest.importorskip("quell.protocols.treatments")
    lines = piped("--drugs")
    assert [line.split("\t")[0] for line in lines] == list(treatments.DRUGS)
    assert "IV" in lines[0].split("\t")[1]
    assert json.loads("\n".join(piped("--drugs", "--json")))["ketamine"]["units"] == ["mg/kg", "mg"]
    assert all(len(visible(line)) <= 40 for line in on_terminal(40, drugs=True))


@pytest.mark.parametrize(
    "arguments", [["no_such_thing_at_all"], ["--pack", "nope"], ["--grade", "sure"], ["--source", "Nobody1999"]]
)
def test_what_is_unknown_raises_for_the_entry_point_to_report(arguments):
    with pytest.raises(StudyError):
        CliRunner().invoke(APP, arguments, catch_exceptions=False)


def test_text_of_a_pack_cannot_reach_the_terminal_raw(monkeypatch, capsys):
    record = LIBRARY.parameters()[0]
    monkeypatch.setattr(command, "select", lambda *_: [type(record)(**_changed(record))])
    for options in ({}, {"gaps": True}, {"identifier": record.id}):
        command.evidence(**options)
        shown = capsys.readouterr().out
        assert "\x1b" not in shown
        assert "\\x1b[2J" in shown


def _changed(record):
    fields = {name: getattr(record, name) for name in record.__slots__}
    return fields | {"title": "bad \x1b[2J", "place": "bad \x1b[2J", "grade": "assumed"}
