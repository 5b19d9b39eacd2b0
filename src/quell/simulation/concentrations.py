r"""Exact concentrations at any time after any doses, with their gradient.

Doses and sampling times are sorted per person into one table of steps; superposition is built in, since an input's rate
in a step is the sum over the doses running then. The value at the time of a bolus is the one just after it. Two ways to
take the steps:

- ``modes``: sums of exponentials (:mod:`quell.simulation.kinetic_modes`), fast; loses digits where poles crowd and,
  shortly after a dose, where large terms cancel to a small value;
- ``matrix exponential``: nothing cancels, differentiable everywhere, some twenty times slower.

``auto`` takes modes and keeps a running bound on their rounding; people in whom it exceeds 1e-8 of the larger of value
and a millionth of the peak are solved again by matrix exponential. Under JAX (gradients) ``auto`` is the matrix
exponential.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import quell.simulation.precision  # noqa: F401  (float64 before the first array)
from quell.mechanisms.network import LinearNetwork, NetworkError
from quell.mechanisms.network_structure import Structure, coefficients, output_matrix, rate_matrix, structure
from quell.simulation.kinetic_modes import Modes, modes
from quell.simulation.kinetic_steps import enter, relax, relaxation
from quell.simulation.linear_kinetics import select_people, tables
from quell.simulation.matrix_exponential import compartmental_exponential, squarings_for, with_input

METHODS = ("auto", "modes", "matrix exponential")
"""How the steps are taken."""

TOLERANCE = 1e-8
"""Largest relative error of ``auto``."""

_FLOOR = 1e-6
_ROUNDING = 8.0 * float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class NetworkDose:
    """A dose into a network.

    Parameters
    ----------
    time
        h, scalar or ``(lane,)``.
    entry
        Name of the network's input.
    amount
        mg that arrive there, scalar or ``(lane,)``.
    duration
        h of constant input, scalar or ``(lane,)``; 0 for a bolus.
    """

    time: Any
    entry: str
    amount: Any
    duration: Any = 0.0

    @property
    def numbers(self) -> tuple[Any, Any, Any]:
        """Time, amount and duration."""
        return self.time, self.amount, self.duration


@dataclass(frozen=True, slots=True)
class _Steps:
    """Sorted steps, ``(step, lane)`` and ``(step, input, lane)``; ``samples``: step at whose start each time lies."""

    lengths: Any
    rates: Any
    boluses: Any
    samples: Any

    def of(self, lanes: Any) -> "_Steps":
        """Those of some people."""
        return _Steps(self.lengths[:, lanes], self.rates[..., lanes], self.boluses[..., lanes], self.samples[:, lanes])


def concentrations(
    network: LinearNetwork,
    parameters: Any,
    covariates: Any,
    doses: Sequence[NetworkDose],
    times: Any,
    method: str = "auto",
) -> Any:
    """Outputs of a network at given times.

    Parameters
    ----------
    network
        The kinetics.
    parameters, covariates
        Mappings or namespaces of scalars and ``(lane,)`` arrays; with JAX arrays among them, or in the doses or times,
        the result is traceable and differentiable.
    doses
        In any order.
    times
        Sampling times, h, ``(time,)`` or ``(time, lane)``.
    method
        One of :data:`METHODS`.

    Returns
    -------
    array
        ``(time, output, lane)``, in the outputs' units.

    Raises
    ------
    NetworkError
        An unknown input or method.
    """
    if method not in METHODS:
        raise NetworkError(f"there is no method {method!r}; known: {', '.join(METHODS)}")
    xp = _array_module(parameters, covariates, doses, times)
    steps = _sort(network, doses, times, _lanes(network, parameters, covariates, doses, times, xp), xp)
    if method == "modes":
        return _clip(_by_modes(network, parameters, covariates, steps, xp)[0], xp)
    if method == "auto" and xp is np:
        return _clip(_by_either(network, parameters, covariates, steps), np)
    return _clip(_by_exponential(network, parameters, covariates, steps, xp), xp)


def _clip(values: Any, xp: Any) -> Any:
    return xp.maximum(values, 0.0)


def _array_module(*values: Any) -> Any:
    leaves = []
    for x in values:
        if isinstance(x, list | tuple):
            leaves += [y for dose in x if isinstance(dose, NetworkDose) for y in dose.numbers]
        leaves += jax.tree.leaves(x if isinstance(x, dict | list | tuple | jax.Array) else getattr(x, "__dict__", {}))
    return jnp if any(isinstance(x, jax.Array) for x in leaves) else np


def _lanes(
    network: LinearNetwork, parameters: Any, covariates: Any, doses: Sequence[NetworkDose], times: Any, xp: Any
) -> int:
    sizes = {size for x in doses for y in x.numbers for size in xp.shape(y)} | set(xp.shape(times)[1:])
    sizes |= {coefficients(network, parameters, covariates, xp).lanes}
    if len(sizes - {1}) > 1:
        raise NetworkError(f"{network.name}: arrays of {sorted(sizes)} people do not fit together")
    return max(sizes)


# ------------------------------------------------------------------------------------------------------------- sorting


def _sort(network: LinearNetwork, doses: Sequence[NetworkDose], times: Any, lanes: int, xp: Any) -> _Steps:
    """Doses' starts, their stops and the sampling times in one order per lane; at equal times in this order."""
    for x in doses:
        if x.entry not in network.input_names:
            raise NetworkError(f"{network.name}: no input {x.entry!r}; known: {', '.join(network.input_names)}")

    def rows(values: Sequence[Any]) -> Any:
        return xp.stack([xp.broadcast_to(xp.asarray(x, dtype=float), (lanes,)) for x in values])

    sampled = xp.asarray(times, dtype=float)
    sampled = xp.broadcast_to(sampled if sampled.ndim == 2 else sampled[:, None], (sampled.shape[0], lanes))
    if not doses:
        zero = xp.zeros((1, len(network.inputs), lanes))
        return _Steps(zero[:, 0], zero, zero, xp.zeros(sampled.shape, dtype=int))
    starts = rows([x.time for x in doses])
    durations, amounts = rows([x.duration for x in doses]), rows([x.amount for x in doses])
    events = xp.concatenate([starts, starts + durations, sampled])
    order = xp.argsort(events, axis=0, stable=True)
    place = xp.argsort(order, axis=0, stable=True)
    lengths = xp.diff(xp.take_along_axis(events, order, axis=0), axis=0)
    lengths = xp.concatenate([lengths, xp.zeros((1, lanes))])
    rates, boluses = _inputs(network, doses, place, durations, amounts, xp)
    return _Steps(lengths, rates, boluses, place[2 * len(doses) :])


