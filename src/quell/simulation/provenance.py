"""What a run's numbers depend on: a rerun continues a folder only where all of it agrees."""

import hashlib
import platform
from pathlib import Path
from typing import Any

import quell
from quell.simulation.population import PATH_PEOPLE
from quell.simulation.setup import Setup

_FOLDERS = ("conventions", "evidence", "mechanisms", "people", "protocols", "simulation")
"""Folders of the package whose text is in the numbers."""


def identity(setup: Setup) -> dict[str, Any]:
    """Everything that a person's numbers depend on, as JSON values."""
    library = setup.experiment.library
    return {
        "study": setup.study.sha256,
        "doses": hashlib.sha256(repr(setup.arms).encode()).hexdigest(),
        "seed": setup.seed,
        "typical": setup.typical,
        "switches": dict(sorted(setup.chosen.items())),
        "paths": "some" if setup.experiment.paths == PATH_PEOPLE else "all",
        "evidence": {name: library.pack(name).sha256 for name in library.packs},
        "code": code_sha256(),
        "versions": versions(),
    }


def code_sha256() -> str:
    """Hash of the model's own text: a checkout changes without its version doing so."""
    package = Path(quell.__file__).parent
    found = hashlib.sha256()
    for file in sorted(file for name in _FOLDERS for file in (package / name).glob("*.py")):
        found.update(file.read_bytes())
    return found.hexdigest()


def versions() -> dict[str, str]:
    """Programs whose arithmetic is in the numbers, and the kind of machine."""
    import jax
    import numpy as np
    import scipy

    programs = {"jax": jax.__version__, "numpy": np.__version__, "scipy": scipy.__version__}
    return {"quell": quell.__version__, "python": platform.python_version(), **programs, "machine": platform.machine()}
