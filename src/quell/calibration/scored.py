r"""What simulated raters see: one row for each arm and time of every observation, all rows at once.

Person i of the virtual trial has, at time t and before anything new is added by the rater,

    y_i(t) = normal_i + calm_i + excess_i exp(-rho mean_w a_i) + lasting part_i(t)

with the lasting part (natural course, lingering error) drawn once. The new error has SD s; what is written down is
never below normal, so that its mean is

    E = normal + (y - normal) Phi(d) + s phi(d),      d = (y - normal) / s,

and a fall of share x from the written baseline b is seen with probability Phi(((1 - x) b - y) / s).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jax.scipy.stats import norm

from quell.calibration.trial_people import LANES


@dataclass(frozen=True)
class Scored:
    """Everything about people and scales that features do not move: one row for each arm and time of an observation.

    Attributes
    ----------
    relief
        Where the row's relief stands: number of the part, of the arm in it, and of the arm's reading, ``(row, 3)``.
    scale
        Key of each row's instrument.
    normal, calm, excess, lasting, baseline
        In the scale's unit, ``(row, person)``.
    error_sd
        SD of the new error, ``(row, 1)``.
    fall
        Share of the baseline that counts as response, ``(row, 1)``.
    """

    relief: np.ndarray
    scale: tuple[str, ...]
    normal: np.ndarray
    calm: np.ndarray
    excess: np.ndarray
    lasting: np.ndarray
    baseline: np.ndarray
    error_sd: np.ndarray
    fall: np.ndarray


def levels(scored: Scored, found: Sequence[Any], values: Mapping[str, Any]) -> Any:
    """y, ``(row, person)``, from relief ``(arm, reading, lane)`` of every part."""
    flat = jnp.concatenate([x.reshape(-1, LANES) for x in found])
    offsets = np.cumsum([0, *(x.shape[0] * x.shape[1] for x in found)])
    part, arm, reading = scored.relief.T
    where = offsets[part] + arm * np.array([x.shape[1] for x in found])[part] + reading
    relief = jnp.tile(flat[where], (1, scored.normal.shape[1] // LANES))
    keys = sorted(set(scored.scale))
    each = jnp.stack([jnp.asarray(values[f"instruments.{key}_responsiveness"]) for key in keys])
    rho = each[np.array([keys.index(key) for key in scored.scale])][:, None]
    return scored.normal + scored.calm + scored.excess * jnp.exp(-rho * relief) + scored.lasting


def written(scored: Scored, level: Any) -> Any:
    """Mean of what is written down, ``(row,)``."""
    d = (level - scored.normal) / scored.error_sd
    never_below = scored.normal + (level - scored.normal) * ndtr(d) + scored.error_sd * norm.pdf(d)
    return jnp.mean(never_below, axis=-1)


def responding(scored: Scored, level: Any) -> Any:
    """Probability that a visit shows the fall, ``(row, person)``."""
    return ndtr(((1.0 - scored.fall) * scored.baseline - level) / scored.error_sd)
