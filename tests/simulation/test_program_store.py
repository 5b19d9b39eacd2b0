"""Compiled programs kept on disk: the same numbers from the file, and never a program made from other source."""

import subprocess
import sys
from pathlib import Path

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


@pytest.mark.parametrize("module", ["quell.simulation.engine", "quell.simulation.linear_kinetics"])
def test_no_module_that_a_program_is_made_from_is_overlooked(module: str):
    code = f"import sys, {module}; print(*(x for x in sys.modules if x.startswith('quell.')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    root = Path(program_store.__file__).parents[1]
    files = {x for x in loaded if (root.parent / (x.replace(".", "/") + ".py")).exists()}
    assert files - {"quell.api"} <= set(program_store.sources(module))
    assert len(files) > 10
