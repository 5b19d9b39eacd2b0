"""What an arm's sentences do to the simulation: doses with kinetics, changes of level inputs, sessions.

    ketamine, esketamine, arketamine, midazolam     a KineticDose each time
    a tablet, daily dose D (mg/d)                   ssri_dose, snri_dose += D / minimum dose    while it is taken
                                                    benzodiazepine_dose  += D * diazepam equivalent
    any tablet, a placebo pill too                  daily_treatment = 1                         while one is taken
    CBT                                             therapy_session = 1 each time
    an infusion, injection or spray, inert too      supervised_dose = 1 each time

Ketamine by mouth or under the tongue counts as supervised unless it is taken daily, when it is a tablet like others.
Times are hours from the first dose of the arm's epoch (day 0).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from quell.protocols.regimen import Course, Regimen
from quell.protocols.treatments import level_per_daily_mg


@dataclass(frozen=True, slots=True)
class KineticDose:
    """One dose of a drug with kinetics; ``duration_h`` is 0 for a dose given at once."""

    time_h: float
    drug: str
    route: str
    amount: float
    unit: Literal["mg", "mg/kg"]
    duration_h: float


@dataclass(frozen=True, slots=True)
class LevelChange:
    """An increment of a level input from a time on."""

    time_h: float
    level: str
    value: float


@dataclass(frozen=True, slots=True)
class Session:
    """An event input: ``therapy_session`` or ``supervised_dose``."""

    time_h: float
    event: str
    amount: float = 1.0


@dataclass(frozen=True, slots=True)
class ArmInputs:
    """Everything an arm does to the simulation, each part ascending in time.

    Parameters
    ----------
    sentences
        The canonical sentences.
    open_label
        Whether everybody knows what is given.
    control
        Whether the other arms are compared with this one.
    """

    name: str
    sentences: tuple[str, ...]
    doses: tuple[KineticDose, ...]
    levels: tuple[LevelChange, ...]
    sessions: tuple[Session, ...]
    open_label: bool
    control: bool


class Arms(Protocol):
    """What a study says of its arms."""

    @property
    def arms(self) -> Mapping[str, tuple[Regimen, ...]]:
        """Arm -> what it gives."""
        ...

    @property
    def open_arms(self) -> frozenset[str]:
        """Arms that everybody knows."""
        ...

    @property
    def control(self) -> str | None:
        """The arm that others are compared with."""
        ...


def arm_inputs(study: Arms, arm: str) -> ArmInputs:
    """The inputs of one arm of a study.

    Raises
    ------
    KeyError
        Where the study has no such arm.
    """
    regimens = study.arms[arm]
    levels = [change for regimen in regimens for change in _level_changes(regimen)]
    return ArmInputs(
        name=arm,
        sentences=tuple(regimen.sentence for regimen in regimens),
        doses=tuple(sorted((dose for regimen in regimens for dose in _doses(regimen)), key=lambda dose: dose.time_h)),
        levels=tuple(sorted((*levels, *_tablet_changes(regimens)), key=lambda change: (change.time_h, change.level))),
        sessions=_sessions(regimens),
        open_label=arm in study.open_arms,
        control=arm == study.control,
    )


def manner(regimens: Iterable[Regimen]) -> frozenset[str]:
    """How an arm looks to the person in it: tablets, doses by each route, sessions."""
    return frozenset(_look(regimen) for regimen in regimens)


def _look(regimen: Regimen) -> str:
    if regimen.drug.kind in ("psychotherapy", "nothing"):
        return regimen.treatment
    return "tablets" if _is_tablet(regimen) else str(regimen.route)


def _doses(regimen: Regimen) -> Iterator[KineticDose]:
    if regimen.drug.kind != "kinetic" or regimen.amount is None:
        return
    unit = "mg/kg" if regimen.unit == "mg/kg" else "mg"
    for time in regimen.times_h():
        yield KineticDose(time, regimen.treatment, regimen.route or "", regimen.amount, unit, regimen.over_min / 60.0)


def _level_changes(regimen: Regimen) -> Iterator[LevelChange]:
    level = regimen.drug.level
    if level is None or regimen.amount is None:
        return
    per_day = 24.0 / regimen.timing.interval_h if isinstance(regimen.timing, Course) else 1.0
    value = regimen.amount * per_day * level_per_daily_mg(regimen.drug)
    for begin, end in _joined(regimen.intervals_h()):
        yield LevelChange(begin, level, value)
        yield LevelChange(end, level, -value)


def _tablet_changes(regimens: Iterable[Regimen]) -> Iterator[LevelChange]:
    """While at least one tablet is taken, whatever it is."""
    spans = [span for regimen in regimens if _is_tablet(regimen) for span in regimen.intervals_h()]
    for begin, end in _joined(spans):
        yield LevelChange(begin, "daily_treatment", 1.0)
        yield LevelChange(end, "daily_treatment", -1.0)


def _sessions(regimens: Iterable[Regimen]) -> tuple[Session, ...]:
    """One session of each kind at a time, however many treatments it brings."""
    found = {(time, _event(regimen)) for regimen in regimens for time in regimen.times_h() if not _is_tablet(regimen)}
    return tuple(Session(time, event) for time, event in sorted(found))


def _event(regimen: Regimen) -> str:
    return "therapy_session" if regimen.drug.kind == "psychotherapy" else "supervised_dose"


def _is_tablet(regimen: Regimen) -> bool:
    """Whether it is swallowed at home: a tablet or placebo pill, or a drug by mouth once a day or more often."""
    if regimen.drug.kind in ("monoamine", "benzodiazepine"):
        return True
    by_mouth = regimen.route in ("oral", "sublingual")
    daily = isinstance(regimen.timing, Course) and regimen.timing.interval_h <= 24.0
    return by_mouth and (daily or regimen.drug.kind == "inert")


def _joined(spans: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Spans of time, those that touch or overlap made one."""
    joined: list[tuple[float, float]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined
