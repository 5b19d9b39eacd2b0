"""A run: study in, folder out. Simulates what the folder lacks, joins, summarises, stores.

    prepare -> parts of people, written as they are done -> joined tables -> summary.json, tables, trajectories,
    manifest

Ctrl-C or a kill leaves whole parts; the same study continues from them, a larger count extends them, another study is
refused.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from quell.conventions.errors import StudyError
from quell.conventions.machine import available_memory, processors
from quell.protocols.study_file import Study
from quell.simulation.chunks import MANIFEST, RunFolder, open_run, write_json
from quell.simulation.engine import LANES
from quell.simulation.first_block import Look, first_block, look_closely, whole_block
from quell.simulation.forecast import refuse_beyond_machine
from quell.simulation.grid_check import TOLERANCE, GridCheck, check_grid, largest_change
from quell.simulation.population import Arrays, pieces, simulate
from quell.simulation.provenance import identity
from quell.simulation.scenarios import scenarios
from quell.simulation.setup import Options, Setup, check_endpoint, enrol_into, lay_out
from quell.simulation.store import write_doses, write_patients, write_trajectories
from quell.simulation.summarise import summarise
from quell.simulation.switches import alternatives
from quell.simulation.tables import Tables, join
from quell.simulation.titles import path_titles
from quell.simulation.warm_up import warm_up
from quell.simulation.workers import Workers, results

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
        block, halved = first_block(setup.experiment), setup.refined()
        others = alternatives(setup.experiment.model, setup.chosen)
        warm_up()
        looks = look_closely(setup, halved, block, others, min(setup.count, _checked(check_everybody)), workers)
        rest = check_grid(setup.experiment, halved, _further_blocks(setup, check_everybody), LANES, workers)
        _simulate_missing(setup, folder, workers, people_per_part, report, lambda: whole_block(block, looks))
        report("checking the grid", 0, 0)
        closely: list[Look] = results(looks)
        checked = _trusted(largest_change([*(x.check for x in closely), *results(rest)]))
        tables = _join(setup, folder)
        spread = scenarios(setup, tables, [x.alternatives for x in closely])
        return _finish(setup, folder, tables, checked, spread, report)


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


def _simulate_missing(
    setup: Setup,
    folder: RunFolder,
    workers: Workers,
    size: int,
    report: Report,
    first: Callable[[], Arrays],
) -> None:
    gaps = folder.missing(setup.count)
    done = setup.count - sum(b - a for a, b in gaps)
    report("simulating", done, setup.count)

    def progress(people: int) -> None:
        nonlocal done
        done += people
        report("simulating", done, setup.count)

    for start, stop in pieces(gaps, size):
        folder.write(start, stop, simulate(setup.experiment, start, stop, workers, progress, first))


def _checked(everybody: bool) -> int:
    """How many of the first block the grid check counts."""
    return LANES if everybody else CHECKED_PEOPLE


def _further_blocks(setup: Setup, everybody: bool) -> range:
    """First person of each block beyond the first that the grid check looks at."""
    return range(LANES, setup.count if everybody else 0, LANES)


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
