"""Differences between arms as a forest: dot and 95 % interval against the line of no difference.

Arm minus control, so that what lies to the left favours the arm; a dotted line marks the smallest difference that
patients notice, where one is published.
"""

from collections.abc import Sequence

from markupsafe import Markup

from quell.report.reading import Reading, Row
from quell.report.strips import Scale, across, dot, rail, ruler, scale_for, strip, whisker
from quell.report.tables import DASH, Column, Line, Table, arm_name
from quell.report.voice import POINTS, Voice, fixed


def forest(reading: Reading, instrument: str, visits: Sequence[str], colours: dict[str, str]) -> Table:
    """Every arm against its control on an instrument at the visits."""
    rows = [
        row
        for visit in visits
        for arm, control in reading.pairs
        if (row := reading.first("contrasts", arm=arm, control=control, instrument=instrument, visit=visit))
    ]
    scale = scale_for([x for row in rows for x in _extent(row)])
    important = reading.summary["instruments"][instrument]["minimal_important_difference"]["value"]
    controls = {control for _, control in reading.pairs}
    arms = (
        Markup("arm against {}").format(reading.voice.quote(rows[0].at("control")))
        if len(controls) == 1 and rows
        else "arms"
    )
    columns = (
        Column("visit", "words"),
        Column(arms, "words"),
        Column("← arm better · points · control better →", "strip"),
        Column(fixed("difference (95 %)")),
        Column("effect size"),
        Column("more responders"),
        Column("P better"),
    )
    lines = [
        _line(reading, row, scale, important, colours, first=i == 0 or rows[i - 1]["visit"] != row["visit"])
        for i, row in enumerate(rows)
    ]
    return Table(Markup("Difference between arms on {}").format(instrument), columns, lines, ruler(scale))


def scales_forest(reading: Reading, colours: dict[str, str]) -> Table:
    """The arm of interest against its control on every scale at the endpoint's visit, as effect sizes on one axis."""
    control = reading.control and reading.control["name"]
    wanted = {"arm": reading.arm["name"], "control": control, "visit": reading.visit}
    found = (reading.first("contrasts", instrument=name, **wanted) for name in reading.instruments)
    rows = [row for row in found if row is not None]
    sized = [row["effect_size"] for row in rows if row["effect_size"] and row["effect_size"]["value"] is not None]
    scale = scale_for([x for size in sized for x in (size["value"], *(size["interval"] or []))])
    columns = (
        Column("scale", "words"),
        Column("← arm better · effect size · control better →", "strip"),
        Column("effect size"),
        Column(fixed("difference, points (95 %)")),
        Column("more responders"),
        Column("P better"),
    )
    lines = []
    for row in rows:
        difference, size, *others = difference_cells(reading.voice, row)
        kind = "first endpoint" if row["instrument"] == reading.instrument else "first"
        cells = (reading.voice.quote(row.at("instrument")), _size_strip(row, scale), size, difference, *others)
        lines.append(Line(cells, colours[row["arm"]], kind))
    return Table("Every scale at the endpoint", columns, lines, ruler(scale))


def _size_strip(row: Row, scale: Scale) -> Markup:
    size, marks = row["effect_size"], [rail(), across(scale, 0.0, "zero")]
    if size and size["value"] is not None:
        marks += [whisker(scale, *size["interval"])] if size["interval"] else []
        marks.append(dot(scale, size["value"]))
    return strip(*marks)


def _line(
    reading: Reading, row: Row, scale: Scale, important: float | None, colours: dict[str, str], first: bool
) -> Line:
    voice = reading.voice
    marks = [rail(), across(scale, 0.0, "zero")]
    if important is not None:
        marks += [
            across(scale, side * important, "important")
            for side in (-1, 1)
            if scale.low <= side * important <= scale.high
        ]
    if row["difference"]["interval"]:
        marks.append(whisker(scale, *row["difference"]["interval"]))
    marks.append(dot(scale, row["difference"]["mean"]))
    arm = arm_name(voice, row.at("arm"))
    pair = (
        arm
        if len({control for _, control in reading.pairs}) == 1
        else Markup("{} against {}").format(arm, voice.quote(row.at("control")))
    )
    at_endpoint = row["visit"] == reading.visit and row["instrument"] == reading.instrument
    kind = f"{'first' if first else ''} {'endpoint' if at_endpoint else ''}".strip()
    return Line(
        (voice.quote(row.at("visit")), pair, strip(*marks), *difference_cells(voice, row)), colours[row["arm"]], kind
    )


def difference_cells(voice: Voice, row: Row) -> tuple[Markup, Markup, Markup, Markup]:
    """Difference, effect size, difference in responders and probability, each with its interval where there is one."""
    return (
        voice.cell(row.at("difference", "mean"), row.at("difference", "interval"), least=monte_carlo(row), most=POINTS),
        voice.cell(row.at("effect_size", "value"), row.at("effect_size", "interval")) if row["effect_size"] else DASH,
        voice.cell(row.at("responders", "difference"), row.at("responders", "interval"), "signed percent")
        if row["responders"]
        else DASH,
        voice.say(row.at("probability_better"), 2) if row["probability_better"] is not None else DASH,
    )


def difference_in_words(voice: Voice, row: Row, form: str = "plain", unit: str = "") -> Markup:
    """The difference with its interval, no digit finer than the interval or the Monte Carlo error allows."""
    paths = row.at("difference", "mean"), row.at("difference", "interval")
    return voice.estimate(*paths, form, least=monte_carlo(row), most=POINTS, unit=unit)


def monte_carlo(row: Row) -> float:
    """Width of the Monte Carlo 95 % interval of a difference; 0 where the run does not say."""
    return 3.92 * (row["difference"].get("mc_error") or 0.0)


def _extent(row: Row) -> list[float]:
    return [row["difference"]["mean"], *(row["difference"]["interval"] or [])]
