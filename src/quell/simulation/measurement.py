"""From courses to what is written down: scores at visits, peaks, exposure, harms, guesses, courses for display.

All of it per person, in arrays named as in :mod:`quell.simulation.tables`. A score averages relief and natural course over the
window its rater asks about; where visits are closer than the scale's own window the rater asks "since the last visit", unless
the study says otherwise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from quell.conventions.random_streams import uniforms
from quell.evidence.library import Library
from quell.mechanisms.instruments import INSTRUMENTS, Instrument, clinical_improvement, clinical_severity, score
from quell.people.cohort import Cohort, fluctuation, measurement_error
from quell.simulation.engine import Solution
from quell.simulation.recall import Course
from quell.simulation.tables import RELIEFS, arm_key, person_key

GUESS_AFTER_H = 1.0
"""The early guess is asked an hour after the first dose began."""

ANALYTES: Mapping[str, Mapping[str, str]] = {
    "venous_ketamine": {"analyte": "ketamine", "sampling": "venous", "unit": "ng/mL"},
    "arterial_ketamine": {"analyte": "ketamine", "sampling": "arterial", "unit": "ng/mL"},
    "venous_norketamine": {"analyte": "norketamine", "sampling": "venous", "unit": "ng/mL"},
    "venous_hydroxynorketamine": {"analyte": "hydroxynorketamine", "sampling": "venous", "unit": "ng/mL"},
    "midazolam": {"analyte": "midazolam", "sampling": "arterial", "unit": "ng/mL"},
}
"""Kinetic signals whose exposure is reported."""

PEAKS: Mapping[str, tuple[str, str | None]] = {
    "CADSS": ("cadss", None),
    "SBP change": ("sbp_change", None),
    "SBP": ("sbp_change", "SBP"),
    "DBP change": ("dbp_change", None),
    "DBP": ("dbp_change", "DBP"),
    "heart rate change": ("heart_rate_change", None),
    "heart rate": ("heart_rate_change", "heart rate"),
    "sedation": ("sedation", None),
}
"""Safety measure -> the change simulated and the covariate it adds to."""

COURSES = (
    "venous_ketamine",
    "nmda_block",
    "glutamate",
    "bdnf",
    "new_connections",
    "emotional_regulation",
    "symptom_level",
    "cadss",
    "sbp_change",
)
"""Signals drawn over time (``new_connections`` is nascent and stable together); scores join them as ``score:<name>``."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What a study looks at, and when.

    Attributes
    ----------
    visit_h
        Times of visits, h, ``(visit,)``.
    windows_h
        Instrument -> window at each visit, h, ``(visit,)``; 0 asks about the moment.
    baseline_h
        Time of the baseline scores.
    primary
        Instrument from which the clinical global impressions are read.
    guess_h
        Name of the asking -> time, h.
    """

    visit_h: np.ndarray
    windows_h: Mapping[str, np.ndarray]
    baseline_h: float
    primary: str
    guess_h: Mapping[str, float]

    @property
    def scales(self) -> tuple[str, ...]:
        """Instruments with a course of their own, the primary one included."""
        own = [name for name in self.windows_h if INSTRUMENTS[name].mapping]
        return tuple(dict.fromkeys([*own, *([self.primary] if len(own) < len(self.windows_h) else [])]))


def windows(visit_h: Sequence[float], recall_h: float) -> np.ndarray:
    """The window a rater asks about at each visit: the scale's own, or since the last visit where that is nearer."""
    times = np.asarray(visit_h, dtype=float)
    since = np.diff(times, prepend=-np.inf)
    return np.where(times > 0.0, np.minimum(recall_h, since), recall_h) if recall_h else np.zeros_like(times)


def before_treatment(cohort: Cohort, watch: Watch, library: Library) -> dict[str, np.ndarray]:
    """Baseline scores, lasting levels, covariates and draws."""
    found = {person_key("draw", ""): cohort.draw}
    found |= {person_key("covariate", name): np.asarray(x, dtype=float) for name, x in cohort.covariates.items()}
    at = np.array([watch.baseline_h])
    for name in watch.scales:
        scale = INSTRUMENTS[name]
        window = 0.0 if scale.momentary else scale.number("recall", library)
        nothing = np.zeros((cohort.enrolled, 1))
        written = _written(cohort, scale, nothing, fluctuation(cohort, at, window), at, library)
        found[person_key("baseline", name)] = written[:, 0]
        found[person_key("normal", name)] = cohort.normal_score[name]
        found[person_key("true", name)] = cohort.true_score[name]
    return found | _impressions_before(cohort, watch, found, library)


