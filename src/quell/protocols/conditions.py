"""Conditions: measure, operator, value, "at" time, joined by and / or.

    LSAS >= 60 at screening              HAM-A fall >= 50 % at 18 d and at 21 d
    SBP > 180 mmHg or DBP > 110 mmHg     LSAS > 80 % of first baseline at -1 h
    HAM-A >= 15 at two visits 5 to 15 d apart or hospital admission

"and" and "or" are not mixed in one condition, so that nobody has to know which binds first.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from quell.conventions.errors import StudyError
from quell.conventions.units import ALIASES, ATOMS
from quell.protocols.forms import Grammar, Reading
from quell.protocols.slots import MEASURE_UNITS, SLOTS
from quell.protocols.words import Word, spell_number, split_words

HAPPENINGS = (
    "adverse event",
    "no improvement",
    "hospital admission",
    "other anxiolytic started",
    "relapse",
    "death",
)
"""What can happen without being measured."""

EXAMPLES = ("LSAS >= 60 at screening", "SBP > 140 mmHg", "HAM-A fall >= 50 % at 21 d", "hospital admission")

_UNITS = {
    "mmHg": "mmHg",
    "points": "points",
    "mm": "mm",
    "a": "years",
    "kg": "kg",
    "cm": "cm",
    "kg/m2": "kg/m2",
    "1/min": "1/min",
}


@dataclass(frozen=True, slots=True)
class When:
    """When a comparison is made.

    Parameters
    ----------
    times_h
        Hours from the epoch's first dose; empty where ``visits`` says it.
    visits
        "screening", "any visit" (up to ``within_h``) or "two visits" (``apart_h`` apart).
    """

    times_h: tuple[float, ...] = ()
    visits: str | None = None
    within_h: float | None = None
    apart_h: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A measure compared with a value.

    Parameters
    ----------
    statistic
        "value", or "fall" from baseline in per cent.
    unit
        "points", "mmHg", "a", "kg", "cm", "kg/m2", "1/min", or "%".
    reference
        What a value in per cent is a share of: "first baseline".
    """

    measure: str
    comparison: str
    value: float
    unit: str = "points"
    statistic: Literal["value", "fall"] = "value"
    reference: str | None = None
    when: tuple[When, ...] = ()

    def __str__(self) -> str:
        what = f"{self.measure} fall" if self.statistic == "fall" else self.measure
        unit = "" if self.unit == "points" else f" {_UNITS.get(self.unit, self.unit)}"
        of = f" of {self.reference}" if self.reference else ""
        return f"{what} {self.comparison} {spell_number(self.value)}{unit}{of}"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that happens, such as a hospital admission."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Condition:
    """Terms that must all hold (``and``) or of which one is enough (``or``)."""

    terms: tuple[Comparison | Happening, ...]
    joined: Literal["and", "or"] = "and"


def parse_condition(text: str) -> Condition:
    """Read a condition.

    Raises
    ------
    StudyError
        With the column, from 1, within ``text``.
    """
    pieces, joints = _split(text)
    kinds = {joint.plain for joint in joints}
    if len(kinds) > 1:
        word = joints[1]
        message = '"and" and "or" in one condition: it is not clear which binds first'
        raise StudyError(message, column=word.start + 1, text=word.text, allowed="only and, or only or")
    terms: list[Comparison | Happening] = []
    for start, piece in pieces:
        try:
            terms.append(_TERM.read(piece))
        except StudyError as error:
            raise error.at(column=start + 1) from None
    return Condition(tuple(terms), "or" if "or" in kinds else "and")


def _split(text: str) -> tuple[list[tuple[int, str]], list[Word]]:
    """Pieces between "and" / "or" with where each begins; "and at" belongs to the times of one piece."""
    words = split_words(text)
    following = [*(word.plain for word in words[1:]), ""]
    joints = [w for w, after in zip(words, following, strict=False) if w.plain in ("and", "or") and after != "at"]
    starts = [0, *(joint.end for joint in joints)]
    ends = [*(joint.start for joint in joints), len(text)]
    return [(a, text[a:b]) for a, b in zip(starts, ends, strict=True)], joints


