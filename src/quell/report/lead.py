"""Three sentences after the headline: the change, the difference, the price; and what they rest on."""

from markupsafe import Markup

from quell.report.digits import significant
from quell.report.forest import difference_in_words
from quell.report.glossary import term
from quell.report.phrases import amount_of_change, moves, share_digits
from quell.report.reading import Reading, Row
from quell.report.strength import same_moment, strength_of
from quell.report.voice import Voice, path_to

_PEAKS = {
    "CADSS": Markup("dissociation ({}) peaks at {} in the median person"),
    "SBP": Markup("systolic pressure ({}) peaks at {} in the median person"),
    "SBP change": Markup("systolic pressure ({}) peaks {} higher"),
}
_PEAK = Markup("{} peaks at {} in the median person")


def lead(reading: Reading) -> list[Markup]:
    """Three sentences: the change, the difference, the price."""
    sentences = [_change(reading)]
    if reading.endpoint is not None:
        sentences.append(_difference(reading, reading.endpoint))
    return [s for s in (*sentences, _price(reading)) if s]


def rests_on(reading: Reading) -> Markup:
    """What the answer rests on, in one line."""
    voice = reading.voice
    draws = (
        Markup("one set of typical values, so that what is not known is left out")
        if reading.typical
        else Markup("{} draws from what is known").format(voice.say("run.draws"))
    )
    return Markup("Rests on {} parameters, {} of them assumed or recalled; {}; {}.").format(
        voice.count("parameters"),
        voice.tally("parameters", "grade", ("assumed", "recalled")),
        draws,
        "judged against held-out trials below"
        if reading.summary.get("held_out")
        else "not yet judged against held-out trials",
    )


def _change(reading: Reading) -> Markup:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return Markup("")
    words = Markup("In {} {} with {}, {} {} by {} with {} by {}").format(
        voice.say("run.people"),
        term("virtual person", "virtual people"),
        voice.quote("people.disorder"),
        voice.quote(row.at("instrument")),
        moves(row),
        amount_of_change(voice, row, "95 % interval ", bold=True),
        reading.named(row),
        voice.quote(row.at("visit")),
    )
    other = reading.control and reading.result(reading.control["name"], reading.instrument, reading.visit)
    if other is None or other["change"] is None:
        return Markup("{}.").format(words)
    beside = "and" if moves(other) == moves(row) else f"and {moves(other)}"
    return Markup("{}, {} by {} with {}.").format(words, beside, amount_of_change(voice, other), reading.named(other))


def _difference(reading: Reading, row: Row) -> Markup:
    favours, sure = row["difference"]["mean"] < 0, strength_of(reading, row) not in ("nil", "open")
    amount = difference_in_words(reading.voice, row, "negated" if favours else "plain", "points")
    side = Markup("")
    if sure:
        side = Markup(" in favour of {}").format(reading.named(row, "arm" if favours else "control"))
    alone = len(reading.rows("contrasts", **same_moment(row))) == 1
    more = _later(reading, row) if alone else _others(reading, row)
    parts = (_probability(reading, row), _against_important(reading, row), more)
    return Markup("The difference is {}{}{}{}{}.").format(amount, side, *parts)


def _probability(reading: Reading, row: Row) -> Markup:
    """The probability P that the arm is better; where all draws agree it is said so, as a P of 1 would claim more."""
    voice, better = reading.voice, row["probability_better"]
    if better is None:
        return Markup("")
    if better in (0.0, 1.0):
        return Markup(" in {} of {} {}").format(
            "every one" if better else "none", voice.say("run.draws"), term("draw", "draws")
        )
    return Markup(" ({} that {} is better: {})").format(
        term("P better", "P"), reading.named(row), voice.say(row.at("probability_better"), 2)
    )


def _against_important(reading: Reading, row: Row) -> Markup:
    path = path_to("instruments", row["instrument"], "minimal_important_difference", "value")
    important = reading.voice.value(path)
    if important is None:
        return Markup("")
    reached = "above" if abs(row["difference"]["mean"]) >= important else "below"
    noticed = term("minimal important difference", "patients notice")
    return Markup(", {} the {} points that {}").format(
        reached, reading.voice.say(path, significant(important, 1)), noticed
    )


def _others(reading: Reading, row: Row) -> Markup:
    """How the other arms differ from the same control, the best first."""
    rows = [r for r in reading.rows("contrasts", **same_moment(row)) if r["arm"] != row["arm"]]
    rows.sort(key=lambda r: r["difference"]["mean"])
    said = [Markup("{} {}").format(reading.named(r), difference_in_words(reading.voice, r, "negated")) for r in rows]
    return Markup("; over {} the others gain: {}").format(reading.named(row, "control"), Markup(", ").join(said))


def _later(reading: Reading, row: Row) -> Markup:
    last = reading.contrasts(row["arm"], row["control"], row["instrument"])[-1]
    if last["time_h"] <= row["time_h"]:
        return Markup("")
    form = "negated" if row["difference"]["mean"] < 0 else "plain"
    return Markup("; at {} it is {}").format(
        reading.voice.quote(last.at("visit")), difference_in_words(reading.voice, last, form)
    )


def _price(reading: Reading) -> Markup:
    rows = reading.rows("safety", arm=reading.arm["name"])
    if not rows:
        return Markup("")
    known = {row["measure"]: row for row in rows}
    pressure = "SBP" if "SBP" in known and known["SBP"]["share_over"] else "SBP change"
    chosen = [known[measure] for measure in ("CADSS", pressure) if measure in known] or rows[:1]
    return Markup("The price: {}.").format(Markup("; ").join(_peak(reading.voice, row) for row in chosen))


def _peak(voice: Voice, row: Row) -> Markup:
    value = voice.say(row.at("peak", "q50"), significant(row["peak"]["q50"]))
    unit = Markup("") if row["unit"] == "1" else Markup(" {}").format(voice.quote(row.at("unit")))
    said = _PEAKS.get(row["measure"], _PEAK).format(
        voice.quote(row.at("measure")), Markup("<b>{}{}</b>").format(value, unit)
    )
    if row["share_over"] is None or row["limit"] is None:
        return said
    limit = voice.say(row.at("limit"), significant(row["limit"], 1))
    if row["share_over"]["share"] == 0:
        return Markup("{} and passes the limit of {} in nobody").format(said, limit)
    share = voice.say(row.at("share_over", "share"), share_digits(row["share_over"]["share"]), "percent")
    return Markup("{} and passes the limit of {} in {} of people").format(said, limit, share)
