"""Bodies, genotypes and medication against published moments."""

import numpy as np
import pytest
from scipy.stats import chisquare, pearsonr

from quell.evidence.library import Library
from quell.people.candidates import Candidates
from quell.people.covariates import ANCESTRIES, age_sex_cells, body, comedication, draw_cells, draw_resistance, genotype

# NHANES 2009-2012, weighted, 18-80: moments over all ages, which the pack does not hold (it holds regressions on age).
MEN = {
    "ln weight": (4.4574, 0.2150),
    "height": (175.86, 7.62),
    "SBP": (122.59, 15.74),
    "DBP": (71.92, 11.63),
    "heart rate": (70.85, 12.18),
}
WOMEN = {
    "ln weight": (4.2916, 0.2511),
    "height": (161.98, 7.18),
    "SBP": (118.90, 18.17),
    "DBP": (68.91, 11.17),
    "heart rate": (74.44, 11.82),
}


def values(adults: Candidates, name: str) -> np.ndarray:
    return np.log(adults.covariates["weight"]) if name == "ln weight" else adults.covariates[name]


@pytest.mark.parametrize(("code", "published"), [(0, MEN), (1, WOMEN)])
def test_body_has_the_moments_of_the_survey(adults: Candidates, women: np.ndarray, code: int, published: dict) -> None:
    for name, (mean, sd) in published.items():
        found = values(adults, name)[women == code]
        assert found.mean() == pytest.approx(mean, abs=0.06 * sd), name
        assert found.std() == pytest.approx(sd, rel=0.05), name


@pytest.mark.parametrize(("code", "published"), [(0, 0.409), (1, 0.290)])
def test_weight_and_height_are_correlated(adults: Candidates, women: np.ndarray, code: int, published: float) -> None:
    mine = women == code
    found = pearsonr(values(adults, "ln weight")[mine], adults.covariates["height"][mine]).statistic
    assert found == pytest.approx(published, abs=0.02)


def test_age_and_sex_are_those_of_adults(adults: Candidates, women: np.ndarray) -> None:
    age = adults.covariates["age"]
    assert women.mean() == pytest.approx(0.517, abs=0.005)
    assert age.min() >= 18
    assert age.max() < 81
    for mine, mean, sd in ((~women, 45.4, 17.1), (women, 47.0, 17.6)):
        assert age[mine].mean() == pytest.approx(mean, abs=0.8)  # the survey counts completed years
        assert age[mine].std() == pytest.approx(sd, abs=0.4)


def test_pressure_rises_with_age_and_spreads(adults: Candidates) -> None:
    age, pressure = adults.covariates["age"], adults.covariates["SBP"]
    young, old = pressure[age < 30], pressure[age >= 60]
    assert old.mean() - young.mean() == pytest.approx(17, abs=4)
    assert old.std() > 1.5 * young.std()


def test_age_limits_include_both_years(library: Library) -> None:
    cells = age_sex_cells(library, (30.0, 31.0))
    assert sorted(set(cells.age)) == [30, 31]
    assert cells.share.sum() == pytest.approx(1)
    _, _, age = draw_cells(1, range(1000), cells, cells.share[None, :])
    assert age.min() >= 30
    assert age.max() < 32


def test_cells_are_drawn_in_proportion_to_their_weights(library: Library) -> None:
    cells = age_sex_cells(library, (40.0, 42.0))
    weights = np.array([[1.0, 0, 0, 0, 0, 3], [0, 0, 4, 0, 0, 0]])
    row, female, age = draw_cells(5, range(40_000), cells, weights)
    assert np.mean(row) == pytest.approx(0.5, abs=0.01)
    assert np.all(np.floor(age[row == 1]) == 42)
    assert np.mean(female[row == 0]) == pytest.approx(0.75, abs=0.01)


@pytest.mark.parametrize("index", range(len(ANCESTRIES)))
def test_hardy_weinberg_within_each_ancestry(library: Library, index: int) -> None:
    drawn = genotype(3, range(200_000), library)
    alleles = drawn["cyp2b6_star6"][drawn["ancestry"] == index]
    p = library[f"people.{ANCESTRIES[index]}_star6_frequency"].value
    expected = np.array([(1 - p) ** 2, 2 * p * (1 - p), p**2]) * alleles.size
    assert chisquare(np.bincount(alleles.astype(int), minlength=3), expected).pvalue > 1e-4


def test_ancestry_has_the_shares_of_the_pack(library: Library) -> None:
    drawn = genotype(3, range(100_000), library)["ancestry"]
    for index, name in enumerate(ANCESTRIES):
        assert np.mean(drawn == index) == pytest.approx(library[f"people.{name}_share"].value, abs=0.005)


def test_antidepressants_in_the_population(adults: Candidates, women: np.ndarray) -> None:
    use = adults.covariates["ssri_use"]
    assert use.mean() == pytest.approx(0.132, abs=0.015)
    assert use[women].mean() == pytest.approx(0.177, abs=0.02)
    assert use[~women].mean() == pytest.approx(0.084, abs=0.02)


def test_people_who_failed_two_drugs_take_more(library: Library) -> None:
    people, ill = range(20_000), np.ones(20_000, dtype=bool)
    female, none, failed = np.zeros(20_000), np.zeros(20_000), np.ones(20_000)
    first = comedication(8, people, female, ill, none, library)
    second = comedication(8, people, female, ill, failed, library)
    assert np.all(second["ssri_use"] >= first["ssri_use"])
    assert second["ssri_use"].mean() > 1.5 * first["ssri_use"].mean()
    dose = second["benzodiazepine_use"][second["benzodiazepine_use"] > 0]
    assert np.median(dose) == pytest.approx(10, rel=0.05)
    assert np.log(dose).std() == pytest.approx(0.6, rel=0.1)


@pytest.mark.parametrize(("wanted", "share"), [(True, 1.0), (False, 0.0), (None, 0.369 * 0.35 * 0.54)])
def test_resistance_as_wanted_and_only_among_the_ill(library: Library, wanted: bool | None, share: float) -> None:
    ill = np.arange(40_000) % 2 == 0
    drawn = draw_resistance(1, range(40_000), ill, wanted, library)
    assert np.all(drawn[~ill] == 0)
    assert drawn[ill].mean() == pytest.approx(share, abs=0.005)


def test_a_person_does_not_depend_on_the_others(library: Library) -> None:
    female, age = np.ones(50), np.full(50, 40.0)
    everybody, some = (
        body(4, range(100, 150), female, age, library),
        body(4, range(120, 130), female[:10], age[:10], library),
    )
    for name, value in some.items():
        assert np.array_equal(everybody[name][20:30], value)
