"""The package that docs/how-to/add-a-mechanism.md describes, built from that page and installed beside quell."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "add-a-mechanism.md"

TRACE = """
import jax
import numpy as np
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.story import default_system
from quell.simulation.cascade import StepTable, compile_cascade

system = default_system()
program = compile_cascade(system, ("sleep_quality", "symptom_level"))
row, kinetic = np.zeros((1, 1)), np.zeros((1, len(system.kinetic_signals), 1))
table = StepTable(row, np.zeros((1, len(LEVELS), 1)), np.zeros((1, len(EVENTS), 1)), *[kinetic] * 5)
values = np.ones((len(program.parameters), 1))
covariates, states = np.ones((len(COVARIATES), 1)), [np.zeros(1)] * len(system.states)
ends, middles, last = jax.eval_shape(program.run, values, covariates, table, 1, states)
for names, arrays in ((program.recorded, ends), (program.recorded, middles), (system.state_names, last)):
    print("; ".join(f"{name} {x.shape} {x.dtype}" for name, x in zip(names, arrays, strict=True)))
"""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which the page's package is installed."""
    folder = tmp_path_factory.mktemp("installed")
    blocks = re.findall(
        r"^```\w+\n# file: (\S+)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    for name, text in blocks:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    _install(folder, tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"])
    paths = os.pathsep.join([str(folder), *filter(None, sys.path)])
    ours = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"}
    return {**ours, "PYTHONPATH": paths, "FOLDER": str(folder)}


def _install(folder: Path, project: dict) -> None:
    """What an installer leaves beside the package: its name and its entry points."""
    information = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    information.mkdir()
    about = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (information / "METADATA").write_text(about, encoding="utf-8")
    groups = [
        f"[{group}]\n" + "".join(f"{name} = {place}\n" for name, place in points.items())
        for group, points in project["entry-points"].items()
    ]
    (information / "entry_points.txt").write_text("\n".join(groups), encoding="utf-8")


def python(environment: dict[str, str], *arguments: str) -> str:
    """What Python prints with the package installed."""
    answer = subprocess.run(
        [sys.executable, *arguments], env=environment, cwd=environment["FOLDER"], capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def test_its_own_tests_pass(environment: dict[str, str]) -> None:
    assert "3 passed" in python(environment, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_sleep.py")


def test_it_stands_in_the_wiring_where_it_belongs(environment: dict[str, str]) -> None:
    wiring = json.loads(python(environment, "-m", "quell", "mechanism", "--json"))
    names = [box["name"] for box in wiring["mechanisms"]]
    assert names.index("sleep") > max(names.index("plasticity"), names.index("safety"))
    assert {"from": "plasticity", "to": "sleep", "values": ["emotional_regulation"]} in wiring["arrows"]
    assert {"from": "safety", "to": "sleep", "values": ["sedation"]} in wiring["arrows"]
    assert "dR/dt = k_R" in python(environment, "-m", "quell", "mechanism", "sleep", "--equations")


def test_its_numbers_stand_in_the_evidence(environment: dict[str, str]) -> None:
    lines = python(environment, "-m", "quell", "evidence", "--pack", "sleep").splitlines()
    assert lines[0].split("\t")[:4] == ["sleep.restoration_half_life", "36 h", "assumed", "SleepExample"]
    assert len(lines) == 4


def test_the_engine_solves_it_with_the_others(environment: dict[str, str]) -> None:
    recorded, _, states = python(environment, "-c", TRACE).splitlines()
    assert recorded.count("(1, 1) float64") == 2
    assert "restoration (1,) float64" in states


def test_a_mechanism_that_does_not_fit_is_told_in_one_message(environment: dict[str, str], tmp_path: Path) -> None:
    package = tmp_path / "quell_sleep"
    package.mkdir()
    good = (Path(environment["FOLDER"]) / "quell_sleep" / "__init__.py").read_text(encoding="utf-8")
    (package / "__init__.py").write_text(good.replace('("emotional_regulation", ', '("regulation", '), "utf-8")
    broken = {**environment, "PYTHONPATH": os.pathsep.join([str(tmp_path), environment["PYTHONPATH"]])}
    answer = subprocess.run(
        [sys.executable, "-m", "quell", "mechanism"], env=broken, capture_output=True, text=True, check=False
    )
    assert (answer.returncode, answer.stdout) == (2, "")
    assert answer.stderr == 'sleep reads "regulation", which nobody writes.\n'
