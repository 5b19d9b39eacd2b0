"""Prevalence, exact sampling of people with a disorder, and the structure of severity."""

import numpy as np
import pytest
from scipy.stats import ks_2samp

from quell.conventions.errors import StudyError
from quell.evidence.library import Library
from quell.people.candidates import Candidates, Screening
from quell.people.disorders import KEYS, known_disorder, population
from quell.people.specification import PeopleSpecification

PREVALENCE = {
    "generalised anxiety disorder": (3.4, 1.9),
    "social anxiety disorder": (8.0, 6.1),
    "panic disorder": (3.8, 1.6),
    "specific phobia": (12.2, 5.8),
    "PTSD": (5.2, 1.8),
    "OCD": (1.8, 0.5),
}
"""12-month prevalence of women and men in the National Comorbidity Survey Replication, %."""


@pytest.mark.parametrize(("disorder", "published"), PREVALENCE.items())
def test_prevalence_by_sex(
    adults: Candidates, women: np.ndarray, disorder: str, published: tuple[float, float]
) -> None:
    for mine, percent in zip((women, ~women), published, strict=True):
        assert 100 * adults.disorders[disorder][mine].mean() == pytest.approx(percent, abs=0.4)


def test_any_anxiety_disorder_which_the_model_was_not_told(adults: Candidates, women: np.ndarray) -> None:
    any_disorder = np.any([adults.disorders[name] for name in PREVALENCE], axis=0)
    for mine, percent in ((np.ones_like(women), 19.1), (women, 23.4), (~women, 14.3)):
        assert 100 * any_disorder[mine].mean() == pytest.approx(percent, abs=1.5)


def test_general_severity_has_its_share_of_the_variance(
    adults: Candidates, women: np.ndarray, library: Library
) -> None:
    theta = adults.severity["general"]
    assert theta.mean() == pytest.approx(0, abs=0.01)
    assert theta.var() == pytest.approx(library["people.stable_share"].value, abs=0.01)
    assert theta[women].mean() - theta[~women].mean() == pytest.approx(0.30, abs=0.02)
    age = adults.covariates["age"]
    assert theta[age < 30].mean() - theta[age >= 65].mean() == pytest.approx(0.36, abs=0.04)


@pytest.mark.parametrize("disorder", KEYS)
def test_liability_is_standard_and_loads_as_published(adults: Candidates, library: Library, disorder: str) -> None:
    passing = np.random.default_rng(1).normal(0, np.sqrt(1 - library["people.stable_share"].value), adults.number.size)
    now, liability = adults.severity["general"] + passing, adults.severity[disorder]
    assert liability.std() == pytest.approx(1, abs=0.03)
    assert np.corrcoef(now, liability)[0, 1] == pytest.approx(
        library[f"people.{KEYS[disorder]}_loading"].value, abs=0.03
    )


@pytest.mark.parametrize("disorder", ["generalised anxiety disorder", "specific phobia", "OCD"])
def test_conditional_draw_equals_picking_cases_from_the_population(
    adults: Candidates, library: Library, disorder: str
) -> None:
    cases = adults.take(adults.disorders[disorder])
    drawn = Screening(PeopleSpecification(disorder), 99, library).draw(range(20_000))
    assert drawn.disorders[disorder].all()
    for name in ("general", *KEYS):
        assert ks_2samp(cases.severity[name], drawn.severity[name]).pvalue > 1e-4, name
    for name in ("age", "weight", "SBP"):
        assert ks_2samp(cases.covariates[name], drawn.covariates[name]).pvalue > 1e-4, name
    assert drawn.covariates["female"].mean() == pytest.approx(cases.covariates["female"].mean(), abs=0.04)


def test_alternatives_equal_picking_people_who_have_any_of_them(adults: Candidates, library: Library) -> None:
    names = ("generalised anxiety disorder", "social anxiety disorder")
    cases = adults.take(adults.disorders[names[0]] | adults.disorders[names[1]])
    drawn = Screening(PeopleSpecification(names[0], alternatives=names[1:]), 12, library).draw(range(30_000))
    assert np.all(drawn.disorders[names[0]] | drawn.disorders[names[1]])
    for name in ("general", *names):
        assert ks_2samp(cases.severity[name], drawn.severity[name]).pvalue > 1e-4, name
    both = drawn.disorders[names[0]] & drawn.disorders[names[1]]
    assert both.mean() == pytest.approx((cases.disorders[names[0]] & cases.disorders[names[1]]).mean(), abs=0.02)


def test_people_with_a_disorder_within_age_limits(library: Library) -> None:
    drawn = Screening(PeopleSpecification("PTSD", age=(18.0, 65.0)), 3, library).draw(range(5000))
    assert drawn.covariates["age"].max() < 66


def test_extreme_tails_stay_beyond_the_threshold(library: Library) -> None:
    people = population(library)
    drawn = Screening(PeopleSpecification("OCD"), 3, library).draw(range(50_000))
    assert drawn.severity["OCD"].min() > people.liabilities["OCD"].threshold
    assert np.isfinite(drawn.severity["OCD"]).all()


def test_unknown_disorder_is_refused_with_a_suggestion() -> None:
    with pytest.raises(StudyError) as error:
        known_disorder("panic disorders")
    assert error.value.suggestion == "panic disorder"
    assert known_disorder("normal anxiety") == "normal anxiety"
