"""Gradients of the whole cascade, every recorded output by every parameter, against central differences.

The differences are taken of the same solver on the same steps, so that they test differentiation and nothing else. A
parameter is shifted in proportion to its value (one that is zero, a switched-off share, by its unit); every shift is a
lane of its own, so that one solve holds them all. The measure is that of the solutions: 1e-4 of the larger of the
derivative and 1 % of the output's largest derivative, or of 1e-5 of the output's peak, below which rounding shows.
"""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.protocols.study_file import read_study
from quell.simulation.arm_plan import step_events, step_levels
from quell.simulation.cascade import ARITHMETIC, StepTable
from quell.simulation.engine import LANES, concentrations
from quell.simulation.population import block_people, doses_given, levels_before
from quell.simulation.setup import Options, prepare

pytestmark = pytest.mark.reference

STUDY = Path(__file__).parents[2] / "studies" / "social-anxiety-one-infusion.yaml"
AT_H = (0.7, 3.0, 24.0, 168.0)
SHIFT, NOTHING = 1e-4, 1e-7
STENCIL = {-2: 1 / 12, -1: -8 / 12, 1: 8 / 12, 2: -1 / 12}


class Person(NamedTuple):
    """One person in the ketamine arm: ``solved`` takes shifts ``(parameter, lane)`` to ``(output, time, lane)``."""

    solved: Callable[[jax.Array], jax.Array]
    parameters: int
    recorded: tuple[str, ...]


@pytest.fixture(scope="module")
def person() -> Person:
    experiment = prepare(read_study(STUDY), Options(seed=3, count=LANES)).experiment
    model, plan = experiment.model, experiment.plans[0]
    people = block_people(experiment, experiment.cohort.take(0, 1))
    mg, occasions = doses_given(experiment, plan, people, 0)
    points = concentrations(model.kinetics, plan, people, people.solved(model.kinetics), mg)
    kinetics = [np.stack([points[x][k] for x in model.system.kinetic_signals], axis=1) for k in range(5)]
    before = levels_before(plan, people)
    table = StepTable(plan.grid.lengths[:, None], step_levels(plan, before, occasions), step_events(plan, 1), *kinetics)
    values = np.array([people.parameters[name] for name in model.system.parameters])
    covariates = np.array([people.covariates[name] for name in COVARIATES])
    outside = {**dict.fromkeys((*LEVELS, *EVENTS, *model.system.kinetic_signals), np.zeros(1)), **before}
    outside |= dict(zip(COVARIATES, covariates, strict=True))
    rows = plan.grid.node_at(np.array(AT_H)) - 1

    def solved(shifts: jax.Array) -> jax.Array:
        lanes = jnp.zeros(shifts.shape[1])
        parameters = values + np.where(values == 0.0, 1.0, np.abs(values)) * shifts
        named = dict(zip(model.system.parameters, parameters, strict=True))
        initial = model.system.initial(outside, model.system.namespaces(named), ARITHMETIC)
        states = [initial[name] + lanes for name in model.system.state_names]
        spread = StepTable(*(jnp.broadcast_to(x, (*x.shape[:-1], lanes.size)) for x in table))
        ends, _, _ = model.program.differentiable(parameters, covariates + lanes, spread, states)
        return jnp.stack([end[rows] for end in ends])

    return Person(solved, len(values), model.program.recorded)


def test_every_output_by_every_parameter(person: Person) -> None:
    unit = np.eye(person.parameters)
    there = jax.jit(person.solved)(jnp.asarray(np.concatenate([k * SHIFT * unit for k in STENCIL], axis=1)))
    parts = np.split(np.asarray(there), len(STENCIL), axis=-1)
    wanted = sum(w * x for w, x in zip(STENCIL.values(), parts, strict=True)) / SHIFT
    found = np.asarray(jax.jit(lambda x: jax.jvp(person.solved, (jnp.zeros_like(x),), (x,))[1])(jnp.asarray(unit)))
    peak = np.abs(parts[0][..., :1]).max(axis=1, keepdims=True)
    largest = np.abs(wanted).max(axis=1, keepdims=True)
    measure = np.maximum(np.maximum(np.abs(wanted), 0.01 * largest), np.maximum(1e-5 * peak, NOTHING))
    error = (np.abs(found - wanted) / measure).max(axis=(1, 2))
    assert {x: e for x, e in zip(person.recorded, error, strict=True) if e > 1e-4} == {}
    assert (np.abs(wanted) > 1e-3 * np.maximum(peak, NOTHING)).any(axis=(0, 1)).sum() > 50
