"""The command line: one name, a few commands, one contract.

Exit codes: 0 done, 1 could not be done, 2 the input or the command line is wrong, 130 stopped with Ctrl-C. Results
go to stdout, progress and errors to stderr. Only the command that is called is loaded, so help answers at once.
"""

import gc
import os
import sys
import threading
from collections.abc import Sequence
from io import TextIOWrapper

COMMANDS: dict[str, str] = {
    "run": "Take a study file to a report.",
    "kinetics": "Solve an NM-TRAN data set: predictions and amounts at every row.",
    "regimen": "Turn a dose sentence into an NM-TRAN table, and back.",
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
        Words after ``quell``; those of the process when None, which then ends here if a thread is still at work.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    if arguments is None:
        gc.set_threshold(100_000, 50, 50)  # loading the libraries alone triggers hundreds of collections of nothing
    try:
        code = _run(words)
    except KeyboardInterrupt:
        code = 130
    if arguments is None and threading.active_count() > 1:
        _leave(code)
    return code


def _run(words: Sequence[str]) -> int:
    with_traceback = "--traceback" in words or os.environ.get("QUELL_TRACEBACK", "0") not in {"", "0"}
    words = [word for word in words if word != "--traceback"]
    _print_anything()
    from quell.cli.application import application
    from quell.cli.failures import explain

    try:
        code = application(words, COMMANDS)(words, prog_name="quell", standalone_mode=False)
        sys.stdout.flush()
    except BrokenPipeError:
        return _reader_has_left()
    except Exception as error:  # noqa: BLE001  the last line of defence: whatever happened is told in one message
        if with_traceback:
            import traceback

            traceback.print_exc()
        message, code = explain(error, words, COMMANDS)
        print(message, file=sys.stderr)
    return code if isinstance(code, int) else 0


def _print_anything() -> None:
    """A terminal that lacks a character shows a question mark instead of stopping the run."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


def _reader_has_left() -> int:
    """``quell ... | head``: stop quietly, and keep Python from flushing into the closed pipe at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1


def _leave(code: int) -> None:
    """End the process at once: Python aborts when it ends while a thread compiles."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(code)
