"""Scores against closed forms of the normal distribution and published intervals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, norm

from quell.calibration.scores import (
    compare,
    continuous_ranked_probability_score,
    coverage,
    log_score,
    probability_integral_transform,
    quantiles,
)

DRAWS = norm.ppf((np.arange(20_000) + 0.5) / 20_000, loc=2.0, scale=3.0)
"""A normal distribution by its own quantiles."""


@pytest.mark.parametrize("observed", [-4.0, 2.0, 3.5, 11.0])
def test_crps_of_a_normal_is_its_closed_form(observed: float) -> None:
    z = (observed - 2.0) / 3.0
    wanted = 3.0 * (z * (2.0 * norm.cdf(z) - 1.0) + 2.0 * norm.pdf(z) - 1.0 / np.sqrt(np.pi))
    assert continuous_ranked_probability_score(DRAWS, observed) == pytest.approx(wanted, abs=2e-3)


@given(st.lists(st.floats(-50, 50), min_size=2, max_size=30), st.floats(-50, 50))
def test_crps_is_the_double_sum(values: list[float], observed: float) -> None:
    draws = np.array(values)
    apart = np.abs(draws[:, None] - draws[None, :]).sum() / (draws.size * (draws.size - 1))
    wanted = np.abs(draws - observed).mean() - 0.5 * apart
    assert continuous_ranked_probability_score(draws, observed) == pytest.approx(wanted, abs=1e-9)


def test_pit_of_a_normal_is_its_distribution_function_and_ties_count_half() -> None:
    assert probability_integral_transform(DRAWS, 4.0) == pytest.approx(norm.cdf(2.0 / 3.0), abs=1e-4)
    assert probability_integral_transform(np.array([0.0, 1.0, 1.0, 2.0]), 1.0) == 0.5
    assert probability_integral_transform(np.array([1.0, 1.0]), 3.0) == 1.0


def test_quantiles_are_those_of_the_draws() -> None:
    np.testing.assert_allclose(quantiles(DRAWS), norm.ppf([0.05, 0.25, 0.5, 0.75, 0.95], 2.0, 3.0), atol=1e-3)


def test_the_log_score_of_a_mixture_is_the_log_of_its_density() -> None:
    means = np.array([0.0, 1.0, 5.0])
    wanted = np.log(np.mean(norm.pdf(0.7, means, 2.0)))
    assert float(log_score(norm.logpdf(0.7, means, 2.0))) == pytest.approx(wanted, rel=1e-12)
    assert float(log_score(np.array([-1e4, -1e4 - np.log(3.0)]))) == pytest.approx(-1e4 + np.log(2.0 / 3.0))


@pytest.mark.parametrize(("k", "n"), [(0, 7), (5, 12), (12, 12), (18, 20)])
def test_coverage_has_the_exact_interval(k: int, n: int) -> None:
    found = coverage([True] * k + [False] * (n - k))
    wanted = binomtest(k, n).proportion_ci(0.95, method="exact")
    assert (found.inside, found.of) == (k, n)
    assert (found.low, found.high) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_coverage_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="no observation"):
        coverage([])


def test_a_comparison_sums_and_takes_its_error_between_units() -> None:
    found = compare([-1.0, -2.0, -0.5], [-1.5, -1.0, -1.5])
    assert found.difference == pytest.approx(0.5)
    assert found.standard_error == pytest.approx(np.sqrt(3.0) * np.std([0.5, -1.0, 1.0], ddof=1))
    with pytest.raises(ValueError, match="two at least"):
        compare([1.0], [2.0])
