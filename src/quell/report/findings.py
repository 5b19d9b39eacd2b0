"""What each section found: its headline is a finding computed from the run, never the name of a chart."""

from collections.abc import Sequence

from markupsafe import Markup

from quell.report.cascade_figure import Steps, beside_the_story, peak_index
from quell.report.digits import significant
from quell.report.phrases import capital, in_words, treatment
from quell.report.reading import Reading, Row, lowest
from quell.report.spread_figure import scenarios_of
from quell.report.strength import strength_of
from quell.report.voice import POINTS, Voice, path_to

_STILL, _MOST_NAMED = 0.01, 4
_SMALL_CAUSE = 0.1


def symptoms(reading: Reading) -> Markup:
    """Where the endpoint's scale is lowest in the arm of interest, and what comes after."""
    voice, rows = reading.voice, reading.results(reading.arm["name"], reading.instrument)
    low, last = lowest(rows, "mean"), rows[-1]
    assert low is not None
    scale, arm = voice.quote(low.at("instrument")), reading.named(low)
    span = reading.summary["instruments"][reading.instrument]
    gained = rows[0]["mean"] - low["mean"]
    if gained < _STILL * (span["high"] - span["low"]):
        return Markup("{} hardly moves with {}").format(scale, arm)
    if low["visit"] == last["visit"]:
        return Markup("{} falls with {} up to the last visit, {}").format(scale, arm, voice.quote(last.at("visit")))
    back = (last["mean"] - low["mean"]) / gained
    rest = "stays near there to" if back < 0.25 else "is partly back by" if back < 0.75 else "is almost back by"
    return Markup("{} is lowest at {} with {} and {} {}").format(
        scale, voice.quote(low.at("visit")), arm, rest, voice.quote(last.at("visit"))
    )


def cascade(reading: Reading, steps: Steps) -> Markup:
    """When the first step peaks and the last one is furthest from where it began."""
    voice, panels = reading.voice, [*steps.first_day, *steps.panels]
    if len(panels) < 2:
        return Markup("From dose to relief: each step on one clock")
    first = panels[0].row
    last = next((panel.row for panel in reversed(panels) if not beside_the_story(panel.row)), panels[-1].row)
    when = [voice.time(row.at("times_h", peak_index(row))) for row in (first, last)]
    begin = Markup("{} peaks at {}").format(voice.quote(first.at("title")), when[0])
    begin = Markup("After the first dose {}").format(begin) if steps.first_day else begin
    if last["signal"] == "symptom_level":
        return Markup("{}, symptoms are lowest at {}").format(begin, when[1])
    return Markup("{}, {} at {}").format(begin, voice.quote(last.at("title")), when[1])


def panel_caption(voice: Voice, row: Row, fades: bool) -> Markup:
    """When the median is furthest from its start, how far, and when half of that is gone.

    Parameters
    ----------
    fades
        Whether the frame shows one dose, so that half-way back means something.
    """
    i = peak_index(row)
    decimals = significant(row["q50"][i])
    low, middle, high = (voice.say(row.at(q, i), decimals) for q in ("q05", "q50", "q95"))
    verb = "Highest" if row["q50"][i] >= row["q50"][0] else "Lowest"
    words = Markup("{} at {}: {} ({} to {})").format(verb, voice.time(row.at("times_h", i)), middle, low, high)
    half = (row["q50"][i] + row["q50"][0]) / 2
    later = range(i + 1, len(row["q50"])) if fades else ()
    gone = next((j for j in later if (row["q50"][j] - half) * (row["q50"][i] - half) <= 0), None)
    if gone is None:
        return Markup("{}.").format(words)
    return Markup("{}; half-way back by {}.").format(words, voice.time(row.at("times_h", gone)))


