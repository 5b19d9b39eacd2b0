r"""The cascade, one step at a time: every state by the exact response to a quadratic drive.

Over a step of length h a state follows x' = d(t) - r(t) x. With the rate frozen at its mid-step value r and the drive
taken as the quadratic through its start, middle and end values,

    x(h) = e^{-z} x(0) + h [J0 d0 + J1 (-3 d0 + 4 dm - d1) + J2 (2 d0 - 4 dm + 2 d1)],      z = r h,

with J_j(z) = \int_0^1 e^{-z(1-s)} s^j ds, and the same on the half step; what a moving rate adds, (r - r(t)) x, joins
the drive in a second pass. Variables are solved upstream first, so that a drive's middle and end are known when it is
needed; states of a mechanism that feed back are swept twice. The order is 3 and the damping exact, so the step is set
by how fast the drive bends, not by the fastest rate.

Arrays have lanes (people) last. The number of steps is a run-time value: one program serves every protocol.
"""

from collections.abc import Callable, Mapping, Sequence
from math import inf
from types import SimpleNamespace
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

import quell.simulation.precision  # noqa: F401  (float64 before the first array)
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.assembly import System, Values, Variable
from quell.mechanisms.base import Signal, State

_SERIES_BELOW = 0.02
_SERIES_TERMS = 4
_TINY = 1e-30


def _power(x: Any, y: Any) -> Any:
    """x ** y for x >= 0, by exp and log (vectorised, with a finite gradient at 0)."""
    return jnp.exp(y * _log(jnp.maximum(x, _TINY)))


@jax.custom_jvp
def _log(x: Any) -> Any:
    """Natural logarithm of x >= 1e-30: a float32 start and one Halley step, cubic, so exact to rounding.

    Twice as fast as the double logarithm where exponentials are vectorised and logarithms are not.
    """
    y = jnp.log(x.astype(jnp.float32)).astype(x.dtype)
    e = jnp.exp(y)
    return y + 2.0 * (x - e) / (x + e)