def _inputs(
    network: LinearNetwork, doses: Sequence[NetworkDose], place: Any, durations: Any, amounts: Any, xp: Any
) -> tuple[Any, Any]:
    """Rates and boluses, ``(step, input, lane)``."""
    step = xp.arange(place.shape[0])[:, None]
    lasting = durations > 0.0
    flows = xp.where(lasting, amounts / xp.where(lasting, durations, 1.0), 0.0)
    at_once = xp.where(lasting, 0.0, amounts)
    rates, boluses = [], []
    for name in network.input_names:
        flow = bolus = xp.zeros(place.shape)
        for k, x in enumerate(doses):
            if x.entry == name:
                begin, end = place[k], place[len(doses) + k]
                flow = flow + xp.where((step >= begin) & (step < end), flows[k], 0.0)
                bolus = bolus + xp.where(step == begin, at_once[k], 0.0)
        rates.append(flow)
        boluses.append(bolus)
    return xp.stack(rates, axis=1), xp.stack(boluses, axis=1)


def _sample(starts: Any, steps: _Steps, xp: Any) -> Any:
    return xp.take_along_axis(starts, steps.samples[:, None, :], axis=0)


# -------------------------------------------------------------------------------------------------------- the two ways


def _by_modes(network: LinearNetwork, parameters: Any, covariates: Any, steps: _Steps, xp: Any) -> tuple[Any, Any]:
    """Values and the size of their terms, ``(time, output, lane)`` each (the latter with NumPy only)."""
    graph, solved = structure(network), modes(network, parameters, covariates, xp)
    if xp is not np:
        solved = Modes(*(jnp.broadcast_to(x, (*x.shape[:-1], steps.lengths.shape[-1])) for x in solved))
        return _sample(tables(graph, solved, steps.lengths, steps.rates, steps.boluses).start, steps, xp), None
    with np.errstate(over="ignore", invalid="ignore"):
        values, sizes = _walk(graph, solved, steps)
    return _sample(values, steps, np), _sample(sizes, steps, np)


