"""Small systems with known answers, and how to run them through the cascade."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from scipy.integrate import solve_ivp

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.assembly import System, assemble, right_hand_side
from quell.mechanisms.base import Mechanism, Signal, State
from quell.simulation.cascade import Program, StepTable, compile_cascade

CAPACITY = 512
"""Rows of every table: runs of different lengths share one program."""

EXPONENTIAL = Mechanism(
    name="exponential",
    title="One state that follows an input",
    reads=("dose_rate",),
    writes=("amount",),
    variables=(State("amount", "1", "amount", lambda v, p, m: p.rate, lambda v, p, m: v.dose_rate, lower=-1e9),),
)

UPTAKE = Mechanism(
    name="uptake",
    title="One state that is never negative",
    reads=("concentration",),
    writes=("taken_up",),
    variables=(State("taken_up", "1", "taken up", lambda v, p, m: 0.5, lambda v, p, m: p.gain * v.concentration),),
)

BINDING = Mechanism(
    name="binding",
    title="A receptor, a potentiation it drives with saturation, and what builds up",
    reads=("concentration", "supervised_dose"),
    writes=("bound", "potentiation", "signal", "total"),
    variables=(
        State(
            "bound",
            "1",
            "receptors bound",
            rate=lambda v, p, m: p.on * v.concentration + p.off,
            drive=lambda v, p, m: p.on * v.concentration,
            upper=1.0,
        ),
        State(
            "potentiation",
            "1",
            "potentiation",
            rate=lambda v, p, m: p.gain * v.bound + p.loss,
            drive=lambda v, p, m: p.gain * v.bound * (1.0 - v.reserve),
            jumps={"supervised_dose": lambda v, p, m: 0.1 * v.supervised_dose * (1.0 - v.potentiation)},
            upper=1.0,
        ),
        State(
            "reserve", "1", "reserve", rate=lambda v, p, m: p.loss, drive=lambda v, p, m: 0.3 * p.loss * v.potentiation
        ),
        Signal("signal", "1", "signal", value=lambda v, p, m: m.power(m.maximum(v.potentiation, 0.0), p.slope)),
        State("total", "1", "total", rate=lambda v, p, m: 0.0, drive=lambda v, p, m: v.signal),
    ),
)

BINDING_VALUES = {"on": 20.0, "off": 0.2, "gain": 0.3, "loss": 0.02, "slope": 1.3}


def alone(mechanism: Mechanism) -> System:
    """One mechanism whose other inputs are kinetic signals."""
    known = (*COVARIATES, *LEVELS, *EVENTS)
    return assemble([mechanism], [name for name in mechanism.reads if name not in known])


_PROGRAMS: dict[str, Program] = {}


def program(mechanism: Mechanism) -> Program:
    """The compiled cascade of one mechanism, every variable recorded; one for all tests."""
    if mechanism.name not in _PROGRAMS:
        recorded = tuple(x.name for x in mechanism.variables)
        _PROGRAMS[mechanism.name] = compile_cascade(alone(mechanism), recorded)
    return _PROGRAMS[mechanism.name]


def run(
    mechanism: Mechanism,
    parameters: Mapping[str, np.ndarray | float],
    nodes: np.ndarray,
    signals: Sequence[Callable[[np.ndarray], np.ndarray]] = (),
    start: Sequence[float] | None = None,
    events: Mapping[str, np.ndarray] | None = None,
    lanes: int = 1,
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Solve over the nodes.

    Parameters
    ----------
    nodes
        Ends of steps, h, ``(step + 1,)``.
    signals
        Kinetic signals as functions of time, in the order of the system.
    events
        Event -> amount at the start of every step, ``(step,)``.

    Returns
    -------
    dict
        Variable -> values at the middle and at the end of every step, ``(step, lane)`` each.
    """
    compiled = program(mechanism)
    steps = nodes.size - 1
    values = parameter_rows(mechanism, parameters, lanes)
    states = [np.full(lanes, x) for x in (start or [0.0] * len(mechanism.states))]
    covariates = np.zeros((len(COVARIATES), lanes))
    ends, middles, _ = compiled.run(values, covariates, table(nodes, signals, events or {}, lanes), steps, states)
    return {
        name: (np.asarray(middles[i])[:steps], np.asarray(ends[i])[:steps]) for i, name in enumerate(compiled.recorded)
    }


def parameter_rows(mechanism: Mechanism, parameters: Mapping[str, np.ndarray | float], lanes: int) -> np.ndarray:
    """Parameters in the order of the program, ``(parameter, lane)``."""
    names = [identifier.partition(".")[2] for identifier in program(mechanism).parameters]
    rows = [np.broadcast_to(parameters[name], lanes) for name in names]
    return np.array(rows, dtype=float).reshape(len(names), lanes)


def table(
    nodes: np.ndarray,
    signals: Sequence[Callable[[np.ndarray], np.ndarray]],
    events: Mapping[str, np.ndarray],
    lanes: int,
    capacity: int = CAPACITY,
    padding: float = 0.0,
) -> StepTable:
    """A step table padded to ``capacity`` rows with ``padding``."""
    begin, length = nodes[:-1], np.diff(nodes)

    def row(t: np.ndarray) -> np.ndarray:
        values = np.array([np.broadcast_to(f(t), t.shape) for f in signals]).reshape(len(signals), t.size)
        return np.repeat(values.T[:, :, None], lanes, axis=2)

    at_start = np.zeros((begin.size, len(EVENTS), lanes))
    for name, amounts in events.items():
        at_start[:, tuple(EVENTS).index(name)] = amounts[:, None]
    parts = (
        np.repeat(length[:, None], lanes, axis=1),
        np.zeros((begin.size, len(LEVELS), lanes)),
        at_start,
        *(row(begin + share * length) for share in (0.0, 0.25, 0.5, 0.75, 1.0)),
    )
    return StepTable(*(_padded(part, capacity, padding) for part in parts))


def _padded(part: np.ndarray, capacity: int, padding: float) -> np.ndarray:
    return np.concatenate([part, np.full((capacity - part.shape[0], *part.shape[1:]), padding)])


def reference(
    mechanism: Mechanism,
    parameters: Mapping[str, float],
    times: np.ndarray,
    signals: Sequence[Callable[[float], float]],
    start: Sequence[float] | None = None,
) -> dict[str, np.ndarray]:
    """The same system by LSODA with tight tolerances, from ``times[0]``; ``(time,)`` per state."""
    system = alone(mechanism)
    names = {f"{mechanism.name}.{name}": value for name, value in parameters.items()}

    def outside(t: float) -> dict[str, float]:
        return {name: float(f(t)) for name, f in zip(system.kinetic_signals, signals, strict=True)}

    slope = right_hand_side(system, names, outside)
    begin = list(start or [0.0] * len(system.states))
    solved = solve_ivp(slope, (times[0], times[-1]), begin, "LSODA", times, rtol=1e-11, atol=1e-13)
    return dict(zip(system.state_names, solved.y, strict=True))
