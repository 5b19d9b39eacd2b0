r"""Places the boxes of a directed graph in rows, so that every arrow points down and meets no other box.

Four steps (Sugiyama, Tagawa and Toda 1981): a row per rank (longest path from a source); a slot in every row that an
arrow passes, and a row of its own for its label; an order within rows with few crossings (barycentres, then swaps of
neighbours); abscissas x that minimise, row by row,

    \sum_i w_i (x_i - where i's neighbours want it)^2      subject to      x_{i+1} - x_i >= half widths + gap,

which is an isotonic regression; a neighbour wants an arrow to end anywhere below or above itself. No randomness: one
graph, one picture. Lengths in pixels, y downwards.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 24
_ALIGNMENTS = 60
_LOOSE, _STRAIGHT = 1.0, 8.0
_PORT_GAP, _PORT_MARGIN = 18.0, 22.0

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Node:
    """Something with a size."""

    key: str
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Link:
    """An arrow.

    Parameters
    ----------
    label
        Width and height of its label; (0, 0) for none.
    leaves, enters
        Where it leaves the source and enters the target, from the middle of the box; None to choose.
    """

    source: str
    target: str
    label: tuple[float, float] = (0.0, 0.0)
    leaves: float | None = None
    enters: float | None = None


@dataclass(frozen=True, slots=True)
class Route:
    """An arrow's way: straight down within a row, free between rows.

    Attributes
    ----------
    points
        Per row that it meets: where it enters and where it leaves, straight below; it enters the first at the source's
        lower edge and leaves the last at the target's upper edge.
    label
        Middle of its label, or None.
    """

    points: tuple[tuple[Point, Point], ...]
    label: Point | None


@dataclass(frozen=True, slots=True)
class Layout:
    """Middles of the nodes, ways of the links in their order, and the size of the whole."""

    width: float
    height: float
    nodes: Mapping[str, Point]
    routes: tuple[Route, ...]


@dataclass(slots=True)
class _Slot:
    """A node, or the place of an arrow in a row that it passes; ``tall`` is the height of the row."""

    width: float
    height: float
    bends: bool
    x: float = 0.0
    y: float = 0.0
    tall: float = 0.0


@dataclass(frozen=True, slots=True)
class _Rows:
    """Slots by row, who is joined to whom in the rows above and below, and given ports: (slot, towards) -> shift."""

    slots: list[_Slot]
    rows: list[list[int]]
    above: list[list[int]]
    below: list[list[int]]
    chains: list[list[int]]
    ports: dict[tuple[int, int], float]


def layered(nodes: Sequence[Node], links: Sequence[Link], gap: tuple[float, float] = (28.0, 22.0)) -> Layout:
    """Place an acyclic graph.

    Parameters
    ----------
    nodes
        In the order that is kept where nothing speaks against it.
    gap
        Least distance between neighbours in a row, and between rows.

    Raises
    ------
    ValueError
        The links form a loop.
    """
    graph = _rows(nodes, links)
    _sort_rows(graph)
    _align(graph, gap[0])
    height = _stack(graph, gap[1])
    left = min(s.x - s.width / 2 for s in graph.slots)
    for s in graph.slots:
        s.x -= left
    width = max(s.x + s.width / 2 for s in graph.slots)
    placed = {node.key: (graph.slots[i].x, graph.slots[i].y) for i, node in enumerate(nodes)}
    return Layout(width, height, placed, tuple(_routes(graph, links)))


# ----------------------------------------------------------------------------------------------------------------- rows


def _ranks(nodes: Sequence[Node], links: Sequence[Link]) -> dict[str, int]:
    """Longest path from a source; a source itself stands just above the first that needs it."""
    rank: dict[str, int] = {}
    while len(rank) < len(nodes):
        sources = {n.key: [x.source for x in links if x.target == n.key] for n in nodes if n.key not in rank}
        ready = [key for key, above in sources.items() if all(a in rank for a in above)]
        if not ready:
            raise ValueError(f"a loop through {', '.join(sources)}")
        rank |= {key: 1 + max((rank[a] for a in sources[key]), default=-1) for key in ready}
    for node in nodes:
        below = [rank[x.target] for x in links if x.source == node.key]
        if below and not any(x.target == node.key for x in links):
            rank[node.key] = min(below) - 1
    return rank


def _rows(nodes: Sequence[Node], links: Sequence[Link]) -> _Rows:
    """Nodes in even rows; labels and passing arrows between them."""
    rank = _ranks(nodes, links)
    slots = [_Slot(n.width, n.height, False) for n in nodes]
    graph = _Rows(slots, [[] for _ in range(2 * max(rank.values()) + 1)], [], [], [], {})
    index = {node.key: i for i, node in enumerate(nodes)}
    for node in nodes:
        graph.rows[2 * rank[node.key]].append(index[node.key])
    crowded = [0.0] * len(graph.rows)
    for link in links:
        first, last = 2 * rank[link.source], 2 * rank[link.target]
        labelled = first + 1 if crowded[first + 1] <= crowded[last - 1] else last - 1
        crowded[labelled] += link.label[0]
        graph.chains.append([index[link.source], *_passing(graph, link, first, last, labelled), index[link.target]])
    _join(graph, links)
    return graph


def _join(graph: _Rows, links: Sequence[Link]) -> None:
    """Note who stands next to whom, and the given ports."""
    graph.above.extend([] for _ in graph.slots)
    graph.below.extend([] for _ in graph.slots)
    for link, chain in zip(links, graph.chains, strict=True):
        for a, b in pairwise(chain):
            graph.below[a].append(b)
            graph.above[b].append(a)
        if link.leaves is not None:
            graph.ports[chain[0], chain[1]] = link.leaves
        if link.enters is not None:
            graph.ports[chain[-1], chain[-2]] = link.enters


def _passing(graph: _Rows, link: Link, first: int, last: int, labelled: int) -> list[int]:
    """New slots for one arrow in every row between its ends."""
    passing = []
    for row in range(first + 1, last):
        size = link.label if row == labelled else (0.0, 0.0)
        graph.slots.append(_Slot(*size, True))
        graph.rows[row].append(len(graph.slots) - 1)
        passing.append(len(graph.slots) - 1)
    return passing


# ---------------------------------------------------------------------------------------------------------------- order


def _sort_rows(graph: _Rows) -> None:
    """Sweep down and up by barycentres, keep the order with the fewest crossings, then swap neighbours."""
    best, fewest = [list(row) for row in graph.rows], _crossings(graph)
    for sweep in range(_SWEEPS):
        down = sweep % 2 == 0
        for row in graph.rows if down else reversed(graph.rows):
            _sort_by_neighbours(graph, row, graph.above if down else graph.below)
        if (found := _crossings(graph)) < fewest:
            best, fewest = [list(row) for row in graph.rows], found
    graph.rows[:] = best
    while _swap_neighbours(graph):
        pass


def _sort_by_neighbours(graph: _Rows, row: list[int], neighbours: list[list[int]]) -> None:
    place = _places(graph)
    wanted = {i: sum(place[n] for n in neighbours[i]) / len(neighbours[i]) if neighbours[i] else place[i] for i in row}
    row.sort(key=lambda i: wanted[i])


def _places(graph: _Rows) -> dict[int, float]:
    """Relative place of every slot in its row, 0 to 1."""
    return {i: (k + 0.5) / len(row) for row in graph.rows for k, i in enumerate(row)}


def _crossings(graph: _Rows) -> int:
    place = _places(graph)
    return sum(_crossed(graph, row, place) for row in graph.rows)


def _crossed(graph: _Rows, row: Sequence[int], place: Mapping[int, float]) -> int:
    """Crossings between the arrows that leave a row downwards."""
    ends = [place[b] for a in row for b in sorted(graph.below[a], key=place.__getitem__)]
    starts = [k for k, a in enumerate(row) for _ in graph.below[a]]
    return sum(starts[i] < starts[j] and ends[i] > ends[j] for i in range(len(ends)) for j in range(i + 1, len(ends)))


def _swap_neighbours(graph: _Rows) -> bool:
    """One pass; True if some swap removed a crossing."""
    helped = False
    for row in graph.rows:
        for k in range(len(row) - 1):
            before = _crossings(graph)
            row[k], row[k + 1] = row[k + 1], row[k]
            if _crossings(graph) < before:
                helped = True
            else:
                row[k], row[k + 1] = row[k + 1], row[k]
    return helped


# ------------------------------------------------------------------------------------------------------------ abscissas


def _align(graph: _Rows, gap: float) -> None:
    """Move every slot towards its neighbours, row by row, down and up."""
    for row in graph.rows:
        _space(graph, row, [0.0] * len(row), [1.0] * len(row), gap)
    for turn in range(_ALIGNMENTS):
        for row in graph.rows if turn % 2 == 0 else reversed(graph.rows):
            pulls = [_pull(graph, i) for i in row]
            _space(graph, row, [x for x, _ in pulls], [w for _, w in pulls], gap)


def _pull(graph: _Rows, i: int) -> tuple[float, float]:
    """Where a slot's neighbours want it, and how strongly; two bends in a row pull each other straight."""
    wishes = [_wish(graph, i, n) for n in graph.above[i] + graph.below[i]]
    strength = sum(w for _, w in wishes)
    return (sum(w * x for x, w in wishes) / strength, strength) if wishes else (graph.slots[i].x, _LOOSE)


