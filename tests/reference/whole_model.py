r"""The whole model by SciPy's LSODA: the reference solution of the engine's tests.

Two independent derivations of one declaration meet here. The cascade's right-hand side is
:func:`quell.mechanisms.assembly.right_hand_side`, the kinetics join it as the ordinary differential equations

    da/dt = A a + B u(t)

from the network's rate matrix, so that neither modes, matrix exponentials, step tables nor the exponential steps of
the engine take part. The solver starts anew at every discontinuity: where an entry begins or ends, a level changes,
an event jumps. Several people are one system with a banded Jacobian (LSODA's norm is the largest weighted error, so
each is solved as accurately as alone).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.integrate import odeint

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.assembly import NUMPY, Values, right_hand_side
from quell.mechanisms.base import State
from quell.mechanisms.network import LinearNetwork, namespace
from quell.mechanisms.network_structure import coefficients, input_matrix, output_matrix, rate_matrix
from quell.people.cohort import Cohort
from quell.people.variability import occasion_multipliers
from quell.protocols.schedule import ArmInputs
from quell.simulation.arm_plan import dose_amounts
from quell.simulation.engine import Model
from quell.simulation.population import Experiment

RELATIVE, ABSOLUTE = 1e-10, 1e-13
"""LSODA's tolerances; amounts are in mg, everything else is of the order of one."""

_MOST_STEPS = 10_000_000


@dataclass(frozen=True)
class Treated:
    """Some people under one arm.

    Attributes
    ----------
    parameters, covariates, before
        By id, by name, and levels before treatment, ``(lane,)`` each.
    mg, occasions
        Amount of each dose and multiplier of acute effects from it on, ``(dose, lane)``.
    start_h
        Where the course begins.
    """

    model: Model
    arm: ArmInputs
    parameters: Mapping[str, np.ndarray]
    covariates: Mapping[str, np.ndarray]
    before: Mapping[str, np.ndarray]
    mg: np.ndarray
    occasions: np.ndarray
    start_h: float

    @property
    def lanes(self) -> int:
        """Number of people."""
        return self.mg.shape[1] if self.mg.size else next(iter(self.covariates.values())).size

    @cached_property
    def own_kinetics(self) -> Any:
        """The kinetics' parameters as a namespace."""
        start = f"{self.model.kinetics.name}."
        return namespace({k.removeprefix(start): x for k, x in self.parameters.items() if k.startswith(start)})

    @cached_property
    def entries(self) -> tuple["Entry", ...]:
        """What enters the networks."""
        found = []
        for dose, mg in zip(self.arm.doses, self.mg, strict=True):
            values = namespace({**self.covariates, "dose": mg})
            for part in self.model.kinetics.routes[dose.drug, dose.route]:
                lasts = part.zero_order_h(values, self.own_kinetics, NUMPY) if part.zero_order_h else dose.duration_h
                amount = part.fraction(values, self.own_kinetics, NUMPY) * mg
                found.append(Entry(part.network, part.entry, dose.time_h, self._spread(lasts), amount))
        return tuple(found)

    def _spread(self, x: Any) -> np.ndarray:
        return np.broadcast_to(np.asarray(x, dtype=float), (self.lanes,))

    def levels(self, time_h: float) -> dict[str, np.ndarray]:
        """Levels just after a time."""
        found = {name: self._spread(self.before.get(name, 0.0)) for name in LEVELS}
        for change in self.arm.levels:
            if change.time_h <= time_h:
                found[change.level] = found[change.level] + change.value
        for dose, multiplier in zip(self.arm.doses, self.occasions, strict=True):
            if dose.time_h <= time_h:
                found["occasion_sensitivity"] = multiplier
        return found

    def discontinuities(self) -> list[float]:
        """Times at which the right-hand side or the state jumps."""
        times = [x.time_h for x in (*self.arm.doses, *self.arm.levels, *self.arm.sessions)]
        for x in self.entries:
            times += [x.begin_h, *(x.begin_h + x.duration_h)]
        return sorted(set(map(float, times)))


