"""Up to four figures to remember."""

from markupsafe import Markup

from quell.report.digits import significant
from quell.report.forest import monte_carlo
from quell.report.glossary import term
from quell.report.phrases import share_digits
from quell.report.reading import Reading
from quell.report.strength import half_gone, strength_of
from quell.report.voice import POINTS


def figures_to_remember(reading: Reading) -> list[tuple[Markup, Markup]]:
    """(figure, label) of up to four numbers."""
    tiles = (_tile_difference(reading), _tile_responders(reading), _tile_lasting(reading), _tile_price(reading))
    return [tile for tile in tiles if tile is not None]


def _tile_difference(reading: Reading) -> tuple[Markup, Markup] | None:
    voice, row = reading.voice, reading.endpoint
    if row is not None:
        decimals = voice.decimals(
            row.at("difference", "mean"), row.at("difference", "interval"), least=monte_carlo(row), most=POINTS
        )
        label = Markup("points {} between {} and {} at {}").format(
            *(voice.quote(row.at(k)) for k in ("instrument", "arm", "control", "visit"))
        )
        return voice.say(row.at("difference", "mean"), decimals, "signed"), label
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["change"] is None:
        return None
    decimals = voice.decimals(
        row.at("change", "mean"),
        row.at("change", "interval"),
        least=row["change"]["sd"] * 3.92 / row["n"] ** 0.5,
        most=POINTS,
    )
    return voice.say(row.at("change", "mean"), decimals, "signed"), Markup("points {} from baseline at {}").format(
        voice.quote(row.at("instrument")), voice.quote(row.at("visit"))
    )


def _tile_responders(reading: Reading) -> tuple[Markup, Markup] | None:
    voice = reading.voice
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["responders"] is None:
        return None
    other = reading.control and reading.result(reading.control["name"], reading.instrument, reading.visit)
    beside = Markup("")
    if other is not None and other["responders"] is not None:
        beside = Markup(" ({} {})").format(
            reading.named(other), voice.say(other.at("responders", "share"), 0, "percent")
        )
    return voice.say(row.at("responders", "share"), 0, "percent"), Markup("respond on {} at {}{}").format(
        reading.named(row), voice.quote(row.at("visit")), beside
    )


def _tile_lasting(reading: Reading) -> tuple[Markup, Markup] | None:
    voice, found = reading.voice, half_gone(reading)
    sure = reading.endpoint is not None and strength_of(reading, reading.endpoint) in ("clear", "probable")
    if found is not None and sure:
        return voice.quote(found[1].at("visit")), Markup(
            "first visit with half of the best difference ({}) or less"
        ).format(voice.quote(found[0].at("visit")))
    row = reading.result(reading.arm["name"], reading.instrument, reading.visit)
    if row is None or row["remitters"] is None:
        return None
    return voice.say(row.at("remitters", "share"), 0, "percent"), Markup("are in {} on {} at {}").format(
        term("remitter", "remission"), reading.named(row), voice.quote(row.at("visit"))
    )


def _tile_price(reading: Reading) -> tuple[Markup, Markup] | None:
    rows = reading.rows("safety", arm=reading.arm["name"])
    voice, limited = reading.voice, [row for row in rows if row["share_over"] is not None]
    if limited:
        worst = max(limited, key=lambda row: row["share_over"]["share"])
        share = worst["share_over"]["share"]
        return voice.say(worst.at("share_over", "share"), share_digits(share), "percent"), Markup(
            "pass the limit of {} on {}"
        ).format(voice.say(worst.at("limit"), significant(worst["limit"], 1)), voice.quote(worst.at("measure")))
    if not rows:
        return None
    return voice.say(rows[0].at("peak", "q50"), significant(rows[0]["peak"]["q50"])), Markup(
        "median peak of {}"
    ).format(voice.quote(rows[0].at("measure")))
