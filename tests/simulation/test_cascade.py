"""The engine's step against closed forms, an independent solver, and its own laws."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulation.small_systems import (
    BINDING,
    BINDING_VALUES,
    CAPACITY,
    EXPONENTIAL,
    UPTAKE,
    parameter_rows,
    program,
    reference,
    run,
    table,
)

from quell.conventions.inputs import COVARIATES
from quell.simulation.cascade import ARITHMETIC
from quell.simulation.time_grid import Boundary, build_grid

# --------------------------------------------------------------------------------------------------------- closed forms


def exact_exponential(t: np.ndarray, k: float, x0: float, drive: tuple[float, ...]) -> np.ndarray:
    """x' = sum_j d_j t^j - k x: a polynomial of the same degree and a decaying exponential."""
    polynomial = np.polynomial.Polynomial(drive)
    if k == 0.0:
        return x0 + polynomial.integ()(t)
    steady = [0.0] * (len(drive) + 1)
    for j in reversed(range(len(drive))):
        steady[j] = (drive[j] - (j + 1) * steady[j + 1]) / k
    return np.polynomial.Polynomial(steady)(t) + (x0 - steady[0]) * np.exp(-k * t)


COEFFICIENT = st.floats(-3, 3)


@given(
    rate=st.one_of(st.just(0.0), st.floats(0.5, 200.0)),
    start=COEFFICIENT,
    drive=st.tuples(*[COEFFICIENT] * 5),
    lengths=st.lists(st.floats(0.05, 0.5), min_size=1, max_size=8),
)
def test_an_exponential_driven_by_a_quartic_concentration_is_exact_for_any_steps(rate, start, drive, lengths):
    nodes = np.concatenate([[0.0], np.cumsum(lengths)])
    polynomial = np.polynomial.Polynomial(drive)
    middle, end = run(EXPONENTIAL, {"rate": rate}, nodes, [polynomial], [start])["amount"]
    middles = (nodes[1:] + nodes[:-1]) / 2
    for found, t in ((middle, middles), (end, nodes[1:])):
        exact = exact_exponential(t, rate, start, drive)
        np.testing.assert_allclose(found[:, 0], exact, rtol=1e-10, atol=1e-9)


def test_a_cumulative_state_is_an_integral():
    nodes = np.linspace(0.0, 3.0, 40)
    found = run(EXPONENTIAL, {"rate": 0.0}, nodes, [np.sin])["amount"][1][-1, 0]
    assert found == pytest.approx(1.0 - np.cos(3.0), rel=1e-7)


# --------------------------------------------------------------------------------------------------- independent solver


def infusion(t: np.ndarray | float) -> np.ndarray:
    """A concentration during and after one hour of infusion."""
    t = np.asarray(t, dtype=float)
    rise = 3.0 * -np.expm1(-2.0 * np.minimum(t, 1.0))
    return rise * np.exp(-2.0 * np.maximum(t - 1.0, 0.0))


def infusion_grid(refine: int = 1) -> np.ndarray:
    """Nodes as the planner lays them: a third of the fastest time constant after each edge, then growing by a tenth."""
    base = 1.0 / (20.0 * 3.0 + 0.2) / 3.0 / refine
    return build_grid([Boundary(0.0, base), Boundary(1.0, base), Boundary(20.0)], 0.1 / refine).nodes


def binding_by_lsoda(nodes: np.ndarray) -> dict[str, np.ndarray]:
    """States at the nodes, solved in two pieces so that the end of the infusion is an edge."""
    edge = int(np.searchsorted(nodes, 1.0 - 1e-9))
    first = reference(BINDING, BINDING_VALUES, nodes[: edge + 1], [infusion])
    again = reference(BINDING, BINDING_VALUES, nodes[edge:], [infusion], [first[n][-1] for n in first])
    return {name: np.concatenate([first[name][1:], again[name][1:]]) for name in first}


@pytest.mark.parametrize(("refine", "allowed"), [(1, 1e-4), (2, 2e-5)])
def test_receptor_binding_agrees_with_lsoda(refine, allowed):
    nodes = infusion_grid(refine)
    found = run(BINDING, BINDING_VALUES, nodes, [infusion])
    for name, exact in binding_by_lsoda(nodes).items():
        error = np.abs(found[name][1][:, 0] - exact).max() / np.abs(exact).max()
        assert error < allowed, (name, error)


def test_signals_follow_the_states():
    found = run(BINDING, BINDING_VALUES, infusion_grid(), [infusion])
    for i in (0, 1):
        np.testing.assert_allclose(found["signal"][i], found["potentiation"][i] ** 1.3, rtol=1e-12)


