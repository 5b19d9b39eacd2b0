r"""Modes from record to record under JAX, with the adjoint written by hand.

For modes m with couplings T from the modes a above them, at record j of time step t,

    z_m <- e^{-lambda_m t} z_m + sum_a T_ma p(lambda_a, lambda_m; t) z_a + B_m x_j + h_mj,      y_j = sum_m c_m z_m,

p from :mod:`quell.simulation.exponential_differences`. Backwards, g being the derivative with respect to z,

    g_m  <- c_m dy_j + g_m,          dB_m += x_j g_m,   dx_j = sum_m B_m g_m,   dh_mj = g_m,   dc_m += dy_j z_m,
    g_m' =  e^{-lambda_m t} g_m,     dlambda_m -= t e^{-lambda_m t} z_m g_m,
    g_a' += T_ma p g_m,              dT_ma += p z_a g_m,    dlambda_a, dlambda_m += T_ma z_a g_m dp/dlambda.

Forwards z is remembered every few records only; backwards such a stretch is solved once more, with its weights kept.
So little memory is asked for (fresh memory costs more than the arithmetic), and people are taken in blocks that fit the
cache. Value and gradient cost less than three times the value.
Times are data and get no derivative; there is no forward mode.
"""

from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

from quell.simulation.exponential_differences import pass_on, pass_on_slope

_LANES = 2048
"""Most people side by side."""

_STEPS = 8
"""Most records of a stretch."""

Pairs = tuple[tuple[int, int], ...]


class Numbers(NamedTuple):
    """What a person keeps, lanes last.

    Attributes
    ----------
    rates
        lambda, 1/h, ``(mode, lane)``.
    links
        T, 1/h, ``(pair, lane)``.
    inputs
        Compartment -> mode -> B, ``(lane,)``; modes that a dose there excites.
    reading
        For each reading mode -> c, ``(lane,)``; modes that are seen there.
    """

    rates: Any
    links: Any
    inputs: dict[int, dict[int, Any]]
    reading: tuple[dict[int, Any], ...]


class Rows(NamedTuple):
    """What happens record by record, lanes last.

    Attributes
    ----------
    time
        Time since the record before, h, ``(step, lane)``.
    kept
        Whether anything is carried over, ``(step, lane)``; None where always.
    amounts
        Compartment -> mg that enter at once, ``(step, lane)``.
    added
        h of each mode, ``(step, lane)``; None where nothing is.
    """

    time: Any
    kept: Any
    amounts: dict[int, Any]
    added: Any


def _in_blocks(x: Any) -> Any:
    """``(step, ..., lane)`` as ``(block, stretch, step, ..., lane)``."""
    return _in_parts(_in_parts(x, _STEPS, 0), _LANES, -1)


def _cut(numbers: Numbers, rows: Rows) -> tuple[Numbers, Rows]:
    own = jax.tree.map(partial(_in_parts, most=_LANES, axis=-1), numbers)
    return own, jax.tree.map(_in_blocks, rows)


