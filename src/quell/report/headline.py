"""The answer first: a headline computed from the run, three sentences with their intervals, four figures to remember.

A headline hedges when the run does. The strength of a difference is read from its 95 % knowledge interval and the
share P of draws that agree with its sign:

    clear     the interval leaves out 0 (typical run: more than two Monte Carlo errors from 0)
    probable  P >= 0.90
    possible  P >= 0.75
    open      otherwise
    nil       value and interval within 1 % of the scale's range
"""

from collections.abc import Sequence
from typing import Literal

from markupsafe import Markup

from quell.report.digits import SPACE, significant
from quell.report.forest import difference_in_words
from quell.report.glossary import term
from quell.report.reading import Reading, Row, lowest
from quell.report.voice import Voice, fixed, path_to

Strength = Literal["clear", "probable", "possible", "open", "nil"]

_ADVERBS = {"clear": "", "probable": "probably ", "possible": "perhaps "}
_NUMBERS = "no one two three four five six seven eight nine ten eleven twelve".split()
_NOTHING = 0.01
_PEAKS = {
    "CADSS": "dissociation ({}) peaks at {} in the median person",
    "SBP change": "systolic pressure ({}) peaks {} higher",
}
_ROUTES = {"IV": "infusion", "IM": "injection", "SC": "injection", "oral": "oral dose", "sublingual": "sublingual dose", "intranasal": "nasal dose"}


def headline(reading: Reading) -> Markup:
    """The finding of the run, as strong as the run allows."""
    if reading.endpoint is None:
        return _without_control(reading)
    row, strength = reading.endpoint, strength_of(reading, reading.endpoint)
    voice, disorder, visit = reading.voice, reading.voice.quote("people.disorder"), reading.voice.quote(reading.endpoint.at("visit"))
    control, what = voice.quote(row.at("control")), capital(treatment(reading, reading.arm))
    if strength == "nil":
        return Markup("{} does no more than {} for {} at {}").format(what, control, disorder, visit)
    if strength == "open":
        return Markup("The run cannot tell {} from {} in {} at {}").format(treatment(reading, reading.arm), control, disorder, visit)
    if row["difference"]["mean"] > 0:
        return Markup("{} {}does less than {} for {} at {}").format(what, _ADVERBS[strength], control, disorder, visit)
    claim = Markup("{} {}eases {} more than {} at {}").format(what, _ADVERBS[strength], disorder, control, visit)
    return Markup("{}{}{}").format(claim, _noticed(reading, row), _lasting(reading, strength))


def lead(reading: Reading) -> list[Markup]:
    """Three sentences: the change, the difference, the price."""
    sentences = [_change(reading)]
    if reading.endpoint is not None:
        sentences.append(_difference(reading, reading.endpoint))
    return [s for s in (*sentences, _price(reading)) if s]


def rests_on(reading: Reading) -> Markup:
    """What the answer rests on, in one line."""
    voice = reading.voice
    draws = Markup("one set of typical values, so that what is not known is left out") if reading.typical else Markup("{} draws from what is known").format(voice.say("run.draws"))
    return Markup("Rests on {} parameters, {} of them assumed or recalled; {}; {}.").format(
        voice.count("parameters"), voice.tally("parameters", "grade", ("assumed", "recalled")), draws,
        "judged against held-out trials below" if reading.summary.get("held_out") else "not yet judged against held-out trials",
    )  # fmt: skip


def figures_to_remember(reading: Reading) -> list[tuple[Markup, Markup]]:
    """(figure, label) of up to four numbers."""
    tiles = (_tile_difference(reading), _tile_responders(reading), _tile_lasting(reading), _tile_price(reading))
    return [tile for tile in tiles if tile is not None]


