r"""The modes of a linear network: rates and weights that make its exact solution a sum of exponentials.

For every person (lane), with amounts a, da/dt = A a + B u, outputs y = C a:

1. Each block of A is symmetrised, D^-1 A D, and diagonalised by an orthogonal V: real poles, well conditioned.
2. In these coordinates A = -diag(lambda) + T with T strictly lower triangular. Unit triangular W and its inverse L
   follow by forward substitution,

       (lambda_j - lambda_i) W_ji = sum_k T_jk W_ki - kappa_s W_js,
       (lambda_j - lambda_i) L_ji = kappa_j L_pi - sum_k L_jk T_ki,

   s the successor of i and p the predecessor of j in a chain of transit compartments with one rate constant: there the
   coupling kappa stays (a Jordan chain, solved by polynomial x exponential), because equal poles cannot be separated.
3. z = L V^T D^-1 a follows z' = -lambda z + kappa z_p + (L V^T D^-1 B) u and y = (C D V W) z.

Poles of different blocks that (nearly) coincide by accident leave large terms that cancel. (Moving such poles apart
would not do: an output that sees one of the two only would err to first order.) A bound on the error tells; beyond
:data:`TOLERANCE` the person is solved by matrix exponential (:mod:`quell.simulation.matrix_exponential`). It is the
rounding of the terms over the response's peak, with

    peak >= (integral y)^2 / (4 integral t y)      for a response y >= 0 (Markov's inequality).

Everything is written out over modes and vectorised over lanes: a lane's bits do not depend on how many lanes there are.
"""

from collections.abc import Collection
from math import e
from typing import Any, NamedTuple

import numpy as np

from quell.mechanisms.network import LinearNetwork, NetworkError
from quell.mechanisms.network_structure import Coefficients, Structure, coefficients, structure
from quell.simulation.symmetric_eigen import eigen_decomposition

TOLERANCE = 5e-10
"""Largest error of a mode solution, relative to the peak of the response."""

_SMALLEST_GAP = 1e-14
_SMALLEST = 1e-30
_ROUNDING = 4.0 * float(np.finfo(float).eps)

Sparse = dict[tuple[int, int], Any]


class Modes(NamedTuple):
    """The solved network, lanes last.

    Attributes
    ----------
    rates
        lambda, 1/h, ``(mode, lane)``.
    links
        kappa, 1/h: coupling to the chain's preceding mode, 0 elsewhere, ``(mode, lane)``.
    inputs
        Amplitude per mg given, ``(input, mode, lane)``.
    outputs
        Output per amplitude, ``(output, mode, lane)``.
    error
        Bound on the error relative to the peak of a dose's response, ``(input, lane)``.
    ok
        True where the bound is within :data:`TOLERANCE` for the inputs in use, ``(lane,)``.
    """

    rates: Any
    links: Any
    inputs: Any
    outputs: Any
    error: Any
    ok: Any


def modes(
    network: LinearNetwork, parameters: Any, covariates: Any, xp: Any = np, inputs: Collection[str] | None = None
) -> Modes:
    """Solve a network for a batch of people.

    Parameters
    ----------
    parameters, covariates
        Mappings or namespaces of scalars and ``(lane,)`` arrays.
    xp
        ``numpy``, or ``jax.numpy`` for a traceable, differentiable result.
    inputs
        Names of the inputs in use; ``ok`` looks at these only (default: all).

    Raises
    ------
    NetworkError
        An input is unknown.
    """
    graph = structure(network)
    numbers = coefficients(network, parameters, covariates, xp)
    if xp is np:
        with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
            return _solve(graph, numbers, xp, _used(network, inputs))
    return _solve(graph, numbers, xp, _used(network, inputs))


def well_separated(network: LinearNetwork, solved: Modes, inputs: Collection[str] | None = None) -> np.ndarray:
    """Whose error is within :data:`TOLERANCE` for these inputs (default: all), ``(lane,)``; with NumPy."""
    return np.all(np.asarray(solved.error)[_used(network, inputs)] <= TOLERANCE, axis=0)