def test_the_order_of_convergence_is_three():
    def concentration(t):
        return 1.0 + np.sin(np.asarray(t, dtype=float))

    values = BINDING_VALUES | {"on": 1.0, "gain": 1.0}
    exact = reference(BINDING, values, np.array([0.0, 6.0]), [concentration], [0.2, 0.1, 0.0, 0.0])
    errors = []
    for steps in (15, 30, 60, 120):
        found = run(BINDING, values, np.linspace(0.0, 6.0, steps + 1), [concentration], [0.2, 0.1, 0.0, 0.0])
        errors.append([abs(found[name][1][-1, 0] - exact[name][-1]) for name in ("bound", "potentiation", "total")])
    orders = np.log2(np.array(errors[:-1]) / np.array(errors[1:]))
    assert np.all(orders[-1] > 2.7), orders


def test_power_and_logarithm_are_those_of_numpy():
    x = np.concatenate([np.geomspace(1e-25, 1e12, 300), [1.0, np.nextafter(1.0, 2.0)]])
    for exponent in (0.3, 1.0, 1.73, 4.0):
        np.testing.assert_allclose(ARITHMETIC.power(jnp.asarray(x), exponent), x**exponent, rtol=2e-13)
    assert float(ARITHMETIC.power(jnp.zeros(()), 1.5)) < 1e-40
    assert float(jax.grad(lambda y: ARITHMETIC.power(y, 1.5))(0.0)) == 0.0


# ----------------------------------------------------------------------------------------------------------------- laws

POSITIVE = st.floats(0.01, 300.0)


@given(
    on=POSITIVE,
    off=st.floats(0.01, 10.0),
    gain=st.floats(0.01, 10.0),
    loss=st.floats(1e-3, 1.0),
    slope=st.floats(1.0, 3.0),
    height=POSITIVE,
    turn=st.floats(0.05, 5.0),
    length=st.floats(1e-3, 5.0),
)
def test_no_state_leaves_its_bounds_however_coarse_the_steps(on, off, gain, loss, slope, height, turn, length):
    def spikes(t):
        return height * (1.0 + np.cos(np.asarray(t) * turn)) / 2.0

    values = {"on": on, "off": off, "gain": gain, "loss": loss, "slope": slope}
    found = run(BINDING, values, length * np.arange(101.0), [spikes])
    for state in BINDING.states:
        for course in found[state.name]:
            assert np.isfinite(course).all()
            assert course.min() >= state.lower
            assert course.max() <= state.upper


@given(order=st.permutations(range(4)))
def test_people_do_not_feel_their_neighbours(order):
    on = np.array([1.0, 5.0, 20.0, 80.0])
    nodes = infusion_grid()
    there = run(BINDING, BINDING_VALUES | {"on": on}, nodes, [infusion], lanes=4)
    shuffled = run(BINDING, BINDING_VALUES | {"on": on[list(order)]}, nodes, [infusion], lanes=4)
    for name, (_, end) in there.items():
        assert np.array_equal(end[:, list(order)], shuffled[name][1])


def test_two_tables_of_different_length_need_one_compilation():
    compiled = program(EXPONENTIAL)
    run(EXPONENTIAL, {"rate": 1.0}, np.linspace(0.0, 1.0, 5), [np.cos])
    before = compiled.run.compilations
    run(EXPONENTIAL, {"rate": 2.0}, np.linspace(0.0, 9.0, 200), [np.sin])
    run(EXPONENTIAL, {"rate": 0.0}, np.linspace(0.0, 9.0, 2), [np.exp])
    assert compiled.run.compilations == before


@pytest.mark.parametrize("padding", [1e300, np.nan])
def test_rows_beyond_the_count_are_never_read(padding):
    nodes, compiled = infusion_grid(), program(BINDING)
    steps = nodes.size - 1
    values, covariates = parameter_rows(BINDING, BINDING_VALUES, 1), np.zeros((len(COVARIATES), 1))

    def solve(filled: float):
        padded = table(nodes, [infusion], {}, 1, padding=filled)
        return compiled.run(values, covariates, padded, steps, [np.zeros(1)] * 4)

    (ends, middles, last), (clean_ends, clean_middles, clean_last) = solve(padding), solve(0.0)
    for found, clean in zip((*ends, *middles, *last), (*clean_ends, *clean_middles, *clean_last), strict=True):
        assert np.array_equal(found, clean)
    assert all(not np.asarray(x)[steps:].any() for x in (*ends, *middles))


def test_the_states_returned_carry_on_where_the_run_ended():
    nodes = infusion_grid()
    whole = run(BINDING, BINDING_VALUES, nodes, [infusion])
    half = nodes.size // 2
    first = run(BINDING, BINDING_VALUES, nodes[: half + 1], [infusion])
    carried = [first[s.name][1][-1, 0] for s in BINDING.states]
    second = run(BINDING, BINDING_VALUES, nodes[half:], [infusion], carried)
    for name, (_, end) in second.items():
        np.testing.assert_allclose(end, whole[name][1][half:], rtol=1e-13)


