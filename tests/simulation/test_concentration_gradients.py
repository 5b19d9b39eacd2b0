"""Gradients of concentrations: closed forms at equal rates, and the Fréchet derivative of SciPy's expm."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from scipy.linalg import expm, expm_frechet
from tests.simulation.kinetic_people import REFERENCE_PERSON, textbook_network, typical_parameters

from quell.mechanisms.kinetics import KINETICS
from quell.mechanisms.network_structure import coefficients, output_matrix, rate_matrix, structure
from quell.simulation.concentrations import NetworkDose, concentrations

TIMES = np.array([0.1, 0.5, 1.0, 3.0, 9.0])
S_KETAMINE = KINETICS.networks[0]
NAMES = (
    "clearance",
    "ketamine_volume",
    "ketamine_flow_deep",
    "norketamine_transit_time",
    "intramuscular_absorption",
    "hydroxynorketamine_clearance",
    "venous_rate",
)
DOSES = [NetworkDose(0.0, "vein", 20.0, 0.4), NetworkDose(0.2, "muscle", 30.0)]


def slope(network: Any, parameters: dict[str, Any], doses: list[NetworkDose], name: str) -> np.ndarray:
    """d output / d parameter, ``(time, output)``, by forward differentiation."""

    def outputs(x: jax.Array) -> jax.Array:
        return concentrations(network, {**parameters, name: x}, {}, doses, TIMES)[..., 0]

    return np.asarray(jax.jit(jax.jacfwd(outputs))(jnp.array(parameters[name])))


def test_first_order_absorption_at_ka_equal_to_ke():
    """dC/dKA = D/V (t - k t^2 / 2) e^{-k t} where both rates are k."""
    k = 3.0 / 20.0
    found = slope(
        textbook_network(depot=True), {"CL": 3.0, "V1": 20.0, "KA": k}, [NetworkDose(0.0, "depot", 50.0)], "KA"
    )
    expected = 2.5 * (TIMES - k * TIMES**2 / 2.0) * np.exp(-k * TIMES)
    assert np.allclose(found[:, 0], expected, rtol=1e-8, atol=1e-10)


def test_equal_transit_rates():
    """c = D/V (k t)^3 / 3! e^{-k t}, the fourth of four equal rates; the slope along one of them is -t/4 c."""
    k = 1.5
    found = slope(
        textbook_network(transits=3), {"CL": 15.0, "V1": 10.0, "KTR": k}, [NetworkDose(0.0, "transit0", 60.0)], "CL"
    )
    c = 6.0 * (k * TIMES) ** 3 / 6.0 * np.exp(-k * TIMES)
    assert np.allclose(found[:, 0], -c * TIMES / 4.0 / 10.0, rtol=1e-8, atol=1e-12)


def test_no_exchange():
    """At Q2 = 0 what returns is of second order: dC/dQ2 = -t C / V1."""
    p = {"CL": 6.0, "V1": 12.0, "Q2": 0.0, "V2": 40.0}
    found = slope(textbook_network(tissues=1), p, [NetworkDose(0.0, "central", 24.0)], "Q2")
    assert np.allclose(found[:, 0], -TIMES / 12.0 * 2.0 * np.exp(-0.5 * TIMES), rtol=1e-8)


def test_dose_time_and_duration():
    def outputs(x: jax.Array) -> jax.Array:
        doses = [NetworkDose(x[0], "central", 10.0, x[1])]
        return concentrations(textbook_network(), {"CL": 1.0, "V1": 2.0}, {}, doses, jnp.array([5.0]))[0, 0, 0]

    found = np.asarray(jax.jit(jax.grad(outputs))(jnp.array([1.0, 2.0])))
    k = 0.5
    begin, end = np.exp(-k * 4.0), np.exp(-k * 2.0)
    value = 10.0 / 2.0 * (end - begin)  # R/CL (e^{-k(t-s-T)} - e^{-k(t-s)}), R = 10/2
    assert found[0] == pytest.approx(k * value, rel=1e-10)
    assert found[1] == pytest.approx(-value / 2.0 + 5.0 * k * end, rel=1e-10)


# ------------------------------------------------------------------------------------- the whole network against SciPy


def typical() -> dict[str, float]:
    return typical_parameters()


def absorbed_at_the_transit_rate() -> dict[str, float]:
    p = typical_parameters()
    return {**p, "intramuscular_absorption": 2.0 / p["norketamine_transit_time"]}


def without_a_deep_tissue() -> dict[str, float]:
    return {**typical_parameters(), "ketamine_flow_deep": 0.0}


def matrices(parameters: dict[str, Any]) -> tuple[np.ndarray, np.ndarray]:
    numbers = coefficients(S_KETAMINE, parameters, REFERENCE_PERSON, np)
    return rate_matrix(numbers, np)[0], output_matrix(numbers, np)[0]


def scipy_slopes(parameters: dict[str, float], name: str) -> np.ndarray:
    """``(time, output)``: matrices differentiated by a complex step, exponentials by their Fréchet derivative."""
    tiny = 1e-30
    moved = matrices({**parameters, name: parameters[name] + 1j * tiny})
    (a, c), (da, dc) = matrices(parameters), (x.imag / tiny for x in moved)
    graph, size = structure(S_KETAMINE), len(a)
    found = np.zeros((TIMES.size, len(c)))
    for dose in DOSES:
        entry = np.zeros((size, 1))
        entry[graph.entries[S_KETAMINE.input_names.index(dose.entry)]] = dose.amount
        state, slope_of_state = entry, np.zeros_like(entry)
        if dose.duration:
            wide, dwide = np.zeros((size + 1, size + 1)), np.zeros((size + 1, size + 1))
            wide[:size, :size], wide[:size, size:], dwide[:size, :size] = a, entry / dose.duration, da
            state, slope_of_state = (x[:size, size:] for x in _frechet(wide, dwide, dose.duration))
        for k, t in enumerate(TIMES - dose.time - dose.duration):
            if t >= 0.0:
                power, dpower = _frechet(a, da, t)
                found[k] += (dc @ power @ state + c @ (dpower @ state + power @ slope_of_state))[:, 0]
            elif t + dose.duration >= 0.0:
                power, dpower = (x[:size, size:] for x in _frechet(wide, dwide, t + dose.duration))
                found[k] += (dc @ power + c @ dpower)[:, 0]
    return found


def _frechet(a: np.ndarray, da: np.ndarray, t: float) -> tuple[np.ndarray, np.ndarray]:
    return (expm(a * t), expm_frechet(a * t, da * t, compute_expm=False))


@pytest.fixture(scope="module")
def slopes() -> Callable[[jax.Array], Any]:
    def outputs(x: jax.Array) -> jax.Array:
        moved = {**typical_parameters(), **dict(zip(NAMES, x, strict=True))}
        return concentrations(S_KETAMINE, moved, REFERENCE_PERSON, DOSES, TIMES)[..., 0]

    return jax.jit(jax.jacfwd(outputs))


@pytest.mark.parametrize("case", [typical, absorbed_at_the_transit_rate, without_a_deep_tissue])
def test_ketamine_network(slopes, case):
    parameters = case()
    found = np.asarray(slopes(jnp.array([parameters[n] for n in NAMES])))
    for k, name in enumerate(NAMES):
        expected = scipy_slopes(parameters, name)
        scale = np.abs(expected).max(axis=0)
        assert np.all(np.abs(found[..., k] - expected) <= 1e-8 * np.maximum(np.abs(expected), 1e-2 * scale) + 1e-300)


def test_modes_give_the_same_gradient_where_poles_lie_apart():
    network = textbook_network(tissues=1, depot=True, effect=True)
    p = {"CL": 5.0, "V1": 10.0, "Q2": 8.0, "V2": 30.0, "KA": 1.9, "KE0": 4.0}

    def outputs(method: str) -> Callable[[dict[str, Any]], Any]:
        return lambda x: jnp.sum(concentrations(network, x, {}, [NetworkDose(0.0, "depot", 10.0, 0.2)], TIMES, method))

    one, two = (
        jax.jit(jax.grad(outputs(m)))({k: jnp.array(x) for k, x in p.items()}) for m in ("modes", "matrix exponential")
    )
    for name in p:
        assert float(one[name]) == pytest.approx(float(two[name]), rel=1e-8)
