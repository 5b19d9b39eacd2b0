"""Monoamines: occupancy, the slow rise, people who already take an SSRI."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quell.mechanisms.monoamines import MONOAMINES

DAY = 24.0


def test_minimum_dose_occupies_four_fifths(lab):
    known = lab.Driver(MONOAMINES).before(ssri_dose=1.0)
    assert known["transporter_occupancy"] == pytest.approx(0.8)


@given(dose=st.floats(0.0, 50.0), more=st.floats(0.01, 10.0))
def test_occupancy_rises_and_saturates(lab, dose, more):
    driver = lab.Driver(MONOAMINES)
    low, high = (driver.before(ssri_dose=x)["transporter_occupancy"] for x in (dose, dose + more))
    assert 0.0 <= low < high < 1.0


def test_autoreceptors_lose_sensitivity_over_weeks(lab):
    """Half of the loss by day 5, nearly all by day 21, as desensitised neurons in rats (LePoul1995)."""
    course = lab.Driver(MONOAMINES).run(30 * DAY, lambda t: {"ssri_dose": 1.0})
    lost = {day: (1 - course.at("autoreceptor_sensitivity", day * DAY)) / (0.9 * 0.8) for day in (3, 5, 21)}
    assert lost[3] == pytest.approx(0.34, abs=0.06)
    assert lost[5] == pytest.approx(0.5, abs=0.01)
    assert lost[21] > 0.9


def test_drive_settles_at_one_on_the_minimum_dose(lab):
    course = lab.Driver(MONOAMINES).run(120 * DAY, lambda t: {"ssri_dose": 1.0})
    assert course.at("serotonergic_drive", 120 * DAY) == pytest.approx(1.0, abs=1e-3)
    assert np.all(np.diff(course.values["slow_serotonin"]) > -1e-9)


def test_stable_use_enters_where_treatment_ends(lab):
    driver = lab.Driver(MONOAMINES)
    treated = driver.run(200 * DAY, lambda t: {"ssri_dose": 1.0})
    entering = driver.before({"ssri_use": 1.0})
    for name in driver.system.state_names:
        assert entering[name] == pytest.approx(treated.at(name, 200 * DAY), abs=1e-4)


def test_an_snri_rises_earlier_and_settles_like_an_ssri(lab):
    driver = lab.Driver(MONOAMINES)
    ssri, snri = (driver.run(84 * DAY, lambda t, name=name: {name: 1.0}) for name in ("ssri_dose", "snri_dose"))
    assert snri.at("serotonergic_drive", 3 * DAY) > 3 * ssri.at("serotonergic_drive", 3 * DAY)
    assert snri.at("serotonergic_drive", 84 * DAY) == pytest.approx(1.1, abs=0.1)


def test_resistance_lowers_the_drive_only(lab):
    driver = lab.Driver(MONOAMINES)
    plain, resistant = (driver.before({"ssri_use": 1.0, "resistance": r}) for r in (0.0, 1.0))
    assert resistant["serotonergic_drive"] == pytest.approx(0.5 * plain["serotonergic_drive"])
    assert resistant["transporter_occupancy"] == plain["transporter_occupancy"]


def test_stopping_a_stable_ssri_lets_the_drive_fade(lab):
    driver = lab.Driver(MONOAMINES)
    course = driver.run(40 * DAY, lambda t: {"ssri_dose": -1.0}, person={"ssri_use": 1.0})
    assert course.at("transporter_occupancy", 1.0) == 0.0
    assert 0.3 < course.at("serotonergic_drive", 4 * DAY) < 0.6
    assert course.at("serotonergic_drive", 40 * DAY) < 0.01
