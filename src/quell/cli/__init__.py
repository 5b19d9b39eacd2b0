"""The command line: one name, a few commands, one contract.

Exit codes: 0 done, 1 could not be done, 2 the input or the command line is wrong, 130 stopped with Ctrl-C. Results
go to stdout, progress and errors to stderr. Only the command that is called is loaded, so help answers at once.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from io import TextIOWrapper
from typing import Annotated, Any, NoReturn

import typer

from quell import __version__
from quell.cli.failures import explain

COMMANDS: dict[str, str] = {
    "run": "Take a study file to a report.",
    "evidence": "Look up the numbers the model uses, with their sources.",
    "mechanism": "Show how the mechanisms are wired.",
    "schema": "Print the JSON Schema of study files, for editors.",
    "doctor": "Check that this machine can run quell.",
}
"""Name of a command, which is also its module in this folder and the function in it, and what it does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and answer with its exit code.

    Parameters
    ----------
    arguments
        Words after ``quell``; those of the process when None.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    with_traceback = "--traceback" in words or os.environ.get("QUELL_TRACEBACK", "0") not in {"", "0"}
    words = [word for word in words if word != "--traceback"]
    _print_anything()
    try:
        code = _application(words)(words, prog_name="quell", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_has_left()
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  the last line of defence: whatever happened is told in one message
        if with_traceback:
            traceback.print_exc()
        message, code = explain(error, words, COMMANDS)
        print(message, file=sys.stderr)
    return code if isinstance(code, int) else 0


def _application(words: Sequence[str]) -> Any:
    """The commands, with only the called one loaded."""
    called = next((word for word in words if not word.startswith("-")), None)
    application = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    application.callback(invoke_without_command=True)(_quell)
    for name, does in COMMANDS.items():
        application.command(name, short_help=does)(_function(name) if name == called else _not_called)
    return typer.main.get_command(application)


def _quell(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.", is_eager=True)] = False,
    show_traceback: Annotated[bool, typer.Option("--traceback", help="Show where an error arose.")] = False,
) -> None:
    """Ketamine and conventional treatments of anxiety disorders, from dose to symptoms, in virtual patients.

    Research software for designing and understanding studies. Not a medical device: it gives no advice on treating a
    person.
    """
    if version:
        print(f"quell {__version__}")
        raise typer.Exit
    if context.invoked_subcommand is None:
        print(context.get_help())


def _function(name: str) -> Callable[..., int | None]:
    return getattr(import_module(f"quell.cli.{name}"), name)


def _not_called() -> NoReturn:
    raise AssertionError("a command that was not asked for was called")


def _print_anything() -> None:
    """A terminal that lacks a character shows a question mark instead of stopping the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _reader_has_left() -> int:
    """``quell ... | head``: stop quietly, and keep Python from flushing into the closed pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
