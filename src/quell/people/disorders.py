r"""Severity and disorders: one general factor, one specific factor a disorder, a threshold on liability.

With theta the lasting part of general severity and v its share of the variance of 1 that general severity has in the
population on one occasion:

    theta = mu_sex + mu_age + sqrt(v - var(mu)) z_0
    L_d   = (lambda_d / v) theta + sqrt(1 - lambda_d^2 / v) z_d + shift_d,sex
    D_d   = L_d > q_d,         q_d the upper normal quantile of the 12-month prevalence

so that corr(L_d, general severity on one occasion) = lambda_d, and shift_d,sex sets the prevalence of each sex. People
with a disorder are drawn exactly: the cell of sex and age by the share of cases in it, the liability from the truncated
normal beyond the threshold, theta from its normal distribution given the liability.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from quell.conventions.errors import StudyError, suggest
from quell.conventions.random_streams import normals, uniforms
from quell.evidence.library import Library
from quell.people.covariates import Cells, age_sex_cells
from quell.people.specification import ADULT_AGES

NORMAL = "normal anxiety"
"""People who have none of the disorders."""

KEYS: Mapping[str, str] = {
    "generalised anxiety disorder": "gad",
    "social anxiety disorder": "social_anxiety",
    "panic disorder": "panic",
    "specific phobia": "phobia",
    "PTSD": "ptsd",
    "OCD": "ocd",
    "major depressive disorder": "depression",
}
"""Disorder -> prefix of its records in the pack ``people``."""


@dataclass(frozen=True, slots=True)
class Liability:
    """The liability to one disorder as a linear function of general severity.

    Parameters
    ----------
    loading
        Factor on theta.
    specific
        SD of the specific factor.
    shift
        Shift of men and women, ``(2,)``.
    threshold
        The disorder lies above it.
    """

    loading: float
    specific: float
    shift: np.ndarray
    threshold: float


@dataclass(frozen=True, slots=True)
class Population:
    """Severity in US adults: general severity by sex and age, and the liability to each disorder.

    Parameters
    ----------
    sex_shift
        Mean theta of men and women, ``(2,)``.
    age_slope, mean_age
        Slope of mean theta per year, and the age at which it is zero.
    variance
        Variance of theta within sex and age.
    liabilities
        By name of the disorder.
    """

    sex_shift: np.ndarray
    age_slope: float
    mean_age: float
    variance: float
    liabilities: Mapping[str, Liability]

    def mean_severity(self, female: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Mean theta at a sex and a year of age (completed years count), SD."""
        return self.sex_shift[female.astype(np.intp)] + self.age_slope * (np.floor(age) + 0.5 - self.mean_age)

    def mean_liability(self, disorder: str, female: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Mean liability at a sex and a year of age, SD."""
        own = self.liabilities[disorder]
        return own.loading * self.mean_severity(female, age) + own.shift[female.astype(np.intp)]

    def liability_sd(self, disorder: str) -> float:
        """SD of the liability within sex and age."""
        own = self.liabilities[disorder]
        return float(np.hypot(own.loading * np.sqrt(self.variance), own.specific))

    def prevalence(self, disorder: str, female: np.ndarray, age: np.ndarray) -> np.ndarray:
        """Share with the disorder over 12 months at a sex and a year of age."""
        distance = self.liabilities[disorder].threshold - self.mean_liability(disorder, female, age)
        return ndtr(-distance / self.liability_sd(disorder))


def population(library: Library) -> Population:
    """The population that the pack ``people`` describes."""
    women, difference = _value(library, "female_share"), _value(library, "women_minus_men")
    lasting, slope = _value(library, "stable_share"), _value(library, "general_age_slope") / 10
    cells = age_sex_cells(library, ADULT_AGES)
    mean_age = float(cells.share @ (cells.age + 0.5))
    of_age = slope**2 * float(cells.share @ (cells.age + 0.5 - mean_age) ** 2)
    of_sex = women * (1 - women) * difference**2
    sex_shift = difference * np.array([-women, 1 - women])
    liabilities = {
        name: _liability(key, lasting, lasting - of_sex, women, sex_shift, library) for name, key in KEYS.items()
    }
    return Population(sex_shift, slope, mean_age, lasting - of_sex - of_age, liabilities)


def known_disorder(name: str) -> str:
    """The name, if it is a disorder or normal anxiety; StudyError otherwise."""
    if name not in KEYS and name != NORMAL:
        raise StudyError(
            f'unknown disorder "{name}"', text=name, allowed=[*KEYS, NORMAL], suggestion=suggest(name, KEYS)
        )
    return name


def cell_weights(people: Population, cells: Cells, disorders: tuple[str, ...]) -> np.ndarray:
    """Weights of sex and age among people with each disorder, ``(disorder, cell)``; one row of all people if none."""
    if not disorders:
        return cells.share[None, :]
    return np.stack([cells.share * people.prevalence(name, cells.female, cells.age) for name in disorders])


def draw_severity(
    seed: int,
    persons: range,
    people: Population,
    disorders: tuple[str, ...],
    row: np.ndarray,
    female: np.ndarray,
    age: np.ndarray,
) -> dict[str, np.ndarray]:
    """General severity and liabilities of people who have the disorder that was drawn for them.

    Parameters
    ----------
    disorders
        Disorders of which each person has the one at ``row``; empty for people as they come.
    row, female, age
        From :func:`quell.people.covariates.draw_cells` with :func:`cell_weights`, ``(person,)``.

    Returns
    -------
    dict
        ``general`` and the liability to each disorder by its name, SD of the population, ``(person,)``.
    """
    general = people.mean_severity(female, age)
    z = normals(seed, "general severity", persons, 1)[:, 0]
    if not disorders:
        general = general + np.sqrt(people.variance) * z
    liabilities: dict[str, np.ndarray] = {}
    for index, name in enumerate(disorders):
        mine = row == index
        drawn = _beyond_threshold(seed, persons, people, name, female, age)
        general = np.where(mine, _general_given(people, name, drawn, female, age, z), general)
        liabilities[name] = drawn
    for name, own in people.liabilities.items():
        specific = own.specific * normals(seed, f"specific {name}", persons, 1)[:, 0]
        free = own.loading * general + own.shift[female.astype(np.intp)] + specific
        liabilities[name] = (
            np.where(row == disorders.index(name), liabilities[name], free) if name in disorders else free
        )
    return {"general": general, **liabilities}


def diagnoses(severity: Mapping[str, np.ndarray], people: Population) -> dict[str, np.ndarray]:
    """Which disorders each person has: liability above the threshold; booleans ``(person,)`` by disorder."""
    return {name: severity[name] > own.threshold for name, own in people.liabilities.items()}


def _beyond_threshold(
    seed: int, persons: range, people: Population, name: str, female: np.ndarray, age: np.ndarray
) -> np.ndarray:
    u = uniforms(seed, f"liability {name}", persons, 1)[:, 0]
    tail = u * people.prevalence(name, female, age)
    beyond = people.mean_liability(name, female, age) - people.liability_sd(name) * ndtri(tail)
    return np.maximum(beyond, np.nextafter(people.liabilities[name].threshold, np.inf))


def _general_given(
    people: Population, name: str, liability: np.ndarray, female: np.ndarray, age: np.ndarray, z: np.ndarray
) -> np.ndarray:
    gain = people.liabilities[name].loading * people.variance / people.liability_sd(name) ** 2
    rest = people.variance * (1 - gain * people.liabilities[name].loading)
    surprise = liability - people.mean_liability(name, female, age)
    return people.mean_severity(female, age) + gain * surprise + np.sqrt(rest) * z


def _liability(
    key: str, lasting: float, within_sex: float, women: float, sex_shift: np.ndarray, library: Library
) -> Liability:
    prevalence = np.array([_value(library, f"{key}_men"), _value(library, f"{key}_women")])
    threshold = float(-ndtri(prevalence @ [1 - women, women]))
    loading = _value(library, f"{key}_loading") / lasting
    specific = float(np.sqrt(1 - loading**2 * lasting))
    mean = threshold + np.hypot(loading * np.sqrt(within_sex), specific) * ndtri(prevalence)
    return Liability(loading, specific, mean - loading * sex_shift, threshold)


def _value(library: Library, name: str) -> float:
    return library[f"people.{name}"].value
