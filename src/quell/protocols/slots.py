"""What can stand in a form: numbers, shares, times, instruments, measures with their units, names."""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from quell.conventions.dimensions import INSTRUMENTS, SAFETY_MEASURES, SAFETY_UNITS, spellings
from quell.conventions.units import ALIASES, ATOMS
from quell.protocols.forms import Reading, Slot, refusal

MEASURE_UNITS: Mapping[str, str] = {**SAFETY_UNITS, "age": "a", "weight": "kg", "height": "cm", "BMI": "kg/m2"}
"""What a condition may compare besides scores, and its unit."""

COMPARISONS: Mapping[str, str] = {">=": ">=", "≥": ">=", "<=": "<=", "≤": "<=", ">": ">", "<": "<"}
"""Spelling -> comparison."""

LONGEST_H = 24.0 * 1826
"""Five years: the latest time in a study, h."""

_TIME = {"min": 1.0 / 60.0, "h": 1.0, "d": 24.0, "week": 168.0}
_TIME_WORDS = ("min", "h", "d", "weeks")

Read = Iterator[tuple[Any, int]]


def number(reading: Reading, at: int) -> Read:
    """A finite number."""
    value = reading.number(at)
    if value is None or not isfinite(value):
        reading.miss(at)
        return
    yield value, at + 1


def whole(reading: Reading, at: int) -> Read:
    """A whole number above zero."""
    value = reading.number(at)
    if value is None or not value.is_integer() or value < 1:
        reading.miss(at)
        return
    yield int(value), at + 1


def percent(reading: Reading, at: int) -> Read:
    """A share written "5 %", as a fraction."""
    value = reading.number(at)
    if value is None:
        reading.miss(at)
    elif reading.plain(at + 1) != "%":
        reading.miss(at + 1, ("%",))
    elif not 0.0 <= value <= 100.0:
        reading.miss(
            at + 2, problem=refusal(reading, at, at + 1, "a share lies between 0 and 100 %", allowed="0 to 100 %")
        )
    else:
        yield value / 100.0, at + 2


def time(reading: Reading, at: int) -> Read:
    """A time with its unit, in hours; may be negative."""
    value = reading.number(at)
    if value is None or not isfinite(value):
        reading.miss(at)
        return
    word = reading.plain(at + 1)
    unit = ALIASES.get(word, word)
    if unit not in _TIME:
        reading.miss(at + 1, (*_TIME, *(a for a, atom in ALIASES.items() if atom in _TIME)), _time_problem(reading, at))
        return
    hours = value * ATOMS[unit][1] if unit != "min" else value / 60.0
    if abs(hours) > LONGEST_H:
        problem = refusal(reading, at, at + 1, "this time is beyond five years", allowed="up to 1826 d")
        reading.miss(at + 2, problem=problem)
        return
    yield hours, at + 2


def _time_problem(reading: Reading, at: int) -> Any:
    word = reading.plain(at + 1)
    if word.startswith("month"):
        weeks = f"{round((reading.number(at) or 0.0) * 13 / 3)} weeks"
        return refusal(reading, at, at + 1, "a month has no fixed length", allowed=_TIME_WORDS, suggestion=weeks)
    if not word:
        text = reading.words[at].text
        message = f'"{text}" has no unit of time'
        return refusal(reading, at, at, message, allowed=_TIME_WORDS, suggestion=f"{text} h")
    return None


def instrument(reading: Reading, at: int) -> Read:
    """A rating scale."""
    yield from _named(reading, at, {name: (name,) for name in INSTRUMENTS} | dict(INSTRUMENTS))


def measure(reading: Reading, at: int) -> Read:
    """Anything that is measured: a scale, a safety measure, age, weight, height, BMI."""
    others: dict[str, tuple[str, ...]] = {name: () for name in MEASURE_UNITS if name not in SAFETY_MEASURES}
    yield from _named(reading, at, {**INSTRUMENTS, **SAFETY_MEASURES, **others})


def _named(reading: Reading, at: int, names: Mapping[str, tuple[str, ...]]) -> Read:
    """The longest of the known names that comes next."""
    found: list[tuple[str, int]] = []
    for name, spelling in spellings(names):
        words = spelling.casefold().split()
        if [reading.plain(at + k) for k in range(len(words))] == words:
            found.append((name, at + len(words)))
    if not found:
        reading.miss(at, [spelling for _, spelling in spellings(names)])
        return
    yield max(found, key=lambda item: item[1])


def comparison(reading: Reading, at: int) -> Read:
    """One of >=, >, <=, <."""
    if reading.plain(at) in COMPARISONS:
        yield COMPARISONS[reading.plain(at)], at + 1
    else:
        reading.miss(at, COMPARISONS)


def words(reading: Reading, at: int) -> Read:
    """One or more words, as few as fit: the name of an arm, an epoch or an event."""
    for end in range(at + 1, len(reading.words) + 1):
        yield " ".join(word.text for word in reading.words[at:end]), end
    reading.miss(max(at, len(reading.words)))


SLOTS: Mapping[str, Slot] = {
    "number": number,
    "whole": whole,
    "percent": percent,
    "time": time,
    "instrument": instrument,
    "measure": measure,
    "comparison": comparison,
    "words": words,
}
"""Name of a slot -> how it is read."""


def one_word(*choices: str) -> Slot:
    """A slot that reads one of a few words or phrases."""

    def read(reading: Reading, at: int) -> Read:
        for choice in choices:
            parts = choice.casefold().split()
            if [reading.plain(at + k) for k in range(len(parts))] == parts:
                yield choice, at + len(parts)
                return
        reading.miss(at, choices)

    return read
