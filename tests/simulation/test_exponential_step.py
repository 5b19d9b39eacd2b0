"""The weights of a step against 90 digits, polynomial drives and their gradients."""

import decimal

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from quell.simulation.exponential_step import Half, Weights, half_step, respond, weights

POINTS = (3, 5)
RATES = np.concatenate([np.geomspace(1e-12, 1e4, 400), np.linspace(0.0995, 0.1005, 21), np.linspace(0.995, 1.005, 21)])
"""z from no loss to immediate loss, and on both sides of where the series takes over."""


def moments(z: float, count: int) -> list[float]:
    """J_0, J_1, .. with 90 digits, so that the cancellation at small z costs nothing."""
    with decimal.localcontext(prec=90):
        y = decimal.Decimal(float(z))
        found = [(1 - (-y).exp()) / y]
        for j in range(1, count):
            found.append((1 - j * found[-1]) / y)
        return [float(x) for x in found]


def step(z: np.ndarray, length: float, points: int) -> Weights:
    return weights(half_step(jnp.asarray(z), points), length)


@pytest.mark.parametrize("points", POINTS)
def test_the_moments_of_half_a_step_are_exact(points):
    found = half_step(jnp.asarray(RATES), points)
    np.testing.assert_allclose(found.decay, np.exp(-RATES / 2), rtol=1e-14, atol=1e-300)
    wanted = np.array([moments(z / 2, points) for z in RATES])
    for j in range(points):
        np.testing.assert_allclose(found.moments[j], wanted[:, j], rtol=1e-11, err_msg=f"J_{j}")


@pytest.mark.parametrize(("points", "power"), [(points, power) for points in POINTS for power in range(points)])
def test_a_power_of_time_is_answered_exactly(points, power):
    length, at = 0.7, np.linspace(0.0, 1.0, points)
    middle, end = respond(step(RATES, length, points), 0.0, list(at**power))
    wanted = np.array([moments(z, power + 1)[power] for z in RATES])
    halved = np.array([moments(z / 2, power + 1)[power] for z in RATES])
    np.testing.assert_allclose(end, length * wanted, rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(middle, length * 0.5 ** (power + 1) * halved, rtol=1e-11, atol=1e-15)


@pytest.mark.parametrize("points", POINTS)
def test_without_a_drive_the_state_decays(points):
    middle, end = respond(step(RATES, 2.0, points), 3.0, [0.0] * points)
    np.testing.assert_allclose(middle, 3.0 * np.exp(-RATES / 2), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(end, 3.0 * np.exp(-RATES), rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("points", POINTS)
def test_without_loss_the_state_is_an_integral(points):
    middle, end = respond(step(np.zeros(1), 2.0, points), 1.0, [1.0] * points)
    assert [float(middle[0]), float(end[0])] == pytest.approx([2.0, 3.0], rel=1e-14)


@pytest.mark.parametrize("points", POINTS)
def test_gradients_are_finite_at_both_ends(points):
    def flat(z):
        half: Half = half_step(z, points)
        w = weights(half, 1.0)
        return jnp.stack([*half.moments, w.decay, *w.end, w.half_decay, *w.middle])

    forward, reverse = jax.jit(jax.jacfwd(flat)), jax.jit(jax.jacrev(flat))
    for z in (0.0, 1e-12, 0.1, 1.0, 1e4):
        assert np.isfinite(forward(z)).all()
        assert np.isfinite(reverse(z)).all()
    assert float(jax.grad(lambda z: half_step(z, points).moments[0])(0.0)) == pytest.approx(-0.25, rel=1e-10)
