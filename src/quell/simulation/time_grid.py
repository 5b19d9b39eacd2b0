r"""When the solver looks: short steps after an event, longer ones as its echo fades.

The step at time t is the shortest that a past event asks for; one that lies s hours back asks for

    h(s) = max(min(base, base / 5 + 0.23 s), curve(s)),

where base is two sevenths of the fastest time constant that this event's input excites (Mechanism.fastest). What starts
from nothing bends most, hence the run-up from a fifth of it; where a flow ends nothing starts, and two thirds are short
enough to see the peak. The curve is a share of s: smaller soon after the first dose of a course, when there is little
yet that an error could be compared with, larger soon after later ones, slowed down while a drug washes out, so that
what follows its tail is followed to 1 % of the peak, and held at a day: for good, or up to three weeks after a drug.

Steps end exactly at events and at observation times; between two of those they are stretched or shrunk together, by at
most a tenth longer. The solvers take a step length per person; a protocol gives everybody the same. How far each number
carries: docs/decisions/004-grid-and-blocks.md.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, inf, log

import numpy as np

GROWTH = 0.09
"""Step length as a share of the time since the event, where nothing calls for another."""

STEPS_PER_TIME_CONSTANT = 3.5
_RUN_UP_FROM_NOTHING, _RUN_UP_AT_AN_END, _RUN_UP_GROWTH = 5.0, 1.5, 0.23
_FIRST_DOSE, _FIRST_DOSE_H = 0.75, 2.0
_STRETCH = 1.1
_SAME_TIME_H = 1e-9
_EVENTS_REMEMBERED = 6

_Curve = tuple[tuple[float, float], ...]
_DAYS: _Curve = ((260.0, 24.0), (500.0, 24.0))
_WASHOUT: _Curve = ((4.0, 0.31), (6.0, 0.5), (30.0, 1.39), (72.0, 6.6), *_DAYS, (1600.0, 60.0))
_OTHER: _Curve = ((1.0, 0.08), (1.2, 0.105), (72.0, 6.3), *_DAYS)
_DOSE: _Curve = ((0.5, 0.075), (1.5, 0.125), *_WASHOUT)
_FIRST: _Curve = ((1.0, 0.06), (1.5, 0.125), *_WASHOUT)
"""Hours since the event and step in hours: in proportion before the first, straight between in logarithms."""


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
    from_nothing
        Something starts here; false where a flow ends.
    """

    time_h: float
    base_h: float = inf
    washes_out: bool = False
    from_nothing: bool = True


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
    first_dose = next((b.time_h for b in merged if b.washes_out), inf)
    nodes = [merged[0].time_h]
    past: list[_Event] = []
    for begin, end in pairwise(merged):
        if begin.base_h < inf:
            past = [*past, _event(begin, first_dose, growth / GROWTH)][-_EVENTS_REMEMBERED:]
        nodes += _segment(begin.time_h, end.time_h, past)
    return Grid(np.array(nodes))


def _merge(boundaries: Sequence[Boundary]) -> list[Boundary]:
    """Distinct times in order, with the smallest base at each."""
    merged: list[Boundary] = []
    for b in sorted(boundaries, key=lambda b: b.time_h):
        if merged and b.time_h - merged[-1].time_h <= _SAME_TIME_H:
            last = merged[-1]
            from_nothing = any(x.from_nothing and x.base_h < inf for x in (last, b))
            shortest, washes_out = min(last.base_h, b.base_h), last.washes_out or b.washes_out
            merged[-1] = Boundary(last.time_h, shortest, washes_out, from_nothing)
        else:
            merged.append(b)
    return merged


@dataclass(frozen=True, slots=True)
class _Event:
    """What asks for steps after its time: the first and the longest of its run-up, then its curve times a scale."""

    time_h: float
    first_h: float
    base_h: float
    curve: _Curve
    scale: float

    def wanted(self, now: float) -> float:
        """Step asked for, h."""
        elapsed = now - self.time_h
        run_up = min(self.base_h, self.first_h + _RUN_UP_GROWTH * elapsed)
        return max(run_up, self.scale * _on_curve(self.curve, elapsed))


def _event(b: Boundary, first_dose: float, scale: float) -> _Event:
    early = b.washes_out and b.time_h < first_dose + _FIRST_DOSE_H
    base = b.base_h * (_FIRST_DOSE if early else 1.0)
    curve = _FIRST if early else _DOSE if b.washes_out else _OTHER
    first = base / (_RUN_UP_FROM_NOTHING if b.from_nothing else _RUN_UP_AT_AN_END)
    return _Event(b.time_h, first, base, curve, scale)


def _on_curve(curve: _Curve, elapsed: float) -> float:
    """Step of a curve some time after its event, h."""
    if elapsed <= curve[0][0]:
        return elapsed * curve[0][1] / curve[0][0]
    (a, x), (b, y) = next((pair for pair in pairwise(curve) if elapsed <= pair[1][0]), curve[-2:])
    return x * (elapsed / a) ** (log(y / x) / log(b / a))


def _segment(begin: float, end: float, events: Sequence[_Event]) -> list[float]:
    """Nodes after ``begin`` up to ``end``: steps as wanted, then stretched or shrunk together so that they fit."""
    nodes = [begin]
    while nodes[-1] < end:
        nodes.append(nodes[-1] + min((x.wanted(nodes[-1]) for x in events), default=end - begin))
    wanted = len(nodes) - 2 + (end - nodes[-2]) / (nodes[-1] - nodes[-2])
    steps = max(1, ceil(wanted / _STRETCH))
    inside = np.interp(np.arange(1, steps) * wanted / steps, np.arange(len(nodes)), nodes)
    return [*inside.tolist(), end]
