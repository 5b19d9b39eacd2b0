r"""Which dose acts between which records: everything about a data set that is a matter of order, not of size.

Between two records j - 1 and j with constant parameters amounts obey

    a_j = e^{A (t_j - t_{j-1})} a_{j-1} + sum over pieces + what record j itself adds,

a *piece* being what one dose contributes within that interval: a dose at once that enters in it, or the part of an
infusion that runs in it. Steps are taken from record to record only, however many doses lie between.

Ties are decided here and nowhere else. Rows act in the order of the file. A dose without a row of its own (additional,
lagged or implied by steady state), and the end of an infusion, act before a row at the same time. Two times are the
same if they differ by less than :data:`SAME_TIME` of the larger. EVID 3 and 4 and SS = 1 end all that earlier rows
began, so that no piece reaches beyond them.
"""

from dataclasses import dataclass

import numpy as np

from quell.protocols.records import Records
from quell.simulation.record_doses import DoseRecords, DoseValues

SAME_TIME = 1e-12
"""Relative difference below which two times are one."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Contributions of doses within intervals, ``(piece,)``.

    Attributes
    ----------
    dose, number
        Index of the dose record, and k: the dose was given k II after the record's time.
    record
        The record that ends the interval.
    begins, ends
        Whether the dose begins, and ends, within the interval.
    """

    dose: np.ndarray
    number: np.ndarray
    record: np.ndarray
    begins: np.ndarray
    ends: np.ndarray

    def where(self, chosen: np.ndarray) -> "Pieces":
        """Some of them."""
        return Pieces(*(x[chosen] for x in (self.dose, self.number, self.record, self.begins, self.ends)))


@dataclass(frozen=True, slots=True)
class SteadyPhase:
    """Where in its cycle each repeated steady state stands at its record, ``(steady dose,)``.

    Attributes
    ----------
    dose
        Index of the dose record.
    back
        Number of the last implied dose that has entered.
    whole
        Implied infusions that run all the time: whole times that II fits into the duration.
    over
        Whether the rest of the last infusion is over at the record.
    """

    dose: np.ndarray
    back: np.ndarray
    whole: np.ndarray
    over: np.ndarray


@dataclass(frozen=True, slots=True)
class Timeline:
    """Records of some people in order.

    Attributes
    ----------
    first, count
        The first record of each person and their number, ``(person,)``.
    lengths
        Time since the person's previous record, h, 0 where nothing is carried over, ``(record,)``.
    starts_anew
        Whether nothing earlier lasts beyond the record, ``(record,)``.
    at_once, pieces, steady
        Doses that enter at their own row, pieces, and repeated steady states.
    """

    first: np.ndarray
    count: np.ndarray
    lengths: np.ndarray
    starts_anew: np.ndarray
    at_once: np.ndarray
    pieces: Pieces
    steady: SteadyPhase


def first_records(person: np.ndarray) -> np.ndarray:
    """The first record of each person, ``(person,)``; records of one person stand together."""
    return np.flatnonzero(np.diff(person, prepend=-1))


def plan_records(records: Records, doses: DoseRecords, found: DoseValues) -> Timeline:
    """Order everything.

    Parameters
    ----------
    records, doses
        The data set and its dose records.
    found
        Numbers of the doses, NumPy arrays.
    """
    first = first_records(records.person)
    count = np.diff(np.append(first, records.person.size))
    anew = (records.evid == 3) | (records.evid == 4)
    anew[doses.row] |= records.ss[doses.row] == 1
    opens = anew.copy()
    opens[first] = True
    lengths = np.diff(records.time, prepend=0.0)
    lengths[opens] = 0.0
    late = doses.infused | (found.lag > 0.0)
    pieces = _pieces(records.time, doses, found, _ends_of_stretches(opens)[doses.row], late)
    return Timeline(first, count, lengths, anew, np.flatnonzero(~late & ~doses.constant), pieces, _phases(doses, found))


