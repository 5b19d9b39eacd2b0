"""What a published observation asks of its virtual trial: which arms, which scale, which times, over which window.

Times of a best value "at any visit" are those that trials of one dose use, an hour to a week after each dose, as far as
the observation's window reaches; a loss of response is followed weekly. A rater asks about the time since the last
visit where that is nearer than the scale's own window, as in ``quell run``; on the day of the first dose the rater asks
about the moment, and the acute part of relief is seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from quell.calibration.trial_people import SCALE_OF, stand_in
from quell.evidence.library import Library
from quell.evidence.study_records import Observation, Study
from quell.mechanisms.instruments import INSTRUMENTS, Instrument
from quell.protocols.conditions import Comparison, parse_condition
from quell.protocols.regimen_grammar import parse_regimen
from quell.simulation.measurement import windows

AFTER_EACH_DOSE_H = (1.0, 24.0, 72.0, 168.0)
"""Visits assumed where a source says only "at any visit"."""

_AT_ONCE_H = 24.0
"""A rating sooner after the first dose asks about the moment, whatever the scale."""

FOLLOWED_H = tuple(24.0 * day for day in (1, 4, *range(7, 127, 7)))
"""Times after the last dose at which a response may be lost."""

SIMULATED = (
    "mean change",
    "percent change",
    "mean difference",
    "standardised difference",
    "responders",
    "share",
    "time ratio",
)
FACTS = ("order", "bound")
LOST = "median time"
LOST_SCALE = {
    "PTSD relapse": ("PCL-5", 0.3),
    "relapse on MADRS": ("MADRS", 0.5),
    "response (CAPS-5 fall >= 30 %) lost": ("CAPS-5", 0.3),
}
"""Definition of a loss in words -> scale, and the fall that counts as response (assumed for relapses)."""


@dataclass(frozen=True)
class Asked:
    """One observation, ready to be predicted.

    Attributes
    ----------
    arms
        Names of the arms it speaks about, in order.
    scale
        What is rated.
    times_h, windows_h
        When, and over which window.
    fall
        Share of the baseline that counts as response, where one is asked about.
    """

    study: Study
    observation: Observation
    arms: tuple[str, ...]
    scale: Instrument
    times_h: tuple[float, ...]
    windows_h: tuple[float, ...]
    fall: float | None = None

    @property
    def id(self) -> str:
        """``study.observation``."""
        return self.observation.id


def askable(study: Study, observation: Observation) -> bool:
    """Whether this model can be asked: a scale it has, arms it can give, a statistic it can form, people it knows."""
    scale = INSTRUMENTS.get(SCALE_OF.get(observation.measure, observation.measure))
    lost = observation.statistic == LOST and observation.definition_words in LOST_SCALE
    if not lost and (scale is None or scale.mapping is None or observation.statistic not in (*SIMULATED, *FACTS)):
        return False
    timed = lost or observation.time or observation.within
    known = {arm.name for arm in study.arms}
    names = _arm_names(observation)
    can = all(name in known and study.arm(name).can_be_simulated for name in names)
    return (
        bool(timed) and can and bool(stand_in(study)[0]) and (observation.statistic != "bound" or _bounded(observation))
    )


def _bounded(observation: Observation) -> bool:
    return observation.at_least is not None or observation.at_most is not None


def _arm_names(observation: Observation) -> tuple[str, ...]:
    if observation.order:
        return tuple(word for word in observation.order if word not in ("<", "<="))
    return observation.arms


def ask(study: Study, observation: Observation, library: Library) -> Asked:
    """What an observation asks; see :func:`askable`."""
    if observation.statistic == LOST:
        name, fall = LOST_SCALE[observation.definition_words]
        last = max(_doses_h(study, _arm_names(observation)))
        times: tuple[float, ...] = tuple(last + x for x in FOLLOWED_H)
        return Asked(study, observation, _arm_names(observation), INSTRUMENTS[name], times, (0.0,) * len(times), fall)
    scale = INSTRUMENTS[SCALE_OF.get(observation.measure, observation.measure)]
    definition = _definition(observation)
    times = _times(study, observation, definition)
    return Asked(
        study, observation, _arm_names(observation), scale, times, _windows(scale, times, library),
        None if definition is None else definition.value / 100.0,
    )  # fmt: skip


def _definition(observation: Observation) -> Comparison | None:
    if not observation.definition:
        return None
    return next(
        (
            x
            for x in parse_condition(observation.definition).terms
            if isinstance(x, Comparison) and x.statistic == "fall"
        ),
        None,
    )


def _times(study: Study, observation: Observation, definition: Comparison | None) -> tuple[float, ...]:
    own = () if observation.time_h is None else (observation.time_h,)
    if observation.relative_to_h is not None:
        return (*own, observation.relative_to_h)
    if observation.window_h is not None:
        begin, end = observation.window_h
        visits = {dose + x for dose in _doses_h(study, _arm_names(observation)) for x in AFTER_EACH_DOSE_H}
        return tuple(sorted(x for x in visits if begin < x <= end + 1e-6)) or (end,)
    if own:
        return own
    moments = () if definition is None else tuple(t for when in definition.when for t in when.times_h)
    return moments or (24.0,)


def _doses_h(study: Study, arms: Sequence[str]) -> list[float]:
    sentences = {x for name in arms for x in study.arm(name).gives}
    return sorted({t for x in sentences for t in parse_regimen(x).times_h()}) or [0.0]


def _windows(scale: Instrument, times: Sequence[float], library: Library) -> tuple[float, ...]:
    recall = 0.0 if scale.momentary else scale.number("recall", library)
    order = np.argsort(times)
    found = np.empty(len(times))
    found[order] = windows(np.array([0.0, *np.asarray(times)[order]]), recall)[1:]
    found[np.asarray(times) < _AT_ONCE_H] = 0.0
    return tuple(float(x) for x in found)
