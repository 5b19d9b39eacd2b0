"""The engine's reading of one formula, for the conformance suite: it must trace, and agree with NumPy."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from quell.mechanisms.assembly import Values
from quell.mechanisms.base import Formula
from quell.simulation.cascade import ARITHMETIC


def read_by_engine(
    formula: Formula, values: Mapping[str, np.ndarray], parameters: Mapping[str, np.ndarray]
) -> np.ndarray:
    """JAX's reading of a formula.

    Parameters
    ----------
    values, parameters
        What the formula may read, ``(person,)`` each.

    Returns
    -------
    numpy.ndarray
        ``(person,)``.

    Raises
    ------
    jax.errors.JAXTypeError
        The formula branches on a value or calls NumPy: it cannot be compiled.
    """
    people = next(iter([*values.values(), *parameters.values()]), np.zeros(1)).shape

    def read(v: Mapping[str, Any], p: Mapping[str, Any]) -> Any:
        return jnp.broadcast_to(jnp.asarray(formula(Values(v), SimpleNamespace(**p), ARITHMETIC), dtype=float), people)

    v, p = ({name: jnp.asarray(x) for name, x in given.items()} for given in (values, parameters))
    jax.eval_shape(read, v, p)
    return np.asarray(read(v, p))
