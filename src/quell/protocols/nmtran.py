"""Regimens in NM-TRAN data sets: doses out of records, and records out of doses.

    ID TIME AMT RATE II ADDL SS EVID CMT DV MDV        comma-separated, one record a line

Records are read by :mod:`quell.protocols.record_reader`. Sentences know neither steady states, resets nor modelled
rates: a record that says more than a sentence can is refused by row and column.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from quell.conventions.errors import StudyError
from quell.protocols.data_table import DataTable, read_table
from quell.protocols.events import DOSE, OTHER, DoseEvent
from quell.protocols.record_reader import records_of
from quell.protocols.records import COLUMNS, Records
from quell.protocols.words import spell_number


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set whose doses can be told in sentences.

    Parameters
    ----------
    table
        Its lines, for errors.
    records
        All records; those with EVID 0 are observations, which give nothing.
    """

    table: DataTable
    records: Records

    @property
    def file(self) -> str:
        """Name of the file."""
        return self.table.file

    @property
    def doses(self) -> np.ndarray:
        """Indices of the dose records."""
        return np.flatnonzero(self.records.evid == DOSE)


_Untold = tuple[str, Callable[[Records], np.ndarray], str, str]

_UNTOLD: tuple[_Untold, ...] = (
    ("EVID", lambda r: r.evid == 2, "a sentence tells no other-type event (EVID 2)", "0 or 1"),
    ("EVID", lambda r: r.evid > 2, "a sentence tells no reset (EVID 3 or 4)", "0 or 1"),
    ("SS", lambda r: r.ss > 0, "a sentence tells no steady state (SS)", "0 or .; write the doses out with II and ADDL"),
    ("RATE", lambda r: r.rate < 0, "a sentence tells no modelled rate (RATE -1 or -2)", "0 at once, or mg per hour"),
    (
        "CMT",
        lambda r: (r.evid == DOSE) & (r.cmt > 1),
        "a sentence doses compartment 1, where routes lead",
        "1 or .",
    ),
    ("TIME", lambda r: r.time < 0, "a sentence begins on day 0", "hours from the first dose, 0 or later"),
    ("ADDL", lambda r: (r.ii > 0) & (r.addl == 0), "II needs further doses ADDL", "a whole number above 0, or II 0"),
)
"""Legal records that no sentence can tell: column, which, message, what is allowed."""


def read_data_set(path: str | Path) -> DataSet:
    """Read a data set of doses that sentences can tell.

    Parameters
    ----------
    path
        A comma-separated text file.

    Raises
    ------
    StudyError
        Where a field cannot be read or a record says more than a sentence can; ``line`` is the row, ``column`` the
        character.
    """
    table = read_table(path)
    records = records_of(table)
    found = [(int(wrong.argmax()), k) for k, (_, which, _, _) in enumerate(_UNTOLD) if (wrong := which(records)).any()]
    if found:
        record, k = min(found)
        name, _, message, allowed = _UNTOLD[k]
        raise table.refuse(record, name, message, allowed)
    data = DataSet(table, records)
    if not len(data.doses):
        allowed = "at least one record with AMT above 0"
        raise StudyError("the data set has no dose", file=table.file, line=int(table.rows[-1]), column=1,
                         source=table.lines[-1], allowed=allowed)  # fmt: skip
    return data


def dose_events(data: DataSet, treatment: str, unit: str, route: str | None) -> tuple[DoseEvent, ...]:
    """The doses of a data set as events of one treatment.

    Parameters
    ----------
    treatment, unit, route
        What AMT is an amount of, "mg" or "mg/kg", and how it is given.
    """
    r = data.records
    return tuple(
        DoseEvent(
            time=float(r.time[k]),
            treatment=treatment,
            amt=float(r.amt[k]),
            rate=float(r.rate[k]),
            ii=float(r.ii[k]),
            addl=int(r.addl[k]),
            id=int(float(r.ids[r.person[k]])),
            unit=unit,
            route=route,
        )
        for k in data.doses
    )


def write_data_set(events: Iterable[DoseEvent]) -> str:
    """Dose events as the text of a data set, ordered by ID and TIME.

    Other-type events (EVID 2) are written one by one, since II and ADDL belong to doses. What NM-TRAN has no column
    for (the drug, its unit and route) is not written.
    """
    single = (one for event in events for one in (event.expand() if event.evid == OTHER else (event,)))
    rows = [_row(event) for event in sorted(single, key=lambda event: (event.id, event.time))]
    return "\n".join([",".join(COLUMNS), *rows]) + "\n"


def _row(event: DoseEvent) -> str:
    amounts = (spell_number(event.amt), spell_number(event.rate)) if event.evid == DOSE else (".", ".")
    course = (spell_number(event.ii), str(event.addl)) if event.addl else (".", ".")
    ends = (str(event.ss or "."), str(event.evid), str(event.cmt), ".", "1")
    return ",".join((str(event.id), spell_number(event.time), *amounts, *course, *ends))


def weighed(events: Iterable[DoseEvent], weight: float) -> tuple[DoseEvent, ...]:
    """Doses in mg/kg as doses in mg for one body weight in kg; others as they are."""
    return tuple(
        replace(event, amt=event.amt * weight, rate=event.rate * weight, unit="mg") if event.unit == "mg/kg" else event
        for event in events
    )


def per_kilogram(data: DataSet, weight: float) -> DataSet:
    """A data set in mg as one in mg/kg, for one body weight in kg; amounts to twelve digits."""
    r = data.records
    shares = {name: np.array([float(f"{x / weight:.12g}") for x in getattr(r, name)]) for name in ("amt", "rate")}
    return DataSet(data.table, replace(r, **shares))
