"""From a study to an experiment: who, which steps, what is looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from quell.conventions.bounds import LARGEST_SEED, MOST_PEOPLE, require_whole
from quell.conventions.dimensions import INSTRUMENTS as INSTRUMENT_NAMES
from quell.conventions.errors import StudyError
from quell.evidence.library import Library, load_library
from quell.mechanisms.instruments import GENERAL, INSTRUMENTS, PRIMARY
from quell.people.cohort import Cohort, enrol
from quell.people.variability import PersonParameters
from quell.protocols.problems import spell_time
from quell.protocols.schedule import ArmInputs, arm_inputs
from quell.protocols.study_file import Study
from quell.protocols.visit_grammar import Measure
from quell.simulation.arm_plan import ArmPlan, plan_arm, typical_values
from quell.simulation.engine import Model, default_model
from quell.simulation.forecast import Forecast, forecast
from quell.simulation.measurement import GUESS_AFTER_H, Watch, windows
from quell.simulation.population import PATH_PEOPLE, Experiment, whole_blocks
from quell.simulation.summary import Question
from quell.simulation.summary_scores import Visit
from quell.simulation.switches import switch_values
from quell.simulation.time_grid import Grid

DEFAULT_PEOPLE = 2_000
DEFAULT_SEED = 1
DRAWS = 200
"""Draws of the parameters shared among the people."""

_SHOWN_NODES = 120
_SHOWN_ON_FIRST_DAY, _FIRST_DAY_H = 40, 24.0
_RARELY_ASKED = frozenset({"HAM-D6", "QIDS"})
"""Scales that a study shows only where it names them."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line adds to a study.

    Attributes
    ----------
    seed, count
        In place of the study's.
    typical
        Parameters at their central values; people still differ.
    chosen
        Switch -> choice.
    every_path
        Keep the path of everybody, not of the first 200 people.

    Raises
    ------
    StudyError
        For a seed or count that is no whole number within its bounds.
    """

    seed: int | None = None
    count: int | None = None
    typical: bool = False
    chosen: Mapping[str, str] | None = None
    every_path: bool = False

    def __post_init__(self) -> None:
        require_whole("seed", self.seed, 0, LARGEST_SEED)
        require_whole("count", self.count, 1, MOST_PEOPLE)


@dataclass(frozen=True)
class Setup:
    """A study made ready.

    Attributes
    ----------
    study, seed, count, typical, chosen
        The study and the options after defaults.
    experiment
        What the solvers need.
    """

    study: Study
    seed: int
    count: int
    typical: bool
    chosen: Mapping[str, str]
    experiment: Experiment

    @property
    def draws(self) -> int:
        """Number of draws."""
        return 1 if self.typical else DRAWS

    @property
    def arms(self) -> tuple[ArmInputs, ...]:
        """Inputs of each arm."""
        return tuple(plan.arm for plan in self.experiment.plans)

    @cached_property
    def visits(self) -> tuple[Visit, ...]:
        """The study's visits."""
        return tuple(Visit(spell_time(time), time) for time in self.experiment.watch.visit_h)

    @cached_property
    def question(self) -> Question:
        """The endpoint and the pairs of arms it compares."""
        endpoint = self.study.endpoint
        times = self.experiment.watch.visit_h
        names = [arm.name for arm in self.arms]
        control = self.study.control
        pairs = tuple((name, control) for name in names if control is not None and name != control)
        return Question(
            endpoint.instrument, self.experiment.watch.explained, int(np.argmin(np.abs(times - endpoint.time_h))), pairs
        )

    def times_h(self) -> dict[str, np.ndarray]:
        """Arm -> display times, h."""
        plans, shown = self.experiment.plans, self.experiment.shown
        return {plan.arm.name: plan.grid.nodes[at] for plan, at in zip(plans, shown, strict=True)}

    def with_switches(self, chosen: Mapping[str, str]) -> "Setup":
        """The same people under other hypotheses."""
        experiment = self.experiment
        values, people = switch_values(experiment.model, chosen), range(experiment.cohort.enrolled)
        parameters = PersonParameters(experiment.library, self.seed, people, self.draws, self.typical, values)
        cohort = replace(experiment.cohort, parameters=parameters)
        return replace(self, chosen=chosen, experiment=replace(experiment, cohort=cohort))

    def refined(self) -> "Experiment":
        """The same people on half the steps' length."""
        plans = plan_arms(self.study, self.experiment.model, self.experiment.library, self.experiment.watch, refine=2)
        return replace(
            self.experiment, plans=plans, shown=tuple(shown_nodes(x.grid, self.experiment.watch) for x in plans)
        )


