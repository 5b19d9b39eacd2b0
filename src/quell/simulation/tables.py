"""The joined tables of a run: what every person had, by arm, instrument and visit.

Parts of a run hold flat arrays with people first; this module names them and joins them in order of person, so that a
summary cannot depend on how the people were cut into parts.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

RELIEFS = (
    "relief_plasticity",
    "relief_acute",
    "relief_gaba",
    "relief_psychotherapy",
    "relief_expectancy",
    "relief_guess",
)
"""Order of the last axis of the relief arrays."""


def person_key(kind: str, name: str) -> str:
    """Key of an array that does not depend on the arm."""
    return f"{kind}|{name}"


def arm_key(arm: int, kind: str, name: str) -> str:
    """Key of an array of one arm."""
    return f"{arm}|{kind}|{name}"


@dataclass(frozen=True, slots=True)
class Tables:
    """Joined arrays, ``(person, ...)`` each.

    Attributes
    ----------
    arms
        Names, in the order of the study.
    arrays
        By :func:`person_key` and :func:`arm_key`.
    """

    arms: tuple[str, ...]
    arrays: Mapping[str, np.ndarray]

    @property
    def people(self) -> int:
        """Number of people."""
        return self.person("draw", "").size

    def without(self, persons: np.ndarray) -> "Tables":
        """The tables of everybody but some."""
        if persons.size == 0:
            return self
        return Tables(
            self.arms, {key: np.delete(x, persons[persons < len(x)], axis=0) for key, x in self.arrays.items()}
        )

    def person(self, kind: str, name: str) -> np.ndarray:
        """An array that does not depend on the arm, ``(person,)``."""
        return self.arrays[person_key(kind, name)]

    def arm(self, arm: str, kind: str, name: str) -> np.ndarray:
        """An array of one arm, ``(person, ...)``."""
        return self.arrays[arm_key(self.arms.index(arm), kind, name)]

    def names(self, kind: str, arm: str | None = None) -> tuple[str, ...]:
        """Names under a kind, in order of writing."""
        start = f"{kind}|" if arm is None else f"{self.arms.index(arm)}|{kind}|"
        return tuple(key.removeprefix(start) for key in self.arrays if key.startswith(start))

    def reliefs(self, arm: str, instrument: str, visit: int) -> dict[str, np.ndarray]:
        """Relief name -> window mean of an instrument at a visit, ``(person,)``."""
        table = self.arm(arm, "relief", instrument)
        return {name: table[:, visit, k] for k, name in enumerate(RELIEFS)}


def join(parts: Iterable[Mapping[str, np.ndarray]], arms: Sequence[str], count: int) -> Tables:
    """Join parts, given in order of person, and keep the first ``count`` people."""
    parts = list(parts)
    joined = {key: np.concatenate([part[key] for part in parts])[:count] for key in parts[0]}
    return Tables(tuple(arms), joined)
