r"""Bodies, genotypes and medication of US adults, sampled jointly.

With x = (age - 45) / 10 and z five correlated standard normal numbers, for each sex:

    ln weight, height, ln SBP, DBP, ln heart rate = level + slope x + curve x^2 + SD z

CYP2B6*6 alleles follow Hardy-Weinberg within each ancestry of the mix. Stable medication at entry depends on having a
disorder, on failed treatment and on sex. Age and sex come as cells of one year, so that :mod:`quell.people.disorders`
can weigh them by the prevalence of a disorder.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit, ndtri

from quell.conventions.random_streams import normals, uniforms
from quell.evidence.library import Library

_SEXES = ("men", "women")
_AGE_BANDS = ((18, 29), (30, 44), (45, 59), (60, 69), (70, 79), (80, 80))
_BODY = ("weight", "height", "sbp", "dbp", "heart_rate")
_LOGARITHMIC = frozenset({"weight", "sbp", "heart_rate"})
_CORRELATIONS = ("weight_sbp", "weight_dbp", "weight_heart_rate", "sbp_dbp", "sbp_heart_rate", "dbp_heart_rate")
ANCESTRIES = ("white", "black", "hispanic", "asian", "other")
"""Order of the ``ancestry`` codes."""

_PLAUSIBLE = {"weight": (35.0, 250.0), "height": (130.0, 215.0), "sbp": (75.0, 240.0), "dbp": (35.0, 140.0)}
"""Bounds that keep a rare draw within living adults."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Years of age by sex, with the share of the population in each.

    Parameters
    ----------
    female, age
        0 or 1, and completed years, ``(cell,)``.
    share
        Shares of the population within the age limits, adding to 1.
    """

    female: np.ndarray
    age: np.ndarray
    share: np.ndarray


def age_sex_cells(library: Library, age: tuple[float, float]) -> Cells:
    """The cells of adults whose completed years lie within ``age``, both limits included."""
    women = _value(library, "female_share")
    cells = [
        (sex, year, (women if sex else 1 - women) * _value(library, _band_name(sex, band)) / (band[1] - band[0] + 1))
        for sex in (0, 1)
        for band in _AGE_BANDS
        for year in range(band[0], band[1] + 1)
        if age[0] <= year <= age[1]
    ]
    female, years, share = np.array(cells, dtype=np.float64).T
    return Cells(female, years, share / share.sum())


def draw_cells(
    seed: int, persons: range, cells: Cells, weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A row of a table of weights, and sex and age, for each person.

    Parameters
    ----------
    weights
        Non-negative, ``(row, cell)``; rows are for instance alternative disorders. A pair (row, cell) is drawn in
        proportion to its weight.

    Returns
    -------
    tuple
        ``row`` (int), ``female`` (0 or 1) and ``age`` (a, continuous), each ``(person,)``.
    """
    u = uniforms(seed, "age and sex", persons, 2)
    steps = np.cumsum(weights)
    pick = np.minimum(np.searchsorted(steps / steps[-1], u[:, 0], side="right"), steps.size - 1)
    row, cell = np.divmod(pick, cells.age.size)
    return row, cells.female[cell], cells.age[cell] + u[:, 1]


def body(seed: int, persons: range, female: np.ndarray, age: np.ndarray, library: Library) -> dict[str, np.ndarray]:
    """Body and vital signs at rest.

    Parameters
    ----------
    female, age
        0 or 1, and years, ``(person,)``.

    Returns
    -------
    dict
        weight (kg), height (cm), BMI (kg/m2), SBP and DBP (mmHg), heart rate (1/min), each ``(person,)``.
    """
    z = normals(seed, "body", persons, len(_BODY))
    x = (age - 45) / 10
    values = {name: np.empty(age.size) for name in _BODY}
    for code, sex in enumerate(_SEXES):
        mine = female == code
        correlated = z[mine] @ np.linalg.cholesky(_correlation(sex, library)).T
        for column, name in enumerate(_BODY):
            values[name][mine] = _body_value(sex, name, x[mine], correlated[:, column], library)
    values = {name: np.clip(value, *_PLAUSIBLE.get(name, (35.0, 180.0))) for name, value in values.items()}
    weight, height = values["weight"], values["height"]
    signs = {"SBP": values["sbp"], "DBP": values["dbp"], "heart rate": values["heart_rate"]}
    return {"weight": weight, "height": height, "BMI": weight / (height / 100) ** 2, **signs}


