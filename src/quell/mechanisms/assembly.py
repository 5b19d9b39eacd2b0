r"""Wires mechanisms into one system: order, reads, initial state, reference right-hand side.

The system is

    x' = drive(values, parameters) - rate(values, parameters) * x

with ``values`` = covariates, levels, events, kinetic signals and every variable above in the order found here. The
engine, the reference solver, the printed wiring and the documentation all read this one object.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.base import Arithmetic, Formula, Mechanism, Signal, State


class WiringError(StudyError):
    """The mechanisms do not fit together; the message names the mechanism and the value."""


class Values:
    """Named values with attribute access, as formulas read them."""

    __slots__ = ("_known",)

    def __init__(self, known: Mapping[str, Any]) -> None:
        self._known = known

    def __getattr__(self, name: str) -> Any:
        try:
            return self._known[name]
        except KeyError:
            raise WiringError(f'"{name}" is read before it is written') from None


class RecordingValues(Values):
    """Values that note every name read and answer to any."""

    __slots__ = ("read",)

    def __init__(self, known: Mapping[str, Any]) -> None:
        super().__init__(known)
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        self.read.add(name)
        return self._known.get(name, 0.5)


NUMPY: Arithmetic = SimpleNamespace(  # type: ignore[assignment]
    exp=np.exp, log=np.log, power=np.power, maximum=np.maximum, minimum=np.minimum
)
"""NumPy's reading of the formulas."""


@dataclass(frozen=True, slots=True)
class Variable:
    """A signal or state in its place: whose it is, what its formulas read.

    ``feeds_back`` marks a state of which a formula reads the state itself or one solved later;
    ``steady_rate`` one whose rate reads nothing that moves within a step.
    """

    mechanism: str
    declaration: Signal | State
    reads: frozenset[str]
    parameters: frozenset[str]
    feeds_back: bool
    steady_rate: bool

    @property
    def name(self) -> str:
        """The variable's name."""
        return self.declaration.name

    @property
    def is_state(self) -> bool:
        """True for a state."""
        return isinstance(self.declaration, State)


@dataclass(frozen=True, slots=True)
class System:
    """The assembled model.

    Attributes
    ----------
    mechanisms
        Upstream first.
    variables
        Every signal and state, in solving order.
    kinetic_signals
        Names supplied by the kinetics.
    parameters
        Ids ("pack.name") that some formula reads.
    """

    mechanisms: tuple[Mechanism, ...]
    variables: tuple[Variable, ...]
    kinetic_signals: tuple[str, ...]
    parameters: tuple[str, ...]

    @property
    def states(self) -> tuple[Variable, ...]:
        """The variables with memory."""
        return tuple(x for x in self.variables if x.is_state)

    @property
    def groups(self) -> tuple[tuple[Variable, ...], ...]:
        """The variables in order, those that feed back on each other together; a group feeding back is solved twice."""
        return tuple(self.variables[a:b] for a, b in _spans(self.variables))

    @property
    def state_names(self) -> tuple[str, ...]:
        """Names of the states, in order."""
        return tuple(x.name for x in self.states)

    def variable(self, name: str) -> Variable:
        """The variable of that name; KeyError if there is none."""
        return next(x for x in self.variables if x.name == name)

    def fastest_time(self, name: str, parameters: Mapping[str, float], outside: Mapping[str, float]) -> float:
        """Shortest time constant, in hours, that a change of an input excites here or downstream.

        Parameters
        ----------
        name
            A kinetic signal, a level or an event.
        parameters, outside
            Typical values; infinite is returned where nothing follows the input.
        """
        spaces, known = self.namespaces(parameters), Values(dict(outside))
        reached, fastest = {name}, float("inf")
        for mechanism in self.mechanisms:
            if touched := reached & set(mechanism.reads):
                times = [
                    mechanism.fastest[x](known, spaces[mechanism.name], NUMPY) for x in touched & set(mechanism.fastest)
                ]
                fastest = min([fastest, *map(float, times)])
                reached |= set(mechanism.writes)
        return fastest

    def namespaces(self, parameters: Mapping[str, Any]) -> dict[str, SimpleNamespace]:
        """Split ``{"pack.name": value}`` into one namespace per mechanism."""
        spaces: dict[str, dict[str, Any]] = {m.name: {} for m in self.mechanisms}
        for identifier, value in parameters.items():
            pack, _, name = identifier.partition(".")
            if pack in spaces:
                spaces[pack][name] = value
        return {name: SimpleNamespace(**space) for name, space in spaces.items()}

    def initial(self, outside: Mapping[str, Any], spaces: Mapping[str, Any], m: Arithmetic) -> dict[str, Any]:
        """State and signal values at the pre-treatment equilibrium.

        Parameters
        ----------
        outside
            Covariates, levels, events and kinetic signals before treatment.
        spaces
            Parameter namespaces, from :meth:`namespaces`.
        """
        known = dict(outside)
        for x in self.variables:
            formula = x.declaration.initial if isinstance(x.declaration, State) else x.declaration.value
            known[x.name] = formula(Values(known), spaces[x.mechanism], m)
        return {x.name: known[x.name] for x in self.variables}

    def signals(self, known: dict[str, Any], spaces: Mapping[str, Any], m: Arithmetic) -> dict[str, Any]:
        """Fill in every signal, given the states and all that comes from outside; returns ``known``."""
        for x in self.variables:
            if isinstance(x.declaration, Signal):
                known[x.name] = x.declaration.value(Values(known), spaces[x.mechanism], m)
        return known

    def derivatives(self, known: Mapping[str, Any], spaces: Mapping[str, Any], m: Arithmetic) -> list[Any]:
        """dx/dt per state, from complete values."""
        values = Values(known)
        return [_slope(x.declaration, known[x.name], values, spaces[x.mechanism], m) for x in self.states]


