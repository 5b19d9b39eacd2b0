r"""The mode of a log density and the normal approximation there: where a sampler starts, and how it is whitened.

    x* = argmax log p,     H = -d^2 log p at x*,     p(x) ~ N(x*, H^{-1}),     x = x* + L^{-T} y  with  H = L L^T

so that y is about standard normal. H is taken from central differences of the gradient, which costs two gradients a
dimension and no second compilation. Directions that the data leave flatter than the prior's own unit curvature keep
that curvature.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

ValueAndGradient = Callable[[np.ndarray], tuple[Any, Any]]
"""x -> (log density, its gradient)."""

_STEP = 1e-3
_EVALUATIONS = 2_000
_LEAST_CURVATURE = 0.25
"""Curvature below which a direction is taken to be this curved: twice the prior's standard deviation."""


class NoModeError(Exception):
    """The search for the mode did not end at one; the message says how it ended."""


@dataclass(frozen=True)
class Laplace:
    """A normal approximation.

    Attributes
    ----------
    mode
        x*, ``(unknown,)``.
    log_density
        At the mode.
    curvature
        H, ``(unknown, unknown)``, symmetric and positive definite.
    """

    mode: np.ndarray
    log_density: float
    curvature: np.ndarray

    @property
    def covariance(self) -> np.ndarray:
        """H^{-1}."""
        return np.linalg.inv(self.curvature)

    def place(self, y: np.ndarray) -> np.ndarray:
        """x of whitened y, ``(..., unknown)`` each."""
        lower = np.linalg.cholesky(self.curvature)
        return self.mode + solve_triangular(lower.T, np.asarray(y).T).T

    def whiten(self, x: np.ndarray) -> np.ndarray:
        """Whitened y of x."""
        return (np.asarray(x) - self.mode) @ np.linalg.cholesky(self.curvature)


def approximate(function: ValueAndGradient, start: np.ndarray) -> Laplace:
    """Climb to the mode and measure the curvature there.

    Raises
    ------
    NoModeError
        The climb failed, or left the finite numbers.
    """
    found = minimize(
        lambda x: tuple(-np.asarray(part, dtype=float) for part in function(x)),
        start,
        jac=True,
        method="L-BFGS-B",
        options={"maxfun": _EVALUATIONS, "maxiter": _EVALUATIONS, "ftol": 1e-12, "gtol": 1e-5},
    )
    if not found.success or not np.isfinite(found.fun):
        raise NoModeError(f"the climb to the mode ended after {found.nfev} evaluations: {found.message}")
    return Laplace(found.x, -float(found.fun), _at_least(curvature(function, found.x)))


def curvature(function: ValueAndGradient, x: np.ndarray) -> np.ndarray:
    """-d^2 log p at x by central differences of the gradient, made symmetric."""
    rows = [
        (np.asarray(function(x - step)[1]) - np.asarray(function(x + step)[1])) / (2.0 * _STEP)
        for step in _STEP * np.eye(x.size)
    ]
    whole = np.stack(rows)
    return (whole + whole.T) / 2.0


def _at_least(matrix: np.ndarray) -> np.ndarray:
    """The matrix with no eigenvalue below the least curvature."""
    values, vectors = np.linalg.eigh(matrix)
    return (vectors * np.maximum(values, _LEAST_CURVATURE)) @ vectors.T
