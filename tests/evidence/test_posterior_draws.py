"""Shipped draws: what is written is read, draws are picked whole, unknown names are refused."""

from pathlib import Path

import numpy as np
import pytest

from quell.conventions.errors import EvidenceError
from quell.evidence.posterior_draws import PosteriorDraws, load_posterior, read_posterior, save_posterior

NUMBERS = np.random.default_rng(1)
DRAWS = PosteriorDraws(
    "example",
    ("symptoms.regulation_slope", "plasticity.fast_gain"),
    NUMBERS.normal(size=(2, 5, 2)),
    NUMBERS.normal(size=(2, 5, 4)),
    {"sample_stats/log_density": NUMBERS.normal(size=(2, 5))},
    {"seed": 7},
)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    save_posterior(DRAWS, tmp_path / "example.npz")
    found = read_posterior(tmp_path / "example.npz")
    assert (found.name, found.parameters, found.description["seed"]) == ("example", DRAWS.parameters, 7)
    np.testing.assert_array_equal(found.values, DRAWS.values)
    np.testing.assert_array_equal(found.unknowns, DRAWS.unknowns)
    np.testing.assert_array_equal(found.groups["sample_stats/log_density"], DRAWS.groups["sample_stats/log_density"])


def test_draws_are_picked_whole_and_chains_take_turns() -> None:
    picked = DRAWS.picked(np.array([0, 1, 2, 10]))
    for k, name in enumerate(DRAWS.parameters):
        np.testing.assert_array_equal(picked[name], DRAWS.values[[0, 1, 0, 0], [0, 0, 1, 0], k])
    np.testing.assert_array_equal(DRAWS.flat_unknowns[3], DRAWS.unknowns[1, 1])


def test_an_unknown_posterior_is_refused() -> None:
    with pytest.raises(EvidenceError, match="no posterior of the name"):
        load_posterior("pyramidial")
