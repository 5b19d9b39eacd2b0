r"""What a mechanism's formulas give for random people: the half of the conformance suite that computes.

At random values rates are not negative, everything is finite, jumps and the state at entry keep to the bounds, and a
row of people gives what each gives alone. Along solutions, while what is read jumps at random, every state stays within

    lower <= x(t) <= upper,      dx/dt = drive - rate x.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from quell.conventions.inputs import COVARIATES, EVENTS
from quell.evidence.records import ParameterRecord
from quell.mechanisms.assembly import NUMPY, System, Values, right_hand_side
from quell.mechanisms.base import Formula, Mechanism, Signal, State

RANGES: Mapping[str, tuple[float, float]] = {
    "weight": (40.0, 150.0),
    "height": (140.0, 200.0),
    "age": (18.0, 85.0),
    "cyp2b6_star6": (0.0, 2.0),
    "benzodiazepine_use": (0.0, 40.0),
    "benzodiazepine_dose": (0.0, 40.0),
    "ssri_dose": (0.0, 3.0),
    "snri_dose": (0.0, 3.0),
    "occasion_sensitivity": (0.2, 3.0),
}
"""Values between which inputs are drawn; the others from 0 to 1."""

Rows = Mapping[str, np.ndarray]
"""Name -> value of every person, ``(person,)``."""

Reader = Callable[[Formula, Rows, Rows], np.ndarray]
"""(formula, values, parameters) -> result, ``(person,)``; raises whatever the formula raises."""

_PEOPLE = 24
_TRAJECTORIES = 6
_HOURS = (2.0, 24.0, 240.0)
_SLACK = 1e-7


def formulas(mechanism: Mechanism) -> Iterator[tuple[str, Formula]]:
    """Every formula with a name to call it by."""
    for x in mechanism.variables:
        if isinstance(x, Signal):
            yield x.name, x.value
        else:
            yield from ((f"the rate of {x.name}", x.rate), (f"the drive of {x.name}", x.drive))
            yield f"the initial value of {x.name}", x.initial
            yield from ((f"the jump of {x.name} at {event}", formula) for event, formula in x.jumps.items())
    for name, formula in mechanism.fastest.items():
        yield f"the shortest time constant for {name}", formula


# --------------------------------------------------------------------------------------------------------------- people


@dataclass(frozen=True, slots=True)
class People:
    """Random people: everything a formula may read during treatment, the same at entry, parameters."""

    values: Rows
    entry: Rows
    parameters: Rows


def draw_people(
    system: System,
    records: Iterable[ParameterRecord],
    ranges: Mapping[str, tuple[float, float]],
    random: np.random.Generator,
) -> People:
    """Random people for the one mechanism of a system.

    Parameters
    ----------
    records
        Its parameters; people differ in what is known, between patients, and in the choices of its switches.
    ranges
        Value read -> (low, high), in its unit; 0 to 1 where none is given.
    """
    (mechanism,) = system.mechanisms
    parameters = {x.name: _person(x, random) for x in records}
    _choose(mechanism, parameters)
    outside = {name: random.uniform(*ranges.get(name, (0.0, 1.0)), _PEOPLE) for name in mechanism.reads}
    states = {x.name: random.uniform(*_bounds(x), _PEOPLE) for x in mechanism.states}
    values, entry = [], []
    with np.errstate(all="ignore"):
        for i in range(_PEOPLE):
            spaces = {mechanism.name: SimpleNamespace(**_one(parameters, i))}
            values.append(system.signals(_one({**outside, **states}, i), spaces, NUMPY))
            entry.append(_one(outside, i) | system.initial(_one(outside, i), spaces, NUMPY))
    return People(_rows(values), _rows(entry), parameters)


def _person(record: ParameterRecord, random: np.random.Generator) -> np.ndarray:
    typical = record.knowledge(random.uniform(0.01, 0.99, _PEOPLE))
    return record.person(typical, random.normal(size=_PEOPLE))


def _choose(mechanism: Mechanism, parameters: dict[str, np.ndarray]) -> None:
    """People take the choices of every switch in turn, and the turns of two switches differ."""
    turn = np.arange(_PEOPLE)
    for switch in mechanism.switches:
        for k, values in enumerate(switch.choices.values()):
            for name, value in values.items():
                parameters[name] = np.where(turn % len(switch.choices) == k, value, parameters[name])
        turn = turn // len(switch.choices)


def _bounds(x: State) -> tuple[float, float]:
    """Finite bounds to draw a state between."""
    low = x.lower if np.isfinite(x.lower) else -2.0
    return low, x.upper if np.isfinite(x.upper) else max(low, 0.0) + 2.0


def _one(rows: Rows, person: int) -> dict[str, np.float64]:
    return {name: x[person] for name, x in rows.items()}


def _rows(people: list[dict[str, np.float64]]) -> Rows:
    return {name: np.array([one[name] for one in people], dtype=float) for name in people[0]}


# -------------------------------------------------------------------------------------------------------------- readers


def read_by_numpy(formula: Formula, values: Rows, parameters: Rows) -> np.ndarray:
    """NumPy's reading of a formula, all people at once."""
    with np.errstate(all="ignore"):
        result = formula(Values(values), SimpleNamespace(**parameters), NUMPY)
    return np.broadcast_to(np.asarray(result, dtype=float), (_PEOPLE,))


