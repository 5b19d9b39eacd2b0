"""Regimens as NM-TRAN dose events, and back.

A single dose is a record at its TIME; a course is one record with II (interval) and ADDL (further doses), one record
per offset within the interval. With D the duration of an infusion,

    RATE = AMT / D,     D = AMT / RATE,     RATE = 0: at once

``regimens(events(regimen)) == (regimen,)`` for every regimen. AMT is in the unit of the sentence: a dose in mg/kg is
multiplied by the person's weight when it is given. A treatment without an amount (saline, CBT) is an other-type event,
EVID 2; NM-TRAN has no column for how long such an infusion runs, so the event carries it beside the columns. Every
dose enters compartment 1, the one that its route feeds.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from quell.protocols.regimen import FREQUENCIES, Course, OnDays, Regimen, Timing

DOSE, OTHER = 1, 2
"""EVID of a dose and of an other-type event."""


@dataclass(frozen=True, slots=True)
class DoseEvent:
    """One NM-TRAN record with what it is a record of.

    Parameters
    ----------
    time
        Hours after the first dose of the epoch.
    amt, rate
        Amount in ``unit``, and ``unit`` per hour; 0 for treatments without an amount.
    ii, addl
        Interval in hours and number of further doses.
    treatment, unit, route
        As in the regimen.
    minutes
        Duration of an infusion that has no amount.
    """

    time: float
    treatment: str
    amt: float = 0.0
    rate: float = 0.0
    ii: float = 0.0
    addl: int = 0
    ss: int = 0
    evid: int = DOSE
    cmt: int = 1
    id: int = 1
    unit: str | None = None
    route: str | None = None
    minutes: float = 0.0

    def expand(self) -> tuple["DoseEvent", ...]:
        """The same doses as single records."""
        return tuple(replace(self, time=self.time + k * self.ii, ii=0.0, addl=0) for k in range(self.addl + 1))


def events(regimen: Regimen, person: int = 1) -> tuple[DoseEvent, ...]:
    """The records of a regimen, ascending in time; none for "nothing".

    Parameters
    ----------
    regimen
        What is given.
    person
        The ID column.
    """
    if regimen.timing is None:
        return ()
    amount, hours = regimen.amount or 0.0, regimen.over_min / 60.0
    pattern = DoseEvent(
        time=regimen.hour,
        treatment=regimen.treatment,
        amt=amount,
        rate=amount / hours if hours else 0.0,
        evid=DOSE if regimen.amount is not None else OTHER,
        id=person,
        unit=regimen.unit,
        route=regimen.route,
        minutes=regimen.over_min if regimen.amount is None else 0.0,
    )
    timing = regimen.timing
    if isinstance(timing, OnDays):
        return tuple(replace(pattern, time=time) for time in regimen.times_h())
    first = replace(pattern, ii=timing.interval_h, addl=timing.count - 1) if timing.count > 1 else pattern
    return tuple(replace(first, time=time) for time in regimen.times_h()[: len(timing.offsets_h)])


def regimens(records: Iterable[DoseEvent]) -> tuple[Regimen, ...]:
    """The regimens of a set of records, in the order in which they begin.

    Courses of one treatment that interlock as "twice weekly" become one sentence, single doses at one time of day
    another.
    """
    single: dict[tuple[object, ...], list[DoseEvent]] = {}
    courses: dict[tuple[object, ...], list[DoseEvent]] = {}
    for event in sorted(records, key=lambda event: event.time):
        groups = courses if event.addl else single
        key = (event.treatment, event.amt, event.unit, event.route, event.rate, event.minutes, _hour(event.time))
        groups.setdefault((*key, event.ii, event.addl) if event.addl else key, []).append(event)
    found = [_regimen(group[0], OnDays(tuple(int(event.time // 24) for event in group))) for group in single.values()]
    found += [_regimen(event, timing) for group in courses.values() for event, timing in _courses(group)]
    return tuple(sorted(found, key=lambda regimen: regimen.times_h()[0]))


def _courses(group: list[DoseEvent]) -> list[tuple[DoseEvent, Timing]]:
    """Records with one interval, told apart by when they begin; those that interlock are joined."""
    found: list[tuple[DoseEvent, Timing]] = []
    waiting = list(group)
    while waiting:
        first = waiting[0]
        offsets = _offsets(first, waiting)
        joined = [event for event in waiting if round(event.time - first.time, 9) in offsets]
        waiting = [event for event in waiting if event not in joined]
        found.append((first, Course(int(first.time // 24), first.ii, first.addl + 1, offsets)))
    return found


def _offsets(first: DoseEvent, waiting: list[DoseEvent]) -> tuple[float, ...]:
    begins = {round(event.time - first.time, 9) for event in waiting}
    known = (offsets for interval, offsets in FREQUENCIES.values() if interval == first.ii and begins >= set(offsets))
    return max(known, key=len, default=(0.0,))


def _regimen(event: DoseEvent, timing: Timing) -> Regimen:
    dosed = event.evid == DOSE
    minutes = float(f"{event.amt / event.rate * 60.0:.10g}") if event.rate else event.minutes
    amount = event.amt if dosed else None
    return Regimen(event.treatment, amount, event.unit, event.route, minutes, timing, _hour(event.time))


def _hour(time: float) -> float:
    return round(time % 24.0, 9)
