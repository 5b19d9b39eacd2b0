r"""What a data set adds to the amounts of its people, record by record: infusions, lagged doses, steady states.

    h_j = pieces between records j - 1 and j  +  the dose of row j  +  its steady state,

pieces being what :mod:`quell.simulation.record_plan` finds. Repeated doses at steady state are sums over all that were
given before, (1 - e^{A II})^{-1}; a constant infusion is (-A)^{-1}. NumPy and JAX run the same text.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from quell.conventions.errors import StudyError
from quell.mechanisms.compartment_models import CompartmentModel
from quell.mechanisms.network import LinearNetwork, NetworkError
from quell.protocols.records import Records
from quell.simulation.record_doses import (
    DoseRecords,
    DoseValues,
    check_dose_values,
    dose_records,
    dose_values,
)
from quell.simulation.record_plan import Pieces, Timeline, plan_records
from quell.simulation.record_values import Sets, Values, find_sets, of_a_dose
from quell.simulation.record_walk import Steps, find_steps
from quell.simulation.record_ways import Way


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


@dataclass(frozen=True, slots=True)
class Group:
    """People solved together: their records, values and doses, and the order of what happens."""

    records: Records
    kinetics: Values
    sets: Sets
    doses: DoseRecords
    line: Timeline
    steps: Steps


def gather_group(model: RecordModel, records: Records, values: Values, rule: str) -> tuple[Group, DoseValues]:
    """Everything about some people that is a matter of order, and the numbers of their doses."""
    names = model.network.compartment_names
    doses = dose_records(records, names.index(model.dosed), len(names))
    _check_compartments(model.network, doses, records)
    found = dose_values(doses, values, np)
    check_dose_values(doses, values, found, records.rows)
    line = plan_records(records, doses, found)
    wanted = getattr(model, "parameters", None)
    kinetics = values.keep(lambda name: not of_a_dose(name) and (wanted is None or name in wanted))
    _check_numbers(model, kinetics, records)
    return Group(records, kinetics, find_sets(kinetics, line.first, rule), doses, line, find_steps(line)), found


def _check_compartments(network: LinearNetwork, doses: DoseRecords, records: Records) -> None:
    """Raise where a dose is given into a compartment that follows another one and holds no drug."""
    names = network.compartment_names
    massless = {x.target for x in network.links}
    for row, place in zip(doses.row.tolist(), doses.compartment.tolist(), strict=True):
        if massless and names[place] in massless:
            message = f"compartment {names[place]} takes no dose: it follows another one and holds no drug"
            allowed = ", ".join(f"{k + 1} ({name})" for k, name in enumerate(names) if name not in massless)
            raise StudyError(message, line=int(records.rows[row]), text="CMT", allowed=allowed)


def _check_numbers(model: RecordModel, values: Values, records: Records) -> None:
    """Raise where a parameter is not there, or cannot be."""
    known = model if isinstance(model, CompartmentModel) else None
    if known and (absent := [name for name in known.parameters if name not in values]):
        wanted = f"all of {', '.join(known.parameters)}"
        raise StudyError(f"{known.name} needs {absent[0]}", text=absent[0], allowed=wanted)
    for name, x in {**values.single, **values.by_person, **values.by_record}.items():
        wrong = np.flatnonzero(_impossible(known, name, np.atleast_1d(x)))
        if wrong.size:
            number = np.atleast_1d(x)[wrong[0]]
            state = "missing" if np.isnan(number) else f"{number:.15g}"
            line = int(records.rows[wrong[0]]) if name in values.by_record else None
            allowed = known.allowed(name) if known else "a finite number"
            raise StudyError(f"{name} is {state}", line=line, text=name, allowed=allowed)


def _impossible(model: CompartmentModel | None, name: str, x: np.ndarray) -> np.ndarray:
    lowest, reached = model.lowest(name) if model else (-np.inf, False)
    return ~np.isfinite(x) | ((x < lowest) if reached else (x <= lowest))


def observed_weights(model: RecordModel, values: Any, xp: Any) -> dict[int, Any]:
    """The observed output: index of a compartment -> its weight, in the output's unit per mg, scalar or ``(set,)``."""
    for output in model.network.outputs:
        if output.name == model.observed:
            names = model.network.compartment_names
            return {names.index(name): xp.asarray(w(values, values, xp)) for name, w in output.weights.items()}
    raise NetworkError(f"{model.network.name}: there is no output {model.observed!r}")


# ------------------------------------------------------------------------------------------------------ what doses add


def contributions(way: Way, group: Group, found: DoseValues, xp: Any, *, at_once: bool = True) -> Any:
    """h in the order of steps, ``(size, record)``; with or without the doses that enter at their own row."""
    doses, line, place = group.doses, group.line, group.steps.place
    now, own = line.at_once, group.sets.here[doses.row]
    pairs: list[tuple[np.ndarray, Any]] = []
    if at_once or not now.size:
        pairs.append((doses.row[now], way.entered(own[now], doses.compartment[now], found.amount[now])))
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
