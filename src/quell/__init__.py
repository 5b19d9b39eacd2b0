"""quell: the open laboratory for ketamine in anxiety disorders.

The names of :mod:`quell.api` are here too; each is loaded when it is first asked for.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from quell.api import (
        Run,
        Study,
        StudyError,
        kinetics,
        noncompartmental,
        open_run,
        parameters,
        read_study,
        run,
        schema,
        sources,
    )

__version__ = "0.1.0"

__all__ = [
    "Run",
    "Study",
    "StudyError",
    "kinetics",
    "noncompartmental",
    "open_run",
    "parameters",
    "read_study",
    "run",
    "schema",
    "sources",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("quell.api"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
