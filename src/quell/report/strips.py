"""Strips: one horizontal scale drawn in the cell of a table, so that a figure is a table that everybody can read.

Everything stands at percentages of the cell, so a strip fits a phone and a poster.
"""

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from quell.report.digits import nice_ticks, tick_writer
from quell.report.svg_axes import percent

HEIGHT = 26
_MIDDLE = HEIGHT / 2


@dataclass(frozen=True)
class Scale:
    """A horizontal scale from ``low`` to ``high`` with labelled ticks."""

    low: float
    high: float
    ticks: tuple[float, ...]
    write: Callable[[float], str]

    def place(self, value: float) -> float:
        """Place of a value, 0 to 1; beyond the ends at the ends."""
        return min(max((value - self.low) / (self.high - self.low), 0.0), 1.0)


def scale_for(values: list[float], most: int = 6, holds: tuple[float, ...] = (0.0,)) -> Scale:
    """A scale with round ends that holds all values and the lines drawn across."""
    every = [*values, *holds]
    low, high = min(every), max(every)
    ticks = nice_ticks(low, high if high > low else low + 1.0, most)
    return Scale(ticks[0], ticks[-1], tuple(ticks), tick_writer(ticks))


def strip(*marks: Markup) -> Markup:
    """The drawing of one row."""
    return Markup('<svg class="drawn" width="100%" height="{}" aria-hidden="true" overflow="visible">{}</svg>').format(
        HEIGHT, Markup("").join(marks)
    )


def rail() -> Markup:
    """The hairline that the marks of a row stand on."""
    return Markup('<line class="rail" x1="0" x2="100%" y1="{y}" y2="{y}"/>').format(y=_MIDDLE)


def bar(scale: Scale, low: float, high: float, kind: str, thick: float = 8) -> Markup:
    """A round bar from ``low`` to ``high``."""
    x, end = scale.place(min(low, high)), scale.place(max(low, high))
    return Markup('<rect class="{}" x="{}" width="{}" y="{}" height="{}" rx="{}"/>').format(
        kind, percent(x), percent(max(end - x, 0.001)), _MIDDLE - thick / 2, thick, min(thick / 2, 4)
    )


def whisker(scale: Scale, low: float, high: float) -> Markup:
    """The thin line of an interval."""
    return Markup('<line class="whisker" x1="{}" x2="{}" y1="{y}" y2="{y}"/>').format(
        percent(scale.place(low)), percent(scale.place(high)), y=_MIDDLE
    )


def dot(scale: Scale, value: float, kind: str = "dot", radius: float = 5) -> Markup:
    """A point."""
    return Markup('<circle class="{}" cx="{}" cy="{}" r="{}"/>').format(
        kind, percent(scale.place(value)), _MIDDLE, radius
    )


def across(scale: Scale, value: float, kind: str) -> Markup:
    """A line from row to row at a value: nothing, a limit, a difference that patients notice."""
    return Markup('<line class="{}" x1="{x}" x2="{x}" y1="-8" y2="{}"/>').format(
        kind, HEIGHT + 8, x=percent(scale.place(value))
    )


def ruler(scale: Scale) -> Markup:
    """The ticks below the last row; the heading of the column carries the unit."""
    words = [
        Markup('<text x="{}" y="12" text-anchor="middle">{}</text>').format(
            percent(scale.place(tick)), scale.write(tick)
        )
        for tick in scale.ticks
    ]
    return Markup('<svg class="ruler" width="100%" height="16" aria-hidden="true" overflow="visible">{}</svg>').format(
        Markup("").join(words)
    )
