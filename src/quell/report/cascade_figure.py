"""The cascade as small multiples: each step from plasma to symptoms in its own frame, all on one clock.

In a course of treatment the fast steps come and go within a day of each dose; on the even clock of weeks they would be
needles. They are then shown twice: the first day on a stretched clock, and the weeks.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from quell.report.bands import curve, median
from quell.report.clock import Clock, stretched_clock
from quell.report.colours import hue
from quell.report.reading import Reading, Row
from quell.report.svg_axes import Axis, axis_for, curves, dose_marks, grid, picture, strip
from quell.report.tables import unit_in_words

HEIGHT = 130
_ON_THE_WAY = frozenset({"cadss", "dissociation", "sbp_change", "dbp_change", "heart_rate_change", "sedation"})
_MOVED = 0.005
_DAY_H = 24.0
_FAST = 0.2


@dataclass(frozen=True)
class Panel:
    """One frame of the small multiples."""

    row: Row
    """The part of the signal that the frame shows."""
    other: Row | None
    colour: str
    figure: Markup
    fades: bool
    """Whether the frame shows one dose and what follows it."""


@dataclass(frozen=True)
class Steps:
    """The panels of one arm.

    Parameters
    ----------
    first_day
        Fast steps around the first dose, on a stretched clock of their own; empty on the stretched clock.
    panels
        All steps that moved, in causal order.
    still
        Titles of the steps that did not move in this arm.
    """

    arm: str
    first_day: list[Panel]
    panels: list[Panel]
    still: list[Row]


def cascade(reading: Reading, arm: str, clock: Clock) -> Steps:
    """The steps of an arm, with the control's median beside where it moved."""
    rows = [row for row in reading.cascade(arm) if row["times_h"]]
    moved = sorted((row for row in rows if moves(row)), key=beside_the_story)
    hues = _hues(moved)
    slug = list(reading.arms).index(arm)
    fast = [] if clock.stretched else [row for row in moved if _fades_within_a_day(row)]
    day = stretched_clock(_DAY_H, reading.infusion_h)
    return Steps(
        arm,
        [_panel(reading, row, day, hues[row.path], f"day-{slug}-{i}") for i, row in enumerate(fast)],
        [_panel(reading, row, clock, hues[row.path], f"step-{slug}-{i}") for i, row in enumerate(moved)],
        [row for row in rows if not moves(row)],
    )


def beside_the_story(row: Row) -> bool:
    """Whether a signal is felt or measured on the way and leads nowhere: shown last, in grey."""
    return row["signal"] in _ON_THE_WAY


def _hues(rows: Sequence[Row]) -> dict[str, str]:
    """Path -> colour class, from blue to teal along the story."""
    story = [row for row in rows if not beside_the_story(row)]
    return {row.path: "slate" for row in rows} | {row.path: hue(i, len(story)) for i, row in enumerate(story)}


def moves(row: Row) -> bool:
    """Whether anybody's value changes by more than a hair."""
    spread = max(row["q95"]) - min(row["q05"])
    size = max(abs(x) for x in (*row["q95"], *row["q05"]))
    changes = [max(abs(x - row[q][0]) for x in row[q]) for q in ("q05", "q50", "q95")]
    return spread > 0 and max(changes) > _MOVED * max(size, 1e-12)


def peak_index(row: Row) -> int:
    """Index of the time at which the median is furthest from where it began."""
    start = row["q50"][0]
    return max(range(len(row["q50"])), key=lambda i: abs(row["q50"][i] - start))


def _panel(reading: Reading, row: Row, clock: Clock, colour: str, identity: str) -> Panel:
    shown, drawn = clipped(row, clock.knots_h[-1]), drawn_to(row, clock.knots_h[-1])
    control = reading.control
    other = (
        None
        if control is None or control["name"] == row["arm"]
        else reading.first("cascade", arm=control["name"], signal=row["signal"])
    )
    other = other if other is not None and other["times_h"] and moves(other) else None
    beside = [] if other is None else [median(drawn_to(other, clock.knots_h[-1]), clock, _axis(shown), "other")]
    figure = picture(
        identity,
        row["title"],
        _describe(shown, clock),
        HEIGHT,
        strip(clock, reading.infusion_h),
        grid(clock, _axis(shown)),
        curves(*beside, curve(drawn, clock, _axis(shown), colour)),
        dose_marks(clock, [d["time_h"] for d in reading.arms[row["arm"]]["doses"]], colour),
    )
    return Panel(shown, other, colour, figure, clock.stretched)


def _axis(row: Row) -> Axis:
    low, high = min(row["q05"]), max(row["q95"])
    return axis_for(min(low, 0.0) if low > -1e-9 and low < 0.6 * high else low, high, 3)


def clipped(row: Row, last_h: float) -> Row:
    """The part of a row up to a time."""
    count = sum(t <= last_h * (1 + 1e-9) for t in row["times_h"])
    if count == len(row["times_h"]):
        return row
    series = {key: value[:count] if isinstance(value, list) else value for key, value in row.data.items()}
    return Row(row.path, series)


def drawn_to(row: Row, last_h: float) -> Row:
    """The same part with its curves led to the end of the frame, where the next known time lies beyond it."""
    shown = clipped(row, last_h)
    count, times = len(shown["times_h"]), row["times_h"]
    if count == len(times) or count == 0 or times[count - 1] >= last_h:
        return shown
    share = (last_h - times[count - 1]) / (times[count] - times[count - 1])

    def led(values: list[float]) -> list[float]:
        return [*values[:count], values[count - 1] + share * (values[count] - values[count - 1])]

    return Row(row.path, {key: led(value) if isinstance(value, list) else value for key, value in row.data.items()})


def _fades_within_a_day(row: Row) -> bool:
    """Whether the median peaks and is back near its start within a day of the first dose."""
    start, peak = row["q50"][0], row["q50"][peak_index(row)]
    first_day = [abs(q - start) for t, q in zip(row["times_h"], row["q50"], strict=True) if t <= _DAY_H]
    return bool(first_day) and max(first_day) > 0.3 * abs(peak - start) and first_day[-1] < _FAST * max(first_day)


def _describe(row: Row, clock: Clock) -> str:
    i = peak_index(row)
    return (
        f"{row['title']} in arm {row['arm']} on the {clock.in_words()}: median {row['q50'][0]:.3g} at the start, "
        f"{row['q50'][i]:.3g} {unit_in_words(row['unit'])} when furthest from it. The numbers stand in the table below."
    )


def orderly(rows: Sequence[Row]) -> bool:
    """Whether each step peaks no earlier than the one before."""
    times = [row["times_h"][peak_index(row)] for row in rows]
    return all(a <= b for a, b in pairwise(times))
