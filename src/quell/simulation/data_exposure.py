"""A data set summarised without a model: from what was measured, or from what a model predicts at the samples' times.

    ID,DOSE,TIME,AMT,ROUTE,SAMPLES,CMAX,TMAX,...      one line a sampled dose, "." for what cannot be had

How a dose entered follows from compartments: one into another compartment than is observed is extravascular. A model
says which one that is; without a model, CMT of doses and samples does, or the caller.
"""

from collections.abc import Iterator, Sequence
from math import isnan
from typing import Any

import numpy as np

from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import CompartmentModel
from quell.protocols.data_table import DataTable
from quell.protocols.record_reader import records_of
from quell.protocols.records import Records
from quell.simulation.noncompartmental import Route, Rule, Summary
from quell.simulation.record_exposure import DoseSummary, summarise_records

ROUTES = ("bolus", "extravascular")
"""How doses without a rate may have entered."""

EXPOSURE_COLUMNS = ("ID", "DOSE", "TIME", "AMT", "ROUTE", "SAMPLES", *(name.upper() for name in Summary().as_row()))
"""Columns of the table."""


def measured_exposure(
    table: DataTable, route: str | None = None, rule: Rule = "linear-up log-down"
) -> list[DoseSummary]:
    """Summarise DV.

    Parameters
    ----------
    table
        The data; compartments may be named as one likes.
    route
        How doses without a rate entered, one of :data:`ROUTES`; None: as CMT says.
    rule
        How areas are taken.

    Raises
    ------
    StudyError
        Neither CMT nor the caller says how doses entered; what was measured is no profile.
    """
    if route is not None and route not in ROUTES:
        raise StudyError(f'the route is "{route}"', text=route, allowed=ROUTES)
    chosen: Route | None = "bolus" if route == "bolus" else "extravascular" if route else None
    records = records_of(table, _names(table))
    try:
        observed = _observed(records) if chosen is None else 0
        return summarise_records(records, observed=observed, route=chosen, rule=rule)
    except StudyError as error:
        raise error.at(file=table.file) from None


def _names(table: DataTable) -> tuple[str, ...]:
    """Names of compartments in the order in which the data name them."""
    given = table.columns["CMT"].to_pylist() if "CMT" in table.names else []
    return tuple(dict.fromkeys(name for name in given if name not in ("", ".") and not name.lstrip("-").isdecimal()))


def predicted_exposure(
    records: Records, pred: np.ndarray, model: CompartmentModel, rule: Rule = "linear-up log-down"
) -> list[DoseSummary]:
    """Summarise predictions at the times of samples; arguments as for :func:`measured_exposure`.

    Parameters
    ----------
    pred
        Concentrations, ``(record,)``.
    model
        What made them.
    """
    weights = next(x.weights for x in model.network.outputs if x.name == model.observed)
    observed, dosed = (model.compartments.index(name) + 1 for name in (next(iter(weights)), model.dosed))
    return summarise_records(records, pred, observed=observed, dosed=dosed, rule=rule)


def exposure_columns(summaries: Sequence[DoseSummary]) -> dict[str, list[Any]]:
    """Name of a column -> its values, one a summary."""
    rows = [(x.id, x.dose, x.time, x.amount, x.route, x.samples, *x.summary.as_row().values()) for x in summaries]
    return {name: [row[i] for row in rows] for i, name in enumerate(EXPOSURE_COLUMNS)}


def exposure_lines(summaries: Sequence[DoseSummary]) -> Iterator[str]:
    """The summaries as comma-separated lines without line ends; every number reads back to the same one."""
    columns = exposure_columns(summaries)
    yield ",".join(columns)
    for row in zip(*columns.values(), strict=True):
        yield ",".join(map(_written, row))


def _written(value: Any) -> str:
    if isinstance(value, float):
        return "." if isnan(value) else repr(float(value))
    return str(value)


def _observed(records: Records) -> int:
    """The compartment that samples are of; refused where doses without a rate leave open how they entered."""
    doses = np.isin(records.evid, (1, 4)) & (records.amt > 0.0)
    samples = np.unique(records.cmt[(records.evid == 0) & (records.mdv == 0)])
    open_doses = doses & (records.rate == 0.0)
    told = samples.size == 1 and samples[0] > 0 and bool(np.all(records.cmt[open_doses] > 0))
    if open_doses.any() and not told:
        at = int(np.argmax(open_doses))
        message = "nothing says how this dose entered"
        hint = "Or give CMT for every dose and one other CMT for samples"
        raise StudyError(message, line=int(records.rows[at]), allowed=f"--route {' or '.join(ROUTES)}", hint=hint)
    return int(samples[0]) if told else 0
