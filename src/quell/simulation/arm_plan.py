"""What an arm's protocol does to each step: boundaries, levels, events and rates of entry, ready for the solvers.

The plan of an arm is the same for everybody (times), what it holds is everybody's own (amounts by weight, shares by
route, between-occasion luck). Kinetic entries are constant within a step; a dose given at once enters at the start of
a step.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from quell.conventions.inputs import EVENTS, LEVELS
from quell.evidence.library import Library
from quell.mechanisms.assembly import NUMPY, System
from quell.mechanisms.network import Kinetics, RouteInput, namespace
from quell.protocols.schedule import ArmInputs, KineticDose
from quell.simulation.time_grid import GROWTH, STEPS_PER_TIME_CONSTANT, Boundary, Grid, build_grid

Lanes = np.ndarray
"""Numbers of one block of people, ``(lane,)``."""

_LEVEL_NAMES = tuple(LEVELS)
_EVENT_NAMES = tuple(EVENTS)


@dataclass(frozen=True, slots=True)
class Entry:
    """One part of one dose on its way into a network: where, from when, for how long (0: at once)."""

    dose: int
    network: str
    entry: str
    part: RouteInput
    begin_h: float
    duration_h: float


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """Times of an arm.

    Attributes
    ----------
    arm
        What is given.
    grid
        Nodes; every dose edge, level change, session and observation is one of them.
    entries
        Parts of doses, in order of time.
    """

    arm: ArmInputs
    grid: Grid
    entries: tuple[Entry, ...]

    @property
    def networks(self) -> frozenset[str]:
        """Names of the kinetic networks that receive anything."""
        return frozenset(x.network for x in self.entries)


@dataclass(frozen=True, slots=True)
class Typical:
    """Typical values at which steps are chosen: packs' values and an average adult."""

    parameters: Mapping[str, float]
    outside: Mapping[str, float]


def typical_values(system: System, library: Library, covariates: Mapping[str, float]) -> Typical:
    """Typical parameters of every pack, and covariates, levels and kinetic signals before treatment."""
    parameters = {record.id: record.value for record in library.parameters()}
    outside = {
        **dict.fromkeys((*LEVELS, *EVENTS, *system.kinetic_signals), 0.0),
        "occasion_sensitivity": 1.0,
        **covariates,
    }
    return Typical(parameters, outside)


def plan_arm(
    system: System,
    kinetics: Kinetics,
    arm: ArmInputs,
    observed_h: Sequence[float],
    typical: Typical,
    refine: float = 1.0,
) -> ArmPlan:
    """Lay an arm's steps.

    Parameters
    ----------
    observed_h
        Times at which a step must end, h from the first dose; the grid runs from the earliest of these and the first
        event to the last observation.
    refine
        2 halves every step (``--check``).
    """
    entries = tuple(x for i, dose in enumerate(arm.doses) for x in _entries(kinetics, i, dose, typical))
    base = _first_steps(system, kinetics, typical, refine)
    boundaries = [Boundary(t) for t in observed_h]
    last = max(observed_h)
    for x in entries:
        edges = {x.begin_h + x.duration_h: False, x.begin_h: True}
        boundaries += [Boundary(t, base[x.network], True, begins) for t, begins in edges.items() if t <= last]
    boundaries += [Boundary(x.time_h, base[x.level]) for x in arm.levels if x.time_h <= last]
    boundaries += [Boundary(x.time_h, base[x.event]) for x in arm.sessions if x.time_h <= last]
    return ArmPlan(arm, build_grid(boundaries, GROWTH / refine), entries)


def _entries(kinetics: Kinetics, number: int, dose: KineticDose, typical: Typical) -> list[Entry]:
    values = namespace({**typical.outside, "dose": dose.amount * (70.0 if dose.unit == "mg/kg" else 1.0)})
    parameters = _pack(typical.parameters, kinetics.name)
    found = []
    for part in kinetics.routes[dose.drug, dose.route]:
        spread = float(part.zero_order_h(values, parameters, NUMPY)) if part.zero_order_h else dose.duration_h
        found.append(Entry(number, part.network, part.entry, part, dose.time_h, spread))
    return found


