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
from quell.mechanisms.story import OWN_MECHANISMS, default_system, mechanisms
from quell.simulation.aligned import aligned, is_aligned
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
    identity = f"cascade {RECORDED}" if len(mechanisms()) == len(OWN_MECHANISMS) else None
    return Model(system, KINETICS, compile_cascade(system, RECORDED, identity, __name__, "quell.simulation.warm_up"))


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

    def take(self, lanes: slice) -> "People":
        """Some of them."""
        return People(
            *({name: x[lanes] for name, x in values.items()} for values in (self.parameters, self.covariates))
        )

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
    states, start = _before(model.system, people, before)
    shape = (plan.grid.steps + 1, people.lanes)
    ends = {name: np.empty(shape) for name in model.program.recorded}
    middles = {name: np.empty((shape[0] - 1, shape[1])) for name in ends}
    for name, course in ends.items():
        course[0] = start[name]
    for lanes in _blocks(people.lanes):
        levels = step_levels(plan, {name: x[lanes] for name, x in before.items()}, occasions[:, lanes])
        _cascade(model, plan, people, lanes, levels, outputs, [x[lanes] for x in states], ends, middles)
    for name, points in outputs.items():
        ends[name], middles[name] = np.concatenate([points[0][:1], points[-1]]), points[_MIDDLE]
    return Solution(plan.grid.nodes, ends, middles)


def _blocks(lanes: int) -> Iterator[slice]:
    """The compiled programs see so many people at once; fewer in all are seen together."""
    return (slice(a, min(a + LANES, lanes)) for a in range(0, lanes, LANES))


def _segments(steps: int) -> Iterator[tuple[int, int]]:
    return ((a, min(a + CAPACITY, steps)) for a in range(0, steps, CAPACITY))


def _padded(table: np.ndarray, a: int, b: int) -> np.ndarray:
    """Steps a to b of a table, as many rows as a program takes; rows beyond are never read."""
    part = table[a:b]
    if b - a == CAPACITY and is_aligned(part):
        return part
    full = aligned((CAPACITY, *table.shape[1:]))
    full[: b - a] = part
    return full


Outputs = dict[str, tuple[np.ndarray, ...]]
"""Name -> values at the five points of every step, from start to end, ``(step, lane)`` each."""

_POINTS = 5
_MIDDLE = 2


def concentrations(
    kinetics: Kinetics, plan: ArmPlan, people: People, solved: Mapping[str, Modes], mg: np.ndarray
) -> Outputs:
    """Every kinetic output and signal; networks that receive nothing stay at zero."""
    found: Outputs = {}
    nothing = np.zeros((plan.grid.steps, people.lanes))
    for network in kinetics.networks:
        if network.name not in plan.networks:
            found |= dict.fromkeys(network.output_names, (nothing,) * _POINTS)
            continue
        points = [np.empty((plan.grid.steps, len(network.output_names), people.lanes)) for _ in range(_POINTS)]
        for lanes in _blocks(people.lanes):
            _network(
                kinetics,
                network,
                plan,
                people.take(lanes),
                _of(solved[network.name], lanes),
                mg[:, lanes],
                [x[..., lanes] for x in points],
            )
        found |= {name: tuple(x[:, k] for x in points) for k, name in enumerate(network.output_names)}
    own = namespace(_own(people.parameters, kinetics.name))
    for signal in kinetics.signals:
        values = (namespace({name: x[i] for name, x in found.items()}) for i in range(_POINTS))
        found[signal.name] = tuple(signal.value(point, own, NUMPY) for point in values)
    return found


def _of(solved: Modes, lanes: slice) -> Modes:
    return Modes(*(x[..., lanes] for x in solved))


def _network(
    kinetics: Kinetics,
    network: LinearNetwork,
    plan: ArmPlan,
    people: People,
    solved: Modes,
    mg: np.ndarray,
    points: Sequence[np.ndarray],
) -> None:
    """Fill in the outputs of one network for one block at the five points of every step."""
    rates, at_once = step_entries(plan, kinetics, network.name, people.parameters, people.covariates, mg)
    lengths = np.broadcast_to(plan.grid.lengths[:, None], (plan.grid.steps, people.lanes))
    own, state = _own(people.parameters, kinetics.name), None
    used = {x.entry for x in plan.entries if x.network == network.name}
    for a, b in _segments(plan.grid.steps):
        rows = (_padded(x, a, b) for x in (lengths, rates, at_once))
        tables = network_tables(
            network, own, dict(people.covariates), *rows, initial=state, count=b - a, solved=solved, inputs=used
        )
        state = tables.state
        for whole, x in zip(points, tables.points, strict=True):
            whole[a:b] = x[: b - a]


def _before(system: System, people: People, before: Mapping[str, Lanes]) -> tuple[list[np.ndarray], dict[str, Any]]:
    """States and values at the pre-treatment equilibrium, ``(lane,)`` each."""
    nothing = np.zeros(people.lanes)
    outside = {**dict.fromkeys((*LEVELS, *EVENTS, *system.kinetic_signals), nothing), **people.covariates, **before}
    values = system.initial(outside, system.namespaces(people.parameters), NUMPY)
    full = {name: np.broadcast_to(np.asarray(x, dtype=float), (people.lanes,)) for name, x in values.items()}
    return [full[name] for name in system.state_names], full


def _cascade(
    model: Model,
    plan: ArmPlan,
    people: People,
    lanes: slice,
    levels: np.ndarray,
    outputs: Outputs,
    states: Sequence[np.ndarray],
    ends: Mapping[str, np.ndarray],
    middles: Mapping[str, np.ndarray],
) -> None:
    """Fill in the recorded values of one block at the end and the middle of every step."""
    parameters = np.stack([people.parameters[name][lanes] for name in model.system.parameters])
    covariates = np.stack([people.covariates[name][lanes] for name in COVARIATES])
    lengths = np.broadcast_to(plan.grid.lengths[:, None], (plan.grid.steps, levels.shape[-1]))
    events = step_events(plan, levels.shape[-1])
    now: Any = tuple(states)
    for a, b in _segments(plan.grid.steps):
        kinetics = (_stacked(model.system.kinetic_signals, outputs, point, a, b, lanes) for point in range(_POINTS))
        table = StepTable(*(_padded(x, a, b) for x in (lengths, levels, events)), *kinetics)
        found_ends, found_middles, now = model.program.run(parameters, covariates, table, np.int64(b - a), now)
        for name, end, middle in zip(model.program.recorded, found_ends, found_middles, strict=True):
            ends[name][a + 1 : b + 1, lanes] = np.asarray(end)[: b - a]
            middles[name][a:b, lanes] = np.asarray(middle)[: b - a]


def _stacked(names: Sequence[str], outputs: Outputs, point: int, a: int, b: int, lanes: slice) -> np.ndarray:
    parts = [outputs[name][point][a:b, lanes] for name in names]
    full = aligned((CAPACITY, len(names), parts[0].shape[1]))
    for k, part in enumerate(parts):
        full[: b - a, k] = part
    return full
