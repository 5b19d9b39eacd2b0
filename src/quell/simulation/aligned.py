"""Arrays that begin where the processor's widest vectors do: compiled programs read them in place instead of a copy."""

from math import prod

import numpy as np

BOUNDARY = 64
"""Bytes; what XLA asks of an array on a processor before it takes it as it is."""


def aligned(shape: tuple[int, ...]) -> np.ndarray:
    """An array of float64, its values not set."""
    size = 8 * prod(shape)
    raw = np.empty(size + BOUNDARY, dtype=np.uint8)
    skipped = -raw.ctypes.data % BOUNDARY
    return raw[skipped : skipped + size].view(np.float64).reshape(shape)


def is_aligned(x: np.ndarray) -> bool:
    """Whether a compiled program reads it in place."""
    return x.flags.c_contiguous and x.ctypes.data % BOUNDARY == 0
