"""Laws that hold whatever the doses are, found true for records that Hypothesis makes up."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from tests.reference.record_cases import MODELS, Person, records
from tests.reference.records_by_hand import Row, system

from quell.mechanisms.compartment_models import compartment_model
from quell.simulation.record_kinetics import solve_records

LAW = 1e-9
SEEN = (0.0, 0.5, 3.25, 7.0, 11.0, 18.5, 24.0, 37.75, 60.0, 96.0)

quarters = st.integers(0, 160).map(lambda n: n / 4)
intervals = st.integers(8, 96).map(lambda n: n / 4)
models = st.sampled_from(MODELS)


@st.composite
def parameters(draw: st.DrawFn) -> dict[str, float]:
    """Parameters of any model; lags in quarters of an hour."""

    def size(low: float, high: float) -> float:
        return draw(st.floats(low, high))

    volume = size(5.0, 50.0)
    found = {"CL": size(0.5, 20.0), "V": volume, "V1": volume, "KA": size(0.1, 3.0)}
    found |= {"Q2": size(0.2, 10.0), "V2": size(5.0, 100.0), "Q3": size(0.5, 2.0), "V3": size(20.0, 300.0)}
    for compartment in (1, 2):
        found |= {f"F{compartment}": size(0.1, 2.0), f"ALAG{compartment}": draw(quarters) / 4}
        found |= {f"R{compartment}": size(1.0, 50.0), f"D{compartment}": size(0.5, 40.0)}
    return found


@st.composite
def doses(draw: st.DrawFn, steady: Sequence[int] = (0,)) -> Row:
    """A dose of any kind."""
    rate = draw(st.sampled_from((0.0, 0.0, -1.0, -2.0, 4.0, 40.0)))
    return Row(
        draw(quarters),
        1,
        amt=draw(st.floats(1.0, 500.0)),
        rate=rate,
        ii=draw(intervals),
        addl=draw(st.integers(0, 5)),
        ss=draw(st.sampled_from(steady)),
        cmt=draw(st.sampled_from((0, 1, 2))),
    )


regimens = st.lists(doses(), min_size=1, max_size=4)


def seen(rows: Sequence[Row], times: Sequence[float] = SEEN) -> tuple[Row, ...]:
    """The doses in order, and observations after the doses of their time."""
    return tuple(sorted((*rows, *(Row(t) for t in times)), key=lambda row: (row.time, row.evid == 0)))


def solved(model: str, p: Mapping[str, float], *everybody: Sequence[Row]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Concentrations and amounts at the observations of everybody, as people of one data set."""
    people = [Person(model, "NONMEM", tuple(rows), (p,) * len(rows)) for rows in everybody]
    data, columns = records(people)
    found = solve_records(compartment_model(model), data, columns)
    own = [(data.person == k) & (data.evid == 0) for k in range(len(people))]
    return [(np.asarray(found.pred)[rows], np.asarray(found.amounts)[rows]) for rows in own]


def agree(found: np.ndarray, expected: np.ndarray) -> None:
    """Equal to 1e-9 of the larger of the value and a thousandth of the peak."""
    peak = np.abs(expected).max(axis=0)
    measure = np.maximum(np.abs(expected), 1e-3 * peak) + 1e-300
    assert (np.abs(found - expected) / measure).max() <= LAW


def inside(model: str, row: Row) -> Row:
    """The dose in a compartment that the model has."""
    return row if "oral" in model else replace(row, cmt=min(row.cmt, 1))


@given(models, parameters(), st.lists(doses(steady=(0, 2)), min_size=2, max_size=4))
def test_doses_add_up(model: str, p: dict[str, float], rows: list[Row]) -> None:
    rows = [inside(model, row) for row in rows]
    late = [max(row.time for row in rows) + t for t in SEEN]
    whole, *single = solved(model, p, seen(rows, late), *(seen([row], late) for row in rows))
    agree(whole[1], sum(amounts for _, amounts in single))


@given(models, parameters(), regimens, st.floats(1e-3, 1e3))
def test_twice_the_dose_is_twice_the_amount(model: str, p: dict[str, float], rows: list[Row], by: float) -> None:
    rows = [replace(inside(model, row), rate=-2.0 if row.rate == -1 else row.rate) for row in rows]
    larger = [replace(row, amt=by * row.amt, rate=by * row.rate if row.rate > 0 else row.rate) for row in rows]
    one, many = solved(model, p, seen(rows), seen(larger))
    agree(many[1], by * one[1])


