"""Modes: what they promise (the error bound, bits, structure) and when they refuse."""

import numpy as np
import pytest
from tests.simulation.kinetic_people import REFERENCE_PERSON, random_people, textbook_network, typical_parameters

from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.network import Compartment, Input, LinearNetwork, NetworkError, Output, Transfer, everything
from quell.mechanisms.network_structure import coefficients, input_matrix, output_matrix, rate_matrix, structure
from quell.simulation.kinetic_modes import TOLERANCE, Modes, modes
from quell.simulation.matrix_exponential import compartmental_exponential, squarings_for

S_KETAMINE = KINETICS.networks[0]


def bolus_response(network: LinearNetwork, solved: Modes, hours: float) -> np.ndarray:
    """C z(t) after 1 mg into each input, ``(output, input, lane)``, written out by hand."""
    graph = structure(network)
    decay = np.exp(-solved.rates * hours)
    z = decay * solved.inputs
    for m, p in enumerate(graph.chain):
        if p >= 0:
            z[:, m] += solved.links[m] * hours * decay[m] * solved.inputs[:, p]
    return np.einsum("oml,iml->oil", solved.outputs, z)


@pytest.mark.parametrize("network", KINETICS.networks, ids=lambda n: n.name)
def test_the_bound_holds_for_random_people(network):
    parameters, covariates = random_people(300, seed=8)
    solved = modes(network, parameters, covariates)
    numbers = coefficients(network, parameters, covariates, np)
    matrix, reading, entry = rate_matrix(numbers, np), output_matrix(numbers, np), input_matrix(network, np)
    losses = np.max(-np.diagonal(matrix, axis1=1, axis2=2))
    hours = (0.002, 0.02, 0.1, 0.4, 1.0, 3.0, 10.0, 30.0)
    exact = np.stack([
        np.moveaxis(reading @ compartmental_exponential(matrix * t, np, squarings_for(2 * losses * t)) @ entry, 0, -1)
        for t in hours
    ])  # fmt: skip
    found = np.stack([bolus_response(network, solved, t) for t in hours])
    peak = exact.max(axis=0)
    reached = peak > 0.0
    error = np.where(reached, np.abs(found - exact).max(axis=0) / np.where(reached, peak, 1.0), 0.0)
    within = np.broadcast_to(solved.error <= TOLERANCE, error.shape)
    assert np.all(error[within] <= TOLERANCE)
    assert np.all(error <= 40.0 * solved.error + 1e-15)
    assert solved.ok.mean() > 0.95


def test_poles_are_the_eigenvalues():
    parameters, covariates = random_people(20, seed=2)
    solved = modes(S_KETAMINE, parameters, covariates)
    matrix = rate_matrix(coefficients(S_KETAMINE, parameters, covariates, np), np)
    for lane in range(20):
        expected = np.sort(-np.linalg.eigvals(matrix[lane]).real)
        # the equal rates of a transit chain split under a general solver by the root of its rounding
        assert np.allclose(np.sort(solved.rates[:, lane]), expected, rtol=1e-6)


def test_each_transit_pair_keeps_its_link():
    solved = modes(S_KETAMINE, typical_parameters(), REFERENCE_PERSON)
    graph = structure(S_KETAMINE)
    linked = [m for m, p in enumerate(graph.chain) if p >= 0]
    assert len(linked) == 2
    for m in linked:
        assert solved.links[m] == solved.rates[m] == solved.rates[graph.chain[m]]


@pytest.mark.parametrize("lanes", [1, 3, 127])
def test_bits_do_not_depend_on_the_batch(lanes):
    parameters, covariates = random_people(128, seed=3)
    whole = modes(S_KETAMINE, parameters, covariates)
    part = modes(
        S_KETAMINE, {k: x[-lanes:] for k, x in parameters.items()}, {k: x[-lanes:] for k, x in covariates.items()}
    )
    for a, b in zip(whole, part, strict=True):
        assert a[..., -lanes:].tobytes() == b.tobytes()


def test_a_crowd_of_poles_is_reported_only_for_inputs_in_use():
    parameters = typical_parameters()
    parameters["intramuscular_absorption"] = 2.0 / parameters["norketamine_transit_time"]
    assert not modes(S_KETAMINE, parameters, REFERENCE_PERSON).ok.any()
    assert not modes(S_KETAMINE, parameters, REFERENCE_PERSON, inputs=("muscle",)).ok.any()
    assert modes(S_KETAMINE, parameters, REFERENCE_PERSON, inputs=("vein", "gut")).ok.all()


@pytest.mark.parametrize("apart", [0.0, 1e-15, 1e-12, 1e-9])
def test_coinciding_rates_are_reported(apart):
    solved = modes(textbook_network(depot=True), {"CL": 3.0, "V1": 20.0, "KA": 0.15 * (1.0 + apart)}, {})
    assert solved.error[0, 0] < 1e-14
    assert solved.error[1, 0] > TOLERANCE
    assert not solved.ok[0]


def test_a_ring_is_left_to_the_matrix_exponential():
    ring = LinearNetwork(
        name="ring",
        title="ring",
        compartments=tuple(Compartment(n, "mg", n) for n in "abc"),
        transfers=(
            Transfer("a", lambda v, p, m: 1.0, {"b": everything}),
            Transfer("b", lambda v, p, m: 2.0, {"c": everything}),
            Transfer("c", lambda v, p, m: 3.0, {"a": lambda v, p, m: 0.5}),
        ),
        inputs=(Input("a", "a", "a"),),
        outputs=(Output("c", "mg", "c", {"c": everything}),),
    )
    assert not modes(ring, {}, {}).ok.any()


def test_one_way_traffic_within_a_block_is_reported():
    solved = modes(textbook_network(tissues=1), {"CL": 1.0, "V1": 1.0, "Q2": 1.0, "V2": np.array([1.0, np.inf])}, {})
    assert solved.ok.tolist() == [True, False]


def test_refuses_an_unknown_input():
    with pytest.raises(NetworkError, match="no input 'ear'"):
        modes(S_KETAMINE, typical_parameters(), REFERENCE_PERSON, inputs=("ear",))
