"""The statistics that papers print, of what simulated raters see: means, differences, shares, ratios, times of loss."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp

from quell.calibration.asked import LOST, Asked

_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class Seen:
    """One observation's arms as simulated raters see them, each in the order of its times.

    Attributes
    ----------
    level
        y per arm, ``(time, person)``.
    written
        Mean of what is written down per arm, ``(time,)``.
    baseline
        Mean baseline per arm.
    error_sd
        SD of the new error per arm.
    responding
        Probability that a visit shows the response, per arm, ``(time, person)``.
    """

    level: Sequence[Any]
    written: Sequence[Any]
    baseline: Sequence[float]
    error_sd: Sequence[float]
    responding: Sequence[Any]

    def change(self, arm: int) -> Any:
        """Mean change since baseline, ``(time,)``."""
        return self.written[arm] - self.baseline[arm]


def share_responding(shown: Any) -> Any:
    """Share of people who respond at one visit at least, from ``(time, person)``."""
    return jnp.mean(1.0 - jnp.prod(1.0 - shown, axis=0))


def _mean(parts: Sequence[Any]) -> Any:
    return sum(parts) / len(parts)


def _mean_change(asked: Asked, seen: Seen) -> Any:
    return _mean([seen.change(arm)[0] for arm in range(len(seen.level))])


def _percent_change(asked: Asked, seen: Seen) -> Any:
    return _mean([100.0 * seen.change(arm)[0] / seen.baseline[arm] for arm in range(len(seen.level))])


def _difference(seen: Seen) -> Any:
    return seen.change(0) - seen.change(1)


def _mean_difference(asked: Asked, seen: Seen) -> Any:
    return _difference(seen)[0]


def _standardised(asked: Asked, seen: Seen) -> Any:
    variance = _mean([jnp.var(y[0]) + sd**2 for y, sd in zip(seen.level, seen.error_sd, strict=True)])
    return _difference(seen)[0] / jnp.sqrt(variance)


def _time_ratio(asked: Asked, seen: Seen) -> Any:
    difference = _difference(seen)
    return 100.0 * difference[0] / jnp.minimum(difference[1], -_LEAST_SHARE)


def _responders(asked: Asked, seen: Seen) -> Any:
    return 100.0 * _mean([share_responding(shown) for shown in seen.responding])


def _ordered(asked: Asked, seen: Seen) -> Any:
    """Mean improvement over the times of each arm, ``(arm,)``."""
    return jnp.stack([-jnp.mean(seen.change(arm)) for arm in range(len(seen.level))])


def _bounded(asked: Asked, seen: Seen) -> Any:
    """What a bound bounds: a ratio of times in per cent, else a standardised difference."""
    return _time_ratio(asked, seen) if len(asked.times_h) == 2 else _standardised(asked, seen)


def _median_time(asked: Asked, seen: Seen) -> Any:
    """Days after the last dose until half of those who respond a day after it no longer do, by their true level."""
    (holds,) = seen.responding
    kept = jnp.minimum.accumulate(jnp.mean(holds[0] * holds, axis=-1) / jnp.mean(holds[0] * holds[0], axis=-1))
    days = jnp.asarray(asked.times_h) / 24.0
    days = days - days[0] + 1.0
    falling = -kept + 1e-6 * days
    return jnp.interp(-0.5, falling, days) + jnp.maximum(kept[-1] - 0.5, 0.0) * days[-1]


STATISTICS: Mapping[str, Callable[[Asked, Seen], Any]] = {
    "mean change": _mean_change,
    "percent change": _percent_change,
    "mean difference": _mean_difference,
    "standardised difference": _standardised,
    "responders": _responders,
    "share": _responders,
    "time ratio": _time_ratio,
    "order": _ordered,
    "bound": _bounded,
    LOST: _median_time,
}
