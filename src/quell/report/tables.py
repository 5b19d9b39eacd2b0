"""Tables of the report: plain cells of spoken numbers, and strips where a picture helps the eye along a row."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from quell.report.clock import Clock
from quell.report.digits import significant
from quell.report.reading import Reading, Row
from quell.report.voice import POINTS, Voice, fixed, path_to

FEW_VISITS, FEWER_VISITS = 6, 4
"""Visits of a first look: with up to three arms, with more."""
_DASH = Markup('<span class="none">–</span>')


@dataclass(frozen=True)
class Column:
    """A column: its heading and what it holds (words, number or strip)."""

    title: Markup | str
    kind: str = "number"


@dataclass(frozen=True)
class Line:
    """A row; the first cell heads it. ``colour`` is the class of an arm, ``kind`` a class of the row."""

    cells: tuple[Markup | str, ...]
    colour: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption for those who hear it, and a ruler below its strips."""

    caption: Markup | str
    columns: tuple[Column, ...]
    lines: list[Line] = field(default_factory=list)
    ruler: Markup | None = None


def results_table(reading: Reading, instrument: str, visits: Sequence[str], colours: dict[str, str]) -> Table:
    """Mean, spread, change, responders and remitters of every arm at the visits."""
    voice = reading.voice
    columns = (
        Column("visit", "words"), Column("arm", "words"), Column("n"), Column(fixed("mean (95 %)")), Column("SD"),
        Column(fixed("change (95 %)")), Column("responders"), Column("remitters"),
    )  # fmt: skip
    lines = []
    for visit in visits:
        rows = [row for arm in reading.arms if (row := reading.result(arm, instrument, visit))]
        for i, row in enumerate(rows):
            at_endpoint = instrument == reading.instrument and visit == reading.visit
            kind = " ".join(("first" if i == 0 else "", "endpoint" if at_endpoint else "")).strip()
            lines.append(Line(_result_cells(voice, row), colours[row["arm"]], kind))
    caption = Markup("{} by visit and arm").format(voice.quote(path_to(reading.result(reading.arm["name"], instrument, visits[0]).at("instrument"))) if lines else instrument)
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


def people_table(reading: Reading) -> Table:
    """Who was enrolled."""
    columns = (Column("at entry", "words"), Column("mean or share"), Column("SD"), Column("median"), Column(fixed("90 % between")))
    rows = [Row(f"people.characteristics[{i}]", c) for i, c in enumerate(reading.summary["people"]["characteristics"])]
    return Table("People at entry", columns, [_characteristic(reading.voice, row) for row in rows])


def doses_table(reading: Reading, colours: dict[str, str]) -> Table:
    """What each arm was given, in the words of the study file, and the milligrams that this meant."""
    columns = (
        Column("arm", "words"), Column("treatment", "words"), Column("doses"),
        Column(fixed("mg a dose (90 % of people)")), Column("first", "number"), Column("last", "number"),
    )  # fmt: skip
    return Table("Doses given", columns, [_dose_line(reading.voice, arm, colours) for arm in reading.arms.values()])


def exposure_table(reading: Reading, colours: dict[str, str]) -> Table:
    """Concentrations after the first dose: median and 90 % of people."""
    columns = (
        Column("arm", "words"), Column("substance", "words"), Column("highest"), Column("at"), Column("end of infusion"),
        Column("area under the curve"),
    )  # fmt: skip
    lines = []
    for row in reading.rows("exposure"):
        unit = reading.voice.quote(row.at("unit"))
        lines.append(Line((
            reading.voice.quote(row.at("arm")),
            Markup("{}, {}").format(reading.voice.quote(row.at("analyte")), reading.voice.quote(row.at("sampling"))),
            _triple(reading.voice, row, "cmax", unit), _median_time(reading.voice, row), _triple(reading.voice, row, "end_of_infusion", unit),
            _triple(reading.voice, row, "auc", Markup("{}·h").format(unit)),
        ), colours[row["arm"]]))  # fmt: skip
    return Table("Exposure after the first dose", columns, lines)


def score_table(reading: Reading, instrument: str, clock: Clock, colours: dict[str, str]) -> Table | None:
    """The numbers behind the symptom figure, at the ticks of its clock."""
    rows = [row for arm in reading.arms if (row := reading.score(arm, instrument))]
    if not rows:
        return None
    return moments_table(reading.voice, rows, "arm", clock, colours, f"{instrument} over time: median and 90 % of people")


