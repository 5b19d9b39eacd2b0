r"""Exact summary of a model's concentrations: the numbers that samples only estimate.

With x' = A x + B u, y = C x, a dose d at once or over T, repeated every tau:

    AUC  = -C A^-1 B d             AUMC = C A^-2 B d + AUC T/2          MRT = AUMC/AUC - T/2
    area of the first interval     C A^-1 (x(tau) - B d)
    state before a dose of the steady state     (I - e^{A tau})^-1 e^{A (tau - T)} x(T)
    half-life = ln 2 / lambda,  lambda the smallest pole that the dose excites and the output sees

Poles come block by block (:mod:`quell.mechanisms.network_structure`), so that equal transit rates stay equal; peak and
trough are roots of y' = C (A x + B u). Units: mg, h, L and the output's own for concentrations.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import expm
from scipy.optimize import root_scalar
from threadpoolctl import threadpool_limits

from quell.mechanisms.network import LinearNetwork, NetworkError
from quell.mechanisms.network_structure import coefficients, output_matrix, rate_matrix, structure

_GRID = 160
_LONGEST = 40.0
_SINGULAR = 1e-13


@dataclass(frozen=True, slots=True)
class Exposure:
    """Exact numbers, ``(person,)`` each; NaN for an interval that was not asked for.

    Attributes
    ----------
    cmax, tmax
        Peak after a first dose, in the output's unit, and its time, h.
    auc, aumc, mrt
        Area to infinity, first moment, mean residence time (absorption included), h.
    rate, half_life
        Smallest pole, 1/h, and ln 2 over it, h.
    clearance, volume_z, volume_ss
        Dose over area; that over the pole; clearance x MRT where the dose enters what is read, NaN elsewhere.
    auc_interval
        Area of the first interval.
    cmax_ss, tmax_ss, cmin_ss, trough, average, fluctuation
        Of an interval at steady state: peak, its time since the dose, minimum, value just before the dose, mean,
        (cmax - cmin)/average.
    accumulation, accumulation_auc, accumulation_cmax
        1/(1 - e^{-rate interval}); area of an interval at steady state over the first; the same for peaks.
    """

    cmax: np.ndarray
    tmax: np.ndarray
    auc: np.ndarray
    aumc: np.ndarray
    mrt: np.ndarray
    rate: np.ndarray
    half_life: np.ndarray
    clearance: np.ndarray
    volume_z: np.ndarray
    volume_ss: np.ndarray
    auc_interval: np.ndarray
    cmax_ss: np.ndarray
    tmax_ss: np.ndarray
    cmin_ss: np.ndarray
    trough: np.ndarray
    average: np.ndarray
    fluctuation: np.ndarray
    accumulation: np.ndarray
    accumulation_auc: np.ndarray
    accumulation_cmax: np.ndarray


def exact_exposure(
    network: LinearNetwork,
    parameters: Any,
    covariates: Any,
    *,
    entry: str,
    output: str,
    dose: float = 1.0,
    infusion_h: float = 0.0,
    interval_h: float | None = None,
) -> Exposure:
    """Summarise what a dose does to an output, exactly.

    Parameters
    ----------
    network, parameters, covariates
        As for :func:`quell.simulation.concentrations.concentrations`.
    entry, output
        Names of the input that is dosed and of the output that is read.
    dose, infusion_h
        mg, and the time over which it enters at a constant rate, h; 0 at once.
    interval_h
        Dosing interval, h, for the steady state.

    Returns
    -------
    Exposure
        One number a person.

    Raises
    ------
    NetworkError
        An unknown input or output, drug that never leaves, an infusion longer than its interval, or a dose that the
        output never sees.
    """
    if interval_h is not None and not 0.0 <= infusion_h <= interval_h:
        raise NetworkError(
            f"{network.name}: an infusion of {infusion_h:g} h does not fit an interval of {interval_h:g} h"
        )
    inlet, reading = _place(network, "input", entry), _place(network, "output", output)
    graph, numbers = structure(network), coefficients(network, parameters, covariates, np)
    seen = set(graph.seen(reading))
    passed = [i for i in graph.excited(graph.entries[inlet]) if i in seen]
    if not passed:
        raise NetworkError(f"{network.name}: what enters {entry!r} never comes to {output!r}")
    matrices = np.broadcast_to(rate_matrix(numbers, np), (numbers.lanes, graph.size, graph.size))
    weights = np.broadcast_to(output_matrix(numbers, np)[:, reading], (numbers.lanes, graph.size))
    blocks = [[i for i in block if i in passed] for block in graph.blocks]
    start = np.array([float(i == graph.entries[inlet]) for i in passed])
    direct = graph.entries[inlet] in graph.readings[reading]
    rows = []
    with threadpool_limits(limits=1, user_api="blas"):  # a second thread waits longer than so small a matrix takes
        for matrix, weight in zip(matrices, weights, strict=True):
            rate = _slowest(matrix, [block for block in blocks if block], network)
            course = _Course(matrix[np.ix_(passed, passed)], start, weight[passed], dose, infusion_h)
            rows.append(_person(course, rate, direct, interval_h))
    return Exposure(**{name: np.array([row[name] for row in rows]) for name in Exposure.__slots__})


def _place(network: LinearNetwork, kind: str, name: str) -> int:
    names = network.input_names if kind == "input" else network.output_names
    if name not in names:
        raise NetworkError(f"{network.name}: there is no {kind} {name!r}; known: {', '.join(names)}")
    return names.index(name)


def _slowest(matrix: np.ndarray, blocks: list[list[int]], network: LinearNetwork) -> float:
    poles = np.concatenate([-np.linalg.eigvals(matrix[np.ix_(block, block)]).real for block in blocks])
    if poles.min() <= _SINGULAR * poles.max():
        raise NetworkError(f"{network.name}: some drug never leaves, so that its area has no end")
    return float(poles.min())


@dataclass(frozen=True, slots=True)
class _Course:
    """One dose in one person: x' = A x + b d/T while it runs in."""

    matrix: np.ndarray
    entry: np.ndarray
    weight: np.ndarray
    dose: float
    duration: float

    @property
    def at_once(self) -> np.ndarray:
        """State that a bolus adds."""
        return self.entry * (0.0 if self.duration > 0.0 else self.dose)

    @property
    def inflow(self) -> np.ndarray:
        """Rate of input while it lasts."""
        return self.entry * (self.dose / self.duration if self.duration > 0.0 else 0.0)

    def state(self, time: float, before: np.ndarray) -> np.ndarray:
        """Amounts a time after the dose, from those just before it."""
        running = min(time, self.duration)
        after = before + self.at_once
        if running > 0.0:
            after = _forced(self.matrix, self.inflow, running, after)
        return expm(self.matrix * (time - running)) @ after if time > running else after

    def value(self, time: float, before: np.ndarray) -> float:
        """The output then."""
        return float(self.weight @ self.state(time, before))

    def slope(self, time: float, before: np.ndarray) -> float:
        """Its derivative; at the end of an infusion that from the left."""
        inflow = self.inflow if time <= self.duration else 0.0 * self.inflow
        return float(self.weight @ (self.matrix @ self.state(time, before) + inflow))


