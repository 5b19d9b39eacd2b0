r"""A linear network in solving order, and its numbers for a batch of people.

Compartments that exchange drug form blocks (strongly connected components). Sorted upstream first they make A block
lower triangular; a block whose exchanges form a tree is similar to a symmetric matrix, D^-1 A D with

    d_child / d_parent = sqrt(k_parent->child / k_child->parent),

so that it has an orthogonal eigenbasis. :mod:`quell.simulation.kinetic_modes` builds on both.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from quell.mechanisms.base import Formula
from quell.mechanisms.network import LinearNetwork, NetworkError, Transfer, everything, namespace


@dataclass(frozen=True, slots=True)
class Structure:
    """The graph in solving order; equal for networks that differ in their formulas only.

    Attributes
    ----------
    order
        Index in the declaration of the compartment at each position, upstream first.
    blocks
        Positions of each strongly connected component, in order.
    trees
        Per block the edges (parent, child) of its spanning tree, or None where the block is no tree of two-way
        exchanges (a cycle): such a block has no symmetric form.
    chain
        Position of the preceding compartment of a transit chain with the same rate constant, or -1.
    reaches
        ``reaches[i][j]``: drug at position i can come to position j.
    entries
        Position of each input's compartment.
    readings
        Positions with a weight in each output.
    """

    order: tuple[int, ...]
    blocks: tuple[tuple[int, ...], ...]
    trees: tuple[tuple[tuple[int, int], ...] | None, ...]
    chain: tuple[int, ...]
    reaches: tuple[tuple[bool, ...], ...]
    entries: tuple[int, ...]
    readings: tuple[tuple[int, ...], ...]

    @property
    def size(self) -> int:
        """Number of compartments."""
        return len(self.order)

    def block_of(self, position: int) -> tuple[int, ...]:
        """The block that holds a position."""
        return next(b for b in self.blocks if position in b)

    def excited(self, source: int) -> tuple[int, ...]:
        """Modes that an input into position ``source`` excites."""
        return tuple(j for j in range(self.size) if self.reaches[source][j])

    def seen(self, reading: int) -> tuple[int, ...]:
        """Modes that contribute to output ``reading``."""
        return tuple(i for i in range(self.size) if any(self.reaches[i][j] for j in self.readings[reading]))


@cache
def structure(network: LinearNetwork) -> Structure:
    """Sort the graph; see :class:`Structure`."""
    names = network.compartment_names
    edges = _edges(network)
    blocks = _topological_blocks(names, edges)
    order = tuple(names.index(n) for block in blocks for n in block)
    position = {names[k]: i for i, k in enumerate(order)}
    placed = {(position[a], position[b]) for a, b in edges}
    reaches = _closure(len(names), placed)
    numbered = tuple(tuple(position[n] for n in block) for block in blocks)
    return Structure(
        order=order,
        blocks=numbered,
        trees=tuple(_tree(block, placed) for block in numbered),
        chain=_chains(network, position, reaches),
        reaches=reaches,
        entries=tuple(position[x.compartment] for x in network.inputs),
        readings=tuple(tuple(sorted(position[n] for n in x.weights)) for x in network.outputs),
    )


def _edges(network: LinearNetwork) -> set[tuple[str, str]]:
    flows = {(t.source, target) for t in network.transfers for target in t.to}
    return flows | {(x.source, x.target) for x in network.links}


def _closure(size: int, edges: set[tuple[int, int]]) -> tuple[tuple[bool, ...], ...]:
    """Reachability, every position reaching itself."""
    reached = [[i == j or (i, j) in edges for j in range(size)] for i in range(size)]
    for k in range(size):
        for i in range(size):
            if reached[i][k]:
                reached[i] = [a or b for a, b in zip(reached[i], reached[k], strict=True)]
    return tuple(tuple(row) for row in reached)


def _topological_blocks(names: Sequence[str], edges: set[tuple[str, str]]) -> list[tuple[str, ...]]:
    """Strongly connected components, upstream first, ties in the order of the declaration."""
    index = {n: i for i, n in enumerate(names)}
    reach = _closure(len(names), {(index[a], index[b]) for a, b in edges})
    mutual = {n: tuple(x for x in names if reach[index[n]][index[x]] and reach[index[x]][index[n]]) for n in names}
    waiting = list(dict.fromkeys(mutual[n] for n in names))
    placed: list[tuple[str, ...]] = []
    while waiting:
        upstream = {n for block in waiting for n in block}
        ready = next(b for b in waiting if not any(reach[index[n]][index[b[0]]] for n in upstream.difference(b)))
        waiting.remove(ready)
        placed.append(ready)
    return placed


def _tree(block: tuple[int, ...], edges: set[tuple[int, int]]) -> tuple[tuple[int, int], ...] | None:
    """Edges (parent, child) from the block's first position outwards; None where the exchanges are no tree."""
    inner = {(a, b) for a, b in edges if a in block and b in block}
    if any((b, a) not in inner for a, b in inner) or len(inner) != 2 * (len(block) - 1):
        return None
    found, tree = [block[0]], []
    for parent in found:
        children = [b for b in block if (parent, b) in inner and b not in found]
        tree += [(parent, child) for child in children]
        found += children
    return tuple(tree)


