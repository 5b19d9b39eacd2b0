"""Divided differences of exponentials where they meet: value and slopes against closed forms."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import quell.simulation.precision  # noqa: F401  (float64 before the first array)
from quell.simulation.exponential_differences import fill, pass_on, passed_on

RATE = 0.18
GAPS = (0.0, 1e-15, -1e-15, 1e-12, -1e-9, 1e-7, -1e-5)


def passed(a, b, time):
    return pass_on(a, b, jnp.exp(-a * time), jnp.exp(-b * time), time, jnp)


def infused(a, b, time):
    return passed_on(a, b, fill(a, time, jnp), fill(b, time, jnp), passed(a, b, time), time, jnp)


@partial(jax.jit, static_argnums=0)
def slopes_of(course, rates: tuple[float, float], time: float):
    """A course and its slopes by both rates."""
    return jax.value_and_grad(lambda x: course(*x, time))(rates)


@pytest.mark.parametrize("gap", GAPS)
@pytest.mark.parametrize("time", [0.01, 1.0, 20.0])
def test_equal_rates_share_the_slope(time: float, gap: float) -> None:
    """Near a = b both slopes are half the slope along a = b, to the size of the gap."""
    x, a, b = RATE * time, RATE, RATE * (1 + gap)
    fade = np.exp(-x)
    expected = {passed: (time * fade, -time * time * fade), infused: _infused(time, x, fade)}
    near = max(1e-9, 3 * abs(gap) * (1 + x))
    for course, (value, along) in expected.items():
        found, slopes = slopes_of(course, (a, b), time)
        assert float(found) == pytest.approx(value, rel=near)
        assert [float(slope) for slope in slopes] == pytest.approx([along / 2, along / 2], rel=near)


def _infused(time: float, x: float, fade: float) -> tuple[float, float]:
    """(1 - e^{-x} (1 + x)) / a^2 and its derivative, by series for small x."""
    if x < 0.1:
        terms = [(-1.0) ** k * (k + 1) / float(np.prod(np.arange(1.0, k + 3))) * x**k for k in range(12)]
        slopes = [k * term for k, term in enumerate(terms)]
        return time**2 * sum(terms), time**3 * sum(slopes) / x
    value = (1 - fade * (1 + x)) / RATE**2
    return value, (x * fade * time - 2 * RATE * value) / RATE**2
