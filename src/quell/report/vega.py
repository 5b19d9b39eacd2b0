"""The symptom figure with numbers under the pointer, as a Vega-Lite specification.

It is the same picture as :mod:`quell.report.symptom_figure`, on the same clock with the same colours (CSS variables,
so that dark mode and print follow), plus a line that follows the pointer and names every arm's median and bands.
"""

import json
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from quell.report.clock import Clock
from quell.report.digits import significant, told_time, written
from quell.report.reading import Reading, Row
from quell.report.svg_axes import Axis, shortened
from quell.report.symptom_figure import (
    HEIGHT,
    WITHOUT,
    back_to_front,
    dose_times,
    dosed,
    line_ends,
    score_axis,
    scores,
    strip_words,
    with_bands,
)

Spec = dict[str, Any]
_BANDS = (
    ("q05", "q95", "people", 0.16),
    ("q25", "q75", "people", 0.26),
    ("knowledge_low", "knowledge_high", "knowledge", 0.3),
)


def symptom_spec(reading: Reading, clock: Clock, colours: dict[str, str]) -> Spec | None:
    """The specification, Vega-Lite 6; None where no score was followed in time."""
    rows = scores(reading, reading.instrument)
    if not rows:
        return None
    banded = with_bands(reading, rows)
    axis = score_axis(reading, rows, banded)
    layers = [*_strip(reading, clock), *_frame(clock, axis), *_level(reading, clock, axis)]
    for row in back_to_front(reading, rows):
        layers += _arm(row, clock, axis, colours[row["arm"]], row in banded)
    layers += [*_doses(reading, rows, clock, colours), *_names(rows, clock, axis, colours)]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "description": f"{reading.instrument} by arm over time. The numbers stand in the table below.",
        "width": "container",
        "height": HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": {"left": 0, "right": 0, "top": 6, "bottom": 0},
        "background": "transparent",
        "params": [{"name": "bands", "value": "people"}],
        "layer": [*layers, *_pointer(rows, clock, axis)],
        "config": {
            "view": {"stroke": None},
            "font": "inherit",
            "text": {"font": "inherit"},
            "axis": {"labelFont": "inherit"},
        },
    }


def embedded(spec: Spec) -> str:
    """The specification as JSON that may stand inside a script element."""
    text = json.dumps(spec, ensure_ascii=False, separators=(",", ":"))
    return (
        text.replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
        .replace("\u2028", "\\u2028")
        .replace("\u2029", "\\u2029")
    )


def _x(field: str, clock: Clock) -> Spec:
    places = [round(clock.place(t), 4) for t, _ in clock.ticks]
    labels = [label for _, label in clock.ticks]
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [0, 1], "nice": False, "zero": False},
        "axis": {
            "values": places,
            "labelExpr": f"{json.dumps(labels)}[indexof({json.dumps(places)}, datum.value)]",
            "gridColor": "var(--hair)",
            "domain": False,
            "ticks": False,
            "labelColor": "var(--muted)",
            "labelPadding": 8,
            "labelFontSize": 11,
            "labelFlush": False,
            "labelOverlap": False,
        },
    }


def _y(field: str, axis: Axis) -> Spec:
    return {
        "field": field,
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [axis.low, axis.high], "nice": False, "zero": False},
        "axis": {
            "values": list(axis.ticks),
            "gridColor": "var(--hair)",
            "domain": False,
            "ticks": False,
            "labelColor": "var(--muted)",
            "labelPadding": 8,
            "labelFontSize": 11,
        },
    }


def _frame(clock: Clock, axis: Axis) -> list[Spec]:
    """Axes and hairlines, below everything."""
    return [
        {
            "data": {"values": [{"x": 0, "y": axis.low}]},
            "mark": {"type": "point", "opacity": 0},
            "encoding": {"x": _x("x", clock), "y": _y("y", axis)},
        }
    ]


def _strip(reading: Reading, clock: Clock) -> list[Spec]:
    if not clock.stretched or reading.infusion_h <= 0:
        return []
    mark = {"type": "rect", "color": "var(--strip)"}
    end = round(clock.place(reading.infusion_h), 4)
    data = {"values": [{"a": 0, "b": end, "middle": end / 2, "name": strip_words(reading)}]}
    words = {"type": "text", "color": "var(--muted)", "fontSize": 11}
    return [
        {"data": data, "mark": mark, "encoding": {"x": _x("a", clock), "x2": {"field": "b"}}},
        {
            "data": data,
            "mark": words,
            "encoding": {"x": _x("middle", clock), "y": {"value": 12}, "text": {"field": "name"}},
        },
    ]


def _arm(row: Row, clock: Clock, axis: Axis, colour: str, banded: bool) -> list[Spec]:
    """Bands, line and name of one arm."""
    line = f"var(--{colour})"
    layers = [
        {
            "data": {"values": _between(row, clock, low, high)},
            "mark": {"type": "area", "color": line, "fillOpacity": {"expr": f"bands == '{kind}' ? {opacity} : 0"}},
            "encoding": {"x": _x("x", clock), "y": _y("a", axis), "y2": {"field": "b"}},
        }
        for low, high, kind, opacity in _BANDS
        if banded and row[low]
    ]
    follow = "mean" if row.data.get("mean") else "q50"
    return [
        *layers,
        _course(row, clock, axis, line, "q50", "people"),
        _course(row, clock, axis, line, follow, "knowledge"),
    ]


