r"""Knowledge and people kept apart: the interval of a population figure is its spread between draws.

People share D draws of the parameters, n_d people each. With draw means m_d, within-draw variances s_d^2 and

    V = max(0, var_d(m_d) - mean_d(s_d^2 / n_d)),

the between-draw standard deviation is sqrt(V); the interval is the quantiles of the draw means shrunk towards their
mean by sqrt(V / var_d(m_d)), so that its shape is kept and the luck of few people per draw is taken out. The Monte
Carlo error of the mean over people joins in quadrature: an interval is never narrower than the simulation itself. Where
what is measured carries error that has nothing to do with the draws, the spread is read off the values without it
(``signal``). Sums run in index order.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

LEAST_PEOPLE_PER_DRAW = 3
"""Below this the two spreads cannot be told apart and no interval is given."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Who took which draw.

    Attributes
    ----------
    draw
        Draw of each person, ``(person,)``.
    draws
        Number of draws; 1 in a typical run.
    """

    draw: np.ndarray
    draws: int

    @property
    def separable(self) -> bool:
        """True where the spread between draws can be estimated."""
        return self.draws > 1 and self.draw.size >= LEAST_PEOPLE_PER_DRAW * self.draws

    def draw_means(self, values: np.ndarray) -> np.ndarray:
        """Mean of each draw's people, shrunk; ``(draw, ...)`` from ``(person, ...)``."""
        flat = values.reshape(values.shape[0], -1).astype(float)
        people = np.bincount(self.draw, minlength=self.draws)[:, None]
        means = self._sums(flat) / people
        within = (self._sums(flat**2) / people - means**2) / np.maximum(people - 1, 1)
        between = means.var(axis=0, ddof=1)
        real = np.maximum(0.0, between - np.maximum(within, 0.0).mean(axis=0))
        shrink = np.sqrt(np.divide(real, between, out=np.zeros_like(real), where=between > 0.0))
        centre = means.mean(axis=0)
        return (centre + (means - centre) * shrink).reshape(self.draws, *values.shape[1:])

    def _sums(self, flat: np.ndarray) -> np.ndarray:
        columns = (np.bincount(self.draw, weights=flat[:, k], minlength=self.draws) for k in range(flat.shape[1]))
        return np.stack(list(columns), axis=1)

    def interval(self, values: np.ndarray, signal: np.ndarray | None = None, level: float = 0.95) -> list[float] | None:
        """Interval of the mean of ``values``, ``(person,)``; None where it cannot be had."""
        bounds = self.intervals(values[:, None], None if signal is None else signal[:, None], level)
        return None if bounds is None else [float(bounds[0, 0]), float(bounds[1, 0])]

    def intervals(self, values: np.ndarray, signal: np.ndarray | None = None, level: float = 0.95) -> np.ndarray | None:
        """Bounds for every column: ``(2, ...)`` from ``(person, ...)``; None where they cannot be had.

        Parameters
        ----------
        signal
            The same without error of measurement, from which the spread between draws is read; default ``values``.
        level
            Probability that the interval holds.
        """
        if not self.separable:
            return None
        means = self.draw_means(values if signal is None else signal)
        tail = (1.0 - level) / 2.0
        spread = np.quantile(means, [tail, 1.0 - tail], axis=0) - means.mean(axis=0)
        luck = float(ndtri(1.0 - tail)) * values.std(axis=0, ddof=1) / np.sqrt(values.shape[0])
        return values.mean(axis=0) + np.array([[-1.0], [1.0]]).reshape(2, *[1] * (values.ndim - 1)) * np.hypot(
            spread, luck
        )


def monte_carlo_error(values: np.ndarray) -> float:
    """Standard error of a mean over people."""
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else 0.0
