"""One block of people through one arm: exact kinetics, then the cascade, in segments of a fixed number of steps.

Both programs are compiled once for every study: they see blocks of :data:`LANES` people and segments of
:data:`CAPACITY` steps, of which a run-time number is taken. What one segment ends with is what the next one begins
with.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.assembly import NUMPY, System
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.network import Kinetics, LinearNetwork, namespace
from quell.mechanisms.story import default_system
from quell.simulation.arm_plan import ArmPlan, Lanes, step_entries, step_events, step_levels
from quell.simulation.cascade import Program, StepTable, compile_cascade
from quell.simulation.linear_kinetics import Modes, modes, network_tables

LANES = 256
"""People a block."""

CAPACITY = 256
"""Steps a segment."""

RECORDED = (
    "nmda_block",
    "glutamate",
    "bdnf",
    "nascent_connections",
    "stable_connections",
    "emotional_regulation",
    "serotonergic_drive",
    "extinction_learning",
    "gaba_block",
    "symptom_level",
    "relief_plasticity",
    "relief_acute",
    "relief_gaba",
    "relief_psychotherapy",
    "relief_expectancy",
    "relief_guess",
    "belief",
    "cadss",
    "sbp_change",
    "dbp_change",
    "heart_rate_change",
    "sedation",
    "nausea_hazard",
    "cumulative_exposure",
)
"""Values of the cascade kept at the middle and end of every step."""


@dataclass(frozen=True, slots=True)
class Model:
    """The compiled model."""

    system: System
    kinetics: Kinetics
    program: Program


@cache
def default_model() -> Model:
    """quell's own model; compiled at first use, or taken from JAX's cache."""
    system = default_system()
    return Model(system, KINETICS, compile_cascade(system, RECORDED))


@dataclass(frozen=True, slots=True)
class People:
    """One block, ``(lane,)`` each.

    Attributes
    ----------
    parameters
        By id.
    covariates
        By name.
    """

    parameters: Mapping[str, Lanes]
    covariates: Mapping[str, Lanes]

    @property
    def lanes(self) -> int:
        """Number of people."""
        return next(iter(self.covariates.values())).size

    def solved(self, kinetics: Kinetics) -> dict[str, Modes]:
        """The modes of every network; the same in every arm."""
        own = _own(self.parameters, kinetics.name)
        return {x.name: modes(x, own, self.covariates) for x in kinetics.networks}


def _own(parameters: Mapping[str, Lanes], pack: str) -> dict[str, Lanes]:
    start = f"{pack}."
    return {name.removeprefix(start): x for name, x in parameters.items() if name.startswith(start)}


@dataclass(frozen=True, slots=True)
class Solution:
    """What the solvers found.

    Attributes
    ----------
    nodes
        Times, h, ``(node,)``.
    ends, middles
        Name -> value at nodes ``(node, lane)`` and halfway between, ``(node - 1, lane)``.
    """

    nodes: np.ndarray
    ends: Mapping[str, np.ndarray]
    middles: Mapping[str, np.ndarray]

    @property
    def finite(self) -> np.ndarray:
        """Whose solve succeeded: every value is a number, ``(lane,)``."""
        good = np.ones(next(iter(self.ends.values())).shape[1], dtype=bool)
        for course in self.ends.values():
            good &= np.isfinite(course).all(axis=0)
        return good


def solve(
    model: Model,
    plan: ArmPlan,
    people: People,
    solved: Mapping[str, Modes],
    before: Mapping[str, Lanes],
    mg: np.ndarray,
    occasions: np.ndarray,
) -> Solution:
    """Simulate a block under one arm.

    Parameters
    ----------
    plan
        The arm's steps.
    solved
        From :meth:`People.solved`.
    before
        Levels before treatment, ``(lane,)`` each.
    mg
        Amount of each dose, ``(dose, lane)``.
    occasions
        Multiplier of acute effects from each dose to the next, ``(dose, lane)``.
    """
    return respond(model, plan, people, concentrations(model.kinetics, plan, people, solved, mg), before, occasions)


def respond(
    model: Model,
    plan: ArmPlan,
    people: People,
    outputs: "Outputs",
    before: Mapping[str, Lanes],
    occasions: np.ndarray,
) -> Solution:
    """The cascade under known concentrations, from :func:`concentrations`; the rest as for :func:`solve`."""
    levels, events = step_levels(plan, before, occasions), step_events(plan, people.lanes)
    lengths = _lengths(plan, people)
    states, start = _before(model.system, people, before)
    rows = _cascade(model, people, lengths, levels, events, outputs, states)
    ends = {name: np.concatenate([start[name][None], end]) for name, (end, _) in rows.items()}
    ends |= {name: np.concatenate([points[0][:1], points[-1]]) for name, points in outputs.items()}
    middles = {name: middle for name, (_, middle) in rows.items()} | {name: x[_MIDDLE] for name, x in outputs.items()}
    return Solution(plan.grid.nodes, ends, middles)


def _segments(steps: int) -> Iterator[tuple[int, int]]:
    return ((a, min(a + CAPACITY, steps)) for a in range(0, steps, CAPACITY))


def _padded(table: np.ndarray, a: int, b: int) -> np.ndarray:
    if b - a == CAPACITY:
        return np.ascontiguousarray(table[a:b])
    full = np.zeros((CAPACITY, *table.shape[1:]))
    full[: b - a] = table[a:b]
    return full


Outputs = dict[str, tuple[np.ndarray, ...]]
"""Name -> values at the five points of every step, from start to end, ``(step, lane)`` each."""

_POINTS = 5
_MIDDLE = 2


def _lengths(plan: ArmPlan, people: People) -> np.ndarray:
    return np.broadcast_to(plan.grid.lengths[:, None], (plan.grid.steps, people.lanes))


def concentrations(
    kinetics: Kinetics, plan: ArmPlan, people: People, solved: Mapping[str, Modes], mg: np.ndarray
) -> Outputs:
    """Every kinetic output and signal; networks that receive nothing stay at zero."""
    lengths = _lengths(plan, people)
    found: Outputs = {}
    for network in kinetics.networks:
        if network.name in plan.networks:
            found |= _network(kinetics, network, plan, people, solved[network.name], mg, lengths)
        else:
            nothing = np.zeros_like(lengths)
            found |= dict.fromkeys(network.output_names, (nothing,) * _POINTS)
    own = namespace(_own(people.parameters, kinetics.name))
    for signal in kinetics.signals:
        points = (namespace({name: x[i] for name, x in found.items()}) for i in range(_POINTS))
        found[signal.name] = tuple(signal.value(point, own, NUMPY) for point in points)
    return found


def _network(
    kinetics: Kinetics,
    network: LinearNetwork,
    plan: ArmPlan,
    people: People,
    solved: Modes,
    mg: np.ndarray,
    lengths: np.ndarray,
) -> Outputs:
    rates, at_once = step_entries(plan, kinetics, network.name, people.parameters, people.covariates, mg)
    own, state, pieces = _own(people.parameters, kinetics.name), None, []
    used = {x.entry for x in plan.entries if x.network == network.name}
    for a, b in _segments(lengths.shape[0]):
        rows = (_padded(x, a, b) for x in (lengths, rates, at_once))
        tables = network_tables(
            network, own, dict(people.covariates), *rows, initial=state, count=b - a, solved=solved, inputs=used
        )
        state = tables.state
        pieces.append([x[: b - a] for x in tables.points])
    whole = [np.concatenate(x) for x in zip(*pieces, strict=True)]
    return {name: tuple(x[:, k] for x in whole) for k, name in enumerate(network.output_names)}


def _before(system: System, people: People, before: Mapping[str, Lanes]) -> tuple[list[np.ndarray], dict[str, Any]]:
    """States and values at the pre-treatment equilibrium, ``(lane,)`` each."""
    nothing = np.zeros(people.lanes)
    outside = {**dict.fromkeys((*LEVELS, *EVENTS, *system.kinetic_signals), nothing), **people.covariates, **before}
    values = system.initial(outside, system.namespaces(people.parameters), NUMPY)
    full = {name: np.broadcast_to(np.asarray(x, dtype=float), (people.lanes,)) for name, x in values.items()}
    return [full[name] for name in system.state_names], full


def _cascade(
    model: Model,
    people: People,
    lengths: np.ndarray,
    levels: np.ndarray,
    events: np.ndarray,
    outputs: Outputs,
    states: Sequence[np.ndarray],
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Recorded values at the end and the middle of every step."""
    parameters = np.stack([people.parameters[name] for name in model.system.parameters])
    covariates = np.stack([people.covariates[name] for name in COVARIATES])
    now: Any = tuple(states)
    pieces = []
    for a, b in _segments(lengths.shape[0]):
        kinetics = (_stacked(model.system.kinetic_signals, outputs, point, a, b) for point in range(_POINTS))
        table = StepTable(*(_padded(x, a, b) for x in (lengths, levels, events)), *kinetics)
        ends, middles, now = model.program.run(parameters, covariates, table, b - a, now)
        pieces.append(
            [(np.asarray(end)[: b - a], np.asarray(middle)[: b - a]) for end, middle in zip(ends, middles, strict=True)]
        )
    return {name: _joined([piece[k] for piece in pieces]) for k, name in enumerate(model.program.recorded)}


def _stacked(names: Sequence[str], outputs: Outputs, point: int, a: int, b: int) -> np.ndarray:
    full = np.zeros((CAPACITY, len(names), next(iter(outputs.values()))[0].shape[1]))
    for k, name in enumerate(names):
        full[: b - a, k] = outputs[name][point][a:b]
    return full


def _joined(pieces: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    if len(pieces) == 1:
        return pieces[0]
    return np.concatenate([x for x, _ in pieces]), np.concatenate([x for _, x in pieces])
