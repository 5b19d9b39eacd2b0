"""Peaks within a step, against closed forms."""

from collections.abc import Callable

import numpy as np
import pytest

from quell.simulation.recall import Course
from quell.simulation.step_peak import peak_of_step


def course(nodes: np.ndarray, f: Callable[[np.ndarray], np.ndarray]) -> Course:
    """One lane of a function."""
    return Course(nodes, f(nodes)[:, None], f((nodes[1:] + nodes[:-1]) / 2)[:, None])


def bateman(t: np.ndarray) -> np.ndarray:
    """exp(-t) - exp(-5 t): highest at log(5) / 4."""
    return np.exp(-t) - np.exp(-5.0 * t)


@pytest.mark.parametrize("step", [0.4, 0.2, 0.1])
def test_the_peak_of_a_smooth_course_is_found_to_the_fifth_order(step: float) -> None:
    value, time = course(np.arange(0.0, 4.0, step), bateman).highest()
    exact = np.log(5.0) / 4.0
    assert value[0] == pytest.approx(bateman(exact), rel=1.5 * step**5)
    assert time[0] == pytest.approx(exact, abs=6.0 * step**4)


def test_a_peak_after_the_highest_node_is_seen() -> None:
    def f(t: np.ndarray) -> np.ndarray:
        return np.where(t < 1.0, t, 1.0 + (t - 1.0) - 8.0 * (t - 1.0) ** 2)

    value, time = course(np.array([0.0, 0.5, 1.0, 1.2, 1.4, 2.0]), f).highest()
    assert value[0] == pytest.approx(1.0 + 1.0 / 32.0, abs=1e-12)
    assert time[0] == pytest.approx(1.0 + 1.0 / 16.0, abs=1e-12)


def test_a_bend_in_the_next_step_moves_no_peak() -> None:
    """A course that plunges at a node: before it the parabola is exact."""

    def f(t: np.ndarray) -> np.ndarray:
        return np.where(t <= 1.0, 1.0 - (t - 0.8) ** 2, 0.96 * np.exp(-30.0 * (t - 1.0)))

    value, time = course(np.array([0.0, 0.5, 1.0, 1.5, 2.0]), f).highest()
    assert value[0] == pytest.approx(1.0, abs=1e-12)
    assert time[0] == pytest.approx(0.8, abs=1e-12)


def test_a_sharp_edge_is_its_own_peak() -> None:
    value, time = course(np.linspace(0.0, 2.0, 9), lambda t: -np.abs(t - 1.0)).highest()
    assert (value[0], time[0]) == (0.0, 1.0)


def test_a_course_that_is_flat_or_of_one_step() -> None:
    flat = peak_of_step(*(np.array([x]) for x in (2.0, 2.0, 2.0, 2.0, 2.0, 1.0)))
    assert [x.item() for x in flat] == [2.0, 1.0]
    value, time = course(np.array([0.0, 2.0]), lambda t: 3.0 - (t - 0.6) ** 2).highest()
    assert (value[0], time[0]) == (pytest.approx(3.0), pytest.approx(0.6))