def _impressions_before(
    cohort: Cohort, watch: Watch, found: Mapping[str, np.ndarray], library: Library
) -> dict[str, np.ndarray]:
    primary, impressions = INSTRUMENTS[watch.primary], {}
    if "CGI-S" in watch.windows_h:
        baseline = found[person_key("baseline", watch.primary)]
        impressions[person_key("baseline", "CGI-S")] = clinical_severity(primary, baseline, library)
    if "CGI-I" in watch.windows_h:
        impressions[person_key("baseline", "CGI-I")] = np.full(cohort.enrolled, 4.0)
    return impressions


def _written(
    cohort: Cohort, scale: Instrument, relief: np.ndarray, course: np.ndarray, times: np.ndarray, library: Library
) -> np.ndarray:
    """Scores as written down, ``(person, time)``."""
    error = measurement_error(cohort, scale, times, library)
    normal, true = cohort.normal_score[scale.name], cohort.true_score[scale.name]
    return score(scale, normal, true, relief, course, error, library, parameters=cohort.parameters)


def under_treatment(
    arm: int, cohort: Cohort, solution: Solution, watch: Watch, shown: np.ndarray, seed: int, first: int, library: Library
) -> dict[str, np.ndarray]:
    """Everything written down about one block in one arm.

    Parameters
    ----------
    arm
        Number of the arm.
    shown
        Nodes drawn over time.
    seed, first
        The study's seed and the number of the block's first person, for the guesses.
    """
    found: dict[str, np.ndarray] = {}
    means: dict[tuple[float, ...], np.ndarray] = {}
    for name in watch.scales:
        window = watch.windows_h.get(name, watch.windows_h[next(iter(watch.windows_h))])
        key = tuple(window)
        if key not in means:
            means[key] = _relief_means(solution, watch.visit_h, window)
        found |= _scores(arm, cohort, name, means[key], watch, window, library)
    found |= _impressions(arm, cohort, found, watch, library)
    found |= _peaks(arm, cohort, solution) | _exposure(arm, solution) | _harms(arm, solution)
    found |= _guesses(arm, solution, watch, seed, first) | _courses(arm, cohort, solution, watch, shown, library)
    finite = solution.finite
    return found | {arm_key(arm, "finite", ""): finite.astype(float)}


