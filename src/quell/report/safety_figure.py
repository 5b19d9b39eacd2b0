"""What treatment costs: everybody's peaks against the limits a clinic watches, and harms counted in people.

Dot: median of the peaks; bars: 50 % and 90 % of people; dashed: the monitoring limit.
Comparators pay too and are shown.
"""

from markupsafe import Markup

from quell.report.digits import significant
from quell.report.reading import Reading, Row
from quell.report.strips import Scale, across, bar, dot, rail, ruler, scale_for, strip, whisker
from quell.report.tables import DASH, Column, Line, Table, arm_name, grade_badge, source_link, unit_in_words
from quell.report.voice import Voice, fixed

_NEAR_ZERO = 0.4
"""A scale whose values all lie further than this from zero, relative to the highest, leaves zero out."""


def peak_tables(reading: Reading, colours: dict[str, str]) -> list[Table]:
    """One strip table per measure, all arms on one scale."""
    measures = dict.fromkeys(row["measure"] for row in reading.rows("safety"))
    return [_peaks(reading, reading.rows("safety", measure=measure), colours) for measure in measures]


def harms_table(reading: Reading, colours: dict[str, str]) -> Table:
    """Harms counted in people: share with its interval, and how it is known."""
    rows = sorted(reading.rows("harms"), key=lambda row: row["event"])
    scale = scale_for([x * 100 for row in rows for x in (row["share"], *(row["interval"] or []))] or [1.0])
    columns = (
        Column("harm", "words"),
        Column("arm", "words"),
        Column("% of people", "strip"),
        Column(fixed("share (95 %)")),
        Column("known from", "words"),
    )
    lines = []
    for i, row in enumerate(rows):
        ends = [100 * x for x in row["interval"] or []]
        marks = [rail(), *([whisker(scale, *ends)] if ends else []), dot(scale, 100 * row["share"])]
        share = reading.voice.cell(row.at("share"), row.at("interval"), "percent")
        kind = "first" if i == 0 or rows[i - 1]["event"] != row["event"] else ""
        cells = (
            reading.voice.quote(row.at("event")),
            arm_name(reading.voice, row.at("arm")),
            strip(*marks),
            share,
            grade_badge(row["grade"]),
        )
        lines.append(Line(cells, colours[row["arm"]], kind))
    return Table("Other harms", columns, lines, ruler(scale))


def _peaks(reading: Reading, rows: list[Row], colours: dict[str, str]) -> Table:
    limits = [row["limit"] for row in rows if row["limit"] is not None]
    values = [x for row in rows for x in (row["peak"]["q05"], row["peak"]["q95"])] + limits
    change = min(values) < _NEAR_ZERO * max(values)
    scale = scale_for(values, holds=(0.0,) if change else ())
    columns = (
        Column("arm", "words"),
        Column("highest value", "strip"),
        Column(fixed("median (90 % of people)")),
        Column("time of peak"),
        Column("limit"),
        Column(fixed("over it (95 %)")),
    )
    lines = [Line(_peak_cells(reading.voice, row, scale), colours[row["arm"]]) for row in rows]
    unit = unit_in_words(rows[0]["unit"])
    title = Markup("{}{}").format(reading.voice.quote(rows[0].at("measure")), f", {unit}" if unit else "")
    return Table(title, columns, lines, ruler(scale), _limits(reading.voice, rows))


def _limits(voice: Voice, rows: list[Row]) -> Markup | None:
    """Where the limit comes from, in words."""
    row = next((row for row in rows if row["limit"] is not None and row["limit_source"]), None)
    if row is None:
        return None
    known = row["limit_source"] in {source["key"] for source in voice.summary["sources"]}
    where = source_link(voice, row.at("limit_source")) if known else voice.quote(row.at("limit_source"))
    return Markup("Limit: {} ({}).").format(voice.say(row.at("limit"), significant(row["limit"], 1)), where)


def _peak_cells(voice: Voice, row: Row, scale: Scale) -> tuple[Markup, ...]:
    peak, decimals = row["peak"], min(significant(row["peak"]["q95"]), 2)
    marks = [rail(), bar(scale, peak["q05"], peak["q95"], "bar90"), bar(scale, peak["q25"], peak["q75"], "bar50")]
    if row["limit"] is not None:
        marks.append(across(scale, row["limit"], "limit"))
    marks.append(dot(scale, peak["q50"]))
    middle, low, high = (voice.say(row.at("peak", q), decimals) for q in ("q50", "q05", "q95"))
    return (
        arm_name(voice, row.at("arm")),
        strip(*marks),
        Markup("{} <small>({} to {})</small>").format(middle, low, high),
        voice.time(row.at("time_of_peak_h", "q50")) if row["time_of_peak_h"]["q50"] is not None else DASH,
        voice.say(row.at("limit"), significant(row["limit"] or 0.0, 1)),
        voice.cell(row.at("share_over", "share"), row.at("share_over", "interval"), "percent")
        if row["share_over"]
        else DASH,
    )
