"""A linear network as a strip of compartments from left to right; networks that differ in formulas only share one.

Compartments that exchange drug stand above each other; a triangle marks where a dose can enter, a coloured frame what
is read as a concentration, a dashed line what follows without taking drug.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from markupsafe import Markup

from quell.mechanisms.network import LinearNetwork
from quell.mechanisms.network_structure import structure
from quell.report.diagram_text import STYLES, split
from quell.report.layered_layout import Layout, Link, Node, Point, Route, layered

_WIDE, _TALL = 112.0, 38.0
_BETWEEN = 10.0
_GAP = (8.0, 9.0)
_TITLE = 22.0
_DOSE = Markup('<path class="dose" d="M{} {}l8 5l-8 5z"/>').format(-_WIDE / 2 - 5.0, 4.0 - _TALL / 2)


@dataclass(frozen=True, slots=True)
class _Flow:
    """Drug going from one compartment to another, or a compartment that follows another."""

    source: str
    target: str
    follows: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """Networks of one shape, laid out."""

    networks: tuple[LinearNetwork, ...]
    columns: tuple[tuple[str, ...], ...]
    flows: tuple[_Flow, ...]
    layout: Layout

    @property
    def width(self) -> float:
        """Width in pixels."""
        return self.layout.height

    @property
    def height(self) -> float:
        """Height in pixels, title included."""
        return self.layout.width + _TITLE

    def drawn(self, x: float, y: float) -> Markup:
        """The strip with its upper left corner at a point."""
        middles = self._middles()
        flows = [_flow(f, route) for f, route in zip(self.flows, self.layout.routes, strict=True)]
        inner = [_exchange(middles[a], middles[b]) for a, b in _exchanges(self.networks[0], self.columns)]
        chips = [self._chip(name, middles[name]) for name in self.networks[0].compartment_names]
        title = "  ·  ".join(network.title for network in self.networks)
        return Markup(
            '<g transform="translate({x} {y:.1f})"><text class="strip" y="11">{title}</text>'
            '<g transform="translate(0 {down})">{parts}</g></g>'
        ).format(x=x, y=y, title=title, down=_TITLE, parts=Markup("\n").join([*flows, *inner, *chips]))

    def _middles(self) -> dict[str, Point]:
        places: dict[str, Point] = {}
        for column in self.columns:
            across, down = self.layout.nodes[column[0]]
            for name, shift in _shifts(column).items():
                places[name] = (down, across + shift)
        return places

    def _chip(self, name: str, middle: Point) -> Markup:
        network = self.networks[0]
        pool = next(c for c in network.compartments if c.name == name)
        lines = split(pool.title, _WIDE - 8.0, "chip")
        doses = [x.title for x in network.inputs if x.compartment == name]
        readings = [o.title for n in self.networks for o in n.outputs if name in o.weights]
        told = "; ".join([f"{name}, {pool.unit}", *(f"dose {d}" for d in doses), *(f"read: {r}" for r in readings)])
        return Markup(
            '<g transform="translate({x:.1f} {y:.1f})"><title>{told}</title>'
            '<rect class="pool{read}" x="{left}" y="{top}" width="{w}" height="{h}" rx="6"/>{dose}{lines}</g>'
        ).format(
            x=middle[0],
            y=middle[1],
            told=told,
            read=" read" if readings else "",
            left=-_WIDE / 2,
            top=-_TALL / 2,
            w=_WIDE,
            h=_TALL,
            dose=_DOSE if doses else "",
            lines=_centred(lines),
        )


def strips(networks: Sequence[LinearNetwork]) -> tuple[Strip, ...]:
    """One strip for each shape among the networks, in their order."""
    shapes: dict[tuple[object, ...], list[LinearNetwork]] = {}
    for network in networks:
        shapes.setdefault((network.compartments, structure(network)), []).append(network)
    return tuple(_strip(tuple(same)) for same in shapes.values())


def _strip(networks: tuple[LinearNetwork, ...]) -> Strip:
    columns = _columns(networks[0])
    home = {name: column for column in columns for name in column}
    flows = tuple(f for f in _flows(networks[0]) if home[f.source] != home[f.target])
    shift = {name: s for column in columns for name, s in _shifts(column).items()}
    nodes = [Node(c[0], len(c) * _TALL + (len(c) - 1) * _BETWEEN, _WIDE) for c in columns]
    ports = {name: shift[name] if len(column) > 1 else None for name, column in home.items()}
    links = [Link(home[f.source][0], home[f.target][0], leaves=ports[f.source], enters=ports[f.target]) for f in flows]
    return Strip(networks, columns, flows, layered(nodes, links, _GAP))


def _flows(network: LinearNetwork) -> Iterable[_Flow]:
    yield from (_Flow(t.source, target, False) for t in network.transfers for target in t.to)
    yield from (_Flow(x.source, x.target, True) for x in network.links)


def _columns(network: LinearNetwork) -> tuple[tuple[str, ...], ...]:
    """Compartments that exchange drug, together; the one that others reach in the middle."""
    order = structure(network)
    names = tuple(network.compartment_names[i] for i in order.order)
    blocks = [tuple(names[i] for i in block) for block in order.blocks]
    return tuple(_centre_busiest(block, tuple(_flows(network))) for block in blocks)


def _centre_busiest(block: tuple[str, ...], flows: Sequence[_Flow]) -> tuple[str, ...]:
    busy = {name: sum(name in (f.source, f.target) for f in flows) for name in block}
    ranked = sorted(block, key=lambda name: -busy[name])
    return (*ranked[1::2][::-1], *ranked[0::2])


def _shifts(column: Sequence[str]) -> dict[str, float]:
    """How far below the column's middle each compartment stands."""
    return {name: (i - (len(column) - 1) / 2) * (_TALL + _BETWEEN) for i, name in enumerate(column)}


def _exchanges(network: LinearNetwork, columns: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """Neighbours in a column that pass drug to each other."""
    pairs = {(f.source, f.target) for f in _flows(network)}
    return [(a, b) for column in columns for a, b in pairwise(column) if (a, b) in pairs or (b, a) in pairs]


def _flow(flow: _Flow, route: Route) -> Markup:
    """The layout runs down and the strip to the right, so abscissa and ordinate change places."""
    (y, x), *_ = route.points[0]
    path = f"M{x:.1f} {y:.1f}"
    for (b, a), (_, c) in route.points:
        middle = (x + a) / 2
        path += f"C{middle:.1f} {y:.1f} {middle:.1f} {b:.1f} {a:.1f} {b:.1f}H{c:.1f}"
        y, x = b, c
    head = f"M{x:.1f} {y:.1f}l-6 -3.5v7z"
    return Markup('<path class="flow{follows}" d="{path}"/><path class="flow head" d="{head}"/>').format(
        follows=" follows" if flow.follows else "", path=path, head=head
    )


def _exchange(first: Point, second: Point) -> Markup:
    x, top, bottom = first[0], first[1] + _TALL / 2, second[1] - _TALL / 2
    return Markup('<path class="flow" d="M{x:.1f} {top:.1f}V{bottom:.1f}"/>').format(x=x, top=top, bottom=bottom)


def _centred(lines: Sequence[str]) -> Markup:
    step = STYLES["chip"][1]
    top = -step * (len(lines) - 1) / 2 + 3.5
    text = Markup('<text class="chip" y="{y:.1f}">{text}</text>')
    return Markup("").join(text.format(y=top + step * i, text=t) for i, t in enumerate(lines))
