"""Units: a closed list, checked at the border; inside, plain floats in the unit their name or docstring says.

A unit is a product of the atoms below, read from left to right ("ng/mL*h" is ng h / mL):

    value in b = value in a * factor(a) / factor(b),      dimension(a) = dimension(b)

Two physical identities are cut on purpose. The kilogram weighs people and never a drug, so a dose per body weight
(mg/kg) is no pure number; scale points are no pure number either. Concentrations by amount (uM) and by mass (ng/mL)
differ by a molar mass, which whoever knows the substance must bring. A month is refused: trials mean 28 days, 30 days
or a calendar month by it.
"""

import math
import re
from dataclasses import dataclass
from functools import cache

from quell.conventions.errors import StudyError, suggest

ATOMS: dict[str, tuple[str, float]] = {
    "h": ("time", 1.0),
    "s": ("time", 1 / 3600),
    "min": ("time", 1 / 60),
    "d": ("time", 24.0),
    "week": ("time", 7 * 24.0),
    "a": ("time", 365.25 * 24.0),
    "mg": ("mass", 1.0),
    "pg": ("mass", 1e-9),
    "ng": ("mass", 1e-6),
    "ug": ("mass", 1e-3),
    "g": ("mass", 1e3),
    "kg": ("body weight", 1.0),
    "umol": ("amount", 1.0),
    "pmol": ("amount", 1e-6),
    "nmol": ("amount", 1e-3),
    "mmol": ("amount", 1e3),
    "mol": ("amount", 1e6),
    "L": ("volume", 1.0),
    "mL": ("volume", 1e-3),
    "uM": ("amount/volume", 1.0),
    "nM": ("amount/volume", 1e-3),
    "mM": ("amount/volume", 1e3),
    "M": ("amount/volume", 1e6),
    "cm": ("length", 1.0),
    "mm": ("length", 0.1),
    "m": ("length", 100.0),
    "mmHg": ("pressure", 1.0),
    "points": ("score", 1.0),
    "1": ("", 1.0),
    "%": ("", 0.01),
}
"""Atom -> (dimension, size in the first atom of that dimension)."""

ALIASES: dict[str, str] = {
    **dict.fromkeys(("second", "seconds", "sec"), "s"),
    **dict.fromkeys(("minute", "minutes", "mins"), "min"),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), "h"),
    **dict.fromkeys(("day", "days"), "d"),
    **dict.fromkeys(("weeks", "wk", "wks"), "week"),
    **dict.fromkeys(("year", "years", "yr", "yrs"), "a"),
    **dict.fromkeys(("mcg", "µg", "μg"), "ug"),
    **dict.fromkeys(("µM", "μM"), "uM"),
    **dict.fromkeys(("l", "litre", "litres", "liter", "liters"), "L"),
    **dict.fromkeys(("ml",), "mL"),
    **dict.fromkeys(("point", "pts"), "points"),
    **dict.fromkeys(("percent",), "%"),
}
"""Spellings people use -> atom."""

COMPOUNDS = (
    "mg/kg",
    "mg/d",
    "mg/h",
    "mg/kg/h",
    "ng/mL",
    "ng*h/mL",
    "uM*h",
    "1/uM",
    "1/h/uM",
    "1/h",
    "1/min",
    "1/d",
    "L/h",
    "L/kg",
    "L/h/kg",
    "kg/m2",
    "g/mol",
    "mmHg/a",
    "points/week",
)
"""The usual products of atoms, offered where a unit of their dimension is missing; any other product is read too."""

_NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")
_FACTOR = re.compile(r"(.*?)(\d*)")
_KNOWN = "Known units: " + ", ".join(ATOMS)
_MONTHS = frozenset({"month", "months", "mo"})


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit: its canonical name, what it measures, and its size in base units of that dimension."""

    name: str
    dimension: str
    factor: float


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its unit, as a person wrote it."""

    value: float
    unit: str

    def to(self, unit: str) -> float:
        """The value in another unit of the same dimension; StudyError where there is none."""
        return convert(self.value, self.unit, unit)

    def __str__(self) -> str:
        number = repr(self.value).removesuffix(".0")
        if self.unit == "1":
            return number
        return f"{number} {'weeks' if self.unit == 'week' and self.value != 1 else self.unit}"


@cache
def parse_unit(text: str) -> Unit:
    """The unit that a text names.

    Parameters
    ----------
    text
        Atoms joined by ``/`` and ``*``: "mg/kg", "1/h", "kg/m2", "ng*h/mL"; usual spellings of an atom are understood.

    Raises
    ------
    StudyError
        For an unknown atom; its ``column`` counts within ``text``.
    """
    name, factor = "", 1.0
    exponents: dict[str, int] = {}
    sign, start = 1, 0
    for part in re.split(r"([*/])", text):
        if part in ("*", "/"):
            name, sign = name + part, (1 if part == "*" else -1)
        else:
            atom, power = _atom(part, text, start)
            name += f"{atom}{power}" if power > 1 else atom
            factor *= ATOMS[atom][1] ** (sign * power)
            _multiply(exponents, ATOMS[atom][0], sign * power)
        start += len(part)
    return Unit(name, _dimension_name(exponents), factor)