@dataclass(frozen=True, slots=True)
class Entry:
    """Drug entering a network, mg ``(lane,)``: at once where its duration (h, ``(lane,)``) is 0."""

    network: str
    name: str
    begin_h: float
    duration_h: np.ndarray
    amount: np.ndarray

    def rate(self, time_h: float) -> np.ndarray:
        """mg/h just after a time."""
        running = (self.begin_h <= time_h) & (time_h < self.begin_h + self.duration_h)
        return np.where(running, self.amount / np.where(self.duration_h > 0.0, self.duration_h, 1.0), 0.0)

    def bolus(self, time_h: float) -> np.ndarray:
        """mg at a time."""
        return np.where((self.duration_h == 0.0) & (self.begin_h == time_h), self.amount, 0.0)


def treated_people(experiment: Experiment, arm: int, cohort: Cohort, persons: range) -> Treated:
    """A cohort's people, numbered ``persons`` in the run, under one of the experiment's arms."""
    plan = experiment.plans[arm]
    parameters = {name: np.asarray(cohort.parameters[name]) for name in experiment.parameters}
    covariates = {name: np.asarray(cohort.covariates[name], dtype=float) for name in COVARIATES}
    doses = len(plan.arm.doses)
    mg = dose_amounts(plan, covariates["weight"], np.ones((doses, len(persons))))
    occasions = occasion_multipliers(experiment.library, experiment.seed, persons, doses).T
    ones = np.ones(len(persons))
    before = {"benzodiazepine_dose": covariates["benzodiazepine_use"], "occasion_sensitivity": ones}
    before["open_label"] = ones * float(plan.arm.open_label)
    return Treated(experiment.model, plan.arm, parameters, covariates, before, mg, occasions, float(plan.grid.nodes[0]))


class Amounts:
    """The amounts in one network: its matrices for every person and its place among the unknowns."""

    def __init__(self, network: LinearNetwork, treated: Treated, first: int) -> None:
        numbers = coefficients(network, treated.own_kinetics, namespace(treated.covariates), np)
        lanes = treated.lanes
        rates, readings = rate_matrix(numbers, np), output_matrix(numbers, np)
        self.network = network
        self.matrix = np.broadcast_to(rates, (lanes, *rates.shape[1:]))
        self.readings = np.broadcast_to(readings, (lanes, *readings.shape[1:]))
        self.entering = input_matrix(network, np)
        self.place = slice(first, first + rates.shape[-1])

    def given(self, entries: tuple[Entry, ...], time_h: float, kind: str) -> np.ndarray:
        """Rates or boluses at a time, by position, ``(lane, position)``."""
        found = np.zeros(self.matrix.shape[:2])
        for x in entries:
            if x.network == self.network.name:
                column = self.entering[:, self.network.input_names.index(x.name)]
                found += (x.rate(time_h) if kind == "rate" else x.bolus(time_h))[:, None] * column
        return found

    def slope(self, amounts: np.ndarray, flow: np.ndarray) -> np.ndarray:
        """da/dt, ``(lane, position)``."""
        return (self.matrix @ amounts[..., None])[..., 0] + flow

    def outputs(self, amounts: np.ndarray) -> dict[str, np.ndarray]:
        """Concentrations, ``(lane,)`` each; rounding below zero is cut."""
        read = np.maximum((self.readings @ amounts[..., None])[..., 0], 0.0)
        return dict(zip(self.network.output_names, read.T, strict=True))


