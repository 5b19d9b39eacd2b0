"""The answer first: a headline computed from the run, as strong as the run allows."""

from markupsafe import Markup

from quell.report.phrases import capital, small, treatment
from quell.report.reading import Reading, Row, lowest
from quell.report.strength import NOTHING, Strength, half_gone, same_moment, strength_of

_ADVERBS: dict[Strength, str] = {"clear": "", "probable": "probably ", "possible": "perhaps "}


def headline(reading: Reading) -> Markup:
    """The finding of the run, as strong as the run allows."""
    row = reading.endpoint
    if row is not None and strength_of(reading, row) == "open":
        who = "A typical run" if reading.typical else "The run"
        words = Markup("{} cannot tell {} from {} in {} at {}{}")
        return words.format(
            who, treatment(reading, reading.arm), *_against(reading, row), _rival(reading, row, " than either")
        )
    claim = _without_control(reading) if row is None else _claim(reading, row)
    return Markup("In a typical run, {}").format(small(claim)) if reading.typical else claim


def _claim(reading: Reading, row: Row) -> Markup:
    """What the arm does beside its control: nothing more, less, or more and for how long."""
    strength, what = strength_of(reading, row), treatment(reading, reading.arm)
    control, disorder, visit = _against(reading, row)
    many = len(reading.arm["doses"]) > 1 and not what.startswith(("<", "“"))
    how, does = _ADVERBS.get(strength, ""), "do" if many else "does"
    if strength == "nil":
        return Markup("{} {} no more than {} for {} at {}").format(capital(what), does, control, disorder, visit)
    if row["difference"]["mean"] > 0:
        return Markup("{} {}{} less than {} for {} at {}").format(capital(what), how, does, control, disorder, visit)
    eases = "ease" if many else "eases"
    claim = Markup("{} {}{} {} more than {} at {}").format(capital(what), how, eases, disorder, control, visit)
    return Markup("{}{}{}").format(claim, _noticed(reading, row), _rival(reading, row) or _lasting(reading, strength))


def _against(reading: Reading, row: Row) -> tuple[Markup, Markup, Markup]:
    """(control, disorder, visit) in words."""
    return reading.named(row, "control"), reading.voice.quote("people.disorder"), reading.voice.quote(row.at("visit"))


def _rival(reading: Reading, row: Row, than: str = "") -> Markup:
    """The arm that is surely or probably better than the same control, and by more."""
    best = lowest(reading.rows("contrasts", **same_moment(row)), "difference", "mean")
    if best is None or best["arm"] == row["arm"] or strength_of(reading, best) not in ("clear", "probable"):
        return Markup("")
    return Markup("; {} does more{}").format(reading.named(best), than)


def _without_control(reading: Reading) -> Markup:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return Markup("{}: how {} goes").format(
            capital(treatment(reading, reading.arm)), voice.quote("people.disorder")
        )
    scale = reading.summary["instruments"][reading.instrument]
    what, where = treatment(reading, reading.arm), (voice.quote(row.at("instrument")), voice.quote(row.at("visit")))
    if abs(row["change"]["mean"]) < NOTHING * (scale["high"] - scale["low"]):
        return Markup("{} hardly moves with {} by {}, and there is no control to compare with").format(
            where[0], what, where[1]
        )
    verb = "falls" if row["change"]["mean"] < 0 else "rises"
    return Markup("{} {} with {} by {}, but no control shows how much of it the treatment did").format(
        where[0], verb, what, where[1]
    )


def _noticed(reading: Reading, row: Row) -> str:
    important = reading.summary["instruments"][row["instrument"]]["minimal_important_difference"]["value"]
    return (
        ", by less than patients notice" if important is not None and abs(row["difference"]["mean"]) < important else ""
    )


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
    return Markup("; more than half of the gain {} still there at {}").format(
        verb, reading.voice.quote(last.at("visit"))
    )
