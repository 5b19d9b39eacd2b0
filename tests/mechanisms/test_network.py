"""The graph of a linear network: what it refuses, how it is sorted, that it loses no drug."""

import numpy as np
import pytest
from tests.simulation.kinetic_people import random_people, textbook_network

from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.network import (
    Compartment,
    Input,
    LinearNetwork,
    NetworkError,
    Output,
    Transfer,
    elimination,
    everything,
    exchange,
    transit,
)
from quell.mechanisms.network_structure import coefficients, input_matrix, output_matrix, rate_matrix, structure

ONE_PER_HOUR = lambda v, p, m: 1.0  # noqa: E731
TWO_PER_HOUR = lambda v, p, m: 2.0  # noqa: E731


def network(*transfers: Transfer, names: str = "abcd", entry: str = "a", reading: str = "a") -> LinearNetwork:
    return LinearNetwork(
        name="made up",
        title="made up",
        compartments=tuple(Compartment(n, "mg", n) for n in names),
        transfers=transfers,
        inputs=(Input("in", entry, "in"),),
        outputs=(Output("out", "mg", "out", {reading: everything}),),
    )


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: network(names="aa"), "two compartments are called 'a'"),
        (lambda: network(Transfer("x", ONE_PER_HOUR)), "no compartment 'x'"),
        (lambda: network(Transfer("a", ONE_PER_HOUR, {"y": everything})), "no compartment 'y'"),
        (lambda: network(entry="z"), "no compartment 'z'"),
        (lambda: network(reading="z"), "no compartment 'z'"),
    ],
)
def test_refuses_a_graph_that_does_not_fit(build, words):
    with pytest.raises(NetworkError, match=words):
        build()


def test_people_in_arrays_of_different_lengths_are_refused():
    made = textbook_network(depot=True)
    with pytest.raises(NetworkError, match=r"arrays of \[3, 4\] people do not fit together"):
        coefficients(made, {"CL": np.ones(3), "V1": 1.0, "KA": np.ones(4)}, {}, np)


def test_blocks_come_upstream_first_whatever_the_order_of_declaration():
    made = network(
        *exchange("c", "b", ONE_PER_HOUR, ONE_PER_HOUR),
        Transfer("d", ONE_PER_HOUR, {"c": everything}),
        Transfer("b", ONE_PER_HOUR, {"a": everything}),
    )
    names = [made.compartment_names[k] for k in structure(made).order]
    assert names == ["d", "b", "c", "a"]
    assert structure(made).blocks == ((0,), (1, 2), (3,))


def test_a_ring_has_no_symmetric_form():
    ring = network(
        Transfer("a", ONE_PER_HOUR, {"b": everything}),
        Transfer("b", ONE_PER_HOUR, {"c": everything}),
        Transfer("c", ONE_PER_HOUR, {"a": everything}),
    )
    assert structure(ring).trees[0] is None


def test_a_chain_of_one_rate_constant_is_recognised_by_its_formula():
    made = network(*transit(("a", "b", "c"), ONE_PER_HOUR), Transfer("c", ONE_PER_HOUR, {"d": everything}))
    assert structure(made).chain == (-1, 0, 1, -1)
    other = network(*transit(("a", "b"), ONE_PER_HOUR), Transfer("b", TWO_PER_HOUR, {"c": everything}))
    assert structure(other).chain == (-1, -1, -1, -1)


def test_a_chain_with_a_side_way_is_left_to_the_general_solution():
    made = network(
        Transfer("a", ONE_PER_HOUR, {"b": lambda v, p, m: 0.5, "c": lambda v, p, m: 0.5}),
        Transfer("c", TWO_PER_HOUR, {"b": everything}),
        Transfer("b", ONE_PER_HOUR, {"d": everything}),
    )
    assert structure(made).chain == (-1, -1, -1, -1)


def test_both_enantiomers_share_one_structure_and_so_one_compiled_program():
    s, r = KINETICS.networks[:2]
    assert structure(s) == structure(r)
    assert hash(structure(s)) == hash(structure(r))


def test_what_an_input_excites_and_an_output_sees():
    graph = structure(textbook_network(tissues=1, depot=True, effect=True))
    depot, central = graph.entries[1], graph.entries[0]
    assert len(graph.excited(depot)) == 4
    assert depot not in graph.excited(central)
    assert len(graph.seen(0)) == 3
    assert len(graph.seen(1)) == 4


@pytest.mark.parametrize("made", KINETICS.networks, ids=lambda n: n.name)
def test_columns_of_the_rate_matrix_sum_to_the_elimination(made):
    parameters, covariates = random_people(40, seed=1)
    lost = elimination(made, parameters, covariates, np)
    names = [made.compartment_names[k] for k in structure(made).order]
    matrix = rate_matrix(coefficients(made, parameters, covariates, np), np)
    massless = [names.index(x.target) for x in made.links]
    kept = [i for i in range(len(names)) if i not in massless]
    leaving = matrix[:, kept][:, :, kept].sum(axis=1)
    expected = np.stack([np.broadcast_to(lost[names[i]], (40,)) for i in kept], axis=1)
    scale = -np.diagonal(matrix, axis1=1, axis2=2)[:, kept]
    assert np.all(np.abs(leaving + expected) <= 1e-14 * scale)
    assert np.all(expected >= -1e-15 * scale)


def test_links_take_no_drug_from_what_they_follow():
    with_link, without = textbook_network(effect=True), textbook_network()
    parameters = {"CL": 5.0, "V1": 10.0, "KE0": 3.0}
    first = rate_matrix(coefficients(with_link, parameters, {}, np), np)[0]
    second = rate_matrix(coefficients(without, parameters, {}, np), np)[0]
    assert first[0, 0] == second[0, 0]
    assert first[1].tolist() == [3.0, -3.0]


def test_matrices_of_inputs_and_outputs():
    made = textbook_network(depot=True)
    graph = structure(made)
    entries = input_matrix(made, np)
    weights = output_matrix(coefficients(made, {"CL": 1.0, "V1": 4.0, "KA": 1.0}, {}, np), np)
    assert entries.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert weights.tolist() == [[[0.0, 0.25]]]
    assert graph.entries == (1, 0)