class Reference:
    """The reference solution of some people under one arm.

    Parameters
    ----------
    treated
        The people.
    tolerance
        LSODA's relative tolerance.
    """

    def __init__(self, treated: Treated, tolerance: float = RELATIVE) -> None:
        self.treated, self.tolerance = treated, tolerance
        self.system, self.kinetics = treated.model.system, treated.model.kinetics
        self.states = len(self.system.states)
        receiving = {x.network for x in treated.entries}
        self.amounts: list[Amounts] = []
        first = self.states
        for network in self.kinetics.networks:
            if network.name in receiving:
                self.amounts.append(Amounts(network, treated, first))
                first = self.amounts[-1].place.stop
        self.size = first
        self.signals = [(x, k) for x in self.amounts for k, name in enumerate(x.network.output_names)
                        if name in self.system.kinetic_signals]  # fmt: skip
        self.evaluations = 0

    def solve(self, times_h: np.ndarray) -> dict[str, np.ndarray]:
        """Every state, signal and concentration at ascending times, ``(time, lane)``: just before any jump."""
        rows, now = [], self._initial()
        if times_h[0] == self.treated.start_h:
            rows.append(self._everything(self.treated.start_h, now, before=True))
        for begin, end in self._pieces(float(times_h[-1])):
            self._jump(begin, now)
            wanted = times_h[(times_h > begin) & (times_h <= end)]
            found = self._integrate(begin, now, np.unique([begin, *wanted, end]))
            rows += [self._everything(begin, found[t]) for t in wanted]
            now = found[end]
        return {name: np.stack([row[name] for row in rows]) for name in rows[0]}

    def _pieces(self, last: float) -> Iterator[tuple[float, float]]:
        start = self.treated.start_h
        inside = [t for t in self.treated.discontinuities() if start < t < last]
        return pairwise([start, *inside, last])

    def _initial(self) -> np.ndarray:
        """Unknowns before treatment, ``(lane, unknown)``."""
        t = self.treated
        zero = np.zeros(t.lanes)
        outside = {**dict.fromkeys((*LEVELS, *EVENTS, *self.system.kinetic_signals), zero), **t.covariates, **t.before}
        values = self.system.initial(outside, self.system.namespaces(t.parameters), NUMPY)
        unknowns = np.zeros((t.lanes, self.size))
        for k, name in enumerate(self.system.state_names):
            unknowns[:, k] = values[name]
        return unknowns

    def _jump(self, time_h: float, unknowns: np.ndarray) -> None:
        """Boluses and events at a time, in place."""
        for network in self.amounts:
            unknowns[:, network.place] += network.given(self.treated.entries, time_h, "bolus")
        events = dict.fromkeys(EVENTS, 0.0)
        for session in self.treated.arm.sessions:
            if session.time_h == time_h:
                events[session.event] += session.amount
        states = dict(zip(self.system.state_names, unknowns[:, : self.states].T.copy(), strict=True))
        values = Values({**self.treated.covariates, **self.treated.levels(time_h), **states, **events})
        spaces = self.system.namespaces(self.treated.parameters)
        for k, x in enumerate(self.system.states):
            assert isinstance(x.declaration, State)
            for event, formula in x.declaration.jumps.items():
                if events[event] > 0.0:
                    unknowns[:, k] += formula(values, spaces[x.mechanism], NUMPY)

    def _integrate(self, begin: float, start: np.ndarray, times: np.ndarray) -> dict[float, np.ndarray]:
        """Unknowns at each time of a piece without discontinuities."""
        slope, jacobian = self._slope(begin), self._jacobian(begin)
        found, report = odeint(
            lambda t, y: slope(y.reshape(start.shape)).ravel(),
            start.ravel(),
            times,
            Dfun=lambda t, y: jacobian(y.reshape(start.shape)),
            tfirst=True,
            ml=self.size - 1,
            mu=self.size - 1,
            rtol=self.tolerance,
            atol=ABSOLUTE,
            mxstep=_MOST_STEPS,
            full_output=True,
        )
        assert report["message"] == "Integration successful.", report["message"]
        return {t: row.reshape(start.shape) for t, row in zip(times, found, strict=True)}

    def _slope(self, begin: float) -> Callable[[np.ndarray], np.ndarray]:
        """d unknowns / dt of the piece that begins at a time, ``(lane, unknown)``."""
        cascade = self._cascade(begin, 1)
        flows = [network.given(self.treated.entries, begin, "rate") for network in self.amounts]

        def slope(y: np.ndarray) -> np.ndarray:
            self.evaluations += 1
            moved = np.empty_like(y)
            for network, flow in zip(self.amounts, flows, strict=True):
                moved[:, network.place] = network.slope(y[:, network.place], flow)
            moved[:, : self.states] = cascade(self._read(y), y[:, : self.states].T).T
            return moved

        return slope

    def _cascade(self, begin: float, copies: int) -> Callable[[dict[str, np.ndarray], np.ndarray], np.ndarray]:
        """The cascade's right-hand side for so many copies of everybody, as (concentrations, states) -> slopes."""

        def copied(values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
            return {name: np.tile(x, copies) for name, x in values.items()}

        now = copied({**self.treated.covariates, **self.treated.levels(begin)})
        now |= dict.fromkeys(self._silent(), np.zeros(copies * self.treated.lanes))
        formulas = right_hand_side(self.system, copied(self.treated.parameters), lambda t: now)

        def slopes(concentrations: dict[str, np.ndarray], states: np.ndarray) -> np.ndarray:
            now.update(concentrations)
            return formulas(0.0, states)

        return slopes

    def _jacobian(self, begin: float) -> Callable[[np.ndarray], np.ndarray]:
        """LSODA's banded Jacobian: rates of the kinetics as they are, the cascade's by differences, all in one call.

        It steers the solver's iteration only; no value depends on it.
        """
        lanes, states, inputs = self.treated.lanes, self.states, len(self.signals)
        cascade = self._cascade(begin, 1 + states + inputs)
        whole = np.zeros((lanes, self.size, self.size))
        for network in self.amounts:
            whole[:, network.place, network.place] = network.matrix
        person, row, column = np.indices(whole.shape)
        band = (self.size - 1 + row - column, person * self.size + column)

        def jacobian(y: np.ndarray) -> np.ndarray:
            at = np.array([*y[:, :states].T, *(self._read(y)[x.network.output_names[k]] for x, k in self.signals)])
            nudge = 1e-7 * np.maximum(np.abs(at), 1e-3)
            values = np.repeat(at[:, None], 1 + states + inputs, axis=1)
            for k in range(states + inputs):
                values[k, 1 + k] += nudge[k]
            flat = values.reshape(len(values), -1)
            read = {x.network.output_names[k]: flat[states + i] for i, (x, k) in enumerate(self.signals)}
            slopes = cascade(read, flat[:states]).reshape(states, 1 + states + inputs, lanes)
            moved = (slopes[:, 1:] - slopes[:, :1]) / nudge
            whole[:, :states, :states] = np.moveaxis(moved[:, :states], -1, 0)
            for network in self.amounts:
                whole[:, :states, network.place] = 0.0
            for i, (x, k) in enumerate(self.signals):
                whole[:, :states, x.place] += moved[:, states + i].T[:, :, None] * x.readings[:, k][:, None, :]
            banded = np.zeros((2 * self.size - 1, lanes * self.size))
            banded[band] = whole
            return banded

        return jacobian

    def _read(self, unknowns: np.ndarray) -> dict[str, np.ndarray]:
        """Concentrations, ``(lane,)`` each."""
        read: dict[str, np.ndarray] = {}
        for network in self.amounts:
            read |= network.outputs(unknowns[:, network.place])
        return read

    def _silent(self) -> list[str]:
        """Outputs of the networks that nothing enters."""
        receiving = {x.network.name for x in self.amounts}
        return [name for x in self.kinetics.networks if x.name not in receiving for name in x.output_names]

    def _everything(self, begin: float, unknowns: np.ndarray, before: bool = False) -> dict[str, np.ndarray]:
        """Every named value of the moment, ``(lane,)`` each; levels from ``begin`` on, or before treatment."""
        t = self.treated
        zero = np.zeros(t.lanes)
        known: dict[str, Any] = {**t.covariates, **dict.fromkeys(EVENTS, zero)}
        known |= dict.fromkeys(LEVELS, zero) | dict(t.before) if before else t.levels(begin)
        known |= dict.fromkeys(self._silent(), zero) | self._read(unknowns)
        point = namespace(known)
        known |= {x.name: x.value(point, t.own_kinetics, NUMPY) for x in self.kinetics.signals}
        known |= dict(zip(self.system.state_names, unknowns[:, : self.states].T, strict=True))
        self.system.signals(known, self.system.namespaces(t.parameters), NUMPY)
        return {name: np.broadcast_to(np.asarray(x, dtype=float), (t.lanes,)) for name, x in known.items()}
