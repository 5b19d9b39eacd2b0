r"""Is the grid fine enough? The same people on half the steps' length.

For every recorded value y, person and visit or peak,

    change = |y - y_half| / max(|y_half|, 1 % of the largest |y_half| over people and times),

and the largest change is the check's figure. A run looks at its first block by itself and refuses the report above
:data:`TOLERANCE`; ``--check`` looks at everybody.
"""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace

import numpy as np

from quell.simulation.engine import LANES, Solution
from quell.simulation.population import Experiment, block_people, solve_arm
from quell.simulation.recall import Course
from quell.simulation.workers import Workers

TOLERANCE = 1e-3
"""Largest per-person change that a report is allowed."""

_FLOOR = 0.01
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True)
class GridCheck:
    """The largest change on halving the steps, whose and of what."""

    change: float
    value: str
    arm: str
    person: int
    people: int


def check_grid(
    experiment: Experiment, halved: Experiment, firsts: Sequence[int], people: int, workers: Workers
) -> list[Future[GridCheck]]:
    """Begin to compare two experiments that differ in their grids only; :func:`largest_change` joins what is found.

    Parameters
    ----------
    firsts
        First person of each block to compare.
    people
        How many of each block's people count.
    """
    pairs = [(first, number) for first in firsts for number in range(len(experiment.plans))]
    return workers.start(lambda x: _check_arm(experiment, halved, x[0], x[1], people), pairs)


def largest_change(found: Sequence[GridCheck]) -> GridCheck:
    """The largest change of all blocks and arms."""
    worst = max(found, key=lambda x: x.change)
    return replace(worst, people=sum(x.people for x in found if x.arm == worst.arm))


def _check_arm(experiment: Experiment, halved: Experiment, first: int, number: int, people: int) -> GridCheck:
    cohort = experiment.cohort.take(first, first + LANES)
    block = block_people(experiment, cohort)
    solved = block.solved(experiment.model.kinetics)
    coarse, fine = (solve_arm(run, run.plans[number], cohort, block, solved, first)[0] for run in (experiment, halved))
    return compare(experiment, number, coarse, fine, first, people)


def compare(
    experiment: Experiment, number: int, coarse: Solution, fine: Solution, first: int, people: int
) -> GridCheck:
    """The largest change of one arm between two solutions of the block that begins with person ``first``."""
    change, value, person = _largest(coarse, fine, experiment.watch.visit_h, people)
    return GridCheck(change, value, experiment.plans[number].arm.name, first + person, people)


def _largest(coarse: Solution, fine: Solution, times_h: np.ndarray, people: int) -> tuple[float, str, int]:
    worst = (0.0, "", 0)
    at_coarse, at_fine = (np.searchsorted(x.nodes, times_h - 1e-9) for x in (coarse, fine))
    for name, course in fine.ends.items():
        exact = _seen(fine, name, at_fine)[:, :people]
        found = _seen(coarse, name, at_coarse)[:, :people]
        floor = max(_FLOOR * float(np.abs(course).max()), _NOTHING)
        change = np.abs(found - exact) / np.maximum(np.abs(exact), floor)
        if (largest := float(change.max())) > worst[0]:
            worst = (largest, name, int(change.max(axis=0).argmax()))
    return worst


def _seen(solution: Solution, name: str, nodes: np.ndarray) -> np.ndarray:
    """Values at visits and the peak, ``(visit + 1, lane)``."""
    course = Course(solution.nodes, solution.ends[name], solution.middles[name])
    return np.concatenate([course.values[nodes], course.highest()[0][None]])
