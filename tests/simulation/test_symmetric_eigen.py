"""Jacobi rotations against LAPACK and against the definition."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.simulation.symmetric_eigen import eigen_decomposition


def rows(matrices: np.ndarray) -> list[list[np.ndarray]]:
    size = matrices.shape[-1]
    return [[matrices[:, i, j] for j in range(size)] for i in range(size)]


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5])
def test_equals_lapack_and_rebuilds_the_matrix(size):
    random = np.random.default_rng(size)
    parts = random.standard_normal((200, size, size)) * 10.0 ** random.uniform(-2, 2, (200, 1, 1))
    matrices = parts + np.swapaxes(parts, 1, 2)
    values, vectors = eigen_decomposition(rows(matrices), np)
    value, vector = np.stack(values, axis=-1), np.stack([np.stack(row, axis=-1) for row in vectors], axis=-2)
    scale = np.abs(matrices).max(axis=(1, 2))
    assert np.all(np.abs(np.sort(value) - np.linalg.eigvalsh(matrices)) <= 3e-15 * size * scale[:, None])
    rebuilt = np.einsum("lim,lm,ljm->lij", vector, value, vector)
    assert np.all(np.abs(rebuilt - matrices) <= 1e-14 * size * scale[:, None, None])
    assert np.allclose(np.einsum("lim,lin->lmn", vector, vector), np.eye(size), atol=1e-14)


def test_diagonal_and_repeated_poles_need_no_rotation():
    matrices = np.array([np.diag([3.0, 3.0, 3.0]), np.diag([1.0, 2.0, 3.0]), np.zeros((3, 3))])
    values, vectors = eigen_decomposition(rows(matrices), np)
    assert np.stack(values, axis=-1).tolist() == [[3.0, 3.0, 3.0], [1.0, 2.0, 3.0], [0.0, 0.0, 0.0]]
    assert np.stack([np.stack(r, axis=-1) for r in vectors], axis=-2).tolist() == [np.eye(3).tolist()] * 3


@given(
    q2=st.floats(1e-6, 500),
    q3=st.floats(1e-6, 500),
    loss=st.floats(1e-3, 50),
    back2=st.floats(1e-4, 50),
    back3=st.floats(1e-4, 50),
)
def test_small_poles_of_a_mammillary_block_keep_their_digits(q2, q3, loss, back2, back3):
    """The product of the poles is the determinant, loss x back2 x back3, however far they spread."""
    o2, o3 = -np.sqrt(q2 * back2), -np.sqrt(q3 * back3)
    block = np.array([[[loss + q2 + q3, o2, o3], [o2, back2, 0.0], [o3, 0.0, back3]]])
    values, _ = eigen_decomposition(rows(block), np)
    product = values[0][0] * values[1][0] * values[2][0]
    spread = max(v[0] for v in values) / min(v[0] for v in values)
    assert abs(product / (loss * back2 * back3) - 1.0) <= 1e-15 * (100.0 + spread)
