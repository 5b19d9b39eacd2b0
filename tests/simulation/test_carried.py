"""What is carried from step to step changes nothing but the time it takes."""

from typing import Any

import numpy as np
import pytest
from tests.simulation.small_systems import alone

from quell.conventions.inputs import COVARIATES, EVENTS, LEVELS
from quell.mechanisms.base import Mechanism, Signal, State
from quell.mechanisms.story import default_system
from quell.simulation import cascade
from quell.simulation.carried import carried_names


def hill(name: str) -> Any:
    """A costly formula of one value."""
    return lambda v, p, m: m.power(getattr(v, name), p.slope)


def follows(name: str) -> State:
    return State(f"after_{name}", "1", "", lambda v, p, m: p.loss, lambda v, p, m: getattr(v, name))


CARRYING = Mechanism(
    name="carrying",
    title="Costly signals of everything that may or may not jump",
    reads=("concentration", "ssri_dose", "weight", "therapy_session"),
    writes=("unread",),
    variables=(
        State("site", "1", "", lambda v, p, m: p.loss, lambda v, p, m: v.concentration),
        State(
            "jumping",
            "1",
            "",
            lambda v, p, m: p.loss,
            lambda v, p, m: 0.0,
            jumps={"therapy_session": lambda v, p, m: 1.0},
        ),
        Signal("smooth", "1", "", lambda v, p, m: m.power(v.site / v.weight, p.slope)),
        Signal("of_smooth", "1", "", lambda v, p, m: m.exp(-v.smooth)),
        Signal("cheap", "1", "", lambda v, p, m: 2.0 * v.site),
        Signal("of_plasma", "1", "", hill("concentration")),
        Signal("of_level", "1", "", hill("ssri_dose")),
        Signal("of_jumping", "1", "", hill("jumping")),
        Signal("unread", "1", "", hill("site")),
        *(follows(name) for name in ("smooth", "of_smooth", "cheap", "of_plasma", "of_level", "of_jumping")),
        State("driven", "1", "", lambda v, p, m: p.loss, hill("site")),
        State("driven_by_level", "1", "", lambda v, p, m: p.loss, lambda v, p, m: m.exp(-v.ssri_dose * v.site)),
    ),
)

VALUES = {"loss": 0.7, "slope": 1.4}


def test_only_what_is_costly_smooth_and_needed_is_carried() -> None:
    assert carried_names(alone(CARRYING)) == ("smooth", "of_smooth", "driven")


def test_the_model_carries_its_blocks() -> None:
    assert carried_names(default_system()) == ("block_interneuron", "block_pyramidal")


def course(steps: int = 24) -> tuple[np.ndarray, ...]:
    """Every variable at the end of each step, jumps and a change of level halfway."""
    system, lanes = alone(CARRYING), 3
    made = cascade.compile_cascade(system, [x.name for x in system.variables])
    length = np.full((steps, lanes), 0.25)
    levels, events = (np.zeros((steps, len(x), lanes)) for x in (LEVELS, EVENTS))
    levels[steps // 2 :, tuple(LEVELS).index("ssri_dose")] = 2.0
    events[steps // 3, tuple(EVENTS).index("therapy_session")] = 1.0
    start = 0.25 * np.arange(steps)
    points = (np.exp(-(start + 0.0625 * k))[:, None, None] * np.ones((steps, 1, lanes)) for k in range(5))
    table = cascade.StepTable(length, levels, events, *points)
    parameters = np.array([[VALUES[name.partition(".")[2]]] * lanes for name in system.parameters])
    begin = tuple(np.linspace(0.1, 0.9, lanes) for _ in system.states)
    ends, _, _ = made.run(parameters, np.full((len(COVARIATES), lanes), 2.0), table, np.int64(steps), begin)
    return tuple(np.asarray(x) for x in ends)


def test_carrying_changes_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    found = course()
    monkeypatch.setattr(cascade, "carried_names", lambda system: ())
    for a, b in zip(found, course(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-14, atol=0.0)