def _course(row: Row, clock: Clock, axis: Axis, colour: str, series: str, kind: str) -> Spec:
    """The line shown with one kind of band."""
    values = [{"x": round(clock.place(t), 4), "y": y} for t, y in zip(row["times_h"], row[series], strict=True)]
    mark = {"type": "line", "color": colour, "strokeWidth": 2, "opacity": {"expr": f"bands == '{kind}' ? 1 : 0"}}
    return {"data": {"values": values}, "mark": mark, "encoding": {"x": _x("x", clock), "y": _y("y", axis)}}


def _doses(reading: Reading, rows: Sequence[Row], clock: Clock, colours: dict[str, str]) -> list[Spec]:
    """Marks below the axis at every dose, on the even clock."""
    layers: list[Spec] = []
    for row in () if clock.stretched else dosed(reading, rows):
        data = {"values": [{"x": round(clock.place(t), 4)} for t in dose_times(reading, row["arm"])]}
        mark = {
            "type": "tick",
            "orient": "vertical",
            "size": 5,
            "thickness": 2,
            "color": f"var(--{colours[row['arm']]})",
        }
        layers.append(
            {
                "data": data,
                "mark": mark,
                "encoding": {"x": _x("x", clock), "y": {"value": HEIGHT + 3.5 + 6 * len(layers)}},
            }
        )
    return layers


def _names(rows: Sequence[Row], clock: Clock, axis: Axis, colours: dict[str, str]) -> list[Spec]:
    """The names of the lines at their right ends."""
    layers = []
    for name, colour, place in line_ends(rows, axis, colours):
        end = {"x": 1, "y": axis.high - place * (axis.high - axis.low), "name": shortened(name)}
        words = {
            "type": "text",
            "align": "left",
            "dx": 8,
            "color": f"var(--{colour}-ink)",
            "fontSize": 12,
            "fontWeight": 600,
        }
        layers.append(
            {
                "data": {"values": [end]},
                "mark": words,
                "encoding": {"x": _x("x", clock), "y": _y("y", axis), "text": {"field": "name"}},
            }
        )
    return layers


def _level(reading: Reading, clock: Clock, axis: Axis) -> list[Spec]:
    """The score of people without the disorder."""
    normal = reading.summary["instruments"][reading.instrument]["normal_mean"]
    if normal is None or not axis.low < normal < axis.high:
        return []
    data = {"values": [{"x": 0, "y": normal, "name": WITHOUT}]}
    words = {"type": "text", "align": "left", "dx": 6, "dy": -7, "color": "var(--muted)", "fontSize": 11}
    line = {"type": "rule", "color": "var(--muted)", "strokeDash": [1, 4], "strokeWidth": 1.5}
    return [
        {"data": data, "mark": line, "encoding": {"y": _y("y", axis)}},
        {"data": data, "mark": words, "encoding": {"x": _x("x", clock), "y": _y("y", axis), "text": {"field": "name"}}},
    ]


def _between(row: Row, clock: Clock, low: str, high: str) -> list[Spec]:
    return [
        {"x": round(clock.place(t), 4), "a": a, "b": b}
        for t, a, b in zip(row["times_h"], row[low], row[high], strict=True)
    ]


def _pointer(rows: Sequence[Row], clock: Clock, axis: Axis) -> list[Spec]:
    """The line that follows the pointer, and what it says: each moment owns the ground half-way to its neighbours."""
    times = rows[0]["times_h"]
    places = [round(clock.place(t), 4) for t in times]
    middles = [0.0, *((a + b) / 2 for a, b in pairwise(places)), 1.0]
    moments = [_moment(rows, i, places[i], middles[i], middles[i + 1]) for i in range(len(times))]
    tips = [{"field": "time", "title": "after the first dose", "type": "nominal"}]
    tips += [{"field": f"arm{k}", "title": row["arm"], "type": "nominal"} for k, row in enumerate(rows)]
    near = {"name": "near", "select": {"type": "point", "on": "pointerover", "clear": "pointerout", "fields": ["x"]}}
    shown = {"condition": {"param": "near", "empty": False, "value": 0.7}, "value": 0}
    ground = {"type": "rect", "fill": "transparent"}
    line = {"type": "rule", "color": "var(--muted)", "strokeWidth": 1}
    return [
        {
            "data": {"values": [{"x": m["x"]} for m in moments]},
            "mark": line,
            "encoding": {"x": _x("x", clock), "opacity": shown},
        },
        {
            "data": {"values": moments},
            "params": [near],
            "mark": ground,
            "encoding": {"x": _x("a", clock), "x2": {"field": "b"}, "tooltip": tips},
        },
    ]


def _moment(rows: Sequence[Row], i: int, place: float, start: float, end: float) -> Spec:
    """What is said at the i-th time of the first arm, the others at their nearest."""
    time = rows[0]["times_h"][i]
    nearest = (min(range(len(row["times_h"])), key=lambda j: abs(row["times_h"][j] - time)) for row in rows)
    said = {f"arm{k}": _told(row, j) for k, (row, j) in enumerate(zip(rows, nearest, strict=True))}
    return {"x": place, "a": round(start, 4), "b": round(end, 4), "time": told_time(time), **said}


def _told(row: Row, i: int) -> str:
    decimals = min(1, significant(row["q50"][i]))
    low, middle, high = (written(row[q][i], decimals) for q in ("q05", "q50", "q95"))
    return f"{middle} (90 % of people {low} to {high})"
