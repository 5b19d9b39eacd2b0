r"""What a mechanism is: named signals, states and events, declared once.

A state follows

    dx/dt = drive(values, parameters) - rate(values, parameters) * x,      rate >= 0

and a signal is an algebraic function of values. Formulas use arithmetic operators and the passed
``m.exp``, ``m.log``, ``m.power``, ``m.maximum``, ``m.minimum`` only and never branch on a value, so the same
text is read by JAX (the engine), NumPy (checks) and SciPy (the reference solver). Mechanisms never import each
other: they meet as named values, wired in :mod:`quell.mechanisms.assembly`.

Units: hours for time; every value carries its unit in its declaration.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Protocol


class Arithmetic(Protocol):
    """The functions a formula may call, supplied by whoever evaluates it."""

    def exp(self, x: Any) -> Any:
        """e ** x."""
        ...

    def log(self, x: Any) -> Any:
        """Natural logarithm."""
        ...

    def power(self, x: Any, y: Any) -> Any:
        """x ** y for x >= 0."""
        ...

    def maximum(self, x: Any, y: Any) -> Any:
        """The larger of two values."""
        ...

    def minimum(self, x: Any, y: Any) -> Any:
        """The smaller of two values."""
        ...


Formula = Callable[[Any, Any, Arithmetic], Any]
"""(values, parameters, arithmetic) -> value. ``values.name`` reads a signal, state, input or covariate;
``parameters.name`` reads a parameter of the mechanism's own pack."""


@dataclass(frozen=True, slots=True)
class Signal:
    """An algebraic value other mechanisms may read.

    Parameters
    ----------
    name, unit, title
        Identifier, canonical unit (as in ``conventions.units``) and what a reader calls it.
    value
        The formula.
    latent
        True where nobody has measured the quantity in people.
    """

    name: str
    unit: str
    title: str
    value: Formula
    latent: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A value with memory: dx/dt = drive - rate * x.

    Parameters
    ----------
    initial
        The pre-treatment equilibrium, in the state's unit.
    rate
        Rate of loss, 1/h; zero is allowed (a cumulative quantity).
    drive
        Gain, unit/h.
    jumps
        Event input -> formula for the value to add at the event; the event's amount is read as ``values.<event>``
        and the state's own value before the event by its name.
    lower, upper
        Bounds the solution respects by construction.
    """

    name: str
    unit: str
    title: str
    rate: Formula
    drive: Formula
    initial: Formula = lambda v, p, m: 0.0
    jumps: Mapping[str, Formula] = field(default_factory=dict)
    lower: float = 0.0
    upper: float = inf
    latent: bool = True


@dataclass(frozen=True, slots=True)
class Switch:
    """A contested hypothesis as a named choice; each choice sets parameters of the mechanism's pack.

    The empty mapping leaves the pack's values, uncertainty included.
    """

    name: str
    title: str
    choices: Mapping[str, Mapping[str, float]]
    default: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Mechanism:
    """One step of the story, from inputs to outputs.

    Parameters
    ----------
    reads
        Names of values written by others: signals, inputs, events, covariates.
    writes
        Names of own variables others may read.
    variables
        Signals and states in reading order: each may use the ones before it. A state may also read itself and later
        states of the same mechanism; the engine then sweeps twice.
    fastest
        Input -> shortest time constant in hours that a change of this input excites, from the mechanism's typical
        parameters; it sets the solver's first step after such a change.
    switches
        The contested choices of this mechanism.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    variables: tuple[Signal | State, ...]
    fastest: Mapping[str, Formula] = field(default_factory=dict)
    switches: tuple[Switch, ...] = ()

    @property
    def states(self) -> tuple[State, ...]:
        """The variables with memory, in order."""
        return tuple(x for x in self.variables if isinstance(x, State))

    @property
    def signals(self) -> tuple[Signal, ...]:
        """The algebraic variables, in order."""
        return tuple(x for x in self.variables if isinstance(x, Signal))
