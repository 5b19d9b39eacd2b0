"""``quell schema`` prints JSON Schema, and loads nothing heavy for it."""

import json
import subprocess
import sys

import pytest

from quell.cli import main
from quell.protocols.json_schema import DIALECT, study_json_schema


def test_it_prints_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == study_json_schema()
    assert json.loads(printed.out)["$schema"] == DIALECT
    assert printed.err == ""


def test_it_loads_no_solver_and_no_tables() -> None:
    code = "import sys; from quell.cli import main; main(['schema']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"jax", "pandas", "xarray", "altair"} & set(done.stderr.split())
