r"""When the solver looks: short steps after an event, longer ones as its echo fades.

The step at time t is

    h(t) = min over past events e of max(min(base_e, base_e / 8 + (t - t_e) / 4), min(g(t - t_e), one day)),

    g(s) = 0.08 s in the first hour, 0.095 s later, and 0.095 * 6 h (s / 6 h)^0.6 from 6 to 48 h after a drug begins or
    ceases to enter,

where base_e is two sevenths of the fastest time constant that this event's input excites (Mechanism.fastest): a run-up
from an eighth of it, because what starts from nothing bends most, then growth. While a drug washes out steps grow more
slowly, so that what follows its tail is followed to 1 % of the peak. Steps end exactly at events and at observation
times. The solvers take a step length per person; a protocol gives everybody the same. How far each number carries:
docs/decisions/004-grid-and-blocks.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

import numpy as np

GROWTH = 0.095
"""Step length as a share of the time since the event."""

STEPS_PER_TIME_CONSTANT = 3.5
LONGEST_H = 24.0
_FIRST_HOUR = 0.08 / GROWTH
_WASHOUT_H, _WASHOUT_POWER = (6.0, 48.0), 0.6
_RUN_UP, _RUN_UP_GROWTH = 8.0, 0.25
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
    washes_out
        A drug begins or ceases to enter here.
    """

    time_h: float
    base_h: float = inf
    washes_out: bool = False


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
    merged = _merge(boundaries)
    nodes = [merged[0].time_h]
    for i, (begin, end) in enumerate(pairwise(merged)):
        past = [b for b in merged[: i + 1] if b.base_h < inf][-_EVENTS_REMEMBERED:]
        nodes += _segment(begin.time_h, end.time_h, past, growth)
    return Grid(np.array(nodes))


def _merge(boundaries: Sequence[Boundary]) -> list[Boundary]:
    """Distinct times in order, with the smallest base at each."""
    merged: list[Boundary] = []
    for b in sorted(boundaries, key=lambda b: b.time_h):
        if merged and b.time_h - merged[-1].time_h <= _SAME_TIME_H:
            last = merged[-1]
            merged[-1] = Boundary(last.time_h, min(last.base_h, b.base_h), last.washes_out or b.washes_out)
        else:
            merged.append(b)
    return merged


def _wanted(event: Boundary, elapsed: float, growth: float) -> float:
    """Step that an event asks for some time after it, h."""
    run_up = min(event.base_h, event.base_h / _RUN_UP + _RUN_UP_GROWTH * elapsed)
    share = growth * (_FIRST_HOUR if elapsed < 1.0 else 1.0)
    begin, end = _WASHOUT_H
    slowed = (elapsed / begin) ** (_WASHOUT_POWER - 1.0) if event.washes_out and begin < elapsed < end else 1.0
    return max(run_up, min(share * elapsed * slowed, LONGEST_H * growth / GROWTH))


def _segment(begin: float, end: float, events: Sequence[Boundary], growth: float) -> list[float]:
    """Nodes after ``begin`` up to ``end``, the last steps evened out so that none is a sliver."""
    nodes, now = [], begin
    while True:
        wanted = min((_wanted(x, now - x.time_h, growth) for x in events), default=end - begin)
        left = end - now
        if left <= wanted * 1.000001:
            return [*nodes, end]
        if left < 2.0 * wanted:
            return [*nodes, now + left / 2.0, end]
        now += wanted
        nodes.append(now)
