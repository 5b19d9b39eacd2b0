r"""Eigenvalues and eigenvectors of small symmetric matrices, one per lane, by cyclic Jacobi rotations.

A rotation in the plane (p, q) removes s_pq with

    t = 2 s_pq / (d + sign(d) sqrt(d^2 + 4 s_pq^2)),   d = s_qq - s_pp,   c = 1 / sqrt(1 + t^2).

Written out over rows and vectorised over lanes only: the bits of a lane do not depend on its neighbours, the same text
runs under NumPy and JAX, and small eigenvalues keep their relative accuracy. Derivatives do not follow rotations but

    V^T dS V = M,    de_m = M_mm,    dV = V (F * M),   F_ij = 1 / (e_j - e_i) off the diagonal.
"""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

_SMALLEST = 1e-300
_SWEEPS = {1: 0, 2: 1, 3: 6}
_SWEEPS_OF_LARGER = 9


def eigen_decomposition(matrix: list[list[Any]], xp: Any) -> tuple[list[Any], list[list[Any]]]:
    """Diagonalise S = V diag(e) V^T.

    Parameters
    ----------
    matrix
        S as rows of ``(lane,)`` arrays.
    xp
        ``numpy`` or ``jax.numpy``.

    Returns
    -------
    eigenvalues, vectors
        ``e[m]`` and ``V[i][m]``, each ``(lane,)``.
    """
    return _rotated(matrix, np) if xp is np else _traced(matrix)


@jax.custom_jvp
def _traced(matrix: list[list[Any]]) -> tuple[list[Any], list[list[Any]]]:
    return _rotated(matrix, jnp)


@_traced.defjvp
def _slopes(primals: tuple[Any], tangents: tuple[Any]) -> tuple[Any, Any]:
    values, v = _traced(*primals)
    (ds,), n = tangents, range(len(values))
    right = [[sum(ds[i][k] * v[k][j] for k in n) for j in n] for i in n]
    m = [[sum(v[k][i] * right[k][j] for k in n) for j in n] for i in n]
    turned = [[_inverse(values[j] - values[i]) * m[i][j] for j in n] for i in n]
    dv = [[sum(v[i][k] * turned[k][j] for k in n if k != j) + jnp.zeros_like(values[0]) for j in n] for i in n]
    return (values, v), ([m[i][i] for i in n], dv)


def _inverse(gap: Any) -> Any:
    """1 / gap, 0 where there is none."""
    none = gap == 0.0
    return jnp.where(none, 0.0, 1.0 / jnp.where(none, 1.0, gap))


def _rotated(matrix: list[list[Any]], xp: Any) -> tuple[list[Any], list[list[Any]]]:
    size = len(matrix)
    s = [list(row) for row in matrix]
    one, zero = xp.ones_like(s[0][0]), xp.zeros_like(s[0][0])
    v = [[one if i == j else zero for j in range(size)] for i in range(size)]
    for _ in range(_SWEEPS.get(size, _SWEEPS_OF_LARGER)):
        for p in range(size - 1):
            for q in range(p + 1, size):
                _rotate(s, v, p, q, xp)
    return [s[i][i] for i in range(size)], v


def _rotate(s: list[list[Any]], v: list[list[Any]], p: int, q: int, xp: Any) -> None:
    """Remove s_pq in place."""
    off, d = s[p][q], s[q][q] - s[p][p]
    t = xp.where(d < 0.0, -2.0, 2.0) * off / (abs(d) + xp.sqrt(d * d + 4.0 * off * off + _SMALLEST))
    c = 1.0 / xp.sqrt(1.0 + t * t)
    n = t * c
    s[p][p], s[q][q] = s[p][p] - t * off, s[q][q] + t * off
    s[p][q] = s[q][p] = xp.zeros_like(off)
    for r in range(len(s)):
        if r not in (p, q):
            s[r][p], s[r][q] = c * s[r][p] - n * s[r][q], n * s[r][p] + c * s[r][q]
            s[p][r], s[q][r] = s[r][p], s[r][q]
        v[r][p], v[r][q] = c * v[r][p] - n * v[r][q], n * v[r][p] + c * v[r][q]
