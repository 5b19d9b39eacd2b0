"""What ``quell mechanism`` tells of a box: tables of words for people, plain data for machines."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quell.mechanisms.base import Signal, State, Switch
from quell.mechanisms.network import Compartment, LinearNetwork
from quell.mechanisms.wiring import Arrow, Box, Value, Wiring, arrows_into


@dataclass(frozen=True, slots=True)
class Section:
    """One table about a box.

    Parameters
    ----------
    headings
        Of its columns; the first names the section.
    rows, data
        Its content as words and as plain data, from a box.
    """

    headings: tuple[str, ...]
    rows: Callable[[Box], list[tuple[str, ...]]]
    data: Callable[[Box], Any]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A box with what it reads from whom and what others read of it, one phrase each."""

    name: str
    title: str
    reads: tuple[str, ...]
    read_by: tuple[str, ...]


def overview(wiring: Wiring) -> list[Neighbours]:
    """Every box with its neighbours, upstream first."""
    arrows = wiring.arrows
    return [
        Neighbours(
            box.name,
            box.title,
            tuple(f"{x.source}: {_listed(x)}" for x in arrows_into(box)),
            tuple(f"{x.target}: {_listed(x)}" for x in arrows if x.source == box.name),
        )
        for box in wiring.boxes
    ]


def as_data(box: Box, sections: Mapping[str, Section]) -> dict[str, Any]:
    """A box as plain data."""
    return {"name": box.name, "title": box.title} | {name: s.data(box) for name, s in sections.items()}


def arrow_data(wiring: Wiring) -> list[dict[str, Any]]:
    """Who reads what from whom, outside included."""
    arrows = [x for box in wiring.boxes for x in arrows_into(box)]
    return [{"from": x.source, "to": x.target, "values": [v.name for v in x.values]} for x in arrows]


def _listed(arrow: Arrow) -> str:
    return ", ".join(value.name for value in arrow.values)


# ------------------------------------------------------------------------------------------------- values and variables


def _read(box: Box) -> list[tuple[str, ...]]:
    return [(x.name, _unit(x.unit), x.writer, x.title) for x in box.reads]


def _read_data(box: Box) -> list[dict[str, Any]]:
    return [_value(x) | {"from": x.writer} for x in box.reads]


def _written(box: Box) -> list[tuple[str, ...]]:
    return [(x.name, _unit(x.unit), ", ".join(x.readers) or "report only", x.title) for x in box.writes]


def _written_data(box: Box) -> list[dict[str, Any]]:
    return [_value(x) | {"latent": x.latent, "read_by": list(x.readers)} for x in box.writes]


def _value(x: Value | State | Signal | Compartment) -> dict[str, Any]:
    return {"name": x.name, "unit": x.unit, "title": x.title}


def _states(box: Box) -> list[tuple[str, ...]]:
    own = [(x.name, _unit(x.unit), _seen(x), x.title) for x in box.states]
    return own + [
        (f"{n.name}.{c.name}", _unit(c.unit), "latent", c.title) for n in box.networks for c in n.compartments
    ]


def _state_data(box: Box) -> list[dict[str, Any]]:
    return [_value(x) | {"latent": x.latent} for x in box.states] + [_network(n) for n in box.networks]


def _network(network: LinearNetwork) -> dict[str, Any]:
    compartments = [_value(x) for x in network.compartments]
    return {"network": network.name, "title": network.title, "compartments": compartments}


def _signals(box: Box) -> list[tuple[str, ...]]:
    return [(x.name, _unit(x.unit), _seen(x), x.title) for x in box.signals]


def _signal_data(box: Box) -> list[dict[str, Any]]:
    return [_value(x) | {"latent": x.latent} for x in box.signals]


def _seen(x: State | Signal) -> str:
    return "latent" if x.latent else "measured"


def _unit(unit: str) -> str:
    return "" if unit == "1" else unit


# ---------------------------------------------------------------------------------------------- switches and parameters


def _switches(box: Box) -> list[tuple[str, ...]]:
    return [(x.name, _choices(x), x.title) for x in box.switches]


def _choices(switch: Switch) -> str:
    return ", ".join(f"{x} (default)" if x == switch.default else x for x in switch.choices)


def _switch_data(box: Box) -> list[dict[str, Any]]:
    return [
        {"name": x.name, "title": x.title, "default": x.default, "note": x.note}
        | {"choices": {choice: dict(values) for choice, values in x.choices.items()}}
        for x in box.switches
    ]


def _records(box: Box) -> Sequence[Any]:
    """The box's pack of parameters, in the order of its file; none where it has no pack."""
    from quell.evidence.library import load_library

    library = load_library()
    return library.parameters(box.name) if box.name in library.packs else ()


def _parameters(box: Box) -> list[tuple[str, ...]]:
    return [(x.name, f"{x.value:.4g} {_unit(x.unit)}".rstrip(), x.grade, x.title) for x in _records(box)]


def _parameter_data(box: Box) -> list[dict[str, Any]]:
    from quell.evidence.queries import as_dictionary

    return [as_dictionary(x) for x in _records(box)]


def _equations(box: Box) -> list[tuple[str, ...]]:
    return [(line,) for line in box.equations.splitlines()]


def _equation_data(box: Box) -> str:
    return box.equations


SECTIONS: dict[str, Section] = {
    "reads": Section(("reads", "unit", "from", "title"), _read, _read_data),
    "writes": Section(("writes", "unit", "read by", "title"), _written, _written_data),
    "states": Section(("state", "unit", "in people", "title"), _states, _state_data),
    "signals": Section(("signal", "unit", "in people", "title"), _signals, _signal_data),
    "switches": Section(("switch", "choices", "question"), _switches, _switch_data),
    "parameters": Section(("parameter", "value", "grade", "title"), _parameters, _parameter_data),
    "equations": Section(("equations",), _equations, _equation_data),
}
"""Everything that can be told of a box, in the order in which it is told."""