def _forced(matrix: np.ndarray, inflow: np.ndarray, time: float, before: np.ndarray) -> np.ndarray:
    size = before.size
    whole = np.zeros((size + 1, size + 1))
    whole[:size, :size], whole[:size, size] = matrix, inflow
    moved = expm(whole * time)
    return moved[:size, :size] @ before + moved[:size, size]


def _person(course: _Course, rate: float, direct: bool, interval: float | None) -> dict[str, float]:
    nothing = np.zeros_like(course.entry)
    once = np.linalg.solve(course.matrix, course.entry * course.dose)
    area = -float(course.weight @ once)
    moment = float(course.weight @ np.linalg.solve(course.matrix, once)) + area * course.duration / 2.0
    residence, clearance = moment / area - course.duration / 2.0, course.dose / area
    _, cmax, tmax = _extremes(course, nothing, course.duration + _LONGEST / rate)
    found = {"cmax": cmax, "tmax": tmax, "auc": area, "aumc": moment, "mrt": residence, "rate": rate}
    found |= {"half_life": np.log(2.0) / rate, "clearance": clearance, "volume_z": clearance / rate}
    found |= {"volume_ss": clearance * residence if direct else np.nan}
    return found | _steady(course, rate, area, cmax, interval)


def _steady(course: _Course, rate: float, area: float, cmax: float, interval: float | None) -> dict[str, float]:
    names = ("auc_interval", "cmax_ss", "tmax_ss", "cmin_ss", "trough", "average", "fluctuation")
    names += ("accumulation", "accumulation_auc", "accumulation_cmax")
    if interval is None:
        return dict.fromkeys(names, np.nan)
    nothing = np.zeros_like(course.entry)
    first = course.state(interval, nothing)
    early = float(course.weight @ np.linalg.solve(course.matrix, first - course.entry * course.dose))
    before = np.linalg.solve(np.eye(first.size) - expm(course.matrix * interval), first)
    least, most, at = _extremes(course, before, interval)
    trough, average = float(course.weight @ before), area / interval
    least = min(least, trough)
    numbers = (early, most, at, least, trough, average, (most - least) / average)
    repeated = (-1.0 / np.expm1(-rate * interval), area / early, most / cmax)
    return dict(zip(names, (*numbers, *repeated), strict=True))


def _extremes(course: _Course, before: np.ndarray, horizon: float) -> tuple[float, float, float]:
    """Smallest and largest value between the dose and the horizon, and the time of the largest."""
    fastest = float(-np.diagonal(course.matrix).min())
    after = course.duration + np.geomspace(1e-3 / fastest, max(horizon - course.duration, 2e-3 / fastest), _GRID)
    during = np.linspace(0.0, course.duration, _GRID // 4) if course.duration > 0.0 else np.zeros(1)
    times = np.concatenate([during, after[after < horizon], [horizon]])
    values = np.array([course.value(t, before) for t in times])
    tops = [
        _refined(course, before, times, int(np.argmax(values))),
        _refined(course, before, times, int(np.argmin(values))),
    ]
    (high, at), (low, _) = tops
    return low, high, at


def _refined(course: _Course, before: np.ndarray, times: np.ndarray, k: int) -> tuple[float, float]:
    """The extreme next to grid point k: a root of the slope on either side, else the point itself."""
    best = course.value(times[k], before), float(times[k])
    for left, right in ((k - 1, k), (k, k + 1)):
        if left < 0 or right >= times.size:
            continue
        a, b = float(times[left]), float(times[right])
        if a == course.duration and b > a:
            a = np.nextafter(a, b)
        here, there = course.slope(a, before), course.slope(b, before)
        if here * there < 0.0:
            found = root_scalar(course.slope, args=(before,), bracket=(a, b), method="brentq", xtol=1e-13 * max(b, 1.0))
            root = float(found.root)
            best = course.value(root, before), root
    return best
