"""A data set solved: the same records with what the model predicts at each.

    ID,TIME,AMT,...  ->  ID,TIME,AMT,...,PRED,A_depot,A_central,...

PRED is the concentration in the central compartment, A_x the amount in compartment x. Every number is written with as
many digits as read back to the same number.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import CompartmentModel
from quell.protocols.data_table import DataTable, read_table
from quell.protocols.record_reader import records_of
from quell.protocols.records import Records
from quell.simulation.record_parameters import find_parameters


@dataclass(frozen=True, slots=True)
class SolvedData:
    """A data set and its solution.

    Parameters
    ----------
    table, records
        What was read.
    model
        What it was solved with.
    pred
        Concentration in the central compartment, mg/L for mg and L, ``(record,)``.
    amounts
        Amounts, mg, ``(record, compartment)``.
    """

    table: DataTable
    records: Records
    model: CompartmentModel
    pred: np.ndarray
    amounts: np.ndarray

    @property
    def new_columns(self) -> dict[str, np.ndarray]:
        """Name -> values of what was solved, ``(record,)`` each."""
        names = added_names(self.model)
        return dict(zip(names, (self.pred, *self.amounts.T), strict=True))

    @property
    def columns(self) -> dict[str, Any]:
        """Name as written -> values, numbers where every field of a column is one, and what was solved."""
        read: dict[str, Any] = {}
        for name, written in zip(self.table.names, self.table.written_names, strict=True):
            numbers = self.table.numbers_or_none(name)
            read[written] = self.table.columns[name].to_pylist() if numbers is None else numbers
        return read | self.new_columns

    @property
    def new_occasions(self) -> int:
        """Number of doses that were read as resets because OCC counts up where TIME starts again."""
        if "EVID" not in self.table.names:
            return int((self.records.evid == 4).sum())
        return int(((self.records.evid == 4) & (self.table.numbers("EVID") != 4)).sum())

    def lines(self) -> Iterator[str]:
        """The data set with its new columns, line by line, without line ends."""
        yield ",".join((self.table.header, *self.new_columns))
        solved = np.column_stack((self.pred, self.amounts)).tolist()
        for line, values in zip(self.table.lines, solved, strict=True):
            yield f"{line},{','.join(map(repr, values))}"


def added_names(model: CompartmentModel) -> tuple[str, ...]:
    """Names of the columns that a solution adds."""
    return ("PRED", *(f"A_{name}" for name in model.compartments))


def solve_data(
    path: str | Path,
    model: CompartmentModel,
    given: Mapping[str, float],
    covariate_rule: str = "NONMEM",
    tell: Callable[[str], None] = lambda what: None,
) -> SolvedData:
    """Read a data set and solve every record of it.

    Parameters
    ----------
    path
        A comma-separated text file.
    model
        What it is solved with.
    given
        Parameters that are the same for all records; the others are columns of the file.
    covariate_rule
        "NONMEM": between two records the values of the later one hold; "LOCF": those of the earlier one.
    tell
        Called with what is being done.

    Raises
    ------
    StudyError
        The file, a record or a parameter cannot be accepted.
    """
    tell("reading")
    return solve_table(read_table(path), model, given, covariate_rule, tell)


def solve_table(
    table: DataTable,
    model: CompartmentModel,
    given: Mapping[str, float],
    covariate_rule: str = "NONMEM",
    tell: Callable[[str], None] = lambda what: None,
) -> SolvedData:
    """Solve every record of a table that has been read; see :func:`solve_data`."""
    for name in added_names(model):
        if name.upper() in table.names:
            raise table.refuse_column(name.upper(), f"the data set already has a column {name}", "another name for it")
    records = records_of(table, model.compartments)
    parameters = find_parameters(table, records, model, given)
    tell(f"solving {len(records.time)} records of {len(records.ids)} people")
    pred, amounts = _solve(table, records, model, parameters, covariate_rule)
    wrong = ~(np.isfinite(pred) & np.isfinite(amounts).all(axis=1))
    if wrong.any():
        allowed = "parameters that leave a finite amount"
        raise table.refuse(int(wrong.argmax()), "TIME", "there is no finite solution at this record", allowed)
    tell("writing")
    return SolvedData(table, records, model, pred, amounts)


def _solve(
    table: DataTable, records: Records, model: CompartmentModel, parameters: Mapping[str, Any], rule: str
) -> tuple[np.ndarray, np.ndarray]:
    from quell.simulation.record_kinetics import solve_records

    try:
        pred, amounts = solve_records(model, records, parameters, rule)
    except StudyError as error:
        if error.line is None:
            raise
        name = error.text if error.text in table.names else "TIME"
        record = int((table.rows == error.line).argmax())
        raise table.refuse(record, name, error.message, error.allowed, error.suggestion) from None
    return np.asarray(pred, dtype=float), np.asarray(amounts, dtype=float)
