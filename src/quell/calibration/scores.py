r"""How good a predictive distribution was for what a trial then printed.

From draws x_s of the figure, each with its sampling error, and the observed value y:

    PIT           share of draws below y, half of those equal to it
    CRPS          mean |x_s - y| - 1/2 mean |x_s - x_t|
    log score     ln mean_s p(y | draw s)
    coverage      k of n inside, with the exact (Clopper-Pearson) interval

Differences of log scores are summed within a unit of people before their standard error is taken between units,
because figures of the same people are not independent. Larger log scores and smaller CRPS are better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp
from scipy.stats import beta

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles of a predictive distribution that are shown."""

LEAST_UNITS = 20
"""Units of people below which nothing is claimed about coverage."""


def quantiles(draws: np.ndarray) -> np.ndarray:
    """The predictive quantiles at :data:`LEVELS`, ``(level, ...)`` from ``(draw, ...)``."""
    return np.quantile(draws, LEVELS, axis=0)


def probability_integral_transform(draws: np.ndarray, observed: float) -> float:
    """Share of draws below what was observed, ties counted half; in [0, 1]."""
    return float(np.mean(draws < observed) + 0.5 * np.mean(draws == observed))


def continuous_ranked_probability_score(draws: np.ndarray, observed: float) -> float:
    """CRPS of draws ``(draw,)``, in the figure's unit, unbiased over draws; smaller is better."""
    ordered = np.sort(draws)
    count = ordered.size
    spread = 2.0 * np.sum((2.0 * np.arange(1, count + 1) - count - 1.0) * ordered) / (count * (count - 1.0))
    return float(np.mean(np.abs(ordered - observed)) - 0.5 * spread)


def log_score(log_likelihoods: np.ndarray, axis: int = 0) -> np.ndarray:
    """ln of the mean likelihood over draws; observations of one unit are summed within a draw before."""
    return logsumexp(log_likelihoods, axis=axis) - np.log(log_likelihoods.shape[axis])


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many observations lay inside their intervals.

    Attributes
    ----------
    inside, of
        Counts.
    low, high
        Exact 95 % interval of the share.
    """

    inside: int
    of: int
    low: float
    high: float


def coverage(inside: Sequence[bool], level: float = 0.95) -> Coverage:
    """Coverage with its exact binomial interval.

    Raises
    ------
    ValueError
        Nothing was observed.
    """
    if not inside:
        raise ValueError("coverage of no observation")
    k, n, tail = int(sum(inside)), len(inside), (1.0 - level) / 2.0
    low = 0.0 if k == 0 else float(beta.ppf(tail, k, n - k + 1))
    high = 1.0 if k == n else float(beta.ppf(1.0 - tail, k + 1, n - k))
    return Coverage(k, n, low, high)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Sum of differences over units and its standard error; positive where the first does better."""

    difference: float
    standard_error: float
    units: int


def compare(first: Sequence[float], second: Sequence[float]) -> Comparison:
    """Compare two predictions by their log scores per unit of people, in the same order.

    Raises
    ------
    ValueError
        Fewer than two units, or not as many of one as of the other.
    """
    if len(first) != len(second) or len(first) < 2:
        raise ValueError("a comparison needs the same units twice, two at least")
    differences = np.asarray(first) - np.asarray(second)
    error = float(np.sqrt(differences.size) * differences.std(ddof=1))
    return Comparison(float(differences.sum()), error, differences.size)