def _chains(
    network: LinearNetwork, position: Mapping[str, int], reaches: tuple[tuple[bool, ...], ...]
) -> tuple[int, ...]:
    """Where a lone compartment follows another with the very same rate formula and by no other way."""
    leaving: dict[str, list[Transfer]] = {}
    for t in network.transfers:
        leaving.setdefault(t.source, []).append(t)
    chain = [-1] * len(position)
    for first, ways in leaving.items():
        for second in ways[0].to if len(ways) == 1 else ():
            onward = leaving.get(second, [])
            equal = len(onward) == 1 and onward[0].rate is ways[0].rate
            i, j = position[first], position[second]
            if equal and i not in chain and _alone(i, reaches) and _alone(j, reaches) and not _detour(i, j, reaches):
                chain[j] = i
    return tuple(chain)


def _alone(i: int, reaches: tuple[tuple[bool, ...], ...]) -> bool:
    return not any(reaches[i][k] and reaches[k][i] for k in range(len(reaches)) if k != i)


def _detour(i: int, j: int, reaches: tuple[tuple[bool, ...], ...]) -> bool:
    return any(reaches[i][k] and reaches[k][j] for k in range(len(reaches)) if k not in (i, j))


class Coefficients(NamedTuple):
    """The network's numbers, by position of :class:`Structure`.

    Attributes
    ----------
    losses
        Rate constant at which each compartment empties, 1/h (position -> value).
    gains
        (target, source) -> rate constant, 1/h.
    weights
        Per output, position -> weight.
    lanes
        Number of lanes (people); values are scalars or ``(lane,)``.
    """

    losses: list[Any]
    gains: dict[tuple[int, int], Any]
    weights: list[dict[int, Any]]
    lanes: int


def coefficients(network: LinearNetwork, parameters: Any, covariates: Any, xp: Any) -> Coefficients:
    """Evaluate every formula once.

    Parameters
    ----------
    parameters, covariates
        Mappings or namespaces of scalars and ``(lane,)`` arrays, by parameter name and by covariate.
    xp
        ``numpy`` or ``jax.numpy``.
    """
    p, v = namespace(parameters), namespace(covariates)
    once: dict[int, Any] = {}

    def value(formula: Formula) -> Any:
        if id(formula) not in once:
            once[id(formula)] = formula(v, p, xp)
        return once[id(formula)]

    position = _positions(network)
    losses, gains = _flows(network, position, value)
    weights = [{position[n]: value(f) for n, f in x.weights.items()} for x in network.outputs]
    lanes = {s for x in once.values() for s in xp.shape(x)} or {1}
    if len(lanes - {1}) > 1:
        raise NetworkError(f"{network.name}: arrays of {sorted(lanes)} people do not fit together")
    return Coefficients(losses, gains, weights, max(lanes))


def _positions(network: LinearNetwork) -> dict[str, int]:
    names = network.compartment_names
    return {names[k]: i for i, k in enumerate(structure(network).order)}


def _flows(
    network: LinearNetwork, position: Mapping[str, int], value: Callable[[Formula], Any]
) -> tuple[list[Any], dict[tuple[int, int], Any]]:
    losses: list[Any] = [None] * len(position)
    gains: dict[tuple[int, int], Any] = {}

    def lose(name: str, rate: Any) -> None:
        i = position[name]
        losses[i] = rate if losses[i] is None else losses[i] + rate

    def gain(target: str, source: str, rate: Any) -> None:
        key = position[target], position[source]
        gains[key] = gains[key] + rate if key in gains else rate

    for t in network.transfers:
        lose(t.source, value(t.rate))
        for target, share in t.to.items():
            gain(target, t.source, value(t.rate) if share is everything else value(share) * value(t.rate))
    for x in network.links:
        lose(x.target, value(x.rate))
        gain(x.target, x.source, value(x.rate))
    return [0.0 if x is None else x for x in losses], gains


def rate_matrix(numbers: Coefficients, xp: Any) -> Any:
    """A, 1/h, ``(lane, position, position)``."""
    size, zero = len(numbers.losses), xp.zeros(numbers.lanes)
    cells = [[numbers.gains.get((i, j), zero) for j in range(size)] for i in range(size)]
    for i in range(size):
        cells[i][i] = -numbers.losses[i]
    rows = [xp.stack([xp.broadcast_to(x, zero.shape) for x in row], axis=-1) for row in cells]
    return xp.stack(rows, axis=-2)


def output_matrix(numbers: Coefficients, xp: Any) -> Any:
    """C, output unit per amount, ``(lane, output, position)``."""
    size, zero = len(numbers.losses), xp.zeros(numbers.lanes)
    rows = [[xp.broadcast_to(w.get(i, zero), zero.shape) for i in range(size)] for w in numbers.weights]
    return xp.stack([xp.stack(row, axis=-1) for row in rows], axis=-2)


def input_matrix(network: LinearNetwork, xp: Any) -> Any:
    """B, ``(position, input)``: 1 where an input enters."""
    entries = structure(network).entries
    return xp.asarray([[float(i == e) for e in entries] for i in range(structure(network).size)])
