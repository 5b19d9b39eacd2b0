"""What a reader calls each signal, from the declarations themselves."""

from typing import Any

from quell.mechanisms.instruments import INSTRUMENTS
from quell.simulation.engine import Model
from quell.simulation.measurement import COURSES
from quell.simulation.setup import Setup


def signal_titles(model: Model) -> dict[str, dict[str, Any]]:
    """Signal -> title, unit, and whether nobody has measured it in people."""
    found: dict[str, dict[str, Any]] = {}
    for network in model.kinetics.networks:
        found |= {x.name: {"title": x.title, "unit": x.unit, "latent": False} for x in network.outputs}
    found |= {x.name: {"title": x.title, "unit": x.unit, "latent": False} for x in model.kinetics.signals}
    declared = (x.declaration for x in model.system.variables)
    return found | {x.name: {"title": x.title, "unit": x.unit, "latent": x.latent} for x in declared}


def course_titles(setup: Setup) -> dict[str, dict[str, Any]]:
    """Title, unit and latent mark of everything drawn over time."""
    found = signal_titles(setup.experiment.model)
    found["new_connections"] = {"title": "new connections, nascent and stable", "unit": "1", "latent": True}
    found = {name: found[name] for name in COURSES}
    for name in setup.experiment.watch.scales:
        found[f"score:{name}"] = {"title": INSTRUMENTS[name].title, "unit": INSTRUMENTS[name].unit, "latent": False}
    return found


def path_titles(setup: Setup) -> dict[str, dict[str, Any]]:
    """Title and unit of every path kept."""
    return signal_titles(setup.experiment.model)
