r"""When the solver looks: short steps after an event, longer ones as its echo fades.

The step at time t is

    h(t) = min over past events e of max(base_e, growth * (t - t_e)),

where base_e is a sixth of the fastest time constant that this event's input excites (Mechanism.fastest). Steps end exactly at
events and at observation times. People with their own event times share the number of steps: each segment between two
boundaries is stretched to the person's own length.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

GROWTH = 0.12
"""Step length as a share of the time since the event."""

STEPS_PER_TIME_CONSTANT = 6.0
_SAME_TIME_H = 1e-9
_EVENTS_REMEMBERED = 6


@dataclass(frozen=True, slots=True)
class Boundary:
    """A time at which a step must end.

    Parameters
    ----------
    time_h
        Hours from the first dose, ``(lane,)`` or one for all.
    base_h
        First step after it, h; infinite where nothing starts (an observation).
    """

    time_h: float
    base_h: float = inf


@dataclass(frozen=True, slots=True)
class Grid:
    """Nodes of one arm: ``nodes[0]`` is the start; step i runs from node i to node i + 1."""

    nodes: np.ndarray

    @property
    def steps(self) -> int:
        """Number of steps."""
        return self.nodes.size - 1

    @property
    def lengths(self) -> np.ndarray:
        """Step lengths, h, ``(step,)``."""
        return np.diff(self.nodes)

    def node_at(self, times_h: Sequence[float] | np.ndarray) -> np.ndarray:
        """Index of the node nearest to each time."""
        times = np.asarray(times_h, dtype=float)
        right = np.clip(np.searchsorted(self.nodes, times), 1, self.nodes.size - 1)
        left_is_nearer = times - self.nodes[right - 1] < self.nodes[right] - times
        return np.where(left_is_nearer, right - 1, right)


def build_grid(boundaries: Sequence[Boundary], growth: float = GROWTH) -> Grid:
    """Place the nodes.

    Parameters
    ----------
    boundaries
        In any order; the first and last in time are the ends of the grid.
    growth
        Dimensionless; half of it doubles the number of steps (``--check``).
    """
    times, bases = _merge(boundaries)
    nodes = [times[0]]
    for i in range(times.size - 1):
        past_times, past_bases = _recent(times[: i + 1], bases[: i + 1])
        nodes += _segment(times[i], times[i + 1], past_times, past_bases, growth)
    return Grid(np.array(nodes))


def _merge(boundaries: Sequence[Boundary]) -> tuple[np.ndarray, np.ndarray]:
    """Sorted distinct times with the smallest base at each."""
    ordered = sorted(boundaries, key=lambda b: b.time_h)
    times, bases = [ordered[0].time_h], [ordered[0].base_h]
    for b in ordered[1:]:
        if b.time_h - times[-1] <= _SAME_TIME_H:
            bases[-1] = min(bases[-1], b.base_h)
        else:
            times.append(b.time_h)
            bases.append(b.base_h)
    return np.array(times), np.array(bases)


def _recent(times: np.ndarray, bases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    started = np.isfinite(bases)
    return times[started][-_EVENTS_REMEMBERED:], bases[started][-_EVENTS_REMEMBERED:]


def _segment(begin: float, end: float, events: np.ndarray, bases: np.ndarray, growth: float) -> list[float]:
    """Nodes after ``begin`` up to ``end``, the last steps evened out so that none is a sliver."""
    nodes, now = [], begin
    while True:
        wanted = float(np.min(np.maximum(bases, growth * (now - events)))) if events.size else end - begin
        left = end - now
        if left <= wanted * 1.000001:
            return [*nodes, end]
        if left < 2.0 * wanted:
            return [*nodes, now + left / 2.0, end]
        now += wanted
        nodes.append(now)
