"""The one-way rule, in the source and in what an import really loads."""

import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

FRAMEWORKS = {"altair", "fastapi", "jinja2", "matplotlib", "pandas", "pint", "plotly", "starlette", "xarray"}
LIBRARIES = {"jax", "numpy", "scipy", "pydantic", "ruamel", "rich"}
BEFORE_TRIALS = ("conventions", "evidence", "mechanisms", "people", "protocols", "simulation")


@cache
def loaded_by(statement: str) -> set[str]:
    """Top-level modules in memory after a statement has run in a fresh interpreter."""
    code = f"import sys\n{statement}\nprint('loaded:', *{{name.partition('.')[0] for name in sys.modules}})"
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.returncode == 0, answer.stderr
    return set(answer.stdout.rpartition("loaded:")[2].split())


def modules(root: Path, folder: str) -> list[str]:
    files = sorted((root / "src" / "quell" / folder).glob("*.py"))
    return [f"quell.{folder}" if file.stem == "__init__" else f"quell.{folder}.{file.stem}" for file in files]


def test_a_folder_imports_only_what_stands_above_it_in_the_story(root: Path) -> None:
    answer = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=root, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("folder", BEFORE_TRIALS)
def test_no_framework_is_loaded_before_trials(root: Path, folder: str) -> None:
    names = modules(root, folder)
    assert names
    assert not loaded_by(f"import {', '.join(names)}") & FRAMEWORKS


@pytest.mark.parametrize("folder", BEFORE_TRIALS[:-1])
def test_jax_belongs_to_simulation(root: Path, folder: str) -> None:
    assert "jax" not in loaded_by(f"import {', '.join(modules(root, folder))}")


@pytest.mark.parametrize(
    ("words", "absent"),
    [
        ("--help", LIBRARIES | FRAMEWORKS),
        ("schema", {"jax"} | FRAMEWORKS),
        ("run --help", {"jax"} | FRAMEWORKS),
        ("run missing.yaml", {"jax"} | FRAMEWORKS),
    ],
    ids=["help", "schema", "help of a command", "refusal"],
)
def test_an_answer_that_needs_no_model_loads_none(words: str, absent: set[str]) -> None:
    assert not loaded_by(f"from quell.cli import main; main({words.split()})") & absent


def test_importing_quell_is_light() -> None:
    assert not loaded_by("import quell") & (LIBRARIES | FRAMEWORKS)
