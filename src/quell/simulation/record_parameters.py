"""The parameters that a data set is solved with: from the caller, or from columns of the data set.

    CL V1 Q2 V2 KA ...                of the model, on every record; a published model has values of its own
    F1 ALAG1 R1 D1, F2 ...            of doses into compartment 1, 2, ...; read on the record of the dose

A parameter has one origin: a name given by the caller that is also a column is refused, and so is a value with which
there are no kinetics (a volume of 0).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError, suggest
from quell.mechanisms.compartment_models import CompartmentModel
from quell.mechanisms.model_catalogue import column_of
from quell.mechanisms.published_kinetics import PUBLISHED
from quell.protocols.data_table import DataTable
from quell.protocols.records import COLUMNS, Records

OF_DOSES: Mapping[str, float] = {"F": 1.0, "ALAG": 0.0, "R": 1.0, "D": 1.0}
"""Parameters of doses into a compartment -> a value that changes nothing, for records that do not read them."""


def dose_parameters(model: CompartmentModel) -> tuple[str, ...]:
    """Names of the parameters of doses that a model may have: F1, F2, ..., ALAG1, ..."""
    return tuple(f"{letter}{k}" for letter in OF_DOSES for k in range(1, len(model.compartments) + 1))


def find_parameters(
    table: DataTable, records: Records, model: CompartmentModel, given: Mapping[str, float]
) -> dict[str, Any]:
    """Name -> number, or one number a record, ``(record,)``.

    Parameters
    ----------
    table, records
        The data set.
    model
        Whose parameters are wanted.
    given
        Numbers by name, the same for all records.

    Raises
    ------
    StudyError
        A parameter is unknown, missing, given twice or impossible.
    """
    named = _checked_names(table, model, given)
    found: dict[str, Any] = {}
    for name in (*model.parameters, *dose_parameters(model)):
        if name in named:
            found[name] = _checked_option(model, name, named[name])
        elif name in table.names:
            found[name] = _column(table, records, model, name)
        elif name in model.defaults:
            found[name] = model.defaults[name]
        elif name in model.parameters:
            raise _missing(table, model, name, named)
    _check_modelled(table, records, model, found)
    _check_steady(table, records, found)
    return found


def unusual_infusions(records: Records, model: CompartmentModel) -> list[str]:
    """Infusions into another compartment of a published model than doses usually enter, in words.

    Nobody knows its compartments by number; an infusion into the first one may be meant for the vein.
    """
    usual = model.compartments.index(model.dosed) + 1
    unusual = (records.rate > 0.0) & (records.cmt > 0) & (records.cmt != usual)
    found = []
    for cmt in np.unique(records.cmt[unusual]) if model.defaults else ():
        rows = records.rows[unusual & (records.cmt == cmt)]
        count = f"{rows.size} infusion{'s' if rows.size > 1 else ''} (first in row {rows[0]})"
        place = f"into compartment {cmt}, {model.compartments[int(cmt) - 1]}"
        found.append(f"{count} {place}; doses into {model.name} usually enter {usual}, {model.dosed}")
    return found


def unused_parameters(records: Records, model: CompartmentModel, given: Mapping[str, float]) -> tuple[str, ...]:
    """Given parameters of doses that no record reads: D1 where no dose into compartment 1 has RATE -2."""
    into, dosed = _into(records, model), _doses(records)
    rates = {"R": -1, "D": -2}
    read = {
        f"{letter}{k}"
        for letter in OF_DOSES
        for k in np.unique(into[dosed & ((records.rate == rates[letter]) if letter in rates else True)])
    }
    return tuple(name.upper() for name in given if name.upper() in dose_parameters(model) and name.upper() not in read)


def assumed_covariates(table: DataTable, model: CompartmentModel, given: Mapping[str, float]) -> dict[str, float]:
    """Column -> value of covariates that neither the data nor the caller give, of a published model."""
    covariates = {column_of(name) for known in PUBLISHED if known.name == model.name for name in known.covariates}
    known = {name.upper() for name in given} | set(table.names)
    return {name: value for name, value in model.defaults.items() if name in covariates and name not in known}


def _checked_names(table: DataTable, model: CompartmentModel, given: Mapping[str, float]) -> dict[str, float]:
    known = (*model.parameters, *dose_parameters(model))
    named: dict[str, float] = {}
    for written, value in given.items():
        name = written.upper()
        if name not in known:
            message, meant = f'{model.name} has no parameter "{written}"', suggest(name, model.parameters)
            hint = "and for doses F1, ALAG1, R1, D1, ..."
            raise StudyError(message, text=written, allowed=model.parameters, suggestion=meant, hint=hint)
        if name in named:
            raise StudyError(f"{name} is given twice", text=written, allowed="one value for each parameter")
        if name in table.names:
            message = f"{name} is given twice: as a parameter and as a column of the data set"
            raise table.refuse_column(name, message, "one of them; rename the column if it means something else")
        named[name] = value
    return named


def _missing(table: DataTable, model: CompartmentModel, name: str, named: Mapping[str, float]) -> StudyError:
    near = suggest(name, [other for other in table.names if other not in COLUMNS and other not in named])
    message = f"{model.name} needs {name}" + (f'; is the column "{near}" meant?' if near else "")
    return StudyError(
        message,
        text=name,
        allowed=f"all of {', '.join(model.parameters)}",
        hint=f"Write: --param {name}=..., or add a column {name}",
    )


def _wrong(model: CompartmentModel, name: str, values: Any) -> Any:
    lowest, reached = model.lowest(name)
    return ~np.isfinite(values) | ((values < lowest) if reached else (values <= lowest))


def _checked_option(model: CompartmentModel, name: str, value: float) -> float:
    if _wrong(model, name, np.float64(value)):
        raise StudyError(f"{name} is {value:.15g}", text=f"{name}={value:.15g}", allowed=model.allowed(name))
    return value


def _column(table: DataTable, records: Records, model: CompartmentModel, name: str) -> np.ndarray:
    values = table.numbers(name)
    letter = name.rstrip("0123456789")
    if name not in model.parameters:
        read = _reads(records, model, letter, int(name.removeprefix(letter)))
        values = np.where(read, values, OF_DOSES[letter])
    if (wrong := _wrong(model, name, values)).any():
        record = int(wrong.argmax())
        state = f"{name} is missing" if np.isnan(values[record]) else f"{name} is {values[record]:.15g}"
        raise table.refuse(record, name, state, model.allowed(name))
    return values


def _reads(records: Records, model: CompartmentModel, letter: str, compartment: int) -> np.ndarray:
    """Records at which a parameter of doses into a compartment is read, ``(record,)``."""
    doses = _doses(records) & (_into(records, model) == compartment)
    rates = {"R": records.rate == -1, "D": records.rate == -2}
    return doses & rates.get(letter, True)


def _doses(records: Records) -> np.ndarray:
    return (records.evid == 1) | (records.evid == 4)


def _into(records: Records, model: CompartmentModel) -> np.ndarray:
    """Number of the compartment that each record's dose enters, ``(record,)``."""
    return np.where(records.cmt == 0, model.compartments.index(model.dosed) + 1, records.cmt)


def _check_modelled(table: DataTable, records: Records, model: CompartmentModel, found: Mapping[str, Any]) -> None:
    """Raise where RATE asks for a rate or a duration that is not there."""
    for letter, rate, what in (("R", -1, "the rate"), ("D", -2, "the duration")):
        for k, _ in enumerate(model.compartments, 1):
            wanting = _reads(records, model, letter, k) if f"{letter}{k}" not in found else np.zeros(1, dtype=bool)
            if wanting.any():
                message = f"RATE {rate} needs {letter}{k}, {what} of doses into compartment {k}"
                allowed = f"--param {letter}{k}=..., or a column {letter}{k}; or RATE in mg per hour"
                raise table.refuse(int(wanting.argmax()), "RATE", message, allowed)


def _check_steady(table: DataTable, records: Records, found: Mapping[str, Any]) -> None:
    """Raise where a steady state is asked for that nothing leads to."""
    for name in ("CL", "KA"):
        never = (records.ss > 0) & (np.asarray(found.get(name, 1.0)) == 0.0)
        if never.any():
            message = f"there is no steady state with {name} 0"
            raise table.refuse(int(never.argmax()), "SS", message, f"{name} above 0, or SS 0")
