"""From courses to what is written down: scores at visits, peaks, exposure, harms, guesses, courses for display.

All of it per person, in arrays named as in :mod:`quell.simulation.tables`. A score averages relief and natural course
over the window its rater asks about; where visits are closer than the scale's own window the rater asks "since the
last visit", unless the study says otherwise.
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

_NO_CHANGE = 4.0

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
"""Signals drawn over time (``new_connections``: nascent and stable); scores join them as ``score:<name>``."""


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
    explained
        Instrument whose differences are taken apart by cause; its reliefs are kept.
    guess_h
        Name of the asking -> time, h.
    """

    visit_h: np.ndarray
    windows_h: Mapping[str, np.ndarray]
    baseline_h: float
    primary: str
    explained: str
    guess_h: Mapping[str, float]

    def window(self, name: str) -> np.ndarray:
        """Windows of an instrument; a primary scale that is only read for a global impression is asked like any."""
        return self.windows_h[name] if name in self.windows_h else next(iter(self.windows_h.values()))

    @property
    def scales(self) -> tuple[str, ...]:
        """Instruments with a course of their own, the primary one included."""
        own = [name for name in self.windows_h if INSTRUMENTS[name].mapping]
        return tuple(dict.fromkeys([*own, *([self.primary] if len(own) < len(self.windows_h) else [])]))


def windows(visit_h: Sequence[float] | np.ndarray, recall_h: float) -> np.ndarray:
    """The window a rater asks about at each visit: the scale's own, or since the last visit where that is nearer."""
    times = np.asarray(visit_h, dtype=float)
    since = np.diff(times, prepend=-np.inf)
    return np.where(times > 0.0, np.minimum(recall_h, since), recall_h) if recall_h else np.zeros_like(times)


@dataclass(frozen=True, slots=True)
class Luck:
    """Natural course and errors of measurement of one block: the same in every arm.

    Attributes
    ----------
    course, error
        Scale -> value at each visit, ``(person, visit)``; natural course in SD, error in the scale's unit.
    baseline
        Scale -> score as written down before treatment, ``(person,)``.
    """

    course: Mapping[str, np.ndarray]
    error: Mapping[str, np.ndarray]
    baseline: Mapping[str, np.ndarray]


def draw_luck(cohort: Cohort, watch: Watch, library: Library) -> Luck:
    """The luck of a block's people at the study's visits and at baseline."""
    at = np.array([watch.baseline_h])
    means: dict[tuple[float, ...], np.ndarray] = {}
    course, error, baseline = {}, {}, {}
    for name in watch.scales:
        scale = INSTRUMENTS[name]
        window = watch.window(name)
        key = tuple(window)
        if key not in means:
            means[key] = _natural_course(cohort, watch.visit_h, window)
        course[name], error[name] = means[key], measurement_error(cohort, scale, watch.visit_h, library)
        before = fluctuation(cohort, at, 0.0 if scale.momentary else scale.number("recall", library))
        wrong = measurement_error(cohort, scale, at, library)
        baseline[name] = _written(cohort, scale, np.zeros((cohort.enrolled, 1)), before, wrong, library)[:, 0]
    return Luck(course, error, baseline)


def _natural_course(cohort: Cohort, times: np.ndarray, window: np.ndarray) -> np.ndarray:
    course = np.empty((cohort.enrolled, times.size))
    for w in np.unique(window):
        course[:, window == w] = fluctuation(cohort, times[window == w], float(w))
    return course


def _written(
    cohort: Cohort, scale: Instrument, relief: np.ndarray, course: np.ndarray, error: np.ndarray, library: Library
) -> np.ndarray:
    """Scores as written down, ``(person, time)``."""
    normal, true = cohort.normal_score[scale.name], cohort.true_score[scale.name]
    return score(scale, normal, true, relief, course, error, library, parameters=cohort.parameters)


def before_treatment(cohort: Cohort, watch: Watch, luck: Luck, library: Library) -> dict[str, np.ndarray]:
    """Baseline scores, lasting levels, covariates and draws of a block."""
    found = {person_key("draw", ""): cohort.draw}
    found |= {person_key("covariate", name): np.asarray(x, dtype=float) for name, x in cohort.covariates.items()}
    for name in watch.scales:
        responsiveness = f"instruments.{INSTRUMENTS[name].key}_responsiveness"
        found[person_key("baseline", name)] = luck.baseline[name]
        found[person_key("normal", name)] = cohort.normal_score[name]
        found[person_key("true", name)] = cohort.true_score[name]
        found[person_key("parameter", responsiveness)] = np.array(cohort.parameters[responsiveness])
    if "CGI-S" in watch.windows_h:
        severity = clinical_severity(INSTRUMENTS[watch.primary], luck.baseline[watch.primary], library)
        found[person_key("baseline", "CGI-S")] = severity
    if "CGI-I" in watch.windows_h:
        found[person_key("baseline", "CGI-I")] = np.full(cohort.enrolled, _NO_CHANGE)
    return found


