"""``quell run``: a study file to a report.

The answer goes to stdout: three sentences and one small table, every number of which stands in summary.json. Progress
with time left goes to stderr. Ctrl-C leaves whole parts in the folder; the same command continues.
"""

import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from quell.conventions.bounds import LARGEST_SEED, MOST_PEOPLE, require_whole
from quell.conventions.errors import StudyError, escape

if TYPE_CHECKING:
    from rich.progress import Progress


def run(
    study: Annotated[Path, typer.Argument(metavar="STUDY", help="The study file (YAML).")],
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; the same study resumes or extends it.")
    ] = None,
    seed: Annotated[str | None, typer.Option(help="Whose luck: a whole number from 0.")] = None,
    count: Annotated[str | None, typer.Option(help="How many virtual people, each under every arm.")] = None,
    typical: Annotated[
        bool, typer.Option("--typical", help="Parameters at their central values; people still differ.")
    ] = False,
    check: Annotated[bool, typer.Option("--check", help="Halve the solver's steps for everybody and compare.")] = False,
    switch: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VALUE", help="Choose a contested hypothesis; may be repeated.")
    ] = None,
    trajectories: Annotated[
        str, typer.Option(metavar="some|all", help="Paths to keep: of the first 200 people, or of all.")
    ] = "some",
) -> None:
    """Take a study file to a report: simulate its people under every arm and write what happened, with sources."""
    wanted = {"seed": _whole(seed, "--seed", 0, LARGEST_SEED), "count": _whole(count, "--count", 1, MOST_PEOPLE)}
    if trajectories not in ("some", "all"):
        raise StudyError(f'--trajectories is "{trajectories}"', text=trajectories, allowed=("some", "all"))
    from threading import Thread

    from quell.conventions.machine import keep_freed_memory
    from quell.protocols.study_file import read_study

    keep_freed_memory()

    read = read_study(study)
    Thread(target=_warm_up, daemon=True).start()
    folder = out or Path("results") / study.stem
    _simulate(read, folder, wanted, typical, check, switch or [], trajectories == "all")


def _warm_up() -> None:
    """Load or compile the model while the study is being read, then what the end of the run will need."""
    from quell.simulation.warm_up import warm_up

    warm_up()
    import pyarrow.parquet  # noqa: F401  (loaded while the solvers are at work)
    import zarr  # noqa: F401

    import quell.report.page  # noqa: F401


def _whole(text: str | None, option: str, lowest: int, highest: int) -> int | None:
    """A whole number within bounds, or None where the option is not given."""
    if text is None:
        return None
    try:
        value = int(text)
    except ValueError:
        value = text
    require_whole(option, value, lowest, highest)
    return int(value)


def _simulate(
    study: Any,
    folder: Path,
    wanted: Mapping[str, int | None],
    typical: bool,
    check: bool,
    texts: list[str],
    paths: bool,
) -> None:
    from quell.simulation.engine import default_model
    from quell.simulation.run import run_study
    from quell.simulation.setup import Options
    from quell.simulation.switches import read_choices

    chosen = read_choices(default_model(), texts)
    options = Options(wanted["seed"], wanted["count"], typical, chosen, paths)
    with Teller() as teller:
        try:
            finished = run_study(study, folder, options, check, teller.tell)
        except KeyboardInterrupt:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # pressed again, it would cut off the next lines
            teller.stop()
            print(f"stopped; the same command continues in {folder}", file=sys.stderr)
            raise
        teller.tell("writing the report", 0, 0)
        from quell.report.page import write_report

        page = write_report(finished.summary, folder)
    _answer(finished.summary, page)


def _answer(summary: Mapping[str, Any], page: Path) -> None:
    from quell.report.terminal import answer

    for line in answer(summary):
        print(escape(line) if line else "")
    print()
    for warning in summary["warnings"]:
        print(f"warning: {escape(warning)}", file=sys.stderr)
    if unused := summary["run"]["unused_sections"]:
        print(f"not used by this command: {escape('; '.join(unused))}", file=sys.stderr)
    print(f"report: {page}")


class Teller:
    """Progress on stderr: a bar with time left on a terminal, plain lines elsewhere, nothing faster than the eye."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: Any = None
        self._last = (0.0, "")

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            self._bar = _bar()
            self._bar.start()
            self._task = self._bar.add_task("reading", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the bar."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def tell(self, what: str, done: int, total: int) -> None:
        """Say what is being done, and how far it is; called from any thread."""
        if self._bar is not None:
            self._bar.update(self._task, description=what, completed=done, total=total or None)
            return
        now = time.monotonic()
        if what != self._last[1] or now - self._last[0] > _SECONDS_BETWEEN_LINES:
            self._last = (now, what)
            print(f"{what}: {done} of {total} people" if total else what, file=sys.stderr)


_SECONDS_BETWEEN_LINES = 5.0


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