def dimension(unit: str) -> str:
    """What a unit measures: "time", "mass/body weight", "amount/volume", "1/time"; "1" for a pure number."""
    return parse_unit(unit).dimension


def convert(value: float, unit: str, to: str) -> float:
    """A value of one unit expressed in another of the same dimension.

    Raises
    ------
    StudyError
        Where the dimensions differ.
    """
    source, target = parse_unit(unit), parse_unit(to)
    if source.dimension != target.dimension:
        raise _mismatch(unit, source.dimension, target.dimension)
    if source.factor >= target.factor:
        return value * (source.factor / target.factor)
    return value / (target.factor / source.factor)


def parse_quantity(text: str, like: str | None = None) -> Quantity:
    """A number and its unit, from words such as "0.5 mg/kg", "40 min", "3 d", "12 weeks", "-1 h", "35 %".

    Parameters
    ----------
    text
        The words; a missing unit means a pure number.
    like
        A unit of the dimension that is wanted; any dimension if omitted.

    Raises
    ------
    StudyError
        Where the number or the unit cannot be read or the dimension is another; ``column`` counts within ``text``.
    """
    plain = text.replace("\N{MINUS SIGN}", "-")
    begin = len(plain) - len(plain.lstrip())
    match = _NUMBER.match(plain, begin)
    if match is None:
        raise StudyError(f'no number in "{text}"', text=text, allowed=_example(like))
    value, words = float(match[0]), plain[match.end() :].strip()
    column = len(plain.rstrip()) - len(words) + 1
    if words.startswith(","):
        raise StudyError(f'comma in the number "{text.strip()}"', text=text, hint="Write a decimal point: 0.5 mg/kg")
    if not math.isfinite(value):
        raise StudyError(f'the number "{match[0]}" is too large', text=match[0], column=begin + 1)
    try:
        unit = parse_unit(words or "1")
    except StudyError as error:
        raise error.at(column=column) from None
    wanted = unit if like is None else parse_unit(like)
    if unit.dimension != wanted.dimension:
        raise _missing(text, like) if not words else _mismatch(words, unit.dimension, wanted.dimension, column)
    return Quantity(value, unit.name)


def units_of(dimension_name: str) -> tuple[str, ...]:
    """The atoms and usual compounds that measure a dimension, the usual one first."""
    return tuple(name for name in (*ATOMS, *COMPOUNDS) if parse_unit(name).dimension == dimension_name)


def _atom(part: str, text: str, start: int) -> tuple[str, int]:
    """The atom and its power; the power is a digit behind the atom ("m2")."""
    word = part.strip()
    for name, power in ((word, ""), _FACTOR.fullmatch(word).groups()):  # pyright: ignore[reportOptionalMemberAccess]
        atom = ALIASES.get(name, name)
        if atom in ATOMS and power in ("", "2", "3"):
            return atom, int(power or 1)
    raise _unknown(word, text, start + len(part) - len(part.lstrip()) + 1)


def _unknown(word: str, text: str, column: int) -> StudyError:
    if word in _MONTHS:
        return StudyError("a month has no fixed length", text=word, column=column, hint="Write weeks or days")
    if not word:
        return StudyError(f'unit missing in "{text}"', text=text, hint=_KNOWN)
    known = suggest(word, [*ATOMS, *ALIASES])
    hint = None if known else _KNOWN
    return StudyError(f'unknown unit "{word}"', text=word, column=column, suggestion=known, hint=hint)


def _mismatch(unit: str, found: str, wanted: str, column: int | None = None) -> StudyError:
    message = f'"{unit}" is a unit of {_said(found)}, not of {_said(wanted)}'
    return StudyError(message, text=unit, column=column, allowed=units_of(wanted) or wanted)


def _missing(text: str, like: str | None) -> StudyError:
    return StudyError(f'unit missing in "{text.strip()}"', text=text.strip(), allowed=_example(like))


def _example(like: str | None) -> str:
    if like is None:
        return "a number with its unit, such as 0.5 mg/kg or 40 min"
    return "a number, such as 3" if like == "1" else f"a number with its unit, such as 3 {like}"


def _multiply(exponents: dict[str, int], measured: str, power: int) -> None:
    over = False
    for base in re.split("(/)", measured):
        over = over or base == "/"
        if base and base != "/":
            exponents[base] = exponents.get(base, 0) + (-power if over else power)


def _dimension_name(exponents: dict[str, int]) -> str:
    above = [_powered(b, e) for b, e in sorted(exponents.items()) if e > 0]
    below = [_powered(b, -e) for b, e in sorted(exponents.items()) if e < 0]
    return "/".join(["*".join(above) or "1", *below])


def _powered(base: str, exponent: int) -> str:
    return base if exponent == 1 else f"{base}^{exponent}"


def _said(dimension_name: str) -> str:
    return "pure number" if dimension_name == "1" else dimension_name
