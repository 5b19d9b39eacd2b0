"""The answer under every contested hypothesis, the same first people under each: shown, never weighted."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from quell.people.cohort import Cohort
from quell.simulation.engine import LANES, Outputs, People, respond
from quell.simulation.knowledge import monte_carlo_error
from quell.simulation.measurement import Luck, Watch, scores
from quell.simulation.population import block_people, levels_before
from quell.simulation.setup import Setup
from quell.simulation.switches import CONTESTED, alternatives, switch_values, switches
from quell.simulation.tables import Tables, arm_key, person_key

Scores = list[dict[str, np.ndarray]]
"""One arm's scores under each alternative choice."""


def scenarios(setup: Setup, tables: Tables, arms: Sequence[Scores]) -> list[dict[str, Any]]:
    """The endpoint's difference between arms, or the change in one arm, under the run's own and every other choice.

    Parameters
    ----------
    tables
        The run's tables: its own choices need no further simulation.
    arms
        Per arm the scores of :func:`scores_under` every alternative.
    """
    model = setup.experiment.model
    known, others = switches(model), alternatives(model, setup.chosen)
    own = [(name, setup.chosen.get(name, known[name][1].default)) for name in CONTESTED if name in known]
    found = [entry for name, choice in own for entry in _entries(setup, name, choice, tables.arrays)]
    before = {key: x for key, x in tables.arrays.items() if key.startswith("baseline")}
    for k, (name, choice) in enumerate(others):
        scores = {key: x for arm in arms for key, x in arm[k].items()}
        found += _entries(setup, name, choice, before | scores)
    return sorted(found, key=lambda x: CONTESTED.index(x["switch"]))


def scores_under(
    setup: Setup,
    number: int,
    others: Sequence[tuple[str, str]],
    cohort: Cohort,
    people: People,
    luck: Luck,
    outputs: Outputs,
    occasions: np.ndarray,
) -> Scores:
    """The first block's scores on the endpoint's scale in one arm under each choice, on the run's own kinetics."""
    experiment, watch = setup.experiment, _endpoint_only(setup)
    plan, found = experiment.plans[number], []
    for name, choice in others:
        changed = _under(setup, people, name, choice)
        solution = respond(experiment.model, plan, changed, outputs, levels_before(plan, changed), occasions)
        found.append(scores(number, cohort, solution, watch, luck, experiment.library))
    return found


def _under(setup: Setup, people: People, name: str, choice: str) -> People:
    """The same people under another choice; one that the run itself had made is undone by drawing them anew."""
    if name in setup.chosen:
        other = setup.with_switches({**setup.chosen, name: choice}).experiment
        return block_people(other, other.cohort.take(0, LANES))
    values = switch_values(setup.experiment.model, {name: choice})
    return replace(people, parameters={**people.parameters, **{x: np.full(LANES, v) for x, v in values.items()}})


def _endpoint_only(setup: Setup) -> Watch:
    name, watch = setup.question.instrument, setup.experiment.watch
    return replace(watch, windows_h={name: watch.windows_h[name]}, explained="")


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