@dataclass(frozen=True)
class Layout:
    """A study before anybody is enrolled: how many, which steps, what is looked at.

    Attributes
    ----------
    study, seed, count, typical, chosen
        The study and the options after defaults.
    plans, shown, watch, paths
        As in :class:`quell.simulation.population.Experiment`.
    """

    study: Study
    seed: int
    count: int
    typical: bool
    chosen: Mapping[str, str]
    plans: tuple[ArmPlan, ...]
    shown: tuple[np.ndarray, ...]
    watch: Watch
    paths: int

    @property
    def forecast(self) -> Forecast:
        """Memory and disk that the run will need."""
        return forecast(self.plans, max(x.size for x in self.shown), self.watch, self.count, self.paths)


def prepare(study: Study, options: Options) -> Setup:
    """Lay the steps and enrol the people.

    Raises
    ------
    StudyError
        The study cannot be run by this command, or nobody meets its entry rules.
    """
    return enrol_into(lay_out(study, options))


def lay_out(study: Study, options: Options) -> Layout:
    """Everything about a run that needs no people.

    Raises
    ------
    StudyError
        The study cannot be run by this command.
    """
    study.require_parallel_arms()
    library, model = load_library(), default_model()
    count = options.count or study.people.count or DEFAULT_PEOPLE
    seed = options.seed if options.seed is not None else (study.seed if study.seed is not None else DEFAULT_SEED)
    watch = watch_for(study, library)
    plans = plan_arms(study, model, library, watch)
    shown = tuple(shown_nodes(plan.grid, watch) for plan in plans)
    paths = whole_blocks(count) if options.every_path else PATH_PEOPLE
    return Layout(study, seed, count, options.typical, dict(options.chosen or {}), plans, shown, watch, paths)


def enrol_into(layout: Layout) -> Setup:
    """Enrol the people of a study that is laid out.

    Raises
    ------
    StudyError
        Nobody meets the study's entry rules.
    """
    study, seed, count, typical = layout.study, layout.seed, layout.count, layout.typical
    library, model = load_library(), default_model()
    values = switch_values(model, layout.chosen)
    cohort = enrol_blocks(study, count, seed, library, 1 if typical else DRAWS, typical, values)
    experiment = Experiment(model, library, seed, cohort, layout.plans, layout.shown, layout.watch, layout.paths)
    return Setup(study, seed, count, typical, layout.chosen, experiment)


def enrol_blocks(
    study: Study, count: int, seed: int, library: Library, draws: int, typical: bool, values: Mapping[str, float]
) -> Cohort:
    """Whole blocks of people; the counts of screening are those of the people wanted."""
    wanted = enrol(study.people, count, seed, library, draws, typical, values)
    if whole_blocks(count) == count:
        return wanted
    whole = enrol(study.people, whole_blocks(count), seed, library, draws, typical, values)
    return replace(whole, screened=wanted.screened, excluded=wanted.excluded)


def plan_arms(study: Study, model: Model, library: Library, watch: Watch, refine: float = 1.0) -> tuple[ArmPlan, ...]:
    """The steps of every arm."""
    adult = {"weight": 80.0, "height": 170.0, "age": 40.0, "female": 0.5, "cyp2b6_star6": 0.0}
    adult |= {"benzodiazepine_use": 0.0, "ssri_use": 0.0, "resistance": 0.0}
    typical = typical_values(model.system, library, adult)
    observed = [min(0.0, watch.baseline_h), *watch.visit_h, *watch.guess_h.values()]
    return tuple(
        plan_arm(model.system, model.kinetics, arm_inputs(study, arm), observed, typical, refine) for arm in study.arms
    )


