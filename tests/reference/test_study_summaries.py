"""Summary figures in the study records against the public data sets they were computed from."""

import importlib.util
import os
import sys
from pathlib import Path

import pytest

from quell.evidence.study_library import observations

SCRIPT = Path(__file__).parents[2] / "scripts" / "derive_study_summaries.py"
DERIVED = [observation for observation in observations() if observation.derived_by]


@pytest.fixture(scope="module")
def script():
    specification = importlib.util.spec_from_file_location("derive_study_summaries", SCRIPT)
    module = importlib.util.module_from_spec(specification)
    sys.modules[specification.name] = module
    specification.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def figures(script):
    folder = os.environ.get("QUELL_REFERENCE_DATA")
    if not folder:
        pytest.skip("QUELL_REFERENCE_DATA is unset: the data sets are not here")
    return script.figures(Path(folder))


@pytest.mark.reference
@pytest.mark.parametrize("observation", DERIVED, ids=lambda observation: observation.id)
def test_a_derived_figure_is_recomputed_to_its_last_digit(observation, figures):
    figure = figures[observation.derived_by]
    assert observation.value == pytest.approx(figure.value, abs=0.005001)
    assert observation.spread.low == pytest.approx(figure.spread, abs=0.005001)
    assert observation.n == figure.n


@pytest.mark.reference
def test_the_pooled_drug_effect_agrees_with_the_published_network(figures):
    """-0.48 (SE 0.03) against the pill in the network meta-analysis of the same trials."""
    assert figures["SSRI/SNRI - pill SAD"].value == pytest.approx(-0.48, abs=0.03)


def test_random_effects_of_equal_studies_are_their_mean(script):
    pooled = script.random_effects([[(0.5, 0.2)], [(0.5, 0.2)], [(0.5, 0.2), (0.5, 0.2)], [(float("nan"), 1.0)]])
    assert (pooled.value, pooled.n) == (pytest.approx(0.5), 3)
    assert pooled.spread == pytest.approx(0.2 / 3**0.5)


def test_random_effects_widen_by_the_spread_between_studies(script):
    """Two studies with equal SE: tau^2 = (y1 - y2)^2 / 2 - SE^2, so the SE of the mean is |y1 - y2| / 2."""
    pooled = script.random_effects([[(0.0, 0.1)], [(1.0, 0.1)]])
    assert (pooled.value, pooled.spread) == (pytest.approx(0.5), pytest.approx(0.5))


def test_an_average_weighs_people(script):
    import numpy as np

    figure = script.average(np.array([1.0, 4.0]), np.array([20.0, 10.0]))
    assert figure.value == pytest.approx(2.0)
    assert figure.spread == pytest.approx((2 * ((2 / 3) ** 2 * 1 + (1 / 3) ** 2 * 4)) ** 0.5)
