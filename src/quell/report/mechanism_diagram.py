"""The wiring as a picture: one self-contained SVG, from dose to symptoms, light or dark as the reader's screen is.

The first box is the kinetics with their networks, then one box a mechanism, upstream first; an arrow names the values
that it carries. All of it comes from :mod:`quell.mechanisms.wiring`; places come from
:mod:`quell.report.layered_layout`. Lengths in pixels.
"""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from quell.mechanisms.wiring import OUTSIDE, Arrow, Box, Value, Wiring, arrows_into
from quell.report.colours import hue
from quell.report.diagram_style import diagram_style
from quell.report.diagram_text import Line, text_width, wrapped
from quell.report.layered_layout import Layout, Link, Node, Point, Route, layered
from quell.report.network_diagram import Strip, strips

BOX = 270.0
_MARGIN, _PAD = 36.0, 16.0
_HEADER = 92.0
_LABEL_LINE = 14.0
_ROOM = 5.0
_GAP = (30.0, 28.0)
_EM = "\u2003"
_LEGEND = (
    "● measured in people",
    "○ never measured in people",
    "◆ contested, a switch",
    "▶ a dose can enter",
    "framed: its level is read",
)
_FROM = {"person": "from the person", "treatment": "from the treatment", "event": "at an event"}


def draw_wiring(wiring: Wiring, heading: str = "From dose to symptoms") -> str:
    """An SVG document that shows the boxes, their states and the values that join them.

    Parameters
    ----------
    heading
        The title at the top, which is also the document's.
    """
    boxes = {box.name: _Card(box, hue(i, len(wiring.boxes))) for i, box in enumerate(wiring.boxes)}
    arrows = wiring.arrows
    layout = layered(
        [Node(name, card.width, card.height) for name, card in boxes.items()],
        [Link(x.source, x.target, _label_size(x)) for x in arrows],
        _GAP,
    )
    body = [_arrow(x, route, boxes[x.source].hue) for x, route in zip(arrows, layout.routes, strict=True)]
    body += [card.drawn(layout.nodes[name]) for name, card in boxes.items()]
    return str(_document(wiring, heading, layout, Markup("\n").join(body)))


def _document(wiring: Wiring, heading: str, layout: Layout, body: Markup) -> Markup:
    width, height = layout.width + 2 * _MARGIN, layout.height + _HEADER + 2 * _MARGIN
    return Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {w} {h}" width="{w}" height="{h}" role="img" '
        'aria-labelledby="wiring-title wiring-description">\n<title id="wiring-title">{heading}</title>\n'
        '<desc id="wiring-description">{description}</desc>\n<style>{style}</style>\n'
        '<rect class="paper" width="100%" height="100%"/>\n{header}\n'
        '<g transform="translate({x} {y})">\n{body}\n</g>\n</svg>\n'
    ).format(
        w=round(width),
        h=round(height),
        heading=heading,
        description=described(wiring),
        style=diagram_style(),
        header=_header(wiring, heading),
        x=_MARGIN,
        y=_MARGIN + _HEADER,
        body=body,
    )


def described(wiring: Wiring) -> str:
    """The picture in words, one sentence a box."""
    return " ".join(_sentence(box, wiring) for box in wiring.boxes)


def _sentence(box: Box, wiring: Wiring) -> str:
    reads = [
        f"{', '.join(v.name for v in x.values)} from {wiring.box(x.source).title}"
        for x in arrows_into(box)
        if x.source in wiring.names
    ]
    return f"{box.title} reads {'; '.join(reads)}." if reads else f"{box.title} begins the story."


def _header(wiring: Wiring, heading: str) -> Markup:
    counted = f"{len(wiring.boxes)} steps, {sum(len(b.states) for b in wiring.boxes)} states besides the compartments."
    lines = (f"{counted} An arrow names the values that it carries.", _EM.join(_LEGEND))
    text = Markup('<text class="{kind}" x="{x}" y="{y}">{text}</text>')
    parts = [text.format(kind="heading", x=_MARGIN, y=_MARGIN + 24, text=heading)]
    parts += [text.format(kind="lead", x=_MARGIN, y=_MARGIN + 52 + 19 * i, text=t) for i, t in enumerate(lines)]
    return Markup("\n").join(parts)


# ---------------------------------------------------------------------------------------------------------------- boxes