def strength_of(reading: Reading, row: Row) -> Strength:
    """How sure the run is of the sign of a difference."""
    difference, scale = row["difference"], reading.summary["instruments"][row["instrument"]]
    ends = [difference["mean"], *(difference["interval"] or [])]
    if max(abs(x) for x in ends) < _NOTHING * (scale["high"] - scale["low"]):
        return "nil"
    if difference["interval"] is None:
        return "clear" if abs(difference["mean"]) > 2 * (difference.get("mc_error") or 0.0) else "open"
    if difference["interval"][0] > 0 or difference["interval"][1] < 0:
        return "clear"
    better = row["probability_better"] if row["probability_better"] is not None else 0.5
    agrees = better if difference["mean"] < 0 else 1 - better
    return "probable" if agrees >= 0.9 else "possible" if agrees >= 0.75 else "open"


def half_gone(reading: Reading) -> tuple[Row, Row] | None:
    """The best visit of the arm of interest against its control, and the first one after it with half of that or less."""
    if reading.control is None:
        return None
    rows = reading.contrasts(reading.arm["name"], reading.control["name"], reading.instrument)
    best = lowest(rows, "difference", "mean")
    if best is None or best["difference"]["mean"] >= 0:
        return None
    later = (r for r in rows if r["time_h"] > best["time_h"] and r["difference"]["mean"] > best["difference"]["mean"] / 2)
    first = next(later, None)
    return None if first is None else (best, first)


def treatment(reading: Reading, arm: Row) -> Markup:
    """An arm in words, from its doses: "one infusion of ketamine"; its own name where that would not single it out."""
    name = reading.voice.quote(arm.at("name"))
    doses = arm["doses"]
    if not doses or any(_regimen(other) == _regimen(arm) for other in reading.arms.values() if other is not arm):
        return name
    noun = _ROUTES.get(doses[0]["route"], "dose")
    noun = "injection" if noun == "infusion" and doses[0]["duration_h"] == 0 else noun
    number = in_words(len(doses)) or "repeated"
    return Markup("{} {}{} of {}").format(number, noun, "" if len(doses) == 1 else "s", reading.voice.quote(arm.at("doses", 0, "drug")))