@given(models, parameters(), st.lists(doses(steady=(0, 1, 2)), min_size=1, max_size=4), st.floats(-1e3, 1e3))
def test_the_clock_does_not_matter(model: str, p: dict[str, float], rows: list[Row], by: float) -> None:
    now = seen([inside(model, row) for row in rows])
    then = [replace(row, time=row.time + by) for row in now]
    (_, first), (_, second) = solved(model, p, now, then)
    agree(second, first)


@given(models, parameters(), regimens)
def test_additional_doses_are_doses(model: str, p: dict[str, float], rows: list[Row]) -> None:
    rows = [inside(model, row) for row in rows]
    explicit = [replace(r, time=r.time + k * r.ii, addl=0, ii=0.0) for r in rows for k in range(r.addl + 1)]
    (_, short), (_, long) = solved(model, p, seen(rows), seen(explicit))
    agree(short, long)


@given(models, parameters(), doses(steady=(1, 2)))
def test_steady_state_is_a_long_run_in(model: str, p: dict[str, float], row: Row) -> None:
    row = inside(model, row)
    slowest = -np.linalg.eigvals(system(model, p)[0]).real.max()
    before = int((40 / slowest + lasting(row, p)) / row.ii) + 1
    after = [row.time + t for t in SEEN]
    started = replace(row, time=row.time - before * row.ii, addl=row.addl + before, ss=0)
    (_, short), (_, long) = solved(model, p, seen([row], after), seen([started], after))
    agree(short, long)


@given(models, parameters(), st.lists(regimens, min_size=2, max_size=5), st.randoms(use_true_random=False))
def test_people_do_not_know_each_other(
    model: str, p: dict[str, float], many: list[list[Row]], order: random.Random
) -> None:
    people = [seen([inside(model, row) for row in rows]) for rows in many]
    places = list(range(len(people)))
    order.shuffle(places)
    together = solved(model, p, *people)
    shuffled = solved(model, p, *(people[k] for k in places))
    for place, (_, amounts) in zip(places, shuffled, strict=True):
        agree(amounts, together[place][1])
        agree(solved(model, p, people[place])[0][1], amounts)


def lasting(row: Row, p: Mapping[str, float]) -> float:
    """How long a dose takes to enter."""
    compartment = row.cmt or 1
    amount = p[f"F{compartment}"] * row.amt
    rate = p[f"R{compartment}"] if row.rate == -1 else row.rate
    return 0.0 if rate == 0 else p[f"D{compartment}"] if rate == -2 else amount / rate


def entered(rows: Sequence[Row], p: Mapping[str, float], until: float) -> tuple[float, set[float]]:
    """What has entered by a time, and the times at which something begins or ends."""
    total, moments = 0.0, {0.0, until}
    for row in rows:
        compartment = row.cmt or 1
        amount = p[f"F{compartment}"] * row.amt
        duration = lasting(row, p)
        for k in range(row.addl + 1):
            start = row.time + k * row.ii + p[f"ALAG{compartment}"]
            moments |= {start, start + duration}
            if start <= until:
                total += amount * (min((until - start) / duration, 1.0) if duration else 1.0)
    return total, {moment for moment in moments if moment <= until}


@given(models, parameters(), st.lists(doses(), min_size=1, max_size=2))
def test_what_came_in_is_inside_or_went_out(model: str, p: dict[str, float], rows: list[Row]) -> None:
    rows = [inside(model, row) for row in rows]
    until = max(row.time for row in rows) + 40.0
    given_in, moments = entered(rows, p, until)
    edges = np.unique([*moments, *np.arange(0.0, until, 2.0)])
    nodes, weights = np.polynomial.legendre.leggauss(16)
    halves = np.diff(edges) / 2
    times = ((edges[:-1] + edges[1:]) / 2 + np.outer(nodes, halves)).T.ravel()
    [(pred, amounts)] = solved(model, p, seen(rows, [*times.tolist(), until]))
    gone = p["CL"] * float(np.repeat(halves, 16) * np.tile(weights, len(halves)) @ pred[:-1])
    assert abs(gone + amounts[-1].sum() - given_in) <= LAW * max(given_in, 1.0)
