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

from quell.report.digits import significant
from quell.report.forest import difference_in_words, monte_carlo
from quell.report.glossary import term
from quell.report.reading import Reading, Row, lowest
from quell.report.voice import POINTS, Voice, path_to

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
    claim = _without_control(reading) if reading.endpoint is None else _claim(reading, reading.endpoint)
    return Markup("In a typical run, {}").format(small(claim)) if reading.typical else claim


def _claim(reading: Reading, row: Row) -> Markup:
    strength, what = strength_of(reading, row), treatment(reading, reading.arm)
    control, disorder, visit = reading.named(row, "control"), reading.voice.quote("people.disorder"), reading.voice.quote(row.at("visit"))
    many = len(reading.arm["doses"]) > 1 and not what.startswith(("<", "“"))
    if strength == "open":
        return Markup("The run cannot tell {} from {} in {} at {}").format(what, control, disorder, visit)
    if strength == "nil":
        return Markup("{} {} no more than {} for {} at {}").format(capital(what), "do" if many else "does", control, disorder, visit)
    how = _ADVERBS[strength]
    if row["difference"]["mean"] > 0:
        return Markup("{} {}{} less than {} for {} at {}").format(capital(what), how, "do" if many else "does", control, disorder, visit)
    claim = Markup("{} {}{} {} more than {} at {}").format(capital(what), how, "ease" if many else "eases", disorder, control, visit)
    return Markup("{}{}{}").format(claim, _noticed(reading, row), _rival(reading, row) or _lasting(reading, strength))


def _rival(reading: Reading, row: Row) -> Markup:
    """The arm that differs more from the same control, if there is one."""
    best = lowest(reading.rows("contrasts", **_same_moment(row)), "difference", "mean")
    return Markup("") if best is None or best["arm"] == row["arm"] else Markup("; {} does more").format(reading.named(best))


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
    name = reading.named(arm, "name")
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


def small(words: Markup) -> Markup:
    """The same words with a small first letter, unless they begin with text of the study."""
    return words if words.startswith("<") else Markup(words[0].lower() + words[1:])


def fall(voice: Voice, row: Row, lead_in: str = "") -> Markup:
    """"falls by 32 points (19 to 45)", or rises."""
    change = row["change"]
    form, verb = ("negated", "falls") if change["mean"] <= 0 else ("plain", "rises")
    least = 3.92 * change["sd"] / max(row["n"], 1) ** 0.5
    amount = voice.estimate(row.at("change", "mean"), row.at("change", "interval"), form, lead_in, least, POINTS)
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
    verb = "is" if strength == "clear" else "would be"
    return Markup("; more than half of the gain {} still there at {}").format(verb, reading.voice.quote(last.at("visit")))


def _change(reading: Reading) -> Markup:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return Markup("")
    who = Markup("In {} {} with {}").format(voice.say("run.people"), term("virtual person", "virtual people"), voice.quote("people.disorder"))
    words = Markup("{}, {} {} with {} by {}").format(
        who, voice.quote(row.at("instrument")), _points(fall(voice, row, "95 % interval ")), reading.named(row), voice.quote(row.at("visit"))
    )
    other = reading.control and reading.result(reading.control["name"], reading.instrument, reading.visit)
    if other is None or other["change"] is None:
        return Markup("{}.").format(words)
    same = (other["change"]["mean"] <= 0) == (row["change"]["mean"] <= 0)
    amount = fall(voice, other)
    return Markup("{}; with {} it {}.").format(words, reading.named(other), amount) if not same else Markup("{}, and {} with {}.").format(
        words, Markup(str(amount).split(" ", 1)[1]), reading.named(other)
    )


def _points(words: Markup) -> Markup:
    """Names the unit before the bracket and sets the figure in bold."""
    head, bracket, tail = str(words).partition(" (")
    verb, by, amount = head.rpartition(" by ")
    return Markup(f"{verb}{by}<b>{amount} points</b>{bracket}{tail}")


def _difference(reading: Reading, row: Row) -> Markup:
    favours, sure = row["difference"]["mean"] < 0, strength_of(reading, row) not in ("nil", "open")
    amount = _points(difference_in_words(reading.voice, row, "negated" if favours else "plain"))
    side = Markup(" in favour of {}").format(reading.named(row, "arm" if favours else "control")) if sure else Markup("")
    more = _later(reading, row) if len(reading.rows("contrasts", **_same_moment(row))) == 1 else _others(reading, row)
    parts = (_probability(reading, row), _against_important(reading, row), more)
    return Markup("The difference is {}{}{}{}{}.").format(amount, side, *parts)


