"""Concentrations at any time: closed forms, SciPy's matrix exponential, laws."""

from math import factorial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import expm
from tests.simulation.kinetic_people import (
    REFERENCE_PERSON,
    ROUTE_NAMES,
    doses_of,
    random_people,
    textbook_network,
    typical_parameters,
)

from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.network import NetworkError
from quell.mechanisms.network_structure import coefficients, output_matrix, rate_matrix, structure
from quell.simulation.concentrations import METHODS, NetworkDose, concentrations

TIMES = np.array([0.0, 0.003, 0.05, 0.4, 1.0, 2.5, 7.0, 16.0, 40.0])


def worst(found: np.ndarray, expected: np.ndarray, floor: float = 1e-6) -> float:
    """Largest error relative to the larger of the value and ``floor`` of the peak over time."""
    peak = np.max(expected, axis=0)
    return float(np.max(np.abs(found - expected) / np.maximum(np.maximum(expected, floor * peak), 1e-300)))


def one_person(network: Any, parameters: dict[str, Any], doses: list[NetworkDose], method: str = "auto") -> np.ndarray:
    return concentrations(network, parameters, {}, doses, TIMES, method)[:, 0, 0]


# -------------------------------------------------------------------------------------------------------- closed forms


@pytest.mark.parametrize("method", METHODS)
def test_one_compartment_bolus(method):
    found = one_person(textbook_network(), {"CL": 3.0, "V1": 20.0}, [NetworkDose(0.0, "central", 50.0)], method)
    assert worst(found, 50.0 / 20.0 * np.exp(-3.0 / 20.0 * TIMES)) < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_one_compartment_infusion(method):
    found = one_person(textbook_network(), {"CL": 3.0, "V1": 20.0}, [NetworkDose(0.0, "central", 50.0, 2.0)], method)
    k = 3.0 / 20.0
    expected = 25.0 / 3.0 * -np.expm1(-k * np.minimum(TIMES, 2.0)) * np.exp(-k * np.maximum(TIMES - 2.0, 0.0))
    assert worst(found, expected) < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_first_order_absorption_with_rates_apart(method):
    ka, ke = 1.7, 0.15
    found = one_person(
        textbook_network(depot=True), {"CL": 3.0, "V1": 20.0, "KA": ka}, [NetworkDose(0.0, "depot", 50.0)], method
    )
    expected = 50.0 / 20.0 * ka / (ka - ke) * np.exp(-ke * TIMES) * -np.expm1(-(ka - ke) * TIMES)
    assert worst(found, expected) < 1e-8


@pytest.mark.parametrize("apart", [0.0, 1e-14, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 3e-5, 1e-4])
def test_first_order_absorption_with_ka_at_or_near_ke(apart):
    """A naive sum of exponentials errs by 100 % at 0 and still 1e-4 at 1e-12."""
    ke = 3.0 / 20.0
    found = one_person(
        textbook_network(depot=True),
        {"CL": 3.0, "V1": 20.0, "KA": ke * (1.0 + apart)},
        [NetworkDose(0.0, "depot", 50.0)],
    )
    x = apart * ke * TIMES
    expected = 2.5 * ke * (1.0 + apart) * TIMES * np.exp(-ke * TIMES) * (1.0 - x / 2.0 + x * x / 6.0)
    assert worst(found, expected) < 1e-8


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("transits", [1, 2, 3, 6])
def test_a_chain_of_equal_transit_compartments(method, transits):
    """With the central compartment emptied slowly: convolution of a gamma density, here by its own closed sum."""
    ktr, ke = 4.0, 0.3
    found = one_person(
        textbook_network(transits=transits),
        {"CL": 3.0, "V1": 10.0, "KTR": ktr},
        [NetworkDose(0.0, "transit0", 10.0)],
        method,
    )
    gap = ktr - ke
    terms = sum((gap * TIMES) ** k / factorial(k) for k in range(transits))
    expected = (ktr / gap) ** transits * (np.exp(-ke * TIMES) - np.exp(-ktr * TIMES) * terms)
    assert worst(found, expected, floor=1e-6 if method != "modes" else 1e-2) < 1e-8


@pytest.mark.parametrize("method", METHODS)
def test_two_compartments_bolus(method):
    p = {"CL": 6.0, "V1": 12.0, "Q2": 9.0, "V2": 40.0}
    found = one_person(textbook_network(tissues=1), p, [NetworkDose(0.0, "central", 100.0)], method)
    k10, k12, k21 = 6.0 / 12.0, 9.0 / 12.0, 9.0 / 40.0
    total, product = k10 + k12 + k21, k10 * k21
    alpha = (total + np.sqrt(total**2 - 4 * product)) / 2
    beta = product / alpha
    a, b = (alpha - k21) / (alpha - beta), (k21 - beta) / (alpha - beta)
    assert worst(found, 100.0 / 12.0 * (a * np.exp(-alpha * TIMES) + b * np.exp(-beta * TIMES))) < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_no_exchange_is_one_compartment(method):
    p = {"CL": 6.0, "V1": 12.0, "Q2": 0.0, "V2": 40.0, "Q3": 0.0, "V3": 100.0}
    found = one_person(textbook_network(tissues=2), p, [NetworkDose(0.0, "central", 100.0)], method)
    assert worst(found, 100.0 / 12.0 * np.exp(-0.5 * TIMES)) < 1e-12


