"""Compile, or take from the cache, every program a run needs, before it is needed.

Run by itself it makes quell's own cascade for others to load (:mod:`quell.simulation.program_store`).
"""

from threading import Lock

import numpy as np

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.evidence.library import load_library
from quell.simulation.cascade import StepTable
from quell.simulation.engine import CAPACITY, LANES, Model, default_model
from quell.simulation.linear_kinetics import modes, network_tables
from quell.simulation.workers import Workers, results

_once = Lock()
_warm: set[int] = set()


def warm_up() -> Model:
    """The model with its programs ready; a second caller waits for the first."""
    model = default_model()
    with _once:
        if id(model) not in _warm:
            with Workers(2) as workers:
                results(workers.start(lambda ready: ready(model), (_cascade, _kinetics)))
            _warm.add(id(model))
    return model


def _cascade(model: Model) -> None:
    system = model.system
    signals = np.zeros((CAPACITY, len(system.kinetic_signals), LANES))
    levels, events = (np.zeros((CAPACITY, len(x), LANES)) for x in (LEVELS, EVENTS))
    table = StepTable(np.zeros((CAPACITY, LANES)), levels, events, *(signals,) * 5)
    parameters = np.ones((len(system.parameters), LANES))
    covariates = np.ones((len(COVARIATES), LANES))
    states = tuple(np.zeros(LANES) for _ in system.states)
    model.program.run(parameters, covariates, table, np.int64(0), states)


def _kinetics(model: Model) -> None:
    library = load_library()
    own = {x.name: np.full(LANES, x.value) for x in library.parameters(model.kinetics.name)}
    people = {name: np.full(LANES, 40.0 if name == "age" else 1.0) for name in COVARIATES} | {
        "weight": np.full(LANES, 70.0)
    }
    for network in model.kinetics.networks:
        inputs = np.zeros((CAPACITY, len(network.input_names), LANES))
        solved = modes(network, own, people)
        network_tables(network, own, people, np.zeros((CAPACITY, LANES)), inputs, inputs, count=0, solved=solved)


if __name__ == "__main__":  # make the cascade for other processes
    _cascade(default_model())
