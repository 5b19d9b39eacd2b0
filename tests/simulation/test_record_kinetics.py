"""Records of NM-TRAN against closed forms, laws of linear kinetics, and each other."""

import time
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.simulation.record_people import observed, people, row

from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import NAMES, CompartmentModel, compartment_model
from quell.mechanisms.network import LinearNetwork
from quell.mechanisms.network_parts import connect, disposition, effect, first_order, parameter, transits
from quell.simulation.record_kinetics import METHODS, solve_records

IV, ORAL = compartment_model("one-compartment-iv"), compartment_model("one-compartment-oral")
CL, V, KA = 3.0, 20.0, 0.9
K = CL / V
ONE = {"CL": CL, "V": V, "KA": KA}
ALL = {**ONE, "V1": 20.0, "Q2": 5.0, "V2": 40.0, "Q3": 0.7, "V3": 100.0}
T = np.array([0.5, 2.0, 7.0, 11.0, 30.0])


def bolus(t: np.ndarray) -> np.ndarray:
    return np.where(t >= 0.0, np.exp(-K * np.maximum(t, 0.0)), 0.0) / V


def oral(t: np.ndarray) -> np.ndarray:
    late = np.maximum(t, 0.0)
    return np.where(t >= 0.0, KA / (KA - K) * (np.exp(-K * late) - np.exp(-KA * late)), 0.0) / V


def infusion(t: np.ndarray, duration: float) -> np.ndarray:
    """Of 1 mg/h."""
    running = np.clip(t, 0.0, duration)
    return (1.0 - np.exp(-K * running)) / CL * np.exp(-K * np.maximum(t - duration, 0.0))


def for_ever(response: Callable[[np.ndarray], np.ndarray], t: np.ndarray, ii: float) -> np.ndarray:
    """The dose and all that went before it, by brute force."""
    return sum(response(t + k * ii) for k in range(400))


