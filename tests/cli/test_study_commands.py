"""``quell evidence --studies``, ``--facts``, one study, and the gaps among studies."""

import json
import sys

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

import quell.cli.evidence as command
from quell.cli.study_tables import HELD_OUT, figure
from quell.evidence.facts import load_facts
from quell.evidence.study_library import load_studies, observations

APP = typer.Typer()
APP.command()(command.evidence)
STUDIES = load_studies()
JUDGES = [study.key for study in STUDIES.values() if study.is_held_out]


def piped(*arguments: str) -> list[str]:
    """Lines that the command prints into a pipe."""
    result = CliRunner().invoke(APP, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout.splitlines()


@pytest.fixture
def on_terminal(monkeypatch, capsys):
    """A function that runs the command on a terminal of a width and gives the lines."""

    def run(width: int, **options) -> list[str]:
        monkeypatch.setattr(
            command,
            "Console",
            lambda **given: Console(**given, width=width, force_terminal=True, no_color=True, file=sys.stdout),
        )
        command.evidence(**options)
        return capsys.readouterr().out.replace("\x1b[1m", "").replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()

    return run


def test_every_study_is_one_line_with_key_role_people_and_arms():
    lines = [line.split("\t") for line in piped("--studies")]
    assert [line[0] for line in lines] == list(STUDIES)
    assert {len(line) for line in lines} == {6}
    taylor = next(line for line in lines if line[0] == "taylor2018")
    assert taylor[1:5] == ["held out", "18", "social anxiety disorder", "ketamine, saline"]
    assert [entry["key"] for entry in json.loads("\n".join(piped("--studies", "--json")))] == list(STUDIES)


@pytest.mark.parametrize("width", [30, 50, 80, 120, 200])
def test_a_terminal_shows_the_studies_within_its_width(on_terminal, width):
    lines = on_terminal(width, studies=True)
    assert max(map(len, lines)) <= width
    assert f"{len(STUDIES)}studies" in "".join("".join(line.split()) for line in lines)


@pytest.mark.parametrize("key", ["feder2014", "Feder2014", "glue2017", "moghaddam1997", "kamp2020bja", "metapsy_gad"])
def test_one_study_is_shown_with_observations_roles_and_sources(key, on_terminal):
    study = STUDIES[key.casefold()]
    lines = piped(key)
    assert lines[0] == f"{study.key}: {study.title}"
    shown = {line.split("\t")[0]: line.split("\t") for line in lines}
    for observation in study.observations:
        assert shown[observation.name][1].startswith(observation.role)
        assert shown[observation.name][2] == figure(observation)
    assert sum(line.startswith("source\t") for line in lines) == len(study.source)
    told = json.loads("\n".join(piped(key, "--json")))
    assert [entry["name"] for entry in told["observations"]] == [o.name for o in study.observations]
    assert all(len(line) <= 60 for line in on_terminal(60, identifier=key))


@pytest.mark.parametrize("key", JUDGES)
def test_what_judges_the_model_is_named_and_not_told(key):
    lines = piped(key)
    assert lines[-1] == HELD_OUT
    told = json.loads("\n".join(piped(key, "--json")))
    assert told["observations"] == []
    assert told["count"] == HELD_OUT


def test_the_facts_are_shown_with_their_observations(on_terminal):
    lines = piped("--facts")
    for fact in load_facts():
        assert any(line.startswith(f"{fact.number}. {fact.title}") for line in lines)
    shown = {line.strip().split("\t")[0]: line.split("\t")[1:] for line in lines if "\t" in line}
    assert set(shown) == {identifier for fact in load_facts() for identifier in fact.observations}
    assert all((shown[name][1] == HELD_OUT) == (name.partition(".")[0] in JUDGES) for name in shown)
    assert len(json.loads("\n".join(piped("--facts", "--json")))) == 18
    assert all(len(line) <= 70 for line in on_terminal(70, facts=True))


def test_gaps_tell_what_is_assumed_and_contested_among_studies(on_terminal):
    lines = piped("--gaps")
    assumed = [o.id for o in observations("fit") if o.spread and o.spread.grade == "assumed"]
    assert f"fitted with an assumed spread: {len(assumed)}" in lines
    conflicts = [conflict for study in STUDIES.values() for conflict in study.conflicts]
    assert f"trials disagree: {len(conflicts)}" in lines
    told = json.loads("\n".join(piped("--gaps", "--json")))["studies"]
    assert [line.partition(":")[0] for line in told["fitted with an assumed spread"]] == assumed
    assert "studies" not in json.loads("\n".join(piped("--gaps", "--pack", "receptors", "--json")))
    assert all(len(line) <= 50 for line in on_terminal(50, gaps=True))


@pytest.mark.parametrize(
    ("identifier", "words"),
    [
        ("glue2017.responders", "responders 10/12, 83.33 %"),
        ("glue2017.dose_order_1h", "HAM-A: 0.25 mg/kg < 0.5 mg/kg <= 1 mg/kg"),
        ("abdallah2022.pcl_low", "at least -0.38 and at most 0.38"),
        ("feder2014.ies_r_24h", "mean difference -12.7 points (95 % -22.8 to -2.5)"),
        ("kasper2009.placebo_ham_a_ls_change_4_d", "mean change -3.4 points (SE 0.5)"),
        ("milak2016.glx", "percent change 37.8 % (as printed 7.5)"),
        ("feder2021.loss_of_response", "median time 27.5 d (SE of the logarithm 0.32, assumed)"),
    ],
)
def test_a_figure_reads_as_a_person_would_write_it(identifier, words):
    observation = next(observation for observation in observations() if observation.id == identifier)
    assert figure(observation) == words
