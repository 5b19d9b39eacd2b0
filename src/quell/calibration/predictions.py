"""Published observations, predicted from the features: arms laid out once, reliefs, raters, statistics.

Everything is smooth in the features: who takes part, and the natural course of their symptoms, is drawn once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np

from quell.calibration.asked import Asked
from quell.calibration.courses import Laid, Readings, lay, reliefs
from quell.calibration.features import feature_values
from quell.calibration.scored import Scored, levels, responding, written
from quell.calibration.statistics import STATISTICS, Seen
from quell.calibration.trial_arms import TrialArm, own_numbers, trial_arm
from quell.calibration.trial_people import TrialPeople, lasting_part, new_error_sd, stand_in, trial_people
from quell.evidence.library import Library
from quell.evidence.records import ParameterRecord
from quell.simulation.measurement import Watch, draw_luck

_USUAL_FALL = 0.5
_SHORT_ARM, _LONGEST_IN_GROUP = 25, 2.5


@dataclass(frozen=True)
class Part:
    """Arms behind one another.

    Attributes
    ----------
    laid, readings
        Their courses, and what is read off them.
    own
        Parameter id -> standard normal number of each lane, ``(arm, lane)``.
    trial
        Number of each arm's trial, ``(arm,)``.
    """

    laid: Laid
    readings: Readings
    own: Mapping[str, np.ndarray]
    trial: np.ndarray


@dataclass(frozen=True)
class Predictor:
    """Predicts observations.

    Attributes
    ----------
    parts
        The arms, those of about one length together.
    asked
        The observations.
    scored, rows
        What they are made of, and per observation the rows of each of its arms.
    trials
        Keys of the studies, in the order of their own effects.
    library, fixed
        Where central values come from; parameters that no feature moves.
    """

    parts: tuple[Part, ...]
    asked: tuple[Asked, ...]
    scored: Scored
    rows: tuple[tuple[slice, ...], ...]
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
        drug, session = jnp.asarray(drug), jnp.asarray(session)
        found = [
            reliefs(
                part.laid, part.readings, moved, self.own_values(part, moved), drug[part.trial], session[part.trial]
            )
            for part in self.parts
        ]
        level = levels(self.scored, found, moved)
        means = written(self.scored, level)
        shown = responding(self.scored, level)
        return [
            STATISTICS[asked.observation.statistic](asked, self._seen(rows, level, means, shown))
            for asked, rows in zip(self.asked, self.rows, strict=True)
        ]

    def _seen(self, rows: Sequence[slice], level: Any, means: Any, shown: Any) -> Seen:
        scored = self.scored
        return Seen(
            [level[x] for x in rows],
            [means[x] for x in rows],
            [float(scored.baseline[x.start].mean()) for x in rows],
            [float(scored.error_sd[x.start, 0]) for x in rows],
            [shown[x] for x in rows],
        )

    def own_values(self, part: Part, moved: Mapping[str, Any]) -> dict[str, Any]:
        """Parameter id -> values ``(arm, lane)`` of what differs between people, around the features' values."""
        return {name: _between_people(self.library[name], moved[name], z) for name, z in part.own.items()}


def _between_people(record: ParameterRecord, centre: Any, z: np.ndarray) -> Any:
    """A person's value from the typical one, as ``ParameterRecord.person`` under JAX."""
    known = record.between_patient
    assert known is not None
    return centre * jnp.exp(known.sd * z) if known.kind == "lognormal" else centre + known.sd * z


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
    read = _Read({copy: [] for copy in copies}, {copy: [] for copy in copies}, built)
    where = {copy: (k, i) for k, place in enumerate(places) for i, copy in enumerate(place)}
    world = _World(people, where, read, library)
    scored, rows = _scored(asked, world)
    parts = tuple(_part(place, built, read, people, trials) for place in places)
    fixed = {name: library[name].value for name in _needed(library)}
    return Predictor(parts, tuple(asked), scored, rows, trials, library, fixed)


_Who = tuple[str, str, bool | None]
_Regimen = tuple[tuple[str, ...], bool, str, str, bool | None]
"""What decides an arm's solution: sentences, openness, and who takes part."""

_Copy = tuple[str, _Regimen]
"""(study, regimen): an arm of one trial, with that trial's own effects."""


