r"""Published observations, predicted from the features: means, differences, shares of responders, times of loss.

Person i of the virtual trial has, at time t and before anything new is added by the rater,

    y_i(t) = normal_i + calm_i + excess_i exp(-rho mean_w a_i) + lasting part_i(t)

with the lasting part (natural course, lingering error) drawn once. The new error has SD s; what is written down is
never below normal, so that its mean is

    E = normal + (y - normal) Phi(d) + s phi(d),      d = (y - normal) / s,

and a fall of share x from the written baseline b is seen with probability Phi(((1 - x) b - y) / s). Everything is
smooth in the features.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax.scipy.special import ndtr
from jax.scipy.stats import norm

from quell.calibration.asked import LOST, Asked
from quell.calibration.courses import Laid, lay, regulation, relief_past
from quell.calibration.features import feature_values
from quell.calibration.trial_arms import TrialArm, own_numbers, trial_arm
from quell.calibration.trial_people import (
    LANES,
    TrialPeople,
    lasting_part,
    new_error_sd,
    stand_in,
    trial_people,
)
from quell.evidence.library import Library
from quell.evidence.records import ParameterRecord
from quell.mechanisms.instruments import Instrument
from quell.simulation.measurement import Watch, draw_luck

_LEAST_SHARE = 1e-3


@dataclass(frozen=True)
class _Rated:
    """One arm rated for one observation: everything about its people and times that features do not move."""

    part: int
    lanes: slice
    weights: np.ndarray
    sees_acute: np.ndarray
    scale: Instrument
    normal: np.ndarray
    calm: np.ndarray
    excess: np.ndarray
    lasting: np.ndarray
    baseline: np.ndarray
    error_sd: float


@dataclass(frozen=True)
class Part:
    """Arms side by side.

    Attributes
    ----------
    own
        Parameter id -> standard normal number of each lane.
    trial
        Number of each lane's trial.
    """

    laid: Laid
    own: Mapping[str, np.ndarray]
    trial: np.ndarray


@dataclass(frozen=True)
class Predictor:
    """Predicts observations.

    Attributes
    ----------
    parts
        The arms, those of about one length together.
    asked, rated
        The observations, and per observation its arms.
    trials
        Keys of the studies, in the order of their own effects.
    library, fixed
        Where central values come from; parameters that no feature moves.
    """

    parts: tuple[Part, ...]
    asked: tuple[Asked, ...]
    rated: tuple[tuple[_Rated, ...], ...]
    trials: tuple[str, ...]
    library: Library
    fixed: Mapping[str, Any]

    def predict(self, z: Any, drug: Any, session: Any) -> list[Any]:
        """Predicted value of every observation, in its unit.

        Parameters
        ----------
        z
            Features, ``(feature,)``.
        drug, session
            Each trial's own effect on relief (log scale) and on expectancy (logit scale), ``(trial,)``.
        """
        moved = {**self.fixed, **feature_values(z, self.library)}
        reliefs = [self._reliefs(part, moved, jnp.asarray(drug), jnp.asarray(session)) for part in self.parts]
        return [
            _STATISTICS[asked.observation.statistic](asked, rated, [_level(x, reliefs, moved) for x in rated])
            for asked, rated in zip(self.asked, self.rated, strict=True)
        ]

    def _reliefs(self, part: Part, moved: Mapping[str, Any], drug: Any, session: Any) -> tuple[Any, Any]:
        """Relief that lasts and acute relief at nodes and middles, ``(2 node - 1, lane)`` each."""
        values = dict(moved)
        for name, z in part.own.items():
            values[name] = _between_people(self.library[name], values[name], z)
        reached = regulation(part.laid, values)
        return relief_past(part.laid, reached, values, drug[part.trial], session[part.trial])


def _between_people(record: ParameterRecord, centre: Any, z: np.ndarray) -> Any:
    """A person's value from the typical one, as ``ParameterRecord.person`` under JAX."""
    known = record.between_patient
    assert known is not None
    return centre * jnp.exp(known.sd * z) if known.kind == "lognormal" else centre + known.sd * z


def _level(x: _Rated, reliefs: Sequence[tuple[Any, Any]], values: Mapping[str, Any]) -> Any:
    """y, ``(time, person)``."""
    lasting, acute = (relief[:, x.lanes] for relief in reliefs[x.part])
    relief = x.weights @ lasting + jnp.where(x.sees_acute, x.weights @ acute, 0.0)
    relief = jnp.tile(relief, (1, x.normal.size // LANES))
    rho = values[f"instruments.{x.scale.key}_responsiveness"]
    return x.normal + x.calm + x.excess * jnp.exp(-rho * relief) + x.lasting


# ----------------------------------------------------------------------------------------------------------- statistics


def written(x: _Rated, level: Any) -> Any:
    """Mean of what is written down, ``(time,)``."""
    d = (level - x.normal) / x.error_sd
    return jnp.mean(x.normal + (level - x.normal) * ndtr(d) + x.error_sd * norm.pdf(d), axis=-1)


def change(x: _Rated, level: Any) -> Any:
    """Mean change since baseline, ``(time,)``."""
    return written(x, level) - float(x.baseline.mean())


def response(x: _Rated, level: Any, fall: float) -> Any:
    """Probability that a visit shows the fall, ``(time, person)``."""
    return ndtr(((1.0 - fall) * x.baseline - level) / x.error_sd)


def share_responding(x: _Rated, level: Any, fall: float) -> Any:
    """Share of people who respond at one visit at least."""
    return jnp.mean(1.0 - jnp.prod(1.0 - response(x, level, fall), axis=0))


def _mean_change(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    return sum(change(x, y)[0] for x, y in zip(rated, levels, strict=True)) / len(rated)


def _percent_change(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    return sum(100.0 * change(x, y)[0] / x.baseline.mean() for x, y in zip(rated, levels, strict=True)) / len(rated)


def _difference(rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    return change(rated[0], levels[0]) - change(rated[1], levels[1])


def _mean_difference(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    return _difference(rated, levels)[0]


def _standardised(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    variance = sum(jnp.var(y[0]) + x.error_sd**2 for x, y in zip(rated, levels, strict=True)) / len(rated)
    return _difference(rated, levels)[0] / jnp.sqrt(variance)


def _time_ratio(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    difference = _difference(rated, levels)
    return 100.0 * difference[0] / jnp.minimum(difference[1], -_LEAST_SHARE)


def _responders(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    fall = 0.5 if asked.fall is None else asked.fall
    return 100.0 * sum(share_responding(x, y, fall) for x, y in zip(rated, levels, strict=True)) / len(rated)


def _ordered(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    """Mean improvement over the times of each arm, ``(arm,)``."""
    return jnp.stack([-jnp.mean(change(x, y)) for x, y in zip(rated, levels, strict=True)])


def _bounded(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    """What a bound bounds: a ratio of times in per cent, else a standardised difference."""
    return _time_ratio(asked, rated, levels) if len(asked.times_h) == 2 else _standardised(asked, rated, levels)


def _median_time(asked: Asked, rated: Sequence[_Rated], levels: Sequence[Any]) -> Any:
    """Days after the last dose until half of those who respond a day after it no longer do, by their true level."""
    (x,), (level,) = rated, levels
    assert asked.fall is not None
    holds = response(x, level, asked.fall)
    kept = jnp.minimum.accumulate(jnp.mean(holds[0] * holds, axis=-1) / jnp.mean(holds[0] * holds[0], axis=-1))
    days = jnp.asarray(asked.times_h) / 24.0
    days = days - days[0] + 1.0
    falling = -kept + 1e-6 * days
    return jnp.interp(-0.5, falling, days) + jnp.maximum(kept[-1] - 0.5, 0.0) * days[-1]


_STATISTICS: Mapping[str, Callable[[Asked, Sequence[_Rated], Sequence[Any]], Any]] = {
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


# ------------------------------------------------------------------------------------------------------------- building


def predictor(asked: Sequence[Asked], library: Library, scramble: int = 0) -> Predictor:
    """Simulate the arms of every trial once."""
    trials = tuple(dict.fromkeys(x.study.key for x in asked))
    people: dict[_Who, TrialPeople] = {}
    built: dict[_Regimen, TrialArm] = {}
    times: dict[_Regimen, set[float]] = {}
    for x in asked:
        for name in x.arms:
            times.setdefault(_regimen(x, name), set()).update(x.times_h)
    for regimen, asked_h in times.items():
        who = regimen[2:]
        if who not in people:
            people[who] = trial_people(*who, library, scramble=scramble)
        built[regimen] = trial_arm(regimen[0], regimen[1], sorted(asked_h), people[who], library)
    copies = list(dict.fromkeys((x.study.key, _regimen(x, name)) for x in asked for name in x.arms))
    places = _by_length(copies, built)
    parts = tuple(_part(place, built, people, trials) for place in places)
    where = {copy: (k, i) for k, place in enumerate(places) for i, copy in enumerate(place)}
    world = _World(built, people, parts, where, library)
    rated = tuple(tuple(_rate(x, _regimen(x, name), world) for name in x.arms) for x in asked)
    fixed = {name: library[name].value for name in _needed(library)}
    return Predictor(parts, tuple(asked), rated, trials, library, fixed)


_Who = tuple[str, str, bool | None]
_Regimen = tuple[tuple[str, ...], bool, str, str, bool | None]
"""What decides an arm's solution: sentences, openness, and who takes part."""

_Copy = tuple[str, _Regimen]
"""(study, regimen): an arm of one trial, with that trial's own effects."""


@dataclass(frozen=True)
class _World:
    built: Mapping[_Regimen, TrialArm]
    people: Mapping[_Who, TrialPeople]
    parts: Sequence[Part]
    where: Mapping[_Copy, tuple[int, int]]
    library: Library


def _by_length(copies: Sequence[_Copy], built: Mapping[_Regimen, TrialArm]) -> list[list[_Copy]]:
    """Arms in groups of which the longest has at most 1.6 times the nodes of the shortest; those at rest apart."""
    groups: list[list[_Copy]] = []
    begun = (False, 0)
    for copy in sorted(copies, key=lambda x: (built[x[1]].at_rest, built[x[1]].nodes.size)):
        rest, size = built[copy[1]].at_rest, built[copy[1]].nodes.size
        if not groups or rest != begun[0] or size > 1.6 * begun[1]:
            groups.append([])
            begun = rest, size
        groups[-1].append(copy)
    return groups


def _part(
    place: Sequence[_Copy],
    built: Mapping[_Regimen, TrialArm],
    people: Mapping[_Who, TrialPeople],
    trials: Sequence[str],
) -> Part:
    own = [own_numbers(people[regimen[2:]]) for _, regimen in place]
    together = {name: np.concatenate([x[name] for x in own]) for name in own[0]}
    trial = np.repeat([trials.index(key) for key, _ in place], LANES)
    return Part(lay([built[regimen] for _, regimen in place]), together, trial)


def _needed(library: Library) -> list[str]:
    packs = ("plasticity", "symptoms", "expectancy", "gaba")
    return [x.id for pack in packs for x in library.parameters(pack)] + [
        x.id for x in library.parameters("instruments") if x.name.endswith("_responsiveness")
    ]


def _regimen(asked: Asked, arm: str) -> _Regimen:
    disorder, rule = stand_in(asked.study)
    resistant = {"yes": True, "no": False}.get(asked.study.people.resistant)
    return asked.study.arm(arm).gives, asked.study.people.setting == "open", disorder, rule, resistant


def _rate(asked: Asked, regimen: _Regimen, world: _World) -> _Rated:
    part, position = world.where[asked.study.key, regimen]
    arm, cohort = world.built[regimen], world.people[regimen[2:]].cohort
    scale, library = asked.scale, world.library
    times, windows = np.array(asked.times_h), np.array(asked.windows_h)
    watch = Watch(times, {scale.name: windows}, 0.0, scale.name, "", {})
    normal, true = cohort.normal_score[scale.name], cohort.true_score[scale.name]
    most = world.parts[part].laid.lengths.shape[0] + 1
    return _Rated(
        part=part,
        lanes=slice(position * LANES, (position + 1) * LANES),
        weights=_padded(arm.readings(times, windows), arm.nodes.size, most),
        sees_acute=(scale.momentary | (windows == 0.0))[:, None],
        scale=scale,
        normal=normal,
        calm=np.minimum(true - normal, 0.0),
        excess=np.maximum(true - normal, 0.0),
        lasting=lasting_part(cohort, scale, times, windows, library),
        baseline=draw_luck(cohort, watch, library).baseline[scale.name],
        error_sd=new_error_sd(scale, library),
    )


def _padded(weights: np.ndarray, nodes: int, most: int) -> np.ndarray:
    """Weights of an arm's own nodes and middles among those of the longest arm."""
    full = np.zeros((weights.shape[0], 2 * most - 1))
    full[:, :nodes], full[:, most : most + nodes - 1] = weights[:, :nodes], weights[:, nodes:]
    return full
