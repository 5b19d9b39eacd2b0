"""Shapley values: efficiency, symmetry, the null player, and the additive game."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.simulation.decomposition import CAUSES, between_arms, shapley, within_arm

RELIEFS = [name for names in CAUSES.values() for name in names]
relief = st.floats(-0.5, 2.0)


def arm(values: list[float]) -> dict[str, np.ndarray]:
    return {name: np.array([x]) for name, x in zip(RELIEFS, values, strict=True)}


reliefs = st.lists(relief, min_size=len(RELIEFS), max_size=len(RELIEFS)).map(arm)


def test_an_additive_game_gives_each_cause_its_own() -> None:
    worth = {"a": 1.0, "b": -2.0, "c": 0.5}
    shares = shapley(tuple(worth), lambda s: np.array([sum((worth[x] for x in s), 0.0)]))
    assert {k: float(v[0]) for k, v in shares.items()} == pytest.approx(worth)


def test_the_glove_game() -> None:
    shares = shapley(("left", "right 1", "right 2"), lambda s: np.array([float("left" in s and len(s) > 1)]))
    assert [float(shares[x][0]) for x in ("left", "right 1", "right 2")] == pytest.approx([2 / 3, 1 / 6, 1 / 6])


@given(reliefs, reliefs, st.floats(0.3, 1.5))
def test_shares_add_to_the_difference_between_arms(treated: dict, control: dict, rho: float) -> None:
    shares = between_arms(np.array([30.0]), rho, treated, control)
    total = 30.0 * (np.exp(-rho * sum(treated.values())) - np.exp(-rho * sum(control.values())))
    assert sum(shares.values()) == pytest.approx(total, abs=1e-9)


@given(reliefs, st.floats(0.3, 1.5))
def test_identical_arms_differ_by_nothing(treated: dict, rho: float) -> None:
    shares = between_arms(np.array([30.0]), rho, treated, treated)
    assert shares["unblinding"] == pytest.approx(0.0, abs=1e-9)
    assert shares["pharmacology"] == pytest.approx(-shares["comparator"], abs=1e-9)


@given(reliefs)
def test_a_cause_without_relief_has_no_share(treated: dict) -> None:
    silent = {**treated, "relief_guess": np.zeros(1)}
    assert within_arm(np.array([30.0]), 1.0, silent)["guess"] == pytest.approx(0.0, abs=1e-12)
