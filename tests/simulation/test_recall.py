"""Window means against closed forms."""

import numpy as np
import pytest

from quell.simulation.recall import Course


def course(nodes: np.ndarray) -> Course:
    """a(t) = exp(-t / 50) and its triple."""
    middles = (nodes[1:] + nodes[:-1]) / 2

    def f(t: np.ndarray) -> np.ndarray:
        return np.exp(-t / 50.0)[:, None] * np.array([1.0, 3.0])

    return Course(nodes, f(nodes), f(middles))


def exact_mean(t: float, w: float) -> float:
    """Mean of the course, 1 before time 0."""
    begin = max(t - w, 0.0)
    inside = 50.0 * (np.exp(-begin / 50.0) - np.exp(-t / 50.0))
    return (inside + (w - (t - begin))) / w


@pytest.mark.parametrize(("t", "w"), [(24.0, 24.0), (24.0, 10.3), (100.0, 33.0), (7.0, 168.0), (50.0, 1e-3)])
def test_window_mean_equals_the_integral(t: float, w: float) -> None:
    nodes = np.linspace(0.0, 120.0, 61)
    found = course(nodes).window_means(np.array([t]), np.array([w]))
    assert found[0] == pytest.approx(np.array([1.0, 3.0]) * exact_mean(t, w), rel=1e-6)


def test_no_window_asks_about_the_moment() -> None:
    nodes = np.linspace(0.0, 120.0, 61)
    found = course(nodes).window_means(np.array([11.0, 24.0]), np.array([0.0, 0.0]))
    assert found[:, 0] == pytest.approx(np.exp(-np.array([11.0, 24.0]) / 50.0), rel=1e-5)


def test_the_highest_point_lies_between_nodes() -> None:
    nodes = np.array([0.0, 1.0, 2.5, 4.0])

    def f(t: np.ndarray) -> np.ndarray:
        return np.stack([3.0 - (t - 1.7) ** 2, t, 5.0 - t], axis=1)

    value, time = Course(nodes, f(nodes), f((nodes[1:] + nodes[:-1]) / 2)).highest()
    assert value == pytest.approx([3.0, 4.0, 5.0])
    assert time == pytest.approx([1.7, 4.0, 0.0])
