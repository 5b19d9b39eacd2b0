"""Aligned arrays: they begin at a boundary, keep what is written, and are told from those that do not."""

import numpy as np
import pytest

from quell.simulation.aligned import BOUNDARY, aligned, is_aligned


@pytest.mark.parametrize("shape", [(1,), (3, 5), (256, 6, 256)])
def test_they_begin_at_a_boundary_and_keep_what_is_written(shape: tuple[int, ...]) -> None:
    x = aligned(shape)
    assert x.shape == shape
    assert x.dtype == np.float64
    assert x.ctypes.data % BOUNDARY == 0
    assert is_aligned(x)
    x[...] = np.arange(x.size).reshape(shape)
    np.testing.assert_array_equal(x.ravel(), np.arange(x.size))


def test_an_array_that_begins_elsewhere_or_is_strided_is_not() -> None:
    x = aligned((16, 16))
    assert not is_aligned(x[:, 1:])
    assert not is_aligned(x.ravel()[1:])