def moments_table(voice: Voice, rows: Sequence[Row], head: str, clock: Clock, colours: dict[str, str], caption: str) -> Table:
    """Median and 90 % of people of signals at the ticks of a clock."""
    nearest = {row.path: [_nearest(row["times_h"], t) for t, _ in clock.ticks] for row in rows}
    columns = (Column(head, "words"), *(Column(fixed(label)) for _, label in clock.ticks))
    lines = [
        Line((_signal_head(voice, row, head), *(_moment(voice, row, i) for i in nearest[row.path])), colours.get(row["arm"], ""))
        for row in rows
    ]
    return Table(fixed(caption), columns, lines)


def guess_table(reading: Reading, colours: dict[str, str]) -> Table:
    """Who guesses what."""
    guesses = list(dict.fromkeys(g for row in reading.rows("guess") for g in row["shares"]))
    heads = (Markup("guesses {}").format(_guess_head(reading, g)) for g in guesses)
    columns = (Column("given", "words"), Column("asked", "words"), *(Column(h) for h in heads), Column(fixed("right (95 %)")))
    return Table("Guess of assignment", columns, [_guess_line(reading.voice, row, guesses, colours) for row in reading.rows("guess")])


def held_out_table(reading: Reading) -> Table:
    """Predictions locked before the results were read, beside what the trials saw."""
    voice = reading.voice
    columns = (Column("trial", "words"), Column("quantity", "words"), Column("observed", "words"), Column(fixed("predicted (95 %)")), Column("verdict", "words"))
    lines = [
        Line((
            voice.quote(row.at("trial")), voice.quote(row.at("quantity")), voice.quote(row.at("observed")),
            voice.cell(row.at("predicted", "mean"), row.at("predicted", "interval")),
            "inside the interval" if row["inside"] else "outside: the model missed it",
        ), kind="" if row["inside"] else "missed")
        for row in reading.rows("held_out")
    ]  # fmt: skip
    return Table("Held-out trials", columns, lines)


def definitions(reading: Reading, instrument: str) -> list[tuple[str, Markup]]:
    """What the columns of a results table mean for this instrument."""
    voice, path = reading.voice, path_to("instruments", instrument)
    scale = reading.summary["instruments"][instrument]
    said = [("Scale", Markup("{}, {} to {}, rated by {}; lower is better.").format(
        voice.quote(path_to(path, "title")), voice.say(path_to(path, "low")), voice.say(path_to(path, "high")), voice.quote(path_to(path, "rater"))))]  # fmt: skip
    for key, name in (("response", "Responder"), ("remission", "Remitter")):
        rule = path_to(path, key)
        words = "no published definition is used" if scale[key] is None else Markup("{} ({}{})").format(
            voice.quote(path_to(rule, "definition")), source_link(voice, path_to(rule, "source")), grade_note(scale[key]["grade"]))  # fmt: skip
        said.append((name, Markup("{}; of all n at the visit.").format(words) if scale[key] else Markup("{}.").format(words)))
    said.append(("Minimal important difference", _important(voice, path_to(path, "minimal_important_difference"))))
    return said


def source_link(voice: Voice, path: str) -> Markup:
    """A source key that leads to its citation below."""
    key = voice.value(path)
    return _DASH if key is None else Markup('<a href="#source-{}">{}</a>').format(key, voice.quote(path))


def grade_note(grade: str | None) -> Markup:
    """The grade, in amber where it is weak."""
    if grade not in ("assumed", "recalled"):
        return Markup("")
    return Markup(', <span class="grade weak">{}</span>').format(grade)


def grade_badge(grade: str) -> Markup:
    """A grade as a badge: plain when measured or derived, amber when assumed or recalled."""
    weak = "weak" if grade in ("assumed", "recalled") else "firm"
    return Markup('<span class="grade {}">{}</span>').format(weak, grade)


def arm_name(voice: Voice, path: str) -> Markup:
    """The name of an arm with the key of its colour beside it."""
    return Markup('<span class="key" aria-hidden="true"></span>{}').format(voice.quote(path))


def _important(voice: Voice, path: str) -> Markup:
    record = voice.value(path)
    if record["value"] is None:
        return Markup("none published.")
    value = voice.say(path_to(path, "value"), significant(record["value"], 1))
    return Markup("{} points ({}{}).").format(value, source_link(voice, path_to(path, "source")), grade_note(record["grade"]))


def _result_cells(voice: Voice, row: Row) -> tuple[Markup, ...]:
    change, least = row["change"], _monte_carlo(row, "sd")
    decimals = voice.decimals(row.at("mean"), row.at("interval"), least=least, most=POINTS)
    return (
        voice.quote(row.at("visit")), arm_name(voice, row.at("arm")), voice.say(row.at("n")),
        _mean(voice, row, decimals), voice.say(row.at("sd"), decimals),
        _mean(voice, row, decimals, "change") if change else _DASH,
        _counted(voice, row, "responders"), _counted(voice, row, "remitters"),
    )  # fmt: skip


