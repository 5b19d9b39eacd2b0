r"""How probable what a paper prints is, given a prediction: one term an observation, on the scale the paper reports.

    mean, difference, share, ratio      log N(value | prediction, SE)
    responders k of n                   log binomial(k | n, p)
    median time                         log N(ln value | ln prediction, SE of the log)
    order a < b                         log Phi((b - a) / s)
    bound low <= x <= high              log [Phi((high - x) / s) - Phi((low - x) / s)]

A time course measured in depression carries the uncertainty of its transfer besides its own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, sqrt
from typing import Any

import jax.numpy as jnp
from jax.scipy.special import gammaln, log_ndtr, ndtr
from jax.scipy.stats import norm

from quell.calibration.asked import LOST, Asked
from quell.evidence.library import Library
from quell.evidence.study_records import Observation, Spread

Term = Callable[[Any], Any]
"""Prediction -> log likelihood."""

_LEAST = 1e-4
_95_PER_CENT = 3.92


@dataclass(frozen=True)
class Assumed:
    """What is assumed of published figures beyond their own spread, from the pack ``calibration``."""

    transfer: float
    transfer_log: float
    order: float
    bound: float


def assumed(library: Library) -> Assumed:
    """The pack's values."""
    names = ("transfer_sd", "transfer_log_sd", "order_sd", "bound_sd")
    return Assumed(*(library[f"calibration.{name}"].value for name in names))


def standard_error(spread: Spread, n: int) -> float:
    """Standard error of a figure, in its unit; of its logarithm for ``log_se``.

    Raises
    ------
    ValueError
        The spread has no standard error without the number of people behind it.
    """
    if spread.kind == "ci":
        return (spread.high - spread.low) / _95_PER_CENT
    if spread.kind == "sd":
        if n < 1:
            raise ValueError("an SD gives a standard error only with a number of people")
        return spread.high / sqrt(n)
    return spread.high


def term(asked: Asked, given: Assumed) -> Term:
    """The term of one observation."""
    observation = asked.observation
    if observation.order:
        return _order(observation, given)
    if observation.statistic == "bound":
        return _bound(observation, given)
    if observation.count is not None and observation.of is not None:
        return _binomial(observation.count, observation.of)
    assert observation.spread is not None
    assert observation.value is not None
    error, value = standard_error(observation.spread, observation.n or _people(asked)), observation.value
    moved = _is_transferred(asked)
    if observation.statistic == LOST:
        error = hypot(error, given.transfer_log) if moved else error
        return lambda x: norm.logpdf(jnp.log(jnp.maximum(x, _LEAST)), jnp.log(value), error)
    error = hypot(error, given.transfer) if moved else error
    return lambda x: norm.logpdf(value, x, error)


def _people(asked: Asked) -> int:
    return asked.study.arm(asked.arms[0]).n or asked.study.people.n


def _is_transferred(asked: Asked) -> bool:
    return not asked.study.people.disorder and asked.observation.informs == "shape"


def _binomial(count: int, of: int) -> Term:
    ways = gammaln(of + 1.0) - gammaln(count + 1.0) - gammaln(of - count + 1.0)

    def log_probability(percent: Any) -> Any:
        p = jnp.clip(percent / 100.0, _LEAST, 1.0 - _LEAST)
        return ways + count * jnp.log(p) + (of - count) * jnp.log1p(-p)

    return log_probability


def _order(observation: Observation, given: Assumed) -> Term:
    arms = [word for word in observation.order if word not in ("<", "<=")]
    pairs = list(pairwise(range(len(arms))))

    def log_probability(effects: Any) -> Any:
        return sum(log_ndtr((effects[b] - effects[a]) / given.order) for a, b in pairs)

    return log_probability


def _bound(observation: Observation, given: Assumed) -> Term:
    ratio = observation.unit == "%"
    softness = given.transfer if ratio else given.bound
    low = -jnp.inf if observation.at_least is None else observation.at_least
    high = jnp.inf if observation.at_most is None else observation.at_most

    def log_probability(x: Any) -> Any:
        inside = ndtr((high - x) / softness) - ndtr((low - x) / softness)
        beyond = jnp.where(x > high, log_ndtr((high - x) / softness), log_ndtr((x - low) / softness))
        return jnp.where(inside > 1e-12, jnp.log(jnp.maximum(inside, 1e-12)), beyond)

    return log_probability
