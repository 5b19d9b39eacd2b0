r"""Modes from record to record under JAX, with the adjoint written by hand.

For modes m with couplings T from the modes a above them, at record j of time step t,

    z_m <- e^{-lambda_m t} z_m + sum_a T_ma p(lambda_a, lambda_m; t) z_a + B_m x_j + h_mj,      y_j = sum_m c_m z_m,

p from :mod:`quell.simulation.exponential_differences`. Backwards, g being the derivative with respect to z,

    g_m  <- c_m dy_j + g_m,          dB_m += x_j g_m,   dx_j = sum_m B_m g_m,   dh_mj = g_m,   dc_m += dy_j z_m,
    g_m' =  e^{-lambda_m t} g_m,     dlambda_m -= t e^{-lambda_m t} z_m g_m,
    g_a' += T_ma p g_m,              dT_ma += p z_a g_m,    dlambda_a, dlambda_m += T_ma z_a g_m dp/dlambda.

One reverse scan, remembering z only, costs about twice the forward one. People are taken in blocks that fit the cache.
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
        h, ``(step, mode, lane)``; None where nothing is.
    """

    time: Any
    kept: Any
    amounts: dict[int, Any]
    added: Any


def scan_modes(pairs: Pairs, numbers: Numbers, rows: Rows) -> Any:
    """Readings, ``(step, reading, lane)``; ``pairs`` are (mode, mode above) of the links."""
    people = numbers.rates.shape[-1]
    blocks = -(-people // _LANES)
    own, steps = (jax.tree.map(lambda x: _in_blocks(x, blocks), x) for x in (numbers, rows))
    found = jnp.moveaxis(lax.map(lambda block: _solve(pairs, *block), (own, steps)), 0, -2)
    return found.reshape(*found.shape[:-2], -1)[..., :people]


def _in_blocks(x: Any, blocks: int) -> Any:
    """``(..., lane)`` as ``(block, ..., lane of the block)``, the last lane repeated."""
    xp: Any = np if isinstance(x, np.ndarray) else jnp
    width = -(-x.shape[-1] // blocks)
    padded = xp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, blocks * width - x.shape[-1])], mode="edge")
    return xp.moveaxis(padded.reshape(*x.shape[:-1], blocks, width), -2, 0)


def _forward(pairs: Pairs, numbers: Numbers, state: Any, row: Rows) -> tuple[Any, Any]:
    decay = [jnp.exp(-rate * row.time) for rate in numbers.rates]
    after = [a * z for a, z in zip(decay, state, strict=True)]
    for (m, a), link in zip(pairs, numbers.links, strict=True):
        passed = pass_on(numbers.rates[a], numbers.rates[m], decay[a], decay[m], row.time, jnp)
        after[m] = after[m] + link * passed * state[a]
    if row.kept is not None:
        after = [jnp.where(row.kept, z, 0.0) for z in after]
    if row.added is not None:
        after = [z + x for z, x in zip(after, row.added, strict=True)]
    for c, amount in row.amounts.items():
        for m, b in numbers.inputs[c].items():
            after[m] = after[m] + b * amount
    return tuple(after), jnp.stack([sum(w * after[m] for m, w in x.items()) for x in numbers.reading])


def _start(numbers: Numbers) -> tuple[Any, ...]:
    return tuple(jnp.zeros_like(x) for x in numbers.rates)


@partial(jax.custom_vjp, nondiff_argnums=(0,))
def _solve(pairs: Pairs, numbers: Numbers, rows: Rows) -> Any:
    return lax.scan(partial(_forward, pairs, numbers), _start(numbers), rows)[1]


def _solve_and_remember(pairs: Pairs, numbers: Numbers, rows: Rows) -> tuple[Any, Any]:
    def step(state: Any, row: Rows) -> Any:
        after, reading = _forward(pairs, numbers, state, row)
        return after, (reading, state)

    last, (readings, states) = lax.scan(step, _start(numbers), rows)
    return readings, (numbers, rows, states, last)


class _Back(NamedTuple):
    """Carried backwards: the state after the record, the derivative with respect to it, and sums of derivatives."""

    after: Any
    slope: Any
    rates: list[Any]
    links: list[Any]
    inputs: dict[int, dict[int, Any]]
    reading: list[dict[int, Any]]


def _backward(pairs: Pairs, numbers: Numbers, back: _Back, given: tuple[Rows, Any, Any]) -> tuple[_Back, Any]:
    row, state, upon = given
    g = list(back.slope)
    for weights, y in zip(numbers.reading, upon, strict=True):
        for m, w in weights.items():
            g[m] = g[m] + w * y
    reading = [{m: s + y * back.after[m] for m, s in x.items()} for x, y in zip(back.reading, upon, strict=True)]
    inputs = {c: {m: s + row.amounts[c] * g[m] for m, s in x.items()} for c, x in back.inputs.items()}
    upon_amounts = {c: sum(b * g[m] for m, b in x.items()) for c, x in numbers.inputs.items()}
    upon_added = None if row.added is None else jnp.stack(g)
    if row.kept is not None:
        g = [jnp.where(row.kept, d, 0.0) for d in g]
    decay = [jnp.exp(-rate * row.time) for rate in numbers.rates]
    before = [a * d for a, d in zip(decay, g, strict=True)]
    rates = [s - row.time * d * z for s, d, z in zip(back.rates, before, state, strict=True)]
    links = list(back.links)
    for k, (m, a) in enumerate(pairs):
        pair = numbers.rates[a], numbers.rates[m], decay[a], decay[m]
        passed = pass_on(*pair, row.time, jnp)
        slope = pass_on_slope(*pair, passed, row.time, jnp)
        links[k] = links[k] + passed * state[a] * g[m]
        before[a] = before[a] + numbers.links[k] * passed * g[m]
        weight = numbers.links[k] * state[a] * g[m]
        rates[m] = rates[m] + weight * slope
        rates[a] = rates[a] - weight * (row.time * passed + slope)
    return _Back(state, tuple(before), rates, links, inputs, reading), (upon_amounts, upon_added)


def _pull_back(pairs: Pairs, kept: Any, upon: Any) -> tuple[Numbers, Rows]:
    numbers, rows, states, last = kept
    zero = jnp.zeros_like(numbers.rates[0])
    start = _Back(
        last,
        _start(numbers),
        [zero] * len(numbers.rates),
        [zero] * len(pairs),
        {c: dict.fromkeys(x, zero) for c, x in numbers.inputs.items()},
        [dict.fromkeys(x, zero) for x in numbers.reading],
    )
    back, (amounts, added) = lax.scan(partial(_backward, pairs, numbers), start, (rows, states, upon), reverse=True)
    links = jnp.stack(back.links) if pairs else jnp.zeros_like(numbers.links)
    found = Numbers(jnp.stack(back.rates), links, back.inputs, tuple(back.reading))
    return found, Rows(jnp.zeros_like(rows.time), _no_slope(rows.kept), amounts, added)


def _no_slope(flags: Any) -> Any:
    """The derivative with respect to something true or false."""
    return None if flags is None else np.zeros(flags.shape, jax.dtypes.float0)


_solve.defvjp(_solve_and_remember, _pull_back)
