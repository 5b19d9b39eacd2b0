"""Who reads what from whom: boxes and arrows, derived from the declarations and nowhere written twice.

The kinetics are the first box, each mechanism one more, upstream first. A box reads values written by other boxes or
coming from outside: from the person (covariates), the treatment (levels) or an event. An arrow joins two boxes and
carries every value that the second reads from the first.
"""

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from inspect import cleandoc

from quell.conventions.errors import StudyError, suggest
from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.assembly import System, Variable
from quell.mechanisms.base import Mechanism, Signal, State, Switch
from quell.mechanisms.network import Kinetics, LinearNetwork

OUTSIDE: Mapping[str, Mapping[str, tuple[str, str]]] = {"person": COVARIATES, "treatment": LEVELS, "event": EVENTS}
"""Writers that are no box -> what comes from them, as name -> (unit, title)."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value that crosses from one box, or from outside, to others.

    Attributes
    ----------
    name, unit, title
        As declared.
    writer
        Name of a box, or a key of :data:`OUTSIDE`.
    readers
        Names of the boxes that read it, upstream first.
    latent
        True where nobody has measured it in people.
    """

    name: str
    unit: str
    title: str
    writer: str
    readers: tuple[str, ...]
    latent: bool = False


@dataclass(frozen=True, slots=True)
class Box:
    """One step of the story: a mechanism, or the kinetics (which alone have networks, ``routes`` and no states).

    Attributes
    ----------
    name, title
        As declared; the name is also that of its pack of parameters.
    reads, writes
        Values from elsewhere, and own ones that others may read.
    states, signals
        Own variables, in solving order.
    switches
        Contested choices.
    networks
        Linear networks, whose compartments are the kinetics' states.
    routes
        Drug -> routes by which it can be given.
    equations
        What the module that holds the formulas says about itself.
    """

    name: str
    title: str
    reads: tuple[Value, ...]
    writes: tuple[Value, ...]
    states: tuple[State, ...]
    signals: tuple[Signal, ...]
    switches: tuple[Switch, ...]
    networks: tuple[LinearNetwork, ...]
    routes: Mapping[str, tuple[str, ...]]
    equations: str


@dataclass(frozen=True, slots=True)
class Arrow:
    """Values that one box reads from another, or from outside."""

    source: str
    target: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Wiring:
    """The whole story: boxes upstream first, and the variables behind them."""

    boxes: tuple[Box, ...]
    variables: tuple[Variable, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the boxes, upstream first."""
        return tuple(box.name for box in self.boxes)

    @property
    def arrows(self) -> tuple[Arrow, ...]:
        """From box to box, in the order of the reading box and of what it reads."""
        return tuple(x for box in self.boxes for x in arrows_into(box) if x.source in self.names)

    def box(self, name: str) -> Box:
        """The box of that name.

        Raises
        ------
        StudyError
            There is none; the message names the likely one, or the box that writes a value of that name.
        """
        for box in self.boxes:
            if box.name == name:
                return box
        raise _unknown(name, self)

    def around(self, name: str) -> "Wiring":
        """One box with those it reads from and those that read it."""
        box = self.box(name)
        kept = {name, *(x.writer for x in box.reads), *(reader for x in box.writes for reader in x.readers)}
        return Wiring(tuple(x for x in self.boxes if x.name in kept), self.variables)


def wire(system: System, kinetics: Kinetics) -> Wiring:
    """Boxes of the kinetics and of every mechanism of a system."""
    return Wiring(tuple(_boxes(system, kinetics)), system.variables)


def arrows_into(box: Box) -> tuple[Arrow, ...]:
    """What a box reads, by writer, writers in the order in which they are first read."""
    writers = dict.fromkeys(x.writer for x in box.reads)
    return tuple(Arrow(w, box.name, tuple(x for x in box.reads if x.writer == w)) for w in writers)


def _boxes(system: System, kinetics: Kinetics) -> Iterator[Box]:
    values = _values(system, kinetics)
    yield Box(
        name=kinetics.name,
        title=kinetics.title,
        reads=tuple(values[name] for name in kinetics.reads),
        writes=tuple(values[name] for name in kinetics.writes),
        states=(),
        signals=kinetics.signals,
        switches=kinetics.switches,
        networks=kinetics.networks,
        routes=_routes(kinetics),
        equations=_module_text(next((t.rate for n in kinetics.networks for t in n.transfers), None)),
    )
    for mechanism in system.mechanisms:
        yield Box(
            name=mechanism.name,
            title=mechanism.title,
            reads=tuple(values[name] for name in mechanism.reads),
            writes=tuple(values[name] for name in mechanism.writes),
            states=mechanism.states,
            signals=mechanism.signals,
            switches=mechanism.switches,
            networks=(),
            routes={},
            equations=_module_text(_first_formula(mechanism)),
        )


def _values(system: System, kinetics: Kinetics) -> dict[str, Value]:
    """Every value that anybody may read, by name."""
    readers: dict[str, list[str]] = {}
    for reader in (kinetics, *system.mechanisms):
        for name in reader.reads:
            readers.setdefault(name, []).append(reader.name)
    return {
        name: Value(name, unit, title, writer, tuple(readers.get(name, ())), latent)
        for writer, name, unit, title, latent in _written(system, kinetics)
    }


def _written(system: System, kinetics: Kinetics) -> Iterator[tuple[str, str, str, str, bool]]:
    """(writer, name, unit, title, latent) of every value."""
    for writer, entries in OUTSIDE.items():
        for name, (unit, title) in entries.items():
            yield writer, name, unit, title, False
    for output in (*(o for n in kinetics.networks for o in n.outputs), *kinetics.signals):
        yield kinetics.name, output.name, output.unit, output.title, getattr(output, "latent", False)
    for x in system.variables:
        yield x.mechanism, x.name, x.declaration.unit, x.declaration.title, x.declaration.latent


def _routes(kinetics: Kinetics) -> dict[str, tuple[str, ...]]:
    drugs = dict.fromkeys(drug for drug, _ in kinetics.routes)
    return {drug: tuple(r for d, r in kinetics.routes if d == drug) for drug in drugs}


def _first_formula(mechanism: Mechanism) -> object:
    formulas = (x.rate if isinstance(x, State) else x.value for x in mechanism.variables)
    return next(formulas, None)


def _module_text(formula: object) -> str:
    module = sys.modules.get(getattr(formula, "__module__", None) or "")
    return cleandoc(getattr(module, "__doc__", None) or "")


def _unknown(name: str, wiring: Wiring) -> StudyError:
    owners = {x.name: x.mechanism for x in wiring.variables} | {v.name: b.name for b in wiring.boxes for v in b.writes}
    if name in owners:
        message = f'"{name}" is no mechanism but a value of {owners[name]}'
        return StudyError(message, text=name, suggestion=owners[name])
    near = suggest(name, wiring.names)
    value = None if near else suggest(name, owners)
    message = f'unknown mechanism "{name}"'
    if value:
        return StudyError(message, text=name, hint=f"{value} is a value of {owners[value]}.")
    return StudyError(message, text=name, suggestion=near, allowed=wiring.names)