CASES = {
    "bolus": (IV, row(0, amt=100), {}, lambda t: 100 * bolus(t)),
    "lag and bioavailability": (IV, row(0, amt=100), {"ALAG1": 3.0, "F1": 0.4}, lambda t: 40 * bolus(t - 3.0)),
    "oral": (ORAL, row(0, amt=100), {}, lambda t: 100 * oral(t)),
    "into the second compartment": (ORAL, row(0, amt=100, cmt=2), {}, lambda t: 100 * bolus(t)),
    "infusion": (IV, row(0, amt=100, rate=20), {"F1": 0.5}, lambda t: 20 * infusion(t, 2.5)),
    "modelled rate": (IV, row(0, amt=100, rate=-1), {"R1": 10.0, "F1": 0.5}, lambda t: 10 * infusion(t, 5.0)),
    "modelled duration": (IV, row(0, amt=100, rate=-2), {"D1": 8.0, "F1": 0.5}, lambda t: 6.25 * infusion(t, 8.0)),
    "zero order into the depot": (
        ORAL,
        row(0, amt=100, rate=-2),
        {"D1": 1e-7},
        lambda t: 100 * oral(t - 5e-8),
    ),
    "further doses": (
        IV,
        row(0, amt=100, addl=2, ii=6),
        {"ALAG1": 1.0},
        lambda t: 100 * sum(bolus(t - 1 - 6 * k) for k in range(3)),
    ),
    "steady state": (IV, row(0, amt=100, ss=1, ii=12), {}, lambda t: 100 * for_ever(bolus, t, 12)),
    "oral steady state": (ORAL, row(0, amt=100, ss=1, ii=5), {}, lambda t: 100 * for_ever(oral, t, 5)),
    "steady state with a lag": (
        IV,
        row(0, amt=100, ss=1, ii=12),
        {"ALAG1": 4.0},
        lambda t: 100 * for_ever(bolus, t - 4.0, 12),
    ),
    "steady state with a lag beyond II": (
        IV,
        row(0, amt=100, ss=1, ii=6),
        {"ALAG1": 15.0},
        lambda t: 100 * for_ever(bolus, t - 15.0, 6),
    ),
    **{
        f"steady infusions of {duration} h": (
            IV,
            row(0, amt=10 * duration, rate=10, ss=1, ii=12, addl=1),
            {"ALAG1": lag},
            lambda t, duration=duration, lag=lag: (
                10
                * (
                    for_ever(lambda s: infusion(s, duration), t - lag, 12)
                    + np.where(t >= 12.0 + lag, infusion(t - lag - 12.0, duration), 0.0)
                )
            ),
        )
        for duration, lag in ((3.0, 0.0), (12.0, 0.0), (30.0, 0.0), (24.0, 2.0), (31.0, 5.0))
    },
    "constant infusion": (IV, row(0, rate=10, ss=1), {"ALAG1": 3.0}, lambda t: 10 / CL * np.exp(-K * t)),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("case", CASES)
def test_closed_forms(case: str, method: str) -> None:
    model, dose, more, expected = CASES[case]
    found = solve_records(model, people([dose, *observed(*T)]), {**ONE, **more}, method=method)
    np.testing.assert_allclose(found.pred[1:], expected(T), rtol=1e-9, atol=1e-13)


def test_the_second_steady_state_is_added() -> None:
    rows = [row(0, amt=100, ss=1, ii=24), row(10, amt=30, ss=2, ii=24), *observed(11.0, 20.0)]
    expected = 100 * for_ever(bolus, np.array([11.0, 20.0]), 24) + 30 * for_ever(bolus, np.array([1.0, 10.0]), 24)
    np.testing.assert_allclose(solve_records(IV, people(rows), ONE).pred[2:], expected, rtol=1e-12)


@pytest.mark.parametrize(
    "reset", [row(10, evid=3), row(0, evid=3), row(10, amt=0.001, evid=4), row(10, amt=1e-3, ss=1, ii=1e9)]
)
def test_a_reset_ends_everything(reset: dict[str, float]) -> None:
    first = [row(0, amt=50, rate=1), row(0, amt=100, addl=20, ii=3), row(9, amt=10)]
    found = solve_records(IV, people([*first, reset, *observed(11.0, 40.0)]), {**ONE, "ALAG1": 2.0})
    assert np.all(found.pred[-2:] < 0.0011 / V)


def test_ties() -> None:
    rows = [*observed(0.0), row(0, amt=100, addl=1, ii=0.1), *observed(0.0, 0.1)]
    found = solve_records(IV, people([*rows, row(0.30000000000000004, amt=0.5, evid=2), row(0.3)]), ONE)
    np.testing.assert_allclose(found.pred[:4] * V, [0, 100, 100, 100 + 100 * np.exp(-K * 0.1)], rtol=1e-14)
    lagged = solve_records(IV, people([row(0, amt=100), *observed(0.1 + 0.2, 0.3)]), {**ONE, "ALAG1": 0.3})
    np.testing.assert_allclose(lagged.pred[1:] * V, 100, rtol=1e-14)


@pytest.mark.parametrize(("rule", "rates"), [("NONMEM", (0.2, 0.3)), ("LOCF", (0.1, 0.2))])
def test_whose_parameters_hold(rule: str, rates: tuple[float, float]) -> None:
    records = people([row(0, amt=100, addl=1, ii=3), *observed(2.0, 5.0)])
    found = solve_records(IV, records, {"CL": np.array([1.0, 2.0, 3.0]), "V": np.array([10.0, 10, 10])}, rule)
    first = 100 * np.exp(-2.0 * rates[0])
    second = first * np.exp(-3.0 * rates[1]) + 100 * np.exp(-2.0 * rates[1])
    np.testing.assert_allclose(found.pred, [10.0, first / 10, second / 10], rtol=1e-13)


def some_records(generator: np.random.Generator) -> list[dict[str, float]]:
    rows, t = [], 0.0
    for _ in range(12):
        t += float(generator.choice([0.0, 0.5, 3.0, 7.0]))
        kind = generator.integers(6)
        dose = {"amt": float(generator.choice([50.0, 100.0])), "ii": 8.0, "addl": float(generator.choice([0, 3]))}
        rows.append([row(t), row(t, **dose), row(t, **dose, rate=15.0), row(t, **dose, ss=1.0), row(t), row(t)][kind])
    return [*rows, *observed(t + 1.0, t + 20.0)]


@given(seed=st.integers(0, 10**6), name=st.sampled_from(NAMES))
@settings(max_examples=25, deadline=None)
def test_laws(seed: int, name: str) -> None:
    model, generator = compartment_model(name), np.random.default_rng(seed)
    rows = some_records(generator)
    more = {**ALL, "ALAG1": 0.7, "F1": 0.8}
    once = solve_records(model, people(rows), more)
    twice = [{**x, "amt": 2 * x["amt"], "rate": 2 * x["rate"]} for x in rows]
    later = [{**x, "time": x["time"] + 1000.0} for x in rows]
    several = solve_records(model, people(observed(0.0), twice, later, rows), more)
    n = len(rows)
    parts = [several.amounts[1 + k * n : 1 + (k + 1) * n] for k in range(3)]
    peak = once.amounts.max()
    np.testing.assert_allclose(parts[0], 2 * once.amounts, rtol=1e-9, atol=1e-13 * peak)
    np.testing.assert_allclose(parts[1], once.amounts, rtol=1e-9, atol=1e-11 * peak)
    np.testing.assert_allclose(parts[2], once.amounts, rtol=1e-12, atol=1e-15 * peak)
    assert np.all(once.amounts >= 0.0)


@pytest.mark.parametrize("name", NAMES)
def test_superposition_and_further_doses_written_out(name: str) -> None:
    model, more = compartment_model(name), {**ALL, "ALAG1": 1.3}
    times = observed(0.2, 5.0, 13.0, 13.5, 26.0, 80.0)
    train = [row(0, amt=100, addl=5, ii=4, rate=40.0)]
    written = [row(4 * k, amt=100, rate=40.0) for k in range(6)]
    alone = [row(0, amt=70, cmt=1)]

    def solve(*doses: dict[str, float]) -> np.ndarray:
        rows = sorted([*doses, *times], key=lambda x: x["time"])
        return solve_records(model, people(rows), more).pred[[not x["evid"] for x in rows]]

    np.testing.assert_allclose(solve(*train), solve(*written), rtol=1e-9)
    np.testing.assert_allclose(solve(*train, *alone), solve(*train) + solve(*alone), rtol=1e-9)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("rate", [0.0, 10.0, 60.0])
def test_steady_state_is_a_long_run_in(name: str, rate: float) -> None:
    model, dose = compartment_model(name), {"amt": 100.0, "ii": 8.0, "rate": rate}
    more = {**ALL, "ALAG1": 2.0}
    steady = solve_records(model, people([row(0, **dose, ss=1, addl=2), *observed(1.0, 3.0, 17.0, 60.0)]), more)
    start = -8.0 * 600
    rows = [row(start, **dose, addl=602), *observed(0.0, 1.0, 3.0, 17.0, 60.0)]
    np.testing.assert_allclose(steady.pred, solve_records(model, people(rows), more).pred[1:], rtol=1e-9)


def test_nothing_is_lost_without_elimination() -> None:
    model = compartment_model("three-compartment-oral")
    rows = [row(0, amt=100, addl=3, ii=5), row(1, amt=30, rate=10, cmt=3), *observed(2.0, 50.0)]
    found = solve_records(model, people(rows), {**ALL, "CL": 0.0})
    np.testing.assert_allclose(found.amounts.sum(axis=1), [100, 100, 110, 430], rtol=1e-12)


def test_ten_thousand_doses_in_one_record() -> None:
    records = people([row(0, amt=1, addl=9999, ii=0.5), *observed(*np.linspace(10.0, 5100.0, 40))])
    began = time.process_time()
    found = solve_records(ORAL, records, ONE)
    assert time.process_time() - began < 1.0
    t = records.time[1:, None] - 0.5 * np.arange(10000)
    np.testing.assert_allclose(found.pred[1:], oral(t).sum(axis=1), rtol=1e-9)


def network_model(network: LinearNetwork, dosed: str, seen: str) -> CompartmentModel:
    return CompartmentModel("own", network, dosed, seen, ("CL", "V", "KA", "KTR", "KE0", "KM"), "V")


def test_any_network_is_solved() -> None:
    centre = disposition("central", parameter("V"), parameter("CL"))
    chain = network_model(connect("n", "n", transits(4, "central", parameter("KTR")), centre), "transit_1", "central")
    site = network_model(
        connect("n", "n", centre, effect("central", parameter("V"), parameter("KE0"))), "central", "effect"
    )
    turned = disposition("central", parameter("V"), parameter("CL"), into={"metabolite": parameter("KM")})
    parent = network_model(
        connect("n", "n", turned, disposition("metabolite", parameter("V"), parameter("CL"))), "central", "metabolite"
    )
    p = {**ONE, "KTR": 2.0, "KE0": KA, "KM": 0.6}
    rows = people([row(0, amt=100, addl=1, ii=4), *observed(*T)])
    late = np.maximum(T - 4.0, 0.0)
    for model, response in (
        (site, lambda t: 100 * oral(t)),
        (parent, lambda t: 60 * K * t * np.exp(-K * t) / V),
    ):
        np.testing.assert_allclose(solve_records(model, rows, p).pred[1:], response(T) + response(late), rtol=1e-9)
    found = solve_records(chain, rows, p)
    exact = solve_records(chain, rows, p, method="matrix exponential")
    np.testing.assert_allclose(found.amounts, exact.amounts, rtol=1e-8, atol=1e-12)
    gamma = sum(2.0**k * T**k / np.prod(np.arange(1, k + 1)) for k in range(4)) * np.exp(-2.0 * T)
    only = solve_records(chain, people([row(0, amt=1), *observed(*T)]), p).amounts[1:, :4].sum(axis=1)
    np.testing.assert_allclose(only, gamma, rtol=1e-9)


def test_a_depot_that_empties_at_the_rate_of_elimination() -> None:
    for gap in (0.0, 1e-15, 1e-9, 1e-5, 1e-2):
        p = {**ONE, "KA": K * (1.0 + gap)}
        found = solve_records(ORAL, people([row(0, amt=100), *observed(*T)]), p).pred[1:]
        first_orders = 100 * K * T * np.exp(-K * T) / V * (1 + gap * (1 - K * T / 2))
        np.testing.assert_allclose(found, first_orders, rtol=max(1e-12, 10 * gap**2 + 1e-15))
    assert first_order("depot", "central", parameter("KA")).transfers


@pytest.mark.parametrize(
    ("dose", "more", "text"),
    [
        (row(0, amt=1), {"F1": -0.1}, "F1"),
        (row(0, amt=1), {"ALAG1": -1.0}, "ALAG1"),
        (row(0, amt=1, rate=-1), {}, "R1"),
        (row(0, amt=1, rate=-1), {"R1": 0.0}, "R1"),
        (row(0, amt=1, rate=-2), {"D1": 0.0}, "D1"),
        (row(0, amt=1, rate=-2), {}, "D1"),
        (row(0, amt=1, cmt=3), {}, "3"),
        (row(0, amt=1, ss=1), {}, "0"),
        (row(0, amt=1, addl=2), {}, "0"),
        (row(0, amt=1), {"CL": np.array([1.0, np.nan])}, "CL"),
    ],
)
def test_what_means_nothing_is_refused_with_its_line(dose: dict[str, float], more: dict, text: str) -> None:
    with pytest.raises(StudyError) as caught:
        solve_records(ORAL, people([dose, row(1)]), {**ONE, **more})
    assert caught.value.text == text
    assert caught.value.line in {2, 3}


def test_no_steady_state_without_elimination() -> None:
    with pytest.raises(StudyError, match="no steady state"):
        solve_records(IV, people([row(0, amt=1, ss=1, ii=12), row(1)]), {**ONE, "CL": 0.0})
