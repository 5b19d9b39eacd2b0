"""Turns of phrase that several sentences share: a treatment in words, a fall, small numbers."""

from markupsafe import Markup

from quell.report.reading import Reading, Row
from quell.report.voice import POINTS, Voice

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ROUTES = {
    "IV": "infusion",
    "IM": "injection",
    "SC": "injection",
    "oral": "oral dose",
    "sublingual": "sublingual dose",
    "intranasal": "nasal dose",
}


def treatment(reading: Reading, arm: Row) -> Markup:
    """An arm in words, from its doses: "one infusion of ketamine"; its own name where that would not single it out."""
    name = reading.named(arm, "name")
    doses = arm["doses"]
    if not doses or any(_regimen(other) == _regimen(arm) for other in reading.arms.values() if other is not arm):
        return name
    noun = _ROUTES.get(doses[0]["route"], "dose")
    noun = "injection" if noun == "infusion" and doses[0]["duration_h"] == 0 else noun
    number = in_words(len(doses)) or "repeated"
    return Markup("{} {}{} of {}").format(
        number, noun, "" if len(doses) == 1 else "s", reading.voice.quote(arm.at("doses", 0, "drug"))
    )


def in_words(number: int) -> str:
    """A small number in words, empty above twelve."""
    return _NUMBERS[number] if 0 <= number < len(_NUMBERS) else ""


def capital(words: Markup) -> Markup:
    """The same words with a capital first letter; text of the study, which begins with its element, stays as it is."""
    return words[0].upper() + words[1:]


def small(words: Markup) -> Markup:
    """The same words with a small first letter; text of the study stays as it is."""
    return words[0].lower() + words[1:]


def moves(row: Row) -> str:
    """What a score does between baseline and a visit: falls, or rises."""
    return "falls" if row["change"]["mean"] <= 0 else "rises"


def amount_of_change(voice: Voice, row: Row, lead: str = "", bold: bool = False) -> Markup:
    """By how much a score falls or rises, without its sign: "32 (19 to 45)"."""
    form = "negated" if moves(row) == "falls" else "plain"
    least = 3.92 * row["change"]["sd"] / max(row["n"], 1) ** 0.5
    paths = row.at("change", "mean"), row.at("change", "interval")
    return voice.estimate(*paths, form, lead, least, POINTS, "points" if bold else "")


def share_digits(share: float) -> int:
    """Decimals of a percentage that stands alone."""
    return 1 if 0 < share < 0.01 else 0


def _regimen(arm: Row) -> tuple[str, int, str]:
    first = arm["doses"][0] if arm["doses"] else {"drug": "", "route": ""}
    return first["drug"], len(arm["doses"]), first["route"]