def _spans(variables: Sequence[Variable]) -> list[tuple[int, int]]:
    place = {x.name: i for i, x in enumerate(variables)}
    spans: list[tuple[int, int]] = []
    for i, x in enumerate(variables):
        end = 1 + max((place[name] for name in x.reads if name in place and x.feeds_back), default=i)
        if spans and i < spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], end))
        else:
            spans.append((i, max(i + 1, end)))
    return spans


def _slope(state: Any, x: Any, values: Values, p: Any, m: Arithmetic) -> Any:
    return state.drive(values, p, m) - state.rate(values, p, m) * x


def right_hand_side(
    system: System,
    parameters: Mapping[str, float],
    outside: Callable[[float], Mapping[str, float]],
) -> Callable[[float, np.ndarray], np.ndarray]:
    """The reference right-hand side f(t, x), derived from the same declarations the engine reads.

    Parameters
    ----------
    parameters
        ``{"pack.name": value}`` of one person.
    outside
        Time in hours -> covariates, levels and kinetic signals at that time (events enter as jumps between solves).
    """
    spaces = system.namespaces(parameters)
    names = system.state_names

    def slope(t: float, x: np.ndarray) -> np.ndarray:
        known = {**_NO_EVENTS, **outside(t), **dict(zip(names, x, strict=True))}
        system.signals(known, spaces, NUMPY)
        return np.array(system.derivatives(known, spaces, NUMPY), dtype=float)

    return slope


_NO_EVENTS = dict.fromkeys(EVENTS, 0.0)


def assemble(mechanisms: Iterable[Mechanism], kinetic_signals: Sequence[str] = ()) -> System:
    """Order the mechanisms, check that every value read is written once, find feedback.

    Raises
    ------
    WiringError
        A value written twice or never, a loop between mechanisms, a formula that reads what its mechanism does not
        declare or what is not yet solved.
    """
    ordered = _upstream_first(tuple(mechanisms), set(kinetic_signals))
    known: dict[str, Any] = dict.fromkeys((*COVARIATES, *LEVELS, *EVENTS, *kinetic_signals), 1.0)
    variables: list[Variable] = []
    for mechanism in ordered:
        variables += _trace(mechanism, known)
    parameters = sorted({f"{x.mechanism}.{name}" for x in variables for name in x.parameters})
    return System(ordered, tuple(variables), tuple(kinetic_signals), tuple(parameters))


def _upstream_first(mechanisms: tuple[Mechanism, ...], kinetic: set[str]) -> tuple[Mechanism, ...]:
    """One order for any given one: those with the longest way to the end of the story first."""
    _check_writers(mechanisms, kinetic)
    written = {*COVARIATES, *LEVELS, *EVENTS, *kinetic}.union(*(m.writes for m in mechanisms))
    for m in mechanisms:
        if missing := sorted(set(m.reads) - written):
            raise WiringError(f"{m.name} reads {_quoted(missing)}, which nobody writes")
    ahead: dict[str, int] = {}
    for m in mechanisms:
        _look_ahead(m, mechanisms, ahead, ())
    return tuple(sorted(mechanisms, key=lambda m: (-ahead[m.name], -len(kinetic & set(m.reads)), m.name)))


def _look_ahead(
    mechanism: Mechanism, mechanisms: Sequence[Mechanism], ahead: dict[str, int], behind: tuple[Mechanism, ...]
) -> int:
    """Number of mechanisms on the longest way downstream; fills in ``ahead``."""
    if mechanism in behind:
        _refuse_loop((*behind[behind.index(mechanism) :], mechanism))
    if mechanism.name not in ahead:
        readers = [m for m in mechanisms if set(m.reads) & set(mechanism.writes)]
        further = [_look_ahead(m, mechanisms, ahead, (*behind, mechanism)) for m in readers]
        ahead[mechanism.name] = 1 + max(further, default=-1)
    return ahead[mechanism.name]