def _read_one_by_one(formula: Formula, values: Rows, parameters: Rows) -> np.ndarray:
    """Everybody's result alone: differs where a formula treats a row of people as one."""
    with np.errstate(all="ignore"):
        alone = [
            formula(Values(_one(values, i)), SimpleNamespace(**_one(parameters, i)), NUMPY) for i in range(_PEOPLE)
        ]
    return np.array(alone, dtype=float)


def check_readers(mechanism: Mechanism, people: People, readers: Mapping[str, Reader]) -> Iterator[str]:
    """Formulas that a reader cannot read, or reads otherwise than people one by one."""
    for what, formula in formulas(mechanism):
        wanted = _read_one_by_one(formula, people.values, people.parameters)
        for name, reader in {"NumPy": read_by_numpy, **readers}.items():
            try:
                found = reader(formula, people.values, people.parameters)
            except Exception as error:  # noqa: BLE001  a formula may fail in any way: that is what is told
                yield f"{what} cannot be read by {name}: {f'{type(error).__name__}: {error}'.splitlines()[0]}"
                break
            if not np.allclose(found, wanted, rtol=1e-9, atol=1e-12, equal_nan=True):
                yield f"{what} differs when read by {name}"


# --------------------------------------------------------------------------------------------------- signs, bounds, NaN


def check_values(mechanism: Mechanism, people: People) -> Iterator[str]:
    """Formulas that leave the numbers they may give."""
    for what, formula in formulas(mechanism):
        if not np.isfinite(read_by_numpy(formula, people.values, people.parameters)).all():
            yield f"{what} is not always finite"
    for x in mechanism.states:
        yield from _check_state(x, people)
    for name, formula in mechanism.fastest.items():
        if (read_by_numpy(formula, people.values, people.parameters) <= 0.0).any():
            yield f"the shortest time constant for {name} is not always positive"


def _check_state(x: State, people: People) -> Iterator[str]:
    rate = read_by_numpy(x.rate, people.values, people.parameters)
    if (rate < 0.0).any():
        yield f"the rate of {x.name} becomes negative ({rate.min():.4g})"
    yield from _check_bounds(x, people.entry[x.name], "starts at", _SLACK)
    for event, formula in x.jumps.items():
        added = read_by_numpy(formula, {**people.values, event: np.ones(_PEOPLE)}, people.parameters)
        yield from _check_bounds(x, people.values[x.name] + added, f"jumps at {event} to", _SLACK)


def _check_bounds(x: State, values: np.ndarray, does: str, slack: float) -> Iterator[str]:
    beyond = np.maximum(x.lower - values, values - x.upper)
    if (beyond > slack).any():
        yield f"{x.name} {does} {values[np.argmax(beyond)]:.4g}, outside its bounds"


# ------------------------------------------------------------------------------------------------------------ solutions


def check_solutions(system: System, people: People) -> Iterator[str]:
    """States that leave their bounds while what they read jumps at random."""
    states = [x.declaration for x in system.states if isinstance(x.declaration, State)]
    courses = [_course(system, people, i) for i in range(_TRAJECTORIES)] if states else []
    for place, x in enumerate(states):
        reached = np.concatenate([course[place] for course in courses])
        yield from _check_bounds(x, reached, "reaches", 1e-6 * max(1.0, float(np.abs(reached).max())))


def _course(system: System, people: People, person: int) -> np.ndarray:
    """One person's states, in each stretch of time with what somebody else reads, ``(state, time)``."""
    from scipy.integrate import solve_ivp

    (mechanism,) = system.mechanisms
    parameters = {f"{mechanism.name}.{name}": float(x[person]) for name, x in people.parameters.items()}
    now = [float(people.entry[name][person]) for name in system.state_names]
    pieces = []
    for turn, hours in enumerate(_HOURS, 1):
        outside = {name: float(people.values[name][_whose(name, person, turn)]) for name in mechanism.reads}
        slope = right_hand_side(system, parameters, _constant({**outside, **dict.fromkeys(EVENTS, 0.0)}))
        solved = solve_ivp(slope, (0.0, hours), now, "LSODA", rtol=1e-8, atol=1e-10)
        pieces.append(solved.y)
        now = list(solved.y[:, -1])
    return np.concatenate(pieces, axis=1)


def _whose(name: str, person: int, turn: int) -> int:
    """Covariates stay with the person; the rest changes hands."""
    return person if name in COVARIATES else (person + turn) % _PEOPLE


def _constant(values: Mapping[str, float]) -> Callable[[float], Mapping[str, float]]:
    return lambda t: values
