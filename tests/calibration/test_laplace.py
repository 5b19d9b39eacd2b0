"""The normal approximation against densities whose mode and curvature are known."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import quell.simulation.precision  # noqa: F401  (float64 before the first array)
from quell.calibration.laplace import Laplace, NoModeError, approximate, curvature

RANDOM = np.random.default_rng(8)
ROOT = RANDOM.normal(size=(6, 6))
PRECISION = ROOT @ ROOT.T + np.eye(6)
CENTRE = RANDOM.normal(size=6)


def normal(x):
    return -0.5 * (x - CENTRE) @ PRECISION @ (x - CENTRE)


def skewed(x):
    return jnp.sum(3.0 * x - jnp.exp(x)) - 0.5 * x[0] * x[1]


def test_a_normal_density_is_found_whole() -> None:
    found = approximate(jax.jit(jax.value_and_grad(normal)), np.zeros(6))
    np.testing.assert_allclose(found.mode, CENTRE, atol=1e-5)
    np.testing.assert_allclose(found.curvature, PRECISION, rtol=1e-6, atol=1e-6)
    assert found.log_density == pytest.approx(0.0, abs=1e-8)


def test_curvature_is_the_second_derivative() -> None:
    x = np.array([0.3, -0.2, 1.1])
    wanted = -np.asarray(jax.hessian(skewed)(x))
    np.testing.assert_allclose(curvature(jax.jit(jax.value_and_grad(skewed)), x), wanted, rtol=1e-6, atol=1e-8)


def test_a_direction_without_data_keeps_a_finite_width() -> None:
    flat = approximate(jax.jit(jax.value_and_grad(lambda x: -0.5 * x[0] ** 2 + 0.0 * x[1])), np.ones(2))
    assert np.linalg.eigvalsh(flat.covariance).max() == pytest.approx(4.0)


@given(st.lists(st.floats(-5.0, 5.0), min_size=6, max_size=6))
def test_whitening_and_placing_undo_each_other(y: list[float]) -> None:
    found = Laplace(CENTRE, 0.0, PRECISION)
    np.testing.assert_allclose(found.whiten(found.place(np.array(y))), y, atol=1e-9)


def test_whitened_draws_have_the_densitys_covariance() -> None:
    found = Laplace(CENTRE, 0.0, PRECISION)
    draws = found.place(np.random.default_rng(9).normal(size=(200_000, 6)))
    np.testing.assert_allclose(np.cov(draws.T), found.covariance, atol=0.02)


def test_a_density_without_a_mode_is_refused() -> None:
    with pytest.raises(NoModeError, match="ended after"):
        approximate(
            jax.jit(jax.value_and_grad(lambda x: jnp.sum(x) * jnp.where(x[0] > 50.0, jnp.nan, 1.0))), np.ones(2)
        )