def _walk(graph: Structure, solved: Modes, steps: _Steps) -> tuple[np.ndarray, np.ndarray]:
    """Outputs at the start of every step, and the sum of their terms' sizes."""
    count, _, lanes = steps.rates.shape
    state = np.zeros((graph.size, lanes))
    values = np.zeros((count, len(graph.readings), lanes))
    sizes = np.zeros_like(values)
    for k in range(count):
        if steps.boluses[k].any():
            state = state + enter(graph, solved, steps.boluses[k], np)
        for row, seen in enumerate(graph.seen(r) for r in range(len(graph.readings))):
            for m in seen:
                term = solved.outputs[row, m] * state[m]
                values[k, row] += term
                sizes[k, row] += abs(term)
        flow = enter(graph, solved, steps.rates[k], np) if steps.rates[k].any() else None
        state = relax(relaxation(graph, solved, steps.lengths[k], np), state, flow, np)
    return values, sizes


def _by_either(network: LinearNetwork, parameters: Any, covariates: Any, steps: _Steps) -> np.ndarray:
    values, sizes = _by_modes(network, parameters, covariates, steps, np)
    peak = values.max(axis=0, initial=0.0)
    allowed = TOLERANCE * np.maximum(values, _FLOOR * peak)
    doubtful = np.flatnonzero(~np.all(_ROUNDING * sizes <= allowed, axis=(0, 1)))
    if doubtful.size:
        lanes = values.shape[-1]
        own, people = (select_people(x, doubtful, lanes) for x in (parameters, covariates))
        values[..., doubtful] = _by_exponential(network, own, people, steps.of(doubtful), np)
    return values


def _by_exponential(network: LinearNetwork, parameters: Any, covariates: Any, steps: _Steps, xp: Any) -> Any:
    graph, numbers = structure(network), coefficients(network, parameters, covariates, xp)
    count, _, lanes = steps.rates.shape
    matrix = xp.broadcast_to(rate_matrix(numbers, xp), (lanes, graph.size, graph.size))
    reading = xp.broadcast_to(output_matrix(numbers, xp), (lanes, len(graph.readings), graph.size))
    entry = xp.asarray([[float(i == e) for i in range(graph.size)] for e in graph.entries])
    flows, doses = (xp.moveaxis(x, 1, -1) @ entry for x in (steps.rates, steps.boluses))
    whole = xp.sum(flows, axis=-1, keepdims=True)
    shares = flows / xp.where(whole > 0.0, whole, 1.0)
    generator = with_input(xp.broadcast_to(matrix, (count, *matrix.shape)), shares, xp)
    moved = _exponentials(generator * steps.lengths[..., None, None], xp)

    def step(state: Any, row: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        power, total, dose = row
        state = state + dose
        after = (power[:, :-1, :-1] @ state[..., None])[..., 0] + total * power[:, :-1, -1]
        return after, (reading @ state[..., None])[..., 0]

    starts = _walk_rows(step, xp.zeros((lanes, graph.size)), (moved, whole, doses), xp)
    return _sample(xp.swapaxes(starts, 1, 2), steps, xp)


def _exponentials(generator: Any, xp: Any) -> Any:
    if xp is not np:
        return compartmental_exponential(generator, xp)
    loss = -np.diagonal(generator, axis1=-2, axis2=-1)
    return compartmental_exponential(generator, np, squarings_for(float(2.0 * loss.max(initial=0.0) + 1.0)))


def _walk_rows(step: Any, state: Any, rows: tuple[Any, ...], xp: Any) -> Any:
    if xp is not np:
        return lax.scan(step, state, rows)[1]
    found = []
    for row in zip(*rows, strict=True):
        state, output = step(state, row)
        found.append(output)
    return np.stack(found)
