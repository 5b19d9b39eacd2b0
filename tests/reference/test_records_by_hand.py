"""The reference itself: two routes agree, a steady state is the end of a long run-in, a closed form holds."""

import numpy as np
import pytest
from tests.reference.record_cases import INTERVAL, LAGS, Case, Person, case_name, largest_error, person, small_grid
from tests.reference.records_by_hand import (
    Dose,
    Row,
    by_exponential,
    by_integration,
    cycle,
    run_in,
    solve,
    system,
)

GRID = small_grid()
MATRIX, _, _ = system("two-compartment-oral", {"CL": 3.1, "V1": 17.0, "Q2": 2.3, "V2": 31.0, "KA": 0.9})


def integrated(one: Person) -> np.ndarray:
    return solve(one.model, one.rows, one.parameters, one.rule, by_integration)[1]


@pytest.mark.parametrize("case", GRID[::9], ids=case_name)
def test_integration_agrees(case: Case) -> None:
    one = person(case)
    assert largest_error(integrated(one), one.exact()[1]) < 1e-8


@pytest.mark.reference
@pytest.mark.parametrize("case", GRID, ids=case_name)
def test_integration_agrees_everywhere(case: Case) -> None:
    one = person(case)
    assert largest_error(integrated(one), one.exact()[1]) < 1e-8


@pytest.mark.parametrize("first", [0.0, 1.1, INTERVAL])
@pytest.mark.parametrize("duration", [0.0, 3.1, INTERVAL, 31.7])
def test_a_cycle_is_the_end_of_a_long_run_in(duration: float, first: float) -> None:
    dose = Dose(0, rate=100.0 / duration, duration=duration) if duration else Dose(0, amount=100.0)
    many = run_in(MATRIX, dose, INTERVAL, first, 120, by_exponential)
    np.testing.assert_allclose(cycle(MATRIX, dose, INTERVAL, first, by_exponential), many, rtol=1e-12)


@pytest.mark.parametrize("lag", LAGS.values(), ids=LAGS)
@pytest.mark.parametrize("rate", [0.0, 40.0, 3.3])
def test_a_steady_state_row_is_a_long_row_of_doses(rate: float, lag: float) -> None:
    p = {"CL": 3.1, "V": 17.0, "KA": 0.9, "ALAG1": lag}
    times = np.array([0.0, 0.7, lag, 5.5, 13.3, 40.0])
    seen = [Row(float(t)) for t in np.sort(times)]
    steady = solve("one-compartment-oral", [Row(0.0, 1, amt=100.0, rate=rate, ii=INTERVAL, ss=1, addl=2), *seen], p)
    long_ago = Row(-30 * INTERVAL, 1, amt=100.0, rate=rate, ii=INTERVAL, addl=32)
    given = solve("one-compartment-oral", [long_ago, *seen], p)
    np.testing.assert_allclose(steady[1][1:], given[1][1:], rtol=1e-11)


def test_one_compartment_by_formula() -> None:
    k, ka, volume = 0.3, 1.1, 12.0
    p = {"CL": k * volume, "V": volume, "KA": ka, "F1": 0.7}
    rows = [Row(0.0, 1, amt=80.0), *(Row(float(t)) for t in range(12))]
    times = np.array([row.time for row in rows])
    expected = 0.7 * 80.0 * ka / (volume * (ka - k)) * (np.exp(-k * times) - np.exp(-ka * times))
    np.testing.assert_allclose(solve("one-compartment-oral", rows, p)[0], expected, rtol=1e-12, atol=1e-14)
