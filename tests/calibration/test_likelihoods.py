"""Each kind of figure against scipy's density of what the paper prints."""

from dataclasses import replace
from math import log

import jax
import numpy as np
import pytest
from scipy import stats

from quell.calibration.asked import ask
from quell.calibration.likelihoods import Assumed, standard_error, term
from quell.evidence.library import load_library
from quell.evidence.study_library import load_study
from quell.evidence.study_records import Spread

GIVEN = Assumed(transfer=15.0, transfer_log=0.3, order=2.0, bound=0.1)


def asked(study: str, name: str):
    record = load_study(study)
    found = next(x for x in record.observations if x.name == name)
    return ask(record, found, load_library())


CASES = [
    ("davidson2004", "placebo_ham_a_change_locf_8_weeks", -8.3, lambda x: stats.norm.logpdf(-7.4, x, 0.8)),
    ("glue2017", "fq_1h", -41.0, lambda x: stats.norm.logpdf(-50.0, x, 25.0 / np.sqrt(12))),
    ("feder2014", "ies_r_24h", -9.0, lambda x: stats.norm.logpdf(-12.7, x, (-2.5 + 22.8) / 3.92)),
    ("feder2021", "responders_ketamine", 55.0, lambda x: stats.binom.logpmf(10, 15, x / 100)),
    ("bloch2012", "responders", 12.0, lambda x: stats.binom.logpmf(0, 10, x / 100)),
    ("an2021", "early_share", 70.0, lambda x: stats.norm.logpdf(61.8, x, np.hypot(9.4, 15.0))),
    ("feder2021", "loss_of_response", 20.0, lambda x: stats.norm.logpdf(log(27.5), log(x), 0.32)),
    ("murrough2013b", "relapse", 20.0, lambda x: stats.norm.logpdf(log(18.0), log(x), np.hypot(0.2, 0.3))),
    ("abdallah2022", "pcl_high", -0.5, lambda x: np.log(np.diff(stats.norm.cdf([-0.38, 0.38], x, 0.1))[0])),
]


@pytest.mark.parametrize(("study", "name", "predicted", "wanted"), CASES, ids=[f"{x[0]}.{x[1]}" for x in CASES])
def test_terms_are_the_densities_of_what_is_printed(study: str, name: str, predicted: float, wanted) -> None:
    found = float(term(asked(study, name), GIVEN)(predicted))
    assert found == pytest.approx(float(wanted(predicted)), rel=1e-9)


def test_an_order_is_likelier_the_further_apart_the_arms_are() -> None:
    order = term(asked("glue2017", "dose_order_1h"), GIVEN)
    wanted = stats.norm.logcdf([1.0 / 2.0, 0.5 / 2.0]).sum()
    assert float(order(np.array([3.0, 4.0, 4.5]))) == pytest.approx(wanted, rel=1e-9)
    assert float(order(np.array([1.0, 4.0, 9.0]))) > wanted


@pytest.mark.parametrize("x", [-6.0, -1.0, 0.0, 0.37, 1.0, 9.0])
def test_a_bound_is_smooth_far_beyond_it(x: float) -> None:
    bound = term(asked("abdallah2022", "pcl_low"), GIVEN)
    value, slope = jax.value_and_grad(bound)(x)
    assert np.isfinite(value)
    assert np.isfinite(slope)
    assert (slope < 0) == (x > 0.0) or abs(float(slope)) < 1e-6


def test_standard_errors() -> None:
    assert standard_error(Spread("sd", 10.0, 10.0), 25) == 2.0
    assert standard_error(Spread("se", 0.8, 0.8), 0) == 0.8
    assert standard_error(Spread("ci", -3.96, 3.88), 7) == pytest.approx(2.0)
    with pytest.raises(ValueError, match="number of people"):
        standard_error(Spread("sd", 10.0, 10.0), 0)


def test_a_shape_measured_in_an_anxiety_disorder_carries_no_transfer() -> None:
    own = asked("feder2021", "loss_of_response")
    moved = replace(own, study=replace(own.study, people=replace(own.study.people, disorder="")))
    assert float(term(moved, GIVEN)(60.0)) > float(term(own, GIVEN)(60.0))