@pytest.mark.parametrize("method", METHODS)
def test_equal_tissues_are_one_tissue_twice_as_large(method):
    twins = {"CL": 6.0, "V1": 12.0, "Q2": 9.0, "V2": 40.0, "Q3": 9.0, "V3": 40.0}
    doses = [NetworkDose(0.0, "central", 100.0, 0.5)]
    found = one_person(textbook_network(tissues=2), twins, doses, method)
    one = one_person(textbook_network(tissues=1), {**twins, "Q2": 18.0, "V2": 80.0}, doses, method)
    assert worst(found, one) < 1e-12


@pytest.mark.parametrize("ke0", [0.15, 0.15000000001, 2.0])
def test_an_effect_site_lags_behind(ke0):
    p = {"CL": 3.0, "V1": 20.0, "KE0": ke0}
    found = concentrations(textbook_network(effect=True), p, {}, [NetworkDose(0.0, "central", 50.0)], TIMES)
    k, gap = 0.15, ke0 - 0.15
    ratio = TIMES if abs(gap) < 1e-6 else -np.expm1(-gap * TIMES) / gap
    assert worst(found[:, 1, 0], 2.5 * ke0 * np.exp(-k * TIMES) * ratio) < 1e-8


def test_a_long_infusion_reaches_rate_over_clearance():
    p = {"CL": 6.0, "V1": 12.0, "Q2": 9.0, "V2": 40.0}
    doses = [NetworkDose(0.0, "central", 6.0 * 2000.0, 2000.0)]
    found = concentrations(textbook_network(tissues=1), p, {}, doses, np.array([1999.0]))
    assert found[0, 0, 0] == pytest.approx(1.0, rel=1e-12)


# ------------------------------------------------------------------------------------------------ against SciPy's expm


def scipy_solution(network: Any, parameters: Any, covariates: Any, doses: list[NetworkDose], lane: int) -> np.ndarray:
    """Superposition of single doses, each by expm of the augmented matrix: slow, and another way than quell's."""
    numbers = coefficients(network, parameters, covariates, np)
    matrix, reading = rate_matrix(numbers, np)[lane], output_matrix(numbers, np)[lane]
    graph, size = structure(network), len(matrix)
    found = np.zeros((TIMES.size, len(reading)))
    for dose in doses:
        entry = np.zeros(size)
        entry[graph.entries[network.input_names.index(dose.entry)]] = 1.0
        amount, duration, start = (float(np.broadcast_to(x, numbers.lanes)[lane]) for x in
                                   (dose.amount, dose.duration, dose.time))  # fmt: skip
        for k, t in enumerate(TIMES - start):
            if t < 0.0:
                continue
            if duration == 0.0:
                found[k] += reading @ expm(matrix * t) @ entry * amount
                continue
            running = min(t, duration)
            augmented = np.zeros((size + 1, size + 1))
            augmented[:size, :size], augmented[:size, size] = matrix, entry
            filled = expm(augmented * running)[:size, size] * amount / duration
            found[k] += reading @ expm(matrix * (t - running)) @ filled
    return found


@pytest.mark.parametrize(("drug", "route"), ROUTE_NAMES, ids=[f"{d}-{r}" for d, r in ROUTE_NAMES])
def test_every_route_equals_scipy_for_random_people(drug, route):
    people = 6
    parameters, covariates = random_people(people, seed=len(drug) * 31 + len(route))
    given_doses = doses_of(drug, route, 40.0, 0.7, parameters, covariates)
    for name, doses in given_doses.items():
        network = KINETICS.network(name)
        found = concentrations(network, parameters, covariates, doses, TIMES)
        for lane in range(people):
            expected = scipy_solution(network, parameters, covariates, doses, lane)
            # SciPy's own rounding is about 1e-15 of the peak; below 1e-6 of it the comparison would test SciPy
            assert worst(found[..., lane], expected) < 1e-8


def test_methods_agree_for_many_random_people_and_many_doses():
    network, people = KINETICS.networks[0], 300
    parameters, covariates = random_people(people, seed=4)
    random = np.random.default_rng(5)
    doses = [
        NetworkDose(
            random.uniform(0, 2, people), "vein", random.uniform(5, 40, people), random.uniform(0.1, 1, people)
        ),
        NetworkDose(1.0, "vein", 10.0),
        NetworkDose(1.0, "muscle", 20.0, 0.3),
        NetworkDose(1.3, "nasal", random.uniform(5, 40, people), 0.25),
        NetworkDose(1.3, "gut_spray", 20.0, 0.5),
        NetworkDose(6.0, "skin", 20.0),
        NetworkDose(6.5, "gut", 20.0, 0.32),
    ]
    exact = concentrations(network, parameters, covariates, doses, TIMES, "matrix exponential")
    assert worst(concentrations(network, parameters, covariates, doses, TIMES), exact) < 1e-8
    assert worst(concentrations(network, parameters, covariates, doses, TIMES, "modes"), exact, floor=1.0) < 1e-7


