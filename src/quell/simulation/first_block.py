"""The first block of people, looked at closely: once simulated, on half the steps, and under every other hypothesis.

The run needs these people's arrays, the grid check their solution again on a finer grid, the comparison of hypotheses
the cascade again on the same concentrations. One task per arm finds all three from one enrolment, one set of modes and
one solution.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass

import numpy as np

from quell.people.cohort import Cohort
from quell.simulation.engine import LANES, People, concentrations, respond
from quell.simulation.grid_check import GridCheck, compare
from quell.simulation.kinetic_modes import Modes
from quell.simulation.measurement import Luck, draw_luck
from quell.simulation.population import (
    Arrays,
    Experiment,
    block_people,
    doses_given,
    levels_before,
    measured_arm,
    people_before,
    solve_arm,
)
from quell.simulation.scenarios import Scores, scores_under
from quell.simulation.setup import Setup
from quell.simulation.workers import Workers, results


@dataclass(frozen=True)
class FirstBlock:
    """Who the first people are, before any arm."""

    cohort: Cohort
    people: People
    luck: Luck
    solved: dict[str, Modes]
    before: Arrays


@dataclass(frozen=True)
class Look:
    """What one arm's task found: the block's arrays, the grid check, and the scores under each alternative."""

    arrays: Arrays
    check: GridCheck
    alternatives: Scores


def first_block(experiment: Experiment) -> FirstBlock:
    """Enrolled and drawn, with modes of every network."""
    cohort = experiment.cohort.take(0, LANES)
    people, luck = block_people(experiment, cohort), draw_luck(cohort, experiment.watch, experiment.library)
    before = people_before(experiment, cohort, luck, 0)
    return FirstBlock(cohort, people, luck, people.solved(experiment.model.kinetics), before)


def look_closely(
    setup: Setup,
    halved: Experiment,
    block: FirstBlock,
    others: Sequence[tuple[str, str]],
    checked: int,
    workers: Workers,
) -> list[Future[Look]]:
    """Begin one task per arm.

    Parameters
    ----------
    halved
        The same experiment on half the steps.
    others
        Alternatives to the run's own choices of contested hypotheses.
    checked
        How many of the people the grid check counts.
    """
    return workers.start(lambda number: _look(setup, halved, block, number, others, checked), range(len(setup.arms)))


def _look(
    setup: Setup, halved: Experiment, block: FirstBlock, number: int, others: Sequence[tuple[str, str]], checked: int
) -> Look:
    experiment = setup.experiment
    plan, people = experiment.plans[number], block.people
    mg, occasions = doses_given(experiment, plan, people, 0)
    outputs = concentrations(experiment.model.kinetics, plan, people, block.solved, mg)
    coarse = respond(experiment.model, plan, people, outputs, levels_before(plan, people), occasions)
    arrays = measured_arm(experiment, number, block.cohort, block.luck, coarse, mg, 0)
    fine, _ = solve_arm(halved, halved.plans[number], block.cohort, people, block.solved, 0)
    check = compare(experiment, number, coarse, fine, 0, checked)
    alternatives = scores_under(setup, number, others, block.cohort, people, block.luck, outputs, occasions)
    return Look(arrays, check, alternatives)


def whole_block(block: FirstBlock, looks: Sequence[Future[Look]]) -> Arrays:
    """The block's arrays over all arms; waits for every look."""
    found: dict[str, np.ndarray] = dict(block.before)
    for look in results(looks):
        found |= look.arrays
    return found
