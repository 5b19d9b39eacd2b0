"""Who a study wants: disorder, age, entry rules, exclusions.

A rule compares one observed measure with a value at one time: LSAS >= 60 at screening. Times are hours from the first
dose; screening lies a week before it.
"""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from quell.conventions.errors import StudyError

SCREENING_H = -168.0
"""Time of the screening visit, h from the first dose."""

ADULT_AGES = (18.0, 80.0)
"""Ages that the population describes, in completed years."""

OPERATORS: Mapping[str, Callable[[np.ndarray, float], np.ndarray]] = {
    ">=": operator.ge,
    ">": operator.gt,
    "<=": operator.le,
    "<": operator.lt,
}
"""How a rule may compare."""


@dataclass(frozen=True, slots=True)
class EntryRule:
    """A comparison of one observed measure with a value.

    Parameters
    ----------
    measure
        Name of an instrument (``LSAS``), a sign (``SBP``, ``DBP``, ``heart rate``) or a covariate (``weight``,
        ``height``, ``age``, ``BMI``).
    comparison
        One of ``>=``, ``>``, ``<=``, ``<``.
    value, unit
        The value in the measure's own unit: points, mmHg, 1/min, kg, cm, a, kg/m2.
    when
        Times in h from the first dose at which the rule is applied; it must hold at each of them.
    """

    measure: str
    comparison: str
    value: float
    unit: str = "points"
    when: tuple[float, ...] = (SCREENING_H,)

    def __post_init__(self) -> None:
        if self.comparison not in OPERATORS:
            raise StudyError(f'unknown comparison "{self.comparison}"', text=self.comparison, allowed=OPERATORS)
        if not self.when:
            raise StudyError(f"the rule {self} is never applied")

    def holds(self, values: np.ndarray) -> np.ndarray:
        """Which observed values satisfy the rule."""
        return OPERATORS[self.comparison](values, self.value)

    def __str__(self) -> str:
        unit = "" if self.unit in ("points", "1") else f" {self.unit}"
        return f"{self.measure} {self.comparison} {self.value:g}{unit}"


@dataclass(frozen=True, slots=True)
class PeopleSpecification:
    """The people section of a study, as :func:`quell.people.cohort.enrol` reads it.

    Parameters
    ----------
    disorder
        Name of the disorder, or ``normal anxiety`` for people who have none.
    alternatives
        Further disorders any one of which is enough (GAD or social anxiety disorder).
    comorbid
        Disorders that everybody must have besides.
    without
        Disorders that exclude.
    treatment_resistant
        True: failed at least two adequate drugs; False: did not; None: as it comes.
    age
        Lowest and highest age, in completed years.
    enrol, exclude
        Rules that must hold, and rules that must not.
    ssri_use, benzodiazepine_use
        True, False or None (as it comes): stable use at entry.
    score_inflation
        Points that raters add to the score of an entry rule at the times it is applied: they want the person in.
    count
        Virtual people wanted; None leaves it to the command.
    """

    disorder: str
    alternatives: tuple[str, ...] = ()
    comorbid: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    treatment_resistant: bool | None = None
    age: tuple[float, float] = ADULT_AGES
    enrol: tuple[EntryRule, ...] = ()
    exclude: tuple[EntryRule, ...] = ()
    ssri_use: bool | None = None
    benzodiazepine_use: bool | None = None
    score_inflation: float = 0.0
    count: int | None = None

    def __post_init__(self) -> None:
        low, high = self.age
        if not ADULT_AGES[0] <= low <= high <= ADULT_AGES[1]:
            known = f"{ADULT_AGES[0]:g} to {ADULT_AGES[1]:g} years"
            raise StudyError(f"ages {low:g} to {high:g} cannot be simulated", allowed=known)

    @property
    def disorders(self) -> tuple[str, ...]:
        """The disorder and its alternatives."""
        return (self.disorder, *self.alternatives)