def _used(network: LinearNetwork, inputs: Collection[str] | None) -> list[int]:
    names = network.input_names
    for name in inputs or ():
        if name not in names:
            raise NetworkError(f"{network.name}: there is no input {name!r}")
    return [k for k, name in enumerate(names) if inputs is None or name in inputs]


class BlockModes(NamedTuple):
    """A network diagonalised block by block, blocks left coupled; nothing cancels, whatever the poles. Lanes last.

    Attributes
    ----------
    rates, inputs, outputs
        As in :class:`Modes`.
    coupling
        T, 1/h: (mode, upstream mode) -> ``(lane,)``.
    balanced
        Where every block has its symmetric form, ``(lane,)``.
    """

    rates: Any
    coupling: Sparse
    inputs: Any
    outputs: Any
    balanced: Any


def block_modes(network: LinearNetwork, parameters: Any, covariates: Any, xp: Any = np) -> BlockModes:
    """The first step of :func:`modes` alone; arguments as there."""
    graph = structure(network)
    numbers = _spread(coefficients(network, parameters, covariates, xp), xp)
    scale, balanced = _balance(graph, numbers, xp)
    rates, vectors = _diagonalise_blocks(graph, numbers, xp)
    inputs = _table(_entering(graph, scale, vectors, {}), rates, xp)
    outputs = _table(_leaving(graph, numbers, scale, vectors, {}), rates, xp)
    return BlockModes(xp.stack(rates), _couple_blocks(graph, numbers, scale, vectors), inputs, outputs, balanced)


def _solve(graph: Structure, numbers: Coefficients, xp: Any, used: list[int]) -> Modes:
    numbers = _spread(numbers, xp)
    scale, balanced = _balance(graph, numbers, xp)
    rates, vectors = _diagonalise_blocks(graph, numbers, xp)
    coupling = _couple_blocks(graph, numbers, scale, vectors)
    links = {j: coupling[j, p] for j, p in enumerate(graph.chain) if p >= 0}
    forward = _eigenvectors(graph, rates, coupling, links, xp)
    inverse = _inverse(graph, rates, coupling, links, xp)
    entering = _entering(graph, scale, vectors, inverse)
    leaving = _leaving(graph, numbers, scale, vectors, forward)
    error = _error(graph, rates, links, entering, leaving, xp)
    error = [xp.where(balanced, x, xp.inf) for x in error]
    return _assemble(graph, rates, links, entering, leaving, error, used, xp)


def _spread(numbers: Coefficients, xp: Any) -> Coefficients:
    """Every coefficient as ``(lane,)``."""

    def spread(x: Any) -> Any:
        return xp.broadcast_to(xp.asarray(x, dtype=float), (numbers.lanes,))

    return Coefficients(
        [spread(x) for x in numbers.losses],
        {key: spread(x) for key, x in numbers.gains.items()},
        [{i: spread(x) for i, x in w.items()} for w in numbers.weights],
        numbers.lanes,
    )


# ----------------------------------------------------------------------------------------------------------- one block


def _balance(graph: Structure, numbers: Coefficients, xp: Any) -> tuple[list[Any], Any]:
    """D per position, and where it exists: both ways of every exchange open, or both shut."""
    scale = [xp.ones(numbers.lanes) for _ in range(graph.size)]
    balanced = xp.ones(numbers.lanes, dtype=bool)
    for tree in graph.trees:
        if tree is None:
            balanced = balanced & False
        for parent, child in tree or ():
            there, back = numbers.gains[child, parent], numbers.gains[parent, child]
            both = (there > 0.0) & (back > 0.0)
            balanced = balanced & (both | ((there == 0.0) & (back == 0.0)))
            ratio = xp.where(both, there, 1.0) / xp.where(both, back, 1.0)
            scale[child] = scale[parent] * xp.sqrt(ratio)
    return scale, balanced


def _diagonalise_blocks(graph: Structure, numbers: Coefficients, xp: Any) -> tuple[list[Any], Sparse]:
    """Poles lambda per mode, and V as (position, mode) -> value."""
    rates: list[Any] = [None] * graph.size
    vectors: Sparse = {}
    for block in graph.blocks:
        poles, basis = eigen_decomposition([[_symmetric(numbers, i, j, xp) for j in block] for i in block], xp)
        for m, pole in zip(block, poles, strict=True):
            rates[m] = xp.maximum(pole, 0.0)
        vectors.update({(i, m): basis[a][b] for a, i in enumerate(block) for b, m in enumerate(block)})
    return rates, vectors


