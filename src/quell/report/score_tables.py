"""Every instrument by visit and arm, and what its columns mean."""

from collections.abc import Sequence

from markupsafe import Markup

from quell.report.digits import significant
from quell.report.reading import Reading, Row
from quell.report.tables import DASH, Column, Line, Table, arm_name, grade_note, rated_by, source_link
from quell.report.voice import POINTS, Voice, fixed, path_to

FEW_VISITS, FEWER_VISITS = 6, 4
"""Visits of a first look: with up to three arms, with more."""


def results_table(reading: Reading, instrument: str, visits: Sequence[str], colours: dict[str, str]) -> Table:
    """Mean, spread, change, responders and remitters of every arm at the visits."""
    voice = reading.voice
    columns = (
        Column("visit", "words"),
        Column("arm", "words"),
        Column("n"),
        Column(fixed("mean (95 %)")),
        Column("SD"),
        Column(fixed("change (95 %)")),
        Column("responders"),
        Column("remitters"),
    )
    lines = []
    for visit in visits:
        rows = [row for arm in reading.arms if (row := reading.result(arm, instrument, visit))]
        for i, row in enumerate(rows):
            at_endpoint = instrument == reading.instrument and visit == reading.visit
            kind = " ".join(("first" if i == 0 else "", "endpoint" if at_endpoint else "")).strip()
            lines.append(Line(_result_cells(voice, row), colours[row["arm"]], kind))
    caption = Markup("{} by visit and arm").format(voice.key(path_to("instruments", instrument)))
    return Table(caption, columns, lines)


def few_visits(reading: Reading, instrument: str) -> list[str]:
    """The visits that a first look needs: the first, the last, the endpoint and some between."""
    visits = all_visits(reading, instrument)
    most = FEW_VISITS if len(reading.arms) <= 3 else FEWER_VISITS
    if len(visits) <= most + 1:
        return visits
    steps = {round(i * (len(visits) - 1) / (most - 1)) for i in range(most)}
    return [v for i, v in enumerate(visits) if i in steps or v == reading.visit]


def all_visits(reading: Reading, instrument: str) -> list[str]:
    """Names of the visits of an instrument, in order of time."""
    times: dict[str, float] = {}
    for row in reading.rows("results", instrument=instrument):
        times.setdefault(row["visit"], row["time_h"])
    return sorted(times, key=lambda visit: times[visit])


def definitions(reading: Reading, instrument: str) -> list[tuple[str, Markup]]:
    """What the columns of a results table mean for this instrument."""
    voice, path = reading.voice, path_to("instruments", instrument)
    scale = reading.summary["instruments"][instrument]
    said = [
        (
            "Scale",
            Markup("{}, {} to {}, {}; lower is better.").format(
                voice.quote(path_to(path, "title")),
                voice.say(path_to(path, "low")),
                voice.say(path_to(path, "high")),
                rated_by(voice, path_to(path, "rater")),
            ),
        )
    ]
    for key, name in (("response", "Responder"), ("remission", "Remitter")):
        rule = path_to(path, key)
        words = (
            "no published definition is used"
            if scale[key] is None
            else Markup("{} ({}{})").format(
                voice.quote(path_to(rule, "definition")),
                source_link(voice, path_to(rule, "source")),
                grade_note(scale[key]["grade"]),
            )
        )
        said.append(
            (name, Markup("{}; of all n at the visit.").format(words) if scale[key] else Markup("{}.").format(words))
        )
    said.append(("Minimal important difference", _important(voice, path_to(path, "minimal_important_difference"))))
    return said


def _important(voice: Voice, path: str) -> Markup:
    record = voice.value(path)
    if record["value"] is None:
        return Markup("none published.")
    value = voice.say(path_to(path, "value"), significant(record["value"], 1))
    return Markup("{} points ({}{}).").format(
        value, source_link(voice, path_to(path, "source")), grade_note(record["grade"])
    )


def _result_cells(voice: Voice, row: Row) -> tuple[Markup, ...]:
    change, least = row["change"], _monte_carlo(row, "sd")
    decimals = voice.decimals(row.at("mean"), row.at("interval"), least=least, most=POINTS)
    return (
        voice.quote(row.at("visit")),
        arm_name(voice, row.at("arm")),
        voice.say(row.at("n")),
        _mean(voice, row, decimals),
        voice.say(row.at("sd"), decimals),
        _mean(voice, row, decimals, "change") if change else DASH,
        _counted(voice, row, "responders"),
        _counted(voice, row, "remitters"),
    )


def _mean(voice: Voice, row: Row, decimals: int, *inside: str) -> Markup:
    """A mean with its interval; every score of a row shows the same decimals."""
    value = voice.say(row.at(*inside, "mean"), decimals)
    ends = voice.range(row.at(*inside, "interval"), decimals)
    return Markup("{} <small>({})</small>").format(value, ends) if ends else value


def _monte_carlo(row: Row, key: str) -> float:
    """Width of the Monte Carlo 95 % interval of a mean."""
    return 3.92 * row[key] / max(row["n"], 1) ** 0.5


def _counted(voice: Voice, row: Row, key: str) -> Markup:
    """Such as "41 % (38 to 45 %), 164 of 400"."""
    if row[key] is None:
        return DASH
    share = voice.say(row.at(key, "share"), 0, "percent")
    ends = voice.range(row.at(key, "interval"), 0, "percent")
    between = Markup(" <small>({})</small>").format(ends) if ends else Markup("")
    return Markup("{}{} <small>{}/{}</small>").format(
        share, between, voice.say(row.at(key, "count")), voice.say(row.at("n"))
    )