def _ends_of_stretches(opens: np.ndarray) -> np.ndarray:
    """The last record before the next one that opens a stretch, ``(record,)``."""
    borders = np.append(np.flatnonzero(opens), opens.size)
    return np.repeat(borders[1:] - 1, np.diff(borders))


def _at_least(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """a >= b, but for rounding."""
    return a >= b - SAME_TIME * np.maximum(np.abs(a), np.abs(b))


def _whole_up(x: np.ndarray) -> np.ndarray:
    """The smallest whole number not below x, but for rounding."""
    near = np.rint(x)
    same = np.abs(x - near) <= SAME_TIME * np.maximum(np.abs(x), 1.0)
    return np.where(same, near, np.ceil(x)).astype(int)


def _phases(doses: DoseRecords, found: DoseValues) -> SteadyPhase:
    dose = np.flatnonzero(doses.steady)
    ii, lag, duration = doses.ii[dose], found.lag[dose], found.duration[dose]
    back = np.maximum(_whole_up(lag / ii), 1)
    whole = -_whole_up(-duration / ii)
    return SteadyPhase(dose, back, whole, _at_least(back * ii - lag, duration - whole * ii))


def _pieces(time: np.ndarray, doses: DoseRecords, found: DoseValues, last: np.ndarray, late: np.ndarray) -> Pieces:
    """All pieces, those of one dose in order of time."""
    if not (late.any() or doses.addl.any()):
        none = np.zeros(0, dtype=int)
        return Pieces(none, none, none, none, none)
    dose, number, pending = _given(time, doses, found, last, late)
    enters = doses.time[dose] + found.lag[dose] + number * doses.ii[dose]
    after, until = doses.row[dose] + 1, last[dose]
    begin = _first_at_or_after(time, after, until, enters)
    end = np.where(doses.infused[dose], _first_at_or_after(time, begin, until, enters + found.duration[dose]), begin)
    intervals = np.maximum(np.minimum(end, until) - begin + 1, 0)
    owner = np.repeat(np.arange(dose.size), intervals)
    record = begin[owner] + np.arange(owner.size) - np.repeat(np.cumsum(intervals) - intervals, intervals)
    begins = pending[owner] & (record == begin[owner])
    return Pieces(dose[owner], number[owner], record, begins, record == end[owner])


def _given(
    time: np.ndarray, doses: DoseRecords, found: DoseValues, last: np.ndarray, late: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every dose that acts after its row: dose record, number, and whether it is still to enter at the row."""
    ii = np.where(doses.ii > 0.0, doses.ii, np.inf)
    within = np.floor(np.maximum(time[last] - doses.time - found.lag, 0.0) / ii + 1.0)
    newest = np.minimum(doses.addl, within).astype(int)
    oldest = np.where(doses.steady, 1 - _whole_up((found.lag + found.duration) / ii), 0)
    oldest = np.minimum(oldest, 0)
    amounts = np.where(doses.constant, 0, newest - oldest + 1)
    dose = np.repeat(np.arange(amounts.size), amounts)
    number = oldest[dose] + np.arange(dose.size) - np.repeat(np.cumsum(amounts) - amounts, amounts)
    kept = late[dose] | (number != 0)
    dose, number = dose[kept], number[kept]
    pending = (number >= 0) | (-number < np.maximum(_whole_up(found.lag / ii), 1)[dose])
    return dose, number, pending


def _first_at_or_after(time: np.ndarray, low: np.ndarray, last: np.ndarray, moment: np.ndarray) -> np.ndarray:
    """For each moment the first record from ``low`` to ``last`` that is not before it, else last + 1; by bisection."""
    low, high = low.copy(), last + 1
    while np.any(low < high):
        middle = (low + high) // 2
        right = _at_least(time[np.minimum(middle, time.size - 1)], moment)
        high = np.where((low < high) & right, middle, high)
        low = np.where((low < high) & ~right, middle + 1, low)
    return low