def _symmetric(numbers: Coefficients, i: int, j: int, xp: Any) -> Any:
    """Element of -D^-1 A D."""
    if i == j:
        return numbers.losses[i]
    if (i, j) not in numbers.gains or (j, i) not in numbers.gains:
        return xp.zeros(numbers.lanes)
    product = numbers.gains[i, j] * numbers.gains[j, i]
    return -xp.where(product > 0.0, xp.sqrt(xp.where(product > 0.0, product, 1.0)), 0.0)


def _couple_blocks(graph: Structure, numbers: Coefficients, scale: list[Any], vectors: Sparse) -> Sparse:
    """T as (mode, upstream mode) -> value."""
    coupling: Sparse = {}
    for (i, j), gain in numbers.gains.items():
        below, above = graph.block_of(i), graph.block_of(j)
        if below is above:
            continue
        scaled = gain * scale[j] / scale[i]
        for n in below:
            for m in above:
                term = vectors[i, n] * scaled * vectors[j, m]
                coupling[n, m] = coupling[n, m] + term if (n, m) in coupling else term
    return coupling


# ------------------------------------------------------------------------------------------------- all blocks together


def _chain_of(graph: Structure, i: int) -> int:
    """First position of the chain that i belongs to."""
    while graph.chain[i] >= 0:
        i = graph.chain[i]
    return i


def _crossing(graph: Structure) -> list[tuple[int, int]]:
    """Pairs (upstream mode, downstream mode) of different blocks that are not of one chain."""
    return [
        (i, j)
        for i in range(graph.size)
        for j in range(i + 1, graph.size)
        if graph.reaches[i][j] and not graph.reaches[j][i] and _chain_of(graph, i) != _chain_of(graph, j)
    ]


def _gap(rates: list[Any], i: int, j: int, xp: Any) -> Any:
    """lambda_j - lambda_i, kept off zero."""
    gap = rates[j] - rates[i]
    least = _SMALLEST_GAP * (rates[i] + rates[j]) + _SMALLEST
    return xp.where(abs(gap) < least, least, gap)


def _eigenvectors(graph: Structure, rates: list[Any], coupling: Sparse, links: dict[int, Any], xp: Any) -> Sparse:
    """W as (mode, upstream mode) -> value; the unit diagonal is left out."""
    successor = {p: j for j, p in enumerate(graph.chain) if p >= 0}
    found: Sparse = {}
    crossing = set(_crossing(graph))
    for i in reversed(range(graph.size)):
        for j in range(i + 1, graph.size):
            if (i, j) not in crossing:
                continue
            terms = [coupling[j, i]] if (j, i) in coupling else []
            terms += [coupling[j, k] * found[k, i] for k in range(i + 1, j) if (j, k) in coupling and (k, i) in found]
            if i in successor and (j, successor[i]) in found:
                terms.append(-links[successor[i]] * found[j, successor[i]])
            if terms:
                found[j, i] = _total(terms) / _gap(rates, i, j, xp)
    return found


def _inverse(graph: Structure, rates: list[Any], coupling: Sparse, links: dict[int, Any], xp: Any) -> Sparse:
    """L as (mode, upstream mode) -> value; the unit diagonal is left out."""
    found: Sparse = {}
    crossing = set(_crossing(graph))
    for j in range(graph.size):
        for i in reversed(range(j)):
            if (i, j) not in crossing:
                continue
            terms = [-coupling[j, i]] if (j, i) in coupling else []
            terms += [-found[j, k] * coupling[k, i] for k in range(i + 1, j) if (j, k) in found and (k, i) in coupling]
            p = graph.chain[j]
            if p >= 0 and (p, i) in found:
                terms.append(links[j] * found[p, i])
            if terms:
                found[j, i] = _total(terms) / _gap(rates, i, j, xp)
    return found


def _total(terms: list[Any]) -> Any:
    total = terms[0]
    for x in terms[1:]:
        total = total + x
    return total


