"""Parts of networks: no drug is lost on the way, and each part is its closed form."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import gamma

from quell.mechanisms.network import LinearNetwork, NetworkError, elimination
from quell.mechanisms.network_parts import (
    Tissue,
    connect,
    disposition,
    effect,
    first_order,
    parameter,
    transits,
)
from quell.mechanisms.network_structure import coefficients, rate_matrix, structure
from quell.simulation.concentrations import NetworkDose, concentrations

V, CL, KA, KTR, KE0 = (parameter(x) for x in ("V", "CL", "KA", "KTR", "KE0"))
TISSUES = (Tissue("shallow", parameter("Q2"), parameter("V2")), Tissue("deep", parameter("Q3"), parameter("V3")))
VALUES = {"V": 20.0, "CL": 5.0, "KA": 1.3, "KTR": 4.0, "KE0": 0.7, "Q2": 9.0, "V2": 30.0, "Q3": 2.0, "V3": 80.0} | {
    "VM": 11.0,
    "CLM": 7.0,
    "FM": 0.6,
}
METABOLITE = disposition("metabolite", parameter("VM"), parameter("CLM"))
TIMES = np.array([0.05, 0.3, 1.0, 2.5, 6.0, 15.0, 40.0])

NETWORKS = {
    "one compartment": connect("one", "one", disposition("central", V, CL)),
    "three compartments": connect("three", "three", disposition("central", V, CL, TISSUES)),
    "depot": connect("depot", "depot", first_order("depot", "central", KA), disposition("central", V, CL)),
    "one transit": connect("t1", "t1", transits(1, "central", KTR), disposition("central", V, CL)),
    "seven transits": connect("t7", "t7", transits(7, "central", KTR), disposition("central", V, CL, TISSUES)),
    "metabolite": connect(
        "m", "m", disposition("central", V, CL, TISSUES, into={"metabolite": parameter("FM")}), METABOLITE
    ),
    "effect site": connect("e", "e", disposition("central", V, CL), effect("central", V, KE0)),
}


def area_rule() -> tuple[np.ndarray, np.ndarray]:
    """Times and weights of an area from 0 to 2000 h: Gauss-Legendre, 40 points between one edge and the next."""
    points, weights = np.polynomial.legendre.leggauss(40)
    pieces = list(pairwise((0.0, 0.2, 1.0, 4.0, 20.0, 80.0, 300.0, 2000.0)))
    times = [(a + b) / 2 + (b - a) / 2 * points for a, b in pieces]
    return np.concatenate(times), np.concatenate([(b - a) / 2 * weights for a, b in pieces])


AREA_TIMES, AREA_WEIGHTS = area_rule()


def solve(network: LinearNetwork, dose: NetworkDose, values: dict | None = None, times=TIMES) -> np.ndarray:
    """Outputs, ``(time, output)``."""
    return concentrations(network, VALUES | (values or {}), {}, [dose], times)[..., 0]


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_what_leaves_a_compartment_arrives_or_is_eliminated(network):
    lost = elimination(network, VALUES, {}, np)
    names = [network.compartment_names[k] for k in structure(network).order]
    columns = rate_matrix(coefficients(network, VALUES, {}, np), np)[0].sum(axis=0)
    held = [i for i, name in enumerate(names) if name in lost]
    followed = {x.source for x in network.links}
    for i in held:
        taken = VALUES["KE0"] if names[i] in followed else 0.0
        assert columns[i] == pytest.approx(taken - lost[names[i]], abs=1e-12)


@pytest.mark.parametrize("network", NETWORKS.values(), ids=NETWORKS)
def test_a_dose_into_every_compartment_leaves_through_clearance_alone(network):
    """The area is the dose over clearance wherever the drug enters upstream of the central compartment."""
    central = network.output_names.index("central")
    for entry in network.input_names:
        if entry == "metabolite":
            continue
        found = solve(network, NetworkDose(0.0, entry, 10.0), times=AREA_TIMES)[:, central]
        assert found @ AREA_WEIGHTS == pytest.approx(10.0 / VALUES["CL"], rel=1e-6)


@given(count=st.integers(1, 12), rate=st.floats(0.2, 20.0))
def test_equal_transits_are_a_gamma_delay(count, rate):
    """Drug that has left the chain is the gamma distribution function: here into a compartment that keeps it."""
    network = connect("chain", "chain", transits(count, "sink", KTR), disposition("sink", V, None))
    found = solve(network, NetworkDose(0.0, "transit_1", 10.0), {"KTR": rate})[:, 0] * VALUES["V"]
    expected = 10.0 * gamma.cdf(TIMES, count, scale=1.0 / rate)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-12)


def test_transits_into_a_central_compartment_are_the_convolution():
    network = NETWORKS["one transit"]
    k, e = VALUES["KTR"], VALUES["CL"] / VALUES["V"]
    expected = 10.0 / VALUES["V"] * k / (k - e) * (np.exp(-e * TIMES) - np.exp(-k * TIMES))
    np.testing.assert_allclose(solve(network, NetworkDose(0.0, "transit_1", 10.0))[:, 0], expected, rtol=1e-9)


def test_zero_order_absorption_is_a_dose_with_a_duration():
    k, hours = VALUES["CL"] / VALUES["V"], 2.0
    found = solve(NETWORKS["one compartment"], NetworkDose(0.0, "central", 10.0, hours))[:, 0]
    during = 10.0 / hours / VALUES["CL"] * (1.0 - np.exp(-k * np.minimum(TIMES, hours)))
    np.testing.assert_allclose(found, during * np.exp(-k * np.maximum(TIMES - hours, 0.0)), rtol=1e-10)


def test_a_metabolite_is_the_convolution_of_two_losses():
    network = connect("m", "m", disposition("central", V, CL, into={"metabolite": parameter("FM")}), METABOLITE)
    k, n = VALUES["CL"] / VALUES["V"], VALUES["CLM"] / VALUES["VM"]
    expected = 10.0 * VALUES["FM"] * k / (n - k) * (np.exp(-k * TIMES) - np.exp(-n * TIMES)) / VALUES["VM"]
    np.testing.assert_allclose(solve(network, NetworkDose(0.0, "central", 10.0))[:, 1], expected, rtol=1e-9)


def test_an_effect_site_lags_and_takes_nothing():
    found = solve(NETWORKS["effect site"], NetworkDose(0.0, "central", 10.0))
    k, e, c = VALUES["CL"] / VALUES["V"], VALUES["KE0"], 10.0 / VALUES["V"]
    np.testing.assert_allclose(found[:, 0], c * np.exp(-k * TIMES), rtol=1e-10)
    expected = c * e / (e - k) * (np.exp(-k * TIMES) - np.exp(-e * TIMES))
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-9)


def test_an_effect_site_takes_no_doses():
    assert NETWORKS["effect site"].input_names == ("central",)


def test_parts_that_do_not_fit_are_refused():
    with pytest.raises(NetworkError, match="two compartments are called 'central'"):
        connect("twice", "twice", disposition("central", V, CL), disposition("central", V, CL))
    with pytest.raises(NetworkError, match="no compartment 'nowhere'"):
        connect("astray", "astray", first_order("depot", "nowhere", KA))
    with pytest.raises(ValueError, match="a chain of 0 compartments"):
        transits(0, "central", KTR)
