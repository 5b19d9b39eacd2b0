"""Whether the study records make sense, and whether the roles of people are kept."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from quell.conventions.dimensions import DISORDERS, known_name
from quell.conventions.errors import StudyError
from quell.conventions.units import dimension
from quell.evidence.checks import OWN_SOURCES, FindSource
from quell.evidence.records import GRADES
from quell.evidence.study_measures import is_measure, units_of_measure
from quell.evidence.study_records import Observation, Spread, Study
from quell.evidence.study_words import (
    CONDITIONS,
    DESIGNS,
    INFORMS,
    NEEDS_SPREAD,
    ROLES,
    SETTINGS,
    SINCE,
    SPREADS,
    STATISTICS,
)

VERIFIED = ("full_text", "abstract", "secondary", "recalled", "derived")
"""How a figure was seen."""

_WITHOUT_VALUE = ("order", "bound", "words", "p value")
_FREE_UNIT = ("standardised difference", "odds ratio", "risk ratio", "hazard ratio", "association", "p value")
_RATIOS = frozenset({"odds ratio", "risk ratio", "hazard ratio"})
_PER_CENT = frozenset({"percent change", "responders", "share", "time ratio"})
_SIGNS = ("<", "<=")


def check_study(study: Study, find_source: FindSource) -> Iterator[str]:
    """What is wrong with one study and its observations, one phrase each, beginning with its key or id."""
    yield from (f"{study.key}: {problem}" for problem in _head(study, find_source))
    names = Counter(observation.name for observation in study.observations)
    yield from (f"{study.key}: {name} occurs more than once" for name, count in names.items() if count > 1)
    for observation in study.observations:
        yield from (f"{observation.id}: {problem}" for problem in check_observation(observation, study, find_source))


def check_roles(studies: Mapping[str, Study]) -> Iterator[str]:
    """Where people who are held out stand in a record that may be fitted, or a pooled analysis is fitted unasked."""
    held_out = {unit: study.key for study in studies.values() if study.is_held_out for unit in study.people.units}
    for study in studies.values():
        fitted = [observation for observation in study.observations if observation.role == "fit"]
        shared = sorted({held_out[unit] for unit in study.people.units if unit in held_out})
        if study.is_held_out and study.observations:
            yield f"{study.key}: held out, but its observations stand in the open"
        if shared and fitted and not study.shares_with_held_out:
            yield f"{study.key}: fitted, but its people are those of {', '.join(shared)}"
        if study.shares_with_held_out and not (shared and fitted):
            yield f"{study.key}: says it shares people with a held-out study and does not"
        if study.design == "pooled" and fitted and not study.pooled_for_facts:
            yield f"{study.key}: a pooled analysis is a check"
        if fitted and study.role != "fit":
            yield f"{study.key}: {fitted[0].name} is fitted, the study is {study.role}"


def _head(study: Study, find_source: FindSource) -> Iterator[str]:
    people = study.people
    known = {"design": (study.design, DESIGNS), "role": (study.role, ROLES), "setting": (people.setting, SETTINGS)}
    for name, (word, words) in known.items():
        if word not in words:
            yield f'unknown {name} "{word}"'
    if bool(people.disorder) == bool(people.condition):
        yield "people have a disorder of the study file or a condition, not both or neither"
    if people.disorder and any(known_name(part, DISORDERS) is None for part in people.disorder.split(" or ")):
        yield f'unknown disorder "{people.disorder}"'
    if people.condition and people.condition not in CONDITIONS:
        yield f'unknown condition "{people.condition}"'
    if people.resistant not in ("yes", "no", "mixed", "unknown"):
        yield f'resistant is "{people.resistant}"'
    if not people.units or not study.role_reason or not study.title:
        yield "the unit of people, the reason of the role or the title is missing"
    yield from _sources(study.source, find_source)
    yield from _arms(study)


def _arms(study: Study) -> Iterator[str]:
    names = [arm.name for arm in study.arms]
    if len(set(names)) < len(names):
        yield "an arm's name occurs twice"
    for arm in study.arms:
        if bool(arm.gives) == bool(arm.instead):
            yield f'arm "{arm.name}" needs sentences, or what was given instead'
        if arm.n < 0 or (study.people.n and arm.n > study.people.n):
            yield f'arm "{arm.name}" has more people than the study'


def check_observation(observation: Observation, study: Study, find_source: FindSource) -> Iterator[str]:
    """What is wrong with one observation, one phrase each."""
    yield from _words(observation)
    yield from _role(observation, study)
    yield from _time(observation)
    yield from _value(observation)
    yield from _responders(observation)
    yield from _order(observation)
    if observation.spread is not None:
        yield from _spread(observation.spread, observation)
    yield from _sources(observation.source, find_source)
    if observation.grade == "measured" and set(observation.source) <= OWN_SOURCES:
        yield "graded measured, but the only source is our own work"
    unknown = set(observation.arms) - {arm.name for arm in study.arms}
    if unknown:
        yield f'unknown arm "{min(unknown)}"'


def _words(observation: Observation) -> Iterator[str]:
    known: dict[str, tuple[str, Iterable[str]]] = {
        "role": (observation.role, ROLES),
        "subject": (observation.informs, INFORMS),
        "statistic": (observation.statistic, STATISTICS),
        "grade": (observation.grade, GRADES),
        "way of reading": (observation.verified, VERIFIED),
        "origin of time": (observation.since, SINCE),
    }
    yield from (f'unknown {name} "{word}"' for name, (word, words) in known.items() if word not in words)
    if not is_measure(observation.measure):
        yield f'unknown measure "{observation.measure}"'
    if not observation.place.strip():
        yield "the place in the source is missing"


def _role(observation: Observation, study: Study) -> Iterator[str]:
    if (observation.role == "held out") != study.is_held_out:
        yield f"its role is {observation.role}, the study's {study.role}"
    if observation.role not in ("fit", "held out"):
        return
    if observation.role == "fit" and observation.grade == "recalled":
        yield "fitted, but nobody has seen the source"
    if observation.statistic in NEEDS_SPREAD and observation.spread is None and observation.value is not None:
        yield f"a {observation.statistic} has no likelihood without a spread"
    if observation.role == "fit" and observation.statistic in ("words", "p value", "association"):
        yield f"a finding of the kind {observation.statistic} cannot be fitted"
    if observation.role == "fit" and observation.informs not in ("glutamate", "kinetics"):
        given = {arm.name for arm in study.arms if arm.can_be_simulated}
        yield from (f'arm "{arm}" cannot be simulated' for arm in observation.arms if arm not in given)


def _time(observation: Observation) -> Iterator[str]:
    try:
        time, window = observation.time_h, observation.window_h
        observation.relative_to_h  # noqa: B018
    except (StudyError, ValueError):
        yield f'no time: "{observation.time}" or "{observation.within}"'
        return
    if window and not window[0] < window[1]:
        yield "the window is empty"
    if observation.statistic == "time ratio" and not observation.relative_to:
        yield "a time ratio needs the time it is relative to"
    if observation.role == "fit" and time is None and window is None and observation.statistic != "median time":
        yield "fitted, but it has no time"


def _value(observation: Observation) -> Iterator[str]:
    value = observation.value
    if (value is None) != (observation.statistic in _WITHOUT_VALUE) and observation.statistic != "p value":
        yield f"a {observation.statistic} {'needs a' if value is None else 'has no'} value"
    if observation.statistic == "words" and not observation.words:
        yield "a finding in words needs words"
    if observation.statistic == "bound" and observation.at_least is None and observation.at_most is None:
        yield "a bound needs at_least or at_most"
    if value is None:
        return
    if not math.isfinite(value):
        yield "the value is not finite"
    if observation.statistic in _PER_CENT and observation.unit != "%":
        yield f"a {observation.statistic} is in %"
    if observation.unit == "%" and observation.statistic in ("responders", "share") and not 0 <= value <= 100:
        yield "a share lies between 0 and 100 %"
    if observation.statistic == "percent change" and value < -100:
        yield "nobody falls by more than 100 %"
    if observation.statistic in _RATIOS and value <= 0:
        yield "a ratio is positive"
    yield from _unit(observation)


def _unit(observation: Observation) -> Iterator[str]:
    try:
        found = dimension(observation.unit)
    except StudyError as error:
        yield error.statement
        return
    if observation.statistic in _PER_CENT:
        return
    if observation.statistic in _FREE_UNIT:
        if observation.unit != "1":
            yield f"a {observation.statistic} is a pure number"
    elif is_measure(observation.measure):
        allowed = {dimension(unit) for unit in units_of_measure(observation.measure)}
        if observation.statistic == "median time":
            allowed = {"time"}
        if found not in allowed:
            yield f"{observation.measure} is not told in {observation.unit}"


def _responders(observation: Observation) -> Iterator[str]:
    if observation.statistic != "responders":
        return
    if observation.count is None or not observation.of:
        yield "responders are a count of people"
    elif not 0 <= observation.count <= observation.of:
        yield f"{observation.count} of {observation.of} people"
    elif observation.value is not None and abs(100 * observation.count / observation.of - observation.value) > 0.75:
        yield f"{observation.count} of {observation.of} is not {observation.value:g} %"
    if not observation.definition and not observation.definition_words:
        yield "responders need a definition"


def _order(observation: Observation) -> Iterator[str]:
    if observation.statistic != "order":
        return
    arms, signs = observation.order[::2], observation.order[1::2]
    if len(arms) != len(signs) + 1 or len(arms) < 2 or not set(signs) <= set(_SIGNS):
        yield 'an order alternates arms and "<" or "<="'
    elif set(arms) != set(observation.arms):
        yield "an order names the arms it is about"


def _spread(spread: Spread, observation: Observation) -> Iterator[str]:
    if spread.kind not in SPREADS:
        yield f'unknown spread "{spread.kind}"'
    if spread.grade not in ("measured", "derived", "assumed"):
        yield f'a spread is not graded "{spread.grade}"'
    if (spread.grade == "measured") == bool(spread.how):
        yield "a spread that is not measured says how it was found, and no other does"
    if spread.kind != "ci" and not (spread.low == spread.high and 0 < spread.low < math.inf):
        yield "a spread is positive"
    value = observation.value
    if spread.kind == "ci" and value is not None and not spread.low <= value <= spread.high:
        yield f"{value:g} lies outside its interval {spread.low:g} to {spread.high:g}"
    if spread.kind == "sd" and not (observation.n or observation.of):
        yield "a standard deviation needs the number of people"


def _sources(keys: Iterable[str], find_source: FindSource) -> Iterator[str]:
    keys = tuple(keys)
    if not keys:
        yield "no source is given"
    for key in keys:
        try:
            find_source(key)
        except StudyError as error:
            yield error.statement
