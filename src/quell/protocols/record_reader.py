"""Reading NM-TRAN data sets.

    ID TIME AMT RATE II ADDL SS EVID CMT DV MDV, and any further column as a covariate

Column names in any letter case and order, ``.`` or nothing for a missing value, times in hours. Every record is either
read as NONMEM reads it or refused by row and column (:mod:`quell.protocols.record_rules`); nothing is skipped in
silence. Where EVID is absent or missing, a record with AMT, RATE, II, ADDL or SS is a dose, any other an observation.

Two habits of published data sets are read too: an EVID such as 201 is a dose at once into compartment 2, and a dose at
which OCC counts up while TIME starts again is a dose after a reset (EVID 4).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from quell.conventions.errors import suggest
from quell.protocols.data_table import DataTable, read_table
from quell.protocols.record_rules import check_persons, check_records, refuse_columns
from quell.protocols.records import COLUMNS, Records

_WHOLE = ("ID", "ADDL", "SS", "EVID", "CMT", "MDV")
_LARGEST_WHOLE = 10**14


def read_records(path: str | Path, compartments: Sequence[str] = ()) -> Records:
    """Read a data set.

    Parameters
    ----------
    path
        A comma-separated text file.
    compartments
        Names of the model's compartments, which CMT may use and beyond which it must not count.

    Raises
    ------
    StudyError
        Where a field cannot be read or a record is not legal; ``line`` is the row, ``column`` the character.
    """
    return records_of(read_table(path), compartments)


def records_of(table: DataTable, compartments: Sequence[str] = ()) -> Records:
    """The records of a table that has been read; see :func:`read_records`."""
    refuse_columns(table)
    numbers = {name: _column(table, name) for name in COLUMNS if name in table.names and name != "CMT"}
    numbers["CMT"] = _compartments(table, compartments)
    records = _assembled(table, numbers)
    check_records(table, records, compartments)
    return records


def _column(table: DataTable, name: str) -> np.ndarray:
    allowed = "hours as a number" if name in ("TIME", "II") else "a number, or . where it is missing"
    values = table.numbers(name, allowed)
    if name in ("ID", "TIME") and np.isnan(values).any():
        raise table.refuse(int(np.isnan(values).argmax()), name, f"{name} is missing", "a number")
    return _whole(table, name, values) if name in _WHOLE else values


def _whole(table: DataTable, name: str, values: np.ndarray) -> np.ndarray:
    known = np.nan_to_num(values)
    wrong = (known != np.floor(known)) | (abs(known) >= _LARGEST_WHOLE)
    if wrong.any():
        raise table.refuse(int(wrong.argmax()), name, f"{name} is a whole number", "a whole number below 1e14")
    return values


def _compartments(table: DataTable, names: Sequence[str]) -> np.ndarray:
    """CMT as numbers; names of compartments stand for their number."""
    if "CMT" not in table.names:
        return np.zeros(len(table.lines))
    found = table.numbers_or_none("CMT")
    if found is None and names:
        number = {name.casefold(): float(k) for k, name in enumerate(names, 1)} | {"": 0.0, ".": 0.0}
        texts = table.columns["CMT"].to_pylist()
        values = [number.get(text.casefold()) or _plain_number(text) for text in texts]
        if None in values:
            record = values.index(None)
            text = texts[record]
            message = f'the model has no compartment "{text}"'
            raise table.refuse(record, "CMT", message, _names_and_numbers(names), suggest(text, names))
        found = np.array(values, dtype=float)
    return _whole(table, "CMT", table.numbers("CMT") if found is None else found)


def _plain_number(text: str) -> float | None:
    return float(text) if text.removeprefix("-").isdecimal() else (0.0 if text in ("", ".") else None)


def _names_and_numbers(names: Sequence[str]) -> str:
    return ", ".join(f"{k} or {name}" for k, name in enumerate(names, 1))


def _assembled(table: DataTable, numbers: Mapping[str, np.ndarray]) -> Records:
    nothing = np.full(len(table.lines), np.nan)
    value = {name: np.nan_to_num(numbers.get(name, nothing)) for name in COLUMNS}
    ids = numbers["ID"]
    begins = np.flatnonzero(np.concatenate(([True], ids[1:] != ids[:-1])))
    person = np.cumsum(np.concatenate(([True], ids[1:] != ids[:-1]))) - 1
    check_persons(table, ids, begins)
    evid, cmt = _events(table, numbers.get("EVID", nothing), value)
    evid = np.where((evid == 1) & _new_occasions(table, person, value["TIME"]), 4, evid)
    mdv = numbers.get("MDV", nothing)
    inferred = ((evid != 0) | np.isnan(numbers.get("DV", nothing))).astype(float)
    covariates = {name: table.numbers_or_none(name) for name in table.names if name not in COLUMNS}
    return Records(
        person=person,
        ids=tuple(table.text(int(k), "ID") for k in begins),
        time=value["TIME"],
        amt=value["AMT"],
        rate=value["RATE"],
        ii=value["II"],
        addl=value["ADDL"].astype(np.int64),
        ss=value["SS"].astype(np.int64),
        evid=evid,
        cmt=cmt,
        dv=numbers.get("DV", nothing),
        mdv=np.where(np.isnan(mdv), inferred, mdv),
        covariates={name: numbers for name, numbers in covariates.items() if numbers is not None},
        rows=table.rows,
    )


def _events(table: DataTable, given: np.ndarray, value: Mapping[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """EVID, given or inferred, and CMT; a code such as 201 says both."""
    doses = np.logical_or.reduce([value[name] != 0 for name in ("AMT", "RATE", "II", "ADDL", "SS")])
    evid = np.where(np.isnan(given), doses, given).astype(np.int64)
    cmt = value["CMT"].astype(np.int64)
    coded = (evid > 100) & (evid < 10_000) & (evid % 100 == 1)
    other = coded & (cmt != 0) & (cmt != evid // 100)
    if other.any():
        record = int(other.argmax())
        into = evid[record] // 100
        message = f"EVID {evid[record]} is a dose into compartment {into}, CMT says {cmt[record]}"
        raise table.refuse(record, "CMT", message, f"{into} or .")
    return np.where(coded, 1, evid), np.where(coded, evid // 100, cmt)


def _new_occasions(table: DataTable, person: np.ndarray, time: np.ndarray) -> np.ndarray:
    """Records at which OCC changes within a person while TIME falls, ``(record,)``."""
    occasion = table.numbers_or_none("OCC") if "OCC" in table.names else None
    if occasion is None:
        return np.zeros(len(person), dtype=bool)
    same, later = np.diff(person, prepend=-1) == 0, np.diff(occasion, prepend=np.nan) > 0
    return same & later & (np.diff(time, prepend=-np.inf) < 0)
