"""Intervals of knowledge against a simulation in which the truth is known."""

import numpy as np
import pytest

from quell.simulation.knowledge import Knowledge


def population(between: float, within: float, people: int = 20_000, draws: int = 200, seed: int = 3) -> tuple:
    generator = np.random.default_rng(seed)
    draw = np.arange(people) % draws
    values = 10.0 + between * generator.normal(size=draws)[draw] + within * generator.normal(size=people)
    return Knowledge(draw, draws), values


@pytest.mark.parametrize(("between", "within"), [(1.0, 0.0), (1.0, 5.0), (0.3, 3.0)])
def test_the_interval_is_the_spread_between_draws(between: float, within: float) -> None:
    knowledge, values = population(between, within)
    interval = knowledge.interval(values)
    assert interval is not None
    assert interval[1] - interval[0] == pytest.approx(2 * 1.96 * between, rel=0.25)


def test_no_difference_between_draws_gives_almost_no_width() -> None:
    knowledge, values = population(0.0, 3.0)
    interval = knowledge.interval(values)
    assert interval is not None
    assert interval[1] - interval[0] < 0.35


def test_the_interval_surrounds_the_mean_of_people() -> None:
    knowledge, values = population(0.5, 2.0)
    interval = knowledge.interval(values)
    assert interval is not None
    assert interval[0] < values.mean() < interval[1]


def test_one_draw_has_no_interval() -> None:
    values = np.arange(10.0)
    assert Knowledge(np.zeros(10, dtype=int), 1).interval(values) is None
    assert Knowledge(np.arange(10), 200).interval(values) is None


def test_columns_are_treated_one_by_one() -> None:
    knowledge, values = population(0.5, 2.0)
    both = knowledge.intervals(np.stack([values, 2 * values], axis=1))
    assert both is not None
    assert both[:, 1] == pytest.approx(2 * both[:, 0])
    assert both[:, 0] == pytest.approx(np.array(knowledge.interval(values)))
