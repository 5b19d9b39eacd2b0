r"""What the doses of records are: when they enter, how much, how fast.

A dose record stands for doses given at TIME + k II (k = 0 .. ADDL; at steady state also k = -1, -2, ...), each entering
ALAG later, with F, ALAG, R and D of the record's row and of the compartment dosed:

    RATE = 0   F AMT at once                    RATE = -1   rate R for F AMT / R
    RATE > 0   rate RATE for F AMT / RATE       RATE = -2   rate F AMT / D for D

AMT = 0 at steady state is a constant infusion, given for ever until the record. Semantics and sources:
docs/theory/dosing-records.md.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from quell.conventions.errors import StudyError
from quell.protocols.records import Records
from quell.simulation.record_values import Values

NEUTRAL = {"F": 1.0, "ALAG": 0.0}
"""The value of a dose's parameter that is not given."""


@dataclass(frozen=True, slots=True)
class DoseRecords:
    """The dose records among all; arrays are ``(dose,)``.

    Attributes
    ----------
    row
        Its record.
    compartment
        Index of the compartment dosed, from 0.
    time, amt, rate, ii, addl
        As recorded.
    steady, constant
        At steady state by repeated doses; by a constant infusion.
    """

    row: np.ndarray
    compartment: np.ndarray
    time: np.ndarray
    amt: np.ndarray
    rate: np.ndarray
    ii: np.ndarray
    addl: np.ndarray
    steady: np.ndarray
    constant: np.ndarray

    @property
    def infused(self) -> np.ndarray:
        """Whether the dose lasts."""
        return self.rate != 0.0


class DoseValues(NamedTuple):
    """Numbers of doses, ``(dose,)``: h, mg, mg/h, h; the amount is that of a dose given at once."""

    lag: Any
    amount: Any
    rate: Any
    duration: Any


def dose_records(records: Records, default: int, compartments: int) -> DoseRecords:
    """Find the dose records.

    Parameters
    ----------
    records
        As read.
    default
        Index of the compartment of a dose that names none.
    compartments
        Number of compartments of the model.

    Raises
    ------
    StudyError
        A record doses a compartment that the model does not have, or is not a dose that quell can solve.
    """
    row = np.flatnonzero((records.evid == 1) | (records.evid == 4))
    cmt, amt, rate, ii = (x[row] for x in (records.cmt, records.amt, records.rate, records.ii))
    constant = (records.ss[row] > 0) & (amt == 0.0)
    _refuse(records, row, (cmt < 0) | (cmt > compartments), "CMT", f"0 to {compartments}")
    _refuse(records, row, constant & ((rate == 0.0) | (rate == -2.0) | (ii > 0.0)), "AMT", "a dose, or RATE without II")
    _refuse(records, row, (records.ss[row] > 0) & ~constant & (ii <= 0.0), "II", "more than 0 at steady state")
    _refuse(records, row, (records.addl[row] > 0) & (ii <= 0.0), "II", "more than 0 with ADDL")
    place = np.where(cmt == 0, default, cmt - 1)
    steady = (records.ss[row] > 0) & ~constant
    return DoseRecords(row, place, records.time[row], amt, rate, ii, records.addl[row], steady, constant)


def _refuse(records: Records, row: np.ndarray, wrong: np.ndarray, column: str, allowed: str) -> None:
    if wrong.any():
        at = row[np.argmax(wrong)]
        text = f"{getattr(records, column.lower())[at]:g}"
        raise StudyError(f"{column} is {text} here", line=int(records.rows[at]), text=text, allowed=allowed)


def dose_values(doses: DoseRecords, values: Values, xp: Any) -> DoseValues:
    """Numbers of the doses from the parameters of their rows, differentiable under JAX."""
    fraction, lag = (_of_compartment(doses, values, name, xp) for name in ("F", "ALAG"))
    plain: Any = np if isinstance(fraction, np.ndarray) else xp
    amount = plain.where(doses.constant, 0.0, fraction * doses.amt)
    if not doses.infused.any():
        return DoseValues(lag, amount, xp.zeros_like(amount), xp.zeros_like(amount))
    own = _of_compartment(doses, values, "R", xp)
    lasting = xp.where(doses.rate == -2.0, _of_compartment(doses, values, "D", xp), 1.0)
    rate = xp.where(doses.rate == -1.0, own, xp.where(doses.rate == -2.0, amount / lasting, doses.rate))
    given = xp.where(doses.infused & (doses.rate != -2.0), rate, 1.0)
    duration = xp.where(doses.rate == -2.0, lasting, amount / given)
    return DoseValues(lag, amount, xp.where(doses.infused, rate, 0.0), xp.where(doses.infused, duration, 0.0))


def _of_compartment(doses: DoseRecords, values: Values, name: str, xp: Any) -> Any:
    """A parameter of each dose's compartment at the dose's row."""
    found = np.full(doses.row.shape, NEUTRAL.get(name, 1.0))
    for place in np.flatnonzero(np.bincount(doses.compartment)).tolist():
        symbol = f"{name}{place + 1}"
        if symbol in values:
            found = xp.where(doses.compartment == place, values.at(symbol, doses.row), found)
    return found


def check_dose_values(doses: DoseRecords, values: Values, found: DoseValues, lines: np.ndarray) -> None:
    """Refuse parameters of doses that mean nothing; ``lines`` is the line of each record in its file.

    Raises
    ------
    StudyError
        A modelled rate or duration that is missing or not above 0, or a negative lag or bioavailability.
    """
    for code, name in ((-1.0, "R"), (-2.0, "D")):
        for at in np.flatnonzero(doses.rate == code).tolist():
            symbol = f"{name}{doses.compartment[at] + 1}"
            if symbol not in values:
                _blame(doses, lines, at, f"RATE {code:g} needs {symbol}", symbol, f"a parameter or column {symbol}")
    modelled = {"R": (doses.rate == -1.0, found.rate), "D": (doses.rate == -2.0, found.duration)}
    for name, (used, x) in modelled.items():
        _require(doses, lines, name, ~used | (x > 0.0), x, "more than 0")
    _require(doses, lines, "ALAG", found.lag >= 0.0, found.lag, "0 or more")
    fraction = _of_compartment(doses, values, "F", np)
    _require(doses, lines, "F", fraction >= 0.0, fraction, "0 or more")


def _require(doses: DoseRecords, lines: np.ndarray, name: str, right: np.ndarray, x: np.ndarray, allowed: str) -> None:
    if not np.all(right):
        at = int(np.argmin(right))
        symbol = f"{name}{doses.compartment[at] + 1}"
        _blame(doses, lines, at, f"{symbol} is {x[at]:g} for this dose", symbol, allowed)


def _blame(doses: DoseRecords, lines: np.ndarray, at: int, message: str, text: str, allowed: str) -> None:
    raise StudyError(message, line=int(lines[doses.row[at]]), text=text, allowed=f"{text}: {allowed}")