def instruments(reading: Reading) -> Markup:
    """On how many scales the arm of interest differs clearly from its control at the endpoint's visit."""
    voice = reading.voice
    if reading.endpoint is None or reading.control is None:
        return Markup("{} by visit, with nothing to compare it with").format(
            _listed([voice.key(path_to("instruments", n)) for n in reading.instruments])
        )
    wanted = {"arm": reading.arm["name"], "control": reading.control["name"], "visit": reading.visit}
    rows = reading.rows("contrasts", **wanted)
    better = {row.path: strength_of(reading, row) for row in rows if row["difference"]["mean"] < 0}
    level = next((level for level in ("clear", "probable") if level in better.values()), "clear")
    sure = [row for row in rows if better.get(row.path) == level]
    visit, control = voice.quote(reading.endpoint.at("visit")), reading.named(reading.endpoint, "control")
    if not sure:
        return Markup("On no scale is the gain over {} clear at {}").format(control, visit)
    start = Markup("At {} the gain over {} is {} on").format(visit, control, level)
    if len(sure) == len(rows) > _MOST_NAMED:
        return Markup("{} all {} scales").format(start, in_words(len(rows)))
    others = [voice.quote(row.at("instrument")) for row in rows if row not in sure]
    words = Markup("{} {}").format(start, _listed([voice.quote(row.at("instrument")) for row in sure]))
    return Markup("{}, not on {}").format(words, _listed(others)) if others else words


def causes(reading: Reading, row: Row | None) -> Markup:
    """How the causes share the difference between the arms."""
    if row is None:
        return Markup("Without a control there is no difference between arms to explain")
    voice, total = reading.voice, row["total"]
    form = "negated" if total["mean"] <= 0 else "plain"
    ends = total["interval"]
    if not total["mean"] or (ends and ends[0] <= 0 <= ends[1] and abs(total["mean"]) < 1):
        return Markup("There is hardly a difference between {} and {} to explain").format(
            reading.named(row), reading.named(row, "control")
        )
    decimals = voice.decimals(row.at("total", "mean"), row.at("total", "interval"), most=POINTS)
    points = voice.say(row.at("total", "mean"), decimals, form)
    said = [_cause(voice, row, i, decimals, form) for i in _by_side(row) if _tells(row, i)]
    arms = (reading.named(row), reading.named(row, "control"))
    return Markup("Of {} points between {} and {}, {}").format(points, *arms, _listed(said))


def _by_side(row: Row) -> list[int]:
    """Indices of the causes: those that make the difference first, those that take from it last."""
    sign = -1 if row["total"]["mean"] <= 0 else 1
    return sorted(range(len(row["parts"])), key=lambda i: sign * row["parts"][i]["mean"] < 0)


def _tells(row: Row, i: int) -> bool:
    """Whether a cause is large enough for the headline: the first and every tenth of the total."""
    return i == 0 or abs(row["parts"][i]["mean"]) >= _SMALL_CAUSE * abs(row["total"]["mean"])


def _cause(voice: Voice, row: Row, i: int, decimals: int, form: str) -> Markup:
    """Such as "18 are pharmacology", or "midazolam’s own effect takes 3 back"."""
    part, path = row["parts"][i], row.at("parts", i, "mean")
    makes = part["mean"] * row["total"]["mean"] >= 0
    names = {
        "pharmacology": Markup("pharmacology"),
        "unblinding": Markup("the guess of assignment"),
        "comparator": Markup("the comparator’s own effect"),
        "setting": Markup("expectation without a guess"),
    }
    name = names.get(part["cause"]) or voice.quote(row.at("parts", i, "title"))
    if makes:
        return Markup("{} {}").format(
            voice.say(path, decimals, form), Markup("are {}").format(name) if i == 0 else name
        )
    return Markup("{} takes {} back").format(
        name, voice.say(path, decimals, "plain" if form == "negated" else "negated")
    )


