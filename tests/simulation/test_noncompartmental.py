"""The summary of samples against arithmetic by hand and closed forms of profiles."""

from math import exp, log, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.simulation.noncompartmental import Summary, summarise_profile, terminal_phase

CL, V, KA, DOSE = 5.0, 20.0, 1.5, 100.0
K = CL / V
DENSE = np.concatenate([np.linspace(0.0, 4.0, 4001), np.linspace(4.01, 60.0, 5600)])


def bolus(t: np.ndarray) -> np.ndarray:
    return DOSE / V * np.exp(-K * t)


def infusion(t: np.ndarray, hours: float = 2.0) -> np.ndarray:
    up = DOSE / hours / CL * (1.0 - np.exp(-K * np.minimum(t, hours)))
    return up * np.exp(-K * np.maximum(t - hours, 0.0))


def oral(t: np.ndarray) -> np.ndarray:
    return DOSE / V * KA / (KA - K) * (np.exp(-K * t) - np.exp(-KA * t))


def test_areas_by_hand():
    """Up from 0 to 4 in 1 h, down to 2 and 1 in 2 h each."""
    found = summarise_profile([0.0, 1.0, 3.0, 5.0], [0.0, 4.0, 2.0, 1.0], 10.0, points=3)
    assert found.auc_last == pytest.approx(2.0 + 2.0 / (log(2.0) / 2.0) + 1.0 / (log(2.0) / 2.0))
    linear = summarise_profile([0.0, 1.0, 3.0, 5.0], [0.0, 4.0, 2.0, 1.0], 10.0, rule="linear")
    assert linear.auc_last == pytest.approx(2.0 + 6.0 + 3.0)
    assert (found.cmax, found.tmax, found.clast, found.tlast) == (4.0, 1.0, 1.0, 5.0)


def test_the_rules_differ_where_a_falling_profile_rises_again():
    samples = [0.0, 1.0, 2.0, 3.0], [0.0, 4.0, 1.0, 2.0]
    k = log(0.5)
    after_peak = summarise_profile(*samples, rule="log after peak").auc_last
    assert after_peak == pytest.approx(2.0 + 3.0 / log(4.0) + (1.0 - 2.0) / k)
    assert summarise_profile(*samples).auc_last == pytest.approx(2.0 + 3.0 / log(4.0) + 1.5)


def test_a_bolus_on_few_samples_is_exact():
    """Log-down areas and back-extrapolation are exact for one exponential."""
    t = np.array([0.5, 2.0, 5.0, 9.0, 20.0])
    found = summarise_profile(t, bolus(t), DOSE, route="bolus")
    assert found.cmax == pytest.approx(DOSE / V)
    assert found.tmax == 0.0
    for value, expected in (
        (found.auc_inf, DOSE / CL),
        (found.aumc_inf, DOSE / CL / K),
        (found.mrt, 1.0 / K),
        (found.half_life, log(2.0) / K),
        (found.clearance, CL),
        (found.volume_z, V),
        (found.volume_ss, V),
        (found.extrapolated, exp(-20.0 * K)),
    ):
        assert value == pytest.approx(expected, rel=1e-12)
    assert found.points == 6
    assert found.adjusted_r2 == pytest.approx(1.0)


def test_an_infusion_on_dense_samples():
    found = summarise_profile(DENSE, infusion(DENSE), DOSE, route="infusion", infusion_h=2.0)
    assert found.tmax == pytest.approx(2.0, abs=1e-9)
    assert found.clearance == pytest.approx(CL, rel=1e-6)
    assert found.mrt == pytest.approx(1.0 / K, rel=1e-5)
    assert found.volume_ss == pytest.approx(V, rel=1e-5)


def test_an_oral_dose_on_dense_samples():
    found = summarise_profile(DENSE, oral(DENSE), DOSE)
    assert found.tmax == pytest.approx(log(KA / K) / (KA - K), abs=1e-3)
    assert found.clearance == pytest.approx(CL, rel=1e-6)
    assert found.mrt == pytest.approx(1.0 / K + 1.0 / KA, rel=1e-5)
    assert np.isnan(found.volume_ss)


def test_steady_state_of_a_bolus():
    tau = 6.0
    t = np.linspace(0.0, tau, 25)
    found = summarise_profile(
        t, bolus(t) / (1.0 - exp(-K * tau)), DOSE, route="bolus", interval_h=tau, steady_state=True
    )
    assert found.auc_interval == pytest.approx(DOSE / CL)
    assert found.clearance == pytest.approx(CL)
    assert found.average == pytest.approx(DOSE / CL / tau)
    assert found.trough == pytest.approx(DOSE / V * exp(-K * tau) / (1.0 - exp(-K * tau)))
    assert found.swing == pytest.approx(exp(K * tau) - 1.0)
    assert found.fluctuation == pytest.approx(K * tau)
    assert found.accumulation == pytest.approx(1.0 / (1.0 - exp(-K * tau)))
    assert np.isnan(found.mrt)


