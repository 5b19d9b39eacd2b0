"""Psychotherapy: learning over sessions, forgetting over months, the open window."""

import numpy as np
import pytest

from quell.mechanisms.psychotherapy import PSYCHOTHERAPY


def sessions(lab, count, window=0.0, hours=None):
    times = [(week * lab.WEEK, "therapy_session") for week in range(count)]
    inputs = {"plasticity_window": window}
    return lab.Driver(PSYCHOTHERAPY).run(hours or count * lab.WEEK, lambda t: inputs, times)


def test_learning_rises_with_every_session_and_saturates(lab):
    course = sessions(lab, 12)
    learnt = [course.at("extinction_learning", week * lab.WEEK) for week in range(13)]
    gains = np.diff(learnt)
    assert np.all(gains > 0)
    assert np.all(np.diff(gains) < 0)
    assert 0.75 < learnt[-1] < 0.88


def test_learning_per_session_is_what_the_parameter_says(lab):
    """With one session, no forgetting to speak of: X = 1 - exp(-l)."""
    course = sessions(lab, 1, hours=1000.0)
    learnt = lab.typical(PSYCHOTHERAPY)["psychotherapy.learning_per_session"]
    assert course.at("extinction_learning", 600.0) == pytest.approx(1 - np.exp(-learnt), rel=0.03)


def test_half_is_kept_for_two_years(lab):
    course = sessions(lab, 12, hours=12 * lab.WEEK + 17520.0)
    kept = course.at("extinction_learning", 12 * lab.WEEK + 17520.0) / course.at("extinction_learning", 12 * lab.WEEK)
    assert kept == pytest.approx(0.5, abs=0.02)


def test_an_open_window_speeds_learning(lab):
    closed, half, wide = (
        sessions(lab, 3, window).at("extinction_learning", 3 * lab.WEEK) for window in (0.0, 0.5, 1.0)
    )
    assert closed < half < wide < 1.0
    assert -np.log(1 - wide) == pytest.approx(-2 * np.log(1 - closed), rel=0.01)


def test_no_session_no_relief(lab):
    course = lab.Driver(PSYCHOTHERAPY).run(1000.0, lambda t: {"plasticity_window": 1.0})
    assert course.peak("relief_psychotherapy") == 0.0
