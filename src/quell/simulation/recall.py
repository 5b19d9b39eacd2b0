r"""What a scale recalls: the mean of a course over its window.

For a course a known at the nodes and middles of the steps,

    mean over [t - w, t] = [I(t) - I(t - w)] / w,      I(t) = \int a,

with I by Simpson's rule on every step and a cubic Hermite polynomial between nodes (I' = a is known there). Before
the first node the course is at its first value: relief before treatment is zero. A window of zero asks about the
moment.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from quell.simulation.step_peak import peak_of_step


@dataclass(frozen=True)
class Course:
    """A quantity over time for many people.

    Attributes
    ----------
    nodes
        Times, h, ``(node,)``.
    values
        At the nodes, ``(node, lane)``.
    middles
        Halfway between, ``(node - 1, lane)``.
    """

    nodes: np.ndarray
    values: np.ndarray
    middles: np.ndarray

    @cached_property
    def integral(self) -> np.ndarray:
        """I at the nodes, ``(node, lane)``, zero at the first."""
        h = np.diff(self.nodes)[:, None]
        pieces = h / 6.0 * (self.values[:-1] + 4.0 * self.middles + self.values[1:])
        return np.concatenate([np.zeros_like(self.values[:1]), np.cumsum(pieces, axis=0)])

    def at(self, times_h: np.ndarray) -> np.ndarray:
        """The course at any time, quadratic within a step, ``(time, lane)``."""
        i, s = self._locate(times_h)
        a, m, b = self.values[i], self.middles[i], self.values[i + 1]
        return a * (1 - s) * (1 - 2 * s) + m * 4 * s * (1 - s) + b * s * (2 * s - 1)

    def highest(self) -> tuple[np.ndarray, np.ndarray]:
        """Largest value and its time, h, ``(lane,)`` each; an error of the fourth order where the course is smooth.

        The step with the highest known value is looked at, and the next one, which begins where that one may be
        highest.
        """
        step = np.maximum(self.middles, np.maximum(self.values[:-1], self.values[1:])).argmax(axis=0)
        first, second = (self._highest_of(x) for x in (step, np.minimum(step + 1, self.middles.shape[0] - 1)))
        later = second[0] > first[0]
        return np.where(later, second[0], first[0]), np.where(later, second[1], first[1])

    def _highest_of(self, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Largest value within one step of each lane, and its time, h."""
        lengths, following = np.diff(self.nodes), np.minimum(step + 1, self.middles.shape[0] - 1)
        a, m, b, next_m, next_b = (
            np.take_along_axis(x, i[None], axis=0)[0]
            for x, i in (
                (self.values[:-1], step),
                (self.middles, step),
                (self.values[1:], step),
                (self.middles, following),
                (self.values[1:], following),
            )
        )
        ratio = np.where(following > step, lengths[following] / lengths[step], np.nan)
        value, share = peak_of_step(a, m, b, next_m, next_b, ratio)
        return value, self.nodes[step] + share * lengths[step]

    def window_means(self, times_h: np.ndarray, windows_h: np.ndarray) -> np.ndarray:
        """Mean over the window that ends at each time, ``(time, lane)``.

        Parameters
        ----------
        times_h, windows_h
            ``(time,)`` each; a window of 0 gives the value at the time.
        """
        times_h, windows_h = np.asarray(times_h, dtype=float), np.asarray(windows_h, dtype=float)
        means, moment = np.empty((times_h.size, self.values.shape[1])), windows_h == 0.0
        if moment.any():
            means[moment] = self.at(times_h[moment])
        if not moment.all():
            until, window = times_h[~moment], windows_h[~moment]
            means[~moment] = (self._integral_at(until) - self._integral_at(until - window)) / window[:, None]
        return means

    def _locate(self, times_h: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        clipped = np.clip(times_h, self.nodes[0], self.nodes[-1])
        i = np.clip(np.searchsorted(self.nodes, clipped, side="right") - 1, 0, self.nodes.size - 2)
        s = (clipped - self.nodes[i]) / (self.nodes[i + 1] - self.nodes[i])
        return i, s[:, None]

    def _integral_at(self, times_h: np.ndarray) -> np.ndarray:
        integral = self.integral
        i, s = self._locate(times_h)
        h = (self.nodes[i + 1] - self.nodes[i])[:, None]
        inside = (
            integral[i] * (1 + 2 * s) * (1 - s) ** 2
            + integral[i + 1] * s**2 * (3 - 2 * s)
            + h * (self.values[i] * s * (1 - s) ** 2 - self.values[i + 1] * s**2 * (1 - s))
        )
        before = np.minimum(times_h - self.nodes[0], 0.0)[:, None] * self.values[:1]
        return inside + before
