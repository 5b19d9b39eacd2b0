"""Compiled programs kept on disk: the same numbers from the file, and never a program made from other source."""

import os
import subprocess
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from quell.simulation import program_store
from quell.simulation.program_store import KeptProgram

X = np.linspace(0.0, 2.0, 7)


def formula(x):
    return jnp.exp(x) + 1.0


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "quell" / "programs"


def kept(identity: str | None = "test") -> KeptProgram:
    return KeptProgram(formula, identity, "quell.simulation.cascade")


def test_a_second_process_would_find_the_program_and_the_same_bits(folder: Path, monkeypatch: pytest.MonkeyPatch):
    first = np.asarray(kept()(X))
    assert len(list(folder.iterdir())) == 1
    monkeypatch.setattr(KeptProgram, "_compiled", lambda *_: pytest.fail("compiled again"))
    assert np.asarray(kept()(X)).tobytes() == first.tobytes()


def test_other_shapes_and_other_identities_are_other_programs(folder: Path):
    program = kept()
    program(X)
    program(X[:3])
    assert program.compilations == 2
    kept("another")(X)
    assert len(list(folder.iterdir())) == 3


def test_without_an_identity_nothing_is_kept(folder: Path):
    assert np.allclose(kept(None)(X), np.exp(X) + 1.0)
    assert not folder.exists()


def test_a_torn_file_is_compiled_anew(folder: Path):
    kept()(X)
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert np.allclose(kept()(X), np.exp(X) + 1.0)
    assert file.stat().st_size > 100


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "quell").write_text("in the way")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert np.allclose(kept()(X), np.exp(X) + 1.0)


def test_another_source_is_another_program(folder: Path, monkeypatch: pytest.MonkeyPatch):
    kept()(X)
    monkeypatch.setattr(program_store, "_source", lambda module: "changed")
    kept()(X)
    assert len(list(folder.iterdir())) == 2


def test_a_maker_that_fails_leaves_the_program_to_this_process(folder: Path):
    program = KeptProgram(formula, "test", "quell.simulation.cascade", "quell.simulation.no_such_module")
    assert np.allclose(program(X), np.exp(X) + 1.0)


def test_a_traced_call_is_traced_through(folder: Path):
    assert np.allclose(jax.grad(lambda x: kept()(x).sum())(jnp.asarray(X)), np.exp(X))


OWN_PROGRAM = """
import os, sys
from quell.simulation import warm_up
from quell.simulation.program_store import KeptProgram
if "folder in the way" in sys.argv:
    open(os.path.join(os.environ["XDG_CACHE_HOME"], "quell"), "w").close()
KeptProgram._compiled = lambda self, arguments: sys.exit("compiled here")
warm_up._cascade(warm_up.default_model())
print(os.environ["XLA_FLAGS"])
"""


@pytest.mark.slow  # half a minute: the whole model is compiled in a process of its own, twice
@pytest.mark.parametrize("words", [[], ["folder in the way"]], ids=["kept", "nowhere to keep it"])
def test_the_cascade_is_made_by_a_process_of_its_own(tmp_path: Path, words: list[str]):
    environment = {**os.environ, "XDG_CACHE_HOME": str(tmp_path)}
    for name in ("XLA_FLAGS", "QUELL_GIVEN_XLA_FLAGS"):
        environment.pop(name, None)
    answer = subprocess.run(
        [sys.executable, "-c", OWN_PROGRAM, *words], env=environment, capture_output=True, text=True
    )
    assert answer.returncode == 0, answer.stderr
    assert "multi_output" not in answer.stdout
    kept_files = list((tmp_path / "quell" / "programs").glob("*")) if not words else []
    assert len(kept_files) == (0 if words else 1)


@pytest.mark.parametrize("module", ["quell.simulation.engine", "quell.simulation.linear_kinetics"])
def test_no_module_that_a_program_is_made_from_is_overlooked(module: str):
    code = f"import sys, {module}; print(*(x for x in sys.modules if x.startswith('quell.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    root = Path(program_store.__file__).parents[1]
    files = {x for x in loaded if (root.parent / (x.replace(".", "/") + ".py")).exists()}
    assert files - {"quell.api"} <= set(program_store.sources(module))
    assert len(files) > 10