def _in_parts(x: Any, most: int, axis: int) -> Any:
    """An axis cut into equal parts, filled up with zeros, the parts first."""
    xp: Any = np if isinstance(x, np.ndarray) else jnp
    axis, size = axis % x.ndim, x.shape[axis]
    parts = -(-size // most)
    width = -(-size // parts)
    filled = xp.pad(x, [(0, parts * width - size if k == axis else 0) for k in range(x.ndim)])
    return xp.moveaxis(filled.reshape(*x.shape[:axis], parts, width, *x.shape[axis + 1 :]), axis, 0)


def _weights(pairs: Pairs, rates: Any, time: Any) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """e^{-lambda t} of each mode and p of each pair."""
    decay = tuple(jnp.exp(-rate * time) for rate in rates)
    return decay, tuple(pass_on(rates[a], rates[m], decay[a], decay[m], time, jnp) for m, a in pairs)


def _carried(pairs: Pairs, numbers: Numbers, state: Any, row: Rows, weights: Any) -> tuple[Any, ...]:
    """The state after a record."""
    decay, passed = weights
    after = [w * z for w, z in zip(decay, state, strict=True)]
    for (m, a), link, p in zip(pairs, numbers.links, passed, strict=True):
        after[m] = after[m] + link * p * state[a]
    if row.kept is not None:
        after = [jnp.where(row.kept, z, 0.0) for z in after]
    if row.added is not None:
        after = [z + x for z, x in zip(after, row.added, strict=True)]
    for c, amount in row.amounts.items():
        for m, b in numbers.inputs[c].items():
            after[m] = after[m] + b * amount
    return tuple(after)


def _start(numbers: Numbers) -> tuple[Any, ...]:
    return tuple(jnp.zeros_like(x) for x in numbers.rates)


def _step(pairs: Pairs, numbers: Numbers, state: Any, row: Rows) -> tuple[Any, Any]:
    after = _carried(pairs, numbers, state, row, _weights(pairs, numbers.rates, row.time))
    return after, jnp.stack([sum(w * after[m] for m, w in x.items()) for x in numbers.reading])


def _forward(pairs: Pairs, block: tuple[Numbers, Rows]) -> tuple[Any, Any]:
    """Readings of a block, ``(stretch, step, reading, lane)``, and the state before each stretch."""
    numbers, rows = block

    def stretch(state: Any, given: Rows) -> tuple[Any, Any]:
        after, seen = lax.scan(partial(_step, pairs, numbers), state, given)
        return after, (seen, state)

    return lax.scan(stretch, _start(numbers), rows)[1]


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def scan_modes(pairs: Pairs, numbers: Numbers, rows: Rows) -> Any:
    """Readings, ``(step, reading, lane)``; ``pairs`` are (mode, mode above) of the links."""
    blocks = jax.tree.map(partial(_in_parts, most=_LANES, axis=-1), (numbers, rows))
    found = lax.map(lambda x: lax.scan(partial(_step, pairs, x[0]), _start(x[0]), x[1])[1], blocks)
    return _lanes_joined(found, rows.time.shape[1])


def _steps_joined(x: Any, rows: Rows) -> Any:
    """``(block, stretch, step, ..., lane)`` as ``(step, ..., lane)``."""
    steps, people = rows.time.shape
    return _lanes_joined(x.reshape(x.shape[0], -1, *x.shape[3:]), people)[:steps]


def _lanes_joined(x: Any, people: int) -> Any:
    """``(block, ..., lane)`` as ``(..., lane)``."""
    return jnp.moveaxis(x, 0, -2).reshape(*x.shape[1:-1], -1)[..., :people]


def _solve_and_remember(pairs: Pairs, numbers: Numbers, rows: Rows) -> tuple[Any, Any]:
    readings, states = lax.map(partial(_forward, pairs), _cut(numbers, rows))
    return _steps_joined(readings, rows), (numbers, rows, states)


class _Back(NamedTuple):
    """Carried backwards: the state after the record, the derivative with respect to it, and sums of derivatives."""

    after: Any
    slope: Any
    rates: list[Any]
    links: list[Any]
    inputs: dict[int, dict[int, Any]]
    reading: list[dict[int, Any]]


def _backward(pairs: Pairs, numbers: Numbers, back: _Back, given: tuple[Rows, Any, Any]) -> tuple[_Back, Any]:
    row, (state, (decay, passed)), upon = given
    g = list(back.slope)
    for weights, y in zip(numbers.reading, upon, strict=True):
        for m, w in weights.items():
            g[m] = g[m] + w * y
    reading = [{m: s + y * back.after[m] for m, s in x.items()} for x, y in zip(back.reading, upon, strict=True)]
    inputs = {c: {m: s + row.amounts[c] * g[m] for m, s in x.items()} for c, x in back.inputs.items()}
    upon_amounts = {c: sum(b * g[m] for m, b in x.items()) for c, x in numbers.inputs.items()}
    upon_added = None if row.added is None else tuple(g)
    if row.kept is not None:
        g = [jnp.where(row.kept, d, 0.0) for d in g]
    before = [w * d for w, d in zip(decay, g, strict=True)]
    rates = [s - row.time * d * z for s, d, z in zip(back.rates, before, state, strict=True)]
    links = list(back.links)
    for k, (m, a) in enumerate(pairs):
        p = passed[k]
        slope = pass_on_slope(numbers.rates[a], numbers.rates[m], decay[a], decay[m], p, row.time, jnp)
        weight = state[a] * g[m]
        links[k] = links[k] + p * weight
        before[a] = before[a] + numbers.links[k] * p * g[m]
        rates[m] = rates[m] + numbers.links[k] * weight * slope
        rates[a] = rates[a] - numbers.links[k] * weight * (row.time * p + slope)
    return _Back(state, tuple(before), rates, links, inputs, reading), (upon_amounts, upon_added)


def _pull_back_block(pairs: Pairs, block: tuple[Numbers, Rows, Any, Any]) -> tuple[Numbers, Rows]:
    """Stretch by stretch from the last: forwards once more, remembering everything, then backwards."""
    numbers, rows, states, upon = block

    def step(state: Any, row: Rows) -> tuple[Any, Any]:
        weights = _weights(pairs, numbers.rates, row.time)
        return _carried(pairs, numbers, state, row, weights), (state, weights)

    def stretch(back: _Back, given: tuple[Rows, Any, Any]) -> tuple[_Back, Any]:
        own, start, above = given
        last, remembered = lax.scan(step, start, own)
        back = back._replace(after=last)
        return lax.scan(partial(_backward, pairs, numbers), back, (own, remembered, above), reverse=True)

    back, (amounts, added) = lax.scan(stretch, _nothing(pairs, numbers), (rows, states, upon), reverse=True)
    links = jnp.stack(back.links) if pairs else jnp.zeros_like(numbers.links)
    return Numbers(jnp.stack(back.rates), links, back.inputs, tuple(back.reading)), Rows(None, None, amounts, added)


def _nothing(pairs: Pairs, numbers: Numbers) -> _Back:
    zero = jnp.zeros_like(numbers.rates[0])
    return _Back(
        _start(numbers),
        _start(numbers),
        [zero] * len(numbers.rates),
        [zero] * len(pairs),
        {c: dict.fromkeys(x, zero) for c, x in numbers.inputs.items()},
        [dict.fromkeys(x, zero) for x in numbers.reading],
    )


def _pull_back(pairs: Pairs, kept: tuple[Numbers, Rows, Any], upon: Any) -> tuple[Numbers, Rows]:
    numbers, rows, states = kept
    given = *_cut(numbers, rows), states, _in_blocks(upon)
    upon_numbers, upon_rows = lax.map(partial(_pull_back_block, pairs), given)
    return (
        jax.tree.map(lambda x: _lanes_joined(x, rows.time.shape[1]), upon_numbers),
        jax.tree.map(lambda x: _steps_joined(x, rows), upon_rows),
    )


scan_modes.defvjp(_solve_and_remember, _pull_back)
