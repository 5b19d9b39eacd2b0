"""Counter-based random numbers: the same person gets the same luck whatever is simulated around them.

One Philox generator per (seed, purpose, occasion); person i owns words [i * width, (i + 1) * width) of its sequence, so
that chunk size, worker count, order and the arm cannot move a draw. Purposes are named, never shared.
"""

import zlib

import numpy as np
from scipy.special import ndtri

_WORDS_PER_COUNTER = 4
_DENSE = 64
"""People a span may skip for each one wanted before drawing them singly is cheaper."""


def uniforms(seed: int, purpose: str, persons: np.ndarray | range, width: int, occasion: int = 0) -> np.ndarray:
    """Uniform numbers in (0, 1), never 0 or 1.

    Parameters
    ----------
    seed
        The study's seed.
    purpose
        Name of the stream ("covariates", "between person", "guess", ...).
    persons
        Person numbers, ``(person,)``, in any order; consecutive ones are fastest.
    width
        Numbers per person; part of the stream's identity: another width is another stream.
    occasion
        Counts visits or doses within a purpose.

    Returns
    -------
    numpy.ndarray
        Shape ``(person, width)``.
    """
    persons = np.asarray(persons, dtype=np.int64)
    if persons.size == 0:
        return np.empty((0, width))
    if np.any(np.diff(persons) != 1):
        return _with_gaps(seed, purpose, persons, width, occasion)
    counters = -(-width // _WORDS_PER_COUNTER)
    entropy = (seed, zlib.crc32(purpose.encode()), occasion, width)
    generator = np.random.Philox(key=np.random.SeedSequence(entropy).generate_state(2, np.uint64))
    generator.advance(int(persons[0]) * counters)
    words = generator.random_raw(persons.size * counters * _WORDS_PER_COUNTER)
    words = words.reshape(persons.size, counters * _WORDS_PER_COUNTER)[:, :width]
    return ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def normals(seed: int, purpose: str, persons: np.ndarray | range, width: int, occasion: int = 0) -> np.ndarray:
    """Standard normal numbers, ``(person, width)``; arguments as in :func:`uniforms`."""
    return ndtri(uniforms(seed, purpose, persons, width, occasion))


def _with_gaps(seed: int, purpose: str, persons: np.ndarray, width: int, occasion: int) -> np.ndarray:
    first, last = int(persons.min()), int(persons.max())
    if last - first < _DENSE * persons.size:
        return uniforms(seed, purpose, range(first, last + 1), width, occasion)[persons - first]
    return np.concatenate([uniforms(seed, purpose, persons[i : i + 1], width, occasion) for i in range(persons.size)])
