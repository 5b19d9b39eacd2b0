"""NM-TRAN dosing data sets: a strict reader and a writer.

    ID TIME AMT RATE II ADDL SS EVID CMT DV MDV        comma-separated, one record a line

Column names in any letter case and order, ``.`` or nothing for a missing value, times in hours. Every record is either
read as NONMEM would read it or refused by row and column (:mod:`quell.protocols.nmtran_rules`); nothing is skipped in
silence. A row is a line of the file and a column a character of it, both counted from 1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import isfinite
from pathlib import Path

from quell.conventions.errors import StudyError, suggest
from quell.protocols.events import DOSE, OTHER, DoseEvent
from quell.protocols.nmtran_rules import COLUMNS, WHOLE, Fields, check_order, check_record, event_type
from quell.protocols.words import spell_number

LARGEST_BYTES = 1_000_000
"""Size of the largest data set that is read."""

_REQUIRED = ("ID", "TIME", "AMT")


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set as read: its dose records and its observations (EVID 0), which give nothing."""

    file: str
    doses: tuple[Fields, ...]
    observations: tuple[Fields, ...]


def read_data_set(path: str | Path) -> DataSet:
    """Read a dosing data set.

    Parameters
    ----------
    path
        A comma-separated text file.

    Raises
    ------
    StudyError
        Where a field cannot be read or a record is not supported; ``line`` is the row, ``column`` the character.
    """
    lines = _lines(Path(path))
    try:
        records = _records(lines)
    except StudyError as error:
        raise error.at(file=path, line=1, source=lines[(error.line or 1) - 1] if lines else "") from None
    doses = tuple(record for record in records if event_type(record) == DOSE)
    return DataSet(str(path), doses, tuple(record for record in records if event_type(record) != DOSE))


def dose_events(data: DataSet, treatment: str, unit: str, route: str) -> tuple[DoseEvent, ...]:
    """The doses of a data set as events of one treatment.

    Parameters
    ----------
    treatment, unit, route
        What AMT is an amount of, "mg" or "mg/kg", and how it is given.
    """
    return tuple(_event(record, treatment, unit, route) for record in data.doses)


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


def _event(record: Fields, treatment: str, unit: str, route: str) -> DoseEvent:
    return DoseEvent(
        time=record.number("TIME"),
        treatment=treatment,
        amt=record.number("AMT"),
        rate=record.number("RATE"),
        ii=record.number("II"),
        addl=int(record.number("ADDL")),
        id=int(record.number("ID")),
        unit=unit,
        route=route,
    )


def _records(lines: list[str]) -> list[Fields]:
    if not lines or not lines[0].strip():
        raise StudyError("the data set is empty", line=1, allowed=",".join(COLUMNS))
    names = _header(lines[0])
    records = [_record(names, line, row) for row, line in enumerate(lines[1:], 2) if line.strip()]
    for record in records:
        check_record(record)
    check_order(records)
    if not any(event_type(record) == DOSE for record in records):
        allowed = "at least one record with AMT above 0"
        raise StudyError("the data set has no dose", line=records[-1].row if records else 1, column=1, allowed=allowed)
    return records


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise StudyError("the data set is larger than 1 MB", file=path, source="", allowed="up to 1 MB")
        content = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "unreadable").lower()
        raise StudyError(f"the data set cannot be read: {reason}", file=path) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        raise StudyError("the data set is not UTF-8 text", file=path, line=row, source="") from None
    if "\0" in text:
        raise StudyError("the data set is binary", file=path, line=1, source="", allowed="comma-separated text")
    return text.replace("\r\n", "\n").split("\n")


def _header(line: str) -> tuple[str, ...]:
    if "," not in line:
        raise StudyError("fields are separated by commas", text=line.strip(), line=1, allowed=",".join(COLUMNS))
    names: list[str] = []
    for name, column in _split(line):
        known = name.upper()
        if known not in COLUMNS:
            message, meant = f'unknown column "{name}"', suggest(name, COLUMNS)
            raise StudyError(message, text=name, line=1, column=column, allowed=COLUMNS, suggestion=meant)
        if known in names:
            raise StudyError(f"column {known} appears twice", text=name, line=1, column=column)
        names.append(known)
    missing = [name for name in _REQUIRED if name not in names]
    if missing:
        raise StudyError(f"column {missing[0]} is missing", text=line, line=1, column=1, allowed=COLUMNS)
    return tuple(names)


def _record(names: tuple[str, ...], line: str, row: int) -> Fields:
    fields = _split(line)
    if len(fields) != len(names):
        text, column = fields[min(len(fields), len(names) + 1) - 1]
        message = f"{len(fields)} fields in a data set of {len(names)} columns"
        raise StudyError(message, line=row, column=column, text=text, allowed=", ".join(names))
    values = {name: _number(name, text, row, column) for name, (text, column) in zip(names, fields, strict=True)}
    return Fields(row, values, dict(zip(names, fields, strict=True)))


def _number(name: str, text: str, row: int, column: int) -> float | None:
    if text in (".", ""):
        if name in ("ID", "TIME"):
            raise StudyError(f"{name} is missing", line=row, column=column, text=text, allowed="a number")
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not isfinite(value) or "_" in text:
        allowed = "hours as a number" if name == "TIME" else "a number, or . where it is missing"
        raise StudyError(f'{name} "{text}" is not a number', line=row, column=column, text=text, allowed=allowed)
    if name in WHOLE and not value.is_integer():
        raise StudyError(f"{name} is a whole number", line=row, column=column, text=text, allowed="a whole number")
    return value


def _split(line: str) -> list[tuple[str, int]]:
    """The fields of a line, stripped, with the character at which each begins."""
    found: list[tuple[str, int]] = []
    at = 1
    for raw in line.split(","):
        found.append((raw.strip(), at + len(raw) - len(raw.lstrip())))
        at += len(raw) + 1
    return found
