r"""From record to record: z_j = e^{A (t_j - t_{j-1})} z_{j-1} + h_j, for many people side by side.

People stand in the order of their number of records, most first, so that the k-th records of all who have one are a
prefix: nothing is padded, and each step is one operation over people. :class:`Steps` holds that order.

By modes a running bound on rounding tells who needs the matrix exponential: amounts are sums of terms, and the sum of
the terms' sizes times the machine's rounding must stay within :data:`TOLERANCE` of the larger of the amount and
:data:`FLOOR` of the compartment's peak.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from quell.simulation.kinetic_steps import relax
from quell.simulation.record_plan import Timeline
from quell.simulation.record_values import Sets
from quell.simulation.record_ways import ByExponential, ByModes, Lanes, multiply

TOLERANCE = 1e-8
"""Largest relative error of amounts."""

FLOOR = 1e-6
"""Amounts below this part of the peak are allowed the error of the peak times this part."""

_ROUNDING = 8.0 * float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True)
class Steps:
    """Records of people in the order of steps.

    Attributes
    ----------
    order
        Records, first those that are people's first, then the second, ..., ``(record,)``.
    place
        Where each record stands in that order.
    bounds
        Where each step begins, and the end, ``(step + 1,)``.
    people
        Who stands in each lane, ``(lane,)``.
    """

    order: np.ndarray
    place: np.ndarray
    bounds: np.ndarray
    people: np.ndarray


def find_steps(line: Timeline) -> Steps:
    """The order of steps of a timeline."""
    people = np.argsort(-line.count, kind="stable")
    first = line.first[people]
    longest = int(line.count.max(initial=0))
    alive = people.size - np.searchsorted(np.sort(line.count), np.arange(longest), side="right")
    order = np.concatenate([first[:n] + k for k, n in enumerate(alive.tolist())]) if longest else first
    place = np.empty_like(order)
    place[order] = np.arange(order.size)
    return Steps(order, place, np.append(0, np.cumsum(alive)), people)


def walk_by_modes(
    way: ByModes, sets: Sets, line: Timeline, steps: Steps, added: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Take the steps.

    Parameters
    ----------
    added
        h, in the order of steps, ``(mode, record)``.

    Returns
    -------
    amounts, doubtful
        mg, in the order of steps, ``(compartment, record)``; who needs the matrix exponential, ``(person,)``.
    """
    walk = _walk_varying if sets.varying else _walk_constant
    amounts = np.empty((way.solved.outputs.shape[0], steps.order.size))
    watch = _Watch(amounts.shape[0], steps.people.size)
    walk(way, sets, line, steps, added, amounts, watch)
    doubtful = np.zeros(steps.people.size, dtype=bool)
    doubtful[steps.people] = watch.doubtful()
    return amounts, doubtful


def _walk_constant(
    way: ByModes, sets: Sets, line: Timeline, steps: Steps, added: np.ndarray, amounts: np.ndarray, watch: "_Watch"
) -> None:
    """Everybody keeps one set of parameters."""
    lengths, kept = line.lengths[steps.order], ~line.starts_anew[steps.order]
    solved = way.solved.take(sets.here[steps.order[: steps.people.size]])
    state = np.zeros((way.graph.size, steps.people.size))
    for low, high in pairwise(steps.bounds.tolist()):
        if high - low < state.shape[1]:
            state, solved = state[:, : high - low], solved.take(slice(high - low))
        state = _relaxed(way, solved, state, lengths[low:high])
        if not kept[low:high].all():
            state *= kept[low:high]
        state += added[:, low:high]
        terms = solved.outputs * state
        np.add.reduce(terms, axis=1, out=amounts[:, low:high])
        watch.see(amounts[:, low:high], np.add.reduce(np.abs(terms, out=terms), axis=1))


def _walk_varying(
    way: ByModes, sets: Sets, line: Timeline, steps: Steps, added: np.ndarray, amounts: np.ndarray, watch: "_Watch"
) -> None:
    """Amplitudes are written anew wherever parameters change; their sizes are carried beside them."""
    before, here = sets.before[steps.order], sets.here[steps.order]
    lengths, kept = line.lengths[steps.order], ~line.starts_anew[steps.order]
    state = size = np.zeros((way.graph.size, steps.people.size))
    basis = before[: steps.people.size]
    for low, high in pairwise(steps.bounds.tolist()):
        part, lanes = slice(low, high), slice(high - low)
        state, size = _rebased(way, basis[lanes], before[part], state[:, lanes], size[:, lanes])
        solved = way.solved.take(before[part])
        state, size = (_relaxed(way, solved, x, lengths[part]) * kept[part] for x in (state, size))
        basis = here[part]
        state, size = _rebased(way, before[part], basis, state, size)
        state, size = state + added[:, part], size + np.abs(added[:, part])
        outputs = way.solved.outputs[:, :, basis]
        np.add.reduce(outputs * state, axis=1, out=amounts[:, part])
        watch.see(amounts[:, part], np.add.reduce(np.abs(outputs) * size, axis=1))


def _rebased(
    way: ByModes, old: np.ndarray, new: np.ndarray, state: np.ndarray, size: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The same amounts as amplitudes of other parameters, and the sizes of the terms that these are sums of."""
    changed = np.flatnonzero(old != new)
    if changed.size:
        amounts = np.abs(way.amounts(old[changed], state[:, changed]))
        size = size.copy()
        size[:, changed] = np.sum(np.abs(way.solved.inputs[:, :, new[changed]]) * amounts[:, None], axis=0)
    return way.rebased(old, new, state), size


def _relaxed(way: ByModes, solved: Lanes, state: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    return relax(way.weights(solved, lengths, flowing=False), state, None, np)


class _Watch:
    """Running bound on rounding, ``(compartment, lane)``."""

    def __init__(self, compartments: int, lanes: int) -> None:
        self.peak = np.zeros((compartments, lanes))
        self.worst = np.zeros((compartments, lanes))

    def see(self, values: np.ndarray, sizes: np.ndarray) -> None:
        """Take in the values of a step and the sizes of their terms."""
        lanes = values.shape[1]
        peak, worst = self.peak[:, :lanes], self.worst[:, :lanes]
        np.maximum(peak, values, out=peak)
        sizes *= _ROUNDING / TOLERANCE
        sizes -= values
        np.maximum(worst, sizes, out=worst)

    def doubtful(self) -> np.ndarray:
        """Whose bound is not kept (not a number counts as not kept)."""
        return ~np.all(self.worst <= FLOOR * self.peak, axis=0)


def walk_by_exponential(way: ByExponential, sets: Sets, line: Timeline, steps: Steps, added: np.ndarray) -> np.ndarray:
    """Take the steps by matrix exponential; amounts as :func:`walk_by_modes` gives them."""
    before = sets.before[steps.order]
    lengths, kept = line.lengths[steps.order], ~line.starts_anew[steps.order]
    state, found = np.zeros((way.graph.size, steps.people.size)), []
    for low, high in pairwise(steps.bounds.tolist()):
        power = way.decay(before[low:high], lengths[low:high]).power
        state = multiply(power, state[:, : high - low]) * kept[low:high] + added[:, low:high]
        found.append(way.amounts(before[low:high], state))
    return np.concatenate(found, axis=1)