# --------------------------------------------------------------------------------------------------------------- events


def doses(steps: int, **amounts: float) -> dict[str, np.ndarray]:
    """Amounts of supervised doses at the starts of steps: ``at_3=1.0``."""
    row = np.zeros(steps)
    for place, amount in amounts.items():
        row[int(place.removeprefix("at_"))] = amount
    return {"supervised_dose": row}


QUIET = BINDING_VALUES | {"loss": 0.05}


def silent(t: np.ndarray) -> np.ndarray:
    return np.zeros_like(t)


def test_a_jump_is_added_once_at_the_start_of_its_step():
    nodes = np.linspace(0.0, 10.0, 41)
    found = run(BINDING, QUIET, nodes, [silent], events=doses(40, at_8=1.0))
    end = found["potentiation"][1][:, 0]
    assert not end[:8].any()
    np.testing.assert_allclose(end[8:], 0.1 * np.exp(-0.05 * (nodes[9:] - nodes[8])), rtol=1e-12)


def test_a_jump_reads_the_state_before_it_and_the_amount():
    nodes = np.linspace(0.0, 10.0, 41)
    found = run(BINDING, QUIET | {"loss": 0.0}, nodes, [silent], events=doses(40, at_0=2.0, at_20=1.0))
    end = found["potentiation"][1][:, 0]
    np.testing.assert_allclose(end[:20], 0.2, rtol=1e-12)
    np.testing.assert_allclose(end[20:], 0.2 + 0.1 * 0.8, rtol=1e-12)


# ------------------------------------------------------------------------------------------------------------ gradients


def final_values(parameters: jax.Array, nodes: np.ndarray) -> jax.Array:
    """Last value of every variable, from the program that gradients run through."""
    padded = table(nodes, [infusion], doses(nodes.size - 1, at_5=1.0), 1, capacity=nodes.size - 1)
    compiled = program(BINDING)
    ends, _, _ = compiled.differentiable(
        parameters[:, None], jnp.zeros((len(COVARIATES), 1)), padded, [jnp.zeros(1)] * len(BINDING.states)
    )
    return jnp.stack([x[-1, 0] for x in ends])


def test_both_programs_give_the_same_numbers():
    nodes = infusion_grid()
    values = parameter_rows(BINDING, BINDING_VALUES, 1)[:, 0]
    found = run(BINDING, BINDING_VALUES, nodes, [infusion], events=doses(nodes.size - 1, at_5=1.0))
    last = [end[-1, 0] for _, end in found.values()]
    np.testing.assert_allclose(final_values(jnp.asarray(values), nodes), last, rtol=1e-12)


def forward(function, values: jax.Array) -> np.ndarray:
    """All slopes, a parameter at a time."""
    along = jax.jit(lambda x, direction: jax.jvp(function, (x,), (direction,))[1])
    return np.stack([along(values, x) for x in np.eye(values.size)], axis=1)


def reverse(function, values: jax.Array) -> np.ndarray:
    """All slopes, a result at a time."""
    back = jax.jit(lambda x, weights: jax.vjp(function, x)[1](weights)[0])
    return np.stack([back(values, x) for x in np.eye(function(values).size)])


@pytest.mark.parametrize("mode", [forward, reverse])
def test_gradients_agree_with_finite_differences(mode):
    nodes = infusion_grid()
    values = jnp.asarray(parameter_rows(BINDING, BINDING_VALUES, 1)[:, 0])
    found = mode(lambda p: final_values(p, nodes), values)
    for i, value in enumerate(np.asarray(values)):
        step = np.zeros(values.size)
        step[i] = 1e-4 * value
        wanted = (final_values(values + step, nodes) - final_values(values - step, nodes)) / (2 * step[i])
        np.testing.assert_allclose(found[:, i], wanted, rtol=1e-4, atol=1e-7 * np.abs(found).max())


def test_a_gradient_is_whole_where_a_state_rests_on_its_bound():
    steps, compiled = 4, program(UPTAKE)
    padded = table(np.linspace(0.0, 2.0, steps + 1), [np.ones_like], {}, 1, capacity=steps)

    def last(gain: jax.Array) -> jax.Array:
        ends, _, _ = compiled.differentiable(gain[None, None], jnp.zeros((len(COVARIATES), 1)), padded, [jnp.zeros(1)])
        return ends[0][-1, 0]

    assert float(last(jnp.asarray(0.0))) == UPTAKE.states[0].lower
    assert float(jax.grad(last)(jnp.asarray(0.0))) == pytest.approx((1.0 - np.exp(-1.0)) / 0.5, rel=1e-12)


def test_the_tables_have_room():
    assert infusion_grid(2).size < CAPACITY
