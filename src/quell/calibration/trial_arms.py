r"""The arms of published trials, simulated once: what the sampled features cannot move, kept on a coarse grid.

Kinetics, receptors, glutamate, the course of belief and expectation, adaptation to GABA-A drugs and learning do not
depend on a sampled feature. The whole model is solved once per distinct arm at the packs' central values, people
differing; what plasticity reads is then handed on by steps that grow with the time since the last event. Within a
coarse step the value "in the middle" is the one that keeps the integral of the fine course by Simpson's rule,

    m = [6 / h \int y - y_0 - y_1] / 4,

so that no dose is lost by coarsening.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from quell.calibration.trial_people import LANES, TrialPeople
from quell.conventions.inputs import COVARIATES
from quell.evidence.library import Library
from quell.mechanisms.assembly import System, assemble
from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.plasticity import PLASTICITY
from quell.mechanisms.story import OWN_MECHANISMS, default_system, mechanisms
from quell.protocols.regimen import Regimen
from quell.protocols.regimen_grammar import parse_regimen
from quell.protocols.schedule import arm_inputs
from quell.simulation.arm_plan import ArmPlan, plan_arm, typical_values
from quell.simulation.cascade import compile_cascade
from quell.simulation.engine import Model, People, Solution, solve
from quell.simulation.recall import Course

KEPT = (
    *PLASTICITY.reads,
    "acute_ketamine",
    "session_expectation",
    "care_expectation",
    "cue_guess",
    "belief",
    "gaba_potentiation",
    "gaba_adaptation",
    "relief_psychotherapy",
    "emotional_regulation",
    "relief_plasticity",
    "relief_past",
)
"""Values kept of the full solution; the last three only to check the coarse one."""

_GROWTH, _SHORTEST_H, _LONGEST_H = 0.4, 0.12, 60.0
NOTHING = 1e-9
"""What plasticity reads and moves by less than this does not move."""

_TRAIN_H = 12.0
"""Events closer than this are one train."""

_ADULT = {"weight": 80.0, "height": 170.0, "age": 40.0, "female": 0.5, "cyp2b6_star6": 0.0}
_NO_COMEDICATION = {"benzodiazepine_use": 0.0, "ssri_use": 0.0, "resistance": 0.0}


@dataclass(frozen=True)
class TrialArm:
    """One arm on its coarse grid.

    Attributes
    ----------
    nodes
        h, ``(node,)``.
    ends, middles
        Name -> values ``(node, lane)`` and ``(node - 1, lane)``.
    covariates
        Name -> values ``(lane,)``.
    before
        Levels before treatment, ``(lane,)``.
    open_label
        Whether everybody knows what is given.
    """

    nodes: np.ndarray
    ends: Mapping[str, np.ndarray]
    middles: Mapping[str, np.ndarray]
    covariates: Mapping[str, np.ndarray]
    before: Mapping[str, np.ndarray]
    open_label: bool

    @property
    def at_rest(self) -> bool:
        """Whether nothing that plasticity reads ever moves: a pill or an infusion without effect."""
        return all(np.ptp(self.ends[name], axis=0).max() < NOTHING for name in PLASTICITY.reads)

    def readings(self, times_h: np.ndarray, windows_h: np.ndarray) -> np.ndarray:
        """Weights of nodes and middles in the mean over each window, ``(time, 2 node - 1)``: a linear reading."""
        count = self.nodes.size
        unit = np.eye(2 * count - 1)
        course = Course(self.nodes, unit[:count], unit[count:])
        return course.window_means(times_h, windows_h)


@dataclass(frozen=True)
class _Single:
    """One arm as the schedule reads it."""

    arms: Mapping[str, tuple[Regimen, ...]]
    open_arms: frozenset[str]
    control: str | None = None


@cache
def upstream_model() -> Model:
    """The whole model, recording what calibration keeps."""
    system = default_system()
    identity = f"upstream {KEPT}" if len(mechanisms()) == len(OWN_MECHANISMS) else None
    return Model(system, KINETICS, compile_cascade(system, KEPT, identity, "quell.simulation.engine"))


@cache
def downstream_system() -> System:
    """Plasticity alone, reading what is kept of the rest."""
    return assemble((PLASTICITY,), PLASTICITY.reads)


def trial_arm(
    sentences: tuple[str, ...], open_label: bool, times_h: Sequence[float], people: TrialPeople, library: Library
) -> TrialArm:
    """Solve one arm at the packs' central values and keep it coarsely.

    Parameters
    ----------
    times_h
        Times that are asked about, h from the first dose.
    """
    model = upstream_model()
    arms = {"arm": tuple(parse_regimen(x) for x in sentences)}
    inputs = arm_inputs(_Single(arms, frozenset(arms) if open_label else frozenset()), "arm")
    typical = typical_values(model.system, library, _ADULT | _NO_COMEDICATION)
    plan = plan_arm(model.system, model.kinetics, inputs, sorted({0.0, *times_h}), typical)
    block = _block(people, library)
    ones = np.ones(LANES)
    before = {
        "benzodiazepine_dose": block.covariates["benzodiazepine_use"],
        "open_label": ones * float(open_label),
        "occasion_sensitivity": ones,
    }
    amounts = [d.amount * (block.covariates["weight"] if d.unit == "mg/kg" else ones) for d in inputs.doses]
    mg = np.array(amounts).reshape(len(amounts), LANES)
    solution = solve(model, plan, block, block.solved(model.kinetics), before, mg, np.ones_like(mg))
    kept = _coarse_nodes(plan, times_h)
    ends, middles = _coarsened(solution, kept)
    return TrialArm(solution.nodes[kept], ends, middles, block.covariates, before, open_label)


def _block(people: TrialPeople, library: Library) -> People:
    """Parameters of the lanes: central values, people differing; the two Sobol numbers in their places."""
    cohort = people.cohort.take(0, LANES)
    model = upstream_model()
    ids = (*model.system.parameters, *(x.id for x in library.parameters(model.kinetics.name)))
    parameters = {name: np.ascontiguousarray(cohort.parameters[name]) for name in ids}
    for name, z in own_numbers(people).items():
        record = library[name]
        parameters[name] = record.person(np.full(LANES, record.value), z)
    covariates = {name: np.asarray(cohort.covariates[name], dtype=float) for name in COVARIATES}
    return People(parameters, covariates)


def own_numbers(people: TrialPeople) -> dict[str, np.ndarray]:
    """Parameter id -> standard normal number of each lane, of the differences between people that are quasi-random."""
    return {"symptoms.half_effect_regulation": people.sensitivity, "expectancy.person_offset": people.expectancy}


def _coarse_nodes(plan: ArmPlan, times_h: Sequence[float]) -> np.ndarray:
    """Indices of the nodes that are kept: times asked about, beginnings of trains of events, growing steps after."""
    nodes = plan.grid.nodes
    begins = [x.begin_h for x in plan.entries] + [x.time_h for x in (*plan.arm.levels, *plan.arm.sessions)]
    events = np.unique([nodes[0], *(x for x in begins if x <= nodes[-1])])
    begun = events[np.diff(events, prepend=-np.inf) > _TRAIN_H]
    marks = np.unique(plan.grid.node_at([*begun, *(x for x in times_h if x <= nodes[-1])]))
    kept = [0]
    while kept[-1] < nodes.size - 1:
        now = nodes[kept[-1]]
        since = now - begun[np.searchsorted(begun, now + 1e-9) - 1]
        wanted = now + min(max(_GROWTH * since, _SHORTEST_H), _LONGEST_H)
        reached = max(int(np.searchsorted(nodes, wanted + 1e-9)) - 1, kept[-1] + 1)
        following = marks[marks > kept[-1]]
        kept.append(min(reached, int(following[0])) if following.size else reached)
    return np.array(kept)


def _coarsened(solution: Solution, kept: np.ndarray) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    ends, middles = {}, {}
    lengths = np.diff(solution.nodes[kept])[:, None]
    for name in KEPT:
        integral = Course(solution.nodes, solution.ends[name], solution.middles[name]).integral[kept]
        y = ends[name] = solution.ends[name][kept]
        middles[name] = (6.0 * np.diff(integral, axis=0) / lengths - y[:-1] - y[1:]) / 4.0
    return ends, middles
