r"""What modes do over one interval of constant inputs, for batches of people.

    z(t) = e^{-lambda t} z + kappa t e^{-lambda t} z_p + phi_0 u + kappa phi_1 u_p + ...,
    phi_k = \int_0^t s^k / k! e^{-lambda s} ds,

z the amplitudes of :class:`quell.simulation.kinetic_modes.Modes`, u their constant input, p the preceding mode of a
transit chain. Sums over modes are written out and lanes come last, so that a person's bits do not depend on the batch;
NumPy and JAX run the same text.
"""

from math import factorial
from typing import Any, NamedTuple

import numpy as np

from quell.mechanisms.network_structure import Structure
from quell.simulation.kinetic_modes import Modes

_SERIES_BELOW = 1e-2


class Relaxation(NamedTuple):
    """One interval's weights of amplitude and input ``(mode, lane)``; in chains (mode, ancestor, amplitude, input)."""

    decay: Any
    filled: Any
    chained: list[tuple[int, int, Any, Any]]


def relaxation(graph: Structure, solved: Modes, time: Any, xp: Any) -> Relaxation:
    """The weights of an interval of ``time`` h, ``(lane,)``."""
    z = solved.rates * time
    decay = xp.exp(-z)
    small = z < _SERIES_BELOW
    series = time * (1.0 - z * (1 / 2 - z * (1 / 6 - z * (1 / 24 - z * (1 / 120 - z / 720)))))
    filled = xp.where(small, series, (1.0 - decay) / xp.where(small, 1.0, solved.rates))
    return Relaxation(decay, filled, _chained(graph, solved, time, decay, filled, xp))


def _chained(
    graph: Structure, solved: Modes, time: Any, decay: Any, filled: Any, xp: Any
) -> list[tuple[int, int, Any, Any]]:
    """What a mode receives from those before it in its chain: kappa^k t^k / k! e^{-lambda t} and its integral."""
    found = []
    for m in range(graph.size):
        ancestor, coupling, integral, k = m, 1.0, filled[m], 0
        while graph.chain[ancestor] >= 0:
            coupling, ancestor, k = coupling * solved.links[ancestor], graph.chain[ancestor], k + 1
            power = time**k / factorial(k) * decay[m]
            integral = (integral - power) / xp.maximum(solved.rates[m], 1e-30)
            found.append((m, ancestor, coupling * power, coupling * integral))
    return found


def relax(weights: Relaxation, state: Any, flow: Any, xp: Any) -> Any:
    """Amplitudes after the interval, ``(mode, lane)``; ``flow`` is the modes' constant input per hour, or None."""
    after = weights.decay * state
    if flow is not None:
        after = after + weights.filled * flow
    for m, ancestor, amplitude, integral in weights.chained:
        gain = amplitude * state[ancestor]
        after = _add(after, m, gain if flow is None else gain + integral * flow[ancestor], xp)
    return after


def _add(values: Any, row: int, extra: Any, xp: Any) -> Any:
    if xp is not np:
        return values.at[row].add(extra)
    values[row] += extra
    return values


def _sum(terms: list[Any]) -> Any:
    total = terms[0]
    for x in terms[1:]:
        total = total + x
    return total


def enter(graph: Structure, solved: Modes, amounts: Any, xp: Any) -> Any:
    """Amplitudes ``(mode, lane)`` that amounts ``(input, lane)`` add."""
    zero = xp.zeros_like(solved.rates[0])
    excited = [graph.excited(entry) for entry in graph.entries]
    rows = []
    for m in range(graph.size):
        terms = [solved.inputs[i, m] * amounts[i] for i, modes_of_input in enumerate(excited) if m in modes_of_input]
        rows.append(_sum(terms) if terms else zero)
    return xp.stack(rows)


def read_outputs(graph: Structure, solved: Modes, state: Any, xp: Any) -> Any:
    """Outputs ``(output, lane)``; rounding below zero is cut."""
    seen = [graph.seen(k) for k in range(len(graph.readings))]
    rows = [_sum([solved.outputs[k, m] * state[m] for m in found]) for k, found in enumerate(seen)]
    return xp.maximum(xp.stack(rows), 0.0)