@_log.defjvp
def _log_derivative(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    return _log(primals[0]), tangents[0] / primals[0]


ARITHMETIC: Any = SimpleNamespace(exp=jnp.exp, log=jnp.log, power=_power, maximum=jnp.maximum, minimum=jnp.minimum)
"""JAX's reading of the formulas."""


class StepTable(NamedTuple):
    """What reaches the cascade from outside, per step and lane; steps beyond ``count`` are never read.

    Attributes
    ----------
    length
        Step length, h, ``(step, lane)``.
    levels
        Treatment levels during the step, ``(step, level, lane)``, in the order of ``conventions.inputs.LEVELS``.
    events
        Amounts of events at the step's start, ``(step, event, lane)``, in the order of ``conventions.inputs.EVENTS``.
    start, middle, end
        Kinetic signals, ``(step, signal, lane)``, in the order of ``System.kinetic_signals``.
    """

    length: Any
    levels: Any
    events: Any
    start: Any
    middle: Any
    end: Any


class Weights(NamedTuple):
    """e^{-z} and the moments J0, J1, J2 of a step and of its first half."""

    decay: Any
    j0: Any
    j1: Any
    j2: Any
    half_decay: Any
    half_j0: Any
    half_j1: Any
    half_j2: Any


def weights(z: Any) -> Weights:
    """The weights of a step with z = rate * length >= 0; relative error below 1e-11, worst near z = 0.04."""
    y = 0.5 * z
    e = jnp.exp(-y)
    safe = jnp.maximum(y, _SERIES_BELOW)
    per = 1.0 / safe
    large0 = -jnp.expm1(-safe) * per
    large1 = (1.0 - large0) * per
    large2 = (1.0 - 2.0 * large1) * per
    small2 = _series(y)
    small1 = 0.5 * (1.0 - y * small2)
    small0 = 1.0 - y * small1
    small = y < _SERIES_BELOW
    j0, j1, j2 = (jnp.where(small, a, b) for a, b in ((small0, large0), (small1, large1), (small2, large2)))
    return Weights(
        decay=e * e,
        j0=0.5 * (e + 1.0) * j0,
        j1=0.25 * (e * j1 + j0 + j1),
        j2=0.125 * (e * j2 + j0 + 2.0 * j1 + j2),
        half_decay=e,
        half_j0=j0,
        half_j1=j1,
        half_j2=j2,
    )


def _series(y: Any) -> Any:
    """2 * sum (-y)^k / (k + 3)!, the second moment near y = 0."""
    total = jnp.ones_like(y)
    for k in range(_SERIES_TERMS, 0, -1):
        total = 1.0 - total * y * (1.0 / (k + 3))
    return total / 3.0


def _respond(w: Weights, h: Any, x0: Any, d0: Any, dm: Any, d1: Any) -> tuple[Any, Any]:
    """State at the middle and the end of the step."""
    slope = 4.0 * dm - 3.0 * d0 - d1
    bend = 2.0 * (d0 + d1) - 4.0 * dm
    end = w.decay * x0 + h * (w.j0 * d0 + w.j1 * slope + w.j2 * bend)
    middle = w.half_decay * x0 + 0.5 * h * (w.half_j0 * d0 + 0.5 * w.half_j1 * slope + 0.25 * w.half_j2 * bend)
    return middle, end


_Weights = Mapping[str, Weights]
"""State name -> weights of this step."""


class _Points(NamedTuple):
    """Known values at the start, middle and end of a step."""

    start: dict[str, Any]
    middle: dict[str, Any]
    end: dict[str, Any]


def _solve_group(
    group: Sequence[Variable], points: _Points, spaces: Mapping[str, Any], h: Any, ready: _Weights
) -> None:
    """Fill in a group's variables at the three points (its states at the start are known)."""
    if any(x.feeds_back for x in group):
        _guess(group, points, spaces)
        _sweep(group, points, spaces, h, ready, guessed=False)
        _sweep(group, points, spaces, h, ready, guessed=True)
    else:
        _sweep(group, points, spaces, h, ready, guessed=False)


def _sweep(
    group: Sequence[Variable], points: _Points, spaces: Mapping[str, Any], h: Any, ready: _Weights, guessed: bool
) -> None:
    for x in group:
        if isinstance(x.declaration, State):
            solved = _solve_state(x, x.declaration, points, spaces[x.mechanism], h, ready, guessed)
            points.middle[x.name], points.end[x.name] = (_within(x.declaration, y) for y in solved)
        else:
            _evaluate(x, points, spaces)


def _evaluate(x: Variable, points: Sequence[dict[str, Any]], spaces: Mapping[str, Any]) -> None:
    assert isinstance(x.declaration, Signal)
    for known in points:
        known[x.name] = x.declaration.value(Values(known), spaces[x.mechanism], ARITHMETIC)


def _guess(group: Sequence[Variable], points: _Points, spaces: Mapping[str, Any]) -> None:
    """Before the first sweep: the middle and the end are as the start."""
    for x in group:
        if not x.is_state:
            _evaluate(x, (points.start,), spaces)
    for known in (points.middle, points.end):
        known.update({x.name: points.start[x.name] for x in group})


def _solve_state(
    x: Variable, state: State, points: _Points, p: Any, h: Any, ready: _Weights, guessed: bool
) -> tuple[Any, Any]:
    x0 = points.start[x.name]
    d0, dm, d1 = (state.drive(Values(known), p, ARITHMETIC) for known in points)
    if x.steady_rate:
        return _respond(ready[x.name], h, x0, d0, dm, d1)
    r0, rate, r1 = (state.rate(Values(known), p, ARITHMETIC) for known in points)
    w = weights(rate * h)
    end = points.end[x.name] if guessed else _respond(w, h, x0, d0, dm, d1)[1]
    return _respond(w, h, x0, d0 + (rate - r0) * x0, dm, d1 + (rate - r1) * end)


def _within(state: State, x: Any) -> Any:
    """The state's bounds, which a sharply bent drive overshoots by its error; on a bound the gradient stays whole."""
    if state.lower > -inf:
        x = jnp.where(x < state.lower, state.lower, x)
    return jnp.where(x > state.upper, state.upper, x) if state.upper < inf else x


def _steady_weights(system: System, known: Mapping[str, Any], spaces: Mapping[str, Any], h: Any) -> _Weights:
    """Weights of every state whose rate does not move within a step."""
    values = Values(known)
    steady = ((x, x.declaration) for x in system.states if x.steady_rate)
    return {
        x.name: weights(d.rate(values, spaces[x.mechanism], ARITHMETIC) * h) for x, d in steady if isinstance(d, State)
    }


def _jump(system: System, known: dict[str, Any], events: Mapping[str, Any], spaces: Mapping[str, Any]) -> None:
    """Add what events add to the states, in place."""
    before = Values({**known, **events})
    for x in system.states:
        assert isinstance(x.declaration, State)
        for event, formula in x.declaration.jumps.items():
            added = formula(before, spaces[x.mechanism], ARITHMETIC)
            known[x.name] = known[x.name] + jnp.where(events[event] > 0.0, added, 0.0)


def _rows(names: Sequence[str], table: Any) -> dict[str, Any]:
    return {name: table[i] for i, name in enumerate(names)}


def step(
    system: System, spaces: Mapping[str, Any], steady: Mapping[str, Any], states: Sequence[Any], row: StepTable
) -> _Points:
    """Advance every state over one step.

    Parameters
    ----------
    spaces
        Parameter namespaces; each value ``(lane,)``.
    steady
        Covariates by name, ``(lane,)``.
    states
        State values at the start, before this step's events.
    row
        The step's row of the table.
    """
    h = row.length
    shared = {**steady, **_rows(tuple(LEVELS), row.levels), **dict.fromkeys(EVENTS, jnp.zeros_like(h))}
    names = system.kinetic_signals
    points = _Points(*({**shared, **_rows(names, table)} for table in (row.start, row.middle, row.end)))
    points.start.update(zip(system.state_names, states, strict=True))
    _jump(system, points.start, _rows(tuple(EVENTS), row.events), spaces)
    ready = _steady_weights(system, points.start, spaces, h)
    for group in system.groups:
        _solve_group(group, points, spaces, h, ready)
    return points


class Program(NamedTuple):
    """The compiled cascade and the names of what goes in and comes out.

    ``run(parameters, covariates, table, count, states)`` -> (end, middle, states): ``end`` and ``middle`` hold one
    array ``(step, lane)`` per recorded name; rows from ``count`` on are zero. ``differentiable`` is the same with a
    fixed number of steps, for gradients in either mode.
    """

    system: System
    parameters: tuple[str, ...]
    recorded: tuple[str, ...]
    run: Callable[..., Any]
    differentiable: Callable[..., Any]


def compile_cascade(system: System, recorded: Sequence[str]) -> Program:
    """Build the two programs; nothing is compiled before the first call.

    Parameters
    ----------
    recorded
        Signals and states to return at the middle and end of every step.
    """
    recorded = tuple(recorded)

    def advance(spaces: Any, steady: Any, states: Any, row: StepTable) -> tuple[Any, Any, Any]:
        points = step(system, spaces, steady, states, row)
        middle, end = (tuple(known[name] + jnp.zeros_like(row.length) for name in recorded) for known in points[1:])
        return tuple(points.end[name] for name in system.state_names), middle, end

    def run(parameters: Any, covariates: Any, table: StepTable, count: Any, states: Any) -> Any:
        blank = tuple(jnp.zeros_like(table.length) for _ in recorded)
        spaces, steady = _people(system, parameters, covariates)

        def body(i: Any, carry: Any) -> Any:
            now, middles, ends, row = carry
            now, middle, end = advance(spaces, steady, now, row)
            middles, ends = (_write(all_steps, i, new) for all_steps, new in ((middles, middle), (ends, end)))
            return now, middles, ends, _row(table, i + 1)

        last, middles, ends, _ = lax.fori_loop(0, count, body, (tuple(states), blank, blank, _row(table, 0)))
        return ends, middles, last

    def differentiable(parameters: Any, covariates: Any, table: StepTable, states: Any) -> Any:
        spaces, steady = _people(system, parameters, covariates)

        def body(now: Any, row: StepTable) -> Any:
            now, middle, end = advance(spaces, steady, now, row)
            return now, (middle, end)

        last, (middles, ends) = lax.scan(body, tuple(states), table)
        return ends, middles, last

    return Program(system, system.parameters, recorded, jax.jit(run), jax.jit(differentiable))


def _people(system: System, parameters: Any, covariates: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return system.namespaces(_rows(system.parameters, parameters)), _rows(tuple(COVARIATES), covariates)


def _row(table: StepTable, i: Any) -> StepTable:
    """One step of the table, each quantity its own array.

    The loop carries it to the next turn: a value that crosses a turn is stored once, while one sliced within the turn
    would be fetched again inside every fused kernel that reads it (1.6 times slower).
    """
    return StepTable(table.length[i], *(tuple(x[i, k] for k in range(x.shape[1])) for x in table[1:]))


def _write(all_steps: tuple[Any, ...], i: Any, new: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x.at[i].set(y) for x, y in zip(all_steps, new, strict=True))