class _Card:
    """A box ready to be drawn: its lines, the strips of its networks, its size."""

    def __init__(self, box: Box, colour: str) -> None:
        self.box, self.hue = box, colour
        self.strips: tuple[Strip, ...] = strips(box.networks)
        self.width = max([BOX, *(s.width + 2 * _PAD for s in self.strips)])
        self.lines = tuple(_lines(box, self.width - 2 * _PAD))
        self.above = 14.0 + sum(line.height for line in self.lines)
        self.height = self.above + 12.0 + sum(s.height + 8.0 for s in self.strips)

    def drawn(self, middle: Point) -> Markup:
        """The box around its middle."""
        x, y = middle[0] - self.width / 2, middle[1] - self.height / 2
        return Markup(
            '<g class="box {hue}" transform="translate({x:.1f} {y:.1f})">'
            '<rect class="card" width="{w}" height="{h:.1f}" rx="10"/>'
            '<rect class="spine" y="12" width="4" height="{inner:.1f}" rx="2"/>\n{lines}{strips}</g>'
        ).format(
            hue=self.hue,
            x=x,
            y=y,
            w=self.width,
            h=self.height,
            inner=self.height - 24,
            lines=self._text(),
            strips=self._strips(),
        )

    def _text(self) -> Markup:
        y, drawn = 14.0, []
        for line in self.lines:
            y += line.height
            drawn.append(line.drawn(_PAD, self.width - _PAD, y - 5.0))
        return Markup("\n").join(drawn)

    def _strips(self) -> Markup:
        y, drawn = self.above + 8.0, []
        for strip in self.strips:
            drawn.append(strip.drawn(_PAD, y))
            y += strip.height + 8.0
        return Markup("\n").join(drawn)


def _lines(box: Box, width: float) -> Iterable[Line]:
    """What a box says: title, doses, states, what comes from outside, switches."""
    yield from wrapped(box.title, width, "title")
    for routes in dict.fromkeys(box.routes.values()):
        drugs = [drug for drug, ways in box.routes.items() if ways == routes]
        yield from wrapped(f"{', '.join(drugs)}: {', '.join(routes)}", width, "quiet")
    for i, state in enumerate(box.states):
        unit, mark = "" if state.unit == "1" else state.unit, "○" if state.latent else "●"
        above = 0.0 if i else _ROOM
        yield from wrapped(state.title, width, "state", mark=mark, right=unit, tooltip=state.name, above=above)
    outside = {writer: [x for x in box.reads if x.writer == writer] for writer in OUTSIDE}
    for i, (writer, values) in enumerate((w, v) for w, v in outside.items() if v):
        text, above = f"{_FROM[writer]}: {', '.join(x.name for x in values)}", 0.0 if i else _ROOM
        yield from wrapped(text, width, "outside", tooltip=_titles(values), above=above)
    for i, switch in enumerate(box.switches):
        told, above = f"{switch.name}: {', '.join(switch.choices)}", 0.0 if i else _ROOM
        yield from wrapped(switch.title, width, "switch", mark="◆", tooltip=told, above=above)


def _titles(values: Iterable[Value]) -> str:
    return "; ".join(f"{x.name}: {x.title}" + ("" if x.unit == "1" else f", {x.unit}") for x in values)


# --------------------------------------------------------------------------------------------------------------- arrows


def _label_size(arrow: Arrow) -> Point:
    return max(text_width(x.name, "value") for x in arrow.values) + 10.0, _LABEL_LINE * len(arrow.values) + 4.0


def _arrow(arrow: Arrow, route: Route, colour: str) -> Markup:
    end = route.points[-1][1]
    return Markup('<g class="arrow {hue}"><path d="{path}"/>{head}{label}</g>').format(
        hue=colour,
        path=path_down(route, _label_size(arrow)[1]),
        head=Markup('<path class="head" d="M{a:.1f} {b:.1f}l5 -9h-10z"/>').format(a=end[0], b=end[1]),
        label=_label(arrow.values, route.label) if route.label else "",
    )


def path_down(route: Route, gap: float) -> str:
    """SVG path along a route, with a gap where its label stands."""
    path, at = "", route.points[0][0]
    for (x, top), (_, bottom) in route.points:
        path += _bend(at, (x, top)) if path else f"M{x:.1f} {top:.1f}"
        if route.label and top < route.label[1] < bottom:
            path += f"V{route.label[1] - gap / 2:.1f}M{x:.1f} {route.label[1] + gap / 2:.1f}"
        path += f"V{bottom:.1f}"
        at = (x, bottom)
    return path


def _bend(at: Point, to: Point) -> str:
    """A curve that leaves and arrives straight down."""
    middle = (at[1] + to[1]) / 2
    return f"C{at[0]:.1f} {middle:.1f} {to[0]:.1f} {middle:.1f} {to[0]:.1f} {to[1]:.1f}"


def _label(values: Sequence[Value], middle: Point) -> Markup:
    top = middle[1] - _LABEL_LINE * (len(values) - 1) / 2 + 4.0
    lines = [
        Markup('<text class="value" x="{x:.1f}" y="{y:.1f}"><title>{title}</title>{name}</text>').format(
            x=middle[0], y=top + _LABEL_LINE * i, title=_titles([v]), name=v.name
        )
        for i, v in enumerate(values)
    ]
    return Markup("").join(lines)
