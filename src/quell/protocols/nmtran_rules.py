"""What an NM-TRAN record may be: each rule names a column, what is wrong and what is allowed.

Supported are observations (EVID 0) and doses (EVID 1) with AMT, RATE and II/ADDL into the compartment that the route
feeds. Steady state, modelled rates and durations, other-type events and resets are legal records that are refused, so
that none is ever read as something else.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from quell.conventions.errors import StudyError
from quell.protocols.events import DOSE

COLUMNS = ("ID", "TIME", "AMT", "RATE", "II", "ADDL", "SS", "EVID", "CMT", "DV", "MDV")
"""The columns that are understood."""

WHOLE = ("ID", "ADDL", "SS", "EVID", "CMT", "MDV")
"""Columns of whole numbers."""

_MOST_DOSES = 10_000
_MEANING = {2: "other-type event", 3: "reset", 4: "reset and dose"}

_Problem = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Fields:
    """One record: its row, its numbers (None where missing) and, by column name, the text and where it begins."""

    row: int
    values: Mapping[str, float | None]
    texts: Mapping[str, tuple[str, int]]

    def number(self, name: str) -> float:
        """The number of a column; 0 where it is missing, as NONMEM reads it."""
        return self.values.get(name) or 0.0

    def refuse(self, name: str, message: str, allowed: str) -> StudyError:
        """The error at a column; at the beginning of the row where the data set lacks the column."""
        text, column = self.texts.get(name, ("", 1))
        return StudyError(message, line=self.row, column=column, text=text or None, allowed=allowed)


def event_type(record: Fields) -> int:
    """EVID, given or implied: a record with an amount is a dose."""
    given = record.values.get("EVID")
    if given is not None:
        return int(given)
    return DOSE if record.number("AMT") or record.number("SS") else 0


def check_record(record: Fields) -> None:
    """Raise the first problem of a record."""
    for name, message, allowed in _problems(record):
        raise record.refuse(name, message, allowed)


def check_order(records: list[Fields]) -> None:
    """Raise where TIME falls within an ID or an ID comes back after another."""
    seen = {records[0].number("ID")} if records else set[float]()
    for before, after in pairwise(records):
        person = after.number("ID")
        if person == before.number("ID"):
            if after.number("TIME") < before.number("TIME"):
                raise after.refuse("TIME", "records are not in order of TIME", "ascending times within an ID")
        elif person in seen:
            raise after.refuse("ID", f"ID {person:.0f} appears in two separate blocks", "one block for each ID")
        seen.add(person)


def _problems(record: Fields) -> Iterator[_Problem]:
    evid = event_type(record)
    if evid not in (0, DOSE):
        meaning = _MEANING.get(evid)
        yield "EVID", f"EVID {evid} ({meaning}) is not supported" if meaning else "EVID is 0, 1, 2, 3 or 4", "0 or 1"
    if record.number("TIME") < 0:
        yield "TIME", "TIME is negative", "hours from the first dose, 0 or later"
    if record.number("MDV") not in (0.0, 1.0):
        yield "MDV", "MDV is 0 or 1", "0 or 1"
    yield from _dose_problems(record) if evid == DOSE else _observation_problems(record)


def _observation_problems(record: Fields) -> Iterator[_Problem]:
    for name in ("AMT", "RATE", "II", "ADDL", "SS"):
        if record.number(name):
            yield name, f"an observation (EVID 0) has no {name}", "0 or ."


def _dose_problems(record: Fields) -> Iterator[_Problem]:
    if record.number("SS"):
        yield "SS", "steady-state records (SS) are not supported", "0 or .; write the doses out with II and ADDL"
    if record.number("AMT") <= 0:
        yield "AMT", "a dose has an amount above 0", "a number above 0; EVID 0 for an observation"
    if record.number("CMT") not in (0.0, 1.0):
        yield "CMT", "a dose enters compartment 1, the one its route feeds", "1 or ."
    yield from _rate_problems(record.number("RATE"))
    yield from _course_problems(record.number("II"), record.number("ADDL"))


def _rate_problems(rate: float) -> Iterator[_Problem]:
    if rate in (-1.0, -2.0):
        yield "RATE", f"RATE {rate:.0f} (modelled by the control stream) is not supported", "0, or amount per hour"
    if rate < 0:
        yield "RATE", "RATE is negative", "0 for a dose at once, or amount per hour"


def _course_problems(interval: float, further: float) -> Iterator[_Problem]:
    if not 0 <= further <= _MOST_DOSES:
        yield "ADDL", "ADDL counts further doses", f"0 to {_MOST_DOSES}"
    if interval < 0:
        yield "II", "II is negative", "hours above 0"
    if further and not interval:
        yield "II", "ADDL needs an interval II", "hours above 0"
    if interval and not further:
        yield "ADDL", "II needs further doses ADDL", "a whole number above 0"
