r"""A system solved over its whole course at once, for gradients: the engine's step, written as recursions.

With the rate frozen in the middle of each step and its movement joining the drive, as in
:mod:`quell.simulation.cascade`, a step is linear in the state at its two ends,

    x_1 = e^{-z} x_0 + w_0 [d_0 + (r - r_0) x_0] + w_m d_m + w_1 [d_1 + (r - r_1) x_1],

so that a state follows from arrays over all steps by one recursion, whose derivative is another. States that feed back
on each other's drives are taken together, step by step, with two sweeps as in the engine; what their weights are made
of is known beforehand. Formulas are the mechanism's own. Against the engine's loop this compiles in seconds and makes a
gradient cost a few solutions.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import lax

from quell.mechanisms.assembly import System, Values, Variable
from quell.mechanisms.base import Signal, State
from quell.simulation.cascade import ARITHMETIC
from quell.simulation.exponential_step import Weights, half_step, weights

SWEEPS = 2
"""Sweeps over the states of a step that feed back."""


class Course(NamedTuple):
    """A value at the start, middle and end of every step, ``(step, lane)`` each."""

    start: Any
    middle: Any
    end: Any


def solve(
    system: System, inputs: Mapping[str, Course], initial: Mapping[str, Any], spaces: Mapping[str, Any], lengths: Any
) -> dict[str, Course]:
    """Every variable of a system without events.

    Parameters
    ----------
    inputs
        What the system reads from outside: signals, levels, covariates.
    initial
        State -> value at the first node, ``(lane,)``, for every lane.
    spaces
        Parameter namespaces by mechanism.
    lengths
        h, ``(step, lane)`` or ``(step, 1)``; steps of length zero change nothing.
    """
    known = dict(inputs)
    for group in map(list[Variable], system.groups):
        if any(x.feeds_back for x in group):
            known |= _together(group, known, initial, spaces, lengths)
        else:
            known |= {x.name: _solved(x, known, initial, spaces[x.mechanism], lengths) for x in group}
    return known


class _Rates(NamedTuple):
    """What one state's steps are made of, ``(step, lane)``, or ``(step, 1)`` where its rate is everybody's.

    ``scale`` is 1 - w_1 (r - r_1).
    """

    gain: Any
    scale: Any
    at_start: Any
    at_end: Any
    weights: Weights


def _points(known: Mapping[str, Course]) -> list[Values]:
    return [Values({name: course[k] for name, course in known.items()}) for k in range(3)]


def _rates(state: State, points: Sequence[Values], p: Any, lengths: Any) -> _Rates:
    r0, rate, r1 = (state.rate(v, p, ARITHMETIC) + jnp.zeros_like(lengths) for v in points)
    w = weights(half_step(rate * lengths, 3), lengths)
    return _Rates(w.decay + w.end[0] * (rate - r0), 1.0 - w.end[2] * (rate - r1), rate - r0, rate - r1, w)


def _ends(r: _Rates, start: Any, drives: Sequence[Any]) -> tuple[Any, Any]:
    """State in the middle and at the end of steps, from its start and the drive at three points."""
    w = r.weights
    added = w.end[0] * drives[0] + w.end[1] * drives[1] + w.end[2] * drives[2]
    end = (r.gain * start + added) / r.scale
    first, last = drives[0] + r.at_start * start, drives[2] + r.at_end * end
    middle = w.half_decay * start + w.middle[0] * first + w.middle[1] * drives[1] + w.middle[2] * last
    return middle, end


def _solved(x: Variable, known: Mapping[str, Course], initial: Mapping[str, Any], p: Any, lengths: Any) -> Course:
    points, still = _points(known), jnp.zeros_like(lengths)
    if isinstance(x.declaration, Signal):
        return Course(*(x.declaration.value(v, p, ARITHMETIC) + still for v in points))
    drives = [x.declaration.drive(v, p, ARITHMETIC) + still for v in points]
    rates = _rates(x.declaration, points, p, lengths)
    first = initial[x.name]

    def body(now: Any, row: tuple[_Rates, list[Any]]) -> tuple[Any, Any]:
        _, end = _ends(row[0], now, row[1])
        return end, end

    end = lax.scan(body, first, (rates, drives))[1]
    start = jnp.concatenate([first[None], end[:-1]])
    return Course(start, _ends(rates, start, drives)[0], end)


def _together(
    group: Sequence[Variable],
    known: Mapping[str, Course],
    initial: Mapping[str, Any],
    spaces: Mapping[str, Any],
    lengths: Any,
) -> dict[str, Course]:
    """States that read one another in their drives (not in their rates)."""
    states = {x.name: x.declaration for x in group if isinstance(x.declaration, State)}
    spaces = {x.name: spaces[x.mechanism] for x in group}
    points = _points(known)
    rates = {name: _rates(state, points, spaces[name], lengths) for name, state in states.items()}
    first = {name: initial[name] for name in states}

    def body(now: dict[str, Any], row: tuple[dict[str, Course], dict[str, _Rates]]) -> tuple[Any, Any]:
        outside, own = row
        found = {name: Course(x, x, x) for name, x in now.items()}
        for _ in range(SWEEPS):
            for name, state in states.items():
                values = _points({**outside, **found})
                drives = [state.drive(v, spaces[name], ARITHMETIC) for v in values]
                found[name] = Course(now[name], *_ends(own[name], now[name], drives))
        return {name: x.end for name, x in found.items()}, found

    read = {name: known[name] for x in group for name in x.reads if name in known}
    return lax.scan(body, first, (read, rates))[1]


def at_nodes_and_middles(courses: Sequence[Course]) -> list[jax.Array]:
    """Each course at all nodes, then at all middles, ``(2 node - 1, lane)``."""
    return [jnp.concatenate([x.start[:1], x.end, x.middle]) for x in courses]