def watch_for(study: Study, library: Library) -> Watch:
    """What a study looks at: its measures, or every scale that its disorder moves."""
    times = np.array(study.visits, dtype=float)
    early = times[times <= 0.0]
    primary = PRIMARY[study.people.disorder]
    named = [name for name in study.measures if name in INSTRUMENTS] or shown_scales(study)
    explained = study.endpoint.instrument if INSTRUMENTS[study.endpoint.instrument].mapping else primary
    names = list(dict.fromkeys([study.endpoint.instrument, *named]))
    asked = {name: _windows(name, study.measures.get(name), times, library) for name in names if name != "CADSS"}
    last = float(times.max())
    guesses = {spell_time(GUESS_AFTER_H): GUESS_AFTER_H, f"the end ({spell_time(last)})": last}
    return Watch(times, asked, float(early.max()) if early.size else 0.0, primary, explained, guesses)


def shown_scales(study: Study) -> list[str]:
    """Scales that a study of this disorder shows where it names none."""
    moved = {GENERAL, "major depressive disorder", *study.people.disorders}
    relevant = [
        name for name in INSTRUMENT_NAMES if name not in _RARELY_ASKED and set(INSTRUMENTS[name].reads) <= moved
    ]
    return [name for name in relevant if name not in ("CGI-S", "CGI-I")] + ["CGI-S", "CGI-I"]


def _windows(name: str, measure: Measure | None, times: np.ndarray, library: Library) -> np.ndarray:
    """Windows as the study says, else since the last visit where that is nearer than the scale's own."""
    scale = INSTRUMENTS[name]
    if scale.mapping is None:
        return np.zeros_like(times)
    own = 0.0 if scale.momentary else scale.number("recall", library)
    recall = measure.recall if measure else None
    if recall is None or recall.kind == "since last visit":
        return windows(times, own)
    if recall.kind == "at the moment":
        return np.zeros_like(times)
    return np.full_like(times, recall.hours or own)


def shown_nodes(grid: Grid, watch: Watch) -> np.ndarray:
    """Nodes to draw: evenly between the solver's own density and time, denser on the first day, visits always."""
    position = np.arange(grid.nodes.size) / max(grid.nodes.size - 1, 1)
    elapsed = (grid.nodes - grid.nodes[0]) / (grid.nodes[-1] - grid.nodes[0])
    wanted = np.linspace(0.0, 1.0, _SHOWN_NODES)
    even = np.searchsorted((position + elapsed) / 2.0, wanted)
    first_day = np.flatnonzero((grid.nodes >= 0.0) & (grid.nodes <= _FIRST_DAY_H))
    early = first_day[:: max(first_day.size // _SHOWN_ON_FIRST_DAY, 1)]
    chosen = np.concatenate([even, early, grid.node_at(watch.visit_h)])
    return np.unique(np.clip(chosen, 0, grid.nodes.size - 1))


def check_endpoint(study: Study) -> None:
    """Refuse an endpoint that this command cannot form.

    Raises
    ------
    StudyError
        The endpoint is a safety measure, or is not measured at a visit.
    """
    endpoint = study.endpoint
    if endpoint.instrument not in INSTRUMENTS or endpoint.instrument == "CADSS":
        known = [name for name in INSTRUMENTS if name != "CADSS"]
        raise StudyError(f'"{endpoint.instrument}" is not a rating scale', text=endpoint.instrument, allowed=known)


def safety_limits(study: Study, library: Library) -> dict[str, tuple[float, str]]:
    """Safety measure -> limit and where it comes from: the study file, else the pack's limits of blood pressure."""
    usual = {"SBP": library["safety.monitoring_limit_sbp"], "DBP": library["safety.monitoring_limit_dbp"]}
    found = {name: (record.value, f"{record.title.lower()} ({record.grade})") for name, record in usual.items()}
    limits = study.limits
    stated = {} if limits is None else {
        "SBP": limits.sbp, "DBP": limits.dbp, "SBP change": limits.sbp_rise, "DBP change": limits.dbp_rise,
        "heart rate": limits.heart_rate, "CADSS": limits.cadss, "sedation": limits.sedation,
    }  # fmt: skip
    return found | {name: (value, "study file") for name, value in stated.items() if value is not None}
