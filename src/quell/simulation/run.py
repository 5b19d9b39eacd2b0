"""A run: study in, folder out. Simulates what the folder lacks, joins, summarises, stores.

    prepare -> parts of people, written as they are done -> joined tables -> summary.json, tables, trajectories,
    manifest

Ctrl-C or a kill leaves whole parts; the same study continues from them, a larger count extends them, another study is
refused.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quell.conventions.errors import StudyError
from quell.conventions.machine import available_memory, processors
from quell.protocols.study_file import Study
from quell.simulation.chunks import MANIFEST, RunFolder, open_run, write_json
from quell.simulation.engine import LANES
from quell.simulation.forecast import refuse_beyond_machine
from quell.simulation.grid_check import TOLERANCE, GridCheck, check_grid, largest_change
from quell.simulation.population import pieces, simulate
from quell.simulation.provenance import identity
from quell.simulation.scenarios import scenarios, simulate_alternatives
from quell.simulation.setup import Options, Setup, check_endpoint, enrol_into, lay_out
from quell.simulation.store import write_doses, write_patients, write_trajectories
from quell.simulation.summarise import summarise
from quell.simulation.tables import Tables, join
from quell.simulation.titles import path_titles
from quell.simulation.warm_up import warm_up
from quell.simulation.workers import Workers

PEOPLE_PER_PART = 4_096
CHECKED_PEOPLE = 64
"""People whom every run simulates on a grid twice as fine."""

SUMMARY = "summary.json"

Report = Callable[[str, int, int], None]
"""(what is being done, done, total): called often, from any thread."""


@dataclass(frozen=True, slots=True)
class Finished:
    """A finished run.

    Attributes
    ----------
    summary
        As in summary.json.
    tables
        Joined tables.
    folder
        Where it lies.
    """

    summary: Mapping[str, Any]
    tables: Tables
    setup: Setup
    folder: Path


def run_study(
    study: Study,
    out: Path,
    options: Options | None = None,
    check_everybody: bool = False,
    report: Report = lambda what, done, total: None,
    threads: int | None = None,
    people_per_part: int = PEOPLE_PER_PART,
) -> Finished:
    """Simulate a study into a folder.

    Parameters
    ----------
    out
        A new or empty folder, or that of the same study to resume or extend.
    check_everybody
        Halve the steps for everybody, not only for the first people.
    threads, people_per_part
        How the work is cut; no number depends on them.

    Raises
    ------
    StudyError
        The study cannot be run, the folder holds something else, memory or disk would not suffice, or halving the
        steps moves somebody by more than the tolerance.
    """
    check_endpoint(study)
    layout = lay_out(study, options or Options())
    refuse_beyond_machine(layout.forecast, out)
    threads = threads or layout.forecast.threads(processors(), available_memory())
    report("enrolling", 0, 0)
    setup = enrol_into(layout)
    folder = open_run(out, identity(setup))
    with folder.alone(), Workers(threads) as workers:
        warm_up()
        checks = _begin_check(setup, setup.count if check_everybody else CHECKED_PEOPLE, workers)
        others = simulate_alternatives(setup, workers)
        _simulate_missing(setup, folder, workers, people_per_part, report)
        report("checking the grid", 0, 0)
        checked = _trusted(largest_change(checks))
        report("comparing hypotheses", 0, 0)
        tables = _join(setup, folder)
        return _finish(setup, folder, tables, checked, scenarios(setup, tables, others), report)


def _finish(
    setup: Setup,
    folder: RunFolder,
    tables: Tables,
    checked: GridCheck,
    spread: list[dict[str, Any]],
    report: Report,
) -> Finished:
    """Sum up and store."""
    report("summing up", 0, 0)
    with ThreadPoolExecutor(1) as writer:
        stored = writer.submit(_store_tables, setup, folder.path, tables)
        found = summarise(setup, tables, checked, spread)
        stored.result()
    write_json(folder.path / SUMMARY, found)
    about = {"finished": True, "command": found["study"]["command"], "count": setup.count, "text": setup.study.text}
    write_json(folder.path / MANIFEST, {"identity": identity(setup), **about})
    return Finished(found, tables, setup, folder.path)


def _simulate_missing(setup: Setup, folder: RunFolder, workers: Workers, size: int, report: Report) -> None:
    gaps = folder.missing(setup.count)
    done = setup.count - sum(b - a for a, b in gaps)
    report("simulating", done, setup.count)

    def progress(people: int) -> None:
        nonlocal done
        done += people
        report("simulating", done, setup.count)

    for start, stop in pieces(gaps, size):
        folder.write(start, stop, simulate(setup.experiment, start, stop, workers, progress))


def _begin_check(setup: Setup, people: int, workers: Workers) -> list[Future[GridCheck]]:
    firsts = range(0, people, LANES)
    return check_grid(setup.experiment, setup.refined(), firsts, min(people, LANES), workers)


def _trusted(checked: GridCheck) -> GridCheck:
    if checked.change > TOLERANCE:
        raise StudyError(
            f"halving the steps moves {checked.value} of person {checked.person} in arm {checked.arm} by "
            f"{checked.change:.2g}, more than {TOLERANCE:g}: the numbers are not to be trusted and no report is written"
        )
    return checked


def _join(setup: Setup, folder: RunFolder) -> Tables:
    names = [arm.name for arm in setup.arms]
    parts = [folder.read(part) for part in folder.parts() if part.start < setup.count]
    return join(parts, names, setup.count)


def _store_tables(setup: Setup, path: Path, tables: Tables) -> None:
    write_patients(path / "patients.parquet", tables, setup.visits)
    write_doses(path / "doses.parquet", tables, setup.arms)
    write_trajectories(path / "trajectories.zarr", tables, setup.times_h(), path_titles(setup))
