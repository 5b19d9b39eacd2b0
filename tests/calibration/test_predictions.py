"""Predictions of published figures: the coarse solution against the engine's, expectations against simulated raters."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from quell.calibration import scored as raters_view
from quell.calibration import statistics
from quell.calibration.asked import Asked, ask
from quell.calibration.courses import regulation
from quell.calibration.features import FEATURES, feature_values
from quell.calibration.posterior import Posterior, posterior
from quell.calibration.trial_people import LANES
from quell.evidence.library import load_library
from quell.evidence.study_library import load_study

pytestmark = pytest.mark.reference  # whole trials are simulated and compiled: a minute

LIBRARY = load_library()
CHOSEN = (
    ("glue2017", "fq_1h"),
    ("glue2017", "dose_order_7d"),
    ("feder2021", "responders_ketamine"),
    ("feder2021", "responders_midazolam"),
    ("davidson2004", "escitalopram_ham_a_change_locf_8_weeks"),
    ("davidson2004", "placebo_ham_a_change_locf_8_weeks"),
)


def asked(study: str, name: str) -> Asked:
    record = load_study(study)
    return ask(record, next(x for x in record.observations if x.name == name), LIBRARY)


@pytest.fixture(scope="module")
def density() -> Posterior:
    return posterior([asked(*x) for x in CHOSEN], LIBRARY)


@pytest.fixture(scope="module")
def predicted(density: Posterior) -> dict[str, np.ndarray]:
    quiet = np.zeros(len(density.predictor.trials))
    found = jax.jit(density.predictor.predict)(jnp.zeros(len(FEATURES)), quiet, quiet)
    return {x.id: np.asarray(y) for x, y in zip(density.predictor.asked, found, strict=True)}


def test_the_coarse_solution_is_the_engines(density: Posterior) -> None:
    for part in density.predictor.parts:
        values = {**density.predictor.fixed, **feature_values(jnp.zeros(len(FEATURES)), LIBRARY)}
        own = density.predictor.own_values(part, values)
        found, exact = np.asarray(regulation(part.laid, values, own)), part.laid.kept["emotional_regulation"]
        nodes = part.laid.lengths.shape[1] + 1
        assert np.abs(found - exact)[:, :nodes].max() < 0.01 * max(np.abs(exact).max(), 0.01)


def test_more_ketamine_does_more_and_a_drug_more_than_its_control(predicted: dict[str, np.ndarray]) -> None:
    low, high = predicted["glue2017.dose_order_7d"]
    assert high > low
    assert predicted["feder2021.responders_ketamine"] > predicted["feder2021.responders_midazolam"]
    drug, pill = (predicted[f"davidson2004.{x}_ham_a_change_locf_8_weeks"] for x in ("escitalopram", "placebo"))
    assert drug < pill < 0.0


def test_what_is_written_down_is_the_mean_over_raters(density: Posterior) -> None:
    scored = density.predictor.scored
    level = np.clip(scored.normal + 0.7 * scored.excess + scored.lasting, -20.0, None)
    row = density.predictor.rows[0][0].start
    raters = np.random.default_rng(1).normal(size=(4000, level.shape[1]))
    error = float(scored.error_sd[row, 0])
    simulated = np.maximum(level[row] + error * raters, scored.normal[row]).mean()
    assert float(raters_view.written(scored, level)[row]) == pytest.approx(simulated, abs=4.0 * error / np.sqrt(4e6))


def test_a_share_of_responders_is_what_raters_would_count(density: Posterior) -> None:
    scored = density.predictor.scored
    rows = density.predictor.rows[2][0]
    level = scored.normal + 0.6 * scored.excess + scored.lasting
    raters = np.random.default_rng(2).normal(size=(2000, *level[rows].shape))
    fall = density.predictor.asked[2].fall
    assert fall is not None
    counted = ((level[rows] + scored.error_sd[rows] * raters) <= (1.0 - fall) * scored.baseline[rows]).any(axis=1)
    shown = raters_view.responding(scored, level)
    found = float(statistics.share_responding(shown[rows]))
    assert found == pytest.approx(counted.mean(), abs=4.0 * 0.5 / np.sqrt(2e6))


def test_a_trials_own_effect_moves_its_own_figures_only(density: Posterior, predicted: dict[str, np.ndarray]) -> None:
    trials = density.predictor.trials
    drug = np.zeros(len(trials))
    drug[trials.index("feder2021")] = -1.0
    found = jax.jit(density.predictor.predict)(jnp.zeros(len(FEATURES)), drug, np.zeros(len(trials)))
    for x, y in zip(density.predictor.asked, found, strict=True):
        before = predicted[x.id]
        if x.id == "feder2021.responders_ketamine":
            assert float(y) < float(before) - 5.0
        elif x.study.key != "feder2021":
            np.testing.assert_allclose(y, before, rtol=1e-9)


def test_scores_are_of_whole_turns_of_the_lanes(density: Posterior) -> None:
    assert density.predictor.scored.normal.shape[1] % LANES == 0
    for part, arm, _ in density.predictor.scored.relief:
        assert density.predictor.parts[part].own["expectancy.person_offset"][arm].size == LANES


def test_the_gradient_of_the_log_posterior_is_its_slope(density: Posterior) -> None:
    function = jax.jit(jax.value_and_grad(density.log_density))
    x = density.start() + 0.1 * np.random.default_rng(3).normal(size=density.size)
    _, slope = function(x)
    for direction in np.random.default_rng(4).normal(size=(6, density.size)):
        there = [float(function(x + k * 1e-4 * direction)[0]) for k in (-2, -1, 1, 2)]
        wanted = (there[0] - 8.0 * there[1] + 8.0 * there[2] - there[3]) / 12e-4
        assert float(slope @ direction) == pytest.approx(wanted, rel=1e-5, abs=1e-6)