def _wish(graph: _Rows, i: int, n: int) -> tuple[float, float]:
    """The nearest place for slot i at which its arrow to slot n is straight; the wider has room for ports."""
    slot, neighbour = graph.slots[i], graph.slots[n]
    if slot.bends and neighbour.bends:
        return neighbour.x, _STRAIGHT
    if (i, n) in graph.ports or (n, i) in graph.ports:
        return neighbour.x + graph.ports.get((n, i), 0.0) - graph.ports.get((i, n), 0.0), _LOOSE
    reach = max(_reach(slot), _reach(neighbour))
    return min(max(slot.x, neighbour.x - reach), neighbour.x + reach), _LOOSE


def _reach(slot: _Slot) -> float:
    """How far from the middle of a box an arrow may begin or end."""
    return 0.0 if slot.bends else max(slot.width / 2 - _PORT_MARGIN, 0.0)


def _space(graph: _Rows, row: Sequence[int], wanted: Sequence[float], weights: Sequence[float], gap: float) -> None:
    widths = [graph.slots[i].width for i in row]
    apart = [(a + b) / 2 + gap for a, b in pairwise(widths)]
    for i, x in zip(row, spaced(wanted, weights, apart), strict=True):
        graph.slots[i].x = x


def spaced(wanted: Sequence[float], weights: Sequence[float], apart: Sequence[float]) -> list[float]:
    """Places nearest to the wanted ones (weighted least squares) whose neighbours keep their distance.

    Parameters
    ----------
    wanted, weights
        One each, in order.
    apart
        Least distances between neighbours, one fewer.
    """
    offsets = [0.0]
    for distance in apart:
        offsets.append(offsets[-1] + distance)
    blocks: list[tuple[float, float, int]] = []
    for x, w, shift in zip(wanted, weights, offsets, strict=False):
        mean, weight, count = x - shift, w, 1
        while blocks and blocks[-1][0] > mean:
            other, heavier, more = blocks.pop()
            mean = (mean * weight + other * heavier) / (weight + heavier)
            weight, count = weight + heavier, count + more
        blocks.append((mean, weight, count))
    level = [mean for mean, _, count in blocks for _ in range(count)]
    return [x + shift for x, shift in zip(level, offsets, strict=False)]


