"""The commands as Typer sees them, with only the one that is called loaded."""

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Annotated, Any, NoReturn

import typer

from quell import __version__


def application(words: Sequence[str], commands: Mapping[str, str]) -> Any:
    """The command line, ready to be called with words.

    Parameters
    ----------
    words
        The command line, of which only the called command is imported.
    commands
        Name of each command and what it does.
    """
    called = next((word for word in words if not word.startswith("-")), None)
    made = typer.Typer(
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich" if sys.stdout.isatty() else None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    made.callback(invoke_without_command=True)(_quell)
    for name, does in commands.items():
        made.command(name, short_help=does)(_function(name) if name == called else _not_called)
    return typer.main.get_command(made)


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
