r"""The cascade, one step at a time: every state by the exact response to an interpolated drive.

Over a step of length h a state follows x' = d(t) - r(t) x. With the rate frozen at its mid-step value the response to a
polynomial drive is exact (:mod:`quell.simulation.exponential_step`): a quadratic through the drive's start, middle and
end, or a quartic through five points where the drive is made of plasma concentrations alone, which are known exactly
at any time and fall much faster than the steps of a washing-out drug are short. What a moving rate adds,
(r - r(t)) x, joins the drive in a second pass. Variables are solved upstream first, so that a drive's middle and end
are known when it is needed; states of a mechanism that feed back are swept twice. The order is 3 and the damping
exact, so the step is set by how fast the drive bends, not by the fastest rate.

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
from quell.mechanisms.base import Formula, Signal, State
from quell.simulation.carried import at_the_start, carried_names
from quell.simulation.exponential_step import Half, Weights, half_step, respond, weights
from quell.simulation.logarithm import logarithm
from quell.simulation.program_store import KeptProgram

_TINY = 1e-30


def _power(x: Any, y: Any) -> Any:
    """x ** y for x >= 0, by exp and log (vectorised, with a finite gradient at 0)."""
    return jnp.exp(y * logarithm(jnp.maximum(x, _TINY)))


ARITHMETIC: Any = SimpleNamespace(exp=jnp.exp, log=logarithm, power=_power, maximum=jnp.maximum, minimum=jnp.minimum)
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
    start, quarter, middle, three_quarters, end
        Kinetic signals, ``(step, signal, lane)``, in the order of ``System.kinetic_signals``.
    """

    length: Any
    levels: Any
    events: Any
    start: Any
    quarter: Any
    middle: Any
    three_quarters: Any
    end: Any


_Weights = Mapping[str, Weights]
"""State name -> weights of this step."""


class _Points(NamedTuple):
    """Known values at the start, middle and end of a step, and what comes from outside at its quarters.

    ``carried`` holds signals and drives at the start that are known from the step before, ``drives`` those at the end.
    """

    start: dict[str, Any]
    middle: dict[str, Any]
    end: dict[str, Any]
    quarter: dict[str, Any]
    three_quarters: dict[str, Any]
    carried: Mapping[str, Any]
    drives: dict[str, Any]

    @property
    def solved(self) -> tuple[dict[str, Any], ...]:
        """Where every variable is solved."""
        return self.start, self.middle, self.end

    @property
    def five(self) -> tuple[dict[str, Any], ...]:
        """Where what comes from outside is known, in order."""
        return self.start, self.quarter, self.middle, self.three_quarters, self.end


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
            _evaluate(x, points.solved[x.name in points.carried :], spaces)


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
    if x.name in ready:
        known_at = points.five if len(ready[x.name].end) == 5 else points.solved
        begun = [points.carried[x.name]] if x.name in points.carried else []
        drives = [*begun, *(state.drive(Values(known), p, ARITHMETIC) for known in known_at[len(begun) :])]
        points.drives[x.name] = drives[-1]
        return respond(ready[x.name], x0, drives)
    d0, dm, d1 = (state.drive(Values(known), p, ARITHMETIC) for known in points.solved)
    r0, rate, r1 = (state.rate(Values(known), p, ARITHMETIC) for known in points.solved)
    w = weights(half_step(rate * h, 3), h)
    end = points.end[x.name] if guessed else respond(w, x0, (d0, dm, d1))[1]
    return respond(w, x0, (d0 + (rate - r0) * x0, dm, d1 + (rate - r1) * end))


def _within(state: State, x: Any) -> Any:
    """The state's bounds, which a sharply bent drive overshoots by its error; on a bound the gradient stays whole."""
    if state.lower > -inf:
        x = jnp.where(x < state.lower, state.lower, x)
    return jnp.where(x > state.upper, state.upper, x) if state.upper < inf else x


_Prepared = Mapping[int, Half]
"""Number of points -> moments of the distinct steady rates, ``(rate, lane)`` each."""


class _SteadyRate(NamedTuple):
    """A rate that holds still within a step, and at how many points its states' drives are known."""

    mechanism: str
    rate: Formula
    points: int


def _steady_rate(system: System, x: Variable) -> _SteadyRate | None:
    """The rate of a state if it is steady; states that share one share its weights."""
    if not (isinstance(x.declaration, State) and x.steady_rate):
        return None
    outside = {*system.kinetic_signals, *COVARIATES, *LEVELS}
    follows_plasma = not x.reads.isdisjoint(system.kinetic_signals) and x.reads <= outside
    return _SteadyRate(x.mechanism, x.declaration.rate, 5 if follows_plasma else 3)


def _steady_rates(system: System, points: int) -> list[_SteadyRate]:
    """The distinct steady rates of drives known at so many points."""
    found = (_steady_rate(system, x) for x in system.states)
    return list(dict.fromkeys(x for x in found if x is not None and x.points == points))


def _prepare(system: System, spaces: Mapping[str, Any], outside: Mapping[str, Any], h: Any) -> _Prepared:
    """The steady rates' moments of half a step."""
    found = {}
    for points in (3, 5):
        if rates := _steady_rates(system, points):
            values = [x.rate(Values(outside), spaces[x.mechanism], ARITHMETIC) * h for x in rates]
            found[points] = half_step(jnp.stack(values), points)
    return found


