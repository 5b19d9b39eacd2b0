"""The parts of a dose sentence behind its dose: route, infusion, days, interval, first day, time of day, duration.

They may stand in any order, each once; what has been read is collected in :class:`Parts`, with the words of each part,
so that a later check can point at them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from quell.conventions.errors import StudyError
from quell.conventions.units import ALIASES
from quell.protocols.regimen import FREQUENCIES
from quell.protocols.treatments import ROUTES, Treatment
from quell.protocols.words import Sentence, Word, spell_list, spell_number

LONGEST_DAYS = 1826
"""Five years: the longest course and the latest day."""

WHEN = "on day 0, on days 0, 3 and 7, every 14 d from day 0 for 26 weeks, daily for 12 weeks, twice weekly for 4 weeks"
KEYWORDS = (
    "on",
    "day",
    "days",
    "every",
    "from",
    "for",
    "at",
    "over",
    "bolus",
    "daily",
    "weekly",
    "twice",
    "three",
    "times",
)
_TIME_UNITS = ("min", "h", "d", "weeks")
_HOURS = {"min": 1.0 / 60.0, "h": 1.0, "d": 24.0, "week": 168.0}


@dataclass(slots=True)
class Parts:
    """What has been read so far; ``seen`` remembers the words of each part for the errors."""

    sentence: Sentence
    treatment: Treatment
    amount: float | None = None
    unit: str | None = None
    route: str | None = None
    over_min: float = 0.0
    days: tuple[int, ...] | None = None
    interval_h: float | None = None
    offsets_h: tuple[float, ...] = (0.0,)
    first_day: int = 0
    hour: float = 0.0
    duration_h: float | None = None
    seen: dict[str, tuple[Word, Word]] = field(default_factory=dict)

    def note(self, part: str, first: Word) -> None:
        """Remember where a part stood; a second one of the same kind is refused."""
        last = self.sentence.words[self.sentence.at - 1]
        if part in self.seen:
            raise self.sentence.refuse(f"the {part} is given twice", first, last, allowed=f"one {part} in a sentence")
        self.seen[part] = (first, last)

    def said(self, part: str) -> str:
        """The words of a part read before."""
        first, last = self.seen[part]
        return self.sentence.text[first.start : last.end]

    def refuse(self, part: str, message: str, **more: str | tuple[str, ...] | None) -> StudyError:
        """The error for the words of a part read before."""
        first, last = self.seen[part]
        return self.sentence.refuse(message, first, last, **more)  # pyright: ignore[reportArgumentType]


def read_part(parts: Parts) -> None:
    """Read the next part, whichever it is, or raise at its first word."""
    sentence = parts.sentence
    first = sentence.words[sentence.at]
    if (route := route_ahead(sentence)) is not None:
        sentence.at += len(route[1].split())
        parts.route = route[0]
        parts.note("route", first)
        return
    for word, read in _READERS.items():
        if sentence.accept(word):
            parts.note(read(parts), first)
            return
    for words, (interval, offsets) in _frequency_words():
        if sentence.accept(words):
            parts.interval_h, parts.offsets_h = interval, offsets
            parts.note("timing", first)
            return
    known = (*KEYWORDS, *ROUTES, *(other for others in ROUTES.values() for other in others))
    raise sentence.refuse(
        f'"{first.text}" is not understood here', first, known=known, allowed=f"a route, over, {WHEN}"
    )


def _frequency_words() -> list[tuple[str, tuple[float, tuple[float, ...]]]]:
    other = {"once daily": "daily", "every day": "daily", "once weekly": "weekly", "every week": "weekly"}
    known = {**FREQUENCIES, **{words: FREQUENCIES[name] for words, name in other.items()}}
    return sorted(known.items(), key=lambda item: -len(item[0]))


def route_ahead(sentence: Sentence) -> tuple[str, str] | None:
    """The route that comes next and the words for it, if one does."""
    for route, others in ROUTES.items():
        for spelling in (route, *others):
            wanted = tuple(spelling.casefold().split())
            if sentence.ahead(len(wanted)) == wanted:
                return route, spelling
    return None


def _read_over(parts: Parts) -> str:
    parts.over_min = round(_read_hours(parts.sentence, "the duration of the infusion", "over 40 min") * 60.0, 9)
    return "duration of the infusion"


def _read_bolus(parts: Parts) -> str:
    return "duration of the infusion"


def _read_days(parts: Parts) -> str:
    sentence = parts.sentence
    if not (sentence.accept("days") or sentence.accept("day")):
        raise sentence.refuse(
            '"on" needs "day" or "days"', allowed="on day 0, on days 0, 3 and 7", known=("day", "days")
        )
    words = [_read_day(sentence)]
    while sentence.accept(", and") or sentence.accept(",") or sentence.accept("and"):
        words.append(_read_day(sentence))
        _check_order(sentence, words)
    parts.days = tuple(int(word.number or 0) for word in words)
    return "timing"


def _check_order(sentence: Sentence, words: list[Word]) -> None:
    earlier = [word.number for word in words[:-1]]
    if words[-1].number in earlier:
        message = f"day {words[-1].text} is named twice"
        raise sentence.refuse(message, words[-1], allowed="each day once, ascending", suggestion=_sorted(words))
    if (words[-1].number or 0.0) < (words[-2].number or 0.0):
        message = "days are not in ascending order"
        raise sentence.refuse(message, words[-1], allowed="each day once, ascending", suggestion=_sorted(words))


def _sorted(words: list[Word]) -> str:
    days = sorted({word.number or 0.0 for word in words})
    return f"on day{'s' if len(days) > 1 else ''} {spell_list([spell_number(day) for day in days])}"


def _read_day(sentence: Sentence) -> Word:
    word = sentence.expect_number("the day", "a whole number of days, such as on day 0")
    day = word.number or 0.0
    if day < 0:
        allowed = f"0 to {LONGEST_DAYS}; day 0 is the first dose"
        raise sentence.refuse("a day cannot be negative", word, allowed=allowed, suggestion=f"day {spell_number(-day)}")
    if not day.is_integer():
        hours = spell_number(round(day % 1 * 24, 6))
        meant = f"day {int(day)} at {hours} h"
        raise sentence.refuse("a day is a whole number", word, allowed="0, 1, 2, ...", suggestion=meant)
    if day > LONGEST_DAYS:
        raise sentence.refuse(f"day {word.text} is beyond five years", word, allowed=f"0 to {LONGEST_DAYS}")
    return word


def _read_every(parts: Parts) -> str:
    first = parts.sentence.words[parts.sentence.at - 1]
    interval = _read_hours(parts.sentence, "the interval", "every 14 d")
    if not interval.is_integer():
        last = parts.sentence.words[parts.sentence.at - 1]
        allowed = "whole hours, 1 h to 5 years, such as every 14 d"
        raise parts.sentence.refuse("impossible interval", first, last, allowed=allowed)
    parts.interval_h = interval
    return "timing"


def _read_from(parts: Parts) -> str:
    if not parts.sentence.accept("day"):
        raise parts.sentence.refuse('"from" needs "day"', allowed="from day 7", known=("day",))
    parts.first_day = int(_read_day(parts.sentence).number or 0.0)
    return "first day"


def _read_at(parts: Parts) -> str:
    first = parts.sentence.words[parts.sentence.at - 1]
    parts.hour = _read_hours(parts.sentence, "the time of day", "at 9 h", zero=True)
    if parts.hour >= 24.0:
        last = parts.sentence.words[parts.sentence.at - 1]
        raise parts.sentence.refuse("a day has 24 hours", first, last, allowed="at 0 h to at 23.9 h")
    return "time of day"


def _read_for(parts: Parts) -> str:
    parts.duration_h = _read_hours(parts.sentence, "the duration", "for 12 weeks")
    return "duration"


_READERS: dict[str, Callable[[Parts], str]] = {
    "over": _read_over,
    "bolus": _read_bolus,
    "on": _read_days,
    "every day": lambda parts: _every_named(parts, "daily"),
    "every week": lambda parts: _every_named(parts, "weekly"),
    "every": _read_every,
    "from": _read_from,
    "at": _read_at,
    "for": _read_for,
}


def _every_named(parts: Parts, frequency: str) -> str:
    parts.interval_h, parts.offsets_h = FREQUENCIES[frequency]
    return "timing"


def _read_hours(sentence: Sentence, what: str, example: str, zero: bool = False) -> float:
    """A duration such as "40 min" or "12 weeks", in hours."""
    word = sentence.expect_number(what, example)
    if sentence.word and sentence.ahead(1) == (",",):
        raise decimal_comma(sentence, word)
    unit = sentence.word
    name = ALIASES.get(unit.plain, unit.plain) if unit else ""
    if unit is None or unit.number is not None or (unit.plain in KEYWORDS and name not in _HOURS):
        raise sentence.refuse(f"{what} has no unit", word, allowed=_TIME_UNITS, suggestion=example)
    if name not in _HOURS:
        raise _unknown_time_unit(sentence, unit, word)
    sentence.take()
    value = word.number or 0.0
    if value < 0 or (value == 0 and not zero):
        size = "negative" if value < 0 else "zero"
        raise sentence.refuse(f"{what} cannot be {size}", word, unit, allowed="more than 0", suggestion=example)
    if value * _HOURS[name] > 24.0 * LONGEST_DAYS:
        raise sentence.refuse(f"{what} is longer than five years", word, unit, allowed=f"at most {LONGEST_DAYS} d")
    return value * _HOURS[name]


def _unknown_time_unit(sentence: Sentence, unit: Word, number: Word) -> StudyError:
    if unit.plain.startswith("month"):
        weeks = f"{spell_number(round((number.number or 0.0) * 13 / 3))} weeks"
        message = "a month has no fixed length"
        return sentence.refuse(message, number, unit, allowed=_TIME_UNITS, suggestion=weeks)
    known = (*_HOURS, *(spelling for spelling, atom in ALIASES.items() if atom in _HOURS))
    return sentence.refuse(f'"{unit.text}" is not a unit of time', unit, allowed=_TIME_UNITS, known=known)


def decimal_comma(sentence: Sentence, amount: Word) -> StudyError:
    """The error for "0,5"; the number before the comma has been read."""
    last = sentence.words[min(sentence.at + 1, len(sentence.words) - 1)]
    digits = sentence.text[amount.start : last.end]
    return sentence.refuse(
        f'comma in the dose "{digits}"',
        amount,
        last,
        allowed="a decimal point, such as 0.5",
        suggestion=digits.replace(",", ".").replace(" ", ""),
    )