# ---------------------------------------------------------------------------------------------------------------- laws

PERSON = typical_parameters()
LATER = np.array([0.0, 0.02, 0.3, 1.0, 4.0, 20.0])
ENTRIES = KINETICS.networks[0].input_names
some_doses = st.lists(
    st.builds(
        NetworkDose,
        st.integers(0, 5 * 1024).map(lambda k: k / 1024),  # added to without rounding
        st.sampled_from(ENTRIES),
        st.floats(0.01, 200),
        st.one_of(st.just(0.0), st.floats(0.01, 3)),
    ),
    min_size=1,
    max_size=4,
)


def s_ketamine(doses: list[NetworkDose], times: np.ndarray = LATER) -> np.ndarray:
    return concentrations(KINETICS.networks[0], PERSON, REFERENCE_PERSON, doses, times)[..., 0]


@given(some_doses, some_doses)
def test_doses_superpose(first, second):
    together = s_ketamine(first + second)
    assert np.allclose(together, s_ketamine(first) + s_ketamine(second), rtol=1e-8, atol=1e-12 * together.max())


@given(some_doses, st.floats(1e-3, 1e3))
def test_concentrations_are_linear_in_the_dose(doses, factor):
    scaled = [NetworkDose(x.time, x.entry, x.amount * factor, x.duration) for x in doses]
    once = s_ketamine(doses)
    assert np.allclose(s_ketamine(scaled), factor * once, rtol=1e-8, atol=1e-12 * factor * once.max())


@given(some_doses, st.integers(0, 100 * 1024).map(lambda k: k / 1024))
def test_only_the_time_since_the_dose_matters(doses, shift):
    later = [NetworkDose(x.time + shift, x.entry, x.amount, x.duration) for x in doses]
    once = s_ketamine(doses)
    assert np.allclose(s_ketamine(later, LATER + shift), once, rtol=1e-6, atol=1e-9 * once.max())


@given(some_doses)
def test_concentrations_are_never_negative_and_nothing_comes_before_the_dose(doses):
    found = s_ketamine(doses)
    assert np.all(found >= 0.0)
    assert np.all(found[min(x.time for x in doses) > LATER] == 0.0)


@given(some_doses)
def test_the_order_of_doses_does_not_matter(doses):
    once = s_ketamine(doses)
    assert np.allclose(s_ketamine(doses[::-1]), once, rtol=1e-9, atol=1e-13 * once.max())


@given(st.sampled_from(ENTRIES), st.floats(0.1, 2.0))
def test_splitting_an_infusion_changes_nothing(entry, cut):
    whole = [NetworkDose(0.0, entry, 30.0, 3.0)]
    parts = [NetworkDose(0.0, entry, 10.0 * cut, cut), NetworkDose(cut, entry, 30.0 - 10.0 * cut, 3.0 - cut)]
    once = s_ketamine(whole)
    assert np.allclose(s_ketamine(parts), once, rtol=1e-8, atol=1e-12 * once.max())


def test_a_dose_at_the_time_of_a_sample_is_in_the_sample():
    dose = [NetworkDose(1.0, "central", 10.0)]
    found = concentrations(textbook_network(), {"CL": 1.0, "V1": 2.0}, {}, dose, np.array([1.0]))
    assert found[0, 0, 0] == 5.0


def test_times_may_differ_between_people():
    times = np.array([[1.0, 2.0], [3.0, 4.0]])
    dose = [NetworkDose(0.0, "central", 10.0)]
    p = {"CL": np.array([1.0, 2.0]), "V1": 2.0}
    found = concentrations(textbook_network(), p, {}, dose, times)[:, 0]
    assert np.allclose(found, 5.0 * np.exp(-np.array([0.5, 1.0]) * times), rtol=1e-12)


def test_no_dose_is_no_drug():
    assert not s_ketamine([]).any()


@pytest.mark.parametrize(
    ("doses", "method", "words"),
    [
        ([NetworkDose(0.0, "ear", 1.0)], "auto", "no input 'ear'"),
        ([], "Runge-Kutta", "no method 'Runge-Kutta'"),
        ([NetworkDose(np.zeros(2), "vein", np.zeros(3))], "auto", "do not fit together"),
    ],
)
def test_refuses_what_it_cannot_solve(doses, method, words):
    with pytest.raises(NetworkError, match=words):
        concentrations(KINETICS.networks[0], PERSON, REFERENCE_PERSON, doses, TIMES, method)
