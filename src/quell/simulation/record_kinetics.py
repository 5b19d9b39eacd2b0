r"""Exact kinetics of dosing records: concentrations and amounts at every row of an NM-TRAN data set.

    a_j = e^{A (t_j - t_{j-1})} a_{j-1} + h_j,        PRED_j = sum_c w_c a_{c,j}  (amount / volume),

h_j being what doses have added since record j - 1 and at record j: pieces of infusions, doses that entered in between,
the row's own dose, and steady states (doses x (1 - e^{A II})^{-1}, constant infusions x (-A)^{-1}). Nothing is
integrated numerically. What each record means stands in docs/theory/dosing-records.md, the order of what happens in
:mod:`quell.simulation.record_plan`, the ways to carry amounts along in :mod:`quell.simulation.record_ways`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

import numpy as np

from quell.conventions.errors import StudyError
from quell.mechanisms.network import LinearNetwork, NetworkError, namespace
from quell.protocols.records import Records
from quell.simulation.record_doses import (
    DoseRecords,
    DoseValues,
    check_dose_values,
    dose_records,
    dose_values,
)
from quell.simulation.record_plan import Pieces, Timeline, first_records, plan_records
from quell.simulation.record_values import COVARIATE_RULES, Sets, Values, find_sets, of_a_dose, of_sets, read_values
from quell.simulation.record_walk import Steps, find_steps, walk_by_exponential, walk_by_modes
from quell.simulation.record_ways import ByExponential, ByModes, Way, open_network

METHODS = ("auto", "modes", "matrix exponential")
"""How amounts are carried along: ``auto`` takes modes, and the matrix exponential for people whose poles crowd."""

_RECORDS_AT_ONCE = {"modes": 1 << 16, "matrix exponential": 1 << 12}


class RecordModel(Protocol):
    """Linear kinetics with a compartment that doses enter by default and an output that PRED is."""

    @property
    def network(self) -> LinearNetwork:
        """Compartments in the order of their numbers."""
        ...

    @property
    def dosed(self) -> str:
        """Compartment of a dose that names none."""
        ...

    @property
    def observed(self) -> str:
        """Name of the output that PRED is."""
        ...


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


@dataclass(frozen=True, slots=True)
class Group:
    """People solved together: their records, values and doses, and the order of what happens."""

    records: Records
    kinetics: Values
    sets: Sets
    doses: DoseRecords
    line: Timeline
    steps: Steps


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
    values = read_values({**(covariates or {}), **parameters}, records)
    person = first_records(records.person)
    pred, amounts = [], []
    with np.errstate(all="ignore"):
        for rows, people in _slices(person, records.time.size, _RECORDS_AT_ONCE.get(method, 1 << 16)):
            found = _solve_slice(model, _some(records, people, rows), values.of(people, rows), covariate_rule, method)
            pred.append(found.pred)
            amounts.append(found.amounts)
    return Solved(np.concatenate(pred), np.concatenate(amounts))


def _require_choice(name: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise StudyError(f'{name} is "{given}"', text=given, allowed=known)


def _slices(first: np.ndarray, count: int, most: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Records and people of slices of about ``most`` records, nobody divided."""
    borders = [*np.unique(first // most, return_index=True)[1].tolist(), first.size]
    begins = [*first.tolist(), count]
    return [(np.arange(begins[a], begins[b]), np.arange(a, b)) for a, b in pairwise(borders)]


def _some(records: Records, people: np.ndarray, rows: np.ndarray) -> Records:
    """The records of some people, counted anew."""
    if rows.size == records.time.size:
        return records
    place = np.zeros(len(records.ids), dtype=int)
    place[people] = np.arange(people.size)
    arrays = {f.name: getattr(records, f.name)[rows] for f in fields(records) if f.name not in ("ids", "covariates")}
    arrays["person"] = place[arrays["person"]]
    return replace(records, **arrays, ids=tuple(records.ids[i] for i in people), covariates={})


# ---------------------------------------------------------------------------------------------------------- one group


def gather_group(model: RecordModel, records: Records, values: Values, rule: str) -> tuple[Group, DoseValues]:
    """Everything about some people that is a matter of order, and the numbers of their doses."""
    names = model.network.compartment_names
    doses = dose_records(records, names.index(model.dosed), len(names))
    found = dose_values(doses, values, np)
    check_dose_values(doses, values, found, records.rows)
    line = plan_records(records, doses, found)
    wanted = getattr(model, "parameters", None)
    kinetics = values.keep(lambda name: not of_a_dose(name) and (wanted is None or name in wanted))
    _check_numbers(kinetics, records)
    return Group(records, kinetics, find_sets(kinetics, line.first, rule), doses, line, find_steps(line)), found


def _check_numbers(values: Values, records: Records) -> None:
    for name, x in {**values.single, **values.by_person, **values.by_record}.items():
        wrong = np.flatnonzero(~np.isfinite(np.atleast_1d(x)))
        if wrong.size:
            line = int(records.rows[wrong[0]]) if name in values.by_record else None
            raise StudyError(f"{name} is missing or infinite", line=line, text=name, allowed="a number in every record")


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
            again = _solve_slice(model, _some(records, part, own), values.of(part, own), rule, "matrix exponential")
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
    amounts = np.maximum(amounts, 0.0)[:, group.steps.place]
    return Solved(observe(model, group, amounts, np), amounts.T)


def observe(model: RecordModel, group: Group, amounts: Any, xp: Any) -> Any:
    """The observed output from amounts ``(compartment, record)``."""
    named = of_sets(group.kinetics, group.sets)
    total: Any = 0.0
    for name, weight in _output(model).items():
        at_set = xp.asarray(weight(namespace(named), namespace(named), xp))
        own = at_set[group.sets.here] if at_set.ndim else at_set
        total = total + own * amounts[model.network.compartment_names.index(name)]
    return total


def _output(model: RecordModel) -> Mapping[str, Any]:
    for output in model.network.outputs:
        if output.name == model.observed:
            return output.weights
    raise NetworkError(f"{model.network.name}: there is no output {model.observed!r}")


# ------------------------------------------------------------------------------------------------------ what doses add


def contributions(way: Way, group: Group, found: DoseValues, xp: Any) -> Any:
    """h in the order of steps, ``(size, record)``."""
    doses, line, place = group.doses, group.line, group.steps.place
    now = line.at_once
    own = group.sets.here[doses.row]
    pairs = [(doses.row[now], way.entered(own[now], doses.compartment[now], found.amount[now]))]
    constant = np.flatnonzero(doses.constant)
    if constant.size:
        held = way.constant(own[constant], doses.compartment[constant], found.rate[constant])
        pairs.append((doses.row[constant], held))
    if line.steady.dose.size:
        pairs.append((doses.row[line.steady.dose], _steady(way, group, found, xp)))
    if line.pieces.dose.size:
        lasting = doses.infused[line.pieces.dose]
        for chosen, contribute in ((~lasting, _entering), (lasting, _running)):
            pieces = line.pieces.where(chosen)
            if pieces.dose.size:
                state = contribute(way, group, pieces, found, xp)
                old, new = (x[pieces.record] for x in (group.sets.before, group.sets.here))
                pairs.append((pieces.record, way.rebased(old, new, state) if group.sets.varying else state))
    return _collect(pairs, place, xp)


def _collect(pairs: list[tuple[np.ndarray, Any]], place: np.ndarray, xp: Any) -> Any:
    """Sum contributions record by record."""
    rows = np.concatenate([place[rows] for rows, _ in pairs])
    if xp is not np:
        states = xp.concatenate([state for _, state in pairs], axis=1)
        return xp.zeros((states.shape[0], place.size)).at[:, rows].add(states)
    if len(pairs) == 1:
        added = np.zeros((pairs[0][1].shape[0], place.size))
        added[:, rows] = pairs[0][1]
        return added
    states = np.concatenate([state for _, state in pairs], axis=1)
    return np.stack([np.bincount(rows, x, place.size) for x in states])


def _entering(way: Way, group: Group, pieces: Pieces, found: DoseValues, xp: Any) -> Any:
    """Doses at once that enter between records."""
    dose, sets = pieces.dose, group.sets.before[pieces.record]
    enters = group.doses.time[dose] + found.lag[dose] + pieces.number * group.doses.ii[dose]
    state = way.entered(sets, group.doses.compartment[dose], found.amount[dose])
    return way.faded(sets, state, group.records.time[pieces.record] - enters)


def _running(way: Way, group: Group, pieces: Pieces, found: DoseValues, xp: Any) -> Any:
    """Parts of infusions between records."""
    dose, sets, time = pieces.dose, group.sets.before[pieces.record], group.records.time
    enters = group.doses.time[dose] + found.lag[dose] + pieces.number * group.doses.ii[dose]
    start = xp.where(pieces.begins, enters, time[pieces.record - 1])
    stop = xp.where(pieces.ends, enters + found.duration[dose], time[pieces.record])
    state = way.flown(sets, group.doses.compartment[dose], found.rate[dose], stop - start)
    return way.faded(sets, state, time[pieces.record] - stop)


def _steady(way: Way, group: Group, found: DoseValues, xp: Any) -> Any:
    """What implied doses that entered by their record have left there.

    With the last entry s ago and D = N II + rest: e^{A s} x + N R phi(s) + (the rest's part), x the trough,
    (1 - e^{A II})^{-1} (N R phi(II) + e^{A (II - rest)} R phi(rest)).
    """
    phase, doses = group.line.steady, group.doses
    dose = phase.dose
    sets, place, ii = group.sets.here[doses.row[dose]], doses.compartment[dose], doses.ii[dose]
    since = phase.back * ii - found.lag[dose]
    amount = xp.where(doses.infused[dose], 0.0, found.amount[dose])
    after = way.faded(sets, way.summed(sets, way.entered(sets, place, amount), ii), since)
    if not doses.infused[dose].any():
        return after
    rate, rest = found.rate[dose], found.duration[dose] - phase.whole * ii
    last = way.faded(sets, way.flown(sets, place, rate, rest), ii - rest)
    trough = way.summed(sets, phase.whole * way.flown(sets, place, rate, ii) + last, ii)
    part = xp.where(phase.over, rest, since)
    running = way.faded(sets, way.flown(sets, place, rate, part), since - part)
    return after + way.faded(sets, trough, since) + phase.whole * way.flown(sets, place, rate, since) + running
