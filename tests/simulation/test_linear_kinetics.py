"""Step tables: against the exact solution, the same bits in any batch, one program for every protocol."""

import numpy as np
import pytest
from tests.simulation.kinetic_people import random_people

from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.network import LinearNetwork
from quell.mechanisms.network_structure import structure
from quell.simulation.concentrations import NetworkDose, concentrations
from quell.simulation.kinetic_modes import modes, well_separated
from quell.simulation.linear_kinetics import Tables, exact_tables, network_tables, program, tables

LANES = 128
STEPS = 40
CAPACITY = 64


def protocol(network: LinearNetwork, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Steps of very different lengths, infusions and boluses into every input; rows beyond STEPS hold rubbish."""
    random = np.random.default_rng(seed)
    lengths = np.full((CAPACITY, LANES), np.nan)
    lengths[:STEPS] = 10.0 ** random.uniform(-3, 1, (STEPS, LANES))
    rates, boluses = (np.full((CAPACITY, len(network.inputs), LANES), np.nan) for _ in range(2))
    for table, share in ((rates, 0.1), (boluses, 0.05)):
        given = random.uniform(size=(STEPS, len(network.inputs), 1)) < share
        table[:STEPS] = np.where(given, random.uniform(1, 50, (STEPS, len(network.inputs), LANES)), 0.0)
    boluses[0, 0] = 20.0
    return lengths, rates, boluses


def worst(found: Tables, expected: Tables, floor: float) -> float:
    """Largest error relative to the larger of value and ``floor`` of the peak."""
    peak = np.maximum(expected.start, expected.end).max(axis=0)
    return max(
        float(np.max(np.abs(a - b) / np.maximum(b, floor * peak)))
        for a, b in zip(found.points, expected.points, strict=True)
    )  # fmt: skip


@pytest.mark.parametrize("network", KINETICS.networks, ids=lambda n: n.name)
def test_tables_equal_the_exact_solution(network):
    people = random_people(LANES, seed=11)
    lengths, rates, boluses = protocol(network, seed=12)
    found = network_tables(network, *people, lengths, rates, boluses, count=STEPS)
    exact = exact_tables(network, *people, lengths[:STEPS], rates[:STEPS], boluses[:STEPS])
    taken = Tables(*(x[:STEPS] for x in found.points), found.state)
    assert worst(taken, exact, floor=1e-2) < 1e-8
    assert all(not x[STEPS:].any() for x in found.points)
    assert np.all(exact.state >= 0.0)


def test_people_whose_poles_crowd_are_solved_exactly_within_the_batch():
    network = KINETICS.networks[0]
    parameters, covariates = random_people(LANES, seed=11)
    parameters["intramuscular_absorption"][5] = 2.0 / parameters["norketamine_transit_time"][5]
    lengths, rates, boluses = (x[:STEPS] for x in protocol(network, seed=12))
    solved = modes(network, parameters, covariates)
    assert not solved.ok[5]
    found = network_tables(network, parameters, covariates, lengths, rates, boluses, solved=solved)
    exact = exact_tables(network, parameters, covariates, lengths, rates, boluses)
    assert np.array_equal(found.middle[..., 5], exact.middle[..., 5])
    assert worst(found, exact, floor=1e-2) < 1e-8


def test_tables_equal_concentrations():
    """Two roads through the product: a table of steps, and doses sorted with sampling times."""
    network = KINETICS.networks[0]
    people = random_people(LANES, seed=1)
    lengths = np.full((4, LANES), 0.5)
    rates = np.zeros((4, len(network.inputs), LANES))
    boluses = np.zeros_like(rates)
    rates[0, 0], boluses[2, network.input_names.index("skin")] = 40.0, 30.0
    found = network_tables(network, *people, lengths, rates, boluses)
    doses = [NetworkDose(0.0, "vein", 20.0, 0.5), NetworkDose(1.0, "skin", 30.0)]
    middles = concentrations(network, *people, doses, np.array([0.25, 0.75, 1.25, 1.75]))
    peak = middles.max(axis=0)
    assert np.all(np.abs(found.middle - middles) <= 1e-8 * np.maximum(middles, 0.01 * peak))


def test_a_protocol_may_be_cut_and_continued():
    network = KINETICS.networks[0]
    people = random_people(LANES, seed=21)
    lengths, rates, boluses = (x[:STEPS] for x in protocol(network, seed=22))
    whole = network_tables(network, *people, lengths, rates, boluses)
    first = network_tables(network, *people, lengths[:15], rates[:15], boluses[:15])
    second = network_tables(network, *people, lengths[15:], rates[15:], boluses[15:], initial=first.state)
    assert np.allclose(np.concatenate([first.end, second.end]), whole.end, rtol=1e-12, atol=1e-14)
    assert np.allclose(second.state, whole.state, rtol=1e-12, atol=1e-14)


def test_bits_do_not_depend_on_the_neighbours():
    network = KINETICS.networks[0]
    parameters, covariates = random_people(LANES, seed=31)
    lengths, rates, boluses = (x[:STEPS] for x in protocol(network, seed=32))
    whole = network_tables(network, parameters, covariates, lengths, rates, boluses)
    order = np.random.default_rng(0).permutation(LANES)
    shuffled = network_tables(
        network,
        {k: x[order] for k, x in parameters.items()},
        {k: x[order] for k, x in covariates.items()},
        *(x[..., order] for x in (lengths, rates, boluses)),
    )
    assert all(a[..., order].tobytes() == b.tobytes() for a, b in zip(whole, shuffled, strict=True))


def test_one_program_serves_every_protocol_and_both_enantiomers():
    s, r = KINETICS.networks[:2]
    people = random_people(LANES, seed=41)
    network_tables(s, *people, *protocol(s, seed=42), count=STEPS)
    compiled = program(structure(s)).compilations
    for network, seed, count in ((s, 43, 7), (r, 44, STEPS), (r, 45, 1), (s, 46, 0)):
        network_tables(network, *people, *protocol(network, seed), count=count)
    assert program(structure(s)).compilations == compiled


def test_the_differentiable_form_gives_the_same_numbers():
    network = KINETICS.networks[2]
    people = random_people(LANES, seed=51)
    lengths, rates, boluses = (x[:STEPS] for x in protocol(network, seed=52))
    solved = modes(network, *people)
    scanned = tables(structure(network), solved, lengths, rates, boluses)
    taken = tables(structure(network), solved, lengths, rates, boluses, count=STEPS)
    for a, b in zip(scanned, taken, strict=True):
        assert np.allclose(np.asarray(a), np.asarray(b), rtol=1e-13, atol=1e-15)


def test_crowding_matters_only_for_inputs_in_use():
    network = KINETICS.networks[0]
    parameters, covariates = random_people(LANES, seed=61)
    parameters["intramuscular_absorption"][5] = 2.0 / parameters["norketamine_transit_time"][5]
    solved = modes(network, parameters, covariates)
    assert not well_separated(network, solved, ("vein", "muscle"))[5]
    assert well_separated(network, solved, ("vein",))[5]
    lengths, rates, boluses = (x[:STEPS] for x in protocol(network, seed=62))
    rates[:, 1:], boluses[:, 1:] = 0.0, 0.0
    found = network_tables(network, parameters, covariates, lengths, rates, boluses, solved=solved, inputs=("vein",))
    exact = exact_tables(network, parameters, covariates, lengths, rates, boluses)
    assert worst(found, exact, floor=1e-2) < 1e-8


def test_the_exact_solution_may_be_cut_and_continued_by_another_route():
    network = KINETICS.networks[0]
    people = tuple({k: x[:3] for k, x in values.items()} for values in random_people(LANES, seed=71))
    lengths, rates, boluses = (x[:STEPS, ..., :3].copy() for x in protocol(network, seed=72))
    rates[:20, 1:], boluses[:20, 1:] = 0.0, 0.0
    whole = exact_tables(network, *people, lengths, rates, boluses)
    first = exact_tables(network, *people, lengths[:20], rates[:20], boluses[:20])
    second = exact_tables(network, *people, lengths[20:], rates[20:], boluses[20:], initial=first.state)
    assert np.allclose(np.concatenate([first.middle, second.middle]), whole.middle, rtol=1e-12)
    assert np.allclose(second.state, whole.state, rtol=1e-12)
