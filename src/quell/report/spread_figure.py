"""The answer under each choice of the contested mechanisms: scenarios side by side, never weighted."""

from markupsafe import Markup

from quell.report.forest import monte_carlo
from quell.report.glossary import term
from quell.report.reading import Reading, Row
from quell.report.strips import Scale, across, dot, rail, ruler, scale_for, strip, whisker
from quell.report.tables import Column, Line, Table
from quell.report.voice import POINTS, Voice, fixed


def scenarios_of(reading: Reading) -> list[Row]:
    """The scenarios of the endpoint: one comparison, instrument and visit."""
    rows = reading.rows("scenarios")
    wanted = {"arm": reading.arm["name"], "instrument": reading.instrument}
    return [row for row in rows if all(row[k] == v for k, v in wanted.items())] or rows


def scenario_table(reading: Reading, colour: str) -> Table:
    """A row per switch and choice on one scale; the run's own choice is marked."""
    rows = scenarios_of(reading)
    scale = scale_for([x for row in rows for x in (row["difference"]["mean"], *_ends(row))])
    what = "difference" if rows[0]["control"] else "change"
    knows = any(row["difference"]["interval"] for row in rows)
    head = fixed(f"{what} (95 %)") if knows else Markup("{} (± {})").format(what, term("Monte Carlo error"))
    columns = (
        Column("contested mechanism", "words"),
        Column("choice", "words"),
        Column(f"{what}, points", "strip"),
        Column(head),
    )
    lines = [
        _line(reading, row, scale, colour, first=i == 0 or rows[i - 1]["switch"] != row["switch"])
        for i, row in enumerate(rows)
    ]
    return Table("The answer under each choice of the contested mechanisms", columns, lines, ruler(scale))


def _line(reading: Reading, row: Row, scale: Scale, colour: str, first: bool) -> Line:
    voice = reading.voice
    marks = [rail(), across(scale, 0.0, "zero")]
    if ends := _ends(row):
        marks.append(whisker(scale, *ends))
    marks.append(dot(scale, row["difference"]["mean"]))
    own = reading.summary["run"]["switches"].get(row["switch"]) == row["choice"]
    choice = Markup("{}{}").format(voice.quote(row.at("choice")), Markup(" <small>this run</small>") if own else "")
    cells = (
        voice.quote(row.at("switch")),
        choice,
        strip(*marks),
        _amount(voice, row),
    )
    return Line(cells, colour if own else "slate", "first" if first else "")


def _ends(row: Row) -> list[float]:
    """Ends of the 95 % knowledge interval, else one Monte Carlo error to either side."""
    difference = row["difference"]
    half = difference.get("mc_error") or 0.0
    around = [difference["mean"] - half, difference["mean"] + half] if half else []
    return difference["interval"] or around


def _amount(voice: Voice, row: Row) -> Markup:
    mean, error = row.at("difference", "mean"), row["difference"].get("mc_error")
    if row["difference"]["interval"] or not error:
        return voice.cell(mean, row.at("difference", "interval"), least=monte_carlo(row), most=POINTS)
    decimals = voice.decimals(mean, row.at("difference", "interval"), least=monte_carlo(row), most=POINTS)
    return Markup("{} <small>± {}</small>").format(
        voice.say(mean, decimals), voice.say(row.at("difference", "mc_error"), max(decimals, 1))
    )
