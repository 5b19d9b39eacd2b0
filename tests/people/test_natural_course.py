"""The natural course against the closed forms of an exponentially correlated process."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from quell.people.natural_course import draw_waves, fluctuation, white_noise, window_variance

TAU = 240.0


def window_covariance(lag: float, window: float, tau: float) -> float:
    """Covariance of two window means ``lag`` >= ``window`` apart, by integrating exp(-|s - t| / tau)."""
    return (tau / window * -np.expm1(-window / tau)) ** 2 * np.exp(-(lag - window) / tau)


def test_values_are_standard_normal_at_every_time() -> None:
    f = fluctuation(1, range(20_000), np.array([-500.0, 0.0, 1e4]), 0.0, TAU)
    for column in f.T:
        assert kstest(column, "norm").pvalue > 1e-4


@pytest.mark.parametrize("lag", [1.0, 24.0, 96.0, 240.0, 1344.0])
def test_autocorrelation_is_exponential(lag: float) -> None:
    f = fluctuation(2, range(60_000), np.array([0.0, lag]), 0.0, TAU)
    assert np.mean(f[:, 0] * f[:, 1]) == pytest.approx(np.exp(-lag / TAU), abs=0.02)


@pytest.mark.parametrize("window", [24.0, 168.0, 336.0, 720.0])
def test_window_means_have_their_variance_and_covariance(window: float) -> None:
    f = fluctuation(3, range(60_000), np.array([0.0, window, 3 * window]), window, TAU)
    assert f[:, 0].var() == pytest.approx(window_variance(window, TAU), abs=0.015)
    assert np.mean(f[:, 0] * f[:, 2]) == pytest.approx(window_covariance(3 * window, window, TAU), abs=0.015)


def test_window_variance_has_its_limits() -> None:
    assert window_variance(0.0, TAU) == 1.0
    assert window_variance(1e-3, TAU) == pytest.approx(1.0, abs=1e-5)
    assert window_variance(1e6, TAU) == pytest.approx(2 * TAU / 1e6, rel=1e-3)


def test_window_mean_is_the_mean_of_the_values() -> None:
    waves = draw_waves(4, "natural course", range(10), TAU)
    times = np.linspace(-168.0, 0.0, 400_001)
    values = waves.mean(times)
    mean = (values[:, 1:] + values[:, :-1]).mean(axis=1) / 2
    assert waves.mean(np.array([0.0]), 168.0)[:, 0] == pytest.approx(mean, abs=1e-4)


@given(st.integers(0, 49), st.lists(st.floats(-1e3, 1e4), min_size=1, max_size=5), st.sampled_from([0.0, 168.0]))
def test_a_value_depends_on_its_person_and_time_alone(person: int, times: list[float], window: float) -> None:
    everybody = fluctuation(5, range(50), np.array(times), window, TAU)
    alone = fluctuation(5, range(person, person + 1), np.array(times[-1:]), window, TAU)
    assert alone[0, 0] == everybody[person, -1]


def test_times_may_differ_between_people() -> None:
    waves = draw_waves(6, "natural course", range(3), TAU)
    times = np.array([[0.0, 10.0], [5.0, 20.0], [7.0, 30.0]])
    own = waves.mean(times, 24.0)
    for i in range(3):
        assert np.array_equal(own[i], waves.mean(times[i], 24.0)[i])


def test_purposes_are_independent() -> None:
    a = draw_waves(7, "natural course", range(20_000), TAU).mean(np.zeros(1))[:, 0]
    b = draw_waves(7, "lingering error HAM-A", range(20_000), TAU).mean(np.zeros(1))[:, 0]
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.03


def test_white_noise_is_keyed_by_the_minute() -> None:
    first = white_noise(8, "error HAM-A", range(1000), np.array([0.0, 24.0]))
    again = white_noise(8, "error HAM-A", range(1000), np.array([24.0 + 0.001, -168.0]))
    assert np.array_equal(first[:, 1], again[:, 0])
    assert abs(np.corrcoef(first[:, 0], again[:, 1])[0, 1]) < 0.15
    assert white_noise(8, "error HAM-A", range(3), np.empty(0)).shape == (3, 0)


def test_people_with_gaps_between_their_numbers() -> None:
    some = np.array([3, 17, 42])
    everybody = draw_waves(9, "natural course", range(50), TAU).mean(np.array([12.0]))
    assert np.array_equal(draw_waves(9, "natural course", some, TAU).mean(np.array([12.0])), everybody[some])