def _pack(parameters: Mapping[str, Any], pack: str) -> Any:
    start = f"{pack}."
    return namespace({name.removeprefix(start): x for name, x in parameters.items() if name.startswith(start)})


def _first_steps(system: System, kinetics: Kinetics, typical: Typical, refine: float) -> dict[str, float]:
    """Input or network -> first step after it changes, h."""
    share = STEPS_PER_TIME_CONSTANT * refine
    first = {
        name: system.fastest_time(name, typical.parameters, typical.outside) / share
        for name in (*LEVELS, *EVENTS, *system.kinetic_signals)
    }
    for network in kinetics.networks:
        signals = [name for name in system.kinetic_signals if name in network.output_names]
        first[network.name] = min((first[name] for name in signals), default=float("inf"))
    return first


def step_levels(plan: ArmPlan, before: Mapping[str, Lanes], occasions: np.ndarray) -> np.ndarray:
    """Levels during each step, ``(step, level, lane)``.

    Parameters
    ----------
    before
        Level -> value before treatment, ``(lane,)``; 0 where it is not named.
    occasions
        Multiplier of acute effects from each dose to the next, ``(dose, lane)``.
    """
    table = np.zeros((plan.grid.steps, len(_LEVEL_NAMES), occasions.shape[1]))
    for name, value in before.items():
        table[:, _LEVEL_NAMES.index(name)] += value
    for change in plan.arm.levels:
        table[_from(plan, change.time_h) :, _LEVEL_NAMES.index(change.level)] += change.value
    for dose, multiplier in zip(plan.arm.doses, occasions, strict=True):
        table[_from(plan, dose.time_h) :, _LEVEL_NAMES.index("occasion_sensitivity")] = multiplier
    return table


def step_events(plan: ArmPlan, lanes: int) -> np.ndarray:
    """Amounts of events at the start of each step, ``(step, event, lane)``."""
    table = np.zeros((plan.grid.steps, len(_EVENT_NAMES), lanes))
    for session in plan.arm.sessions:
        if (step := _from(plan, session.time_h)) < plan.grid.steps:
            table[step, _EVENT_NAMES.index(session.event)] += session.amount
    return table


def _from(plan: ArmPlan, time_h: float) -> int:
    """First step at or after a time (the number of steps where it lies beyond the end)."""
    return int(np.searchsorted(plan.grid.nodes, time_h - 1e-9)) if time_h > plan.grid.nodes[0] else 0


def dose_amounts(plan: ArmPlan, weight: Lanes, luck: np.ndarray) -> np.ndarray:
    """mg of each dose, ``(dose, lane)``.

    Parameters
    ----------
    weight
        kg, ``(lane,)``.
    luck
        Between-occasion multiplier of each dose's exposure, ``(dose, lane)``.
    """
    rows = [d.amount * (weight if d.unit == "mg/kg" else np.ones_like(weight)) for d in plan.arm.doses]
    return np.array(rows).reshape(len(rows), weight.size) * luck[: len(rows)]


def step_entries(
    plan: ArmPlan,
    kinetics: Kinetics,
    network: str,
    parameters: Mapping[str, Lanes],
    people: Mapping[str, Lanes],
    mg: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Rates of entry (mg/h) and doses at once (mg) of one network, each ``(step, input, lane)``.

    Parameters
    ----------
    parameters, people
        Ids and covariates, ``(lane,)`` each.
    mg
        Amount of each dose, ``(dose, lane)``.
    """
    names = next(x for x in kinetics.networks if x.name == network).input_names
    lanes = next(iter(people.values())).size
    rates = np.zeros((plan.grid.steps, len(names), lanes))
    at_once = np.zeros_like(rates)
    own = _pack(parameters, kinetics.name)
    for x in plan.entries:
        begin = _from(plan, x.begin_h)
        if x.network != network or begin >= plan.grid.steps:
            continue
        amount = x.part.fraction(namespace({**people, "dose": mg[x.dose]}), own, NUMPY) * mg[x.dose]
        if x.duration_h > 0.0:
            rates[begin : _from(plan, x.begin_h + x.duration_h), names.index(x.entry)] += amount / x.duration_h
        else:
            at_once[begin, names.index(x.entry)] += amount
    return rates, at_once
