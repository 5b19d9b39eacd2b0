"""The sampler on densities whose moments are known; chains that stop and go on are the same chains."""

from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest

from quell.calibration.diagnostics import diagnose
from quell.calibration.laplace import Laplace
from quell.calibration.sampling import DEEPEST_TREE, Chain, OtherChainError, Plan, Sampler, read_chains, run_chains

PRECISION = np.array([[2.0, 0.8, 0.0], [0.8, 1.0, 0.3], [0.0, 0.3, 4.0]])
MODE = np.array([1.0, -2.0, 0.5])
APPROXIMATION = Laplace(MODE, 0.0, PRECISION)


def normal(x):
    """Log density of the normal distribution that the approximation is of."""
    away = x - MODE
    return -0.5 * away @ jnp.asarray(PRECISION) @ away


def drawn(folder: Path, plan: Plan, numbers=(0, 1, 2, 3)) -> list[Chain]:
    sampler = Sampler(normal, APPROXIMATION, plan)
    chains = [Chain(sampler, number, folder) for number in numbers]
    for _ in run_chains(chains):
        pass
    return chains


def test_draws_have_the_moments_of_the_density(tmp_path: Path) -> None:
    chains = drawn(tmp_path, Plan(warmup=100, draws=400, block=100, seed=1))
    kept = {name: np.stack([chain.draws()[name] for chain in chains]) for name in chains[0].draws()}
    flat = kept["x"].reshape(-1, 3)
    found = diagnose(kept["x"], ("a", "b", "c"), kept, DEEPEST_TREE)
    covariance = np.linalg.inv(PRECISION)
    error = np.sqrt(np.diag(covariance) / found.bulk)
    assert np.all(np.abs(flat.mean(axis=0) - MODE) < 4.5 * error)
    spread = np.sqrt(2.0 / found.bulk.min()) * np.sqrt(np.outer(np.diag(covariance), np.diag(covariance)))
    assert np.all(np.abs(np.cov(flat.T) - covariance) < 4.5 * spread)
    assert found.problems == []
    np.testing.assert_allclose(kept["log_density"][0, 5], float(normal(kept["x"][0, 5])), rtol=1e-9, atol=1e-12)


def test_a_stopped_chain_goes_on_as_if_it_had_never_stopped(tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    whole.mkdir()
    parts.mkdir()
    plan = Plan(warmup=20, draws=20, block=10, seed=2)
    (unbroken,) = drawn(whole, plan, (3,))
    Chain(Sampler(normal, APPROXIMATION, plan), 3, parts).advance()
    (resumed,) = drawn(parts, plan, (3,))
    np.testing.assert_array_equal(resumed.draws()["x"], unbroken.draws()["x"])


def test_a_finished_chain_can_be_extended(tmp_path: Path) -> None:
    (short,) = drawn(tmp_path, Plan(warmup=20, draws=10, block=10, seed=2), (0,))
    (longer,) = drawn(tmp_path, Plan(warmup=20, draws=30, block=10, seed=2), (0,))
    assert len(longer.draws()["x"]) == 30
    np.testing.assert_array_equal(longer.draws()["x"][:10], short.draws()["x"])


def test_a_chain_of_another_seed_is_refused(tmp_path: Path) -> None:
    drawn(tmp_path, Plan(warmup=10, draws=10, block=10, seed=2), (0,))
    with pytest.raises(OtherChainError, match="chain-0"):
        Chain(Sampler(normal, APPROXIMATION, Plan(warmup=10, draws=10, block=10, seed=3)), 0, tmp_path)


def test_chains_are_read_together_as_far_as_the_shortest_goes(tmp_path: Path) -> None:
    with pytest.raises(OtherChainError, match="0 chains"):
        read_chains(tmp_path)
    (long,) = drawn(tmp_path, Plan(warmup=10, draws=12, block=4, seed=2), (0,))
    (short,) = drawn(tmp_path, Plan(warmup=10, draws=8, block=4, seed=2), (1,))
    kept, told = read_chains(tmp_path)
    np.testing.assert_array_equal(kept["x"], np.stack([long.draws()["x"][:8], short.draws()["x"]]))
    assert told["seed"] == 2
    drawn(tmp_path, Plan(warmup=10, draws=8, block=4, seed=3), (2,))
    with pytest.raises(OtherChainError, match="different kinds"):
        read_chains(tmp_path)


def test_chains_that_stay_apart_are_told_from_chains_that_mix() -> None:
    mixed = np.random.default_rng(1).normal(size=(4, 500, 2))
    apart = mixed + np.array([0.0, 2.0])[None, None] * np.arange(4)[:, None, None]
    quiet = {"diverging": np.zeros((4, 500)), "leapfrogs": np.full((4, 500), 7)}
    assert diagnose(mixed, ("still", "moving"), quiet, 8).problems == []
    problems = diagnose(apart, ("still", "moving"), quiet, 8).problems
    assert any("R-hat of moving" in text for text in problems)
    assert not any("still" in text for text in problems)
    loud = {**quiet, "diverging": np.eye(4, 500)}
    assert diagnose(mixed, ("still", "moving"), loud, 8).problems == ["4 transitions diverged"]
