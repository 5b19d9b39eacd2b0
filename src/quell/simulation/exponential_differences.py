r"""What one compartment passes to the next, exact at equal rates.

Drug that leaves a compartment at rate a enters one that empties at rate b. After a time t

    e(a) = e^{-a t},    f(a) = (1 - e^{-a t}) / a                          remains of a bolus, of a constant input,
    p(a, b) = (e(a) - e(b)) / (b - a) = t e^{-min t} (1 - e^{-x}) / x      has been passed on of a bolus,
    q(a, b) = \int_0^t p = (f(min) - p) / max                              of a constant input,

x = |b - a| t. These are divided differences: smooth in a and b, also at a = b, and written so that neither values nor
derivatives lose digits there. NumPy and JAX run the same text.
"""

from math import factorial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_SERIES_BELOW = 0.02
_TERMS = 6
_DOUBLE_SERIES_BELOW = 0.5
_DOUBLE_TERMS = 18
_SLOPE_SERIES_BELOW = 0.03
_SLOPE_TERMS = 7
_SMALLEST = 1e-290


def _ratio(x: Any, xp: Any) -> Any:
    """(1 - e^{-x}) / x for x >= 0."""
    small = x < _SERIES_BELOW
    safe = xp.where(small, 1.0, x)
    return xp.where(small, _series(xp.where(small, x, 0.0)), -xp.expm1(-safe) / safe)


def _series(x: Any) -> Any:
    series: Any = 1.0
    for k in range(_TERMS, 0, -1):
        series = 1.0 - x * (1.0 / (k + 1)) * series
    return series


def fill(rate: Any, time: Any, xp: Any) -> Any:
    """f: what is there of a constant input of 1 per h, h."""
    return time * _ratio(rate * time, xp)


def pass_on(a: Any, b: Any, decay_a: Any, decay_b: Any, time: Any, xp: Any) -> Any:
    """p, h, from the rates (1/h), e(a) and e(b)."""
    if xp is not np:
        return _pass_on_traced(a, b, decay_a, decay_b, time)
    gap = -np.maximum(np.abs(b - a), _SMALLEST)
    passed = gap * time
    np.expm1(passed, out=passed)
    passed /= gap
    passed *= np.maximum(decay_a, decay_b)
    return passed


@jax.custom_jvp
def _pass_on_traced(a: Any, b: Any, decay_a: Any, decay_b: Any, time: Any) -> Any:
    x = abs(b - a) * time
    small = x < _SERIES_BELOW
    series = time * jnp.maximum(decay_a, decay_b) * _series(jnp.where(small, x, 0.0))
    return jnp.where(small, series, (decay_a - decay_b) / jnp.where(small, 1.0, b - a))


@_pass_on_traced.defjvp
def _pass_on_slopes(primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """By a, b and t, with e(a) and e(b) following them: p' = e(b) - a p in time."""
    (a, b, decay_a, decay_b, time), (da, db, _, _, dt) = primals, tangents
    passed = _pass_on_traced(a, b, decay_a, decay_b, time)
    slope = pass_on_slope(a, b, decay_a, decay_b, passed, time, jnp)
    return passed, slope * db - (time * passed + slope) * da + (decay_b - a * passed) * dt


def passed_on(a: Any, b: Any, fill_a: Any, fill_b: Any, passed: Any, time: Any, xp: Any) -> Any:
    """q, h^2, from the rates, f(a), f(b) and p."""
    slower, faster = xp.where(a < b, a, b), xp.where(a < b, b, a)
    small = faster * time < _DOUBLE_SERIES_BELOW
    u, v = (xp.where(small, x * time, 0.0) for x in (slower, faster))
    power, symmetric, series = 1.0, 1.0, 0.5
    for k in range(1, _DOUBLE_TERMS):
        power = power * u
        symmetric = power + v * symmetric
        series = series + (-1.0) ** k / factorial(k + 2) * symmetric
    whole = (xp.where(a < b, fill_a, fill_b) - passed) / xp.where(small, 1.0, faster)
    return xp.where(small, time * time * series, whole)


def pass_on_slope(a: Any, b: Any, decay_a: Any, decay_b: Any, passed: Any, time: Any, xp: Any) -> Any:
    """Derivative of p with respect to b, h^2; the one with respect to a is -t p less this."""
    x = (b - a) * time
    small = abs(x) < _SLOPE_SERIES_BELOW
    near = xp.where(small, x, 0.0)
    series: Any = 0.0
    for k in range(_SLOPE_TERMS, 0, -1):
        series = (-1.0) ** k * k / factorial(k + 1) + near * series
    whole = (time * decay_b - passed) / xp.where(small, 1.0, b - a)
    return xp.where(small, time * time * decay_a * series, whole)
