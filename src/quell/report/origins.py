"""Where the numbers come from: the parameters a run used, those that decide its answer first, and their sources."""

from markupsafe import Markup

from quell.report.digits import decimals_for, significant
from quell.report.reading import Reading, Row
from quell.report.strips import bar, rail, scale_for, strip
from quell.report.tables import Column, Line, Table, grade_badge, source_link, unit_in_words
from quell.report.voice import Voice, fixed

MOST_DECISIVE = 8


def top_parameters_table(reading: Reading) -> Table | None:
    """The parameters that decide the answer; None where the run did not share out its uncertainty."""
    known = [row for row in reading.rows("parameters") if row["share_of_uncertainty"]]
    if not known:
        return None
    rows = sorted(known, key=lambda row: -row["share_of_uncertainty"])[:MOST_DECISIVE]
    scale = scale_for([row["share_of_uncertainty"] for row in rows])
    columns = (*_columns(), Column("share of the uncertainty", "strip"), Column("share"))
    lines = []
    for row in rows:
        share = row["share_of_uncertainty"]
        drawn = strip(rail(), bar(scale, 0.0, share, "bar", 10))
        lines.append(
            Line(
                (*_cells(reading.voice, row), drawn, reading.voice.say(row.at("share_of_uncertainty"), 0, "percent")),
                "h2",
            )
        )
    return Table("Parameters that decide this answer", columns, lines)


def parameters_table(reading: Reading) -> list[tuple[str, Table]]:
    """(pack, table) of all parameters used, in the order of the packs."""
    packs: dict[str, list[Row]] = {}
    for row in reading.rows("parameters"):
        packs.setdefault(row["id"].partition(".")[0], []).append(row)
    columns = (*_columns(), Column("place in the source", "words"))
    return [
        (
            pack,
            Table(
                Markup("Parameters of {}").format(pack),
                columns,
                [Line((*_cells(reading.voice, row), reading.voice.quote(row.at("place")))) for row in rows],
            ),
        )
        for pack, rows in packs.items()
    ]


def sources(reading: Reading) -> list[tuple[str, Markup, Markup, Markup]]:
    """(identifier, key, citation, link) of the sources used, in alphabetical order."""
    rows, voice = sorted(reading.rows("sources"), key=lambda row: row["key"].casefold()), reading.voice
    return [(row["key"], voice.quote(row.at("key")), voice.quote(row.at("citation")), _doi(voice, row)) for row in rows]


def _columns() -> tuple[Column, ...]:
    return (
        Column("parameter", "words"),
        Column(fixed("value (95 % of what is known)")),
        Column("grade", "words"),
        Column("source", "words"),
    )


def _cells(voice: Voice, row: Row) -> tuple[Markup, ...]:
    title = Markup("{} <small>{}</small>").format(voice.quote(row.at("title")), voice.quote(row.at("symbol")))
    keys = Markup(", ").join(source_link(voice, row.at("source", i)) for i in range(len(row["source"])))
    return title, _value(voice, row), grade_badge(row["grade"]), keys


def _value(voice: Voice, row: Row) -> Markup:
    unit = unit_in_words(row["unit"])
    known = row["low"] is not None and row["high"] is not None and row["high"] > row["low"]
    decimals = (
        max(decimals_for(row["high"] - row["low"], row["value"]), significant(row["value"], 1))
        if known
        else significant(row["value"], 3)
    )
    value = voice.say(row.at("value"), decimals)
    between = (
        Markup(" <small>({} to {})</small>").format(
            voice.say(row.at("low"), decimals), voice.say(row.at("high"), decimals)
        )
        if known
        else ""
    )
    return Markup("{}{} {}").format(value, between, fixed(unit))


def _doi(voice: Voice, row: Row) -> Markup:
    if not row["doi"]:
        return Markup("")
    return Markup('<a href="https://doi.org/{}" rel="noreferrer">doi:{}</a>').format(
        row["doi"], voice.quote(row.at("doi"))
    )
