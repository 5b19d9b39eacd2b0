"""What an NM-TRAN record may be: each rule names a column, what is wrong and what is allowed.

Whatever NONMEM refuses is refused here, and so is the little that is legal but not supported: compartments turned off
(negative CMT), SS = 3, clock times and dates, and the columns PCMT, CALL and CONT. Nothing is ever read as something
else.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import numpy as np

from quell.conventions.errors import StudyError
from quell.protocols.data_table import EXAMPLE, DataTable
from quell.protocols.records import COLUMNS, Records

MOST_FURTHER_DOSES = 100_000
"""The largest ADDL."""

UNSUPPORTED_COLUMNS: Mapping[str, str] = {
    "DATE": "dates are not read: write TIME in hours from the first record",
    "DAT1": "dates are not read: write TIME in hours from the first record",
    "DAT2": "dates are not read: write TIME in hours from the first record",
    "DAT3": "dates are not read: write TIME in hours from the first record",
    "PCMT": "PCMT (prediction from another compartment) is not supported",
    "CALL": "CALL (calls of the control stream) is not supported",
    "CONT": "CONT (continued records) is not supported",
    "TINF": "durations of infusions are not read: write RATE = AMT / TINF",
}
"""Columns with a meaning in NM-TRAN that would be lost: why each is refused."""

_REQUIRED = ("ID", "TIME", "AMT")
_DOSE_ITEMS = ("AMT", "RATE", "II", "ADDL", "SS")
_MEANING = {0: "observation", 2: "other-type event", 3: "reset"}


@dataclass(frozen=True, slots=True)
class Rule:
    """A mistake that a record can hold.

    Parameters
    ----------
    column
        Where it is pointed at.
    broken
        The records that hold it, ``(record,)`` of booleans, from all records.
    message, allowed
        What is said; ``{text}`` stands for the field and ``{event}`` for the kind of event.
    """

    column: str
    broken: Callable[[Records], np.ndarray]
    message: str
    allowed: str


def _dose(r: Records) -> np.ndarray:
    return (r.evid == 1) | (r.evid == 4)


def _constant(r: Records) -> np.ndarray:
    """Constant infusions at steady state: a rate without an amount."""
    return _dose(r) & (r.amt == 0) & (r.ss > 0) & ((r.rate > 0) | (r.rate == -1))


def _not_dose(name: str) -> Rule:
    return Rule(
        name,
        lambda r: ~_dose(r) & (getattr(r, name.lower()) != 0),
        f"{{event}} has no {name}",
        "0 or .; EVID 1 for a dose",
    )


RULES: tuple[Rule, ...] = (
    Rule(
        "EVID",
        lambda r: (r.evid < 0) | (r.evid > 4),
        "EVID {text} is no kind of event",
        "0 observation, 1 dose, 2 other, 3 reset, 4 reset and dose; 101, 201, ... dose at once into compartment 1, 2",
    ),
    Rule(
        "CMT",
        lambda r: r.cmt < 0,
        "CMT {text} turns a compartment off, which is not supported",
        "the number of a compartment, or . for the default",
    ),
    Rule("MDV", lambda r: ~np.isin(r.mdv, (0, 1, 100, 101)), "MDV is 0 or 1", "0 observed, 1 missing"),
    Rule(
        "MDV",
        lambda r: (r.evid != 0) & np.isin(r.mdv, (0, 100)),
        "only an observation (EVID 0) has MDV {text}",
        "1 or . where nothing was observed",
    ),
    *(_not_dose(name) for name in _DOSE_ITEMS),
    Rule("SS", lambda r: ~np.isin(r.ss, (0, 1, 2)), "SS {text} is not supported", "0 none, 1 replaces, 2 adds"),
    Rule("II", lambda r: r.ii < 0, "II is negative", "hours above 0"),
    Rule("ADDL", lambda r: r.addl < 0, "ADDL is negative", f"0 to {MOST_FURTHER_DOSES} further doses"),
    Rule("ADDL", lambda r: r.addl > MOST_FURTHER_DOSES, "too many doses", f"0 to {MOST_FURTHER_DOSES} further doses"),
    Rule(
        "RATE",
        lambda r: (r.rate < 0) & (r.rate != -1) & (r.rate != -2),
        "RATE is negative",
        "0 at once, mg per hour, -1 for the rate R1, R2, ..., -2 for the duration D1, D2, ...",
    ),
    Rule("AMT", lambda r: r.amt < 0, "AMT is negative", "a number above 0"),
    Rule(
        "AMT",
        lambda r: _dose(r) & (r.amt == 0) & ~_constant(r),
        "a dose has an amount above 0",
        "a number above 0; EVID 0 for an observation; AMT 0 only with SS 1 and RATE, for a constant infusion",
    ),
    Rule("II", lambda r: _constant(r) & (r.ii != 0), "a constant infusion (AMT 0) has no interval II", "0 or ."),
    Rule("ADDL", lambda r: _constant(r) & (r.addl != 0), "a constant infusion (AMT 0) has no ADDL", "0 or ."),
    Rule(
        "II",
        lambda r: _dose(r) & (r.ss > 0) & ~_constant(r) & (r.ii == 0),
        "steady state (SS) needs an interval II",
        "hours above 0; AMT 0 for a constant infusion",
    ),
    Rule("II", lambda r: (r.addl > 0) & (r.ii == 0), "ADDL needs an interval II", "hours above 0"),
)
"""In the order in which they are told of one record."""


def refuse_columns(table: DataTable) -> None:
    """Raise where a column is missing or has a meaning that is not supported."""
    for name, reason in UNSUPPORTED_COLUMNS.items():
        if name in table.names:
            raise table.refuse_column(name, reason, "without this column")
    _refuse_comments(table)
    missing = next((name for name in _REQUIRED if name not in table.names), None)
    near = next(((name, known) for name in table.names if (known := _nearly(name, table.names))), None)
    if near and (missing is None or near[1] == missing):
        raise table.refuse_column(near[0], f'unknown column "{near[0]}"', f"{near[1]}, or a name less like it", near[1])
    if missing:
        message = f"column {missing} is missing"
        raise StudyError(
            message, file=table.file, line=table.header_row, column=1, source=table.header, allowed=EXAMPLE
        )


def _refuse_comments(table: DataTable) -> None:
    """Raise where a column C marks a record that NM-TRAN passes over when it is told to (IGNORE=C)."""
    marks = [text.upper() for text in table.columns["C"].to_pylist()] if "C" in table.names else []
    if "C" in marks:
        message = "records marked C are comments in many data sets: is this one?"
        raise table.refuse(marks.index("C"), "C", message, "no such record; # before what is a comment")


def _nearly(name: str, names: Sequence[str]) -> str | None:
    """The column with a meaning that a name was probably meant to be, where that column is missing."""
    absent = [known for known in COLUMNS if known not in names and len(known) > 2]
    near = [] if name in COLUMNS else get_close_matches(name, absent, n=1, cutoff=0.85)
    return near[0] if near else None


def check_persons(table: DataTable, ids: np.ndarray, begins: np.ndarray) -> None:
    """Raise where an ID comes back after another; ``begins`` are the first records of the blocks."""
    first = ids[begins]
    _, at = np.unique(first, return_index=True)
    again = np.setdiff1d(np.arange(len(begins)), at)
    if len(again):
        record = int(begins[again[0]])
        message = f"ID {table.text(record, 'ID')} appears in two separate blocks"
        raise table.refuse(record, "ID", message, "one block for each ID")


def check_records(table: DataTable, records: Records, compartments: Sequence[str]) -> None:
    """Raise the first mistake of the first record that has one."""
    rules = (*RULES, _beyond(compartments), _BACKWARDS) if compartments else (*RULES, _BACKWARDS)
    found = [(int(broken.argmax()), k) for k, rule in enumerate(rules) if (broken := rule.broken(records)).any()]
    if not found:
        return
    record, k = min(found)
    event = _MEANING.get(int(records.evid[record]), "dose")
    text = table.text(record, rules[k].column) if rules[k].column in table.names else ""
    article = "an" if event[0] in "aeiou" else "a"
    message = rules[k].message.format(text=text, event=f"{article} {event} (EVID {records.evid[record]})")
    raise table.refuse(record, rules[k].column, message, rules[k].allowed)


def _beyond(compartments: Sequence[str]) -> Rule:
    return Rule(
        "CMT",
        lambda r: r.cmt > len(compartments),
        f"the model has {len(compartments)} compartment{'s' if len(compartments) > 1 else ''}, not {{text}}",
        ", ".join(f"{k} {name}" for k, name in enumerate(compartments, 1)),
    )


def _falling(r: Records) -> np.ndarray:
    """TIME below that of the record before, of the same person; it may start again at a reset."""
    same, restarts = np.diff(r.person, prepend=-1) == 0, (r.evid == 3) | (r.evid == 4)
    return same & ~restarts & (np.diff(r.time, prepend=-np.inf) < 0)


_BACKWARDS = Rule(
    "TIME",
    _falling,
    "records are not in order of TIME",
    "ascending times within an ID; TIME starts again only at a reset (EVID 3 or 4)",
)
