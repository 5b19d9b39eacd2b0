"""Every mechanism at hand, quell's own and installed ones, keeps every promise of the conformance suite."""

import pytest

from quell.mechanisms.base import Mechanism
from quell.mechanisms.conformance import check_mechanism
from quell.mechanisms.story import default_system
from quell.simulation.formula_reader import read_by_engine

CONCENTRATIONS = dict.fromkeys(
    (
        *(f"{form}_{drug}" for form in "sr" for drug in ("ketamine", "norketamine", "hydroxynorketamine")),
        *("brain_ketamine", "brain_s_ketamine", "brain_hydroxynorketamine", "nmda_exposure"),
    ),
    (0.0, 5.0),
)
RANGES = {**CONCENTRATIONS, "midazolam": (0.0, 200.0), "cadss": (0.0, 76.0), "emotional_regulation": (0.0, 2.0)}


@pytest.mark.parametrize("mechanism", default_system().mechanisms, ids=lambda mechanism: mechanism.name)
@pytest.mark.parametrize("seed", [1, 2])
def test_mechanism_conforms(mechanism: Mechanism, seed: int) -> None:
    assert check_mechanism(mechanism, ranges=RANGES, readers={"the engine": read_by_engine}, seed=seed) == []
