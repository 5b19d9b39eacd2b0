"""Reading a dose sentence.

    TREATMENT [DOSE UNIT] [ROUTE] [over DURATION | bolus] WHEN

    WHEN   on day 0 | on days 0, 3 and 7 | every 14 d | daily | twice daily | weekly | twice weekly | ...
           with [from day 7] [at 9 h] for 12 weeks

What follows the dose may stand in any order; :attr:`~quell.protocols.regimen.Regimen.sentence` prints the usual one.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil

from quell.conventions.errors import StudyError
from quell.conventions.units import ALIASES
from quell.protocols.dose_limits import check_dose
from quell.protocols.regimen import FREQUENCIES, Course, OnDays, Regimen, spell_duration, spell_minutes
from quell.protocols.treatments import DRUGS, INFUSED, ROUTES, Treatment
from quell.protocols.words import Sentence, Word, spell_list, spell_number

LONGEST_DAYS = 1826
"""Five years: the longest course and the latest day."""

MOST_DOSES = 8000
"""Doses of one sentence."""

_WHEN = "on day 0, on days 0, 3 and 7, every 14 d from day 0 for 26 weeks, daily for 12 weeks, twice weekly for 4 weeks"
_KEYWORDS = (
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
_DOSE = "a number and a unit, such as 0.5 mg/kg or 10 mg"
_TIME_UNITS = ("min", "h", "d", "weeks")
_HOURS = {"min": 1.0 / 60.0, "h": 1.0, "d": 24.0, "week": 168.0}


def parse_regimen(text: str) -> Regimen:
    """Read one dose sentence.

    Parameters
    ----------
    text
        "ketamine 0.5 mg/kg IV over 40 min on days 0, 3 and 7", "CBT weekly for 12 weeks", "nothing".

    Raises
    ------
    StudyError
        For the first word that does not fit; ``column`` counts within ``text``, from 1.
    """
    sentence = Sentence(text)
    if sentence.word is None:
        raise sentence.refuse("a treatment is missing", allowed="a sentence, such as CBT weekly for 12 weeks")
    parts = _Parts(sentence, _treatment(sentence))
    if parts.treatment.kind == "nothing":
        if sentence.word:
            raise sentence.refuse('"nothing" stands alone', last=sentence.words[-1])
        return Regimen(parts.treatment.name)
    _read_dose(parts)
    while sentence.word is not None:
        _read_part(parts)
    return _finish(parts)


@dataclass(slots=True)
class _Parts:
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
            raise self.sentence.refuse(f"the {part} is given twice", first, last)
        self.seen[part] = (first, last)

    def refuse(self, part: str, message: str, **more: str | tuple[str, ...] | None) -> StudyError:
        """The error for the words of a part read before."""
        first, last = self.seen[part]
        return self.sentence.refuse(message, first, last, **more)  # pyright: ignore[reportArgumentType]


# ---- treatment and dose ---------------------------------------------------------------------------------------------


def _treatment(sentence: Sentence) -> Treatment:
    known = [(spelling, drug) for drug in DRUGS.values() for spelling in (drug.name, *drug.aliases)]
    for spelling, drug in sorted(known, key=lambda pair: -len(pair[0])):
        if sentence.accept(spelling):
            return drug
    word = sentence.take()
    if word.number is not None:
        raise sentence.refuse("a sentence begins with the treatment", word, allowed="ketamine 0.5 mg/kg IV ...")
    names = [spelling for spelling, _ in known]
    raise sentence.refuse(f'unknown drug "{word.text}"', word, known=names, allowed=tuple(DRUGS))


def _read_dose(parts: _Parts) -> None:
    sentence, drug = parts.sentence, parts.treatment
    if not drug.units:
        if sentence.word and sentence.word.number is not None:
            raise sentence.refuse(f"{drug.name} has no dose", hint=f"Write: {drug.name} {_example_timing(drug)}")
        return
    first = sentence.word
    amount = sentence.expect_number(f"the dose of {drug.name}", _DOSE)
    if sentence.ahead(1) == (",",):
        raise _decimal_comma(sentence, amount)
    unit = _dose_unit(sentence, drug, amount)
    parts.amount, parts.unit = float(amount.number or 0.0), unit
    parts.note("dose", first or amount)
    if parts.amount <= 0:
        nothing = "For an arm without the drug write saline, placebo or nothing"
        size = "zero" if parts.amount == 0 else "negative"
        raise parts.refuse("dose", f"a dose cannot be {size}", allowed="a dose above 0", hint=nothing)


def _decimal_comma(sentence: Sentence, amount: Word) -> StudyError:
    last = sentence.words[min(sentence.at + 1, len(sentence.words) - 1)]
    digits = sentence.text[amount.start : last.end]
    return sentence.refuse(
        f'comma in the dose "{digits}"',
        amount,
        last,
        allowed=_DOSE,
        suggestion=digits.replace(",", ".").replace(" ", ""),
    )


def _dose_unit(sentence: Sentence, drug: Treatment, amount: Word) -> str:
    if sentence.accept("mg per kg"):
        return _checked_unit(sentence, drug, "mg/kg", sentence.words[sentence.at - 1])
    word = sentence.word
    if word is None or word.number is not None or _route_ahead(sentence) or word.plain in _KEYWORDS:
        raise sentence.refuse("the dose has no unit", amount, allowed=drug.units)
    return _checked_unit(sentence, drug, word.plain, sentence.take())


def _checked_unit(sentence: Sentence, drug: Treatment, unit: str, word: Word) -> str:
    if unit in drug.units:
        return unit
    if unit in ("mg", "mg/kg"):
        raise sentence.refuse(f"{drug.name} is not dosed in {unit}", word, allowed=drug.units)
    raise sentence.refuse(f'"{word.text}" is not a unit of a dose', word, allowed=drug.units, known=drug.units)


# ---- the parts that follow, in any order ----------------------------------------------------------------------------


def _read_part(parts: _Parts) -> None:
    sentence = parts.sentence
    first = sentence.words[sentence.at]
    if (route := _route_ahead(sentence)) is not None:
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
    known = (*_KEYWORDS, *ROUTES, *(other for others in ROUTES.values() for other in others))
    raise sentence.refuse(
        f'"{first.text}" is not understood here', first, known=known, allowed=f"a route, over, {_WHEN}"
    )


def _frequency_words() -> list[tuple[str, tuple[float, tuple[float, ...]]]]:
    other = {"once daily": "daily", "every day": "daily", "once weekly": "weekly", "every week": "weekly"}
    known = {**FREQUENCIES, **{words: FREQUENCIES[name] for words, name in other.items()}}
    return sorted(known.items(), key=lambda item: -len(item[0]))


def _route_ahead(sentence: Sentence) -> tuple[str, str] | None:
    for route, others in ROUTES.items():
        for spelling in (route, *others):
            wanted = tuple(spelling.casefold().split())
            if sentence.ahead(len(wanted)) == wanted:
                return route, spelling
    return None


def _read_over(parts: _Parts) -> str:
    parts.over_min = round(_read_hours(parts.sentence, "the duration of the infusion", "over 40 min") * 60.0, 9)
    return "duration of the infusion"


def _read_bolus(parts: _Parts) -> str:
    return "duration of the infusion"


def _read_days(parts: _Parts) -> str:
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
        raise sentence.refuse(f"day {words[-1].text} is named twice", words[-1], allowed="each day once, ascending")
    if (words[-1].number or 0.0) < (words[-2].number or 0.0):
        days = spell_list([spell_number(day) for day in sorted(word.number or 0.0 for word in words)])
        raise sentence.refuse("days are not in ascending order", words[-1], suggestion=f"on days {days}")


def _read_day(sentence: Sentence) -> Word:
    word = sentence.expect_number("the day", "a whole number of days, such as on day 0")
    day = word.number or 0.0
    if day < 0:
        raise sentence.refuse("a day cannot be negative", word, allowed=f"0 to {LONGEST_DAYS}; day 0 is the first dose")
    if not day.is_integer():
        hours = spell_number(round(day % 1 * 24, 6))
        raise sentence.refuse("a day is a whole number", word, suggestion=f"day {int(day)} at {hours} h")
    if day > LONGEST_DAYS:
        raise sentence.refuse(f"day {word.text} is beyond five years", word, allowed=f"0 to {LONGEST_DAYS}")
    return word


def _read_every(parts: _Parts) -> str:
    first = parts.sentence.words[parts.sentence.at - 1]
    interval = _read_hours(parts.sentence, "the interval", "every 14 d")
    if not interval.is_integer() or interval > 24.0 * LONGEST_DAYS:
        last = parts.sentence.words[parts.sentence.at - 1]
        allowed = "whole hours, 1 h to 5 years, such as every 14 d"
        raise parts.sentence.refuse("impossible interval", first, last, allowed=allowed)
    parts.interval_h = interval
    return "timing"


def _read_from(parts: _Parts) -> str:
    if not parts.sentence.accept("day"):
        raise parts.sentence.refuse('"from" needs "day"', allowed="from day 7", known=("day",))
    parts.first_day = int(_read_day(parts.sentence).number or 0.0)
    return "first day"


def _read_at(parts: _Parts) -> str:
    first = parts.sentence.words[parts.sentence.at - 1]
    parts.hour = _read_hours(parts.sentence, "the time of day", "at 9 h", zero=True)
    if parts.hour >= 24.0:
        last = parts.sentence.words[parts.sentence.at - 1]
        raise parts.sentence.refuse("a day has 24 hours", first, last, allowed="at 0 h to at 23.9 h")
    return "time of day"


def _read_for(parts: _Parts) -> str:
    parts.duration_h = _read_hours(parts.sentence, "the duration", "for 12 weeks")
    return "duration"


_READERS: dict[str, Callable[[_Parts], str]] = {
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


def _every_named(parts: _Parts, frequency: str) -> str:
    parts.interval_h, parts.offsets_h = FREQUENCIES[frequency]
    return "timing"


def _read_hours(sentence: Sentence, what: str, example: str, zero: bool = False) -> float:
    """A duration such as "40 min" or "12 weeks", in hours."""
    word = sentence.expect_number(what, example)
    if sentence.word and sentence.ahead(1) == (",",):
        raise _decimal_comma(sentence, word)
    unit = sentence.word
    name = ALIASES.get(unit.plain, unit.plain) if unit else ""
    if unit is None or unit.number is not None or (unit.plain in _KEYWORDS and name not in _HOURS):
        raise sentence.refuse(f"{what} has no unit", word, allowed=_TIME_UNITS, suggestion=example)
    if name not in _HOURS:
        raise _unknown_time_unit(sentence, unit, word)
    sentence.take()
    value = word.number or 0.0
    if value < 0 or (value == 0 and not zero):
        raise sentence.refuse(f"{what} cannot be {'negative' if value < 0 else 'zero'}", word, unit, allowed=example)
    return value * _HOURS[name]


def _unknown_time_unit(sentence: Sentence, unit: Word, number: Word) -> StudyError:
    if unit.plain.startswith("month"):
        weeks = f"{spell_number(round((number.number or 0.0) * 13 / 3))} weeks"
        message = "a month has no fixed length"
        return sentence.refuse(message, number, unit, allowed=_TIME_UNITS, suggestion=weeks)
    known = (*_HOURS, *(spelling for spelling, atom in ALIASES.items() if atom in _HOURS))
    return sentence.refuse(f'"{unit.text}" is not a unit of time', unit, allowed=_TIME_UNITS, known=known)


# ---- the whole sentence ---------------------------------------------------------------------------------------------


def _finish(parts: _Parts) -> Regimen:
    _check_route(parts)
    timing = _timing(parts)
    regimen = Regimen(
        parts.treatment.name, parts.amount, parts.unit, parts.route, parts.over_min, timing, round(parts.hour, 9)
    )
    _check_times(parts, regimen)
    if regimen.amount is not None:
        check_dose(regimen, lambda message, **more: parts.refuse("dose", message, **more))
    return regimen


def _check_route(parts: _Parts) -> None:
    drug = parts.treatment
    if parts.route is None:
        if drug.routes and drug.implied_route is None:
            raise parts.sentence.refuse(f"how is {drug.name} given? The route is missing", parts.sentence.words[0],
                                        allowed=drug.routes)  # fmt: skip
        parts.route = drug.implied_route
    elif parts.route not in drug.routes:
        word = _said(parts, "route")
        raise parts.refuse("route", f'{drug.name} has no route "{word}"', allowed=drug.routes or "no route")
    _check_infusion(parts)


def _check_infusion(parts: _Parts) -> None:
    part = "duration of the infusion"
    if parts.route in INFUSED:
        if parts.route == "IV" and part not in parts.seen:
            message = "an intravenous dose says how long it runs"
            raise parts.refuse("route", message, allowed="IV over 40 min, IV bolus", suggestion="IV over 40 min")
        if parts.route != "IV" and part in parts.seen and not parts.over_min:
            raise parts.refuse(part, f"only an intravenous dose is a bolus; {parts.route} alone means at once")
    elif part in parts.seen:
        raise parts.refuse(part, f"only {' and '.join(INFUSED)} doses run over a time", allowed="on day 0 and the like")


def _timing(parts: _Parts) -> OnDays | Course:
    if parts.days is not None:
        _refuse_extra(parts)
        return OnDays(parts.days)
    if parts.interval_h is None:
        raise parts.sentence.refuse("when? The timing is missing", parts.sentence.words[0], allowed=_WHEN)
    if parts.duration_h is None:
        raise parts.refuse(
            "timing",
            "for how long?",
            allowed="for 12 weeks, for 10 d",
            suggestion=f"{_said(parts, 'timing')} for 12 weeks",
        )
    count = parts.duration_h / parts.interval_h
    if abs(count - round(count)) > 1e-9 or round(count) < 1:
        whole = spell_duration(ceil(count) * parts.interval_h)
        message = f"{spell_duration(parts.duration_h)} is no whole number of intervals"
        raise parts.refuse("duration", message, allowed="a multiple of the interval", suggestion=f"for {whole}")
    if round(count) * len(parts.offsets_h) == 1 and parts.interval_h >= 24.0:
        return OnDays((parts.first_day,))
    return Course(parts.first_day, parts.interval_h, round(count), parts.offsets_h)


def _refuse_extra(parts: _Parts) -> None:
    for part, word in (("first day", "from"), ("duration", "for")):
        if part in parts.seen:
            raise parts.refuse(part, f'"{word}" goes with a frequency, not with named days', allowed=_WHEN)


def _check_times(parts: _Parts, regimen: Regimen) -> None:
    timing = regimen.timing
    if isinstance(timing, Course):
        if timing.first_day * 24.0 + timing.duration_h > LONGEST_DAYS * 24.0:
            raise parts.refuse("duration", "the course is longer than five years", allowed=f"{LONGEST_DAYS} d in all")
        if timing.count * len(timing.offsets_h) > MOST_DOSES:
            raise parts.refuse("timing", "too many doses", allowed=f"{MOST_DOSES} doses of one sentence")
        if regimen.drug.kind in ("monoamine", "benzodiazepine") and timing.interval_h > 24.0:
            allowed = "daily, twice daily, three times daily, on day 0"
            raise parts.refuse("timing", f"{regimen.treatment} is taken daily", allowed=allowed, suggestion="daily")
    gap = regimen.shortest_gap_h()
    if regimen.over_min / 60.0 > gap:
        message = f"the infusion ({spell_minutes(regimen.over_min)}) is longer than the time to the next one"
        raise parts.refuse("duration of the infusion", message, allowed=f"at most {spell_minutes(gap * 60.0)}")


def _said(parts: _Parts, part: str) -> str:
    first, last = parts.seen[part]
    return parts.sentence.text[first.start : last.end]


def _example_timing(drug: Treatment) -> str:
    return "weekly for 12 weeks" if drug.kind == "psychotherapy" else "IV over 40 min on day 0"