def _unit(reading: Reading, at: int) -> Iterator[tuple[Any, int]]:
    """A unit of a measured value, under its canonical name."""
    word = reading.words[at].text if at < len(reading.words) else ""
    name = {"bpm": "1/min"}.get(word.casefold(), ALIASES.get(word.casefold(), word))
    known = {unit.casefold(): unit for unit in _UNITS}
    if name.casefold() in known:
        yield known[name.casefold()], at + 1
    else:
        reading.miss(at, (*_UNITS.values(), "at"))


def _when(reading: Reading, at: int) -> Iterator[tuple[Any, int]]:
    """Phrases such as "at screening" or "at 18 d and at 21 d", as (When, ...)."""
    found: list[When] = []
    while reading.plain(at) == "at" or (found and reading.plain(at) == "and" and reading.plain(at + 1) == "at"):
        at += 1 if reading.plain(at) == "at" else 2
        step = next(_moment(reading, at), None)
        if step is None:
            return
        found.append(step[0])
        at = step[1]
        yield tuple(found), at
    if not found:
        reading.miss(at, ("at",))


def _moment(reading: Reading, at: int) -> Iterator[tuple[When, int]]:
    if reading.plain(at) in ("screening", "entry"):
        yield When(visits="screening"), at + 1
    elif [reading.plain(at + k) for k in range(4)] == ["any", "visit", "up", "to"]:
        yield from ((When(visits="any visit", within_h=hours), end) for hours, end in SLOTS["time"](reading, at + 4))
    elif [reading.plain(at + k) for k in range(2)] == ["two", "visits"]:
        yield from _two_visits(reading, at + 2)
    else:
        reading.miss(at, ("screening", "any", "two"))
        yield from ((When(times_h=(hours,)), end) for hours, end in SLOTS["time"](reading, at))


def _two_visits(reading: Reading, at: int) -> Iterator[tuple[When, int]]:
    low = reading.number(at)
    if low is None or reading.plain(at + 1) != "to":
        reading.miss(at if low is None else at + 1, ("to",))
        return
    for high, end in SLOTS["time"](reading, at + 2):
        unit = high / (reading.number(at + 2) or 1.0)
        if reading.plain(end) == "apart" and low * unit <= high:
            yield When(visits="two visits", apart_h=(low * unit, high)), end + 1
        else:
            reading.miss(end, ("apart",))


def _value(measure: str, comparison: str, number: float, unit: str | None = None, when: Any = ()) -> Comparison:
    own = MEASURE_UNITS.get(measure, "points")
    unit = None if measure == "VAS anxiety" and unit == "mm" else unit
    if unit is None and own not in ("points", "a"):
        raise StudyError(f"{measure} needs its unit", allowed=f"{measure} {comparison} {spell_number(number)} {own}",
                         suggestion=f"{measure} {comparison} {spell_number(number)} {own}")  # fmt: skip
    if unit is not None and ATOMS.get(unit, (unit,))[0] != ATOMS.get(own, (own,))[0]:
        raise StudyError(f"{measure} is not measured in {_UNITS[unit]}", allowed=_UNITS[own],
                         suggestion=f"{measure} {comparison} {spell_number(number)} {_UNITS[own]}")  # fmt: skip
    return Comparison(measure, comparison, number, own, when=when)


def _share(measure: str, comparison: str, percent: float, words: str, when: Any = ()) -> Comparison:
    return Comparison(measure, comparison, percent * 100.0, "%", reference=words, when=when)


def _fall(instrument: str, comparison: str, percent: float, when: Any = ()) -> Comparison:
    return Comparison(instrument, comparison, percent * 100.0, "%", "fall", when=when)


_TERM = Grammar(
    "a condition",
    {
        "{instrument} fall {comparison} {percent} [{when}]": _fall,
        "{measure} {comparison} {percent} of {words} [{when}]": _share,
        "{measure} {comparison} {number} [{unit}] [{when}]": _value,
        **{name: (lambda name=name: Happening(name)) for name in HAPPENINGS},
    },
    {**SLOTS, "unit": _unit, "when": _when},
    EXAMPLES,
)
