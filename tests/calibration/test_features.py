"""Features follow the packs' own knowledge."""

import jax.numpy as jnp
import numpy as np
import pytest
from scipy.special import ndtr

from quell.calibration.features import FEATURES, feature_values, sampled_ids
from quell.evidence.library import load_library

LIBRARY = load_library()


@pytest.mark.parametrize("name", sampled_ids())
def test_a_feature_moves_a_parameter_along_its_knowledge(name: str) -> None:
    k = next(k for k, feature in enumerate(FEATURES) if name in feature.ids)
    z = np.linspace(-2.5, 2.5, 11)
    moved = feature_values(jnp.zeros((len(FEATURES), z.size)).at[k].set(z), LIBRARY)[name]
    np.testing.assert_allclose(moved, LIBRARY[name].knowledge(ndtr(z)), rtol=1e-12)
    assert np.ptp(moved) > 0.0


def test_at_zero_everything_is_at_the_middle_of_its_knowledge() -> None:
    values = feature_values(jnp.zeros(len(FEATURES)), LIBRARY)
    for name, value in values.items():
        assert float(value) == pytest.approx(float(LIBRARY[name].knowledge(np.array(0.5))), rel=1e-12)


def test_no_parameter_belongs_to_two_features() -> None:
    assert len(set(sampled_ids())) == len(sampled_ids())