def _refuse_loop(around: Sequence[Mechanism]) -> None:
    steps = [f"{b.name} reads {_quoted(sorted({*a.writes} & {*b.reads}))} of {a.name}" for a, b in pairwise(around)]
    raise WiringError(f"a loop between mechanisms: {', '.join(steps)}")


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _check_writers(mechanisms: tuple[Mechanism, ...], kinetic: set[str]) -> None:
    owner = dict.fromkeys((*COVARIATES, *LEVELS, *EVENTS), "the input") | dict.fromkeys(kinetic, "the kinetics")
    taken: set[str] = set()
    for mechanism in mechanisms:
        if mechanism.name in taken:
            raise WiringError(f"two mechanisms are named {mechanism.name}")
        taken.add(mechanism.name)
        names = [x.name for x in mechanism.variables]
        for name in names:
            if name in owner:
                raise WiringError(f'{mechanism.name} declares "{name}", which {owner[name]} declares already')
            owner[name] = mechanism.name
        if missing := sorted(set(mechanism.writes) - set(names)):
            raise WiringError(f"{mechanism.name} promises {_quoted(missing)} but declares no such variable")


def _trace(mechanism: Mechanism, known: dict[str, Any]) -> list[Variable]:
    """Evaluate each formula once with recording namespaces; adds the mechanism's names to ``known``."""
    own = [x.name for x in mechanism.variables]
    moving = {*known, *own} - {*COVARIATES} - {*LEVELS} - {*EVENTS}
    local = {**{name: known[name] for name in mechanism.reads}, **dict.fromkeys(own, 0.5)}
    traced = []
    for place, declaration in enumerate(mechanism.variables):
        found = _reads(declaration, local)
        _check_reads(mechanism, declaration, found, own[place:])
        feeds_back = isinstance(declaration, State) and not found.during.isdisjoint(own[place:])
        steady_rate = found.rate.isdisjoint(moving)
        names = frozenset(found.during), frozenset(found.parameters)
        traced.append(Variable(mechanism.name, declaration, *names, feeds_back, steady_rate))
    known.update(dict.fromkeys(own, 0.5))
    return traced


def _check_reads(mechanism: Mechanism, declaration: Signal | State, found: "_Reads", later: Sequence[str]) -> None:
    """Nothing undeclared is read, and nothing before it is solved."""
    own = [x.name for x in mechanism.variables]
    signals = {x.name for x in mechanism.signals}
    if alien := sorted((found.during | found.entry | found.jumps) - {*mechanism.reads, *own}):
        raise WiringError(f"{mechanism.name}: {declaration.name} reads {_quoted(alien)}, not among its declared reads")
    at_once = found.during if isinstance(declaration, Signal) else found.entry
    if early := sorted(at_once & set(later)):
        raise WiringError(f"{mechanism.name}: {declaration.name} reads {_quoted(early)} before it is solved")
    if early := sorted(found.jumps & signals):
        raise WiringError(f"{mechanism.name}: the jump of {declaration.name} reads {_quoted(early)}, which is no state")


@dataclass(frozen=True, slots=True)
class _Reads:
    """Names that a declaration's formulas read: values during a step, by its rate, at entry, at events; parameters."""

    during: set[str]
    rate: set[str]
    entry: set[str]
    jumps: set[str]
    parameters: set[str]


def _reads(declaration: Signal | State, local: Mapping[str, Any]) -> _Reads:
    if isinstance(declaration, Signal):
        values, parameters = _formula_reads([declaration.value], local)
        return _Reads(values, set(), set(), set(), parameters)
    rate, p_rate = _formula_reads([declaration.rate], local)
    drive, p_drive = _formula_reads([declaration.drive], local)
    entry, p_entry = _formula_reads([declaration.initial], local)
    jumps, p_jumps = _formula_reads(declaration.jumps.values(), local)
    return _Reads(rate | drive, rate, entry, jumps, p_rate | p_drive | p_entry | p_jumps)


class _AnyParameter:
    """Answers 0.7 to every name and notes it."""

    def __init__(self) -> None:
        self.read: set[str] = set()

    def __getattr__(self, name: str) -> float:
        self.read.add(name)
        return 0.7


def _formula_reads(formulas: Iterable[Formula], local: Mapping[str, Any]) -> tuple[set[str], set[str]]:
    values, parameters = RecordingValues(local), _AnyParameter()
    with np.errstate(all="ignore"):
        for formula in formulas:
            formula(values, parameters, NUMPY)
    return values.read, parameters.read
