"""Non-compartmental summary of a data set: one row a person and dose that was sampled.

Every dose, additional ones included, owns the samples from its time to the next dose's, and looks at one taken just
before it. What may be concluded depends
on what came before it:

    first dose, nothing before       everything: areas to infinity, clearance, volumes, residence
    a dose of the steady state (SS)  an interval's measures; clearance = dose / area of the interval
    any other                        peak, areas of what was sampled, terminal slope; no clearance, no area to infinity

A dose into the observed compartment is a bolus, or with a rate an infusion; any other is extravascular. Bioavailability
and lag are not looked at: clearances and volumes are over F, times since the dose was given.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from math import nan

import numpy as np

from quell.conventions.errors import StudyError
from quell.protocols.records import Records
from quell.simulation.noncompartmental import Route, Rule, Summary, summarise_profile

_SINGLE_DOSE = ("auc_inf", "extrapolated", "aumc_inf", "mrt", "clearance", "volume_z", "volume_ss")


@dataclass(frozen=True, slots=True)
class DoseSummary:
    """What one dose did to one person.

    Attributes
    ----------
    id
        As written in the data.
    dose
        Its number among the person's doses, from 1.
    time, amount, route
        When and how much was given, h and mg, and how it entered.
    samples
        Number of samples that it owns.
    summary
        The numbers; times since the dose.
    """

    id: str
    dose: int
    time: float
    amount: float
    route: Route
    samples: int
    summary: Summary


@dataclass(frozen=True, slots=True)
class _Dose:
    record: int
    time: float
    amount: float
    duration: float
    route: Route
    interval: float
    steady: bool
    alone: bool


def summarise_records(
    records: Records,
    values: np.ndarray | None = None,
    *,
    observed: int = 0,
    dosed: int = 0,
    route: Route | None = None,
    rule: Rule = "linear-up log-down",
) -> list[DoseSummary]:
    """Summarise every sampled dose of every person.

    Parameters
    ----------
    records
        The data.
    values
        Concentrations, ``(record,)``, such as predictions; None takes DV where it is not missing.
    observed, dosed
        Number of the observed compartment, and of the one that doses enter whose CMT is 0; with 0 for both, doses are
        taken to enter where one observes.
    route
        How doses without a rate entered; None: as their compartment says.
    rule
        How areas are taken.

    Raises
    ------
    StudyError
        A negative concentration, or two different ones at one time, with the line.
    """
    sampled = (records.evid == 0) & ((records.mdv == 0) & ~np.isnan(records.dv) if values is None else True)
    seen = records.dv if values is None else values
    if (negative := np.flatnonzero(sampled & (seen < 0.0))).size:
        at = int(negative[0])
        message = f"a concentration is {seen[at]:g}"
        raise StudyError(message, line=int(records.rows[at]), allowed="0 or more", hint="Logarithms have no areas")
    found: list[DoseSummary] = []
    number = 0
    for rows in np.split(np.arange(records.time.size), _occasions(records)):
        doses = _doses(records, rows, observed, dosed, route)
        person = records.person[rows[0]]
        number = number if rows[0] and records.person[rows[0] - 1] == person else 0
        for dose, own in zip(doses, _owned(records, rows[sampled[rows]], doses), strict=True):
            number += 1
            if own.size:
                summary = _summary(records, own, seen, dose, rule)
                at = DoseSummary(records.ids[person], number, dose.time, dose.amount, dose.route, own.size, summary)
                found.append(at)
    return found


def _occasions(records: Records) -> np.ndarray:
    """Records at which a person or, after a reset, an occasion begins."""
    begins = np.diff(records.person, prepend=records.person[0]) != 0
    return np.flatnonzero(begins | (np.isin(records.evid, (3, 4)) & (np.arange(begins.size) > 0)))


def _doses(records: Records, rows: np.ndarray, observed: int, dosed: int, route: Route | None) -> list[_Dose]:
    """Doses of one occasion in order of time, additional ones written out."""
    given = [k for k in rows if records.evid[k] in (1, 4) and records.amt[k] > 0.0]
    written = [
        (float(records.time[k] + number * records.ii[k]), number, k)
        for k in given
        for number in range(int(records.addl[k]) + 1)
    ]
    written.sort()
    following = [time for time, _, _ in written[1:]] + [nan]
    entered: dict[int, Route] = {k: _route(records, k, observed, dosed, route) for k in given}
    return [
        _dose(records, k, time, after - time, entered[k], place == 0 and number == 0 and not records.ss[k])
        for place, ((time, number, k), after) in enumerate(zip(written, following, strict=True))
    ]


def _route(records: Records, k: int, observed: int, dosed: int, route: Route | None) -> Route:
    if records.rate[k] == 0.0 and route is not None:
        return route
    if observed and (int(records.cmt[k]) or dosed) != observed:
        return "extravascular"
    return "bolus" if records.rate[k] == 0.0 else "infusion"


def _dose(records: Records, k: int, time: float, until: float, route: Route, alone: bool) -> _Dose:
    rate, amount, steady = float(records.rate[k]), float(records.amt[k]), bool(records.ss[k] == 1)
    duration = amount / rate if rate > 0.0 else (0.0 if rate == 0.0 else nan)
    return _Dose(k, time, amount, duration, route, float(records.ii[k]) if steady else until, steady, alone)


def _owned(records: Records, samples: np.ndarray, doses: list[_Dose]) -> list[np.ndarray]:
    """Samples of each dose: from its row to the next dose's, and before them one taken just before the dose."""
    times = np.array([dose.time for dose in doses])
    owner = np.searchsorted(times, records.time[samples], side="right") - 1
    for i, sample in enumerate(samples):
        while owner[i] >= 0 and doses[owner[i]].time == records.time[sample] and doses[owner[i]].record > sample:
            owner[i] -= 1
    own = [samples[owner == k] for k in range(len(doses))]
    return [_with_trough(records, dose, *pair) for dose, pair in zip(doses, pairwise([samples[:0], *own]), strict=True)]


def _with_trough(records: Records, dose: _Dose, before: np.ndarray, own: np.ndarray) -> np.ndarray:
    """A dose's samples, from its own time on where one was taken then; a bolus leaps and has no use for it."""
    trough = before[records.time[before] == dose.time]
    wanted = own.size > 0 and dose.route != "bolus" and records.time[own[0]] > dose.time
    return np.concatenate([trough[:1], own]) if wanted else own


def _summary(records: Records, own: np.ndarray, seen: np.ndarray, dose: _Dose, rule: Rule) -> Summary:
    times, kept = np.unique(records.time[own] - dose.time, return_index=True)
    for k in own:
        if seen[k] != seen[own[kept[np.searchsorted(times, records.time[k] - dose.time)]]]:
            message = f"two different concentrations at {records.time[k]:g} h"
            raise StudyError(
                message,
                line=int(records.rows[k]),
                allowed="one a time",
                hint="Average replicates, or set their MDV to 1; one analyte a data set",
            )
    found = summarise_profile(
        times,
        seen[own][kept],
        dose.amount,
        route=dose.route,
        infusion_h=dose.duration,
        interval_h=dose.interval if dose.interval > 0.0 else None,
        steady_state=dose.steady,
        residue=not dose.alone,
        rule=rule,
    )
    if dose.alone:
        return found
    unknown = [name for name in _SINGLE_DOSE if not (dose.steady and name in ("clearance", "volume_z"))]
    return replace(found, **dict.fromkeys(unknown, nan))