def _mean(voice: Voice, row: Row, decimals: int, *inside: str) -> Markup:
    """A mean with its interval; every score of a row shows the same decimals."""
    value = voice.say(row.at(*inside, "mean"), decimals)
    ends = voice.range(row.at(*inside, "interval"), decimals)
    return Markup("{} <small>({})</small>").format(value, ends) if ends else value


def _monte_carlo(row: Row, key: str) -> float:
    """Width of the Monte Carlo 95 % interval of a mean."""
    return 3.92 * row[key] / max(row["n"], 1) ** 0.5


def _counted(voice: Voice, row: Row, key: str) -> Markup:
    """"41 % (38 to 45 %), 164 of 400"."""
    if row[key] is None:
        return _DASH
    share = voice.say(row.at(key, "share"), 0, "percent")
    ends = voice.range(row.at(key, "interval"), 0, "percent")
    between = Markup(" <small>({})</small>").format(ends) if ends else Markup("")
    return Markup("{}{} <small>{}/{}</small>").format(share, between, voice.say(row.at(key, "count")), voice.say(row.at("n")))


def _characteristic(voice: Voice, row: Row) -> Line:
    unit = row.data.get("unit")
    head = Markup("{}{}").format(voice.quote(row.at("label")), Markup(", {}").format(voice.quote(row.at("unit"))) if unit else "")
    if "share" in row.data:
        return Line((head, voice.say(row.at("share"), 0, "percent"), _DASH, _DASH, _DASH))
    decimals = significant(row["sd"])
    return Line((
        head, voice.say(row.at("mean"), decimals), voice.say(row.at("sd"), decimals), voice.say(row.at("q50"), decimals),
        Markup("{} to {}").format(voice.say(row.at("q05"), decimals), voice.say(row.at("q95"), decimals)),
    ))  # fmt: skip


def _dose_line(voice: Voice, arm: Row, colours: dict[str, str]) -> Line:
    sentences = Markup("<br>").join(voice.quote(arm.at("sentences", i)) for i in range(len(arm["sentences"])))
    head = arm_name(voice, arm.at("name"))
    if not arm["doses"]:
        return Line((head, sentences, Markup("no drug with kinetics"), _DASH, _DASH, _DASH), colours[arm["name"]])
    first, last = arm.at("doses", 0), arm.at("doses", len(arm["doses"]) - 1)
    decimals = significant(arm["doses"][0]["mg_mean"])
    amount = Markup("{} ({} to {})").format(*(voice.say(path_to(first, k), decimals) for k in ("mg_mean", "mg_low90", "mg_high90")))
    times = (voice.time(path_to(dose, "time_h")) for dose in (first, last))
    return Line((head, sentences, voice.count(arm.at("doses")), amount, *times), colours[arm["name"]])


def _triple(voice: Voice, row: Row, key: str, unit: Markup) -> Markup:
    if row[key] is None:
        return _DASH
    decimals = significant(row[key]["q50"])
    return Markup("{} <small>({} to {})</small> {}").format(*(voice.say(row.at(key, q), decimals) for q in ("q50", "q05", "q95")), unit)


def _median_time(voice: Voice, row: Row) -> Markup:
    return voice.time(row.at("tmax_h", "q50"))


def _nearest(times_h: Sequence[float], time_h: float) -> int:
    return min(range(len(times_h)), key=lambda i: abs(times_h[i] - time_h))


def _signal_head(voice: Voice, row: Row, head: str) -> Markup:
    if head == "arm":
        return arm_name(voice, row.at("arm"))
    unit = "" if row["unit"] == "1" else Markup(", {}").format(voice.quote(row.at("unit")))
    return Markup("{}{}").format(voice.quote(row.at("title")), unit)


def _moment(voice: Voice, row: Row, i: int) -> Markup:
    decimals = significant(row["q95"][i] - row["q05"][i] or row["q50"][i])
    low, middle, high = (voice.say(row.at(q, i), decimals) for q in ("q05", "q50", "q95"))
    return Markup("{} <small>({} to {})</small>").format(middle, low, high)


def _guess_head(reading: Reading, guess: str) -> Markup:
    row = next(row for row in reading.rows("guess") if guess in row["shares"])
    return reading.voice.key(row.at("shares", guess))


def _guess_line(voice: Voice, row: Row, guesses: Iterable[str], colours: dict[str, str]) -> Line:
    shares = (voice.say(row.at("shares", g), 0, "percent") if g in row["shares"] else _DASH for g in guesses)
    asked = Markup("{}, {}").format(voice.quote(row.at("who")), voice.quote(row.at("at")))
    right = voice.cell(row.at("correct", "share"), row.at("correct", "interval"), "percent")
    return Line((arm_name(voice, row.at("arm")), asked, *shares, right), colours[row["arm"]])
