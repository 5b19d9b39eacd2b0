"""Symptoms by arm on the report's clock: the figure to remember.

Up to :data:`TOGETHER` arms share one frame with their bands. More would bury each other: then the bands of the arm of
interest and its control stay, the others are lines, and every arm gets a small frame of its own below.
"""

from collections.abc import Sequence

from markupsafe import Markup

from quell.report.bands import curve, median
from quell.report.clock import Clock
from quell.report.reading import Reading, Row
from quell.report.svg_axes import Axis, apart, axis_for, curves, dose_marks, grid, level, names, picture, strip

TOGETHER = 3
HEIGHT, OTHER_HEIGHT = 340, 150
_LEAST_SHARE = 0.25
"""Share of a scale that its axis shows at least: a still line must look still."""
WITHOUT = "people without the disorder"


def symptom_figure(reading: Reading, clock: Clock, colours: dict[str, str]) -> Markup:
    """The score of the endpoint's instrument, all arms in one frame; empty where no score was followed in time."""
    rows = scores(reading, reading.instrument)
    if not rows:
        return Markup("")
    shown = with_bands(reading, rows)
    axis = score_axis(reading, rows, shown)
    drawn = [
        curve(row, clock, axis, colours[row["arm"]]) if row in shown else _line(row, clock, axis, colours)
        for row in back_to_front(reading, rows)
    ]
    ends = line_ends(rows, axis, colours)
    marks = [
        dose_marks(clock, dose_times(reading, row["arm"]), colours[row["arm"]], i)
        for i, row in enumerate(dosed(reading, rows))
    ]
    normal = reading.summary["instruments"][reading.instrument]["normal_mean"]
    return picture(
        "symptoms",
        f"{reading.instrument} by arm over time",
        describe(reading, rows, clock),
        HEIGHT,
        strip(clock, reading.infusion_h, strip_words(reading)),
        grid(clock, axis),
        level(axis, normal, WITHOUT) if normal is not None else Markup(""),
        curves(*drawn),
        *marks,
        names(ends),
    )


def line_ends(rows: Sequence[Row], axis: Axis, colours: dict[str, str]) -> list[tuple[str, str, float]]:
    """(name, colour, place from the top 0 to 1) of the lines' names, moved apart where they would touch."""
    ends = [(row["arm"], colours[row["arm"]], axis.place(row["q50"][-1])) for row in rows]
    return apart(ends, HEIGHT)


def arm_panels(reading: Reading, clock: Clock, colours: dict[str, str]) -> list[tuple[str, str, Markup]]:
    """(arm, colour, figure) of each arm by itself, the others as hairlines; empty where all fit together."""
    rows = scores(reading, reading.instrument)
    if len(rows) <= TOGETHER:
        return []
    axis = score_axis(reading, rows, rows, most=3)
    panels = []
    for i, row in enumerate(rows):
        others = [median(other, clock, axis, "other") for other in rows if other is not row]
        title = f"{reading.instrument} in arm {row['arm']}"
        drawn = curves(*others, curve(row, clock, axis, colours[row["arm"]]))
        panels.append(
            (
                row["arm"],
                colours[row["arm"]],
                picture(
                    f"symptoms-arm-{i}",
                    title,
                    describe(reading, [row], clock),
                    OTHER_HEIGHT,
                    grid(clock, axis),
                    drawn,
                ),
            )
        )
    return panels


def instrument_panels(reading: Reading, clock: Clock, colours: dict[str, str]) -> list[tuple[str, Markup]]:
    """(instrument, figure) of the other instruments, all arms, bands for the arm of interest and its control."""
    panels = []
    for i, name in enumerate(reading.instruments[1:]):
        rows = scores(reading, name)
        if not rows:
            continue
        shown = with_bands(reading, rows)
        axis = score_axis(reading, rows, shown, name, most=3)
        drawn = [
            curve(row, clock, axis, colours[row["arm"]]) if row in shown else _line(row, clock, axis, colours)
            for row in back_to_front(reading, rows)
        ]
        panels.append(
            (
                name,
                picture(
                    f"scale-{i}",
                    f"{name} by arm over time",
                    describe(reading, rows, clock, name),
                    OTHER_HEIGHT,
                    strip(clock, reading.infusion_h),
                    grid(clock, axis),
                    curves(*drawn),
                ),
            )
        )
    return panels


def score_axis(
    reading: Reading, rows: Sequence[Row], banded: Sequence[Row], instrument: str = "", most: int = 5
) -> Axis:
    """The axis that holds all the curves, within the range of the scale."""
    scale = reading.summary["instruments"][instrument or reading.instrument]
    low = min([min(row["q05"]) for row in banded] + [min(row["q50"]) for row in rows])
    high = max([max(row["q95"]) for row in banded] + [max(row["q50"]) for row in rows])
    room = _LEAST_SHARE * (scale["high"] - scale["low"])
    if high - low < room:
        low, high = (low + high - room) / 2, (low + high + room) / 2
    return axis_for(low, high, most, scale["low"], scale["high"])


def describe(reading: Reading, rows: Sequence[Row], clock: Clock, instrument: str = "") -> str:
    """What the figure shows, for those who hear it."""
    said = (
        f"{row['arm']}: median {row['q50'][0]:.0f} first, lowest {min(row['q50']):.0f}, {row['q50'][-1]:.0f} last"
        for row in rows
    )
    name = instrument or reading.instrument
    return f"{name} on the {clock.in_words()}. {'; '.join(said)}. The numbers stand in the table below."


def scores(reading: Reading, instrument: str) -> list[Row]:
    """The scores over time of all arms that have them."""
    found = (reading.score(arm, instrument) for arm in reading.arms)
    return [row for row in found if row is not None and row["times_h"]]


def with_bands(reading: Reading, rows: Sequence[Row]) -> list[Row]:
    """The arms whose bands are shown in the common frame."""
    if len(rows) <= TOGETHER:
        return list(rows)
    chosen = {reading.arm["name"], reading.control["name"] if reading.control else ""}
    return [row for row in rows if row["arm"] in chosen]


def back_to_front(reading: Reading, rows: Sequence[Row]) -> list[Row]:
    """The arms in the order of drawing: the arm of interest on top."""
    return sorted(rows, key=lambda row: row["arm"] == reading.arm["name"])


def _line(row: Row, clock: Clock, axis: Axis, colours: dict[str, str]) -> Markup:
    return Markup('<g class="{}">{}</g>').format(colours[row["arm"]], median(row, clock, axis))


def dosed(reading: Reading, rows: Sequence[Row]) -> list[Row]:
    """The arms that get a drug with kinetics."""
    return [row for row in rows if reading.arms[row["arm"]]["doses"]]


def dose_times(reading: Reading, arm: str) -> list[float]:
    """Times of an arm's doses, h."""
    return [dose["time_h"] for dose in reading.arms[arm]["doses"]]


def strip_words(reading: Reading) -> str:
    """What the grey strip is."""
    return "infusion" if reading.infusion_h > 0 else ""