# ---------------------------------------------------------------------------------------------------- ordinates, routes


def _stack(graph: _Rows, gap: float) -> float:
    """Rows from the top down; returns the whole height."""
    top = 0.0
    for row in graph.rows:
        tall = max((graph.slots[i].height for i in row), default=0.0)
        for i in row:
            graph.slots[i].y, graph.slots[i].tall = top + tall / 2, tall
        top += tall + gap
    return top - gap


def _routes(graph: _Rows, links: Sequence[Link]) -> list[Route]:
    leaving = _ports(graph, links, outwards=True)
    entering = _ports(graph, links, outwards=False)
    routes = []
    for k, (link, chain) in enumerate(zip(links, graph.chains, strict=True)):
        source, target = graph.slots[chain[0]], graph.slots[chain[-1]]
        passed = [graph.slots[i] for i in chain[1:-1]]
        down = _down(leaving[k], source.y + source.height / 2, source.y + source.tall / 2)
        through = [_down(s.x, s.y - s.tall / 2, s.y + s.tall / 2) for s in passed]
        arrives = _down(entering[k], target.y - target.tall / 2, target.y - target.height / 2)
        label = next(((s.x, s.y) for s in passed if s.width > 0), None) if link.label[0] else None
        routes.append(Route((down, *through, arrives), label))
    return routes


def _down(x: float, top: float, bottom: float) -> tuple[Point, Point]:
    return (x, top), (x, bottom)


def _ports(graph: _Rows, links: Sequence[Link], outwards: bool) -> dict[int, float]:
    """Abscissa at which each link leaves (or enters) its box: below its next slot as far as the box reaches."""
    at: dict[int, list[int]] = {}
    for k, chain in enumerate(graph.chains):
        at.setdefault(chain[0 if outwards else -1], []).append(k)
    ports: dict[int, float] = {}
    for i, mine in at.items():
        shifts = {k: links[k].leaves if outwards else links[k].enters for k in mine}
        ports |= {k: graph.slots[i].x + shift for k, shift in shifts.items() if shift is not None}
        following = {k: graph.slots[graph.chains[k][1 if outwards else -2]].x for k in mine if shifts[k] is None}
        ports |= _spread(graph.slots[i], following)
    return ports


def _spread(box: _Slot, following: Mapping[int, float]) -> dict[int, float]:
    """Ports of one side of a box, near the slots that follow, within its reach and apart from each other."""
    order = sorted(following, key=following.__getitem__)
    low, high = box.x - _reach(box), box.x + _reach(box)
    room = min(_PORT_GAP, (high - low) / max(len(order) - 1, 1))
    wanted = [min(max(following[k], low), high) for k in order]
    found = spaced(wanted, [1.0] * len(order), [room] * (len(order) - 1))
    shift = max(low - found[0], 0.0) + min(high - found[-1], 0.0) if found else 0.0
    return {k: x + shift for k, x in zip(order, found, strict=True)}
