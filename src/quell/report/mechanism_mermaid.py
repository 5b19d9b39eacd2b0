"""The wiring as Mermaid text, for pages that draw diagrams from text."""

from collections.abc import Iterable

from quell.mechanisms.wiring import Arrow, Box, Wiring

_ENTITIES = {"#": "#35;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "&": "#amp;", "`": "#96;", "\\": "#92;"}


def mermaid(wiring: Wiring) -> str:
    """A Mermaid flow chart, from dose to symptoms: boxes with their states, arrows with the values that they carry."""
    lines = ["flowchart TD"]
    lines += [_box(box) for box in wiring.boxes]
    lines += [_arrow(arrow) for arrow in wiring.arrows]
    return "\n    ".join(lines) + "\n"


def _box(box: Box) -> str:
    words = [f"<b>{_said(box.title)}</b>", *(_said(state) for state in _states(box))]
    return f'{_node(box.name)}["{_joined(words)}"]'


def _states(box: Box) -> Iterable[str]:
    yield from (state.title for state in box.states)
    for network in box.networks:
        yield f"{network.title}: {len(network.compartments)} compartments"


def _arrow(arrow: Arrow) -> str:
    carried = _joined(_said(value.name) for value in arrow.values)
    return f'{_node(arrow.source)} -->|"{carried}"| {_node(arrow.target)}'


def _node(name: str) -> str:
    """An identifier that cannot be one of Mermaid's own words."""
    return f"box_{name}"


def _joined(lines: Iterable[str]) -> str:
    return "<br/>".join(lines)


def _said(text: str) -> str:
    """Text with every sign that Mermaid reads spelt out, on one line."""
    return "".join(_ENTITIES.get(c, c) for c in " ".join(text.split()))
