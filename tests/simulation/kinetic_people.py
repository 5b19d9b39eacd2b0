"""Random people and small textbook networks for tests of kinetics."""

from types import SimpleNamespace
from typing import Any

import numpy as np

from quell.evidence.library import load_library
from quell.mechanisms.kinetics import KINETICS
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
from quell.simulation.concentrations import NetworkDose

REFERENCE_PERSON = {"weight": 70.0, "age": 30.0, "female": 0.5, "cyp2b6_star6": 0.0}
"""Whom the published values describe."""

ROUTE_NAMES = sorted(KINETICS.routes)


def typical_parameters() -> dict[str, float]:
    """The pack's values."""
    return {record.name: record.value for record in load_library().parameters("kinetics")}


def random_people(count: int, seed: int) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Parameters, uncertain and different between people, and covariates, ``(lane,)`` each."""
    random = np.random.default_rng(seed)
    parameters = {}
    for record in load_library().parameters("kinetics"):
        typical = record.knowledge(random.uniform(0.001, 0.999, count))
        parameters[record.name] = record.person(typical, random.standard_normal(count))
    covariates = {
        "weight": random.uniform(45.0, 130.0, count),
        "age": random.uniform(18.0, 90.0, count),
        "female": random.integers(0, 2, count) * 1.0,
        "cyp2b6_star6": random.integers(0, 3, count) * 1.0,
    }
    return parameters, covariates


def doses_of(
    drug: str, route: str, mg: Any, duration_h: float, parameters: Any, covariates: Any, at_h: float = 0.0
) -> dict[str, list[NetworkDose]]:
    """One dose as it enters the networks."""
    p, v = SimpleNamespace(**parameters), SimpleNamespace(**covariates, dose=mg)
    found: dict[str, list[NetworkDose]] = {}
    for part in KINETICS.routes[drug, route]:
        duration = duration_h if part.zero_order_h is None else part.zero_order_h(v, p, np)
        amount = part.fraction(v, p, np) * mg
        found.setdefault(part.network, []).append(NetworkDose(at_h, part.entry, amount, duration))
    return found


def _rate(flow: str, volume: str) -> Any:
    return lambda v, p, m: getattr(p, flow) / getattr(p, volume)


def _parameter(name: str) -> Any:
    return lambda v, p, m: getattr(p, name)


def textbook_network(tissues: int = 0, transits: int = 0, depot: bool = False, effect: bool = False) -> LinearNetwork:
    """A central compartment (CL, V1), up to two tissues (Q2 V2, Q3 V3), a depot (KA) or a chain of transits (KTR)."""
    names = ["central"]
    transfers = [Transfer("central", _rate("CL", "V1"))]
    for k in range(2, 2 + tissues):
        names.append(f"tissue{k}")
        transfers += exchange("central", f"tissue{k}", _rate(f"Q{k}", "V1"), _rate(f"Q{k}", f"V{k}"))
    if depot:
        names.append("depot")
        transfers.append(Transfer("depot", _parameter("KA"), {"central": everything}))
    if transits:
        chain = [f"transit{k}" for k in range(transits)]
        names += chain
        transfers += transit((*chain, "central"), _parameter("KTR"))
    links = (Link("central", "effect", _parameter("KE0")),) if effect else ()
    names += ["effect"] * effect
    entries = [Input(n, n, n) for n in ("central", "depot", "transit0") if n in names]
    outputs = [Output("concentration", "mg/L", "concentration", {"central": lambda v, p, m: 1.0 / p.V1})]
    outputs += [Output("effect", "mg/L", "effect site", {"effect": lambda v, p, m: 1.0 / p.V1})] * effect
    return LinearNetwork(
        name="textbook",
        title="textbook",
        compartments=tuple(Compartment(n, "mg", n) for n in names),
        transfers=tuple(transfers),
        links=links,
        inputs=tuple(entries),
        outputs=tuple(outputs),
    )