def costs(reading: Reading) -> Markup:
    """The limit that most people pass in the arm of interest."""
    rows, voice = reading.rows("safety", arm=reading.arm["name"]), reading.voice
    limited = [row for row in rows if row["share_over"] is not None and row["limit"] is not None]
    if not limited:
        return (
            Markup("What it costs: the peaks, against no set limit")
            if rows
            else Markup("What it costs: nothing was followed in this run")
        )
    worst = max(limited, key=lambda row: row["share_over"]["share"])
    arm, measure = reading.named(worst), voice.quote(worst.at("measure"))
    share = worst["share_over"]["share"]
    if share == 0:
        return Markup("Nobody passes a monitoring limit on {}").format(arm)
    decimals = 1 if share < 0.01 else 0
    return Markup("{} of people pass the {} limit on {}").format(
        voice.say(worst.at("share_over", "share"), decimals, "percent"), measure, arm
    )


def guesses(reading: Reading) -> Markup:
    """How many guess right."""
    row = reading.first("guess", arm=reading.arm["name"])
    if row is None:
        return (
            Markup("Nobody has to guess: the treatment is known")
            if not reading.rows("guess")
            else Markup("Who guesses what")
        )
    voice = reading.voice
    share = voice.say(row.at("correct", "share"), 0, "percent")
    other = reading.control and reading.first("guess", arm=reading.control["name"], who=row["who"], at=row["at"])
    beside = (
        Markup(", and {} on {}").format(voice.say(other.at("correct", "share"), 0, "percent"), reading.named(other))
        if other
        else Markup("")
    )
    return Markup("{} guess right on {}{}").format(share, reading.named(row), beside)


def spread(reading: Reading) -> Markup:
    """How far the answer moves over the contested mechanisms."""
    rows, voice = scenarios_of(reading), reading.voice
    if not rows:
        return Markup("The contested mechanisms were not varied in this run")
    low = min(rows, key=lambda row: row["difference"]["mean"])
    high = max(rows, key=lambda row: row["difference"]["mean"])
    form = "negated" if high["difference"]["mean"] <= 0 else "plain"
    ends = (high, low) if form == "negated" else (low, high)
    decimals = min(
        voice.decimals(row.at("difference", "mean"), row.at("difference", "interval"), most=POINTS) for row in ends
    )
    what = "gain" if form == "negated" else "difference"
    return Markup("Where laboratories disagree the {} runs from {} to {} points").format(
        what, *(voice.say(row.at("difference", "mean"), decimals, form) for row in ends)
    )


def held_out(reading: Reading) -> Markup:
    """How predictions did on trials the model never saw, or that there are none yet."""
    if not reading.rows("held_out"):
        return Markup("Not yet tested on trials it never saw")
    voice = reading.voice
    return Markup("{} of {} locked predictions hold the trial’s result").format(
        voice.tally("held_out", "inside", ("true",)), voice.count("held_out")
    )


def parameters(reading: Reading) -> Markup:
    """How many parameters, and how many of them stand on weak ground."""
    voice = reading.voice
    return Markup("{} of {} parameters are assumed or recalled").format(
        voice.tally("parameters", "grade", ("assumed", "recalled")), voice.count("parameters")
    )


def doses(reading: Reading) -> Markup:
    """What was given."""
    words = [treatment(reading, arm) for arm in reading.arms.values()]
    return (
        capital(words[0])
        if len(words) == 1
        else Markup("{} against {}").format(
            capital(treatment(reading, reading.arm)),
            _listed([treatment(reading, a) for a in reading.arms.values() if a is not reading.arm]),
        )
    )


def people(reading: Reading) -> Markup:
    """How many were screened for those enrolled."""
    voice = reading.voice
    return Markup("{} enrolled of {} screened").format(voice.say("people.enrolled"), voice.say("people.screened"))


def _listed(words: Sequence[Markup]) -> Markup:
    if len(words) < 2:
        return Markup("").join(words)
    return Markup("{} and {}").format(Markup(", ").join(words[:-1]), words[-1])
