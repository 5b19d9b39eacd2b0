"""The logarithm of vectors against the library's."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.simulation.logarithm import logarithm


@given(st.lists(st.floats(1e-300, 1e300), min_size=1, max_size=50))
def test_it_is_the_logarithm(x: list[float]) -> None:
    np.testing.assert_allclose(np.asarray(logarithm(jnp.array(x))), np.log(x), rtol=1e-15, atol=0.0)


@given(st.floats(-0.4, 0.4))
def test_it_keeps_its_digits_near_one(distance: float) -> None:
    x = 1.0 + distance
    assert float(logarithm(x)) == pytest.approx(np.log(x), rel=1e-15, abs=0.0)


def test_what_has_no_logarithm_is_no_number() -> None:
    found = np.asarray(logarithm(jnp.array([0.0, -2.0, np.nan, np.inf])))
    np.testing.assert_array_equal(found, [np.nan, np.nan, np.nan, np.inf])


def test_its_gradient() -> None:
    assert float(jax.grad(logarithm)(1e-30)) == pytest.approx(1e30)
    assert float(jax.jvp(logarithm, (4.0,), (2.0,))[1]) == 0.5
