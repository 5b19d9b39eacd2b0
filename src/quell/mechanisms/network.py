r"""Linear kinetics as data: compartments, what flows between them, what is given and what is read.

Amounts follow

    da/dt = A a + B u(t),      y = C a,

where a transfer empties its source at a rate constant k and hands a share of the flow to each target (the rest is
eliminated), and a link lets a massless compartment follow another one, de/dt = k (a - e), as an effect compartment
does. Mass balance is a property of the graph: without links, the columns of A sum to minus the elimination rate.

Mechanism packs declare such networks; :mod:`quell.mechanisms.network_structure` sorts the graph and fills the matrices.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from types import SimpleNamespace
from typing import Any

from quell.mechanisms.base import Formula, Signal, Switch


class NetworkError(Exception):
    """The graph does not fit together; the message names the network and the compartment."""


@dataclass(frozen=True, slots=True)
class Compartment:
    """A well-stirred pool.

    Parameters
    ----------
    name, unit, title
        Identifier, unit of its amount, what a reader calls it.
    """

    name: str
    unit: str
    title: str


def everything(v: Any, p: Any, m: Any) -> float:
    """The share of a transfer that goes to one target only."""
    return 1.0


@dataclass(frozen=True, slots=True)
class Transfer:
    """Drug leaving a compartment.

    Parameters
    ----------
    source
        Compartment that is emptied.
    rate
        Rate constant, 1/h.
    to
        Target -> share of the flow that arrives there (0 to 1, together at most 1). The rest is eliminated; empty
        means that all of it is.
    """

    source: str
    rate: Formula
    to: Mapping[str, Formula] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Link:
    """A massless compartment that follows another with a delay, taking no drug from it (rate in 1/h)."""

    source: str
    target: str
    rate: Formula


@dataclass(frozen=True, slots=True)
class Input:
    """Where a dose can enter."""

    name: str
    compartment: str
    title: str


@dataclass(frozen=True, slots=True)
class Output:
    """What is read: the sum over compartments of weight x amount.

    Parameters
    ----------
    weights
        Compartment -> weight, in the output's unit per unit of the amount (1/V for a concentration).
    """

    name: str
    unit: str
    title: str
    weights: Mapping[str, Formula]


@dataclass(frozen=True, slots=True, eq=False)
class LinearNetwork:
    """A linear compartmental model.

    Raises
    ------
    NetworkError
        A name is used twice or refers to nothing.
    """

    name: str
    title: str
    compartments: tuple[Compartment, ...]
    transfers: tuple[Transfer, ...]
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        for kind, names in (
            ("compartment", self.compartment_names),
            ("input", self.input_names),
            ("output", self.output_names),
        ):
            self._require_distinct(kind, names)
        for name in self._references():
            if name not in self.compartment_names:
                raise NetworkError(f"{self.name}: there is no compartment {name!r}")

    @property
    def compartment_names(self) -> tuple[str, ...]:
        """Names in the order of the declaration."""
        return tuple(x.name for x in self.compartments)

    @property
    def input_names(self) -> tuple[str, ...]:
        """Names of the inputs, in order."""
        return tuple(x.name for x in self.inputs)

    @property
    def output_names(self) -> tuple[str, ...]:
        """Names of the outputs, in order."""
        return tuple(x.name for x in self.outputs)

    def _require_distinct(self, kind: str, names: Sequence[str]) -> None:
        for name in names:
            if names.count(name) > 1:
                raise NetworkError(f"{self.name}: two {kind}s are called {name!r}")

    def _references(self) -> list[str]:
        named = [t.source for t in self.transfers] + [t for x in self.transfers for t in x.to]
        named += [n for x in self.links for n in (x.source, x.target)] + [x.compartment for x in self.inputs]
        return named + [n for x in self.outputs for n in x.weights]


def exchange(first: str, second: str, forward: Formula, backward: Formula) -> tuple[Transfer, Transfer]:
    """Two-way traffic between two compartments, rate constants in 1/h."""
    return Transfer(first, forward, {second: everything}), Transfer(second, backward, {first: everything})


def transit(names: Sequence[str], rate: Formula) -> tuple[Transfer, ...]:
    """A chain of transit compartments passing everything on at one rate constant (1/h), up to the last of ``names``."""
    return tuple(Transfer(a, rate, {b: everything}) for a, b in pairwise(names))


def namespace(values: Any) -> Any:
    """Attribute access to a mapping of values; anything else is returned as it is."""
    return SimpleNamespace(**values) if isinstance(values, Mapping) else values


def elimination(network: LinearNetwork, parameters: Any, covariates: Any, xp: Any) -> dict[str, Any]:
    """Rate constant at which each compartment loses drug from the body, 1/h; negative where shares exceed one."""
    p, v = namespace(parameters), namespace(covariates)
    lost: dict[str, Any] = dict.fromkeys(network.compartment_names, 0.0)
    for t in network.transfers:
        kept = sum((share(v, p, xp) for share in t.to.values()), 0.0)
        lost[t.source] = lost[t.source] + t.rate(v, p, xp) * (1.0 - kept)
    for x in network.links:
        del lost[x.target]
    return lost


@dataclass(frozen=True, slots=True)
class RouteInput:
    """One part of a dose: where it enters, how much of it, how fast.

    Parameters
    ----------
    network, entry
        Names of the network and of its input.
    fraction
        Share of the dose that enters there; reads ``v.dose`` (mg of the whole dose) besides the covariates.
    zero_order_h
        Time over which it enters at a constant rate, h; None: as given (an infusion's own duration, else at once).
    """

    network: str
    entry: str
    fraction: Formula
    zero_order_h: Formula | None = None


@dataclass(frozen=True, slots=True)
class Kinetics:
    """The first step of the story: doses to concentrations.

    Parameters
    ----------
    name, title
        Identifier (its pack, too) and what a reader calls it.
    reads
        Covariates.
    networks
        Solved each on its own; their outputs are values others may read.
    routes
        (drug, route) -> parts of the dose.
    signals
        Algebraic values over the outputs of all networks.
    switches
        Contested choices.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    networks: tuple[LinearNetwork, ...]
    routes: Mapping[tuple[str, str], tuple[RouteInput, ...]]
    signals: tuple[Signal, ...] = ()
    switches: tuple[Switch, ...] = ()

    @property
    def writes(self) -> tuple[str, ...]:
        """Names of all outputs and signals, in order."""
        return (*(o for n in self.networks for o in n.output_names), *(s.name for s in self.signals))

    def network(self, name: str) -> LinearNetwork:
        """The network of that name; NetworkError if there is none."""
        for candidate in self.networks:
            if candidate.name == name:
                return candidate
        raise NetworkError(f"there is no network {name!r}")
