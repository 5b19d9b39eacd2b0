"""Many people through every arm, block by block on all cores, part by part into the run's folder.

Person i is lane i mod 256 of block i // 256, always; blocks are solved whole, and a part takes what it needs of them.
Nothing that a person is given depends on who else is simulated, so that parts can be cut anywhere.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from quell.conventions.inputs import COVARIATES
from quell.evidence.library import Library
from quell.people.cohort import Cohort
from quell.people.variability import occasion_multipliers
from quell.simulation.arm_plan import ArmPlan, dose_amounts
from quell.simulation.engine import LANES, Model, People, Solution, solve
from quell.simulation.measurement import (
    ANALYTES,
    Luck,
    Watch,
    before_treatment,
    draw_luck,
    end_of_infusion,
    under_treatment,
)
from quell.simulation.tables import arm_key, person_key
from quell.simulation.workers import Workers, results

BAND_PEOPLE = 5_000
"""Bands over time are drawn from the first people, at most so many."""

PATH_PEOPLE = 200
"""Paths kept whole, at most so many unless all are asked for."""

MOST_BLOCKS = 4
_STEPS_TOGETHER = 2_000
"""Blocks times steps that one thread holds at a time."""

Progress = Callable[[int], None]
"""Called with the number of people just finished."""


@dataclass(frozen=True, slots=True)
class Experiment:
    """Everything that decides a person's numbers.

    Attributes
    ----------
    model, library, seed
        What simulates, what is known, whose luck.
    cohort
        The people, whole blocks of them.
    plans
        Steps of each arm.
    shown
        Nodes of each arm that are drawn.
    watch
        What is looked at.
    paths
        How many people's paths are kept.
    """

    model: Model
    library: Library
    seed: int
    cohort: Cohort
    plans: tuple[ArmPlan, ...]
    shown: tuple[np.ndarray, ...]
    watch: Watch
    paths: int = PATH_PEOPLE

    @property
    def parameters(self) -> tuple[str, ...]:
        """Ids of the parameters that the solvers read."""
        kinetics = tuple(x.id for x in self.library.parameters(self.model.kinetics.name))
        return (*self.model.system.parameters, *kinetics)


def whole_blocks(count: int) -> int:
    """Number of people in the blocks that hold ``count``."""
    return -(-count // LANES) * LANES


Arrays = dict[str, np.ndarray]
"""Arrays named as in :mod:`quell.simulation.tables`, people first."""


def simulate(
    experiment: Experiment,
    start: int,
    stop: int,
    workers: Workers,
    progress: Progress,
    first_block: Callable[[], Arrays] | None = None,
) -> Arrays:
    """The arrays of the people [start, stop), in order.

    Parameters
    ----------
    first_block
        Gives the arrays of the first block, where somebody else finds them.
    """

    def kept(first: int, last: int, found: Arrays) -> Arrays:
        rows = slice(max(start - first, 0), min(stop, last) - first)
        progress(rows.stop - rows.start)
        return {key: _kept(key, values[rows], first + rows.start, experiment.paths) for key, values in found.items()}

    def group(bounds: tuple[int, int]) -> Arrays:
        return kept(*bounds, simulate_people(experiment, *bounds))

    given = first_block if start < LANES else None
    groups = _groups(experiment, 1 if given else start // LANES, -(-stop // LANES), workers.threads)
    begun = workers.start(group, groups)
    found = [*([kept(0, LANES, given())] if given else []), *results(begun)]
    return {key: np.concatenate([x[key] for x in found]) for key in found[0]}


def _groups(experiment: Experiment, first: int, last: int, threads: int) -> Iterator[tuple[int, int]]:
    """Blocks [first, last) in groups that one thread takes at a time: fewer turns of Python, as memory allows."""
    size = max(1, min(group_blocks(experiment.plans), -(-(last - first) // threads)))
    return ((LANES * a, LANES * min(a + size, last)) for a in range(first, last, size))


def group_blocks(plans: Sequence[ArmPlan]) -> int:
    """Blocks that one thread solves together, at most."""
    return max(1, min(MOST_BLOCKS, _STEPS_TOGETHER // max(plan.grid.steps for plan in plans)))


def _kept(key: str, values: np.ndarray, first: int, paths: int) -> np.ndarray:
    """Courses and paths only of the first people, in single precision."""
    if "|course|" in key:
        return values[: max(BAND_PEOPLE - first, 0)].astype(np.float32)
    if "|path|" in key:
        return values[: max(paths - first, 0)].astype(np.float32)
    return values


def people_before(experiment: Experiment, cohort: Cohort, luck: Luck, first: int) -> Arrays:
    """The arrays of people that no arm moves."""
    found = before_treatment(cohort, experiment.watch, luck, experiment.library)
    found[person_key("number", "")] = np.arange(first, first + cohort.enrolled)
    return found


def simulate_people(experiment: Experiment, first: int, last: int) -> Arrays:
    """The arrays of the people [first, last), whole blocks of them."""
    cohort = experiment.cohort.take(first, last)
    people, luck = block_people(experiment, cohort), draw_luck(cohort, experiment.watch, experiment.library)
    found = people_before(experiment, cohort, luck, first)
    solved = people.solved(experiment.model.kinetics)
    for number, plan in enumerate(experiment.plans):
        solution, mg = solve_arm(experiment, plan, cohort, people, solved, first)
        found |= measured_arm(experiment, number, cohort, luck, solution, mg, first)
    return found


def block_people(experiment: Experiment, cohort: Cohort) -> People:
    """Parameters and covariates of a block."""
    parameters = {name: np.ascontiguousarray(cohort.parameters[name]) for name in experiment.parameters}
    covariates = {name: np.asarray(cohort.covariates[name], dtype=float) for name in COVARIATES}
    return People(parameters, covariates)


def solve_arm(
    experiment: Experiment, plan: ArmPlan, cohort: Cohort, people: People, solved: Mapping, first: int
) -> tuple[Solution, np.ndarray]:
    """Solution of a block under one arm, and the mg of each dose, ``(dose, lane)``."""
    mg, occasions = doses_given(experiment, plan, people, first)
    return solve(experiment.model, plan, people, solved, levels_before(plan, people), mg, occasions), mg


def doses_given(experiment: Experiment, plan: ArmPlan, people: People, first: int) -> tuple[np.ndarray, np.ndarray]:
    """The mg of each dose and the multiplier of acute effects from it to the next, ``(dose, lane)`` each."""
    persons = range(first, first + people.lanes)
    mg = dose_amounts(plan, people.covariates["weight"], np.ones((len(plan.arm.doses), people.lanes)))
    return mg, occasion_multipliers(experiment.library, experiment.seed, persons, len(plan.arm.doses)).T


def levels_before(plan: ArmPlan, people: People) -> dict[str, np.ndarray]:
    """Levels before treatment: what people already take, and whether the arm is open."""
    ones = np.ones(people.lanes)
    return {
        "benzodiazepine_dose": people.covariates["benzodiazepine_use"],
        "open_label": ones * float(plan.arm.open_label),
        "occasion_sensitivity": ones,
    }


def measured_arm(
    experiment: Experiment, number: int, cohort: Cohort, luck: Luck, solution: Solution, mg: np.ndarray, first: int
) -> Arrays:
    """Everything written down about some people in one arm."""
    plan, shown = experiment.plans[number], experiment.shown[number]
    found = under_treatment(
        number, cohort, solution, experiment.watch, luck, shown, experiment.seed, first, experiment.library
    )
    if plan.arm.doses and plan.arm.doses[0].duration_h > 0.0:
        end = plan.arm.doses[0].time_h + plan.arm.doses[0].duration_h
        found |= end_of_infusion(number, solution, int(plan.grid.node_at([end])[0]))
    found[arm_key(number, "mg", "")] = mg.T
    found |= _paths(experiment, number, solution, shown, first)
    return found


def _paths(
    experiment: Experiment, number: int, solution: Solution, shown: np.ndarray, first: int
) -> dict[str, np.ndarray]:
    names = (*experiment.model.program.recorded, *ANALYTES)
    if first >= experiment.paths:
        return {arm_key(number, "path", name): np.zeros((solution.ends[name].shape[1], shown.size)) for name in names}
    return {arm_key(number, "path", name): solution.ends[name][shown].T for name in names}


def pieces(ranges: Sequence[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Cut ranges into parts of at most ``size`` people, at multiples of it where possible."""
    for start, stop in ranges:
        cuts = [start, *range((start // size + 1) * size, stop, size), stop]
        yield from pairwise(cuts)
