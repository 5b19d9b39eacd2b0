"""A regimen: what one sentence gives, by which route, how much, and when.

The sentence and the record are two spellings of one thing: ``parse_regimen(regimen.sentence) == regimen`` for every
regimen, and ``parse_regimen(text).sentence`` is the canonical form of ``text``. A course of ``count`` intervals of
length ``interval_h`` that begins on day ``first_day`` gives doses at

    24 first_day + hour + k interval_h + offset        k = 0 ... count - 1,   offset in offsets_h

hours after the first dose of the arm's epoch (day 0).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from quell.protocols.treatments import DRUGS, Treatment
from quell.protocols.words import spell_list, spell_number

FREQUENCIES: Mapping[str, tuple[float, tuple[float, ...]]] = {
    "daily": (24.0, (0.0,)),
    "twice daily": (12.0, (0.0,)),
    "three times daily": (8.0, (0.0,)),
    "four times daily": (6.0, (0.0,)),
    "weekly": (168.0, (0.0,)),
    "twice weekly": (168.0, (0.0, 72.0)),
    "three times weekly": (168.0, (0.0, 48.0, 96.0)),
}
"""Words for a frequency -> (interval in hours, offsets within it in hours)."""


@dataclass(frozen=True, slots=True)
class OnDays:
    """Single doses on stated days."""

    days: tuple[int, ...]

    def times_h(self) -> tuple[float, ...]:
        """Hours after day 0, ascending."""
        return tuple(24.0 * day for day in self.days)

    def words(self, at: str) -> str:
        """The timing as words; ``at`` is the time of day, spelt, or empty."""
        return f"on day{'s' if len(self.days) > 1 else ''} {spell_list([str(day) for day in self.days])}{at}"


@dataclass(frozen=True, slots=True)
class Course:
    """Doses at a regular interval: ``count`` intervals, each with a dose at every offset."""

    first_day: int
    interval_h: float
    count: int
    offsets_h: tuple[float, ...] = (0.0,)

    @property
    def duration_h(self) -> float:
        """Length of the course, the interval after the last dose included."""
        return self.interval_h * self.count

    def times_h(self) -> tuple[float, ...]:
        """Hours after day 0, ascending."""
        starts = (24.0 * self.first_day + k * self.interval_h for k in range(self.count))
        return tuple(start + offset for start in starts for offset in self.offsets_h)

    def words(self, at: str) -> str:
        """The timing as words; ``at`` is the time of day, spelt, or empty."""
        frequency = self._frequency()
        first = "" if frequency and not self.first_day else f" from day {self.first_day}"
        every = frequency or f"every {_spell_interval(self.interval_h)}"
        return f"{every}{first}{at} for {spell_duration(self.duration_h)}"

    def _frequency(self) -> str | None:
        if self.duration_h % 24:
            return None
        timing = (self.interval_h, self.offsets_h)
        return next((words for words, known in FREQUENCIES.items() if known == timing), None)


Timing = OnDays | Course


@dataclass(frozen=True, slots=True)
class Regimen:
    """One treatment with its dose, route and times; "nothing" has none of them.

    Parameters
    ----------
    treatment
        Name in :data:`~quell.protocols.treatments.DRUGS`.
    amount, unit
        Dose and its unit, "mg" or "mg/kg"; None for a treatment without a dose.
    route
        Canonical route; None for psychotherapy and nothing.
    over_min
        Duration of an infusion in minutes; 0 where the dose is given at once.
    hour
        Time of day, hours in [0, 24) after the hour of the first dose.
    """

    treatment: str
    amount: float | None = None
    unit: str | None = None
    route: str | None = None
    over_min: float = 0.0
    timing: Timing | None = None
    hour: float = 0.0

    @property
    def drug(self) -> Treatment:
        """The catalogue's entry."""
        return DRUGS[self.treatment]

    @property
    def sentence(self) -> str:
        """The canonical sentence."""
        dose = f"{spell_number(self.amount)} {self.unit}" if self.amount is not None else ""
        timing = self.timing.words(f" at {spell_number(self.hour)} h" if self.hour else "") if self.timing else ""
        return " ".join(part for part in (self.treatment, dose, self._route_words(), timing) if part)

    def times_h(self) -> tuple[float, ...]:
        """Times of the doses, hours after day 0, ascending."""
        return tuple(time + self.hour for time in self.timing.times_h()) if self.timing else ()

    def shortest_gap_h(self) -> float:
        """Hours between the two closest doses; infinity for a single one."""
        return min((after - before for before, after in pairwise(self.times_h())), default=float("inf"))

    def intervals_h(self) -> tuple[tuple[float, float], ...]:
        """When a tablet of this regimen is being taken, (begin, end) in hours: a day for a single dose."""
        if isinstance(self.timing, Course) and self.timing.interval_h <= 24.0:
            begin = 24.0 * self.timing.first_day + self.hour
            return ((begin, begin + self.timing.duration_h),)
        return tuple((time, time + 24.0) for time in self.times_h())

    def _route_words(self) -> str:
        if self.route is None or self.route == self.drug.implied_route:
            return ""
        if self.over_min:
            return f"{self.route} over {spell_minutes(self.over_min)}"
        return f"{self.route} bolus" if self.route == "IV" else self.route

    def __str__(self) -> str:
        return self.sentence


def spell_minutes(minutes: float) -> str:
    """The duration of an infusion: hours from two whole hours on, else minutes."""
    hours = minutes / 60.0
    return f"{spell_number(hours)} h" if hours >= 2 and hours.is_integer() else f"{spell_number(minutes)} min"


def spell_duration(hours: float) -> str:
    """The duration of a course: whole weeks, else whole days, else hours."""
    for size, unit in ((168.0, "week"), (24.0, "d")):
        if hours % size == 0:
            count = hours / size
            return f"{spell_number(count)} {unit}{'s' if unit == 'week' and count != 1 else ''}"
    return f"{spell_number(hours)} h"


def _spell_interval(hours: float) -> str:
    return f"{spell_number(hours / 24.0)} d" if hours % 24.0 == 0 else f"{spell_number(hours)} h"
