r"""Records under JAX: concentrations as a function of parameters that can be compiled and differentiated.

Which dose acts between which records depends on the data and, through lags and durations, on the parameters that the
records are prepared with; it is found once, outside of JAX. What remains,

    z_j = e^{A (t_j - t_{j-1})} z_{j-1} + h_j,    PRED_j = sum_m c_m z_{m,j},

is one scan over records, everybody side by side. Blocks of two are coupled by divided differences
(:mod:`quell.simulation.exponential_differences`), so that gradients keep their digits where rates of different blocks
coincide. Where poles within a block crowd or an exchange is shut (Q = 0), and where modes of a longer cascade come near
each other, people are solved by matrix exponential. A parameter set far from the prepared one needs new preparation:
the order of lagged doses must be the same.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import jax.numpy as jnp
import numpy as np
from jax import lax

import quell.simulation.precision  # noqa: F401  (float64 before the first array)
from quell.mechanisms.network import namespace
from quell.mechanisms.network_structure import structure
from quell.protocols.records import Records
from quell.simulation.kinetic_modes import block_modes, modes
from quell.simulation.kinetic_steps import relax
from quell.simulation.mode_scan import Numbers, Rows, scan_modes
from quell.simulation.record_doses import DoseValues, dose_values
from quell.simulation.record_group import Group, RecordModel, contributions, gather_group, observed_weights
from quell.simulation.record_values import Values, of_sets, read_values, some_records
from quell.simulation.record_ways import ByExponential, ByModes, multiply, open_network, two_blocks_deep

_GRADIENT_TOLERANCE = 1e-12
_NEAREST_POLES = 1e-4
"""Relative distance of the poles of a block below which its gradient is taken by matrix exponential."""


@dataclass(frozen=True, slots=True)
class _Part:
    """People solved in one way.

    ``table`` holds their records, ``(step, lane)``, the last one repeated where ``live`` is False.
    """

    group: Group
    values: Values
    rows: np.ndarray
    by_modes: bool
    table: np.ndarray
    live: np.ndarray


class PreparedRecords:
    """Records in order, ready to be solved for any parameters near those they were prepared with.

    Parameters
    ----------
    model, records, covariate_rule, covariates
        As for :func:`quell.simulation.record_kinetics.solve_records`.
    parameters
        Numbers that decide the order of lagged doses and who is solved in which way.

    Raises
    ------
    StudyError
        As there.
    """

    def __init__(
        self,
        model: RecordModel,
        records: Records,
        parameters: Mapping[str, Any],
        covariate_rule: str = "NONMEM",
        covariates: Mapping[str, Any] | None = None,
    ) -> None:
        self._model, self._records, self._covariates = model, records, dict(covariates or {})
        values = read_values({**self._covariates, **parameters}, records)
        with np.errstate(all="ignore"):
            group, _ = gather_group(model, records, values, covariate_rule)
            crowded = np.zeros(len(records.ids), dtype=bool)
            crowded[records.person[_crowded(model, group)[group.sets.here]]] = True
            self._parts = [
                self._part(values, np.flatnonzero(crowded == by), covariate_rule, by_modes=not by)
                for by in (False, True)
                if np.any(crowded == by)
            ]

    def _part(self, values: Values, people: np.ndarray, rule: str, *, by_modes: bool) -> _Part:
        rows = np.flatnonzero(np.isin(self._records.person, people))
        own = values.of(people, rows)
        group, _ = gather_group(self._model, some_records(self._records, people, rows), own, rule)
        step = np.arange(int(group.line.count.max(initial=0)))[:, None]
        table = group.line.first + np.minimum(step, group.line.count - 1)
        return _Part(group, own, rows, by_modes, table, step < group.line.count)

    def pred(self, parameters: Mapping[str, Any]) -> Any:
        """The observed output, ``(record,)``; traceable, differentiable."""
        return self._gathered(parameters, amounts=False)[:, 0]

    def amounts(self, parameters: Mapping[str, Any]) -> Any:
        """Amounts, mg, ``(record, compartment)``; traceable, differentiable."""
        return self._gathered(parameters, amounts=True)

    def _gathered(self, parameters: Mapping[str, Any], *, amounts: bool) -> Any:
        arrays = {name: jnp.asarray(x, dtype=float) for name, x in {**self._covariates, **parameters}.items()}
        values = read_values(arrays, self._records)
        found = [(part.rows, self._solve(part, values, amounts=amounts)) for part in self._parts]
        if len(found) == 1:
            return found[0][1]
        whole = jnp.zeros((self._records.time.size, found[0][1].shape[1]))
        for rows, x in found:
            whole = whole.at[rows].set(x)
        return whole

    def _solve(self, part: _Part, values: Values, *, amounts: bool) -> Any:
        """What is read, ``(record, reading)``."""
        people = np.unique(self._records.person[part.rows])
        own = values.of(people, part.rows) if len(self._parts) > 1 else values
        kinetics = own.keep(part.group.kinetics.__contains__)
        named = of_sets(kinetics, part.group.sets)
        network = open_network(self._model.network)
        way = (ByModes if part.by_modes else ByExponential)(network, named, named, part.group.sets.count, jnp)
        found = dose_values(part.group.doses, own, jnp)
        read = None if amounts else observed_weights(self._model, namespace(named), jnp)
        table = _scan(way, part, found, read)
        if np.all(part.live):
            return jnp.moveaxis(table, -1, 0).reshape(-1, table.shape[1])
        step = np.arange(part.group.records.time.size) - part.group.line.first[part.group.records.person]
        return table[step, :, part.group.records.person]


def _crowded(model: RecordModel, group: Group) -> np.ndarray:
    """Sets whose gradient modes would not give to 1e-8, ``(set,)``."""
    named = of_sets(group.kinetics, group.sets)
    network = open_network(model.network)
    graph = structure(network)
    own = block_modes(network, named, named)
    crowded = ~own.balanced
    for block in graph.blocks:
        poles = np.sort(own.rates[list(block)], axis=0)
        crowded = crowded | np.any(np.diff(poles, axis=0) <= _NEAREST_POLES * poles[1:], axis=0)
        inner = own.inputs[:, list(block)]
        crowded = crowded | np.any(np.sum(inner != 0.0, axis=0) < len(block), axis=0)
    if not two_blocks_deep(graph):
        crowded = crowded | np.any(modes(network, named, named).error > _GRADIENT_TOLERANCE, axis=0)
    return np.broadcast_to(crowded, (group.sets.count,))


# ------------------------------------------------------------------------------------------------------------ the scan


def _scan(way: ByModes | ByExponential, part: _Part, found: DoseValues, read: Any) -> Any:
    """Readings, ``(step, reading, lane)``; all amounts where ``read`` is None, else a weighted sum of them."""
    line, sets = part.group.line, part.group.sets
    kept = part.live & ~line.starts_anew[part.table]
    steady = {"kept": kept} if line.starts_anew.any() else {}
    rows: dict[str, Any] = {"time": np.where(part.live, line.lengths[part.table], 0.0), **steady}
    rows |= {f"at once {c}": x for c, x in _at_once(part, found).items()}
    if line.pieces.dose.size or line.steady.dose.size or part.group.doses.constant.any():
        added = contributions(way, part.group, found, jnp, at_once=False)
        rows["added"] = jnp.moveaxis(added[:, part.group.steps.place[part.table]] * part.live, 1, 0)
    if sets.varying:
        rows |= {"before": sets.before[part.table], "here": sets.here[part.table]}
        rows["last"] = np.concatenate([rows["before"][:1], rows["here"][:-1]])
    lanes = sets.here[part.table[0]]
    if _plain(way) and not sets.varying:
        return _scan_rows(way, lanes, read, rows)
    start = tuple(jnp.zeros(lanes.size) for _ in range(way.graph.size))
    return lax.scan(_by_state(way, lanes, read), start, rows)[1]


def _plain(way: ByModes | ByExponential) -> bool:
    return isinstance(way, ByModes) and not way.chained


def _at_once(part: _Part, found: DoseValues) -> dict[int, Any]:
    """Compartment -> amounts that enter at their own row, mg, ``(step, lane)``."""
    doses, now = part.group.doses, part.group.line.at_once
    tables = {}
    for compartment in np.unique(doses.compartment[now]).tolist():
        chosen = now[doses.compartment[now] == compartment]
        place = np.full(part.group.records.time.size, chosen.size)
        place[doses.row[chosen]] = np.arange(chosen.size)
        xp: Any = np if isinstance(found.amount, np.ndarray) else jnp
        amounts = xp.append(found.amount[chosen], 0.0)
        tables[compartment] = amounts[np.where(part.live, place[part.table], chosen.size)]
    return tables


def _entering(row: Mapping[str, Any]) -> list[tuple[int, Any]]:
    return [(int(name.removeprefix("at once ")), x) for name, x in row.items() if name.startswith("at once ")]


def _scan_rows(way: Any, sets: np.ndarray, read: Any, rows: dict[str, Any]) -> Any:
    solved = way.solved.take(sets)
    graph, outputs = way.graph, _reading(solved.outputs, sets, read)
    inputs = {c: {m: solved.inputs[c, m] for m in graph.block_of(graph.entries[c])} for c, _ in _entering(rows)}
    seen = [[c] for c in range(outputs.shape[0])] if read is None else [list(read)]
    reading = tuple(
        {m: weights[m] for c in places for m in graph.block_of(graph.entries[c])}
        for places, weights in zip(seen, outputs, strict=True)
    )
    numbers = Numbers(solved.rates, solved.links, inputs, reading)
    amounts = dict(_entering(rows))
    added = tuple(jnp.moveaxis(rows["added"], 1, 0)) if "added" in rows else None
    return scan_modes(way.pairs, numbers, Rows(rows["time"], rows.get("kept"), amounts, added))


def _reading(outputs: Any, sets: np.ndarray, read: Any) -> Any:
    """Outputs per state ``(reading, mode, lane)``; of the observed output where it is asked for."""
    if read is None:
        return outputs
    return jnp.stack([sum(outputs[c] * (w[sets] if w.ndim else w) for c, w in read.items())])


def _by_state(way: ByModes | ByExponential, lanes: np.ndarray, read: Any) -> Any:
    """A step in general: chains, matrix exponentials, parameters that vary."""

    def step(rows: tuple[Any, ...], row: Mapping[str, Any]) -> tuple[tuple[Any, ...], Any]:
        state = jnp.stack(rows)
        before, here = row.get("before", lanes), row.get("here", lanes)
        if "last" in row:
            state = way.rebased(row["last"], before, state)
        state = _carried(way, before, state, row["time"])
        if "last" in row:
            state = way.rebased(before, here, state)
        if "kept" in row:
            state = jnp.where(row["kept"], state, 0.0)
        state = state + row.get("added", 0.0)
        for c, amount in _entering(row):
            state = state + way.entered(here, np.full(lanes.size, c), amount)
        amounts = way.amounts(here, state)
        return tuple(state), amounts if read is None else _observed(amounts, here, read)

    return step


def _carried(way: ByModes | ByExponential, sets: Any, state: Any, time: Any) -> Any:
    if isinstance(way, ByModes):
        return relax(way.weights(way.solved.take(sets), time, flowing=False), state, None, jnp)
    return multiply(way.decay(sets, time).power, state)


def _observed(amounts: Any, sets: Any, read: Any) -> Any:
    return jnp.stack([sum(amounts[c] * (w[sets] if w.ndim else w) for c, w in read.items())])
