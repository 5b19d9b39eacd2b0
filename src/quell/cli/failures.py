"""How a failure is told: one message for people, one exit code, no traceback."""

import os
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from typer.exceptions import TyperException

from quell.conventions.errors import StudyError, escape, suggest

EXTRAS: dict[str, str] = {
    "numpyro": "fit",
    "arviz_base": "fit",
    "arviz_stats": "fit",
    "statsmodels": "stats",
    "lifelines": "stats",
    "sklearn": "stats",
    "SALib": "stats",
    "optuna": "stats",
    "duckdb": "stats",
    "dask": "scale",
    "distributed": "scale",
    "fastapi": "web",
    "uvicorn": "web",
    "libsbml": "exchange",
    "petab": "exchange",
    "rocrate": "exchange",
    "jsonschema": "exchange",
}
"""Importable module of an optional dependency -> the extra that installs it."""


def explain(error: Exception, words: Sequence[str] = (), commands: Iterable[str] = ()) -> tuple[str, int]:
    """The message for an error, and the exit code that goes with it.

    Parameters
    ----------
    error
        What was raised.
    words
        The command line, to say which command was called.
    commands
        Names of the commands there are.
    """
    match error:
        case StudyError():
            return error.render(colour=colourful(sys.stderr)), 2
        case TyperException():
            return _usage(error, words, tuple(commands)), error.exit_code
        case ModuleNotFoundError(name=str(name)) if name.partition(".")[0] in EXTRAS:
            extra = EXTRAS[name.partition(".")[0]]
            return f'this needs the extra "{extra}": python -m pip install "quell[{extra}]"', 1
        case MemoryError():
            return "out of memory. Ask for fewer people (--count), or close other programs.", 1
        case OSError(strerror=str(reason)):
            place = "" if error.filename is None else f": {escape(str(error.filename))}"
            return f"{reason}{place}", 1
    return _own_error(error), 1


def colourful(stream: TextIO) -> bool:
    """Whether the stream is a terminal that may be coloured."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _usage(error: TyperException, words: Sequence[str], commands: Sequence[str]) -> str:
    """A wrong command line, in the shape of every other error."""
    command = next((word for word in words if not word.startswith("-")), None)
    asked = f"quell {command} --help" if command in commands else "quell --help"
    option = getattr(error, "option_name", None)
    if command is not None and command not in commands and option is None:
        message, suggestion = f'unknown command "{command}"', suggest(command, commands)
        return StudyError(message, suggestion=suggestion, allowed=commands, hint=f"See: {asked}").render()
    if hasattr(error, "possibilities"):
        near = suggest(str(option), getattr(error, "possibilities", None) or ())
        return StudyError(f'unknown option "{option}"', suggestion=near, hint=f"See: {asked}").render()
    message = error.format_message()
    return StudyError(message[:1].lower() + message[1:], hint=f"See: {asked}").render()


def _own_error(error: Exception) -> str:
    what = f"{type(error).__name__}: {escape(str(error))}" if str(error) else type(error).__name__
    return (
        f"quell made an error of its own ({what}). Please report it with the study file, the output of quell doctor, "
        "and of the same command with --traceback."
    )