def _probability(reading: Reading, row: Row) -> Markup:
    """" (P that ketamine is better: 0.97)"; all draws agreeing is said so, as a P of 1 would claim more."""
    voice, better = reading.voice, row["probability_better"]
    if better is None:
        return Markup("")
    if better in (0.0, 1.0):
        return Markup(" in {} of {} {}").format("every one" if better else "none", voice.say("run.draws"), term("draw", "draws"))
    return Markup(" ({} that {} is better: {})").format(term("P better", "P"), reading.named(row), voice.say(row.at("probability_better"), 2))


def _against_important(reading: Reading, row: Row) -> Markup:
    path = path_to("instruments", row["instrument"], "minimal_important_difference", "value")
    important = reading.voice.value(path)
    if important is None:
        return Markup("")
    reached = "above" if abs(row["difference"]["mean"]) >= important else "below"
    noticed = term("minimal important difference", "patients notice")
    return Markup(", {} the {} points that {}").format(reached, reading.voice.say(path, significant(important, 1)), noticed)


def _same_moment(row: Row) -> dict[str, str]:
    return {key: row[key] for key in ("control", "instrument", "visit")}


def _others(reading: Reading, row: Row) -> Markup:
    """How the other arms differ from the same control, the best first."""
    rows = [r for r in reading.rows("contrasts", **_same_moment(row)) if r["arm"] != row["arm"]]
    rows.sort(key=lambda r: r["difference"]["mean"])
    form = "negated" if row["difference"]["mean"] < 0 else "plain"
    said = [Markup("{} for {}").format(difference_in_words(reading.voice, r, form), reading.named(r)) for r in rows]
    return Markup("; against {} it is {}").format(reading.named(row, "control"), Markup(", ").join(said))


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
    value = voice.say(row.at("peak", "q50"), significant(row["peak"]["q50"]))
    words = _PEAKS.get(row["measure"], "{} peaks at {} in the median person")
    unit = Markup("") if row["unit"] == "1" else Markup(" {}").format(voice.quote(row.at("unit")))
    said = Markup(words).format(voice.quote(row.at("measure")), Markup("<b>{}{}</b>").format(value, unit))
    if row["share_over"] is None or row["limit"] is None:
        return said
    limit = voice.say(row.at("limit"), significant(row["limit"], 1))
    if row["share_over"]["share"] == 0:
        return Markup("{} and passes the limit of {} in nobody").format(said, limit)
    share = voice.say(row.at("share_over", "share"), _share_digits(row["share_over"]["share"]), "percent")
    return Markup("{} and passes the limit of {} in {} of people").format(said, limit, share)


def _share_digits(share: float) -> int:
    return 1 if 0 < share < 0.01 else 0


def _tile_difference(reading: Reading) -> tuple[Markup, Markup] | None:
    voice, row = reading.voice, reading.endpoint
    if row is not None:
        decimals = voice.decimals(row.at("difference", "mean"), row.at("difference", "interval"), least=monte_carlo(row), most=POINTS)
        label = Markup("points {} between {} and {} at {}").format(*(voice.quote(row.at(k)) for k in ("instrument", "arm", "control", "visit")))
        return voice.say(row.at("difference", "mean"), decimals, "signed"), label
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return None
    decimals = voice.decimals(row.at("change", "mean"), row.at("change", "interval"), least=row["change"]["sd"] * 3.92 / row["n"] ** 0.5, most=POINTS)
    return voice.say(row.at("change", "mean"), decimals, "signed"), Markup("points {} from baseline at {}").format(voice.quote(row.at("instrument")), voice.quote(row.at("visit")))


def _tile_responders(reading: Reading) -> tuple[Markup, Markup] | None:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["responders"] is None:
        return None
    other = reading.control and reading.result(reading.control["name"], reading.instrument, reading.visit)
    beside = Markup("")
    if other is not None and other["responders"] is not None:
        beside = Markup(" ({} {})").format(reading.named(other), voice.say(other.at("responders", "share"), 0, "percent"))
    return voice.say(row.at("responders", "share"), 0, "percent"), Markup("respond on {} at {}{}").format(reading.named(row), voice.quote(row.at("visit")), beside)


def _tile_lasting(reading: Reading) -> tuple[Markup, Markup] | None:
    voice, found = reading.voice, half_gone(reading)
    sure = reading.endpoint is not None and strength_of(reading, reading.endpoint) in ("clear", "probable")
    if found is not None and sure:
        return voice.quote(found[1].at("visit")), Markup("first visit with half of the best difference ({}) or less").format(voice.quote(found[0].at("visit")))
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["remitters"] is None:
        return None
    return voice.say(row.at("remitters", "share"), 0, "percent"), Markup("are in {} on {} at {}").format(term("remitter", "remission"), reading.named(row), voice.quote(row.at("visit")))


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
