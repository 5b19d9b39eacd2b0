"""Derivatives of predictions by the parameters: closed forms, high-order differences, rates that coincide."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from tests.simulation.record_people import observed, people, row

from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.exponential_differences import fill, pass_on, pass_on_slope, passed_on
from quell.simulation.record_gradients import PreparedRecords
from quell.simulation.record_kinetics import solve_records

THREE = {"CL": 3.1, "V1": 17.0, "Q2": 2.3, "V2": 31.0, "Q3": 0.7, "V3": 88.0, "KA": 0.9}
TWO = ("CL", "V1", "Q2", "V2", "KA")
OF_DOSES = {"ALAG1": 0.4, "F1": 0.8, "R2": 9.0, "D2": 2.5}
TIMES = (0.2, 1.0, 3.0, 8.0, 13.0, 30.0, 70.0)
REGIMENS = {
    "at once": [row(0, amt=100)],
    "further doses": [row(0, amt=100, addl=3, ii=5)],
    "modelled rate": [row(0, amt=100, rate=-1, cmt=2)],
    "modelled duration": [row(0, amt=100, rate=-2, cmt=2, addl=2, ii=4)],
    "steady state": [row(0, amt=100, ss=1, ii=6)],
    "long infusions at steady state": [row(0, amt=100, rate=10, ss=1, ii=6, cmt=2)],
    "constant infusion": [row(0, rate=10, ss=1, cmt=2)],
    "reset": [row(0, amt=100), row(0.5, amt=50, evid=4)],
}


def differences(solve: Any, p: dict[str, float], name: str) -> np.ndarray:
    """Sixth order, by the logarithm of a parameter."""
    h, found = 0.01, 0.0
    for k, w in ((1, 45.0), (2, -9.0), (3, 1.0)):
        up, down = ({**p, name: p[name] * np.exp(s * k * h)} for s in (1.0, -1.0))
        found = found + w * (solve(up) - solve(down)) / (60.0 * h)
    return found


@pytest.mark.slow
@pytest.mark.parametrize("crowded", [False, True])
@pytest.mark.parametrize("regimen", REGIMENS)
def test_slopes_equal_differences(regimen: str, crowded: bool) -> None:
    slopes_equal_differences("three-compartment-oral", {**THREE, **({"Q3": 1e-7} if crowded else {})}, regimen)


def test_slopes_of_two_compartments_equal_differences() -> None:
    slopes_equal_differences("two-compartment-oral", {name: THREE[name] for name in TWO}, "steady state")


def slopes_equal_differences(name: str, of_model: dict[str, float], regimen: str) -> None:
    model = compartment_model(name)
    records = people([*REGIMENS[regimen], *observed(*TIMES)])
    p = {**of_model, **OF_DOSES}
    prepared = PreparedRecords(model, records, p)
    found = jax.jit(jax.jacrev(prepared.pred))({name: jnp.asarray(x) for name, x in p.items()})
    plain = solve_records(model, records, p)
    np.testing.assert_allclose(np.asarray(jax.jit(prepared.pred)(p)), plain.pred, rtol=1e-9)
    np.testing.assert_allclose(np.asarray(jax.jit(prepared.amounts)(p)), plain.amounts, rtol=1e-8, atol=1e-12)
    for name, value in p.items():
        expected = differences(lambda q: solve_records(model, records, q).pred, p, name)
        np.testing.assert_allclose(np.asarray(found[name]) * value, expected, rtol=1e-6, atol=1e-8)


@pytest.mark.slow
def test_people_of_both_ways_and_of_different_lengths() -> None:
    model = compartment_model("two-compartment-oral")
    records = people([row(0, amt=100), *observed(*TIMES)], [row(1, amt=50, cmt=2), *observed(2.0)])
    p = {"CL": 3.1, "V1": 17.0, "Q2": np.array([2.3, 0.0]), "V2": 31.0, "KA": np.array([0.9, 3.1 / 17.0])}
    prepared = PreparedRecords(model, records, p)
    np.testing.assert_allclose(np.asarray(jax.jit(prepared.pred)(p)), solve_records(model, records, p).pred, rtol=1e-12)
    slopes = jax.jit(jax.jacrev(prepared.pred))({name: jnp.asarray(x) for name, x in p.items()})
    assert np.all(np.isfinite(np.asarray(slopes["Q2"])))
    assert np.all(np.asarray(slopes["KA"])[: len(TIMES) + 1, 1] == 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("rule", ["NONMEM", "LOCF"])
def test_parameters_that_vary(rule: str) -> None:
    model = compartment_model("two-compartment-oral")
    records = people([row(0, amt=100, addl=3, ii=5), *observed(*TIMES)])
    clearance = 3.0 + 0.1 * np.arange(len(TIMES) + 1)
    p = {"CL": clearance, "V1": 17.0, "Q2": 2.3, "V2": 31.0, "KA": 0.9}
    prepared = PreparedRecords(model, records, p, rule)
    np.testing.assert_allclose(
        np.asarray(jax.jit(prepared.pred)(p)), solve_records(model, records, p, rule).pred, rtol=1e-10, atol=1e-14
    )
    slopes = np.asarray(jax.jit(jax.jacrev(lambda x: prepared.pred({**p, "CL": x})))(jnp.asarray(clearance)))
    step = 1e-4
    moved = [clearance + s * step * np.eye(len(clearance))[3] for s in (1.0, -1.0)]
    up, down = (solve_records(model, records, {**p, "CL": x}, rule).pred for x in moved)
    np.testing.assert_allclose(slopes[:, 3], (up - down) / (2.0 * step), rtol=1e-5, atol=1e-9)


def test_equal_rates() -> None:
    """C = D ka t e^{-k t} r(x) / V with r smooth: slopes by ka and CL; a person for each gap between ka and CL / V."""
    k, volume, times, gaps = 0.2, 20.0, (1.0, 4.0, 9.0), np.array([0.0, 1e-12, 1e-4, 3e-2])
    model = compartment_model("one-compartment-oral")
    records = people(*[[row(0, amt=100), *observed(*times)]] * len(gaps))
    p = {"CL": np.full(len(gaps), k * volume), "V": volume, "KA": k * (1.0 + gaps)}
    slopes = jax.jit(jax.jacrev(PreparedRecords(model, records, p).pred))(
        {name: jnp.asarray(x) for name, x in p.items()}
    )
    by = {name: np.asarray(slopes[name]).reshape(len(gaps), -1, len(gaps)) for name in ("CL", "KA")}
    for i, ka in enumerate(p["KA"]):
        slopes_at_equal_rates(*(by[name][i, 1:, i] for name in ("CL", "KA")), k, ka, volume, np.array(times))
        others = np.arange(len(gaps)) != i
        assert not any(x[i][:, others].any() for x in by.values())


def slopes_at_equal_rates(
    by_clearance: np.ndarray, by_absorption: np.ndarray, k: float, ka: float, volume: float, t: np.ndarray
) -> None:
    x = (k - ka) * t
    series = sum((-x) ** n / np.prod(np.arange(1.0, n + 2)) for n in range(20))
    slope = sum(-n * (-x) ** (n - 1) / np.prod(np.arange(1.0, n + 2)) for n in range(1, 20))
    front = 100.0 * t * np.exp(-ka * t) / volume
    np.testing.assert_allclose(by_clearance, front * ka * t * slope / volume, rtol=1e-11)
    expected = front * (series - ka * t * series - ka * t * slope)
    np.testing.assert_allclose(by_absorption, expected, rtol=1e-10, atol=1e-13)


def test_a_jax_array_gives_one_back_and_a_tracer_is_refused() -> None:
    model, records = compartment_model("one-compartment-iv"), people([row(0, amt=100), row(1)])
    found = solve_records(model, records, {"CL": jnp.asarray(2.0), "V": 10.0})
    assert isinstance(found.pred, jax.Array)
    np.testing.assert_allclose(np.asarray(found.pred), [10.0, 10.0 * np.exp(-0.2)], rtol=1e-14)
    with pytest.raises(StudyError, match="traced"):
        jax.jit(lambda x: solve_records(model, records, {"CL": x, "V": 10.0}).pred)(2.0)


@pytest.mark.parametrize("xp", [np, jnp])
def test_differences_of_exponentials(xp: Any) -> None:
    rates = np.array([1e-9, 0.3, 0.3 * (1 + 1e-13), 0.3001, 0.33, 1.0, 40.0])
    a, b = (x.ravel() for x in np.meshgrid(rates, rates))
    nodes, weights = np.polynomial.legendre.leggauss(200)
    for t in (1e-3, 0.5, 6.0):
        s, w = 0.5 * t * (nodes + 1.0), 0.5 * t * weights
        inner = np.exp(-a[:, None] * (t - s)) * np.exp(-b[:, None] * s)
        decay, filled = (np.exp(-a * t), np.exp(-b * t)), (fill(a, t, xp), fill(b, t, xp))
        passed = pass_on(a, b, *decay, t, xp)
        np.testing.assert_allclose(passed, inner @ w, rtol=1e-11, atol=1e-18)
        np.testing.assert_allclose(pass_on_slope(a, b, *decay, passed, t, xp), -inner @ (w * s), rtol=1e-9, atol=1e-15)
        twice = np.stack([np.asarray(pass_on(a, b, np.exp(-a * u), np.exp(-b * u), u, np)) for u in s], axis=1)
        np.testing.assert_allclose(passed_on(a, b, *filled, passed, t, xp), twice @ w, rtol=1e-11, atol=1e-18)
