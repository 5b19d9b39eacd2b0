"""One time scale for every figure: minutes to weeks on one line, or weeks when treatment goes on for weeks.

The stretched clock is piecewise linear: between two knots (end of the infusion, 2 h, 6 h, 1 d, 3 d, 1 wk, ...) time
runs evenly, and every piece is given about the same room,

    place(t) = p_i + (t - k_i) / (k_{i+1} - k_i) * (p_{i+1} - p_i)      for k_i <= t <= k_{i+1}.

The even clock is the same with a single piece.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log

from quell.report.digits import nice_step, told_time

_KNOTS_H = (
    (2.0, 0.8),
    (6.0, 0.8),
    (24.0, 1.15),
    (72.0, 1.05),
    (168.0, 0.95),
    (336.0, 0.95),
    (672.0, 0.95),
    (2016.0, 1.0),
)
_LONGEST_STRETCHED_H = 35 * 24.0
_COURSE_H = 24.0
_MOST_TICKS = 7


@dataclass(frozen=True)
class Clock:
    """A time scale.

    Parameters
    ----------
    knots_h
        Hours at which the pace changes, ascending; the first and last are the ends of the scale.
    places
        Their places on the line, 0 to 1.
    ticks
        (hours, label) of the axis.
    stretched
        Whether the pace changes: the figure must say so.
    unit
        Unit of labels that carry none.
    """

    knots_h: tuple[float, ...]
    places: tuple[float, ...]
    ticks: tuple[tuple[float, str], ...]
    stretched: bool
    unit: str = ""

    def place(self, time_h: float) -> float:
        """Where a time stands, 0 to 1; times beyond the ends stand at the ends."""
        if time_h <= self.knots_h[0]:
            return self.places[0]
        i = bisect_right(self.knots_h, time_h)
        if i == len(self.knots_h):
            return self.places[-1]
        before, after = self.knots_h[i - 1], self.knots_h[i]
        share = (time_h - before) / (after - before)
        return self.places[i - 1] + share * (self.places[i] - self.places[i - 1])

    def in_words(self) -> str:
        """What the axis shows, for captions and screen readers."""
        first, last = told_time(self.knots_h[0]), told_time(self.knots_h[-1])
        kind = "stretched clock: minutes on the left, weeks on the right" if self.stretched else "even clock"
        return f"{kind}, from {first} to {last} after the first dose"


def clock_for(
    horizon_h: float, infusion_h: float = 0.0, dose_times_h: Sequence[float] = (), start_h: float = 0.0
) -> Clock:
    """The clock of a run.

    Parameters
    ----------
    horizon_h
        Last time shown, h.
    infusion_h
        Length of the first administration, h; 0 for none.
    dose_times_h
        Times of all doses: a course or maintenance calls for the even clock.
    """
    spread = max(dose_times_h, default=0.0) - min(dose_times_h, default=0.0)
    if horizon_h > _LONGEST_STRETCHED_H or spread > _COURSE_H:
        return even_clock(horizon_h, start_h)
    return stretched_clock(horizon_h, infusion_h)


def stretched_clock(horizon_h: float, infusion_h: float = 0.0) -> Clock:
    """Minutes to weeks on one line."""
    knots, rooms = [0.0], [0.0]
    if 0 < infusion_h < horizon_h / 2:
        knots.append(infusion_h)
        rooms.append(0.95)
    for knot, room in _KNOTS_H:
        if knots[-1] * 1.4 < knot < horizon_h * 0.72:
            knots.append(knot)
            rooms.append(room)
    rooms.append(_last_room(knots[-1], horizon_h))
    knots.append(horizon_h)
    places = _cumulative(rooms)
    return Clock(tuple(knots), places, tuple((k, told_time(k)) for k in knots), stretched=len(knots) > 2)


def even_clock(horizon_h: float, start_h: float = 0.0) -> Clock:
    """Days or weeks at an even pace; the last label carries the unit."""
    unit_h, unit = (168.0, "wk") if horizon_h > 28 * 24 else (24.0, "d") if horizon_h > 36 else (1.0, "h")
    step = nice_step(horizon_h / unit_h, _MOST_TICKS, (1, 2, 4, 5, 10))
    step = max(1.0, step)
    count = int(horizon_h / unit_h / step + 1e-9)
    numbers = [round(i * step) for i in range(count + 1)]
    labels = [f"{n}" for n in numbers[:-1]] + [f"{numbers[-1]}\u00a0{unit}"]
    ticks = tuple((n * unit_h, label) for n, label in zip(numbers, labels, strict=True))
    return Clock((start_h, horizon_h), (0.0, 1.0), ticks, stretched=False, unit=unit)


def _last_room(before_h: float, last_h: float) -> float:
    """Room of the piece that ends with the figure: by its ratio, as a full piece is about a factor of three."""
    if before_h <= 0:
        return 1.0
    return min(1.1, max(0.5, log(last_h / before_h) / log(2.2)))


def _cumulative(rooms: Iterable[float]) -> tuple[float, ...]:
    rooms = list(rooms)
    total, places, so_far = sum(rooms), [], 0.0
    for room in rooms:
        so_far += room
        places.append(round(so_far / total, 6))
    return tuple(places)
