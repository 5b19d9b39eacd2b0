"""Every recorded output of the whole model against LSODA, people of every worked study under every arm.

The measure is the issue's: error <= 1e-4 of the larger of the value and 1 % of that output's peak in that person. A
relief is a signed part of a sum and crosses zero; its peak is that of the whole relief. What stays below 1e-7 of its
unit is nothing.
"""

from pathlib import Path

import numpy as np
import pytest
from tests.reference.whole_model import Reference, treated_people

from quell.protocols.study_file import read_study
from quell.simulation.engine import LANES, Solution
from quell.simulation.population import block_people, solve_arm
from quell.simulation.setup import Options, prepare

pytestmark = pytest.mark.reference

STUDIES = sorted((Path(__file__).parents[2] / "studies").glob("*.yaml"))
BAR = 1e-4
_NOTHING = 1e-7
_COMPARED_NODES = 60


def largest_errors(solution: Solution, exact: dict[str, np.ndarray], nodes: np.ndarray) -> dict[str, float]:
    """Output -> largest error over people and times, in the issue's measure."""
    people = exact["relief_now"].shape[1]
    relief = np.abs(exact["relief_now"]).max(axis=0)
    found = {}
    for name, course in solution.ends.items():
        truth = exact[name]
        peak = np.abs(truth).max(axis=0)
        peak = np.maximum(peak, relief) if name.startswith("relief_") else peak
        measure = np.maximum(np.abs(truth), np.maximum(0.01 * peak, _NOTHING))
        found[name] = float((np.abs(course[nodes][:, :people] - truth) / measure).max())
    return found


def compared(study: Path, people: int, seed: int) -> dict[tuple[str, str], float]:
    """(arm, output) -> largest error."""
    setup = prepare(read_study(study), Options(seed=seed, count=LANES))
    experiment = setup.experiment
    cohort = experiment.cohort.take(0, LANES)
    block = block_people(experiment, cohort)
    solved = block.solved(experiment.model.kinetics)
    found = {}
    for number, plan in enumerate(experiment.plans):
        solution, _ = solve_arm(experiment, plan, cohort, block, solved, 0)
        nodes = np.unique(np.linspace(0, plan.grid.steps, _COMPARED_NODES).astype(int))
        treated = treated_people(experiment, number, cohort.take(0, people), range(people))
        exact = Reference(treated).solve(solution.nodes[nodes])
        errors = largest_errors(solution, exact, nodes)
        found |= {(plan.arm.name, name): error for name, error in errors.items()}
    return found


@pytest.mark.parametrize("study", STUDIES, ids=lambda path: path.stem)
def test_everything_agrees_with_lsoda(study: Path) -> None:
    people = 1 if study.stem in ("five-treatments", "weekly-maintenance") else 3
    errors = compared(study, people, seed=3)
    assert {key: error for key, error in errors.items() if error > BAR} == {}
