r"""Distributions of a parameter: what we do not know, and how people and occasions differ.

With Phi the standard normal distribution function, c the centre, s the standard deviation on the scale named, u in
(0, 1) and z standard normal:

    normal        q(u) = c + s z                       z = Phi^-1(u)
    lognormal     q(u) = c exp(s z)                    c is the median; s^2 = ln(1 + cv^2)
    logitnormal   q(u) = 1 / (1 + exp(-(logit c + s z)))
    uniform       q(u) = low + u (high - low)
    loguniform    q(u) = low (high / low)^u
    fixed         q(u) = c
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

from quell.conventions.errors import EvidenceError, suggest

Displacement = Callable[[np.ndarray, np.ndarray, float], np.ndarray]
"""(centre, z, sd) -> value; shapes broadcast."""

DISPLACEMENTS: dict[str, Displacement] = {
    "normal": lambda centre, z, sd: centre + sd * z,
    "lognormal": lambda centre, z, sd: centre * np.exp(sd * z),
    "logitnormal": lambda centre, z, sd: expit(logit(centre) + sd * z),
}
"""Distributions round a centre: all that may describe people and occasions."""

_KEYS: dict[str, tuple[frozenset[str], ...]] = {
    "fixed": (frozenset(),),
    "normal": (frozenset({"sd"}),),
    "lognormal": (frozenset({"sd"}), frozenset({"cv"})),
    "logitnormal": (frozenset({"sd"}),),
    "uniform": (frozenset({"low", "high"}),),
    "loguniform": (frozenset({"low", "high"}),),
}


@dataclass(frozen=True, slots=True)
class Distribution:
    """A distribution by name.

    Parameters
    ----------
    kind
        fixed, normal, lognormal, logitnormal, uniform or loguniform.
    sd
        Standard deviation on the parameter's own (normal), natural logarithmic (lognormal) or logit scale.
    low, high
        Bounds of the uniform kinds, in the parameter's unit.
    """

    kind: str
    sd: float = 0.0
    low: float = math.nan
    high: float = math.nan

    @property
    def has_centre(self) -> bool:
        """Whether the distribution lies round a centre, so that people may be displaced from a typical value."""
        return self.kind in DISPLACEMENTS

    def quantile(self, u: np.ndarray, centre: float) -> np.ndarray:
        """Quantiles at probabilities ``u``, any shape, in the parameter's unit."""
        u = np.asarray(u, dtype=np.float64)
        if self.has_centre:
            return self.displace(centre, ndtri(u))
        if self.kind == "uniform":
            return self.low + u * (self.high - self.low)
        if self.kind == "loguniform":
            return self.low * (self.high / self.low) ** u
        return np.full_like(u, centre)

    def displace(self, centre: np.ndarray | float, z: np.ndarray) -> np.ndarray:
        """Values ``z`` standard deviations away from ``centre``; shapes broadcast."""
        return DISPLACEMENTS[self.kind](np.asarray(centre, dtype=np.float64), np.asarray(z), self.sd)

    def problems(self, value: float) -> list[str]:
        """What is wrong with the numbers, one phrase each; ``value`` is the centre."""
        found = []
        if self.has_centre and not (math.isfinite(self.sd) and self.sd > 0):
            found.append(f"{self.kind} needs a positive standard deviation, not {self.sd:g}")
        if self.kind == "lognormal" and not value > 0:
            found.append(f"lognormal needs a positive value, not {value:g}")
        if self.kind == "logitnormal" and not 0 < value < 1:
            found.append(f"logitnormal needs a value between 0 and 1, not {value:g}")
        if self.kind in ("uniform", "loguniform") and not self.low <= value <= self.high:
            found.append(f"{self.kind} from {self.low:g} to {self.high:g} leaves out the value {value:g}")
        if self.kind in ("uniform", "loguniform") and not self.low < self.high:
            found.append(f"{self.kind} needs low < high")
        if self.kind == "loguniform" and not self.low > 0:
            found.append(f"loguniform needs a positive low, not {self.low:g}")
        return found

    def __str__(self) -> str:
        if self.has_centre:
            scale = {"normal": "SD", "lognormal": "SD of log", "logitnormal": "SD of logit"}[self.kind]
            return f"{self.kind}, {scale} {self.sd:.3g}"
        return self.kind if self.kind == "fixed" else f"{self.kind} from {self.low:g} to {self.high:g}"


def parse_distribution(table: Mapping[str, object]) -> Distribution:
    """The distribution that a pack's inline table describes, such as ``{ distribution = "lognormal", cv = 0.3 }``.

    Raises
    ------
    EvidenceError
        For an unknown name, or numbers that do not belong to it.
    """
    numbers = dict(table)
    kind = str(numbers.pop("distribution", ""))
    if kind not in _KEYS:
        raise EvidenceError(
            f'unknown distribution "{kind}"', text=kind, allowed=sorted(_KEYS), suggestion=suggest(kind, _KEYS)
        )
    if frozenset(numbers) not in _KEYS[kind]:
        wanted = " or ".join(" and ".join(sorted(keys)) or "nothing" for keys in _KEYS[kind])
        raise EvidenceError(f'distribution "{kind}" takes {wanted}, not {", ".join(sorted(numbers)) or "nothing"}')
    given = {key: _number(key, value) for key, value in numbers.items()}
    if "cv" in given:
        given = {"sd": math.sqrt(math.log1p(given["cv"] ** 2))}
    return Distribution(kind, **given)


def _number(key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise EvidenceError(f'"{key}" must be a number, not "{value}"', text=str(value))
    return float(value)
