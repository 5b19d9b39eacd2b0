"""GABA-A drugs: relief, tolerance, rebound, the block of disinhibition, sedation."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.mechanisms.gaba import GABA

DAY = 24.0


def on_dose(dose):
    return lambda t: {"benzodiazepine_dose": dose}


def test_relief_comes_at_once_and_is_partly_lost(lab):
    course = lab.Driver(GABA).run(90 * DAY, on_dose(20.0))
    first, last = course.at("relief_gaba", 1.0), course.at("relief_gaba", 90 * DAY)
    assert first == pytest.approx(0.22 * 20 / 25, rel=0.01)
    assert last == pytest.approx(first * (1 - 0.15 * 0.8), rel=0.01)
    assert np.all(np.diff(course.values["relief_gaba"][2:]) <= 1e-12)


def test_stopping_brings_rebound_that_fades(lab):
    course = lab.Driver(GABA).run(
        90 * DAY, lambda t: {"benzodiazepine_dose": 20.0 * (t < 60 * DAY)}, breaks=(60 * DAY,)
    )
    assert course.at("relief_gaba", 60 * DAY + 1) < -0.08
    assert -0.02 < course.at("relief_gaba", 90 * DAY) < 0.0


def test_long_users_start_at_zero_and_lose_when_they_stop(lab):
    driver, person = lab.Driver(GABA), {"benzodiazepine_use": 20.0}
    staying = driver.run(30 * DAY, on_dose(20.0), person=person)
    leaving = driver.run(200 * DAY, on_dose(0.0), person=person)
    assert np.allclose(staying.values["relief_gaba"], 0.0, atol=1e-9)
    assert staying.peak("sedation_gaba") < 1e-12
    lost = leaving.at("relief_gaba", 200 * DAY)
    assert leaving.at("relief_gaba", 1.0) < lost < -0.1


@given(dose=st.floats(0.0, 200.0), level=st.floats(0.0, 1000.0))
def test_block_of_disinhibition_stays_below_its_cap(lab, dose, level):
    driver = lab.Driver(GABA)
    known = driver.system.signals(
        {**driver.before(), "benzodiazepine_dose": dose, "midazolam_effect": level}, driver.spaces, np
    )
    assert 0.0 <= known["gaba_block"] < 0.4
    assert 0.0 <= known["sedation_gaba"] <= 1.0


def test_block_is_half_of_its_cap_at_eight_mg_diazepam(lab):
    assert lab.Driver(GABA).before({"benzodiazepine_use": 8.0})["gaba_block"] == pytest.approx(0.2)


def test_midazolam_infusion_gives_small_and_brief_relief(lab):
    course = lab.Driver(GABA).run(24.0, lab.midazolam(), breaks=(2 / 3,))
    assert 0.05 < course.peak("relief_gaba") < 0.2
    assert course.at("relief_gaba", 8.0) < 0.03
    assert abs(course.at("relief_gaba", 24.0)) < 0.005
    assert 0.3 < course.peak("sedation_gaba") < 0.8
    assert course.at("sedation_gaba", 3.0) < 0.1


def test_sedation_by_tablets_wears_off_within_two_weeks(lab):
    course = lab.Driver(GABA).run(30 * DAY, on_dose(20.0))
    assert course.at("sedation_gaba", 1.0) > 0.25
    assert course.at("sedation_gaba", 14 * DAY) < 0.01
