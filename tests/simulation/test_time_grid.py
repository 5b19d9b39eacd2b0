"""The grid keeps what it promises: edges are nodes, steps are what events ask for, finer means finer everywhere."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.simulation.time_grid import GROWTH, Boundary, build_grid

BASE_H = 0.02


def infusion(begin_h: float, hours: float = 1.0) -> list[Boundary]:
    """Both edges of an infusion."""
    return [Boundary(begin_h, BASE_H, True), Boundary(begin_h + hours, BASE_H, True, from_nothing=False)]


def steps_within(nodes: np.ndarray, begin_h: float, end_h: float) -> int:
    return int(((nodes >= begin_h - 1e-9) & (nodes < end_h - 1e-9)).sum())


@given(st.lists(st.floats(0.0, 500.0), min_size=1, max_size=8), st.sampled_from([0.5, 1.0, 2.0]))
def test_boundaries_are_nodes_in_order(times: list[float], refine: float) -> None:
    boundaries = [Boundary(0.0), Boundary(501.0), *(x for t in times for x in infusion(t, 0.5))]
    nodes = build_grid(boundaries, GROWTH / refine).nodes
    assert (np.diff(nodes) > 0.0).all()
    for b in boundaries:
        assert np.abs(nodes - b.time_h).min() < 2e-9


def test_steps_run_up_where_something_starts_and_hardly_where_a_flow_ends() -> None:
    grid = build_grid([*infusion(0.0), *infusion(100.0), Boundary(200.0)])
    after = {t: grid.lengths[grid.node_at([t])[0]] for t in (0.0, 1.0, 100.0, 101.0)}
    assert after[100.0] == pytest.approx(BASE_H / 5.0, rel=0.15)
    assert after[101.0] == pytest.approx(BASE_H / 1.5, rel=0.15)
    assert after[0.0] == pytest.approx(0.75 * BASE_H / 5.0, rel=0.15)
    assert after[1.0] == pytest.approx(0.75 * BASE_H / 1.5, rel=0.15)


def test_the_first_dose_of_a_course_is_followed_more_closely_than_later_ones() -> None:
    nodes = build_grid([*infusion(0.0), *infusion(100.0), Boundary(200.0)]).nodes
    assert steps_within(nodes, 0.0, 2.0) > 1.3 * steps_within(nodes, 100.0, 102.0)
    assert abs(steps_within(nodes, 5.0, 99.0) - steps_within(nodes, 105.0, 199.0)) <= 2


def test_no_step_is_longer_than_asked_by_more_than_a_tenth() -> None:
    grid = build_grid([Boundary(0.0, BASE_H), *(Boundary(t) for t in np.arange(10.0, 400.0, 7.3)), Boundary(400.0)])
    since = grid.nodes[1:-1]
    assert (grid.lengths[1:] <= 1.1 * np.maximum(BASE_H, 0.1 * since) * 1.1).all()


def test_halving_the_growth_halves_the_steps_everywhere() -> None:
    def nodes(refine: float) -> np.ndarray:
        edges = [Boundary(0.0, BASE_H / refine, True), Boundary(1.0, BASE_H / refine, True, from_nothing=False)]
        return build_grid([*edges, Boundary(700.0)], GROWTH / refine).nodes

    coarse, fine = nodes(1.0), nodes(2.0)
    for begin, end in ((0.0, 1.0), (1.0, 6.0), (6.0, 48.0), (48.0, 700.0)):
        assert steps_within(fine, begin, end) == pytest.approx(2 * steps_within(coarse, begin, end), rel=0.15, abs=2)


def test_a_flow_that_ends_where_another_begins_is_a_beginning() -> None:
    edges = [Boundary(0.0, BASE_H, True), Boundary(1.0, BASE_H, True, from_nothing=False), Boundary(1.0, 0.5)]
    grid = build_grid([*edges, Boundary(9.0)])
    assert grid.lengths[grid.node_at([1.0])[0]] < 0.3 * BASE_H


def test_observations_alone_are_the_nodes() -> None:
    assert build_grid([Boundary(0.0), Boundary(5.0), Boundary(50.0)]).nodes.tolist() == [0.0, 5.0, 50.0]
