"""Receptors: occupancy, the two pools, the effect site."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.mechanisms.assembly import NUMPY
from quell.mechanisms.receptors import RECEPTORS, nmda_exposure, pool_block

FACTORS, SLOPES = st.floats(0.05, 5.0), st.floats(1.0, 3.0)


@given(x=st.floats(-1e-9, 1e4), factor=FACTORS, slope=SLOPES)
def test_occupancy_stays_within_zero_and_one(x, factor, slope):
    assert 0.0 <= pool_block(x, factor, slope, NUMPY) <= 1.0


@given(x=st.floats(1e-6, 1e2), more=st.floats(1.001, 10.0), factor=FACTORS, slope=SLOPES)
def test_occupancy_rises_with_concentration(x, more, factor, slope):
    assert pool_block(more * x, factor, slope, NUMPY) > pool_block(x, factor, slope, NUMPY)


@given(factor=FACTORS, slope=SLOPES)
def test_half_of_a_pool_is_blocked_at_the_inverse_of_its_factor(factor, slope):
    assert pool_block(1 / factor, factor, slope, NUMPY) == pytest.approx(0.5)


def exposure(lab, s, r, **changes):
    parameters = {k.split(".")[1]: v for k, v in lab.typical(RECEPTORS, **changes).items()}
    values = SimpleNamespace(brain_s_ketamine=s, brain_r_ketamine=r, brain_norketamine=0.0)
    return nmda_exposure(values, SimpleNamespace(**parameters), NUMPY)


@pytest.mark.parametrize("ratio", [1.0, 1.2, 4.7])
def test_racemate_at_its_potency_is_one_unit_whatever_the_enantiomers(lab, ratio):
    level = lab.typical(RECEPTORS)["receptors.potency"] / 2
    assert exposure(lab, level, level, receptors__enantiomer_ratio=ratio) == pytest.approx(1.0)


def test_s_ketamine_is_stronger_by_the_ratio_of_binding(lab):
    assert exposure(lab, 0.2, 0.0) / exposure(lab, 0.0, 0.2) == pytest.approx(4.7)


def test_interneurons_are_blocked_before_pyramidal_cells(lab):
    course = lab.Driver(RECEPTORS).run(6.0, lab.ketamine(0.5), breaks=(2 / 3,))
    blocked = course.values["block_interneuron"][5:]
    assert np.all(blocked > course.values["block_pyramidal"][5:])
    assert 0.20 < course.peak("nmda_block") < 0.45


def test_brain_reaches_the_unbound_share_of_steady_plasma(lab):
    course = lab.Driver(RECEPTORS).run(2.0, lambda t: {"s_ketamine": 1.0, "r_ketamine": 1.0})
    assert course.at("brain_s_ketamine", 2.0) == pytest.approx(0.56 * 0.7, rel=1e-4)
    half_life = lab.typical(RECEPTORS)["receptors.effect_site_half_life"]
    assert course.at("brain_ketamine", half_life) == pytest.approx(0.56 * 0.7, rel=0.01)


def test_norketamine_adds_little_block(lab):
    driver = lab.Driver(RECEPTORS)
    both = driver.run(3.0, lambda t: {"s_ketamine": 0.6, "s_norketamine": 0.6})
    alone = driver.run(3.0, lambda t: {"s_ketamine": 0.6})
    assert 1.0 < both.at("nmda_exposure", 3.0) / alone.at("nmda_exposure", 3.0) < 1.06
