"""Curves on paper are the curves of the summary, to a tenth of a percent."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.report.conftest import made_up

from quell.report.bands import TOLERANCE, band, median, thinned
from quell.report.clock import clock_for
from quell.report.reading import Reading
from quell.report.svg_axes import TALL, WIDE, apart, axis_for

Points = list[tuple[int, int]]
courses = st.lists(st.tuples(st.integers(0, WIDE), st.integers(0, TALL)), min_size=1, max_size=60).map(sorted)


def _height(points: Points, x: float) -> list[float]:
    """Heights of the polyline at x: several where it steps."""
    found = [float(y) for px, y in points if px == x]
    for (ax, ay), (bx, by) in pairwise(points):
        if ax < x < bx:
            found.append(ay + (by - ay) * (x - ax) / (bx - ax))
    return found


@given(courses)
def test_thinning_keeps_the_curve(points: Points) -> None:
    kept = thinned(points)
    assert set(kept) <= set(points)
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    for x, y in points:
        assert min(abs(y - h) for h in _height(kept, x)) <= TOLERANCE + 1e-9 or _on_a_step(kept, x, y)


def _on_a_step(points: Points, x: int, y: int) -> bool:
    heights = [py for px, py in points if px == x]
    return len(heights) > 1 and min(heights) - TOLERANCE <= y <= max(heights) + TOLERANCE


def test_a_straight_line_needs_its_ends_only() -> None:
    assert thinned([(i, 2 * i) for i in range(100)]) == [(0, 0), (99, 198)]


def _decoded(path: str) -> Points:
    x = y = 0
    points = []
    for command, dx, dy in re.findall(r"([Ml])(-?\d+) (-?\d+)", path):
        x, y = (int(dx), int(dy)) if command == "M" else (x + int(dx), y + int(dy))
        points.append((x, y))
    return points


@pytest.mark.parametrize("run", ["two arms", "five arms", "one arm"])
def test_a_drawn_median_reads_back(run: str) -> None:
    reading = Reading(made_up(run))
    clock = clock_for(reading.horizon_h, reading.infusion_h, reading.dose_times_h)
    for row in reading.rows("cascade"):
        axis = axis_for(min(row["q05"]), max(row["q95"]))
        points = _decoded(median(row, clock, axis))
        for time, value in zip(row["times_h"], row["q50"], strict=True):
            x, y = round(clock.place(time) * WIDE), axis.place(value) * TALL
            assert min(abs(y - h) for h in _height(points, x)) <= TOLERANCE + 1


def test_a_band_closes() -> None:
    drawn = band([0.0, 0.5, 1.0], [0, 1, 0], [2, 3, 2], axis_for(0, 4), "b90")
    assert 'class="band b90"' in drawn
    assert drawn.endswith('Z"/>')


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.integers(200, 400))
def test_names_do_not_touch(places: list[float], height: int) -> None:
    moved = apart([(str(i), "teal", place) for i, place in enumerate(places)], height)
    assert all(b[2] - a[2] >= 15.9 / height for a, b in pairwise(moved))


@given(st.floats(-1e4, 1e4), st.floats(0, 1e4), st.integers(2, 6))
def test_an_axis_holds_its_data(low: float, span: float, most: int) -> None:
    axis = axis_for(low, low + span, most)
    assert axis.low <= low + 1e-6 * (span + abs(low) + 1)
    assert axis.high >= low + span - 1e-6 * (span + abs(low) + 1)
    assert axis.place(axis.low) == 1.0
    assert axis.place(axis.high) == 0.0
