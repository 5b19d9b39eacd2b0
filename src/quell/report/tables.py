"""What a table is in the report: cells of spoken numbers, and strips where a picture helps the eye along a row."""

from dataclasses import dataclass, field

from markupsafe import Markup

from quell.report.reading import Row
from quell.report.voice import Voice

UNITS = {"1": "", "a": "years", "uM": "µM", "1/min": "/min", "1/h": "/h"}
"""Units as people write them."""
DASH = Markup('<span class="none">–</span>')
"""Stands where there is no number."""


@dataclass(frozen=True)
class Column:
    """A column: its heading and what it holds (words, number or strip)."""

    title: Markup | str
    kind: str = "number"


@dataclass(frozen=True)
class Line:
    """A row; the first cell heads it. ``colour`` is the class of an arm, ``kind`` a class of the row."""

    cells: tuple[Markup | str, ...]
    colour: str = ""
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """A table with a caption for those who hear it, a ruler below its strips and a note above it."""

    caption: Markup | str
    columns: tuple[Column, ...]
    lines: list[Line] = field(default_factory=list)
    ruler: Markup | None = None
    note: Markup | None = None


def arm_name(voice: Voice, path: str) -> Markup:
    """The name of an arm with the key of its colour beside it."""
    return Markup('<span class="key" aria-hidden="true"></span>{}').format(voice.quote(path))


def source_link(voice: Voice, path: str) -> Markup:
    """A source key that leads to its citation below."""
    key = voice.value(path)
    return DASH if key is None else Markup('<a href="#source-{}">{}</a>').format(key, voice.quote(path))


def grade_note(grade: str | None) -> Markup:
    """The grade, in amber where it is weak."""
    if grade not in ("assumed", "recalled"):
        return Markup("")
    return Markup(', <span class="grade weak">{}</span>').format(grade)


def grade_badge(grade: str) -> Markup:
    """A grade as a badge: plain when measured or derived, amber when assumed or recalled."""
    weak = "weak" if grade in ("assumed", "recalled") else "firm"
    return Markup('<span class="grade {}">{}</span>').format(weak, grade)


def rated_by(voice: Voice, path: str) -> Markup:
    """Who rates, in words."""
    rater = voice.value(path)
    return (
        Markup("{}-rated").format(voice.quote(path))
        if rater == "self"
        else Markup("rated by a {}").format(voice.quote(path))
    )


def unit_in_words(unit: str) -> str:
    """The unit as people write it; empty without dimension."""
    return UNITS.get(unit, unit)


def unit_shown(voice: Voice, row: Row) -> Markup:
    """The unit of a record as people write it; empty for numbers without dimension."""
    unit = row["unit"]
    return Markup.escape(UNITS[unit]) if unit in UNITS else voice.quote(row.at("unit"))
