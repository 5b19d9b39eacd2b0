"""``quell mechanism`` on a terminal of any width, in a pipe, as JSON and as a picture."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from rich.console import Console

import quell.cli.mechanism as command
from quell.cli import main
from quell.evidence.library import load_library
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.story import default_system

SYSTEM = default_system()
NAMES = [KINETICS.name, *(m.name for m in SYSTEM.mechanisms)]


@pytest.fixture
def piped(capsys) -> Callable[..., list[str]]:
    """A function that runs the command into a pipe and gives the lines."""

    def run(*arguments: str, code: int = 0) -> list[str]:
        assert main(["mechanism", *arguments]) == code
        out, err = capsys.readouterr()
        return (out if code == 0 else err).splitlines()

    return run


@pytest.fixture
def on_terminal(monkeypatch, capsys) -> Callable[..., list[str]]:
    """A function that runs the command on a terminal of a width and gives the lines."""

    def run(width: int, *arguments: str) -> list[str]:
        terminal = {"TERM": "xterm", "NO_COLOR": "1"}
        monkeypatch.setattr(
            command,
            "console",
            lambda: Console(
                highlight=False, markup=False, width=width, force_terminal=True, _environ=terminal, file=sys.stdout
            ),
        )
        assert main(["mechanism", *arguments]) == 0
        return [visible(line) for line in capsys.readouterr().out.splitlines()]

    return run


def visible(line: str) -> str:
    """The line without its colours."""
    plain, rest = "", line
    while "\x1b[" in rest:
        head, _, rest = rest.partition("\x1b[")
        plain, rest = plain + head, rest.partition("m")[2]
    return plain + rest


def test_in_a_pipe_every_mechanism_is_one_line_upstream_first(piped):
    lines = [line.split("\t") for line in piped()]
    assert [line[0] for line in lines] == NAMES
    assert {len(line) for line in lines} == {4}
    told = dict(zip(NAMES, lines, strict=True))
    assert "receptors: block_interneuron, block_pyramidal" in told["glutamate"][2]
    assert told["glutamate"][3] == "plasticity: ampa_throughput"
    assert "person: weight" in told["kinetics"][2]


def test_one_mechanism_tells_everything_but_its_equations(piped):
    lines = [line.split("\t") for line in piped("plasticity")]
    mechanism = next(m for m in SYSTEM.mechanisms if m.name == "plasticity")
    told = {kind: [line[2] for line in lines if line[0] == kind] for kind in dict.fromkeys(line[0] for line in lines)}
    assert {line[1] for line in lines} == {"plasticity"}
    assert told == {
        "reads": list(mechanism.reads),
        "writes": list(mechanism.writes),
        "states": [x.name for x in mechanism.states],
        "signals": [x.name for x in mechanism.signals],
        "switches": [x.name for x in mechanism.switches],
        "parameters": [x.name for x in load_library().parameters("plasticity")],
    }


def test_a_parameter_has_its_value_unit_and_grade(piped):
    record = load_library()["glutamate.turnover_half_life"]
    assert f"parameters\tglutamate\tturnover_half_life\t{record.value:.4g} h\t{record.grade}\t{record.title}" in piped(
        "glutamate", "--parameters"
    )


def test_flags_choose_what_is_told_of_all(piped):
    lines = piped("--switches", "--states")
    assert {line.split("\t")[0] for line in lines} == {"switches", "states"}
    assert "switches\tglutamate\tdeep block memory\ton (default), off\t" in "\n".join(lines)
    assert any(line.startswith("states\tkinetics\ts_ketamine.") for line in lines)


def test_equations_stand_as_they_are_written(piped):
    import quell.mechanisms.gaba

    lines = piped("gaba", "--equations")
    assert lines[0] == (quell.mechanisms.gaba.__doc__ or "").splitlines()[0]
    assert any("dT/dt = k_T (b - T)" in line for line in lines)


def test_json_holds_the_declarations(piped):
    data = json.loads("\n".join(piped("--json")))
    assert [x["name"] for x in data["mechanisms"]] == NAMES
    told = {x["name"]: x for x in data["mechanisms"]}
    for mechanism in SYSTEM.mechanisms:
        box = told[mechanism.name]
        assert [x["name"] for x in box["reads"]] == list(mechanism.reads)
        assert [(x["name"], x["unit"], x["latent"]) for x in box["states"]] == [
            (x.name, x.unit, x.latent) for x in mechanism.states
        ]
        assert {x["name"]: x["choices"] for x in box["switches"]} == {
            x.name: {choice: dict(values) for choice, values in x.choices.items()} for x in mechanism.switches
        }
        assert [x["id"] for x in box["parameters"]] == [x.id for x in load_library().parameters(mechanism.name)]
    assert {"from": "glutamate", "to": "plasticity", "values": ["ampa_throughput"]} in data["arrows"]
    assert [x["network"] for x in told["kinetics"]["states"]] == [x.name for x in KINETICS.networks]


def test_json_of_a_section_is_that_section(piped):
    data = json.loads("\n".join(piped("gaba", "--states", "--json")))
    assert [set(x) for x in data["mechanisms"]] == [{"name", "title", "states"}]


@pytest.mark.parametrize("arguments", [[], ["plasticity"], ["--states"], ["--parameters"], ["kinetics"]])
@pytest.mark.parametrize("width", [80, 44])
def test_tables_fit_the_terminal(on_terminal, arguments, width):
    lines = on_terminal(width, *arguments)
    assert lines
    assert max(map(len, lines)) <= width


def test_at_eighty_columns_no_name_is_broken(on_terminal):
    words = " ".join(on_terminal(80, *["--states", "--signals"])).split()
    for mechanism in SYSTEM.mechanisms:
        assert {x.name for x in mechanism.variables} <= set(words)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["receptor"], 'Did you mean "receptors"?'),
        (["bdnf"], '"bdnf" is no mechanism but a value of plasticity'),
        (["--draw", "picture.png"], 'cannot draw "picture.png".  Allowed: .svg, .mmd'),
        (["--draw", "picture.SVG"], 'Did you mean ".svg"?'),
        (["gaba\x1b[31m"], "\\x1b[31m"),
    ],
)
def test_what_cannot_be_shown_is_said(piped, arguments, told, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert told in "\n".join(piped(*arguments, code=2))
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_missing_is_said(piped, tmp_path):
    (line,) = piped("--draw", str(tmp_path / "none" / "x.svg"), code=1)
    assert line.startswith("No such file or directory")


def test_draw_writes_a_picture_and_prints_no_table(capsys, tmp_path: Path):
    file = tmp_path / "wiring.svg"
    assert main(["mechanism", "--draw", str(file)]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"drawn: {file}\n"
    assert ET.parse(file).getroot().tag.endswith("svg")


def test_draw_of_one_mechanism_shows_its_neighbours(piped, tmp_path: Path):
    file = tmp_path / "wiring.mmd"
    piped("glutamate", "--draw", str(file))
    text = file.read_text(encoding="utf-8")
    assert [line.split("[")[0].strip() for line in text.splitlines()[1:5]] == [
        f"box_{name}" for name in ("receptors", "gaba", "glutamate", "plasticity")
    ]


def test_it_answers_without_the_engine_and_soon():
    slow = "{'jax', 'scipy', 'jinja2'} & set(sys.modules)"
    code = f"import sys; from quell.cli import main; main(['mechanism']); print({slow})"
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        times.append(time.perf_counter() - begin)
    assert answer.stdout.splitlines()[-1] == "set()"
    assert min(times) < 3.0
