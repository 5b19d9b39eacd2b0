"""One table of cases, each against SciPy, and the laws of quantile functions."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from quell.conventions.errors import EvidenceError
from quell.evidence.distributions import Distribution, parse_distribution

PROBABILITIES = np.linspace(0.001, 0.999, 201)


def logitnormal_quantile(u, centre, sd):
    return 1 / (1 + np.exp(-stats.norm(math.log(centre / (1 - centre)), sd).ppf(u)))


CASES = {
    "normal": ({"distribution": "normal", "sd": 2.0}, -3.0, stats.norm(-3, 2).ppf),
    "lognormal by sd": ({"distribution": "lognormal", "sd": 0.5}, 7.0, stats.lognorm(0.5, scale=7).ppf),
    "lognormal by cv": (
        {"distribution": "lognormal", "cv": 0.3},
        0.96,
        stats.lognorm(math.sqrt(math.log(1.09)), scale=0.96).ppf,
    ),
    "logitnormal": ({"distribution": "logitnormal", "sd": 1.1}, 0.3, lambda u: logitnormal_quantile(u, 0.3, 1.1)),
    "uniform": ({"distribution": "uniform", "low": -1, "high": 3}, 0.0, stats.uniform(-1, 4).ppf),
    "loguniform": ({"distribution": "loguniform", "low": 0.1, "high": 10}, 1.0, stats.loguniform(0.1, 10).ppf),
    "fixed": ({"distribution": "fixed"}, 4.0, lambda u: np.full_like(u, 4.0)),
}


@pytest.mark.parametrize(("table", "value", "oracle"), CASES.values(), ids=CASES)
def test_quantiles_agree_with_scipy(table, value, oracle):
    found = parse_distribution(table).quantile(PROBABILITIES, value)
    np.testing.assert_allclose(found, oracle(PROBABILITIES), rtol=1e-12)


@pytest.mark.parametrize(("table", "value", "oracle"), CASES.values(), ids=CASES)
def test_a_good_case_has_no_problems_and_a_name(table, value, oracle):
    distribution = parse_distribution(table)
    assert distribution.problems(value) == []
    assert str(distribution).startswith(table["distribution"])


def test_the_coefficient_of_variation_is_that_of_the_distribution():
    sd = parse_distribution({"distribution": "lognormal", "cv": 0.4}).sd
    mean, variance = stats.lognorm(sd).stats("mv")
    assert math.sqrt(variance) / mean == pytest.approx(0.4)


SD = st.floats(0.01, 3)
CENTRED = st.one_of(
    st.tuples(st.builds(Distribution, st.just("normal"), SD), st.floats(-100, 100)),
    st.tuples(st.builds(Distribution, st.just("lognormal"), SD), st.floats(1e-3, 1e3)),
    st.tuples(st.builds(Distribution, st.just("logitnormal"), SD), st.floats(0.01, 0.99)),
)
BOUNDED = st.tuples(st.sampled_from(["uniform", "loguniform"]), st.floats(0.01, 1), st.floats(1.1, 50)).map(
    lambda drawn: (Distribution(drawn[0], low=drawn[1], high=drawn[2]), 1.0)
)
ANY = st.one_of(CENTRED, BOUNDED)


@given(drawn=ANY)
def test_quantiles_rise(drawn):
    distribution, value = drawn
    assert np.all(np.diff(distribution.quantile(PROBABILITIES, value)) > 0)


@given(drawn=CENTRED)
def test_the_centre_is_the_median(drawn):
    distribution, value = drawn
    assert distribution.quantile(np.array(0.5), value) == pytest.approx(value, rel=1e-12)
    assert distribution.displace(np.array([value]), np.array([0.0])) == pytest.approx(value, rel=1e-12)


@given(drawn=CENTRED, z=st.floats(-5, 5))
def test_displacing_is_the_quantile_at_the_probability_of_z(drawn, z):
    distribution, value = drawn
    expected = distribution.quantile(stats.norm.cdf(z), value)
    assert distribution.displace(value, np.array(z)) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@given(drawn=BOUNDED, u=st.floats(0, 1))
def test_bounded_kinds_stay_within_their_bounds(drawn, u):
    distribution, value = drawn
    found = float(distribution.quantile(np.array(u), value))
    assert distribution.low * (1 - 1e-12) <= found <= distribution.high * (1 + 1e-12)


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ({"distribution": "lognormall", "sd": 1}, 'unknown distribution "lognormall". Did you mean "lognormal"?'),
        ({"sd": 1}, 'unknown distribution ""'),
        ({"distribution": "normal"}, 'distribution "normal" takes sd, not nothing'),
        ({"distribution": "normal", "cv": 1}, "takes sd, not cv"),
        ({"distribution": "lognormal", "cv": 1, "sd": 1}, "takes sd or cv, not cv, sd"),
        ({"distribution": "uniform", "low": 1}, "takes high and low, not low"),
        ({"distribution": "fixed", "sd": 1}, "takes nothing, not sd"),
        ({"distribution": "normal", "sd": "wide"}, '"sd" must be a number, not "wide"'),
        ({"distribution": "normal", "sd": True}, '"sd" must be a number, not "True"'),
    ],
)
def test_a_table_that_is_no_distribution_is_refused(table, words):
    with pytest.raises(EvidenceError) as caught:
        parse_distribution(table)
    assert words in caught.value.statement


@pytest.mark.parametrize(
    ("distribution", "value", "words"),
    [
        (Distribution("normal", 0.0), 1.0, "positive standard deviation"),
        (Distribution("normal", math.inf), 1.0, "positive standard deviation"),
        (Distribution("lognormal", 1.0), -1.0, "lognormal needs a positive value"),
        (Distribution("logitnormal", 1.0), 1.0, "between 0 and 1"),
        (Distribution("uniform", low=2, high=1), 1.5, "low < high"),
        (Distribution("uniform", low=2, high=3), 1.0, "leaves out the value 1"),
        (Distribution("loguniform", low=0, high=3), 1.0, "positive low"),
    ],
)
def test_numbers_without_sense_are_named(distribution, value, words):
    assert any(words in problem for problem in distribution.problems(value))
