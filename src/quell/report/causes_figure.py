"""Where a difference between arms comes from, as a waterfall: each cause starts where the one before ended.

The parts are Shapley values and add up to the total; each has its own 95 % interval. The change within an arm is
split the same way below it: regression to the mean and the natural course belong there and cancel between arms.
"""

from itertools import accumulate

from markupsafe import Markup

from quell.report.reading import Reading, Row
from quell.report.strips import Scale, across, bar, rail, ruler, scale_for, strip, whisker
from quell.report.tables import Column, Line, Table, arm_name
from quell.report.voice import POINTS, Voice, fixed

CAUSE_HUES = {
    "pharmacology": "h0",
    "psychotherapy": "h1",
    "expectancy": "h4",
    "guess": "h5",
    "unblinding": "h5",
    "comparator": "sand",
    "setting": "h4",
    "regression": "slate",
    "regression to the mean": "slate",
    "natural course": "slate",
}
"""Cause -> colour class."""


def difference_causes(reading: Reading, row: Row) -> Table:
    """The waterfall of one difference between arms, the total last."""
    voice, parts = reading.voice, row["parts"]
    scale = _waterfall_scale([parts], [row["total"]["interval"] or [], [row["total"]["mean"]]])
    lines = _waterfall(voice, row, scale)
    total = strip(
        rail(),
        across(scale, 0.0, "zero"),
        bar(scale, 0.0, row["total"]["mean"], "bar", 12),
        *_interval(scale, row["total"]),
    )
    words = voice.cell(row.at("total", "mean"), row.at("total", "interval"), most=POINTS)
    lines.append(Line((Markup("difference between the arms"), total, words), "ink", "total"))
    caption = Markup("Where the difference between {} and {} comes from").format(
        voice.quote(row.at("arm")), voice.quote(row.at("control"))
    )
    return Table(caption, _columns("cause"), lines, ruler(scale))


def change_causes(reading: Reading, rows: list[Row], colours: dict[str, str]) -> Table:
    """The waterfalls of the changes within arms, one below the other on one scale."""
    scale = _waterfall_scale([row["parts"] for row in rows], [])
    lines: list[Line] = []
    for row in rows:
        name = arm_name(reading.voice, row.at("arm"))
        lines.append(Line((name, Markup(""), Markup("")), colours[row["arm"]], "group"))
        lines += _waterfall(reading.voice, row, scale)
    return Table("Where the change within each arm comes from", _columns("cause"), lines, ruler(scale))


def _columns(head: str) -> tuple[Column, ...]:
    return Column(head, "words"), Column("contribution, points", "strip"), Column(fixed("contribution (95 %)"))


def _waterfall_scale(groups: list[list[dict]], more: list[list[float]]) -> Scale:
    values = [x for extra in more for x in extra]
    for parts in groups:
        for end, part in zip(accumulate(p["mean"] for p in parts), parts, strict=True):
            low, high = part["interval"] or (part["mean"], part["mean"])
            start = end - part["mean"]
            values += [end, start + low, start + high]
    return scale_for(values or [0.0, 1.0])


def _waterfall(voice: Voice, row: Row, scale: Scale) -> list[Line]:
    lines, start = [], 0.0
    for i, part in enumerate(row["parts"]):
        end = start + part["mean"]
        marks = [rail(), across(scale, 0.0, "zero"), bar(scale, start, end, "bar", 12), *_interval(scale, part, start)]
        words = voice.cell(row.at("parts", i, "mean"), row.at("parts", i, "interval"), most=POINTS)
        lines.append(
            Line(
                (voice.quote(row.at("parts", i, "title")), strip(*marks), words), CAUSE_HUES.get(part["cause"], "slate")
            )
        )
        start = end
    return lines


def _interval(scale: Scale, part: dict, start: float = 0.0) -> list[Markup]:
    if part["interval"] is None:
        return []
    low, high = part["interval"]
    return [whisker(scale, start + low, start + high)]
