r"""The exact response of x' = d(t) - r x to a polynomial drive, over a step of length h and to its middle.

With z = r h and the moments J_j(z) = \int_0^1 e^{-z(1-s)} s^j ds, the drive sum_j a_j s^j (s = t / h) gives

    x(h) = e^{-z} x(0) + h sum_j a_j J_j(z),      x(h/2) = e^{-z/2} x(0) + h/2 sum_j a_j 2^-j J_j(z/2).

The drive is known at three or at five equidistant points, ends included, so that both become sums over its values. The
moments of the half step come first, upwards from J_0 = (1 - e^-y) / y where y = z/2 is large and downwards from the
series of the highest one where it is small; those of the whole step follow by doubling:

    2^{j+1} J_j(2 y) = e^{-y} J_j(y) + sum_k binom(j, k) J_k(y).
"""

from collections.abc import Sequence
from math import comb
from typing import Any, NamedTuple

import jax.numpy as jnp

import quell.simulation.precision  # noqa: F401  (float64 before the first array)

_SERIES = {3: (0.05, 5), 5: (0.5, 11)}
"""Number of points -> largest y of the series and its terms: both branches are within 1e-12 there."""

_INTERPOLATION: dict[int, tuple[tuple[float, ...], ...]] = {
    3: ((1.0, 0.0, 0.0), (-3.0, 4.0, -1.0), (2.0, -4.0, 2.0)),
    5: tuple(
        tuple(x / 3.0 for x in row)
        for row in (
            (3, 0, 0, 0, 0),
            (-25, 48, -36, 16, -3),
            (70, -208, 228, -112, 22),
            (-80, 288, -384, 224, -48),
            (32, -128, 192, -128, 32),
        )
    ),
}
"""Number of points -> per power of s, the weight of each value."""


class Half(NamedTuple):
    """e^-y and J_0, J_1, .. at y = z/2: one moment for each point of the drive."""

    decay: Any
    moments: tuple[Any, ...]


class Weights(NamedTuple):
    """What a step makes of the state at its start and of the drive's values.

    Attributes
    ----------
    decay, half_decay
        Share of the state left at the end and in the middle.
    end, middle
        Weight of each value of the drive in the state at the end and in the middle, h.
    """

    decay: Any
    end: tuple[Any, ...]
    half_decay: Any
    middle: tuple[Any, ...]


def half_step(z: Any, points: int) -> Half:
    """The moments of half a step, relative error below 1e-11.

    Parameters
    ----------
    z
        Rate times length of the whole step, zero or more.
    points
        At how many points the drive is known, 3 or 5.
    """
    y = 0.5 * z
    decay = jnp.exp(-y)
    below, terms = _SERIES[points]
    inverse, near = 1.0 / jnp.maximum(y, below), jnp.minimum(y, below)
    large = [(1.0 - decay) * inverse]
    for j in range(1, points):
        large.append((1.0 - j * large[-1]) * inverse)
    small = [_series(near, points - 1, terms)]
    for j in range(points - 1, 0, -1):
        small.insert(0, (1.0 - near * small[0]) / j)
    return Half(decay, tuple(jnp.where(y < below, a, b) for a, b in zip(small, large, strict=True)))


def weights(half: Half, length: Any) -> Weights:
    """The weights of a step of a length in h, from the moments of its half."""
    orders = range(len(half.moments))
    doubled = [
        half.decay * half.moments[j] + _total([comb(j, k) * half.moments[k] for k in range(j + 1)]) for j in orders
    ]
    end, middle = (_per_value([0.5 ** (j + 1) * x[j] for j in orders], length) for x in (doubled, half.moments))
    return Weights(half.decay * half.decay, end, half.decay, middle)


def respond(w: Weights, start: Any, drive: Sequence[Any]) -> tuple[Any, Any]:
    """State in the middle and at the end of the step, from its start and the drive's values."""
    middle = _total([w.half_decay * start, *(a * d for a, d in zip(w.middle, drive, strict=True))])
    end = _total([w.decay * start, *(a * d for a, d in zip(w.end, drive, strict=True))])
    return middle, end


def _series(y: Any, j: int, terms: int) -> Any:
    """J_j(y) = sum_k (-y)^k j! / (j + k + 1)!, for small y."""
    total = jnp.ones_like(y)
    for k in range(terms, 0, -1):
        total = 1.0 - total * y * (1.0 / (j + 1 + k))
    return total / (j + 1.0)


def _per_value(moments: Sequence[Any], length: Any) -> tuple[Any, ...]:
    """Weights of the drive's values from those of the powers of s."""
    columns = zip(*_INTERPOLATION[len(moments)], strict=True)
    return tuple(
        length * _total([x * moment for x, moment in zip(column, moments, strict=True) if x]) for column in columns
    )


def _total(terms: Sequence[Any]) -> Any:
    total = terms[0]
    for x in terms[1:]:
        total = total + x
    return total
