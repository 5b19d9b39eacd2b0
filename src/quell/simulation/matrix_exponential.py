r"""Exponentials of compartmental matrices, exact to the last digits of every entry.

Off its diagonal a compartmental matrix M is non-negative. With q the largest loss, N = M + q I >= 0 and

    exp(M) = [ exp(-q / 2^s) sum_k (N / 2^s)^k / k! ]^(2^s)

adds and multiplies non-negative numbers only, so nothing cancels: small concentrations soon after a dose are as
accurate, relatively, as the peak, at coinciding rate constants too. It is the reference for
:mod:`quell.simulation.kinetic_modes` and its understudy where poles crowd. A constant input u is one more column:
exp([[A, u], [0, 0]] h) holds \int_0^h exp(A s) u ds beside exp(A h).
"""

from math import factorial
from typing import Any

import numpy as np
from jax import lax

_LARGEST_STEP = 0.5
_MOST_SQUARINGS = 40
_TRACED_SQUARINGS = 24


def compartmental_exponential(matrix: Any, xp: Any, squarings: int = _TRACED_SQUARINGS) -> Any:
    """exp(M) for a batch of compartmental matrices.

    Parameters
    ----------
    matrix
        M, dimensionless (rate matrix x time), ``(..., n, n)``, off-diagonal entries >= 0.
    xp
        ``numpy`` or ``jax.numpy``; differentiable everywhere.
    squarings
        Squarings to provide for; each matrix uses as many as it needs: enough for losses up to 2^(squarings - 1).

    Returns
    -------
    array
        ``(..., n, n)``.
    """
    size = matrix.shape[-1]
    unit = xp.eye(size)
    diagonal = xp.diagonal(matrix, axis1=-2, axis2=-1)
    shift = xp.max(-diagonal, axis=-1)[..., None, None]
    shifted = matrix + shift * unit
    norm = xp.max(xp.sum(shifted, axis=-2), axis=-1)
    needed = xp.clip(xp.ceil(xp.log2(xp.maximum(norm, 1e-300) / _LARGEST_STEP)), 0, squarings)[..., None, None]
    part = xp.exp2(-needed)
    series = _taylor(shifted * part, unit)
    return _square(xp.exp(-shift * part) * series, needed, squarings, xp)


def _taylor(x: Any, unit: Any) -> Any:
    """sum_k x^k / k! to order 15, in groups of four powers: six products of matrices."""
    second = x @ x
    powers = (unit, x, second, second @ x)
    fourth = second @ second
    total: Any = 0.0
    for group in (12, 8, 4, 0):
        terms = powers[3] / factorial(group + 3)
        for k in (2, 1, 0):
            terms = powers[k] / factorial(group + k) + terms
        total = terms if group == 12 else fourth @ total + terms
    return total


def _square(power: Any, needed: Any, squarings: int, xp: Any) -> Any:
    """Each matrix squared as often as it needs; a loop under JAX, too, which compiles one product."""
    if xp is not np:
        return lax.scan(lambda x, k: (xp.where(k < needed, x @ x, x), None), power, xp.arange(squarings))[0]
    for k in range(squarings):
        short = needed[..., 0, 0] > k
        power[short] = power[short] @ power[short]
    return power


def squarings_for(largest: float) -> int:
    """Squarings that a matrix of this largest column sum (after the shift) needs."""
    needed = 0
    while largest > _LARGEST_STEP * 2.0**needed and needed < _MOST_SQUARINGS:
        needed += 1
    return needed


def with_input(matrix: Any, flow: Any, xp: Any) -> Any:
    """[[A, u], [0, 0]]: the rate matrix with one constant input.

    Parameters
    ----------
    matrix
        A, ``(..., n, n)``.
    flow
        u, amount per hour into each compartment, ``(..., n)``.
    """
    upper = xp.concatenate([matrix, flow[..., None]], axis=-1)
    return xp.concatenate([upper, xp.zeros_like(upper[..., :1, :])], axis=-2)
