r"""Natural logarithm in operations that processors do on whole vectors; the library's own is done number by number.

    x = 2^k (1 + f), 1 + f between sqrt(1/2) and sqrt(2);      log x = k log 2 + 2 artanh(s),      s = f / (2 + f),

and artanh(s) = s + s^3 / 3 + s^5 / 5 + .. to the power 21, since |s| < 0.172. The exponent k becomes a number by being
written into the last digits of 2^52.
"""

from math import inf, log, nan
from typing import Any

import jax
import jax.numpy as jnp
from jax import lax

import quell.simulation.precision  # noqa: F401  (float64 before the first array)

_ONE = 0x3FF0000000000000
_ROOT_HALF = 0x3FE6A09E667F3BCD
_MANTISSA = 0x000FFFFFFFFFFFFF
_LARGE = 0x4330000000000000
"""Bits of 1, of the root of a half, of the digits after the point, and of 2^52."""

_TERMS = 10


@jax.custom_jvp
def logarithm(x: Any) -> Any:
    """Natural logarithm of x >= 1e-300, relative error below 1e-15; not a number where x <= 0 or is none."""
    x = jnp.asarray(x, dtype=float)
    bits = lax.bitcast_convert_type(x, jnp.int64) + (_ONE - _ROOT_HALF)
    exponent = lax.bitcast_convert_type(lax.shift_right_logical(bits, 52) | _LARGE, jnp.float64) - (2.0**52 + 1023.0)
    f = lax.bitcast_convert_type((bits & _MANTISSA) + _ROOT_HALF, jnp.float64) - 1.0
    s = f / (2.0 + f)
    z, series = s * s, 0.0
    for k in range(_TERMS, 0, -1):
        series = (series + 2.0 / (2 * k + 1)) * z
    finite = exponent * log(2.0) + (2.0 * s + s * series)
    return jnp.where(x < inf, jnp.where(x > 0.0, finite, nan), x)


@logarithm.defjvp
def _derivative(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    return logarithm(primals[0]), tangents[0] / primals[0]
