"""Draws, people and occasions of one parameter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.evidence.distributions import Distribution
from quell.evidence.records import ParameterRecord

U = st.floats(1e-9, 1 - 1e-9)
KNOWLEDGE = st.sampled_from(
    [
        Distribution("lognormal", 0.8),
        Distribution("normal", 1.5),
        Distribution("uniform", low=0.2, high=9.0),
        Distribution("loguniform", low=0.2, high=9.0),
        Distribution("fixed"),
        None,
    ]
)


def record(**changes) -> ParameterRecord:
    fields = {
        "pack": "receptors",
        "name": "potency",
        "symbol": "K",
        "title": "Potency",
        "value": 1.0,
        "unit": "uM",
        "range": (0.5, 3.0),
        "population": "adults",
        "source": ("quell2026",),
        "place": "Table 1",
        "grade": "assumed",
    }
    return ParameterRecord(**(fields | changes))


@given(uncertainty=KNOWLEDGE, u=st.lists(U, min_size=1, max_size=9))
def test_knowledge_rises_within_the_range(uncertainty, u):
    values = record(uncertainty=uncertainty).knowledge(np.sort(u))
    assert np.all(np.diff(values) >= 0)
    assert np.all((values >= 0.5) & (values <= 3.0))


@pytest.mark.parametrize("kind", ["lognormal", "normal"])
def test_the_typical_value_is_the_median(kind):
    assert record(uncertainty=Distribution(kind, 0.3)).knowledge(np.array([0.5])) == pytest.approx(1.0)


def test_without_uncertainty_every_draw_is_the_value_in_the_shape_asked():
    for uncertainty in (None, Distribution("fixed")):
        values = record(uncertainty=uncertainty).knowledge(np.full((2, 3), 0.9))
        assert values.shape == (2, 3)
        assert np.all(values == 1.0)


@pytest.mark.parametrize(("method", "field"), [("person", "between_patient"), ("occasion", "between_occasion")])
def test_people_and_occasions_are_displaced_from_what_they_are_given(method, field):
    distributed = record(**{field: Distribution("lognormal", 0.2)})
    values = getattr(distributed, method)(np.array([1.0, 2.0, 2.9, 0.6]), np.array([0.0, 1.0, 3.0, -3.0]))
    assert values == pytest.approx([1.0, 2.0 * np.exp(0.2), 3.0, 0.5])


@pytest.mark.parametrize("method", ["person", "occasion"])
def test_without_a_distribution_people_are_typical(method):
    typical = np.array([0.7, 1.1])
    values = getattr(record(), method)(typical, np.array([[3.0], [-3.0]]))
    assert np.array_equal(values, np.broadcast_to(typical, (2, 2)))
    values[0, 0] = 0.0
    assert typical[0] == 0.7


def test_shapes_broadcast():
    distributed = record(between_patient=Distribution("logitnormal", 1.0), value=0.6, range=(0.0, 1.0))
    assert distributed.person(np.float64(0.6), np.zeros((5, 1))).shape == (5, 1)
    assert distributed.person(np.full((1, 4), 0.6), np.zeros((5, 1))).shape == (5, 4)


def test_a_typical_value_clipped_to_a_bound_of_the_logit_stays_there():
    distributed = record(between_patient=Distribution("logitnormal", 1.0), value=0.6, range=(0.0, 1.0))
    assert np.array_equal(distributed.person(np.array([0.0, 1.0]), np.array([2.0, -2.0])), [0.0, 1.0])


def test_the_interval_is_the_central_one():
    low, high = record(uncertainty=Distribution("lognormal", 0.1)).interval(0.9)
    assert (low, high) == pytest.approx((np.exp(-0.1 * 1.6448536), np.exp(0.1 * 1.6448536)))


def test_a_record_knows_its_id_dimension_and_footing():
    assert record().id == "receptors.potency"
    assert record().dimension == "amount/volume"
    assert not record().is_measured
    assert record(grade="derived").is_measured
