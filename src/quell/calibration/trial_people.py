"""The virtual people of a published trial: who they are, and how they differ in what calibration must not move.

Entry and natural course are drawn once, from fixed random streams, and never depend on a sampled parameter, so that a
prediction is smooth in the parameters. Relief is computed for :data:`LANES` of them, with scrambled Sobol numbers for
the two differences that matter most (sensitivity to regulation, and expectancy); scores for :data:`PEOPLE`, person i
with the relief of lane i mod :data:`LANES`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri
from scipy.stats import qmc

from quell.evidence.library import Library
from quell.evidence.study_records import Study
from quell.mechanisms.instruments import INSTRUMENTS, Instrument
from quell.people.cohort import Cohort, enrol
from quell.people.natural_course import draw_waves
from quell.people.specification import EntryRule, PeopleSpecification
from quell.protocols.people_schema import People

LANES = 64
PEOPLE = 1024
SEED = 20_261_127

_DEPRESSION = "major depressive disorder"
_DISORDER_OF = {
    "depression": _DEPRESSION,
    "bipolar depression": _DEPRESSION,
    "mood disorder": _DEPRESSION,
    "anxiety disorders": "generalised anxiety disorder",
}
"""Conditions that the study file has no word for -> who stands for them."""

_USUAL_ENTRY = {"generalised anxiety disorder": "HAM-A >= 20", _DEPRESSION: "MADRS >= 20"}
"""Entry rules assumed where a pooled or secondary record names none."""

SCALE_OF = {"anxiety, any scale": "HAM-A", "depression, any scale": "MADRS"}
"""Measures of pooled analyses -> the scale that stands for them."""


@dataclass(frozen=True)
class TrialPeople:
    """Who takes part.

    Attributes
    ----------
    cohort
        :data:`PEOPLE` enrolled people; the first :data:`LANES` of them are simulated.
    sensitivity, expectancy
        Quasi-random standard normal numbers, ``(lane,)``.
    """

    cohort: Cohort
    sensitivity: np.ndarray
    expectancy: np.ndarray


def stand_in(study: Study) -> tuple[str, str]:
    """(disorder, entry rule) of a study's people in the words of the study file."""
    disorder = study.people.disorder or _DISORDER_OF.get(study.people.condition, "")
    rule = study.people.enrol or (_USUAL_ENTRY.get(disorder, "") if not study.people.disorder else "")
    return disorder, rule


def trial_people(
    disorder: str, rule: str, resistant: bool | None, library: Library, people: int = PEOPLE, scramble: int = 0
) -> TrialPeople:
    """Enrol the people of a trial; the same for every trial with the same people and rule."""
    wanted = specification(disorder, rule, resistant)
    cohort = enrol(wanted, people, SEED + scramble, library, draws=1, typical=True)
    points = qmc.Sobol(2, rng=np.random.default_rng(SEED + scramble)).random(LANES)
    z = ndtri(points)
    return TrialPeople(cohort, z[:, 0], z[:, 1])


def specification(disorder: str, rule: str, resistant: bool | None) -> PeopleSpecification:
    """The people section of a study file of such people; depression, which has no study file, is known here too."""
    if disorder == _DEPRESSION:
        measure, comparison, value = rule.split()
        entry = EntryRule(measure, comparison, float(value))
        return PeopleSpecification(disorder, treatment_resistant=resistant, enrol=(entry,))
    section = {"disorder": disorder, "treatment resistant": resistant, "enrol": rule or None}
    return People.model_validate({key: x for key, x in section.items() if x is not None}).specification()


def lasting_part(
    cohort: Cohort, scale: Instrument, times_h: np.ndarray, windows_h: np.ndarray, library: Library
) -> np.ndarray:
    """Natural course and the lingering part of the error, in the scale's unit, ``(time, person)``: same in any arm."""
    course = np.stack(
        [cohort.people.natural_course.mean(np.array([t]), w)[:, 0] for t, w in zip(times_h, windows_h, strict=True)]
    )
    sd, lingering = scale.number("error_sd", library), scale.number("error_autocorrelation", library)
    memory = library["instruments.state_time" if scale.momentary else "instruments.rater_memory_time"].value
    waves = draw_waves(cohort.people.seed, f"lingering error {scale.name}", cohort.people.number, memory)
    return scale.number("fluctuation_sd", library) * course + sd * np.sqrt(lingering) * waves.mean(times_h).T


def new_error_sd(scale: Instrument, library: Library) -> float:
    """SD of the part of the error that is new at every visit."""
    return scale.number("error_sd", library) * float(np.sqrt(1.0 - scale.number("error_autocorrelation", library)))


def scales(names: Sequence[str]) -> list[Instrument]:
    """Instruments by name, the stand-ins for pooled measures included."""
    return [INSTRUMENTS[SCALE_OF.get(name, name)] for name in names]