@dataclass(frozen=True)
class _Read:
    """Readings of every arm as observations ask for them: rows of weights, and whether each sees acute relief."""

    weights: dict[_Copy, list[np.ndarray]]
    sees_acute: dict[_Copy, list[bool]]
    built: Mapping[_Regimen, TrialArm]

    def add(self, copy: _Copy, times: np.ndarray, windows: np.ndarray, sees_acute: np.ndarray) -> slice:
        """Where the new readings stand among the arm's."""
        begin = len(self.weights[copy])
        self.weights[copy] += list(self.built[copy[1]].readings(times, windows))
        self.sees_acute[copy] += list(sees_acute)
        return slice(begin, begin + times.size)

    def together(self, place: Sequence[_Copy], most: int) -> Readings:
        """Those of several arms, padded to the longest arm's nodes and the largest number of readings."""
        count = max(len(self.weights[copy]) for copy in place)
        weights, sees = np.zeros((len(place), count, 2 * most - 1)), np.zeros((len(place), count, 1))
        for k, copy in enumerate(place):
            nodes, own = self.built[copy[1]].nodes.size, np.stack(self.weights[copy])
            weights[k, : len(own), :nodes] = own[:, :nodes]
            weights[k, : len(own), most : most + nodes - 1] = own[:, nodes:]
            sees[k, : len(own), 0] = self.sees_acute[copy]
        return Readings(weights, sees)


@dataclass(frozen=True)
class _World:
    people: Mapping[_Who, TrialPeople]
    where: Mapping[_Copy, tuple[int, int]]
    read: _Read
    library: Library


def _by_length(copies: Sequence[_Copy], built: Mapping[_Regimen, TrialArm]) -> list[list[_Copy]]:
    """Arms in groups of not too different numbers of nodes, those at rest apart: each group is one loop to compile."""
    groups: list[list[_Copy]] = []
    begun = (False, 0)
    for copy in sorted(copies, key=lambda x: (built[x[1]].at_rest, built[x[1]].nodes.size)):
        rest, size = built[copy[1]].at_rest, built[copy[1]].nodes.size
        if not groups or rest != begun[0] or size > _LONGEST_IN_GROUP * begun[1]:
            groups.append([])
            begun = rest, max(size, _SHORT_ARM)
        groups[-1].append(copy)
    return groups


def _part(
    place: Sequence[_Copy],
    built: Mapping[_Regimen, TrialArm],
    read: _Read,
    people: Mapping[_Who, TrialPeople],
    trials: Sequence[str],
) -> Part:
    own = [own_numbers(people[regimen[2:]]) for _, regimen in place]
    together = {name: np.stack([x[name] for x in own]) for name in own[0]}
    trial = np.array([trials.index(key) for key, _ in place])
    laid = lay([built[regimen] for _, regimen in place])
    return Part(laid, read.together(place, laid.lengths.shape[1] + 1), together, trial)


def _needed(library: Library) -> list[str]:
    packs = ("plasticity", "symptoms", "expectancy", "gaba")
    return [x.id for pack in packs for x in library.parameters(pack)] + [
        x.id for x in library.parameters("instruments") if x.name.endswith("_responsiveness")
    ]


def _regimen(asked: Asked, arm: str) -> _Regimen:
    disorder, rule = stand_in(asked.study)
    resistant = {"yes": True, "no": False}.get(asked.study.people.resistant)
    return asked.study.arm(arm).gives, asked.study.people.setting == "open", disorder, rule, resistant


def _scored(asked: Sequence[Asked], world: _World) -> tuple[Scored, tuple[tuple[slice, ...], ...]]:
    """The rows of all observations, and where each arm's stand."""
    blocks: list[dict[str, Any]] = []
    rows: list[tuple[slice, ...]] = []
    count = 0
    for x in asked:
        places = []
        for name in x.arms:
            blocks.append(_rate(x, _regimen(x, name), world))
            places.append(slice(count, count + len(x.times_h)))
            count += len(x.times_h)
        rows.append(tuple(places))
    whole = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0] if name != "scale"}
    return Scored(scale=tuple(key for block in blocks for key in block["scale"]), **whole), tuple(rows)


def _rate(asked: Asked, regimen: _Regimen, world: _World) -> dict[str, Any]:
    """One arm rated for one observation, one row a time."""
    copy = asked.study.key, regimen
    cohort = world.people[regimen[2:]].cohort
    scale, library = asked.scale, world.library
    times, windows = np.array(asked.times_h), np.array(asked.windows_h)
    watch = Watch(times, {scale.name: windows}, 0.0, scale.name, "", {})
    normal, true = cohort.normal_score[scale.name], cohort.true_score[scale.name]
    readings = world.read.add(copy, times, windows, scale.momentary | (windows == 0.0))
    place = [(*world.where[copy], k) for k in range(readings.start, readings.stop)]

    def each_time(row: Any) -> np.ndarray:
        return np.tile(row, (times.size, 1))

    return {
        "relief": np.array(place),
        "scale": [scale.key] * times.size,
        "normal": each_time(normal),
        "calm": each_time(np.minimum(true - normal, 0.0)),
        "excess": each_time(np.maximum(true - normal, 0.0)),
        "lasting": lasting_part(cohort, scale, times, windows, library),
        "baseline": each_time(draw_luck(cohort, watch, library).baseline[scale.name]),
        "error_sd": each_time(new_error_sd(scale, library)),
        "fall": each_time(_USUAL_FALL if asked.fall is None else asked.fall),
    }