def genotype(seed: int, persons: range, library: Library) -> dict[str, np.ndarray]:
    """Ancestry and CYP2B6*6.

    Returns
    -------
    dict
        ``ancestry`` (index into :data:`ANCESTRIES`) and ``cyp2b6_star6`` (0, 1 or 2 alleles), each ``(person,)``.
    """
    u = uniforms(seed, "genotype", persons, 3)
    shares = np.cumsum([_value(library, f"{name}_share") for name in ANCESTRIES])
    ancestry = np.minimum(np.searchsorted(shares / shares[-1], u[:, 0], side="right"), len(ANCESTRIES) - 1)
    frequency = np.array([_value(library, f"{name}_star6_frequency") for name in ANCESTRIES])[ancestry]
    alleles = (u[:, 1:] < frequency[:, None]).sum(axis=1)
    return {"ancestry": ancestry.astype(np.float64), "cyp2b6_star6": alleles.astype(np.float64)}


def comedication(
    seed: int, persons: range, female: np.ndarray, ill: np.ndarray, resistance: np.ndarray, library: Library
) -> dict[str, np.ndarray]:
    """Stable medication at entry.

    Parameters
    ----------
    female, resistance
        0 or 1, ``(person,)``.
    ill
        Whether the person has any of the disorders, booleans ``(person,)``.

    Returns
    -------
    dict
        ``ssri_use`` (0 or 1) and ``benzodiazepine_use`` (mg/d, diazepam equivalents; 0 for none), each ``(person,)``.
    """
    u = uniforms(seed, "comedication", persons, 3)
    odds = np.log(_value(library, "ssri_women_odds"))
    women = _value(library, "female_share")
    ssri = expit(logit(_use_share("ssri", ill, resistance, library)) + odds * (female - women))
    users = u[:, 1] < _use_share("benzodiazepine", ill, resistance, library)
    spread = np.exp(_value(library, "benzodiazepine_dose_sd") * ndtri(u[:, 2]))
    dose = np.clip(_value(library, "benzodiazepine_dose_median") * spread, 1.0, 60.0)
    return {"ssri_use": (u[:, 0] < ssri).astype(np.float64), "benzodiazepine_use": np.where(users, dose, 0.0)}


def draw_resistance(seed: int, persons: range, ill: np.ndarray, wanted: bool | None, library: Library) -> np.ndarray:
    """Who failed at least two adequate drugs, 0 or 1, ``(person,)``.

    Resistance is taken to be independent of severity, so that people who are wanted resistant (True) or not (False) are
    drawn as such and nobody is screened out for it; None leaves it to the treated share and two failures in a row.
    """
    if wanted is not None:
        return np.where(ill, float(wanted), 0.0)
    share = np.prod([_value(library, name) for name in ("treated_share", "first_failure", "second_failure")])
    return (ill & (uniforms(seed, "resistance", persons, 1)[:, 0] < share)).astype(np.float64)


def _use_share(drug: str, ill: np.ndarray, resistance: np.ndarray, library: Library) -> np.ndarray:
    share = _value(library, "treated_share") * _value(library, f"{drug}_first")
    with_disorder = np.where(resistance > 0, _value(library, f"{drug}_resistant"), share)
    return np.where(ill, with_disorder, _value(library, f"{drug}_without_disorder"))


def _body_value(sex: str, name: str, x: np.ndarray, z: np.ndarray, library: Library) -> np.ndarray:
    level, slope, curve, sd = (_value(library, f"{sex}_{name}_{part}") for part in ("level", "slope", "curve", "sd"))
    spread = sd + x * _value(library, "sbp_sd_slope") if name == "sbp" else sd
    value = level + slope * x + curve * x**2 + spread * z
    return np.exp(value) if name in _LOGARITHMIC else value


def _correlation(sex: str, library: Library) -> np.ndarray:
    pairs = {name: _value(library, f"{name}_correlation") for name in _CORRELATIONS}
    pairs["weight_height"] = _value(library, f"{sex}_weight_height_correlation")
    matrix = np.eye(len(_BODY))
    for i, first in enumerate(_BODY):
        for j, second in enumerate(_BODY[:i]):
            matrix[i, j] = matrix[j, i] = pairs.get(f"{second}_{first}", 0.0)
    return matrix


def _band_name(sex: int, band: tuple[int, int]) -> str:
    return "_".join([_SEXES[sex], *map(str, dict.fromkeys(band))])


def _value(library: Library, name: str) -> float:
    return library[f"people.{name}"].value
