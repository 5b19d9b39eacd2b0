"""What the tests of mechanisms share: typical parameters, crude plasma curves, a solver that reads a declaration."""

from collections.abc import Callable, Iterable, Mapping
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.evidence.library import load_library
from quell.mechanisms.assembly import NUMPY, System, Values, assemble, right_hand_side
from quell.mechanisms.base import Mechanism

OUTSIDE = (*COVARIATES, *LEVELS, *EVENTS)
BEFORE = {**dict.fromkeys(OUTSIDE, 0.0), "weight": 70.0, "height": 170.0, "age": 45.0, "occasion_sensitivity": 1.0}
KETAMINE = tuple(f"{form}_{drug}" for drug in ("ketamine", "norketamine", "hydroxynorketamine") for form in "sr")
PLASMA = (*KETAMINE, "midazolam")
WEEK = 168.0


def typical_parameters(*mechanisms: Mechanism, **changes: float) -> dict[str, float]:
    """Values of the packs; a change is named ``pack__parameter``."""
    library = load_library()
    values = {record.id: record.value for mechanism in mechanisms for record in library.parameters(mechanism.name)}
    return values | {name.replace("__", "."): value for name, value in changes.items()}


def choose(mechanism: Mechanism, switch: str, choice: str) -> dict[str, float]:
    """The changes of parameters that a choice makes, named ``pack__parameter``."""
    found = next(s for s in mechanism.switches if s.name == switch)
    return {f"{mechanism.name}__{name}": value for name, value in found.choices[choice].items()}


def wire(*mechanisms: Mechanism) -> System:
    """The mechanisms, whatever none of them writes coming from outside."""
    written = {name for mechanism in mechanisms for name in mechanism.writes}
    read = {name for mechanism in mechanisms for name in mechanism.reads}
    return assemble(mechanisms, sorted(read - written - set(OUTSIDE)))


def infuse(amplitudes: tuple[float, float], rates: tuple[float, float], hours: float) -> Callable[[float], float]:
    """Response of two exponentials to a constant input of ``hours``."""

    def concentration(t: float) -> float:
        on, off = min(max(t, 0.0), hours), max(t - hours, 0.0)
        parts = (a / k * (1 - np.exp(-k * on)) * np.exp(-k * off) for a, k in zip(amplitudes, rates, strict=True))
        return float(sum(parts))

    return concentration


def ketamine_plasma(mg_per_kg: float, hours: float = 2 / 3) -> Callable[[float], dict[str, float]]:
    """Arterial plasma of the racemate, uM: 0.63 and 0.65 uM at the end of 0.5 mg/kg over 40 min, then two phases."""
    size = mg_per_kg / 0.5 * (2 / 3) / hours
    s = infuse((4.0 * size, 0.25 * size), (8.0, 0.28), hours)
    r = infuse((4.1 * size, 0.27 * size), (8.0, 0.27), hours)
    dose = mg_per_kg / 0.5

    def plasma(t: float) -> dict[str, float]:
        norketamine = dose * 0.22 * (1 - np.exp(-1.5 * t)) * np.exp(-0.13 * t)
        hydroxynorketamine = dose * 0.085 * (1 - np.exp(-1.5 * t)) * np.exp(-0.05 * t)
        metabolites = {"s_norketamine": norketamine, "r_norketamine": norketamine}
        last = {"s_hydroxynorketamine": 0.76 * hydroxynorketamine, "r_hydroxynorketamine": 1.3 * hydroxynorketamine}
        return {"s_ketamine": s(t), "r_ketamine": r(t), **metabolites, **last}

    return plasma


def midazolam_plasma(hours: float = 2 / 3) -> Callable[[float], dict[str, float]]:
    """Arterial plasma of 0.045 mg/kg, ng/mL: about 70 at the end of the infusion, half gone an hour later."""
    level = infuse((160.0, 57.0), (4.0, 0.33), hours)
    return lambda t: {"midazolam": level(t)}


class Course:
    """Values over time: ``course.at("bdnf", 24.0)``, ``course.peak("cadss")``."""

    def __init__(self, times: Iterable[float], values: Mapping[str, Iterable[float]]) -> None:
        self.times = np.array(list(times))
        self.values = {name: np.array(list(column)) for name, column in values.items()}

    def at(self, name: str, time: float) -> float:
        """A value at a time, h."""
        return float(np.interp(time, self.times, self.values[name]))

    def peak(self, name: str) -> float:
        """Largest value."""
        return float(self.values[name].max())

    def mean(self, name: str, begin: float, end: float) -> float:
        """Mean over a window."""
        inside = (self.times >= begin) & (self.times <= end)
        return float(np.trapezoid(self.values[name][inside], self.times[inside]) / np.ptp(self.times[inside]))


