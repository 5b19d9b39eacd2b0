"""Curves with their uncertainty: a line, bands of 50 % and 90 % of people, and the band of knowledge alone.

Paths are written in the whole units of the inner drawing of :mod:`quell.report.svg_axes`; points that a reader could
not tell from the straight line between their neighbours are left out (at most :data:`TOLERANCE` units off).
"""

from collections.abc import Sequence
from itertools import pairwise

from markupsafe import Markup

from quell.report.clock import Clock
from quell.report.reading import Row
from quell.report.svg_axes import TALL, WIDE, Axis

TOLERANCE = 1.5
"""Units of the inner drawing: 0.15 % of its height."""

_EVERY_SLOPE = (float("-inf"), float("inf"))
Points = list[tuple[int, int]]


def curve(row: Row, clock: Clock, axis: Axis, colour: str) -> Markup:
    """Everything that shows one signal of one arm.

    The mean, which the knowledge interval is about, replaces the median where the switch shows knowledge alone. The
    bands carry the classes ``people`` and ``knowledge``: the page's switch shows one or the other, print both.
    """
    times = [clock.place(t) for t in row["times_h"]]
    drawn = [
        band(times, row["q05"], row["q95"], axis, "b90 people"),
        band(times, row["q25"], row["q75"], axis, "b50 people"),
    ]
    if row["knowledge_low"]:
        drawn.append(band(times, row["knowledge_low"], row["knowledge_high"], axis, "knowledge"))
    if row.data.get("mean"):
        drawn.append(_line(row, "mean", clock, axis, "mean"))
    return Markup('<g class="{}">{}{}</g>').format(colour, Markup("").join(drawn), median(row, clock, axis))


def median(row: Row, clock: Clock, axis: Axis, kind: str = "") -> Markup:
    """The line of the median."""
    return _line(row, "q50", clock, axis, f"median {kind}".strip())


def band(places: Sequence[float], low: Sequence[float], high: Sequence[float], axis: Axis, kind: str) -> Markup:
    """The area between two curves."""
    there, back = thinned(_points(places, low, axis)), thinned(_points(places, high, axis))
    return Markup('<path class="band {}" d="{}Z"/>').format(kind, _joined(there + back[::-1]))


def thinned(points: Points) -> Points:
    """The fewest points, greedily, that keep the curve within :data:`TOLERANCE` of where it was."""
    kept, anchor = points[:1], points[0]
    low, high = _EVERY_SLOPE
    for before, point in pairwise(points):
        run = point[0] - anchor[0]
        if run and not low <= (point[1] - anchor[1]) / run <= high:
            kept.append(before)
            anchor, (low, high) = before, _EVERY_SLOPE
            run = point[0] - anchor[0]
        if run:
            slope, room = (point[1] - anchor[1]) / run, TOLERANCE / run
            low, high = max(low, slope - room), min(high, slope + room)
        elif point != anchor:
            kept.append(point)
            anchor, (low, high) = point, _EVERY_SLOPE
    return [*kept, points[-1]] if kept[-1] != points[-1] else kept


def _line(row: Row, series: str, clock: Clock, axis: Axis, kind: str) -> Markup:
    points = _points([clock.place(t) for t in row["times_h"]], row[series], axis)
    return Markup('<path class="{}" d="{}"/>').format(kind, _joined(thinned(points)))


def _points(places: Sequence[float], values: Sequence[float], axis: Axis) -> Points:
    return [(round(x * WIDE), round(axis.place(y) * TALL)) for x, y in zip(places, values, strict=True)]


def _joined(points: Points) -> str:
    """Path data: absolute start, then relative steps, which are shorter."""
    (x, y), *rest = points
    steps = [f"M{x} {y}"]
    for to_x, to_y in rest:
        steps.append(f"l{to_x - x} {to_y - y}")
        x, y = to_x, to_y
    return "".join(steps)
