r"""Exact solution of linear kinetics, step by step, for batches of people.

Inputs are constant within a step, boluses come at its start. A quarter of a step
(:mod:`quell.simulation.kinetic_steps`) is taken four times, so that five points cost one exponential:

    z_0 = z + B bolus,   z_{k+1} = step(h/4) z_k,   y_k = C z_k,   k = 0 .. 4.

The tables are within 1e-8 of the larger of the value and 1 % of the peak wherever ``Modes.ok``; everybody else is
solved by :mod:`quell.simulation.matrix_exponential`. :mod:`quell.simulation.concentrations` evaluates at any time and
differentiates.
"""

from collections.abc import Collection, Iterable
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import lax

import quell.simulation.precision  # noqa: F401  (float64 before the first array)
from quell.mechanisms.network import LinearNetwork, namespace
from quell.mechanisms.network_structure import Structure, coefficients, output_matrix, rate_matrix, structure
from quell.simulation.kinetic_modes import Modes, modes, well_separated
from quell.simulation.kinetic_steps import enter, read_outputs, relax, relaxation
from quell.simulation.matrix_exponential import compartmental_exponential, squarings_for, with_input
from quell.simulation.program_store import KeptProgram

__all__ = ["Modes", "Tables", "advance", "exact_tables", "modes", "network_tables", "program", "tables"]

_POINTS = 5
"""Points of a step at which outputs are read, both ends included."""


class Tables(NamedTuple):
    """What a protocol does to a network, row by row.

    Attributes
    ----------
    start, quarter, middle, three_quarters, end
        Outputs after the step's bolus, at its quarters and at its end, ``(step, output, lane)``; rows of steps that
        were not taken are zero.
    state
        After the last step, ``(mode, lane)``: amplitudes of modes, or for people solved by matrix exponential the
        amounts (mg) by position in the structure. Feed it to the next call as ``initial``.
    """

    start: Any
    quarter: Any
    middle: Any
    three_quarters: Any
    end: Any
    state: Any

    @property
    def points(self) -> tuple[Any, ...]:
        """Outputs at the five points, in order of time."""
        return self[:_POINTS]


def _table(points: Iterable[Any], state: Any) -> Tables:
    start, quarter, middle, three_quarters, end = points
    return Tables(start, quarter, middle, three_quarters, end, state)


def advance(graph: Structure, solved: Modes, state: Any, length: Any, rates: Any, boluses: Any) -> tuple[Any, Tables]:
    """One step under JAX.

    Parameters
    ----------
    graph, solved
        The network's structure and its modes.
    state
        Amplitudes before the step, ``(mode, lane)``.
    length
        Step length, h, ``(lane,)``.
    rates
        Constant inputs during the step, mg/h, ``(input, lane)``.
    boluses
        Amounts given at its start, mg, ``(input, lane)``.

    Returns
    -------
    state, tables
        Amplitudes after the step, and one row of tables, ``(output, lane)`` each.
    """
    state = lax.cond(jnp.any(boluses != 0.0), lambda: state + enter(graph, solved, boluses, jnp), lambda: state)
    flow = lax.cond(
        jnp.any(rates != 0.0), lambda: enter(graph, solved, rates, jnp), lambda: jnp.zeros_like(solved.rates)
    )
    part = relaxation(graph, solved, length / (_POINTS - 1), jnp)
    read = [read_outputs(graph, solved, state, jnp)]
    for _ in range(_POINTS - 1):
        state = relax(part, state, flow, jnp)
        read.append(read_outputs(graph, solved, state, jnp))
    return state, _table(read, state)


@cache
def program(graph: Structure) -> KeptProgram:
    """The compiled solver of a network's steps; networks of one structure share it."""
    return KeptProgram(partial(_take, graph), f"kinetics {graph}", __name__)