@pytest.mark.parametrize(("interval", "expected"), [(4.0, 4.0), (5.0, 5.0), (30.0, 30.0)])
def test_the_end_of_an_interval_between_and_after_samples(interval, expected):
    t = np.array([0.0, 1.0, 2.0, 4.0, 8.0, 16.0])
    found = summarise_profile(t, bolus(t), DOSE, route="bolus", interval_h=interval)
    assert found.trough == pytest.approx(DOSE / V * exp(-K * expected))
    assert found.auc_interval == pytest.approx(DOSE / CL * (1.0 - exp(-K * expected)))


def test_an_interval_that_ends_while_concentrations_rise():
    found = summarise_profile([0.0, 1.0, 3.0], [0.0, 1.0, 3.0], interval_h=2.0)
    assert found.trough == pytest.approx(2.0)
    assert found.auc_interval == pytest.approx(2.0)


def test_the_best_fit_wins_and_more_samples_where_it_is_as_good():
    t = np.array([0.0, 1.0, 2.0, 4.0, 6.0, 8.0, 10.0])
    two_phases = 10.0 * np.exp(-2.0 * t) + 2.0 * np.exp(-0.1 * t)
    chosen = terminal_phase(t, two_phases, route="bolus")
    assert 3 <= chosen.points <= 5
    assert chosen.rate == pytest.approx(0.1, rel=0.02)
    assert terminal_phase(t, np.exp(-0.3 * t), route="bolus").points == 7
    assert terminal_phase(t, np.exp(-0.3 * t)).points == 6, "the peak itself counts after a bolus only"


def test_a_slope_that_does_not_fall_or_has_too_few_samples_is_none():
    t = np.arange(5.0)
    assert terminal_phase(t, np.array([1.0, 9.0, 2.0, 3.0, 4.0])).points == 0
    found = summarise_profile([0.0, 1.0, 2.0], [0.0, 3.0, 1.0], 10.0)
    assert found.points == 0
    assert all(np.isnan(x) for x in (found.rate, found.auc_inf, found.clearance, found.extrapolated))
    assert found.auc_last == pytest.approx(1.5 + 2.0 / log(3.0))
    assert terminal_phase(t, np.exp(-t), points=9).points == 0


def test_without_a_sample_at_the_dose():
    assert summarise_profile([1.0, 2.0, 3.0], [2.0, 1.0, 0.5]).auc_last == pytest.approx(1.0 + 1.5 / log(2.0))
    steady = summarise_profile([1.0, 2.0, 3.0], [2.0, 1.0, 0.5], interval_h=3.0, steady_state=True)
    assert steady.auc_interval == pytest.approx(1.25 + 1.5 / log(2.0))


def test_missing_samples_are_left_out_and_zeros_at_the_end_do_not_count():
    t = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    whole = summarise_profile(t, [0.0, 4.0, nan, 2.0, 1.0, 0.0], 10.0)
    assert whole.tlast == 4.0
    assert whole.auc_last == summarise_profile(t[[0, 1, 3, 4]], [0.0, 4.0, 2.0, 1.0], 10.0).auc_last


def test_nothing_measured_above_zero():
    found = summarise_profile([0.0, 1.0], [0.0, 0.0], 10.0)
    assert (found.cmax, found.auc_last) == (0.0, 0.0)
    assert np.isnan(found.half_life)


@given(scale=st.floats(0.01, 100.0), stretch=st.floats(0.1, 10.0))
def test_concentrations_and_time_scale(scale, stretch):
    t = np.array([0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 12.0])
    one = summarise_profile(t, oral(t), DOSE, interval_h=12.0)
    two = summarise_profile(t * stretch, oral(t) * scale, DOSE, interval_h=12.0 * stretch)
    assert two.auc_inf == pytest.approx(one.auc_inf * scale * stretch, rel=1e-9)
    assert two.aumc_inf == pytest.approx(one.aumc_inf * scale * stretch**2, rel=1e-9)
    assert two.half_life == pytest.approx(one.half_life * stretch, rel=1e-9)
    assert two.fluctuation == pytest.approx(one.fluctuation, rel=1e-9)
    assert two.accumulation == pytest.approx(one.accumulation, rel=1e-9)


@pytest.mark.parametrize(
    ("times", "concentrations", "words"),
    [
        ([0.0, 1.0], [1.0], "not two lists of one length"),
        ([], [], "no samples"),
        ([0.0, 1.0], [nan, nan], "no samples"),
        ([0.0, 1.0, 1.0], [1.0, 2.0, 3.0], "times do not increase"),
        ([-1.0, 1.0], [1.0, 2.0], "before the dose"),
        ([0.0, 1.0], [1.0, -2.0], "a concentration is negative"),
    ],
)
def test_samples_that_make_no_profile_are_refused(times, concentrations, words):
    with pytest.raises(ValueError, match=words):
        summarise_profile(times, concentrations)


def test_a_row_has_every_number():
    assert list(Summary().as_row()) == list(Summary.__slots__)