def in_words(number: int) -> str:
    """A small number in words, empty above twelve."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else ""


def capital(words: Markup) -> Markup:
    """The same words with a capital first letter, unless they begin with text of the study."""
    return words if words.startswith("<") else Markup(words[0].upper() + words[1:])


def fall(voice: Voice, row: Row, lead_in: str = "") -> Markup:
    """"falls by 32 points (19 to 45)", or rises."""
    change = row["change"]
    form, verb = ("negated", "falls") if change["mean"] <= 0 else ("plain", "rises")
    least = 3.92 * change["sd"] / max(row["n"], 1) ** 0.5
    amount = voice.estimate(row.at("change", "mean"), row.at("change", "interval"), form, lead_in, least)
    return Markup("{} by {}").format(verb, amount)


def _regimen(arm: Row) -> tuple[str, int, str]:
    first = arm["doses"][0] if arm["doses"] else {"drug": "", "route": ""}
    return first["drug"], len(arm["doses"]), first["route"]


def _without_control(reading: Reading) -> Markup:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return Markup("{}: how {} goes").format(capital(treatment(reading, reading.arm)), voice.quote("people.disorder"))
    scale = reading.summary["instruments"][reading.instrument]
    what, where = treatment(reading, reading.arm), (voice.quote(row.at("instrument")), voice.quote(row.at("visit")))
    if abs(row["change"]["mean"]) < _NOTHING * (scale["high"] - scale["low"]):
        return Markup("{} hardly moves with {} by {}, and there is no control to compare with").format(where[0], what, where[1])
    verb = "falls" if row["change"]["mean"] < 0 else "rises"
    return Markup("{} {} with {} by {}, but no control shows how much of it the treatment did").format(where[0], verb, what, where[1])


def _noticed(reading: Reading, row: Row) -> str:
    important = reading.summary["instruments"][row["instrument"]]["minimal_important_difference"]["value"]
    return ", by less than patients notice" if important is not None and abs(row["difference"]["mean"]) < important else ""


def _lasting(reading: Reading, strength: Strength) -> Markup:
    found = half_gone(reading)
    if found is not None:
        verb = "is" if strength == "clear" else "would be"
        return Markup("; half of the gain {} gone by {}").format(verb, reading.voice.quote(found[1].at("visit")))
    assert reading.control is not None
    rows = reading.contrasts(reading.arm["name"], reading.control["name"], reading.instrument)
    last = rows[-1]
    if last["visit"] == reading.visit:
        return Markup("")
    verb = "is" if strength == "clear" else "would"
    return Markup("; more than half of the gain {} still there at {}").format("is" if verb == "is" else "would be", reading.voice.quote(last.at("visit")))


def _change(reading: Reading) -> Markup:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return Markup("")
    who = Markup("In {} {} with {}").format(voice.say("run.people"), term("virtual person", "virtual people"), voice.quote("people.disorder"))
    words = Markup("{}, {} {} with {} by {}").format(
        who, voice.quote(row.at("instrument")), _points(fall(voice, row, "95 % interval ")), voice.quote(row.at("arm")), voice.quote(row.at("visit"))
    )
    other = reading.control and reading.result(reading.control["name"], reading.instrument, reading.visit)
    if other is None or other["change"] is None:
        return Markup("{}.").format(words)
    same = (other["change"]["mean"] <= 0) == (row["change"]["mean"] <= 0)
    amount = fall(voice, other)
    return Markup("{}; with {} it {}.").format(words, voice.quote(other.at("arm")), amount) if not same else Markup("{}, and {} with {}.").format(
        words, Markup(str(amount).split(" ", 1)[1]), voice.quote(other.at("arm"))
    )


def _points(words: Markup) -> Markup:
    """Names the unit before the bracket and sets the figure in bold."""
    head, bracket, tail = str(words).partition(" (")
    verb, by, amount = head.rpartition(" by ")
    return Markup(f"{verb}{by}<b>{amount} points</b>{bracket}{tail}")


def _difference(reading: Reading, row: Row) -> Markup:
    voice = reading.voice
    favours = row["difference"]["mean"] < 0
    amount = _points(difference_in_words(voice, row, "negated" if favours else "plain"))
    side = voice.quote(row.at("arm" if favours else "control"))
    parts = (_probability(reading, row), _against_important(reading, row), _later(reading, row))
    return Markup("The difference is {} in favour of {}{}{}{}.").format(amount, side, *parts)


def _probability(reading: Reading, row: Row) -> Markup:
    """" (P that ketamine is better: 0.97)"; all draws agreeing is said so, as a P of 1 would claim more."""
    voice, better = reading.voice, row["probability_better"]
    if better is None:
        return Markup("")
    if better in (0.0, 1.0):
        return Markup(" in {} of {} {}").format("every one" if better else "none", voice.say("run.draws"), term("draw", "draws"))
    return Markup(" ({} that {} is better: {})").format(term("P better", "P"), voice.quote(row.at("arm")), voice.say(row.at("probability_better"), 2))


def _against_important(reading: Reading, row: Row) -> Markup:
    path = path_to("instruments", row["instrument"], "minimal_important_difference", "value")
    important = reading.voice.value(path)
    if important is None:
        return Markup("")
    reached = "at least" if abs(row["difference"]["mean"]) >= important else "less than"
    noticed = term("minimal important difference", "patients notice")
    return Markup(", {} the {} points that {}").format(reached, reading.voice.say(path, significant(important, 1)), noticed)


def _later(reading: Reading, row: Row) -> Markup:
    last = reading.contrasts(row["arm"], row["control"], row["instrument"])[-1]
    if last["time_h"] <= row["time_h"]:
        return Markup("")
    form = "negated" if row["difference"]["mean"] < 0 else "plain"
    return Markup("; at {} it is {}").format(reading.voice.quote(last.at("visit")), difference_in_words(reading.voice, last, form))


def _price(reading: Reading) -> Markup:
    rows = reading.rows("safety", arm=reading.arm["name"])
    if not rows:
        return Markup("")
    said = [_peak(reading.voice, row) for row in rows if row["measure"] in _PEAKS] or [_peak(reading.voice, rows[0])]
    return Markup("The price: {}.").format(Markup("; ").join(said))


def _peak(voice: Voice, row: Row) -> Markup:
    value = voice.say(row.at("peak", "q50"), significant(row["peak"]["q50"], 1))
    words = _PEAKS.get(row["measure"], "{} peaks at {} in the median person")
    unit = Markup("") if row["unit"] == "1" else Markup(" {}").format(voice.quote(row.at("unit")))
    said = Markup(words).format(voice.quote(row.at("measure")), Markup("<b>{}{}</b>").format(value, unit))
    if row["share_over"] is None or row["limit"] is None:
        return said
    share = voice.say(row.at("share_over", "share"), _share_digits(row["share_over"]["share"]), "percent")
    return Markup("{} and passes {} in {} of people").format(said, voice.say(row.at("limit"), significant(row["limit"], 1)), share)


def _share_digits(share: float) -> int:
    return 1 if 0 < share < 0.01 else 0


def _tile_difference(reading: Reading) -> tuple[Markup, Markup] | None:
    voice, row = reading.voice, reading.endpoint
    if row is not None:
        decimals = voice.decimals(row.at("difference", "mean"), row.at("difference", "interval"), least=3.92 * (row["difference"].get("mc_error") or 0.0))
        label = Markup("points {} between {} and {} at {}").format(*(voice.quote(row.at(k)) for k in ("instrument", "arm", "control", "visit")))
        return voice.say(row.at("difference", "mean"), decimals, "signed"), label
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return None
    decimals = voice.decimals(row.at("change", "mean"), row.at("change", "interval"), least=row["change"]["sd"] * 3.92 / row["n"] ** 0.5)
    return voice.say(row.at("change", "mean"), decimals, "signed"), Markup("points {} from baseline at {}").format(voice.quote(row.at("instrument")), voice.quote(row.at("visit")))


def _tile_responders(reading: Reading) -> tuple[Markup, Markup] | None:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["responders"] is None:
        return None
    other = reading.control and reading.result(reading.control["name"], reading.instrument, reading.visit)
    beside = Markup("")
    if other is not None and other["responders"] is not None:
        beside = Markup(" ({} {})").format(voice.quote(other.at("arm")), voice.say(other.at("responders", "share"), 0, "percent"))
    return voice.say(row.at("responders", "share"), 0, "percent"), Markup("respond on {} at {}{}").format(voice.quote(row.at("arm")), voice.quote(row.at("visit")), beside)


def _tile_lasting(reading: Reading) -> tuple[Markup, Markup] | None:
    voice, found = reading.voice, half_gone(reading)
    if found is not None:
        return voice.quote(found[1].at("visit")), Markup("first visit with half of the best difference ({}) or less").format(voice.quote(found[0].at("visit")))
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["remitters"] is None:
        return None
    return voice.say(row.at("remitters", "share"), 0, "percent"), Markup("are in {} on {} at {}").format(term("remitter", "remission"), voice.quote(row.at("arm")), voice.quote(row.at("visit")))


def _tile_price(reading: Reading) -> tuple[Markup, Markup] | None:
    rows = reading.rows("safety", arm=reading.arm["name"])
    voice, limited = reading.voice, [row for row in rows if row["share_over"] is not None]
    if limited:
        worst = max(limited, key=lambda row: row["share_over"]["share"])
        share = worst["share_over"]["share"]
        return voice.say(worst.at("share_over", "share"), _share_digits(share), "percent"), Markup("pass the limit of {} on {}").format(
            voice.say(worst.at("limit"), significant(worst["limit"], 1)), voice.quote(worst.at("measure")))  # fmt: skip
    if not rows:
        return None
    return voice.say(rows[0].at("peak", "q50"), significant(rows[0]["peak"]["q50"])), Markup("median peak of {}").format(voice.quote(rows[0].at("measure")))