def _take(graph: Structure, solved: Modes, lengths: Any, rates: Any, boluses: Any, initial: Any, count: Any) -> Tables:
    """The first ``count`` rows; the bound is a run-time value, so one program serves every protocol."""
    blank = jnp.zeros((lengths.shape[0], len(graph.readings), lengths.shape[1]))

    def body(k: Any, carry: Tables) -> Tables:
        state, row = advance(graph, solved, carry.state, lengths[k], rates[k], boluses[k])
        return _table((old.at[k].set(new) for old, new in zip(carry.points, row.points, strict=True)), state)

    return lax.fori_loop(0, count, body, _table((blank,) * _POINTS, initial))


@partial(jax.jit, static_argnums=0)
def _scanned(graph: Structure, solved: Modes, lengths: Any, rates: Any, boluses: Any, initial: Any) -> Tables:
    """Every row, in a form that reverse-mode differentiation accepts."""

    def body(state: Any, row: tuple[Any, Any, Any]) -> tuple[Any, Any]:
        state, found = advance(graph, solved, state, *row)
        return state, found.points

    state, found = lax.scan(body, initial, (lengths, rates, boluses))
    return _table(found, state)


def tables(
    graph: Structure,
    solved: Modes,
    lengths: Any,
    rates: Any,
    boluses: Any,
    initial: Any = None,
    count: Any = None,
) -> Tables:
    """Solve a table of steps by modes, under JAX.

    Parameters
    ----------
    graph, solved
        The network's structure and its modes; people with ``solved.ok`` False come out wrong.
    lengths
        Step lengths, h, ``(step, lane)``.
    rates
        Inputs, constant within a step, mg/h, ``(step, input, lane)``.
    boluses
        Amounts given at the start of a step, mg, ``(step, input, lane)``.
    initial
        Amplitudes before the first step, ``(mode, lane)``; default none.
    count
        Number of steps to take, a run-time value: tables of one capacity share one compiled program. None takes
        all of them in a form that can be differentiated in reverse.
    """
    before = np.zeros(solved.rates.shape) if initial is None else initial
    if count is None:
        return _scanned(graph, solved, lengths, rates, boluses, before)
    return program(graph)(solved, lengths, rates, boluses, before, np.int64(count))


def exact_tables(
    network: LinearNetwork,
    parameters: Any,
    covariates: Any,
    lengths: np.ndarray,
    rates: np.ndarray,
    boluses: np.ndarray,
    initial: np.ndarray | None = None,
    count: int | None = None,
) -> Tables:
    """Solve a table of steps by matrix exponential, person by person, with NumPy.

    Arguments as for :func:`tables` but for ``parameters`` and ``covariates`` (one value a lane); the state holds
    amounts, mg, by position in the structure.
    """
    graph = structure(network)
    numbers = coefficients(network, parameters, covariates, np)
    people, taken = lengths.shape[1], slice(0, lengths.shape[0] if count is None else count)
    state = np.zeros((graph.size, people)) if initial is None else np.array(initial, dtype=float)
    found = [np.zeros((lengths.shape[0], len(graph.readings), people)) for _ in range(_POINTS)]
    reached = _reached(graph, rates[taken], boluses[taken], state)
    if not reached or lengths[taken].size == 0:
        return _table(found, state)
    matrices = np.broadcast_to(rate_matrix(numbers, np), (people, graph.size, graph.size))[:, reached][:, :, reached]
    readings = np.broadcast_to(output_matrix(numbers, np), (people, len(graph.readings), graph.size))[:, :, reached]
    for lane in range(people):
        flows, doses = (_by_position(graph, x[taken, :, lane])[:, reached] for x in (rates, boluses))
        amounts, after = _exact_amounts(matrices[lane], lengths[taken, lane], flows, doses, state[reached, lane])
        state[reached, lane] = after
        for table, x in zip(found, amounts, strict=True):
            table[taken, :, lane] = np.maximum(x @ readings[lane].T, 0.0)
    return _table(found, state)