# ---------------------------------------------------------------------------------------------------------- in and out


def _entering(graph: Structure, scale: list[Any], vectors: Sparse, inverse: Sparse) -> list[dict[int, Any]]:
    """L V^T D^-1 B: per input, mode -> amplitude per mg."""
    entering = []
    for entry in graph.entries:
        block = graph.block_of(entry)
        own = {m: vectors[entry, m] / scale[entry] for m in block}
        below = {
            j: _total([inverse[j, m] * own[m] for m in block if (j, m) in inverse])
            for j in range(graph.size)
            if any((j, m) in inverse for m in block)
        }
        entering.append(own | below)
    return entering


def _leaving(
    graph: Structure, numbers: Coefficients, scale: list[Any], vectors: Sparse, forward: Sparse
) -> list[dict[int, Any]]:
    """C D V W: per output, mode -> weight."""
    leaving = []
    for weights in numbers.weights:
        own: dict[int, Any] = {}
        for i, weight in weights.items():
            for m in graph.block_of(i):
                term = weight * scale[i] * vectors[i, m]
                own[m] = own[m] + term if m in own else term
        terms = {i: [own[i]] if i in own else [] for i in range(graph.size)}
        for (j, i), x in forward.items():
            if j in own:
                terms[i].append(own[j] * x)
        leaving.append({i: _total(found) for i, found in terms.items() if found})
    return leaving


def _error(
    graph: Structure,
    rates: list[Any],
    links: dict[int, Any],
    entering: list[dict[int, Any]],
    leaving: list[dict[int, Any]],
    xp: Any,
) -> list[Any]:
    """Per input the worst output's bound, ``(lane,)``."""
    return [_error_of(graph, rates, links, amplitudes, leaving, xp) for amplitudes in entering]


def _error_of(
    graph: Structure,
    rates: list[Any],
    links: dict[int, Any],
    amplitudes: dict[int, Any],
    leaving: list[dict[int, Any]],
    xp: Any,
) -> Any:
    size: dict[int, Any] = {}
    area: dict[int, Any] = {}
    moment: dict[int, Any] = {}
    for m in sorted(amplitudes):
        rate, p = xp.maximum(rates[m], _SMALLEST), graph.chain[m]
        chained = p in amplitudes
        size[m] = abs(amplitudes[m]) + (links[m] / (e * rate) * size[p] if chained else 0.0)
        area[m] = (amplitudes[m] + (links[m] * area[p] if chained else 0.0)) / rate
        moment[m] = (area[m] + (links[m] * moment[p] if chained else 0.0)) / rate
    worst = 0.0
    for weights in leaving:
        shared = [m for m in sorted(amplitudes) if m in weights]
        if shared:
            y, ty = (_total([weights[m] * x[m] for m in shared]) for x in (area, moment))
            peak = y * y / (4.0 * xp.maximum(abs(ty), _SMALLEST))
            terms = _total([abs(weights[m]) * size[m] for m in shared])
            bound = _ROUNDING * terms / xp.maximum(peak, _SMALLEST)
            worst = xp.maximum(worst, xp.where(terms > 0.0, bound, 0.0))
    return worst


def _assemble(
    graph: Structure,
    rates: list[Any],
    links: dict[int, Any],
    entering: list[dict[int, Any]],
    leaving: list[dict[int, Any]],
    error: list[Any],
    used: list[int],
    xp: Any,
) -> Modes:
    zero = xp.zeros_like(rates[0])
    errors = xp.stack([xp.broadcast_to(x, zero.shape) for x in error])
    ok = xp.ones_like(zero, dtype=bool)
    for k in used:
        ok = ok & (errors[k] <= TOLERANCE)
    coupled, inputs, outputs = (_table(rows, rates, xp) for rows in ([links], entering, leaving))
    return Modes(xp.stack(rates), coupled[0], inputs, outputs, errors, ok)


def _table(rows: list[dict[int, Any]], rates: list[Any], xp: Any) -> Any:
    """Sparse rows as ``(row, mode, lane)``."""
    zero = xp.zeros_like(rates[0])
    return xp.stack([xp.stack([row.get(m, zero) for m in range(len(rates))]) for row in rows])
