"""exp(M) of compartmental matrices: closed forms, SciPy, relative accuracy of small entries."""

from math import exp, factorial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm

import quell.simulation.precision  # noqa: F401
from quell.simulation.matrix_exponential import compartmental_exponential, squarings_for, with_input


def random_matrices(count: int, size: int, seed: int) -> np.ndarray:
    """Rate matrices with losses from 0.01 to 100 per hour."""
    random = np.random.default_rng(seed)
    gains = 10.0 ** random.uniform(-2, 1.5, (count, size, size)) * (random.uniform(size=(count, size, size)) < 0.5)
    gains[:, range(size), range(size)] = 0.0
    losses = gains.sum(axis=1) + random.uniform(0, 10, (count, size))
    return gains - losses[:, :, None] * np.eye(size)


@pytest.mark.parametrize("hours", [1e-4, 0.1, 3.0, 48.0])
def test_equals_scipy(hours):
    matrices = random_matrices(30, 8, seed=2) * hours
    ours = compartmental_exponential(matrices, np, squarings_for(1000.0 * hours))
    theirs = np.stack([expm(m) for m in matrices])
    assert np.all(np.abs(ours - theirs) <= 1e-11 * np.abs(theirs).max(axis=(1, 2), keepdims=True))


@pytest.mark.parametrize("time", [1e-5, 1e-2, 1.0, 30.0])
def test_a_chain_of_eight_equal_rates_is_right_in_every_entry(time):
    """exp(A t) of a transit chain: (k t)^n / n! e^{-k t}, down to 1e-40, where a plain solver keeps no digit."""
    rate, size = 5.0, 8
    chain = rate * (np.eye(size, k=-1) - np.eye(size))
    found = compartmental_exponential(chain * time, np)
    for n in range(size):
        expected = (rate * time) ** n / factorial(n) * exp(-rate * time)
        assert abs(found[n, 0] / expected - 1.0) < 1e-12


def test_a_constant_input_fills_to_the_steady_state():
    matrix, flow = np.array([[-2.0, 1.0], [0.5, -1.5]]), np.array([3.0, 1.0])
    moved = compartmental_exponential(with_input(matrix, flow, np) * 100.0, np)
    assert np.allclose(moved[:-1, -1], np.linalg.solve(-matrix, flow), rtol=1e-12)


def test_jax_gives_the_same_values_and_the_derivative_of_equal_rates():
    def last(first_rate: jax.Array) -> jax.Array:
        chain = jnp.array([[-1.0, 0.0], [0.0, -2.0]]).at[0, 0].set(-first_rate).at[1, 0].set(first_rate)
        return compartmental_exponential(chain, jnp)[1, 0]

    # x2(1) = k (e^{-k} - e^{-2}) / (2 - k); at k = 2 it is 2 e^{-2} and its slope e^{-2} - e^{-2} = 0
    value, slope = jax.jit(jax.value_and_grad(last))(jnp.array(2.0))
    assert float(value) == pytest.approx(2.0 * exp(-2.0), rel=1e-13)
    assert float(slope) == pytest.approx(0.0, abs=1e-13)


def test_squarings_cover_the_norm():
    assert squarings_for(0.4) == 0
    assert squarings_for(1.0) == 1
    assert squarings_for(1e6) == 21
