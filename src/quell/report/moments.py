"""The numbers behind a figure over time, at the ticks of its clock: for a keyboard and a screen reader."""

from collections.abc import Sequence

from markupsafe import Markup

from quell.report.clock import Clock
from quell.report.digits import significant
from quell.report.reading import Reading, Row
from quell.report.tables import Column, Line, Table, arm_name, unit_shown
from quell.report.voice import Voice, fixed


def score_table(reading: Reading, instrument: str, clock: Clock, colours: dict[str, str]) -> Table | None:
    """The numbers behind the symptom figure, at the ticks of its clock."""
    rows = [row for arm in reading.arms if (row := reading.score(arm, instrument))]
    if not rows:
        return None
    return moments_table(
        reading.voice, rows, "arm", clock, colours, f"{instrument} over time: median and 90 % of people"
    )


def moments_table(
    voice: Voice, rows: Sequence[Row], head: str, clock: Clock, colours: dict[str, str], caption: str
) -> Table:
    """Median and 90 % of people of signals at the ticks of a clock."""
    nearest = {row.path: [_nearest(row["times_h"], t) for t, _ in clock.ticks] for row in rows}
    columns = (Column(head, "words"), *(Column(fixed(label)) for _, label in clock.ticks))
    lines = [
        Line(
            (_signal_head(voice, row, head), *(_moment(voice, row, i) for i in nearest[row.path])),
            colours.get(row["arm"], ""),
        )
        for row in rows
    ]
    return Table(fixed(caption), columns, lines)


def _nearest(times_h: Sequence[float], time_h: float) -> int:
    return min(range(len(times_h)), key=lambda i: abs(times_h[i] - time_h))


def _signal_head(voice: Voice, row: Row, head: str) -> Markup:
    if head == "arm":
        return arm_name(voice, row.at("arm"))
    unit = unit_shown(voice, row)
    return Markup("{}{}").format(voice.quote(row.at("title")), Markup(", {}").format(unit) if unit else "")


def _moment(voice: Voice, row: Row, i: int) -> Markup:
    decimals = significant(row["q95"][i] - row["q05"][i] or row["q50"][i])
    low, middle, high = (voice.say(row.at(q, i), decimals) for q in ("q05", "q50", "q95"))
    return Markup("{} <small>({} to {})</small>").format(middle, low, high)