class Driver:
    """Solves wired mechanisms from their declarations, with SciPy."""

    def __init__(self, *mechanisms: Mechanism, changes: Mapping[str, float] | None = None) -> None:
        self.system = wire(*mechanisms)
        self.parameters = typical_parameters(*mechanisms, **(changes or {}))
        self.spaces = self.system.namespaces(self.parameters)

    def before(self, person: Mapping[str, float] | None = None, **inputs: float) -> dict[str, float]:
        """All values before treatment."""
        outside = {**BEFORE, **dict.fromkeys(self.system.kinetic_signals, 0.0), **(person or {}), **inputs}
        outside.setdefault("benzodiazepine_dose", 0.0)
        if "benzodiazepine_dose" not in inputs:
            outside["benzodiazepine_dose"] = outside["benzodiazepine_use"]
        return outside | self.system.initial(outside, self.spaces, NUMPY)

    def slopes(self, known: Mapping[str, float]) -> dict[str, float]:
        """dx/dt of every state at complete values."""
        found = self.system.derivatives(known, self.spaces, NUMPY)
        return dict(zip(self.system.state_names, map(float, found), strict=True))

    def run(
        self,
        hours: float,
        inputs: Callable[[float], Mapping[str, float]] = lambda t: {},
        events: Iterable[tuple[float, str]] = (),
        person: Mapping[str, float] | None = None,
        breaks: Iterable[float] = (),
    ) -> Course:
        """Integrate; ``inputs`` gives levels and outside signals at a time, ``breaks`` are its jumps."""
        known = self.before(person)
        outside = {name: known[name] for name in (*OUTSIDE, *self.system.kinetic_signals)}
        state = np.array([float(known[name]) for name in self.system.state_names])
        slope = right_hand_side(self.system, self.parameters, lambda t: {**outside, **inputs(t)})
        events = list(events)
        cuts = sorted({0.0, hours, *(t for t, _ in events), *breaks})
        times, states = [], []
        for begin, end in pairwise(cuts):
            for t, event in events:
                if t == begin:
                    state = self._jump(state, event, {**outside, **inputs(begin)})
            span = (begin + 1e-9, end - 1e-9)
            marks = np.unique(np.concatenate([np.geomspace(1e-3, end - begin, 150), np.linspace(0, end - begin, 60)]))
            ask = np.clip(begin + marks, *span)
            largest = min(0.25 * (end - begin), 12.0)
            found = solve_ivp(slope, span, state, "LSODA", np.unique(ask), rtol=1e-6, atol=1e-9, max_step=largest)
            times += list(found.t)
            states += list(found.y.T)
            state = found.y[:, -1]
        return self._course(times, states, lambda t: {**outside, **inputs(t)})

    def _jump(self, state: np.ndarray, event: str, outside: Mapping[str, float]) -> np.ndarray:
        known = {**outside, **dict(zip(self.system.state_names, state, strict=True)), event: 1.0}
        self.system.signals(known, self.spaces, NUMPY)
        added = [x.declaration.jumps.get(event) for x in self.system.states]
        gains = [
            f(Values(known), self.spaces[x.mechanism], NUMPY) if f else 0.0
            for f, x in zip(added, self.system.states, strict=True)
        ]
        return state + np.array(gains)

    def _course(
        self, times: list[float], states: list[np.ndarray], outside: Callable[[float], dict[str, float]]
    ) -> Course:
        from_outside = [outside(t) for t in times]
        known = {name: np.array([row[name] for row in from_outside], dtype=float) for name in from_outside[0]}
        known |= dict(zip(self.system.state_names, np.array(states).T, strict=True))
        found = self.system.signals(known, self.spaces, NUMPY)
        return Course(times, {x.name: np.broadcast_to(found[x.name], len(times)) for x in self.system.variables})


@pytest.fixture(scope="session")
def lab() -> SimpleNamespace:
    """The tools of this folder's tests."""
    return SimpleNamespace(
        Driver=Driver,
        PLASMA=PLASMA,
        WEEK=WEEK,
        BEFORE=BEFORE,
        OUTSIDE=OUTSIDE,
        choose=choose,
        infuse=infuse,
        ketamine=ketamine_plasma,
        midazolam=midazolam_plasma,
        typical=typical_parameters,
        wire=wire,
    )
