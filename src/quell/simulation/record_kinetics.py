r"""Exact kinetics of dosing records: concentrations and amounts at every row of an NM-TRAN data set.

    a_j = e^{A (t_j - t_{j-1})} a_{j-1} + h_j,        PRED_j = sum_c w_c a_{c,j}  (amount / volume),

h_j being what doses have added since record j - 1 and at record j: pieces of infusions, doses that entered in between,
the row's own dose, and steady states (doses x (1 - e^{A II})^{-1}, constant infusions x (-A)^{-1}). Nothing is
integrated numerically. What each record means stands in docs/theory/dosing-records.md, the order of what happens in
:mod:`quell.simulation.record_plan`, the ways to carry amounts along in :mod:`quell.simulation.record_ways`.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, NamedTuple

import jax
import numpy as np

from quell.conventions.errors import StudyError
from quell.mechanisms.network import namespace
from quell.protocols.records import Records
from quell.simulation.record_doses import DoseValues
from quell.simulation.record_gradients import PreparedRecords
from quell.simulation.record_group import Group, RecordModel, contributions, gather_group, observed_weights
from quell.simulation.record_plan import first_records
from quell.simulation.record_values import (
    COVARIATE_RULES,
    Values,
    of_sets,
    read_values,
    some_records,
)
from quell.simulation.record_walk import walk_by_exponential, walk_by_modes
from quell.simulation.record_ways import ByExponential, ByModes, open_network

METHODS = ("auto", "modes", "matrix exponential")
"""How amounts are carried along: ``auto`` takes modes, and the matrix exponential for people whose poles crowd."""

_RECORDS_AT_ONCE = {"modes": 1 << 16, "matrix exponential": 1 << 12}


class Solved(NamedTuple):
    """What the kinetics give at every record, after whatever happens in its row.

    Attributes
    ----------
    pred
        The observed output, ``(record,)``.
    amounts
        mg, ``(record, compartment)``.
    """

    pred: Any
    amounts: Any


def solve_records(
    model: RecordModel,
    records: Records,
    parameters: Mapping[str, Any],
    covariate_rule: str = "NONMEM",
    covariates: Mapping[str, Any] | None = None,
    method: str = "auto",
) -> Solved:
    """Solve the kinetics of a data set.

    Parameters
    ----------
    model
        From :func:`quell.mechanisms.compartment_models.compartment_model`, or any linear network with what to observe.
    records
        Records of one person stand together; TIME goes back at EVID 3 and 4 only.
    parameters
        Name -> scalar, ``(person,)`` or ``(record,)``: what the network reads, and F1, ALAG1 (h), R1 (mg/h), D1 (h) and
        those of other compartments. With JAX arrays the result is one, too, and differentiable.
    covariate_rule
        One of :data:`~quell.simulation.record_values.COVARIATE_RULES`: whose parameters hold between two records.
    covariates
        As parameters, for networks whose formulas read them.
    method
        One of :data:`METHODS`.

    Raises
    ------
    StudyError
        A record or parameter that means nothing, with the line it stands in; a steady state that does not exist.
    """
    _require_choice("covariate_rule", covariate_rule, COVARIATE_RULES)
    _require_choice("method", method, METHODS)
    if any(isinstance(x, jax.Array) for x in parameters.values()):
        prepared = PreparedRecords(model, records, _concrete(parameters), covariate_rule, covariates)
        return Solved(prepared.pred(parameters), prepared.amounts(parameters))
    values = read_values({**(covariates or {}), **parameters}, records)
    person = first_records(records.person)
    pred, amounts = [], []
    with np.errstate(all="ignore"):
        for rows, people in _slices(person, records.time.size, _RECORDS_AT_ONCE.get(method, 1 << 16)):
            own = some_records(records, people, rows)
            found = _solve_slice(model, own, values.of(people, rows), covariate_rule, method)
            pred.append(found.pred)
            amounts.append(found.amounts)
    return Solved(np.concatenate(pred), np.concatenate(amounts))


def _concrete(parameters: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Numbers of arrays, JAX's included; what is being traced has none."""
    try:
        return {name: np.asarray(x, dtype=float) for name, x in parameters.items()}
    except jax.errors.TracerArrayConversionError as error:
        message = "the order of doses cannot be found from parameters that are being traced"
        hint = "prepare the records first: PreparedRecords(model, records, parameters).pred"
        raise StudyError(message, hint=hint) from error


def _require_choice(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise StudyError(f'{name} is "{given}"', text=given, allowed=known)


def _slices(first: np.ndarray, count: int, most: int) -> list[tuple[slice, slice]]:
    """Records and people of slices of about ``most`` records, nobody divided."""
    borders = [*np.unique(first // most, return_index=True)[1].tolist(), first.size]
    begins = [*first.tolist(), count]
    return [(slice(begins[a], begins[b]), slice(a, b)) for a, b in pairwise(borders)]


# ---------------------------------------------------------------------------------------------------------- one group


def _solve_slice(model: RecordModel, records: Records, values: Values, rule: str, method: str) -> Solved:
    group, found = gather_group(model, records, values, rule)
    if method == "matrix exponential":
        return _read(model, group, _by_exponential(model, group, found))
    amounts, doubtful = _by_modes(model, group, found)
    solved = _read(model, group, amounts)
    if method == "auto" and doubtful.any():
        rows = np.flatnonzero(doubtful[records.person])
        for part in np.array_split(np.flatnonzero(doubtful), rows.size // _RECORDS_AT_ONCE["matrix exponential"] + 1):
            own = np.flatnonzero(np.isin(records.person, part))
            again = _solve_slice(
                model, some_records(records, part, own), values.of(part, own), rule, "matrix exponential"
            )
            solved.pred[own], solved.amounts[own] = again
    return solved


def _by_modes(model: RecordModel, group: Group, found: DoseValues) -> tuple[np.ndarray, np.ndarray]:
    named = of_sets(group.kinetics, group.sets)
    way = ByModes(open_network(model.network), named, named, group.sets.count, np)
    added = contributions(way, group, found, np)
    amounts, doubtful = walk_by_modes(way, group.sets, group.line, group.steps, added)
    doubtful[group.records.person[~way.balanced[group.sets.here]]] = True
    return amounts, doubtful


def _by_exponential(model: RecordModel, group: Group, found: DoseValues) -> np.ndarray:
    named = of_sets(group.kinetics, group.sets)
    way = ByExponential(open_network(model.network), named, named, group.sets.count, np)
    amounts = walk_by_exponential(way, group.sets, group.line, group.steps, contributions(way, group, found, np))
    if not np.all(np.isfinite(amounts)):
        at = group.steps.order[np.flatnonzero(~np.isfinite(amounts).all(axis=0))].min()
        message = "there is no steady state: what is given is not eliminated"
        raise StudyError(message, line=int(group.records.rows[at]), allowed="a clearance above 0 at steady state")
    return amounts


def _read(model: RecordModel, group: Group, amounts: np.ndarray) -> Solved:
    """Back to the order of records, and the observed output."""
    found = np.empty((amounts.shape[1], amounts.shape[0]))
    found[group.steps.order] = np.maximum(amounts, 0.0).T
    named = namespace(of_sets(group.kinetics, group.sets))
    pred = np.zeros(found.shape[0])
    for c, weight in observed_weights(model, named, np).items():
        pred += (weight[group.sets.here] if weight.ndim else weight) * found[:, c]
    return Solved(pred, found)