def _relief_means(solution: Solution, times: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Window means of every relief, ``(person, visit, relief)``."""
    courses = (_course(solution, name).window_means(times, window) for name in RELIEFS)
    return np.stack([course.T for course in courses], axis=-1)


def _course(solution: Solution, name: str) -> Course:
    return Course(solution.nodes, solution.ends[name], solution.middles[name])


def _seen(scale: Instrument, reliefs: np.ndarray) -> np.ndarray:
    """The reliefs a scale sees: one that recalls a span of time does not see the acute one."""
    if scale.momentary:
        return reliefs
    seen = reliefs.copy()
    seen[..., RELIEFS.index("relief_acute")] = 0.0
    return seen


def _scores(
    arm: int,
    cohort: Cohort,
    name: str,
    means: np.ndarray,
    watch: Watch,
    window: np.ndarray,
    library: Library,
) -> dict[str, np.ndarray]:
    scale = INSTRUMENTS[name]
    reliefs = _seen(scale, means)
    course = np.empty(reliefs.shape[:2])
    for w in np.unique(window):
        course[:, window == w] = fluctuation(cohort, watch.visit_h[window == w], float(w))
    written = _written(cohort, scale, reliefs.sum(axis=-1), course, watch.visit_h, library)
    return {arm_key(arm, "score", name): written, arm_key(arm, "relief", name): reliefs}


def _impressions(
    arm: int, cohort: Cohort, found: Mapping[str, np.ndarray], watch: Watch, library: Library
) -> dict[str, np.ndarray]:
    """CGI-S and CGI-I, read off the primary scale; scales only there for them are taken out by the caller's names."""
    primary, impressions = INSTRUMENTS[watch.primary], {}
    written = found[arm_key(arm, "score", watch.primary)] if watch.primary in watch.scales else np.empty(0)
    if "CGI-S" in watch.windows_h:
        impressions[arm_key(arm, "score", "CGI-S")] = clinical_severity(primary, written, library)
    if "CGI-I" in watch.windows_h:
        at = np.array([watch.baseline_h])
        window = 0.0 if primary.momentary else primary.number("recall", library)
        nothing = np.zeros((cohort.enrolled, 1))
        baseline = _written(cohort, primary, nothing, fluctuation(cohort, at, window), at, library)
        impressions[arm_key(arm, "score", "CGI-I")] = clinical_improvement(primary, baseline, written, library)
    return impressions


def _peaks(arm: int, cohort: Cohort, solution: Solution) -> dict[str, np.ndarray]:
    """Highest value of each safety measure after time 0, and when."""
    found = {}
    for measure, (signal, base) in PEAKS.items():
        peak, time = _course(solution, signal).highest()
        level = cohort.covariates[base] if base else 0.0
        found |= {arm_key(arm, "peak", measure): peak + level, arm_key(arm, "peak time", measure): time}
    return found


def _exposure(arm: int, solution: Solution) -> dict[str, np.ndarray]:
    """Peak, its time, area, and the level at the end of the first infusion, of what the arm contains."""
    found = {}
    for signal in ANALYTES:
        if not solution.ends[signal].any():
            continue
        course = _course(solution, signal)
        (peak, time), area = course.highest(), course.integral()[-1]
        found |= {arm_key(arm, "cmax", signal): peak, arm_key(arm, "tmax_h", signal): time, arm_key(arm, "auc", signal): area}
    return found


def end_of_infusion(arm: int, solution: Solution, node: int) -> dict[str, np.ndarray]:
    """Levels at a node: the end of the first infusion."""
    return {
        arm_key(arm, "end_of_infusion", signal): solution.ends[signal][node]
        for signal in ANALYTES
        if solution.ends[signal].any()
    }


def _harms(arm: int, solution: Solution) -> dict[str, np.ndarray]:
    """Probability of nausea at least once: 1 - exp(-integral of the hazard)."""
    hazard = _course(solution, "nausea_hazard").integral()[-1]
    return {arm_key(arm, "harm", "nausea"): -np.expm1(-hazard)}


def _guesses(arm: int, solution: Solution, watch: Watch, seed: int, first: int) -> dict[str, np.ndarray]:
    """1 where a person says the active drug, else 0; a person's luck is the same in every arm."""
    found = {}
    belief = _course(solution, "belief")
    lanes = solution.ends["belief"].shape[1]
    for at, time in watch.guess_h.items():
        luck = uniforms(seed, f"guess {at}", range(first, first + lanes), 1)[:, 0]
        found[arm_key(arm, "guess", at)] = (luck < belief.at(np.array([time]))[0]).astype(float)
    return found


def _courses(
    arm: int, cohort: Cohort, solution: Solution, watch: Watch, shown: np.ndarray, library: Library
) -> dict[str, np.ndarray]:
    """Courses at the display nodes, ``(person, node)``, scores as they would be at that moment, without error."""
    ends = solution.ends
    values = {name: ends[name][shown] for name in COURSES if name in ends}
    values["new_connections"] = ends["nascent_connections"][shown] + ends["stable_connections"][shown]
    found = {arm_key(arm, "course", name): values[name].T for name in COURSES if values[name].any()}
    reliefs = np.stack([ends[name][shown].T for name in RELIEFS], axis=-1)
    for name in watch.scales:
        scale = INSTRUMENTS[name]
        relief = _seen(scale, reliefs).sum(axis=-1)
        normal, true = cohort.normal_score[name], cohort.true_score[name]
        still = np.zeros_like(relief)
        level = score(scale, normal, true, relief, still, still, library, parameters=cohort.parameters, measured=False)
        found[arm_key(arm, "course", f"score:{name}")] = np.clip(level, *scale.range(library))
    return found
