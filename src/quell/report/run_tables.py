"""Who took part, what was given, what people guessed, and what was foretold."""

from collections.abc import Iterable

from markupsafe import Markup

from quell.report.digits import significant
from quell.report.reading import Reading, Row
from quell.report.tables import DASH, Column, Line, Table, arm_name, unit_shown
from quell.report.voice import Voice, fixed, path_to


def people_table(reading: Reading) -> Table:
    """Who was enrolled."""
    columns = (
        Column("at entry", "words"),
        Column("mean or share"),
        Column("SD"),
        Column("median"),
        Column(fixed("90 % between")),
    )
    rows = [Row(f"people.characteristics[{i}]", c) for i, c in enumerate(reading.summary["people"]["characteristics"])]
    return Table("People at entry", columns, [_characteristic(reading.voice, row) for row in rows])


def doses_table(reading: Reading, colours: dict[str, str]) -> Table:
    """What each arm was given, in the words of the study file, and the milligrams that this meant."""
    columns = (
        Column("arm", "words"),
        Column("treatment", "words"),
        Column("doses"),
        Column(fixed("mg a dose (90 % of people)")),
        Column("first", "number"),
        Column("last", "number"),
    )
    return Table("Doses given", columns, [_dose_line(reading.voice, arm, colours) for arm in reading.arms.values()])


def exposure_table(reading: Reading, colours: dict[str, str]) -> Table:
    """Concentrations after the first dose: median and 90 % of people."""
    columns = (
        Column("arm", "words"),
        Column("substance", "words"),
        Column("highest"),
        Column("at"),
        Column("end of infusion"),
        Column("area under the curve"),
    )
    lines = []
    for row in reading.rows("exposure"):
        unit = reading.voice.quote(row.at("unit"))
        lines.append(
            Line(
                (
                    arm_name(reading.voice, row.at("arm")),
                    Markup("{}, {}").format(
                        reading.voice.quote(row.at("analyte")), reading.voice.quote(row.at("sampling"))
                    ),
                    _triple(reading.voice, row, "cmax", unit),
                    _median_time(reading.voice, row),
                    _triple(reading.voice, row, "end_of_infusion", unit),
                    _triple(reading.voice, row, "auc", Markup("{}·h").format(unit)),
                ),
                colours[row["arm"]],
            )
        )
    return Table("Exposure after the first dose", columns, lines)


def guess_table(reading: Reading, colours: dict[str, str]) -> Table:
    """Who guesses what."""
    guesses = list(dict.fromkeys(g for row in reading.rows("guess") for g in row["shares"]))
    heads = (Markup("guesses {}").format(_guess_head(reading, g)) for g in guesses)
    columns = (
        Column("given", "words"),
        Column("asked", "words"),
        *(Column(h) for h in heads),
        Column(fixed("right (95 %)")),
    )
    return Table(
        "Guess of assignment",
        columns,
        [_guess_line(reading.voice, row, guesses, colours) for row in reading.rows("guess")],
    )


def held_out_table(reading: Reading) -> Table:
    """Predictions locked before the results were read, beside what the trials saw."""
    voice = reading.voice
    columns = (
        Column("trial", "words"),
        Column("quantity", "words"),
        Column("observed", "words"),
        Column(fixed("predicted (95 %)")),
        Column("verdict", "words"),
    )
    lines = [
        Line(
            (
                voice.quote(row.at("trial")),
                voice.quote(row.at("quantity")),
                voice.quote(row.at("observed")),
                voice.cell(row.at("predicted", "mean"), row.at("predicted", "interval")),
                "inside the interval" if row["inside"] else "outside: the model missed it",
            ),
            kind="" if row["inside"] else "missed",
        )
        for row in reading.rows("held_out")
    ]
    return Table("Held-out trials", columns, lines)


def _characteristic(voice: Voice, row: Row) -> Line:
    unit = unit_shown(voice, row) if row.data.get("unit") else Markup("")
    head = Markup("{}{}").format(voice.quote(row.at("label")), Markup(", {}").format(unit) if unit else "")
    if "share" in row.data:
        return Line((head, voice.say(row.at("share"), 0, "percent"), DASH, DASH, DASH))
    decimals = significant(row["sd"])
    return Line(
        (
            head,
            voice.say(row.at("mean"), decimals),
            voice.say(row.at("sd"), decimals),
            voice.say(row.at("q50"), decimals),
            Markup("{} to {}").format(voice.say(row.at("q05"), decimals), voice.say(row.at("q95"), decimals)),
        )
    )


def _dose_line(voice: Voice, arm: Row, colours: dict[str, str]) -> Line:
    sentences = Markup("<br>").join(voice.quote(arm.at("sentences", i)) for i in range(len(arm["sentences"])))
    head = arm_name(voice, arm.at("name"))
    if not arm["doses"]:
        return Line((head, sentences, Markup("no drug with kinetics"), DASH, DASH, DASH), colours[arm["name"]])
    first, last = arm.at("doses", 0), arm.at("doses", len(arm["doses"]) - 1)
    decimals = significant(arm["doses"][0]["mg_mean"])
    amount = Markup("{} ({} to {})").format(
        *(voice.say(path_to(first, k), decimals) for k in ("mg_mean", "mg_low90", "mg_high90"))
    )
    times = (voice.time(path_to(dose, "time_h")) for dose in (first, last))
    return Line((head, sentences, voice.count(arm.at("doses")), amount, *times), colours[arm["name"]])


def _triple(voice: Voice, row: Row, key: str, unit: Markup) -> Markup:
    if row[key] is None:
        return DASH
    decimals = significant(row[key]["q50"])
    return Markup("{} <small>({} to {})</small> {}").format(
        *(voice.say(row.at(key, q), decimals) for q in ("q50", "q05", "q95")), unit
    )


def _median_time(voice: Voice, row: Row) -> Markup:
    return voice.time(row.at("tmax_h", "q50"))


def _guess_head(reading: Reading, guess: str) -> Markup:
    row = next(row for row in reading.rows("guess") if guess in row["shares"])
    return reading.voice.key(row.at("shares", guess))


def _guess_line(voice: Voice, row: Row, guesses: Iterable[str], colours: dict[str, str]) -> Line:
    shares = (voice.say(row.at("shares", g), 0, "percent") if g in row["shares"] else DASH for g in guesses)
    asked = Markup("{}, {}").format(voice.quote(row.at("who")), voice.quote(row.at("at")))
    right = voice.cell(row.at("correct", "share"), row.at("correct", "interval"), "percent")
    return Line((arm_name(voice, row.at("arm")), asked, *shares, right), colours[row["arm"]])
