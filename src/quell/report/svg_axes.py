"""Axes and frames of figures that are sharp at any width without a script.

A figure is an SVG as wide as its place. Words and hairlines stand at percentages of it, so they keep their size on a
phone; curves live in an inner drawing of :data:`WIDE` by :data:`TALL` units that stretches to fill it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from quell.report.clock import Clock
from quell.report.digits import nice_ticks, tick_writer

WIDE, TALL = 2000, 1000
_PIXELS_BETWEEN_NAMES = 16.0


@dataclass(frozen=True)
class Axis:
    """A vertical axis with even steps.

    Parameters
    ----------
    low, high
        Ends, in the unit of the figure.
    ticks
        Labelled values.
    """

    low: float
    high: float
    ticks: tuple[float, ...]
    write: Callable[[float], str]

    def place(self, value: float) -> float:
        """Distance from the top, 0 to 1; values beyond the ends stand at the ends."""
        share = (value - self.low) / (self.high - self.low)
        return 1.0 - min(max(share, 0.0), 1.0)


def axis_for(low: float, high: float, most: int = 5, floor: float | None = None, ceiling: float | None = None) -> Axis:
    """An axis with round ticks that holds ``low`` to ``high``.

    Parameters
    ----------
    most
        Steps at most.
    floor, ceiling
        Bounds of the quantity that the axis does not pass, such as the range of a rating scale.
    """
    if high - low < 1e-9 * max(abs(high), 1e-6) or high <= low:
        low, high = (low - 1.0, low + 1.0) if low else (0.0, 1.0)
    ticks = nice_ticks(low, high, most)
    first = ticks[0] if floor is None else max(ticks[0], floor)
    last = ticks[-1] if ceiling is None else min(ticks[-1], ceiling)
    if last <= first:
        first, last = ticks[0], ticks[-1]
    return Axis(first, last, tuple(t for t in ticks if first <= t <= last), tick_writer(ticks))


def percent(share: float) -> str:
    """A place as an SVG percentage."""
    return f"{100 * share:.2f}".rstrip("0").rstrip(".") + "%"


def grid(clock: Clock, axis: Axis) -> Markup:
    """Hairlines, tick labels in words of time below and values on the left."""
    parts = [_level(axis, tick) for tick in axis.ticks]
    parts += [_moment(clock, i) for i in range(len(clock.ticks))]
    return Markup('<g class="grid">{}</g>').format(Markup("").join(parts))


def strip(clock: Clock, duration_h: float, words: str = "") -> Markup:
    """The grey strip of the first infusion, with its name if there is room for one."""
    if duration_h <= 0 or not clock.stretched:
        return Markup("")
    width = clock.place(duration_h)
    label = Markup('<text class="quiet" x="{}" y="14" text-anchor="middle">{}</text>').format(percent(width / 2), words)
    return Markup('<rect class="infusion" x="0" y="0" width="{}" height="100%"/>{}').format(
        percent(width), label if words else ""
    )


def dose_marks(clock: Clock, times_h: Iterable[float], colour: str, row: int = 0) -> Markup:
    """A tick below the axis at every dose, on the even clock; arms take one row each."""
    if clock.stretched:
        return Markup("")
    marks = [
        Markup('<rect x="{}" y="100%" width="2" height="5" transform="translate(-1 {})"/>').format(
            percent(clock.place(t)), 1 + 6 * row
        )
        for t in times_h
        if t <= clock.knots_h[-1]
    ]
    return Markup('<g class="doses {}">{}</g>').format(colour, Markup("").join(marks)) if marks else Markup("")


def level(axis: Axis, value: float, words: str) -> Markup:
    """A dotted line across the figure at a value worth knowing, named on the left."""
    if not axis.low < value < axis.high:
        return Markup("")
    y = percent(axis.place(value))
    return Markup(
        '<line class="level" x1="0" x2="100%" y1="{y}" y2="{y}"/>'
        '<text class="quiet" x="6" y="{y}" dy="-4">{words}</text>'
    ).format(y=y, words=words)


def names(ends: Sequence[tuple[str, str, float]]) -> Markup:
    """Names of the lines at their right ends.

    Parameters
    ----------
    ends
        (name, colour class, place from the top 0 to 1) of each line, already apart.
    """
    words = [
        Markup('<text class="end {}" x="100%" dx="8" y="{}" dy=".32em">{}</text>').format(
            colour, percent(y), shortened(name)
        )
        for name, colour, y in ends
    ]
    return Markup("").join(words)


def apart(ends: Sequence[tuple[str, str, float]], height: float) -> list[tuple[str, str, float]]:
    """The same ends moved apart where their names would touch in a figure of ``height`` pixels."""
    order = sorted(ends, key=lambda end: end[2])
    places = _apart([end[2] * height for end in order], _PIXELS_BETWEEN_NAMES, height)
    return [(name, colour, y / height) for (name, colour, _), y in zip(order, places, strict=True)]


def names_room(names: Iterable[str]) -> float:
    """Room that the longest of the names needs beside the figure, rem."""
    return round(0.5 * max(len(shortened(name)) for name in names) + 0.8, 2)


def shortened(name: str, most: int = 20) -> str:
    """A name that fits beside a line; the whole one stands in the tables."""
    return name if len(name) <= most else name[: most - 1].rstrip() + "…"


def curves(*parts: Markup) -> Markup:
    """The inner drawing that stretches with the figure."""
    return Markup(
        '<svg viewBox="0 0 {} {}" preserveAspectRatio="none" width="100%" height="100%" overflow="visible">{}</svg>'
    ).format(WIDE, TALL, Markup("").join(parts))


def picture(identity: str, title: str, description: str, height: int, *parts: Markup) -> Markup:
    """A whole figure.

    Parameters
    ----------
    identity
        Unique in the page, letters, digits and hyphens.
    title, description
        Read out by screen readers.
    """
    return Markup(
        '<svg class="picture" role="img" aria-labelledby="{i}-t {i}-d" width="100%" height="{height}" '
        'overflow="visible">'
        '<title id="{i}-t">{title}</title><desc id="{i}-d">{description}</desc>{parts}</svg>'
    ).format(i=identity, title=title, description=description, height=height, parts=Markup("").join(parts))


def _level(axis: Axis, tick: float) -> Markup:
    return Markup(
        '<line x1="0" x2="100%" y1="{y}" y2="{y}"/><text x="-8" y="{y}" dy=".32em" text-anchor="end">{words}</text>'
    ).format(y=percent(axis.place(tick)), words=axis.write(tick))


def _moment(clock: Clock, i: int) -> Markup:
    hours, words = clock.ticks[i]
    kind = "origin" if hours == 0 else "last" if i == len(clock.ticks) - 1 else ""
    return Markup(
        '<line x1="{x}" x2="{x}" y1="0" y2="100%"/>'
        '<text class="time {kind}" x="{x}" y="100%" dy="18" text-anchor="middle">{words}</text>'
    ).format(x=percent(clock.place(hours)), kind=kind, words=words)


def _apart(wanted: Sequence[float], least: float, height: float) -> list[float]:
    """Ascending places at least ``least`` apart, as near to the wanted ones as a pass down and a pass up make them."""
    places: list[float] = []
    for y in wanted:
        places.append(max(y, places[-1] + least) if places else max(y, 6.0))
    limit = height - 2.0
    for i in reversed(range(len(places))):
        places[i] = min(places[i], limit)
        limit = places[i] - least
    return places
