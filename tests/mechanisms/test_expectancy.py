"""Expectancy: what a session promises, what is guessed, what a guess adds or takes."""

import numpy as np
import pytest

from quell.mechanisms.expectancy import EXPECTANCY
from quell.mechanisms.gaba import GABA
from quell.mechanisms.receptors import RECEPTORS
from quell.mechanisms.safety import SAFETY

CHAIN = (RECEPTORS, GABA, SAFETY, EXPECTANCY)
DOSE = ((0.0, "supervised_dose"),)


def arm(lab, plasma=lambda t: {}, hours=336.0, events=DOSE, changes=None, **levels):
    driver = lab.Driver(*CHAIN, changes=changes)
    return driver.run(hours, lambda t: {**plasma(t), **levels}, events, breaks=(2 / 3,))


def logistic(x):
    return 1 / (1 + np.exp(-x))


def test_arms_differ_in_belief_in_the_order_of_what_is_felt(lab):
    beliefs = [
        arm(lab, plasma).at("belief", 24.0)
        for plasma in (lambda t: {}, lab.midazolam(), lab.ketamine(0.5), lab.ketamine(1.0))
    ]
    saline, midazolam, ketamine, high = beliefs
    assert saline < 0.15
    assert saline + 0.3 < midazolam < ketamine - 0.1
    assert 0.85 < ketamine < high < 1.0


def test_nothing_felt_disappoints_and_dissociation_convinces(lab):
    saline, ketamine = arm(lab), arm(lab, lab.ketamine(0.5))
    assert saline.at("relief_guess", 24.0) < -0.03
    assert ketamine.at("relief_guess", 24.0) > 0.1


def test_the_guess_moves_control_arms(lab):
    """Response on midazolam 18 %, on saline 1 % (Wilkinson2019): the non-drug relief must differ that way."""
    saline, midazolam = arm(lab), arm(lab, lab.midazolam())
    relief = [x.at("relief_expectancy", 24.0) + x.at("relief_guess", 24.0) for x in (saline, midazolam)]
    assert relief[1] - relief[0] > 0.05


def test_under_a_perfect_blind_all_arms_expect_the_same(lab):
    saline, ketamine = arm(lab), arm(lab, lab.ketamine(0.5))
    for hours in (1.0, 24.0, 168.0):
        assert ketamine.at("relief_expectancy", hours) == pytest.approx(saline.at("relief_expectancy", hours), rel=1e-3)


def test_belief_stays_at_even_odds_without_a_dose(lab):
    course = arm(lab, events=(), hours=48.0)
    assert np.allclose(course.values["belief"], 0.5)
    assert np.allclose(course.values["relief_guess"], 0.0)


def test_in_an_open_study_everybody_knows_and_the_guess_adds_nothing(lab):
    course = arm(lab, lab.ketamine(0.5), open_label=1.0)
    assert np.allclose(course.values["belief"], 1.0)
    assert np.allclose(course.values["relief_guess"], 0.0)


def test_open_expectation_grows_with_what_is_felt(lab):
    small, usual = (arm(lab, lab.ketamine(dose), open_label=1.0).at("relief_expectancy", 4.0) for dose in (0.1, 0.5))
    assert small < 0.75 * usual
    assert 1 - np.exp(-usual) == pytest.approx(0.28, abs=0.06)


def test_expectation_comes_within_hours_and_halves_in_its_half_life(lab):
    course = arm(lab)
    assert course.at("relief_expectancy", 0.1) < 0.3 * course.at("relief_expectancy", 3.0)
    assert course.at("relief_expectancy", 2.0) > 0.9 * course.peak("relief_expectancy")
    begun, later = (1 - np.exp(-course.at("relief_expectancy", t)) for t in (20.0, 218.0))
    assert later == pytest.approx(begun / 2, rel=0.01)


def test_fractions_are_those_of_the_pack_at_belief_and_person(lab):
    for offset in (-1.0, 0.0, 1.5):
        course = arm(lab, changes={"expectancy__person_offset": offset}, hours=24.0)
        fraction = 1 - np.exp(-course.at("relief_expectancy", 12.0))
        active = course.at("session_expectation", 12.0)
        assert fraction == pytest.approx(logistic(np.log(0.039 / 0.961) + offset) * active, rel=1e-6)


def test_the_guess_is_remembered_until_a_new_session_revises_it(lab):
    plasma = lab.ketamine(0.5)
    events = ((0.0, "supervised_dose"), (336.0, "supervised_dose"))
    course = arm(lab, lambda t: plasma(t) if t < 300 else {}, 400.0, events)
    assert course.at("belief", 330.0) > 0.85
    assert course.at("belief", 360.0) < 0.2


def test_a_daily_pill_builds_expectation_over_weeks(lab):
    """Placebo arms: 42, 67, 89, 99 % of the whole at weeks 1, 2, 4, 8."""
    course = arm(lab, hours=8 * lab.WEEK, events=(), daily_treatment=1.0)
    built = [course.at("care_expectation", week * lab.WEEK) for week in (1, 2, 4, 8)]
    assert built == pytest.approx([0.42, 0.67, 0.89, 0.99], abs=0.01)
    assert 1 - np.exp(-course.at("relief_expectancy", 8 * lab.WEEK)) == pytest.approx(0.5 * 0.988, abs=0.005)


def test_weekly_therapy_is_cared_for_nearly_as_a_daily_pill(lab):
    sessions = tuple((week * lab.WEEK, "therapy_session") for week in range(12))
    therapy = arm(lab, hours=12 * lab.WEEK, events=sessions)
    assert 0.8 < therapy.at("care_expectation", 12 * lab.WEEK) < 0.95
    both = arm(lab, hours=12 * lab.WEEK, events=sessions, daily_treatment=1.0)
    assert both.peak("care_expectation") <= 1.0
