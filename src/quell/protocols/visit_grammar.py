"""When and how people are measured: times of visits, windows, measures, guesses of the treatment."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from quell.conventions.errors import StudyError
from quell.protocols.forms import Grammar, Reading
from quell.protocols.slots import SLOTS, one_word

_LONGEST_WINDOW_H = 24.0 * 28
_RATERS = {"clinician": "clinician", "rater": "clinician", "nurse": "nurse", "self": "patient", "patient": "patient"}


@dataclass(frozen=True, slots=True)
class Every:
    """Visits at a regular interval of hours; ``before_dose`` if each is taken before that day's dose."""

    interval_h: float
    before_dose: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """How far a visit may lie from its time, hours, and from when on."""

    width_h: float
    from_h: float = 0.0


@dataclass(frozen=True, slots=True)
class Recall:
    """What a rating looks back on: "since last visit", "at the moment", or the last ``hours``."""

    kind: Literal["since last visit", "at the moment", "past"]
    hours: float | None = None


@dataclass(frozen=True, slots=True)
class Measure:
    """How one thing is measured.

    Parameters
    ----------
    rater
        "clinician", "nurse" or "patient"; None where the instrument's usual rater is meant.
    qualifier
        "blinded", "central", "site" or "independent".
    recall
        None for the instrument's own window.
    times_h
        Hours after a dose at which it is measured; empty for every visit.
    """

    rater: str | None = None
    qualifier: str | None = None
    recall: Recall | None = None
    times_h: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """A guess of the treatment: by whom and when; ``after`` names what the time counts from, or the event itself."""

    who: str
    time_h: float | None = None
    after: str | None = None


def parse_visit(text: str) -> float:
    """A visit's time in hours from the first dose: "24 h", "7 d", "-1 h"."""
    return _VISIT.read(text)


def parse_every(text: str) -> Every:
    """Visits at an interval: "every 7 d before dose"."""
    return _EVERY.read(text)


def parse_window(text: str) -> Window:
    """A visit window: "2 d" or "1 d from 5 d on"."""
    window: Window = _WINDOW.read(text)
    if not 0.0 <= window.width_h <= _LONGEST_WINDOW_H:
        raise StudyError("an impossible window", column=1, text=text.strip(), allowed="0 d to 28 d", suggestion="2 d")
    return window


def parse_measure(text: str) -> Measure:
    """How something is measured: "blinded clinician recalling since last visit", "self at the moment"."""
    return _MEASURE.read(text)


def parse_guess(text: str) -> Guess:
    """A guess: "patient at 60 min", "rater at 14 d", "patient at relapse or end"."""
    return _GUESS.read(text)


def _rater(reading: Reading, at: int) -> Iterator[tuple[Any, int]]:
    for word, end in one_word(*_RATERS)(reading, at):
        yield _RATERS[word], end


def _recall(reading: Reading, at: int) -> Iterator[tuple[Any, int]]:
    """Phrases "recalling since last visit", "at the moment", "recalling past week", "recalling past 2 weeks"."""
    fixed = {"recalling since last visit": "since last visit", "at the moment": "at the moment"}
    for phrase, end in one_word(*fixed)(reading, at):
        yield Recall(fixed[phrase]), end  # pyright: ignore[reportArgumentType]
    for _, end in one_word("recalling past", "recalling the past")(reading, at):
        for _, last in one_word("week")(reading, end):
            yield Recall("past", 168.0), last
        for hours, last in SLOTS["time"](reading, end):
            yield Recall("past", hours), last


def _times(reading: Reading, at: int) -> Iterator[tuple[Any, int]]:
    """Times after a dose: "at 40 min", "at 40 min and 2 h"."""
    for _, start in one_word("at")(reading, at):
        for hours, end in SLOTS["time"](reading, start):
            yield (hours,), end
            for _, further in one_word("and at", "and")(reading, end):
                for later, last in SLOTS["time"](reading, further):
                    yield (hours, later), last


_SLOTS = {
    **SLOTS,
    "rater": _rater,
    "recall": _recall,
    "times": _times,
    "qualifier": one_word("blinded", "central", "site", "independent"),
    "who": one_word("patient", "rater"),
}

_VISIT = Grammar(
    "the time of a visit", {"{time}": lambda time: time, "- {time}": lambda time: -time}, _SLOTS, ("0 h", "24 h", "7 d")
)
_EVERY = Grammar(
    "visits",
    {
        "every {time:interval_h}": Every,
        "every {time:interval_h} before [the] dose": lambda interval_h: Every(interval_h, before_dose=True),
    },
    _SLOTS,
    ("every 7 d before dose", "every 7 d"),
)
_WINDOW = Grammar(
    "a visit window",
    {
        "{time:width_h}": Window,
        "{time:width_h} from {time:from_h} on": Window,
    },
    _SLOTS,
    ("2 d", "1 d from 5 d on"),
)
_MEASURE = Grammar(
    "a measure",
    {
        "[{qualifier}] {rater} [{recall}] [{times:times_h}] [each visit]": Measure,
        "{times:times_h}": Measure,
        "{recall}": Measure,
        "each visit": Measure,
    },
    _SLOTS,
    ("blinded clinician recalling past week", "self at the moment", "nurse at 40 min", "each visit"),
)
_GUESS = Grammar(
    "a guess",
    {
        "{who} at {time:time_h} [of {words:after}]": Guess,
        "{who} at {words:after}": Guess,
    },
    _SLOTS,
    ("patient at 60 min", "rater at 14 d", "patient at relapse or end"),
)
