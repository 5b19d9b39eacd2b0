"""The answer under every contested hypothesis, the same first people under each: shown, never weighted."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import numpy as np

from quell.simulation.engine import LANES
from quell.simulation.knowledge import monte_carlo_error
from quell.simulation.population import simulate_block
from quell.simulation.setup import Setup
from quell.simulation.switches import CONTESTED, alternatives, switches
from quell.simulation.tables import Tables, arm_key, person_key


def scenarios(setup: Setup, tables: Tables, threads: int) -> list[dict[str, Any]]:
    """The endpoint's difference between arms, or the change in one arm, under the run's own and every other choice.

    Parameters
    ----------
    tables
        The run's tables: its own choices need no further simulation.
    """
    model = setup.experiment.model
    known, others = switches(model), alternatives(model, setup.chosen)
    bare = _endpoint_only(setup)
    with ThreadPoolExecutor(threads) as pool:
        blocks = list(pool.map(lambda chosen: _block(bare, {chosen[0]: chosen[1]}), others))
    own = [(name, setup.chosen.get(name, known[name][1].default)) for name in CONTESTED if name in known]
    found = [entry for name, choice in own for entry in _entries(setup, name, choice, tables.arrays)]
    for (name, choice), block in zip(others, blocks, strict=True):
        found += _entries(setup, name, choice, block)
    return sorted(found, key=lambda x: CONTESTED.index(x["switch"]))


def _endpoint_only(setup: Setup) -> Setup:
    """The same study, of which only the endpoint's scale is looked at."""
    experiment, name = setup.experiment, setup.question.instrument
    watch = replace(experiment.watch, windows_h={name: experiment.watch.windows_h[name]}, explained="")
    shown = tuple(np.zeros(0, dtype=int) for _ in experiment.plans)
    return replace(setup, experiment=replace(experiment, watch=watch, shown=shown, paths=0))


def _block(setup: Setup, chosen: dict[str, str]) -> dict[str, np.ndarray]:
    return simulate_block(setup.with_switches({**setup.chosen, **chosen}).experiment, 0)


def _entries(setup: Setup, name: str, choice: str, block: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    question, names = setup.question, [arm.name for arm in setup.arms]
    people = min(setup.count, LANES)
    pairs = question.pairs or tuple((arm, None) for arm in names)
    found = []
    for arm, control in pairs:
        score = block[arm_key(names.index(arm), "score", question.instrument)][:people, question.visit]
        other = (
            block[person_key("baseline", question.instrument)][:people]
            if control is None
            else block[arm_key(names.index(control), "score", question.instrument)][:people, question.visit]
        )
        difference = score - other
        entry = {"switch": name, "choice": choice, "arm": arm, "control": control, "instrument": question.instrument}
        entry |= {"visit": setup.visits[question.visit].name}
        mean = {"mean": float(difference.mean()), "interval": None, "mc_error": monte_carlo_error(difference)}
        found.append(entry | {"difference": mean})
    return found