def _reached(graph: Structure, rates: np.ndarray, boluses: np.ndarray, state: np.ndarray) -> list[int]:
    """Positions that hold drug at any time: the rest of the network is left out."""
    given = np.logical_or(rates.any(axis=(0, 2)), boluses.any(axis=(0, 2))).tolist()
    sources = {entry for k, entry in enumerate(graph.entries) if given[k]}
    sources |= {i for i in range(graph.size) if state[i].any()}
    return sorted({j for i in sources for j in graph.excited(i)})


def _by_position(graph: Structure, given: np.ndarray) -> np.ndarray:
    """``(step, input)`` -> ``(step, position)``."""
    placed = np.zeros((given.shape[0], graph.size))
    for k, entry in enumerate(graph.entries):
        placed[:, entry] += given[:, k]
    return placed


def _exact_amounts(
    matrix: np.ndarray, lengths: np.ndarray, flows: np.ndarray, doses: np.ndarray, before: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Amounts at the five points of every step, ``(point, step, position)``, and after the last."""
    whole = flows.sum(axis=1)
    shares = flows / np.where(whole > 0.0, whole, 1.0)[:, None]
    generators = with_input(np.broadcast_to(matrix, (lengths.size, *matrix.shape)), shares, np)
    part = lengths[:, None, None] / (_POINTS - 1) * generators
    largest = float((2.0 * np.max(-np.diagonal(matrix)) + 1.0) * np.max(lengths, initial=0.0))
    moved = compartmental_exponential(part, np, squarings_for(largest))
    found, state = np.zeros((_POINTS, *flows.shape)), before
    for k in range(lengths.size):
        keep, gained = moved[k, :-1, :-1], whole[k] * moved[k, :-1, -1]
        found[0, k] = state = state + doses[k]
        for point in range(1, _POINTS):
            found[point, k] = state = keep @ state + gained
    return found, state


def network_tables(
    network: LinearNetwork,
    parameters: Any,
    covariates: Any,
    lengths: np.ndarray,
    rates: np.ndarray,
    boluses: np.ndarray,
    initial: np.ndarray | None = None,
    count: int | None = None,
    solved: Modes | None = None,
    inputs: Collection[str] | None = None,
) -> Tables:
    """Solve a table of steps for everybody: by modes, and by matrix exponential where poles crowd.

    Parameters
    ----------
    network, parameters, covariates
        As for :func:`quell.simulation.kinetic_modes.modes`; values per lane.
    lengths, rates, boluses, initial, count
        As for :func:`tables`.
    solved
        The network's modes, if they are known already.
    inputs
        Names of the inputs in use before and during these steps; crowding of other poles is of no concern (default:
        all inputs). Name the same ones in calls that continue each other.

    Returns
    -------
    Tables
        NumPy arrays.
    """
    graph = structure(network)
    solved = modes(network, parameters, covariates) if solved is None else solved
    steps = lengths.shape[0] if count is None else count
    found = Tables._make(np.asarray(x) for x in tables(graph, solved, lengths, rates, boluses, initial, steps))
    crowded = np.flatnonzero(~well_separated(network, solved, inputs))
    if crowded.size == 0:
        return found
    own, people = (select_people(x, crowded, lengths.shape[1]) for x in (parameters, covariates))
    given = (x[..., crowded] for x in (lengths, rates, boluses))
    before = None if initial is None else np.asarray(initial)[:, crowded]
    exact = exact_tables(network, own, people, *given, initial=before, count=steps)
    return Tables._make(_replace(a, crowded, b) for a, b in zip(found, exact, strict=True))


def select_people(values: Any, lanes: np.ndarray, count: int) -> dict[str, Any]:
    """The values of some of ``count`` people, from a mapping or namespace."""
    named = vars(namespace(values))
    return {name: np.broadcast_to(np.asarray(x), (count,))[lanes] for name, x in named.items()}


def _replace(values: np.ndarray, lanes: np.ndarray, exact: np.ndarray) -> np.ndarray:
    mended = values.copy()
    mended[..., lanes] = exact
    return mended