def under_treatment(
    arm: int,
    cohort: Cohort,
    solution: Solution,
    watch: Watch,
    luck: Luck,
    shown: np.ndarray,
    seed: int,
    first: int,
    library: Library,
) -> dict[str, np.ndarray]:
    """Everything written down about one block in one arm.

    Parameters
    ----------
    arm
        Number of the arm.
    luck
        Natural course and errors of this block.
    shown
        Nodes drawn over time.
    seed, first
        The study's seed and the number of the block's first person, for the guesses.
    """
    found = scores(arm, cohort, solution, watch, luck, library)
    found |= _peaks(arm, cohort, solution) | _exposure(arm, solution) | _harms(arm, solution)
    found |= _guesses(arm, solution, watch, seed, first) | _courses(arm, cohort, solution, watch, shown, library)
    return found | {arm_key(arm, "finite", ""): solution.finite.astype(float)}


def scores(
    arm: int, cohort: Cohort, solution: Solution, watch: Watch, luck: Luck, library: Library
) -> dict[str, np.ndarray]:
    """Scores of one block in one arm at every visit, what they would be without error, and reliefs behind them."""
    found: dict[str, np.ndarray] = {}
    courses = [_course(solution, name) for name in RELIEFS]
    means: dict[tuple[float, ...], np.ndarray] = {}
    for name in watch.scales:
        window = watch.window(name)
        key = tuple(window)
        if key not in means:
            means[key] = _relief_means(courses, watch.visit_h, window)
        reliefs = _seen(INSTRUMENTS[name], means[key])
        course, error = luck.course[name], luck.error[name]
        found[arm_key(arm, "score", name)] = _written(
            cohort, INSTRUMENTS[name], reliefs.sum(axis=-1), course, error, library
        )
        found[arm_key(arm, "expected", name)] = _expected(cohort, INSTRUMENTS[name], reliefs.sum(axis=-1), library)
        if name == watch.explained:
            found[arm_key(arm, "relief", name)] = reliefs
    return found | _impressions(arm, found, watch, luck, library)


def _expected(cohort: Cohort, scale: Instrument, relief: np.ndarray, library: Library) -> np.ndarray:
    """Scores without natural course, error, floor, cap and rounding, ``(person, time)``."""
    normal, true = cohort.normal_score[scale.name], cohort.true_score[scale.name]
    return score(scale, normal, true, relief, 0.0, 0.0, library, parameters=cohort.parameters, measured=False)


def _relief_means(courses: Sequence[Course], times: np.ndarray, window: np.ndarray) -> np.ndarray:
    """Window means of every relief, ``(person, visit, relief)``."""
    return np.stack([course.window_means(times, window).T for course in courses], axis=-1)


def _course(solution: Solution, name: str) -> Course:
    return Course(solution.nodes, solution.ends[name], solution.middles[name])


def _seen(scale: Instrument, reliefs: np.ndarray) -> np.ndarray:
    """The reliefs a scale sees: one that recalls a span of time does not see the acute one."""
    if scale.momentary:
        return reliefs
    seen = reliefs.copy()
    seen[..., RELIEFS.index("relief_acute")] = 0.0
    return seen


def _impressions(
    arm: int, found: Mapping[str, np.ndarray], watch: Watch, luck: Luck, library: Library
) -> dict[str, np.ndarray]:
    """CGI-S and CGI-I, read off the primary scale."""
    primary, impressions = INSTRUMENTS[watch.primary], {}
    for name in ("CGI-S", "CGI-I"):
        if name in watch.windows_h:
            written = found[arm_key(arm, "score", watch.primary)]
            impressions[arm_key(arm, "score", name)] = (
                clinical_severity(primary, written, library)
                if name == "CGI-S"
                else clinical_improvement(primary, luck.baseline[watch.primary][:, None], written, library)
            )
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
        (peak, time), area = course.highest(), course.integral[-1]
        found |= {
            arm_key(arm, "cmax", signal): peak,
            arm_key(arm, "tmax_h", signal): time,
            arm_key(arm, "auc", signal): area,
        }
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
    hazard = _course(solution, "nausea_hazard").integral[-1]
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