def _handed_out(system: System, prepared: _Prepared, h: Any) -> _Weights:
    """The weights of every state whose rate is steady."""
    found = {}
    for x in system.states:
        if (steady := _steady_rate(system, x)) is not None:
            k, half = _steady_rates(system, steady.points).index(steady), prepared[steady.points]
            found[x.name] = weights(Half(half.decay[k], tuple(moment[k] for moment in half.moments)), h)
    return found


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


def _outside(steady: Mapping[str, Any], row: StepTable) -> dict[str, Any]:
    """Covariates, levels and (silent) events during a step."""
    silent = dict.fromkeys(EVENTS, jnp.zeros_like(row.length))
    return {**steady, **_rows(tuple(LEVELS), row.levels), **silent}


def step(
    system: System,
    spaces: Mapping[str, Any],
    steady: Mapping[str, Any],
    states: Sequence[Any],
    row: StepTable,
    prepared: _Prepared,
    carried: Mapping[str, Any],
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
    prepared
        The steady rates' moments in this step.
    carried
        Signals and drives that are as they were at the end of the last step (:mod:`quell.simulation.carried`).
    """
    outside, names = _outside(steady, row), system.kinetic_signals
    concentrations = (row.start, row.middle, row.end, row.quarter, row.three_quarters)
    start, middle, end, quarter, three_quarters = ({**outside, **_rows(names, x)} for x in concentrations)
    points = _Points(start, middle, end, quarter, three_quarters, carried, {})
    points.start.update({name: x for name, x in carried.items() if name not in system.state_names})
    points.start.update(zip(system.state_names, states, strict=True))
    _jump(system, points.start, _rows(tuple(EVENTS), row.events), spaces)
    ready = _handed_out(system, prepared, row.length)
    for group in system.groups:
        _solve_group(group, points, spaces, row.length, ready)
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
    run: KeptProgram
    differentiable: Callable[..., Any]


def compile_cascade(
    system: System,
    recorded: Sequence[str],
    identity: str | None = None,
    module: str = __name__,
    maker: str | None = None,
) -> Program:
    """Build the two programs; nothing is compiled before the first call.

    Parameters
    ----------
    recorded
        Signals and states to return at the middle and end of every step.
    identity
        Names a system that is made from quell's source alone, so that its program can be kept between processes.
    module
        The module that imports every mechanism of that system.
    maker
        The module that makes this program when run by itself.
    """
    recorded, names = tuple(recorded), carried_names(system)

    def prepare(spaces: Any, steady: Any, row: StepTable) -> Any:
        return _prepare(system, spaces, _outside(steady, row), row.length)

    def advance(spaces: Any, steady: Any, states: Any, row: StepTable, carried: Any) -> tuple[Any, Any, Any, Any]:
        points = step(system, spaces, steady, states, row, prepare(spaces, steady, row), carried)
        full = jnp.zeros_like(row.length)
        middle, end = (tuple(known[name] + full for name in recorded) for known in (points.middle, points.end))
        again = {name: points.drives.get(name, points.end[name]) for name in carried}
        return tuple(points.end[name] for name in system.state_names), middle, end, again

    def run(parameters: Any, covariates: Any, table: StepTable, count: Any, states: Any) -> Any:
        blank = tuple(jnp.zeros_like(table.length) for _ in recorded)
        spaces, steady = _people(system, parameters, covariates)

        def body(i: Any, carry: Any) -> Any:
            now, middles, ends, carried = carry
            now, middle, end, carried = advance(spaces, steady, now, _row(table, i), carried)
            middles, ends = (_write(all_steps, i, new) for all_steps, new in ((middles, middle), (ends, end)))
            return now, middles, ends, carried

        known = {**steady, **dict(zip(system.state_names, states, strict=True))}
        begun = at_the_start(system, names, spaces, known, ARITHMETIC)
        last, middles, ends, _ = lax.fori_loop(0, count, body, (tuple(states), blank, blank, begun))
        return ends, middles, last

    def differentiable(parameters: Any, covariates: Any, table: StepTable, states: Any) -> Any:
        spaces, steady = _people(system, parameters, covariates)

        def body(now: Any, row: StepTable) -> Any:
            now, middle, end, _ = advance(spaces, steady, now, row, {})
            return now, (middle, end)

        last, (middles, ends) = lax.scan(jax.checkpoint(body), tuple(states), table)
        return ends, middles, last

    return Program(
        system, system.parameters, recorded, KeptProgram(run, identity, module, maker), jax.jit(differentiable)
    )


def _people(system: System, parameters: Any, covariates: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return system.namespaces(_rows(system.parameters, parameters)), _rows(tuple(COVARIATES), covariates)


def _row(table: StepTable, i: Any) -> StepTable:
    """One step of the table, each quantity its own array."""
    return StepTable(table.length[i], *(tuple(x[i, k] for k in range(x.shape[1])) for x in table[1:]))


def _write(all_steps: tuple[Any, ...], i: Any, new: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(x.at[i].set(y) for x, y in zip(all_steps, new, strict=True))
