r"""Small graphs from which linear kinetics are put together.

Each part is compartments with what leaves them; :func:`connect` makes one network of several, with an input into every
compartment that can hold drug. With rate constants k, flows Q and volumes V:

    disposition        A' = -k A - sum_i (Q_i/V A - Q_i/V_i T_i),        T_i' = Q_i/V A - Q_i/V_i T_i
    first order        D' = -k_a D,  a share of it arriving
    transits           M_1' = -k_tr M_1,  M_i' = k_tr (M_{i-1} - M_i),  i = 2 .. n: together a gamma-distributed delay,
                       k_tr^n t^{n-1} e^{-k_tr t} / (n-1)!
    effect             E' = k_e0 (A - E),  taking no drug

Zero-order absorption needs no part: it is a dose with a duration. A metabolite is a second disposition, named as where
the loss of the first arrives. Amounts are in mg, volumes in L, times in h, concentrations in mg/L.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quell.mechanisms.base import Formula
from quell.mechanisms.network import (
    Compartment,
    Input,
    LinearNetwork,
    Link,
    Output,
    Transfer,
    everything,
    exchange,
    transit,
)


@dataclass(frozen=True, slots=True)
class Part:
    """Compartments of a network, what leaves them, what follows them and what is read there."""

    compartments: tuple[Compartment, ...]
    transfers: tuple[Transfer, ...] = ()
    links: tuple[Link, ...] = ()
    outputs: tuple[Output, ...] = ()


@dataclass(frozen=True, slots=True)
class Tissue:
    """A peripheral compartment: its name, the flow to it (L/h) and its volume (L)."""

    name: str
    flow: Formula
    volume: Formula


def parameter(name: str, factor: float = 1.0) -> Formula:
    """A parameter of the model as a formula, times a constant."""
    return lambda v, p, m: getattr(p, name) * factor


def quotient(above: Formula, below: Formula) -> Formula:
    """One formula over another: CL / V and Q / V as rate constants."""
    return lambda v, p, m: above(v, p, m) / below(v, p, m)


def disposition(
    name: str,
    volume: Formula,
    clearance: Formula | None,
    tissues: Sequence[Tissue] = (),
    *,
    title: str = "",
    into: Mapping[str, Formula] | None = None,
) -> Part:
    """A central compartment of which the concentration is read, with its tissues.

    Parameters
    ----------
    name, title
        Of the compartment and of its output; what a reader calls the drug (default: the name).
    volume, clearance
        L and L/h; no clearance where the drug leaves by other ways.
    tissues
        Peripheral compartments.
    into
        Compartment -> share of the clearance that arrives there, such as a metabolite's; the rest is eliminated.
    """
    title = title or name
    compartments = [Compartment(name, "mg", f"{title}, blood and fast tissue")]
    transfers = [Transfer(name, quotient(clearance, volume), dict(into or {}))] if clearance else []
    for tissue in tissues:
        compartments.append(Compartment(tissue.name, "mg", f"{title}, {tissue.name.replace('_', ' ')}"))
        out, back = quotient(tissue.flow, volume), quotient(tissue.flow, tissue.volume)
        transfers += exchange(name, tissue.name, out, back)
    return Part(tuple(compartments), tuple(transfers), outputs=(_concentration(name, name, title, volume),))


def first_order(name: str, target: str, rate: Formula, share: Formula = everything, *, title: str = "") -> Part:
    """A depot that empties into another compartment, rate in 1/h; what is not in the share is lost."""
    return Part((Compartment(name, "mg", title or name),), (Transfer(name, rate, {target: share}),))


def transits(count: int, target: str, rate: Formula, *, name: str = "transit", title: str = "transit") -> Part:
    """A chain of equal compartments before another, entered at "<name>_1"; the mean time on the way is count / rate.

    Parameters
    ----------
    count
        Number of compartments, at least one.
    target
        Where the last one empties.
    rate
        Rate constant of each, 1/h.

    Raises
    ------
    ValueError
        There is no compartment to be made.
    """
    if count < 1:
        raise ValueError(f"a chain of {count} compartments")
    names = [f"{name}_{i}" for i in range(1, count + 1)]
    compartments = tuple(Compartment(x, "mg", f"{title} {i}") for i, x in enumerate(names, 1))
    return Part(compartments, transit((*names, target), rate))


def effect(source: str, volume: Formula, rate: Formula, *, name: str = "effect", title: str = "effect site") -> Part:
    """A site that follows a compartment's concentration with rate constant ke0 (1/h) and takes nothing from it."""
    compartment = Compartment(name, "mg", title)
    return Part((compartment,), links=(Link(source, name, rate),), outputs=(_concentration(name, name, title, volume),))


def connect(name: str, title: str, *parts: Part) -> LinearNetwork:
    """One network of several parts, with an input into each compartment that can hold drug.

    Raises
    ------
    NetworkError
        Two compartments share a name, or a part refers to none.
    """
    links = tuple(x for part in parts for x in part.links)
    massless = {x.target for x in links}
    compartments = tuple(x for part in parts for x in part.compartments)
    return LinearNetwork(
        name=name,
        title=title,
        compartments=compartments,
        transfers=tuple(x for part in parts for x in part.transfers),
        inputs=tuple(Input(x.name, x.name, f"into {x.title}") for x in compartments if x.name not in massless),
        outputs=tuple(x for part in parts for x in part.outputs),
        links=links,
    )


def _concentration(name: str, compartment: str, title: str, volume: Formula) -> Output:
    def per_litre(v: Any, p: Any, m: Any) -> Any:
        return 1.0 / volume(v, p, m)

    return Output(name, "mg/L", title, {compartment: per_litre})
